"""The features of each step besides the notes: place in the measure, fermatas, distance to the end, key."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import NO_KEY, NO_METER, Grid

MAX_DISTANCE = 64  # sixteenths; all greater distances count as this one
LAST_POSITION = 48

# The number of values of each column; the last value means "unknown".
SIZES = (LAST_POSITION + 2, 6, 3, MAX_DISTANCE + 2, MAX_DISTANCE + 2, 13)
UNKNOWN = tuple(size - 1 for size in SIZES)


class Columns(NamedTuple):
    """The index of each feature's column."""

    position: int = 0  # sixteenths since the barline
    strength: int = 1  # as in Grid
    fermata: int = 2  # 1 while a note under one sounds, else 0
    to_fermata: int = 3  # sixteenths until the next one starts, 0 while it sounds
    to_end: int = 4  # sixteenths until the end of the piece
    tonic: int = 5  # pitch class of the key signature's major tonic


COLUMN = Columns()


def step_features(grid: Grid) -> NDArray[np.int64]:
    """(T, 6) indices, with the columns of ``Columns``.

    In a piece without any fermata the fermatas are unknown, not absent: nobody may have written them. Without
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
    """(T,) the number of steps until the next True, at most MAX_DISTANCE."""
    out = np.full(len(events), MAX_DISTANCE, dtype=np.int64)
    left = MAX_DISTANCE
    for t in range(len(events) - 1, -1, -1):
        left = 0 if events[t] else min(left + 1, MAX_DISTANCE)
        out[t] = left
    return out
