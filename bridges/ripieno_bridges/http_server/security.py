"""Checks before a request is handled, since any website in a browser can send requests to this machine.

Requests of other websites are recognized by ``Host`` (DNS rebinding gives this machine another name), by
``Origin`` and ``Sec-Fetch-Site``, and by the content type, since JSON from another origin needs a CORS
preflight, which is never granted. Where other computers are let in, they have to carry a token, and each may
ask only so much (see ``access``). The size of bodies is limited, of each one and of all together. Every
response gets the same security headers, errors too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ripieno_bridges.api.replies import BUSY
from ripieno_bridges.formats.size_limit import MAX_DOCUMENT_BYTES
from ripieno_bridges.http_server.access import Access
from ripieno_bridges.http_server.client_limits import ClientCounts, client_of
from ripieno_bridges.http_server.errors import HttpError, error_response, http_failure_of
from ripieno_bridges.http_server.media_types import JSON

MAX_BODY_BYTES = MAX_DOCUMENT_BYTES * 4 // 3 + (1 << 20)  # the largest document in base64, and the JSON
MAX_HELD_BYTES = 4 * MAX_BODY_BYTES  # of all requests that are not answered yet, together
MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES  # of a body that is too large, after the error was sent
DRAIN_SECONDS = 5.0  # for the same
BODY_SECONDS = 30.0  # for a body to arrive
FREE = "/v1/health"  # needs no token; nor does what the page consists of, for it has to ask for the token
UNREAD = ("too_large", "too_many")  # errors that come before the body was read
CLIENT = "ripieno.client"  # in the scope: who asks, where there is more than this machine
HEADERS: dict[str, str] = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",  # Verovio is WebAssembly
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
Headers = Mapping[str, list[str]]


class SecurityMiddleware:
    """ASGI middleware: the application gets only allowed requests, with their whole bodies."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        port: int,
        access: Access | None = None,
        on_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app, self._port = app, port
        self._access = access or Access()
        self._clients = None if self._access.limits is None else ClientCounts(self._access.limits)
        self._on_refused = on_refused
        self._held = 0  # bytes of bodies in memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and handle it."""
        assert scope["type"] == "http", "neither lifespan nor websockets are on"
        send = SendWithHeaders(scope, send)
        body = HeldBody(self)
        try:
            headers = headers_of(scope)
            self.check(scope["method"], scope["path"], headers)
            with ExitStack() as unanswered:
                if self._access.is_open:
                    scope[CLIENT] = client_of(scope)
                if scope["method"] == "POST":
                    if self._clients is not None:
                        unanswered.enter_context(self._clients.request_of(client_of(scope)))
                    await body.read(declared_size(headers), receive)
                await self._app(scope, body.replay(receive), send)
        except HttpError as exc:
            self._on_refused(exc.code)
            response = error_response(http_failure_of(exc), exc.headers)
            if exc.code in UNREAD:
                await send_before_body(response, scope, receive, send)
            else:
                await response(scope, receive, send)
        except BusyError:
            self._on_refused(BUSY.code)
            await error_response(BUSY)(scope, receive, send)
        except DisconnectedError:
            pass
        finally:
            body.release()

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Raise HttpError for a request of another website, without the token, or with a body of no JSON."""
        hosts = headers.get("host", [])
        if len(hosts) != 1 or not self._access.allows_host(hosts[0], self._port):
            raise HttpError("forbidden", f"unexpected Host header; {self._way_in}")
        origins = headers.get("origin", [])
        sites = set(headers.get("sec-fetch-site", []))
        if not all(self._access.allows_origin(origin, hosts[0], self._port) for origin in origins) or (
            sites - {"same-origin", "none"} and not is_link_to_page(method, path, headers)
        ):
            raise HttpError(
                "forbidden",
                "the request comes from another website; open ripieno's page, or ask without a browser",
            )
        is_free = not path.startswith("/v1/") or path == FREE
        if not is_free and not self._access.allows_token(headers.get("authorization", [])):
            raise HttpError(
                "no_token",
                "this ripieno answers only those who have its token; ask whoever runs it for the token, or "
                "for the page's address with the token in it",
                {"www-authenticate": "Bearer"},
            )
        if method == "POST":
            check_type(headers)

    @property
    def _way_in(self) -> str:
        """How to address this server."""
        if self._access.is_open:
            return "use the machine's address, or start ripieno with --name and the name that you use"
        return "use 127.0.0.1"

    def hold(self, size: int) -> None:
        """Count bytes of a body that is kept in memory. Raises BusyError if they are too many."""
        if self._held + size > MAX_HELD_BYTES:
            raise BusyError
        self._held += size

    def release(self, size: int) -> None:
        """Count bytes as no longer kept."""
        self._held -= size


class BusyError(Exception):
    """Too many bytes of bodies are in memory."""


class DisconnectedError(Exception):
    """The client has disconnected."""


def headers_of(scope: Scope) -> Headers:
    """Name in lower case -> its values."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1").strip())
    return found


