"""The DBN: each layer's maths by listing all states, the unrolled net by numpy, and codes that mean music."""

from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.grid import REST, bare_grid
from ripieno.models.note_states.dbn import DBN, DBNConfig
from ripieno.models.note_states.dbn_sampler import CodeSearch, DBNSampler, interpolate
from ripieno.models.note_states.windows import GivenKeys, Overlap
from ripieno.models.sampling import Sampling
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.dbn import DBNBatches, DBNTraining
from ripieno.training.trainer import optimizer_of, train

WINDOW, KEYS = 4, 3
SMALL = DBNConfig(window=WINDOW, lowest=60, keys=KEYS, bar=WINDOW, layers=(5, 4, 3))
LEARNER = DBNConfig(window=WINDOW, lowest=60, keys=KEYS, bar=WINDOW, layers=(32, 4))
INVERTED = DBNConfig(window=WINDOW, lowest=60, keys=KEYS, bar=WINDOW, layers=(24, 12), random_labels=True)


def stack(config: DBNConfig = SMALL, seed: int = 0) -> DBN:
    """A net with random weights, and codes that are spread in some way."""
    chance = torch.Generator().manual_seed(seed)
    model = DBN(config)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=chance))
        model.code_mean.copy_(torch.randn(config.code, generator=chance))
        lower = torch.randn(config.code, config.code, generator=chance).tril(-1)
        model.code_spread.copy_(lower + torch.diag(0.5 + torch.rand(config.code, generator=chance)))
    return model


