"""The key of a piece, and of each of its moments."""

import pytest

from ripieno.score import Key
from ripieno.text.notation import parse_score
from ripieno.theory.keys import estimate_key, final_tonic, home_key, local_keys

ONE, IV, V, V7 = (frozenset(c) for c in ({0, 4, 7}, {5, 9, 0}, {7, 11, 2}, {7, 11, 2, 5}))  # in C
D7, G = frozenset({2, 6, 9, 0}), frozenset({7, 11, 2})
E7, A_MINOR, D_MINOR = frozenset({4, 8, 11, 2}), frozenset({9, 0, 4}), frozenset({2, 5, 9})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C4:4 D4 E4 F4 | G4 A4 B4 C5", Key(0, "major")),
        ("A4:4 E4 A4 B4 | C5 D5 E5 G#4 | A4:1", Key(0, "minor")),
        ("r:1", Key(0, "major")),
    ],
)
def test_the_key_that_fits_the_notes(text, key):
    assert estimate_key(parse_score(text)) == key


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("[key 0] G4:4 F4 E4 C4", (0, "major")),
        ("[key 0] C5:4 B4 G#4 A4", (9, "minor")),
        ("[key 0] A4:4 G#4 A4 E4", (9, "minor")),
        ("[key 0] A4:4 G4 A4 E4", (0, "major")),
        ("[key -3 minor] G4:4 C5", (0, "minor")),
    ],
)
def test_the_last_note_decides_between_major_and_minor(text, home):
    assert home_key(parse_score(text)) == home


@pytest.mark.parametrize(("text", "tonic"), [("C5:4 G4", 0), ("C5:4 D5", None), ("r:4", None)])
def test_an_end_outside_the_tonic_triad_is_open(text, tonic):
    assert final_tonic(parse_score(text)) == tonic


def test_a_piece_without_chromatic_notes_keeps_its_key():
    assert local_keys([ONE, IV, V, ONE, IV, V7, ONE], Key(0)) == [Key(0, "major")] * 7


def test_two_cadences_in_the_dominant_are_found_as_a_modulation_and_back():
    chords = [ONE, IV, V, ONE, D7, G, D7, G, D7, G, V7, ONE, IV, V7, ONE, IV, V7, ONE]
    keys = local_keys(chords, Key(0))
    assert keys[0] == keys[-1] == Key(0, "major")
    assert keys[6:9] == [Key(1, "major")] * 3


def test_minor_is_found_by_its_leading_note():
    assert local_keys([A_MINOR, E7, A_MINOR, D_MINOR, E7, A_MINOR], Key(0)) == [Key(0, "minor")] * 6


def test_no_chord_has_no_key():
    assert local_keys([], Key()) == []
