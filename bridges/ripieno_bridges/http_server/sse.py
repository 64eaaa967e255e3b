"""Server-sent events: a response that tells the progress of a request, then its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ripieno_bridges.api.replies import Cancelled, Failed, Final
from ripieno_bridges.http_server.build_response import build_answer
from ripieno_bridges.http_server.disconnect import until_disconnect
from ripieno_bridges.http_server.errors import error_answer
from ripieno_bridges.http_server.jobs import HttpJob, HttpJobs
from ripieno_bridges.http_server.media_types import EVENT_STREAM
from ripieno_bridges.http_server.parse_request import ParsedRequest
from ripieno_bridges.http_server.response_models import Moved, ResponseModel, Started

EVENTS = ("started", "progress", "done", "error", "cancelled")


class EventStream(StreamingResponse):
    """The events of a job. It is released at the end of the stream, or when the client disconnects."""

    media_type = EVENT_STREAM

    def __init__(self, jobs: HttpJobs, job: HttpJob, parsed: ParsedRequest) -> None:
        super().__init__(events_of(job, parsed))
        self._jobs, self._job = jobs, job

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        # Where the server speaks ASGI 2.4, Starlette alone would notice a disconnect only at the next event.
        try:
            await until_disconnect(self.stream_response(send), receive)
        finally:
            self._jobs.release(self._job)


async def events_of(job: HttpJob, parsed: ParsedRequest) -> AsyncIterator[bytes]:
    """The events of a job, as bytes, up to the final one."""
    yield event("started", Started(id=job.id))
    async for fraction in job.fractions():
        yield event("progress", Moved(fraction=fraction))
    final = await job.ended()
    # In a thread, since a long piece takes a while and other clients use the event loop.
    yield await asyncio.to_thread(final_event, parsed, job.id, final)


def final_event(parsed: ParsedRequest, job_id: str, final: Final) -> bytes:
    """The last event of a stream: the answer, or an error."""
    if isinstance(final, Cancelled):
        return event("cancelled", Started(id=job_id))
    answer = build_answer(parsed, job_id, final)
    if isinstance(answer, Failed):
        return event("error", error_answer(answer))
    return event("done", answer)


def event(name: str, data: ResponseModel) -> bytes:
    """One event. Its JSON has no line ends in it."""
    assert name in EVENTS, "an event of the table"
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
