"""Workers of a batch in the test's own process, which end when the test says so, and tiny scores for them."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ripieno.text.notation import parse_score
from ripieno_bridges.api.requests import from_bytes
from ripieno_bridges.batch.dispatch import OrderDone, PoolEvent, WorkerDied, WorkerStarted
from ripieno_bridges.batch.messages import ItemOrder
from ripieno_bridges.batch.worker import BatchWorker
from ripieno_bridges.formats.musicxml.writer import write_musicxml

TUNES = ("C5:4 D5 E5 C5 | D5:2 C5", "E5:4 D5 C5 D5 | E5:2 C5", "G4:4 A4 B4 G4 | A4:2 G4")


def write_tunes(folder: Path, count: int = 3) -> Path:
    """A folder with melodies of two measures: 0.musicxml, 1.musicxml ..."""
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number}.musicxml").write_bytes(write_musicxml(parse_score(TUNES[number % 3])))
    return folder


@functools.cache
def worker_for(plan: bytes) -> BatchWorker:
    """A worker with its model loaded."""
    return BatchWorker(plan)


class HerePool:
    """Real workers, without processes. dies: whether the worker of a slot ends at an item, at this try."""

    def __init__(
        self,
        plan: bytes,
        workers: int = 2,
        *,
        ahead: int = 1,
        dies: Callable[[str, int], bool] = lambda *_: False,
    ) -> None:
        self.ahead, self._dies = ahead, dies
        self._worker = worker_for(plan)
        self._orders: dict[int, deque[bytes]] = {slot: deque() for slot in range(workers)}
        self._events: deque[PoolEvent] = deque()
        self._tries: dict[str, int] = {}
        self.stopped = False

    def start(self) -> None:
        self._events.extend(WorkerStarted(slot, self._worker.start()) for slot in self._orders)

    def give(self, slot: int, order: bytes) -> None:
        self._orders[slot].append(order)

    def wait(self) -> list[PoolEvent]:
        if self._events:
            return [self._events.popleft()]
        slot = max(self._orders, key=lambda slot: len(self._orders[slot]))
        order = self._orders[slot].popleft()
        key = from_bytes(order, ItemOrder).key
        self._tries[key] = self._tries.get(key, 0) + 1
        if not self._dies(key, self._tries[key]):
            return [OrderDone(slot, self._worker.do(order))]
        self._orders[slot].clear()
        self._events.append(WorkerStarted(slot, self._worker.start()))
        return [WorkerDied(slot, "it was ended by SIGKILL")]

    def stop(self) -> None:
        self.stopped = True
