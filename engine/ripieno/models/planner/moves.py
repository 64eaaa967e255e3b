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
    last = last_beats(grid, context)
    kinds[1:][last[:-1] & ~last[1:]] = PHRASE
    return kinds.astype(np.int64)


def last_beats(grid: Grid, context: PlanContext) -> NDArray[np.bool_]:
    """(N,) whether the last note of a phrase sounds in each beat; nowhere where the phrases are not known."""
    beats, ends = beat_steps(grid), context.phrase_ends
    if ends is None:
        return np.zeros(len(beats), dtype=np.bool_)
    return np.array([ends[steps.start : steps.stop].any() for steps in beats])
