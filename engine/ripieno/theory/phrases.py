"""Find where the phrases of a melody end: the likeliest division by what its notes and their lengths say.

Written fermatas decide where two or more stand before the last note. Else each note has points for being the
last of a phrase, each phrase for its length and its similarity to the one before (``phrase_cues``), and the
division with the most points is found by dynamic programming.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, Grid, onset_cell, score_to_grid
from ripieno.score import Phrase, Score, Voice
from ripieno.theory.lines_of_words import points_of_words
from ripieno.theory.phrase_cues import (
    LENGTH_WEIGHTS,
    LONGEST,
    NOTE_WEIGHTS,
    SIMILARITY_WEIGHTS,
    Floats,
    Melody,
    length_cues,
    melody_of,
    note_cues,
    similarity_cues,
)

FERMATAS = 2  # that decide


def find_phrases(score: Score) -> tuple[Phrase, ...]:
    """The phrases of the highest voice that has notes, from first to last; none where there is no note."""
    melody = next((voice for voice in score.voices if voice.notes), None)
    if melody is None:
        return ()
    grid = score_to_grid(Score((melody,), score.measures))
    cells = melody_of(grid, 0)
    words = np.zeros(cells.count)
    np.add.at(words, cells_of_notes(cells, melody), points_of_words(melody.notes))
    ends = ends_of_phrases(cells, words)
    return phrases_to(melody, {n for n, cell in enumerate(cells_of_notes(cells, melody)) if ends[cell]})


def points_of_notes(grid: Grid, melody: Voice) -> NDArray[np.float64]:
    """(notes,) the points of each note of a melody, the grid's only column, for being a phrase's last."""
    cells = melody_of(grid, 0)
    found = note_cues(cells) @ np.array(list(NOTE_WEIGHTS.values()))
    return np.asarray(found[cells_of_notes(cells, melody)])


def cells_of_notes(cells: Melody, melody: Voice) -> list[int]:
    """For each note of a melody, which note of its grid it is; where several are one there, the same."""
    grid = cells.grid
    at = {int(t): n for n, t in enumerate(cells.onset)}
    starts = [onset_cell(grid.edges, note.onset) for note in melody.notes]
    return [at[t] for t in starts]


def phrases_to(melody: Voice, lasts: set[int]) -> tuple[Phrase, ...]:
    """The phrases of a melody that has notes. lasts: the indices of their last notes, the very last too."""
    ends = [-1, *sorted(lasts | {len(melody.notes) - 1})]
    notes = melody.notes
    return tuple(
        Phrase(notes[before + 1].onset, notes[last].onset, notes[last].end) for before, last in pairwise(ends)
    )


def phrase_ends(grid: Grid, voice: int = 0) -> NDArray[np.bool_]:
    """(T,) True while the last note of a phrase sounds in a column; the last note of all is one.

    The grid's fermatas decide where it has ``FERMATAS`` of them, the last note's not counted.
    """
    ends = np.zeros(grid.steps, dtype=np.bool_)
    if not (grid.cells[:, voice] < HOLD).any():
        return ends
    melody = melody_of(grid, voice)
    for n in np.flatnonzero(ends_of_phrases(melody)):
        ends[melody.onset[n] : melody.end[n]] = True
    return ends


def ends_of_phrases(melody: Melody, words: Floats | None = None) -> NDArray[np.bool_]:
    """(N,) the last notes of phrases, by fermatas or else the likeliest. words: (N,) points by the words."""
    last = under_fermata(melody)
    if last[:-1].sum() < FERMATAS:
        last = likeliest_ends(melody, np.zeros(melody.count) if words is None else words)
    last[-1] = True
    return last


def under_fermata(melody: Melody) -> NDArray[np.bool_]:
    """(N,) whether a fermata ends while each note sounds."""
    fermata = melody.grid.fermata
    stops = np.flatnonzero(fermata & ~np.append(fermata[1:], False))
    return np.searchsorted(stops, melody.end) > np.searchsorted(stops, melody.onset)


def likeliest_ends(melody: Melody, words: Floats) -> NDArray[np.bool_]:
    """(N,) the last notes of the phrases in the division with the most points."""
    note = note_cues(melody) @ np.array(list(NOTE_WEIGHTS.values())) + words
    note[-1] = 0.0  # it ends a phrase in any division
    length = length_cues(melody) @ np.array(list(LENGTH_WEIGHTS.values()))
    similarity = np.array(list(SIMILARITY_WEIGHTS.values()))
    best = np.full(
        (melody.count, LONGEST), -np.inf
    )  # [n, l]: the last phrase has l + 1 notes and ends with n
    before = np.zeros((melody.count, LONGEST), dtype=np.int64)  # how long the phrase before that one is
    for n in range(melody.count):
        pairs = similarity_cues(melody, n) @ similarity  # (l, its predecessor's)
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
