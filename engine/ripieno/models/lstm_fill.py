"""The default network as a generator: it fills the free cells of a grid."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import Grid
from ripieno.models.filling import Filled, Heard, Progress, unheard
from ripieno.models.frame_by_frame import fill_rows, single_thread
from ripieno.models.frames import Frames, encode_grid, log_p_sounding, log_p_tokens
from ripieno.models.lstm import VOICES, ChoraleLSTM
from ripieno.models.lstm_steps import LSTMSteps, StepTables
from ripieno.models.masks import Mask
from ripieno.models.sampling import Limits, Sampling
from ripieno.models.surroundings import survey


class ChoraleGenerator:
    """The default network as a generator (see ``filling.Generator``)."""

    voices = VOICES
    reads_key_ahead = False

    def __init__(self, model: ChoraleLSTM, *, name: str, sha256: str) -> None:
        self.model, self.name, self.sha256 = model.eval(), name, sha256
        self.lowest, self.highest = model.config.lowest, model.config.highest
        self.tables: StepTables | None = None  # made for the first fill

    @torch.inference_mode()
    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        progress: Progress = lambda _: None,
        heard: Heard = unheard,
    ) -> list[Filled]:
        """Fill every cell that is not fixed; see ``filling.Generator``."""
        self.tables = self.tables or StepTables(self.model)
        tables, around = self.tables, torch.from_numpy(survey(grid))

        def begin(given: Frames, held: Tensor) -> LSTMSteps:
            consensus = sampling.consensus > 0
            return LSTMSteps(self.model, tables, given, held, around, consensus=consensus)

        return fill_rows(
            begin,
            grid,
            fixed,
            self.model.config,
            limits=limits,
            generator=generator,
            sampling=sampling,
            candidates=candidates,
            progress=progress,
            heard=heard,
        )

    @torch.inference_mode()
    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """See ``filling.Generator``."""
        frames = encode_grid(grid, self.model.config)
        around = torch.from_numpy(survey(grid)).unsqueeze(0)
        with single_thread():
            logp = self.model(frames, torch.from_numpy(fixed).unsqueeze(0), around).log_softmax(-1)
        found = log_p_sounding(logp, frames.pitches) if sounding else log_p_tokens(logp, frames.tokens)
        return np.where(fixed, 0.0, found[0].double().numpy())
