"""Filling free cells frame by frame and, inside a frame, voice by voice, for every network that works so.

The networks differ in what they remember and in which order they take the voices; what may be chosen, how it
is chosen and that fixed cells stay is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from ripieno.grid import REST, Grid
from ripieno.models.frames import Frames, decode, encode_grid, hide
from ripieno.models.generator import Filled, Heard, Progress, enough, unheard
from ripieno.models.masks import Mask
from ripieno.models.sampling import (
    Limits,
    Sampling,
    best_tokens,
    check_mask,
    draw_chances,
    draw_tokens,
    legal_tokens,
    likeliest,
    strict_rules,
)

DEAD = -1e9  # the log-likelihood of a row that beam search has not reached yet


class ScoredToken(NamedTuple):
    """What a network thinks of a voice's tokens.

    logp: (B, K), given everything before. consensus: (B, K) log p by what is given alone, as if no frame had
    been chosen yet; ``None`` where nobody asked for it.
    """

    logp: Tensor
    consensus: Tensor | None = None


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

    def weigh(self, voice: int, now: Frames, *, free: bool) -> ScoredToken | None:
        """How likely the voice's tokens are; ``None`` where it is not ``free``."""
        ...

    def close_frame(self, t: int, now: Frames) -> None:
        """Frame t is complete."""
        ...

    def select(self, rows: Tensor) -> None:
        """Go on with these rows, (B,) int64, in the places of all."""
        ...


class Filling:
    """B fillings of free cells side by side.

    With a beam the rows belong to candidates, ``sampling.beam`` to each, and go on as its best hypotheses,
    best first. tokens: (B, T, V) int64, complete when every frame was taken. likelihood: (B,) float64, log p
    of the new tokens. worth: (B,) float64, the same with what the consensus adds.
    """

    def __init__(
        self, steps: Steps, given: Frames, fixed: Tensor, legal: Tensor, pitches: int, sampling: Sampling
    ) -> None:
        """Prepare.

        given: (B, T, V), unknown where free, alike in all rows. fixed: (T, V) bool. legal: (T, V, K) bool.
        pitches: P.
        """
        self.steps, self.given, self.legal = steps, given, legal
        self.pitches, self.sampling = pitches, sampling
        self.rules = strict_rules(pitches) if sampling.strict else None
        self.free: list[list[bool]] = (~fixed).tolist()  # [t][voice]
        self.tokens = given.tokens.clone()
        rows, _, voices = self.tokens.shape
        self.last = torch.full((rows, voices), pitches + 1)  # what sounded in the frame before
        self.likelihood = torch.zeros(rows, dtype=torch.float64)
        self.worth = self.likelihood.clone()
        self.every = torch.arange(rows)
        self.moved: Tensor | None = None  # the rows that beam search went on from in this frame
        self.settled = 0  # frames that a candidate's hypotheses have in common, so that they stand for good
        self.merit = self.likelihood.clone()  # what hypotheses are compared by: worth, and chance
        if sampling.beam > 1:
            self.merit.view(-1, sampling.beam)[:, 1:] = DEAD

    def frame(self, t: int, chances: Tensor) -> None:
        """Choose frame t. chances: this frame's, as ``draw_chances`` gives them."""
        free = self.free[t]
        now = Frames(self.given.tokens[:, t].clone(), self.given.pitches[:, t].clone())
        self.steps.open_frame(t, free=any(free))
        for voice in self.steps.order:
            weighed = self.steps.weigh(voice, now, free=free[voice])
            if weighed is not None:
                now = self.choose(t, voice, now, weighed, chances[:, voice])
        if self.moved is not None:
            self.tokens[:, :t] = self.tokens[:, :t].index_select(0, self.moved)
            self.moved = None
        self.tokens[:, t] = now.tokens
        self.steps.close_frame(t, now)
        self.last = now.pitches

    def newly_settled(self, frames: int) -> range:
        """The frames that have come to stand for good since it was last asked, of those chosen so far."""
        first, last = self.settled, frames
        if self.sampling.beam > 1:
            new = self.tokens[:, first:frames]
            rows = new.view(-1, self.sampling.beam, *new.shape[1:])  # (C, beam, t, V)
            agreed = (rows == rows[:, :1]).all(-1).all(1).all(0)  # (t,)
            last = first + int(agreed.long().cumprod(0).sum())
        self.settled = last
        return range(first, last)

    def choose(self, t: int, voice: int, now: Frames, weighed: ScoredToken, chances: Tensor) -> Frames:
        """The frame with one more voice chosen."""
        p, logp = self.pitches, weighed.logp
        scores = logp
        if weighed.consensus is not None:
            scores = logp + self.sampling.consensus * weighed.consensus
        last = self.last[:, voice]
        legal = self.legal[t, voice].expand(len(logp), -1).clone()
        legal[:, p] &= last < p  # nothing sounds, so nothing can be held
        if self.rules is not None:
            legal = self.rules.apply(legal, voice, self.last, now.pitches)
        if self.sampling.top_p < 1:
            legal = likeliest(scores, legal, self.sampling.top_p)
        if self.sampling.beam > 1:
            shaken = scores + chances.repeat_interleave(self.sampling.beam, 0)
            rows, token = best_tokens(shaken, legal, self.merit, self.sampling.beam)
            self.merit = self.merit.index_select(0, rows) + shaken[rows, token]
            if not torch.equal(rows, self.every):
                now = self.select(rows, now)
                logp, scores, last = (x.index_select(0, rows) for x in (logp, scores, last))
        else:
            token = draw_tokens(scores, legal, chances, self.sampling)
        self.likelihood += logp.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        self.worth += scores.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        now.tokens[:, voice] = token
        now.pitches[:, voice] = torch.where(token == p, last, token.clamp(max=p))
        return now

    def select(self, rows: Tensor, now: Frames) -> Frames:
        """Go on with these rows in the places of all; returns their present frame."""
        self.moved = rows if self.moved is None else self.moved.index_select(0, rows)
        self.last = self.last.index_select(0, rows)
        self.likelihood = self.likelihood.index_select(0, rows)
        self.worth = self.worth.index_select(0, rows)
        self.steps.select(rows)
        return Frames(*(x.index_select(0, rows) for x in now))


