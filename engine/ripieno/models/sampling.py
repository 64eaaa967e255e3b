"""Choosing tokens: temperature, nucleus, and the hard constraints that no network may break.

A token is an index: 0..P-1 an onset of the pitch ``lowest + index``, P hold, P + 1 rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import HOLD, Grid
from ripieno.models.masks import Mask


@dataclass(frozen=True, slots=True)
class Sampling:
    """How boldly to choose.

    temperature: 0 takes the likeliest, 1 chooses as the network learned. top_p: only among the likeliest
    that together have this probability. strict: no parallel fifths or octaves and no crossing of voices, as
    far as a choice is left.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    strict: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What no new note may break, whatever the network says.

    ranges: (lowest, highest) MIDI pitch of each voice, both included.
    silent: (T,) bool, the steps at which every free voice rests. It rests nowhere else.
    """

    ranges: tuple[tuple[int, int], ...]
    silent: NDArray[np.bool_]


def legal_tokens(fixed: Mask, limits: Limits, *, lowest: int, pitches: int) -> NDArray[np.bool_]:
    """(T, V, K) bool: the tokens that each free cell may take within the limits.

    A hold is illegal where the cell before is fixed, because that would lengthen a given note. That a hold
    needs something to hold depends on the tokens chosen before, so whoever chooses them sees to it.
    """
    legal = np.zeros((*fixed.shape, pitches + 2), dtype=np.bool_)
    for v, (low, high) in enumerate(limits.ranges):
        legal[:, v, max(low - lowest, 0) : min(max(high - lowest + 1, 0), pitches)] = True
        legal[1:, v, pitches] = ~fixed[:-1, v]
    legal[limits.silent] = False
    legal[limits.silent, :, pitches + 1] = True
    return legal


def strict_tokens(legal: Tensor, voice: int, last: Tensor, now: Tensor, pitches: int) -> Tensor:
    """The legal tokens without those that make parallels or cross a voice known in this frame.

    legal: (B, K) bool. last, now: (B, V) pitch indices of the frame before and of this one; ``pitches`` or
    more where a voice is silent or not chosen yet. Where a rule would leave nothing, it is waived.
    """
    p = torch.arange(pitches)
    known = now < pitches
    above, below = known.clone(), known.clone()
    above[:, voice:], below[:, : voice + 1] = False, False
    ceiling = torch.where(above, now, pitches).amin(-1, keepdim=True)
    floor = torch.where(below, now, -1).amax(-1, keepdim=True)
    uncrossed = (p <= ceiling) & (p >= floor)  # (B, P)
    own = last[:, voice : voice + 1]
    # A hold keeps the last pitch, so it is judged as that pitch.
    hold = uncrossed.gather(-1, own.clamp(max=pitches - 1))
    legal = waive_if_empty(legal, torch.cat([uncrossed, hold, torch.ones_like(hold)], dim=-1))

    # From the lower voice up: a fifth is 7 semitones, and the fourth that it leaves is no fault.
    side = torch.where(torch.arange(last.shape[1]) > voice, 1, -1)  # is the other voice below, or above
    interval = ((own - last) * side).remainder(12)  # (B, V) with each other voice, in the frame before
    perfect = (interval == 0) | (interval == 7)
    moved = known & (last < pitches) & (own < pitches) & (now != last) & perfect
    moved[:, voice] = False
    reached = ((p - now.unsqueeze(-1)) * side.unsqueeze(-1)).remainder(12)  # (B, V, P)
    same = reached == interval.unsqueeze(-1)
    parallel = (same & moved.unsqueeze(-1)).any(1) & (p != own)
    return waive_if_empty(legal, F.pad(~parallel, (0, 2), value=True))


def waive_if_empty(legal: Tensor, rule: Tensor) -> Tensor:
    """``legal`` and the rule, or ``legal`` alone in the rows where nothing would be left."""
    both = legal & rule
    return torch.where(both.any(-1, keepdim=True), both, legal)


def check_mask(grid: Grid, fixed: Mask) -> None:
    """A fixed hold belongs to a fixed note: a note is given whole or not at all (see ``whole_notes``)."""
    held = grid.cells[1:] == HOLD
    assert not (held & (fixed[1:] != fixed[:-1])).any(), "a note is given whole or not at all"


def choose_token(logits: Tensor, legal: Tensor, uniform: Tensor, sampling: Sampling) -> Tensor:
    """One token for each of B candidates.

    logits: (B, K) float. legal: (B, K) bool, at least one True a row. uniform: (B,) float64 in [0, 1).
    Returns (B,) int64.
    """
    scores = logits.masked_fill(~legal, float("-inf"))
    if sampling.temperature == 0:
        return scores.argmax(-1)
    weights = (scores.double() / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        weights = nucleus(weights, sampling.top_p)
    heights = weights.cumsum(-1)
    # Scaling by the total keeps rounding from ever choosing past the last legal token.
    mark = (uniform * heights[:, -1]).unsqueeze(-1)
    return (heights <= mark).sum(-1).clamp(max=logits.shape[-1] - 1)


def nucleus(weights: Tensor, top_p: float) -> Tensor:
    """The weights with all but the likeliest ``top_p`` of the mass set to 0; the likeliest always stays."""
    ordered, order = weights.sort(-1, descending=True)
    kept = ordered.cumsum(-1) - ordered < top_p
    return torch.zeros_like(weights).scatter(-1, order, ordered * kept)
