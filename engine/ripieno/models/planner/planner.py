"""Make harmonic plans for given notes, with trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ripieno.grid import OPEN, Grid, GridPlan
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.chain import marginals
from ripieno.models.planner.given_costs import given_costs, parallel_costs
from ripieno.models.planner.known_chords import known_chords, known_states
from ripieno.models.planner.moves import last_beats, move_kinds
from ripieno.models.planner.network import PieceScores, PlannerNetwork
from ripieno.models.planner.search import draw_plans, find_plans
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PLAN_KINDS, PlannedBeat, beat_steps, grid_plan, plan_spans

WRONG = 1000.0  # nats: what a chord costs that is not the known one
FEW_BEATS = 4  # to be planned; where fewer are, among others that are known, there is one plan only


class Planner:
    """Makes harmonic plans. sha256: of its weights."""

    def __init__(self, network: PlannerNetwork, *, sha256: str) -> None:
        self.network, self.sha256 = network.eval(), sha256

    @torch.inference_mode()
    def plans(
        self, grid: Grid, fixed: Mask, context: PlanContext, count: int = 1, *, closes: bool = True
    ) -> list[GridPlan]:
        """``count`` plans that really differ, the likeliest first; none where the meter is not known.

        grid: (T, 4), of which the ``fixed`` cells, (T, 4) bool, are read, and the given harmony. Where all of
        them are fixed, a plan has the chords that sound there; with less than ``FEW_BEATS`` others there is
        one plan. closes: whether the piece ends on the key note's chord.
        """
        if not beat_steps(grid):
            return []
        known = known_chords(grid, fixed)
        scores = self.scores_beside(known, grid, fixed, context)
        if known.count(None) < min(FEW_BEATS, len(known)):
            count = 1
        closes = closes and known[-1] is None
        ends = np.flatnonzero(last_beats(grid, context)).tolist()
        found = find_plans(scores, self.network.vocabulary, count, closes=closes, phrase_ends=ends)
        return [self.plan_of(states, known, scores, grid, context) for states in found]

    @torch.inference_mode()
    def drawn_plans(
        self,
        grid: Grid,
        fixed: Mask,
        context: PlanContext,
        known: Sequence[PlannedBeat | None],
        count: int,
        generator: torch.Generator,
    ) -> list[GridPlan]:
        """``count`` plans by chance, given the fixed cells and the chords that are known.

        known: (N,) beats, None where any chord may stand; N is 0 where the meter is not known.
        """
        if not known:
            return []
        scores = self.scores_beside(known, grid, fixed, context)
        drawn = draw_plans(scores, self.network.vocabulary, count, generator)
        return [self.plan_of(states, known, scores, grid, context) for states in drawn]

    @torch.inference_mode()
    def chord_shares(
        self, grid: Grid, fixed: Mask, context: PlanContext, known: Sequence[PlannedBeat | None]
    ) -> list[list[tuple[Chord, float]]]:
        """How probable each chord is on each beat, given the fixed cells and the chords that are known.

        known: (N,) beats, None where any chord may stand.
        """
        scores = self.scores_beside(known, grid, fixed, context)
        chords = [self.chord_of(state, context) for state in range(len(self.network.vocabulary))]
        shares = marginals(scores.chords, scores.moves).tolist()
        return [list(zip(chords, row, strict=True)) for row in shares]

    def scores_beside(
        self, known: Sequence[PlannedBeat | None], grid: Grid, fixed: Mask, context: PlanContext
    ) -> PieceScores:
        """The scores of a piece with all that given notes and known chords cost."""
        scores = self.network.score_piece(
            torch.from_numpy(beat_features(grid, fixed, context)), torch.from_numpy(move_kinds(grid, context))
        )
        vocabulary = self.network.vocabulary.numpy()
        costs = given_costs(grid, fixed, vocabulary, context)
        costs += np.where(known_states(known, context.home, vocabulary), 0, WRONG).astype(costs.dtype)
        parallels = parallel_costs(grid, fixed, vocabulary, context.home)
        return scores._replace(
            chords=scores.chords - torch.from_numpy(costs), moves=scores.moves - torch.from_numpy(parallels)
        )

    def chord_of(self, state: int, context: PlanContext) -> Chord:
        """The chord of a state."""
        degree, kind, bass = self.network.vocabulary[state].tolist()
        return Chord((degree + context.home) % 12, PLAN_KINDS[kind], (bass + context.home) % 12)

    def plan_of(
        self,
        states: tuple[int, ...],
        known: Sequence[PlannedBeat | None],
        scores: PieceScores,
        grid: Grid,
        context: PlanContext,
    ) -> GridPlan:
        """The plan of a path of states, but for the beats that are known."""
        thresholds = self.network.thresholds[-1 if context.style is None else context.style]
        textures = (scores.textures[torch.arange(len(states)), list(states)] > thresholds).tolist()
        beats = []
        places = zip(plan_spans(grid), known, states, textures, strict=True)
        for (start, end), there, state, (suspended, moving) in places:
            beats.append(there or PlannedBeat(start, end, self.chord_of(state, context), suspended, moving))
        return planned(grid, beats, context)


def planned(grid: Grid, beats: Sequence[PlannedBeat], context: PlanContext) -> GridPlan:
    """A plan of some beats on the steps of a grid; the others are left open."""
    style = OPEN if context.style is None else context.style
    whole = {"home": context.home, "minor": int(context.minor), "style": style}
    columns = {name: np.full(grid.steps, x, np.int8) for name, x in whole.items()}
    return replace(grid_plan(grid, beats), **columns)
