"""The home key: tonic and mode of tunes that everybody knows, of settings, and of notes that contradict."""

from pathlib import Path

import pytest

from ripieno.grid import score_to_grid
from ripieno.score import Key
from ripieno.text.notation import parse_score
from ripieno.theory.home_key import closing_tonic, contradicting_key, find_home_key, grid_home_key
from ripieno_bridges.formats.files import load

SCORES = Path(__file__).parents[3] / "scores"
SCARBOROUGH_FAIR = (
    "[key 0] [3/4] D4:2 D4:4 | A4:2 A4:4 | E4:4. F4:8 E4:4 | D4:2. | r:4 A4:4 C5 | D5:2 C5:4 | "
    "A4:4 B4 G4 | A4:2. | r:2 D5:4 | D5:2 D5:4 | C5:2 A4:4 | A4:4 G4 F4 | E4:4 C4:2 | D4:2 A4:4 | "
    "G4:2 F4:4 | E4:4 D4 C4 | D4:2."
)
DRUNKEN_SAILOR = (
    "[key 0] [2/4] A4:8 A4:16 A4 A4:8 A4:16 A4 | A4:8 D4 F4 A4 | G4:8 G4:16 G4 G4:8 G4:16 G4 | "
    "G4:8 C4 E4 G4 | A4:8 A4:16 A4 A4:8 A4:16 A4 | A4:8 B4 C5 D5 | C5:8 A4 G4 E4 | D4:4 D4"
)
OLD_JOE_CLARK = (
    "[key 2] [2/4] E5:8 F#5:16 F#5 G5:8 F#5 | E5:8 F#5:16 E5 C#5:4 | E5:8 F#5 G5 F#5 | E5:2 | "
    "E5:8 F#5:16 F#5 G5:8 F#5 | E5:8 F#5:16 E5 C#5:8 A4 | B4:8 A4 G4 B4 | A4:2"
)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("greensleeves", Key(0, "minor")),
        ("god-rest-ye", Key(1, "minor")),
        ("o-come-emmanuel", Key(1, "minor")),
        ("old-hundredth", Key(1, "major")),
        ("silent-night", Key(2, "major")),  # ends on the key note of its melody, begins on the fifth
        ("amazing-grace", Key(1, "major")),
        ("twinkle", Key(0, "major")),
    ],
)
def test_the_key_of_a_tune_everybody_knows_is_found_by_its_signature_and_without(file, key):
    score = load(SCORES / f"{file}.musicxml").score
    assert find_home_key(score).key == key
    assert find_home_key(score, signature_known=False).key == key


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [(SCARBOROUGH_FAIR, 2, "minor"), (DRUNKEN_SAILOR, 2, "minor"), (OLD_JOE_CLARK, 9, "major")],
)
def test_a_modal_tune_stands_on_its_own_tonic_and_contradicts_no_signature(text, tonic, mode):
    home = find_home_key(parse_score(text))
    assert (home.tonic, home.mode, home.contradicts) == (tonic, mode, False)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C4:4 D4 E4 F4 | G4 A4 B4 C5", Key(0, "major")),
        ("A4:4 E4 A4 B4 | C5 D5 E5 G#4 | A4:1", Key(0, "minor")),
        ("r:1", Key(0, "major")),
    ],
)
def test_the_key_that_fits_the_notes(text, key):
    assert find_home_key(parse_score(text), signature_known=False).key == key


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("[key 0] G4:4 F4 E4 C4", (0, "major")),
        ("[key 0] C5:4 B4 G#4 A4", (9, "minor")),
        ("[key 0] A4:4 G#4 A4 E4", (9, "minor")),
        ("[key -3 minor] G4:4 C5", (0, "minor")),
        ("[key -3 major] D4:4 G4 | Bb4 C5 D5 F#4 | G4:1", (7, "minor")),  # written, but the music says no
    ],
)
def test_close_and_leading_note_decide_between_major_and_minor(text, home):
    found = find_home_key(parse_score(text))
    assert (found.tonic, found.mode) == home


def test_the_opening_of_a_tune_is_in_the_key_of_its_signature_wherever_it_stops():
    assert find_home_key(parse_score("[key 0] C5:4 C5 G5 G5 | A5 A5 G5:2")).key == Key(0, "major")


def test_the_last_bass_note_is_the_tonic_of_a_setting_in_four_voices():
    tune = "[key 0] C5:4 D5 E5 F5 | G5 F5 E5 D5 | E5 D5 C5:2"
    assert find_home_key(parse_score(tune)).key == Key(0, "major")
    assert find_home_key(parse_score(f"{tune}\nA3:1 | E3:1 | A3:1")).key == Key(0, "minor")


def test_a_bass_that_stops_half_way_does_not_decide():
    tune = "[key 0] C5:4 D5 E5 C5 | F5 E5 D5:2 | E5:4 F5 G5 E5 | D5:2 C5:2"
    assert find_home_key(parse_score(f"{tune}\nC3:4 B2 A2:2")).key == Key(0, "major")


def test_a_grid_has_the_key_of_its_score():
    for file in ("greensleeves", "silent-night"):
        score = load(SCORES / f"{file}.musicxml").score
        assert grid_home_key(score_to_grid(score), (0,)).key == find_home_key(score).key


def test_a_silent_grid_has_the_key_of_its_signature():
    assert grid_home_key(score_to_grid(parse_score("[key 2] r:1"))).key == Key(2, "major")


@pytest.mark.parametrize(
    ("text", "tonic"),
    [("C5:4 G4", 0), ("C5:4 E5 G5 E5 | F5 D5 C5 E5 | G5 E5 C5 E5 | F5 D5 B4:2", None), ("r:4", None)],
)
def test_an_end_outside_the_tonic_triad_is_open(text, tonic):
    score = parse_score(text)
    assert closing_tonic(score, find_home_key(score)) == tonic


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


def test_the_last_bass_note_of_music_that_goes_on_is_no_final():
    """A phrase in C that closes on the dominant."""
    score = parse_score("E4:4 F4 G4 E4 | D4 C4 D4:2\nC3:4 F3 E3 C3 | G3 E3 G3:2")
    assert find_home_key(score).key == Key(1, "major")
    assert find_home_key(score, is_whole=False).key == Key(0, "major")
