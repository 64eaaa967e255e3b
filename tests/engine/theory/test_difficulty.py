"""What makes a part difficult, counted by hand in short text."""

import pytest

from ripieno.score import Key
from ripieno.text.notation import parse_score
from ripieno.theory.difficulty import EASY, HARD, HIGH, Burdens, burdens, difficulties, difficulty
from ripieno.theory.ranges import CHOIR_RANGES


def burdens_of(music: str, **options) -> Burdens:
    """The burdens of one line of short text."""
    score = parse_score(f"alto: {music}")
    return burdens(score.voices[0], score.measures, **options)


@pytest.mark.parametrize(
    ("music", "wide", "awkward"),
    [
        ("C4:4 D4 E4 C4", 0, 0),
        ("C4:4 G4 C4 F4", 0, 0),  # a fifth is a common leap
        ("C4:4 A4 C4 C5", 3, 0),  # sixth, sixth, octave
        ("C4:4 Bb4 r C4", 0, 1),  # a seventh; after a rest nothing is a leap
        ("C4:4 B4 C4 D5", 0, 3),  # sevenths up and down, a ninth
        ("F4:4 B4 F4 Cb5", 0, 3),  # augmented fourths, a diminished fifth
        ("F4:4 G#4 Ab4 B4", 0, 2),  # augmented seconds; G sharp to A flat is no leap
        ("F4:4 Ab4 F4 F#4", 0, 0),  # a minor third sounds as wide; the chromatic semitone is none either
    ],
)
def test_leaps_larger_than_a_fifth_are_wide_and_dissonant_ones_awkward(music, wide, awkward):
    found = burdens_of(music)
    assert (found.wide_leaps, found.awkward_leaps) == (wide, awkward)


def test_a_leap_over_the_end_of_a_phrase_is_none():
    assert burdens_of("C4:2 C4^ | C5:2 C5").wide_leaps == 0


@pytest.mark.parametrize(
    ("music", "home", "chromatic"),
    [
        ("C4:4 F#4 G4 Bb4", None, 2),
        ("[key 1] C4:4 F#4 G4 F4", None, 1),
        ("A4:4 G#4 F#4 G4", Key(0, "major"), 2),
        ("A4:4 G#4 F#4 G4", Key(0, "minor"), 0),  # the raised degrees
        ("A4:4 D#4 E4 Bb4", Key(0, "minor"), 2),
    ],
)
def test_notes_outside_the_key_are_chromatic(music, home, chromatic):
    assert burdens_of(music, home=home).chromatic == chromatic


@pytest.mark.parametrize(
    ("music", "syncopated"),
    [
        ("C4:4 D4:2 C4:4", 1),  # from the second beat over the third
        ("C4:2 D4:2", 0),
        ("C4:8 D4:4 C4:8 D4:2", 1),  # from an eighth over the second beat
        ("C4:2. D4:4~ | D4:4 C4 C4:2", 1),  # over the barline
        ("[3/4] C4:4 D4:2 | C4:2.", 0),  # no beat of 3/4 but the first is stronger than another
        ("[6/8] C4:8 D4:4 C4:8 D4:4", 0),
        ("[6/8] C4:4 D4:4 C4:4", 1),  # over the second dotted beat
        ("C4:4 D4:2.", 0),  # the last note
    ],
)
def test_a_note_held_over_a_stronger_time_is_syncopated(music, syncopated):
    assert burdens_of(music).syncopated == syncopated


@pytest.mark.parametrize(
    ("music", "short", "dotted"),
    [
        ("C4:4 D4:8 E4:8 C4:2", 0, 0),
        ("C4:16 D4:16 E4:8 C4:4 C4:2", 2, 0),
        ("C4:4. D4:8 C4:8. D4:16 C4:4", 1, 2),
        ("[3/4] C4:2. | D4:4 C4:2", 0, 0),
        ("[6/8] C4:4. D4:8 C4:8 D4:8 | C4:8. D4:16 E4:8 C4:4.", 1, 1),  # a dotted quarter is the beat
        ("[2/2] C4:4 D4:8 E4:8 C4:2. D4:4", 2, 1),
    ],
)
def test_short_and_dotted_notes_go_by_the_beat(music, short, dotted):
    found = burdens_of(music)
    assert (found.short, found.dotted) == (short, dotted)


def test_time_beyond_the_comfortable_range_is_a_share():
    assert burdens_of("C4:2 G4:4 A4:4", comfortable=(60, 67)).beyond == 0.25
    assert burdens_of("C4:2 G4:4 A4:4").beyond == 0


def test_what_is_high_of_one_burden_is_its_weight_in_points():
    few = Burdens(100, 12, 4, 0, 11, 5, 0, 7, 0.08)
    assert few.points() == {
        "span": 0,
        "wide leaps": 1,
        "awkward leaps": 0,
        "chromatic": 1,
        "syncopated": 1,
        "short": 0,
        "dotted": pytest.approx(0.5),
        "beyond": 1,
    }
    assert set(few.points()) == set(HIGH)


def test_one_leap_in_a_few_notes_counts_as_in_a_longer_part():
    assert Burdens(4, 9, 1, 0, 0, 0, 0, 0, 0).points()["wide leaps"] == pytest.approx(1 / 32 / 0.04)


@pytest.mark.parametrize(
    ("music", "level", "sentence"),
    [
        (
            "C4:4 D4 E4 F4 | E4 D4 C4:2",
            "easy",
            "Alto is easy: within 5 semitones, with hardly a leap or a note outside the key",
        ),
        ("C4:4 A4 G4 F4 | E4 D4 C4:2", "easy", "Alto is easy: 1 leap of a sixth or an octave, in 7 notes"),
        (
            "C4:4 Bb4 A4 F4 | E4 D4 C4:2",
            "medium",
            "Alto is medium: 1 leap of a seventh, a tritone or the like and 1 note outside the key, "
            "in 7 notes",
        ),
        (
            "C4:4 Bb4 F4 B4 | E4 C5 G4:2",
            "hard",
            "Alto is hard: 2 leaps of a seventh, a tritone or the like, 1 leap of a sixth or an octave and "
            "1 note outside the key, in 7 notes",
        ),
    ],
)
def test_the_level_and_its_reasons_are_one_sentence(music, level, sentence):
    score = parse_score(f"alto: {music}")
    found = difficulty(score.voices[0], score.measures)
    assert (found.level, found.sentence) == (level, sentence)
    assert {"easy": 0, "medium": EASY, "hard": HARD}[level] <= found.points


def test_the_home_key_decides_whether_a_leading_note_is_chromatic_and_silent_voices_are_left_out():
    score = parse_score("soprano: A4:4 G#4 A4:2\nalto: C4:4 B3 C4:2\ntenor: r:1\nbass: A3:4 E3 A2:2")
    found = difficulties(score, CHOIR_RANGES)
    assert [one.voice for one in found] == ["soprano", "alto", "bass"]
    assert [one.burdens.chromatic for one in found] == [0, 0, 0]
