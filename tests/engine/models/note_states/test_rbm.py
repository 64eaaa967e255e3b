"""The RBM: its maths against sums over all states of machines small enough to list them."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.errors import RequestError
from ripieno.grid import REST, bare_grid
from ripieno.models.note_states.rbm import RBM, RBMConfig, log_partition, pseudo_log_likelihood
from ripieno.models.note_states.rbm_sampler import COLDEST, RBMSampler
from ripieno.models.note_states.windows import GivenKeys
from ripieno.models.sampling import Sampling
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.rbm import RBMBatches, RBMTraining
from ripieno.training.trainer import optimizer_of, train

# What two voices do in two steps, on the two keys 60 and 61; the first sounds most.
PATTERNS = [[[60, REST], [60, REST]], [[60, REST], [61, REST]], [[61, 60], [60, 61]], [[60, 61], [60, 61]]]
OFTEN = [4, 3, 2, 1]


def machine(*, keys: int = 2, window: int = 1, hidden: int = 3, seed: int = 0, **config) -> RBM:
    """A machine with random weights; 4 visible units if nothing else is asked for."""
    chance = torch.Generator().manual_seed(seed)
    model = RBM(RBMConfig(window=window, lowest=60, keys=keys, bar=window, hidden=hidden, **config))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=chance))
    return model


def states(units: int) -> torch.Tensor:
    """(2^units, units) every state."""
    return torch.tensor(list(product((0.0, 1.0), repeat=units)))


def joint(model: RBM, kept: torch.Tensor | None = None, temperature: float = 1.0) -> np.ndarray:
    """(2^N, 2^H) exp(-E(v, h)), written out; 0 where a dropped unit would be on. kept: (H,)."""
    w, b, c = (p.detach().double().numpy() for p in (model.W, model.visible_bias, model.hidden_bias))
    table = np.zeros((2 ** len(b), 2 ** len(c)))
    for i, v in enumerate(product((0, 1), repeat=len(b))):
        for j, h in enumerate(product((0, 1), repeat=len(c))):
            minus_energy = sum(
                [v[n] * w[n, k] * h[k] for n in range(len(b)) for k in range(len(c))]
                + [v[n] * b[n] for n in range(len(b))]
                + [h[k] * c[k] for k in range(len(c))]
            )
            table[i, j] = np.exp(minus_energy / temperature)
            if kept is not None and any(h[k] and not kept[k] for k in range(len(c))):
                table[i, j] = 0
    return table


def distribution(model: RBM, kept: torch.Tensor | None = None) -> np.ndarray:
    """(2^N,) p(v)."""
    table = joint(model, kept).sum(1)
    return table / table.sum()


def shares(v: torch.Tensor) -> np.ndarray:
    """(2^N,) how often each state is among the rows."""
    index = (v.long() * 2 ** torch.arange(v.shape[1]).flip(0)).sum(1)
    return np.bincount(index.numpy(), minlength=2 ** v.shape[1]) / len(v)


def divergence(data: np.ndarray, model: np.ndarray) -> float:
    """KL(data || model), in nats."""
    on = data > 0
    return float((data[on] * np.log(data[on] / model[on])).sum())


def pieces(copies: int = 1) -> tuple[Piece, ...]:
    every = [p for p, n in zip(PATTERNS, OFTEN, strict=True) for _ in range(n * copies)]
    return tuple(Piece(f"piece{i}", bare_grid(np.array(p, dtype=np.int16))) for i, p in enumerate(every))


def training_of(model: RBM, *, copies: int = 1, **plan) -> RBMTraining:
    return RBMTraining(
        model, Corpus(train=pieces(copies), valid=(), test=()), batches=RBMBatches(hop=2, **plan)
    )


def pattern_training(*, hidden: int = 6, dropout: float = 0.0, **plan) -> RBMTraining:
    """A fresh machine and its training on the patterns: 8 visible units."""
    torch.manual_seed(0)
    return training_of(
        RBM(RBMConfig(window=2, lowest=60, keys=2, bar=2, hidden=hidden, dropout=dropout)), **plan
    )


# -- the machine -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_free_energy_is_the_sum_over_all_hidden_states(seed):
    model = machine(seed=seed).double()
    expected = -np.log(joint(model).sum(1))
    assert model.free_energy(states(4).double()).detach().numpy() == pytest.approx(expected)


@pytest.mark.parametrize("kept", list(product((0.0, 1.0), repeat=3)))
def test_free_energy_without_dropped_units_is_the_sum_over_the_others(kept):
    model = machine(seed=1).double()
    mask = torch.tensor(kept, dtype=torch.float64)
    found = model.free_energy(states(4).double(), mask.expand(16, 3))
    assert found.detach().numpy() == pytest.approx(-np.log(joint(model, mask).sum(1)))


def test_energy_is_the_exponent_of_the_joint():
    model = machine().double()
    v, h = states(4).double(), states(3).double()
    for i, row in enumerate(v):
        found = model.energy(row.expand(8, 4), h)
        assert torch.exp(-found).detach().numpy() == pytest.approx(joint(model)[i])


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_conditional_means_are_those_of_the_joint(temperature):
    model = machine(seed=2).double()
    table = joint(model, temperature=temperature)
    v, h = states(4).double(), states(3).double()
    hidden = (table @ h.numpy()) / table.sum(1, keepdims=True)
    visible = (table.T @ v.numpy()) / table.sum(0)[:, None]
    assert model.hidden_mean(v, temperature).detach().numpy() == pytest.approx(hidden)
    assert model.visible_mean(h, temperature).detach().numpy() == pytest.approx(visible)


def test_after_dropout_the_logits_are_the_mean_of_all_the_thinned_machines():
    dropout = 0.3
    model, whole = machine(dropout=dropout).double(), machine().double()
    h = states(3).double()
    expected = torch.zeros(8, 4, dtype=torch.float64)
    for kept in states(3).double():
        chance = float(torch.where(kept > 0, 1 - dropout, dropout).prod())
        expected += chance * whole.visible_logits(h * kept)
    assert torch.allclose(model.visible_logits(h), expected)


def test_free_energy_does_not_overflow():
    model = machine()
    with torch.no_grad():
        model.W.fill_(1000)
        model.hidden_bias.zero_()
        model.visible_bias.zero_()
    v = torch.tensor([[1.0, 0, 0, 0], [1, 1, 1, 1]], requires_grad=True)
    energy = model.free_energy(v)
    assert energy.tolist() == [-3000, -12000]
    energy.sum().backward()
    assert v.grad.isfinite().all()
    assert (model.free_energy(-v.detach()) == 0).all()


# -- chance ------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=4, max_size=4), st.booleans())
def test_a_gibbs_step_leaves_clamped_units_and_its_argument_alone(seed, clamped, wide):
    model = machine(seed=seed)
    chance = torch.Generator().manual_seed(seed)
    v = torch.bernoulli(torch.full((50, 4), 0.5), generator=chance)
    before = v.clone()
    clamp = torch.tensor(clamped)
    new = model.gibbs_step(v, clamp.expand(50, 4) if wide else clamp, generator=chance)
    assert torch.equal(v, before)
    assert torch.equal(new[:, clamp], v[:, clamp])
    assert ((new == 0) | (new == 1)).all()


def test_the_same_seed_gives_the_same_gibbs_steps():
    model, v = machine(), torch.zeros(20, 4)
    one, two, other = (
        model.gibbs_step(v, generator=torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


@torch.no_grad()
def test_a_gibbs_chain_comes_to_the_machines_own_distribution():
    model = machine(hidden=2, seed=5)
    chance = torch.Generator().manual_seed(0)
    v = torch.zeros(40_000, 4)
    for _ in range(60):
        v = model.gibbs_step(v, generator=chance)
    assert shares(v) == pytest.approx(distribution(model), abs=0.01)


@torch.no_grad()
def test_a_clamped_gibbs_chain_comes_to_the_distribution_given_the_clamped_units():
    model = machine(hidden=2, seed=6)
    chance = torch.Generator().manual_seed(0)
    clamp = torch.tensor([True, False, False, True])
    v = torch.tensor([1.0, 0, 0, 0]).expand(40_000, 4)
    for _ in range(60):
        v = model.gibbs_step(v, clamp, generator=chance)
    possible = np.array([bool(s[0]) and not s[3] for s in states(4)])
    expected = np.where(possible, distribution(model), 0)
    assert shares(v) == pytest.approx(expected / expected.sum(), abs=0.01)


def test_pseudo_likelihood_averages_to_the_exact_one():
    """Each random unit gives N times its own log p(v_i | the others); all four together are log PL."""
    model = machine(seed=7).double()
    p = distribution(model).reshape(2, 2, 2, 2)
    chance = torch.Generator().manual_seed(0)
    for v in states(4).double():
        place = tuple(int(x) for x in v)
        exact = [np.log(p[place] / p.sum(axis=i)[place[:i] + place[i + 1 :]]) for i in range(4)]
        found = pseudo_log_likelihood(model, v.expand(100, 4), generator=chance)
        assert sorted(set(found.numpy().round(9))) == pytest.approx(sorted(4 * np.array(exact)))
        assert np.mean(sorted(set(found.numpy().round(9)))) == pytest.approx(sum(exact))


@pytest.mark.parametrize("seed", range(3))
def test_annealed_importance_sampling_finds_the_partition_function(seed):
    model = machine(hidden=5, keys=3, seed=seed)
    found, spread = log_partition(
        model, chains=200, temperatures=200, generator=torch.Generator().manual_seed(seed)
    )
    assert found == pytest.approx(np.log(joint(model).sum()), abs=0.05)
    assert 0 < spread < 1


def test_the_partition_function_of_a_machine_without_weights_is_exact():
    model = machine()
    with torch.no_grad():
        model.W.zero_()
        model.hidden_bias.zero_()
    found, spread = log_partition(model, chains=5, temperatures=3, generator=torch.Generator())
    assert found == pytest.approx(np.log(joint(model).sum()), abs=1e-4)
    assert spread == pytest.approx(0, abs=1e-6)


# -- the gradient ------------------------------------------------------------------------------------------


def log_likelihood(model: RBM, data: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """log p of one row, (N,), by sums over all states of the machine without its dropped units."""
    v = states(len(data)).unsqueeze(1)  # (2^N, 1, N)
    h = torch.stack([h for h in states(len(kept)) if (h <= kept).all()])  # (the hidden states, H)
    minus_energy = ((v @ model.W) * h).sum(-1) + v @ model.visible_bias + h @ model.hidden_bias
    row = int((data.long() * 2 ** torch.arange(len(data)).flip(0)).sum())
    return minus_energy[row].logsumexp(0) - minus_energy.flatten().logsumexp(0)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_with_exact_dreams_the_loss_has_the_gradient_of_the_likelihood(dropout):
    """Over dreams that come as often as the machine would have them, the loss's gradient is the exact one."""
    training: Any = training_of(machine(keys=2, window=2, hidden=3, seed=3, dropout=dropout), rows=1)
    model = training.model
    parameters = list(model.parameters())
    masks = set()
    for step in range(4):
        seen: list[torch.Tensor] = []
        found = [torch.zeros_like(p) for p in parameters]

        def capture(data, kept, chance, seen=seen):
            seen[:] = [data[0], kept[0]]
            return data

        training.dream = capture
        training.loss(step, 0, 1)
        data, kept = seen
        masks.add(tuple(kept.tolist()))
        for p, v in zip(distribution(model, kept), states(8), strict=True):
            training.dream = lambda data, kept, chance, v=v: v.expand_as(data)
            loss, count = training.loss(step, 0, 1)
            assert count == 1
            for total, one in zip(found, torch.autograd.grad(loss, parameters), strict=True):
                total += p * one
        exact = torch.autograd.grad(-log_likelihood(model, data, kept), parameters)
        for mine, theirs in zip(found, exact, strict=True):
            assert torch.allclose(mine, theirs, atol=1e-5)
    assert (len(masks) > 1) == (dropout > 0)


