"""Into what kind of beat a chord moves: weak, strong, or the first of a phrase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, Grid
from ripieno.models.planner.beat_features import PlanContext
from ripieno.theory.plans import beat_steps, beat_strengths

WEAK, STRONG, PHRASE = 0, 1, 2


def move_kinds(grid: Grid, context: PlanContext) -> NDArray[np.int64]:
    """(N,) the kind of the move into each beat."""
    kinds = np.where(beat_strengths(grid) > BEAT, STRONG, WEAK)
    ends = context.phrase_ends
    if ends is not None:
        last = np.array([ends[steps.start : steps.stop].any() for steps in beat_steps(grid)])
        kinds[1:][last[:-1] & ~last[1:]] = PHRASE
    return kinds.astype(np.int64)
