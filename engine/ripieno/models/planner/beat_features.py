"""What the planner sees of each beat: the given notes, the meter, phrases, the key, and the style.

Pitches are degrees, semitones above the key note, so that the same music in another key looks alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, REST, Grid, sounding_pitches
from ripieno.models.masks import Mask
from ripieno.score import STYLES
from ripieno.theory.plans import DOTTED, beat_lengths, beat_steps, beat_strengths

FAR = 8  # beats; all greater distances count as this one
WIDE = 7  # semitones; all greater steps of the melody count as this one
GROUPS: tuple[tuple[int, ...], ...] = ((0,), (3,), (1, 2))  # soprano, bass, inner voices
LENGTHS = (2, 3, 4)  # beats a measure; the last place is for any other number


@dataclass(frozen=True, slots=True, eq=False)
class PlanContext:
    """What is known of a piece besides its notes.

    home: the pitch class of the key note. minor: the mode. style: a number in ``STYLES``, None for any.
    phrase_ends: (T,) bool, True while the last note of a phrase sounds; None where nobody looked for phrases.
    """

    home: int
    minor: bool
    style: int | None = None
    phrase_ends: NDArray[np.bool_] | None = None


def one_hot(index: NDArray[np.int64] | Sequence[int], size: int) -> NDArray[np.float32]:
    """(N, size) a 1 at each index."""
    return np.eye(size, dtype=np.float32)[np.asarray(index, dtype=np.int64)]


def beat_features(grid: Grid, fixed: Mask, context: PlanContext) -> NDArray[np.float32]:
    """(N, F) the features of each beat (``beat_steps``). fixed: (T, 4) bool; other cells are not read."""
    beats = beat_steps(grid)
    cells = np.where(fixed, grid.cells, REST)
    sounding = np.where(fixed, sounding_pitches(grid.cells), REST)
    first = [steps.start for steps in beats]
    count = len(beats)
    parts = [given_notes(cells, sounding, fixed, beats, list(group), context.home) for group in GROUPS]
    parts.append(melody_steps(sounding[:, 0], first))
    parts.append(one_hot(beat_strengths(grid) - 1, 4))
    parts.append(one_hot([min(FAR, count - 1 - i) for i in range(count)], FAR + 1))
    parts.append(one_hot([min(FAR, i) for i in range(count)], FAR + 1))
    parts.append(phrase_features(beats, context.phrase_ends))
    parts.append(fermata_features(grid, beats))
    lengths = beats_a_measure(grid, beats)
    places = [LENGTHS.index(n) if n in LENGTHS else len(LENGTHS) for n in lengths]
    compound = beat_lengths(grid)[first] == DOTTED
    parts.append(one_hot(places, len(LENGTHS) + 1))
    parts.append(compound[:, None].astype(np.float32))
    offset = (context.home - grid.tonic[first].astype(np.int64)) % 12
    parts.append(one_hot(offset, 12))
    parts.append(one_hot([int(context.minor)] * count, 2))
    parts.append(one_hot([len(STYLES) if context.style is None else context.style] * count, len(STYLES) + 1))
    return np.concatenate(parts, axis=1)


def feature_count(grid: Grid) -> int:
    """F, the number of features of a beat. grid: any, of a known meter."""
    every = np.ones(grid.cells.shape, dtype=np.bool_)
    return int(beat_features(grid, every, PlanContext(0, minor=False)).shape[1])


def given_notes(
    cells: NDArray[np.int16],
    sounding: NDArray[np.int16],
    fixed: Mask,
    beats: Sequence[range],
    voices: list[int],
    home: int,
) -> NDArray[np.float32]:
    """(N, 50) of voices: degrees struck, sounding at the beat, in its time, at its end; known; silent"""
    out = np.zeros((len(beats), 50), dtype=np.float32)
    for i, steps in enumerate(beats):
        here = sounding[steps.start : steps.stop, voices]
        struck = cells[steps.start, voices]
        for place, pitches in ((0, struck), (12, here[0]), (36, here[-1])):
            out[i, place + (pitches[pitches < HOLD] - home) % 12] = 1
        times = np.bincount((here[here < HOLD] - home) % 12, minlength=12)
        out[i, 24:36] = times / len(here) / len(voices)
        out[i, 48] = fixed[steps.start, voices].mean()
        out[i, 49] = (here[0] == REST).mean()
    return out


def melody_steps(soprano: NDArray[np.int16], first: list[int]) -> NDArray[np.float32]:
    """(N, 2 * WIDE + 2) the step of the highest voice from the beat before; the last place: it has none."""
    now = soprano[first].astype(np.int64)
    before = np.concatenate([[REST], now[:-1]])
    index = np.where((now < HOLD) & (before < HOLD), np.clip(now - before, -WIDE, WIDE) + WIDE, 2 * WIDE + 1)
    return one_hot(index, 2 * WIDE + 2)


def phrase_features(beats: Sequence[range], ends: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """(N, 2 * FAR + 4): beats to the phrase's last note and from its beginning; the last place: not known.

    A beat lies under the last note where that sounds at its beginning.
    """
    count = len(beats)
    size = FAR + 2
    if ends is None:
        return np.tile(one_hot([size - 1], size), (count, 2))
    last = [bool(ends[steps.start : steps.stop].any()) for steps in beats]
    to_end, from_start = np.full(count, FAR), np.full(count, FAR)
    left = FAR
    for i in range(count - 1, -1, -1):
        left = 0 if last[i] else min(FAR, left + 1)
        to_end[i] = left
    since = 0
    for i in range(count):
        since = 0 if i and last[i - 1] and not last[i] else min(FAR, since)
        from_start[i] = since
        since += 1
    return np.concatenate([one_hot(to_end, size), one_hot(from_start, size)], axis=1)


def fermata_features(grid: Grid, beats: Sequence[range]) -> NDArray[np.float32]:
    """(N, 3) whether a fermata is over the beat; the last place: the piece has none."""
    if not grid.fermata.any():
        return one_hot([2] * len(beats), 3)
    return one_hot([int(grid.fermata[steps.start : steps.stop].any()) for steps in beats], 3)


def beats_a_measure(grid: Grid, beats: Sequence[range]) -> list[int]:
    """How many beats the measure of each beat has; a pickup's as the next measure's."""
    starts = [
        i
        for i, steps in enumerate(beats)
        if grid.position[steps.start] == 0 and grid.strength[steps.start] == 4
    ]
    out = [0] * len(beats)
    if not starts:
        return out
    for here, after in zip(starts, [*starts[1:], len(beats)], strict=True):
        out[here:after] = [after - here] * (after - here)
    for i in range(starts[0]):
        out[i] = out[starts[0]]
    if len(starts) > 1 and out[starts[-1]] < out[starts[-2]]:  # a last measure that the pickup completes
        out[starts[-1] :] = [out[starts[-2]]] * (len(beats) - starts[-1])
    return out
