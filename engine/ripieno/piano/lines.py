"""Split notes that sound at once into lines, since a ``Voice`` is one line and a piano plays several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ripieno.score import Note, Voice, whole_times


def lines(notes: Iterable[Note], name: str = "line") -> tuple[Voice, ...]:
    """The fewest lines that hold every note, called "line 1", "line 2", ...

    A note ends where its key is struck again; of two notes on one key that start together the longer stays.
    Notes that start together go to the lines from high to low.
    """
    separate = separate_strikes(notes)
    timed = zip(whole_times(separate), separate, strict=True)
    rows: list[list[Note]] = []
    ends: list[int] = []  # of the last note of each row
    for (onset, end), note in sorted(timed, key=lambda pair: (pair[0][0], -pair[1].pitch)):
        free = next((i for i, last in enumerate(ends) if last <= onset), None)
        if free is None:
            rows.append([note])
            ends.append(end)
        else:
            rows[free].append(note)
            ends[free] = end
    return tuple(Voice(f"{name} {i}", tuple(row)) for i, row in enumerate(rows, 1))


def separate_strikes(notes: Iterable[Note]) -> list[Note]:
    """The notes, shortened or dropped so that no two sound on one key at once."""
    notes = list(notes)
    timed = zip(whole_times(notes), notes, strict=True)
    last: dict[int, tuple[int, int, int]] = {}  # of each key: its last note's place in kept, onset and end
    kept: list[Note] = []
    for (onset, end), note in sorted(timed, key=lambda pair: (pair[0][0], -pair[0][1])):
        place, before, sounds_until = last.get(note.pitch, (-1, -1, -1))
        if place >= 0 and before == onset:
            continue
        if place >= 0 and sounds_until > onset:
            kept[place] = replace(kept[place], duration=note.onset - kept[place].onset)
        last[note.pitch] = (len(kept), onset, end)
        kept.append(note)
    return kept
