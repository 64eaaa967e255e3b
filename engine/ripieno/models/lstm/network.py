"""The default network: four-part music with any cells given, by LSTMs along two axes.

Frame by frame, and inside a frame voice by voice (soprano, bass, alto, tenor), the network gives the
probability of each token. Four parts work together:

- the *context*, a bidirectional LSTM, reads the fixed cells of the whole piece, with meter and fermatas, so
  that a choice takes account of what is still to come;
- the *time axis*, an LSTM over frames, reads what has been chosen so far and attends to its own past,
  because chorales repeat their phrases (query: the state now; key: the state then; value: what came next
  then);
- the *voice axis*, an LSTM over the four voices of one frame, reads the voices that are chosen already;
- the *head* scores pitches as such and as intervals: from the voice's own last pitch, from every voice
  known in this frame, and from the tonic of the key signature (where there is none, from the likeliest
  tonic by the notes known so far). So the same music in another key looks alike.

With no cell fixed it is a language model; with a fixed soprano, a harmonizer; with all but a hole fixed, an
infiller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ripieno.models.frames import Frames, hide
from ripieno.models.initial_weights import normal
from ripieno.models.lstm.context_features import COLUMN, KINDS, OWN_SIZES, PLACES, SIZES
from ripieno.models.tonic import class_counts, likely_tonic

VOICES = 4
PAIRS = tuple((a, b) for a in range(VOICES) for b in range(a + 1, VOICES))
CLASSES = 14  # pitch classes or degrees of the scale, silence, unknown
NO_TONIC = SIZES[COLUMN.tonic] - 1
NO_ROOT = SIZES[COLUMN.root] - 1
SPACINGS = 50  # an interval between two voices, -12..36 semitones, and unknown
MOTIONS = 26  # a voice's own step, -12..12 semitones, and none
CHORD_TONES = CLASSES * (KINDS + 1)  # a pitch above the root of the planned chord, and the chord's kind
CHORD_SHAPES = (KINDS + 1) * (PLACES + 1)  # the kind of the planned chord, and the place of its bass


@dataclass(frozen=True, slots=True)
class LSTMConfig:
    """Sizes and training noise of the network."""

    lowest: int = 36  # MIDI pitches that the network knows, from lowest ...
    highest: int = 81  # ... to highest, both included
    embedding: int = 256
    context_hidden: int = 64  # in each direction
    time_hidden: int = 288
    time_layers: int = 2
    attention_heads: int = 2
    attention_size: int = 48  # a head
    attention_reach: int = 512  # frames; farther ones share one bias
    voice_hidden: int = 160
    dropout: float = 0.45
    weight_drop: float = 0.5  # of the time axis's recurrent weights (Merity et al., AWD-LSTM, 2017)
    hide: float = 0.25  # share of past tokens that training hides, so that errors do not feed on themselves
    order: tuple[int, ...] = (0, 3, 1, 2)  # in which the voices of a frame are chosen
    reads_plan: bool = False  # whether a harmonic plan is one of its inputs

    @property
    def features(self) -> int:
        """The features of a step that are looked up: all but the plan's root, or those without a plan."""
        return COLUMN.root if self.reads_plan else len(OWN_SIZES)

    @property
    def pitches(self) -> int:
        """P, the number of pitches."""
        return self.highest - self.lowest + 1

    @property
    def tokens(self) -> int:
        """K: P onsets, then HOLD, then REST."""
        return self.pitches + 2


