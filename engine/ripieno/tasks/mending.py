"""Mend a draft: write the beats around a fault anew, everything else given.

Where chords are asked for, a network that chooses from left to right is sometimes led into a corner. Looking
at both sides of the place, it finds a way out. (Blocks of a draft are drawn again, as in Huang et al.,
"Counterpoint by convolution", ISMIR 2017, but only where a rule is broken.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ripieno.grid import BEAT, Grid
from ripieno.models.generator import FilledGrid
from ripieno.models.masks import Mask, whole_notes
from ripieno.theory.rules import fault_steps

ATTEMPTS = (1, 2, 3, 1, 2, 3, 4)  # beats on either side of a fault that are written anew, until that helps
MAX_REFILLS = 16  # in all, where nothing helps: the chords may leave no way without a fault

Refill = Callable[[Grid, Mask], Sequence[FilledGrid]]  # several drafts of the free cells; none to stop


def mended(draft: FilledGrid, fixed: Mask, refill: Refill) -> FilledGrid:
    """The draft, or a better one without some of its faults. fixed: (T, V), the cells that stay."""
    steps, refills = fault_steps(draft.grid.as_heard), 0
    for width in ATTEMPTS:
        for step in tuple(dict.fromkeys(steps)):
            if step not in steps:
                continue  # mended together with another one
            if refills == MAX_REFILLS:
                return draft
            refills += 1
            mask = fixed | ~around(draft.grid, step, width)[:, None]
            drafts = refill(draft.grid, whole_notes(mask, draft.grid.cells))
            if not drafts:
                return draft
            judged = [(fault_steps(one.grid.as_heard), one) for one in drafts]
            left, best = min(judged, key=lambda pair: (len(pair[0]), -pair[1].worth))
            if len(left) < len(steps):
                draft, steps = replace(draft, grid=best.grid), left
    return draft


def around(grid: Grid, step: int, width: int) -> Mask:
    """(T,) True in the beat of a step and in so many beats on either side."""
    beat = np.cumsum(grid.strength >= BEAT)
    near: Mask = np.abs(beat - beat[step]) <= width
    return near
