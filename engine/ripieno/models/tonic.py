"""Estimate the key signature from the notes so far, for music that comes without one."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import REST

UNKNOWN_TONIC = 12

# Share of the time that each pitch class, counted from the tonic of the signature's major key, sounds in the
# 222 chorales with exactly four parts, for training.
PROFILE = (0.1602, 0.0157, 0.1316, 0.0044, 0.1595, 0.0793, 0.0191, 0.1540, 0.0201, 0.1534, 0.0131, 0.0894)


def class_counts(pitches: Tensor, lowest: int, pitch_count: int) -> Tensor:
    """(..., 12) float: how many voices sound each pitch class.

    pitches: (..., V) int64, 0 the MIDI pitch ``lowest``; ``pitch_count`` or more is no pitch.
    """
    counted = torch.where(pitches < pitch_count, (pitches + lowest) % 12, 12)
    return F.one_hot(counted, 13)[..., :12].sum(-2).float()


def likely_tonic(counts: Tensor) -> Tensor:
    """(...) int64: the major tonic, 0..11, with the highest likelihood of these counts under ``PROFILE``.

    counts: (..., 12), how long each pitch class sounded. UNKNOWN_TONIC where none did.
    """
    log_profile = torch.tensor(PROFILE).log()
    turned = torch.stack([log_profile.roll(tonic) for tonic in range(12)], dim=1)  # (class, tonic)
    tonic = (counts @ turned).argmax(-1)
    return tonic.masked_fill(counts.sum(-1) == 0, UNKNOWN_TONIC)


def likely_tonic_of(sounding: NDArray[np.int16]) -> int:
    """The likeliest tonic of a whole piece; C where it is silent.

    sounding: (T, V) MIDI pitches and REST, as from ``sounding_pitches``.
    """
    counts = np.bincount(sounding[sounding < REST] % 12, minlength=12)
    tonic = int(likely_tonic(torch.from_numpy(counts).float()))
    return tonic % UNKNOWN_TONIC