def bits(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.bernoulli(torch.full(shape, 0.5), generator=torch.Generator().manual_seed(seed))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def weights(model: DBN) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(W, the bias below, the bias above) of each layer, the lowest first."""
    rows = zip(model.W, model.down_bias, model.up_bias, strict=True)
    return [tuple(p.detach().double().numpy() for p in row) for row in rows]


@cache
def windows(count: int = 8) -> tuple[Piece, ...]:
    """Random pieces of one window, no two alike, for two voices on three keys."""
    rng = np.random.default_rng(1)
    return tuple(
        Piece(f"piece{i}", bare_grid(rng.choice([60, 61, 62, REST], size=(WINDOW, 2)).astype(np.int16)))
        for i in range(count)
    )


def training_of(model: DBN, **plan) -> DBNTraining:
    return DBNTraining(model, Corpus(windows(), valid=(), test=()), batches=DBNBatches(hop=WINDOW, **plan))


@cache
def learned(folder: Path, config: DBNConfig = LEARNER) -> DBNTraining:
    """The training of a net that has learned eight windows."""
    torch.manual_seed(0)
    training = training_of(DBN(config), pretraining=100, rows=8)
    training.initialize()
    rate = TrainConfig(steps=500, learning_rate=0.05, clip=1e6, evaluate_every=500, bfloat16=False)
    train(training, folder, rate)
    return training


@pytest.fixture(scope="module")
def training(tmp_path_factory) -> DBNTraining:
    return learned(tmp_path_factory.mktemp("dbn"))


def given_keys(states: torch.Tensor, clamp: torch.Tensor, near: torch.Tensor | None = None) -> GivenKeys:
    return GivenKeys(states, clamp.bool(), (torch.zeros_like(states) if near is None else near).bool())


# -- the net -----------------------------------------------------------------------------------------------


def test_the_unrolled_net_is_the_same_weights_up_and_down():
    model, v = stack(), bits(7, SMALL.visible)
    layers = weights(model)
    x = v.double().numpy()
    for w, _, up in layers[:-1]:
        x = sigmoid(x @ w + up)
    w, _, up = layers[-1]
    code = x @ w + up  # linear: no sigmoid at the top
    x = code
    for w, down, _ in layers[:0:-1]:
        x = sigmoid(x @ w.T + down)
    w, down, _ = layers[0]
    with torch.no_grad():
        assert model.encode(v).numpy() == pytest.approx(code, abs=1e-4)
        assert model.decode(model.encode(v)).numpy() == pytest.approx(x @ w.T + down, abs=1e-4)


def test_a_layer_sees_the_means_of_the_layers_below():
    model, v = stack(), bits(7, SMALL.visible)
    x = v.double().numpy()
    for layer, (w, _, up) in enumerate(weights(model)):
        assert model.layer_input(v, layer).detach().numpy() == pytest.approx(x, abs=1e-5)
        x = sigmoid(x @ w + up)


def test_free_energy_of_binary_units_is_the_sum_over_all_their_states():
    model = stack().double()
    w, down, up = weights(model)[1]
    for x in bits(5, 5).double():
        exponents = [
            x.numpy() @ down + np.array(h) @ up + x.numpy() @ w @ np.array(h)
            for h in product((0, 1), repeat=4)
        ]
        assert float(model.free_energy(x[None], 1).detach()) == pytest.approx(
            -np.log(np.exp(exponents).sum())
        )


def test_free_energy_of_gaussian_units_is_the_integral_over_their_values():
    """But for what is the same for every x: each unit's share of the normal distribution's constant."""
    model = stack(DBNConfig(window=1, lowest=60, keys=2, bar=1, layers=(2,)), seed=3).double()
    w, down, up = weights(model)[0]
    axis = np.linspace(-15, 15, 601)
    one, two = np.meshgrid(axis, axis)
    for x in product((0, 1), repeat=4):
        u = np.array(x) @ w + up
        density = np.exp(np.array(x) @ down + one * u[0] + two * u[1] - (one**2 + two**2) / 2)
        integral = density.sum() * (axis[1] - axis[0]) ** 2
        found = model.free_energy(torch.tensor([x], dtype=torch.float64), 0)
        assert float(found.detach()) == pytest.approx(-np.log(integral / (2 * np.pi)), abs=1e-6)


@torch.no_grad()
def test_hidden_units_are_drawn_by_their_means():
    model = stack()
    chance = torch.Generator().manual_seed(0)
    for layer, size in enumerate((SMALL.visible, 5, 4)):
        x = bits(1, size).expand(20_000, -1)
        drawn = model.hidden_sample(x, layer, generator=chance)
        u = model.up(x[:1], layer)[0]
        top = layer == 2
        expected = u if top else torch.sigmoid(u)
        assert torch.allclose(drawn.mean(0), expected, atol=0.03)
        if top:
            assert torch.allclose(drawn.var(0), torch.ones(3), atol=0.05)
        else:
            assert ((drawn == 0) | (drawn == 1)).all()


# -- training ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "layer"), [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (29, 2), (30, None), (1000, None)]
)
def test_layers_are_trained_one_after_the_other_and_then_all(step, layer):
    assert training_of(stack(), pretraining=10).layer_of(step) == layer


@pytest.mark.parametrize("step", [0, 5, 1000])
def test_without_pretraining_all_layers_learn_at_once(step):
    assert training_of(stack(), pretraining=0).layer_of(step) is None
    assert training_of(stack(INVERTED), pretraining=10).layer_of(step) is None


@pytest.mark.parametrize("layer", range(3))
def test_the_loss_of_one_layer_trains_this_layer_only(layer):
    model = stack()
    training = training_of(model, pretraining=10)
    loss, count = training.loss(10 * layer, 0, 1)
    assert count == 8
    loss.backward()
    for others in (model.W, model.down_bias, model.up_bias):
        for i, p in enumerate(others):
            touched = p.grad is not None and bool((p.grad != 0).any())
            assert touched == (i == layer)


def test_the_whole_learns_by_the_squared_error_of_what_comes_back():
    model = stack()
    training = training_of(model, pretraining=0)
    loss, count = training.loss(0, 0, 1)
    data = training.train.double().numpy()
    with torch.no_grad():
        back = sigmoid(model.decode(model.encode(training.train.float())).double().numpy())
    assert count == 8
    assert float(loss.detach()) == pytest.approx(((back - data) ** 2).sum(), rel=1e-4)
    loss.backward()
    assert all(bool((p.grad != 0).any()) for p in model.W)


def test_exact_dreams_would_give_the_gradient_of_the_top_layers_likelihood():
    """Over dreams as often as the machine has them, F(data) - F(dream) falls as the likelihood rises."""
    model = stack(DBNConfig(window=1, lowest=60, keys=2, bar=1, layers=(2,)), seed=4).double()
    data = torch.tensor([[1.0, 0, 1, 0]], dtype=torch.float64)
    every = torch.tensor(list(product((0.0, 1.0), repeat=4)), dtype=torch.float64)
    chance = torch.softmax(-model.free_energy(every, 0), 0).detach()
    dreamed = model.free_energy(data, 0) - (chance * model.free_energy(every, 0)).sum()
    mine = torch.autograd.grad(dreamed, [model.W[0], model.up_bias[0], model.down_bias[0]])
    w, up, down = (p[0].detach().requires_grad_() for p in (model.W, model.up_bias, model.down_bias))
    # The joint, integrated over both hidden units on a grid.
    axis = torch.linspace(-12, 12, 161, dtype=torch.float64)
    h = torch.cartesian_prod(axis, axis)
    exponent = every @ down + ((every @ w + up).unsqueeze(1) * h - h.square() / 2).sum(-1).T
    row = int((data[0].long() * torch.tensor([8, 4, 2, 1])).sum())
    log_p = exponent.T[row].logsumexp(0) - exponent.flatten().logsumexp(0)
    exact = torch.autograd.grad(-log_p, [w, up, down])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(mine, exact, strict=True))


def test_a_small_net_learns_eight_windows_by_heart(training):
    assert training.validate()["wrong_cells"] == 0


def test_the_inverted_net_learns_to_spell_out_its_labels(tmp_path):
    torch.manual_seed(0)
    model = DBN(INVERTED)
    training = training_of(model, rows=8)
    before = [p.detach().clone() for p in model.up_bias]
    config = TrainConfig(steps=300, learning_rate=0.05, clip=1e6, evaluate_every=300, bfloat16=False)
    train(training, tmp_path, config)
    assert training.validate() == {"wrong_cells": 0}
    assert all(torch.equal(a, b) for a, b in zip(before, model.up_bias, strict=True)), "the way up learned"
    labels = DBNSampler(model).draw_codes(50, 2, generator=torch.Generator().manual_seed(0))
    assert labels.shape == (50, 2, 12)
    assert (labels.abs() == 1).all()


def test_codes_drawn_after_training_are_spread_as_those_of_the_windows():
    model = stack()
    training = training_of(model)
    training.finish()
    with torch.no_grad():
        codes = model.encode(training.train.float())
    drawn = DBNSampler(model).draw_codes(40_000, generator=torch.Generator().manual_seed(0))
    found, spread = torch.cov(drawn.T), torch.cov(codes.T)
    assert torch.allclose(drawn.mean(0), codes.mean(0), atol=0.05)
    assert torch.allclose(found, spread, atol=0.2 * float(spread.abs().max()))


@pytest.mark.parametrize("copies", [1, 2])
def test_a_net_that_knows_one_window_draws_its_code(copies):
    """One window has no covariance; training must still end with a usable net."""
    model = stack()
    corpus = Corpus(windows()[:1] * copies, valid=(), test=())
    training = DBNTraining(model, corpus, batches=DBNBatches(hop=WINDOW))
    training.finish()
    drawn = DBNSampler(model).draw_codes(2_000, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(drawn.mean(0), model.encode(training.train.float())[0], atol=0.01)
    assert float(drawn.std(0).max()) < 0.05


def test_weights_decay_and_biases_do_not():
    model = stack()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = optimizer_of(model, TrainConfig(steps=1, learning_rate=0.1, weight_decay=0.5))
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    for name, p in model.named_parameters():
        assert torch.allclose(p, before[name] * (0.95 if name.startswith("W") else 1)), name


# -- codes that have what is given -------------------------------------------------------------------------


SEARCH = CodeSearch(steps=20, rate=0.1)  # for codes that are small yet
FEW = settings(max_examples=max(settings().max_examples // 4, 5))


def error(sampler: DBNSampler, codes: torch.Tensor, known: GivenKeys) -> list[float]:
    """Of each (R, 1, C) code's one window, what ``fit_codes`` says that it makes small."""
    search, model = sampler.search, sampler.model
    totals = []
    for code in codes[:, 0].double().numpy():
        x = code
        for w, down, _ in weights(model)[:0:-1]:
            x = sigmoid(x @ w.T + down)
        w, down, _ = weights(model)[0]
        sounds = sigmoid(x @ w.T + down).reshape(WINDOW, 2 * KEYS)
        total = 0.0
        for (slot, key), s in np.ndenumerate(sounds):
            if known.clamp[slot, key]:
                on = bool(known.states[slot, key])
                total += search.wanted * (1 - s) ** 2 if on else search.unwanted * s**2
            elif known.near[slot, key]:
                total += search.near * s**2
        centred = code - model.code_mean.double().numpy()
        covariance = model.code_spread.double().numpy() @ model.code_spread.double().numpy().T
        totals.append(total + search.prior / 2 * float(centred @ np.linalg.inv(covariance) @ centred))
    return totals


def descent(sampler: DBNSampler, starts: torch.Tensor, known: GivenKeys) -> torch.Tensor:
    overlap = Overlap(WINDOW, WINDOW // 2, known.slots)
    return sampler.fit_codes(starts, known, overlap, lambda _: None)


@FEW
@given(st.integers(0, 10_000))
def test_the_error_of_what_is_given_falls(seed):
    sampler = DBNSampler(stack(seed=seed), search=SEARCH)
    known = given_keys(*(bits(WINDOW, 2 * KEYS, seed=3 * seed + i) for i in range(3)))
    starts = sampler.draw_codes(4, 1, generator=torch.Generator().manual_seed(seed))
    for start in starts:
        before = error(sampler, start[None], known)[0]
        after = error(sampler, descent(sampler, start[None], known), known)[0]
        assert after < before


@FEW
@given(st.integers(0, 10_000))
def test_of_several_descents_the_best_is_no_worse_than_any_alone(seed):
    sampler = DBNSampler(stack(seed=seed), search=SEARCH)
    known = given_keys(*(bits(WINDOW, 2 * KEYS, seed=3 * seed + i) for i in range(3)))
    starts = sampler.draw_codes(4, 1, generator=torch.Generator().manual_seed(seed))
    together = error(sampler, descent(sampler, starts, known), known)
    alone = [error(sampler, descent(sampler, start[None], known), known)[0] for start in starts]
    assert together[0] == pytest.approx(min(alone), rel=0.02)
    assert together == pytest.approx(sorted(alone), rel=0.02)


def test_a_learned_window_is_found_from_its_highest_notes(training):
    """What is given is a part of a window that the net knows; the rest comes back."""
    model = training.model
    sampler = DBNSampler(model, search=CodeSearch(steps=150, restarts=16))
    right = 0
    for window in training.train.float().view(-1, WINDOW, 2 * KEYS):
        clamp = torch.ones(WINDOW, 2 * KEYS)
        clamp[1:3] = 0
        probabilities = sampler.note_probabilities(
            given_keys(window * clamp, clamp),
            generator=torch.Generator().manual_seed(0),
            sampling=Sampling(temperature=0.5),
        )
        right += int(((probabilities[0] > 0.5) == window.bool()).all())
    assert right >= 6


# -- note probabilities ------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [SMALL, INVERTED])
@given(
    seed=st.integers(0, 10_000),
    slots=st.integers(1, 23),
    closeness=st.sampled_from([None, 0.0, 0.5, 1.0]),
    share=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_clamped_units_come_back_exactly_at_any_length(config, seed, slots, closeness, share):
    chance = torch.Generator().manual_seed(seed)
    drawn = torch.rand(3, slots, 2 * KEYS, generator=chance)
    known = given_keys((drawn[0] < 0.5).float(), drawn[1] < share, drawn[2] < 0.3)
    sampler = DBNSampler(stack(config, seed=seed), search=CodeSearch(steps=2, restarts=2))
    before = known.states.clone()
    probabilities = sampler.note_probabilities(
        known, generator=chance, sampling=Sampling(temperature=0.7), candidates=3, closeness=closeness
    )
    assert probabilities.shape == (3, slots, 2 * KEYS)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert all(torch.equal(one[known.clamp], known.states[known.clamp]) for one in probabilities)
    assert torch.equal(known.states, before)


@pytest.mark.parametrize("window", [1, 2, 3, 5])
def test_a_window_may_be_of_any_length(window):
    config = DBNConfig(window=window, lowest=60, keys=KEYS, bar=16, layers=(4, 2))
    sampler = DBNSampler(stack(config), search=CodeSearch(steps=2, restarts=2))
    drawn = bits(2, 7, 2 * KEYS)
    for clamp in (drawn[1], torch.zeros(7, 2 * KEYS)):
        for closeness in (None, 0.5):
            probabilities = sampler.note_probabilities(
                given_keys(drawn[0], clamp),
                generator=torch.Generator().manual_seed(0),
                sampling=Sampling(),
                closeness=closeness,
            )
            assert probabilities.shape == (1, 7, 2 * KEYS)
            assert probabilities.isfinite().all()
    assert interpolate(sampler, drawn[0], drawn[1], 2).shape == (2, 7, 2 * KEYS)


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("closeness", [None, 0.5])
@pytest.mark.parametrize("slots", [4, 21])
def test_the_same_seed_gives_the_same_probabilities(share, closeness, slots):
    known = given_keys(
        bits(slots, 2 * KEYS), torch.full((slots, 2 * KEYS), share) > bits(slots, 2 * KEYS) / 2
    )
    sampler = DBNSampler(stack(), search=CodeSearch(steps=3, restarts=2))
    one, two, other = (
        sampler.note_probabilities(
            known,
            generator=torch.Generator().manual_seed(seed),
            sampling=Sampling(),
            closeness=closeness,
        )
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_at_closeness_1_the_net_only_reconstructs(training):
    sampler = DBNSampler(training.model)
    for window in training.train.float().view(-1, WINDOW, 2 * KEYS):
        probabilities = sampler.note_probabilities(
            given_keys(window, torch.zeros_like(window)),
            generator=torch.Generator(),
            sampling=Sampling(temperature=0.5),
            closeness=1.0,
        )
        assert torch.equal((probabilities[0] > 0.5).float(), window)


# -- interpolation -----------------------------------------------------------------------------------------


def test_the_way_between_two_pieces_leads_from_the_one_to_the_other(training):
    sampler = DBNSampler(training.model)
    rows = training.train.float().view(-1, WINDOW, 2 * KEYS)
    for first, last in pairwise(rows):
        way = (interpolate(sampler, first, last, 9) > 0.5).float()
        assert way.shape == (9, WINDOW, 2 * KEYS)
        from_first = (way != first).sum((1, 2)).tolist()
        from_last = (way != last).sum((1, 2)).tolist()
        assert from_first[0] <= from_last[0]
        assert from_first[-1] >= from_last[-1]
        nearer = [a - b for a, b in zip(from_first, from_last, strict=True)]
        assert nearer == sorted(nearer), "the way turned back"


def test_half_way_is_the_same_from_both_ends(training):
    sampler = DBNSampler(training.model)
    first, last = training.train.float().view(-1, WINDOW, 2 * KEYS)[:2]
    there, back = interpolate(sampler, first, last, 3), interpolate(sampler, last, first, 3)
    assert torch.allclose(there, back.flip(0), atol=1e-5)


def test_the_straight_way_is_straight_in_the_code(training):
    model = training.model
    first, last = training.train.float()[:2]
    with torch.no_grad():
        codes = model.encode(torch.stack([first, last]))
        middle = torch.sigmoid(model.decode(codes.mean(0, keepdim=True)))
    way = interpolate(DBNSampler(model), first.view(WINDOW, -1), last.view(WINDOW, -1), 1)
    assert torch.allclose(way.flatten(1), middle, atol=1e-5)
