"""Gives the items of a batch to its workers, wherever these are, and again where a worker was lost."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Protocol

import msgspec

import ripieno
from ripieno.errors import RequestError, WeightsError
from ripieno.interrupt import Interrupt
from ripieno_bridges.api.requests import from_bytes, to_bytes
from ripieno_bridges.batch.messages import (
    ItemOrder,
    ItemOutcome,
    WorkerReady,
    WorkerStart,
    WorkerUnfit,
    died_too_often,
)

MAX_DEATHS = 2  # of workers at one item, before it is refused
MAX_STARTS = 3  # of a worker that ends before it is ready


class WorkerStarted(msgspec.Struct, frozen=True):
    """The worker of a slot has started, or cannot. data: a ``WorkerStart``."""

    slot: int
    data: bytes


class OrderDone(msgspec.Struct, frozen=True):
    """The worker of a slot has done the first of its orders. data: an ``ItemOutcome``."""

    slot: int
    data: bytes


class WorkerDied(msgspec.Struct, frozen=True):
    """The worker of a slot is gone, and with it its orders; another one starts. why: how it ended."""

    slot: int
    why: str


PoolEvent = WorkerStarted | OrderDone | WorkerDied


class Pool(Protocol):
    """Workers, each in a slot, where one that is gone is replaced by another.

    ahead: how many orders a slot may have at once.
    """

    ahead: int

    def start(self) -> None:
        """Start the workers. Raises RipienoError."""

    def give(self, slot: int, order: bytes) -> None:
        """Give a worker that has started an order, which it does after those that it has."""

    def wait(self) -> list[PoolEvent]:
        """Wait a moment for events. Raises RipienoError where no workers are left to wait for."""

    def stop(self) -> None:
        """End all workers at once."""


def done_by(pool: Pool, orders: Iterator[ItemOrder], interrupt: Interrupt) -> Iterator[ItemOutcome]:
    """The outcomes of all orders, as they come.

    Raises KeyboardInterrupt after Ctrl-C, and RipienoError where there is no working worker.
    """
    given: defaultdict[int, deque[ItemOrder]] = defaultdict(deque)  # to each worker that takes orders
    ready: set[int] = set()
    again: deque[ItemOrder] = deque()
    deaths: defaultdict[str, list[str]] = defaultdict(list)
    failed_starts = 0
    sha256: str | None = None

    def next_order() -> ItemOrder | None:
        return again.popleft() if again else next(orders, None)

    try:
        pool.start()
        while True:
            for slot in sorted(ready):
                while len(given[slot]) < pool.ahead and (order := next_order()) is not None:
                    given[slot].append(order)
                    pool.give(slot, to_bytes(order))
            if ready and not any(given.values()):
                return
            with interrupt.at_once():
                events = pool.wait()
            outcomes: list[ItemOutcome] = []
            for event in events:
                if isinstance(event, WorkerStarted):
                    sha256 = checked_start(event, sha256)
                    ready.add(event.slot)
                    failed_starts = 0
                elif isinstance(event, OrderDone):
                    outcome: ItemOutcome = from_bytes(event.data, ItemOutcome)
                    left = (order for order in given[event.slot] if order.key != outcome.key)
                    given[event.slot] = deque(left)
                    outcomes.append(outcome)
                elif event.slot not in ready:
                    failed_starts += 1
                    if failed_starts >= MAX_STARTS:
                        raise RequestError(f"the workers do not start: {event.why}; try --workers 1")
                else:
                    ready.discard(event.slot)
                    lost = given.pop(event.slot, deque())
                    if lost:
                        deaths[lost[0].key].append(event.why)
                        if len(why := deaths[lost[0].key]) >= MAX_DEATHS:
                            outcomes.append(died_too_often(lost.popleft(), len(why), why))
                    again.extend(lost)
            yield from outcomes
    finally:
        pool.stop()


def checked_start(event: WorkerStarted, sha256: str | None) -> str:
    """The weights of a worker that has started. sha256: those of the others. Raises RipienoError."""
    start: WorkerStart = from_bytes(event.data, WorkerStart)
    if isinstance(start, WorkerUnfit):
        raise WeightsError(start.fault)
    assert isinstance(start, WorkerReady)
    if start.version != ripieno.__version__:
        raise RequestError(
            f"a worker has ripieno {start.version}, and here is {ripieno.__version__}; install one everywhere"
        )
    if sha256 is not None and start.sha256 != sha256:
        raise WeightsError("not all workers have the same weights; copy the model to every machine")
    return start.sha256
