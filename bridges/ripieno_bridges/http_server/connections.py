"""Connections of HTTP that do not keep others waiting: a request's head has to come soon, or make room.

uvicorn itself gives a new connection all the time in the world, and counts it among those of which there may
only be so many.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0  # for the head of a request, from the connection's begin or the answer before
MAX_CONNECTIONS = 512


class PromptProtocol(H11Protocol):
    """A connection that is closed where the head of a request does not come within ``head_seconds``.

    Of too many connections, the one that has waited for a head the longest is closed for a new one.
    """

    def __init__(self, *args: Any, head_seconds: float, max_connections: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_seconds, self._max_connections = head_seconds, max_connections
        self._head_timer: asyncio.TimerHandle | None = None  # while a head is waited for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room, and wait for the first head."""
        self._make_room()
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._expect_nothing()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle what came, which may have completed a head."""
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        """End the answer, after which the next head may come."""
        super().on_response_complete()
        self._watch()

    @property
    def waits_until(self) -> float | None:
        """When the head has to be there, on the loop's clock; None where none is waited for."""
        return None if self._head_timer is None else self._head_timer.when()

    def _watch(self) -> None:
        """Begin or end the wait for a head."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._expect_nothing()
        elif self._head_timer is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self._head_seconds, self.timeout_keep_alive_handler)

    def _expect_nothing(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _make_room(self) -> None:
        """Close the connection that has waited the longest, if this one would be one too many."""
        if len(self.connections) < self._max_connections:
            return
        others = (other for other in self.connections if isinstance(other, PromptProtocol))
        waiting = [(other.waits_until, other) for other in others if other.waits_until is not None]
        if waiting:
            _, oldest = min(waiting, key=lambda pair: pair[0])
            oldest.transport.abort()
            self.connections.discard(oldest)  # it hears of its end only later


def protocol(head_seconds: float, max_connections: int) -> type[asyncio.Protocol]:
    """The protocol, for uvicorn."""
    made = partial(PromptProtocol, head_seconds=head_seconds, max_connections=max_connections)
    return cast("type[asyncio.Protocol]", made)
