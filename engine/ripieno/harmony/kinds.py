"""The kinds of chords that MusicXML names, with their tones.

A tone is (degree above the root, alteration): (3, -1) is a minor third, as degrees count in the major scale.
The four functional kinds stand on the key note: Italian on C is A flat, C, F sharp.
(W3C, MusicXML 4.0, data type kind-value.)
"""

from __future__ import annotations

ChordTones = tuple[tuple[int, int], ...]

THIRD, MINOR_THIRD, FIFTH, MINOR_SEVENTH = (3, 0), (3, -1), (5, 0), (7, -1)
MAJOR_TRIAD: ChordTones = ((1, 0), THIRD, FIFTH)
MINOR_TRIAD: ChordTones = ((1, 0), MINOR_THIRD, FIFTH)
DOMINANT: ChordTones = (*MAJOR_TRIAD, MINOR_SEVENTH)
MAJOR_SEVENTH: ChordTones = (*MAJOR_TRIAD, (7, 0))
MINOR_SEVENTH_CHORD: ChordTones = (*MINOR_TRIAD, MINOR_SEVENTH)
NINTH, ELEVENTH, THIRTEENTH = (9, 0), (11, 0), (13, 0)

KINDS: dict[str, ChordTones] = {
    "major": MAJOR_TRIAD,
    "minor": MINOR_TRIAD,
    "augmented": ((1, 0), THIRD, (5, 1)),
    "diminished": ((1, 0), MINOR_THIRD, (5, -1)),
    "dominant": DOMINANT,
    "major-seventh": MAJOR_SEVENTH,
    "minor-seventh": MINOR_SEVENTH_CHORD,
    "diminished-seventh": ((1, 0), MINOR_THIRD, (5, -1), (7, -2)),
    "augmented-seventh": ((1, 0), THIRD, (5, 1), MINOR_SEVENTH),
    "half-diminished": ((1, 0), MINOR_THIRD, (5, -1), MINOR_SEVENTH),
    "major-minor": (*MINOR_TRIAD, (7, 0)),
    "major-sixth": (*MAJOR_TRIAD, (6, 0)),
    "minor-sixth": (*MINOR_TRIAD, (6, 0)),
    "dominant-ninth": (*DOMINANT, NINTH),
    "major-ninth": (*MAJOR_SEVENTH, NINTH),
    "minor-ninth": (*MINOR_SEVENTH_CHORD, NINTH),
    "dominant-11th": (*DOMINANT, NINTH, ELEVENTH),
    "major-11th": (*MAJOR_SEVENTH, NINTH, ELEVENTH),
    "minor-11th": (*MINOR_SEVENTH_CHORD, NINTH, ELEVENTH),
    "dominant-13th": (*DOMINANT, NINTH, ELEVENTH, THIRTEENTH),
    "major-13th": (*MAJOR_SEVENTH, NINTH, ELEVENTH, THIRTEENTH),
    "minor-13th": (*MINOR_SEVENTH_CHORD, NINTH, ELEVENTH, THIRTEENTH),
    "suspended-second": ((1, 0), (2, 0), FIFTH),
    "suspended-fourth": ((1, 0), (4, 0), FIFTH),
    "Neapolitan": ((4, 0), (6, -1), (2, -1)),
    "Italian": ((6, -1), (1, 0), (4, 1)),
    "French": ((6, -1), (1, 0), (2, 0), (4, 1)),
    "German": ((6, -1), (1, 0), MINOR_THIRD, (4, 1)),
    "pedal": ((1, 0),),
    "power": ((1, 0), FIFTH),
    "Tristan": ((1, 0), (4, 1), (6, 1), (9, 1)),
}
FUNCTIONAL = ("Neapolitan", "Italian", "French", "German")  # their first tone is the bass, not the root
NO_CHORD = "none"  # MusicXML's N.C.; nothing is asked there
OTHER = "other"  # a chord of nothing but its root and its degrees
KIND_NAMES = (*KINDS, OTHER, NO_CHORD)

# The degrees of a chord from the one that says most about it; its bass is told apart.
IMPORTANCE = (3, 4, 2, 7, 6, 13, 9, 11, 1, 5)
# A natural eleventh and a major third do without each other: the one that the kind's name does not speak of
# matters least.
DISPENSABLE = {"dominant-11th": 3, "major-11th": 3, "dominant-13th": 11, "major-13th": 11}
