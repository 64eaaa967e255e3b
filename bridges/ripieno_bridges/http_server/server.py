"""The HTTP server: a port of this machine, with the security checks and the routes behind it."""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from ripieno.errors import RipienoError
from ripieno_bridges.http_server.app import build_app
from ripieno_bridges.http_server.connections import ConnectionLimits, protocol
from ripieno_bridges.http_server.handlers import HttpHandlers
from ripieno_bridges.http_server.openapi import description_json
from ripieno_bridges.http_server.security import SecurityMiddleware
from ripieno_bridges.http_server.static_files import Pages, find_pages
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.sockets import BACKLOG, tcp_socket

HOST, PORT = "127.0.0.1", 7411
CLOSING_SECONDS = 2  # for the last responses
POLL_SECONDS = 0.01  # how often start() checks whether uvicorn listens


class HttpServer:
    """Listens on the loopback address until it is stopped.

    port: 0 for one that is free. pages: None for those that are installed.
    """

    def __init__(
        self,
        service: Backend,
        *,
        port: int = PORT,
        pages: Pages | None = None,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self._service, self._port = service, port
        self._limits = limits or ConnectionLimits()
        self._pages = pages
        self._handlers: HttpHandlers | None = None
        self._server: QuietServer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port, once it listens."""
        return self._port

    @property
    def address(self) -> str:
        """The URL of the page, once it listens."""
        return f"http://{HOST}:{self._port}/"

    async def start(self) -> None:
        """Listen. Raises RipienoError if the port is not available."""
        listener = bind(self._port)
        self._port = listener.getsockname()[1]
        self._handlers = HttpHandlers(self._service, self._pages or find_pages(), description_json())
        config = uvicorn.Config(
            SecurityMiddleware(build_app(self._handlers), port=self._port),
            http=protocol(self._limits),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=self._limits.max_connections + 1,  # it refuses from this number on
            backlog=BACKLOG,
            timeout_keep_alive=math.ceil(
                self._limits.head_seconds
            ),  # no shorter than what ``connections`` gives
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
        self._server = QuietServer(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(POLL_SECONDS)
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Answer every request that is not answered yet with an error, and close the port."""
        if self._server is None or self._task is None or self._handlers is None:
            return
        self._handlers.stop()
        self._server.should_exit = True
        await self._task
        self._server = self._task = self._handlers = None


class QuietServer(uvicorn.Server):
    """A uvicorn server that installs no signal handlers: ``servers`` has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def bind(port: int) -> socket.socket:
    """A socket that listens on this port, or for 0 on a free one. Raises RipienoError with a way out."""
    listener = tcp_socket()
    try:
        listener.bind((HOST, port))
        listener.listen()
    except (OSError, OverflowError) as exc:
        listener.close()
        raise RipienoError(port_fault(port, exc)) from exc
    listener.setblocking(False)
    return listener


def port_fault(port: int, exc: OSError | OverflowError) -> str:
    """Why a port is not available, and the way out."""
    number = exc.errno if isinstance(exc, OSError) else None
    if number in (errno.EACCES, errno.EPERM):
        return f"port {port} is kept for the system; choose one from 1024 on with --http-port"
    if isinstance(exc, OverflowError):
        return f"there is no port {port}; choose one from 1024 to 65535 with --http-port"
    return (
        f"port {port} is in use; another ripieno may be running: use that one, or stop it, or choose another "
        "port with --http-port"
    )
