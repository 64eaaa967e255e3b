"""The time axis frame by frame: what has been chosen so far, and attention to it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.models.lstm.products import Floats, advance
from ripieno.models.lstm.step_tables import Indices, StepTables


class TimeAxis:
    """The time axis of ``ChoraleLSTM`` with the memory of B rows.

    A row follows the plan of one of C candidates.
    """

    def __init__(self, model: ChoraleLSTM, tables: StepTables, context: Tensor, candidate: Indices) -> None:
        """Nothing is chosen yet. context: (C, T, ...), see ``read_context``. candidate: (B,) of each row."""
        c, rows, steps = model.config, len(candidate), context.shape[1]
        self.tables, self.candidate = tables, candidate
        self.heads, self.size = c.attention_heads, c.attention_size
        self.scale = np.float32(c.attention_size**-0.5)
        # What the context adds to the first cell, (C, T, 4 H), and to the voices' input, (C, T, H).
        self.cell_context = (model.context_in(context) @ tables.time_in).numpy()
        self.voice_context = tables.from_context.apply(context.numpy())
        self.embedded = model.start_embedding(rows, torch.device("cpu"))[:, 0].numpy()
        self.outputs = [np.zeros((rows, c.time_hidden), dtype=np.float32) for _ in tables.time]
        self.memories = list(self.outputs)
        # (B, heads, 1 + T, size); slot 0 is "nothing alike so far", frame t is slot t + 1.
        self.keys = np.zeros((rows, self.heads, 1 + steps, self.size), dtype=np.float32)
        self.values = np.zeros_like(self.keys)
        self.keys[:, :, 0], self.values[:, :, 0] = model.nothing.view(2, self.heads, self.size).numpy()
        far = torch.arange(steps, 0, -1).clamp(max=c.attention_reach - 1)
        # (heads, 1, T), for frames that lie T, T - 1, ... 1 back
        self.distance = model.distance[:, None, far].numpy()
        # Slots before ``settled`` are the same in all rows of a candidate. Since there were ``mark`` slots,
        # each row has come from the row ``source``; when that is one row, these slots have become the same.
        self.settled = self.mark = 0
        self.source = np.arange(rows)

    def open_frame(self, t: int, *, free: bool) -> Floats | None:
        """Advance to frame t; returns the input that its voices share, (B, H), if a cell is ``free``."""
        x = self.embedded
        for i, layer in enumerate(self.tables.time):
            gates = layer.apply(np.concatenate([x, self.outputs[i]], axis=1))
            if i == 0:
                gates += self.cell_context[self.candidate, t]
            x, self.memories[i] = advance(gates, self.memories[i])
            self.outputs[i] = x
        width = self.heads * self.size
        looked = self.tables.look.apply(x)
        self.keys[:, :, t + 1] = self.split_heads(looked[:, :width])
        if not free:
            return None
        shared: Floats = looked[:, 2 * width :] + self.voice_context[self.candidate, t]
        shared += self.tables.from_attended.apply(self.look_back(t, looked[:, width : 2 * width]))
        return shared

    def close_frame(self, t: int, embedded: Floats) -> None:
        """Read the complete frame t. embedded: (B, E), as from ``embed_frames``."""
        self.embedded = embedded
        self.values[:, :, t + 1] = self.split_heads(self.tables.value.apply(embedded))

    def split_heads(self, x: Floats) -> Floats:
        """(B, heads, size) of (B, heads * size)."""
        return x.reshape(len(x), self.heads, self.size)

    def look_back(self, t: int, query: Floats) -> Floats:
        """(B, heads * size) attention of frame t to the past; as ``ChoraleLSTM.attend``."""
        keys, values = self.keys[:, :, : t + 1], self.values[:, :, : t + 1]
        scores = self.split_heads(query * self.scale)[:, :, None] @ keys.swapaxes(
            2, 3
        )  # (B, heads, 1, 1 + t)
        scores[..., 1:] += self.distance[..., self.distance.shape[-1] - t :]
        found: Floats = (torch.from_numpy(scores).softmax(-1).numpy() @ values).reshape(len(query), -1)
        return found

    def reorder(self, t: int, rows: Indices) -> None:
        """Replace each row's memory by that of the row with this index, while frame t is open."""
        self.outputs = [x[rows] for x in self.outputs]
        self.memories = [x[rows] for x in self.memories]
        for past in (self.keys, self.values):
            past[:, :, self.settled : t + 2] = past[rows, :, self.settled : t + 2]
        self.source = self.source[rows]
        of_candidates = self.source.reshape(len(self.cell_context), -1)
        if (of_candidates == of_candidates[:, :1]).all():
            self.settled, self.mark = self.mark, t + 2
            self.source = np.arange(len(rows))
