"""Who may ask at all: looked at before a body is read, since any page in a browser can send to this machine.

Somebody else's page is told apart by ``Host`` (another name for this machine, as DNS rebinding has it), by
``Origin`` and ``Sec-Fetch-Site``, and by the content type, which a foreign page cannot send unasked. Bodies
are bounded, one by one and all together. Every answer gets the same safe headers, also one that refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ripieno_bridges.api.replies import BUSY, Failed
from ripieno_bridges.formats.size_limit import MAX_DOCUMENT_BYTES
from ripieno_bridges.http_server.errors import HttpError, error_of, status_of, told

MAX_BODY_BYTES = MAX_DOCUMENT_BYTES * 4 // 3 + (1 << 20)  # the largest document in base64, and the JSON
MAX_HELD_BYTES = 4 * MAX_BODY_BYTES  # of all requests that are not answered yet
MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES  # of a body that is too large: who still sends cannot hear an answer
BODY_SECONDS = 30.0  # for a body to come
JSON_TYPE = "application/json"
NAMES = ("127.0.0.1", "localhost", "[::1]")
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
    """An ASGI application in front of another one, which sees only what may be asked, with its body whole."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}" for name in NAMES) | (
            frozenset(NAMES) if port == 80 else set()
        )
        self._held = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http", "neither lifespan nor websockets are on"
        safely = SafeSend(scope, send)
        body = HeldBody(self)
        try:
            headers = headers_of(scope)
            self.check(scope["method"], scope["path"], headers)
            if scope["method"] == "POST":
                await body.read(declared_size(headers), receive)
            await self._app(scope, body.replayed(receive), safely)
        except HttpError as exc:
            if exc.code == "too_large":
                await drained(receive)
            await refuse(scope, safely, told(exc))
        except BusyError:
            await refuse(scope, safely, BUSY)
        except GoneError:
            pass
        finally:
            body.release()

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Raise HttpError for whoever may not ask, and for a body that is no JSON."""
        if [host.lower() for host in headers.get("host", [])] not in [[host] for host in self._hosts]:
            raise HttpError(
                "forbidden", "ripieno was asked by another name than this machine's own; call it 127.0.0.1"
            )
        origins = {f"http://{host}" for host in self._hosts}
        foreign = any(origin.lower() not in origins for origin in headers.get("origin", []))
        sites = set(headers.get("sec-fetch-site", []))
        if foreign or (sites - {"same-origin", "none"} and not is_visit(method, path, headers)):
            raise HttpError(
                "forbidden",
                "a page that is not ripieno's own asked; open ripieno's page, or ask without a browser",
            )
        if method == "POST":
            check_type(headers)

    def hold(self, size: int) -> None:
        """Keep so many bytes more. Raises BusyError."""
        if self._held + size > MAX_HELD_BYTES:
            raise BusyError
        self._held += size

    def release(self, size: int) -> None:
        """So many bytes are no longer kept."""
        self._held -= size


class BusyError(Exception):
    """Too much is held already."""


class GoneError(Exception):
    """Whoever asked is gone."""


def headers_of(scope: Scope) -> Headers:
    """Name, in small letters -> its values."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1").strip())
    return found


def is_visit(method: str, path: str, headers: Headers) -> bool:
    """Did somebody follow a link to the page itself? It is shown to him alone, never inside another page."""
    modes, places = headers.get("sec-fetch-mode", []), headers.get("sec-fetch-dest", [])
    return method == "GET" and path == "/" and modes == ["navigate"] and places == ["document"]


def check_type(headers: Headers) -> None:
    """Raise HttpError unless the body says that it is JSON in UTF-8."""
    types = headers.get("content-type", [])
    kind, *parameters = (part.strip().lower() for part in (types[0] if len(types) == 1 else "").split(";"))
    plain = not [e for e in headers.get("content-encoding", []) if e.lower() != "identity"]
    if kind != JSON_TYPE or parameters not in ([], ["charset=utf-8"], ['charset="utf-8"']) or not plain:
        raise HttpError(
            "bad_type", "the body does not say that it is JSON; send it with Content-Type: application/json"
        )


def declared_size(headers: Headers) -> int:
    """How many bytes the body says that it has; 0 where it does not say. Raises HttpError for too many."""
    sizes = headers.get("content-length", [])
    size = int(sizes[0]) if sizes and sizes[0].isascii() and sizes[0].isdigit() else 0
    check_size(size)
    return size


def check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise HttpError(
            "too_large",
            f"the body is larger than {MAX_BODY_BYTES >> 20} MB; send one movement at a time, as compressed "
            "MusicXML (.mxl)",
        )


# -- the body ----------------------------------------------------------------------------------------------


class HeldBody:
    """The body of one request, which is kept until it is answered."""

    def __init__(self, guard: SecurityMiddleware) -> None:
        self._guard = guard
        self._held = 0
        self._data: bytes | None = None

    async def read(self, declared: int, receive: Receive) -> None:
        """Read it whole. Raises HttpError, BusyError and GoneError."""
        self._hold(declared)
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise GoneError
                    piece = message.get("body", b"")
                    size += len(piece)
                    check_size(size)
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
        self._guard.hold(size)
        self._held += size

    def release(self) -> None:
        """It is needed no more."""
        self._guard.release(self._held)
        self._held = 0

    def replayed(self, receive: Receive) -> Receive:
        """What the application receives: the body that was read, then whatever comes."""

        async def again() -> Message:
            if self._data is None:
                return await receive()
            data, self._data = self._data, None
            return {"type": "http.request", "body": data, "more_body": False}

        return again


async def drained(receive: Receive) -> None:
    """Let go by what is still sent, up to a limit: who sends does not hear an answer before it is through."""
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while size < MAX_DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


# -- the answer --------------------------------------------------------------------------------------------


class SafeSend:
    """Sends, with the headers that every answer has."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._cache = "no-cache" if not scope["path"].startswith("/v1/") else "no-store"
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send it on."""
        if message["type"] == "http.response.start":
            self.begun = True
            own = {**HEADERS, "cache-control": self._cache}
            more = [(name.encode(), value.encode()) for name, value in own.items()]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await self._send(message)


async def refuse(scope: Scope, send: Send, fault: Failed, extra: Mapping[str, str] | None = None) -> None:
    """Answer with an error."""
    data: Any = msgspec.json.encode(error_of(fault))
    headers = {"content-type": JSON_TYPE, "content-length": str(len(data)), **(extra or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status_of(fault),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})
