"""The default network's weights as its steps need them: products made beforehand, in tables by pitch.

What a voice hears (its last pitch, the other voices, the planned chord) enters the cell of the voice axis by
a table of weights; so the tables here hold that table's rows times the cell's weights, and a step adds a few
rows up. All else is linear layers (``products``).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.models.lstm.context_features import COLUMN
from ripieno.models.lstm.network import (
    CLASSES,
    MOTIONS,
    NO_TONIC,
    SPACINGS,
    VOICES,
    ChoraleLSTM,
)
from ripieno.models.lstm.products import LinearLayer, cell_layer, columns_of
from ripieno.models.sampling import other_voices

STRUCK, HELD, SILENT, UNHEARD = range(4)  # what a voice does in a frame
KINDS = 4
Indices = NDArray[np.int64]


class StepTables:
    """The weights and tables of a network. Pitch indices: 0..P-1, P silence, P + 1 unknown."""

    def __init__(self, model: ChoraleLSTM) -> None:
        c = self.config = model.config
        p = c.pitches
        every = torch.arange(p + 2)
        tonics = torch.arange(NO_TONIC + 1)
        spacing = model.spacing(every.unsqueeze(-1), every)
        self.pitch_class = model.pitch_class(every).numpy()  # (P + 2,)
        self.degree = model.degree(every.unsqueeze(-1), tonics).numpy()  # (P + 2, 13)
        self.frame_spacing = spacing.numpy()  # (P + 2, P + 2), upper and lower
        self.spacing = self.frame_spacing * KINDS  # the same in rows of ``voice_table``
        moved = (every.unsqueeze(-1) - every).clamp(-12, 12) + 12
        self.motion = torch.where(every < p, moved, MOTIONS - 1).numpy()  # (P + 2, P + 2), to and from
        # STRUCK ... UNHEARD of each token; and from ``struck_row`` on, with a hold as if it were struck.
        self.struck_row = p + 3
        self.kinds = np.array(
            [STRUCK] * p + [HELD, SILENT, UNHEARD] + [STRUCK] * p + [STRUCK, SILENT, UNHEARD]
        )
        self.frame_table, self.frame_offsets = model.frame_table.weight, model.frame_offsets.numpy()
        self.set_time_axis(model)
        self.set_voice_axis(model)
        self.set_head(model)
        self.set_after_voice(model)

    def set_time_axis(self, model: ChoraleLSTM) -> None:
        """The time axis, its attention, and the way from both to the voice axis."""
        c = self.config
        cells = [cell_layer(model.time, layer) for layer in range(c.time_layers)]
        # A cell's input and its own output before, side by side.
        self.time = [LinearLayer(torch.cat([inputs, memory]), bias) for inputs, memory, bias in cells]
        self.context_in = model.context_in
        self.time_in = cells[0][0]
        # From a frame's state: key, query, and a part of the voices' input.
        weight, looks = model.voice_in.weight, c.time_hidden + c.attention_heads * c.attention_size
        parts = (slice(c.time_hidden), slice(c.time_hidden, looks), slice(looks, None))
        state, attended, context = (weight[:, part] for part in parts)
        looking = columns_of(model.key.weight, model.query.weight, state)
        bias = torch.cat([model.key.bias, model.query.bias, torch.zeros(c.voice_hidden)])
        self.look = LinearLayer(looking, bias)
        self.from_attended = LinearLayer(attended.T.contiguous())
        self.from_context = LinearLayer(context.T.contiguous(), model.voice_in.bias)
        self.value = LinearLayer(columns_of(model.value.weight), model.value.bias)

    def set_voice_axis(self, model: ChoraleLSTM) -> None:
        """The cell of the voice axis, and the table of what enters it: (N, 4 H), in blocks.

        last_row: (V,) the first row of the block of a voice's own last pitch, by (pitch, tonic). other_row:
        (V, V - 1) of another voice, by (spacing, kind). plan_row: of the planned chords.
        """
        inputs, _, bias = cell_layer(model.voice, 0)
        self.voice_in = LinearLayer(inputs, bias)
        table = model.voice_table.weight @ inputs
        p = self.config.pitches + 2
        last, tonic = torch.meshgrid(torch.arange(p), torch.arange(NO_TONIC + 1), indexing="ij")
        degrees, others = VOICES + VOICES * p, VOICES + VOICES * p + VOICES * CLASSES
        blocks: list[Tensor] = []
        self.last_row = np.zeros(VOICES, dtype=np.int64)
        self.other_row = np.zeros((VOICES, VOICES - 1), dtype=np.int64)
        size = 0
        for voice in range(VOICES):
            self.last_row[voice] = size
            rows = table[voice] + table[VOICES + voice * p + last.flatten()]
            blocks.append(rows + table[degrees + voice * CLASSES + model.degree(last, tonic).flatten()])
            size += len(blocks[-1])
            for place, other in enumerate(other_voices(voice, VOICES).tolist()):
                self.other_row[voice, place] = size
                start = others + (voice * VOICES + other) * (SPACINGS + KINDS)
                kinds = table[start + SPACINGS : start + SPACINGS + KINDS]
                blocks.append((table[start : start + SPACINGS].unsqueeze(1) + kinds).flatten(0, 1))
                size += len(blocks[-1])
        self.plan_row = size
        self.voice_table = torch.cat([*blocks, table[model.plan_row :]])

    def set_head(self, model: ChoraleLSTM) -> None:
        """Where the head, with a column of zeros at its end, scores each pitch.

        columns: (N, P) the head's column that scores a pitch: by each origin of an interval, own or another
        voice's pitch from ``origin_row`` on; then, from ``degree_row`` on, by each tonic, and by each root of
        a planned chord.
        """
        c = self.config
        p, intervals = c.pitches, model.intervals
        nothing = len(model.head.bias)
        pitches, every = np.arange(p), np.arange(p + 2)[:, None]
        from_origin = pitches - every + p - 1
        blocks = [
            np.where(every < p, from_origin + c.tokens + 12 + slot * intervals, nothing)
            for slot in range(VOICES + 1)
        ]
        tonics = np.arange(NO_TONIC + 1)[:, None]
        above = (pitches + c.lowest - tonics) % 12
        starts = [c.tokens, model.heard] if c.reads_plan else [c.tokens]
        blocks += [np.where(tonics < NO_TONIC, above + start, nothing) for start in starts]
        self.columns = np.concatenate(blocks)
        self.origin_row = np.arange(1, VOICES + 1) * (p + 2)  # (V,)
        self.degree_row = (VOICES + 1) * (p + 2)

    def set_after_voice(self, model: ChoraleLSTM) -> None:
        """What follows from a voice's output: its scores by the head, and what the next voice's cell adds."""
        memory, zero = cell_layer(model.voice, 0)[1], torch.zeros(1)
        head = columns_of(model.head.weight, torch.zeros(1, self.config.voice_hidden))
        bias = torch.cat([model.head.bias, zero])
        self.head_size = len(bias)
        self.to_next = LinearLayer(memory)
        self.to_scores = LinearLayer(head, bias)
        both = torch.cat([bias, zero.expand(memory.shape[1])])
        self.to_scores_and_next = LinearLayer(torch.cat([head, memory], dim=1), both)


class PlanRows:
    """The rows of ``StepTables.voice_table`` for the planned chords of C candidates.

    tones: (C, T, V, P + 2) by the voice's last pitch. shapes: (C, T, V). roots: (C, T) pitch class of the
    root.
    """

    def __init__(self, model: ChoraleLSTM, tables: StepTables, features: Tensor) -> None:
        """features: (C, T, 14)."""
        every = torch.arange(model.config.pitches + 2)
        steps = features.unsqueeze(-2).expand(-1, -1, len(every), -1)
        last = every.expand(steps.shape[:-1])
        index = torch.stack([model.plan_index(v, last, steps) for v in range(VOICES)], dim=2)
        rows = (index - model.plan_row + tables.plan_row).numpy()
        self.tones, self.shapes = np.ascontiguousarray(rows[..., 0]), rows[..., 0, 1].copy()
        self.roots = features[..., COLUMN.root].numpy()
