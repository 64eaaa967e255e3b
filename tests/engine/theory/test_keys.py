"""The key of a piece, and of each of its moments."""

import pytest

from ripieno.score import Key
from ripieno.text.notation import parse_score
from ripieno.theory.keys import contradicting_key, estimate_key, final_tonic, home_key, local_keys

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


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[key 3] A4:4 B4 C5 B4 | A4 E5 E5 D5 | C5 D5 E5 C5 | B4 G#4 A4 r", Key(0, "minor")),
        ("[key 2] D4:4 E4 F4 D4 | A4 Bb4 A4 G4 | F4 E4 D4:2", Key(-1, "minor")),
        ("[key 0] D4:4 F#4 A4 F#4 | G4 B4 C#5 B4 | A4 F#4 D4:2", Key(2, "major")),
        ("[key 7] D4:4 E4 F4 D4 | A4 Bb4 A4 G4 | F4 E4 D4:2", Key(-1, "minor")),
        ("[key -7] B4:4 C#5 D#5 E5 | F#5 E5 D#5 C#5 | B4:1", None),  # C flat major, spelled as B
    ],
)
def test_notes_that_contradict_their_signature_are_in_their_own_key(text, key):
    assert contradicting_key(parse_score(text)) == key


@pytest.mark.parametrize(
    "text",
    [
        "[key -1] D4:4 E4 F4 G4 | A4 B4 A4 G4 | B4 A4 G4 B4 | F4 E4 D4:2",  # Dorian
        "[key 1] G4:4 A4 B4 C5 | D5 F5 D5 F5 | D5 C5 B4 A4 | F4:2 G4",  # Mixolydian
        "[key 0] A4:4 E4 F#4 G#4 | A4 E4 F#4 G#4 | A4:1",  # melodic minor
        "[key 0] C4:4 C#4 D4 D#4 | E4 F4 F#4 G4 | G#4 A4 B4 C5",  # chromatic
        "[key 3] A4:4 C5 E5 A4",  # too few notes to tell
        "[key 3] A4:4 B4 C5 B4 | A4 C5 A4 C5 | [key 0] A4:4 B4 C5 B4 | A4 C5 A4 C5",
        "[key 3] r:1 | r:1",
    ],
)
def test_a_mode_and_a_chromatic_line_contradict_no_signature(text):
    assert contradicting_key(parse_score(text)) is None
