"""What the network is told about every step of a piece, besides the notes before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import NO_METER, Grid
from ripieno.models.biaxial.chords import UNKNOWN
from ripieno.models.note_states.keyboard import (
    Bools,
    Floats,
    KeyboardCompass,
    Layout,
    lay_out,
    measure_spans,
)
from ripieno.piano.blues_scheme import CHORUS

NEVER = -1  # in place of a step: there is none
LAGS = (1, 2, 4)  # measures ago that the network remembers word for word
HALF_MEASURE = 3  # strength of the steps on which chords may change
USUAL_MEASURE = 16  # steps, where the meter is not known
USUAL_STRENGTH = (4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0)
PERIOD = 8  # measures
INTRODUCTION = 4  # measures before the first period, where that many are left over
Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """T steps, P keys, H half measures, M measures; everything is in C.

    position, strength: as in ``Grid``, with a usual meter where none is known. half, measure: the index of
    each step's half measure and measure. length: steps of a full measure. number: the measure, counted from
    where the key signature changed last, after an introduction. left: measures up to where it changes next,
    or to the end. earlier: (T, LAGS) the same place one, two, four measures ago, or NEVER. recalled: (T,) the
    place whose music comes back here, or NEVER. similarity: (T,) 0 where nothing is said about it, 1 where it
    comes back changed, 2 nearly as it was. chords: (H,) the plan. density: (M, 2) the share of steps with a
    struck key below and from middle C up, NEVER where nothing is said. known: (T, P) bool, cells that are
    given; given: (T, 2, P) bool, what plays and what is struck there. lowest: the first key's MIDI pitch.
    shift: (T,) semitones from the written pitches up to these.
    """

    position: Steps
    strength: Steps
    half: Steps
    measure: Steps
    length: Steps
    number: Steps
    left: Steps
    earlier: Steps
    recalled: Steps
    similarity: Steps
    chords: Steps
    density: Floats
    known: Bools
    given: Bools
    lowest: int
    shift: Steps

    @property
    def steps(self) -> int:
        """T."""
        return len(self.position)

    @property
    def measures(self) -> int:
        """M."""
        return int(self.measure[-1]) + 1

    @property
    def halves(self) -> int:
        """H."""
        return int(self.half[-1]) + 1


def view_of(grid: Grid, compass: KeyboardCompass, layout: Layout | None = None) -> View:
    """The view of a grid in which nothing is given, planned or recalled.

    layout: ``None`` for the usual one.
    """
    layout = layout or step_layout(grid)
    steps = np.arange(grid.steps)
    position, strength = grid.position.astype(np.int64), grid.strength.astype(np.int64)
    if grid.steps and position[0] == NO_METER:
        position, strength = steps % USUAL_MEASURE, np.resize(USUAL_STRENGTH, grid.steps).astype(np.int64)
        spans = [(a, min(a + USUAL_MEASURE, grid.steps)) for a in range(0, grid.steps, USUAL_MEASURE)]
    else:
        spans = measure_spans(grid)
    measure = np.repeat(np.arange(len(spans)), [end - first for first, end in spans])
    firsts = np.array([first for first, _ in spans])
    changed = np.diff(grid.tonic[firsts], prepend=grid.tonic[:1]) != 0
    section = np.cumsum(changed)
    starts = np.searchsorted(section, section)
    ends = np.searchsorted(section, section, side="right")
    index = np.arange(len(spans))
    if len(position) and position[0] > 0:
        starts = np.where(section == 0, np.minimum(1, len(spans) - 1), starts)  # a pickup is no measure
    measures = ends - starts
    starts = starts + INTRODUCTION * ((measures % PERIOD == INTRODUCTION) & (measures % CHORUS != 0))
    earlier = np.stack([same_place(spans, position, measure - lag) for lag in LAGS], 1)
    return View(
        position=position,
        strength=strength,
        half=np.cumsum((strength >= HALF_MEASURE) & (steps > 0)),
        measure=measure,
        length=np.array([position[end - 1] + 1 for _, end in spans])[measure],
        number=(index - starts)[measure],
        left=(ends - 1 - index)[measure],
        earlier=earlier,
        recalled=np.full(grid.steps, NEVER),
        similarity=np.zeros(grid.steps, dtype=np.int64),
        chords=np.full(int(((strength >= HALF_MEASURE) & (steps > 0)).sum()) + 1, UNKNOWN),
        density=np.full((len(spans), 2), NEVER, dtype=np.float32),
        known=np.zeros((grid.steps, compass.keys), dtype=np.bool_),
        given=np.zeros((grid.steps, 2, compass.keys), dtype=np.bool_),
        lowest=compass.lowest,
        shift=layout.shift.astype(np.int64),
    )


def same_place(spans: list[tuple[int, int]], position: Steps, source: Steps) -> Steps:
    """(T,) the step at each step's position in another measure, or NEVER. source: (T,) those measures."""
    firsts, ends = np.array(spans).T
    inside = source.clip(0, len(spans) - 1)
    place = firsts[inside] + position - position[firsts[inside]]
    there = (source >= 0) & (source < len(spans)) & (place >= firsts[inside]) & (place < ends[inside])
    return np.where(there, place, NEVER)


def step_layout(grid: Grid, transposition: int = 0) -> Layout:
    """A slot for every step, so that no measure has gaps; transposed as ``lay_out`` does."""
    shift = lay_out(grid, USUAL_MEASURE, transposition=transposition).shift
    return Layout(np.arange(grid.steps), grid.steps, shift)


def spans_of(view: View) -> list[tuple[int, int]]:
    """[first, end) of the steps of each measure."""
    edges = np.searchsorted(view.measure, np.arange(view.measures + 1))
    return list(pairwise(edges.tolist()))


def with_recall(view: View, sources: Steps, similarity: Steps) -> View:
    """The view with music that comes back. sources: (M,) a measure or NEVER; similarity: (M,)."""
    source = sources[view.measure]
    place = same_place(spans_of(view), view.position, source)
    place = np.where((source == NEVER) | (place >= np.arange(view.steps)), NEVER, place)
    return replace(view, recalled=place, similarity=np.where(place == NEVER, 0, similarity[view.measure]))


def half_places(view: View) -> Steps:
    """(H,) the place of each half measure in its period, from 0 to 2 PERIOD - 1."""
    first = np.searchsorted(view.half, np.arange(view.halves))
    second = view.strength[first] == HALF_MEASURE
    places: Steps = 2 * (view.number[first] % PERIOD) + second
    return places
