"""Wilson's interval against published values.

They are those of Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
methods", Statistics in Medicine 17 (1998), table I, method 3.
"""

from __future__ import annotations

import math

import pytest

from ripieno.evaluation.wilson import Z_95, wilson_interval

PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("right", "of", "low", "high"), PUBLISHED)
def test_the_interval_is_that_of_the_literature(right: int, of: int, low: float, high: float) -> None:
    assert [round(bound, 4) for bound in wilson_interval(right, of)] == [low, high]


@pytest.mark.parametrize(("right", "of"), [(0, 1), (1, 1), (3, 10), (7, 10), (500, 1000)])
def test_at_its_bounds_the_share_is_so_many_standard_deviations_away(right: int, of: int) -> None:
    for bound in wilson_interval(right, of):
        deviation = math.sqrt(bound * (1 - bound) / of)  # of a share whose true value is the bound
        assert abs(right / of - bound) == pytest.approx(Z_95 * deviation, abs=1e-9)


def test_nothing_says_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
