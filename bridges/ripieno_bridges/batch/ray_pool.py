"""Workers as actors on a Ray cluster."""

from __future__ import annotations

import logging
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from ripieno.errors import RequestError
from ripieno_bridges.batch.dispatch import OrderDone, PoolEvent, WorkerDied, WorkerStarted
from ripieno_bridges.batch.worker import BatchWorker

WAIT_SECONDS = 0.5
INSTALL = 'a cluster needs ray; install it with: pip install "ripieno[cluster]"'


class RayPool:
    """So many actors, one processor each, with their models loaded; as many as the cluster has processors.

    address: of a cluster that runs, or "auto" for the one that this machine is part of. plan: an ``ItemPlan``
    as bytes. An actor that is lost with its machine is replaced on another one, as soon as there is room.
    """

    ahead = 4  # orders that wait on the actor's machine, so that it need not wait for ours

    def __init__(self, address: str, workers: int | None, plan: bytes) -> None:
        self._address, self._count, self._plan = address, workers, plan
        self._actors: dict[int, Any] = {}
        self._refs: dict[Any, tuple[int, bool]] = {}  # what is awaited: (slot, whether it is the start)
        self._actor_class: Any = None

    def start(self) -> None:
        """Connect, and start the actors. Raises RequestError."""
        if find_spec("ray") is None:
            raise RequestError(INSTALL)
        import ray

        try:
            ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, OSError, ValueError, RuntimeError) as exc:
            raise RequestError(
                f"there is no Ray cluster at {self._address}; start one with: ray start --head"
            ) from exc
        self._actor_class = ray.remote(num_cpus=1, max_restarts=0)(BatchWorker)
        for slot in range(self._count or max(1, int(ray.cluster_resources().get("CPU", 1)))):
            self._start(slot)

    def give(self, slot: int, order: bytes) -> None:
        """Queue an order at an actor."""
        self._refs[self._actors[slot].do.remote(order)] = slot, False

    def wait(self) -> list[PoolEvent]:
        """What actors have done, and which are lost."""
        import ray

        first, others = ray.wait(list(self._refs), num_returns=1, timeout=WAIT_SECONDS)
        more = ray.wait(others, num_returns=len(others), timeout=0)[0] if first and others else []
        events: list[PoolEvent] = []
        for ref in sorted([*first, *more], key=list(self._refs).index):  # an actor's in their order
            slot, is_start = self._refs.pop(ref, (None, False))
            if slot is None:
                continue  # of an actor that was lost a moment ago
            try:
                data = ray.get(ref)
            except ray.exceptions.RayError as exc:
                events.append(WorkerDied(slot, how_lost(exc)))
                self._refs = {other: owner for other, owner in self._refs.items() if owner[0] != slot}
                self._start(slot)
            else:
                events.append(WorkerStarted(slot, data) if is_start else OrderDone(slot, data))
        return events

    def stop(self) -> None:
        """End the actors, and leave the cluster as it was."""
        if find_spec("ray") is None:
            return
        import ray

        with suppress(Exception):  # the cluster may be gone
            for actor in self._actors.values():
                ray.kill(actor)
        ray.shutdown()

    def _start(self, slot: int) -> None:
        self._actors[slot] = self._actor_class.remote(self._plan)
        self._refs[self._actors[slot].start.remote()] = slot, True


def how_lost(exc: Exception) -> str:
    """How an actor was lost, in a few words."""
    import ray

    if isinstance(exc, ray.exceptions.OutOfMemoryError):
        return "its machine had no memory left"
    if isinstance(exc, ray.exceptions.RayActorError):
        return "it was lost, or its machine"
    return type(exc).__name__
