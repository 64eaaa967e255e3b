"""Grid cells as the indices that networks work on, and back."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from ripieno.grid import HOLD, REST, Grid, sounding_pitches


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


def encode_grid(grid: Grid, compass: Compass) -> Frames:
    """The grid as one piece of a batch, (1, T, V)."""
    cells = torch.from_numpy(grid.cells.astype(np.int64)).unsqueeze(0)
    sounding = torch.from_numpy(sounding_pitches(grid.cells).astype(np.int64)).unsqueeze(0)
    return encode(cells, sounding, compass)


def decode(tokens: Tensor, compass: Compass) -> Tensor:
    """A network's tokens (no unknown ones) as grid cells."""
    p = compass.pitches
    cells = tokens + compass.lowest
    return cells.masked_fill(tokens == p, HOLD).masked_fill(tokens == p + 1, REST)


def as_onsets(pitches: Tensor, pitch_count: int) -> Tensor:
    """The tokens of pitches that are all struck anew: an onset, a rest, or unknown as they are."""
    return torch.where(pitches < pitch_count, pitches, pitches + 1)


def log_p_tokens(logp: Tensor, tokens: Tensor) -> Tensor:
    """(B, T, V) log p of every token. logp: (B, T, V, K), of all of them."""
    return logp.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def log_p_sounding(logp: Tensor, pitches: Tensor) -> Tensor:
    """(B, T, V) log p of what sounds, held or struck alike: where a pitch stays, p(hold) + p(its onset).

    logp: (B, T, V, K), of all tokens. pitches: (B, T, V), as in ``Frames``.
    """
    p = logp.shape[-1] - 2
    stays = torch.zeros_like(pitches, dtype=torch.bool)
    stays[:, 1:] = (pitches[:, 1:] == pitches[:, :-1]) & (pitches[:, 1:] < p)
    onset = log_p_tokens(logp, as_onsets(pitches, p))
    hold = logp[..., p].masked_fill(~stays, float("-inf"))
    return torch.logaddexp(onset, hold)
