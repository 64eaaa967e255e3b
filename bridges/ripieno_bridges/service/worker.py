"""The process that does the work: requests in on standard input, events out on standard output.

A process of its own, so that a server answers a ping while a network computes, in spite of Python's global
lock, and so that a crash takes no server down. Messages are MessagePack, each preceded by its length (4
bytes). The worker ends when its input does, that is, when its server is gone.
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
PROGRESS_STEP = 0.01  # of the work: progress is sent no more often


class Work(msgspec.Struct, frozen=True, tag="work"):
    """Do this request; messages about it carry its number."""

    number: int
    request: AnyRequest


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Stop the request of this number."""

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


class StoppedError(Exception):
    """The request was stopped."""


class Worker:
    """Does one order after the other; a thread of its own reads them, so that a stop takes effect at once."""

    def __init__(self, orders: BinaryIO, out: BinaryIO) -> None:
        self._in, self._out = orders, out
        self._waiting: queue.SimpleQueue[Work | Warm] = queue.SimpleQueue()
        self._stopped: set[int] = set()

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
            self._stopped = {number for number in self._stopped if number > order.number}
            request = task_of(order.request)
            self._send(WorkerMessage(order.number, event, model=None if request is None else request.model))

    def _run(self, work: Work, runner: ModelRunner) -> Done | Failed | Cancelled:
        """Do a request and return its final event."""
        from ripieno_bridges.service.documents import reply_to

        number, last = work.number, -1.0

        def progress(fraction: float) -> None:
            nonlocal last
            if number in self._stopped:
                raise StoppedError
            if fraction >= last + PROGRESS_STEP:
                last = fraction
                self._send(WorkerMessage(number, Progress(fraction)))

        def heard(notes: list[tuple[int, Note]]) -> None:
            self._send(WorkerMessage(number, NewNotes(tuple(notes))))

        try:
            progress(0.0)
            return Done(reply_to(runner, work.request, progress=progress, heard=heard))
        except StoppedError:
            return Cancelled()
        except RipienoError as exc:
            return failure_of(exc)
        except Exception:
            # The client learns that it is not at fault; the traceback goes to the terminal of the server.
            sys.excepthook(*sys.exc_info())
            return Failed("failed", OUR_FAULT)

    def _read(self) -> None:
        """Read orders until the input ends; then end the process."""
        while header := self._in.read(LENGTH.size):
            order: Order = from_bytes(self._in.read(LENGTH.unpack(header)[0]), Order)
            if isinstance(order, Stop):
                self._stopped.add(order.number)
            else:
                self._waiting.put(order)
        os._exit(0)

    def _send(self, message: WorkerMessage) -> None:
        data = to_bytes(message)
        self._out.write(LENGTH.pack(len(data)) + data)
        self._out.flush()


def main() -> None:
    """Work for the process at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends the worker
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not end up between messages
    Worker(sys.stdin.buffer, out).run()


if __name__ == "__main__":
    main()
