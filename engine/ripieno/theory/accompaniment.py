"""The harmony of an accompaniment: which pitch classes it sounds, beat by beat."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, Grid, nearest_edge
from ripieno.score import Note

PITCH_CLASSES = 12


def sounding_tones(notes: Iterable[Note], grid: Grid) -> NDArray[np.bool_]:
    """(T, 12) bool, the pitch classes that sound at any time in a step's beat.

    Whole beats, because an accompaniment breaks its chords: each of their tones is heard on until the next
    beat. notes: those beyond the end of the grid are left out.
    """
    by_step = np.zeros((grid.steps, PITCH_CLASSES), dtype=np.bool_)
    for note in notes:
        start, end = (nearest_edge(grid.edges, time) for time in (note.onset, note.end))
        by_step[start : max(end, start + 1), note.pitch % PITCH_CLASSES] = True
    beats = np.cumsum(grid.strength >= BEAT)
    found = np.zeros((int(beats[-1]) + 1, PITCH_CLASSES), dtype=np.bool_)
    np.logical_or.at(found, beats, by_step)
    return found[beats]
