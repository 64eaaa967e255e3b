"""Fill the free cells frame by frame and, inside a frame, voice by voice, with an autoregressive network.

Each network keeps its own memory and takes the voices in its own order (``StepwiseNetwork``). Which tokens
are legal, how one is chosen and that fixed cells stay is decided here, for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import REST, Grid, GridPlan
from ripieno.models.cross_relations import CrossRelations
from ripieno.models.frames import Frames, decode, encode_grid, hide
from ripieno.models.generator import FilledGrid, ProgressCallback, StepCallback, ignore_step, report_progress
from ripieno.models.harmony import harmony_bias
from ripieno.models.masks import Mask
from ripieno.models.plan_guide import PlanGuide
from ripieno.models.planner.planner import Planner
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

UNUSED_ROW = -1e9  # the beam score of a row that holds no hypothesis yet


class TokenScores(NamedTuple):
    """The log-probabilities of a voice's tokens.

    logp: (B, K), given everything before. consensus: (B, K) log p by the given cells alone, as if no frame
    had been chosen yet; ``None`` where the sampling does not use it.
    """

    logp: Tensor
    consensus: Tensor | None = None


class StepwiseNetwork(Protocol):
    """A network that goes through a piece frame by frame and voice by voice, with the memory of B rows.

    In every call ``now`` holds the (B, V) tokens and pitches of the current frame, unknown where not chosen
    yet.
    """

    @property
    def order(self) -> tuple[int, ...]:
        """The order in which the voices of a frame are chosen, as indices."""
        ...

    def open_frame(self, t: int, *, free: bool) -> None:
        """Begin frame t; ``free`` if any of its cells is."""
        ...

    def score_voice(self, voice: int, now: Frames, *, free: bool) -> TokenScores | None:
        """The scores of the voice's tokens; ``None`` where it is not ``free``."""
        ...

    def close_frame(self, t: int, now: Frames) -> None:
        """Read the complete frame t."""
        ...

    def reorder(self, rows: Tensor) -> None:
        """Replace each row's memory by that of the row with this index. rows: (B,) int64."""
        ...


class FrameSampler:
    """Chooses the tokens of B rows side by side.

    A row is a candidate or, in beam search, a hypothesis: ``sampling.beam`` rows to each candidate, the best
    first. tokens: (B, T, V) int64, complete when every frame is chosen. log_likelihood: (B,) float64, log p
    of the new tokens. worth: (B,) float64, the same plus the weighted consensus.
    """

    def __init__(
        self,
        steps: StepwiseNetwork,
        given: Frames,
        fixed: Tensor,
        legal: Tensor,
        pitches: int,
        sampling: Sampling,
        bias: Tensor | None = None,
        guide: PlanGuide | None = None,
        relations: CrossRelations | None = None,
    ) -> None:
        """Prepare the first frame.

        given: (B, T, V), unknown where free, the same in all rows. fixed: (T, V) bool. legal: (T, V, K) bool.
        pitches: P. bias: (T, P) nats on each pitch by a given harmony. guide: by the plans. relations: what
        false relations cost.
        """
        self.steps, self.given, self.legal = steps, given, legal
        self.pitches, self.sampling, self.bias = pitches, sampling, bias
        self.guide, self.relations = guide, relations
        self.clashes: Tensor | None = None  # (B, V, K) what false relations cost in this frame
        self.rules = strict_rules(pitches) if sampling.strict else None
        self.free: list[list[bool]] = (~fixed).tolist()  # [t][voice]
        self.tokens = given.tokens.clone()
        rows, _, voices = self.tokens.shape
        self.last = torch.full((rows, voices), pitches + 1)  # the pitches of the frame before
        self.log_likelihood = torch.zeros(rows, dtype=torch.float64)
        self.worth = self.log_likelihood.clone()
        self.all_rows = torch.arange(rows)
        self.reordered: Tensor | None = None  # the rows that beam search has kept in this frame
        self.final = 0  # frames that all hypotheses of a candidate share, so that they cannot change any more
        self.beam_score = self.log_likelihood.clone()  # compares the hypotheses: worth plus noise
        if sampling.beam > 1:
            self.beam_score.view(-1, sampling.beam)[:, 1:] = UNUSED_ROW

    def choose_frame(self, t: int, noise: Tensor) -> None:
        """Choose frame t. noise: this frame's part of ``draw_noise``."""
        free = self.free[t]
        now = Frames(self.given.tokens[:, t].clone(), self.given.pitches[:, t].clone())
        self.steps.open_frame(t, free=any(free))
        self.clashes = None if self.relations is None else self.relations.costs(t, self.last)
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
        """The frames that have become final since the last call. frames: how many are chosen so far."""
        first, last = self.final, frames
        if self.sampling.beam > 1:
            new = self.tokens[:, first:frames]
            rows = new.view(-1, self.sampling.beam, *new.shape[1:])  # (C, beam, t, V)
            agreed = (rows == rows[:, :1]).all(-1).all(1).all(0)  # (t,)
            last = first + int(agreed.long().cumprod(0).sum())
        self.final = last
        return range(first, last)

    def choose_voice(self, t: int, voice: int, now: Frames, scored: TokenScores, noise: Tensor) -> Frames:
        """Choose one more voice of frame t; returns the frame with it. scored, noise: of this voice."""
        p, logp = self.pitches, scored.logp
        scores, weight = logp, 1.0
        if scored.consensus is not None:
            scores, weight = logp + self.sampling.consensus * scored.consensus, 1 + self.sampling.consensus
        last = self.last[:, voice]
        if self.bias is not None:  # as heavy beside two opinions of the network as beside one
            scores = scores + weight * self.token_bias(self.bias, t, last)
        if self.guide is not None and self.guide.acts[t]:
            scores = scores + weight * self.guide.nats(t, voice, self.last, now)
        if self.clashes is not None:
            scores = scores - weight * self.clashes[:, voice]
        if self.relations is not None:
            scores = scores - weight * self.relations.costs_together(t, voice, self.last, now.pitches)
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
            if not torch.equal(rows, self.all_rows):
                now = self.reorder(rows, now)
                logp, scores, last = (x.index_select(0, rows) for x in (logp, scores, last))
        else:
            token = draw_tokens(scores, legal, noise, self.sampling)
        self.log_likelihood += logp.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        self.worth += scores.gather(-1, token.unsqueeze(-1)).squeeze(-1)
        now.tokens[:, voice] = token
        now.pitches[:, voice] = torch.where(token == p, last, token.clamp(max=p))
        return now

    def token_bias(self, bias: Tensor, t: int, last: Tensor) -> Tensor:
        """(B, K) nats on each token at step t by a given harmony.

        A pitch that sounds on is judged where the harmony changes, once, and a rest never. last: (B,) pitches
        of the step before.
        """
        of_pitches = bias[t].expand(len(last), -1)
        held = torch.zeros(len(last), 1)
        if t == 0 or not torch.equal(bias[t], bias[t - 1]):
            held = of_pitches.gather(-1, last.clamp(max=self.pitches - 1).unsqueeze(-1))
        return torch.cat([of_pitches, held, torch.zeros(len(last), 1)], dim=-1)

    def reorder(self, rows: Tensor, now: Frames) -> Frames:
        """Replace each row by the row with this index; returns the current frame of these rows."""
        self.reordered = rows if self.reordered is None else self.reordered.index_select(0, rows)
        self.last = self.last.index_select(0, rows)
        if self.clashes is not None:
            self.clashes = self.clashes.index_select(0, rows)
        self.log_likelihood = self.log_likelihood.index_select(0, rows)
        self.worth = self.worth.index_select(0, rows)
        self.steps.reorder(rows)
        return Frames(*(x.index_select(0, rows) for x in now))


