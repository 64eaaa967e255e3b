"""Make harmonic plans for given notes, with trained weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ripieno.grid import OPEN, Grid, GridPlan
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.given_costs import given_costs, parallel_costs
from ripieno.models.planner.moves import last_beats, move_kinds
from ripieno.models.planner.network import PieceScores, PlannerNetwork
from ripieno.models.planner.search import find_plans
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PLAN_KINDS, PlannedBeat, beat_steps, grid_plan, plan_spans


class Planner:
    """Makes harmonic plans. sha256: of its weights."""

    def __init__(self, network: PlannerNetwork, *, sha256: str) -> None:
        self.network, self.sha256 = network.eval(), sha256

    @torch.inference_mode()
    def plans(
        self, grid: Grid, fixed: Mask, context: PlanContext, count: int = 1, *, closes: bool = True
    ) -> list[GridPlan]:
        """``count`` plans that really differ, the likeliest first; none where the meter is not known.

        grid: (T, 4), of which the ``fixed`` cells, (T, 4) bool, are read, and the given harmony. closes:
        whether the piece ends on the key note's chord.
        """
        if not beat_steps(grid):
            return []
        scores = self.network.score_piece(
            torch.from_numpy(beat_features(grid, fixed, context)), torch.from_numpy(move_kinds(grid, context))
        )
        vocabulary = self.network.vocabulary
        costs = given_costs(grid, fixed, vocabulary.numpy(), context)
        parallels = parallel_costs(grid, fixed, vocabulary.numpy(), context.home)
        scores = scores._replace(
            chords=scores.chords - torch.from_numpy(costs), moves=scores.moves - torch.from_numpy(parallels)
        )
        ends = np.flatnonzero(last_beats(grid, context)).tolist()
        found = find_plans(scores, vocabulary, count, closes=closes, phrase_ends=ends)
        return [self.plan_of(states, scores, grid, context) for states in found]

    def plan_of(
        self, states: tuple[int, ...], scores: PieceScores, grid: Grid, context: PlanContext
    ) -> GridPlan:
        """The plan of a path of states."""
        thresholds = self.network.thresholds[-1 if context.style is None else context.style]
        textures = (scores.textures[torch.arange(len(states)), list(states)] > thresholds).tolist()
        beats = []
        for (start, end), state, (suspended, moving) in zip(plan_spans(grid), states, textures, strict=True):
            degree, kind, bass = self.network.vocabulary[state].tolist()
            chord = Chord((degree + context.home) % 12, PLAN_KINDS[kind], (bass + context.home) % 12)
            beats.append(PlannedBeat(start, end, chord, suspended, moving))
        style = OPEN if context.style is None else context.style
        known = {"home": context.home, "minor": int(context.minor), "style": style}
        columns = {name: np.full(grid.steps, x, np.int8) for name, x in known.items()}
        return replace(grid_plan(grid, beats), **columns)
