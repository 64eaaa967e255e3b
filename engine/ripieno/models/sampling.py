"""Choose tokens: temperature, nucleus, beam, and the hard constraints that hold for every network.

A token is an index: 0..P-1 an onset of the pitch ``lowest + index``, P hold, P + 1 rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.grid import HOLD, Grid
from ripieno.models.frames import Frame
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
    span: the semitones that the voices above the lowest lie apart at most, as one hand plays them; ``None``
    for no bound. It is waived where given notes lie further apart.
    comfortable: (lowest, highest) MIDI pitch of each voice that new notes leave seldom; none without any.
    easy: new notes avoid hard leaps and tones outside the key (see ``easy_parts``).
    """

    ranges: tuple[tuple[int, int], ...]
    silent: NDArray[np.bool_]
    span: int | None = None
    comfortable: tuple[tuple[int, int], ...] = ()
    easy: bool = False

    def strain(self, pitches: NDArray[np.int64]) -> NDArray[np.float32]:
        """(V, P) the nats that P pitches cost in each voice, for lying beyond its comfortable range."""
        low, high = np.array(self.comfortable)[:, :, None].swapaxes(0, 1)  # (V, 1) each
        beyond = np.maximum(low - pitches, 0) + np.maximum(pitches - high, 0)
        nats: NDArray[np.float32] = np.minimum(STRAIN * beyond, MAX_STRAIN).astype(np.float32)
        return nats


STRAIN, MAX_STRAIN = 0.7, 3.0  # nats for a semitone beyond the comfortable range, and at most


class ComfortGuide:
    """The nats that the comfortable ranges take from tokens; a ``TokenGuide``."""

    def __init__(self, limits: Limits, lowest: int, pitches: int) -> None:
        """lowest, pitches: the network's compass."""
        strain = limits.strain(np.arange(lowest, lowest + pitches))
        self.added = np.zeros((len(strain), pitches + 2), dtype=np.float32)  # (V, K)
        self.added[:, :pitches] = -strain

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32]:  # noqa: ARG002
        """See ``TokenGuide``. A note that sounds on costs nothing more."""
        added: NDArray[np.float32] = self.added[voice][None]
        return added


class TokenGuide(Protocol):
    """Adds something of its own to the log-probabilities of tokens."""

    def nats(self, t: int, voice: int, last: NDArray[np.int64], now: Frame) -> NDArray[np.float32] | None:
        """(B, K) nats of each token of a voice at step t; ``None`` where it adds nothing.

        last: (B, V) the pitches of the frame before. now: this one, unknown where not chosen yet.
        """
        ...


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
def other_voices(voice: int, voices: int) -> NDArray[np.int64]:
    """(V - 1,) the numbers of the other voices."""
    return np.array([other for other in range(voices) if other != voice])


