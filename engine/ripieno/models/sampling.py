"""Choosing tokens: temperature, nucleus, and the hard constraints that no network may break.

A token is an index: 0..P-1 an onset of the pitch ``lowest + index``, P hold, P + 1 rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

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
    far as a choice is left. beam: above 1, so many hypotheses go on side by side and the likeliest whole
    wins; chance then shakes the scores, as much as the temperature says. consensus: how much weight lies on
    what is given alone, beside what was chosen before; it keeps one odd choice from leading to the next.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    strict: bool = True
    beam: int = 1
    consensus: float = 0.0


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


PERFECT = (0, 7)  # unison or octave, fifth; in semitones from the lower voice up


@cache
def other_voices(voice: int, voices: int) -> Tensor:
    """(V - 1,) the numbers of the other voices, for ``index_select``."""
    return torch.tensor([other for other in range(voices) if other != voice])


class StrictRules:
    """No parallels and no crossing, as tables over P pitch indices, so that a choice is a few lookups."""

    def __init__(self, pitches: int) -> None:
        self.every = p = torch.arange(pitches)
        index = torch.arange(pitches + 2).unsqueeze(-1)  # P is silence, P + 1 unknown: nobody meets them
        known = index < pitches
        self.pitches, self.size = pitches, pitches + 2
        # [is the other voice below][its pitch] -> (P,) what does not cross it.
        self.uncrossed = torch.cat([~known | (p <= index), ~known | (p >= index)])
        # [is it below][how both stood][its pitch] -> (P,) what would stand so again.
        self.again = torch.zeros(2, 1 + len(PERFECT), self.size, pitches, dtype=torch.bool)
        # [is it below][own last pitch][its last pitch] -> how they stood: 0, or 1 + the place in PERFECT.
        self.stood = torch.zeros(2, self.size, self.size, dtype=torch.int64)
        for below, side in ((0, -1), (1, 1)):
            before = (index - index.T) * side % 12
            for i, semitones in enumerate(PERFECT, 1):
                self.stood[below][(before == semitones) & known & known.T] = i
                self.again[below, i] = ((p - index) * side % 12 == semitones) & known
        self.stood, self.again = self.stood.flatten(), self.again.flatten(0, 2)

    def apply(self, legal: Tensor, voice: int, last: Tensor, now: Tensor) -> Tensor:
        """The legal tokens without those that make parallels or cross a voice known in this frame.

        legal: (B, K) bool. last, now: (B, V) pitch indices of the frame before and of this one. Where a rule
        would leave nothing, it is waived.
        """
        rows, voices = last.shape
        others = other_voices(voice, voices)
        below = (others > voice).long()
        own = last[:, voice : voice + 1]  # (B, 1)
        before, after = last.index_select(1, others), now.index_select(1, others)  # (B, V - 1)

        def look_up(table: Tensor, index: Tensor) -> Tensor:
            return table.index_select(0, index.flatten()).view(rows, len(others), self.pitches)

        uncrossed = look_up(self.uncrossed, below * self.size + after).all(1)
        # A hold keeps the last pitch, so it is judged as that pitch.
        hold = uncrossed.gather(-1, own.clamp(max=self.pitches - 1))
        legal = waive_if_empty(legal, torch.cat([uncrossed, hold, torch.ones_like(hold)], dim=-1))
        stood = self.stood.take((below * self.size + own) * self.size + before) * (before != after)
        kinds = 1 + len(PERFECT)
        parallel = look_up(self.again, (below * kinds + stood) * self.size + after).any(1)
        parallel &= self.every != own  # who stays makes none
        return waive_if_empty(legal, F.pad(~parallel, (0, 2), value=True))


@cache
def strict_rules(pitches: int) -> StrictRules:
    """The rules over so many pitches; their tables are made once, for every filling."""
    return StrictRules(pitches)


def waive_if_empty(legal: Tensor, rule: Tensor) -> Tensor:
    """``legal`` and the rule, or ``legal`` alone in the rows where nothing would be left."""
    both = legal & rule
    return torch.where(both.any(-1, keepdim=True), both, legal)


def check_mask(grid: Grid, fixed: Mask) -> None:
    """A fixed hold belongs to a fixed note: a note is given whole or not at all (see ``whole_notes``)."""
    held = grid.cells[1:] == HOLD
    assert not (held & (fixed[1:] != fixed[:-1])).any(), "a note is given whole or not at all"


def draw_tokens(logp: Tensor, legal: Tensor, uniform: Tensor, sampling: Sampling) -> Tensor:
    """One token for each of B candidates.

    logp: (B, K) float. legal: (B, K) bool, at least one True a row. uniform: (B,) float64 in [0, 1).
    Returns (B,) int64.
    """
    scores = logp.masked_fill(~legal, float("-inf"))
    if sampling.temperature == 0:
        return scores.argmax(-1)
    heights = (scores.double() / sampling.temperature).softmax(-1).cumsum(-1)
    # Scaling by the total keeps rounding from ever choosing past the last legal token.
    mark = (uniform * heights[:, -1]).unsqueeze(-1)
    return (heights <= mark).sum(-1).clamp(max=logp.shape[-1] - 1)


def draw_noise(
    candidates: int, shape: tuple[int, ...], sampling: Sampling, generator: torch.Generator
) -> Tensor:
    """Everything that chance decides in a filling, by candidate: the first ones stay if more follow.

    shape: (T, V, K). Returns (candidates, T, V) uniform in [0, 1), or with a beam (candidates, T, V, K), what
    is added to the scores: Gumbel noise times the temperature. The likeliest token of shaken scores is a draw
    at that temperature, and the likeliest whole is nearly a draw among wholes (Papandreou, Yuille,
    Perturb-and-MAP random fields, ICCV 2011).
    """
    if sampling.beam == 1:
        return torch.rand((candidates, *shape[:2]), generator=generator, dtype=torch.float64)
    if sampling.temperature == 0:
        return torch.zeros(candidates, *shape[:2], 1)
    uniform = torch.rand((candidates, *shape), generator=generator)
    return -torch.log(-torch.log(uniform.clamp(1e-7, 1 - 1e-7))) * sampling.temperature


def best_tokens(scores: Tensor, legal: Tensor, beam_score: Tensor, beam: int) -> tuple[Tensor, Tensor]:
    """The best ways to go on, for each candidate by itself: from which hypotheses, and with which token.

    scores, legal: (B, K). beam_score: (B,) float64, of the hypotheses so far, ``beam`` to a candidate. Best first.
    """
    tokens = scores.shape[-1]
    whole = (beam_score.unsqueeze(-1) + scores).masked_fill(~legal, float("-inf"))
    best = whole.view(-1, beam * tokens).topk(beam).indices  # (candidates, beam)
    first = torch.arange(0, len(scores), beam).unsqueeze(-1)
    return (first + best // tokens).flatten(), (best % tokens).flatten()


def nucleus_tokens(scores: Tensor, legal: Tensor, top_p: float) -> Tensor:
    """(B, K) bool: the legal tokens that are in the nucleus, whatever the temperature."""
    weights = scores.masked_fill(~legal, float("-inf")).double().softmax(-1)
    return legal & (nucleus(weights, top_p) > 0)


def nucleus(weights: Tensor, top_p: float) -> Tensor:
    """The weights with all but the likeliest ``top_p`` of the mass set to 0; the likeliest always stays."""
    ordered, order = weights.sort(-1, descending=True)
    kept = ordered.cumsum(-1) - ordered < top_p
    return torch.zeros_like(weights).scatter(-1, order, ordered * kept)
