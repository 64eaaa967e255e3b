"""Choose tokens: temperature, nucleus, beam, and the hard constraints that hold for every network.

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
    """How tokens are chosen.

    temperature: 0 takes the likeliest, 1 draws from the network's own distribution. top_p: draw only from the
    likeliest tokens that together have this probability. strict: no parallel fifths or octaves and no
    crossing of voices, as long as a choice is left. beam: above 1, beam search with so many hypotheses; noise
    on the scores, as large as the temperature, then makes the draw. consensus: the weight of the log p by the
    given cells alone, added to that by the cells chosen before; it keeps one odd choice from leading to the
    next.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    strict: bool = True
    beam: int = 1
    consensus: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The hard limits of all new notes.

    ranges: (lowest, highest) MIDI pitch of each voice, both included.
    silent: (T,) bool, the steps at which every free voice rests. It rests nowhere else.
    """

    ranges: tuple[tuple[int, int], ...]
    silent: NDArray[np.bool_]


def legal_tokens(fixed: Mask, limits: Limits, *, lowest: int, pitches: int) -> NDArray[np.bool_]:
    """(T, V, K) bool: the tokens that each free cell may take within the limits.

    A hold is illegal where the cell before is fixed, because it would lengthen a given note. A hold after a
    rest is illegal too, but as that depends on the tokens chosen before, it is left to ``FrameSampler``.
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
    """Forbids parallels and crossing, by tables over P pitch indices, so that a check is a few lookups."""

    def __init__(self, pitches: int) -> None:
        self.all_pitches = p = torch.arange(pitches)
        index = torch.arange(pitches + 2).unsqueeze(
            -1
        )  # P is silence, P + 1 unknown: no rule applies to them
        known = index < pitches
        self.pitches, self.size = pitches, pitches + 2
        # [is the other voice below][its pitch] -> (P,) bool, the pitches that do not cross it.
        self.not_crossing = torch.cat([~known | (p <= index), ~known | (p >= index)])
        # [is it below][kind of interval][its pitch] -> (P,) bool, the pitches that form that interval.
        self.same_interval = torch.zeros(2, 1 + len(PERFECT), self.size, pitches, dtype=torch.bool)
        # [is it below][own last pitch][its last pitch] -> kind of interval: 0, or 1 + the index in PERFECT.
        self.interval_kind = torch.zeros(2, self.size, self.size, dtype=torch.int64)
        for below, side in ((0, -1), (1, 1)):
            before = (index - index.T) * side % 12
            for i, semitones in enumerate(PERFECT, 1):
                self.interval_kind[below][(before == semitones) & known & known.T] = i
                self.same_interval[below, i] = ((p - index) * side % 12 == semitones) & known
        self.interval_kind, self.same_interval = (
            self.interval_kind.flatten(),
            self.same_interval.flatten(0, 2),
        )

    def apply(self, legal: Tensor, voice: int, last: Tensor, now: Tensor) -> Tensor:
        """The legal tokens without those that make parallels or cross a voice known in this frame.

        legal: (B, K) bool. last, now: (B, V) pitch indices of the frame before and of this one. Returns a new
        (B, K). A rule that would leave a row without tokens is waived there.
        """
        rows, voices = last.shape
        others = other_voices(voice, voices)
        below = (others > voice).long()
        own = last[:, voice : voice + 1]  # (B, 1)
        before, after = last.index_select(1, others), now.index_select(1, others)  # (B, V - 1)

        def look_up(table: Tensor, index: Tensor) -> Tensor:
            return table.index_select(0, index.flatten()).view(rows, len(others), self.pitches)

        not_crossing = look_up(self.not_crossing, below * self.size + after).all(1)
        # A hold keeps the last pitch, so it crosses where that pitch does.
        hold = not_crossing.gather(-1, own.clamp(max=self.pitches - 1))
        legal = waive_if_empty(legal, torch.cat([not_crossing, hold, torch.ones_like(hold)], dim=-1))
        kind = self.interval_kind.take((below * self.size + own) * self.size + before) * (before != after)
        kinds = 1 + len(PERFECT)
        parallel = look_up(self.same_interval, (below * kinds + kind) * self.size + after).any(1)
        parallel &= self.all_pitches != own  # a voice that stays makes no parallels
        return waive_if_empty(legal, F.pad(~parallel, (0, 2), value=True))


