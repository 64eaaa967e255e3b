"""The ranges of the voices of a mixed choir, and a count of parallel fifths and octaves."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ripieno.ensembles.read import MIXED_CHOIR, ensemble_named
from ripieno.grid import REST, Cells, sounding_pitches

# (lowest, highest) MIDI pitch of each voice in Bach's four-part chorales, measured on music21's 368 of them.
# They limit how far training transposes a piece.
CHORALE_RANGES = {
    "soprano": (57, 81),
    "alto": (53, 74),
    "tenor": (48, 69),
    "bass": (36, 64),
}

# The notes that a user may give to a voice: for sopranos Bach's range; for the others a third more on both
# sides, since other composers write wider.
GIVEN_RANGES = {
    "soprano": (57, 81),
    "alto": (50, 77),
    "tenor": (45, 72),
    "bass": (36, 67),
}

# The notes that a choir sings without strain, and the hard limit of every note that ripieno writes: the
# ranges of harmony textbooks, a little narrower than Bach's own.
CHOIR_RANGES = MIXED_CHOIR.ranges

# What a player's hands reach easily at a keyboard: three voices in the right hand, the bass in the left.
KEYBOARD_RANGES = ensemble_named("keyboard").ranges

FIFTH = 7  # semitones
OCTAVE = 12


def parallels(cells: Cells) -> int:
    """How often two voices move in parallel fifths, octaves or unisons from one step to the next.

    cells: (T, V), as in ``Grid``. For the definition see ``consecutives``.
    """
    return len(consecutives(sounding_pitches(cells)))


def consecutives(pitches: Cells) -> list[tuple[int, int, int]]:
    """(row, voice, voice) wherever two voices move from a fifth to a fifth or from an octave to an octave.

    pitches: (R, V), sounding MIDI pitches, REST for silence. ``row`` is that of the second interval. A
    twelfth is a fifth and a unison an octave here, so contrary motion from one to the other counts too. Both
    voices must move: neither a repeated chord nor an octave leap above a voice that stays is a parallel.
    """
    before, after = pitches[:-1].astype(int), pitches[1:].astype(int)
    moves = (before != REST) & (after != REST) & (before != after)
    found: list[tuple[int, int, int]] = []
    for a, b in combinations(range(pitches.shape[1]), 2):
        first = abs(before[:, a] - before[:, b]) % OCTAVE
        second = abs(after[:, a] - after[:, b]) % OCTAVE
        perfect = (first == second) & ((first == 0) | (first == FIFTH))
        rows = np.flatnonzero(perfect & moves[:, a] & moves[:, b]) + 1
        found += [(int(row), a, b) for row in rows]
    return found
