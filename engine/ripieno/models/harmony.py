"""How a given harmony and a plan guide new notes: a bias on every pitch, the same for all networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import OPEN, Grid, GridPlan, sounding_pitches
from ripieno.models.frames import Frame
from ripieno.theory.plans import PLAN_KINDS, beat_steps, last_changes

STRENGTH = 3.0  # nats
KEYS = 128
CHORD = 3  # tones that make a chord
# Nats: what a tone that is foreign to the planned chord costs at the beginning of a beat, for a network that
# reads the plan itself, and for one that does not.
READ, UNREAD = 1.0, 3.0
CLOSE = 4.0  # in the last two chords of a piece


def harmony_bias(grid: Grid) -> NDArray[np.float32] | None:
    """(T, 128) nats to add to the log-probability of each pitch; None where no harmony is given.

    A tone of the harmony gets 0, any other pitch -``STRENGTH``: it may still sound where the network is surer
    of it than that, as it is of passing notes, suspensions and the leading note. Of one tone alone nothing
    follows, of two half as much as of a chord. A bias, not a mask, since an accompaniment is heard with its
    own passing notes and does not always sound its whole chord; a harmony that the user writes down would be
    a mask at its onset.
    """
    if grid.harmony is None:
        return None
    known = known_share(grid.harmony)
    foreign = ~grid.harmony[:, np.arange(KEYS) % grid.harmony.shape[1]]
    bias: NDArray[np.float32] = (-STRENGTH * known[:, None] * foreign).astype(np.float32)
    return bias


class HarmonyGuide:
    """The nats that a given harmony adds to tokens; a ``TokenGuide``."""

    def __init__(self, bias: NDArray[np.float32]) -> None:
        """bias: (T, P), ``harmony_bias`` within the network's compass."""
        self.bias = bias
        self.changes = [True, *(bias[1:] != bias[:-1]).any(1).tolist()]

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32]:  # noqa: ARG002
        """See ``TokenGuide``.

        A pitch that sounds on is judged where the harmony changes, once, and a rest never.
        """
        rows, pitches = len(last), self.bias.shape[1]
        nats = np.zeros((rows, pitches + 2), dtype=np.float32)
        nats[:, :pitches] = self.bias[t]
        if self.changes[t]:
            nats[:, pitches] = self.bias[t, np.minimum(last[:, voice], pitches - 1)]
        return nats


def known_share(harmony: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(T,) how far some tones make a harmony known: 0 of one, 1 of three. harmony: (T, 12) pitch classes."""
    share: NDArray[np.float64] = np.clip((harmony.sum(1) - 1) / (CHORD - 1), 0, 1)
    return share


def plan_firmness(grid: Grid, plan: GridPlan, *, is_read: bool) -> NDArray[np.float32]:
    """(T,) nats that a note costs against the chord that is planned for a beat, where one begins; else 0.

    ``READ`` or ``UNREAD``, and ``CLOSE`` in the last two chords. is_read: whether the network reads the plan.
    """
    firmness = np.zeros(grid.steps, dtype=np.float32)
    starts = [steps.start for steps in beat_steps(grid)]
    close = last_changes([int(plan.root[t]) for t in starts])
    for i, t in enumerate(starts):
        if plan.root[t] != OPEN:
            firmness[t] = CLOSE if i >= close else READ if is_read else UNREAD
    return firmness


def plan_bias(plan: GridPlan, firmness: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 2, 128) nats on each pitch at a step by a planned chord: in upper voices, in the bass.

    Where a beat begins, a pitch that does not belong to the chord pays its ``plan_firmness``, (T,), in the
    bass any but the planned one. Inside a beat all pitches are free, as passing and neighbouring notes are.
    """
    bias = np.zeros((len(firmness), 2, KEYS), dtype=np.float32)
    classes = np.arange(KEYS) % 12
    for t in np.flatnonzero(firmness).tolist():
        bias[t, 0] = -firmness[t] * ~np.isin(classes, tones_of(plan, t))
        bias[t, 1] = -firmness[t] * (classes != plan.bass[t])
    return bias


def plan_cost(grid: Grid, plan: GridPlan) -> float:
    """The nats that the notes of a grid cost by a plan, those held into a beat as those struck there."""
    pitches = sounding_pitches(grid.cells)
    steps, voices = np.nonzero(pitches < KEYS)
    bias = plan_bias(plan, plan_firmness(grid, plan, is_read=True))
    is_bass = (voices == pitches.shape[1] - 1).astype(np.int64)
    return -float(bias[steps, is_bass, pitches[steps, voices]].sum())


def with_planned_harmony(grid: Grid, plan: GridPlan) -> Grid:
    """The grid with the chords of a plan as its given harmony; one that is known already stays."""
    harmony = np.zeros((grid.steps, 12), dtype=np.bool_) if grid.harmony is None else grid.harmony.copy()
    for t in np.flatnonzero((plan.root != OPEN) & (known_share(harmony) == 0)).tolist():
        harmony[t] = False
        harmony[t, tones_of(plan, t)] = True
    return replace(grid, harmony=harmony)


def tones_of(plan: GridPlan, t: int) -> list[int]:
    """The pitch classes of the chord that is planned at a step."""
    return [int(plan.root[t] + up) % 12 for up in (0, *PLAN_KINDS[plan.kind[t]])]
