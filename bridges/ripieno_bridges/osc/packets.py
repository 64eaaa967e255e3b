"""The bytes of an OSC packet -> its messages; nothing in them is trusted before it was looked at.

python-osc's own decoder sleeps until a bundle's time has come, loops for ever over an element of size -4,
matches addresses with regular expressions that a sender writes, and reads wrong arguments behind a type that
it does not know. So this file reads packets itself, in one pass, and takes only what ``docs/protocol.md``
allows: bundles (run now, whatever their time), plain addresses, integers, floats, strings. Blobs are skipped.
"""

from __future__ import annotations

import struct
from math import isfinite
from typing import NamedTuple

from ripieno.errors import RipienoError, short
from ripieno_bridges.api.kinds import Argument

MAX_UDP_BYTES = 65_507
MAX_TCP_BYTES = 1 << 20
MAX_NESTING = 8
MAX_MESSAGES = 1024  # in one packet
MAX_ADDRESS = 128  # bytes

BUNDLE = b"#bundle\0"
BUNDLE_HEADER = len(BUNDLE) + 8  # and its time, which is not looked at
SIGNS = bytes(range(0x21, 0x7F))  # of an address; those of a pattern are taken out
PLAIN = SIGNS.translate(None, b"#*,?[]{}")
INT = struct.Struct(">i")
FLOAT = struct.Struct(">f")


class PacketError(RipienoError):
    """A packet that is no OSC, or OSC that ripieno does not take; the text says which, in one line."""

    code = "bad_message"


class OscMessage(NamedTuple):
    """An OSC message: where it goes and what it says."""

    address: str
    args: tuple[Argument, ...]


def decode(packet: bytes, *, most_bytes: int = MAX_UDP_BYTES) -> list[OscMessage]:
    """The messages of a packet in their order, those of bundles too. Raises PacketError."""
    if len(packet) > most_bytes:
        raise PacketError(f"a packet of {len(packet)} bytes; {most_bytes} is the most, so send it in parts")
    messages: list[OscMessage] = []
    read_element(packet, 0, len(packet), 0, messages)
    return messages


def read_element(packet: bytes, start: int, end: int, depth: int, messages: list[OscMessage]) -> None:
    """Append the messages of packet[start:end], a message or a bundle that lies ``depth`` bundles deep."""
    if packet.startswith(BUNDLE, start, end):
        read_bundle(packet, start, end, depth + 1, messages)
        return
    if len(messages) == MAX_MESSAGES:
        raise PacketError(f"more than {MAX_MESSAGES} messages in one packet; send it in parts")
    messages.append(read_message(packet, start, end))


def read_bundle(packet: bytes, start: int, end: int, depth: int, messages: list[OscMessage]) -> None:
    """Append the messages of a bundle, which is ``depth`` deep itself counted in."""
    if depth > MAX_NESTING:
        raise PacketError(f"bundles nested more than {MAX_NESTING} deep")
    place = start + BUNDLE_HEADER
    if place > end:
        raise PacketError("damaged: a bundle without a time")
    while place < end:
        size, place = read_int(packet, place, end), place + 4
        if size <= 0 or size % 4 or size > end - place:
            raise PacketError(f"damaged: a bundle with an element of {size} bytes")
        read_element(packet, place, place + size, depth, messages)
        place += size


def read_message(packet: bytes, start: int, end: int) -> OscMessage:
    """The message that is packet[start:end]."""
    name, place = read_text(packet, start, end)
    if not name.startswith(b"/") or len(name) > MAX_ADDRESS or name.translate(None, PLAIN):
        raise PacketError(f'"{short(name.decode("ascii", "replace"))}" is no address')
    address = name.decode("ascii")
    if place == end:  # old senders leave out the types where there are no arguments
        return OscMessage(address, ())
    types, place = read_text(packet, place, end)
    tags = types[1:]
    if types[:1] != b"," or tags.translate(None, b"ifsb"):
        raise PacketError(f"{address} came with arguments of other types than i, f and s")
    if b"s" in tags or b"b" in tags:
        return OscMessage(address, read_mixed(packet, place, end, tags))
    return OscMessage(address, read_numbers(packet, place, end, tags))


def read_numbers(packet: bytes, place: int, end: int, tags: bytes) -> tuple[Argument, ...]:
    """Arguments that are all numbers, as notes are: the quick way."""
    count = len(tags)
    if end - place != 4 * count:
        raise PacketError("damaged: it is not as long as its arguments")
    # Each word is read both ways. A format made of the tags would be kept by struct, however long it is.
    ints = struct.unpack_from(f">{count}i", packet, place)
    floats = struct.unpack_from(f">{count}f", packet, place)
    values = tuple(f if tag == 102 else i for tag, i, f in zip(tags, ints, floats, strict=True))  # 102: "f"
    if not all(map(isfinite, values)):
        raise PacketError("a number that is none: NaN or infinite")
    return values


def read_mixed(packet: bytes, place: int, end: int, tags: bytes) -> tuple[Argument, ...]:
    """Arguments of all types; blobs are left out."""
    values: list[Argument] = []
    for tag in tags.decode("ascii"):
        if tag == "s":
            text, place = read_text(packet, place, end)
            values.append(utf8(text))
        elif tag == "b":
            place = skip_blob(packet, place, end)
        else:
            values.append(read_int(packet, place, end) if tag == "i" else read_float(packet, place, end))
            place += 4
    if place != end:
        raise PacketError("damaged: it is not as long as its arguments")
    return tuple(values)


def read_text(packet: bytes, place: int, end: int) -> tuple[bytes, int]:
    """(a string's bytes, where the next thing is); zeros fill it up to a multiple of four."""
    stop = packet.find(b"\0", place, end)
    following = place + (stop - place) // 4 * 4 + 4
    if stop < 0 or following > end:
        raise PacketError("damaged: a string without an end")
    check_zeros(packet, stop, following)
    return packet[place:stop], following


def skip_blob(packet: bytes, place: int, end: int) -> int:
    """Where the next thing is."""
    size = read_int(packet, place, end)
    stop = place + 4 + size
    following = place + 4 + (size + 3) // 4 * 4
    if size < 0 or following > end:
        raise PacketError(f"damaged: a blob of {size} bytes")
    check_zeros(packet, stop, following)
    return following


def read_int(packet: bytes, place: int, end: int) -> int:
    if end - place < 4:
        raise PacketError("damaged: it ends too early")
    number: int = INT.unpack_from(packet, place)[0]
    return number


def read_float(packet: bytes, place: int, end: int) -> float:
    if end - place < 4:
        raise PacketError("damaged: it ends too early")
    number: float = FLOAT.unpack_from(packet, place)[0]
    if not isfinite(number):
        raise PacketError("a number that is none: NaN or infinite")
    return number


def utf8(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise PacketError("text that is not UTF-8") from exc


def check_zeros(packet: bytes, start: int, end: int) -> None:
    """What fills a string or a blob up to a multiple of four is zeros."""
    if any(packet[start:end]):
        raise PacketError("damaged: something stands where zeros should fill up")
