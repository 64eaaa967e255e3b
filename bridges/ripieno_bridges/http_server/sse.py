"""Answers that come while the work goes on: text/event-stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import msgspec
from starlette.types import Receive, Scope, Send

from ripieno_bridges.http_server.jobs import HttpJob, unless_gone
from ripieno_bridges.http_server.response_models import Moved, Started

STREAM = "text/event-stream"
EVENTS = ("started", "progress", "done", "error", "cancelled")
End = tuple[str, bytes]  # of a stream: the event's name and its data


class Stream:
    """An answer to one request, event by event; whoever hangs up stops it.

    end_of: waits for the end. let_go: what is done when nobody listens any more, however that came.
    """

    def __init__(
        self, run: HttpJob, end_of: Callable[[HttpJob], Awaitable[End]], let_go: Callable[[HttpJob], None]
    ) -> None:
        self._run, self._end_of, self._let_go = run, end_of, let_go

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await unless_gone(partial(self._tell, send), partial(hung_up, receive))
        finally:
            self._let_go(self._run)

    async def _tell(self, send: Send) -> None:
        async for packet in self._packets():
            await send({"type": "http.response.body", "body": packet, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _packets(self) -> AsyncIterator[bytes]:
        yield packet("started", msgspec.json.encode(Started(id=self._run.name)))
        async for fraction in self._run.fractions():
            yield packet("progress", msgspec.json.encode(Moved(fraction=fraction)))
        yield packet(*await self._end_of(self._run))


def packet(event: str, data: bytes) -> bytes:
    """One event. data: JSON, which has no line ends in it."""
    assert event in EVENTS, "an event of the table"
    return b"event: %s\ndata: %s\n\n" % (event.encode(), data)


async def hung_up(receive: Receive) -> None:
    """Wait until whoever asked is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
