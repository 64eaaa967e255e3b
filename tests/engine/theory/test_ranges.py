"""Parallels as a plain count, and the ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.grid import score_to_grid
from ripieno.score import VOICE_NAMES, Score, transpose
from ripieno.text.notation import parse_score
from ripieno.theory.ranges import CHOIR_RANGES, CHORALE_RANGES, GIVEN_RANGES, parallels
from strategies import scores


@pytest.mark.parametrize(
    ("music", "count"),
    [
        ("A4:4 B4 | D3:4 E3", 1),  # fifths
        ("A4:4 B4 | A3:4 B3", 1),  # octaves
        ("A4:4 B4 | A4:4 B4", 1),  # unisons
        ("A4:4 D5 | D3:4 G2", 1),  # a fifth and a twelfth, in contrary motion
        ("A4:4 A4 | D3:4 D3", 0),  # repeated
        ("A3:4 A4 | A3:4 A3", 0),  # an octave leap over a voice that stays
        ("A4:4 r B4 | D3:4 r E3", 0),  # a rest between
        ("A4:4 B4 | D3:4 F3", 0),  # a fifth to a tritone
        ("A4:4 B4 | E4:4 F#4", 0),  # fourths
        ("D4:4 E4 | G4:4 A4", 0),  # fourths of crossed voices
        ("D4:4 E4 | A4:4 B4", 1),  # fifths of crossed voices
    ],
)
def test_parallels(music, count):
    upper, lower = music.split(" | ")
    assert parallels(score_to_grid(parse_score(f"soprano: {upper}\nbass: {lower}")).cells) == count


@given(scores(), st.sampled_from((-24, -12, -5, 1, 12)))
def test_transposing_keeps_the_parallels(score: Score, semitones: int):
    moved = transpose(score, semitones)
    assert parallels(score_to_grid(moved).cells) == parallels(score_to_grid(score).cells)


def test_what_may_be_given_is_as_wide_as_what_is_written():
    for name in VOICE_NAMES:
        low, high = GIVEN_RANGES[name]
        for ranges in (CHORALE_RANGES, CHOIR_RANGES):
            assert low <= ranges[name][0] < ranges[name][1] <= high
