"""What a task tells the planner, and the plans that it gets from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from ripieno.grid import HOLD, Grid, GridPlan, sounding_pitches
from ripieno.models.generator import Generator
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext
from ripieno.models.planner.known_chords import known_chords
from ripieno.models.planner.planner import planned
from ripieno.score import STYLES
from ripieno.tasks.drafts import BASS, Close, PlanMaker, no_plans
from ripieno.tasks.guidance import FoundGuidance
from ripieno.theory.chords import MAJOR, MINOR, Chord
from ripieno.theory.closes import TO_DOMINANT
from ripieno.theory.home_key import HomeKey
from ripieno.theory.plans import PlannedBeat, beat_steps, plan_spans


def plan_maker(model: Generator, close: Close, guidance: FoundGuidance) -> PlanMaker:
    """Makes plans for a model, as the guidance says; none where the model has no planner."""
    planner = model.planner
    if planner is None:
        return no_plans

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:
        context = plan_context(grid, close, guidance)
        return planner.plans(grid, held, context, count, closes=may_close(grid, held, close))

    return make


def drawn_plan_maker(model: Generator, close: Close, guidance: FoundGuidance, seed: int) -> PlanMaker:
    """Makes plans by chance but for the last cadence, of a new piece; none where a model has no planner."""
    planner = model.planner
    if planner is None:
        return no_plans

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:
        known = known_with_cadence(grid, held, close, guidance.home)
        context, generator = plan_context(grid, close, guidance), torch.Generator().manual_seed(seed)
        return planner.drawn_plans(grid, held, context, known, count, generator)

    return make


def cadence_maker(model: Generator, close: Close, guidance: FoundGuidance) -> PlanMaker:
    """Makes one plan that tells key, mode, style and the last cadence, and leaves all other new chords open.

    What goes on without a given note has its likeliest plan in few chords, so the model chooses them.
    """
    if model.planner is None:
        return no_plans

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:  # noqa: ARG001
        known = known_with_cadence(grid, held, close, guidance.home)
        beats = [beat for beat in known if beat is not None]
        return [planned(grid, beats, plan_context(grid, close, guidance))]

    return make


def known_with_cadence(grid: Grid, held: Mask, close: Close, home: HomeKey) -> list[PlannedBeat | None]:
    """(N,) the known chord of each beat, or else that of the last cadence; None where any may stand."""
    cadence = {beat.onset: beat for beat in last_cadence(grid, held, close, home)}
    known = zip(plan_spans(grid), known_chords(grid, held), strict=True)
    return [beat or cadence.get(onset) for (onset, _), beat in known]


def last_cadence(grid: Grid, held: Mask, close: Close, home: HomeKey) -> Iterator[PlannedBeat]:
    """The dominant on the beat before a close, if it is free, and the key note's triad from there on."""
    fifth = (home.tonic + TO_DOMINANT) % 12
    tonic = Chord(home.tonic, MINOR if home.mode == "minor" else MAJOR, home.tonic)
    for (start, end), steps in zip(plan_spans(grid), beat_steps(grid), strict=True):
        if steps.start >= close.steps.start:
            yield PlannedBeat(start, end, tonic)
        elif steps.stop >= close.steps.start and not held[steps.start : steps.stop].any():
            yield PlannedBeat(start, end, Chord(fifth, MAJOR, fifth))


def plan_context(grid: Grid, close: Close, guidance: FoundGuidance) -> PlanContext:
    """What is known of a piece besides its notes; its last chord ends a phrase."""
    home = guidance.home
    ends = guidance.phrase_steps(grid)
    ends[close.steps.start : close.steps.stop] = True
    return PlanContext(home.tonic, home.mode == "minor", STYLES.index(guidance.style), ends)


def may_close(grid: Grid, held: Mask, close: Close) -> bool:
    """Whether a piece is to close on the key note's chord, and no given bass note forbids it."""
    if close.tonic is None or not close.steps:
        return close.tonic is not None
    last = close.steps.stop - 1
    bass = int(sounding_pitches(grid.cells)[last, BASS])
    return not held[last, BASS] or bass >= HOLD or bass % 12 == close.tonic
