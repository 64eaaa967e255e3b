"""How a harmonic plan guides new notes while they are chosen, the same for all step-by-step networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import Grid, GridPlan
from ripieno.models.frames import Frame
from ripieno.models.harmony import plan_bias, tones_of
from ripieno.theory.plans import beat_steps

SUSPENDED = 4.0  # nats: what a suspension gains where one is planned
STEPS_DOWN = (1, 2)  # semitones from a suspension to its resolution


class PlanGuide:
    """The nats that plans add to the tokens of B rows, each of which follows the plan of its candidate.

    A ``TokenGuide``. bias: (B, T, 2, K) of each pitch that begins at a step, see ``plan_bias``. acts: (T,)
    bool. suspends: (B, T, P) bool, the pitches that may be held into a beat where a suspension is planned:
    those from which a step down leads into the chord. foreign: (B, T, P) bool, at the beginnings of such
    beats the pitches that are not in the chord.
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
        self.bias = np.pad(bias, ((0, 0), (0, 0), (0, 0), (0, 2))).repeat(beam, 0)
        self.acts: list[bool] = np.logical_or.reduce(bias != 0, axis=(0, 2, 3)).tolist()
        self.suspends, self.foreign = (np.stack(part).repeat(beam, 0) for part in zip(*marks, strict=True))
        self.planned: list[bool] = np.logical_or.reduce(
            self.foreign, axis=(0, 2)
        ).tolist()  # [t] whether any plan has a suspension

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32] | None:
        """See ``TokenGuide``."""
        if not self.acts[t]:
            return None
        nats = self.bias[:, t, int(voice == last.shape[1] - 1)]
        if not self.planned[t]:
            return nats
        may = self.look_up(self.suspends[:, t], last[:, voice : voice + 1])[:, 0]
        taken = self.look_up(self.foreign[:, t], now.pitches).any(1)  # one at a time
        nats = nats.copy()
        nats[:, self.pitches] = SUSPENDED * (may & ~taken)
        return nats

    def look_up(self, table: NDArray[np.bool_], pitches: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(B, N) of a table (B, P), False where a pitch, (B, N), is silent or unknown."""
        rows = np.arange(len(table))[:, None]
        return table[rows, np.minimum(pitches, self.pitches - 1)] & (pitches < self.pitches)


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
