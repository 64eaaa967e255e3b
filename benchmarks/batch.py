"""How `ripieno batch` scales, and whether a large data set survives a kill: figures of docs/batch.md.

python benchmarks/batch.py melodies hymns/ melodies/ --count 500     # the tunes of scores, in several keys
python benchmarks/batch.py ratio melodies/ --rounds 5                # 2 workers against 1, in turns
python benchmarks/batch.py dataset pieces/ --count 10000             # killed on the way, then resumed
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ripieno.errors import RipienoError
from ripieno.score import Score, transpose
from ripieno_bridges.formats.files import READABLE, load
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.voice_assignment import sung_voices

COMMAND = (sys.executable, "-c", "from ripieno_bridges.cli.start import main; main()")
KEYS = (0, 2, -2, 3, -3)  # semitones
SAMPLE_SECONDS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    melodies = commands.add_parser("melodies")
    melodies.add_argument("scores", type=Path)
    melodies.add_argument("output", type=Path)
    melodies.add_argument("--count", type=int, default=500)
    ratio = commands.add_parser("ratio")
    ratio.add_argument("melodies", type=Path)
    ratio.add_argument("--rounds", type=int, default=5)
    dataset = commands.add_parser("dataset")
    dataset.add_argument("output", type=Path)
    dataset.add_argument("--count", type=int, default=10_000)
    dataset.add_argument("--model", default="dbn-ragtime")
    dataset.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.command == "melodies":
        print(f"{make_melodies(options.scores, options.output, options.count)} melodies")
    elif options.command == "ratio":
        compare_workers(options.melodies, options.rounds)
    else:
        make_dataset(options.output, options.count, options.model, options.workers)


# -- melodies ----------------------------------------------------------------------------------------------


def make_melodies(scores: Path, output: Path, count: int) -> int:
    """Write the sopranos of a folder of scores, each in several keys, until there are enough."""
    output.mkdir(parents=True, exist_ok=True)
    written = 0
    for semitones, path in itertools.product(KEYS, sorted(scores.iterdir())):
        if written == count:
            break
        if path.suffix in READABLE and (melody := soprano_of(path)) is not None:
            moved = transpose(melody, semitones) if semitones else melody
            (output / f"{path.stem}{semitones:+d}.musicxml").write_bytes(write_musicxml(moved))
            written += 1
    return written


def soprano_of(path: Path) -> Score | None:
    """The soprano of a score; None where it cannot be read."""
    try:
        choir, _ = sung_voices(load(path).score)
    except RipienoError:
        return None
    return Score(choir.voices[:1], choir.measures, choir.tempos)


# -- 2 workers against 1 -----------------------------------------------------------------------------------


def compare_workers(melodies: Path, rounds: int) -> None:
    """Harmonize the same melodies with 1 worker and with 2, in turns, and print how much faster 2 are."""
    files = sorted(melodies.iterdir())
    ratios, free_ratios = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            part = files[number::rounds]
            listed = Path(folder) / f"{number}.txt"
            listed.write_text("".join(f"{path.resolve()}\n" for path in part))
            wall, free = {}, {}
            for workers in (1, 2) if number % 2 else (2, 1):
                output = Path(folder) / f"{number}-{workers}"
                arguments = [str(listed), "-o", str(output), "--seed", "1"]
                wall[workers], free[workers] = batch_seconds(arguments, workers)
            same = all(
                path.read_bytes() == (Path(folder) / f"{number}-2" / path.name).read_bytes()
                for path in (Path(folder) / f"{number}-1").glob("*.musicxml")
            )
            ratios.append(wall[1] / wall[2])
            free_ratios.append(free[1] / free[2])
            print(
                f"{len(part)} melodies: 1 worker {wall[1]:.1f} s, 2 workers {wall[2]:.1f} s, ratio "
                f"{ratios[-1]:.2f}; without waiting for a processor {free[1]:.1f} s, {free[2]:.1f} s, ratio "
                f"{free_ratios[-1]:.2f}; same notes: {same}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    both = statistics.median(ratios), statistics.median(free_ratios)
    print(f"median ratio {both[0]:.2f}; on free processors {both[1]:.2f}")


def batch_seconds(arguments: list[str], workers: int) -> tuple[float, float]:
    """(how long a batch takes, with the start of its workers; how long without waiting for a processor)

    The second is for machines that others use, too: less the time that its least hindered worker could have
    run but did not, as the kernel counts it.
    """
    command = [*COMMAND, "batch", *arguments, "--workers", str(workers), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    waited: dict[str, float] = {}
    while process.poll() is None:
        time.sleep(0.2)
        for pid in children_of(process.pid, "spawn_main"):
            with contextlib.suppress(OSError):  # it has just ended
                waited[pid] = int((Path("/proc") / pid / "schedstat").read_text().split()[1]) / 1e9
    assert process.stdout is not None
    wall = float(json.loads(process.stdout.read())["seconds"])
    return wall, wall - min(waited.values())


def children_of(pid: int, named: str = "") -> list[str]:
    """The processes that a process has started, by what is in their command lines."""
    listed = subprocess.run(
        ["pgrep", "-P", str(pid), "-f", named or "."], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()


# -- a data set --------------------------------------------------------------------------------------------


def make_dataset(output: Path, count: int, model: str, workers: int) -> None:
    """Compose so many pieces; kill the batch with -9 at a third and at two thirds, and go on each time."""
    import pyarrow.parquet as pq

    shutil.rmtree(output, ignore_errors=True)
    command = [*COMMAND, "batch", "--task", "compose", "-n", str(count), "--bars", "8", "--model", model]
    command += ["--seed", "1", "--format", "parquet", "-o", str(output), "--workers", str(workers)]
    begun = time.monotonic()
    for share in (1 / 3, 2 / 3, None):
        process = subprocess.Popen(command)
        sizes: list[tuple[int, float]] = []
        for _ in samples(process):
            done = done_in(output)
            sizes.append((done, megabytes(process.pid)))
            if share is not None and done >= share * count:
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        warm = [size for _, size in sizes[len(sizes) // 4 :] if size]
        print(
            f"up to {done_in(output)} pieces, status {process.returncode}: memory of the batch and its "
            f"workers {min(warm, default=0):.0f} to {max(warm, default=0):.0f} MB",
            flush=True,
        )
    ids = pq.read_table(output / "data", columns=["id"])["id"].to_pylist()
    expected = {f"{number:06}" for number in range(1, count + 1)}
    print(f"{len(ids)} rows, {len(ids) - len(set(ids))} doubles, {len(expected - set(ids))} holes")
    print(f"{time.monotonic() - begun:.0f} s in all")


def samples(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Every few seconds until the process ends."""
    while process.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        yield


def done_in(output: Path) -> int:
    """How many pieces are done, as the manifest says."""
    manifest = output / "batch.jsonl"
    return max(0, len(manifest.read_bytes().splitlines()) - 1) if manifest.exists() else 0


def megabytes(pid: int) -> float:
    """The memory that a process and its children have for themselves."""
    total = 0
    for one in (str(pid), *children_of(pid)):
        try:
            lines = (Path("/proc") / one / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return total / 1024


if __name__ == "__main__":
    main()
