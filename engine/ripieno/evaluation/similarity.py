"""How similar two sets of pieces are, by counts of intervals, chords, rhythm and repeated figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_METER, REST, Grid, column_notes, sounding_pitches

QUARTER = 4  # steps; chords are looked at on every quarter
FIGURE = 4  # notes
MAX_INTERVAL = 12  # semitones; wider leaps count as one


def distances(made: Sequence[Grid], originals: Sequence[Grid], voices: Sequence[int]) -> dict[str, float]:
    """For each thing counted, the share of it that would have to change to make the two sets alike.

    That is the total variation distance, 0 alike to 1. voices: whose notes are counted; chords are of all.
    """
    return {
        name: round(total_variation(count(made, voices), count(originals, voices)), 4)
        for name, count in COUNTS.items()
    }


def total_variation(one: Counter[Hashable], other: Counter[Hashable]) -> float:
    """Half the summed differences between two distributions, 0 to 1."""
    first, second = one.total(), other.total()
    if not first or not second:
        return float(first != second)  # nothing at all is like nothing else
    return sum(abs(one[k] / first - other[k] / second) for k in one.keys() | other.keys()) / 2


def intervals(grids: Iterable[Grid], voices: Sequence[int]) -> Counter[Hashable]:
    """Each voice's steps and leaps in semitones."""
    return Counter(
        (v, bounded_interval(after.pitch - before.pitch))
        for grid in grids
        for v in voices
        for before, after in pairwise(column_notes(grid, v))
    )


def bounded_interval(semitones: int) -> int:
    """An interval as it is counted: leaps of an octave and more are one."""
    return max(-MAX_INTERVAL, min(MAX_INTERVAL, semitones))


def chord_qualities(grids: Iterable[Grid], voices: Sequence[int]) -> Counter[Hashable]:  # noqa: ARG001
    """On every quarter, the pitch classes above the bass: (0, 4, 7) is a major triad in root position."""
    return Counter(
        tuple(sorted({int(p - min(chord)) % 12 for p in chord}))
        for grid in grids
        for row in sounding_pitches(grid.cells)[into_quarter(grid) == 0]
        if len(chord := [int(p) for p in row if p != REST]) > 1
    )


def rhythm(grids: Iterable[Grid], voices: Sequence[int]) -> Counter[Hashable]:
    """Each note's length in steps, and where in the quarter it starts."""
    found: Counter[Hashable] = Counter()
    for grid in grids:
        place = into_quarter(grid).tolist()
        found.update((v, place[start], length) for v in voices for start, length in spans(grid, v))
    return found


def into_quarter(grid: Grid) -> NDArray[np.intp]:
    """(T,) steps since the quarter began; without a meter, the first step begins one."""
    known = grid.position != NO_METER
    return np.where(known, grid.position, np.arange(grid.steps)) % QUARTER


def spans(grid: Grid, voice: int) -> Iterator[tuple[int, int]]:
    """(first step, number of steps) of each note of a voice."""
    column = [*grid.cells[:, voice].tolist(), REST]
    start: int | None = None
    for t, cell in enumerate(column):
        if start is not None and cell != HOLD:
            yield start, t - start
            start = None
        if cell < HOLD:
            start = t


def repeated_figures(grids: Iterable[Grid], voices: Sequence[int]) -> Counter[Hashable]:
    """How often each figure of four notes stands in its voice of its piece: 1, 2, 3 or more times.

    A figure is its intervals and lengths, at any pitch.
    """
    found: Counter[Hashable] = Counter()
    for grid in grids:
        for v in voices:
            notes = column_notes(grid, v)
            figures = Counter(
                tuple((n.pitch - notes[i].pitch, n.duration) for n in notes[i : i + FIGURE])
                for i in range(len(notes) - FIGURE + 1)
            )
            found.update((v, min(times, 3)) for times in figures.values() for _ in range(times))
    return found


COUNTS: dict[str, Callable[[Iterable[Grid], Sequence[int]], Counter[Hashable]]] = {
    "intervals": intervals,
    "chord qualities": chord_qualities,
    "rhythm": rhythm,
    "repeated figures": repeated_figures,
}
