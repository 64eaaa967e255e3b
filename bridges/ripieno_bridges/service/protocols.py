"""What the servers use of the service, so that tests can stand in for it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

from ripieno_bridges.api.requests import AnyRequest
from ripieno_bridges.service.tickets import EventCallback


class RequestQueue(Protocol):
    """Takes requests and works on them, one after the other."""

    def submit(
        self, request: AnyRequest, *, client: Hashable, on_event: EventCallback, replace: bool = False
    ) -> Any:
        """Submit a request and return its ticket; ``on_event`` gets its events later, the last one final.

        replace: cancel the requests of this client that still wait.
        """

    def cancel(self, ticket: Any) -> None:
        """End a request; its ``on_event`` gets ``Cancelled``."""


class Backend(RequestQueue, Protocol):
    """A request queue that also tells its models and its state."""

    @property
    def models(self) -> tuple[str, ...]:
        """The models that may be asked for, the default first."""

    def status(self) -> Any:
        """Return the state: ``model`` is loaded, ``queue`` requests have not ended."""
