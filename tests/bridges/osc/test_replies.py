"""What ripieno sends: bytes that every host can read, by python-osc's judgement."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from osc_support import (
    Received,
    StandIn,
    notes_in,
    parse_message,
)
from ripieno_bridges.api.replies import Done, Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.osc.replies import OscReply, encode, one_line


@given(
    st.sampled_from(
        [
            ("/ripieno/pong", (1, "0.1"), "is"),
            ("/ripieno/ok", (9000,), "i"),
            ("/ripieno/progress", (1, 0.5), "if"),
            ("/ripieno/result", (1, 1, 0, 60, 0.0, 1.0, 80, 1, 55, 1.0, 0.5, 80), "ii" + 2 * "iiffi"),
            ("/ripieno/understood", (1, "a text"), "is"),
            ("/ripieno/difference", (1, 2, "a text"), "iis"),
            ("/ripieno/chord", (1, 2, "3", 1.5, "D7/F#", "V65", 8.5, "G major"), "iisfssfs"),
            ("/ripieno/remark", (1, "a text"), "is"),
            ("/ripieno/done", (1, 8, 300, 2**31 - 1, 1), "iiiii"),
            ("/ripieno/error", (-1, "failed", "a text"), "iss"),
            ("/ripieno/cancelled", (1,), "i"),
            ("/ripieno/status", (1, "lstm", 0, "0.1"), "isis"),
            ("/ripieno/models", (1, "a", "b"), "iss"),
        ]
    )
)
def test_answers_are_made_of_integers_floats_and_strings(case: tuple[str, tuple, str]) -> None:
    address, values, tags = case
    assert parse_message(encode(address, *values)) == Received(address, values, tags)


def test_numbers_of_more_than_31_bits_are_never_sent() -> None:
    assert parse_message(encode("/ripieno/done", 1, 2, 10**12, 7, True)).values == (1, 2, 2**31 - 1, 7, 1)


@given(st.text())
def test_any_text_can_be_sent_in_one_line(text: str) -> None:
    sent = parse_message(encode("/ripieno/error", 1, "failed", text)).values[2]
    assert sent == one_line(text)
    assert len(sent) <= 400
    assert sent.isprintable()


flat_notes = st.lists(
    st.builds(
        FlatNote,
        st.integers(0, 3),
        st.integers(0, 127),
        st.integers(0, 48 * 400).map(lambda n: Fraction(n, 48)),
        st.integers(1, 48 * 8).map(lambda n: Fraction(n, 48)),
        st.integers(1, 127),
    ),
    max_size=200,
)


@given(flat_notes, st.integers(1, 60))
def test_all_notes_of_an_answer_are_sent_and_none_is_changed(notes: list[FlatNote], most: int) -> None:
    messages = [
        parse_message(data) for data in OscReply(5, encode("/ripieno/cancelled", 5), (notes,)).packets(most)
    ]
    sent = [
        FlatNote(voice, pitch, Fraction(start).limit_denominator(96), Fraction(long).limit_denominator(96), v)
        for voice, pitch, start, long, v in notes_in(messages)
    ]
    assert sent == notes
    assert all((len(message.values) - 2) // 5 <= most for message in messages[:-1])


def test_the_stand_in_gives_back_what_it_got() -> None:
    notes = [FlatNote(0, 60, Fraction(0), Fraction(1), 80)]
    (done,) = StandIn().answer(Request(task="vary", score=choir_score(notes)))
    assert isinstance(done, Done)
    assert isinstance(done.reply, Reply)
    assert done.reply.results[0].new[0].notes[0].pitch == 60


def test_key_and_phrases_come_before_the_remarks() -> None:
    reply = OscReply(7, encode("/ripieno/done", 7, 0, 3, 1, 1), (), ("heard an octave higher",), "G minor")
    told = [parse_message(packet) for packet in reply.packets(40)]
    assert [message.address.rpartition("/")[2] for message in told] == ["understood", "remark", "done"]
    assert told[0].values == (7, "G minor")


def test_each_further_alternative_says_how_it_differs_from_the_first() -> None:
    end = encode("/ripieno/done", 7, 0, 3, 1, 1)
    said = ("", "closes on the dominant in measure 8", "the same notes")
    told = [parse_message(packet) for packet in OscReply(7, end, differences=said).packets(40)]
    assert [(message.address, *message.values) for message in told[:-1]] == [
        ("/ripieno/difference", 7, 2, said[1]),
        ("/ripieno/difference", 7, 3, said[2]),
    ]


def test_remarks_come_after_the_notes_and_before_the_end() -> None:
    notes = (FlatNote(1, 60, Fraction(0), Fraction(1), 80),)
    reply = OscReply(
        7, encode("/ripieno/done", 7, 1, 3, 1, 1), (notes,), ("heard an octave higher", "another")
    )
    told = [parse_message(packet) for packet in reply.packets(40)]
    assert [message.address.rpartition("/")[2] for message in told] == ["result", "remark", "remark", "done"]
    assert told[1].values == (7, "heard an octave higher")
