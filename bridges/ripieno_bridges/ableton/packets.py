"""OSC messages to and from AbletonOSC, as packets on a UDP socket."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

SIZES = {"i": 4, "f": 4, "h": 8, "d": 8, "T": 0, "F": 0, "N": 0}  # bytes by type tag; "s" is padded
RECEIVE_BYTES = 1 << 20
MAX_BYTES = 8000  # of a bundle; macOS sends 9216 at the most
BUNDLE = b"#bundle\0" + bytes(7) + b"\1"  # to be handled at once
Value = int | float | str | bool | None
Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AbletonMessage:
    """An OSC message to or from AbletonOSC."""

    address: str
    values: Values = ()


def encode(message: AbletonMessage) -> bytes:
    """Encode a message as a packet, with floats of 32 bits."""
    builder = OscMessageBuilder(message.address)
    for value in message.values:
        builder.add_arg(value)
    return builder.build().dgram


def pack(messages: Iterable[AbletonMessage]) -> list[bytes]:
    """Encode messages as few packets: bundles, and a plain message where one is alone.

    AbletonOSC handles the messages of a bundle in order, and none after one that Live refuses.
    """
    packets: list[list[bytes]] = []
    size = MAX_BYTES
    for data in map(encode, messages):
        if size + 4 + len(data) > MAX_BYTES:
            packets.append([])
            size = len(BUNDLE)
        packets[-1].append(data)
        size += 4 + len(data)
    return [
        parts[0] if len(parts) == 1 else BUNDLE + b"".join(struct.pack(">i", len(p)) + p for p in parts)
        for parts in packets
    ]


def decode(packet: bytes) -> AbletonMessage | None:
    """Decode a packet; None for bundles, damaged packets and whatever AbletonOSC does not send.

    For an unknown type tag python-osc skips the tag but not its bytes, and it reads missing bytes at the end
    as zeros; so both are checked here.
    """
    start = padded_size(packet.find(b"\0"))  # of the type tags, after the address
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
    """The bytes that a string takes: one to four zeros pad its length to a multiple of four."""
    return 4 * (length // 4 + 1)


class AbletonSocket(asyncio.DatagramProtocol):
    """A UDP socket with a queue of the messages that came, and of the errors that the system reported."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[AbletonMessage | OSError] = asyncio.Queue()
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11 declares a BaseTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)
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

    def send(self, packet: bytes) -> None:
        """Send a packet, without waiting."""
        self._transport.sendto(packet)

    async def receive(self) -> AbletonMessage:
        """Wait for the next message. Raises OSError where nothing listens at the other end."""
        received = await self._inbox.get()
        if isinstance(received, OSError):
            raise received
        return received

    def discard_received(self) -> None:
        """Drop the messages that have come so far."""
        while not self._inbox.empty():
            self._inbox.get_nowait()

    async def close(self) -> None:
        """Close the socket; the port is free when this returns."""
        self._transport.close()
        await self._closed
