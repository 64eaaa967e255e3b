"""How a piece closes: the kind of its last two chords."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ripieno.theory.chords import (
    AUGMENTED,
    DIMINISHED,
    DIMINISHED_SEVENTH,
    HALF_DIMINISHED,
    MINOR,
    Chord,
)

# The kinds of close; an authentic one is in root position or otherwise.
AUTHENTIC, AUTHENTIC_INVERTED = "authentic_in_root_position", "authentic_otherwise"
PLAGAL, HALF, NEITHER = "plagal", "half", "other"
CLOSES = (AUTHENTIC, AUTHENTIC_INVERTED, PLAGAL, HALF, NEITHER)
LEADING_KINDS = (DIMINISHED, HALF_DIMINISHED, DIMINISHED_SEVENTH)
# The semitones above the tonic of the chords that lead to it: dominants, subdominants; in minor also the
# dominant without a raised leading note, and the Phrygian close from a semitone above.
LEADING_SETS = {
    "major": ({7, 11, 2, 5, 9, 8}, {5, 9, 0, 2}, {5, 8, 0, 2}),
    "minor": ({7, 11, 2, 5, 8}, {5, 8, 0, 2}, {5, 9, 0, 2}, {7, 10, 2, 5}, {10, 1, 5, 8}),
}
TO_DOMINANT, TO_SUBDOMINANT, TO_LEADING_NOTE = 7, 5, 11  # semitones above the tonic


def last_two_chords(chords: Sequence[Chord | None]) -> tuple[Chord | None, Chord | None]:
    """(the last chord on another root than the last one, the last one), ``None`` where there is none."""
    sounding = [chord for chord in chords if chord is not None]
    if not sounding:
        return None, None
    last = sounding[-1]
    return next((chord for chord in reversed(sounding) if chord.root != last.root), None), last


def close_kind(chords: Sequence[Chord | None], tonic: int) -> str:
    """The kind of close that a piece's chords make, one of ``CLOSES``. tonic: the key note's pitch class.

    Authentic is a major dominant, or a chord on the leading note, before the tonic; plagal the subdominant
    before it; a half close stands on the dominant. The mediant over the dominant's bass is a dominant whose
    sixth stands for its fifth.
    """
    before, last = last_two_chords(chords)
    if last is None:
        return NEITHER
    if (last.root - tonic) % 12 == TO_DOMINANT:
        return HALF
    if before is None or last.root != tonic:
        return NEITHER
    comes = (before.root - tonic) % 12
    on_dominant = (before.bass - tonic) % 12 == TO_DOMINANT
    if (comes == TO_DOMINANT and before.kind[0] == 4) or (
        on_dominant and is_dominant_with_sixth(before, tonic)
    ):
        return AUTHENTIC if on_dominant and last.bass == last.root else AUTHENTIC_INVERTED
    if comes == TO_LEADING_NOTE and before.kind in LEADING_KINDS:
        return AUTHENTIC_INVERTED
    return PLAGAL if comes == TO_SUBDOMINANT else NEITHER


def is_dominant_with_sixth(chord: Chord, tonic: int) -> bool:
    """Whether a chord is the mediant with the leading note: E G B in C major, E flat G B in C minor."""
    third = (chord.root - tonic) % 12
    return (third, chord.kind) in ((4, MINOR), (3, AUGMENTED))


def leads_home(pitches: Collection[int], tonic: int, mode: str) -> bool:
    """Whether notes that sound together lead to the tonic, as a dominant or a subdominant does.

    pitches: at least one. A modal close counts, too: from the minor dominant, or from a semitone above.
    """
    degrees = {(pitch - tonic) % 12 for pitch in pitches}
    essential = degrees & {TO_SUBDOMINANT, TO_DOMINANT, TO_LEADING_NOTE}
    if len(degrees) > 1 and essential and any(degrees <= allowed for allowed in LEADING_SETS[mode]):
        return True
    over_dominant = (min(pitches) - tonic) % 12 == TO_DOMINANT
    return over_dominant and bool(degrees & {TO_LEADING_NOTE, TO_LEADING_NOTE - 1})
