"""The default network frame by frame: the same computation as ``ChoraleLSTM.forward``, with a memory.

Everything that depends only on pitches and intervals is put into tables once, so that a step is a few lookups
and matrix products. A test compares both computations.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ripieno.models.autoregressive import TokenScores
from ripieno.models.frames import Frames, as_onsets
from ripieno.models.lstm.context_features import COLUMN
from ripieno.models.lstm.network import (
    CLASSES,
    MOTIONS,
    NO_TONIC,
    PAIRS,
    SPACINGS,
    VOICES,
    ChoraleLSTM,
)
from ripieno.models.sampling import other_voices
from ripieno.models.tonic import class_counts, likely_tonic

LSTM_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
UPPER, LOWER = (torch.tensor(voices) for voices in zip(*PAIRS, strict=True))


class StepTables:
    """Lookup tables of a network by pitch index: 0..P-1, P silence, P + 1 unknown."""

    def __init__(self, model: ChoraleLSTM) -> None:
        p, k = model.config.pitches, model.config.tokens
        every = torch.arange(p + 2)
        self.pitch_class = model.pitch_class(every)  # (P + 2,)
        tonics = torch.arange(NO_TONIC + 1)
        self.degree = model.degree(every.unsqueeze(-1), tonics)  # (P + 2, 13)
        self.spacing = model.spacing(every.unsqueeze(-1), every)  # (P + 2, P + 2), upper and lower
        moved = (every.unsqueeze(-1) - every).clamp(-12, 12) + 12
        self.motion = torch.where(every < p, moved, MOTIONS - 1)  # (P + 2, P + 2), to and from
        self.bag, self.last_row, self.other_row, self.kind_row = voice_rows(model)
        # For each origin of an interval, the head's column that scores each pitch; the last column is zero.
        interval = torch.arange(p) - every.unsqueeze(-1) + p - 1
        self.interval = torch.where((every < p).unsqueeze(-1), interval, model.intervals)  # (P + 2, P)
        semitones = (torch.arange(p) + model.config.lowest - tonics.unsqueeze(-1)) % 12
        self.degree_column = torch.where((tonics < 12).unsqueeze(-1), semitones, 12)  # (13, P)
        self.tokens = k


class PlanTables:
    """Lookup tables of the planned chords of R rows of the voice axis.

    roots: (T, R) pitch class of the root at each step.
    """

    def __init__(self, model: ChoraleLSTM, features: Tensor, candidate: Tensor, consensus: bool) -> None:
        """features: (C, T, 14). candidate: (B,) of each row. consensus: whether the rows come twice."""
        every = torch.arange(model.config.pitches + 2)
        steps = features.unsqueeze(-2).expand(-1, -1, len(every), -1)
        index = torch.stack(
            [model.plan_index(v, every.expand(steps.shape[:-1]), steps) for v in range(VOICES)]
        )
        self.table = model.voice_table.weight
        self.candidate = torch.cat([candidate] * (1 + consensus))  # (R,)
        self.tones = index[..., 0]  # (V, C, T, P + 2), by the voice's last pitch
        self.shapes = self.table[index[..., 0, 1]]  # (V, C, T, H)
        self.roots = features[self.candidate, :, COLUMN.root].T.contiguous()

    def inputs(self, t: int, voice: int, last: Tensor) -> Tensor:
        """(R, H) what the planned chord of step t adds to the input of a voice. last: (R,) its last pitch."""
        return self.table[self.tones[voice, self.candidate, t, last]] + self.shapes[voice, self.candidate, t]


def voice_rows(model: ChoraleLSTM) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(table, last_row, other_row, kind_row) of a compact voice table.

    table: (N, H), the sums of the voice table's rows that always occur together, in blocks. The other three
    give the first row of each block:
    last_row: (V,) a voice's own row, last pitch and degree, by (last pitch, tonic).
    other_row: (V, V - 1) the spacing to another voice, by (its pitch, own last pitch).
    kind_row: (V, V - 1) whether that voice is struck, held, silent or unknown, by its token.
    """
    c, table = model.config, model.voice_table.weight
    p, k = c.pitches + 2, c.tokens + 1
    last, tonic = torch.meshgrid(torch.arange(p), torch.arange(NO_TONIC + 1), indexing="ij")
    now, own = torch.meshgrid(torch.arange(p), torch.arange(p), indexing="ij")
    kind = (torch.arange(k) - (c.pitches - 1)).clamp(0, 3)
    degrees = VOICES + VOICES * p
    blocks: list[Tensor] = []
    last_row = torch.zeros(VOICES, dtype=torch.int64)
    other_row, kind_row = torch.zeros(2, VOICES, VOICES - 1, dtype=torch.int64)
    size = 0

    def add(block: Tensor) -> int:
        nonlocal size
        blocks.append(block)
        size += len(block)
        return size - len(block)

    for voice in range(VOICES):
        rows = table[voice] + table[VOICES + voice * p + last.flatten()]
        rows = rows + table[degrees + voice * CLASSES + model.degree(last, tonic).flatten()]
        last_row[voice] = add(rows)
        for place, other in enumerate(other_voices(voice, VOICES).tolist()):
            start = degrees + VOICES * CLASSES + (voice * VOICES + other) * (SPACINGS + 4)
            other_row[voice, place] = add(table[start + model.spacing(now, own).flatten()])
            kind_row[voice, place] = add(table[start + SPACINGS + kind])
    return torch.cat(blocks), last_row, other_row, kind_row


