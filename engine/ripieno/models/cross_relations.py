"""The cost of a false relation while notes are chosen: F in one voice, then F sharp in another."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import NO_KEY

COST = 7.0  # nats
TOGETHER = 14.0  # nats: F and F sharp at once
# In the major key of the signature, the altered degrees and the scale's notes on the same letter. The third
# one is written with a sharp or a flat.
SAME_LETTER = ((1, 0), (3, 2), (3, 4), (6, 5), (8, 7), (10, 11))


class CrossRelations:
    """Finds the pitches that would make a false relation with the frame before."""

    def __init__(self, tonics: NDArray[np.int8], lowest: int, pitches: int) -> None:
        """tonics: (T,) as in ``Grid``. lowest, pitches: the network's compass."""
        self.pitches = pitches
        self.tonics: list[int] = tonics.tolist()
        self.tables = {tonic: pitch_table(tonic, lowest, pitches) for tonic in set(self.tonics)}

    def costs(self, t: int, last: Tensor) -> Tensor:
        """(B, V, K) nats that each token of each voice costs at step t. last: (B, V) pitches before it.

        A voice that comes by a chromatic step from the note itself makes none.
        """
        clashes = self.tables[self.tonics[t]].index_select(0, last.flatten()).view(*last.shape, -1)
        return COST * (clashes.any(1, keepdim=True) & ~clashes)

    def costs_together(self, t: int, voice: int, last: Tensor, now: Tensor) -> Tensor:
        """(B, K) nats that each token of a voice costs beside the voices known at step t.

        last, now: (B, V) pitches of the frame before and of this one. A hold sounds the voice's last pitch.
        """
        table = self.tables[self.tonics[t]]
        found = table.index_select(0, now.flatten()).view(*now.shape, -1).any(1)
        own = last[:, voice : voice + 1]
        held = found.gather(-1, own.clamp(max=self.pitches - 1)) & (own < self.pitches)
        found[:, self.pitches : self.pitches + 1] = held
        return TOGETHER * found


def pitch_table(tonic: int, lowest: int, pitches: int) -> Tensor:
    """(P + 2, K) bool: the tokens that a pitch of the frame before clashes with; silent and unknown: none."""
    clash = np.zeros((pitches + 2, pitches + 2), dtype=np.bool_)
    if tonic != NO_KEY:
        degrees = (np.arange(pitches) + lowest - tonic) % 12
        for altered, plain in SAME_LETTER:
            one, other = degrees == altered, degrees == plain
            clash[:pitches, :pitches] |= np.outer(one, other) | np.outer(other, one)
    return torch.from_numpy(clash)
