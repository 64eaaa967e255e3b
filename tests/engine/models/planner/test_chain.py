"""The chain of chords, against the sum over all paths of tiny pieces."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.models.planner.chain import (
    ChordMoves,
    best_path,
    draw_path,
    log_likelihood,
    log_partition,
    marginals,
)

BEATS, STATES = 4, 3
PATHS = list(product(range(STATES), repeat=BEATS))


def random_chain(seed: int) -> tuple[torch.Tensor, ChordMoves]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return 3 * torch.randn(*shape, generator=generator, dtype=torch.float64)

    alike = torch.tensor([[False, True, False], [True, False, False], [False, False, False]])
    kinds = torch.randint(2, (1, BEATS), generator=generator)
    return draw(1, BEATS, STATES), ChordMoves(draw(2, STATES, STATES), kinds, draw(1, BEATS, 2), alike)


def matrices(moves: ChordMoves) -> torch.Tensor:
    return moves.matrices()[0]


def path_scores(scores: torch.Tensor, moves: ChordMoves) -> torch.Tensor:
    """The score of each of all paths, added up move by move."""
    into = matrices(moves)
    return torch.stack(
        [
            sum((scores[0, t, s] for t, s in enumerate(path)), torch.zeros(()))
            + sum((into[t, path[t - 1], path[t]] for t in range(1, BEATS)), torch.zeros(()))
            for path in PATHS
        ]
    )


@given(st.integers(0, 10_000))
def test_the_partition_is_the_sum_over_all_paths(seed):
    scores, moves = random_chain(seed)
    counted = torch.ones(1, BEATS, dtype=torch.bool)
    expected = path_scores(scores, moves).logsumexp(0)
    assert float(log_partition(scores, moves, counted)) == pytest.approx(float(expected), abs=1e-6)


@given(st.integers(0, 10_000))
def test_a_piece_shorter_than_its_row_counts_no_beat_behind_its_end(seed):
    scores, moves = random_chain(seed)
    counted = torch.tensor([[True, True, False, False]])
    short = ChordMoves(moves.table, moves.kinds[:, :2], moves.stays[:, :2], moves.alike)
    alone = log_partition(scores[:, :2], short, counted[:, :2])
    assert float(log_partition(scores, moves, counted)) == pytest.approx(float(alone), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(0, len(PATHS) - 1))
def test_the_likelihood_of_a_path_is_its_share_of_all(seed, index):
    scores, moves = random_chain(seed)
    allowed = torch.nn.functional.one_hot(torch.tensor(PATHS[index]), STATES).bool().unsqueeze(0)
    found = log_likelihood(scores, moves, allowed, torch.ones(1, BEATS, dtype=torch.bool))
    every = path_scores(scores, moves)
    assert float(found) == pytest.approx(float(every[index] - every.logsumexp(0)), abs=1e-6)


@given(st.integers(0, 10_000))
def test_marginals_are_the_shares_of_the_paths_through_a_state(seed):
    scores, moves = random_chain(seed)
    chances = path_scores(scores, moves).softmax(0)
    expected = torch.zeros(BEATS, STATES, dtype=torch.float64)
    for path, chance in zip(PATHS, chances, strict=True):
        expected[range(BEATS), list(path)] += chance
    assert torch.allclose(marginals(scores[0], matrices(moves)), expected)


@given(st.integers(0, 10_000))
def test_the_best_path_is_the_best_of_all(seed):
    scores, moves = random_chain(seed)
    every = path_scores(scores, moves)
    path, score = best_path(scores[0], matrices(moves))
    assert tuple(path) == PATHS[int(every.argmax())]
    assert score == pytest.approx(float(every.max()))


def test_a_path_is_drawn_as_often_as_it_is_probable():
    scores, moves = random_chain(5)
    chances = (path_scores(scores, moves) / 4).softmax(0)  # flatter, so that many paths come
    generator, draws = torch.Generator().manual_seed(1), 4000
    counts = dict.fromkeys(PATHS, 0)
    for _ in range(draws):
        counts[tuple(draw_path(scores[0] / 4, matrices(moves) / 4, generator))] += 1
    for path, chance in zip(PATHS, chances.tolist(), strict=True):
        assert counts[path] / draws == pytest.approx(chance, abs=4 * (chance / draws) ** 0.5 + 0.001)
