"""What is said of two settings of one melody, the difference between which is known."""

from dataclasses import replace
from fractions import Fraction

import pytest

from ripieno.results import Result
from ripieno.score import Key, Phrase
from ripieno.text.notation import parse_score
from ripieno.theory.analysis import analyse
from ripieno.theory.differences import difference

# Two phrases; the first ends on D, or on C, in measure 2.
MELODY = "soprano: [key 0] C5:4 B4 C5 E5 | D5 D5 D5:2 | E5:4 D5 C5 C5 | D5:4 B4 C5:2"
REST = "| G4:4 G4 G4 A4 | A4 G4 G4:2", "| C4:4 B3 E4 F4 | F4 D4 E4:2", "| C3:4 G3 C3 F3 | D3 G2 C3:2"
PHRASES = (
    Phrase(Fraction(0), Fraction(6), Fraction(8)),
    Phrase(Fraction(8), Fraction(14), Fraction(16)),
)


def result(*lower: str, melody: str = MELODY, key: Key = Key(0, "major"), whole: bool = True) -> Result:
    """A setting of the melody. lower: alto, tenor, bass of its first two measures. whole: the others too."""
    lines = (f"{line} {rest if whole else ''}" for line, rest in zip(lower, REST, strict=True))
    score = parse_score("\n".join([melody, *lines]))
    return Result(score, (), 0.0, 0, key=key, phrases=PHRASES, analysis=analyse(score, PHRASES))


HALF = result("G4:4 G4 G4 G4 | A4 A4 B4:2", "E4:4 D4 E4 C4 | F4 F#4 G4:2", "C3:4 G3 C3 C3 | D3 D3 G3:2")
DOMINANT_OF_A = "E4:4 E4 E4 A4 | A4 G#4 A4:2", "A3:4 G#3 A3 C4 | F4 E4 E4:2", "A2:4 E3 A2 A2 | D3 E3 A2:2"


@pytest.mark.parametrize(
    ("lower", "sentence"),
    [
        (  # the same notes but for one of the tenor
            ("G4:4 G4 G4 G4 | A4 A4 B4:2", "E4:4 D4 E4 G4 | F4 F#4 G4:2", "C3:4 G3 C3 C3 | D3 D3 G3:2"),
            "the same chords, other voices",
        ),
        (
            ("G4:4 G4 G4 G4 | A4 A4 B4:2", "E4:4 D4 E4 C4 | F4 F#4 G4:2", "C3:4 B2 C3 C3 | F3 D3 G3:2"),
            "other inversions in measures 1-2",
        ),
        (
            ("G4:4 G4 A4 G4 | A4 A4 B4:2", "E4:4 D4 E4 C4 | F4 F#4 G4:2", "C3:4 G3 A3 C3 | D3 D3 G3:2"),
            "vi for I in measure 1",
        ),
        (
            ("G4:4 E4 G4 G4 | A4 A4 B4:2", "E4:4 G#4 E4 C4 | F4 F#4 G4:2", "C3:4 E3 C3 C3 | D3 D3 G3:2"),
            "V/vi for V in measure 1",
        ),
    ],
)
def test_what_differs_inside_a_phrase(lower, sentence):
    assert difference(HALF, result(*lower)) == sentence


def test_the_same_notes_are_the_same_notes():
    assert difference(HALF, HALF) == "the same notes"


ON_A = MELODY.replace("| D5 D5 D5:2", "| D5 B4 C5:2", 1)  # the same melody, but its first phrase ends on C
TONIC = "G4:4 G4 G4 G4 | A4 G4 G4:2", "E4:4 D4 E4 C4 | F4 D4 E4:2", "C3:4 G3 C3 C3 | F3 G3 C3:2"


@pytest.mark.parametrize(
    ("lower", "sentence"),
    [
        (
            ("G4:4 G4 G4 G4 | A4 G4 E4:2", "E4:4 D4 E4 C4 | F4 D4 C4:2", "C3:4 G3 C3 C3 | F3 G3 A3:2"),
            "rests on the sixth degree in measure 2 (deceptive)",
        ),
        (
            ("G4:4 G4 G4 G4 | A4 G4 A4:2", "E4:4 D4 E4 C4 | F4 D4 F4:2", "C3:4 G3 C3 C3 | F3 G3 F3:2"),
            "closes on the subdominant in measure 2",
        ),
        (
            ("G4:4 G4 G4 G4 | A4 G4 G4:2", "E4:4 D4 E4 C4 | F4 D4 E4:2", "C3:4 G3 C3 C3 | F3 B2 C3:2"),
            "an imperfect authentic cadence in measure 2; other inversions in measure 2",
        ),
        (
            DOMINANT_OF_A,
            "closes in A minor in measure 2; other chords in measure 1",
        ),
    ],
)
def test_how_a_phrase_closes_comes_first(lower, sentence):
    assert difference(result(*TONIC, melody=ON_A), result(*lower, melody=ON_A)) == sentence


def test_nothing_is_said_of_what_the_deadline_left_empty():
    whole = result(*TONIC, melody=ON_A)
    broken = result(
        "G4:4 G4 G4 G4 | A4 G4 E4:2",
        "E4:4 D4 E4 C4 | F4 D4 C4:2",
        "C3:4 G3 C3 C3 | F3 G3 A3:2",
        melody=ON_A,
        whole=False,
    )
    until = Fraction(8)
    broken = replace(broken, until=until, analysis=analyse(broken.score, PHRASES, until))
    assert difference(whole, broken) == "rests on the sixth degree in measure 2 (deceptive)"
    assert max(chord.onset for chord in broken.analysis.chords) < until


def test_numerals_stand_one_line_a_measure():
    assert HALF.numerals == [
        "m. 1    C major:   1 I   2 V   3 I",
        "m. 2    1 ii   2 V/V   3 V | half cadence",
        "m. 3    1 I   2 V   3 I   4 IV",
        "m. 4    1 ii   2 V   3 I | perfect authentic cadence",
    ]
