"""Long rests are left out of the grid that a network fills: silence must cost nothing.

A network goes through a piece step by step, also through a hundred measures in which everybody rests. Of a
rest longer than ``LONG_REST`` it sees only the beginning and the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import REST, Grid, GridPlan
from ripieno.models.generator import FilledGrid, StepCallback, ignore_step
from ripieno.models.masks import Mask

LONG_REST = 128  # steps, eight measures of 4/4; of more, half of it stays at either end


@dataclass(frozen=True, slots=True, eq=False)
class ShortGrid:
    """A grid without the inside of its long rests.

    whole: with it. steps: (S,) int64, those of its steps that stayed.
    """

    whole: Grid
    steps: NDArray[np.int64]

    @property
    def grid(self) -> Grid:
        """The short grid; the step at which something is missing lasts longer."""
        return self.of(self.whole)

    def of(self, whole: Grid) -> Grid:
        """Another grid of the same steps without what is missing here."""
        return whole if len(self.steps) == whole.steps else whole.part(self.steps)

    def plans(self, plans: Sequence[GridPlan]) -> list[GridPlan]:
        """The plans of the whole grid as ones of the short grid."""
        return [plan.part(self.steps) for plan in plans]

    def callback(self, on_step: StepCallback) -> StepCallback:
        """The same callback for steps of the short grid; the steps that are missing are not called."""
        if on_step is ignore_step or len(self.steps) == self.whole.steps:
            return on_step
        return lambda step, cells: on_step(int(self.steps[step]), cells)

    def restore(self, filled: Sequence[FilledGrid]) -> list[FilledGrid]:
        """Fillings of the short grid as ones of the whole, in which the missing steps are rests."""
        return [self.restored(one) for one in filled]

    def restored(self, filled: FilledGrid) -> FilledGrid:
        """One filling of the short grid as one of the whole."""
        if len(self.steps) == self.whole.steps:
            return filled
        cells = np.full_like(self.whole.cells, REST)
        cells[self.steps] = filled.grid.cells
        done = filled.steps
        if done is not None:
            done = int(self.steps[done]) if done < len(self.steps) else self.whole.steps
        return replace(filled, grid=self.whole.with_cells(cells), steps=done)


def without_long_rests(grid: Grid, fixed: Mask, silent: NDArray[np.bool_]) -> ShortGrid:
    """The grid without the inside of the rests in which all fixed cells and all free ones are silent.

    fixed: (T, V). silent: (T,) the steps at which the free voices rest.
    """
    rests = silent & ((grid.cells == REST) | ~fixed).all(1)
    stays = np.ones(grid.steps, dtype=np.bool_)
    changes = np.flatnonzero(np.diff(rests.astype(np.int8), prepend=0, append=0))
    for start, end in list(pairwise(changes.tolist()))[::2]:
        if end - start > LONG_REST:
            stays[start + LONG_REST // 2 : end - LONG_REST // 2] = False
    return ShortGrid(grid, np.flatnonzero(stays))
