"""The features of each step besides the notes: place in the measure, fermatas, end, key, plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import NO_KEY, NO_METER, OPEN, Grid, GridPlan
from ripieno.score import STYLES
from ripieno.theory.plans import PLAN_KINDS

MAX_DISTANCE = 64  # sixteenths; all greater distances count as this one
LAST_POSITION = 48
KINDS = len(PLAN_KINDS)
PLACES = 4  # of a chord's bass: root, third, fifth, seventh

# The number of values of each column; the last value means "unknown".
OWN_SIZES = (LAST_POSITION + 2, 6, 3, MAX_DISTANCE + 2, MAX_DISTANCE + 2, 13)
PLAN_SIZES = (12 * KINDS + 1, PLACES + 1, 3, 3, 13, 3, len(STYLES) + 1, 13)
SIZES = OWN_SIZES + PLAN_SIZES
UNKNOWN = tuple(size - 1 for size in SIZES)


class Columns(NamedTuple):
    """The index of each feature's column."""

    position: int = 0  # sixteenths since the barline
    strength: int = 1  # as in Grid
    fermata: int = 2  # 1 while a note under one sounds, else 0
    to_fermata: int = 3  # sixteenths until the next one starts, 0 while it sounds
    to_end: int = 4  # sixteenths until the end of the piece
    tonic: int = 5  # pitch class of the key signature's major tonic
    # The plan. Degrees are semitones above the tonic of the signature.
    chord: int = 6  # degree of the root, and kind
    place: int = 7  # of the bass in the chord
    suspended: int = 8
    moving: int = 9
    home: int = 10  # degree of the key note
    minor: int = 11
    style: int = 12
    root: int = 13  # its pitch class; not looked up as such, since the network hears all keys alike


COLUMN = Columns()
PLAN_COLUMNS = range(COLUMN.chord, len(COLUMN))


def step_features(grid: Grid) -> NDArray[np.int64]:
    """(T, 14) indices, with the columns of ``Columns``.

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
    out[:, PLAN_COLUMNS] = UNKNOWN[COLUMN.chord :]
    if grid.plan is not None and not (grid.tonic == NO_KEY).any():
        out[:, PLAN_COLUMNS] = plan_features(grid.plan, grid.tonic.astype(np.int64))
    return out


def plan_features(plan: GridPlan, tonic: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T, 8) the columns of a plan. tonic: (T,) pitch class of the signature's major tonic."""
    root, kind, bass = (x.astype(np.int64) for x in (plan.root, plan.kind, plan.bass))
    columns = [
        (root - tonic) % 12 * KINDS + kind,
        places_of_bass(root, kind, bass),
        plan.suspended,
        plan.moving,
        (plan.home - tonic) % 12,
        plan.minor,
        plan.style,
        root,
    ]
    missing = [root, bass, plan.suspended, plan.moving, plan.home, plan.minor, plan.style, root]
    return np.stack(
        [
            np.where(known == OPEN, size - 1, column)
            for column, known, size in zip(columns, missing, PLAN_SIZES, strict=True)
        ],
        axis=1,
    )


def places_of_bass(
    root: NDArray[np.int64], kind: NDArray[np.int64], bass: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(T,) which tone of the chord the bass has: 0 the root, 1 the third ...; unknown where it has none."""
    table = np.full((KINDS, 12), PLACES)
    for number, ups in enumerate(PLAN_KINDS):
        table[number, [0, *ups]] = range(len(ups) + 1)
    found: NDArray[np.int64] = table[kind, (bass - root) % 12]
    return found


def countdown(events: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(T,) the number of steps until the next True, at most MAX_DISTANCE."""
    out = np.full(len(events), MAX_DISTANCE, dtype=np.int64)
    left = MAX_DISTANCE
    for t in range(len(events) - 1, -1, -1):
        left = 0 if events[t] else min(left + 1, MAX_DISTANCE)
        out[t] = left
    return out
