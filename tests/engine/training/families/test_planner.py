"""The planner's training: what it may be told, a few steps, and its weights on disk."""

from dataclasses import replace

import numpy as np
import torch

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.grid import score_to_grid
from ripieno.models.loading import load_planner
from ripieno.models.planner.beat_features import PlanContext
from ripieno.models.planner.known_chords import allowed_states
from ripieno.models.weights import save_weights
from ripieno.text.notation import parse_score
from ripieno.theory.chords import MAJOR, MINOR
from ripieno.theory.plans import PLAN_KINDS
from ripieno.training.distributed import ProcessGroup
from ripieno.training.families.planned_corpus import planned_corpus
from ripieno.training.families.planner import usual_chords
from ripieno.training.families.registry import set_up_training
from ripieno.training.trainer import optimizer_of, train_step

HYMN = """
soprano: [3/4] [key 1] D4:4 | G4:4 A4:4 B4:4 | C5:2 B4:4 | A4:2.^ | B4:4 A4:4 F#4:4 | G4:2
alto: D4:4 | D4:2 D4:4 | E4:2 D4:4 | D4:2. | D4:2 D4:4 | D4:2
tenor: B3:4 | B3:4 A3:4 G3:4 | G3:2 G3:4 | F#3:2. | G3:2 A3:4 | B3:2
bass: G3:4 | G3:4 F#3:4 G3:4 | C3:2 G3:4 | D3:2. | G3:4 C3:4 D3:4 | G2:2
"""
SMALL = {"hidden": 8, "states": 24, "batch": 4}


def corpus() -> Corpus:
    grid = score_to_grid(parse_score(HYMN))
    pieces = tuple(Piece(f"hymn {i}", grid, "hymn") for i in range(3))
    return Corpus(pieces, pieces[:1], ())


def test_the_planner_learns_the_chords_of_a_piece():
    training, config = set_up_training("planner", corpus(), steps=60, changes=SMALL)
    optimizer = optimizer_of(training.model, replace(config, learning_rate=0.02))
    before = training.validate()
    for step in range(60):
        train_step(training, optimizer, replace(config, learning_rate=0.02), ProcessGroup(), step)
    after = training.validate()
    assert after["melody_given"] < before["melody_given"] / 2
    assert after["roots_wrong"] < 0.2


def test_its_weights_come_back_from_disk(tmp_path):
    training, _ = set_up_training("planner", corpus(), changes=SMALL)
    training.finish()
    save_weights(tmp_path / "mine", training.model.half().float(), {})
    planner = load_planner(tmp_path / "mine")
    grid = corpus().train[0].grid
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    (plan,) = planner.plans(grid, fixed, PlanContext(home=7, minor=False, style=1))
    assert plan.root[-1] == 7
    assert torch.equal(planner.network.vocabulary, training.model.state_dict()["vocabulary"])


def test_the_most_frequent_chords_are_known_first():
    chords = usual_chords(planned_corpus(corpus()).train, 5)
    assert chords[0].tolist() == [0, PLAN_KINDS.index(MAJOR), 0], "the tonic in root position"
    assert len({tuple(chord) for chord in chords.tolist()}) == 5


def test_a_chord_that_is_not_known_may_be_what_is_nearest_to_it():
    major, minor = PLAN_KINDS.index(MAJOR), PLAN_KINDS.index(MINOR)
    vocabulary = np.array([[0, major, 0], [0, major, 4], [0, minor, 0], [7, major, 7]])
    assert allowed_states(7, major, 11, 7, vocabulary).tolist() == [False, True, False, False]
    assert allowed_states(7, major, 2, 7, vocabulary).tolist() == [True, True, False, False]
    assert allowed_states(7, 5, 7, 7, vocabulary).tolist() == [True, True, True, False]
    assert allowed_states(-1, -1, -1, 7, vocabulary).all()
