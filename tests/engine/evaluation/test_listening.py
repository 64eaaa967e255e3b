"""The excerpts and questions of a listening test."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.evaluation.excerpts import cut, features, heard_notes, last_notes, shared_spans
from ripieno.evaluation.listening import balanced, draw_questions
from ripieno.evaluation.listening_choir import composed
from ripieno.evaluation.listening_pairs import PEOPLE, ListeningSettings, ListeningTask
from ripieno.evaluation.setting import read_setting
from ripieno.grid import HOLD, Grid, score_to_grid
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Score
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score
from tiny_network import random_generator

# Four phrases of two measures, with an upbeat; the third quarter of every second measure has a fermata.
MELODY = (
    "[key 1] G4:4 | A4 B4 C5 B4 | A4 G4 D4^ A4 | B4 C5 D5 C5 | B4 A4 G4^ G4 | E4 F#4 G4 A4 | B4 A4 G4^ D5 | "
    "C5 B4 A4 G4 | A4 F#4 G4^"
)
LOWER = (
    "D4:4 | D4 D4 E4 D4 | D4 D4 A3 D4 | D4 E4 F#4 E4 | D4 D4 D4 D4 | "
    "C4 D4 E4 E4 | D4 D4 D4 D4 | E4 D4 D4 D4 | D4 D4 D4",
    "B3:4 | A3 G3 G3 G3 | F#3 G3 F#3 A3 | G3 G3 A3 A3 | G3 F#3 B3 B3 | "
    "G3 A3 B3 C4 | B3 A3 B3 B3 | A3 B3 A3 B3 | C4 A3 B3",
    "G3:4 | F#3 G3 C3 G3 | D3 B2 D3 F#3 | G3 C3 D3 A2 | B2 D3 G2 G3 | "
    "C3 D3 E3 C3 | D3 D3 G2 G3 | A3 G3 F#3 G3 | D3 D3 G2",
)


def hymn() -> Score:
    """The hymn."""
    return parse_score(
        "\n".join(f"{v}: {text}" for v, text in zip(VOICE_NAMES, (MELODY, *LOWER), strict=True))
    )


@pytest.fixture(scope="module")
def grid() -> Grid:
    return score_to_grid(hymn())


def test_excerpts_begin_with_phrases_and_end_with_their_last_notes(grid: Grid) -> None:
    found = shared_spans(grid, grid, fewest=2, most=4)
    bounds = [(span.start // 4, span.stop // 4, span.first, span.last) for span in found]
    assert bounds == [
        *((0, 8, "0", "2"), (0, 16, "0", "4"), (8, 16, "2", "4"), (8, 24, "2", "6")),
        *((16, 24, "4", "6"), (16, 32, "4", "8"), (24, 32, "6", "8")),
    ]


def test_two_pieces_share_only_the_phrases_that_both_have(grid: Grid) -> None:
    other = replace(grid, fermata=np.where(np.arange(grid.steps) // 4 == 15, False, grid.fermata))
    assert set(last_notes(other)) == {28, 92, 124}
    assert {(s.start, s.stop) for s in shared_spans(grid, other, fewest=2, most=8)} == {
        (start, stop) for start in (0, 32, 96) for stop in (32, 96, 128) if start < stop
    }


def test_an_excerpt_has_exactly_the_notes_of_the_piece(grid: Grid) -> None:
    score = hymn()
    for span in shared_spans(grid, grid, fewest=2, most=8):
        begin, end = Fraction(span.start, 4), Fraction(span.stop, 4)
        written = {
            (note.onset - begin, note.duration, note.pitch, v)
            for v, voice in enumerate(score.voices)
            for note in voice.notes
            if begin <= note.onset < end
        }
        assert set(heard_notes(cut(grid, span))) == written


def test_what_sounds_into_an_excerpt_is_struck_at_its_beginning(grid: Grid) -> None:
    cells = grid.cells.copy()
    cells[28:36, 3] = [cells[28, 3], *[HOLD] * 7]  # the bass sounds on into the second phrase
    span = next(s for s in shared_spans(grid, grid, fewest=2, most=2) if s.start == 32)
    bass = [note for note in heard_notes(cut(grid.with_cells(cells), span)) if note[3] == 3]
    assert bass[0] == (0, 1, cells[28, 3], 3)


def test_what_is_counted_is_what_stands_there(grid: Grid) -> None:
    (span,) = (s for s in shared_spans(grid, grid, fewest=8, most=8) if s.start == 0)
    found = features(cut(grid, span), read_setting(grid).home)
    lines = [[note.pitch for note in voice.notes] for voice in hymn().voices]
    moves = [abs(b - a) for line in lines for a, b in pairwise(line)]
    assert (found["notes"].count, found["notes"].of) == (sum(map(len, lines)), 32)
    assert (found["leaps"].count, found["leaps"].of) == (sum(m > 5 for m in moves), len(moves))
    assert found["repeated notes"].count == moves.count(0)


# -- the questions -----------------------------------------------------------------------------------------


def questions(grid: Grid, *, count: int = 3, **changes):
    """Three questions of ``count`` pieces; their networks are as quick as they are bad."""
    pieces = [Piece(f"hymn {i}", grid) for i in range(count)]
    settings = ListeningSettings(**{"questions": 3, "fewest": 2, "most": 4} | changes)
    return list(draw_questions(pieces, [random_generator(1)], settings))


def heard(found) -> list:
    return [(q.piece, [(e.author, e.notes) for e in q.excerpts]) for q in found]


def test_the_same_seed_makes_the_same_test_and_another_one_another(grid: Grid) -> None:
    assert heard(questions(grid, seed=4)) == heard(questions(grid, seed=4))
    assert heard(questions(grid, seed=4)) != heard(questions(grid, seed=5))


@pytest.mark.parametrize("task", ["harmonize", "compose"])
def test_both_sides_are_equally_long(grid: Grid, task: ListeningTask) -> None:
    settings = ListeningSettings(task=task, questions=1, fewest=2, most=8, seed=3)
    pieces = [Piece(f"hymn {i}", grid) for i in range(3)]
    (question,) = draw_questions(pieces, [load("lstm-chorales")], settings)
    one, other = question.excerpts
    ends = [max(onset + duration for onset, duration, _, _ in excerpt.notes) for excerpt in (one, other)]
    assert ends == [question.pair.quarters] * 2
    assert sorted((one.author, other.author)) == [PEOPLE, "lstm-chorales"]


def test_to_the_same_melody_the_highest_voice_is_the_same(grid: Grid) -> None:
    for question in questions(grid):
        one, other = ([n for n in e.notes if n[3] == 0] for e in question.excerpts)
        assert one == other


def test_the_peoples_side_is_what_people_wrote(grid: Grid) -> None:
    for question in questions(grid):
        (theirs,) = (e for e in question.excerpts if e.author == PEOPLE)
        assert theirs.notes == heard_notes(cut(grid, question.pair.span))


@pytest.mark.parametrize(("number", "models"), [(10, 1), (10, 2), (9, 2), (3, 3)])
def test_each_models_questions_are_balanced(number: int, models: int) -> None:
    for seed in range(5):
        first = balanced(np.random.default_rng(seed), number, models)
        for model in range(models):
            mine = first[model::models]
            assert abs(2 * sum(mine) - len(mine)) <= 1


def test_a_new_piece_has_the_measures_of_the_other(grid: Grid) -> None:
    made = composed(random_generator(), grid, DraftSettings(7))
    assert made.edges[: grid.steps] == grid.edges[: grid.steps]
    assert (made.position[: grid.steps] == grid.position).all()
    assert (made.tonic[: grid.steps] == grid.tonic).all()


def test_each_question_is_of_another_piece_and_then_of_another_place(grid: Grid) -> None:
    found = questions(grid, count=2, questions=4, most=2)
    assert {question.piece for question in found[:2]} == {question.piece for question in found[2:]}
    assert len({(question.piece, question.pair.span.start) for question in found}) == 4


def test_too_few_pieces_are_refused_with_a_way_out(grid: Grid) -> None:
    with pytest.raises(RequestError) as caught:
        questions(grid, count=1, questions=5, most=2)  # four phrases
    assert str(caught.value) == (
        "4 excerpts of 2 to 2 measures that both sides have, but 5 questions; ask for 4, allow other "
        "--measures, or bring more pieces"
    )