def is_link_to_page(method: str, path: str, headers: Headers) -> bool:
    """Whether the user followed a link to ripieno's page. Other websites cannot embed or read it."""
    modes, destinations = headers.get("sec-fetch-mode", []), headers.get("sec-fetch-dest", [])
    return method == "GET" and path == "/" and modes == ["navigate"] and destinations == ["document"]


def check_type(headers: Headers) -> None:
    """Raise HttpError unless the headers say that the body is uncompressed JSON in UTF-8."""
    types = headers.get("content-type", [])
    media_type, *parameters = (
        part.strip().lower() for part in (types[0] if len(types) == 1 else "").split(";")
    )
    is_encoded = any(e.lower() != "identity" for e in headers.get("content-encoding", []))
    if media_type != JSON or parameters not in ([], ["charset=utf-8"], ['charset="utf-8"']) or is_encoded:
        raise HttpError(
            "bad_type", "the body does not say that it is JSON; send it with Content-Type: application/json"
        )


def declared_size(headers: Headers) -> int:
    """The content length in bytes, or 0 if there is none. Raises HttpError if it is too large."""
    sizes = headers.get("content-length", [])
    size = int(sizes[0]) if sizes and sizes[0].isascii() and sizes[0].isdigit() else 0
    check_body_size(size)
    return size


def check_body_size(size: int) -> None:
    """Raise HttpError for a body of more bytes than the limit."""
    if size > MAX_BODY_BYTES:
        raise HttpError(
            "too_large",
            f"the body is larger than {MAX_BODY_BYTES >> 20} MB; send one movement at a time, as compressed "
            "MusicXML (.mxl)",
        )


# -- the body ----------------------------------------------------------------------------------------------


class HeldBody:
    """The body of one request, kept in memory until it is answered."""

    def __init__(self, middleware: SecurityMiddleware) -> None:
        self._middleware = middleware
        self._held = 0
        self._data: bytes | None = None

    async def read(self, declared: int, receive: Receive) -> None:
        """Read the whole body. declared: its content length.

        Raises HttpError, BusyError and DisconnectedError.
        """
        self._hold(declared)
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise DisconnectedError
                    piece = message.get("body", b"")
                    size += len(piece)
                    check_body_size(size)
                    self._hold(max(0, size - self._held))
                    pieces.append(piece)
                    if not message.get("more_body", False):
                        break
        except TimeoutError as exc:
            raise HttpError(
                "bad_message", f"the body did not come within {BODY_SECONDS:g} seconds; send it once more"
            ) from exc
        self._data = b"".join(pieces)

    def _hold(self, size: int) -> None:
        self._middleware.hold(size)
        self._held += size

    def release(self) -> None:
        """The body is no longer needed."""
        self._middleware.release(self._held)
        self._held = 0

    def replay(self, receive: Receive) -> Receive:
        """A ``receive`` for the application: the body that was read, then what ``receive`` brings."""

        async def receive_again() -> Message:
            if self._data is None:
                return await receive()
            data, self._data = self._data, None
            return {"type": "http.request", "body": data, "more_body": False}

        return receive_again


async def send_before_body(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response whole, at once, drain the body, and close the connection.

    If it were closed at once, a client that is still sending would see an error in place of the response.
    """

    async def send_open(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    response.headers["connection"] = "close"
    await response(scope, receive, send_open)
    await drain(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def drain(receive: Receive) -> None:
    """Drain the rest of a body, up to a limit."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size < MAX_DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


# -- the response ------------------------------------------------------------------------------------------


class SendWithHeaders:
    """A ``send`` that adds the security headers."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._cache = "no-cache" if not scope["path"].startswith("/v1/") else "no-store"

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        if message["type"] == "http.response.start":
            headers = {**HEADERS, "cache-control": self._cache}
            encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
            message = {**message, "headers": [*message.get("headers", []), *encoded]}
        await self._send(message)
