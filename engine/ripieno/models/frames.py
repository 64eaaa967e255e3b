"""Grid cells as the indices that networks work on, and back."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor

from ripieno.grid import HOLD, REST


class Compass(Protocol):
    """Which pitches a network knows: P of them from ``lowest`` up."""

    @property
    def lowest(self) -> int: ...

    @property
    def pitches(self) -> int: ...


class Frames(NamedTuple):
    """Cells as indices, for B pieces of T frames.

    tokens: (B, T, V) int64; 0..P-1 an onset, P hold, P+1 rest, P+2 unknown.
    pitches: (B, T, V) int64, what sounds; 0..P-1, P silence, P+1 unknown.
    """

    tokens: Tensor
    pitches: Tensor


def hide(frames: Frames, hidden: Tensor, compass: Compass) -> Frames:
    """The frames with the ``hidden`` cells unknown; a new value."""
    return Frames(
        frames.tokens.masked_fill(hidden, compass.pitches + 2),
        frames.pitches.masked_fill(hidden, compass.pitches + 1),
    )


def encode(cells: Tensor, sounding: Tensor, compass: Compass) -> Frames:
    """Grid cells (HOLD, REST and MIDI pitches) as a network's indices.

    cells, sounding: (..., V) int64, as in ``Grid.cells`` and ``grid.sounding_pitches``.
    """
    p = compass.pitches
    tokens = cells - compass.lowest
    tokens = tokens.masked_fill(cells == HOLD, p).masked_fill(cells == REST, p + 1)
    pitches = (sounding - compass.lowest).masked_fill(sounding == REST, p)
    return Frames(tokens, pitches)


def decode(tokens: Tensor, compass: Compass) -> Tensor:
    """A network's tokens (no unknown ones) as grid cells."""
    p = compass.pitches
    cells = tokens + compass.lowest
    return cells.masked_fill(tokens == p, HOLD).masked_fill(tokens == p + 1, REST)
