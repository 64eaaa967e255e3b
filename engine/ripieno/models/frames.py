"""Convert grid cells to the token and pitch indices of the networks, and back."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import HOLD, REST, Cells, Grid, sounding_pitches


class Compass(Protocol):
    """The pitches that a network knows: P MIDI pitches from ``lowest`` up."""

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


class Frame(NamedTuple):
    """One frame of B rows, with the indices of ``Frames``: (B, V) each.

    Arrays, since notes are chosen one by one: on a few numbers NumPy is several times as quick as torch.
    """

    tokens: NDArray[np.int64]
    pitches: NDArray[np.int64]

    def rows(self, index: NDArray[np.int64]) -> Frame:
        """The rows with these indices."""
        return Frame(self.tokens[index], self.pitches[index])


def hide(frames: Frames, hidden: Tensor, compass: Compass) -> Frames:
    """A copy of the frames with the ``hidden`` cells, bool, set to unknown."""
    return Frames(
        frames.tokens.masked_fill(hidden, compass.pitches + 2),
        frames.pitches.masked_fill(hidden, compass.pitches + 1),
    )


def encode(cells: Tensor, sounding: Tensor, compass: Compass) -> Frames:
    """The indices of grid cells (HOLD, REST and MIDI pitches).

    cells, sounding: (..., V) int64, as in ``Grid.cells`` and ``sounding_pitches``.
    """
    p = compass.pitches
    tokens = cells - compass.lowest
    tokens = tokens.masked_fill(cells == HOLD, p).masked_fill(cells == REST, p + 1)
    pitches = (sounding - compass.lowest).masked_fill(sounding == REST, p)
    return Frames(tokens, pitches)


def encode_grid(grid: Grid, compass: Compass) -> Frames:
    """The indices of a grid, as a batch of one piece: (1, T, V)."""
    cells = torch.from_numpy(grid.cells.astype(np.int64)).unsqueeze(0)
    sounding = torch.from_numpy(sounding_pitches(grid.cells).astype(np.int64)).unsqueeze(0)
    return encode(cells, sounding, compass)


def decode(tokens: NDArray[np.int64], compass: Compass) -> Cells:
    """The grid cells of tokens; none of them may be unknown."""
    p = compass.pitches
    cells = np.where(tokens < p, tokens + compass.lowest, np.where(tokens == p, HOLD, REST))
    return cells.astype(np.int16)


def as_onsets(pitches: Tensor, pitch_count: int) -> Tensor:
    """The tokens of pitch indices if every one is struck: an onset, a rest, or unknown."""
    return torch.where(pitches < pitch_count, pitches, pitches + 1)


def log_p_tokens(logp: Tensor, tokens: Tensor) -> Tensor:
    """(B, T, V) log p of every token. logp: (B, T, V, K), of all of them."""
    return logp.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def log_p_sounding(logp: Tensor, pitches: Tensor) -> Tensor:
    """(B, T, V) log p of each sounding pitch, held or struck: where a pitch stays, p(hold) + p(its onset).

    logp: (B, T, V, K), of all tokens. pitches: (B, T, V), as in ``Frames``.
    """
    p = logp.shape[-1] - 2
    stays = torch.zeros_like(pitches, dtype=torch.bool)
    stays[:, 1:] = (pitches[:, 1:] == pitches[:, :-1]) & (pitches[:, 1:] < p)
    onset = log_p_tokens(logp, as_onsets(pitches, p))
    hold = logp[..., p].masked_fill(~stays, float("-inf"))
    return torch.logaddexp(onset, hold)
