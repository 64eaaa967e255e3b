"""The default network frame by frame: the same computation as ``ChoraleLSTM.forward``, with a memory.

What depends on the given cells alone is computed for the whole piece before the first frame; what depends on
pitches and intervals is looked up (``step_tables``). A test compares both computations.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from ripieno.models.autoregressive import TokenScores
from ripieno.models.frames import Frame, Frames
from ripieno.models.lstm.context_features import COLUMN
from ripieno.models.lstm.network import NO_TONIC, PAIRS, VOICES, ChoraleLSTM
from ripieno.models.lstm.products import Floats, advance
from ripieno.models.lstm.step_tables import Indices, PlanRows, StepTables
from ripieno.models.lstm.time_axis import TimeAxis
from ripieno.models.masks import Mask
from ripieno.models.sampling import other_voices
from ripieno.models.tonic import class_counts, likely_tonic

ALL = np.arange(VOICES)
UPPER, LOWER = (np.array(voices) for voices in zip(*PAIRS, strict=True))


class StepwiseLSTM:
    """The default network as a ``StepwiseNetwork``.

    With the consensus, R = 2 B rows go along the voice axis: the B rows, then the same rows as if no frame
    had been chosen before; else R = B.
    """

    def __init__(
        self,
        model: ChoraleLSTM,
        tables: StepTables,
        given: Frames,
        fixed: Mask,
        features: Tensor,
        rows: int,
        *,
        consensus: bool = False,
    ) -> None:
        """Read the given cells.

        given: (1, T, V), unknown where free. fixed: (T, V). features: (C, T, 14) int64, as from
        ``step_features``, of C candidates that differ in their plans, with as many rows each. rows: B.
        consensus: whether to compute it.
        """
        c = model.config
        self.config, self.tables, self.order = c, tables, c.order
        self.fixed, self.consensus = fixed, consensus
        self.candidate = np.arange(len(features)).repeat(rows // len(features))  # (B,) of each row
        self.candidates = np.tile(self.candidate, 1 + consensus)  # (R,)
        read = Frames(*(x.expand(len(features), -1, -1) for x in given))
        context = model.read_context(read, features)
        self.time = TimeAxis(model, tables, context, self.candidate)
        self.plan = PlanRows(model, tables, features) if c.reads_plan else None
        if consensus:  # the voices' input as if no frame had been chosen before
            shared, last, tonic = model.voice_inputs(context, read, read, features)
            self.apart_gates = tables.voice_in.apply(shared.numpy())  # (C, T, 4 H)
            self.apart_last, self.apart_tonic = last.numpy(), tonic.numpy()
        self.tonics: list[int] = features[0, :, COLUMN.tonic].tolist()
        self.finds_tonic = NO_TONIC in self.tonics
        self.given_counts = class_counts(given.pitches, c.lowest, c.pitches)[0]  # (T, 12)
        self.counts = self.given_counts.sum(0).repeat(rows, 1)  # (B, 12), of given and chosen cells
        self.last = np.full((rows, VOICES), c.pitches + 1)
        self.reordered: Indices | None = None  # the rows that beam search has kept in this frame
        # Of the frame that is open:
        self.tonic: Indices = np.zeros(rows, dtype=np.int64)
        self.last_heard = self.last  # (R, V)
        self.token_rows = self.last  # (R, V) what to add to a token, to find its kind
        self.heard_rows = self.last  # (R, V, n) rows of ``StepTables.voice_table``
        self.origins = self.last  # (R, N) rows of ``StepTables.columns``
        self.voice_gates: Floats | None = None  # (R, 4 H); None in a frame without a free cell
        self.remembered: Floats | None = None  # (R, 4 H) of the voice before; None for the first
        self.voice_memory = np.zeros(0, dtype=np.float32)  # (R, H)
        self.row_index = np.arange(len(self.candidates))[:, None, None]

    def open_frame(self, t: int, *, free: bool) -> None:
        """Advance the time axis to frame t."""
        self.tonic = np.full(len(self.last), self.tonics[t])
        if self.tonics[t] == NO_TONIC:
            self.tonic = likely_tonic(self.counts).numpy()
        self.voice_gates = None
        shared = self.time.open_frame(t, free=free)
        if shared is not None:
            self.open_voices(t, shared)

    def open_voices(self, t: int, shared: Floats) -> None:
        """Begin the voice axis of frame t. shared: (B, H) the input of all voices."""
        tables, plan = self.tables, self.plan
        self.voice_gates = tables.voice_in.apply(shared)
        self.last_heard, tonic = self.last, self.tonic
        if self.consensus:
            place = (self.candidate, t)
            self.voice_gates = np.concatenate([self.voice_gates, self.apart_gates[place]])
            self.last_heard = np.concatenate([self.last, self.apart_last[place]])
            tonic = np.concatenate([self.tonic, self.apart_tonic[place]])
        count = len(tonic)
        self.token_rows = np.zeros((count, VOICES), dtype=np.int64)
        # For the consensus free cells count as if struck, as it was trained.
        self.token_rows[len(self.last) :] = np.where(self.fixed[t], 0, tables.struck_row)
        self.heard_rows = np.empty((count, VOICES, VOICES + (0 if plan is None else 2)), dtype=np.int64)
        self.heard_rows[:, :, 0] = tables.last_row + self.last_heard * (NO_TONIC + 1) + tonic[:, None]
        self.origins = np.empty((count, VOICES + (1 if plan is None else 2)), dtype=np.int64)
        self.origins[:, VOICES] = tonic + tables.degree_row
        if plan is not None:
            place = (self.candidates, t)
            self.heard_rows[:, :, VOICES] = plan.tones[self.candidates[:, None], t, ALL, self.last_heard]
            self.heard_rows[:, :, VOICES + 1] = plan.shapes[place]
            self.origins[:, VOICES + 1] = plan.roots[place] + (tables.degree_row + NO_TONIC + 1)
        self.remembered = None
        self.voice_memory = np.zeros((count, self.config.voice_hidden), dtype=np.float32)

    def score_voice(self, voice: int, now: Frame, *, free: bool) -> TokenScores | None:
        """Advance the voice axis to this voice, and score its tokens if it is free."""
        if self.voice_gates is None:
            return None
        tables, others = self.tables, other_voices(voice, VOICES)
        last = self.last_heard[:, voice, None]
        pitches = self.heard(now.pitches).take(others, axis=1)  # (R, V - 1)
        kinds = tables.kinds.take((self.heard(now.tokens) + self.token_rows).take(others, axis=1))
        rows = self.heard_rows[:, voice]
        rows[:, 1:VOICES] = tables.spacing[pitches, last] + kinds
        rows[:, 1:VOICES] += tables.other_row[voice]
        gates = add_rows(tables.voice_table, rows)
        gates += self.voice_gates
        if self.remembered is not None:
            gates += self.remembered
        out, self.voice_memory = advance(gates, self.voice_memory)
        if not free:
            self.remembered = tables.to_next.apply(out)
            return None
        is_last = voice == self.order[-1]
        found = (tables.to_scores if is_last else tables.to_scores_and_next).apply(out)
        self.remembered = found[:, tables.head_size :]
        self.origins[:, 0] = last[:, 0]
        self.origins[:, 1:VOICES] = pitches + tables.origin_row[others]
        return self.token_scores(voice, self.logits(found))

    def heard(self, x: Indices) -> Indices:
        """(R, V) of (B, V)."""
        return np.concatenate([x, x]) if self.consensus else x

    def logits(self, found: Floats) -> Floats:
        """Logits (R, K) of a voice's tokens; see ``ChoraleLSTM.score_tokens``.

        found: (R, n) the scores by the head, and whatever else behind them.
        """
        c = self.config
        columns = self.tables.columns.take(self.origins, axis=0)  # (R, N, P)
        columns += self.row_index * found.shape[1]
        logits = found[:, : c.tokens].copy()
        logits[:, : c.pitches] += found.ravel().take(columns).sum(1)
        return logits

    def token_scores(self, voice: int, logits: Floats) -> TokenScores:
        """The scores of logits, (R, K); overwritten."""
        p, rows = self.config.pitches, len(self.last)
        logits[rows:, p] = -np.inf  # the consensus is of what sounds: a hold counts as its pitch
        logp: Floats = torch.from_numpy(logits).log_softmax(-1).numpy()
        if not self.consensus:
            return TokenScores(logp)
        own, apart = logp[:rows], logp[rows:]
        before = self.last[:, voice]
        apart[:, p] = apart[np.arange(rows), np.where(before < p, before, p + 1)]
        return TokenScores(own, apart)

    def close_frame(self, t: int, now: Frame) -> None:
        """Add the complete frame to the past."""
        c, tables = self.config, self.tables
        if self.reordered is not None:
            self.time.reorder(t, self.reordered)
            self.tonic = self.tonic[self.reordered]
            self.counts = self.counts[torch.from_numpy(self.reordered)]
            self.reordered = None
        pitches = now.pitches
        # A voice that is not struck has no motion, just as one that comes from "unknown".
        before = np.where(now.tokens < c.pitches, self.last, c.pitches + 1)
        index = np.concatenate(
            [
                now.tokens,
                pitches,
                tables.pitch_class[pitches],
                tables.degree[pitches, self.tonic[:, None]],
                tables.frame_spacing[pitches[:, UPPER], pitches[:, LOWER]],
                tables.motion[pitches, before],
            ],
            axis=1,
        )
        self.time.close_frame(t, add_rows(tables.frame_table, index + tables.frame_offsets))
        if self.finds_tonic:
            counts = class_counts(torch.from_numpy(pitches), c.lowest, c.pitches)
            self.counts = self.counts + counts - self.given_counts[t]
        self.last = pitches

    def reorder(self, rows: Indices) -> None:
        """Reorder the memory of the voice axis; that of the time axis follows in ``close_frame``."""
        self.reordered = rows if self.reordered is None else self.reordered[rows]
        assert self.voice_gates is not None, "nothing is chosen in a frame without a free cell"
        assert self.remembered is not None
        self.last = self.last[rows]
        every = np.concatenate([rows, rows + len(rows)]) if self.consensus else rows
        self.voice_gates, self.remembered = self.voice_gates[every], self.remembered[every]
        self.voice_memory, self.last_heard = self.voice_memory[every], self.last_heard[every]
        self.heard_rows, self.origins = self.heard_rows[every], self.origins[every]


@cache
def row_starts(rows: int, each: int) -> Tensor:
    """(rows,) where the indices of each row begin, ``each`` of them a row."""
    return torch.arange(0, rows * each, each)


def add_rows(table: Tensor, rows: Indices) -> Floats:
    """(R, H) the sums of some rows of a table, (N, H). rows: (R, n)."""
    starts = row_starts(*rows.shape)
    found: Floats = torch.embedding_bag(table, torch.from_numpy(rows.ravel()), starts)[0].numpy()
    return found