class StepwiseLSTM:
    """The default network as a ``StepwiseNetwork``.

    With the consensus, 2 B rows go along the voice axis: the B rows, then the same rows as if no frame had
    been chosen before.
    """

    def __init__(
        self,
        model: ChoraleLSTM,
        tables: StepTables,
        given: Frames,
        fixed: Tensor,
        features: Tensor,
        *,
        consensus: bool = False,
    ) -> None:
        """Read the given cells.

        given: (B, T, V), unknown where free; the same in all rows. fixed: (T, V) bool. features: (C, T, 14)
        int64, as from ``step_features``, of C candidates that differ in their plans, with as many rows each.
        consensus: whether to compute it.
        """
        c = model.config
        self.model, self.tables, self.order = model, tables, c.order
        rows, steps = given.tokens.shape[:2]
        candidates = len(features)
        self.candidate = torch.arange(candidates).repeat_interleave(rows // candidates)  # (B,) of each row
        read = Frames(given.tokens[:candidates], given.pitches[:candidates])
        context = model.read_context(read, features)
        self.context = context[self.candidate]  # (B, T, 2C)
        self.context_in = model.context_in(context)[self.candidate]
        # The voice inputs as if no frame had been chosen before: (C, T, H), (C, T, V), (C, T).
        self.apart = model.voice_inputs(read, read, features) if consensus else None
        self.fixed = fixed
        self.plan = PlanTables(model, features, self.candidate, consensus) if c.reads_plan else None
        self.tonics = features[0, :, COLUMN.tonic].tolist()
        self.given_counts = class_counts(given.pitches, c.lowest, c.pitches)  # (B, T, 12)
        self.counts = self.given_counts.sum(1)
        self.last = torch.full((rows, VOICES), c.pitches + 1)
        self.embedded = model.start_embedding(rows, torch.device("cpu"))[:, 0]
        self.h = torch.zeros(c.time_layers, rows, c.time_hidden)
        self.c = torch.zeros_like(self.h)
        # (B * heads, 1 + T, size); slot 0 is "nothing alike so far", frame t is slot t + 1.
        self.keys = torch.zeros(rows * c.attention_heads, 1 + steps, c.attention_size)
        self.values = torch.zeros_like(self.keys)
        nothing = model.nothing.view(2, 1, c.attention_heads, c.attention_size)
        self.keys[:, 0], self.values[:, 0] = nothing.expand(-1, rows, -1, -1).flatten(1, 2)
        far = torch.arange(steps, 0, -1).clamp(max=c.attention_reach - 1)
        bias = model.distance[:, far].repeat(rows, 1)
        self.bias = bias.unsqueeze(1)  # (B * heads, 1, T), for frames that lie T, T - 1, ... 1 back
        self.time_weights = [
            [getattr(model.time, f"{name}_l{layer}") for name in LSTM_WEIGHTS]
            for layer in range(c.time_layers)
        ]
        self.voice_weights = [getattr(model.voice, f"{name}_l0") for name in LSTM_WEIGHTS]
        self.voice_memory = (torch.zeros(0), torch.zeros(0))
        self.t = 0
        self.tonic = self.voice_last = self.voice_tonic = torch.zeros(0)
        self.shared: Tensor | None = None  # the voices' shared input; None in a frame without a free cell
        self.reordered: Tensor | None = None  # the rows that beam search has kept in this frame

    def open_frame(self, t: int, *, free: bool) -> None:
        """Advance the time axis to frame t."""
        model, c = self.model, self.model.config
        x: Tensor = self.embedded + self.context_in[:, t]
        h, memory = [], []
        for layer, weights in enumerate(self.time_weights):
            x, cell = torch.lstm_cell(x, (self.h[layer], self.c[layer]), *weights)
            h.append(x)
            memory.append(cell)
        self.h, self.c = torch.stack(h), torch.stack(memory)
        self.keys[:, t + 1] = self.split_heads(model.key(x))
        if self.tonics[t] == NO_TONIC:
            self.tonic = likely_tonic(self.counts)
        else:
            self.tonic = torch.full((len(x),), self.tonics[t])
        self.shared = None
        if free:
            together = torch.cat([x, self.look_back(t, model.query(x)), self.context[:, t]], dim=-1)
            self.shared = model.voice_in(together)
            self.voice_last, self.voice_tonic = self.last, self.tonic
            if self.apart is not None:
                shared, last, tonic = (part[self.candidate, t] for part in self.apart)
                self.shared = torch.cat([self.shared, shared])
                self.voice_last = torch.cat([self.last, last])
                self.voice_tonic = torch.cat([self.tonic, tonic])
            zero = torch.zeros(len(self.shared), c.voice_hidden)
            self.voice_memory = (zero, zero)
            self.t = t

    def split_heads(self, x: Tensor) -> Tensor:
        """(B * heads, size) of (B, heads * size)."""
        return x.view(-1, self.model.config.attention_size)

    def look_back(self, t: int, query: Tensor) -> Tensor:
        """(B, heads * size) attention of frame t to the past; as ``ChoraleLSTM.attend``."""
        size, steps = self.model.config.attention_size, self.bias.shape[2]
        bias = F.pad(self.bias[:, :, steps - t :], (1, 0))  # (B * heads, 1, 1 + t)
        keys, values = self.keys[:, : t + 1], self.values[:, : t + 1]
        scores = torch.baddbmm(bias, self.split_heads(query).unsqueeze(1), keys.mT, alpha=size**-0.5)
        return torch.bmm(scores.softmax(-1), values).view(len(query), -1)

    def score_voice(self, voice: int, now: Frames, *, free: bool) -> TokenScores | None:
        """Advance the voice axis to this voice, and score its tokens if it is free."""
        if self.shared is None:
            return None
        if self.apart is not None:
            now = self.with_struck_copy(now)
        tables, last = self.tables, self.voice_last[:, voice : voice + 1]
        others = other_voices(voice, VOICES)
        p = self.model.config.pitches + 2
        rows = torch.cat(
            [
                tables.last_row[voice] + last * (NO_TONIC + 1) + self.voice_tonic.unsqueeze(-1),
                tables.other_row[voice] + now.pitches.index_select(1, others) * p + last,
                tables.kind_row[voice] + now.tokens.index_select(1, others),
            ],
            dim=-1,
        )
        x = self.shared + F.embedding_bag(rows, tables.bag, mode="sum")
        if self.plan is not None:
            x += self.plan.inputs(self.t, voice, last.squeeze(-1))
        self.voice_memory = torch.lstm_cell(x, self.voice_memory, *self.voice_weights)
        if not free:
            return None
        logits = self.voice_logits(voice, now)
        if self.apart is None:
            return TokenScores(logits.log_softmax(-1))
        own, apart = logits.chunk(2)
        return TokenScores(own.log_softmax(-1), self.log_p_of_sounds(apart, self.last[:, voice]))

    def with_struck_copy(self, now: Frames) -> Frames:
        """The frame, then the same with its free cells as if struck, as the consensus was trained."""
        onsets = as_onsets(now.pitches, self.model.config.pitches)
        alone = torch.where(self.fixed[self.t], now.tokens, onsets)
        return Frames(torch.cat([now.tokens, alone]), now.pitches.repeat(2, 1))

    def log_p_of_sounds(self, logits: Tensor, last: Tensor) -> Tensor:
        """(B, K) log p of the pitch that each token sounds; a hold sounds the last pitch. last: (B,)."""
        p = self.model.config.pitches
        logits[:, p] = float("-inf")
        logp = logits.log_softmax(-1)
        sounds = torch.where(last < p, last, p + 1)
        logp[:, p : p + 1] = logp.gather(-1, sounds.unsqueeze(-1))
        return logp

    def voice_logits(self, voice: int, now: Frames) -> Tensor:
        """Logits (rows, K) of the tokens; see ``ChoraleLSTM.score_tokens``."""
        c, tables = self.model.config, self.tables
        scores: Tensor = self.model.head(self.voice_memory[0])
        origin = torch.cat([self.voice_last[:, voice : voice + 1], now.pitches], dim=-1)  # (rows, 1 + V)
        origin[:, 1 + voice] = c.pitches + 1
        relative = scores[:, c.tokens + 12 : self.model.heard]
        relative = relative.reshape(len(scores), VOICES + 1, self.model.intervals)
        moved = (
            F.pad(relative, (0, 1))
            .gather(-1, tables.interval.index_select(0, origin.flatten()).view(len(scores), VOICES + 1, -1))
            .sum(1)
        )
        degrees = F.pad(scores[:, c.tokens : c.tokens + 12], (0, 1))
        moved += degrees.gather(-1, tables.degree_column.index_select(0, self.voice_tonic))
        if self.plan is not None:
            rooted = F.pad(scores[:, self.model.heard :], (0, 1))
            moved += rooted.gather(-1, tables.degree_column.index_select(0, self.plan.roots[self.t]))
        return scores[:, : c.tokens] + F.pad(moved, (0, c.tokens - c.pitches))

    def close_frame(self, t: int, now: Frames) -> None:
        """Add the complete frame to the past."""
        c, tables = self.model.config, self.tables
        if self.reordered is not None:
            self.h, self.c = (x.index_select(1, self.reordered) for x in (self.h, self.c))
            self.tonic = self.tonic.index_select(0, self.reordered)
            self.counts = self.counts.index_select(0, self.reordered)
            heads = torch.arange(c.attention_heads)
            moved = (self.reordered.unsqueeze(-1) * c.attention_heads + heads).flatten()
            self.keys[:, : t + 2] = self.keys[:, : t + 2].index_select(0, moved)
            self.values[:, : t + 1] = self.values[:, : t + 1].index_select(0, moved)
            self.reordered = None
        pitches, p = now.pitches, c.pitches + 2
        # A voice that is not struck has no motion, just as one that comes from "unknown".
        before = torch.where(now.tokens < c.pitches, self.last, c.pitches + 1)
        index = torch.cat(
            [
                now.tokens,
                pitches,
                tables.pitch_class.take(pitches),
                tables.degree.take(pitches * (NO_TONIC + 1) + self.tonic.unsqueeze(-1)),
                tables.spacing.take(pitches.index_select(1, UPPER) * p + pitches.index_select(1, LOWER)),
                tables.motion.take(pitches * p + before),
            ],
            dim=-1,
        )
        table = self.model.frame_table.weight
        self.embedded = F.embedding_bag(index + self.model.frame_offsets, table, mode="sum")
        self.values[:, t + 1] = self.split_heads(self.model.value(self.embedded))
        self.counts = self.counts + class_counts(pitches, c.lowest, c.pitches) - self.given_counts[:, t]
        self.last = pitches

    def reorder(self, rows: Tensor) -> None:
        """Reorder the memory of the voice axis; that of the time axis follows in ``close_frame``."""
        self.reordered = rows if self.reordered is None else self.reordered.index_select(0, rows)
        assert self.shared is not None, "nothing is chosen in a frame without a free cell"
        self.last = self.last.index_select(0, rows)
        all_rows = rows if self.apart is None else torch.cat([rows, rows + len(rows)])
        self.shared = self.shared.index_select(0, all_rows)
        self.voice_last = self.voice_last.index_select(0, all_rows)
        self.voice_tonic = self.voice_tonic.index_select(0, all_rows)
        h, memory = self.voice_memory
        self.voice_memory = (h.index_select(0, all_rows), memory.index_select(0, all_rows))
