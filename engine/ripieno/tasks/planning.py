"""What a task tells the planner, and the plans that it gets from it."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.grid import HOLD, Grid, GridPlan, sounding_pitches
from ripieno.models.generator import Generator
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext
from ripieno.score import STYLES
from ripieno.tasks.drafts import BASS, Close, PlanMaker, no_plans
from ripieno.tasks.guidance import FoundGuidance


def plan_maker(model: Generator, close: Close, guidance: FoundGuidance) -> PlanMaker:
    """Makes plans for a model, as the guidance says; none where the model has no planner."""
    planner = model.planner
    if planner is None:
        return no_plans
    home, style = guidance.home, STYLES.index(guidance.style)

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:
        ends = guidance.phrase_steps(grid)
        ends[close.steps.start : close.steps.stop] = True
        context = PlanContext(home.tonic, home.mode == "minor", style, ends)
        return planner.plans(grid, held, context, count, closes=may_close(grid, held, close))

    return make


def may_close(grid: Grid, held: Mask, close: Close) -> bool:
    """Whether a piece is to close on the key note's chord, and no given bass note forbids it."""
    if close.tonic is None or not close.steps:
        return close.tonic is not None
    last = close.steps.stop - 1
    bass = int(sounding_pitches(grid.cells)[last, BASS])
    return not held[last, BASS] or bass >= HOLD or bass % 12 == close.tonic