@cache
def strict_rules(pitches: int) -> StrictRules:
    """The rules for a number of pitches; their tables are built once and kept."""
    return StrictRules(pitches)


def waive_if_empty(legal: Tensor, rule: Tensor) -> Tensor:
    """(B, K) ``legal & rule``, or ``legal`` alone in the rows where nothing would be left."""
    both = legal & rule
    return torch.where(both.any(-1, keepdim=True), both, legal)


def check_mask(grid: Grid, fixed: Mask) -> None:
    """Assert that every note is fixed whole or not at all (see ``whole_notes``)."""
    held = grid.cells[1:] == HOLD
    assert not (held & (fixed[1:] != fixed[:-1])).any(), "a note is given whole or not at all"


def draw_tokens(logp: Tensor, legal: Tensor, uniform: Tensor, sampling: Sampling) -> Tensor:
    """Draw one token for each of B candidates.

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
    """Draw all random numbers of a fill; more candidates do not change those of the first ones.

    shape: (T, V, K). Returns (candidates, T, V) uniform in [0, 1), or with a beam (candidates, T, V, K)
    Gumbel noise times the temperature, to add to the scores. The likeliest token by noisy scores is a draw at
    that temperature, and the likeliest whole sequence is nearly a draw of sequences (Papandreou and Yuille,
    Perturb-and-MAP random fields, ICCV 2011).
    """
    if sampling.beam == 1:
        return torch.rand((candidates, *shape[:2]), generator=generator, dtype=torch.float64)
    if sampling.temperature == 0:
        return torch.zeros(candidates, *shape[:2], 1)
    uniform = torch.rand((candidates, *shape), generator=generator)
    return -torch.log(-torch.log(uniform.clamp(1e-7, 1 - 1e-7))) * sampling.temperature


def best_tokens(scores: Tensor, legal: Tensor, beam_score: Tensor, beam: int) -> tuple[Tensor, Tensor]:
    """One step of beam search: the best ``beam`` extensions of each candidate's hypotheses, best first.

    scores, legal: (B, K). beam_score: (B,) float64, of the hypotheses so far; ``beam`` rows to a candidate.
    Returns (rows, tokens), (B,) int64 each: the hypothesis to extend, and its new token.
    """
    tokens = scores.shape[-1]
    whole = (beam_score.unsqueeze(-1) + scores).masked_fill(~legal, float("-inf"))
    best = whole.view(-1, beam * tokens).topk(beam).indices  # (candidates, beam)
    first = torch.arange(0, len(scores), beam).unsqueeze(-1)
    return (first + best // tokens).flatten(), (best % tokens).flatten()


def nucleus_tokens(scores: Tensor, legal: Tensor, top_p: float) -> Tensor:
    """(B, K) bool: the legal tokens in the nucleus, which is taken before the temperature."""
    weights = scores.masked_fill(~legal, float("-inf")).double().softmax(-1)
    return legal & (nucleus(weights, top_p) > 0)


def nucleus(weights: Tensor, top_p: float) -> Tensor:
    """The weights, (B, K), with all but the likeliest ``top_p`` of the mass set to 0; the likeliest stays.

    Holtzman et al., "The curious case of neural text degeneration", ICLR 2020.
    """
    ordered, order = weights.sort(-1, descending=True)
    kept = ordered.cumsum(-1) - ordered < top_p
    return torch.zeros_like(weights).scatter(-1, order, ordered * kept)
