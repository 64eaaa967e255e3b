"""Chords give one line: what a musician hears at the top, or in the bass."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ripieno.text.notation import parse_score
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.formats.outer_line import has_chords, outer_line


def notes_of(*lines: str) -> list[FlatNote]:
    """The notes of several lines of short text."""
    found = [note for line in lines for note in parse_score(line).voices[0].notes]
    return [FlatNote(0, n.pitch, n.onset, n.duration, 80) for n in found]


def test_block_chords_give_their_top_and_their_bottom_notes():
    chords = notes_of("C5:4 D5 E5:2", "E4:4 F4 G4:2", "C4:4 B3 C4:2")
    assert outer_line(chords) == notes_of("C5:4 D5 E5:2")
    assert outer_line(chords, lowest=True) == notes_of("C4:4 B3 C4:2")


def test_a_tune_over_held_chords_is_the_tune():
    assert outer_line(notes_of("C5:4 D5 E5 F5", "E4:1", "C4:1")) == notes_of("C5:4 D5 E5 F5")


def test_what_moves_under_a_held_note_is_no_part_of_the_top_line():
    assert outer_line(notes_of("C5:1", "E4:4 F4 G4 A4")) == notes_of("C5:1")


def test_a_line_that_goes_down_with_its_notes_a_little_long_stays_whole():
    line = [note._replace(duration=note.duration + Fraction(1, 8)) for note in notes_of("G5:4 F5 E5 D5")]
    assert outer_line(line) == line


times = st.integers(0, 32).map(lambda n: Fraction(n, 4))
lengths = st.integers(1, 16).map(lambda n: Fraction(n, 4))
any_notes = st.lists(
    st.builds(FlatNote, st.just(0), st.integers(36, 84), times, lengths, st.just(80)), min_size=1
)


@given(any_notes, st.booleans())
def test_the_line_is_of_given_notes_and_never_has_two_at_once(notes: list[FlatNote], lowest: bool):
    line = outer_line(notes, lowest=lowest)
    assert set(line) <= set(notes)
    assert not has_chords(line)
    assert max(line, key=lambda n: n.pitch).pitch <= max(n.pitch for n in notes)
    choir_score(line)  # which refuses two notes that begin together


@given(any_notes)
def test_the_highest_note_of_all_is_always_in_the_top_line(notes: list[FlatNote]):
    assert max(n.pitch for n in outer_line(notes)) == max(n.pitch for n in notes)
