"""OSC on TCP: long messages, clients that vanish or do not read, and visitors that speak something else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from osc_support import (
    FINALS,
    LOCAL,
    MELODY,
    SOON,
    SUNG,
    Received,
    StandIn,
    asynchronous,
    flat,
    notes_in,
    packet,
    parse_message,
    reply,
    serving,
)
from ripieno.results import Result
from ripieno_bridges.api.replies import Done
from ripieno_bridges.osc import tcp as osc_tcp
from ripieno_bridges.osc.packets import MAX_TCP_BYTES
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.osc.slip import END, Unframer, frame

LONG = [(n % 4, 40 + n % 40, n // 4 / 2, 0.5, 80) for n in range(12_000)]


class Line:
    """A connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._unframer = Unframer()
        self._came: list[Received] = []

    def send(self, address: str, *values: Any) -> None:
        self.writer.write(frame(packet(f"/ripieno/{address}", *values)))

    async def next(self) -> Received | None:
        """The next message; None where the server has hung up."""
        async with asyncio.timeout(SOON):
            while not self._came:
                piece = await self.reader.read(65_536)
                if not piece:
                    return None
                self._came += [parse_message(message) for message in self._unframer.feed(piece)]
        return self._came.pop(0)

    async def final(self) -> list[Received]:
        messages = [await self.next()]
        while messages[-1].address not in FINALS:
            messages.append(await self.next())
        return messages

    async def hung_up(self) -> bool:
        """Whether the server ends the connection, whatever it sends before."""
        try:
            async with asyncio.timeout(SOON):
                while await self.next() is not None:
                    pass
        except ConnectionError:
            pass
        return True


@asynccontextmanager
async def calling(server: OscServer) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection(LOCAL, server.port))
    try:
        yield line
    finally:
        line.writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def unread(server: OscServer) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """A connection that is written to, as by ``Line.send``, and never read."""
    loop = asyncio.get_running_loop()
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await loop.sock_connect(line, (LOCAL, server.port))

        async def call(address: str, *values: Any) -> None:
            async with asyncio.timeout(SOON):
                await loop.sock_sendall(line, frame(packet(f"/ripieno/{address}", *values)))
            await asyncio.sleep(0)

        yield call


async def until(true: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(SOON):
        while not true():
            await asyncio.sleep(0)


@asynchronous
async def test_requests_are_answered_on_the_connection() -> None:
    async with serving() as (server, client), calling(server) as line:
        line.send("seed", 5, *flat(MELODY))
        line.send("harmonize", 5, 3)
        messages = await line.final()
        assert notes_in(messages) == SUNG
        assert messages[-1].values == (5, 3, 3, 7, 1)
        assert client.came == []


@asynchronous
async def test_long_music_goes_both_ways_in_messages_of_a_thousand_notes() -> None:
    async with serving() as (server, _), calling(server) as line:
        for first in range(0, 12_000, 1000):
            line.send("notes", 5, *flat(LONG[first : first + 1000]))
        line.send("vary", 5, 12_000)
        messages = [m for m in await line.final() if m.address != "/ripieno/progress"]
        assert [(len(m.values) - 2) / 5 for m in messages[:-1]] == [1000] * 12
        assert notes_in(messages) == LONG


@asynchronous
async def test_two_connections_are_two_clients() -> None:
    async with serving() as (server, _), calling(server) as one, calling(server) as other:
        one.send("seed", 5, *flat(MELODY))
        other.send("harmonize", 5)
        assert (await other.final())[-1].values[1] == "bad_request"
        one.send("harmonize", 5, 3)
        assert notes_in(await one.final()) == SUNG


@asynchronous
async def test_a_reply_port_is_for_udp() -> None:
    async with serving() as (server, _), calling(server) as line:
        line.send("reply_to", 9000)
        message = await line.next()
        assert message.values[2] == "answers to TCP go back on the connection; reply_to is for UDP"


# -- clients that go ---------------------------------------------------------------------------------------


@asynchronous
async def test_what_a_client_asked_for_ends_when_it_goes() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (server, _):
        async with calling(server) as line:
            line.send("compose", 5)
            line.send("harmonize", 6, 100)
            await service.asked()
        await until(lambda: service.tickets[0].ended)
        await until(lambda: not len(server._connections))
        assert len(service.requests) == 1


@asynchronous
async def test_a_client_that_does_not_read_its_music_is_dropped() -> None:
    async with serving() as (server, _), unread(server) as call:
        server._connections._patience_seconds = 0.05
        for first in range(0, 12_000, 1000):
            await call("notes", 5, *flat(LONG[first : first + 1000]))
        await call("vary", 5, 12_000)
        await until(lambda: server._dispatcher._clients._ended)
        with suppress(ConnectionError):
            for _ in range(100):
                await call("again", 5)
        await until(lambda: not len(server._connections))


@asynchronous
async def test_a_client_that_asks_on_and_on_and_does_not_read_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(osc_tcp, "MAX_BUFFERED", 1 << 16)
    service = StandIn(models=("a model with a very long name " * 13,) * 500)
    async with serving(service) as (server, _), unread(server) as call:
        with suppress(ConnectionError):
            async with asyncio.timeout(3 * SOON):
                while True:
                    await call("models", 1)
        await until(lambda: not len(server._connections))


@asynchronous
async def test_a_ping_does_not_wait_for_a_long_answer() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (server, _), calling(server) as line:
        for first in range(0, 12_000, 1000):
            line.send("notes", 5, *flat(LONG[first : first + 1000]))
        line.send("vary", 5, 12_000)
        request = await service.asked()
        result = Result(request.score, request.score.voices, 0.0, 0)
        service.tell(service.tickets[0], Done(reply(*[result] * 5)))
        line.send("ping", 1)
        messages = [await line.next()]
        while messages[-1].address != "/ripieno/pong":
            messages.append(await line.next())
        assert len(messages) < 30  # of 61


# -- visitors that speak something else --------------------------------------------------------------------


@asynchronous
async def test_a_web_page_cannot_smuggle_messages_in() -> None:
    service = StandIn()
    async with serving(service) as (server, _), calling(server) as line:
        line.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + frame(packet("/ripieno/compose", 5)))
        message = await line.next()
        assert message.values[:2] == (-1, "bad_message")
        assert message.values[2] == "no OSC 1.1: a connection begins with SLIP's END byte, 192"
        assert await line.hung_up()
        assert service.requests == []


