"""For the tests of the HTTP server: servers with the real engine or a stand-in, bodies, raw requests."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx

from common import Background, host_or_skip
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Cancelled, Event, Failed, Final
from ripieno_bridges.api.requests import AnyRequest
from ripieno_bridges.http_server.access import Access
from ripieno_bridges.http_server.server import HOST, HttpServer
from ripieno_bridges.service.service import Service, Status
from ripieno_bridges.service.tickets import EventCallback

MELODY = "C5:4 C5 G5 G5 | A5 A5 G5:2"
TICKS = 480
TOKEN = "a-token-for-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SOON = 30.0  # seconds; a test that waits longer has failed


# -- bodies ------------------------------------------------------------------------------------------------


def bars(score: Score, ticks: int = TICKS) -> list[dict[str, Any]]:
    """The measures of a score as a body has them."""
    return [
        {
            "number": m.number,
            "tick": int(m.onset * ticks),
            "ticks": int(m.duration * ticks),
            "meter": str(m.meter),
            "fifths": m.key.fifths,
            "mode": m.key.mode,
        }
        for m in score.measures
    ]


def lines(score: Score, ticks: int = TICKS) -> list[dict[str, Any]]:
    """The voices of a score as a body has them, each sounding note as one event."""
    return [
        {
            "voice": voice.name,
            "events": [
                {
                    "tick": int(n.onset * ticks),
                    "ticks": int(n.duration * ticks),
                    "pitch": n.pitch,
                    "spelling": None if n.spelling is None else str(n.spelling),
                    "fermata": n.fermata,
                    "lyric": n.lyrics[0].text if n.lyrics else None,
                    "syllabic": n.lyrics[0].syllabic if n.lyrics else None,
                }
                for n in voice.notes
            ],
        }
        for voice in score.voices
        if voice.notes
    ]


def notes_body(text: str | Score = MELODY, *, ticks: int = TICKS, **settings: Any) -> dict[str, Any]:
    """A body with the notes of short text, or of a score."""
    score = parse_score(text) if isinstance(text, str) else text
    return {
        "ticks_per_quarter": ticks,
        "measures": bars(score, ticks),
        "voices": lines(score, ticks),
        **settings,
    }


def times(events: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """(start, end) of events, in ticks."""
    return [(event["tick"], event["tick"] + event["ticks"]) for event in events]


def in_quarters(tick: int, ticks: int = TICKS) -> Fraction:
    return Fraction(tick, ticks)


# -- servers -----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Ticket:
    tell: EventCallback
    final: Final | None = None


@dataclass(eq=False)
class ServiceStandIn:
    """A service that ends a request only when a test says so, or at once if there is an ``answer``."""

    answer: Callable[[AnyRequest], Final] | None = None
    models: tuple[str, ...] = ("lstm-chorales", "dbn-ragtime")
    requests: list[AnyRequest] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def submit(
        self, request: AnyRequest, *, client: Hashable, on_event: EventCallback, replace: bool = False
    ) -> Ticket:
        ticket = Ticket(on_event)
        self.requests.append(request)
        self.tickets.append(ticket)
        self.came.set()
        if self.answer is not None:
            self.tell(ticket, self.answer(request))
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        self.tell(ticket, Cancelled())

    def tell(self, ticket: Ticket, event: Event) -> None:
        """Send an event of a request, but nothing after its final one."""
        if ticket.final is None:
            ticket.final = event if isinstance(event, Final) else None
            asyncio.get_running_loop().call_soon(ticket.tell, event)
            self.came.set()

    def status(self) -> Status:
        waiting = sum(ticket.final is None for ticket in self.tickets)
        return Status("stand-in", waiting, len(self.tickets), 0, 0, 0, 0)

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until requests or events have come that make the condition true."""
        async with asyncio.timeout(SOON):
            while not condition():
                await self.came.wait()
                self.came.clear()


def refused(_request: AnyRequest) -> Failed:
    """An answer for tests in which the music does not matter."""
    return Failed("bad_request", "this stand-in makes no music; ask the real one")


@contextmanager
def engine() -> Iterator[tuple[HttpServer, Background]]:
    """The real server with the real engine, in a thread of its own."""
    with Background() as background:
        service = Service()
        server = HttpServer(service, port=0)
        background.do(service.start())
        background.do(server.start())
        background.do(service.ready())
        try:
            yield server, background
        finally:
            background.do(server.stop())
            background.do(service.stop())


@contextmanager
def bare(service: Any, access: Access | None = None) -> Iterator[tuple[HttpServer, Background]]:
    """The real server without an engine behind it. access: None for this machine's alone."""
    with Background() as background:
        server = HttpServer(service, port=0, access=access)
        background.do(server.start())
        try:
            yield server, background
        finally:
            background.do(server.stop())


def client(server: HttpServer) -> httpx.Client:
    """A client of the server that waits long enough."""
    return httpx.Client(base_url=server.address, timeout=SOON, trust_env=False)


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """(a certificate for this machine that nobody has signed, its key), made by openssl."""
    program = host_or_skip(shutil.which("openssl"), "openssl")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    options = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    files = ("-out", str(certificate), "-keyout", str(key))
    subprocess.run([program, "req", "-x509", *options, *subject, *files], check=True, capture_output=True)
    return certificate, key


# -- raw requests ------------------------------------------------------------------------------------------


def raw(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of the answer to the bytes of one request."""
    with socket.create_connection((HOST, port), timeout=SOON) as connection:
        connection.sendall(data)
        return answer_on(connection)


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The answer on a connection, as ``raw`` returns it."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, stream.read(int(headers.get("content-length", 0)))


def head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The head of a request."""
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{named}\r\n".encode("latin-1")


def post(path: str, port: int, body: bytes, **headers: str) -> bytes:
    """A request with a JSON body."""
    known = {"Host": f"{HOST}:{port}", "Content-Type": "application/json", "Content-Length": str(len(body))}
    return head("POST", path, known | headers) + body


def code_of(body: bytes) -> str:
    """The code of an error. Checks that the error has all its fields."""
    error = json.loads(body)["error"]
    assert set(error) == {"code", "place", "fault", "way_out", "text", "setting"}
    assert set(error["place"]) == {"file", "part", "measure", "beat"}
    assert error["fault"]
    assert error["fault"] in error["text"]
    return str(error["code"])
