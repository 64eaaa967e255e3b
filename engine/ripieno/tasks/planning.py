"""What a task tells the planner, and the plans that it gets from it."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.grid import Grid, GridPlan
from ripieno.models.generator import Generator
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext
from ripieno.score import STYLES
from ripieno.tasks.drafts import Close, PlanMaker, no_plans
from ripieno.tasks.guidance import FoundGuidance


def plan_maker(model: Generator, close: Close, guidance: FoundGuidance) -> PlanMaker:
    """Makes plans for a model, as the guidance says; none where the model has no planner."""
    planner = model.planner
    if planner is None:
        return no_plans
    home, style = guidance.home, STYLES.index(guidance.style)

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:
        context = PlanContext(home.tonic, home.mode == "minor", style, guidance.phrase_steps(grid))
        return planner.plans(grid, held, context, count, closes=close.tonic is not None)

    return make
