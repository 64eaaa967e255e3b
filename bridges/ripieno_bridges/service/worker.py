"""The process that does the work: requests in on standard input, events out on standard output.

A process of its own, so that a server answers a ping while a network computes, whatever Python's lock says,
and so that a fault in here takes no server down. Messages are MessagePack, each behind its length (4 bytes).
It ends when its input does, that is, when its server is gone.
"""

from __future__ import annotations

import os
import queue
import signal
import struct
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from ripieno.errors import RipienoError
from ripieno.score import Note
from ripieno_bridges.api.replies import (
    OUR_FAULT,
    Cancelled,
    Done,
    Event,
    Failed,
    NewNotes,
    Progress,
    failure_of,
)
from ripieno_bridges.api.requests import AnyRequest, from_bytes, task_of, to_bytes

if TYPE_CHECKING:
    from ripieno_bridges.service.model_runner import ModelRunner

LENGTH = struct.Struct(">I")
FINEST = 0.01  # of the work: progress is told no more often


class Work(msgspec.Struct, frozen=True, tag="work"):
    """Do this, and call it by this number."""

    number: int
    ask: AnyRequest


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Nobody wants the answer of this number any more."""

    number: int


class Warm(msgspec.Struct, frozen=True, tag="warm"):
    """Load this model, so that the first request need not wait for it."""

    model: str


class WorkerMessage(msgspec.Struct, frozen=True):
    """What happened to the work of this number; 0 and no event: a model is loaded, or cannot be."""

    number: int
    event: Event | None = None
    model: str | None = None


Order = Work | Stop | Warm


class StoppedError(Exception):
    """Nobody wants this answer any more."""


class Worker:
    """Takes one order after the other; a thread of its own reads them, so that a stop is heard at once."""

    def __init__(self, orders: BinaryIO, out: BinaryIO) -> None:
        self._in, self._out = orders, out
        self._waiting: queue.SimpleQueue[Work | Warm] = queue.SimpleQueue()
        self._stopped: set[int] = set()

    def run(self) -> None:
        """Work until the input ends."""
        threading.Thread(target=self._read, daemon=True).start()
        from ripieno_bridges.service.model_runner import (
            ModelRunner,  # seconds, in which orders already come in
        )

        answerer = ModelRunner()
        while True:
            order = self._waiting.get()
            if isinstance(order, Warm):
                try:
                    self._tell(WorkerMessage(0, model=answerer.model(order.model).name))
                except RipienoError as exc:
                    self._tell(WorkerMessage(0, failure_of(exc), model=order.model))
                continue
            event = self._answered(order, answerer)
            self._stopped = {number for number in self._stopped if number > order.number}
            request = task_of(order.ask)
            self._tell(WorkerMessage(order.number, event, model=None if request is None else request.model))

    def _answered(self, work: Work, answerer: ModelRunner) -> Done | Failed | Cancelled:
        """The end of one request."""
        from ripieno_bridges.service.documents import answer

        number, last = work.number, -1.0

        def progress(fraction: float) -> None:
            nonlocal last
            if number in self._stopped:
                raise StoppedError
            if fraction >= last + FINEST:
                last = fraction
                self._tell(WorkerMessage(number, Progress(fraction)))

        def heard(notes: list[tuple[int, Note]]) -> None:
            self._tell(WorkerMessage(number, NewNotes(tuple(notes))))

        try:
            progress(0.0)
            return Done(answer(answerer, work.ask, progress=progress, heard=heard))
        except StoppedError:
            return Cancelled()
        except RipienoError as exc:
            return failure_of(exc)
        except Exception:
            # The musician is told that it is not his fault; what it was goes to the terminal of the server.
            sys.excepthook(*sys.exc_info())
            return Failed("failed", OUR_FAULT)

    def _read(self) -> None:
        """Take orders until there are no more; then the process is not needed any more."""
        while header := self._in.read(LENGTH.size):
            order: Order = from_bytes(self._in.read(LENGTH.unpack(header)[0]), Order)
            if isinstance(order, Stop):
                self._stopped.add(order.number)
            else:
                self._waiting.put(order)
        os._exit(0)

    def _tell(self, told: WorkerMessage) -> None:
        data = to_bytes(told)
        self._out.write(LENGTH.pack(len(data)) + data)
        self._out.flush()


def main() -> None:
    """Work for the process at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's business, which then ends us
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whoever prints must not write between our messages
    Worker(sys.stdin.buffer, out).run()


if __name__ == "__main__":
    main()
