"""In which measures two versions of a line differ."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction

from ripieno.score import Note, Score


def changed_measures(score: Score, before: Iterable[Note], after: Iterable[Note]) -> set[int]:
    """The indices of the score's measures in which other notes sound after than before."""
    old, new = notes_by_measure(score, before), notes_by_measure(score, after)
    return {i for i in {*old, *new} if old.get(i) != new.get(i)}


def notes_by_measure(score: Score, notes: Iterable[Note]) -> dict[int, list[tuple[Fraction, Fraction, int]]]:
    """What sounds in each measure, by its index: (onset, end, pitch), cut at its barlines.

    What comes after the score's last measure is not in it.
    """
    onsets = [measure.onset for measure in score.measures]
    found: dict[int, list[tuple[Fraction, Fraction, int]]] = {}
    for note in notes:
        index = bisect_right(onsets, note.onset) - 1
        while index < len(onsets) and onsets[index] < note.end:
            measure = score.measures[index]
            if note.onset < measure.end:
                cut = (max(note.onset, measure.onset), min(note.end, measure.end), note.pitch)
                found.setdefault(index, []).append(cut)
            index += 1
    return found
