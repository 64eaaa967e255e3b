"""Similarity of two sets of pieces: every count written out by hand, and a distance that is one."""

from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import transposed
from ripieno.evaluation.similarity import (
    COUNTS,
    chord_qualities,
    distances,
    intervals,
    repeated_figures,
    rhythm,
    total_variation,
)
from ripieno.grid import Grid, bare_grid, score_to_grid, sounding_pitches
from ripieno.text.notation import parse_score
from strategies import grids

VOICES = (0, 1, 2, 3)
PHRASE = """
G4:4 A4      B4:2    | B4:4 A4  G4:2
D4:2         r:4 D4  | D4:4 D4  D4:2
B3:4 A3:8 A3 G3:2    | G3:4 F#3 G3:2
G3:4 F#3     E3:2    | G2:4 D3  G2:2
"""


def grid_of(text: str) -> Grid:
    return score_to_grid(parse_score(text))


# -- the distance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ab", "ab", 0),
        ("ab", "aabb", 0),
        ("a", "b", 1),
        ("ab", "a", 0.5),
        ("aaab", "abbb", 0.5),
        ("abcc", "b", 0.75),
        ("", "", 0),
        ("", "a", 1),
    ],
)
def test_total_variation_of_counts_written_out(one, other, expected):
    assert total_variation(Counter(one), Counter(other)) == pytest.approx(expected)
    assert total_variation(Counter(other), Counter(one)) == pytest.approx(expected)


counters = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9)).map(Counter)


@given(counters, counters, counters)
def test_total_variation_is_a_distance(a, b, c):
    sides = [total_variation(x, y) for x, y in ((a, b), (b, c), (a, c))]
    assert all(0 <= side <= 1 + 1e-12 for side in sides)
    assert all(first <= second + third + 1e-12 for first, second, third in permutations(sides))
    assert total_variation(a, b) == pytest.approx(total_variation(b, a))
    assert total_variation(a, a) == 0


# -- what is counted ---------------------------------------------------------------------------------------


def test_intervals_are_counted_by_voice_across_rests_and_barlines():
    assert intervals([grid_of(PHRASE)], VOICES) == {
        (0, 2): 2,
        (0, 0): 1,
        (0, -2): 2,
        (1, 0): 4,
        (2, -2): 2,
        (2, 0): 2,
        (2, -1): 1,
        (2, 1): 1,
        (3, -1): 1,
        (3, -2): 1,
        (3, -9): 1,
        (3, 7): 1,
        (3, -7): 1,
    }


def test_only_the_voices_asked_for_are_counted():
    assert set(intervals([grid_of(PHRASE)], (1,))) == {(1, 0)}
    lengths: Any = rhythm([grid_of(PHRASE)], (1, 3))
    assert {v for v, *_ in lengths} == {1, 3}
    figures: Any = repeated_figures([grid_of(PHRASE)], (0, 2))
    assert {v for v, _ in figures} == {0, 2}


def test_leaps_wider_than_an_octave_are_all_one():
    wide, octave = grid_of("C4:4 E5 C4 G5"), grid_of("C4:4 C5 C4 C5")
    assert intervals([wide], (0,)) == intervals([octave], (0,)) == {(0, 12): 2, (0, -12): 1}


def test_chords_are_counted_on_every_quarter_above_their_bass():
    """G, D in first inversion, E minor, E minor seventh | G, D, G without a third for two quarters."""
    assert chord_qualities([grid_of(PHRASE)], VOICES) == {
        (0, 4, 7): 3,
        (0, 3, 8): 1,
        (0, 3, 7): 1,
        (0, 3, 7, 10): 1,
        (0, 7): 2,
    }


def test_one_voice_alone_is_no_chord():
    assert chord_qualities([grid_of("G4:4 r A4 B4\nr:4 r r G4")], VOICES) == {(0, 4): 1}


def test_rhythm_is_where_in_the_quarter_a_note_starts_and_its_length():
    assert rhythm([grid_of(PHRASE)], VOICES) == {
        (0, 0, 4): 4,
        (0, 0, 8): 2,
        (1, 0, 4): 3,
        (1, 0, 8): 2,
        (2, 0, 4): 3,
        (2, 0, 2): 1,
        (2, 2, 2): 1,
        (2, 0, 8): 2,
        (3, 0, 4): 4,
        (3, 0, 8): 2,
    }


def test_quarters_are_those_of_the_meter_where_it_is_known():
    grid = grid_of("[4/4] G4:8 | C5:4 B4 A4 G4\nE4:8 | E4:4 D4 C4 B3")
    assert rhythm([grid], (0,)) == {(0, 2, 2): 1, (0, 0, 4): 4}
    thirds_and_sixth = {(0, 8): 2, (0, 9): 2}
    assert chord_qualities([grid], VOICES) == thirds_and_sixth
    bare = bare_grid(sounding_pitches(grid.cells))
    assert rhythm([bare], (0,)) == {(0, 0, 2): 1, (0, 2, 4): 4}
    assert chord_qualities([bare], VOICES) == {(0, 3): 1, **thirds_and_sixth}


def test_figures_are_counted_by_how_often_their_piece_has_them():
    """Of a scale only C-D-E-F comes again, as G-A-B-C; a repeated note makes one figure, four times."""
    scale, note = grid_of("C4:4 D4 E4 F4 | G4 A4 B4 C5"), grid_of("C4:4 C4 C4 C4 | C4 C4 C4 r")
    assert repeated_figures([scale], (0,)) == {(0, 1): 3, (0, 2): 2}
    assert repeated_figures([note], (0,)) == {(0, 3): 4}
    assert repeated_figures([scale, scale], (0,)) == {(0, 1): 6, (0, 2): 4}
    assert repeated_figures([grid_of(PHRASE)], VOICES) == {(0, 1): 3, (1, 1): 2, (2, 1): 4, (3, 1): 3}


def test_a_figure_in_another_rhythm_is_another_figure():
    assert repeated_figures([grid_of("C4:4 D4 E4 F4 | G4:8 A4 B4 C5")], (0,)) == {(0, 1): 5}


@given(grids(min_voices=4), st.integers(-5, 5))
def test_transposition_changes_nothing_that_is_counted(grid, semitones):
    for name, count in COUNTS.items():
        assert count([transposed(grid, semitones)], VOICES) == count([grid], VOICES), name


# -- sets of pieces ----------------------------------------------------------------------------------------


@given(grids(min_voices=4), grids(min_voices=4))
def test_the_same_pieces_in_any_order_are_alike(one, other):
    assert set(distances([one, other], [other, one], VOICES).values()) == {0}


def test_each_distance_tells_what_differs():
    original = grid_of(PHRASE)
    dotted = grid_of(PHRASE.replace("A3:8 A3 G3:2 ", "A3:8. A3:16 G3:2 "))
    found = distances([dotted], [original], (2,))
    assert found["rhythm"] == pytest.approx(2 / 7, abs=1e-4)
    assert found["intervals"] == found["chord qualities"] == 0
