"""Planned chords as law: what keeps the third where there are fewer than four voices.

A network that knows four voices leaves tones to those that will not be heard. So the chords that the planner
found become law for the voices that are, as chords are that a user asks for.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, OPEN, Grid, GridChords, GridPlan
from ripieno.harmony.asked_chord import AskedChord
from ripieno.theory.plans import PLAN_KINDS, beat_steps


def law_of_plan(grid: Grid, plan: GridPlan, present: NDArray[np.bool_]) -> GridChords:
    """The chords of a plan as chords that are asked for. present: (V,) the voices that will be heard.

    Beats in which the plan has the same chord are one chord.
    """
    index = np.full(grid.steps, OPEN, dtype=np.int16)
    chords: list[AskedChord] = []
    for key, group in groupby(beat_steps(grid), key=lambda steps: chord_at(plan, steps.start)):
        beats = list(group)
        if key is None:
            continue
        root, kind, bass = key
        steps = range(beats[0].start, beats[-1].stop)
        index[steps.start : steps.stop] = len(chords)
        onset, end = grid.edges[steps.start], grid.edges[steps.stop]
        chords.append(planned_chord(onset, end, root, PLAN_KINDS[kind], bass))
    return GridChords(tuple(chords), index, grid.strength > BEAT, present=present)


def chord_at(plan: GridPlan, step: int) -> tuple[int, int, int] | None:
    """(root, kind, bass) of a plan at a step; None where it is open."""
    if plan.root[step] == OPEN:
        return None
    return int(plan.root[step]), int(plan.kind[step]), int(plan.bass[step])


def planned_chord(onset: Fraction, end: Fraction, root: int, kind: tuple[int, ...], bass: int) -> AskedChord:
    """A planned chord as one that is asked for: its third, and its seventh, may not be missing."""
    third, fifth, *seventh = ((root + up) % 12 for up in kind)
    tones = (third, *seventh, root, fifth)
    return AskedChord(onset, end, "", tones, 1 + len(seventh), bass, root)
