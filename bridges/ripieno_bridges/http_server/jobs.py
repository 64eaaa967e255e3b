"""Jobs: the requests that wait or are worked on, by their ids."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

from ripieno.errors import RequestError
from ripieno_bridges.api.replies import Event, Failed, Final, NewNotes, Progress
from ripieno_bridges.api.requests import AnyRequest
from ripieno_bridges.http_server.errors import HttpError
from ripieno_bridges.service.protocols import RequestQueue

ID_BYTES = 12  # random bytes of an id that the server chooses


@dataclass(eq=False, slots=True)
class HttpJob:
    """A request that was submitted. fraction: 0 to 1; None while it waits. final: its last event."""

    id: str
    ticket: Any = None
    fraction: float | None = None
    final: Final | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> Literal["waiting", "working"]:
        """Whether it is worked on."""
        return "waiting" if self.fraction is None else "working"

    def handle_event(self, event: Event) -> None:
        """Record an event of the service; nothing follows the final one."""
        if isinstance(event, Progress):
            self.fraction = event.fraction
        elif not isinstance(event, NewNotes) and self.final is None:
            self.final = event
        self.changed.set()

    async def ended(self) -> Final:
        """Wait for the final event."""
        while self.final is None:
            await self.changed.wait()
            self.changed.clear()
        return self.final

    async def fractions(self) -> AsyncIterator[float]:
        """Yield the fraction whenever it has changed, until the job has ended."""
        last = None
        while self.final is None:
            await self.changed.wait()
            self.changed.clear()
            if self.final is None and self.fraction is not None and self.fraction != last:
                last = self.fraction
                yield last


class HttpJobs:
    """All jobs, by their ids."""

    def __init__(self, service: RequestQueue) -> None:
        self._service = service
        self._jobs: dict[str, HttpJob] = {}

    def start(self, job_id: str | None, request: AnyRequest, *, client: str | None = None) -> HttpJob:
        """Submit a request; the caller calls ``release`` afterwards. Raises RequestError for a taken id.

        job_id: the client's choice; None to choose one here. client: whose it is; None where all are of this
        machine, and each request counts as a client's own.
        """
        if job_id in self._jobs:
            raise RequestError(
                f"the request {job_id} is not answered yet; choose another id, or leave it out"
            )
        job = HttpJob(secrets.token_urlsafe(ID_BYTES) if job_id is None else job_id)
        owner = ("http", client or job.id)
        job.ticket = self._service.submit(request, client=owner, on_event=job.handle_event)
        self._jobs[job.id] = job
        return job

    def find(self, job_id: str) -> HttpJob:
        """A job that has not ended. Raises HttpError where there is none."""
        job = self._jobs.get(job_id)
        if job is None or job.final is not None:
            raise HttpError(
                "not_found",
                f'there is no request "{job_id[:64]}" that waits or is worked on; it may have ended',
            )
        return job

    def cancel(self, job_id: str) -> HttpJob:
        """Cancel a job; its client gets an answer that says so. Raises HttpError where there is none."""
        job = self.find(job_id)
        self._service.cancel(job.ticket)
        return job

    def stop(self, failure: Failed) -> None:
        """End all jobs with a failure."""
        for job in list(self._jobs.values()):
            if job.final is None:
                job.handle_event(failure)
                self._service.cancel(job.ticket)

    def release(self, job: HttpJob) -> None:
        """Forget a job that no client waits for any more: cancel it where it still runs, and free its id."""
        if job.final is None:
            self._service.cancel(job.ticket)
        self._jobs.pop(job.id, None)
