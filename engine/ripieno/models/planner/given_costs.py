"""What each chord costs by what is given: by notes that are foreign to it, by a given harmony, by the style.

The network has learned from chorales and hymns, whose melodies move with the beat; in a fiddler's quavers it
may overlook that a chord has nothing of the notes above it. All costs are in nats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_KEY, REST, Grid, sounding_pitches
from ripieno.models.cross_relations import SAME_LETTER
from ripieno.models.harmony import known_share
from ripieno.models.masks import Mask
from ripieno.models.planner.beat_features import PlanContext
from ripieno.models.sampling import PERFECT
from ripieno.score import STYLES
from ripieno.theory.chords import MAJOR
from ripieno.theory.plans import PLAN_KINDS, beat_steps

FOREIGN = 4.0  # each tone of a given harmony that a chord does not have
CLASHING = 4.0  # a chord that has G where G sharp is given, or was until then since the beat before began
# Given notes that a chord does not have: through a whole beat, and those that begin in it, by how many of
# their neighbours they reach by no step. Steps on both sides make a passing or a neighbouring note.
SOUNDING = 3.0
STRUCK = (0.0, 1.0, 3.0)
STEPS = (1, 2)  # semitones
LEADING = 2.0  # a chord without the leading note where that rises to the key note of the next beat
PARALLEL = 4.0  # a move of the bass in parallel octaves or fifths with the highest given voice
# In hymns and folk songs: a major triad at the end of a piece in minor, and any chord but the tonic where a
# phrase ends on the key note. The network learns these from Bach, who likes both more than people who write
# hymns.
BACHS_WAYS = 2.0


def given_costs(
    grid: Grid, fixed: Mask, vocabulary: NDArray[np.int64], context: PlanContext
) -> NDArray[np.float32]:
    """(N, S) of each state at each beat."""
    tones = chord_tones(vocabulary, context.home)
    beats = beat_steps(grid)
    sounding = np.where(fixed, sounding_pitches(grid.cells), REST)
    weights = note_weights(np.where(fixed, grid.cells, REST), sounding, beats)
    if grid.harmony is not None:
        heard = grid.harmony[[steps.start for steps in beats]]  # (N, 12)
        weights += FOREIGN * known_share(heard)[:, None] * heard
    costs = weights @ ~tones.T
    here = [classes_of(sounding[steps.start : steps.stop]) for steps in beats]
    left = [set[int](), *left_classes(np.where(fixed, grid.cells, HOLD), sounding, beats)]
    for i, tonic in enumerate(grid.tonic[[steps.start for steps in beats]].tolist()):
        clashing = altered_classes(here[i], tonic) | (altered_classes(left[i], tonic) - here[i])
        costs[i] += CLASHING * tones[:, sorted(clashing)].any(1)
    costs += LEADING * np.outer(rises_home(sounding, beats, context.home), ~tones[:, context.home - 1])
    if context.style == STYLES.index("hymn"):
        costs += style_costs(sounding, beats, vocabulary, context)
    return costs.astype(np.float32)


def style_costs(
    sounding: NDArray[np.int16], beats: Sequence[range], vocabulary: NDArray[np.int64], context: PlanContext
) -> NDArray[np.float64]:
    """(N, S) what hymns avoid and chorales do not, see ``BACHS_WAYS``."""
    costs = np.zeros((len(beats), len(vocabulary)))
    degree, kind, _ = vocabulary.T
    if context.minor:
        costs[-1] += BACHS_WAYS * ((degree == 0) & (kind == PLAN_KINDS.index(MAJOR)))
    if context.phrase_ends is not None:
        for i, steps in enumerate(beats):
            highest = sounding[steps.start, 0]
            if context.phrase_ends[steps.start] and highest < HOLD and highest % 12 == context.home:
                costs[i] += BACHS_WAYS * (degree != 0)
    return costs


def rises_home(sounding: NDArray[np.int16], beats: Sequence[range], home: int) -> NDArray[np.bool_]:
    """(N,) whether a given leading note at the end of a beat rises to the key note of the next."""
    ends, begins = ends_and_beginnings(sounding, beats)
    rises = ((ends < HOLD) & ((ends + 1) % 12 == home) & (begins == ends + 1)).any(1)
    return np.append(rises, False)


def parallel_costs(grid: Grid, fixed: Mask, vocabulary: NDArray[np.int64], home: int) -> NDArray[np.float32]:
    """(N, S, S) of the move from each state to each into every beat, see ``PARALLEL``."""
    beats = beat_steps(grid)
    sounding = np.where(fixed, sounding_pitches(grid.cells), REST)[:, :1]
    ends, begins = (x[:, 0] for x in ends_and_beginnings(sounding, beats))
    basses = (vocabulary[:, 2] + home) % 12
    moves = (ends < HOLD) & (begins < HOLD) & (ends != begins)  # (N - 1,)
    costs = np.zeros((len(beats), len(vocabulary), len(vocabulary)), dtype=np.float32)
    for semitones in PERFECT:
        before, after = ((x[:, None] - basses) % 12 == semitones for x in (ends, begins))
        costs[1:] += PARALLEL * (moves[:, None, None] & before[:, :, None] & after[:, None, :])
    return costs


def ends_and_beginnings(
    sounding: NDArray[np.int16], beats: Sequence[range]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """(what sounds at the end of each beat but the last, what sounds at the beginning of the next)"""
    starts = [steps.start for steps in beats[1:]]
    return sounding[[start - 1 for start in starts]], sounding[starts]


def note_weights(
    cells: NDArray[np.int16], sounding: NDArray[np.int16], beats: Sequence[range]
) -> NDArray[np.float64]:
    """(N, 12) what a chord without a pitch class costs at each beat, by the notes of (T, V) cells."""
    weights = np.zeros((len(beats), 12))
    for i, steps in enumerate(beats):
        here = sounding[steps.start : steps.stop]
        weights[i] += np.bincount(here[here < HOLD] % 12, minlength=12) * (SOUNDING / len(here))
    beat_of = np.repeat(np.arange(len(beats)), [len(steps) for steps in beats])
    for column, pitches in zip(cells.T, sounding.T, strict=True):
        begins = np.flatnonzero(column < HOLD)
        before, after = neighbours(column, pitches, begins)
        pitch = pitches[begins]
        reached = np.isin(abs(pitch - before), (0, *STEPS)).astype(int)  # a repeated note may be suspended
        left = np.isin(abs(pitch - after), STEPS).astype(int)
        np.add.at(weights, (beat_of[begins], pitch % 12), np.array(STRUCK)[2 - reached - left])
    return weights


def neighbours(
    column: NDArray[np.int16], pitches: NDArray[np.int16], begins: NDArray[np.intp]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """(what sounds just before, what sounds just after) the notes of one voice; REST where it is silent."""
    changes = np.flatnonzero(column != HOLD)
    ends = np.append(changes, len(column))[np.searchsorted(changes, begins, side="right")]
    padded = np.pad(pitches, 1, constant_values=REST)
    return padded[begins], padded[ends + 1]


def left_classes(
    cells: NDArray[np.int16], sounding: NDArray[np.int16], beats: Sequence[range]
) -> Iterator[set[int]]:
    """The pitch classes of the given notes at the end of each beat but the last that begin inside the beat.

    Of a note that begins with its beat the network knows whether a false relation may follow.
    """
    ends, _ = ends_and_beginnings(sounding, beats)
    for steps, pitches in zip(beats, ends, strict=False):
        yield classes_of(pitches[(cells[steps.start + 1 : steps.stop] < HOLD).any(0)])


def altered_classes(given: set[int], tonic: int) -> set[int]:
    """The pitch classes on the letters of some given ones, altered, but for those that are given, too."""
    if tonic == NO_KEY:
        return set()
    pairs = [((tonic + a) % 12, (tonic + b) % 12) for a, b in SAME_LETTER]
    found = {b for a, b in pairs if a in given} | {a for a, b in pairs if b in given}
    return found - given


def classes_of(pitches: NDArray[np.int16]) -> set[int]:
    """The pitch classes that sound."""
    return set((pitches[pitches < HOLD] % 12).tolist())


def chord_tones(vocabulary: NDArray[np.int64], home: int) -> NDArray[np.bool_]:
    """(S, 12) the pitch classes of each state's chord."""
    tones = np.zeros((len(vocabulary), 12), dtype=np.bool_)
    for state, (degree, kind, _) in enumerate(vocabulary.tolist()):
        tones[state, [(degree + home + up) % 12 for up in (0, *PLAN_KINDS[kind])]] = True
    return tones
