"""BachBot's training: on the pieces as one long stream of tokens, in a new order every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.models.bachbot.network import BachBot, State
from ripieno.models.bachbot.tokens import encode_stream
from ripieno.training.families.base import TrainConfig, device_of

EPOCHS = 30
HALVE_AFTER = 5  # epochs


@dataclass(frozen=True, slots=True)
class BachBotBatches:
    """The batches: rows of the stream, each going on where it ended in the batch before."""

    rows: int = 50
    length: int = 128  # tokens; gradients go back no farther (truncated back-propagation through time)


class BachBotTraining:
    """See ``FamilyTraining``. The LSTM's state is carried from step to step and reset where an epoch begins.

    It is also reset where a stopped training goes on inside an epoch. Several processes learn nearly what one
    learns alone, not the same, since batch normalization sees the rows of one process only.
    """

    score_metrics = ("token",)
    held_out = True
    unused_pieces: tuple[str, ...] = ()

    def __init__(
        self, model: BachBot, corpus: Corpus, *, batches: BachBotBatches = BachBotBatches(), seed: int = 0
    ) -> None:
        self.model, self.batches, self.seed = model, batches, seed
        vocabulary = model.config.vocabulary
        self.streams = [encode_stream(piece.grid, vocabulary) for piece in corpus.train]
        self.valid = corpus.valid
        self.state: State | None = None

    @property
    def max_parts(self) -> int:
        """The rows of a batch."""
        return self.batches.rows

    @property
    def epoch_steps(self) -> int:
        """Batches that make one epoch; what is left of the stream is not used in it."""
        tokens = sum(len(stream) for stream in self.streams)
        return max(1, (tokens - 1) // (self.batches.rows * self.batches.length))

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """-log p of the tokens of some rows, in nats."""
        epoch, chunk = divmod(step, self.epoch_steps)
        rows = self.rows_of(epoch)[part::parts]
        if chunk == 0:
            self.state = None
        start = chunk * self.batches.length
        tokens = rows[:, start : start + self.batches.length + 1].to(device_of(self.model))
        logits, state = self.model(tokens[:, :-1], self.state)
        self.state = [(h.detach(), c.detach()) for h, c in state]
        losses = F.cross_entropy(logits.float().flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")
        return losses, tokens[:, 1:].numel()

    def rows_of(self, epoch: int) -> Tensor:
        """(rows, N) the stream of an epoch, cut into rows of one length."""
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.streams))
        stream = np.concatenate([self.streams[i] for i in order])
        length = self.epoch_steps * self.batches.length
        most = max(0, len(stream) - 1 - length)
        starts = np.linspace(0, most, self.batches.rows).astype(int)
        return torch.from_numpy(np.stack([stream[i : i + length + 1] for i in starts]))

    def finish(self) -> None:
        """BachBot needs no statistics."""

    def validate(self) -> dict[str, float]:
        """Mean nats a token on the validation pieces; every kind of token counts."""
        return {"token": nats_per_token(self.model, self.valid)}


def bachbot_train_config(
    training: BachBotTraining, *, seed: int = 0, steps: int | None = None
) -> TrainConfig:
    """The thesis's schedule: Adam at 0.002, halved every five epochs, validated once an epoch."""
    epoch = training.epoch_steps
    return TrainConfig(
        steps=EPOCHS * epoch if steps is None else steps,
        learning_rate=2e-3,
        halve_every=HALVE_AFTER * epoch,
        clip=5.0,
        evaluate_every=epoch,
        seed=seed,
    )


@torch.no_grad()
def nats_per_token(model: BachBot, pieces: Sequence[Piece]) -> float:
    """Mean -log p of every token after START, END included, each piece by itself."""
    model.eval()
    total, count = 0.0, 0
    for piece in pieces:
        tokens = torch.from_numpy(encode_stream(piece.grid, model.config.vocabulary)).to(device_of(model))
        logits, _ = model(tokens[None, :-1])
        total += float(F.cross_entropy(logits[0].float(), tokens[1:], reduction="sum"))
        count += len(tokens) - 1
    return total / count
