"""The default network as a generator: it fills the free cells of a grid."""

from __future__ import annotations

import numpy as np
import torch

from ripieno.grid import Grid, sounding_pitches
from ripieno.models.filling import Filled, Heard, Progress, unheard
from ripieno.models.frame_by_frame import Filling, single_thread
from ripieno.models.frames import Frames, decode, encode, hide
from ripieno.models.lstm import VOICES, ChoraleLSTM
from ripieno.models.lstm_steps import LSTMSteps, StepTables
from ripieno.models.masks import Mask
from ripieno.models.sampling import Limits, Sampling, check_mask, legal_tokens
from ripieno.models.surroundings import survey

REPORT_EVERY = 16  # frames


class ChoraleGenerator:
    """The default network as a generator (see ``filling.Generator``)."""

    voices = VOICES

    def __init__(self, model: ChoraleLSTM, *, name: str, sha256: str) -> None:
        self.model, self.name, self.sha256 = model.eval(), name, sha256
        self.lowest, self.highest = model.config.lowest, model.config.highest
        self.tables: StepTables | None = None

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
        """Fill every cell that is not fixed, ``candidates`` times over, each with chances of its own.

        grid: (T, 4); what stands in its free cells is not looked at. fixed: (T, 4) bool; those cells come
        back exactly as given. Pitches lie in lowest..highest. heard: beam search may change its mind later.
        """
        check_mask(grid, fixed)
        rows = max(candidates, sampling.beam)
        # Drawn at once, candidate by candidate: the first ones do not depend on how many follow.
        uniform = torch.rand((rows, grid.steps, VOICES), generator=generator, dtype=torch.float64)
        config = self.model.config
        legal = legal_tokens(fixed, limits, lowest=config.lowest, pitches=config.pitches)
        with single_thread():
            given = self.read(grid, fixed, rows)
            held = torch.from_numpy(fixed).expand(rows, -1, -1)
            self.tables = self.tables or StepTables(self.model)
            around = torch.from_numpy(survey(grid))
            steps = LSTMSteps(self.model, self.tables, given, held, around)
            filling = Filling(steps, given, held, torch.from_numpy(legal), config.pitches, sampling)
            for t in range(grid.steps):
                if t % REPORT_EVERY == 0:
                    progress(t / grid.steps)
                filling.frame(t, uniform[:, t])
                if heard is not unheard:
                    heard(t, decode(filling.tokens[:, t], config).numpy())
        progress(1.0)
        cells = decode(filling.tokens, config).numpy().astype(grid.cells.dtype)[:candidates]
        return [
            Filled(grid.with_cells(np.where(fixed, grid.cells, new)), float(likelihood))
            for new, likelihood in zip(cells, filling.likelihood, strict=False)
        ]

    def read(self, grid: Grid, fixed: Mask, rows: int) -> Frames:
        """The fixed cells as the network's indices, (rows, T, V), unknown where free."""
        cells = torch.from_numpy(grid.cells.astype(np.int64))
        sounding = torch.from_numpy(sounding_pitches(grid.cells).astype(np.int64))
        frames = encode(cells, sounding, self.model.config)
        given = hide(frames, torch.from_numpy(~fixed), self.model.config)
        return Frames(*(x.expand(rows, -1, -1) for x in given))
