"""Names that ripieno knows again, and notes that Live takes as they are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ableton_set import Clip, Note
from ripieno.score import Meter
from ripieno_bridges.ableton.clip import ClipSlot, LiveNote, Region
from ripieno_bridges.ableton.live_notes import SHRUNK, live_notes, to_float32
from ripieno_bridges.ableton.live_set import Song
from ripieno_bridges.ableton.placement import made_by_ripieno, title_of
from ripieno_bridges.ableton.read_clip import ClipSource, sounding_notes
from ripieno_bridges.formats.note_lists import FlatNote

# -- names and notes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ours", "title"),
    [
        ("Alto - rip Verse", True, "Verse"),
        ("Right hand - rip Verse (2)", True, "Verse"),
        ("Continued - rip my tune", True, "my tune"),
        ("Alto - rip melody", True, "melody"),
        ("Alto", False, "Alto"),
        ("Alto - ripped", False, "Alto - ripped"),
        ("my Alto - rip Verse", False, "my Alto - rip Verse"),
        ("  ", False, "melody"),
        ("", False, "melody"),
    ],
)
def test_ours_are_known_by_the_mark_in_their_names(name: str, ours: bool, title: str):
    assert made_by_ripieno(name) == ours
    assert title_of(name) == title


lengths = st.sampled_from((1, 2, 3, 4, 6, 8, 12, 16)).flatmap(
    lambda parts: st.integers(1, 2 * parts).map(lambda count: Fraction(count, parts))
)
lines = st.lists(st.tuples(st.integers(0, 127), lengths, st.booleans()), min_size=1, max_size=30)


def in_a_clip(music: list[FlatNote], start: Fraction) -> tuple[LiveNote, ...]:
    """A line of notes as Live has it: a note that rounding makes overlap the next of its pitch is shorter."""
    placed: list[LiveNote] = []
    for note in reversed(music):
        begin, duration = to_float32(note.start + start), to_float32(note.duration)
        following = next((later for later in reversed(placed) if later.pitch == note.pitch), None)
        if following is not None and begin + duration > following.start:
            duration = to_float32(Fraction(following.start - begin) * SHRUNK)
        placed.append(LiveNote(note.pitch, begin, duration, 90))
    return tuple(reversed(placed))


@given(lines, lengths, st.integers(-64, 2000).map(lambda sixteenths: Fraction(sixteenths, 4)))
@example(
    [(0, Fraction(1, 2), False), (0, Fraction(1, 3), False), (0, Fraction(1), False)],
    Fraction(1),
    Fraction(0),
)
def test_what_is_heard_is_exact_and_comes_back_where_it_was(
    line: list[tuple[int, Fraction, bool]], length: Fraction, start: Fraction
):
    """line: (pitch, length, whether it is a rest). length, start: of the region; times are 32-bit floats."""
    music: list[FlatNote] = []
    onset = Fraction(0)
    for pitch, duration, rest in line:
        if not rest and onset < length:
            music.append(FlatNote(0, pitch, onset, min(duration, length - onset), 90))
        onset += duration
    placed = in_a_clip(music, start)
    region = Region(to_float32(start), to_float32(start + length), to_float32(start))
    source = ClipSource(
        ClipSlot(0, 0), "Verse", "Keys", region, placed, Song(120.0, Meter(), 0, "Major", 1, 1)
    )
    assert sounding_notes(source) == music
    assert live_notes(sounding_notes(source), source.start, source.length) == placed


times = st.fractions(0, 12, max_denominator=12)
flat = st.builds(FlatNote, st.just(0), st.integers(60, 63), times, times.filter(bool), st.just(80))


@given(st.lists(flat), st.fractions(1, 12, max_denominator=4))
def test_notes_of_a_clip_never_overlap_and_never_leave_it(notes: list[FlatNote], length: Fraction):
    placed = live_notes(notes, Fraction(4), length)
    clip = Clip()
    for note in placed:
        clip.add(Note(*note))
    assert clip.music() == [(n.pitch, n.start, n.duration) for n in placed], "Live would have cut something"
    assert all(4 <= n.start < 4 + length and n.start + n.duration <= 4 + length + 1e-5 for n in placed)
    struck = {(n.pitch, n.start) for n in notes if n.start < length}
    assert len(placed) == len(struck), "no pitch is lost"
