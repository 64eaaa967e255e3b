"""Packets that wait to be sent: in order, in turn, paced."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest

from osc_support import SOON, asynchronous
from ripieno_bridges.osc.send_queue import BURST, MAX_WAITING, Destination, SendQueue

ONE, TWO = Destination("udp", "127.0.0.1", 1), Destination("udp", "127.0.0.1", 2)


class Sink:
    """A send queue and what it has sent."""

    def __init__(self, pause_seconds: float = 0.0) -> None:
        self.sent: list[tuple[Destination, bytes]] = []
        self.queue = SendQueue(self._send, pause_seconds=pause_seconds)

    async def _send(self, place: Destination, packet: bytes) -> None:
        self.sent.append((place, packet))

    async def all_sent(self) -> list[tuple[Destination, bytes]]:
        """All packets sent, once nothing waits any more."""
        task = asyncio.create_task(self.queue.run())
        async with asyncio.timeout(SOON):
            await self.queue.join()
        task.cancel()
        return self.sent


@asynchronous
async def test_what_a_client_gets_keeps_its_order() -> None:
    sink = Sink()
    for packets in ([b"1", b"2"], [], [b"3"]):
        sink.queue.put(ONE, packets)
    assert await sink.all_sent() == [(ONE, b"1"), (ONE, b"2"), (ONE, b"3")]


@asynchronous
async def test_a_long_answer_does_not_keep_another_client_waiting() -> None:
    sink = Sink()
    sink.queue.put(ONE, [b"long"] * 100)
    sink.queue.put(TWO, [b"short"])
    assert (TWO, b"short") in (await sink.all_sent())[:2]


@asynchronous
async def test_after_each_burst_there_is_a_pause() -> None:
    sink = Sink(pause_seconds=0.02)
    sink.queue.put(ONE, [b"x"] * (3 * BURST - 1))
    start = time.perf_counter()
    await sink.all_sent()
    assert time.perf_counter() - start >= 2 * 0.02


@asynchronous
async def test_packets_are_made_when_their_turn_comes() -> None:
    sink, made = Sink(), []

    def packets() -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield bytes([number])

    sink.queue.put(ONE, packets())
    assert made == []
    await sink.all_sent()
    assert made == [0, 1, 2]


@asynchronous
async def test_what_waits_for_a_client_is_bounded() -> None:
    sink = Sink()
    assert all(sink.queue.put(ONE, [b"x"]) for _ in range(MAX_WAITING))
    assert not sink.queue.put(ONE, [b"x"])
    assert sink.queue.put(TWO, [b"x"])
    assert len(await sink.all_sent()) == MAX_WAITING + 1


@asynchronous
async def test_what_cannot_be_written_is_left_out_and_the_rest_is_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"1"
        raise ValueError("ours")

    sink = Sink()
    with caplog.at_level(logging.CRITICAL, "ripieno_bridges"):
        sink.queue.put(ONE, broken())
        sink.queue.put(ONE, [b"2"])
        assert await sink.all_sent() == [(ONE, b"1"), (ONE, b"2")]


@asynchronous
async def test_what_is_put_in_later_is_sent_later() -> None:
    sink = Sink()
    for number in (b"1", b"2"):
        sink.queue.put(ONE, [number])
        await sink.all_sent()
    assert [packet for _, packet in sink.sent] == [b"1", b"2"]
