"""How long harmonizing takes: a melody of 16 bars of 4/4 with the model loaded, and a whole cold command.

    python benchmarks/speed.py [--json FILE]

Medians of several runs; absolute figures depend on the machine and on what else it does.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from ripieno.drafts import Settings
from ripieno.models import load
from ripieno.score import VOICE_NAMES, Voice
from ripieno.tasks import harmonize
from ripieno.text import parse_score

SCORES = Path(__file__).parent.parent / "scores"
PHRASE = "C4:4 C4 G4 G4 | A4 A4 G4:2 | F4:4 F4 E4 E4 | D4 D4 C4:2"


def median_seconds(work, runs: int) -> float:
    """The median time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def loaded(runs: int) -> dict[str, float]:
    """Sixteen bars with the model in memory."""
    start = time.perf_counter()
    model = load()
    load_seconds = time.perf_counter() - start
    score = parse_score(" | ".join([PHRASE] * 4))
    voices = (Voice("soprano", score.voices[0].notes), *(Voice(n) for n in VOICE_NAMES[1:]))
    score = replace(score, voices=voices)
    assert len(score.measures) == 16
    one = median_seconds(lambda: harmonize(score, model, settings=Settings(1)), runs)
    four = median_seconds(lambda: harmonize(score, model, settings=Settings(1, 4)), runs)
    return {"load": load_seconds, "16 bars, 1 alternative": one, "16 bars, 4 alternatives": four}


def cold(runs: int) -> dict[str, float]:
    """The whole command in a new process, and --help."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.musicxml"
        ripieno = [str(Path(sys.executable).with_name("ripieno"))]
        melody = str(SCORES / "twinkle.musicxml")
        command = [*ripieno, "harmonize", melody, "--force", "-o", str(out)]
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        return {
            "ripieno harmonize, cold": median_seconds(lambda: subprocess.run(command, **quiet), runs),
            "ripieno --help": median_seconds(lambda: subprocess.run([*ripieno, "--help"], **quiet), runs),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    figures = loaded(arguments.runs) | cold(3)
    figures = {name: round(seconds, 3) for name, seconds in figures.items()}
    for name, seconds in figures.items():
        print(f"{name:28} {seconds:7.3f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory at its peak':28} {peak:7.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps({**figures, "peak_mb": round(peak)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
