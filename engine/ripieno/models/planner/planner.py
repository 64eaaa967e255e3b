"""Make harmonic plans for given notes, with trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_KEY, OPEN, REST, Grid, GridPlan, sounding_pitches
from ripieno.models.cross_relations import SAME_LETTER
from ripieno.models.harmony import known_share
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.known_chords import known_chords, known_states
from ripieno.models.planner.moves import last_beats, move_kinds
from ripieno.models.planner.network import PieceScores, PlannerNetwork
from ripieno.models.planner.search import find_plans
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PLAN_KINDS, PlannedBeat, beat_spans, beat_steps, grid_plan

FOREIGN = 4.0  # nats: what each tone of a given harmony costs that a chord does not have
CLASHING = 4.0  # nats: what a chord costs that has G where G sharp is given
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
        if grid.harmony is not None:
            cost = harmony_cost(grid, vocabulary.numpy(), context.home)
            scores = scores._replace(chords=scores.chords - torch.from_numpy(cost))
        clashes = clash_cost(grid, fixed, vocabulary.numpy(), context.home)
        scores = scores._replace(chords=scores.chords - torch.from_numpy(clashes))
        known = known_chords(grid, fixed)
        possible = torch.from_numpy(known_states(known, context.home, vocabulary.numpy()))
        scores = scores._replace(chords=scores.chords - WRONG * (~possible).float())
        closes = closes and known[-1] is None
        if known.count(None) < min(FEW_BEATS, len(known)):
            count = 1
        ends = np.flatnonzero(last_beats(grid, context)).tolist()
        found = find_plans(scores, vocabulary, count, closes=closes, phrase_ends=ends)
        return [self.plan_of(states, scores, grid, context, known) for states in found]

    def plan_of(
        self,
        states: tuple[int, ...],
        scores: PieceScores,
        grid: Grid,
        context: PlanContext,
        known: Sequence[PlannedBeat | None],
    ) -> GridPlan:
        """The plan of a path of states, and what is known."""
        thresholds = self.network.thresholds[-1 if context.style is None else context.style]
        textures = (scores.textures[torch.arange(len(states)), list(states)] > thresholds).tolist()
        beats = []
        for (start, end), state, (suspended, moving) in zip(beat_spans(grid), states, textures, strict=True):
            degree, kind, bass = self.network.vocabulary[state].tolist()
            chord = Chord((degree + context.home) % 12, PLAN_KINDS[kind], (bass + context.home) % 12)
            beats.append(PlannedBeat(start, end, chord, suspended, moving))
        beats = [there or planned for there, planned in zip(known, beats, strict=True)]
        style = OPEN if context.style is None else context.style
        known = {"home": context.home, "minor": int(context.minor), "style": style}
        columns = {name: np.full(grid.steps, x, np.int8) for name, x in known.items()}
        return replace(grid_plan(grid, beats), **columns)


def harmony_cost(grid: Grid, vocabulary: NDArray[np.int64], home: int) -> NDArray[np.float32]:
    """(N, S) nats that each state costs at each beat by the harmony given there; of one tone nothing."""
    assert grid.harmony is not None
    tones = chord_tones(vocabulary, home)
    heard = np.stack([grid.harmony[steps.start] for steps in beat_steps(grid)])  # (N, 12)
    foreign = heard.astype(np.float32) @ ~tones.T
    cost: NDArray[np.float32] = (FOREIGN * known_share(heard)[:, None] * foreign).astype(np.float32)
    return cost


def clash_cost(grid: Grid, fixed: Mask, vocabulary: NDArray[np.int64], home: int) -> NDArray[np.float32]:
    """(N, S) nats that each state costs at each beat, by the given notes that it has altered."""
    tones = chord_tones(vocabulary, home)
    sounding = np.where(fixed, sounding_pitches(grid.cells), REST)
    cost = np.zeros((len(beat_steps(grid)), len(vocabulary)), dtype=np.float32)
    for i, steps in enumerate(beat_steps(grid)):
        given = sounding[steps.start : steps.stop]
        clashing = altered_classes(set((given[given < HOLD] % 12).tolist()), int(grid.tonic[steps.start]))
        cost[i] = CLASHING * tones[:, clashing].any(1)
    return cost


def altered_classes(given: set[int], tonic: int) -> list[int]:
    """The pitch classes on the letters of some given ones, altered, but for those that are given, too."""
    if tonic == NO_KEY:
        return []
    pairs = [((tonic + a) % 12, (tonic + b) % 12) for a, b in SAME_LETTER]
    found = {b for a, b in pairs if a in given} | {a for a, b in pairs if b in given}
    return sorted(found - given)


def chord_tones(vocabulary: NDArray[np.int64], home: int) -> NDArray[np.bool_]:
    """(S, 12) the pitch classes of each state's chord."""
    tones = np.zeros((len(vocabulary), 12), dtype=np.bool_)
    for state, (degree, kind, _) in enumerate(vocabulary.tolist()):
        tones[state, [(degree + home + up) % 12 for up in (0, *PLAN_KINDS[kind])]] = True
    return tones
