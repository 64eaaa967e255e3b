"""Counts of two hands, written out by hand."""

from fractions import Fraction

from piano_text import ON_C, ON_F, ON_G, measures_of, music_of
from ripieno.evaluation.piano_similarity import LEFT, RIGHT, chords, piano_distances, pitch_classes, rhythm
from ripieno.theory.chords import MAJOR


def test_pitch_classes_are_counted_by_hand_above_the_key_note():
    in_c = music_of("[2/4] C5:4 E5 | D5:2", "C3:2 G2:2", "E3:2 B2:2")
    in_g = music_of("[2/4] [key 1] G5:4 B5 | A5:2", "G3:2 D3:2", "B3:2 F#3:2")
    expected = {
        **{(RIGHT, up): 1 for up in (0, 4, 2)},
        **{(LEFT, up): 1 for up in (0, 4, 7, 11)},
    }
    assert pitch_classes([in_c]) == pitch_classes([in_g]) == expected


def test_rhythm_is_where_a_hand_strikes_and_how_long_until_it_strikes_again():
    """How long a key is held does not matter; the last strike of a hand is not counted."""
    music = music_of("[2/4] C5:8 r E5:4 | C5:2", "C3:16 r:8. r:4 C3:2")
    assert rhythm([music]) == {
        (RIGHT, Fraction(0), Fraction(1)): 1,
        (RIGHT, Fraction(1), Fraction(1)): 1,
        (LEFT, Fraction(0), Fraction(2)): 1,
    }


def test_chords_are_counted_by_half_measures_above_the_key_note():
    assert chords([measures_of(ON_C, ON_F, ON_G, ON_C)]) == {(0, MAJOR): 4, (5, MAJOR): 2, (7, MAJOR): 2}


def test_distances_are_none_from_the_same_music_and_tell_what_differs():
    music, other = measures_of(ON_C, ON_G, ON_C), measures_of(ON_C, ON_C, ON_C)
    assert piano_distances([music], [music]) == {"pitch classes": 0, "rhythm": 0, "chords": 0}
    found = piano_distances([other], [music])
    assert found["rhythm"] == 0
    assert found["chords"] == round(1 / 3, 4)
