"""How long harmonizing takes and how much memory: a melody of 16 bars of 4/4 with the model loaded, 100 bars,
and a whole cold command; and what the time goes into.

    python benchmarks/speed.py [--model NAME] [--profile] [--json FILE]

Medians of several runs on one thread; absolute figures depend on the machine and on what else it does.
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
from typing import Any

import torch

from ripieno.grid import score_to_grid
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Score, Voice
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score

SCORES = Path(__file__).parent.parent / "scores"
PHRASE = "C4:4 C4 G4 G4 | A4 A4 G4:2 | F4:4 F4 E4 E4 | D4 D4 C4:2"
SHOWN = 12  # operations in the profile


def median_seconds(work, runs: int) -> float:
    """The median time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def melody(bars: int) -> Score:
    """A soprano of so many bars, and three empty voices."""
    score = parse_score(" | ".join([PHRASE] * (bars // 4)))
    voices = (Voice("soprano", score.voices[0].notes), *(Voice(n) for n in VOICE_NAMES[1:]))
    return replace(score, voices=voices)


def loaded(name: str, runs: int) -> dict[str, float]:
    """Sixteen bars with the model in memory."""
    start = time.perf_counter()
    model = load(name)
    figures = {"load": time.perf_counter() - start}
    score = melody(16)
    for alternatives in (1, 3, 4, 8):
        settings = DraftSettings(1, alternatives)
        seconds = median_seconds(lambda s=settings: harmonize(score, model, settings=s), runs)
        figures[f"16 bars, {alternatives} alternative{'s' * (alternatives > 1)}"] = seconds
    figures["a frame, 1 alternative"] = figures["16 bars, 1 alternative"] / score_to_grid(score).steps
    hundred = melody(100)
    figures["100 bars, 1 alternative"] = median_seconds(lambda: harmonize(hundred, model), 1)
    return figures


def cold(name: str, runs: int) -> dict[str, float]:
    """The whole command in a new process, and --help."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.musicxml"
        ripieno = [str(Path(sys.executable).with_name("ripieno"))]
        given = str(SCORES / "twinkle.musicxml")
        command = [*ripieno, "harmonize", given, "--model", name, "--force", "-o", str(out)]
        quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL}
        return {
            "ripieno harmonize, cold": median_seconds(lambda: subprocess.run(command, **quiet), runs),
            "ripieno --help": median_seconds(lambda: subprocess.run([*ripieno, "--help"], **quiet), runs),
        }


def print_profile(name: str) -> None:
    """Which operations take the time of sixteen bars, and how often each is called for a frame."""
    model, score = load(name), melody(16)
    steps = score_to_grid(score).steps
    harmonize(score, model)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        harmonize(score, model)
    found = sorted(profile.key_averages(), key=lambda entry: -entry.self_cpu_time_total)
    total = sum(entry.self_cpu_time_total for entry in found)
    for entry in found[:SHOWN]:
        share = entry.self_cpu_time_total / total
        print(f"{entry.key:36} {share:6.1%} {entry.count / steps:7.1f} calls a frame")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--profile", action="store_true", help="show what the time goes into, instead")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.profile:
        print_profile(arguments.model)
        return
    figures = loaded(arguments.model, arguments.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures |= cold(arguments.model, 3)
    figures = {name: round(seconds, 4) for name, seconds in figures.items()}
    for name, seconds in figures.items():
        print(f"{name:28} {seconds:8.4f} s")
    print(f"{'memory at its peak':28} {peak:8.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps({**figures, "peak_mb": round(peak)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
