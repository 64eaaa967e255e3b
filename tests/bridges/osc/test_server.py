"""The OSC server: ports, who is answered where, and the real engine behind it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from common import host_or_skip
from osc_support import (
    FINALS,
    LOCAL,
    MELODY,
    SOON,
    SUNG,
    Client,
    Received,
    StandIn,
    asynchronous,
    connect,
    flat,
    notes_in,
    packet,
    parse_message,
    serving,
)
from ripieno.errors import RipienoError
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.replies import Cancelled
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.service import Service

# -- where answers go --------------------------------------------------------------------------------------


@asynchronous
async def test_answers_go_to_the_port_that_was_named() -> None:
    async with serving() as (server, client):
        listener = await connect(server)
        client.send("reply_to", listener.port)
        assert await listener.next() == Received("/ripieno/ok", (listener.port,), "i")
        client.send("ping", 1)
        client.send("compose", 2)
        assert (await listener.next()).address == "/ripieno/pong"
        assert (await listener.final())[-1].address == "/ripieno/done"
        assert client.came == []
        listener.transport.close()


@asynchronous
async def test_a_request_may_come_from_a_new_port_with_each_message() -> None:
    service = StandIn()
    async with serving(service) as (server, listener):
        messages: list[tuple[Any, ...]] = [
            ("reply_to", listener.port, 5),
            ("seed", 5, *flat(MELODY)),
            ("set", 5, "seed", 3),
        ]
        for message in [*messages, ("harmonize", 5, 3), ("ping", 5)]:
            sender = await connect(server)
            sender.send(*message)
            sender.transport.close()
        assert (await listener.next()).address == "/ripieno/ok"
        came = [await listener.next() for _ in range(3)]
        assert {message.address.rsplit("/")[-1] for message in came} == {"result", "done", "pong"}
        assert service.requests[0].seed == 3


@pytest.mark.parametrize("numbers", [(), (5,)])
@asynchronous
async def test_what_was_begun_before_is_answered_at_the_port_too(numbers: tuple) -> None:
    service = StandIn(answer=None)
    async with serving(service) as (server, client):
        listener = await connect(server)
        client.send("seed", 5, *flat(MELODY[:1]))
        client.send("reply_to", listener.port, *numbers)
        client.send("seed", 5, *flat(MELODY[1:]))
        client.send("harmonize", 5, 3)
        await service.asked()
        for other in (client, listener):  # to the second while it runs
            client.send("reply_to", other.port, *numbers)
        assert await client.next() == Received("/ripieno/ok", (client.port,), "i")
        service.tell(service.tickets[0], Cancelled())
        assert (await listener.final())[-1].id == 5
        client.send("again", 5)
        assert (await listener.final())[-1].id == 5
        assert len(client.came) == 1
        listener.transport.close()


@pytest.mark.parametrize("numbers", [(), (5,)])
@asynchronous
async def test_answers_never_go_to_ripieno_itself(numbers: tuple) -> None:
    async with serving() as (server, client):
        client.send("reply_to", server.port, *numbers)
        assert "is ripieno's own port; name the one" in (await client.next()).values[2]
        server.receive(packet("/ripieno/ping", 1), (LOCAL, server.port))
        await client.settled()
        assert len(client.came) == 2


@asynchronous
async def test_answers_are_not_answered() -> None:
    async with serving() as (_, client):
        for address in ("pong", "ok", "progress", "result", "done", "error", "cancelled"):
            client.send(address, 1)
        await client.settled()
        assert len(client.came) == 1


@asynchronous
async def test_one_client_does_not_hear_the_other() -> None:
    async with serving() as (server, client):
        other = await connect(server)
        client.send("seed", 5, *flat(MELODY))
        other.send("seed", 5, 60, 0, 1)
        assert notes_in(await client.ask("harmonize", 5, 3)) == SUNG
        assert notes_in(await other.ask("harmonize", 5, 1)) == [(0, 60, 0.0, 1.0, 80)]
        other.transport.close()


# -- ports -------------------------------------------------------------------------------------------------


@asynchronous
async def test_a_second_server_says_what_to_do() -> None:
    async with serving() as (server, client):
        with pytest.raises(RipienoError) as caught:
            await OscServer(StandIn(), port=server.port).start()
        assert str(caught.value) == (
            f"port {server.port} is in use; another ripieno may be running: use that one, or stop it, or "
            "choose another port with --port"
        )
        await client.settled()


@asynchronous
async def test_a_port_that_is_taken_on_tcp_alone_is_taken() -> None:
    with socket.create_server((LOCAL, 0)) as other, pytest.raises(RipienoError, match="is in use"):
        await OscServer(StandIn(), port=other.getsockname()[1]).start()


@pytest.mark.parametrize(
    ("host", "port", "text"),
    [
        ("203.0.113.7", 0, "203.0.113.7 is no address of this machine; leave out --osc-host to listen to "),
        ("no such host", 0, "no such host is no address of this machine; leave out --osc-host to listen to"),
        (LOCAL, 70_000, "there is no port 70000; choose one from 1024 to 65535 with --port"),
    ],
)
def test_a_host_or_port_that_there_is_not_is_named(host: str, port: int, text: str) -> None:
    with pytest.raises(RipienoError) as caught:
        asyncio.run(OscServer(StandIn(), host=host, port=port).start())
    assert str(caught.value).startswith(text)


@asynchronous
async def test_a_stopped_server_has_told_everybody_and_given_its_port_back() -> None:
    service = StandIn(answer=None)
    server = OscServer(service, port=0)
    await server.start()
    client = await connect(server)
    client.send("compose", 5)
    client.send("harmonize", 6, 100)
    await service.asked()
    await client.settled()
    await server.stop()
    stopped = "ripieno is being stopped; start it again"
    assert {(await client.next()).values for _ in range(2)} == {
        (5, "stopping", stopped),
        (6, "stopping", stopped),
    }
    assert service.tickets[0].ended
    again = OscServer(service, port=server.port)
    await again.start()
    await again.stop()
    await again.stop()
    client.transport.close()


@asynchronous
async def test_ipv6_has_a_loopback_too() -> None:
    server = OscServer(StandIn(), host="::1", port=0)
    try:
        await server.start()
    except RipienoError:
        pytest.skip("no IPv6 here")
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(lambda: Client(server), remote_addr=("::1", server.port))
    client.transport.sendto(packet("/ripieno/ping", 1))
    assert (await client.next()).address == "/ripieno/pong"
    client.transport.close()
    await server.stop()


# -- the real engine ---------------------------------------------------------------------------------------


@dataclass
class Running:
    """The server with the real engine, in a thread with a loop of its own, and a port that talks to it."""

    server: OscServer
    socket: socket.socket

    def send(self, address: str, *values: Any) -> None:
        self.socket.sendto(packet(f"/ripieno/{address}", *values), (LOCAL, self.server.port))

    def ask(self, address: str, *values: Any) -> list[Received]:
        """Send, and hear all up to the final answer of that id."""
        self.send(address, *values)
        messages = [parse_message(self.socket.recv(65_536))]
        while messages[-1].address not in FINALS or messages[-1].id != values[0]:
            messages.append(parse_message(self.socket.recv(65_536)))
        return messages


@contextmanager
def engine_running() -> Iterator[OscServer]:
    loop = asyncio.new_event_loop()
    started, stopping = threading.Event(), asyncio.Event()
    servers: list[OscServer] = []

    async def serve() -> None:
        async with Service((DEFAULT_MODEL,)) as service:
            server = OscServer(service, port=0)
            await server.start()
            await service.ready()
            servers.append(server)
            started.set()
            await stopping.wait()
            await server.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert started.wait(60)
        yield servers[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(60)
    assert not thread.is_alive()
    loop.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[Running]:
    with engine_running() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((LOCAL, 0))
        client.settimeout(6 * SOON)
        yield Running(server, client)


def test_the_engine_harmonizes(engine: Running) -> None:
    engine.send("set", 1, "seed", 3)
    engine.send("seed", 1, *flat(MELODY))
    messages = engine.ask("harmonize", 1, 3)
    notes = notes_in(messages)
    assert {voice for voice, *_ in notes} == {1, 2, 3}
    assert sum(duration for voice, _, _, duration, _ in notes if voice == 3) == 4
    assert messages[-1].values == (1, len(notes), messages[-1].values[2], 3, 1)


def test_the_same_seed_gives_the_same_notes(engine: Running) -> None:
    def composed(number: int) -> list[tuple]:
        engine.send("set", number, "seed", 11)
        engine.send("set", number, "bars", 2)
        return notes_in(engine.ask("compose", number))

    assert composed(2) == composed(3)


def test_streamed_music_is_the_same_music(engine: Running) -> None:
    engine.send("set", 4, "stream", 1)
    engine.send("set", 4, "bars", 2)
    messages = engine.ask("compose", 4)
    assert len([message for message in messages if message.address == "/ripieno/result"]) > 1
    assert sorted(notes_in(messages)) == sorted(notes_in(engine.ask("again", 4)))
    assert messages[-1].values[1] == len(set(notes_in(messages))) == len(notes_in(messages))


def test_a_phrase_is_continued_on_the_songs_clock(engine: Running) -> None:
    engine.send("set", 5, "bars", 1)
    for beat, pitch in enumerate((67, 69, 71, 72)):
        engine.send("play", 5, pitch, 90, 8.0 + beat)
        engine.send("play", 5, pitch, 0, 8.9 + beat)
    notes = notes_in(engine.ask("respond", 5, 11.95))
    assert min(start for _, _, start, _, _ in notes) == 12
    assert max(start + duration for _, _, start, duration, _ in notes) == 16


def test_infill_sends_what_it_opened_and_no_more(engine: Running) -> None:
    engine.send("seed", 6, *flat(MELODY), *flat([(72, 4, 2), (71, 6, 2), (69, 8, 4)]))
    notes = notes_in(engine.ask("infill", 6, 4, 4, 6))
    assert notes
    assert all(4 <= start < 8 for _, _, start, _, _ in notes)


def test_a_model_that_is_not_there_is_no_path(engine: Running) -> None:
    engine.send("set", 7, "model", "../weights/lstm-chorales")
    told = parse_message(engine.socket.recv(65_536))
    (message,) = engine.ask("compose", 7)
    assert told.values[:2] == message.values[:2] == (7, "bad_model")


def test_oscsend_gets_its_answer_at_the_port_that_it_names(engine: Running) -> None:
    oscsend = host_or_skip(shutil.which("oscsend"), "liblo's oscsend")

    def send(address: str, tags: str, *values: Any) -> None:
        port = str(engine.server.port)
        command = [oscsend, LOCAL, port, f"/ripieno/{address}", tags, *map(str, values)]
        subprocess.run(command, check=True, timeout=SOON)

    own = engine.socket.getsockname()[1]
    send("reply_to", "ii", own, 8)
    send("notes", "iiiffi", 8, 0, 67, 0.0, 4.0, 80)
    send("set", "isi", 8, "seed", 21)
    send("harmonize", "ii", 8, 1)
    messages = [parse_message(engine.socket.recv(65_536))]
    while messages[-1].address not in FINALS:
        messages.append(parse_message(engine.socket.recv(65_536)))
    assert messages[0].values == (own,)
    assert messages[-1].values[3] == 21
