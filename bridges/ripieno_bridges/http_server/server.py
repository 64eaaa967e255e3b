"""The HTTP server: a port of this machine, with the security checks and the routes behind it."""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from ripieno.errors import RipienoError
from ripieno_bridges.http_server.access import LOOPBACK, Access, no_address
from ripieno_bridges.http_server.app import build_app
from ripieno_bridges.http_server.connections import ConnectionLimits, protocol
from ripieno_bridges.http_server.handlers import HttpHandlers
from ripieno_bridges.http_server.metrics import Metrics
from ripieno_bridges.http_server.openapi import description_json
from ripieno_bridges.http_server.security import SecurityMiddleware
from ripieno_bridges.http_server.static_files import Pages, find_pages
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.sockets import BACKLOG, tcp_socket

HOST, PORT = LOOPBACK, 7411
CLOSING_SECONDS = 2  # for the last responses
POLL_SECONDS = 0.01  # how often start() checks whether uvicorn listens


class LocalServer(ABC):
    """Serves an application until it is stopped, on the loopback address if no other access is given.

    port: 0 for one that is free. on_refused: is told the code of each request that is refused unread.
    """

    def __init__(
        self,
        *,
        port: int,
        limits: ConnectionLimits | None = None,
        access: Access | None = None,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._port = port
        self._access, self._on_refused = access or Access(), on_refused
        self._limits = limits or ConnectionLimits()
        self._server: QuietServer | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port, once it listens."""
        return self._port

    @property
    def address(self) -> str:
        """The URL of the page, once it listens."""
        return self._access.address(self._port)

    @abstractmethod
    def _build_app(self) -> Starlette:
        """The application; called at the start."""

    async def start(self) -> None:
        """Listen. Raises RipienoError if the port is not available."""
        listener = bind(self._access.host, self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            SecurityMiddleware(
                self._build_app(), port=self._port, access=self._access, on_refused=self._on_refused
            ),
            http=protocol(self._limits),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=bool(self._access.proxies),
            forwarded_allow_ips=list(self._access.proxies),
            limit_concurrency=self._limits.max_connections + 1,  # it refuses from this number on
            backlog=BACKLOG,
            timeout_keep_alive=math.ceil(
                self._limits.head_seconds
            ),  # no shorter than what ``connections`` gives
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
        config.load()
        config.ssl = self._access.tls
        self._server = QuietServer(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(POLL_SECONDS)
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Close the port, once the last responses are sent."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = self._task = None


class HttpServer(LocalServer):
    """Serves the page and the routes of the service. pages: None for those that are installed.

    metrics: in which the service counts what has ended; None for new ones.
    """

    def __init__(
        self,
        service: Backend,
        *,
        port: int = PORT,
        pages: Pages | None = None,
        limits: ConnectionLimits | None = None,
        access: Access | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._service, self._pages, self._metrics = service, pages, metrics or Metrics()
        super().__init__(port=port, limits=limits, access=access, on_refused=self._metrics.count_refused)
        self._metrics.watch(service)
        self._handlers: HttpHandlers | None = None

    def _build_app(self) -> Starlette:
        pages = self._pages or find_pages()
        self._handlers = HttpHandlers(self._service, pages, description_json(), self._metrics)
        return build_app(self._handlers)

    async def stop(self) -> None:
        """Answer every request that is not answered yet with an error, and close the port."""
        if self._handlers is not None:
            self._handlers.stop()
        await super().stop()
        self._handlers = None


class QuietServer(uvicorn.Server):
    """A uvicorn server that installs no signal handlers: ``servers`` has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on this port, or for 0 on a free one. Raises RipienoError with a way out."""
    listener = tcp_socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as exc:
        listener.close()
        raise RipienoError(port_fault(host, port, exc)) from exc
    listener.setblocking(False)
    return listener


def port_fault(host: str, port: int, exc: OSError | OverflowError) -> str:
    """Why a port is not available, and the way out."""
    number = exc.errno if isinstance(exc, OSError) else None
    if number in (errno.EACCES, errno.EPERM):
        return f"port {port} is kept for the system; choose one from 1024 on with --http-port"
    if number == errno.EADDRNOTAVAIL:
        return no_address(host)
    if isinstance(exc, OverflowError):
        return f"there is no port {port}; choose one from 1024 to 65535 with --http-port"
    return (
        f"port {port} is in use; another ripieno may be running: use that one, or stop it, or choose another "
        "port with --http-port"
    )
