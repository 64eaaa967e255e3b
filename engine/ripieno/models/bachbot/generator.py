"""BachBot as a generator: it fills the free cells of a grid, from left to right and from high to low.

It never reads ahead: when it chooses a voice, it knows the frames before and the voices above in the same
frame, not what is given later or below. That is how the thesis harmonizes: fixed tokens are fed in place of
drawn ones. Only beam search looks ahead.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.grid import REST, Grid, GridPlan, sounding_pitches
from ripieno.models.autoregressive import AutoregressiveGenerator, TokenScores
from ripieno.models.bachbot.network import BachBot
from ripieno.models.bachbot.tokens import VOICES, encode_stream, to_c_major
from ripieno.models.frames import Frame, Frames
from ripieno.models.masks import Mask
from ripieno.models.sampling import Sampling
from ripieno.theory.ranges import CHORALE_RANGES

LSTM_WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


class StepwiseBachBot:
    """BachBot as a ``StepwiseNetwork``."""

    order = tuple(range(VOICES))

    def __init__(
        self, model: BachBot, rows: int, shift: int, pitches: int, fermata: NDArray[np.bool_]
    ) -> None:
        """Begin a piece.

        shift: to add to a pitch index (0..P-1) for its token, including the transposition to C. pitches: P.
        fermata: (T,) bool, where one sounds.
        """
        config = model.config
        self.model, self.vocabulary = model, config.vocabulary
        self.shift, self.pitches = shift, pitches
        self.fermata: list[bool] = fermata.tolist()
        self.weights = [[getattr(layer, name) for name in LSTM_WEIGHTS] for layer in model.layers]
        zero = torch.zeros(rows, config.hidden)
        self.memory = [(zero, zero) for _ in self.weights]
        self.last = torch.full((rows, VOICES), pitches + 1)
        self.feed(torch.full((rows,), self.vocabulary.start))

    def feed(self, tokens: Tensor) -> None:
        """Read one token in each row. tokens: (B,) int64."""
        x = self.model.embedding(tokens)
        for i, (weights, norm) in enumerate(zip(self.weights, self.model.norms, strict=True)):
            x, cell = torch.lstm_cell(x, self.memory[i], *weights)
            self.memory[i] = (x, cell)
            x = norm(x)
        self.out = x

    def open_frame(self, t: int, *, free: bool) -> None:  # noqa: ARG002
        """Read a fermata token where there is a fermata, else nothing."""
        if self.fermata[t]:
            self.feed(torch.full((len(self.last),), self.vocabulary.fermata))

    def score_voice(self, voice: int, now: Frame, *, free: bool) -> TokenScores | None:
        """Read the voice above, then score this one's tokens if it is free."""
        if voice > 0:
            self.feed(self.note_token(voice - 1, now))
        if not free:
            return None
        logp = self.model.head(self.out).log_softmax(-1)
        onsets = logp[:, self.shift : self.shift + self.pitches]
        last = self.last[:, voice].clamp(max=self.pitches - 1)  # after silence a hold is illegal anyway
        tied = logp.gather(-1, (last + self.shift + self.vocabulary.pitches).unsqueeze(-1))
        rest = logp[:, self.vocabulary.rest : self.vocabulary.rest + 1]
        return TokenScores(torch.cat([onsets, tied, rest], dim=-1).numpy())

    def note_token(self, voice: int, now: Frame) -> Tensor:
        """(B,) the stream's token of a voice's cell."""
        token, pitch = (torch.from_numpy(x[:, voice]) for x in now)
        held = (token == self.pitches) * self.vocabulary.pitches
        return torch.where(pitch < self.pitches, pitch + self.shift + held, self.vocabulary.rest)

    def close_frame(self, t: int, now: Frame) -> None:  # noqa: ARG002
        """Read the bass and the delimiter."""
        self.feed(self.note_token(VOICES - 1, now))
        self.feed(torch.full((len(self.last),), self.vocabulary.delimiter))
        self.last = torch.from_numpy(now.pitches)

    def reorder(self, rows: NDArray[np.int64]) -> None:
        """Replace each row's memory by that of the row with this index."""
        index = torch.from_numpy(rows)
        self.memory = [(h[index], c[index]) for h, c in self.memory]
        self.out, self.last = self.out[index], self.last[index]


class BachBotGenerator(AutoregressiveGenerator):
    """BachBot as a generator; see ``ripieno.models.generator.Generator``.

    A piece is transposed to C major or A minor by its first key signature, or else by its given notes.
    """

    voices, plays = VOICES, "choir"
    lowest = min(low for low, _ in CHORALE_RANGES.values())
    highest = max(high for _, high in CHORALE_RANGES.values())
    reads_key_ahead = True
    gives_likelihood = True

    def __init__(self, model: BachBot, *, name: str, sha256: str) -> None:
        self.model, self.name, self.sha256 = model.eval(), name, sha256

    def start_steps(
        self,
        grid: Grid,
        given: Frames,  # noqa: ARG002
        fixed: Mask,
        rows: int,
        sampling: Sampling,  # noqa: ARG002
        plans: Sequence[GridPlan],  # noqa: ARG002
    ) -> StepwiseBachBot:
        """See ``AutoregressiveGenerator``; plans guide it by their bias alone."""
        visible = grid.with_cells(np.where(fixed, grid.cells, REST).astype(grid.cells.dtype))
        shift = self.lowest + to_c_major(visible) - self.model.config.lowest
        return StepwiseBachBot(self.model, rows, shift, self.pitches, grid.fermata)

    @torch.inference_mode()
    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:
        """See ``Generator.log_likelihoods``; without a signature, the key is found from the whole piece."""
        vocabulary = self.model.config.vocabulary
        stream = torch.from_numpy(encode_stream(grid, vocabulary))
        logits, _ = self.model(stream[None, :-1])
        logp = logits[0].log_softmax(-1)
        notes = (stream[1:] <= vocabulary.rest).nonzero()[:, 0].view(-1, VOICES)
        found = logp[notes, stream[1:][notes]]
        if sounding:
            pitch = torch.from_numpy(sounding_pitches(grid.cells)).long()
            stays = torch.zeros_like(found, dtype=torch.bool)
            stays[1:] = (pitch[1:] == pitch[:-1]) & (pitch[1:] != REST)
            token = stream[1:][notes]
            other = torch.where(
                token < vocabulary.pitches, token + vocabulary.pitches, token - vocabulary.pitches
            )
            as_well = logp[notes, torch.where(stays, other, 0)].masked_fill(~stays, float("-inf"))
            found = torch.logaddexp(found, as_well)
        return np.where(fixed, 0.0, found.double().numpy())
