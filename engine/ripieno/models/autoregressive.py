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

from ripieno.grid import REST, Grid, GridPlan
from ripieno.models.chord_law import ChordLaw
from ripieno.models.cross_relations import CrossRelations
from ripieno.models.easy_parts import EasyGuide
from ripieno.models.frames import Frame, Frames, decode, encode_grid, hide
from ripieno.models.generator import FilledGrid, ProgressCallback, StepCallback, ignore_step, report_progress
from ripieno.models.harmony import HarmonyGuide, harmony_bias
from ripieno.models.masks import Mask
from ripieno.models.plan_guide import PlanGuide
from ripieno.models.planner.planner import Planner
from ripieno.models.sampling import (
    ComfortGuide,
    Limits,
    Sampling,
    TokenGuide,
    best_tokens,
    check_mask,
    draw_noise,
    draw_tokens,
    legal_tokens,
    nucleus_tokens,
    strict_rules,
    within_span,
)

UNUSED_ROW = -1e9  # the beam score of a row that holds no hypothesis yet


class TokenScores(NamedTuple):
    """The log-probabilities of a voice's tokens.

    logp: (B, K), given everything before. consensus: (B, K) log p by the given cells alone, as if no frame
    had been chosen yet; ``None`` where the sampling does not use it.
    """

    logp: NDArray[np.float32]
    consensus: NDArray[np.float32] | None = None


