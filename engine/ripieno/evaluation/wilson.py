"""The interval in which a true share lies: Wilson's, which holds for small numbers, too."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054  # of the normal distribution, both sides together 5 %


def wilson_interval(right: float, of: int, z: float = Z_95) -> tuple[float, float]:
    """(lowest, highest) share that fits ``right`` of ``of``; (0, 1) of nothing.

    right: may be a mean of several judgements of each case. z: how many standard deviations; the usual one
    is for 95 %. Wilson, "Probable inference, the law of succession, and statistical inference", 1927;
    without correction for continuity.
    """
    assert 0 <= right <= of
    if of == 0:
        return 0.0, 1.0
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
