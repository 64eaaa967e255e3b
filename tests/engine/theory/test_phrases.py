"""Phrases: of tunes that everybody knows, and under fermatas."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ripieno.grid import score_to_grid
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.lines_of_words import ends_of_lines, points_of_words
from ripieno.theory.phrases import find_phrases, phrase_ends
from ripieno_bridges.formats.files import load

SCORES = Path(__file__).parents[3] / "scores"


def ends(score: Score) -> list[str]:
    """The measures in which the phrases' last notes begin."""
    return [score.place(phrase.last)[0] for phrase in find_phrases(score)]


@pytest.mark.parametrize(
    ("file", "measures"),
    [
        ("old-hundredth", "2 4 6 8"),
        ("twinkle", "2 4 6 8 10 12"),
        ("god-rest-ye", "2 4 6 8 10 12 16 19"),
        ("silent-night", "2 4 6 8 10 12"),
        ("amazing-grace", "4 7 12 15"),
    ],
)
def test_the_lines_of_a_tune_everybody_knows_are_its_phrases(file, measures):
    assert ends(load(SCORES / f"{file}.musicxml").score) == measures.split()


def test_lines_of_words_are_phrases_where_the_melody_says_nothing():
    notes = "G4:4{} A4{} B4{} A4{} | G4{} A4{} B4{} A4{} | G4{} A4{} B4{} A4{} | G4{} A4{} B4{} G4{}"
    words = "Now sing we all, And sing we loud, The bells they ring, And we are proud."
    sung = parse_score(notes.format(*(f'"{word}"' for word in words.split())))
    assert [phrase.last for phrase in find_phrases(sung)] == [3, 7, 11, 15]
    assert ends_of_lines(sung.voices[0].notes).nonzero()[0].tolist() == [3, 7, 11, 15]


def test_no_phrase_ends_inside_a_word():
    plain = "G4:4{} A4{} B4:2{} | A4:4{} G4{} A4{} F#4{} | G4:1{}"
    words = ["Glo", "ri", "a-", "-men", "sing", "we", "all", "now"]
    points = points_of_words(parse_score(plain.format(*(f'"{w}"' for w in words))).voices[0].notes)
    assert points.tolist() == [0, 0, -4, 0, 0, 0, 0, 0]


def test_a_capital_letter_that_a_word_has_anywhere_begins_no_line():
    text = 'G4:4"See," A4"I" B4"come" C5"with" | D5"Saint" C5"John," B4"O" A4"Lord"'
    assert ends_of_lines(parse_score(text).voices[0].notes).nonzero()[0].tolist() == [7]


def test_fermatas_decide():
    tune = "G4:4 A4 B4^ C5 | D5 C5^ B4 A4 | G4 A4 B4 C5 | D5:1"
    phrases = find_phrases(parse_score(tune))
    assert [(p.onset, p.last, p.end) for p in phrases] == [(0, 2, 3), (3, 5, 6), (6, 12, 16)]


def test_a_single_fermata_at_the_end_decides_nothing():
    score = load(SCORES / "twinkle.musicxml").score
    melody = score.voices[0]
    final = replace(melody, notes=(*melody.notes[:-1], replace(melody.notes[-1], fermata=True)))
    assert find_phrases(replace(score, voices=(final,))) == find_phrases(score)


def test_a_phrase_ends_where_its_last_note_ends_though_a_rest_follows():
    score = parse_score("G4:4 A4 B4 C5 | D5:2 r:2 | G4:4 A4 B4 C5 | G4:2 r:2")
    assert [p.end for p in find_phrases(score)] == [6, 14]


def test_a_grid_marks_the_steps_of_each_last_note():
    score = parse_score("G4:4 A4 B4 C5 | D5:2 r:2 | G4:4 A4 B4 C5 | G4:2 r:2")
    found = np.flatnonzero(phrase_ends(score_to_grid(score))).tolist()
    assert found == [*range(16, 24), *range(48, 56)]


def test_notes_between_the_steps_of_the_grid_still_belong_to_phrases():
    score = parse_score("[2/4] C5:32 D5 C5 D5 E5:8 F5 G5 | C5:2 | C5:32 D5 C5 D5 E5:8 F5 G5 | C5:2")
    assert [p.onset for p in find_phrases(score)] == [0, 4]


def test_silence_has_no_phrases():
    score = parse_score("r:1")
    assert find_phrases(score) == ()
    assert not phrase_ends(score_to_grid(score)).any()
