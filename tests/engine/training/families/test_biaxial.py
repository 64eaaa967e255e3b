"""Training the two-axis network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.grid import score_to_grid
from ripieno.models.biaxial.chords import UNKNOWN
from ripieno.models.biaxial.generator import BiaxialGenerator
from ripieno.models.biaxial.network import Biaxial
from ripieno.models.biaxial.view import NEVER
from ripieno.models.weights import load_weights, save_weights
from ripieno.text.notation import parse_score
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.biaxial import (
    BiaxialBatches,
    BiaxialTraining,
    Window,
    draw_window,
    drawn_known,
    melody_cells,
    studied_piece,
    summed_nats,
    untold,
)
from ripieno.training.families.registry import set_up_training
from ripieno.training.trainer import train

RAG = [
    "r:8 E5 G5 E5 C5:4 r:8 C5 | D5:8 F5 D5 B4:4. r:4",
    "C3:4 E4 C3 E4 | G2:4 F4 G2 F4",
    "r:4 G4 r G4 | r:4 B4 r B4",
]
SMALL = {"time_hidden": 8, "note_hidden": 6, "batch": 4, "window": 32, "warmup": 5}


def piece(name: str, times: int, lines: list[str] = RAG) -> Piece:
    return Piece(name, score_to_grid(parse_score("\n".join(" | ".join([line] * times) for line in lines))))


CORPUS = Corpus(train=(piece("a", 4), piece("b", 6)), valid=(piece("c", 3),), test=())


def small_training(corpus: Corpus = CORPUS, **changes) -> tuple[BiaxialTraining, TrainConfig]:
    training, config = set_up_training("biaxial", corpus, steps=60, changes=SMALL | changes)
    assert isinstance(training, BiaxialTraining)
    return training, config


@pytest.mark.usefixtures("without_plots")
def test_it_learns_from_few_pieces(tmp_path):
    training, config = small_training(time_hidden=24, note_hidden=16, dropout=0.0)
    before = training.validate()
    train(training, tmp_path, replace(config, evaluate_every=60, learning_rate=0.02, average=0.5))
    after = training.validate()
    assert after["nats_a_note"] < before["nats_a_note"] / 2
    assert after["nats_a_note_untold"] < before["nats_a_note_untold"] / 1.5


def test_the_parts_of_a_batch_are_the_whole():
    training, _ = small_training()
    training.model.eval()
    with torch.no_grad():
        whole, notes = training.loss(3, 0, 1)
        parts = [training.loss(3, part, 3) for part in range(3)]
    assert sum(count for _, count in parts) == notes
    assert float(sum(loss for loss, _ in parts)) == pytest.approx(float(whole), rel=1e-5)


def test_before_learning_a_cell_is_as_likely_as_a_key_sounds():
    training, _ = small_training()
    with torch.no_grad():
        for name, weight in training.model.named_parameters():
            if name != "head.bias":
                weight.zero_()
    share = np.concatenate([studied.states[:, 0] for studied in training.train]).mean()
    assert float(torch.sigmoid(training.model.head.bias[0]).detach()) == pytest.approx(share, abs=1e-5)


def test_how_likely_a_piece_is_to_the_generator_is_what_the_training_is_told():
    training, _ = small_training()
    with torch.no_grad():
        for weights in training.model.parameters():
            weights.add_(0.3 * torch.randn_like(weights))
    model = BiaxialGenerator(training.model.eval(), name="small", sha256="0" * 64)
    grid = piece("one", 2).grid
    likelihoods = model.key_log_likelihoods(grid)
    studied = studied_piece(Piece("one", grid), training.model.config)
    window = Window(studied, untold(studied.view), 0, grid.steps)
    nats, _ = summed_nats(training.model, [window], grid.steps)
    assert likelihoods.sum() == pytest.approx(-float(nats.detach()), rel=1e-5)
    assert likelihoods.shape == (grid.steps, 2, training.model.config.keys)
    assert (likelihoods <= 0).all()
    assert not likelihoods[:, 1][~studied.states[:, 0]].any()


def test_a_window_begins_at_a_barline_and_may_know_nothing_before_it():
    training, _ = small_training()
    studied = training.train[1]
    batches = BiaxialBatches(window=32, begin=1.0)
    chance = np.random.default_rng(0)
    firsts = set()
    for _ in range(30):
        window = draw_window(studied, batches, chance)
        firsts.add(window.first)
        assert studied.view.position[window.first] == 0
        assert not window.studied.rows[:, : 1 + window.first].any()
        inside = window.view.earlier[window.first : window.end]
        assert ((inside == NEVER) | (inside >= window.first)).all()
    assert len(firsts) > 3
    assert studied.rows[:, 1:].any(), "the piece itself stays"


def test_the_melody_is_the_highest_key_and_all_above_it():
    (studied,) = (piece_ for piece_ in small_training()[0].valid)
    cells, plays = melody_cells(studied.states), studied.states[:, 0]
    for t in range(len(plays)):
        sounding = np.flatnonzero(plays[t])
        expected = np.arange(plays.shape[1]) >= sounding.max() if len(sounding) else cells[t] & False
        assert (cells[t] == expected).all()


@pytest.mark.parametrize("task", ["give_melody", "give_around", "give_hand", None])
def test_what_is_given_leaves_something_to_learn(task):
    shares = dict.fromkeys(("give_melody", "give_around", "give_hand"), 0.0)
    batches = BiaxialBatches(window=32, **(shares | ({task: 1.0} if task else {})))
    studied = small_training()[0].train[0]
    for seed in range(20):
        known = drawn_known(studied, batches, np.random.default_rng(seed), 0, 32)
        assert known.any() == (task is not None)
        assert not known[:32].all()


def test_nothing_is_told_of_a_view_that_is_untold():
    view = untold(small_training()[0].train[0].view)
    assert (view.chords == UNKNOWN).all()
    assert (view.density == NEVER).all()
    assert (view.recalled == NEVER).all()


def chords(name: str, letters: str) -> Piece:
    """Broken chords, a letter a measure."""
    triads = {"C": "C3:4 E4 G4 C5", "F": "F2:4 F4 A4 C5", "G": "G2:4 D4 G4 B4", "A": "A2:4 E4 A4 C5"}
    return piece(name, 1, [" | ".join(triads[letter] for letter in letters)])


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("CCCCFFCCGFCG" * 2, True),
        ("CCCCFFCCGFCGCCCCFF", True),  # three quarters of it, where a single piece is divided
        ("CGCGAGFG" * 3, False),  # periods of eight: their number alone says nothing
    ],
)
def test_a_blues_is_known_by_its_chords_not_by_how_many_measures_it_has(letters, expected):
    training, _ = small_training(Corpus((chords("a", letters),), (), ()))
    assert training.model.config.twelve_bars == expected


def test_who_goes_on_from_a_network_has_its_keys_and_those_of_the_pieces():
    start = small_training()[0].model
    high = piece("high", 4, ["E7:4 G7 E7 C7 | D7 F7 D7 B6", *RAG[1:]])
    training, _ = set_up_training("biaxial", Corpus((high,), (), ()), changes={}, start=start)
    assert isinstance(training, BiaxialTraining)
    old, new = start.config.compass, training.model.config.compass
    assert (new.lowest, new.pitches.stop) == (old.lowest, 104)  # up to G7
    assert training.train[0].states[:, 0, 103 - new.lowest].any()
    for name, weights in start.named_parameters():
        assert torch.equal(dict(training.model.named_parameters())[name], weights)


def test_of_music_for_one_hand_a_density_is_known_too():
    tune = piece("tune", 4, RAG[:1])
    training, _ = small_training(Corpus((tune,), (), ()))
    training.finish()
    assert (training.model.densities[:, 0] == 0).all()
    assert (training.model.densities[:, 1] > 0).all()


def test_the_statistics_for_plans_are_kept_with_the_weights(tmp_path):
    training, _ = small_training()
    training.finish()
    save_weights(tmp_path / "x", training.model, {})
    model, _ = load_weights(tmp_path / "x")
    assert isinstance(model, Biaxial)
    sums = model.chord_changes.exp().sum(1)
    assert torch.allclose(sums, torch.ones_like(sums), atol=0.02)
    likeliest = {(int(a), int(model.chord_changes[a].argmax())) for a in (0, 24 + 7)}
    assert likeliest == {(0, 0), (31, 31)}, "half measures: C stays C, G7 stays G7"
    assert (model.densities > 0).all()
