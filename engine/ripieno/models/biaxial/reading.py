"""Read from music what the network is told of it: its chords, its density, what comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ripieno.models.biaxial.chords import Chords, best_chords, chord_scores, staying
from ripieno.models.biaxial.view import NEVER, Steps, View, spans_of, with_recall
from ripieno.models.note_states.keyboard import Bools, Floats

MIDDLE_C = 60
SECTION = 4  # measures; music comes back after a multiple of it
CHANGED, SAME = 0.45, 0.8  # from which share of common notes on a measure comes back, changed or as it was


def half_measure_sounds(states: Bools, view: View) -> tuple[Floats, Floats]:
    """(H, 12), (H, 12): how long each pitch class plays in each half measure, in all keys and as the lowest.

    states: (T, 2, P). The lowest key counts only below middle C.
    """
    names = np.eye(12, dtype=np.float32)[(view.lowest + np.arange(states.shape[2])) % 12]
    plays = states[:, 0]
    low = plays[:, : max(MIDDLE_C - view.lowest, 0)]
    bass = np.zeros_like(plays)
    bass[:, : low.shape[1]] = low & (np.cumsum(low, 1) == 1)
    sounds = []
    for keys in (plays, bass):
        total = np.zeros((view.halves, 12), dtype=np.float32)
        np.add.at(total, view.half, keys @ names)
        sounds.append(total)
    return sounds[0], sounds[1]


def read_chords(states: Bools, view: View) -> Chords:
    """(H,) the chord of each half measure of music."""
    return best_chords(chord_scores(*half_measure_sounds(states, view)), staying())


def read_density(states: Bools, view: View) -> Floats:
    """(M, 2) the share of a measure's steps with a struck key below and from middle C up."""
    split = max(MIDDLE_C - view.lowest, 0)
    struck = np.stack([states[:, 1, :split].any(1), states[:, 1, split:].any(1)], 1)
    edges = [first for first, _ in spans_of(view)]
    total = np.add.reduceat(struck.astype(np.float32), edges, axis=0)
    return (total / np.bincount(view.measure)[:, None]).astype(np.float32)


def read_recall(states: Bools, view: View) -> tuple[Steps, Steps]:
    """((M,), (M,)): the earlier measure that comes back in each, or NEVER, and how alike both are.

    Alike is the share of the struck keys of both that they have in common.
    """
    spans = spans_of(view)
    sources, similarity = np.full(len(spans), NEVER), np.zeros(len(spans), dtype=np.int64)
    struck = states[:, 1]
    for m, (first, end) in enumerate(spans):
        best = 0.0
        for source in range(m % SECTION, m, SECTION):
            a, b = spans[source]
            if b - a != end - first:
                continue
            both = (struck[a:b] & struck[first:end]).sum()
            share = both / max((struck[a:b] | struck[first:end]).sum(), 1)
            if share >= max(best, CHANGED):
                best, sources[m] = share, source
                similarity[m] = 2 if share >= SAME else 1
    return sources, similarity


def read_view(view: View, states: Bools) -> View:
    """The view of a piece with all that is read from its music."""
    view = with_recall(view, *read_recall(states, view))
    return replace(view, chords=read_chords(states, view), density=read_density(states, view))
