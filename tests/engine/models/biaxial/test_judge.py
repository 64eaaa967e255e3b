"""Of several drafts of a measure the one goes on that does what was planned."""

from dataclasses import replace

import numpy as np
import pytest

from ripieno.grid import score_to_grid
from ripieno.models.biaxial.judge import measure_costs
from ripieno.models.biaxial.view import View, step_layout, view_of
from ripieno.models.note_states.keyboard import Bools, KeyboardCompass, slot_states
from ripieno.text.notation import parse_score

COMPASS = KeyboardCompass(36, 50)
C_MAJOR = 0
PLANNED = "C3:4 G3 C3 G3\nC5:4 E5 G5 E5\nE4:4 E4 E4 E4"


def music(text: str) -> tuple[Bools, View]:
    grid = score_to_grid(parse_score(text))
    states = slot_states(grid, step_layout(grid), COMPASS).reshape(grid.steps, 2, COMPASS.keys)
    return states, view_of(grid, COMPASS)


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ("r:1\nC5:4 E5 G5 E5\nE5:4 C5 E5 C5", "the left hand does nothing"),
        ("C3:4 G3 C3 G3\nr:1\nE3:4 E3 E3 E3", "the right hand does nothing"),
        ("D3:4 A3 D3 A3\nF5:4 A5 D5 A5\nF4:4 F4 F4 F4", "another chord"),
        ("C3:4 G3 C3 G3\nC5:16 E5 G5 E5 C5 E5 G5 E5 C5 E5 G5 E5 C5 E5 G5 E5\nE4:4 E4 E4 E4", "too dense"),
        ("C3:4 G3 C3 G3\nC5:4 E5 G5 E5\nB4:4 E4 E4 E4", "a clash of semitones"),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_what_was_planned_costs_least(worse: str, why: str, last: bool) -> None:
    good, view = music(PLANNED if last else PLANNED.replace("\n", " | r:1\n") + " | r:1")
    bad = music(worse)[0]
    view = replace(
        view,
        chords=np.full(view.halves, C_MAJOR),
        density=np.full((view.measures, 2), 0.25, dtype=np.float32),
    )
    costs = measure_costs(np.stack([good[:16], bad]), view, 0, np.zeros(2))
    assert costs[0] < costs[1], why


def test_of_two_alike_the_likelier_goes_on() -> None:
    good, view = music(PLANNED)
    likelier, other = measure_costs(np.stack([good, good]), view, 0, np.array([10.0, 20.0]))
    assert likelier < other
