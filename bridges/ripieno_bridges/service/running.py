"""A `ripieno serve` that runs on this machine, used instead of an engine of one's own.

Its engine is warm, so a request takes a tenth of the time. It is asked over HTTP, with the request as it is,
so that its notes are the same.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Any

from ripieno import __version__
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import AnyRequest, Request, from_bytes, to_bytes
from ripieno_bridges.service.service import AnswerError, Service

HOST, PORT = "127.0.0.1", 7411
LOOK_SECONDS = 0.5  # until a server that is there has told its version and its models
MAX_LINE = 1 << 26  # bytes of an event: sixteen long alternatives
GONE = "the running `ripieno serve` does not answer any more; try again"


class ServerGoneError(AnswerError):
    """The server ended, or is no ripieno of this version any more."""

    def __init__(self) -> None:
        super().__init__("stopping", GONE)


class RunningServer:
    """A running server that has been found. See ``find_server``. is_idle: it had nothing to do then."""

    def __init__(self, port: int, *, is_idle: bool = True) -> None:
        self.port, self.is_idle = port, is_idle

    async def ask(
        self,
        request: Request,
        *,
        client: Hashable = None,  # noqa: ARG002 - to the server every connection is a client of its own
        progress: Callable[[float], None] = lambda _: None,
    ) -> Reply:
        """Send a request and wait for its reply; cancelling the wait cancels it. Raises AnswerError."""
        reply: Reply = await self.ask_any(request, Reply, progress=progress)
        return reply

    async def ask_any(
        self, request: AnyRequest, kind: Any, *, progress: Callable[[float], None] = lambda _: None
    ) -> Any:
        """The same for any kind of request. kind: of its reply."""
        packed = {"version": __version__, "request": b64encode(to_bytes(request)).decode("ascii")}
        try:
            async with exchange(self.port, "POST", "/v1/packed", packed) as reader:
                async for name, data in events(reader):
                    if name == "progress":
                        progress(data["fraction"])
                    elif name == "done":
                        return from_bytes(b64decode(data["reply"]), kind)
                    elif name in ("error", "cancelled"):
                        raise failure(data)
        except (OSError, EOFError, ValueError, KeyError, TypeError, asyncio.LimitOverrunError) as exc:
            raise ServerGoneError from exc
        raise ServerGoneError


class WarmEngine:
    """The engine for a command: that of a running server, else one of its own. Open inside ``async with``.

    models: for its own; the first must be among the running server's. port: the server's; 0 looks for none.
    server: the one that is used; None for an engine of its own.
    """

    def __init__(self, models: tuple[str, ...], *, port: int = PORT) -> None:
        self._models, self._port = models, port
        self._own: Service | None = None
        self.server: RunningServer | None = None

    async def __aenter__(self) -> WarmEngine:
        """Find the server; else start an engine, which loads its model in the background."""
        self.server = await find_server(self._port, self._models[0]) if self._port else None
        if self.server is None:
            await self._start_own()
        return self

    async def __aexit__(self, *details: Any) -> None:
        if self._own is not None:
            await self._own.__aexit__(*details)

    async def ask(
        self,
        request: Request,
        *,
        client: Hashable = None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Reply:
        """Do a request; with its own engine where the server has ended meanwhile. Raises AnswerError."""
        if self.server is not None:
            try:
                return await self.server.ask(request, progress=progress)
            except ServerGoneError:
                self.server = None
        own = self._own or await self._start_own()
        return await own.ask(request, client=client, progress=progress)

    async def _start_own(self) -> Service:
        self._own = Service(self._models)
        await self._own.__aenter__()
        return self._own


async def find_server(port: int, model: str) -> RunningServer | None:
    """The server on this port, if it is a ripieno of the same version that offers the model."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            async with exchange(port, "GET", "/v1/status") as reader:
                status = json.loads(await reader.read())
                is_ours = status["version"] == __version__
                is_idle = status["state"] == "ready" and status["queue"] == 0
            async with exchange(port, "GET", "/v1/models") as reader:
                models = [entry["name"] for entry in json.loads(await reader.read())["models"]]
    except (OSError, EOFError, ValueError, KeyError, TypeError):  # a TimeoutError among them
        return None
    return RunningServer(port, is_idle=is_idle) if is_ours and model in models else None


# -- HTTP --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def exchange(
    port: int, method: str, path: str, body: dict[str, str] | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request and yield what follows the headers of its response.

    It is HTTP 1.0, so that the response is not cut into chunks and ends with the connection. Raises OSError,
    EOFError and ValueError for what is no server, AnswerError for what a server refuses.
    """
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        head += "Accept: text/event-stream\r\n"
    reader, writer = await asyncio.open_connection(HOST, port, limit=MAX_LINE)
    try:
        writer.write(head.encode() + b"\r\n" + data)
        await writer.drain()
        header = await reader.readuntil(b"\r\n\r\n")
        if body is not None and b"text/event-stream" not in header:
            raise failure(json.loads(await reader.read()))
        yield reader
    finally:
        writer.transport.abort()  # a request that is not answered yet is thereby cancelled
        with suppress(OSError):
            await writer.wait_closed()


async def events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The events of a stream: (name, data). Raises EOFError where it breaks off."""
    while True:
        lines = (await reader.readuntil(b"\n\n")).decode().splitlines()
        fields = dict(line.split(": ", 1) for line in lines if line)
        yield fields["event"], json.loads(fields["data"])


def failure(answer: dict[str, Any]) -> AnswerError:
    """The error that a response tells."""
    error = answer.get("error", {"code": "cancelled", "text": "the request was cancelled"})
    if error["code"] == "not_found":  # a ripieno before this route
        return ServerGoneError()
    return AnswerError(error["code"], error["text"])
