"""Name the chord of notes that sound together, such as those of a block chord in a chord track."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone, tone_in
from ripieno.harmony.kinds import FUNCTIONAL, KINDS
from ripieno.score import Key

UNNAMED = (*FUNCTIONAL, "Tristan", "pedal")
# Kinds and chords with a tone more or another one, from the plainest to the richest; of those that sound
# alike the first wins.
NAMED: tuple[tuple[str, tuple[ChordDegree, ...]], ...] = (
    *((kind, ()) for kind in sorted(KINDS, key=lambda kind: len(KINDS[kind])) if kind not in UNNAMED),
    ("suspended-fourth", (ChordDegree(7),)),
    ("major", (ChordDegree(9),)),
    ("minor", (ChordDegree(9),)),
    ("dominant", (ChordDegree(5, -1, "alter"),)),
    ("major-sixth", (ChordDegree(9),)),
    ("minor-sixth", (ChordDegree(9),)),
    ("dominant", (ChordDegree(9, -1),)),
    ("dominant", (ChordDegree(9, 1),)),
    ("dominant", (ChordDegree(11, 1),)),
    ("suspended-fourth", (ChordDegree(7), ChordDegree(9))),
)
FIFTH = 5  # the degree that chords of four tones and more are often played without


def chord_of_notes(pitches: Collection[int], key: Key = Key()) -> ChordSymbol | None:
    """The chord of these MIDI pitches, spelled for a key; None where they are none.

    The root is the lowest note if that gives a chord, else the one that gives the plainest; a chord without
    its fifth is named only where the notes are no whole one. Where only the notes above the bass are a chord,
    they stand over it, as F over G.
    """
    if not pitches:
        return None
    bass = min(pitches) % 12
    sound = frozenset(pitch % 12 for pitch in pitches)
    above = sound - {bass}
    tries = (
        (sound, (bass,), True),
        (sound, sorted(above), True),
        (sound, (bass,), False),
        (above, sorted(above), True),
        (sound, sorted(above), False),
    )
    found = (chord_on(roots, notes, bass, key, complete=complete) for notes, roots, complete in tries)
    return next((chord for chord in found if chord is not None), None)


def chord_on(
    roots: Iterable[int], notes: frozenset[int], bass: int, key: Key, *, complete: bool
) -> ChordSymbol | None:
    """The plainest chord that these pitch classes are on any of the roots, over a bass."""
    named = [
        (NAMED.index(name), root)
        for root in roots
        if (name := name_of(frozenset((note - root) % 12 for note in notes), complete=complete)) is not None
    ]
    if not named:
        return None
    place, root = min(named)
    kind, degrees = NAMED[place]
    return ChordSymbol(tone_in(key, root), kind, None if root == bass else tone_in(key, bass), degrees)


@cache
def name_of(intervals: frozenset[int], *, complete: bool) -> tuple[str, tuple[ChordDegree, ...]] | None:
    """The kind and degrees with these semitones above the root. complete: with the fifth."""
    for kind, degrees in NAMED:
        members = ChordSymbol(Tone("C"), kind, None, degrees).members
        if not complete and (len(members) < 4 or FIFTH not in members):
            continue
        tones = {tone.pitch_class for value, tone in members.items() if complete or value != FIFTH}
        if tones == intervals:
            return kind, degrees
    return None
