"""Shared by the OSC tests: packets by python-osc, a client, a stand-in for the engine."""

from __future__ import annotations

import asyncio
import functools
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from ripieno.results import Result
from ripieno_bridges.api.replies import Cancelled, Done, Event, Final, Reply
from ripieno_bridges.api.requests import AnyRequest, Request
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.service import Status
from ripieno_bridges.service.tickets import EventCallback

LOCAL = "127.0.0.1"
MELODY = [(67, 0.0, 1.0), (69, 1.0, 1.0), (71, 2.0, 2.0)]  # pitch, start, duration
SUNG = [(0, *note, 80) for note in MELODY]  # the same with voice and velocity
FINALS = ("/ripieno/done", "/ripieno/error", "/ripieno/cancelled")
SOON = 10.0  # seconds; a test that waits longer for one thing has failed
TEST_SECONDS = 120.0  # for a whole test, whatever it waits for


# -- packets -----------------------------------------------------------------------------------------------


def packet(address: str, *values: Any) -> bytes:
    """A message as python-osc writes it."""
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value, "i" if type(value) is int else None)  # by itself it writes -2**31 with 64 bits
    return builder.build().dgram


def bundle(*elements: bytes, time_tag: int = 1) -> bytes:
    """A bundle of packets. time_tag: 1 is "now"; else NTP time, seconds since 1900 in the upper half."""
    body = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", time_tag) + body


@dataclass(frozen=True)
class Received:
    """A message that came. tags: its type tags, as they stand in the packet."""

    address: str
    values: tuple[Any, ...]
    tags: str

    @property
    def id(self) -> Any:
        return self.values[0]


def parse_message(data: bytes) -> Received:
    """Decode a packet with python-osc."""
    message = OscMessage(data)
    start = 4 * (len(message.address) // 4 + 1)
    tags = data[start : data.index(b"\0", start)].decode("ascii")
    return Received(message.address, tuple(message.params), tags[1:])


def flat(notes: Iterable[tuple[float, ...]]) -> list[float]:
    return [value for note in notes for value in note]


def notes_in(messages: list[Received], alternative: int = 1) -> list[tuple[Any, ...]]:
    """The notes in all results of an alternative, in the order in which they came."""
    numbers = [
        value
        for message in messages
        if message.address == "/ripieno/result" and message.values[1] == alternative
        for value in message.values[2:]
    ]
    return list(zip(*[iter(numbers)] * 5, strict=True))


# -- a client ----------------------------------------------------------------------------------------------


class Client(asyncio.DatagramProtocol):
    """A UDP port that sends to the server and keeps all that comes."""

    def __init__(self, server: OscServer) -> None:
        self.server = server
        self.came: list[Received] = []
        self._inbox: asyncio.Queue[Received] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = parse_message(data)
        self.came.append(message)
        self._inbox.put_nowait(message)

    def send(self, address: str, *values: Any) -> None:
        self.send_bytes(packet(f"/ripieno/{address}", *values))

    def send_bytes(self, data: bytes) -> None:
        self.transport.sendto(data, (LOCAL, self.server.port))

    async def next(self) -> Received:
        async with asyncio.timeout(SOON):
            return await self._inbox.get()

    async def final(self, number: int | None = None) -> list[Received]:
        """All messages up to the final reply, of that id where one is given."""
        messages = [await self.next()]
        while messages[-1].address not in FINALS or number not in (None, messages[-1].id):
            messages.append(await self.next())
        return messages

    async def ask(self, address: str, *values: Any) -> list[Received]:
        """Start a request and wait for its final reply."""
        self.send(address, *values)
        return await self.final(int(values[0]))

    async def settled(self) -> None:
        """Wait until all that was sent so far is handled, so that any reply to it has come."""
        self.send("ping", 424242)
        while (await self.next()).values[:1] != (424242,):
            pass


def asynchronous(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Let pytest run a test that is a coroutine. It fails where it takes longer than TEST_SECONDS."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), TEST_SECONDS))

    return run


# -- a server ----------------------------------------------------------------------------------------------


def echo(request: Request) -> list[Event]:
    """Reply with the given notes as if they were new, so that a test sees what was understood."""
    score = request.score
    return [Done(reply(Result(score, score.voices, 0.0, 0)) if score else reply())]


def reply(*results: Result, **changes: Any) -> Reply:
    known: dict[str, Any] = {"seed": 7, "model": "stand-in", "sha256": "0" * 64, "milliseconds": 3}
    return Reply(results=results, **(known | changes))


@dataclass(eq=False)
class Ticket:
    tell: EventCallback
    ended: bool = False


@dataclass(eq=False)
class StandIn:
    """A service that replies at once or, without ``answer``, when the test calls ``tell``."""

    answer: Callable[[Request], list[Event]] | None = echo
    models: tuple[str, ...] = ("lstm-chorales", "dbn-ragtime")
    requests: list[Request] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    clients: list[Hashable] = field(default_factory=list)
    replaced: list[bool] = field(default_factory=list)

    def submit(
        self, request: AnyRequest, *, client: Hashable, on_event: EventCallback, replace: bool = False
    ) -> Ticket:
        assert isinstance(request, Request)  # OSC submits nothing else
        ticket = Ticket(on_event)
        self.requests.append(request)
        self.tickets.append(ticket)
        self.clients.append(client)
        self.replaced.append(replace)
        for event in self.answer(request) if self.answer else []:
            self.tell(ticket, event)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        self.tell(ticket, Cancelled())

    def tell(self, ticket: Ticket, event: Event) -> None:
        """Send an event of a request, but none after its final one."""
        if not ticket.ended:
            ticket.ended = isinstance(event, Final)
            asyncio.get_running_loop().call_soon(ticket.tell, event)

    def status(self) -> Status:
        waiting = sum(not ticket.ended for ticket in self.tickets)
        return Status("stand-in", waiting, len(self.tickets), 0, 0, 0, 0)

    async def asked(self, count: int = 1) -> Request:
        """Wait until so many requests have come; returns the last of them."""
        async with asyncio.timeout(SOON):
            while len(self.requests) < count:
                await asyncio.sleep(0)
        return self.requests[-1]


@asynccontextmanager
async def serving(service: Any = None, **options: Any) -> AsyncIterator[tuple[OscServer, Client]]:
    """A server on a free port, and a client of it."""
    server = OscServer(service or StandIn(), port=0, **options)
    await server.start()
    client = await connect(server)
    try:
        yield server, client
    finally:
        client.transport.close()
        await server.stop()


async def connect(server: OscServer) -> Client:
    """Another client of the server."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(lambda: Client(server), local_addr=(LOCAL, 0))
    return client
