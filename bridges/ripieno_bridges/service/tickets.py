"""A ticket: a request that was submitted to the service, and what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from msgspec import structs

from ripieno_bridges.api.replies import Event, Final
from ripieno_bridges.api.requests import AnyRequest, DocumentRequest, task_of

MIN_SECONDS = 1e-3  # what a request gets whose deadline came while it waited
EventCallback = Callable[[Event], None]


@dataclass(eq=False, slots=True)
class Ticket:
    """A submitted request.

    final: its last event, once it has come. seconds: from the submission to that. begun: a worker has begun.
    given: to how many workers.
    """

    number: int
    request: AnyRequest
    client: Hashable
    on_event: EventCallback
    submitted: float = field(default_factory=time.monotonic)
    final: Final | None = None
    seconds: float = 0.0
    timer: asyncio.TimerHandle | None = None
    begun: bool = False
    given: int = 0

    @property
    def model(self) -> str | None:
        """The model that it needs; None where it needs none."""
        request = task_of(self.request)
        return None if request is None else request.model

    @property
    def deadline_seconds(self) -> float | None:
        """From when it was submitted; None where it has none."""
        request = task_of(self.request)
        return None if request is None else request.deadline_seconds

    @property
    def current_request(self) -> AnyRequest:
        """The request with what is left of its time."""
        if self.deadline_seconds is None:
            return self.request
        left = max(self.deadline_seconds - (time.monotonic() - self.submitted), MIN_SECONDS)
        if isinstance(self.request, DocumentRequest):
            return structs.replace(
                self.request, request=structs.replace(self.request.request, deadline_seconds=left)
            )
        return structs.replace(self.request, deadline_seconds=left)

    def tell(self, event: Event) -> None:
        """Pass on an event, later in the loop; nothing follows the final one."""
        asyncio.get_running_loop().call_soon(self.on_event, event)
        if isinstance(event, Final):
            self.final, self.seconds = event, time.monotonic() - self.submitted
            self.on_event = ignore_event  # its owner knows the ticket: as a circle, both would stay for long


def ignore_event(_event: Event) -> None:
    """Do nothing: nothing follows a final event."""
