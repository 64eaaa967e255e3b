"""The bytes of an OSC packet -> its messages; nothing in them is trusted before it is checked.

python-osc's own decoder sleeps until a bundle's time has come, loops for ever over an element of size -4,
matches addresses with regular expressions that the sender writes, and misreads the arguments after an unknown
type. So this module decodes packets itself, in one pass, and accepts only what ``docs/protocol.md`` allows:
bundles (run now, whatever their time tag), plain addresses, integers, floats, strings. Blobs are skipped.
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
BUNDLE_HEADER = len(BUNDLE) + 8  # with its time tag, which is ignored
ADDRESS_BYTES = bytes(range(0x21, 0x7F)).translate(None, b"#*,?[]{}")  # without those of a pattern
INT = struct.Struct(">i")
FLOAT = struct.Struct(">f")


class PacketError(RipienoError):
    """A packet that is not OSC, or OSC that ripieno does not accept; the text says why, in one line."""

    code = "bad_message"


class OscMessage(NamedTuple):
    """An OSC message: an address and its arguments."""

    address: str
    args: tuple[Argument, ...]


def decode(packet: bytes, *, max_bytes: int = MAX_UDP_BYTES) -> list[OscMessage]:
    """The messages of a packet in their order, those inside bundles too. Raises PacketError."""
    if len(packet) > max_bytes:
        raise PacketError(f"a packet of {len(packet)} bytes; {max_bytes} is the most, so send it in parts")
    messages: list[OscMessage] = []
    read_element(packet, 0, len(packet), 0, messages)
    return messages


def read_element(packet: bytes, start: int, end: int, depth: int, messages: list[OscMessage]) -> None:
    """Append the messages of packet[start:end], a message or a bundle inside ``depth`` bundles."""
    if packet.startswith(BUNDLE, start, end):
        read_bundle(packet, start, end, depth + 1, messages)
        return
    if len(messages) == MAX_MESSAGES:
        raise PacketError(f"more than {MAX_MESSAGES} messages in one packet; send it in parts")
    messages.append(read_message(packet, start, end))


def read_bundle(packet: bytes, start: int, end: int, depth: int, messages: list[OscMessage]) -> None:
    """Append the messages of the bundle packet[start:end]. depth: how many bundles deep, with this one."""
    if depth > MAX_NESTING:
        raise PacketError(f"bundles nested more than {MAX_NESTING} deep")
    position = start + BUNDLE_HEADER
    if position > end:
        raise PacketError("damaged: a bundle without a time")
    while position < end:
        size, position = read_int(packet, position, end), position + 4
        if size <= 0 or size % 4 or size > end - position:
            raise PacketError(f"damaged: a bundle with an element of {size} bytes")
        read_element(packet, position, position + size, depth, messages)
        position += size


def read_message(packet: bytes, start: int, end: int) -> OscMessage:
    """Decode the message packet[start:end]."""
    name, position = read_text(packet, start, end)
    if not name.startswith(b"/") or len(name) > MAX_ADDRESS or name.translate(None, ADDRESS_BYTES):
        raise PacketError(f'"{short(name.decode("ascii", "replace"))}" is no address')
    address = name.decode("ascii")
    if position == end:  # old senders leave out the type tags where there are no arguments
        return OscMessage(address, ())
    types, position = read_text(packet, position, end)
    tags = types[1:]
    if types[:1] != b"," or tags.translate(None, b"ifsb"):
        raise PacketError(f"{address} came with arguments of other types than i, f and s")
    if b"s" in tags or b"b" in tags:
        return OscMessage(address, read_mixed(packet, position, end, tags))
    return OscMessage(address, read_numbers(packet, position, end, tags))


def read_numbers(packet: bytes, position: int, end: int, tags: bytes) -> tuple[Argument, ...]:
    """Decode arguments that are all numbers, as those of notes are: the fast path."""
    count = len(tags)
    if end - position != 4 * count:
        raise PacketError("damaged: it is not as long as its arguments")
    # Each word is read both ways: struct caches every format, and one made of the tags may be very long.
    ints = struct.unpack_from(f">{count}i", packet, position)
    floats = struct.unpack_from(f">{count}f", packet, position)
    values = tuple(f if tag == 102 else i for tag, i, f in zip(tags, ints, floats, strict=True))  # 102: "f"
    if not all(map(isfinite, values)):
        raise PacketError("not a finite number: NaN or infinity")
    return values


def read_mixed(packet: bytes, position: int, end: int, tags: bytes) -> tuple[Argument, ...]:
    """Decode arguments of all types; blobs are left out."""
    values: list[Argument] = []
    for tag in tags.decode("ascii"):
        if tag == "s":
            text, position = read_text(packet, position, end)
            values.append(decode_utf8(text))
        elif tag == "b":
            position = skip_blob(packet, position, end)
        else:
            values.append(
                read_int(packet, position, end) if tag == "i" else read_float(packet, position, end)
            )
            position += 4
    if position != end:
        raise PacketError("damaged: it is not as long as its arguments")
    return tuple(values)


def read_text(packet: bytes, position: int, end: int) -> tuple[bytes, int]:
    """(the bytes of a string, the position after its padding); zeros pad it to a multiple of four."""
    stop = packet.find(b"\0", position, end)
    following = position + (stop - position) // 4 * 4 + 4
    if stop < 0 or following > end:
        raise PacketError("damaged: a string without an end")
    check_zeros(packet, stop, following)
    return packet[position:stop], following


def skip_blob(packet: bytes, position: int, end: int) -> int:
    """The position after a blob and its padding."""
    size = read_int(packet, position, end)
    stop = position + 4 + size
    following = position + 4 + (size + 3) // 4 * 4
    if size < 0 or following > end:
        raise PacketError(f"damaged: a blob of {size} bytes")
    check_zeros(packet, stop, following)
    return following


def read_int(packet: bytes, position: int, end: int) -> int:
    if end - position < 4:
        raise PacketError("damaged: it ends too early")
    number: int = INT.unpack_from(packet, position)[0]
    return number


def read_float(packet: bytes, position: int, end: int) -> float:
    if end - position < 4:
        raise PacketError("damaged: it ends too early")
    number: float = FLOAT.unpack_from(packet, position)[0]
    if not isfinite(number):
        raise PacketError("not a finite number: NaN or infinity")
    return number


def decode_utf8(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise PacketError("text that is not UTF-8") from exc


def check_zeros(packet: bytes, start: int, end: int) -> None:
    """Raise PacketError where the padding of a string or a blob is not all zeros."""
    if any(packet[start:end]):
        raise PacketError("damaged: padding that is not zeros")
