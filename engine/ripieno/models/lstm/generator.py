"""The default network as a generator: it fills the free cells of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.grid import Grid, GridPlan
from ripieno.models.autoregressive import AutoregressiveGenerator, single_thread
from ripieno.models.frames import Frames, encode_grid, log_p_sounding, log_p_tokens
from ripieno.models.lstm.context_features import step_features
from ripieno.models.lstm.network import VOICES, ChoraleLSTM
from ripieno.models.lstm.step_tables import StepTables
from ripieno.models.lstm.steps import StepwiseLSTM
from ripieno.models.masks import Mask
from ripieno.models.sampling import Sampling


class ChoraleGenerator(AutoregressiveGenerator):
    """The default network as a generator; see ``ripieno.models.generator.Generator``."""

    voices, plays = VOICES, "choir"
    reads_key_ahead = False
    gives_likelihood = True

    def __init__(self, model: ChoraleLSTM, *, name: str, sha256: str) -> None:
        self.model, self.name, self.sha256 = model.eval(), name, sha256
        self.lowest, self.highest = model.config.lowest, model.config.highest
        self.reads_plan = model.config.reads_plan
        self.tables: StepTables | None = None  # built by the first fill

    def start_steps(
        self, grid: Grid, given: Frames, fixed: Mask, rows: int, sampling: Sampling, plans: Sequence[GridPlan]
    ) -> StepwiseLSTM:
        """See ``AutoregressiveGenerator``."""
        self.tables = self.tables or StepTables(self.model)
        planned = [replace(grid, plan=plan) for plan in plans] if self.reads_plan else []
        features = torch.stack([torch.from_numpy(step_features(one)) for one in planned or [grid]])
        consensus = sampling.consensus > 0
        return StepwiseLSTM(self.model, self.tables, given, fixed, features, rows, consensus=consensus)

    @torch.inference_mode()
    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """See ``Generator.log_likelihoods``."""
        frames = encode_grid(grid, self.model.config)
        features = torch.from_numpy(step_features(grid)).unsqueeze(0)
        with single_thread():
            logp = self.model(frames, torch.from_numpy(fixed).unsqueeze(0), features).log_softmax(-1)
        found = log_p_sounding(logp, frames.pitches) if sounding else log_p_tokens(logp, frames.tokens)
        return np.where(fixed, 0.0, found[0].double().numpy())
