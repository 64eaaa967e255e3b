"""Keys as they are played -> the phrase to be answered, as "pitch@start-end" from its first barline on."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.score import Meter
from ripieno_bridges.formats.note_lists import choir_score
from ripieno_bridges.osc.phrases import MAX_PLAYED, Keyboard, OscPhrase, build_phrase

FOUR, THREE = Meter(4, 4), Meter(3, 4)


def played(text: str) -> Keyboard:
    """A keyboard after "60 down 0, 60 up 1": pitch, what is done, song position."""
    keyboard = Keyboard()
    for event in text.split(", "):
        pitch, move, time = event.split()
        keyboard.play(int(pitch), 90 if move == "down" else 0, float(time))
    return keyboard


def heard(
    text: str, time: float, *, meter: Meter = FOUR, anacrusis: Fraction = Fraction(0), one_line: bool = True
) -> OscPhrase:
    return build_phrase(played(text).take(time), time, meter, anacrusis=anacrusis, one_line=one_line)


def line(found: OscPhrase) -> str:
    return " ".join(f"{n.pitch}@{n.start}-{n.start + n.duration}" for n in found.notes)


TABLE = {
    # what is played: (answered at, the phrase, its first barline, the barline of the answer)
    "60 down 0, 60 up 1, 62 down 1, 62 up 2": (3.5, "60@0-1 62@1-2", 0, 4),
    "60 down 5, 60 up 6": (6.5, "60@1-2", 4, 8),
    "60 down 0.02, 60 up 0.97": (1.0, "60@0-1", 0, 4),  # nobody plays on the dot
    "60 down 0, 60 up 0.05": (1.0, "60@0-1/4", 0, 4),
    "60 down 2": (3.0, "60@2-3", 0, 4),  # still held
    "60 down 0, 62 down 1, 60 up 1.2, 62 up 2": (3.0, "60@0-5/4 62@1-2", 0, 4),
    "60 down 0, 64 down 0.01, 60 up 1, 64 up 1": (3.0, "64@0-1", 0, 4),
    "60 down 0, 60 down 2, 60 up 3": (3.0, "60@0-2 60@2-3", 0, 4),  # its end was lost
    "60 up 1, 62 down 2, 62 up 3": (3.0, "62@2-3", 0, 4),
    "60 down 3.99, 60 up 4.9": (5.0, "60@0-1", 4, 8),
    "60 down 7.98, 60 up 7.99": (7.995, "60@15/4-4", 4, 8),
    "60 down 0, 60 up 1, 62 down 4, 62 up 5": (8.0, "60@0-1 62@4-5", 0, 12),
    "60 down 9, 60 up 10, 62 down 1, 62 up 2": (3.0, "62@1-2", 0, 4),  # the song was wound back
    "60 down 9, 60 up 1, 62 down 1, 62 up 2": (3.0, "62@1-2", 0, 4),
}


@pytest.mark.parametrize("text", TABLE)
def test_what_was_played_is_a_phrase_from_its_barline_on(text: str) -> None:
    time, notes, begin, answer = TABLE[text]
    found = heard(text, time)
    assert (line(found), found.begin, found.answer, found.length) == (notes, begin, answer, answer - begin)


def test_barlines_are_those_of_the_meter() -> None:
    found = heard("60 down 4, 60 up 5", 5.5, meter=THREE)
    assert (line(found), found.begin, found.answer) == ("60@1-2", 3, 6)


def test_a_pickup_moves_the_barlines() -> None:
    found = heard("60 down 0, 60 up 1, 62 down 1, 62 up 2", 2.5, anacrusis=Fraction(1))
    assert (line(found), found.begin, found.answer) == ("60@3-4 62@4-5", -3, 5)


def test_a_pianist_keeps_the_chords() -> None:
    found = heard("60 down 0, 64 down 0.01, 60 up 1, 64 up 1", 3.0, one_line=False)
    assert line(found) == "60@0-1 64@0-1"


def test_what_was_answered_is_not_answered_again() -> None:
    keyboard = played("60 down 0, 60 up 1, 62 down 2")
    assert len(keyboard.take(3)) == 2
    keyboard.play(62, 0, 3.5)
    assert keyboard.take(4) == []


def test_nothing_played_is_an_error() -> None:
    with pytest.raises(RequestError, match="nothing was played since the last answer; send /ripieno/play"):
        build_phrase([], 4.0, FOUR, anacrusis=Fraction(0), one_line=True)


def test_a_keyboard_does_not_remember_without_end() -> None:
    keyboard = Keyboard()
    for time in range(MAX_PLAYED):
        keyboard.play(60, 90, time)
    with pytest.raises(RequestError, match="2000 notes wait for an answer; ask for it, or clear them"):
        keyboard.play(60, 90, MAX_PLAYED)


events = st.lists(
    st.tuples(st.integers(40, 80), st.booleans(), st.floats(0, 2, width=32)), min_size=1, max_size=40
)


@given(events, st.sampled_from([FOUR, THREE, Meter(6, 8)]), st.booleans())
def test_whatever_is_played_can_be_read_by_a_choir(moves: list, meter: Meter, rest: bool) -> None:
    keyboard, time = Keyboard(), 0.0
    keyboard.play(60, 90, 0.0)
    for pitch, down, wait in moves:
        time += wait
        keyboard.play(pitch, 90 * down, time)
    time += 4.0 * rest
    found = build_phrase(keyboard.take(time), time, meter, anacrusis=Fraction(0), one_line=True)
    score = choir_score(found.notes, meter=meter, length=found.length)
    assert score.duration == found.length  # so that what goes on begins at the barline
    assert found.begin <= time < found.answer <= time + meter.length + Fraction(1, 1000)
    assert (found.answer - found.begin) % meter.length == 0
