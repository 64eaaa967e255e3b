"""Run ripieno and record the way of a request or a training through the code.

``python docs/trace_calls.py harmonize`` prints, as JSON, which functions are entered, in order: each once,
when it is first called from another file of the project. Each run has a process of its own, so that nothing
that an earlier run keeps in memory shortens the way. docs/draw_architecture.py draws the recorded ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import ripieno
import ripieno_bridges

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [Path(package.__file__ or "").resolve().parents[1] for package in (ripieno, ripieno_bridges)]
MELODY = ROOT / "scores" / "old-hundredth.musicxml"
BARS = 3  # of the melody: enough to pass everything
# Not recorded: what is called everywhere, so that it says nothing about the way, and the rules, which a table
# calls row by row.
LEFT_OUT = (
    *("ripieno.score", "ripieno.grid", "ripieno.errors", "ripieno.results"),
    *("ripieno.theory.voice_leading", "ripieno.theory.dominants", "ripieno.theory.texture"),
)
FIRST_IN_WORKER = "ripieno_bridges.service.worker:Worker._run"
QUEUE, PIPE_BACK = "-> queue, worker process", "<- reply"
SMALL_NETWORK = (
    *("embedding=4", "context_hidden=4", "time_hidden=4", "attention_heads=1", "attention_size=4"),
    *("voice_hidden=4", "batch=2", "frames=16", "evaluate_every=1", "bfloat16=false"),
)
PHRASE = """\
soprano: G4:4 A4 B4 C5 | B4 A4 G4:2
alto: D4:4 D4 D4 E4 | D4 D4 D4:2
tenor: B3:4 A3 G3 G3 | G3 F#3 B3:2
bass: G3:4 F#3 G3 C3 | D3 D3 G2:2"""


class Step(NamedTuple):
    """A function that is entered. name: ``package.module:function``. seconds: when, for all processes."""

    name: str
    seconds: float


class Trace:
    """A profile function for ``sys.setprofile``; records the first call of each function from another file.

    begin: a function before whose first call nothing is recorded. on_step: called with each step.
    """

    def __init__(self, begin: str | None = None, on_step: Callable[[Step], None] = lambda _: None) -> None:
        self.steps: list[Step] = []
        self._begin, self._on_step = begin, on_step
        self._known: set[str] = set()
        self._passed: dict[int, Any] = {}  # what is not looked at any more, by its id, which is quickly found

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or id(frame.f_code) in self._passed:
            return
        name = function_of(frame.f_code)
        if name is None or name in self._known:
            self._passed[id(frame.f_code)] = frame.f_code
            return
        if self._begin is not None:
            if name != self._begin:
                return
            self._begin = None
        elif caller(frame) == module_of(frame.f_code.co_filename):
            return
        self._known.add(name)
        step = Step(name, time.monotonic())
        self.steps.append(step)
        self._on_step(step)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Record this thread and those that it starts."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


@cache
def module_of(file: str) -> str | None:
    """``ripieno.score`` of its file; None for a file of another project."""
    path = Path(file)
    for source in SOURCES:
        if path.is_relative_to(source):
            return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
    return None


@cache
def function_of(code: Any) -> str | None:
    """``module:function``; None where it is left out, as properties and lambdas are, too."""
    module = module_of(code.co_filename)
    if module is None or module in LEFT_OUT or code.co_name.startswith("<"):
        return None
    found: Any = sys.modules.get(module)
    for part in code.co_qualname.split("."):
        found = getattr(found, part, None)
    if isinstance(found, property):
        return None
    name = code.co_qualname.removesuffix(".__init__").replace(".<locals>", "")
    return f"{module}:{name}"


def caller(frame: FrameType) -> str | None:
    """The module of the project from which a function was called; None where it was called from outside."""
    back = frame.f_back
    while back is not None:
        module = module_of(back.f_code.co_filename)
        if module is not None:
            return module
        back = back.f_back
    return None


# -- the runs ----------------------------------------------------------------------------------------------


