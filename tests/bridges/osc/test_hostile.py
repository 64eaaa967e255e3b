"""Broken, hostile and lossy: the OSC server stays alive, quick and small, and never gives a wrong answer."""

from __future__ import annotations

import asyncio
import random
import resource
import struct
import time
from typing import Any

import pytest

import ripieno
from osc_support import (
    FINALS,
    LOCAL,
    Client,
    StandIn,
    asynchronous,
    bundle,
    connect,
    flat,
    notes_in,
    packet,
    parse_message,
    serving,
)
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.replies import Cancelled, Done, Failed, Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.osc import dispatcher as osc_dispatcher
from ripieno_bridges.osc import jobs as osc_jobs
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.service import MAX_WAITING, Service

TO_1900 = 2_208_988_800  # seconds, from where the time tags count
FUTURE = (int(time.time()) + TO_1900 + 3600) << 32  # an hour from now


# -- one packet --------------------------------------------------------------------------------------------


async def quickest_ping(client: Client) -> float:
    """Seconds, of the best of five."""
    times = []
    for number in range(5):
        start = time.perf_counter()
        client.send("ping", number)
        while (await client.next()).values[:1] != (number,):
            pass
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.no_cover  # it measures time or memory
@asynchronous
async def test_patterns_of_any_length_cost_nothing() -> None:
    async with serving() as (_, client):
        for stars in range(1, 65):
            start = time.perf_counter()
            client.send_bytes(b"/" + b"*" * stars + b"Z" + bytes(4 - (stars + 2) % 4) + b",\0\0\0")
            await client.settled()
            assert time.perf_counter() - start < 0.1
        assert {message.values[:2] for message in client.came} - {(-1, "bad_message")} == {
            (424242, ripieno.__version__)
        }


@pytest.mark.no_cover  # it measures time or memory
@asynchronous
async def test_a_bundle_stamped_in_the_future_does_not_wait() -> None:
    async with serving() as (_, client):
        client.send_bytes(bundle(packet("/ripieno/ping", 7), time_tag=FUTURE))
        assert (await client.next()).id == 7
        assert await quickest_ping(client) < 0.01


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize(
    "data",
    [
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
        b"".join([b"#bundle\0" + bytes(8) + struct.pack(">i", 20_000 - 20 * n) for n in range(1000)]),
        packet("/ripieno/ping", "xxxx").replace(b"xxxx", b"\xff\xfe\xfd\xfc"),
        packet("/ripieno/ping", 1, 2).replace(b",ii", b",hi"),
        packet("/ripieno/ping", b"1234").replace(b"\0\0\0\x04", b"\xff\xff\xff\xf8"),
        packet("/ripieno/ping", float("nan")),
        bytes(65_507),
    ],
    ids=["size -4", "nested 1000 deep", "no UTF-8", "64 bits", "negative blob", "NaN", "zeros"],
)
@asynchronous
async def test_a_broken_packet_is_told_and_the_next_one_is_answered(data: bytes) -> None:
    async with serving() as (_, client):
        client.send_bytes(data)
        assert (await client.next()).values[:2] == (-1, "bad_message")
        assert await quickest_ping(client) < 0.01


@asynchronous
async def test_a_sender_of_rubbish_is_told_so_a_few_times_and_not_for_ever() -> None:
    async with serving() as (_, client):
        for _ in range(500):
            client.send_bytes(b"rubbish!")
            client.send("no/such/address", 1)
        await client.settled()
        complaints = [message for message in client.came if message.address == "/ripieno/error"]
        assert 1 <= len(complaints) <= 3 * osc_dispatcher.MAX_ERRORS_PER_SENDER  # it may take over a second


@asynchronous
async def test_many_senders_of_rubbish_are_not_all_told() -> None:
    sent: list[tuple[Any, Any]] = []
    async with serving() as (server, _):
        transport: Any = server._transport
        transport.sendto, original = lambda data, to: sent.append((data, to)), transport.sendto
        for port in range(1024, 5000):
            server.receive(b"rubbish!", (LOCAL, port))
        transport.sendto = original
        assert 0 < len(sent) <= 3 * osc_dispatcher.MAX_ERRORS_PER_SECOND
        assert all(len(data) < 100 for data, _ in sent)


@pytest.mark.parametrize("host", ["192.168.1.5", "10.0.0.1", "8.8.8.8", "224.0.0.1"])
@asynchronous
async def test_other_machines_are_not_heard(host: str) -> None:
    service = StandIn()
    async with serving(service) as (server, client):
        for address in ("ping", "compose"):
            server.receive(packet(f"/ripieno/{address}", 5), (host, 9000))
        await client.settled()
        assert service.requests == []
        assert len(client.came) == 1


