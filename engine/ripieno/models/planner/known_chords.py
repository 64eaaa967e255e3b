"""The chords of a plan that are known: those that the user asks for, and those of music that is given whole.

A plan keeps them, and joins on to them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import OPEN, REST, Grid
from ripieno.models.masks import Mask
from ripieno.theory.chords import Chord, plain_chord
from ripieno.theory.plan_reading import read_beats
from ripieno.theory.plans import PLAN_KINDS, PlannedBeat, beat_steps


def known_chords(grid: Grid, fixed: Mask) -> list[PlannedBeat | None]:
    """(N,) the chord of each beat that is asked for, or that sounds where every cell is fixed; else None.

    fixed: (T, V) bool; other cells are not read.
    """
    asked = [asked_beat(grid, steps) for steps in beat_steps(grid)]
    whole = [bool(fixed[steps.start : steps.stop].all()) for steps in beat_steps(grid)]
    if not any(whole):
        return asked
    given = grid.with_cells(np.where(fixed, grid.cells, REST).astype(grid.cells.dtype))
    return [
        beat if known and beat.chord is not None else own
        for known, beat, own in zip(whole, read_beats(given), asked, strict=True)
    ]


def asked_beat(grid: Grid, steps: range) -> PlannedBeat | None:
    """The chord that is asked for where a beat begins, as a plan has it: less added and altered tones.

    None where nothing is asked for, or no chord of a plan is like it.
    """
    asked = None if grid.asked is None else grid.asked.at(steps.start)
    if asked is None or asked.root is None or asked.bass is None:
        return None
    chord = plain_chord(asked.root, asked.intervals, asked.bass)
    if chord is None:
        return None
    return PlannedBeat(grid.edges[steps.start], grid.edges[steps.stop], chord)


def known_states(
    known: Sequence[PlannedBeat | None], home: int, vocabulary: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N, S) the states that each beat may have: all where its chord is not known. home: pitch class."""
    return np.stack([chord_states(None if beat is None else beat.chord, home, vocabulary) for beat in known])


def chord_states(chord: Chord | None, home: int, vocabulary: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(S,) the states that a chord may be, see ``allowed_states``; all where it is not known."""
    if chord is None or chord.kind not in PLAN_KINDS:
        return allowed_states(OPEN, OPEN, OPEN, home, vocabulary)
    return allowed_states(chord.root, PLAN_KINDS.index(chord.kind), chord.bass, home, vocabulary)


def allowed_states(
    root: int, kind: int, bass: int, home: int, vocabulary: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(S,) the states that a chord may be: itself, or else its root and kind, or its root, or any."""
    if root == OPEN:
        return np.ones(len(vocabulary), dtype=np.bool_)
    wanted = np.array([(root - home) % 12, kind, (bass - home) % 12])
    for columns in ([0, 1, 2], [0, 1], [0]):
        same: NDArray[np.bool_] = (vocabulary[:, columns] == wanted[columns]).all(1)
        if same.any():
            return same
    return np.ones(len(vocabulary), dtype=np.bool_)