class StrictRules:
    """Forbids parallels and crossing, by tables over P pitch indices, so that a check is a few lookups."""

    def __init__(self, pitches: int) -> None:
        self.all_pitches = p = np.arange(pitches)
        index = np.arange(pitches + 2)[:, None]  # P is silence, P + 1 unknown: no rule applies to them
        known = index < pitches
        # [is the other voice below, its pitch] -> (P,) bool, the pitches that do not cross it.
        self.not_crossing = np.stack([~known | (p <= index), ~known | (p >= index)])
        # [is it below, kind of interval, its pitch] -> (P,) bool, the pitches that form that interval.
        self.same_interval = np.zeros((2, 1 + len(PERFECT), pitches + 2, pitches), dtype=np.bool_)
        # [is it below, own last pitch, its last pitch] -> kind of interval: 0, or 1 + the index in PERFECT.
        self.interval_kind = np.zeros((2, pitches + 2, pitches + 2), dtype=np.int64)
        for below, side in ((0, -1), (1, 1)):
            before = (index - index.T) * side % 12
            for i, semitones in enumerate(PERFECT, 1):
                self.interval_kind[below][(before == semitones) & known & known.T] = i
                self.same_interval[below, i] = ((p - index) * side % 12 == semitones) & known

    def apply(
        self, legal: NDArray[np.bool_], voice: int, last: NDArray[np.int64], now: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens without those that make parallels or cross a voice known in this frame.

        legal: (B, K) bool. last, now: (B, V) pitch indices of the frame before and of this one. Returns a new
        (B, K). A rule that would leave a row without tokens is waived there.
        """
        pitches = len(self.all_pitches)
        others = other_voices(voice, last.shape[1])
        below = (others > voice).astype(np.int64)
        own = last[:, voice]
        before, after = last[:, others], now[:, others]  # (B, V - 1)
        rule = np.ones_like(legal)
        rule[:, :pitches] = self.not_crossing[below, after].all(1)
        # A hold keeps the last pitch, so it crosses where that pitch does.
        rule[:, pitches] = rule[np.arange(len(own)), np.minimum(own, pitches - 1)]
        legal = waive_if_empty(legal, rule)
        kind = self.interval_kind[below, own[:, None], before] * (before != after)
        if not kind.any():
            return legal
        parallel = self.same_interval[below, kind, after].any(1)
        rule = np.ones_like(legal)
        # A voice that stays makes no parallels.
        rule[:, :pitches] = ~parallel | (self.all_pitches == own[:, None])
        return waive_if_empty(legal, rule)


@cache
def strict_rules(pitches: int) -> StrictRules:
    """The rules for a number of pitches; their tables are built once and kept."""
    return StrictRules(pitches)


def within_span(
    legal: NDArray[np.bool_], voice: int, last: NDArray[np.int64], now: NDArray[np.int64], span: int
) -> NDArray[np.bool_]:
    """The legal tokens of a voice no further than ``span`` semitones from any voice known in this frame.

    The lowest voice counts for nothing. Shapes as in ``StrictRules.apply``.
    """
    upper = last.shape[1] - 1
    if voice == upper:
        return legal
    pitches = legal.shape[1] - 2
    others = now[:, other_voices(voice, upper)]  # (B, V - 2)
    near = (np.abs(np.arange(pitches) - others[..., None]) <= span) | (others >= pitches)[..., None]
    rule = np.ones_like(legal)
    rule[:, :pitches] = near.all(1)
    rule[:, pitches] = rule[np.arange(len(rule)), np.minimum(last[:, voice], pitches - 1)]
    return waive_if_empty(legal, rule)


def waive_if_empty(legal: NDArray[np.bool_], rule: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(B, K) ``legal & rule``, or ``legal`` alone in the rows where nothing would be left."""
    both = legal & rule
    left: NDArray[np.bool_] = np.logical_or.reduce(both, axis=-1, keepdims=True)
    return both if left.all() else np.where(left, both, legal)


def check_mask(grid: Grid, fixed: Mask) -> None:
    """Assert that every note is fixed whole or not at all (see ``whole_notes``)."""
    held = grid.cells[1:] == HOLD
    assert not (held & (fixed[1:] != fixed[:-1])).any(), "a note is given whole or not at all"


def draw_tokens(
    logp: NDArray[np.float32], legal: NDArray[np.bool_], uniform: NDArray[np.floating], sampling: Sampling
) -> NDArray[np.int64]:
    """Draw one token for each of B candidates.

    logp: (B, K). legal: (B, K), at least one True a row. uniform: (B,) in [0, 1). Returns (B,).
    """
    if sampling.temperature == 0:
        best: NDArray[np.int64] = np.where(legal, logp, -np.inf).argmax(-1)
        return best
    heights = softmax(logp / np.float64(sampling.temperature), legal).cumsum(-1)
    # Scaling by the total keeps rounding from ever choosing past the last legal token.
    mark = (uniform * heights[:, -1])[:, None]
    drawn: NDArray[np.int64] = np.minimum((heights <= mark).sum(-1), logp.shape[-1] - 1)
    return drawn


def softmax(scores: NDArray[np.floating], legal: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(B, K) the probabilities of the legal tokens by their scores."""
    masked = np.where(legal, scores.astype(np.float64), -np.inf)
    weights: NDArray[np.float64] = np.exp(masked - masked.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return weights


def draw_noise(
    candidates: int, shape: tuple[int, ...], sampling: Sampling, generator: torch.Generator
) -> NDArray[np.floating]:
    """Draw all random numbers of a fill; more candidates do not change those of the first ones.

    shape: (T, V, K). Returns (candidates, T, V) uniform in [0, 1), or with a beam (candidates, T, V, K)
    Gumbel noise times the temperature, to add to the scores. The likeliest token by noisy scores is a draw at
    that temperature, and the likeliest whole sequence is nearly a draw of sequences (Papandreou and Yuille,
    Perturb-and-MAP random fields, ICCV 2011).
    """
    if sampling.beam == 1:
        return torch.rand((candidates, *shape[:2]), generator=generator, dtype=torch.float64).numpy()
    if sampling.temperature == 0:
        return np.zeros((candidates, *shape[:2], 1), dtype=np.float32)
    uniform = torch.rand((candidates, *shape), generator=generator)
    return (-torch.log(-torch.log(uniform.clamp(1e-7, 1 - 1e-7))) * sampling.temperature).numpy()


def best_tokens(
    scores: NDArray[np.float32], legal: NDArray[np.bool_], beam_score: NDArray[np.float64], beam: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One step of beam search: the best ``beam`` extensions of each candidate's hypotheses, best first.

    scores, legal: (B, K). beam_score: (B,), of the hypotheses so far; ``beam`` rows to a candidate.
    Returns (rows, tokens), (B,) each: the hypothesis to extend, and its new token.
    """
    tokens = scores.shape[-1]
    whole = np.where(legal, beam_score[:, None] + scores, -np.inf).reshape(-1, beam * tokens)
    best = torch.from_numpy(whole).topk(beam).indices.numpy()  # (candidates, beam)
    first = np.arange(0, len(scores), beam)[:, None]
    return (first + best // tokens).ravel(), (best % tokens).ravel()


def nucleus_tokens(scores: NDArray[np.float32], legal: NDArray[np.bool_], top_p: float) -> NDArray[np.bool_]:
    """(B, K) bool: the legal tokens in the nucleus, which is taken before the temperature."""
    return legal & (nucleus(softmax(scores, legal), top_p) > 0)


def nucleus(weights: NDArray[np.float64], top_p: float) -> NDArray[np.float64]:
    """The weights, (B, K), with all but the likeliest ``top_p`` of the mass set to 0; the likeliest stays.

    Holtzman et al., "The curious case of neural text degeneration", ICLR 2020.
    """
    order = np.argsort(-weights, axis=-1, kind="stable")
    ordered = np.take_along_axis(weights, order, -1)
    kept = ordered.cumsum(-1) - ordered < top_p
    cut = np.zeros_like(weights)
    np.put_along_axis(cut, order, ordered * kept, -1)
    return cut
