"""The chords that a user asks for, where whole chords are chosen at once; see ``models.chord_law``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import Grid
from ripieno.harmony.asked_chord import AskedChord


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step at which a chord is asked for. begins: whether it begins there. present: see ``GridChords``."""

    chord: AskedChord
    begins: bool
    present: NDArray[np.bool_] | None = None

    def keys(self, keys: NDArray[np.int64], *, lowest_voice: bool) -> NDArray[np.int64]:
        """Those of the keys that a voice may sing; all where there are none."""
        bass = self.chord.bass if lowest_voice and self.begins else None
        kept = keys[np.isin(keys % 12, self.chord.tones if bass is None else (bass,))]
        return kept if len(kept) else keys

    def fullest(self, chords: NDArray[np.int16]) -> NDArray[np.int16]:
        """Those of the chords, (M, V), that miss the least, where the asked one begins.

        A tone weighs more than all behind it.
        """
        if not self.begins:
            return chords
        tones = np.array(self.chord.tones)
        heard = chords if self.present is None else chords[:, self.present]
        missing = (heard[:, :, None] % 12 != tones).all(1)  # (M, tones)
        cost = missing @ 2 ** np.arange(len(tones))[::-1]
        best: NDArray[np.int16] = chords[cost == cost.min()]
        return best


def bound_steps(grid: Grid) -> list[BoundStep | None]:
    """(T,) what is asked for at each step; None where nothing is."""
    asked = grid.asked
    if asked is None:
        return [None] * grid.steps
    begins, binds = asked.begins.tolist(), asked.binds.tolist()
    chords = [asked.at(t) if binds[t] else None for t in range(grid.steps)]
    return [
        None if c is None else BoundStep(c, b, asked.present) for c, b in zip(chords, begins, strict=True)
    ]
