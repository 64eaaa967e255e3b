"""The harmony of an accompaniment, beat by beat."""

from __future__ import annotations

import numpy as np
import pytest

from ripieno.grid import empty_grid
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.accompaniment import sounding_tones


def tones(text: str) -> list[set[int]]:
    """The pitch classes of each step of a sixteenth."""
    score = parse_score(text)
    notes = [note for voice in score.voices for note in voice.notes]
    return [set(np.flatnonzero(row).tolist()) for row in sounding_tones(notes, empty_grid(score.measures))]


@pytest.mark.parametrize(
    ("text", "beats"),
    [
        ("soprano: E4:4 F4 r:2\nbass: C3:2 G3:2", [{0, 4}, {0, 5}, {7}, {7}]),
        ("C4:16 E4 G4 E4 D4:16 F4 A4 F4 r:2", [{0, 4, 7}, {2, 5, 9}, set(), set()]),  # broken chords
        ("[3/4] C4:4. B3:8 C4:4", [{0}, {0, 11}, {0}]),
        ("[3/4] C4:8 Db4:32 C4:32 r:16 C4:2", [{0, 1}, {0}, {0}]),
    ],
)
def test_a_beat_has_all_tones_that_sound_in_it(text, beats):
    found = tones(text)
    assert found == [beat for beat in beats for _ in range(4)]


def test_a_compound_beat_has_all_its_eighths():
    found = tones("[6/8] C4:8 E4 G4 D4 F4 A4")
    half = len(found) // 2
    assert set().union(*found[:half]) == {0, 4, 7}
    assert set().union(*found[half:]) == {2, 5, 9}


def test_notes_beyond_the_end_are_left_out():
    long, short = parse_score("C4:1 | D4:1 | E4:1"), parse_score("r:1")
    assert isinstance(long, Score)
    found = sounding_tones(long.voices[0].notes, empty_grid(short.measures))
    assert np.flatnonzero(found.any(axis=0)).tolist() == [0]
