"""The one promise of every generator: fill the free cells, leave the fixed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.grid import Cells, Grid
from ripieno.models.masks import Mask
from ripieno.models.sampling import Limits, Sampling

# Told the share that is done, every few milliseconds. ``StopEarly`` makes what is ready the answer; anything
# else that it raises ends the work.
ProgressCallback = Callable[[float], None]
# Told each step's number and its cells, (candidates, V), in order, as soon as they stand for good.
StepCallback = Callable[[int, Cells], None]


class StopEarly(Exception):  # noqa: N818 - it is no error
    """Time is up: what is ready now shall be the answer."""


def report_progress(progress: ProgressCallback, fraction: float) -> bool:
    """Tell how far the work is, and say whether that shall be all."""
    try:
        progress(fraction)
    except StopEarly:
        return True
    return False


def ignore_step(step: int, cells: Cells) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, eq=False)
class FilledGrid:
    """One filled grid and the network's own view of it.

    log_likelihood: log p of the new tokens, in nats. worth: the same with what the consensus adds. steps: how
    many are filled; after ``StopEarly``, free cells behind them may rest. None is all.
    """

    grid: Grid
    log_likelihood: float
    worth: float
    steps: int | None = None


class Generator(Protocol):
    """A trained network that fills grids.

    sha256: of its weights. voices: how many a grid must have.
    plays: "choir", or "piano" for a network of keys that learned piano music.
    lowest, highest: the MIDI pitches that it can read and write. reads_key_ahead: whether a piece without a
    key signature is judged with its key found from the whole of it. gives_likelihood: can it say how likely a
    piece is? Else ``log_likelihoods`` raises RequestError.
    """

    name: str
    sha256: str
    voices: int
    plays: str
    lowest: int
    highest: int
    reads_key_ahead: bool
    gives_likelihood: bool

    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        progress: ProgressCallback = lambda _: None,
        on_step: StepCallback = ignore_step,
    ) -> list[FilledGrid]:
        """Fill every cell that is not fixed, ``candidates`` times over, each with chances of its own.

        grid: (T, V); what stands in its free cells is not looked at. fixed: (T, V) bool; those cells come
        back exactly as given. Pitches lie in lowest..highest. With a beam, the candidates are its best
        hypotheses.
        """
        ...

    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """(T, V) log p of every free cell, in nats, given the fixed ones and those chosen before it.

        sounding: of its pitch, held or struck alike. 0 where a cell is fixed.
        """
        ...
