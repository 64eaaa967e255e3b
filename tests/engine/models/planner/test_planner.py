"""Plans for given notes: how they close, how they differ, and that they move with the music."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ripieno.corpus.corpus import transposed
from ripieno.grid import REST, Grid, score_to_grid
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.network import PieceScores
from ripieno.models.planner.search import find_plans
from ripieno.text.notation import parse_score
from ripieno.theory.chords import DOMINANT_SEVENTH, MAJOR, MINOR
from ripieno.theory.plans import PLAN_KINDS, beat_steps, last_changes
from tiny_planner import random_planner

MELODY = "[key 1] D4:4 | G4:4 A4 B4 A4 | G4:2 F#4:2 | G4:2."
G = PlanContext(home=7, minor=False, style=1)


def melody() -> tuple[Grid, np.ndarray]:
    grid = score_to_grid(parse_score(MELODY))
    grid = replace(grid, cells=np.pad(grid.cells, ((0, 0), (0, 3)), constant_values=REST))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    return grid, fixed


def chord_number(degree: int, kind: tuple[int, ...], vocabulary: torch.Tensor) -> int:
    wanted = torch.tensor([degree, PLAN_KINDS.index(kind), degree])
    return int((vocabulary == wanted).all(-1).nonzero()[0, 0])


def test_a_plan_has_a_chord_on_every_beat():
    grid, fixed = melody()
    (plan,) = random_planner().plans(grid, fixed, G)
    assert (plan.root >= 0).all()
    assert (plan.kind >= 0).all()
    assert plan.root.shape == (grid.steps,)
    for steps in beat_steps(grid):
        assert len(set(plan.root[steps.start : steps.stop])) == 1, "a chord changes inside a beat"


def test_a_piece_without_a_meter_has_no_plan():
    grid, fixed = melody()
    assert random_planner().plans(replace(grid, position=np.full_like(grid.position, -1)), fixed, G) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_closes_on_the_key_note_after_a_dominant_or_subdominant(seed):
    grid, fixed = melody()
    for plan in random_planner(seed).plans(grid, fixed, G, 3):
        roots = [int(plan.root[steps.start]) for steps in beat_steps(grid)]
        assert roots[-1] == 7 == plan.bass[-1]
        before = next((root for root in reversed(roots) if root != 7), None)
        assert before in (2, 0)


def test_alternatives_are_different_harmonies():
    grid, fixed = melody()
    plans = random_planner(5).plans(grid, fixed, G, 3)
    assert len({tuple(plan.root.tolist()) for plan in plans}) == 3


def test_the_same_music_in_another_key_has_the_same_plan_moved():
    grid, fixed = melody()
    planner = random_planner(1)
    (plan,) = planner.plans(grid, fixed, G)
    (moved,) = planner.plans(transposed(grid, 3), fixed, replace(G, home=10))
    assert (moved.root == (plan.root + 3) % 12).all()
    assert (moved.bass == (plan.bass + 3) % 12).all()
    assert (moved.kind == plan.kind).all()


def test_only_given_notes_are_read():
    grid, fixed = melody()
    other = grid.with_cells(np.where(fixed, grid.cells, 60).astype(grid.cells.dtype))
    assert (beat_features(grid, fixed, G) == beat_features(other, fixed, G)).all()


def test_a_given_harmony_decides_the_chords():
    grid, fixed = melody()
    harmony = np.zeros((grid.steps, 12), dtype=np.bool_)
    harmony[:, [0, 4, 7]] = True
    planner = random_planner(2)
    free, bound = (
        planner.plans(one, fixed, G, closes=False)[0] for one in (grid, replace(grid, harmony=harmony))
    )
    assert (bound.root == 0).mean() > (free.root == 0).mean()


def test_a_cadence_beats_a_likelier_close_without_one():
    vocabulary = torch.tensor([[0, 0, 0], [9, 1, 9], [7, 3, 7]])
    tonic, sixth, dominant = (
        chord_number(0, MAJOR, vocabulary),
        chord_number(9, MINOR, vocabulary),
        chord_number(7, DOMINANT_SEVENTH, vocabulary),
    )
    chords = torch.zeros(3, 3)
    chords[1, sixth] = 5.0  # an A minor chord before the last is what the melody likes best
    scores = PieceScores(chords, torch.zeros(3, 3, 3), torch.zeros(3, 3, 2))
    (closing,) = find_plans(scores, vocabulary, 1, closes=True, phrase_ends=[2])
    (free,) = find_plans(scores, vocabulary, 1, closes=False, phrase_ends=[2])
    assert closing[1:] == (dominant, tonic)
    assert free[1] == sixth


def test_a_dominant_closes_before_a_likelier_subdominant():
    vocabulary = torch.tensor([[0, 0, 0], [5, 0, 5], [7, 0, 7], [7, 1, 7]])
    chords = torch.zeros(3, 4)
    chords[1] = torch.tensor([0, 3.0, 0, 5.0])  # a minor dominant has no leading note
    scores = PieceScores(chords, torch.zeros(3, 4, 4), torch.zeros(3, 4, 2))
    (closing,) = find_plans(scores, vocabulary, 1, closes=True, phrase_ends=[2])
    assert closing[1:] == (2, 0)


def test_inversions_are_as_frequent_as_people_write_them():
    """Of two equally likely chords the inversion is chosen, but never in place of a likelier triad."""
    vocabulary = torch.tensor([[0, 0, 0], [0, 0, 4]])
    for likelier, chosen in ((0.0, 1), (0.5, 0)):
        scores = PieceScores(torch.tensor([[likelier, 0.0]]), torch.zeros(1, 2, 2), torch.zeros(1, 2, 2))
        assert find_plans(scores, vocabulary, 1, closes=False, phrase_ends=[]) == [(chosen,)]


def test_the_last_two_chords_are_kept_in_all_alternatives():
    assert last_changes([0, 5, 5, 7, 7, 0, 0]) == 3
    assert last_changes([0, 0]) == 0