@asynchronous
async def test_other_machines_are_heard_where_the_server_was_started_for_them() -> None:
    sent: list[tuple[Any, Any]] = []
    server = OscServer(StandIn(), host="0.0.0.0", port=0)
    await server.start()
    transport: Any = server._transport
    transport.sendto, original = lambda data, to: sent.append((parse_message(data), to)), transport.sendto
    server.receive(packet("/ripieno/ping", 5), ("192.168.1.5", 9000))
    assert [(message.address, to) for message, to in sent] == [("/ripieno/pong", ("192.168.1.5", 9000))]
    transport.sendto = original
    await server.stop()


# -- a hundred thousand ------------------------------------------------------------------------------------

VALID = [
    packet("/ripieno/ping", 1),
    packet("/ripieno/status", 2),
    packet("/ripieno/set", 3, "key", "f# minor"),
    packet("/ripieno/set", 3, "temperature", 0.5),
    packet("/ripieno/notes", 4, *[0, 60, 0.0, 1.0, 80] * 3),
    packet("/ripieno/seed", 5, 67, 0.0, 1.0, 69, 1.0, 1.0),
    packet("/ripieno/infill", 6, 0.0, 4.0, 3),
    packet("/ripieno/reply_to", 9000, 7),
    packet("/ripieno/play", 8, 60, 90, 1.5),
    packet("/ripieno/respond", 8, 3.5),
    packet("/ripieno/cancel", 9),
    packet("/ripieno/again", 9),
    packet("/ripieno/compose", 10),
    packet("/other", 1, b"a blob", "text"),
]
VALID += [bundle(*VALID[:3]), bundle(VALID[4], bundle(VALID[5], VALID[6]), time_tag=FUTURE)]
ODD = b"\0\xff\x7f\x80,/#*?[]{}ifsbTh\xc0\xdb"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The packet with some bytes changed, taken out or put in, or cut, or with another one behind it."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            changed[place : place + 1] = bytes([chance.choice(ODD)])
        elif kind == 1:
            changed[place : place + 4] = chance.randbytes(4)
        elif kind == 2:
            del changed[place : place + chance.randint(1, 8)]
        elif kind == 3:
            changed[place:place] = bytes(chance.choice(ODD) for _ in range(4))
        else:
            changed += chance.choice(VALID)
    return bytes(changed)


@pytest.mark.no_cover  # it measures time or memory
@asynchronous
async def test_a_hundred_thousand_broken_packets_break_nothing() -> None:
    chance = random.Random(5)
    loop = asyncio.get_running_loop()
    faults: list[Any] = []
    loop.set_exception_handler(lambda _, context: faults.append(context))
    async with serving() as (server, client):
        peaks = []
        for number in range(100_000):
            server._datagrams.datagram_received(
                mutated(chance.choice(VALID), chance), (LOCAL, 20_000 + number % 50)
            )
            if number % 100 == 0:
                await asyncio.sleep(0)
            if number in (20_000, 99_999):
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        assert peaks[1] - peaks[0] < 20 * 1024  # KB
        await client.settled()
        assert await quickest_ping(client) < 0.05
    assert faults == []


# -- many requests -----------------------------------------------------------------------------------------


async def finals(client: Client, count: int) -> dict[int, str]:
    """Wait until so many ids have their final answer; the one of each."""
    while len(found := [m for m in client.came if m.address in FINALS]) < count:
        await client.next()
    assert len({message.id for message in found}) == len(found), "one final answer each"
    return {message.id: message.address for message in found}


@asynchronous
async def test_a_thousand_requests_at_once_get_one_final_answer_each() -> None:
    def answer(request: Request) -> list[Any]:
        kinds = [Done(Reply(results=(), seed=1, model="", sha256="", milliseconds=1)), Cancelled()]
        return [[*kinds, Failed("busy", "later")][request.seed % 3]]

    async with serving(StandIn(answer=answer)) as (_, client):
        for number in range(1000):
            client.send_bytes(
                bundle(
                    packet("/ripieno/set", number, "seed", number),
                    packet("/ripieno/compose", number),
                    packet("/ripieno/compose", number),
                )
            )
            if number % 50 == 49:
                await asyncio.sleep(0)  # as much as a system's buffer surely holds
        await finals(client, 1000)
        await client.settled()
        ended = await finals(client, 1000)
        assert all(ended[number] == FINALS[(0, 2, 1)[number % 3]] for number in range(1000))


