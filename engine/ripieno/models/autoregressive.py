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
from ripieno.models.generator import FilledGrid, ProgressCallback, StepCallback, ignore_step, report_progress
from ripieno.models.masks import Mask
from ripieno.models.sampling import (
    Limits,
    Sampling,
    best_tokens,
    check_mask,
    draw_noise,
    draw_tokens,
    legal_tokens,
    nucleus_tokens,
    strict_rules,
)

DEAD = -1e9  # the log-likelihood of a row that beam search has not reached yet


class TokenScores(NamedTuple):
    """What a network thinks of a voice's tokens.

    logp: (B, K), given everything before. consensus: (B, K) log p by what is given alone, as if no frame had
    been chosen yet; ``None`` where nobody asked for it.
    """

    logp: Tensor
    consensus: Tensor | None = None


class StepwiseNetwork(Protocol):
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

    def score_voice(self, voice: int, now: Frames, *, free: bool) -> TokenScores | None:
        """How likely the voice's tokens are; ``None`` where it is not ``free``."""
        ...

    def close_frame(self, t: int, now: Frames) -> None:
        """Frame t is complete."""
        ...

    def select(self, rows: Tensor) -> None:
        """Go on with these rows, (B,) int64, in the places of all."""
        ...


class FrameSampler:
    """B fillings of free cells side by side.

    With a beam the rows belong to candidates, ``sampling.beam`` to each, and go on as its best hypotheses,
    best first. tokens: (B, T, V) int64, complete when every frame was taken. likelihood: (B,) float64, log p
    of the new tokens. worth: (B,) float64, the same with what the consensus adds.
    """

    def __init__(
        self,
        steps: StepwiseNetwork,
        given: Frames,
        fixed: Tensor,
        legal: Tensor,
        pitches: int,
        sampling: Sampling,
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
        self.log_likelihood = torch.zeros(rows, dtype=torch.float64)
        self.worth = self.log_likelihood.clone()
        self.every = torch.arange(rows)
        self.reordered: Tensor | None = None  # the rows that beam search went on from in this frame
        self.final = 0  # frames that a candidate's hypotheses have in common, so that they stand for good
        self.beam_score = self.log_likelihood.clone()  # what hypotheses are compared by: worth, and chance
        if sampling.beam > 1:
            self.beam_score.view(-1, sampling.beam)[:, 1:] = DEAD

    def choose_frame(self, t: int, noise: Tensor) -> None:
        """Choose frame t. noise: this frame's, as ``draw_noise`` gives them."""
        free = self.free[t]
        now = Frames(self.given.tokens[:, t].clone(), self.given.pitches[:, t].clone())
        self.steps.open_frame(t, free=any(free))
        for voice in self.steps.order:
            scored = self.steps.score_voice(voice, now, free=free[voice])
            if scored is not None:
                now = self.choose_voice(t, voice, now, scored, noise[:, voice])
        if self.reordered is not None:
            self.tokens[:, :t] = self.tokens[:, :t].index_select(0, self.reordered)
            self.reordered = None
        self.tokens[:, t] = now.tokens
        self.steps.close_frame(t, now)
        self.last = now.pitches

    def newly_final(self, frames: int) -> range:
        """The frames that have come to stand for good since it was last asked, of those chosen so far."""
        first, last = self.final, frames
        if self.sampling.beam > 1:
            new = self.tokens[:, first:frames]
            rows = new.view(-1, self.sampling.beam, *new.shape[1:])  # (C, beam, t, V)
            agreed = (rows == rows[:, :1]).all(-1).all(1).all(0)  # (t,)
            last = first + int(agreed.long().cumprod(0).sum())
        self.final = last
        return range(first, last)

    def choose_voice(self, t: int, voice: int, now: Frames, scored: TokenScores, noise: Tensor) -> Frames:
        """The frame with one more voice chosen."""
        p, logp = self.pitches, scored.logp
        scores = logp
        if scored.consensus is not None:
            scores = logp + self.sampling.consensus * scored.consensus
        last = self.last[:, voice]
        legal = self.legal[t, voice].expand(len(logp), -1).clone()
        legal[:, p] &= last < p  # nothing sounds, so nothing can be held
        if self.rules is not None:
            legal = self.rules.apply(legal, voice, self.last, now.pitches)
        if self.sampling.top_p < 1:
            legal = nucleus_tokens(scores, legal, self.sampling.top_p)
        if self.sampling.beam > 1:
            noisy = scores + noise.repeat_interleave(self.sampling.beam, 0)
            rows, token = best_tokens(noisy, legal, self.beam_score, self.sampling.beam)
            self.beam_score = self.beam_score.index_select(0, rows) + noisy[rows, token]
            if not torch.equal(rows, self.every):
                now = self.select(rows, now)
                logp, scores, last = (x.index_select(0, rows) for x in (logp, scores, last))
        else:
            token = draw_tokens(scores, legal, noise, self.sampling)
        self.log_likelihood += logp.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        self.worth += scores.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        now.tokens[:, voice] = token
        now.pitches[:, voice] = torch.where(token == p, last, token.clamp(max=p))
        return now

    def select(self, rows: Tensor, now: Frames) -> Frames:
        """Go on with these rows in the places of all; returns their present frame."""
        self.reordered = rows if self.reordered is None else self.reordered.index_select(0, rows)
        self.last = self.last.index_select(0, rows)
        self.log_likelihood = self.log_likelihood.index_select(0, rows)
        self.worth = self.worth.index_select(0, rows)
        self.steps.select(rows)
        return Frames(*(x.index_select(0, rows) for x in now))


class AutoregressiveGenerator(ABC):
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
    def start_steps(self, grid: Grid, given: Frames, fixed: Tensor, sampling: Sampling) -> StepwiseNetwork:
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
        progress: ProgressCallback = lambda _: None,
        on_step: StepCallback = ignore_step,
    ) -> list[FilledGrid]:
        """Fill every cell that is not fixed; see ``filling.Generator``."""
        check_mask(grid, fixed)
        legal = legal_tokens(fixed, limits, lowest=self.lowest, pitches=self.pitches)
        noise = draw_noise(candidates, legal.shape, sampling, generator)
        with single_thread():
            held, rows = torch.from_numpy(fixed), candidates * sampling.beam
            one = hide(encode_grid(grid, self), ~held, self)
            given = Frames(*(x.expand(rows, -1, -1) for x in one))
            steps = self.start_steps(grid, given, held, sampling)
            sampler = FrameSampler(steps, given, held, torch.from_numpy(legal), self.pitches, sampling)
            best = slice(None, None, sampling.beam)  # of each candidate, the hypothesis in front
            done = 0

            def report_steps(steps: range) -> None:
                for t in steps:
                    on_step(t, decode(sampler.tokens[best, t], self).numpy())

            for t in range(grid.steps):
                if report_progress(progress, t / grid.steps):
                    break
                sampler.choose_frame(t, noise[:, t])
                done = t + 1
                if on_step is not ignore_step:
                    report_steps(sampler.newly_final(done))
            report_progress(progress, done / max(grid.steps, 1))
            if on_step is not ignore_step:  # in the end the hypothesis in front stands
                report_steps(range(sampler.final, done))
        cells = decode(sampler.tokens[best], self).numpy().astype(grid.cells.dtype)
        cells[:, done:] = REST
        return [
            FilledGrid(
                grid.with_cells(np.where(fixed, grid.cells, new)), float(likelihood), float(worth), done
            )
            for new, likelihood, worth in zip(
                cells, sampler.log_likelihood[best], sampler.worth[best], strict=True
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
