"""Where all voices are given, a plan has the chords that sound there, and what it finds joins on to them."""

from itertools import pairwise, product

import numpy as np
import torch

from ripieno.grid import Grid, score_to_grid
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.known_chords import known_chords
from ripieno.models.planner.moves import move_kinds
from ripieno.text.notation import parse_score
from ripieno.theory.plans import beat_steps
from tiny_planner import random_planner

# I IV V I | vi ii V I in C
CHORALE = """
soprano: G4:4 A4 G4 G4 | A4 A4 G4 G4
alto: E4:4 F4 D4 E4 | E4 F4 D4 E4
tenor: C4:4 C4 B3 C4 | C4 D4 B3 C4
bass: C3:4 F3 G3 C3 | A2 D3 G2 C3
"""
ROOTS = [0, 5, 7, 0, 9, 2, 7, 0]
C = PlanContext(home=0, minor=False)


def with_hole(*beats: int, voices: slice = slice(None)) -> tuple[Grid, np.ndarray]:
    """The chorale, and the mask of what is given of it: not these voices in these beats, from 0."""
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    for beat in beats:
        steps = beat_steps(grid)[beat]
        fixed[steps.start : steps.stop, voices] = False
    return grid, fixed


def roots_of(plan) -> list[int]:
    return plan.root[::4].tolist()


def test_chords_are_known_where_every_voice_is_given():
    grid, fixed = with_hole(1, 2)
    known = known_chords(grid, fixed)
    assert [beat and beat.chord.root for beat in known] == [0, None, None, 0, 9, 2, 7, 0]
    grid, fixed = with_hole(5, voices=slice(1, 2))
    assert [beat is None for beat in known_chords(grid, fixed)] == [False] * 5 + [True, False, False]


def test_notes_that_are_not_given_are_not_read():
    grid, fixed = with_hole(1, 2)
    other = grid.with_cells(np.where(fixed, grid.cells, 61).astype(grid.cells.dtype))
    assert known_chords(other, fixed) == known_chords(grid, fixed)


def test_a_plan_keeps_the_chords_that_stand_there():
    grid, fixed = with_hole(1, 2)
    for seed in range(3):
        for plan in random_planner(seed).plans(grid, fixed, C, 2):
            assert [root for beat, root in enumerate(roots_of(plan)) if beat not in (1, 2)] == [
                root for beat, root in enumerate(ROOTS) if beat not in (1, 2)
            ]


def test_a_plan_for_a_hole_is_the_likeliest_of_all_that_join_on_to_what_is_given():
    grid, fixed = with_hole(1, 2)
    planner = random_planner(3)
    network = planner.network
    with torch.inference_mode():
        scores = network.score_piece(
            torch.from_numpy(beat_features(grid, fixed, C)), torch.from_numpy(move_kinds(grid, C))
        )
    vocabulary = network.vocabulary.tolist()
    before, after = vocabulary.index([0, 0, 0]), vocabulary.index([0, 0, 0])

    def score(pair: tuple[int, ...]) -> float:
        path = (before, *pair, after)
        moves = sum(float(scores.moves[t, a, b]) for t, (a, b) in enumerate(pairwise(path), 1))
        return moves + sum(float(scores.chords[t, state]) for t, state in enumerate(pair, 1))

    best = max(product(range(len(vocabulary)), repeat=2), key=score)
    (plan,) = planner.plans(grid, fixed, C, closes=False)
    assert roots_of(plan)[1:3] == [vocabulary[state][0] for state in best]


def test_a_hole_of_less_than_four_beats_has_one_plan_and_a_longer_one_several():
    grid, fixed = with_hole(1, 2, 4)
    assert len(random_planner().plans(grid, fixed, C, 3)) == 1
    grid, fixed = with_hole(1, 2, 4, 5)
    plans = random_planner().plans(grid, fixed, C, 3)
    assert len({tuple(roots_of(plan)) for plan in plans}) == 3
