"""Raw bytes -> OSC messages: what is right is read as python-osc reads it, what is wrong is refused."""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage as PythonOscMessage

from osc_support import bundle, packet
from ripieno_bridges.osc.packets import (
    MAX_MESSAGES,
    MAX_NESTING,
    MAX_TCP_BYTES,
    MAX_UDP_BYTES,
    OscMessage,
    PacketError,
    decode,
)

PING = packet("/ripieno/ping", 1)

addresses = st.text(st.sampled_from("abz019_-./+~"), max_size=20).map(lambda name: "/" + name)
# python-osc reads a NUL in a text as its end; OSC strings cannot have one.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ints = st.integers(-(2**31), 2**31 - 1)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
values = st.lists(st.one_of(ints, floats, texts), max_size=20)


def raw(address: bytes, tags: bytes, *parts: bytes) -> bytes:
    """A packet of which only address and tags are filled up with zeros."""

    def padded(text: bytes) -> bytes:
        return text + bytes(4 - len(text) % 4)

    return padded(address) + padded(tags) + b"".join(parts)


def nested(depth: int, inner: bytes = PING) -> bytes:
    """A message inside so many bundles."""
    for _ in range(depth):
        inner = bundle(inner)
    return inner


def seconds(work: Callable[[], object]) -> float:
    """The quickest of five runs: what is measured is the work, not what else the machine does."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def refused(data: bytes) -> str:
    with pytest.raises(PacketError) as caught:
        decode(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- what is right -----------------------------------------------------------------------------------------


@given(addresses, values)
def test_messages_are_read_as_python_osc_reads_them(address: str, sent: list[int | float | str]) -> None:
    data = packet(address, *sent)
    assert decode(data) == [OscMessage(address, tuple(sent))]
    assert PythonOscMessage(data).params == list(decode(data)[0].args)


@given(st.recursive(st.tuples(addresses, values), lambda inner: st.lists(inner, max_size=3), max_leaves=10))
def test_bundles_are_read_flat_and_in_order(tree: Any) -> None:
    def build(node: Any) -> tuple[bytes, list[OscMessage]]:
        if isinstance(node, tuple):
            return packet(node[0], *node[1]), [OscMessage(node[0], tuple(node[1]))]
        built = [build(child) for child in node]
        return bundle(*(data for data, _ in built)), [m for _, messages in built for m in messages]

    data, messages = build(tree)
    assert decode(data) == messages


def test_python_osc_reads_our_test_bundles() -> None:
    inner = OscBundle(bundle(PING, bundle(PING)))
    assert inner.num_contents == 2


def test_numbers_keep_their_types() -> None:
    (message,) = decode(packet("/a", 1, 1.0, -1, 0.5))
    assert [type(value) for value in message.args] == [int, float, int, float]


def test_blobs_are_skipped() -> None:
    assert decode(packet("/a", 1, b"12345", "x", b"1234", 2.0)) == [OscMessage("/a", (1, "x", 2.0))]


def test_an_empty_blob_is_a_blob() -> None:
    assert decode(raw(b"/a", b",bi", bytes(4), struct.pack(">i", 5))) == [OscMessage("/a", (5,))]


def test_types_may_be_left_out_where_there_are_no_arguments() -> None:
    assert decode(b"/a\0\0") == [OscMessage("/a", ())]


def test_a_bundle_of_the_far_future_is_read_like_any_other() -> None:
    assert decode(bundle(PING, time_tag=2**64 - 1)) == decode(PING)


def test_bundles_may_be_nested_eight_deep() -> None:
    assert decode(nested(MAX_NESTING)) == decode(PING)


@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_an_error(data: bytes) -> None:
    with suppress(PacketError):
        decode(data)


@given(st.integers(0, 60), st.binary(min_size=1, max_size=8), st.lists(values, min_size=1, max_size=3))
def test_damaged_packets_are_messages_or_an_error(place: int, bytes_in: bytes, sent: list) -> None:
    data = bundle(*(packet("/ripieno/notes", *one) for one in sent))
    with suppress(PacketError):
        decode(data[:place] + bytes_in + data[place + len(bytes_in) :])


# -- what is wrong -----------------------------------------------------------------------------------------

NAN, INFINITE = struct.pack(">f", float("nan")), struct.pack(">f", float("inf"))
ONE = struct.pack(">i", 1)
TYPES = "came with arguments of other types than i, f and s"
DAMAGED = {
    "nothing": (b"", "damaged: a string without an end"),
    "no end of the address": (b"/abc", "damaged: a string without an end"),
    "no end of the types": (b"/a\0\0,iii", "damaged: a string without an end"),
    "an address not filled up": (b"/a\0", "damaged: a string without an end"),
    "filled up with something": (b"/a\0x,\0\0\0", "damaged: padding that is not zeros"),
    "no slash": (raw(b"ping", b","), '"ping" is no address'),
    "a space": (raw(b"/a b", b","), '"/a b" is no address'),
    "a pattern": (raw(b"/ripieno/*", b","), '"/ripieno/*" is no address'),
    "a letter beyond ASCII": (raw("/é".encode(), b","), '"/\ufffd\ufffd" is no address'),
    "a bell": (raw(b"/a\x07", b","), '"/a?" is no address'),
    "another hash": (raw(b"#bunker", b","), '"#bunker" is no address'),
    "no comma": (raw(b"/a", b"i", ONE), f"/a {TYPES}"),
    "an empty type string": (raw(b"/a", b""), f"/a {TYPES}"),
    "too few bytes": (raw(b"/a", b",ii", ONE), "damaged: it is not as long as its arguments"),
    "too many bytes": (raw(b"/a", b",i", ONE, ONE), "damaged: it is not as long as its arguments"),
    "too few bytes beside a text": (raw(b"/a", b",si", b"x\0\0\0"), "damaged: it ends too early"),
    "half a number": (raw(b"/a", b",sf", b"x\0\0\0", b"\0\0"), "damaged: it ends too early"),
    "too many bytes beside a text": (
        raw(b"/a", b",s", b"x\0\0\0", ONE),
        "damaged: it is not as long as its arguments",
    ),
    "NaN": (raw(b"/a", b",f", NAN), "not a finite number: NaN or infinity"),
    "infinite": (raw(b"/a", b",if", ONE, INFINITE), "not a finite number: NaN or infinity"),
    "NaN beside a text": (raw(b"/a", b",sf", b"x\0\0\0", NAN), "not a finite number: NaN or infinity"),
    "bad UTF-8": (raw(b"/a", b",s", b"\xff\xfe\0\0"), "text that is not UTF-8"),
    "a text without an end": (raw(b"/a", b",s", b"abcd"), "damaged: a string without an end"),
    "a text filled up with something": (
        raw(b"/a", b",s", b"x\0\0y"),
        "damaged: padding that is not zeros",
    ),
    "a negative blob": (raw(b"/a", b",b", struct.pack(">i", -8), b"12345678"), "damaged: a blob of -8 bytes"),
    "a blob that is longer than all": (
        raw(b"/a", b",b", struct.pack(">i", 2**31 - 1)),
        f"damaged: a blob of {2**31 - 1} bytes",
    ),
    "a blob filled up with something": (
        raw(b"/a", b",b", ONE, b"x\0\0y"),
        "damaged: padding that is not zeros",
    ),
    "a bundle without a time": (b"#bundle\0\0\0\0\0", "damaged: a bundle without a time"),
    "an element of size -4": (
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
        "damaged: a bundle with an element of -4 bytes",
    ),
    "an element of size 0": (
        b"#bundle\0" + bytes(8) + bytes(4),
        "damaged: a bundle with an element of 0 bytes",
    ),
    "an element of size 6": (
        b"#bundle\0" + bytes(8) + struct.pack(">i", 6) + bytes(8),
        "damaged: a bundle with an element of 6 bytes",
    ),
    "an element beyond the end": (bundle(PING)[:-4], "damaged: a bundle with an element of 24 bytes"),
    "half a size": (b"#bundle\0" + bytes(8) + b"\0\0", "damaged: it ends too early"),
    "an element that reads into the next": (
        b"#bundle\0" + bytes(8) + struct.pack(">i", 4) + b"/abc" + struct.pack(">i", 4) + b"/a\0\0",
        "damaged: a string without an end",
    ),
    "nine bundles in each other": (nested(MAX_NESTING + 1), "bundles nested more than 8 deep"),
    "a thousand bundles in each other": (nested(1000), "bundles nested more than 8 deep"),
    "an address too long": (
        raw(b"/" + b"a" * 200, b","),
        f'"/{"a" * 29}...{"a" * 20}" is no address',
    ),
    "too many messages": (
        bundle(*[b"/a\0\0"] * (MAX_MESSAGES + 1)),
        f"more than {MAX_MESSAGES} messages in one packet; send it in parts",
    ),
    "too many bytes in all": (
        bytes(MAX_UDP_BYTES + 1),
        "a packet of 65508 bytes; 65507 is the most, so send it in parts",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_wrong_is_named(name: str) -> None:
    data, text = DAMAGED[name]
    assert refused(data) == text


@pytest.mark.parametrize("tag", "TFNIdhtcrmS[]xB?\x01")
def test_other_types_are_refused_since_they_would_shift_what_follows(tag: str) -> None:
    assert refused(raw(b"/a", b",i" + tag.encode(), ONE, ONE, ONE)) == f"/a {TYPES}"


def test_a_message_may_be_as_long_as_tcp_allows_where_that_is_said() -> None:
    data = packet("/a", "x" * (MAX_UDP_BYTES + 1))
    assert decode(data, max_bytes=MAX_TCP_BYTES)[0].args == ("x" * (MAX_UDP_BYTES + 1),)


def test_no_recursion_is_deep() -> None:
    limit = sys.getrecursionlimit()
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 30)
    try:
        refused(nested(1000))
    finally:
        sys.setrecursionlimit(limit)


# -- what it costs -----------------------------------------------------------------------------------------


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("stars", range(1, 65))
def test_a_pattern_is_refused_without_being_tried(stars: int) -> None:
    data = raw(b"/" + b"*" * stars + b"Z", b",")
    assert refused(data) == f'"/{"*" * stars}Z" is no address' or stars > 57
    assert seconds(lambda: refused(data)) < 0.005


HEAVY = {
    "numbers": packet("/a", *[1.0] * 13_000),
    "texts": packet("/a", *["x"] * 10_900),
    "blobs": raw(b"/a", b"," + b"b" * 13_000, bytes(4) * 13_000),
    "types without arguments": raw(b"/a", b"," + b"i" * 65_000),
    "one text": packet("/a", "x" * 65_000),
    "an address without an end": b"/" + b"a" * 65_000,
    "messages": bundle(*[b"/a\0\0"] * 8000),
    "empty bundles": bundle(*[bundle()] * 3200),
    "bundles in each other": nested(3000),
}


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("name", HEAVY)
def test_the_largest_packets_cost_little(name: str) -> None:
    data = HEAVY[name]
    assert len(data) <= MAX_UDP_BYTES

    def work() -> None:
        with suppress(PacketError):
            decode(data)

    assert seconds(work) < 0.05


@pytest.mark.no_cover  # it measures time or memory
def test_thousands_of_packets_a_second_are_read() -> None:
    data = packet("/ripieno/notes", 1, *[0, 60, 1.5, 0.5, 80] * 40)
    assert seconds(lambda: [decode(data) for _ in range(100)]) < 0.1
