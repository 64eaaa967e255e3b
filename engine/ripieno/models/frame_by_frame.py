"""Filling free cells frame by frame and, inside a frame, voice by voice, for every network that works so.

The networks differ in what they remember and in which order they take the voices; what may be chosen, how it
is chosen and that fixed cells stay is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from ripieno.models.frames import Frames
from ripieno.models.sampling import Sampling, StrictRules, best_tokens, draw_tokens

DEAD = -1e9  # the log-likelihood of a row that beam search has not reached yet


class Steps(Protocol):
    """A network's memory of B rows while it goes through a piece.

    In every call ``now`` holds (B, V) tokens and pitches of the present frame, unknown where not chosen yet.
    """

    @property
    def order(self) -> tuple[int, ...]:
        """In which the voices of a frame are taken."""
        ...

    def open_frame(self, t: int, *, free: bool) -> None:
        """Frame t begins; ``free`` if any of its cells is."""
        ...

    def weigh(self, voice: int, now: Frames, *, free: bool) -> Tensor | None:
        """(B, K) log p of the voice's tokens, given all before; ``None`` where it is not ``free``."""
        ...

    def close_frame(self, t: int, now: Frames) -> None:
        """Frame t is complete."""
        ...

    def select(self, rows: Tensor) -> None:
        """Go on with these rows, (B,) int64, in the places of all."""
        ...


class Filling:
    """B fillings of free cells side by side.

    tokens: (B, T, V) int64, complete when every frame was taken. likelihood: (B,) float64, log p of the new
    tokens.
    """

    def __init__(
        self, steps: Steps, given: Frames, fixed: Tensor, legal: Tensor, pitches: int, sampling: Sampling
    ) -> None:
        """Prepare.

        given: (B, T, V), unknown where free. fixed: (B, T, V) bool. legal: (T, V, K) bool.
        pitches: P. With a beam the rows must be alike, and end as its hypotheses, best first.
        """
        self.steps, self.given, self.fixed, self.legal = steps, given, fixed, legal
        self.pitches, self.sampling = pitches, sampling
        self.rules = StrictRules(pitches) if sampling.strict else None
        self.free = (~fixed).any(0).tolist()  # [t][voice]: in any row
        rows = len(fixed)
        self.tokens = given.tokens.clone()
        self.last = torch.full((rows, fixed.shape[2]), pitches + 1)  # what sounded in the frame before
        self.likelihood = torch.zeros(rows, dtype=torch.float64)
        if sampling.beam > 1:
            self.likelihood[1:] = DEAD

    def frame(self, t: int, uniform: Tensor) -> None:
        """Choose frame t. uniform: (B, V) float64 in [0, 1), this frame's chances."""
        free: list[bool] = self.free[t]
        now = Frames(self.given.tokens[:, t].clone(), self.given.pitches[:, t].clone())
        self.steps.open_frame(t, free=any(free))
        for voice in self.steps.order:
            logp = self.steps.weigh(voice, now, free=free[voice])
            if logp is not None:
                now = self.choose(t, voice, now, logp, uniform[:, voice])
        self.tokens[:, t] = now.tokens
        self.steps.close_frame(t, now)
        self.last = now.pitches

    def choose(self, t: int, voice: int, now: Frames, logp: Tensor, uniform: Tensor) -> Frames:
        """The frame with one more voice chosen, in the rows where it is free."""
        p = self.pitches
        last = self.last[:, voice]
        legal = self.legal[t, voice].expand(len(logp), -1).clone()
        legal[:, p] &= last < p  # nothing sounds, so nothing can be held
        if self.rules is not None:
            legal = self.rules.apply(legal, voice, self.last, now.pitches)
        if self.sampling.beam > 1:
            rows, token = best_tokens(logp, legal, self.likelihood)
            now = Frames(now.tokens[rows], now.pitches[rows])
            self.tokens, self.last = self.tokens[rows], self.last[rows]
            self.likelihood, logp, last = self.likelihood[rows], logp[rows], last[rows]
            self.steps.select(rows)
        else:
            token = draw_tokens(logp, legal, uniform, self.sampling)
        free = ~self.fixed[:, t, voice]
        pitch = torch.where(token == p, last, token.clamp(max=p))
        self.likelihood += logp.gather(-1, token.unsqueeze(-1)).squeeze(-1) * free
        now.tokens[:, voice] = torch.where(free, token, now.tokens[:, voice])
        now.pitches[:, voice] = torch.where(free, pitch, now.pitches[:, voice])
        return now


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread: step by step is overhead, not arithmetic, and the notes must not depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