class AutoregressiveGenerator(ABC):
    """A generator that chooses frame by frame; a subclass adds ``start_steps``.

    See ``ripieno.models.generator.Generator``. reads_plan: whether the network reads a harmonic plan.
    """

    name: str
    sha256: str
    voices: int
    lowest: int
    highest: int
    reads_plan = False
    planner: Planner | None = None

    @property
    def pitches(self) -> int:
        """P, the number of pitches."""
        return self.highest - self.lowest + 1

    @abstractmethod
    def start_steps(
        self, grid: Grid, given: Frames, fixed: Tensor, sampling: Sampling, plans: Sequence[GridPlan]
    ) -> StepwiseNetwork:
        """The network before the first frame.

        given: (B, T, V), unknown where free, the same in all rows. fixed: (T, V) bool. plans: of each
        candidate (``sampling.beam`` rows), or none.
        """

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
        plans: Sequence[GridPlan] = (),
        progress: ProgressCallback = lambda _: None,
        on_step: StepCallback = ignore_step,
    ) -> list[FilledGrid]:
        """Fill every cell that is not fixed; see ``Generator.fill``."""
        check_mask(grid, fixed)
        legal = legal_tokens(fixed, limits, lowest=self.lowest, pitches=self.pitches)
        noise = draw_noise(candidates, legal.shape, sampling, generator)
        with single_thread():
            held, rows = torch.from_numpy(fixed), candidates * sampling.beam
            one = hide(encode_grid(grid, self), ~held, self)
            given = Frames(*(x.expand(rows, -1, -1) for x in one))
            plans = plans or ([grid.plan] * candidates if grid.plan is not None else [])
            steps = self.start_steps(grid, given, held, sampling, plans)
            sampler = FrameSampler(
                steps,
                given,
                held,
                torch.from_numpy(legal),
                self.pitches,
                sampling,
                self.own_pitches(harmony_bias(grid)),
                self.guide(grid, plans, sampling.beam),
                CrossRelations(grid.tonic, self.lowest, self.pitches) if sampling.strict else None,
            )
            best = slice(None, None, sampling.beam)  # each candidate's best hypothesis
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
            if on_step is not ignore_step:  # at the end the best hypothesis is final
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

    def guide(self, grid: Grid, plans: Sequence[GridPlan], beam: int) -> PlanGuide | None:
        """What the plans add to the tokens, if there are any."""
        if not plans:
            return None
        return PlanGuide(grid, plans, beam, self.lowest, self.pitches, is_read=self.reads_plan)

    def own_pitches(self, bias: NDArray[np.float32] | None) -> Tensor | None:
        """(..., P) the part of a bias, (..., 128), that lies in the network's compass."""
        return None if bias is None else torch.from_numpy(bias[..., self.lowest : self.highest + 1])


@contextmanager
def single_thread() -> Iterator[None]:
    """Use one torch thread: small steps gain nothing from more, and the notes must not depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
