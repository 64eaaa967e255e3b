"""A trained judge: how well a classifier tells a network's music from what people wrote, in unseen pieces.

Half of its guesses are right where the two are alike. It learns from windows of some pieces, people's and
made ones, and is asked about windows of others: every window is judged by one that never met its piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import RequestError
from ripieno.evaluation.wilson import wilson_interval
from ripieno.evaluation.window_features import window_features
from ripieno.grid import Grid

FOLDS = 10
RIDGE = 10.0  # how much weights cost: as much as doubtful windows in that number
STEPS = 30  # of Newton's method
TELLS = 8
SAME = 1e-9  # a feature that varies less is the same in all windows
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tell:
    """A feature by which made music is told: its mean in people's windows and in made ones.

    apart: how far people's mean is above the other, in standard deviations of all windows.
    """

    feature: str
    people: float
    made: float
    apart: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often the judge is right, and the interval that holds its true share in 95 of 100 cases.

    windows, right: what was judged, and the share that was judged rightly. low, high: Wilson's interval for
    as many cases as there are pieces, since windows of one piece depend on each other.
    pieces_right: the share of pieces, people's and made ones, that are judged rightly by all their windows.
    alone: the share that is judged rightly by one group of features alone. tells: the features that
    are farthest apart, the farthest first.
    """

    pieces: int
    windows: int
    right: float
    low: float
    high: float
    pieces_right: float
    alone: dict[str, float]
    tells: tuple[Tell, ...]


def judge(people: Sequence[Grid], made: Sequence[Grid], *, folds: int = FOLDS, seed: int = 0) -> Verdict:
    """Judge pairs of pieces: the settings of one melody, by people and made.

    Both of a pair lie in one fold and give as many windows, so neither the melody nor a piece's length tells
    anything. Raises RequestError for fewer than two pairs.
    """
    return judge_features(
        [window_features(g) for g in people], [window_features(g) for g in made], folds, seed
    )


def judge_features(
    people: Sequence[Sequence[dict[str, float]]],
    made: Sequence[Sequence[dict[str, float]]],
    folds: int = FOLDS,
    seed: int = 0,
) -> Verdict:
    """The same of the windows of each piece."""
    check_pairs(len(people))
    names = sorted(people[0][0])
    rows, truth, pair = [], [], []
    for number, both in enumerate(zip(people, made, strict=True)):
        count = min(map(len, both))
        for by_people, windows in zip((1.0, 0.0), both, strict=True):
            rows += [[window[name] for name in names] for window in windows[:count]]
            truth += [by_people] * count
            pair += [number] * count
    x, y, pairs = np.array(rows), np.array(truth), np.array(pair)
    fold = np.random.default_rng(seed).permutation(len(people)) % min(folds, len(people))
    folded = fold[pairs]
    belief = beliefs(x, y, folded)
    right = (belief > 0) == (y > 0.5)
    means = [
        (belief[(pairs == p) & (y == by_people)].mean() > 0) == bool(by_people)
        for p in np.unique(pairs)
        for by_people in (0.0, 1.0)
    ]
    low, high = wilson_interval(float(right.mean()) * len(means), len(means))
    return Verdict(
        pieces=len(means),
        windows=len(y),
        right=round(float(right.mean()), 4),
        low=round(low, 4),
        high=round(high, 4),
        pieces_right=round(float(np.mean(means)), 4),
        alone=alone(names, x, y, folded),
        tells=tells_of(names, x, y),
    )


def beliefs(x: Floats, y: Floats, folded: NDArray[np.int64]) -> Floats:
    """(N,) log-odds that each window is people's, by a judge that learned from the other folds."""
    found = np.zeros(len(y))
    for number in np.unique(folded):
        asked = folded == number
        found[asked] = learned(x[~asked], y[~asked]).belief(x[asked])
    return found


def alone(names: Sequence[str], x: Floats, y: Floats, folded: NDArray[np.int64]) -> dict[str, float]:
    """The share that is judged rightly by each group of features, as the names begin."""
    groups = [name.partition(":")[0] for name in names]
    found = {}
    for group in dict.fromkeys(groups):
        belief = beliefs(x[:, [name == group for name in groups]], y, folded)
        found[group] = round(float(((belief > 0) == (y > 0.5)).mean()), 4)
    return found


def check_pairs(count: int) -> None:
    """Raise RequestError where there is no pair to learn from beside the one to be judged."""
    if count < 2:
        raise RequestError("a judge learns from some pieces and judges others; give it two pieces or more")


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A logistic regression on standardized features. weights: the last one is of the constant."""

    centre: Floats
    scale: Floats
    weights: Floats

    def belief(self, x: Floats) -> Floats:
        """(N,) log-odds that each window is people's."""
        found: Floats = standardized(x, self.centre, self.scale) @ self.weights
        return found


def learned(x: Floats, y: Floats) -> Logistic:
    """The regression that fits (N, F) features best to (N,) truths, by Newton's method with a ridge."""
    centre, scale = x.mean(0), x.std(0)
    scale[scale < SAME] = 1.0
    z = standardized(x, centre, scale)
    ridge = np.full(z.shape[1], RIDGE)
    ridge[-1] = 1e-6
    weights = np.zeros(z.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(z @ weights)))
        slope = z.T @ (y - chance) - ridge * weights
        curve = (z * (chance * (1 - chance))[:, np.newaxis]).T @ z + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return Logistic(centre, scale, weights)


def standardized(x: Floats, centre: Floats, scale: Floats) -> Floats:
    """(N, F + 1) features of mean 0 and variance 1, and a constant."""
    return np.concatenate([(x - centre) / scale, np.ones((len(x), 1))], 1)


def tells_of(names: Sequence[str], x: Floats, y: Floats) -> tuple[Tell, ...]:
    """The features whose means are farthest apart in people's windows and in made ones."""
    people, made = x[y > 0.5].mean(0), x[y < 0.5].mean(0)
    apart = (people - made) / np.maximum(x.std(0), SAME)
    return tuple(
        Tell(names[i], round(float(people[i]), 4), round(float(made[i]), 4), round(float(apart[i]), 3))
        for i in np.argsort(-np.abs(apart), kind="stable")[:TELLS].tolist()
    )
