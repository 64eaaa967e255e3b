"""Judge drafts of a measure by what was planned for it, so that the best one goes on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.models.biaxial.chords import UNKNOWN, chord_scores
from ripieno.models.biaxial.reading import MIDDLE_C
from ripieno.models.biaxial.view import NEVER, View
from ripieno.models.note_states.keyboard import Bools, Floats

LEFT, RIGHT = 57, 67  # keys below the one and from the other up are surely of one hand

# Costs in nats.
EMPTY = 20.0  # a hand that does nothing in a whole measure
CHORD = 1.0  # times what the planned chord explains worse than the best one
LAST = 6.0  # times the same, in the last measure
DENSITY = 12.0  # times how far the density of a hand is from what was planned
CLASH = 0.5  # two keys a semitone apart that are struck at once
UNLIKELY = 0.15  # times -log p


def measure_costs(states: Bools, view: View, first: int, nats: NDArray[np.float64]) -> NDArray[np.float64]:
    """(C,) the costs of drafts of one measure.

    states: (C, n, 2, P) of its steps from ``first`` on. nats: (C,) -log p of each.
    """
    end = first + states.shape[1]
    measure = int(view.measure[first])
    last = measure == view.measures - 1
    split = max(MIDDLE_C - view.lowest, 0)
    costs: NDArray[np.float64] = UNLIKELY * nats
    plays, strikes = states[:, :, 0], states[:, :, 1]
    own = slice(0, max(LEFT - view.lowest, 0)), slice(max(RIGHT - view.lowest, 0), None)
    for hand, keys in enumerate((slice(0, split), slice(split, None))):
        if not view.known[first:end, keys].all():
            costs = costs + EMPTY * ~plays[:, :, own[hand]].any((1, 2))
            planned = view.density[measure, hand]
            if planned != NEVER:
                costs = costs + DENSITY * np.abs(strikes[:, :, keys].any(2).mean(1) - planned)
    costs = costs + CLASH * (strikes[:, :, 1:] & strikes[:, :, :-1]).sum((1, 2))
    half = view.half[first:end]
    for h in range(int(half[0]), int(half[-1]) + 1):
        chord = int(view.chords[h])
        if chord != UNKNOWN:
            scores = heard_scores(plays[:, half == h], view.lowest)
            missed = scores.max(1) - scores[:, chord]
            costs = costs + (LAST if last else CHORD) * missed
    return costs


def heard_scores(plays: Bools, lowest: int) -> Floats:
    """(C, chords) how well each chord explains what plays in some steps. plays: (C, n, P)."""
    names = np.eye(12, dtype=np.float32)[(lowest + np.arange(plays.shape[2])) % 12]
    split = max(MIDDLE_C - lowest, 0)
    low = plays[:, :, :split]
    bottom = low & (np.cumsum(low, 2) == 1)  # the lowest key of each step
    return chord_scores(plays.sum(1) @ names, bottom.sum(1) @ names[:split])
