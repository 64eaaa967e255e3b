"""Easy parts: what keeps new voices from hard leaps and from tones outside the key, while notes are chosen.

What is hard is said in ``theory.difficulty``, for parts that are there.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, HOLD, NO_KEY, REST, Cells, Grid, sounding_pitches
from ripieno.models.frames import Frame
from ripieno.models.masks import Mask
from ripieno.models.sampling import waive_if_empty
from ripieno.theory.ranges import OCTAVE

# The nats that a leap costs by its semitones, up to an octave; beyond, as much as a seventh.
LEAPS = np.array([0, 0, 0, 0, 0, 0, 6, 1, 4, 4, 8, 8, 3], dtype=np.float32)
SEVENTH = 10  # semitones
CHROMATIC = np.float32(3.0)  # nats: a tone outside the key
# The degrees of the major key of the signature, and the leading note of its relative minor.
IN_KEY = (0, 2, 4, 5, 7, 8, 9, 11)


class EasyGuide:
    """Makes hard leaps and chromatic tones dear, and bars the worst leaps; a ``TokenGuide``."""

    def __init__(self, grid: Grid, fixed: Mask, lowest: int, pitches: int) -> None:
        """grid: its fixed cells are led to. lowest, pitches: the network's compass."""
        self.tonics: list[int] = grid.tonic.tolist()
        self.leaps, self.barred = leap_table(pitches), hard_leaps(pitches)
        self.chromatic = {tonic: chromatic_tokens(tonic, lowest, pitches) for tonic in set(self.tonics)}
        self.ahead = given_ahead(grid, fixed, lowest, pitches)

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32]:  # noqa: ARG002
        """See ``TokenGuide``. A note that sounds on costs nothing more, and after a rest no leap does."""
        cost: NDArray[np.float32] = self.leaps[last[:, voice]] + self.chromatic[self.tonics[t]]
        return -(cost + self.leaps[self.ahead[t, voice]])

    def allowed(
        self, legal: NDArray[np.bool_], t: int, voice: int, last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens without leaps of a seventh or beyond an octave, where one of them is left.

        legal: (B, K). last: (B, V) the pitch indices of the frame before. Returns a new (B, K).
        """
        legal = waive_if_empty(legal, ~self.barred[last[:, voice]])
        return waive_if_empty(legal, ~self.barred[self.ahead[t, voice]][None])


def given_ahead(grid: Grid, fixed: Mask, lowest: int, pitches: int) -> NDArray[np.int64]:
    """(T, V) the pitch index of the given note that follows within the beat, or P where there is none."""
    ahead = np.full(fixed.shape, pitches)
    for t in range(grid.steps - 1, 0, -1):
        given = fixed[t] & (grid.cells[t] < HOLD)
        index = np.where(given, grid.cells[t].astype(np.int64) - lowest, pitches)
        index[(index < 0) | (index > pitches)] = pitches  # the network does not see it
        goes_on = ~fixed[t] & (grid.strength[t] < BEAT)
        ahead[t - 1] = np.where(fixed[t - 1], pitches, np.where(goes_on, ahead[t], index))
    return ahead


@cache
def leap_table(pitches: int) -> NDArray[np.float32]:
    """(P + 2, K) the nats that each token costs after each pitch; after silence none."""
    table = np.zeros((pitches + 2, pitches + 2), dtype=np.float32)
    table[:pitches, :pitches] = leap_nats(semitones(pitches))
    return table


@cache
def hard_leaps(pitches: int) -> NDArray[np.bool_]:
    """(P + 2, K) bool: the tokens that a seventh or more than an octave parts from each pitch."""
    table = np.zeros((pitches + 2, pitches + 2), dtype=np.bool_)
    way = semitones(pitches)
    table[:pitches, :pitches] = (way >= SEVENTH) & (way != OCTAVE)
    return table


def semitones(pitches: int) -> NDArray[np.int64]:
    """(P, P) the semitones between pitches."""
    index = np.arange(pitches)
    return np.abs(index[:, None] - index)


def leap_nats(way: NDArray[np.integer]) -> NDArray[np.float32]:
    """What leaps of so many semitones cost, in nats."""
    nats: NDArray[np.float32] = np.where(way > OCTAVE, LEAPS[SEVENTH], LEAPS[np.minimum(way, OCTAVE)])
    return nats


def chromatic_nats(tonics: NDArray[np.int8], pitches: int) -> NDArray[np.float32]:
    """(T, P) the nats that MIDI pitches below P cost for their place in the key of each step."""
    tables = {tonic: chromatic_tokens(tonic, 0, pitches)[:pitches] for tonic in set(tonics.tolist())}
    return np.array([tables[tonic] for tonic in tonics.tolist()], dtype=np.float32).reshape(-1, pitches)


def chromatic_tokens(tonic: int, lowest: int, pitches: int) -> NDArray[np.float32]:
    """(K,) the nats that tokens cost for their place in the key; nothing where there is no key."""
    nats = np.zeros(pitches + 2, dtype=np.float32)
    if tonic != NO_KEY:
        degrees = (np.arange(pitches) + lowest - tonic) % 12
        nats[:pitches] = CHROMATIC * ~np.isin(degrees, IN_KEY)
    return nats


def hardness(grid: Grid, fixed: Mask) -> float:
    """The nats that a draft's new notes cost, with the leaps from and to them, as while they were chosen."""
    pitches = sounding_pitches(grid.cells).astype(np.int64)
    before, after = pitches[:-1], pitches[1:]
    both = (before != REST) & (after != REST) & ~(fixed[1:] & fixed[:-1])
    total = float((leap_nats(np.abs(after - before)) * both).sum())
    return total + float(CHROMATIC * chromatic_notes(grid, fixed))


def chromatic_notes(grid: Grid, fixed: Mask) -> int:
    """How many new notes of a grid lie outside the key."""
    cells: Cells = grid.cells
    degrees = (cells.astype(np.int64) - grid.tonic[:, None]) % 12
    begins = (cells < HOLD) & ~fixed & (grid.tonic != NO_KEY)[:, None]
    return int((begins & ~np.isin(degrees, IN_KEY)).sum())
