"""The left hand for chords: where its bass stands, how it moves, and where it keeps silent."""

from fractions import Fraction

import numpy as np
import pytest

from ripieno.piano.blues import COLOURED, RIGHT_CHORDS, chord_at
from ripieno.piano.left_hand import (
    LEFT_CHORDS,
    PATTERNS,
    Change,
    accompaniment,
    full_shapes,
    guide_shapes,
    nearest_voicing,
    without_collisions,
)
from ripieno.score import Note, lay_measures
from ripieno.theory.chords import DOMINANT_SEVENTH, MAJOR, Chord

C, F, G = (Chord(root, DOMINANT_SEVENTH, root) for root in (0, 5, 7))
KINDS = sorted(set(COLOURED) | {MAJOR, (4, 8, 10), (4, 7, 9), (3, 7, 11), (5, 7)})


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def changes(*chords: Chord, length: int = 4) -> list[Change]:
    """One chord after the other, each as long."""
    return [Change(Fraction(length * i), Fraction(length * i + length), c) for i, c in enumerate(chords)]


def left(chords: list[Change], pattern: str, seed: int = 0) -> list[Note]:
    return accompaniment(chords, lay_measures(chords[-1].end), pattern, chance(seed))


def bass_at(notes: list[Note], onset: Fraction) -> int:
    return min(n.pitch for n in notes if n.onset == onset)


@pytest.mark.parametrize("pattern", sorted(set(PATTERNS) - {"boogie"}))
def test_the_bass_has_the_root_on_every_downbeat(pattern):
    chords = changes(C, C, F, C, length=8)
    notes = left(chords, pattern)
    for measure in lay_measures(chords[-1].end):
        assert bass_at(notes, measure.onset) % 12 == chord_at(chords, measure.onset).root


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_left_hand_is_silent_where_there_is_no_chord(pattern):
    chords = [Change(Fraction(4), Fraction(8), C), Change(Fraction(12), Fraction(14), G)]
    notes = accompaniment(chords, lay_measures(Fraction(20)), pattern, chance())
    assert notes
    assert all(any(c.onset <= n.onset and n.end <= c.end for c in chords) for n in notes)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_slash_chord_begins_with_its_bass_note(pattern):
    notes = left(changes(Chord(0, MAJOR, 4)), pattern)
    assert bass_at(notes, Fraction(0)) % 12 == 4


@pytest.mark.parametrize("seed", range(8))
def test_a_walking_bass_leads_into_the_next_root(seed):
    notes = left(changes(C, F, C, G), "walking", seed)
    for barline in (4, 8, 12):
        before = max((n for n in notes if n.onset < barline), key=lambda n: n.onset)
        assert 1 <= abs(bass_at(notes, Fraction(barline)) - before.pitch) <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_room_for_every_chord_under_the_fingers(kind):
    for root in range(12):
        for shapes in (full_shapes(kind), guide_shapes(kind)):
            assert nearest_voicing(root, shapes, LEFT_CHORDS, *LEFT_CHORDS, chance())
        if kind in COLOURED:
            assert nearest_voicing(root, COLOURED[kind], RIGHT_CHORDS, *RIGHT_CHORDS, chance())


def test_chords_move_to_the_nearest_position():
    e_g_bflat = (52, 55, 58)
    voicing = nearest_voicing(5, full_shapes(DOMINANT_SEVENTH), e_g_bflat, *LEFT_CHORDS, chance())
    assert voicing == (51, 57, 60)  # E flat, A, C


def test_the_left_hand_gives_way_to_the_right():
    quarter, melody = Fraction(1), [Note(Fraction(0), Fraction(1), 60)]
    chord = [Note(Fraction(0), quarter, pitch) for pitch in (47, 52, 55, 59, 60, 64)]
    assert [n.pitch for n in without_collisions(chord, melody)] == [47, 52, 55]
    later = [Note(quarter, quarter, 64)]
    assert without_collisions(later, melody) == later
