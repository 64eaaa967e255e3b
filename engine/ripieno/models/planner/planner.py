"""Make harmonic plans for given notes, with trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ripieno.grid import OPEN, Grid, GridPlan
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.given_costs import given_costs, parallel_costs
from ripieno.models.planner.known_chords import known_chords, known_states
from ripieno.models.planner.moves import last_beats, move_kinds
from ripieno.models.planner.network import PieceScores, PlannerNetwork
from ripieno.models.planner.search import find_plans
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
        scores = self.network.score_piece(
            torch.from_numpy(beat_features(grid, fixed, context)), torch.from_numpy(move_kinds(grid, context))
        )
        vocabulary = self.network.vocabulary
        costs = given_costs(grid, fixed, vocabulary.numpy(), context)
        known = known_chords(grid, fixed)
        possible = known_states(known, context.home, vocabulary.numpy())
        costs += np.where(possible, 0, WRONG).astype(costs.dtype)
        parallels = parallel_costs(grid, fixed, vocabulary.numpy(), context.home)
        scores = scores._replace(
            chords=scores.chords - torch.from_numpy(costs), moves=scores.moves - torch.from_numpy(parallels)
        )
        if known.count(None) < min(FEW_BEATS, len(known)):
            count = 1
        closes = closes and known[-1] is None
        ends = np.flatnonzero(last_beats(grid, context)).tolist()
        found = find_plans(scores, vocabulary, count, closes=closes, phrase_ends=ends)
        return [self.plan_of(states, known, scores, grid, context) for states in found]

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
            degree, kind, bass = self.network.vocabulary[state].tolist()
            chord = Chord((degree + context.home) % 12, PLAN_KINDS[kind], (bass + context.home) % 12)
            beats.append(there or PlannedBeat(start, end, chord, suspended, moving))
        return planned(grid, beats, context)


def planned(grid: Grid, beats: Sequence[PlannedBeat], context: PlanContext) -> GridPlan:
    """A plan of some beats on the steps of a grid; the others are left open."""
    style = OPEN if context.style is None else context.style
    whole = {"home": context.home, "minor": int(context.minor), "style": style}
    columns = {name: np.full(grid.steps, x, np.int8) for name, x in whole.items()}
    return replace(grid_plan(grid, beats), **columns)
