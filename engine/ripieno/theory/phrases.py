"""Find where the phrases of a melody end: the likeliest division by what its notes and their lengths say.

Written fermatas decide where two or more stand before the last note. Else each note has points for being the
last of a phrase, each phrase for its length and its likeness to the one before (``phrase_cues``), and the
division with the most points is found by dynamic programming.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, Grid, score_to_grid
from ripieno.score import Phrase, Score, Voice
from ripieno.theory.phrase_cues import (
    LENGTH_WEIGHTS,
    LIKENESS_WEIGHTS,
    LONGEST,
    NOTE_WEIGHTS,
    Melody,
    length_cues,
    likeness_cues,
    melody_of,
    note_cues,
)

FERMATAS = 2  # that decide


def find_phrases(score: Score) -> tuple[Phrase, ...]:
    """The phrases of the highest voice that has notes, from first to last; none where there is no note."""
    melody = next((voice for voice in score.voices if voice.notes), None)
    if melody is None:
        return ()
    grid = score_to_grid(Score((melody,), score.measures))
    onsets = [note.onset for note in melody.notes]
    lasts = {bisect_right(onsets, grid.edges[t + 1]) - 1 for t in last_steps(grid, phrase_ends(grid))}
    return phrases_to(melody, lasts)


def points_of_notes(grid: Grid, melody: Voice) -> NDArray[np.float64]:
    """(notes,) the points of each note of a melody, the grid's only column, for being a phrase's last."""
    cells = melody_of(grid, 0)
    found = note_cues(cells) @ np.array(list(NOTE_WEIGHTS.values()))
    starts = [grid.edges[t] for t in cells.onset.tolist()]
    at = [max(bisect_right(starts, note.onset) - 1, 0) for note in melody.notes]
    return np.asarray(found[at])


def phrases_to(melody: Voice, lasts: set[int]) -> tuple[Phrase, ...]:
    """The phrases of a melody that has notes. lasts: the indices of their last notes, the very last too."""
    ends = [-1, *sorted(lasts | {len(melody.notes) - 1})]
    notes = melody.notes
    return tuple(
        Phrase(notes[before + 1].onset, notes[last].onset, notes[last].end) for before, last in pairwise(ends)
    )


def last_steps(grid: Grid, ends: NDArray[np.bool_], voice: int = 0) -> NDArray[np.int64]:
    """The steps in which the last notes of phrases begin. ends: as from ``phrase_ends``."""
    return np.flatnonzero(ends & (grid.cells[:, voice] < HOLD))


def phrase_ends(grid: Grid, voice: int = 0) -> NDArray[np.bool_]:
    """(T,) True while the last note of a phrase sounds in a column; the last note of all is one.

    The grid's fermatas decide where it has ``FERMATAS`` of them, the last note's not counted.
    """
    ends = np.zeros(grid.steps, dtype=np.bool_)
    if not (grid.cells[:, voice] < HOLD).any():
        return ends
    melody = melody_of(grid, voice)
    last = under_fermata(melody)
    if last[:-1].sum() < FERMATAS:
        last = likeliest_ends(melody)
    last[-1] = True
    for n in np.flatnonzero(last):
        ends[melody.onset[n] : melody.end[n]] = True
    return ends


def under_fermata(melody: Melody) -> NDArray[np.bool_]:
    """(N,) whether a fermata ends while each note sounds."""
    fermata = melody.grid.fermata
    stops = np.flatnonzero(fermata & ~np.append(fermata[1:], False))
    return np.searchsorted(stops, melody.end) > np.searchsorted(stops, melody.onset)


def likeliest_ends(melody: Melody) -> NDArray[np.bool_]:
    """(N,) the last notes of the phrases in the division with the most points."""
    note = note_cues(melody) @ np.array(list(NOTE_WEIGHTS.values()))
    note[-1] = 0.0  # it ends a phrase in any division
    length = length_cues(melody) @ np.array(list(LENGTH_WEIGHTS.values()))
    likeness = np.array(list(LIKENESS_WEIGHTS.values()))
    best = np.full(
        (melody.count, LONGEST), -np.inf
    )  # [n, l]: the last phrase has l + 1 notes and ends with n
    before = np.zeros((melody.count, LONGEST), dtype=np.int64)  # how long the phrase before that one is
    for n in range(melody.count):
        pairs = likeness_cues(melody, n) @ likeness  # (l, its predecessor's)
        for count in range(min(n, LONGEST - 1) + 1):
            previous = n - count - 1
            if previous >= 0:
                found = best[previous] + pairs[count]
                before[n, count] = found.argmax()
            best[n, count] = note[n] + length[n, count] + (found.max() if previous >= 0 else 0.0)
    return traced(best, before)


def traced(best: NDArray[np.float64], before: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) the last notes on the best way back from the end; see ``likeliest_ends``."""
    ends = np.zeros(len(best), dtype=np.bool_)
    n = len(best) - 1
    count = int(best[n].argmax())
    while n >= 0:
        ends[n] = True
        n, count = n - count - 1, int(before[n, count])
    return ends