@pytest.mark.parametrize("kept", [(1.0, 1.0, 1.0), (1.0, 0.0, 1.0), (0.0, 0.0, 0.0)])
def test_dreams_come_from_the_machine_without_its_dropped_units(kept):
    training = training_of(machine(seed=4, dropout=0.5), cd_steps=40)
    mask = torch.tensor(kept)
    dream = training.dream(torch.zeros(20_000, 4), mask.expand(20_000, 3), torch.Generator().manual_seed(0))
    assert shares(dream) == pytest.approx(distribution(training.model, mask), abs=0.015)


@pytest.mark.parametrize("persistent", [True, False])
def test_persistent_chains_live_on_and_others_begin_at_the_data(persistent):
    """In a machine that copies what it sees, a dream tells where it began."""
    model = machine(hidden=4)
    with torch.no_grad():
        model.W.copy_(80 * torch.eye(4))
        model.visible_bias.fill_(-40)
        model.hidden_bias.fill_(-40)
    training = training_of(model, persistent=persistent)
    kept, chance = torch.ones(5, 4), torch.Generator().manual_seed(0)
    ones, zeros = torch.ones(5, 4), torch.zeros(5, 4)
    assert torch.equal(training.dream(ones, kept, chance), ones), "the first dream begins at the data"
    assert torch.equal(training.dream(zeros, kept, chance), ones if persistent else zeros)


