"""Choosing tokens: probabilities, nucleus, and constraints that no choice breaks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.models.sampling import (
    Limits,
    Sampling,
    StrictRules,
    best_tokens,
    draw_noise,
    draw_tokens,
    legal_tokens,
    nucleus,
    nucleus_tokens,
    within_span,
)

LOWEST, P = 48, 24  # pitches 48..71, then hold, then rest
HOLD_TOKEN, REST_TOKEN = P, P + 1
NONE = P + 1  # a pitch that is not chosen yet


def choose(logits, legal, uniform, **sampling):
    row = np.array([logits], dtype=np.float32)
    return int(draw_tokens(row, np.array([legal]), np.array([uniform]), Sampling(**sampling))[0])


def test_temperature_zero_takes_the_likeliest_legal_token():
    assert choose([1.0, 3.0, 2.0], [True, False, True], 0.0, temperature=0) == 2


@pytest.mark.parametrize(
    ("uniform", "token"), [(0.0, 0), (0.249, 0), (0.25, 1), (0.74, 1), (0.76, 2), (1 - 1e-16, 2)]
)
def test_a_uniform_number_picks_by_cumulated_probability(uniform, token):
    logits = np.log([0.25, 0.5, 0.25]).tolist()
    assert choose(logits, [True] * 3, uniform, temperature=1.0) == token


def test_tokens_are_drawn_by_the_softmax_at_that_temperature():
    logits = np.array([0.0, 1.0, 2.0, -1.0], dtype=np.float32)
    uniform, every = np.random.default_rng(1).random(20_000), np.ones((20_000, 4), dtype=np.bool_)
    tokens = draw_tokens(logits[None].repeat(20_000, 0), every, uniform, Sampling(temperature=0.5))
    expected = torch.from_numpy(logits / 0.5).softmax(-1).tolist()
    assert (np.bincount(tokens, minlength=4) / 20_000).tolist() == pytest.approx(expected, abs=0.012)


@given(st.integers(0, 2**20), st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 0.1, 1.0, 2.0]))
def test_an_illegal_token_never_comes(seed, uniform, temperature):
    rng = np.random.default_rng(seed)
    logits, legal = rng.normal(0, 30, 12), rng.random(12) < 0.3
    legal[rng.integers(12)] = True
    token = choose(logits.tolist(), legal.tolist(), uniform, temperature=temperature)
    assert legal[token]


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(0.5, [0.5, 0, 0, 0]), (0.51, [0.5, 0.3, 0, 0]), (0.01, [0.5, 0, 0, 0]), (1.0, [0.5, 0.3, 0.15, 0.05])],
)
def test_nucleus_keeps_the_likeliest_that_make_up_the_mass(top_p, kept):
    weights = np.array([[0.05, 0.5, 0.15, 0.3]])
    expected = [kept[3], kept[0], kept[2], kept[1]]
    assert nucleus(weights, top_p)[0].tolist() == pytest.approx(expected)


def make_legal(fixed_rows, silent_rows, ranges=((60, 65),)):
    fixed = np.array(fixed_rows, dtype=np.bool_).reshape(-1, 1)
    limits = Limits(ranges, np.array(silent_rows, dtype=np.bool_))
    return legal_tokens(fixed, limits, lowest=LOWEST, pitches=P)[:, 0]


def test_only_the_range_a_hold_and_no_rest():
    legal = make_legal([0, 0], [0, 0])
    assert np.flatnonzero(legal[1]).tolist() == [12, 13, 14, 15, 16, 17, HOLD_TOKEN]


def test_no_hold_after_a_given_cell_since_that_would_lengthen_a_given_note():
    assert not make_legal([1, 0], [0, 0])[1, HOLD_TOKEN]


def test_where_the_choir_breathes_there_is_only_a_rest():
    assert np.flatnonzero(make_legal([0, 0], [0, 1])[1]).tolist() == [REST_TOKEN]


@pytest.mark.parametrize("low_high", [((0, 127),), ((0, 40),), ((100, 127),)])
def test_ranges_beyond_the_network_never_reach_hold_or_rest(low_high):
    legal = make_legal([0], [0], low_high)
    assert not legal[0, HOLD_TOKEN:].any()


def strict(voice, last, now, legal=None):
    every = np.ones((1, P + 2), dtype=np.bool_) if legal is None else legal
    return StrictRules(P).apply(every, voice, np.array([last]), np.array([now]))[0]


def test_parallel_fifths_are_forbidden():
    # soprano G (19) over bass C (0); soprano goes to A (21); the bass may not follow to D (2)
    legal = strict(3, [19, 12, 7, 0], [21, NONE, NONE, NONE])
    assert not legal[2]
    assert legal[0], "staying is no parallel"
    assert legal[5]


def test_parallel_octaves_are_forbidden_in_any_octave():
    legal = strict(3, [12, 9, 7, 0], [14, NONE, NONE, NONE])
    assert not legal[2]
    assert not legal[14]


def test_an_octave_leap_over_a_voice_that_stays_is_no_parallel():
    assert strict(1, [19, 12, 7, 0], [19, NONE, NONE, 0])[12 - 7]


@pytest.mark.parametrize(("voice", "illegal"), [(1, 20), (3, 8), (2, 13), (2, 4)])
def test_no_voice_crosses_one_that_is_known(voice, illegal):
    now = [19, 12, 7, 5]
    now[voice] = NONE
    assert not strict(voice, [18, 11, 6, 4], now)[illegal]


def test_a_hold_that_would_cross_is_forbidden_too():
    assert not strict(1, [19, 14, 7, 0], [12, NONE, NONE, NONE])[HOLD_TOKEN]


def test_a_rule_that_would_leave_nothing_is_waived():
    only = np.zeros((1, P + 2), dtype=np.bool_)
    only[0, 20] = True
    assert strict(1, [19, 12, 7, 0], [12, NONE, NONE, NONE], only)[20]


@pytest.mark.parametrize(
    ("voice", "now", "legal"),
    [
        (1, [19, NONE, 10, 0], range(7, 23)),  # within an octave of both
        (2, [19, NONE, NONE, 0], range(7, P)),
        (2, [NONE, NONE, NONE, 0], range(P)),
        (3, [19, 12, 10, NONE], range(P)),  # the bass has a hand of its own
        (1, [22, NONE, 3, 0], range(10, 16)),  # though these lie too far apart
    ],
)
def test_one_hand_reaches_an_octave(voice, now, legal):
    every = np.ones((1, P + 2), dtype=np.bool_)
    found = within_span(every, voice, np.array([[NONE] * 4]), np.array([now]), 12)[0, :P]
    assert np.flatnonzero(found).tolist() == [*legal]


def test_the_nucleus_is_drawn_among_what_is_legal():
    scores = np.log(np.array([[0.6, 0.3, 0.07, 0.03]], dtype=np.float32))
    legal = np.array([[False, True, True, True]])
    assert nucleus_tokens(scores, legal, 0.7).tolist() == [[False, True, False, False]]
    assert nucleus_tokens(scores, legal, 0.8).tolist() == [[False, True, True, False]]


def test_the_best_ways_to_go_on_stay_with_their_candidate():
    scores = np.array([[0.0, -1.0], [0.0, -5.0], [-9.0, -8.0], [-7.0, -9.5]], dtype=np.float32)
    beam_score = np.array([0.0, -0.5, 0.0, -3.0])
    rows, tokens = best_tokens(scores, np.ones((4, 2), dtype=np.bool_), beam_score, 2)
    assert rows.tolist() == [0, 1, 2, 2]
    assert tokens.tolist() == [0, 0, 1, 0]


def test_the_likeliest_of_noisy_scores_is_a_draw():
    """Gumbel noise: the arg max of log p + noise comes as often as p says."""
    generator = torch.Generator().manual_seed(3)
    noise = draw_noise(20_000, (1, 1, 4), Sampling(1.0, beam=2), generator)[:, 0, 0]
    probabilities = [0.1, 0.2, 0.3, 0.4]
    share = np.bincount((np.log(probabilities) + noise).argmax(-1), minlength=4) / 20_000
    assert share.tolist() == pytest.approx(probabilities, abs=0.012)


def test_the_first_candidates_have_the_same_noise_however_many_follow():
    for sampling in (Sampling(), Sampling(beam=3)):
        few, many = (draw_noise(n, (5, 4, 7), sampling, torch.Generator().manual_seed(1)) for n in (2, 6))
        assert (few == many[:2]).all()
