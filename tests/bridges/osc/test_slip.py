"""SLIP: messages on a stream, in whatever pieces it comes."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc import slip

from ripieno_bridges.osc.packets import MAX_TCP_BYTES, PacketError
from ripieno_bridges.osc.slip import Unframer, frame, unescape

SPECIAL = st.binary(min_size=1, max_size=30) | st.lists(
    st.sampled_from([b"\xc0", b"\xdb", b"\xdc", b"\xdd", b"a"]), min_size=1, max_size=30
).map(b"".join)


def unframed(*pieces: bytes) -> list[bytes]:
    unframer = Unframer()
    return [message for piece in pieces for message in unframer.feed(piece)]


@given(st.lists(SPECIAL, max_size=8), st.data())
def test_messages_come_back_from_whatever_pieces(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert unframed(*pieces) == messages


@given(SPECIAL)
def test_python_osc_writes_and_reads_the_same(message: bytes) -> None:
    assert frame(message) == slip.encode(message)
    assert slip.decode(frame(message)) == message
    assert unframed(slip.encode(message)) == [message]


@given(st.binary(max_size=30))
def test_python_osc_finds_the_same_escapes_wrong(escaped: bytes) -> None:
    inner = escaped.replace(b"\xc0", b"")
    try:
        assert unescape(inner) == slip.decode(inner)
    except PacketError:
        assert not slip.is_valid(inner)


def test_one_end_between_two_messages_is_enough() -> None:
    assert unframed(b"\xc0one\xc0two\xc0") == [b"one", b"two"]


def test_a_message_without_its_end_waits() -> None:
    assert unframed(b"\xc0one\xc0\xc0tw") == [b"one"]


def test_what_came_before_a_fault_is_not_lost() -> None:
    found = Unframer().feed(frame(b"one") + frame(b"two") + b"\xc0\xdb\xc0")
    assert [next(found), next(found)] == [b"one", b"two"]
    with pytest.raises(PacketError, match="escape byte with nothing to escape"):
        next(found)


@pytest.mark.parametrize("escaped", [b"\xdb", b"a\xdba", b"\xdb\xdb", b"\xdb\xdd\xdb"])
def test_an_escape_of_nothing_is_refused(escaped: bytes) -> None:
    with pytest.raises(PacketError, match="damaged: SLIP's escape byte with nothing to escape"):
        unframed(b"\xc0" + escaped + b"\xc0")


@pytest.mark.parametrize("start", [b"POST / HTTP/1.1\r\n", b"\0\0\0\x14/rip", b"/"])
def test_who_does_not_begin_with_end_speaks_something_else(start: bytes) -> None:
    with pytest.raises(PacketError, match=r"no OSC 1\.1: a connection begins with SLIP's END byte, 192"):
        unframed(start + frame(b"smuggled"))


def test_the_longest_message_passes_even_if_every_byte_is_escaped() -> None:
    message = b"\xc0" * MAX_TCP_BYTES
    assert unframed(frame(message)) == [message]


@pytest.mark.parametrize("byte", [b"a", b"\xc0"])
def test_a_longer_message_is_refused(byte: bytes) -> None:
    with pytest.raises(PacketError, match="a message of more than 1048576 bytes; send it in parts"):
        unframed(frame(byte * (MAX_TCP_BYTES + 1)))


@pytest.mark.no_cover  # it measures time or memory
def test_a_message_that_never_ends_is_not_kept() -> None:
    unframer = Unframer()

    def endless() -> None:
        list(unframer.feed(b"\xc0"))
        for _ in range(1000):
            list(unframer.feed(b"a" * 10_000))

    tracemalloc.start()
    with pytest.raises(PacketError, match="more than 1048576 bytes"):
        endless()
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.no_cover  # it measures time or memory
def test_single_bytes_cost_no_more_than_their_number() -> None:
    stream = frame(b"a" * 100_000)
    unframer = Unframer()
    start = time.process_time()
    messages = [m for i in range(len(stream)) for m in unframer.feed(stream[i : i + 1])]
    assert messages == [b"a" * 100_000]
    assert time.process_time() - start < 1