def test_parts_of_a_batch_see_together_what_one_sees():
    training: Any = training_of(machine(window=2), rows=7)
    seen = []

    def record(data, kept, chance):
        seen.append(data)
        return torch.zeros_like(data)

    training.dream = record
    whole, count = training.loss(5, 0, 1)
    parts = [training.loss(5, part, 3) for part in range(3)]
    assert count == 7 == sum(n for _, n in parts)
    assert torch.allclose(whole, torch.stack([loss for loss, _ in parts]).sum())
    assert sorted(map(tuple, seen[0].tolist())) == sorted(map(tuple, torch.cat(seen[1:]).tolist()))


# -- training ----------------------------------------------------------------------------------------------


def test_the_visible_bias_starts_at_the_log_odds():
    training = pattern_training()
    training.initialize()
    mean = training.train.double().mean(0).clamp(1e-3, 1 - 1e-3)
    assert torch.sigmoid(training.model.visible_bias).double().tolist() == pytest.approx(mean.tolist())
    assert 0 < mean.min() < 0.5 < mean.max() < 1


def test_a_machine_learns_how_often_each_window_comes(tmp_path):
    training = pattern_training(hidden=7, rows=40, cd_steps=5, copies=4)
    data = shares(training.train.float())
    untrained = divergence(data, distribution(training.model))
    training.initialize()
    alone = divergence(data, distribution(training.model))  # every unit for itself
    config = TrainConfig(
        steps=600, learning_rate=0.05, clip=1e6, average=0.98, evaluate_every=600, bfloat16=False
    )
    trained = train(training, tmp_path, config)
    assert isinstance(trained, RBM)
    learned = divergence(data, distribution(trained))
    assert untrained > 4
    assert alone > 2
    assert learned < 0.4


