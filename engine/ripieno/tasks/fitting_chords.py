"""Which chords fit a stretch of a piece, as the planner has it, while the chords around it stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ripieno.errors import RequestError, number_text
from ripieno.grid import HOLD, REST, Grid, sounding_pitches
from ripieno.models.generator import Generator
from ripieno.models.masks import Mask
from ripieno.models.planner.known_chords import known_chords
from ripieno.score import VOICE_NAMES, Score
from ripieno.tasks.checks import checked_grid
from ripieno.tasks.choir import close_of
from ripieno.tasks.guidance import FoundGuidance
from ripieno.tasks.planning import plan_context
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PlannedBeat, plan_spans

MAX_FITTING = 8


@dataclass(frozen=True, slots=True)
class FittingChord:
    """A chord that fits. share: its probability where the stretch begins, 0 to 1."""

    chord: Chord
    share: float


def fitting_chords(
    score: Score,
    model: Generator,
    *,
    given: Collection[str],
    selection: tuple[Fraction, Fraction],
    guidance: FoundGuidance,
) -> list[FittingChord]:
    """The chords that fit a stretch, the likeliest first, ``MAX_FITTING`` at most.

    score: a choir's. given: the voices that the planner reads; each chord has the note that the highest of
    them sounds where the stretch begins. selection: the stretch, in quarters. Where all four voices sing,
    their chords outside of the stretch are kept. None where the model has no planner, or the meter is not
    known. Raises RequestError for a stretch outside of the piece.
    """
    start, end = selection
    if not 0 <= start < end or start >= score.duration:
        raise RequestError(
            f"the piece is {number_text(float(score.duration))} quarters long; "
            "give a start and an end inside it"
        )
    grid = checked_grid(score, model)
    beats = plan_spans(grid)
    if model.planner is None or not beats:
        return []
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, [VOICE_NAMES.index(name) for name in given]] = True
    close = close_of(score, grid, (grid.cells == REST).all(1), guidance.home)
    shares = model.planner.chord_shares(
        grid, fixed, plan_context(grid, close, guidance), chords_around(score, grid, selection)
    )
    beat = next(i for i, (_, stop) in enumerate(beats) if start < stop)
    melody = highest_note(grid, fixed, grid.step_range(start, end).start)
    fitting = [
        FittingChord(chord, share)
        for chord, share in shares[beat]
        if melody is None or (melody - chord.root) % 12 in (0, *chord.kind)
    ]
    return sorted(fitting, key=lambda one: -one.share)[:MAX_FITTING]


def chords_around(score: Score, grid: Grid, selection: tuple[Fraction, Fraction]) -> list[PlannedBeat | None]:
    """The chord of each beat outside of a stretch; none where a voice is missing in the piece."""
    beats = plan_spans(grid)
    if not all(voice.notes for voice in score.voices):
        return [None] * len(beats)
    start, end = selection
    known = known_chords(grid, np.ones(grid.cells.shape, dtype=np.bool_))
    return [
        None if first < end and start < stop else chord
        for chord, (first, stop) in zip(known, beats, strict=True)
    ]


def highest_note(grid: Grid, fixed: Mask, step: int) -> int | None:
    """The pitch of the highest given voice that sounds at a step."""
    pitches = sounding_pitches(grid.cells)[step]
    return next(
        (int(p) for p, is_given in zip(pitches, fixed[step], strict=True) if is_given and p < HOLD), None
    )
