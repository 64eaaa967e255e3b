"""A piece's melody as a score: its meters, key and fermatas are those of the grid."""

import numpy as np
import pytest

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.evaluation.melody import check_melody, harmonized, measures_of, melody_score
from ripieno.grid import Grid, bare_grid, empty_grid, score_to_grid
from ripieno.score import SIXTEENTH
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score

TUNES = {
    "4/4": "[key 1] G4:1 | A4:2 B4 | G4:1",
    "pickup": "G4:4 | A4:2 B4 | G4:2.",
    "3/4": "[3/4] G4:2. | A4:2 B4:4 | G4:2.",
    "6/8": "[6/8] G4:4. A4 | B4:4 A4:8 G4:4. | G4:2.",
    "3/2": "[3/2] G4:1 A4:2 | B4:1. | G4:1.",
    "2/2": "[2/2] G4:1 | A4:2 B4 | G4:1",
}


def test_a_short_measure_keeps_the_meter_of_those_before_it():
    """After a repeat a chorale goes on with its last quarter: that is no measure of 1/4."""
    full = score_to_grid(parse_score("G4:1 | A4:1"))
    steps = np.r_[0:32, 0:12, 0:32]
    rows = (getattr(full, name)[steps] for name in ("position", "strength", "fermata", "tonic"))
    grid = Grid(full.cells[steps], tuple(SIXTEENTH * i for i in range(len(steps) + 1)), *rows)
    measures = list(measures_of(grid))
    assert [str(m.meter) for m in measures] == ["4/4"] * 5
    assert [float(m.duration) for m in measures] == [4, 4, 3, 4, 4]


@pytest.mark.parametrize("name", TUNES)
def test_the_melody_as_a_score_has_the_steps_of_the_grid(name):
    grid = score_to_grid(parse_score(TUNES[name]))
    again = empty_grid(tuple(measures_of(grid)))
    assert again.edges == grid.edges
    for column in ("position", "strength", "tonic"):
        assert (getattr(again, column) == getattr(grid, column)).all(), column


def test_fermatas_are_shown_or_hidden():
    grid = score_to_grid(parse_score("G4:2^ A4 | B4:1^"))
    assert [note.fermata for note in melody_score(grid).voices[0].notes] == [True, False, True]
    assert not any(note.fermata for note in melody_score(grid, fermatas=False).voices[0].notes)


def test_the_melody_stays_and_the_same_seed_writes_the_same(random_model):
    grid = score_to_grid(
        parse_score("G4:4 | A4:2 B4 | G4:2.\nr:4 | r:1 | r:2.\nr:4 | r:1 | r:2.\nr:4 | r:1 | r:2.")
    )
    one, two = (harmonized(random_model, grid, DraftSettings(4)) for _ in range(2))
    assert (one.cells == two.cells).all()
    assert (one.cells[:, 0] == grid.cells[:, 0]).all()


@pytest.mark.parametrize(
    ("grid", "fault"),
    [
        (
            bare_grid(np.full((4, 4), 60, dtype=np.int16)),
            "its meter is not known, so its melody cannot be harmonized as a score",
        ),
        (score_to_grid(parse_score("r:1\nC4:1")), "its highest voice has no note to harmonize"),
    ],
)
def test_what_is_no_melody_is_refused_by_name(grid, fault):
    with pytest.raises(RequestError) as caught:
        check_melody(Piece("hum", grid))
    assert str(caught.value) == f"hum: {fault}; leave the piece out"
