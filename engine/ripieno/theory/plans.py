"""Harmonic plans: for each beat of a piece a chord, and how the voices reach it.

A plan stands between a melody and the notes of the other voices. One that is made from music in all its
voices tells what is there; the planner makes one for a melody alone; a user may write one. In a ``Grid`` it
is a ``GridPlan``, with a row a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, HOLD, NO_METER, OPEN, Grid, GridPlan
from ripieno.score import SIXTEENTH
from ripieno.theory.chords import (
    DIMINISHED,
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    MAJOR,
    MAJOR_SEVENTH,
    MINOR,
    MINOR_SEVENTH,
    Chord,
)

# The kinds of chords that a plan may have, in the order of their numbers in a ``GridPlan``.
PLAN_KINDS = (
    MAJOR,
    MINOR,
    DIMINISHED,
    DOMINANT_SEVENTH,
    MINOR_SEVENTH,
    MAJOR_SEVENTH,
    HALF_DIMINISHED,
    DIMINISHED_SEVENTH,
)
QUARTER = 4  # steps of a beat, but in compound meters
DOTTED = 12  # steps of a beat of 6/8 and the like, see ``network_meter``


@dataclass(frozen=True, slots=True)
class PlannedBeat:
    """One beat of a plan. chord: None leaves it open.

    suspended: whether a voice holds or repeats a dissonance into the beat. moving: whether a lower voice
    moves inside it. None leaves that open.
    """

    onset: Fraction
    end: Fraction
    chord: Chord | None
    suspended: bool | None = None
    moving: bool | None = None


@lru_cache(maxsize=8)
def beat_steps(grid: Grid) -> tuple[range, ...]:
    """The steps of each beat of a plan, in order; none where the meter is not known.

    A beat is a quarter, in compound meters a dotted one; in other meters over 8 or 16 what they count.
    They are counted once for a grid.
    """
    if not grid.steps or (grid.position == NO_METER).any():
        return ()
    starts = np.flatnonzero(grid.position % beat_lengths(grid) == 0).tolist()
    if starts[:1] != [0]:
        starts = [0, *starts]
    return tuple(range(start, stop) for start, stop in zip(starts, [*starts[1:], grid.steps], strict=True))


def beat_lengths(grid: Grid) -> NDArray[np.int64]:
    """(T,) how many steps a beat has where each step lies.

    A step shorter than a sixteenth belongs to a meter over 8 or 16; it is compound where the measures that
    the networks see have three of its units.
    """
    lengths = np.full(grid.steps, QUARTER)
    short = np.diff(np.array(grid.edges, dtype=np.float64)) < float(SIXTEENTH)
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], short, [False]])))
    for start, stop in zip(bounds[::2], bounds[1::2], strict=True):
        if grid.position[start:stop].max() < DOTTED:
            lengths[start:stop] = DOTTED
    return lengths


def plan_spans(grid: Grid) -> list[tuple[Fraction, Fraction]]:
    """The beginning and the end of each beat of a plan, in quarters.

    ``beat_sounds.beat_spans`` has the meter's own beats: a half note in 2/2, where a plan's are quarters.
    """
    return [(grid.edges[steps.start], grid.edges[steps.stop]) for steps in beat_steps(grid)]


def beat_strengths(grid: Grid) -> NDArray[np.int64]:
    """(N,) the strength of each beat, as in ``Grid``."""
    return np.array(
        [max(BEAT - 1, int(grid.strength[steps.start])) for steps in beat_steps(grid)], dtype=np.int64
    )


def moves_inside(grid: Grid, steps: range) -> bool:
    """Whether a voice below the highest strikes a note inside a beat, after its beginning."""
    return bool((grid.cells[steps.start + 1 : steps.stop, 1:] < HOLD).any())


def last_changes(roots: list[int]) -> int:
    """The beat from which on a piece has its last two roots."""
    t = len(roots) - 1
    for _ in range(2):
        while t > 0 and roots[t - 1] == roots[t]:
            t -= 1
        t -= 1
    return max(0, t + 1)


def grid_plan(grid: Grid, beats: Sequence[PlannedBeat]) -> GridPlan:
    """A plan on the steps of a grid. Beats whose chord has no number in ``PLAN_KINDS`` are left open."""
    columns = {name: np.full(grid.steps, OPEN, dtype=np.int8) for name in GridPlan.columns()}
    for beat in beats:
        steps = grid.step_range(beat.onset, beat.end)
        span = slice(steps.start, steps.stop)
        if beat.chord is not None and beat.chord.kind in PLAN_KINDS:
            columns["root"][span] = beat.chord.root
            columns["kind"][span] = PLAN_KINDS.index(beat.chord.kind)
            columns["bass"][span] = beat.chord.bass
        if beat.suspended is not None:
            columns["suspended"][span] = beat.suspended
        if beat.moving is not None:
            columns["moving"][span] = beat.moving
    return GridPlan(**columns)
