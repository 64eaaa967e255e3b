"""The process that does the work: requests in on standard input, events out on standard output.

A process of its own, so that a server answers a ping while a network computes, in spite of Python's global
lock, and so that a crash takes no server down. Messages are MessagePack, each preceded by its length (4
bytes). The worker ends when its input does, that is, when its server is gone.
"""

from __future__ import annotations

import _thread
import gc
import os
import queue
import signal
import struct
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from ripieno.errors import RipienoError, printable
from ripieno.score import Note
from ripieno_bridges.api.replies import (
    OUR_FAULT,
    Cancelled,
    Done,
    Event,
    Failed,
    Final,
    NewNotes,
    Place,
    Progress,
    failure_of,
)
from ripieno_bridges.api.requests import AnyRequest, file_of, from_bytes, size_of, task_of, to_bytes
from ripieno_bridges.last_error import remember
from ripieno_bridges.service.memory import LARGE_BYTES, give_back

if TYPE_CHECKING:
    from ripieno_bridges.service.model_runner import ModelRunner

LENGTH = struct.Struct(">I")
NOT_UNDERSTOOD = (
    "something in it is not understood, and the terminal where ripieno runs says more; export it once more, "
    "as MusicXML"
)
PROGRESS_STEP = 0.01  # of the work: progress is sent no more often


class Work(msgspec.Struct, frozen=True, tag="work"):
    """Do this request; messages about it carry its number."""

    number: int
    request: AnyRequest


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Stop the request of this number. A second time: it must be interrupted, since it goes on."""

    number: int


class Warm(msgspec.Struct, frozen=True, tag="warm"):
    """Load this model now, so that the first request does not wait for it."""

    model: str


class WorkerMessage(msgspec.Struct, frozen=True):
    """An event of the request of this number. Number 0: a model was loaded or, with an event, was not."""

    number: int
    event: Event | None = None
    model: str | None = None


Order = Work | Stop | Warm


class StoppedError(BaseException):
    """The request was stopped. No Exception, so that nobody takes it for a fault of the document."""


class Worker:
    """Does one order after the other; a thread of its own reads them, so that a stop takes effect at once.

    A stop is noticed at the next progress of the work, which is soon while a network writes. Reading a
    document makes none; so where the work goes on, the server says stop again, and this interrupts it
    wherever Python stands.
    """

    def __init__(self, orders: BinaryIO, out: BinaryIO) -> None:
        self._in, self._out = orders, out
        self._waiting: queue.SimpleQueue[Work | Warm] = queue.SimpleQueue()
        self._working: int | None = None  # the number of the work that may be stopped now
        self._stopped = 0  # the number of the last work that was to be stopped

    def run(self) -> None:
        """Work until the input ends."""
        threading.Thread(target=self._read, daemon=True).start()
        from ripieno_bridges.service.model_runner import ModelRunner  # slow; orders are read meanwhile

        runner = ModelRunner()
        while True:
            order = self._waiting.get()
            if isinstance(order, Warm):
                try:
                    self._send(WorkerMessage(0, model=runner.model(order.model).name))
                except RipienoError as exc:
                    self._send(WorkerMessage(0, failure_of(exc), model=order.model))
                continue
            event = self._run(order, runner)
            request = task_of(order.request)
            self._send(WorkerMessage(order.number, event, model=None if request is None else request.model))
            is_large = size_of(order.request) > LARGE_BYTES
            del order, event, request  # since the next order may be long in coming
            if is_large:
                gc.collect()  # the objects of a document know each other
                give_back()

    def interrupt(self, _signal: int, frame: FrameType | None) -> None:
        """Stop the work here, where it is to be stopped; not inside an import, which would stay half done."""
        if self._working == self._stopped and not is_importing(frame):
            self._working = None  # so that nothing interrupts the clearing up
            raise StoppedError

    def _run(self, work: Work, runner: ModelRunner) -> Final:
        """Do a request and return its final event."""
        try:
            self._working = work.number
            return self._do(work, runner)
        except StoppedError:
            return Cancelled()

    def _do(self, work: Work, runner: ModelRunner) -> Final:
        from ripieno_bridges.service.documents import reply_to

        number, last = work.number, -1.0

        def progress(fraction: float) -> None:
            nonlocal last
            if number == self._stopped:
                self._working = None
                raise StoppedError
            if fraction >= last + PROGRESS_STEP:
                last = fraction
                self._send(WorkerMessage(number, Progress(fraction)))

        def heard(notes: list[tuple[int, Note]]) -> None:
            self._send(WorkerMessage(number, NewNotes(tuple(notes))))

        try:
            progress(0.0)
            return Done(reply_to(runner, work.request, progress=progress, heard=heard))
        except RipienoError as exc:
            return failure_of(exc)
        except Exception as exc:
            sys.excepthook(*sys.exc_info())  # the traceback goes to the terminal of the server
            remember(exc, "a worker")
            return fault_of(work.request, begun=last > 0)
        finally:
            self._working = None

    def _read(self) -> None:
        """Read orders until the input ends; then end the process, as with an order that cannot be read."""
        try:
            self._read_orders()
        except Exception:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)

    def _read_orders(self) -> None:
        while header := self._in.read(LENGTH.size):
            order: Order = from_bytes(self._in.read(LENGTH.unpack(header)[0]), Order)
            if isinstance(order, Stop) and order.number == self._stopped:
                _thread.interrupt_main()  # it was told before, and goes on
            elif isinstance(order, Stop):
                self._stopped = order.number
            else:
                self._waiting.put(order)

    def _send(self, message: WorkerMessage) -> None:
        data = to_bytes(message)
        working, self._working = self._working, None  # an interrupted message would spoil all that follow
        try:
            self._out.write(LENGTH.pack(len(data)) + data)
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)  # the server is gone
        self._working = working


def fault_of(request: AnyRequest, *, begun: bool) -> Failed:
    """What a client is told where something unexpected happened.

    begun: notes were being made already. Where not, and there is a document, it is that which was not
    understood; else the client is not at fault.
    """
    file = file_of(request)
    if begun or file is None:
        return Failed("failed", OUR_FAULT)
    name = printable(file.name)
    return Failed("bad_file", f"{name}: {NOT_UNDERSTOOD}", NOT_UNDERSTOOD, Place(name))


def is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported in this frame, or in one that called it."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def main() -> None:
    """Work for the process at the other end of standard input and output."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not end up between messages
    worker = Worker(sys.stdin.buffer, out)
    # Ctrl-C in a terminal comes here too, and does nothing: it is for the server, which then ends the worker.
    signal.signal(signal.SIGINT, worker.interrupt)
    try:
        worker.run()
    except Exception:
        sys.excepthook(*sys.exc_info())
        os._exit(1)  # at once: Python itself would wait for the thread that reads


if __name__ == "__main__":
    main()
