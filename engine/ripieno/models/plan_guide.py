"""How a harmonic plan guides new notes while they are chosen, the same for all step-by-step networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ripieno.grid import Grid, GridPlan
from ripieno.models.frames import Frames
from ripieno.models.harmony import plan_bias, tones_of
from ripieno.theory.plans import beat_steps

SUSPENDED = 4.0  # nats: what a suspension gains where one is planned
STEPS_DOWN = (1, 2)  # semitones from a suspension to its resolution


class PlanGuide:
    """The nats that plans add to the tokens of B rows, each of which follows the plan of its candidate.

    bias: (B, T, 2, K) of each pitch that begins at a step, see ``plan_bias``. acts: (T,) bool. suspends: (B,
    T, P) bool, the pitches that may be held into a beat where a suspension is planned: those from which a
    step down leads into the chord. foreign: (B, T, P) bool, at the beginnings of such beats the pitches that
    are not in the chord.
    """

    def __init__(
        self,
        grid: Grid,
        plans: Sequence[GridPlan],
        beam: int,
        lowest: int,
        pitches: int,
        *,
        is_read: bool = True,
    ) -> None:
        """beam: rows a candidate. lowest, pitches: the network's compass. is_read: whether it reads plans."""
        window = slice(lowest, lowest + pitches)
        bias = np.stack([plan_bias(grid, plan, is_read=is_read)[..., window] for plan in plans])
        marks = [suspension_pitches(grid, plan, lowest, pitches) for plan in plans]
        self.pitches = pitches
        self.bias = F.pad(torch.from_numpy(bias), (0, 2)).repeat_interleave(beam, 0)
        self.acts: list[bool] = (self.bias != 0).flatten(2).any(-1).any(0).tolist()
        self.suspends, self.foreign = (
            torch.from_numpy(np.stack(part)).repeat_interleave(beam, 0) for part in zip(*marks, strict=True)
        )
        self.planned = self.foreign.any(-1).any(0).tolist()  # [t] whether any plan has a suspension

    def nats(self, t: int, voice: int, last: Tensor, now: Frames) -> Tensor:
        """(B, K) nats of each token of a voice. last: (B, V) pitches of the frame before. now: this one."""
        nats = self.bias[:, t, int(voice == last.shape[1] - 1)]
        if not self.planned[t]:
            return nats
        own = last[:, voice : voice + 1]
        may = self.look_up(self.suspends[:, t], own).squeeze(-1)
        taken = self.look_up(self.foreign[:, t], now.pitches).any(-1)  # one at a time
        nats = nats.clone()
        nats[:, self.pitches] = SUSPENDED * (may & ~taken)
        return nats

    def look_up(self, table: Tensor, pitches: Tensor) -> Tensor:
        """(B, N) of a table (B, P), False where a pitch, (B, N), is silent or unknown."""
        return table.gather(-1, pitches.clamp(max=self.pitches - 1)) & (pitches < self.pitches)


def suspension_pitches(
    grid: Grid, plan: GridPlan, lowest: int, pitches: int
) -> tuple[np.ndarray, np.ndarray]:
    """((T, P) bool that may be suspended, (T, P) bool that are foreign), where a suspension is planned."""
    suspends = np.zeros((grid.steps, pitches), dtype=np.bool_)
    foreign = np.zeros_like(suspends)
    every = np.arange(pitches) + lowest
    for steps in beat_steps(grid):
        t = steps.start
        if plan.suspended[t] == 1 and plan.root[t] >= 0:
            tones = tones_of(plan, t)
            foreign[t] = ~np.isin(every % 12, tones)
            leads = np.any([np.isin((every - down) % 12, tones) for down in STEPS_DOWN], axis=0)
            suspends[t] = foreign[t] & leads
    return suspends, foreign
