"""Mend a draft: write the beats around a fault of voice leading anew, everything else given.

Where chords are asked for, a network that chooses from left to right is sometimes led into a corner. Looking
at both sides of the place, it finds a way out. (Blocks of a draft are drawn again, as in Huang et al.,
"Counterpoint by convolution", ISMIR 2017, but only where a rule is broken.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ripieno.grid import BEAT, Grid
from ripieno.models.generator import FilledGrid
from ripieno.models.masks import Mask, whole_notes
from ripieno.theory.rules import voice_leading_faults, voice_leading_steps

WIDTHS = (1, 2, 3)  # beats on either side of a fault that are written anew, until that helps

Refill = Callable[[Grid, Mask], Sequence[FilledGrid]]  # several drafts of the free cells of a grid


def mended(draft: FilledGrid, fixed: Mask, refill: Refill) -> FilledGrid:
    """The draft, or a better one without some of its faults. fixed: (T, V), the cells that stay."""
    count = voice_leading_faults(draft.grid)
    for step, width in places_to_mend(draft.grid):
        if not count:
            break
        if step not in voice_leading_steps(draft.grid):
            continue  # mended together with another one
        mask = fixed | ~around(draft.grid, step, width)[:, None]
        drafts = refill(draft.grid, whole_notes(mask, draft.grid.cells))
        best = min(drafts, key=lambda one: (voice_leading_faults(one.grid), -one.worth))
        left = voice_leading_faults(best.grid)
        if left < count:
            draft, count = replace(draft, grid=best.grid), left
    return draft


def places_to_mend(grid: Grid) -> Iterator[tuple[int, int]]:
    """Every fault's step with each of the widths, narrow ones first."""
    steps = voice_leading_steps(grid)
    yield from ((step, width) for width in WIDTHS for step in steps)


def around(grid: Grid, step: int, width: int) -> Mask:
    """(T,) True in the beat of a step and in so many beats on either side."""
    beat = np.cumsum(grid.strength >= BEAT)
    near: Mask = np.abs(beat - beat[step]) <= width
    return near
