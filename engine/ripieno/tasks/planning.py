"""What a task tells the planner, and the plans that it gets from it."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.grid import STYLES, Grid, GridPlan
from ripieno.models.generator import Generator
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext
from ripieno.score import Score
from ripieno.tasks.drafts import Close, PlanMaker, no_plans
from ripieno.theory.home_key import find_home_key
from ripieno.theory.phrases import phrase_ends


def plan_maker(score: Score, model: Generator, close: Close) -> PlanMaker:
    """Makes plans of a score for a model, in its home key and phrases; none where the model has no planner.

    The style is that of a chorale where fermatas are written, else that of a hymn.
    """
    planner = model.planner
    if planner is None:
        return no_plans
    home = find_home_key(score)
    style = "chorale" if any(note.fermata for voice in score.voices for note in voice.notes) else "hymn"

    def make(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:
        melody = next(v for v, voice in enumerate(score.voices) if voice.notes)
        context = PlanContext(
            home.tonic, home.mode == "minor", STYLES.index(style), phrase_ends(grid, melody)
        )
        return planner.plans(grid, held, context, count, closes=close.tonic is not None)

    return make
