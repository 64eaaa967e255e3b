"""Chords by their usual names, as "F#m7/A": root, quality, and after the slash the bass."""

import re

from ripieno.theory.chords import (
    AUGMENTED,
    DIMINISHED,
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    MAJOR,
    MAJOR_SEVENTH,
    MINOR,
    MINOR_SEVENTH,
    Chord,
)

QUALITIES = {
    "": MAJOR,
    "m": MINOR,
    "o": DIMINISHED,
    "+": AUGMENTED,
    "7": DOMINANT_SEVENTH,
    "m7": MINOR_SEVENTH,
    "maj7": MAJOR_SEVENTH,
    "ø7": HALF_DIMINISHED,
    "o7": DIMINISHED_SEVENTH,
}
NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]


def chord(name: str) -> Chord:
    """The chord of a name."""
    found = re.fullmatch(r"([A-G][#b]?)(.*?)(?:/([A-G][#b]?))?", name)
    assert found, f"{name} is no name of a chord"
    root, quality, bass = found.groups()
    return Chord(pitch_class(root), QUALITIES[quality], pitch_class(bass or root))


def pitch_class(name: str) -> int:
    return (NATURAL[name[0]] + {"#": 1, "b": -1}.get(name[1:], 0)) % 12


def chord_name(chord: Chord | None) -> str:
    """The name of a chord, "none" for none; spelled without regard to a key."""
    if chord is None:
        return "none"
    quality = next((q for q, kind in QUALITIES.items() if kind == chord.kind), str(chord.kind))
    return NAMES[chord.root] + quality + f"/{NAMES[chord.bass]}" * (chord.bass != chord.root)
