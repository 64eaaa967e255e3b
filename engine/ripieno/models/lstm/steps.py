"""The default network frame by frame: the same computation as ``ChoraleLSTM.forward``, with a memory.

What depends on the given cells alone is computed for the whole piece before the first frame; what depends on
pitches and intervals is looked up (``step_tables``). A test compares both computations.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ripieno.models.autoregressive import TokenScores
from ripieno.models.frames import Frame, Frames
from ripieno.models.lstm.context_features import COLUMN
from ripieno.models.lstm.network import NO_TONIC, PAIRS, VOICES, ChoraleLSTM
from ripieno.models.lstm.products import Floats, advance
from ripieno.models.lstm.step_tables import KINDS, Indices, PlanRows, StepTables
from ripieno.models.lstm.time_axis import TimeAxis
from ripieno.models.masks import Mask
from ripieno.models.sampling import other_voices
from ripieno.models.tonic import class_counts, likely_tonic

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
        self.t = 0
        self.tonic: Indices = np.zeros(rows, dtype=np.int64)
        self.last_heard, self.tonic_heard, self.degree_rows = self.last, self.tonic, self.tonic
        self.voice_gates: Floats | None = None  # None in a frame without a free cell
        self.voice_out: Floats | None = None  # None before the first voice
        self.voice_memory = np.zeros(0, dtype=np.float32)
        self.row_starts = np.arange(len(self.candidates))[:, None, None] * len(tables.head.bias)

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
        tables = self.tables
        self.t = t
        self.voice_gates = tables.voice_in.apply(shared)
        self.last_heard, self.tonic_heard = self.last, self.tonic
        if self.consensus:
            place = (self.candidate, t)
            self.voice_gates = np.concatenate([self.voice_gates, self.apart_gates[place]])
            self.last_heard = np.concatenate([self.last, self.apart_last[place]])
            self.tonic_heard = np.concatenate([self.tonic, self.apart_tonic[place]])
        self.degree_rows = self.tonic_heard[:, None] + tables.degree_row
        if self.plan is not None:
            roots = self.plan.roots[self.candidates, t] + tables.degree_row + NO_TONIC + 1
            self.degree_rows = np.stack([self.degree_rows[:, 0], roots], axis=1)
        self.voice_out = None
        self.voice_memory = np.zeros((len(self.voice_gates), self.config.voice_hidden), dtype=np.float32)

    def score_voice(self, voice: int, now: Frame, *, free: bool) -> TokenScores | None:
        """Advance the voice axis to this voice, and score its tokens if it is free."""
        if self.voice_gates is None:
            return None
        others = other_voices(voice, VOICES)
        last, pitches = self.last_heard[:, voice], self.heard(now.pitches)
        gates = self.voice_gates + self.hear(voice, last, pitches[:, others], self.kinds(now)[:, others])
        if self.voice_out is not None:
            gates += self.tables.voice_memory.apply(self.voice_out)
        self.voice_out, self.voice_memory = advance(gates, self.voice_memory)
        if not free:
            return None
        logits = self.voice_logits(last, others, pitches)
        p, rows = self.config.pitches, len(self.last)
        logits[rows:, p] = -np.inf  # the consensus is of what sounds: a hold counts as its pitch
        logp: Floats = torch.from_numpy(logits).log_softmax(-1).numpy()
        if not self.consensus:
            return TokenScores(logp)
        own, apart = logp[:rows], logp[rows:]
        before = self.last[:, voice]
        apart[:, p] = apart[np.arange(rows), np.where(before < p, before, p + 1)]
        return TokenScores(own, apart)

    def heard(self, x: Indices) -> Indices:
        """(R, V) of (B, V)."""
        return np.concatenate([x, x]) if self.consensus else x

    def kinds(self, now: Frame) -> Indices:
        """(R, V) whether each voice is struck, held, silent or unheard.

        For the consensus free cells count as if struck, as it was trained.
        """
        kinds = self.tables.kind_of_token[now.tokens]
        if not self.consensus:
            return kinds
        apart = np.where(self.fixed[self.t], kinds, self.tables.kind_of_pitch[now.pitches])
        return np.concatenate([kinds, apart])

    def hear(self, voice: int, last: Indices, pitches: Indices, kinds: Indices) -> Floats:
        """(R, 4 H) what enters a voice's cell by its last pitch, (R,), the other voices and the plan.

        pitches, kinds: (R, V - 1), of the other voices.
        """
        tables, plan = self.tables, self.plan
        rows = np.empty((len(last), VOICES + (0 if plan is None else 2)), dtype=np.int64)
        rows[:, 0] = tables.last_row[voice] + last * (NO_TONIC + 1) + self.tonic_heard
        spacing = tables.spacing[pitches, last[:, None]]
        rows[:, 1:VOICES] = tables.other_row[voice] + spacing * KINDS + kinds
        if plan is not None:
            rows[:, VOICES] = plan.tones[voice, self.candidates, self.t, last]
            rows[:, VOICES + 1] = plan.shapes[voice, self.candidates, self.t]
        return add_rows(tables.voice_table, rows)

    def voice_logits(self, last: Indices, others: Indices, pitches: Indices) -> Floats:
        """Logits (R, K) of the tokens; see ``ChoraleLSTM.score_tokens``.

        last: (R,) the voice's last pitch. others: (V - 1,) the other voices. pitches: (R, V).
        """
        c, tables = self.config, self.tables
        assert self.voice_out is not None
        scores = tables.head.apply(self.voice_out)
        size = c.pitches + 2
        origins = [last[:, None], pitches[:, others] + (1 + others) * size, self.degree_rows]
        columns = tables.columns.take(np.concatenate(origins, axis=1), axis=0)  # (R, N, P)
        columns += self.row_starts
        logits = scores[:, : c.tokens].copy()
        logits[:, : c.pitches] += scores.ravel().take(columns).sum(1)
        return logits

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
                tables.spacing[pitches[:, UPPER], pitches[:, LOWER]],
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
        assert self.voice_out is not None
        self.last = self.last[rows]
        every = np.concatenate([rows, rows + len(rows)]) if self.consensus else rows
        self.voice_gates, self.voice_out = self.voice_gates[every], self.voice_out[every]
        self.voice_memory = self.voice_memory[every]
        self.last_heard, self.tonic_heard = self.last_heard[every], self.tonic_heard[every]
        self.degree_rows = self.degree_rows[every]


def add_rows(table: Tensor, rows: Indices) -> Floats:
    """(R, H) the sums of some rows of a table, (N, H). rows: (R, n)."""
    starts = torch.arange(0, rows.size, rows.shape[1])
    found: Floats = torch.embedding_bag(table, torch.from_numpy(rows.ravel()), starts)[0].numpy()
    return found