def test_key_odds_after_training_are_how_often_keys_sound():
    training = pattern_training()
    training.finish()
    # Of the 20 slots of all pieces: key 60 in all but the second of pattern 2, key 61 there and in 3 and 4.
    sixty = 1 - 3 / 20
    sixty_one = (3 + 2 * 2 + 2 * 1) / 20
    assert torch.sigmoid(training.model.key_odds).tolist() == pytest.approx([sixty, sixty_one])


def test_validation_gives_the_figures_that_it_names():
    training = pattern_training()
    training.initialize()
    model = training.model
    with torch.no_grad():
        model.W.zero_()
    result = training.validate()
    mean = training.train.double().mean(0)
    wrong = ((mean > 0.5) != training.train.bool()).sum(1).double().mean()
    assert result["wrong_cells"] == pytest.approx(float(wrong))
    assert result["free_energy_gap"] == 0
    assert result["pseudo"] > 0


@pytest.mark.parametrize("target", [0.1, 0.7])
def test_the_sparsity_cost_pulls_hidden_units_to_their_share(target):
    busy = []
    for cost in (0.0, 50.0):
        training = pattern_training(rows=10, sparsity=target, sparsity_cost=cost)
        optimizer = torch.optim.Adam(training.model.parameters(), lr=0.03)
        for step in range(150):
            optimizer.zero_grad()
            training.loss(step, 0, 1)[0].backward()
            optimizer.step()
        busy.append(training.model.hidden_mean(training.train.float()).mean(0).detach())
    free, held = ((b - target).abs().max() for b in busy)
    assert held < 0.1
    assert held < free / 2


@pytest.mark.parametrize("momentum", [None, 0.5])
def test_weights_decay_and_biases_do_not(momentum):
    model = machine()
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(1)
    config = TrainConfig(steps=1, learning_rate=0.1, weight_decay=0.5, momentum=momentum)
    optimizer = optimizer_of(model, config)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    assert torch.allclose(model.W, torch.tensor(0.95))
    assert (model.visible_bias == 1).all()
    assert (model.hidden_bias == 1).all()


def test_momentum_carries_weights_and_biases_on():
    model = machine()
    before = [p.detach().clone() for p in model.parameters()]
    optimizer = optimizer_of(model, TrainConfig(steps=1, learning_rate=0.1, momentum=0.5))
    for gradient in (1.0, 0.0):
        for p in model.parameters():
            p.grad = torch.full_like(p, gradient)
        optimizer.step()
    for old, new in zip(before, model.parameters(), strict=True):
        assert torch.allclose(old - new, torch.tensor(0.1 + 0.05), atol=1e-6)


