"""The cost of a false relation while notes are chosen: F in one voice, then F sharp in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import NO_KEY
from ripieno.models.frames import Frame

COST = np.float32(7.0)  # nats
TOGETHER = np.float32(14.0)  # nats: F and F sharp at once
# In the major key of the signature, the altered degrees and the scale's notes on the same letter. The third
# one is written with a sharp or a flat.
SAME_LETTER = ((1, 0), (3, 2), (3, 4), (6, 5), (8, 7), (10, 11))


class CrossRelations:
    """Makes pitches that form a false relation dear; a ``TokenGuide``."""

    def __init__(self, tonics: NDArray[np.int8], lowest: int, pitches: int) -> None:
        """tonics: (T,) as in ``Grid``. lowest, pitches: the network's compass."""
        self.pitches = pitches
        self.tonics: list[int] = tonics.tolist()
        self.tables = {tonic: pitch_table(tonic, lowest, pitches) for tonic in set(self.tonics)}

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32]:
        """See ``TokenGuide``: less than 0 for a clash with the frame before, and with voices of this frame.

        A voice that comes by a chromatic step from the note itself makes none with the frame before. A hold
        sounds the voice's last pitch.
        """
        table, own = self.tables[self.tonics[t]], last[:, voice]
        before = np.logical_or.reduce(table[last], axis=1) & ~table[own]
        together: NDArray[np.bool_] = np.logical_or.reduce(table[now.pitches], axis=1)
        sounds = np.minimum(own, self.pitches - 1)
        together[:, self.pitches] = together[np.arange(len(own)), sounds] & (own < self.pitches)
        cost: NDArray[np.float32] = COST * before + TOGETHER * together
        return -cost


def pitch_table(tonic: int, lowest: int, pitches: int) -> NDArray[np.bool_]:
    """(P + 2, K) bool: the tokens that a pitch clashes with; silent and unknown: none."""
    clash = np.zeros((pitches + 2, pitches + 2), dtype=np.bool_)
    if tonic != NO_KEY:
        degrees = (np.arange(pitches) + lowest - tonic) % 12
        for altered, plain in SAME_LETTER:
            one, other = degrees == altered, degrees == plain
            clash[:pitches, :pitches] |= np.outer(one, other) | np.outer(other, one)
    return clash
