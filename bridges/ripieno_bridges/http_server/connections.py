"""Connections of HTTP that do not keep others waiting: a request's head has to come soon, its answer be read.

uvicorn itself gives both all the time in the world, and counts the connection among those of which there may
only be so many.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0  # for the head of a request, from the connection's begin or the answer before
UNREAD_SECONDS = 30.0  # for an answer to be read, as far as the system keeps no more of it
MAX_CONNECTIONS = 512


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a connection may keep others waiting, and how many of them there may be."""

    head_seconds: float = HEAD_SECONDS
    unread_seconds: float = UNREAD_SECONDS
    max_connections: int = MAX_CONNECTIONS


class PromptProtocol(H11Protocol):
    """A connection that is closed where the head of a request does not come, or its answer is not read.

    Of too many connections, the one that has waited for a head the longest is closed for a new one.
    """

    def __init__(self, *args: Any, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._head_timer: asyncio.TimerHandle | None = None  # while a head is waited for
        self._unread_timer: asyncio.TimerHandle | None = None  # while an answer is not read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room, and wait for the first head."""
        self._make_room()
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._expect_nothing()
        self._be_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until what was written is read."""
        super().pause_writing()
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self._limits.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it was read."""
        self._be_read()
        super().resume_writing()

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

    def _be_read(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_seconds, self.timeout_keep_alive_handler)

    def _expect_nothing(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _make_room(self) -> None:
        """Close the connection that has waited the longest, if this one would be one too many."""
        if len(self.connections) < self._limits.max_connections:
            return
        others = (other for other in self.connections if isinstance(other, PromptProtocol))
        waiting = [(other.waits_until, other) for other in others if other.waits_until is not None]
        if waiting:
            _, oldest = min(waiting, key=lambda pair: pair[0])
            oldest.transport.abort()
            self.connections.discard(oldest)  # it hears of its end only later


def protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """The protocol, for uvicorn."""
    return cast("type[asyncio.Protocol]", partial(PromptProtocol, limits=limits))