def test_without_a_window_there_is_nothing_to_learn():
    with pytest.raises(RequestError, match="no piece has 4 bars of 2 sixteenths in a row"):
        RBMTraining(
            RBM(RBMConfig(window=8, lowest=72, keys=2, bar=2, hidden=2)), Corpus(pieces(), valid=(), test=())
        )


# -- a piece -----------------------------------------------------------------------------------------------


def unknown(slots: int, keys: int = 2) -> GivenKeys:
    """Nothing is given."""
    nothing = torch.zeros(slots, 2 * keys)
    return GivenKeys(nothing, nothing.bool(), nothing.bool())


@pytest.mark.parametrize("consensus", [0.0, 1.0])
def test_over_many_chains_the_mean_is_the_probability_of_each_key(consensus):
    """One window long, with one unit clamped: their mean is the exact chance of each unit."""
    model = machine(hidden=2, seed=6, gibbs_steps=40)
    nothing = unknown(1)
    clamp = nothing.clamp.clone()
    clamp[0, 2] = True
    probabilities = RBMSampler(model).note_probabilities(
        GivenKeys(clamp.float(), clamp, nothing.near),
        generator=torch.Generator().manual_seed(0),
        sampling=Sampling(temperature=0.5, consensus=consensus),
        candidates=4_000,
    )
    given_it = np.where(states(4)[:, 2] > 0, distribution(model), 0)
    expected = (given_it / given_it.sum()) @ states(4).numpy()
    assert probabilities.mean(0)[0].tolist() == pytest.approx(expected, abs=0.02)


@given(st.integers(0, 10_000), st.integers(1, 20), st.sampled_from([0.0, 0.4]), st.booleans())
def test_clamped_units_come_back_exactly_at_any_length(seed, slots, consensus, near_the_given):
    model = machine(window=4, hidden=3, seed=seed, gibbs_steps=3)
    chance = torch.Generator().manual_seed(seed)
    drawn = torch.bernoulli(torch.full((3, slots, 4), 0.4), generator=chance)
    known = GivenKeys(drawn[0], drawn[1].bool(), drawn[2].bool())
    probabilities = RBMSampler(model).note_probabilities(
        known,
        generator=chance,
        sampling=Sampling(temperature=0.5, consensus=consensus),
        candidates=2,
        closeness=0.5 if near_the_given else None,
    )
    assert probabilities.shape == (2, slots, 4)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert all(torch.equal(one[known.clamp], known.states[known.clamp]) for one in probabilities)


def test_the_same_seed_gives_the_same_probabilities():
    sampler = RBMSampler(machine(window=4, gibbs_steps=5))
    one, two, other = (
        sampler.note_probabilities(
            unknown(9), generator=torch.Generator().manual_seed(seed), sampling=Sampling()
        )
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_at_closeness_1_nothing_changes():
    sampler = RBMSampler(machine(window=4))
    drawn = torch.bernoulli(torch.full((9, 4), 0.4), generator=torch.Generator().manual_seed(0))
    known = GivenKeys(drawn, torch.zeros(9, 4, dtype=torch.bool), torch.zeros(9, 4, dtype=torch.bool))
    probabilities = sampler.note_probabilities(
        known, generator=torch.Generator(), sampling=Sampling(), candidates=2, closeness=1.0
    )
    assert torch.equal(probabilities, drawn.expand(2, -1, -1))


@pytest.mark.parametrize(("requested", "last"), [(0.0, COLDEST), (0.5, 1.0), (1.0, 2 - COLDEST)])
def test_a_chain_cools_from_1_to_the_requested_temperature(requested, last):
    sampler = RBMSampler(machine(gibbs_steps=10, cooling=0.5))
    course = [sampler.temperature(step, 10, requested) for step in range(10)]
    assert course == pytest.approx([1.0] * 5 + np.linspace(1, last, 6)[1:].tolist())


def test_a_key_that_rubs_against_a_given_one_is_less_likely():
    model = machine(keys=3, hidden=2, gibbs_steps=20, seed=1)
    clamp = torch.zeros(1, 6, dtype=torch.bool)
    clamp[0, 0] = True
    near = torch.zeros_like(clamp)
    means = []
    for rubs in (False, True):
        near[0, 1] = rubs
        probabilities = RBMSampler(model).note_probabilities(
            GivenKeys(clamp.float(), clamp, near.clone()),
            generator=torch.Generator().manual_seed(0),
            sampling=Sampling(),
            candidates=500,
        )
        means.append(float(probabilities[:, 0, 1].mean()))
    assert means[1] < means[0]