def command(*words: object) -> list[str]:
    """The way of a command of the command line."""
    from ripieno_bridges.cli.main import main

    trace = Trace()
    with (
        trace.running(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        main([str(word) for word in words], standalone_mode=False)
    return [step.name for step in trace.steps]


def beginning() -> bytes:
    """The first measures of the melody, as MusicXML."""
    from lxml import etree

    tree = etree.fromstring(MELODY.read_bytes())
    for part in tree.iter("part"):
        for measure in part.findall("measure")[BARS:]:
            part.remove(measure)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def harmonize() -> list[str]:
    """The way of `ripieno harmonize`."""
    Path("melody.musicxml").write_bytes(beginning())
    return command("harmonize", "melody.musicxml", "--no-server", "--seed", 1, "-o", "satb.musicxml")


def prepare() -> list[str]:
    """The way of `ripieno prepare`, on a folder of twelve short scores."""
    from ripieno.text.notation import parse_score
    from ripieno_bridges.formats.musicxml.writer import write_musicxml

    Path("scores").mkdir()
    for number in range(12):  # from ten on, some are held out
        Path(f"scores/{number:02}.musicxml").write_bytes(write_musicxml(parse_score(PHRASE)))
    return command("prepare", "scores", "-o", "corpus.npz")


def train() -> list[str]:
    """The way of `ripieno train lstm`: two batches, by a network that is too small to learn anything."""
    for library in ("torch._dynamo", "matplotlib.figure"):  # while calls are recorded, it would take seconds
        import_module(library)
    prepare()
    options = [word for change in SMALL_NETWORK for word in ("--set", change)]
    return command("train", "lstm", "corpus.npz", "-o", "training", "--steps", 2, *options)


def http() -> list[str]:
    """The way of `POST /v1/musicxml/harmonize`, in the server's process and the worker's."""
    server, worker = asyncio.run(request_over_http())
    before = [step for step in server if step.seconds < worker[-1].seconds]
    return [
        *(step.name for step in before),
        QUEUE,
        *(step.name for step in worker),
        PIPE_BACK,
        *(step.name for step in server[len(before) :]),
    ]


async def request_over_http() -> tuple[list[Step], list[Step]]:
    """(the steps of the server, those of the worker) of one request."""
    import httpx

    from ripieno_bridges.http_server.server import HttpServer
    from ripieno_bridges.service.service import Service

    real, steps = asyncio.create_subprocess_exec, Path("worker.jsonl").resolve()

    def traced_worker(*_: str, **pipes: Any) -> Any:
        return real(sys.executable, __file__, "worker", str(steps), **pipes)

    trace = Trace()
    body = {"name": "melody.musicxml", "document": beginning().decode(), "seed": 1}
    with patch("asyncio.create_subprocess_exec", traced_worker):
        async with Service() as service:
            server = HttpServer(service, port=0)
            await server.start()
            await service.ready()
            async with httpx.AsyncClient(base_url=server.address, timeout=300, trust_env=False) as client:
                with trace.running():
                    response = await client.post("/v1/musicxml/harmonize", json=body)
                response.raise_for_status()
            await server.stop()
    return trace.steps, [Step(*json.loads(line)) for line in steps.read_text().splitlines()]


def worker(path: str) -> None:
    """The worker process; it writes each step at once, since it may end at any time."""
    from ripieno_bridges.service.worker import main

    with open(path, "w", buffering=1) as file:  # noqa: PTH123 - written to until the process ends
        trace = Trace(FIRST_IN_WORKER, lambda step: print(json.dumps(step), file=file))
        with trace.running():
            main()


RUNS: dict[str, Callable[[], list[str]]] = {
    "harmonize": harmonize,
    "http": http,
    "prepare": prepare,
    "train": train,
}


def main(arguments: Sequence[str]) -> None:
    """Print the way of a run, or be the worker of one."""
    name, *rest = arguments
    if name == "worker":
        worker(*rest)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        steps = RUNS[name]()
        os.chdir(ROOT)
    sys.stdout.write(json.dumps(steps) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
