"""How quick ripieno is in Ableton Live, measured from outside, against the tests' stand-in for AbletonOSC.

How long `ripieno live harmonize`, `continue` and `vary` take for four measures, alone and beside a running
`ripieno serve`; and how long `ripieno live watch` takes from the renaming of a clip until it has its old name
again. The stand-in reads its messages once in 100 milliseconds, as Live does.

    python benchmarks/live.py [--runs 5] [--json FILE]

Absolute figures depend on the machine and on what else it does.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from ableton_set import LiveSet  # noqa: E402 - the harness is the tests'
from ableton_stand_in import StandIn  # noqa: E402
from live_support import melody_set  # noqa: E402
from musescore_support import ripieno_serving  # noqa: E402
from osc_hosts.running import Program  # noqa: E402

MELODY = "G4:4 G4 D5 D5 | E5 E5 D5:2 | C5:4 C5 B4 B4 | A4 A4 G4:2"
TICK_SECONDS = 0.1
LOADED_SECONDS = 60
SEEN_SECONDS = 1.5  # until `watch` has seen all names
TASKS = {"harmonize": (), "continue": ("--bars", "4"), "vary": ()}
RIPIENO = [sys.executable, "-c", "from ripieno_bridges.cli.main import main; main()"]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def new_set() -> LiveSet:
    """A set as it is when a musician begins: four tracks, eight scenes, a melody of four measures."""
    live_set = melody_set(MELODY)
    live_set.add_track("Bassline")
    live_set.add_track("Pads")
    return live_set


def command_seconds(task: str, *options: str) -> float:
    """How long a command takes in a new set, from its start to its end."""
    with StandIn(new_set(), tick_seconds=TICK_SECONDS) as live:
        ports = ("--port", str(live.port), "--answer-port", str(live.answer_port))
        options = options or ("--serve-port", "0")
        begun = time.perf_counter()
        done = subprocess.run(
            [*RIPIENO, "live", task, *TASKS[task], *ports, *options],
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
        seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(done.stderr)
    return seconds


def processor_seconds() -> float:
    """The processor time of this process and of all its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def watching(live: StandIn, folder: Path) -> Iterator[None]:
    """`ripieno live watch` beside the stand-in, once its model is loaded."""
    ports = ["--port", str(live.port), "--answer-port", str(live.answer_port), "--serve-port", "0"]
    with Program([*RIPIENO, "live", "watch", *ports], folder=folder, environment=ENVIRONMENT) as program:
        program.line("listening to Live", seconds=LOADED_SECONDS)
        time.sleep(SEEN_SECONDS)
        renamed_seconds(live, "harmonize")  # with the loading of the model
        yield


def renamed_seconds(live: StandIn, task: str) -> float:
    """From the renaming of the melody's clip until it has its name again."""
    clip = live.set.clip(0, 0)
    begun = time.perf_counter()
    clip.name = f"rip: {task}"
    while clip.name != "Verse":
        if time.perf_counter() > begun + LOADED_SECONDS or clip.name.startswith("rip!"):
            sys.exit(f"not done: {clip.name}")
        time.sleep(0.005)
    return time.perf_counter() - begun


def measure_watch(runs: int) -> dict[str, float]:
    """Medians from the renaming of a clip, with a model that is loaded."""
    found: dict[str, list[float]] = {task: [] for task in TASKS}
    with (
        tempfile.TemporaryDirectory() as folder,
        StandIn(new_set(), tick_seconds=TICK_SECONDS) as live,
        watching(live, Path(folder)),
    ):
        for task, seconds in found.items():
            for _ in range(runs):
                for track in live.set.tracks:  # as it was at the start
                    for slot in track.slots[1:]:
                        slot.clip = None
                del live.set.tracks[4:]
                time.sleep(SEEN_SECONDS)
                seconds.append(renamed_seconds(live, task))
    return {f"watch {task}, seconds": statistics.median(seconds) for task, seconds in found.items()}


def measure_commands(runs: int, what: str, *options: str) -> dict[str, float]:
    """Medians of the commands' times."""
    found: dict[str, float] = {}
    for task in TASKS:
        before = processor_seconds()
        found[f"{task}{what}, seconds"] = statistics.median(
            command_seconds(task, *options) for _ in range(runs)
        )
        found[f"{task}{what}, processor seconds"] = (processor_seconds() - before) / runs
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measure_commands(arguments.runs, "")
    with tempfile.TemporaryDirectory() as folder, ripieno_serving(Path(folder)) as address:
        port = address.rpartition(":")[2]
        found |= measure_commands(arguments.runs, " beside serve", "--serve-port", port)
    found |= measure_watch(arguments.runs)
    for name, value in found.items():
        print(f"{name:45} {value:6.2f}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