class ChoraleLSTM(nn.Module):
    """See the module's text. Tensors are batch first: B pieces, T frames, V = 4 voices."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = config
        c = config
        k, p = c.tokens + 1, c.pitches + 2
        # A table's rows are summed: each index is one "on" unit of a one-hot input, each row its weights.
        vertical_sizes = [k] * 4 + [p] * 4 + [CLASSES] * 8 + [SPACINGS] * 6
        frame_sizes = [*vertical_sizes, *[MOTIONS] * 4]
        context_sizes = [*vertical_sizes, *SIZES[: c.features]]
        self.frame_table = new_table(sum(frame_sizes), c.embedding)
        self.context_table = new_table(sum(context_sizes), c.embedding)
        # For each voice: itself, its last pitch and degree, and the spacing and state of each other voice.
        # Then the planned chord: its shape, and what the voice's last pitch is in it.
        self.plan_row = VOICES + VOICES * p + VOICES * CLASSES + VOICES * VOICES * (SPACINGS + 4)
        plan_rows = VOICES * (CHORD_TONES + CHORD_SHAPES) if c.reads_plan else 0
        self.voice_table = new_table(self.plan_row + plan_rows, c.voice_hidden)
        self.context = nn.LSTM(c.embedding, c.context_hidden, batch_first=True, bidirectional=True)
        self.context_in = nn.Linear(2 * c.context_hidden, c.embedding)
        self.time = nn.LSTM(c.embedding, c.time_hidden, c.time_layers, batch_first=True, dropout=c.dropout)
        heads = c.attention_heads * c.attention_size
        self.query = nn.Linear(c.time_hidden, heads)
        self.key = nn.Linear(c.time_hidden, heads)
        self.value = nn.Linear(c.embedding, heads)
        self.distance = nn.Parameter(torch.zeros(c.attention_heads, c.attention_reach))
        self.nothing = nn.Parameter(torch.zeros(2, heads))  # key and value of "nothing alike so far"
        self.voice_in = nn.Linear(c.time_hidden + heads + 2 * c.context_hidden, c.voice_hidden)
        self.voice = nn.LSTM(c.voice_hidden, c.voice_hidden, batch_first=True)
        self.intervals = 2 * c.pitches - 1
        self.heard = c.tokens + 12 + (VOICES + 1) * self.intervals
        self.head = nn.Linear(c.voice_hidden, self.heard + 12 * c.reads_plan)
        self.dropout = nn.Dropout(c.dropout)
        self.frame_offsets: Tensor
        self.context_offsets: Tensor
        self.register_buffer("frame_offsets", offsets(frame_sizes), persistent=False)
        self.register_buffer("context_offsets", offsets(context_sizes), persistent=False)

    # -- table indices ---------------------------------------------------------------------------

    def spacing(self, upper: Tensor, lower: Tensor) -> Tensor:
        """The interval between two pitches as an index; unknown where either is silent or unknown."""
        p = self.config.pitches
        both = (upper < p) & (lower < p)
        return torch.where(both, (upper - lower).clamp(-12, 36) + 12, SPACINGS - 1)

    def pitch_class(self, pitches: Tensor) -> Tensor:
        """The pitch class 0..11, 12 for silence, 13 for unknown. pitches: indices as in ``Frames``."""
        p = self.config.pitches
        return torch.where(pitches < p, (pitches + self.config.lowest) % 12, pitches - p + 12)

    def degree(self, pitches: Tensor, tonic: Tensor) -> Tensor:
        """0..11 semitones above the tonic, 12 for silence, 13 where pitch or key is unknown."""
        p = self.config.pitches
        degree = torch.where(pitches < p, (pitches + self.config.lowest - tonic) % 12, pitches - p + 12)
        return degree.masked_fill(tonic == NO_TONIC, CLASSES - 1)

    def vertical(self, frames: Frames, tonic: Tensor) -> list[Tensor]:
        """Tokens, pitches, pitch classes, degrees and spacings of frames: (..., n) each, 22 in all."""
        pitches = frames.pitches
        upper = pitches[..., [a for a, _ in PAIRS]]
        lower = pitches[..., [b for _, b in PAIRS]]
        return [
            frames.tokens,
            pitches,
            self.pitch_class(pitches),
            self.degree(pitches, tonic.unsqueeze(-1)),
            self.spacing(upper, lower),
        ]

    def embed_frames(self, frames: Frames, before: Tensor, tonic: Tensor) -> Tensor:
        """(B, T, E) embeddings of frames and of each voice's motion from the frame ``before``, (B, T, V)."""
        p = self.config.pitches
        struck = (frames.tokens < p) & (before < p)
        motion = torch.where(struck, (frames.pitches - before).clamp(-12, 12) + 12, MOTIONS - 1)
        index = torch.cat([*self.vertical(frames, tonic), motion], dim=-1) + self.frame_offsets
        return self.look_up(self.frame_table, index)

    def look_up(self, table: nn.EmbeddingBag, index: Tensor) -> Tensor:
        """(..., size) the sum of the table's rows over the last axis of ``index``."""
        flat: Tensor = table(index.reshape(-1, index.shape[-1]))
        return flat.view(*index.shape[:-1], -1)

    # -- the four parts ---------------------------------------------------------------------------

    def read_context(self, given: Frames, features: Tensor) -> Tensor:
        """(B, T, 2C) the context: the fixed cells (others unknown), read forwards and backwards.

        features: (B, T, 14) int64, as from ``step_features``.
        """
        tonic, read = features[..., COLUMN.tonic], features[..., : self.config.features]
        index = torch.cat([*self.vertical(given, tonic), read], dim=-1) + self.context_offsets
        embedded = self.dropout(self.look_up(self.context_table, index))
        out: Tensor = self.dropout(self.context(embedded)[0])
        return out

    def attend(self, query: Tensor, key: Tensor, value: Tensor, distance: Tensor) -> Tensor:
        """Scaled dot-product attention to past frames, with a learned bias for each distance.

        query: (B, T, H*A). key, value: (B, S, H*A) of S past frames. distance: (T, S) int64, how many frames
        frame s lies back; 0 or less where it is not past. Returns (B, T, H*A).
        (Vaswani et al., "Attention is all you need", 2017.)
        """
        c = self.config
        batch, queries = query.shape[0], query.shape[1]
        nothing_key, nothing_value = self.nothing.to(key.dtype).unsqueeze(1)
        key = torch.cat([nothing_key.expand(batch, 1, -1), key], dim=1)
        value = torch.cat([nothing_value.expand(batch, 1, -1), value], dim=1)
        bias = self.distance[:, distance.clamp(0, c.attention_reach - 1)]
        bias = bias.masked_fill(distance <= 0, float("-inf"))
        bias = F.pad(bias, (1, 0)).to(query.dtype)  # (H, T, 1 + S)

        def split(x: Tensor) -> Tensor:
            return x.view(batch, -1, c.attention_heads, c.attention_size).transpose(1, 2)

        out = F.scaled_dot_product_attention(split(query), split(key), split(value), bias)
        return out.transpose(1, 2).reshape(batch, queries, -1)

    def voice_index(self, voice: int, last: Tensor, now: Frames, tonic: Tensor) -> Tensor:
        """(..., 9) rows of the voice table for one voice.

        last: (...) the voice's last pitch. now: (..., V) the cells known in this frame (the voice's own is
        not read). tonic: (...)
        """
        c = self.config
        p = c.pitches + 2
        zero = torch.zeros_like(last)
        start = VOICES + VOICES * p
        degree = start + voice * CLASSES + self.degree(last, tonic)
        rows = [zero + voice, VOICES + voice * p + last, degree]
        start += VOICES * CLASSES
        # For each other voice: its spacing, and whether it is struck, held, silent or unknown.
        kind = (now.tokens - (c.pitches - 1)).clamp(0, 3)
        spacing = self.spacing(now.pitches, last.unsqueeze(-1))
        size = SPACINGS + 4
        for other in range(VOICES):
            if other == voice:
                continue
            block = start + (voice * VOICES + other) * size
            rows += [block + spacing[..., other], block + SPACINGS + kind[..., other]]
        return torch.stack(rows, dim=-1)

    def plan_index(self, voice: int, last: Tensor, features: Tensor) -> Tensor:
        """(..., 2) rows of the voice table for the planned chord: the last pitch in it, and its shape.

        last: (...) the voice's last pitch. features: (..., 14)
        """
        chord, place, root = (features[..., i] for i in (COLUMN.chord, COLUMN.place, COLUMN.root))
        kind = torch.where(root == NO_ROOT, KINDS, chord % KINDS)
        tone = self.degree(last, root) * (KINDS + 1) + kind
        shape = kind * (PLACES + 1) + place
        start = self.plan_row + voice * (CHORD_TONES + CHORD_SHAPES)
        return torch.stack([start + tone, start + CHORD_TONES + shape], dim=-1)

    def score_tokens(
        self, out: Tensor, voice: int, last: Tensor, now: Tensor, tonic: Tensor, root: Tensor
    ) -> Tensor:
        """Logits (..., K) of one voice: of pitches as such, as degrees of key and chord, and as intervals.

        out: (..., H) of the voice axis; last: (...) its own last pitch; now: (..., V) the pitches known in
        this frame; tonic, root: (...).
        """
        c = self.config
        scores: Tensor = self.head(out)
        absolute, degrees = scores[..., : c.tokens], scores[..., c.tokens : c.tokens + 12]
        relative = scores[..., c.tokens + 12 : self.heard]
        relative = relative.reshape(*scores.shape[:-1], VOICES + 1, self.intervals)
        pitches = torch.arange(c.pitches, device=out.device)
        own = torch.arange(VOICES, device=out.device) == voice
        origin = torch.cat([last.unsqueeze(-1), now.masked_fill(own, c.pitches + 1)], dim=-1)
        # The index of the interval from each origin to each pitch.
        index = pitches - origin.unsqueeze(-1) + c.pitches - 1
        moved = relative.gather(-1, index.clamp(0, self.intervals - 1))
        moved = (moved * (origin < c.pitches).unsqueeze(-1)).sum(-2)
        moved = moved + self.score_degrees(degrees, tonic, NO_TONIC)
        if c.reads_plan:
            moved = moved + self.score_degrees(scores[..., self.heard :], root, NO_ROOT)
        logits: Tensor = absolute + F.pad(moved, (0, c.tokens - c.pitches))
        return logits

    def score_degrees(self, degrees: Tensor, origin: Tensor, unknown: int) -> Tensor:
        """(..., P) the score of each pitch as a degree above a pitch class; 0 where that is unknown.

        degrees: (..., 12) the score of each degree. origin: (...) pitch class, or ``unknown``.
        """
        pitches = torch.arange(self.config.pitches, device=degrees.device) + self.config.lowest
        found = degrees.gather(-1, (pitches - origin.unsqueeze(-1)) % 12)
        return found * (origin != unknown).unsqueeze(-1)

    # -- all frames at once, in training ----------------------------------------------------------

    def forward(
        self,
        frames: Frames,
        fixed: Tensor,
        features: Tensor,
        hidden: Tensor | None = None,
        apart: Tensor | None = None,
    ) -> Tensor:
        """Logits (B, T, V, K) of every cell, each given all that is chosen before it (teacher forcing).

        frames: the true cells. fixed: (B, T, V) bool, the cells that are given.
        features: (B, T, 14) int64, as from ``step_features``.
        hidden: (B, T, V) bool, past cells that are hidden from the time axis.
        apart: (B,) bool, rows in which each frame is predicted from the given cells alone, without the frames
        chosen before it (the consensus).
        """
        c = self.config
        given = hide(frames, ~fixed, c)
        past = frames if apart is None else hide(frames, apart[:, None, None] & ~fixed, c)
        context = self.read_context(given, features)
        shared, last, tonic = self.voice_inputs(context, past, given, features, hidden)
        inputs, origins = [], []
        for place, voice in enumerate(c.order):
            now = hide(frames, self.unchosen_voices(place, frames.tokens.device) & ~fixed, c)
            rows = self.voice_index(voice, last[..., voice], now, tonic)
            if c.reads_plan:
                rows = torch.cat([rows, self.plan_index(voice, last[..., voice], features)], dim=-1)
            inputs.append(shared + self.look_up(self.voice_table, rows))
            origins.append(now.pitches)
        stacked = torch.stack(inputs, dim=2).flatten(0, 1)  # (B*T, V, H)
        out, _ = self.voice(self.dropout(stacked))
        out = self.dropout(out).view(*shared.shape[:2], VOICES, -1)
        logits: list[Tensor] = [shared] * VOICES
        for place, voice in enumerate(c.order):
            logits[voice] = self.score_tokens(
                out[:, :, place], voice, last[..., voice], origins[place], tonic, features[..., COLUMN.root]
            )
        return torch.stack(logits, dim=2)

    def voice_inputs(
        self, context: Tensor, past: Frames, given: Frames, features: Tensor, hidden: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The inputs of the voice axis, from the context and the time axis.

        context: (B, T, 2C), see ``read_context``. past: the true cells; a frame sees those before it. given:
        the fixed cells; every frame sees them all. hidden: as in ``forward``. Returns the input that all
        voices share (B, T, H), each voice's last pitch (B, T, V) and the tonic (B, T).
        """
        c = self.config
        tonic = self.key_tonic(past, given, features)
        seen = past if hidden is None else hide(past, hidden, c)
        start = torch.full_like(past.pitches[:, :1], c.pitches + 1)
        last = torch.cat([start, past.pitches[:, :-1]], dim=1)
        before = torch.cat([start, seen.pitches[:, :-1]], dim=1)
        embedded = self.embed_frames(seen, before, tonic)
        start_embedding = self.start_embedding(len(embedded), embedded.device).to(embedded.dtype)
        shifted = torch.cat([start_embedding, embedded[:, :-1]], dim=1)
        state = self.run_time(self.dropout(shifted + self.context_in(context)))
        state = self.dropout(state)
        time = torch.arange(state.shape[1], device=state.device)
        attended = self.attend(
            self.query(state),
            self.key(state),
            self.value(self.dropout(embedded)),
            time[:, None] - time[None, :],
        )
        return self.voice_in(torch.cat([state, attended, context], dim=-1)), last, tonic

    def run_time(self, inputs: Tensor) -> Tensor:
        """(B, T, H) the time axis over whole pieces; training drops some of its recurrent weights.

        Merity et al., "Regularizing and optimizing LSTM language models" (AWD-LSTM), 2017.
        """
        out: Tensor
        if not self.training:
            out, _ = self.time(inputs)
            return out
        thinned = {
            name: F.dropout(weight, self.config.weight_drop)
            for name, weight in self.time.named_parameters()
            if name.startswith("weight_hh")
        }
        out, _ = torch.func.functional_call(self.time, thinned, (inputs,))
        return out

    def key_tonic(self, frames: Frames, given: Frames, features: Tensor) -> Tensor:
        """(B, T) the key signature's tonic or, without one, the likeliest by the cells known at each frame.

        Those are the given cells of the whole piece and the cells chosen before the frame.
        """
        c = self.config
        known = class_counts(given.pitches, c.lowest, c.pitches)  # (B, T, 12)
        chosen = class_counts(frames.pitches, c.lowest, c.pitches) - known
        counts = known.sum(1, keepdim=True) + chosen.cumsum(1) - chosen
        tonic = features[..., COLUMN.tonic]
        return torch.where(tonic == NO_TONIC, likely_tonic(counts), tonic)

    def start_embedding(self, batch: int, device: torch.device) -> Tensor:
        """(B, 1, E) the embedding in place of a frame before the first: every cell unknown."""
        c = self.config
        shape = (batch, 1, VOICES)
        tokens = torch.full(shape, c.tokens, device=device)
        pitches = torch.full(shape, c.pitches + 1, device=device)
        tonic = torch.full((batch, 1), NO_TONIC, device=device)
        return self.embed_frames(Frames(tokens, pitches), pitches, tonic)

    def unchosen_voices(self, place: int, device: torch.device) -> Tensor:
        """(V,) bool: the voices that are chosen at this place in the order or later."""
        later = torch.zeros(VOICES, dtype=torch.bool, device=device)
        later[list(self.config.order[place:])] = True
        return later


def new_table(rows: int, size: int) -> nn.EmbeddingBag:
    """A table whose looked-up rows are summed."""
    return nn.EmbeddingBag(rows, size, mode="sum", _weight=normal(rows, size, std=0.15))


def offsets(sizes: Sequence[int]) -> Tensor:
    """The first row of each block in one long table. sizes: of the blocks."""
    return torch.tensor([sum(sizes[:i]) for i in range(len(sizes))])
