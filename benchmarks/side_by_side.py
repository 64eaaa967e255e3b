"""How much quicker this checkout is than another one, and whether both make the same notes.

    python benchmarks/side_by_side.py OTHER_CHECKOUT [--rounds 9] [--json FILE]

Both take turns, each in a process of its own on one thread, so that whatever else the machine does is as
hard on both. Medians, in seconds: of the time that passed, and of the processor's. A whole command is
measured with a server of its checkout running, too, where that checkout's commands ask one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOADED = {
    "16 bars, 1 alternative": 9,
    "16 bars, 3 alternatives": 5,
    "16 bars, 8 alternatives": 9,
    "8 bars, first notes": 9,
    "a sample of dbn-ragtime": 9,
    "a sample of dbn-chorales": 9,
    "300 samples of dbn-ragtime as MIDI files": 3,
}  # with the model in memory, and how many rounds of it are enough
SERVER_PORTS = {"here": 7621, "there": 7623}
MELODY = ROOT / "scores" / "twinkle.musicxml"
Measured = tuple[float, float, str]  # seconds that passed, seconds of the processor, what was made


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the other checkout; to a child: what it measures")
    parser.add_argument("--rounds", type=int, help="of everything; else as many as are enough")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--child", action="store_true", help="measure what the standard input names")
    options = parser.parse_args()
    if options.child:
        measure_for_parent()
        return
    roots = {"there": options.other.resolve(), "here": ROOT.resolve()}
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        children = {name: stack.enter_context(child(root)) for name, root in roots.items()}
        for what, enough in LOADED.items():
            measures = {name: asker(process, what) for name, process in children.items()}
            figures[what] = compared(what, measures, options.rounds or enough, warm_up=True)
    for what, ports in (("a cold command", None), ("the same while a server runs", SERVER_PORTS)):
        with ExitStack() as stack:
            runs = {}
            for name, root in roots.items():
                port = 0 if ports is None else ports[name]
                if (
                    port
                    and "running_server" not in (root / "bridges/ripieno_bridges/cli/generate.py").read_text()
                ):
                    continue
                if port:
                    stack.enter_context(server(root, port))
                runs[name] = command(root, port)
            figures[what] = compared(what, runs, options.rounds or 5, warm_up=bool(ports))
    figures["load of the machine"] = os.getloadavg()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def compared(
    what: str, measures: dict[str, Callable[[], Measured]], rounds: int, *, warm_up: bool
) -> dict[str, Any]:
    """The medians of each checkout by turns, and what they have in common; printed, too."""
    found: dict[str, list[Measured]] = {name: [] for name in measures}
    for _ in range(rounds + warm_up):
        for name, measure in measures.items():
            found[name].append(measure())
    made = {one[2] for each in found.values() for one in each}
    figures: dict[str, Any] = {"same": len(made) == 1}
    for name, each in found.items():
        passed, processor, _ = zip(*each[warm_up:], strict=True)
        figures[name] = {
            "seconds": round(statistics.median(passed), 4),
            "least": round(min(passed), 4),
            "processor": round(statistics.median(processor), 4),
        }
    line = "  ".join(
        f"{name} {f['seconds']:.4f} s ({f['processor']:.4f})" for name, f in figures.items() if name != "same"
    )
    if len(measures) > 1:
        for kind in ("seconds", "processor"):
            figures[f"ratio of {kind}"] = round(figures["here"][kind] / figures["there"][kind], 3)
        line += f"  ratio {figures['ratio of seconds']:.2f} ({figures['ratio of processor']:.2f})"
    print(f"{what:42} {line}{'' if figures['same'] else '  OTHER NOTES'}", flush=True)
    return figures


# -- whole commands ------------------------------------------------------------------------------------------


def environment(root: Path) -> dict[str, str]:
    """That in which a process uses the code of a checkout, on one thread."""
    path = os.pathsep.join(str(root / folder) for folder in ("engine", "bridges"))
    own = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    own.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second command need not compile the sources again
    return own


def command(root: Path, port: int) -> Callable[[], Measured]:
    """Harmonizes a document in a new process. port: of a server to ask; 0 for none."""

    def run() -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.musicxml"
            program = "from ripieno_bridges.cli.start import main; main()"
            words = ["harmonize", str(MELODY), "--seed", "1", "-o", str(out)]
            words += ["--serve-port", str(port)] if port else []
            own = environment(root) | ({} if port else {"RIPIENO_NO_SERVER": "1"})
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run([sys.executable, "-c", program, *words], env=own, check=True, capture_output=True)
            passed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return passed, processor, hashlib.sha256(out.read_bytes()).hexdigest()

    return run


@contextmanager
def server(root: Path, port: int) -> Iterator[None]:
    """A running server that has loaded its model."""
    program = "from ripieno_bridges.cli.start import main; main()"
    words = ["serve", "--port", str(port - 1), "--http-port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words], env=environment(root), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            while "is loaded" not in process.stdout.readline():
                assert process.poll() is None, "the server ended"
            yield
        finally:
            process.terminate()


# -- with the model in memory --------------------------------------------------------------------------------


@contextmanager
def child(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that measures the code of a checkout."""
    with subprocess.Popen(
        [sys.executable, __file__, str(root), "--child"],
        env=environment(root),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def asker(process: subprocess.Popen[str], what: str) -> Callable[[], Measured]:
    """Lets a child measure something once."""

    def ask() -> Measured:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(what + "\n")
        process.stdin.flush()
        passed, processor, made = json.loads(process.stdout.readline())
        return passed, processor, made

    return ask


def measure_for_parent() -> None:
    """Measure what each line of the standard input names."""
    import torch

    from ripieno.models.catalog import DEFAULT_MODEL
    from ripieno.models.loading import load
    from ripieno.models.note_states.key_generator import KeyGenerator
    from ripieno.tasks import piano
    from ripieno.tasks.choir import harmonize
    from ripieno.tasks.drafts import DraftSettings
    from ripieno_bridges.formats.midi import write_midi
    from speed import melody

    torch.set_num_threads(1)
    names = (DEFAULT_MODEL, "dbn-ragtime", "dbn-chorales")
    models = {name: load(name) for name in names}
    players = {name: model for name, model in models.items() if isinstance(model, KeyGenerator)}

    def first_notes() -> tuple[object, float]:
        came: list[float] = []
        settings = DraftSettings(1, first_draft=True)
        began = time.perf_counter()
        results = harmonize(
            melody(8),
            models[DEFAULT_MODEL],
            settings=settings,
            on_notes=lambda _: came.append(time.perf_counter() - began),
        )
        return [result.new for result in results], came[0]

    def made(what: str) -> tuple[object, float | None]:
        """(what is made, the seconds where not all of the time counts)"""
        if what == "8 bars, first notes":
            return first_notes()
        if what.startswith("16 bars"):
            settings = DraftSettings(1, int(what.split()[2]))
            results = harmonize(melody(16), models[DEFAULT_MODEL], settings=settings)
            return [result.new for result in results], None
        name = next(name for name in names if name in what)
        if what.startswith("a sample"):
            return list(piano.snippets(players[name], count=1)), None
        with tempfile.TemporaryDirectory() as folder:
            files = hashlib.sha256()
            for i, score in enumerate(
                piano.snippets(players[name], count=int(what.split()[0]), settings=DraftSettings(1))
            ):
                data = write_midi(score)
                files.update(data)
                (Path(folder) / f"{i}.mid").write_bytes(data)
        return files.hexdigest(), None

    for line in sys.stdin:
        began, before = time.perf_counter(), time.process_time()
        music, until = made(line.strip())
        processor = time.process_time() - before
        passed = time.perf_counter() - began if until is None else until
        digest = hashlib.sha256(repr(music).encode()).hexdigest()
        print(json.dumps([passed, processor, digest]), flush=True)


if __name__ == "__main__":
    main()
