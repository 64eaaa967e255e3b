"""Split notes that sound at once into lines, since a ``Voice`` is one line and a piano plays several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ripieno.score import Note, Voice


def lines(notes: Iterable[Note], name: str = "line") -> tuple[Voice, ...]:
    """The fewest lines that hold every note, called "line 1", "line 2", ...

    A note ends where its key is struck again; of two notes on one key that start together the longer stays.
    Notes that start together go to the lines from high to low.
    """
    rows: list[list[Note]] = []
    for note in sorted(separate_strikes(notes), key=lambda n: (n.onset, -n.pitch)):
        row = next((row for row in rows if row[-1].end <= note.onset), None)
        if row is None:
            rows.append(row := [])
        row.append(note)
    return tuple(Voice(f"{name} {i}", tuple(row)) for i, row in enumerate(rows, 1))


def separate_strikes(notes: Iterable[Note]) -> list[Note]:
    """The notes, shortened or dropped so that no two sound on one key at once."""
    last: dict[int, int] = {}
    kept: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset, -n.duration)):
        before = kept[last[note.pitch]] if note.pitch in last else None
        if before is not None and before.onset == note.onset:
            continue
        if before is not None and before.end > note.onset:
            kept[last[note.pitch]] = replace(before, duration=note.onset - before.onset)
        last[note.pitch] = len(kept)
        kept.append(note)
    return kept