@pytest.mark.parametrize(
    "data", [b"\xc0\xdb\xdb\xc0", b"\xc0" + b"a" * (2 * MAX_TCP_BYTES + 1)], ids=["escape", "endless"]
)
@asynchronous
async def test_what_is_no_slip_ends_the_connection(data: bytes) -> None:
    async with serving() as (server, client), calling(server) as line:
        line.writer.write(data)
        assert await line.hung_up()
        await client.settled()


@asynchronous
async def test_a_damaged_packet_does_not_end_the_connection() -> None:
    async with serving() as (server, _), calling(server) as line:
        line.writer.write(frame(b"hello"))
        assert (await line.next()).values[:2] == (-1, "bad_message")
        line.send("ping", 1)
        assert (await line.next()).address == "/ripieno/pong"


@asynchronous
async def test_of_too_many_connections_the_newest_is_served_and_the_longest_silent_gives_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(osc_tcp, "MAX_CONNECTIONS", 2)
    async with serving() as (server, _), calling(server) as one, calling(server) as two:
        for line in (one, two, one):
            line.send("ping", 1)
            assert (await line.next()).address == "/ripieno/pong"
        async with calling(server) as three:
            three.send("ping", 3)
            assert (await three.next()).id == 3
            assert (await two.next()).values == (
                -1,
                "busy",
                "too many programs are connected, and this one was silent the longest; connect once more",
            )
            assert await two.hung_up()
        one.send("ping", 2)
        assert (await one.next()).id == 2


@asynchronous
async def test_who_waits_for_music_gives_way_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc_tcp, "MAX_CONNECTIONS", 1)
    service = StandIn(answer=None)
    async with serving(service) as (server, _), calling(server) as one:
        one.send("compose", 5)
        await service.asked()
        async with calling(server) as two:
            assert await two.hung_up()
        one.send("ping", 2)
        assert (await one.next()).id == 2


@asynchronous
async def test_many_that_say_nothing_lock_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as (server, _):
        silent = [await asyncio.open_connection(LOCAL, server.port) for _ in range(osc_tcp.MAX_CONNECTIONS)]
        async with calling(server) as line:
            line.send("ping", 1)
            assert (await line.next()).address == "/ripieno/pong"
        for _, writer in silent:
            writer.transport.abort()


@pytest.mark.parametrize("begin", [b"", END, frame(packet("/ripieno/ping", 1))[:9]])
@asynchronous
async def test_a_connection_without_a_message_is_ended(begin: bytes) -> None:
    async with serving() as (server, _):
        server._connections._first_seconds = 0.05
        async with calling(server) as line:
            line.writer.write(begin)
            assert (await line.next()).values == (
                -1,
                "busy",
                "nothing was said on this connection for too long; connect once more",
            )
            assert await line.hung_up()


@asynchronous
async def test_an_idle_connection_is_ended_but_not_while_it_waits_for_music() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (server, _):
        server._connections._idle_seconds = 0.05
        async with calling(server) as line:
            line.send("compose", 5)
            await service.asked()
            await asyncio.sleep(0.2)
            service.tell(service.tickets[0], Done(reply()))
            assert (await line.next()).address == "/ripieno/done"
            assert (await line.next()).values[1] == "busy"
            assert await line.hung_up()


@asynchronous
async def test_a_stopped_server_tells_those_that_are_connected() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (server, _), calling(server) as line:
        line.send("compose", 5)
        await service.asked()
        await server.stop()
        assert (await line.next()).values[:2] == (5, "stopping")
        assert await line.hung_up()
