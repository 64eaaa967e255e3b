"""Excerpts for a listening test, from the beginning of a phrase to the end of one.

A piece by people and one by a network take the same way through this file, so that only the notes tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

import numpy as np

from ripieno.evaluation.melody import measures_of
from ripieno.evaluation.setting import Home, read_setting
from ripieno.evaluation.settings_by_others import habits
from ripieno.evaluation.share import Share
from ripieno.evaluation.similarity import spans as note_spans
from ripieno.grid import HOLD, REST, Grid, column_notes, sounding_pitches
from ripieno.theory.phrases import phrase_ends

FOURTH = 5  # semitones; a leap is wider
SoundedNote = tuple[Fraction, Fraction, int, int]


@dataclass(frozen=True, slots=True)
class ExcerptSpan:
    """The steps [start, stop) of a grid. first, last: numbers of measures."""

    start: int
    stop: int
    first: str = ""
    last: str = ""

    def overlaps(self, other: ExcerptSpan) -> bool:
        """Whether they share a step."""
        return self.start < other.stop and other.start < self.stop


def shared_spans(one: Grid, other: Grid, *, fewest: int, most: int) -> list[ExcerptSpan]:
    """Every span that begins with a phrase and ends with the last note of one, in both grids.

    fewest, most: measures. The grids have the same measures; one may be longer. Of the last notes the
    shorter one counts.
    """
    lasts, others = last_notes(one), last_notes(other)
    starts = sorted(phrase_starts(one) & phrase_starts(other))
    stops = sorted(min(lasts[begin], others[begin]) for begin in lasts.keys() & others.keys())
    measures = list(measures_of(one))
    length = measures[len(measures) // 2].meter.length
    found: list[ExcerptSpan] = []
    for start, stop in product(starts, stops):
        onset, end = one.edges[start], one.edges[stop]
        if start < stop and fewest * length <= end - onset <= most * length:
            first = next(measure.number for measure in measures if onset < measure.end)
            last = next(measure.number for measure in measures if end <= measure.end)
            found.append(ExcerptSpan(start, stop, first, last))
    return found


def phrase_starts(grid: Grid) -> set[int]:
    """The steps at which the first note of a phrase of the highest voice begins."""
    lasts = last_notes(grid)
    begins = [start for start, _ in note_spans(grid, 0)]
    return {*begins[:1], *(after for before, after in pairwise(begins) if before in lasts)}


def last_notes(grid: Grid) -> dict[int, int]:
    """The last note of each phrase of the highest voice: the step at which it begins -> where it ends."""
    ends = phrase_ends(grid)
    return {start: start + length for start, length in note_spans(grid, 0) if ends[start + length - 1]}


def cut(grid: Grid, span: ExcerptSpan) -> Grid:
    """The span of a grid, which begins at 0: what sounds into it is struck, what sounds beyond it ends."""
    steps = slice(span.start, span.stop)
    cells = grid.cells[steps].copy()
    held = cells[0] == HOLD
    cells[0, held] = sounding_pitches(grid.cells)[span.start, held]
    edges = tuple(edge - grid.edges[span.start] for edge in grid.edges[span.start : span.stop + 1])
    return Grid(
        cells, edges, grid.position[steps], grid.strength[steps], grid.fermata[steps], grid.tonic[steps]
    )


def heard_notes(excerpt: Grid) -> list[SoundedNote]:
    """(onset, duration, pitch, voice) of each note, in quarters; voice by voice in the order of time."""
    return sorted(
        (note.onset, note.duration, note.pitch, voice)
        for voice in range(excerpt.cells.shape[1])
        for note in column_notes(excerpt, voice)
    )


def features(excerpt: Grid, home: Home) -> Mapping[str, Share]:
    """What may give an excerpt away, counted. home: the key of the whole piece."""
    found = habits(read_setting(excerpt, home))
    pitches = [[note.pitch for note in column_notes(excerpt, v)] for v in range(excerpt.cells.shape[1])]
    moves = np.array([abs(after - before) for line in pitches for before, after in pairwise(line)], dtype=int)
    notes = sum(map(len, pitches))
    sounding = int((sounding_pitches(excerpt.cells) != REST).any(1).sum())
    quarters = sounding * (excerpt.edges[-1] / excerpt.steps)
    return {
        "parallels": found["parallels_per_100_notes"],
        "leaps": Share(int((moves > FOURTH).sum()), len(moves)),
        "repeated notes": Share(int((moves == 0).sum()), len(moves)),
        "notes": Share(notes, round(quarters)),
        "dissonant beats": found["beats_on_a_dissonance"],
        "other foreign notes": found["beats_with_other_foreign_notes"],
        "inversions": found["inversions"],
        "chord changes": found["chord_changes_a_beat"],
    }
