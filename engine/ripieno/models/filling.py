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

Progress = Callable[[float], None]  # told the share that is done; what it raises ends the work
# Told each step's number and its cells, (candidates, V), as soon as they stand; what it raises ends the work.
Heard = Callable[[int, Cells], None]


def unheard(step: int, cells: Cells) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """One filled grid and the network's own view of it: log p of the new tokens, in nats."""

    grid: Grid
    log_likelihood: float


class Generator(Protocol):
    """A trained network that fills grids.

    sha256: of its weights. voices: how many a grid must have.
    lowest, highest: the MIDI pitches that it can read and write.
    """

    name: str
    sha256: str
    voices: int
    lowest: int
    highest: int

    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int,
        progress: Progress,
    ) -> list[Filled]:
        """``candidates`` grids whose fixed cells stand exactly as in ``grid``."""
        ...

    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """(T, V) log p of every free cell, in nats, given the fixed ones and those chosen before it.

        sounding: of its pitch, held or struck alike. 0 where a cell is fixed.
        """
        ...
