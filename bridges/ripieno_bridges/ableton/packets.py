"""OSC messages between this program and AbletonOSC, as packets on a socket."""

from __future__ import annotations

import asyncio
import math
import socket
from dataclasses import dataclass
from typing import cast

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

SIZES = {"i": 4, "f": 4, "h": 8, "d": 8, "T": 0, "F": 0, "N": 0}  # bytes; "s", a text, is padded to fours
RECEIVE_BYTES = 1 << 20
Value = int | float | str | bool | None
Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AbletonMessage:
    """An OSC message."""

    address: str
    values: Values = ()


def encode(message: AbletonMessage) -> bytes:
    """The message as a packet; a float has 32 bits in it."""
    builder = OscMessageBuilder(message.address)
    for value in message.values:
        builder.add_arg(value)
    return builder.build().dgram


def decode(packet: bytes) -> AbletonMessage | None:
    """The message in a packet; None for bundles, damaged packets and whatever AbletonOSC does not send.

    Of other kinds of values python-osc skips the name but not the bytes, and what is missing at the end it
    takes for zeros; so both are looked for here.
    """
    start = padded_size(packet.find(b"\0"))  # of the kinds of values, behind the address
    tags = packet[start : packet.find(b"\0", start)].decode("latin-1")
    if not packet.startswith(b"/live/") or not tags.startswith(",") or set(tags[1:]) - {*SIZES, "s"}:
        return None
    try:
        found = OscMessage(packet)
    except (ParseError, ValueError):
        return None
    values: Values = tuple(found.params)
    sizes = (
        padded_size(len(v.encode())) if isinstance(v, str) else SIZES[t]
        for t, v in zip(tags[1:], values, strict=True)
    )
    if start + padded_size(len(tags)) + sum(sizes) != len(packet):
        return None
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return None
    return AbletonMessage(found.address, values)


def padded_size(length: int) -> int:
    """The bytes that a text takes: one to four zeros behind it make its length a multiple of four."""
    return 4 * (length // 4 + 1)


class AbletonSocket(asyncio.DatagramProtocol):
    """The socket: the messages that came, in order, and the faults that the system told of."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[AbletonMessage | OSError] = asyncio.Queue()
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            "asyncio.DatagramTransport", transport
        )  # by its class it is none in Python 3.11
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)

    def datagram_received(self, data: bytes, _addr: object) -> None:
        message = decode(data)
        if message is not None:
            self._inbox.put_nowait(message)

    def error_received(self, exc: Exception) -> None:
        assert isinstance(exc, OSError)
        self._inbox.put_nowait(exc)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def send(self, message: AbletonMessage) -> None:
        """Send, and do not wait."""
        self._transport.sendto(encode(message))

    async def receive(self) -> AbletonMessage:
        """The next message. Raises OSError where nobody listens at the other end."""
        came = await self._inbox.get()
        if isinstance(came, OSError):
            raise came
        return came

    def forget(self) -> None:
        """Drop what has come and was not waited for."""
        while not self._inbox.empty():
            self._inbox.get_nowait()

    async def close(self) -> None:
        """Close; the port is free when this returns."""
        self._transport.close()
        await self._closed
