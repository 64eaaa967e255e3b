"""Chords in a list of notes -> one line, the top one or the lowest one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ripieno_bridges.formats.note_lists import FlatNote

TOGETHER = Fraction(1, 16)  # of a quarter, between the notes of a chord that a hand played


def has_chords(notes: Sequence[FlatNote]) -> bool:
    """Whether two notes of different pitches begin together."""
    return len({note.start for note in notes}) < len({(note.start, note.pitch) for note in notes})


def outer_line(notes: Sequence[FlatNote], *, lowest: bool = False) -> list[FlatNote]:
    """The top line of chords; lowest: the bottom line.

    Of notes that begin together the outermost; it is no part of the line where a note farther out, which
    began before it, sounds on for at least half of its length.
    """
    sign = -1 if lowest else 1
    line: list[FlatNote] = []
    for chord in chords(notes):
        note = max(chord, key=lambda n: (sign * n.pitch, n.duration))
        if line:
            held = line[-1].start + line[-1].duration - note.start
            if sign * line[-1].pitch > sign * note.pitch and held >= note.duration / 2:
                continue
        line.append(note)
    return line


def chords(notes: Sequence[FlatNote]) -> Iterator[list[FlatNote]]:
    """The notes that begin together or nearly so, in order of time."""
    chord: list[FlatNote] = []
    for note in sorted(notes, key=lambda n: (n.start, n.pitch)):
        if chord and note.start - chord[0].start >= TOGETHER:
            yield chord
            chord = []
        chord.append(note)
    if chord:
        yield chord
