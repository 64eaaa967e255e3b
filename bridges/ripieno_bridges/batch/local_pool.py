"""Workers as processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ripieno.errors import RequestError
from ripieno_bridges.batch.dispatch import OrderDone, PoolEvent, WorkerDied, WorkerStarted
from ripieno_bridges.batch.worker import work
from ripieno_bridges.service.supervisor import ending

WAIT_SECONDS = 0.5
ONE_THREAD = "OMP_NUM_THREADS"  # read when torch is loaded


class LocalPool:
    """So many processes, each with its model loaded. plan: an ``ItemPlan`` as bytes."""

    ahead = 2  # so that no worker waits while the batch writes a file

    def __init__(self, workers: int, plan: bytes) -> None:
        self._count, self._plan = workers, plan
        self._slots: dict[int, tuple[SpawnProcess, Connection]] = {}
        self._started: set[int] = set()

    def start(self) -> None:
        """Start the processes."""
        for slot in range(self._count):
            self._start(slot)

    def give(self, slot: int, order: bytes) -> None:
        """Send an order; where the process has just ended, the next ``wait`` says so."""
        with suppress(OSError):
            self._slots[slot][1].send_bytes(order)

    def wait(self) -> list[PoolEvent]:
        """What processes send, and which have ended."""
        slots = {connection: slot for slot, (_, connection) in self._slots.items()}
        return [self._event(slots[c]) for c in wait(list(slots), WAIT_SECONDS) if isinstance(c, Connection)]

    def stop(self) -> None:
        """End the processes, whatever they do."""
        for process, connection in self._slots.values():
            connection.close()
            process.kill()
        for process, _ in self._slots.values():
            process.join()
        self._slots = {}

    def _event(self, slot: int) -> PoolEvent:
        process, connection = self._slots[slot]
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            process.kill()  # it may have closed its end alone
            process.join()
            connection.close()
            self._started.discard(slot)
            self._start(slot)
            return WorkerDied(slot, ending(process.exitcode or 0))
        if slot in self._started:
            return OrderDone(slot, data)
        self._started.add(slot)
        return WorkerStarted(slot, data)

    def _start(self, slot: int) -> None:
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=work, args=(there, self._plan), name=f"ripieno batch {slot + 1}")
        try:
            with for_workers():
                process.start()
        except OSError as exc:
            raise RequestError(f"no more processes can be started ({exc.strerror}); ask for fewer") from exc
        there.close()  # so that the end of the process is the end of the connection
        self._slots[slot] = process, here


@contextmanager
def for_workers() -> Iterator[None]:
    """What a process that starts here takes over: one thread for torch; no Ctrl-C, not even at its start."""
    before = os.environ.get(ONE_THREAD)
    is_main = threading.current_thread() is threading.main_thread()  # others may set no handlers
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if is_main else None
    os.environ[ONE_THREAD] = "1"
    try:
        yield
    finally:
        if is_main:
            signal.signal(signal.SIGINT, handler)
        if before is None:
            del os.environ[ONE_THREAD]
        else:
            os.environ[ONE_THREAD] = before
