"""How long the plugin takes in MuseScore 3: from the button to the notes in the score, eight measures.

Starts `ripieno serve` on a free port, its model loaded, and MuseScore with the plugin in a window of its own,
on a display that is not shown. Presses the button by its key and undoes, five times after one that warms up.
The end is when the title of MuseScore's window gets its star: the program sets it when the undo step closes,
and X reports it at once. So the figure covers everything: the key, reading the score, the request, three
versions by the engine, writing the first of them, drawing. All but the engine is about a tenth of a second.

    python benchmarks/musescore.py [--runs 5]

Needs MuseScore 3, Xvfb, xdotool, xprop. Absolute figures depend on the machine and on what else it does.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from musescore_support import ripieno_serving  # noqa: E402 - the harness is the tests'
from musescore_window_support import opened, window_programs_or_skip, with_empty_staves  # noqa: E402

MELODY = ROOT / "scores" / "twinkle.musicxml"
MEASURES = 8
LIMIT_SECONDS = 1.5


def measure(runs: int) -> list[float]:
    """Seconds from the key to the notes, one after the other."""
    times = []
    data = with_empty_staves(MELODY.read_bytes(), measures=MEASURES)
    with tempfile.TemporaryDirectory() as folder, ripieno_serving(Path(folder)) as address:
        port = int(address.rpartition(":")[2])
        with opened(window_programs_or_skip(), Path(folder), data, port) as window:
            dialog = window.open_dialog("^ripieno$")
            window.place(dialog, 1190, 0)
            for _ in range(1 + runs):
                window.wait_still(dialog)
                window.focus(dialog)
                began = time.perf_counter()
                window.press("ctrl+Return")
                times.append(window.wait_changed() - began)
                window.wait_still(dialog)
                window.undo()
                window.wait_unchanged()
    return times[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    times = measure(parser.parse_args().runs)
    print(f"{MEASURES} measures, button to notes: " + ", ".join(f"{seconds:.2f} s" for seconds in times))
    median = statistics.median(times)
    print(f"median {median:.2f} s (wanted: under {LIMIT_SECONDS} s)")
    sys.exit(0 if median < LIMIT_SECONDS else 1)


if __name__ == "__main__":
    main()
