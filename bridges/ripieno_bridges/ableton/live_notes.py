"""Notes as a clip of Live has them: 32-bit times, and no two of one pitch that overlap."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

from ripieno_bridges.ableton.clip import LiveNote
from ripieno_bridges.formats.note_lists import FlatNote

SAME_TIME = 1e-3  # of a beat: half a millisecond; Live stores times more exactly than AbletonOSC sends them
SHRUNK = 1 - Fraction(1, 2**22)  # shortens by more than the rounding error of 32 bits


def same_notes(read: Sequence[LiveNote], sent: Sequence[LiveNote]) -> bool:
    """Whether these are the same notes at the same times, up to rounding. Both are in order of time."""
    return len(read) == len(sent) and all(
        a.pitch == b.pitch
        and abs(a.start - b.start) < SAME_TIME
        and abs(a.duration - b.duration) < SAME_TIME
        and a.mute == b.mute
        for a, b in zip(read, sent, strict=True)
    )


def live_notes(notes: Iterable[FlatNote], start: Fraction, length: Fraction) -> tuple[LiveNote, ...]:
    """Turn notes into notes of a clip.

    notes: in quarters from the region's start. start, length: of the region.
    Notes are cut at the region's end. Notes of one pitch cannot overlap in a clip: the earlier one ends where
    the later one begins, and of two that begin together the longer one stays.
    """
    following: dict[int, tuple[Fraction, LiveNote]] = {}  # pitch -> when it begins next, and that note
    found: list[LiveNote] = []
    for note in sorted(notes, key=lambda n: (n.start, n.duration), reverse=True):
        begin = to_float32(note.start + start)
        until, later = following.get(note.pitch, (length, None))
        duration = to_float32(min(note.start + note.duration, length, until) - note.start)
        if later is not None and begin + duration > later.start:  # by a rounding error
            duration = to_float32(Fraction(later.start - begin) * SHRUNK)
        if duration > 0:
            found.append(LiveNote(note.pitch, begin, duration, note.velocity))
            following[note.pitch] = (note.start, found[-1])
    return tuple(sorted(found, key=lambda n: (n.start, n.pitch)))


def to_float32(time: Fraction) -> float:
    """The nearest float that fits into 32 bits."""
    value: float = struct.unpack("<f", struct.pack("<f", time))[0]
    return value
