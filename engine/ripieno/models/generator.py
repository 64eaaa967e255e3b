"""The interface of every generator: fill the free cells of a grid and leave the fixed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.grid import Cells, Grid, GridPlan
from ripieno.models.masks import Mask
from ripieno.models.planner.planner import Planner
from ripieno.models.sampling import Limits, Sampling

# Called every few milliseconds with the share that is done, 0 to 1. If it raises ``StopEarly``, the generator
# returns what is ready; any other exception ends the work.
ProgressCallback = Callable[[float], None]
# Called with each step's index and its cells, (candidates, V), in order, as soon as they are final.
StepCallback = Callable[[int, Cells], None]


class StopEarly(Exception):  # noqa: N818 - it is no error
    """Raised by a progress callback: stop now and return what is ready."""


def report_progress(progress: ProgressCallback, fraction: float) -> bool:
    """Report the share that is done, 0 to 1; returns True if the work must stop early."""
    try:
        progress(fraction)
    except StopEarly:
        return True
    return False


def part_of_progress(progress: ProgressCallback, part: int, parts: int) -> ProgressCallback:
    """The progress callback of one of several equal parts of a work."""
    return lambda fraction: progress((part + fraction) / parts)


def ignore_step(step: int, cells: Cells) -> None:
    """Do nothing: the ``StepCallback`` where none is given."""


@dataclass(frozen=True, slots=True, eq=False)
class FilledGrid:
    """One filled grid and its score by the network.

    log_likelihood: log p of the new tokens, in nats. worth: the same plus the weighted consensus; candidates
    are compared by it. steps: how many are filled, None for all; after ``StopEarly``, the free cells of later
    steps may be rests.
    """

    grid: Grid
    log_likelihood: float
    worth: float
    steps: int | None = None


class Generator(Protocol):
    """A trained network that fills grids.

    sha256: of its weights. voices: how many a grid must have.
    plays: "choir", or "piano" for a network over note states that learned piano music.
    lowest, highest: the MIDI pitches that it can read and write. reads_key_ahead: whether
    ``log_likelihoods`` finds the key of a piece without a signature from all of its notes.
    gives_likelihood: whether it can compute ``log_likelihoods``, which else raises RequestError.
    planner: makes the harmonic plans that it follows where it harmonizes; None without them.
    """

    name: str
    sha256: str
    voices: int
    plays: str
    lowest: int
    highest: int
    reads_key_ahead: bool
    gives_likelihood: bool
    planner: Planner | None

    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        plans: Sequence[GridPlan] = (),
        progress: ProgressCallback = lambda _: None,
        on_step: StepCallback = ignore_step,
    ) -> list[FilledGrid]:
        """Fill every cell that is not fixed; returns ``candidates`` independent draws.

        grid: (T, V); its free cells are not read. fixed: (T, V) bool; those cells come back exactly as given.
        plans: the harmonic plan of each candidate; without any, all follow that of the grid, if it has one.
        New pitches lie in lowest..highest. With a beam, each candidate is the best of its hypotheses.
        """
        ...

    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """(T, V) log p of every free cell, in nats, given the fixed ones and those chosen before it.

        0 where a cell is fixed. sounding: whether to score only the pitch that sounds, held or struck.
        Raises RequestError where the network cannot compute it.
        """
        ...
