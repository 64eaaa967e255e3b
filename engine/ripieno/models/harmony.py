"""How a given harmony guides new notes: a bias on every pitch, the same for all networks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import Grid

STRENGTH = 3.0  # nats
KEYS = 128
CHORD = 3  # tones that make a chord


def harmony_bias(grid: Grid) -> NDArray[np.float32] | None:
    """(T, 128) nats to add to the log-probability of each pitch; None where no harmony is given.

    A tone of the harmony gets 0, any other pitch -``STRENGTH``: it may still sound where the network is surer
    of it than that, as it is of passing notes, suspensions and the leading note. Of one tone alone nothing
    follows, of two half as much as of a chord. A bias, not a mask, since an accompaniment is heard with its
    own passing notes and does not always sound its whole chord; a harmony that the user writes down would be
    a mask at its onset.
    """
    if grid.harmony is None:
        return None
    known = np.clip((grid.harmony.sum(1) - 1) / (CHORD - 1), 0, 1)
    foreign = ~grid.harmony[:, np.arange(KEYS) % grid.harmony.shape[1]]
    bias: NDArray[np.float32] = (-STRENGTH * known[:, None] * foreign).astype(np.float32)
    return bias
