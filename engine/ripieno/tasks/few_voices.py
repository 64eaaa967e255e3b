"""Fewer than four voices: the planned chords are law, and three around a melody are found by search.

A network that knows four voices leaves tones to those that will not be heard. So the chords that the planner
found become law for the voices that are, as chords are that a user asks for. Where a melody alone is given to
three voices, the network has little left to choose, and a search for the notes is better (docs/models.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ripieno.ensembles.ensemble import Ranges
from ripieno.grid import BEAT, OPEN, Grid, GridChords, GridPlan, score_to_grid
from ripieno.harmony.asked_chord import AskedChord
from ripieno.models.masks import Mask
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Score, Voice
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.joint_search import VoiceBounds, searched
from ripieno.tasks.new_notes import Spellings, new_notes
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PLAN_KINDS, PlannedBeat, beat_steps
from ripieno.theory.ranges import parallels

SEARCHED = 3  # so many voices are found by search around one that is given
WHIM = 5.0  # what a voicing may cost besides, at a temperature of 1; see ``joint_search.Whim``
TEMPERATURE = 0.3  # where none is named


def law_of_plan(grid: Grid, plan: GridPlan, present: NDArray[np.bool_]) -> GridChords:
    """The chords of a plan as chords that are asked for, one for every beat.

    present: (V,) the voices that will be heard.
    """
    index = np.full(grid.steps, OPEN, dtype=np.int16)
    chords: list[AskedChord] = []
    for steps in beat_steps(grid):
        planned = chord_at(plan, steps.start)
        if planned is None:
            continue
        root, kind, bass = planned
        index[steps.start : steps.stop] = len(chords)
        onset, end = grid.edges[steps.start], grid.edges[steps.stop]
        chords.append(planned_chord(onset, end, root, PLAN_KINDS[kind], bass))
    return GridChords(tuple(chords), index, grid.strength > BEAT, present=present)


def chord_at(plan: GridPlan, step: int) -> tuple[int, int, int] | None:
    """(root, kind, bass) of a plan at a step; None where it is open."""
    if plan.root[step] == OPEN:
        return None
    return int(plan.root[step]), int(plan.kind[step]), int(plan.bass[step])


def planned_chord(onset: Fraction, end: Fraction, root: int, kind: tuple[int, ...], bass: int) -> AskedChord:
    """A planned chord as one that is asked for: its third, and its seventh, may not be missing."""
    third, fifth, *seventh = ((root + up) % 12 for up in kind)
    tones = (third, *seventh, root, fifth)
    return AskedChord(onset, end, "", tones, 1 + len(seventh), bass, root)


def is_searched(fixed: Mask, present: NDArray[np.bool_]) -> bool:
    """Whether a search finds the voices that are heard: three, of which one is given and the others free."""
    own = fixed[:, present]
    given = own.all(0)
    return own.shape[1] == SEARCHED and given.sum() == 1 and not own[:, ~given].any()


def searched_results(
    score: Score,
    grid: Grid,
    fixed: Mask,
    present: NDArray[np.bool_],
    plans: Sequence[GridPlan],
    settings: DraftSettings,
) -> list[Result]:
    """As many results as are asked for, by the plans in turn; see ``is_searched``. A seed gives its own."""
    names = [name for name, there in zip(VOICE_NAMES, present, strict=True) if there]
    melody = next(name for name in names if fixed[:, VOICE_NAMES.index(name)].all())
    bounds = [bounds_of(name, settings.voice_ranges, settings.comfortable) for name in names]
    temperature = TEMPERATURE if settings.temperature is None else settings.temperature
    results, spellings = [], Spellings(score, None)
    for i in range(settings.alternatives):
        chance = np.random.default_rng([settings.seed, i])
        lines = searched(
            score,
            score.voice(melody),
            bounds,
            names.index(melody),
            planned_beats(grid, plans[i % len(plans)]),
            partial(chance.uniform, 0.0, WHIM * temperature),
        )
        found = {name: line for name, line in zip(names, lines, strict=True) if name != melody}
        new = tuple(Voice(v.name, new_notes(found.get(v.name, ()), (), spellings)) for v in score.voices)
        voices = tuple(n if n.name in found else v for n, v in zip(new, score.voices, strict=True))
        whole = replace(score, voices=voices)
        results.append(Result(whole, new, 0.0, parallels(score_to_grid(whole).cells)))
    return results


def bounds_of(name: str, ranges: Ranges, comfortable: Ranges) -> VoiceBounds:
    """Where a voice sings; it is comfortable everywhere where nobody says."""
    return VoiceBounds(*ranges[name], comfortable.get(name, ranges[name]))


def planned_beats(grid: Grid, plan: GridPlan) -> list[PlannedBeat]:
    """The beats of a grid with their planned chords."""
    beats = []
    for steps in beat_steps(grid):
        planned = chord_at(plan, steps.start)
        chord = None if planned is None else Chord(planned[0], PLAN_KINDS[planned[1]], planned[2])
        beats.append(PlannedBeat(grid.edges[steps.start], grid.edges[steps.stop], chord))
    return beats
