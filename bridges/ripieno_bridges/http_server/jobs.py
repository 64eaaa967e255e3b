"""Requests that wait or are worked on: their names, how far they are, and the one end that each has."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from ripieno.errors import RequestError
from ripieno_bridges.api.replies import Event, Failed, Final, NewNotes, Progress
from ripieno_bridges.api.requests import AnyRequest
from ripieno_bridges.http_server.errors import HttpError
from ripieno_bridges.service.protocols import RequestQueue

ID_BYTES = 12  # of chance, for an id that we make up


@dataclass(eq=False, slots=True)
class HttpJob:
    """A request that was handed in. fraction: 0 to 1; None while it waits. final: its end."""

    name: str
    ticket: Any = None
    fraction: float | None = None
    final: Final | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> Literal["waiting", "working"]:
        """Whether it is worked on."""
        return "waiting" if self.fraction is None else "working"

    def hear(self, event: Event) -> None:
        """Take what happened to it."""
        if isinstance(event, Progress):
            self.fraction = event.fraction
        elif not isinstance(event, NewNotes) and self.final is None:
            self.final = event
        self.changed.set()

    async def ended(self) -> Final:
        """Wait for its end."""
        while self.final is None:
            await self.changed.wait()
            self.changed.clear()
        return self.final

    async def fractions(self) -> AsyncIterator[float]:
        """How far it is, whenever that has changed, up to its end."""
        last = None
        while self.final is None:
            await self.changed.wait()
            self.changed.clear()
            if self.final is None and self.fraction is not None and self.fraction != last:
                last = self.fraction
                yield last


class HttpJobs:
    """All of them, by their names."""

    def __init__(self, engine: RequestQueue) -> None:
        self._engine = engine
        self._runs: dict[str, HttpJob] = {}

    def start(self, name: str | None, ask: AnyRequest) -> HttpJob:
        """Hand a request in. Whoever starts it also ends it, with ``end``. Raises RequestError."""
        if name in self._runs:
            raise RequestError(f"the request {name} is not answered yet; choose another id, or leave it out")
        run = HttpJob(secrets.token_urlsafe(ID_BYTES) if name is None else name)
        self._runs[run.name] = run
        run.ticket = self._engine.submit(ask, client=("http", run.name), tell=run.hear)
        return run

    def find(self, name: str) -> HttpJob:
        """One that has no answer yet. Raises HttpError."""
        run = self._runs.get(name)
        if run is None or run.final is not None:
            raise HttpError(
                "not_found",
                f'there is no request "{name[:64]}" that waits or is worked on; it may have ended',
            )
        return run

    def cancel(self, name: str) -> HttpJob:
        """Stop one; whoever sent it is told so. Raises HttpError."""
        run = self.find(name)
        self._engine.cancel(run.ticket)
        return run

    def stop(self, fault: Failed) -> None:
        """End all of them with a fault."""
        for run in list(self._runs.values()):
            if run.final is None:
                run.hear(fault)
                self._engine.cancel(run.ticket)

    def end(self, run: HttpJob) -> None:
        """Nobody waits for it any more: it is stopped where it runs, and its name is free."""
        if run.final is None:
            self._engine.cancel(run.ticket)
        self._runs.pop(run.name, None)


async def unless_gone(work: Callable[[], Any], gone: Callable[[], Any]) -> Any:
    """What ``work`` returns, or None where ``gone`` ends before it, which stops the work."""
    tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(gone())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
