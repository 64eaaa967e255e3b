"""A generator without a network, for tests about what becomes of the notes: it takes any that are legal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.errors import RequestError
from ripieno.grid import HOLD, REST, Cells, Grid, GridPlan
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.generator import (
    FilledGrid,
    ProgressCallback,
    StepCallback,
    ignore_step,
    report_progress,
)
from ripieno.models.lstm.network import LSTMConfig
from ripieno.models.masks import Mask
from ripieno.models.planner.planner import Planner
from ripieno.models.sampling import Limits, Sampling, check_mask, legal_tokens
from ripieno_bridges.service.model_runner import ModelRunner

HOLDS = 0.75  # how often a note is held on where it can be: there are syncopations, and ties over barlines


class RandomNotes:
    """Sixteenths and longer notes, anywhere in each voice's range."""

    name, sha256 = "random", "0" * 64
    voices, plays = 4, "choir"
    lowest, highest = LSTMConfig().lowest, LSTMConfig().highest
    reads_key_ahead = gives_likelihood = False
    planner: Planner | None = None

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
        """See ``Generator.fill``."""
        check_mask(grid, fixed)
        rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        legal = legal_tokens(fixed, limits, lowest=self.lowest, pitches=self.highest - self.lowest + 1)
        drafts = [self.draft(grid.cells, fixed, legal, rng) for _ in range(candidates)]
        for t in range(grid.steps):
            if report_progress(progress, t / grid.steps):
                return [FilledGrid(grid.with_cells(cells), 0.0, 0.0, t) for cells in drafts]
            on_step(t, np.stack([cells[t] for cells in drafts]))
        report_progress(progress, 1.0)
        return [FilledGrid(grid.with_cells(cells), 0.0, 0.0, grid.steps) for cells in drafts]

    def draft(self, given: Cells, fixed: Mask, legal: NDArray[np.bool_], rng: np.random.Generator) -> Cells:
        """The given cells, and any legal ones in place of the free ones. legal: (T, V, K)."""
        cells = given.copy()
        onsets = legal[..., : self.highest - self.lowest + 1]
        holds = legal[..., onsets.shape[-1]]
        for v in range(cells.shape[1]):
            sounds = False
            for t in range(len(cells)):
                if not fixed[t, v]:
                    if sounds and holds[t, v] and rng.random() < HOLDS:
                        cells[t, v] = HOLD
                    else:
                        pitches = self.lowest + np.flatnonzero(onsets[t, v])
                        cells[t, v] = rng.choice(pitches) if len(pitches) else REST
                sounds = cells[t, v] != REST and (sounds or cells[t, v] != HOLD)
        return cells

    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """See ``Generator.log_likelihoods``."""
        raise RequestError("chance gives no likelihood")


def quick_runner() -> ModelRunner:
    """What a server's worker does its tasks with, without a network."""
    runner = ModelRunner()
    runner._models[DEFAULT_MODEL] = RandomNotes()
    return runner
