"""Read the harmonic plan of music that has all its voices, from which the networks learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ripieno.grid import OPEN, Grid, GridPlan
from ripieno.score import STYLES
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.dissonances import dissonances
from ripieno.theory.home_key import grid_home_key
from ripieno.theory.plans import PlannedBeat, beat_steps, grid_plan, moves_inside, plan_spans
from ripieno.theory.texture import grid_texture


def read_plan(grid: Grid, style: str | None) -> GridPlan | None:
    """The plan of a piece, None where its meter is not known. style: one of ``STYLES``, or None."""
    beats = read_beats(grid)
    if not beats:
        return None
    home = grid_home_key(grid)
    known = {
        "home": home.tonic,
        "minor": int(home.mode == "minor"),
        "style": STYLES.index(style) if style else OPEN,
    }
    return replace(
        grid_plan(grid, beats), **{name: np.full(grid.steps, x, np.int8) for name, x in known.items()}
    )


def read_beats(grid: Grid) -> list[PlannedBeat]:
    """What sounds in each beat; none where the meter is not known.

    A beat is suspended where a dissonance that sounds at its beginning was prepared.
    """
    spans = plan_spans(grid)
    texture = grid_texture(grid)
    chords = chords_by_beat(texture, spans)
    foreign = dissonances(texture, spans, chords)
    return [
        PlannedBeat(
            start,
            end,
            chord,
            None if chord is None else any(note.prepared for note in notes),
            moves_inside(grid, steps),
        )
        for (start, end), chord, notes, steps in zip(spans, chords, foreign, beat_steps(grid), strict=True)
    ]
