"""How a harmonic plan guides new notes while they are chosen, the same for all step-by-step networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, OPEN, Grid, GridPlan
from ripieno.models.frames import Frame
from ripieno.models.harmony import plan_bias, plan_firmness, tones_of
from ripieno.models.masks import Mask
from ripieno.theory.plans import DOTTED, beat_lengths, beat_steps

# All in nats.
SUSPENDED = 4.0  # what a suspension gains where one is planned; what it costs to sound its resolution
# beside it, to leave it otherwise than by that, or to stay on it when the chord is about to change
THIRD = 2.0  # times the firmness of the plan: what the last voice gains by the third of a chord that lacks it
BETWEEN = 3.0  # a note inside a dotted beat where no given note begins
STEPS_DOWN = (1, 2)  # semitones from a suspension to its resolution
NONE = -1  # instead of a pitch class


class PlanGuide:
    """The nats that plans add to the tokens of B rows, each of which follows the plan of its candidate.

    A ``TokenGuide``. bias: (B, T, 2, P) of each pitch that begins at a step, see ``plan_bias``. acts: (T,)
    bool. thirds: (B, T) the pitch class of the third of the chord that begins at a step. resolves: (B, T, P)
    in beats where a suspension is planned, the pitch class to which a pitch falls that is held into them.
    Both are ``NONE`` elsewhere. late: (B, T, 1) bool, where such a pitch should have fallen.
    """

    def __init__(
        self,
        grid: Grid,
        plans: Sequence[GridPlan],
        beam: int,
        lowest: int,
        pitches: int,
        *,
        given: Mask,
        is_read: bool = True,
    ) -> None:
        """beam: rows a candidate. lowest, pitches: the network's compass. given: (T, V) bool.

        is_read: whether the network reads plans.
        """
        window = slice(lowest, lowest + pitches)
        firmness = [plan_firmness(grid, plan, is_read=is_read) for plan in plans]
        bias = np.stack([plan_bias(*of_plan)[..., window] for of_plan in zip(plans, firmness, strict=True)])
        bias[:, between(grid, given)] = -BETWEEN
        self.pitches = pitches
        self.classes = (np.arange(pitches) + lowest) % 12  # (P,)
        self.every = np.tile(self.classes, (len(plans) * beam, 1))  # (B, P)
        self.bias = bias.repeat(beam, 0)
        self.thirds = np.stack([chord_thirds(grid, plan) for plan in plans]).repeat(beam, 0)
        falls = [resolutions(grid, plan, self.classes) for plan in plans]
        self.resolves = np.stack(falls).repeat(beam, 0)
        self.late = np.stack([late_steps(grid, plan) for plan in plans])[..., None].repeat(beam, 0)
        self.third_gain = THIRD * np.stack(firmness)[..., None].repeat(beam, 0)  # (B, T, 1)
        self.begins: list[bool] = (self.thirds != NONE).any(0).tolist()  # [t] whether a planned beat begins
        self.suspends: list[bool] = (self.resolves != NONE).any((0, 2)).tolist()
        self.acts: list[bool] = ((bias != 0).any((0, 2, 3)) | np.array(self.suspends)).tolist()

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32] | None:
        """See ``TokenGuide``. A note that is held into a beat counts like one that is struck there."""
        if not self.acts[t]:
            return None
        is_bass = voice == last.shape[1] - 1
        sounds = self.bias[:, t, int(is_bass)].copy()  # (B, P)
        own = last[:, voice]
        if not self.begins[t]:
            falls = self.look_up(self.resolves[:, t], own[:, None])
            sounds -= SUSPENDED * ((falls != NONE) & (self.classes != falls))
            stays = -SUSPENDED * ((falls != NONE) & self.late[:, t])
            return np.concatenate([sounds, stays, np.zeros_like(stays)], axis=1)
        falling = self.look_up(self.resolves[:, t], now.pitches)  # (B, V) to where a known voice falls
        if self.suspends[t] and not is_bass:  # only a bass may have the note to which another voice falls
            sounds -= SUSPENDED * (self.classes[:, None] == falling[:, None, :]).any(2)
        if (now.pitches <= self.pitches).sum(1).min() == last.shape[1] - 1:  # the last voice
            sounds += self.third_wanted(t, now, falling)
        rows = np.arange(len(own))
        held = np.where(own < self.pitches, sounds[rows, np.minimum(own, self.pitches - 1)], 0)
        if self.suspends[t]:
            may = self.look_up(self.resolves[:, t], own[:, None])[:, 0] != NONE
            held = np.where(may, SUSPENDED * (falling == NONE).all(1), held)  # one at a time
        return np.concatenate([sounds, held[:, None], np.zeros_like(held[:, None])], axis=1)

    def third_wanted(self, t: int, now: Frame, falling: NDArray[np.int64]) -> NDArray[np.float32]:
        """(B, P) what the pitches gain that are the chord's third, where nobody has it or falls to it."""
        third = self.thirds[:, t, None]
        there = ((self.look_up(self.every, now.pitches) == third) | (falling == third)).any(1)
        wanted = (self.classes == third) & ~there[:, None] & (third != NONE)
        gain: NDArray[np.float32] = self.third_gain[:, t] * wanted
        return gain

    def look_up(self, table: NDArray[np.int64], pitches: NDArray[np.int64]) -> NDArray[np.int64]:
        """(B, N) of a table (B, P), ``NONE`` where a pitch, (B, N), is silent or unknown."""
        rows = np.arange(len(table))[:, None]
        return np.where(pitches < self.pitches, table[rows, np.minimum(pitches, self.pitches - 1)], NONE)


def between(grid: Grid, given: Mask) -> NDArray[np.bool_]:
    """(T,) the steps inside dotted beats at which no given note begins."""
    inside = np.ones(grid.steps, dtype=np.bool_)
    inside[[steps.start for steps in beat_steps(grid)]] = False
    inside &= (beat_lengths(grid) == DOTTED) & ~(given & (grid.cells < HOLD)).any(1)
    return inside


def chord_thirds(grid: Grid, plan: GridPlan) -> NDArray[np.int64]:
    """(T,) the pitch class of the third of the chord that begins at a step, else ``NONE``."""
    thirds = np.full(grid.steps, NONE)
    for steps in beat_steps(grid):
        if plan.root[steps.start] != OPEN:
            thirds[steps.start] = tones_of(plan, steps.start)[1]
    return thirds


def resolutions(grid: Grid, plan: GridPlan, classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T, P) the pitch class to which each pitch falls that may be suspended in a beat, else ``NONE``.

    A note may be suspended that does not belong to the chord, if the note a step below does.
    """
    falls = np.full((grid.steps, len(classes)), NONE)
    for steps in beat_steps(grid):
        t = steps.start
        if plan.suspended[t] == 1 and plan.root[t] != OPEN:
            tones = tones_of(plan, t)
            for down in STEPS_DOWN[::-1]:
                below = (classes - down) % 12
                falls[t] = np.where(np.isin(below, tones), below, falls[t])
            falls[t, np.isin(classes, tones)] = NONE
            falls[steps.start : steps.stop] = falls[t]
    return falls


def late_steps(grid: Grid, plan: GridPlan) -> NDArray[np.bool_]:
    """(T,) the second halves of the beats after which another root is planned, or the piece ends."""
    late = np.zeros(grid.steps, dtype=np.bool_)
    for steps in beat_steps(grid):
        after = steps.stop
        if after == grid.steps or plan.root[after] != plan.root[steps.start]:
            late[(steps.start + steps.stop) // 2 : steps.stop] = True
    return late
