"""What is counted of piano music: hands, the chords of half measures, the home key."""

from __future__ import annotations

import pytest

from piano_text import ON_C, ON_F, ON_G, measures_of
from ripieno.grid import bare_grid, score_to_grid
from ripieno.learning.traits import HANDS, PIANO, chord_name, count_totals, key_of, read_music
from two_hands import played

RAG = measures_of(ON_C, ON_G, ON_F, ON_C)
RIGHT, LEFT = range(len(HANDS))


def test_the_ranges_are_those_of_both_hands():
    ranges = count_totals([RAG], PIANO)["ranges"]
    assert ranges[RIGHT, 76] == 2  # E5 in both measures on C
    assert ranges[LEFT, 41] == 1  # F2
    assert ranges.total() == 4 * 10
    assert not any(ranges[RIGHT, pitch] for pitch in range(69))
    assert not any(ranges[LEFT, pitch] for pitch in range(68, 128))


def test_intervals_are_those_of_the_highest_and_the_lowest_notes():
    (music,) = read_music([score_to_grid(played("E5:4 G5 C6 C6", "C3:4 C4 G2 C3", "r:4 E4 r r"))], PIANO)
    assert count_totals([music], PIANO)["intervals"] == {
        (RIGHT, 3): 1,
        (RIGHT, 5): 1,
        (RIGHT, 0): 1,
        (LEFT, 12): 1,
        (LEFT, -12): 1,  # a leap of an octave and a half counts as one
        (LEFT, 5): 1,
    }


def test_a_bass_and_the_chord_after_it_are_one_chord_that_is_named_as_in_c():
    chords = count_totals([RAG], PIANO)["chords"]
    assert {chord_name(chord, PIANO): n for chord, n in chords.items()} == {"C": 4, "G": 2, "F": 2}


@pytest.mark.parametrize(
    ("chord", "name"),
    [
        ((7, (4, 7, 10)), "G7"),
        ((9, (3, 7)), "Am"),
        ((2, (4, 7)), "D"),
        ((0, (4, 7, 10)), "C7"),
        ((8, (4, 7)), "Ab"),
    ],
)
def test_chords_are_called_as_players_call_them_in_c(chord, name):
    assert chord_name(chord, PIANO) == name


def test_a_key_is_minor_where_its_minor_triad_is_at_home():
    minor = score_to_grid(played("A4:4 C5 E5 C5 | B4 D5 G#4 B4 | A4:1", "A2:4 E3 A3 E3 | E3 B3 E3 B3 | A2:1"))
    (music,) = read_music([minor], PIANO)
    assert str(key_of(music)) == "A minor"
    assert str(key_of(RAG)) == "C major"


def test_music_without_a_meter_is_left_out():
    known = score_to_grid(played("C5:1", "C3:1"))
    free = bare_grid(known.cells)
    assert len(read_music([free, known, free], PIANO)) == 1
