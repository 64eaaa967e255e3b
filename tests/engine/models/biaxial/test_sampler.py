"""Composing step by step agrees with the network over whole pieces."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch

from ripieno.grid import empty_grid
from ripieno.models.biaxial.chords import CHORDS
from ripieno.models.biaxial.inputs import all_inputs, rows_of
from ripieno.models.biaxial.judge import empty_hands
from ripieno.models.biaxial.network import Biaxial, BiaxialConfig, cell_nats
from ripieno.models.biaxial.sampler import CellChoice, StepWeights, compose
from ripieno.models.biaxial.view import View, view_of, with_recall
from ripieno.models.note_states.keyboard import KeyboardCompass
from ripieno.score import lay_measures

SMALL = BiaxialConfig(lowest=58, keys=14, time_hidden=7, time_layers=2, note_hidden=5)


ROWS = ("position", "strength", "half", "measure", "length", "number", "left", "earlier", "recalled")
TWO_STEPS = (*ROWS, "similarity", "known", "given", "shift")


def network(config: BiaxialConfig, seed: int = 0) -> Biaxial:
    torch.manual_seed(seed)
    model = Biaxial(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.6)
    return model.eval()


def rich_view(config: BiaxialConfig, quarters: int, seed: int) -> View:
    """A view in which everything is told that can be, and some cells are given."""
    chance = np.random.default_rng(seed)
    view = view_of(empty_grid(lay_measures(Fraction(quarters)), 1), config.compass)
    states = chance.random((view.steps, 2, config.keys)) < 0.3
    states[:, 1] &= states[:, 0]
    states[1:, 1] |= states[1:, 0] & ~states[:-1, 0]
    states[0, 1] = states[0, 0]
    sources = np.array([-1, *chance.integers(-1, range(1, view.measures))])
    view = with_recall(view, sources, np.full(view.measures, 2))
    return replace(
        view,
        chords=chance.integers(-1, CHORDS, view.halves),
        density=chance.random((view.measures, 2)).astype(np.float32),
        known=chance.random((view.steps, config.keys)) < 0.1,
        given=states,
    )


@pytest.mark.parametrize("above", [0, 5])
def test_more_keys_above_change_nothing_below_them(above):
    model = network(SMALL)
    wider = model.on_keys(KeyboardCompass(SMALL.lowest, SMALL.keys + above))
    view = rich_view(SMALL, 5, 0)
    beyond = ((0, 0), (0, 0), (0, above))
    taller = replace(view, known=np.pad(view.known, beyond[1:]), given=np.pad(view.given, beyond))
    found = []
    for net, seen in ((model, view), (wider, taller)):
        states = np.pad(view.given, ((0, 0), (0, 0), (0, net.config.keys - SMALL.keys)))
        inputs = torch.from_numpy(all_inputs(rows_of(states), seen, 0, view.steps))
        with torch.no_grad():
            found.append(net(inputs, torch.from_numpy(states[None]))[:, :, : SMALL.keys])
    assert torch.equal(*found)


def test_more_keys_below_keep_the_odds_at_their_pitches():
    model = network(SMALL)
    model.key_odds.copy_(torch.arange(SMALL.keys))
    wider = model.on_keys(KeyboardCompass(SMALL.lowest - 3, SMALL.keys + 4))
    assert wider.key_odds[3:-1].tolist() == list(range(SMALL.keys))
    assert (torch.sigmoid(wider.key_odds[[0, 1, 2, -1]]) < 2e-4).all()


def whole_piece_nats(model: Biaxial, view: View, states: np.ndarray) -> float:
    """-log p of the free cells by one pass over the whole piece."""
    rows = rows_of(states)
    inputs = torch.from_numpy(all_inputs(rows, view, 0, view.steps))
    truth = torch.from_numpy(np.concatenate([np.zeros_like(states[:1]), states])[None]).float()
    with torch.no_grad():
        nats = cell_nats(model(inputs, truth[:, 1:]), truth)[0]
    return float(nats[torch.from_numpy(~view.known)].double().sum())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("drafts", [1, 3])
def test_one_step_after_the_other_has_the_probability_of_the_whole_piece(seed: int, drafts: int) -> None:
    model = network(SMALL, seed)
    view = rich_view(SMALL, 20, seed)
    chance = np.random.default_rng(seed)
    made = compose(StepWeights(model), view, CellChoice(chance), candidates=2, drafts=drafts)
    for states, nats in zip(made.states, made.nats, strict=True):
        assert nats / view.steps == pytest.approx(
            whole_piece_nats(model, view, states) / view.steps, abs=1e-5
        )


def test_the_probabilities_of_all_music_sum_to_one() -> None:
    config = replace(SMALL, keys=3)
    model = network(config)
    view = view_of(empty_grid(lay_measures(Fraction(1)), 1), config.compass)
    view = replace(view, **{name: getattr(view, name)[:2] for name in TWO_STEPS})
    total = 0.0
    cells = ("silent", "held", "struck")
    for music in product(cells, repeat=6):
        states = np.zeros((2, 2, 3), dtype=np.bool_)
        for i, cell in enumerate(music):
            states[i // 3, 0, i % 3] = cell != "silent"
            states[i // 3, 1, i % 3] = cell == "struck"
        before = np.concatenate([np.zeros_like(states[:1]), states])[:2, 0]
        if (states[:, 0] & ~states[:, 1] & ~before).any():
            continue  # nothing can be held that did not play before
        total += np.exp(-whole_piece_nats(model, view, states))
    assert total == pytest.approx(1, abs=1e-5)


def test_given_cells_stay() -> None:
    view = rich_view(SMALL, 8, 1)
    made = compose(StepWeights(network(SMALL)), view, CellChoice(np.random.default_rng(0)), candidates=2)
    for states in made.states:
        known = np.broadcast_to(view.known[:, None], states.shape)
        assert (states == view.given)[known].all()


def test_the_same_seed_gives_the_same_notes_and_another_seed_others() -> None:
    view = rich_view(SMALL, 8, 1)
    weights = StepWeights(network(SMALL))
    first, again, other = (
        compose(weights, view, CellChoice(np.random.default_rng(seed))).states for seed in (5, 5, 6)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_every_measure_is_handed_out_as_soon_as_it_is_made() -> None:
    view = rich_view(SMALL, 8, 1)
    heard: list[np.ndarray] = []
    shares: list[float] = []

    def go_on(share: float) -> bool:
        shares.append(share)
        assert len(heard) == 16 * ((len(shares) - 1) // 16), "all measures before this one"
        return True

    made = compose(
        StepWeights(network(SMALL)),
        view,
        CellChoice(np.random.default_rng(0)),
        on_step=lambda step, states: heard.append(states.copy()),
        go_on=go_on,
    )
    assert shares[-1] == 1
    assert (np.stack(heard, 1) == made.states).all()


def test_a_key_that_begins_is_struck_and_one_that_goes_on_may_be_struck_again() -> None:
    view = view_of(empty_grid(lay_measures(Fraction(16)), 1), SMALL.compass)
    (states,) = compose(StepWeights(network(SMALL)), view, CellChoice(np.random.default_rng(0))).states
    plays, strikes = states[:, 0], states[:, 1]
    begins = plays & ~np.concatenate([np.zeros_like(plays[:1]), plays[:-1]])
    assert strikes[begins].all()
    assert (strikes & plays & ~begins).any()
    assert not (strikes & ~plays).any()


@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_likes_silence_leaves_no_hand_empty_for_a_measure(seed: int) -> None:
    config = replace(SMALL, lowest=50, keys=24)
    model = network(config, seed)
    model.head.bias.data[:] = -4.5
    view = view_of(empty_grid(lay_measures(Fraction(32)), 1), config.compass)

    def empty(drafts: int) -> int:
        choice = CellChoice(np.random.default_rng(seed))
        (states,) = compose(StepWeights(model), view, choice, drafts=drafts).states
        return sum(
            int(empty_hands(states[None, view.measure == m], view, 16 * m).sum())
            for m in range(view.measures)
        )

    assert empty(drafts=1) > 0, "else nothing is shown"
    assert empty(drafts=4) == 0
