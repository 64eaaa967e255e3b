"""Judge drafts of a measure by what was planned for it, so that the best one goes on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.models.biaxial.chords import UNKNOWN, chord_scores
from ripieno.models.biaxial.reading import MIDDLE_C
from ripieno.models.biaxial.view import NEVER, View
from ripieno.models.note_states.keyboard import Bools, Floats

LEFT, RIGHT = 57, 67  # written keys below the one and from the other up are surely of one hand

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
    costs: NDArray[np.float64] = UNLIKELY * nats + EMPTY * empty_hands(states, view, first).sum(1)
    plays, strikes = states[:, :, 0], states[:, :, 1]
    for hand, keys in enumerate((slice(0, split), slice(split, None))):
        if not view.known[first:end, keys].all():
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


def empty_hands(states: Bools, view: View, first: int) -> Bools:
    """(C, 2) whether the left and the right hand, where they may play, do nothing in drafts of one measure.

    states, first: as for ``measure_costs``.
    """
    end = first + states.shape[1]
    split = max(MIDDLE_C - view.lowest, 0)
    lowest = view.lowest - int(view.shift[first])  # as written, where the music is divided between hands
    own = slice(0, max(LEFT - lowest, 0)), slice(max(RIGHT - lowest, 0), None)
    free = [not view.known[first:end, keys].all() for keys in (slice(0, split), slice(split, None))]
    silent = [~states[:, :, 0, keys].any((1, 2)) for keys in own]
    empty: Bools = np.stack(silent, 1) & np.array(free)
    return empty


def heard_scores(plays: Bools, lowest: int) -> Floats:
    """(C, chords) how well each chord explains what plays in some steps. plays: (C, n, P)."""
    names = np.eye(12, dtype=np.float32)[(lowest + np.arange(plays.shape[2])) % 12]
    split = max(MIDDLE_C - lowest, 0)
    low = plays[:, :, :split]
    bottom = low & (np.cumsum(low, 2) == 1)  # the lowest key of each step
    return chord_scores(plays.sum(1) @ names, bottom.sum(1) @ names[:split])
