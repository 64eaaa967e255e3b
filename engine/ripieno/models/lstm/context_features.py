"""What a network knows of each step besides the notes: place in the measure, fermatas, the end, the key."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import NO_KEY, NO_METER, Grid

MAX_DISTANCE = 64  # farther away than this many sixteenths is all one
LAST_POSITION = 48

# For each column: how many values it has, the last of which means "unknown".
SIZES = (LAST_POSITION + 2, 6, 3, MAX_DISTANCE + 2, MAX_DISTANCE + 2, 13)
UNKNOWN = tuple(size - 1 for size in SIZES)


class Columns(NamedTuple):
    """Which column of a survey holds what."""

    position: int = 0  # sixteenths since the barline
    strength: int = 1  # as in Grid
    fermata: int = 2  # 1 while one sounds
    to_fermata: int = 3  # sixteenths until the next one starts, 0 while it sounds
    to_end: int = 4  # sixteenths until the piece is over
    tonic: int = 5  # pitch class of the key signature's major tonic


COLUMN = Columns()


def step_features(grid: Grid) -> NDArray[np.int64]:
    """(T, 6) indices, one column each as in ``Columns``.

    A piece without any fermata is taken as one whose fermatas nobody wrote down: unknown, not "none". Without
    a meter the end is unknown too.
    """
    steps = grid.steps
    out = np.empty((steps, len(SIZES)), dtype=np.int64)
    unknown_meter = grid.position == NO_METER
    out[:, COLUMN.position] = np.minimum(grid.position, LAST_POSITION)
    out[:, COLUMN.strength] = grid.strength
    out[unknown_meter, COLUMN.position] = UNKNOWN[COLUMN.position]
    out[unknown_meter, COLUMN.strength] = UNKNOWN[COLUMN.strength]
    out[:, COLUMN.fermata] = grid.fermata
    out[:, COLUMN.to_fermata] = countdown(grid.fermata)
    if not grid.fermata.any():
        out[:, COLUMN.fermata] = UNKNOWN[COLUMN.fermata]
        out[:, COLUMN.to_fermata] = UNKNOWN[COLUMN.to_fermata]
    out[:, COLUMN.to_end] = np.minimum(np.arange(steps, 0, -1), MAX_DISTANCE)
    out[unknown_meter, COLUMN.to_end] = UNKNOWN[COLUMN.to_end]
    out[:, COLUMN.tonic] = np.where(grid.tonic == NO_KEY, UNKNOWN[COLUMN.tonic], grid.tonic)
    return out


def countdown(events: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(T,) steps until the next True, at most FAR."""
    out = np.full(len(events), MAX_DISTANCE, dtype=np.int64)
    left = MAX_DISTANCE
    for t in range(len(events) - 1, -1, -1):
        left = 0 if events[t] else min(left + 1, MAX_DISTANCE)
        out[t] = left
    return out