@pytest.mark.no_cover  # it measures time or memory
@asynchronous
async def test_the_engine_too_ends_each_of_a_thousand_requests_and_pings_do_not_wait() -> None:
    async with Service((DEFAULT_MODEL,)) as service, serving(service) as (server, client):
        visitor = await connect(server)
        pings = []
        for number in range(1000):
            client.send("compose", number)
            if number % 20 == 19:
                start = time.perf_counter()
                visitor.send("ping", number)
                await visitor.next()
                pings.append(time.perf_counter() - start)
        ended = await finals(client, 1000 - MAX_WAITING - 1)  # the others are busy
        for number in range(1000):
            if number not in ended:
                client.send("cancel", number)
        ended = await finals(client, 1000)
        assert set(ended.values()) <= set(FINALS)
        assert {m.values[1] for m in client.came if m.address == "/ripieno/error"} == {"busy"}
        assert sorted(pings)[len(pings) // 2] < 0.02
        visitor.transport.close()


@asynchronous
async def test_a_ping_is_answered_ahead_of_a_long_answer() -> None:
    notes = [(n % 4, 40 + n % 40, n // 4 / 2, 0.5, 80) for n in range(12_000)]
    async with serving() as (_, client):
        for first in range(0, 12_000, 1000):
            client.send("notes", 5, *flat(notes[first : first + 1000]))
        client.send("vary", 5, 12_000)
        while (await client.next()).address != "/ripieno/result":
            pass
        client.send("ping", 1)
        addresses = [message.address for message in await client.final()]
        assert addresses.index("/ripieno/pong") < len(addresses) - 100


# -- a clip of ten thousand notes, on a bad line -----------------------------------------------------------


class BadLine(Client):
    """A client to and from which packets are lost, come twice, and overtake each other."""

    def __init__(self, server: OscServer, chance: random.Random, lost: float) -> None:
        super().__init__(server)
        self._chance, self._lost = chance, lost

    def spoiled(self, packets: list[bytes]) -> list[bytes]:
        """What arrives, in the order in which it does."""
        late = [(n + self._chance.random() * 20, data) for n, data in enumerate(packets)]
        late += [(n + self._chance.random() * 20, data) for n, data in enumerate(packets) if n % 7 == 0]
        return [data for _, data in sorted(late) if self._chance.random() >= self._lost]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._chance.random() < self._lost:
            return
        for _ in range(1 + (self._chance.random() < 0.1)):
            super().datagram_received(data, addr)

    async def arrived(self, packets: list[bytes]) -> None:
        for number, data in enumerate(self.spoiled(packets)):
            self.send_bytes(data)
            if number % 20 == 0:
                await asyncio.sleep(0)


async def asked_of(client: BadLine, number: int, packets: list[bytes]) -> list[tuple] | str:
    """The notes of the answer, asked for again until they are all there, or the code of an error."""
    await client.arrived(packets)
    for _ in range(50):
        try:
            async with asyncio.timeout(1.5):
                while True:
                    message = await client.next()
                    if message.address in FINALS and message.id == number:
                        break
        except TimeoutError:  # the final answer was lost
            client.send("again", number)
            continue
        if message.address == "/ripieno/error":
            return str(message.values[1])
        own = [m for m in client.came if m.id == number]
        if len(set(notes_in(own))) == message.values[1]:
            return sorted(set(notes_in(own)))
        client.send("again", number)
    raise AssertionError("it never came whole")


@pytest.mark.parametrize(("lost", "seed"), [(0.0, 1), (0.003, 3), (0.003, 4), (0.05, 5)])
@asynchronous
async def test_a_long_clip_on_a_bad_line_comes_back_right_or_is_refused(
    lost: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osc_jobs, "NOTES_TIMEOUT_SECONDS", 0.3)
    chance = random.Random(seed)
    notes = [(n % 4, chance.randrange(36, 90), n // 4 / 2, 0.5, 80) for n in range(10_000)]
    async with serving() as (server, _):
        loop = asyncio.get_running_loop()
        _, client = await loop.create_datagram_endpoint(
            lambda: BadLine(server, chance, lost), local_addr=(LOCAL, 0)
        )
        outcomes = []
        for number in range(2):
            packets = [
                packet("/ripieno/notes", number, *flat(notes[first : first + 40]))
                for first in range(0, 10_000, 40)
            ]
            packets.append(packet("/ripieno/vary", number, 10_000))
            outcomes.append(await asked_of(client, number, packets))
        assert all(outcome in ("incomplete", sorted(notes)) for outcome in outcomes)
        if lost == 0:
            assert outcomes == [sorted(notes)] * 2
        client.transport.close()