class StepwiseNetwork(Protocol):
    """A network that goes through a piece frame by frame and voice by voice, with the memory of B rows.

    In every call ``now`` holds the tokens and pitches of the current frame, unknown where not chosen yet.
    """

    @property
    def order(self) -> tuple[int, ...]:
        """The order in which the voices of a frame are chosen, as indices."""
        ...

    def open_frame(self, t: int, *, free: bool) -> None:
        """Begin frame t; ``free`` if any of its cells is."""
        ...

    def score_voice(self, voice: int, now: Frame, *, free: bool) -> TokenScores | None:
        """The scores of the voice's tokens; ``None`` where it is not ``free``."""
        ...

    def close_frame(self, t: int, now: Frame) -> None:
        """Read the complete frame t."""
        ...

    def reorder(self, rows: NDArray[np.int64]) -> None:
        """Replace each row's memory by that of the row with this index. rows: (B,)."""
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
        given: Frame,
        legal: NDArray[np.bool_],
        rows: int,
        sampling: Sampling,
        guides: Sequence[TokenGuide] = (),
        law: ChordLaw | None = None,
        span: int | None = None,
        *,
        easy: EasyGuide | None = None,
    ) -> None:
        """Prepare the first frame.

        given: (T, V), unknown where free. legal: (T, V, K). rows: B. guides: what is added to the scores.
        law: the chords that are asked for. span: see ``Limits``.
        easy: what keeps to easy parts.
        """
        self.steps, self.legal, self.sampling, self.guides = steps, legal, sampling, guides
        self.given = Frame(*(x[:, None].repeat(rows, 1) for x in given))  # (T, B, V)
        self.pitches = p = legal.shape[-1] - 2
        self.rules = strict_rules(p) if sampling.strict else None
        self.law, self.span, self.easy = law, span, easy
        self.free: list[list[bool]] = (given.tokens == p + 2).tolist()  # [t][voice]
        self.tokens = self.given.tokens.swapaxes(0, 1).copy()
        self.last = np.full((rows, given.tokens.shape[1]), p + 1)  # the pitches of the frame before
        self.log_likelihood = np.zeros(rows)
        self.worth = np.zeros(rows)
        self.all_rows = np.arange(rows)
        self.reordered: NDArray[np.int64] | None = None  # the rows that beam search has kept in this frame
        self.final = 0  # frames that all hypotheses of a candidate share, so that they cannot change any more
        self.beam_score = np.zeros(rows)  # compares the hypotheses: worth plus noise
        if sampling.beam > 1:
            self.beam_score.reshape(-1, sampling.beam)[:, 1:] = UNUSED_ROW

    def choose_frame(self, t: int, noise: NDArray[np.floating]) -> None:
        """Choose frame t. noise: this frame's part of ``draw_noise``."""
        free = self.free[t]
        now = Frame(*(x[t].copy() for x in self.given))
        self.steps.open_frame(t, free=any(free))
        for voice in self.steps.order:
            scored = self.steps.score_voice(voice, now, free=free[voice])
            if scored is not None:
                now = self.choose_voice(t, voice, now, scored, noise[:, voice])
        if self.reordered is not None:
            self.tokens[:, :t] = self.tokens[self.reordered, :t]
            self.reordered = None
        self.tokens[:, t] = now.tokens
        self.steps.close_frame(t, now)
        self.last = now.pitches

    def newly_final(self, frames: int) -> range:
        """The frames that have become final since the last call. frames: how many are chosen so far."""
        first, last = self.final, frames
        if self.sampling.beam > 1:
            new = self.tokens[:, first:frames]
            rows = new.reshape(-1, self.sampling.beam, *new.shape[1:])  # (C, beam, t, V)
            agreed = (rows == rows[:, :1]).all((0, 1, 3))  # (t,)
            last = first + int(np.logical_and.accumulate(agreed).sum())
        self.final = last
        return range(first, last)

    def choose_voice(
        self, t: int, voice: int, now: Frame, scored: TokenScores, noise: NDArray[np.floating]
    ) -> Frame:
        """Choose one more voice of frame t; returns the frame with it. scored, noise: of this voice."""
        p, logp, rows = self.pitches, scored.logp, self.all_rows
        scores = self.guided_scores(t, voice, now, scored)
        legal = self.allowed_tokens(t, voice, now, scores)
        if self.sampling.beam > 1:
            noisy = scores + noise.repeat(self.sampling.beam, 0)
            rows, token = best_tokens(noisy, legal, self.beam_score, self.sampling.beam)
            self.beam_score = self.beam_score[rows] + noisy[rows, token]
            if (rows != self.all_rows).any():
                now = self.reorder(rows, now)
        else:
            token = draw_tokens(scores, legal, noise, self.sampling)
        self.log_likelihood += logp[rows, token]
        self.worth += scores[rows, token]
        now.tokens[:, voice] = token
        now.pitches[:, voice] = np.where(token == p, self.last[:, voice], np.minimum(token, p))
        return now

    def guided_scores(self, t: int, voice: int, now: Frame, scored: TokenScores) -> NDArray[np.float32]:
        """(B, K) the scores of a voice's tokens: log p, the consensus, and what the guides add.

        A guide is as heavy beside two opinions of the network as beside one.
        """
        scores, weight = scored.logp, 1.0
        if scored.consensus is not None:
            scores, weight = scores + self.sampling.consensus * scored.consensus, 1 + self.sampling.consensus
        for guide in self.guides:
            nats = guide.nats(t, voice, self.last, now)
            if nats is not None:
                scores = scores + weight * nats
        return scores

    def allowed_tokens(
        self, t: int, voice: int, now: Frame, scores: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """(B, K) the tokens that a voice may take at step t."""
        legal = self.legal[t, voice][None].repeat(len(scores), 0)
        legal[:, self.pitches] &= self.last[:, voice] < self.pitches  # nothing sounds: nothing can be held
        if self.law is not None:
            legal = self.law.essential(legal, t, voice, self.last, now.pitches)
        if self.span is not None:
            legal = within_span(legal, voice, self.last, now.pitches, self.span)
        if self.easy is not None:
            legal = self.easy.allowed(legal, t, voice, self.last)
        if self.rules is not None:
            legal = self.rules.apply(legal, voice, self.last, now.pitches)
        if self.law is not None:
            legal = self.law.complete(legal, t, voice, self.last, now.pitches)
        return nucleus_tokens(scores, legal, self.sampling.top_p) if self.sampling.top_p < 1 else legal

    def reorder(self, rows: NDArray[np.int64], now: Frame) -> Frame:
        """Replace each row by the row with this index; returns the current frame of these rows."""
        self.reordered = rows if self.reordered is None else self.reordered[rows]
        self.last = self.last[rows]
        self.log_likelihood, self.worth = self.log_likelihood[rows], self.worth[rows]
        self.steps.reorder(rows)
        return now.rows(rows)


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
        self, grid: Grid, given: Frames, fixed: Mask, rows: int, sampling: Sampling, plans: Sequence[GridPlan]
    ) -> StepwiseNetwork:
        """The network before the first frame.

        given: (1, T, V), unknown where free. fixed: (T, V). rows: B. plans: of each candidate
        (``sampling.beam`` rows), or none.
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
            rows = candidates * sampling.beam
            given = hide(encode_grid(grid, self), torch.from_numpy(~fixed), self)
            plans = plans or ([grid.plan] * candidates if grid.plan is not None else [])
            steps = self.start_steps(grid, given, fixed, rows, sampling, plans)
            known = Frame(*(x[0].numpy() for x in given))
            guides = list(self.guides(grid, fixed, plans, sampling))
            if limits.comfortable:
                guides.append(ComfortGuide(limits, self.lowest, self.pitches))
            easy = EasyGuide(grid, fixed, self.lowest, self.pitches) if limits.easy else None
            if easy is not None:
                guides.append(easy)
            lows = [low for low, _ in limits.ranges]
            law = ChordLaw(grid.asked, self.lowest, self.pitches, lows) if grid.asked else None
            sampler = FrameSampler(steps, known, legal, rows, sampling, guides, law, limits.span, easy=easy)
            best = slice(None, None, sampling.beam)  # each candidate's best hypothesis
            done = 0

            def report_steps(steps: range) -> None:
                for t in steps:
                    on_step(t, decode(sampler.tokens[best, t], self))

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
        cells = decode(sampler.tokens[best], self)
        cells[:, done:] = REST
        return [
            FilledGrid(
                grid.with_cells(np.where(fixed, grid.cells, new)), float(likelihood), float(worth), done
            )
            for new, likelihood, worth in zip(
                cells, sampler.log_likelihood[best], sampler.worth[best], strict=True
            )
        ]

    def guides(
        self, grid: Grid, fixed: Mask, plans: Sequence[GridPlan], sampling: Sampling
    ) -> Iterator[TokenGuide]:
        """What is added to the scores of tokens: by a given harmony, by plans, and for false relations."""
        bias = harmony_bias(grid)
        if bias is not None:
            yield HarmonyGuide(bias[:, self.lowest : self.highest + 1])
        if plans:
            compass = (self.lowest, self.pitches)
            yield PlanGuide(grid, plans, sampling.beam, *compass, given=fixed, is_read=self.reads_plan)
        if sampling.strict:
            yield CrossRelations(grid.tonic, self.lowest, self.pitches)


@contextmanager
def single_thread() -> Iterator[None]:
    """Use one torch thread: small steps gain nothing from more, and the notes must not depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
