"""What guides a task: given by the user, or found; where phrases end, by measure and beat."""

from fractions import Fraction

import numpy as np
import pytest

from ripieno.errors import RequestError
from ripieno.grid import score_to_grid
from ripieno.score import Key, Measure, Meter, Note, Score, Voice
from ripieno.tasks.guidance import Guidance, moved_key, phrases_ending_at
from ripieno.text.notation import parse_score

# A pickup of a quarter; phrases end in the middle of measures 2 and 4.
TUNE = (
    "[key 1] [4/4] D4:4 | G4:4 G4 A4 A4 | B4:2. B4:4 | A4 G4 F#4 E4 | D4:2. D4:4 | G4:4 A4 B4 C5 | B4:2. r:4"
)


def test_what_is_not_given_is_found():
    found = Guidance().found_in(parse_score(TUNE))
    assert found.home.key == Key(1, "major")
    assert [phrase.last for phrase in found.phrases] == [5, 13, 21]
    assert found.style == "hymn"


def test_what_is_given_is_taken_as_it_is():
    score = parse_score(TUNE)
    phrases = phrases_ending_at(score, [("3", None)])
    found = Guidance(Key(1, "minor"), phrases, "chorale").found_in(score)
    assert (found.home.key, found.phrases, found.style) == (Key(1, "minor"), phrases, "chorale")


def test_a_beat_may_be_written_with_a_few_digits():
    """The second note of a triplet lies at beat 1 1/3."""
    third = Fraction(1, 3)
    notes = tuple(Note(i * third, third, 60 + i) for i in range(6))
    score = Score((Voice("soprano", notes),), (Measure("1", Fraction(0), Fraction(2), Meter(2, 4), Key()),))
    (first, _) = phrases_ending_at(score, [("1", Fraction("1.333"))])
    assert first.last == third


def test_a_written_fermata_means_a_chorale():
    assert Guidance().found_in(parse_score("G4:4 A4 B4^ G4 | C5:1")).style == "chorale"


@pytest.mark.parametrize(
    ("places", "lasts"),
    [
        ([("2", None), ("4", None)], [5, 13, 21]),  # the long note, not the pickup after it
        ([("2", Fraction(4)), ("4", Fraction(1))], [8, 13, 21]),
        ([("2", Fraction(3))], [5, 21]),  # a note that sounds on
        ([("0", None)], [0, 21]),
        ([("0", Fraction(4))], [0, 21]),  # a pickup is the last beat of its measure
        ([], [21]),
    ],
)
def test_a_phrase_ends_at_a_measure_or_at_a_beat_of_it(places, lasts):
    assert [phrase.last for phrase in phrases_ending_at(parse_score(TUNE), places)] == lasts


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        (("40", None), "phrases: there is no measure 40; the piece has measures 0 to 6"),
        (("2", Fraction(5)), "phrases: measure 2 has no beat 5; it has beats 1 to 4"),
        (("0", Fraction(1)), "phrases: measure 0 has no beat 1; it has beats 4 to 4"),
        (
            ("6", Fraction(4)),
            "phrases: the melody rests in measure 6, beat 4; name the place of a phrase's last note",
        ),
    ],
)
def test_a_place_where_nothing_sounds_is_refused(place, fault):
    with pytest.raises(RequestError) as error:
        phrases_ending_at(parse_score(TUNE), [place])
    assert str(error.value) == fault


def test_the_steps_of_the_last_notes_are_those_of_the_grid():
    score = parse_score(TUNE)
    found = Guidance(phrases=phrases_ending_at(score, [("2", None)])).found_in(score)
    steps = np.flatnonzero(found.phrase_steps(score_to_grid(score)))
    assert steps.tolist() == [*range(20, 32), *range(84, 96)]


@pytest.mark.parametrize(
    ("key", "semitones", "moved"),
    [(Key(1, "minor"), 3, Key(-2, "minor")), (Key(6, "major"), 12, Key(6, "major"))],
)
def test_a_key_moves_with_its_music(key, semitones, moved):
    assert moved_key(key, semitones) == moved