class FrameByFrameGenerator(ABC):
    """What the generators share that go frame by frame (see ``filling.Generator``); each adds ``begin``."""

    name: str
    sha256: str
    voices: int
    lowest: int
    highest: int

    @property
    def pitches(self) -> int:
        """P, the number of pitches."""
        return self.highest - self.lowest + 1

    @abstractmethod
    def begin(self, grid: Grid, given: Frames, fixed: Tensor, sampling: Sampling) -> Steps:
        """The network before the first frame. given: (B, T, V), alike in all rows. fixed: (T, V) bool."""

    @torch.inference_mode()
    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        progress: Progress = lambda _: None,
        heard: Heard = unheard,
    ) -> list[Filled]:
        """Fill every cell that is not fixed; see ``filling.Generator``."""
        check_mask(grid, fixed)
        legal = legal_tokens(fixed, limits, lowest=self.lowest, pitches=self.pitches)
        chances = draw_chances(candidates, legal.shape, sampling, generator)
        with single_thread():
            held, rows = torch.from_numpy(fixed), candidates * sampling.beam
            one = hide(encode_grid(grid, self), ~held, self)
            given = Frames(*(x.expand(rows, -1, -1) for x in one))
            steps = self.begin(grid, given, held, sampling)
            filling = Filling(steps, given, held, torch.from_numpy(legal), self.pitches, sampling)
            best = slice(None, None, sampling.beam)  # of each candidate, the hypothesis in front
            done = 0

            def tell(steps: range) -> None:
                for t in steps:
                    heard(t, decode(filling.tokens[best, t], self).numpy())

            for t in range(grid.steps):
                if enough(progress, t / grid.steps):
                    break
                filling.frame(t, chances[:, t])
                done = t + 1
                if heard is not unheard:
                    tell(filling.newly_settled(done))
            enough(progress, done / max(grid.steps, 1))
            if heard is not unheard:  # in the end the hypothesis in front stands
                tell(range(filling.settled, done))
        cells = decode(filling.tokens[best], self).numpy().astype(grid.cells.dtype)
        cells[:, done:] = REST
        return [
            Filled(grid.with_cells(np.where(fixed, grid.cells, new)), float(likelihood), float(worth), done)
            for new, likelihood, worth in zip(
                cells, filling.likelihood[best], filling.worth[best], strict=True
            )
        ]


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread: step by step is overhead, not arithmetic, and the notes must not depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
