"""Chords in a list of notes -> one line, the top one or the lowest one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Protocol, TypeVar

TOGETHER = Fraction(1, 16)  # of a quarter, between the notes of a chord that a hand played
Time = Fraction | int


class TimedNote(Protocol):
    """A note with its pitch, and its start and duration in one unit, such as quarters or ticks."""

    @property
    def pitch(self) -> int: ...

    @property
    def start(self) -> Time: ...

    @property
    def duration(self) -> Time: ...


NoteT = TypeVar("NoteT", bound=TimedNote)


def has_chords(notes: Sequence[TimedNote]) -> bool:
    """Whether two notes of different pitches begin together."""
    return len({note.start for note in notes}) < len({(note.start, note.pitch) for note in notes})


def outer_line(notes: Sequence[NoteT], *, lowest: bool = False, quarter: int = 1) -> list[NoteT]:
    """The top line of chords; lowest: the bottom line. quarter: its length in the unit of the notes.

    Of notes that begin together the outermost; it is no part of the line where a note farther out, which
    began before it, sounds on for at least half of its length.
    """
    sign = -1 if lowest else 1
    line: list[NoteT] = []
    for chord in chords(notes, quarter):
        note = max(chord, key=lambda n: (sign * n.pitch, n.duration))
        if line and sign * line[-1].pitch > sign * note.pitch and is_held_into(line[-1], note):
            continue
        line.append(note)
    return line


def chords(notes: Sequence[NoteT], quarter: int = 1) -> Iterator[list[NoteT]]:
    """The notes that begin together or nearly so, in order of time. quarter: as in ``outer_line``."""
    together = TOGETHER * quarter
    chord: list[NoteT] = []
    for note in sorted(notes, key=lambda n: (n.start, n.pitch)):
        if chord and note.start != chord[-1].start:
            near = note.start - chord[0].start < together
            if not near or not is_held_into(chord[0], note):
                yield chord
                chord = []
        chord.append(note)
    if chord:
        yield chord


def is_held_into(note: TimedNote, later: TimedNote) -> bool:
    """Whether a note sounds on for at least half of one that begins later."""
    return 2 * (note.start + note.duration - later.start) >= later.duration
