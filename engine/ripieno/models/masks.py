"""Masks of fixed cells; those for training draw a task at random, so that one network learns them all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, Cells

Mask = NDArray[np.bool_]


def whole_notes(fixed: Mask, cells: Cells) -> Mask:
    """The mask with every held cell fixed or free as its onset is: a note is fixed whole or not at all.

    fixed, cells: (T, V). Returns a new (T, V).
    """
    whole = fixed.copy()
    for t in range(1, len(cells)):
        held = cells[t] == HOLD
        whole[t, held] = whole[t - 1, held]
    return whole


def training_mask(cells: Cells, rng: np.random.Generator) -> Mask:
    """Draw a (T, V) bool mask, True where given: with p 1/2 nothing, 1/4 the soprano, else another task."""
    steps, voices = cells.shape
    fixed = np.zeros((steps, voices), dtype=np.bool_)
    draw = rng.random()
    if draw < 0.5:
        return fixed
    if draw < 0.75:
        fixed[:, 0] = True
    elif draw < 0.87:  # other voices: bass, outer, inner ...
        given = rng.permutation(voices)[: rng.integers(1, voices)]
        fixed[:, given] = True
    elif draw < 0.95:  # infill: all but some measures of some voices
        fixed[:] = True
        start = rng.integers(0, steps)
        hole = rng.permutation(voices)[: rng.integers(1, voices + 1)]
        fixed[start : start + rng.integers(8, 97), hole] = False
    else:  # single notes
        fixed = rng.random((steps, voices)) < rng.random()
    return whole_notes(fixed, cells)
