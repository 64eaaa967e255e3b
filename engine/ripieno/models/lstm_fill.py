"""Filling the free cells of a grid with the default network, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ripieno.grid import Grid, sounding_pitches
from ripieno.models.filling import Filled, Progress
from ripieno.models.lstm import VOICES, ChoraleLSTM, Frames, decode, encode, hide
from ripieno.models.masks import Mask
from ripieno.models.sampling import (
    Limits,
    Sampling,
    check_mask,
    choose_token,
    legal_tokens,
    strict_tokens,
)
from ripieno.models.surroundings import COLUMN, survey
from ripieno.models.tonic import UNKNOWN_TONIC, class_counts, likely_tonic

REPORT_EVERY = 16  # frames


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread: step by step is overhead, not arithmetic, and the notes must not depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class ChoraleGenerator:
    """The default network as a generator (see ``filling.Generator``)."""

    voices = VOICES

    def __init__(self, model: ChoraleLSTM, *, name: str, sha256: str) -> None:
        self.model, self.name, self.sha256 = model.eval(), name, sha256
        self.lowest, self.highest = model.config.lowest, model.config.highest

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
    ) -> list[Filled]:
        """Fill every cell that is not fixed, ``candidates`` times over, each with chances of its own.

        grid: (T, 4); what stands in its free cells is not looked at. fixed: (T, 4) bool; those cells come
        back exactly as given. Pitches lie in lowest..highest.
        """
        check_mask(grid, fixed)
        # Drawn at once, candidate by candidate: the first ones do not depend on how many follow.
        shape = (candidates, grid.steps, VOICES)
        uniform = torch.rand(shape, generator=generator, dtype=torch.float64)
        with single_thread():
            run = FrameByFrame(self.model, grid, fixed, limits, candidates)
            for t in range(grid.steps):
                if t % REPORT_EVERY == 0:
                    progress(t / grid.steps)
                run.step(t, uniform[:, t], sampling)
        progress(1.0)
        cells = decode(run.tokens, self.model.config).numpy().astype(grid.cells.dtype)
        return [
            Filled(grid.with_cells(np.where(fixed, grid.cells, new)), float(likelihood))
            for new, likelihood in zip(cells, run.likelihood, strict=True)
        ]


class FrameByFrame:
    """The network's memory while it writes: B candidates side by side.

    It computes what ``ChoraleLSTM.forward`` computes, one frame at a time; a test holds the two together.
    """

    def __init__(
        self,
        model: ChoraleLSTM,
        grid: Grid,
        fixed: Mask,
        limits: Limits,
        candidates: int,
    ) -> None:
        c = model.config
        self.model, self.fixed = model, torch.from_numpy(fixed)
        cells = torch.from_numpy(grid.cells.astype(np.int64))
        sounding = torch.from_numpy(sounding_pitches(grid.cells).astype(np.int64))
        given = hide(encode(cells, sounding, c), ~self.fixed, c)
        self.given = Frames(*(x.expand(candidates, -1, -1) for x in given))
        legal = legal_tokens(fixed, limits, lowest=c.lowest, pitches=c.pitches)
        self.legal = torch.from_numpy(legal)
        around = torch.from_numpy(survey(grid))
        self.tonic = around[:, COLUMN.tonic]  # (T,) of the key signature
        self.counts = class_counts(given.pitches, c.lowest, c.pitches).sum(0).expand(candidates, -1)
        one = Frames(given.tokens.unsqueeze(0), given.pitches.unsqueeze(0))
        self.context = model.read_context(one, around.unsqueeze(0))[0]  # (T, 2C)
        self.context_in = model.context_in(self.context)
        self.candidates = candidates
        unknown = torch.full((candidates, 1, VOICES), c.pitches + 1)
        self.tokens = given.tokens.expand(candidates, -1, -1).clone()
        self.last = unknown[:, 0]  # (B, V) the pitches of the frame before
        self.embedded = model.opening(candidates, torch.device("cpu"))[:, 0]
        shape = (c.time_layers, candidates, c.time_hidden)
        self.h, self.c = torch.zeros(shape), torch.zeros(shape)
        heads = c.attention_heads * c.attention_size
        self.keys = torch.zeros(candidates, grid.steps, heads)
        self.values = torch.zeros(candidates, grid.steps, heads)
        self.likelihood = torch.zeros(candidates, dtype=torch.float64)

    def step(self, t: int, uniform: Tensor, sampling: Sampling) -> None:
        """Choose frame t. uniform: (B, V)."""
        model = self.model
        state = self.advance_time(t)
        now = Frames(self.given.tokens[:, t].clone(), self.given.pitches[:, t].clone())
        tonic = self.tonic[t].expand(self.candidates)
        if int(self.tonic[t]) == UNKNOWN_TONIC:
            tonic = likely_tonic(self.counts)
        if not bool(self.fixed[t].all()):
            self.choose_frame(t, state, now, tonic, uniform, sampling)
        chosen = class_counts(now.pitches, self.model.config.lowest, self.model.config.pitches)
        given = class_counts(self.given.pitches[:, t], self.model.config.lowest, self.model.config.pitches)
        self.counts = self.counts + chosen - given
        self.tokens[:, t] = now.tokens
        frame = Frames(now.tokens.unsqueeze(1), now.pitches.unsqueeze(1))
        self.embedded = model.embed_frames(frame, self.last.unsqueeze(1), tonic.unsqueeze(1))[:, 0]
        self.keys[:, t] = model.key(state)
        self.values[:, t] = model.value(self.embedded)
        self.last = now.pitches

    def advance_time(self, t: int) -> Tensor:
        """(B, H): the time axis after all frames before t."""
        x: Tensor = self.embedded + self.context_in[t]
        h, c = [], []
        for layer in range(self.model.config.time_layers):
            weights = [getattr(self.model.time, f"{n}_l{layer}") for n in LSTM_WEIGHTS]
            x, memory = torch.lstm_cell(x, (self.h[layer], self.c[layer]), *weights)
            h.append(x)
            c.append(memory)
        self.h, self.c = torch.stack(h), torch.stack(c)
        return x

    def choose_frame(
        self, t: int, state: Tensor, now: Frames, tonic: Tensor, uniform: Tensor, sampling: Sampling
    ) -> None:
        """Choose the free voices of frame t into ``now``, in the network's order."""
        model, c = self.model, self.model.config
        distance = torch.arange(t, 0, -1).unsqueeze(0)
        query = model.query(state).unsqueeze(1)
        attended = model.attend(query, self.keys[:, :t], self.values[:, :t], distance)[:, 0]
        context = self.context[t].expand(self.candidates, -1)
        shared = model.voice_in(torch.cat([state, attended, context], dim=-1))
        h = torch.zeros(self.candidates, c.voice_hidden)
        memory = torch.zeros_like(h)
        weights = [getattr(model.voice, f"{n}_l0") for n in LSTM_WEIGHTS]
        for voice in c.order:
            last = self.last[:, voice]
            rows = model.voice_index(voice, last, now, tonic)
            x = shared + model.voice_table(rows)
            h, memory = torch.lstm_cell(x, (h, memory), *weights)
            if bool(self.fixed[t, voice]):
                continue
            logits = model.score_tokens(h, voice, last, now.pitches, tonic)
            legal = self.legal[t, voice].expand(self.candidates, -1).clone()
            legal[:, c.pitches] &= last < c.pitches  # nothing sounds, so nothing can be held
            if sampling.strict:
                legal = strict_tokens(legal, voice, self.last, now.pitches, c.pitches)
            token = choose_token(logits, legal, uniform[:, voice], sampling)
            logp = logits.log_softmax(-1).gather(-1, token.unsqueeze(-1)).squeeze(-1)
            self.likelihood += logp
            now.tokens[:, voice] = token
            held = token == c.pitches
            pitch = torch.where(held, last, torch.where(token > c.pitches, c.pitches, token))
            now.pitches[:, voice] = pitch


LSTM_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
