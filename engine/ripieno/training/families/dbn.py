"""A DBN's training: its RBMs one after the other, the lowest first, then all layers as an autoencoder."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from ripieno.corpus.corpus import Corpus
from ripieno.models.note_states.dbn import DBN
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.windows import (
    check_windows,
    key_odds,
    mean_log_odds,
    pieces_without_windows,
    sample_rows,
    window_rows,
)

DBN_TRAIN_CONFIG = TrainConfig(
    steps=24_000,
    learning_rate=5e-3,
    clip=1e6,
    evaluate_every=1_000,
    patience=1_000,
)


@dataclass(frozen=True, slots=True)
class DBNBatches:
    """The batches and phases. rows: windows in a batch. hop: slots from one window to the next.

    pretraining: steps of each RBM; the rest are the autoencoder's. noise: its standard deviation; it is added
    to the code, so that neighbouring codes stand for neighbouring music. held_out_decides: the best weights
    are those that are best with held-out pieces, where there are some, not with those for learning.
    """

    rows: int = 32
    hop: int = 16
    pretraining: int = 2_000
    noise: float = 0.0
    held_out_decides: bool = False


class DBNTraining:
    """See ``FamilyTraining``. With random labels it is the inverted net, which learns only the way down."""

    def __init__(
        self, model: DBN, corpus: Corpus, *, batches: DBNBatches = DBNBatches(), seed: int = 0
    ) -> None:
        self.model, self.batches, self.seed = model, batches, seed
        config = model.config
        self.train = window_rows(config, corpus.train, batches.hop)
        self.valid = window_rows(config, corpus.valid, batches.hop)
        check_windows(self.train, model.config)
        self.unused_pieces = pieces_without_windows(model.config, corpus.train, batches.hop)
        bits = torch.randint(2, (len(self.train), config.code), generator=Generator().manual_seed(seed))
        self.labels = 2 * bits.float() - 1

    @property
    def held_out(self) -> bool:
        """Whether some metrics are of windows that it does not learn from."""
        return len(self.valid) > 0 and not self.model.config.random_labels

    @property
    def score_metrics(self) -> tuple[str, ...]:
        """What decides which weights are best."""
        return (
            ("wrong_cells_held_out",) if self.batches.held_out_decides and self.held_out else ("wrong_cells",)
        )

    @property
    def max_parts(self) -> int:
        """The rows of a batch."""
        return self.batches.rows

    def initialize(self) -> None:
        """Set the lowest bias to the data's log-odds (Hinton 2010, section 8.1).

        Without pretraining the weights begin larger (Glorot and Bengio 2010, for sigmoids): through several
        layers of small ones no gradient comes, and the network would never learn more than its bias.
        """
        with torch.no_grad():
            self.model.down_bias[0].copy_(mean_log_odds(self.train))
            for weights in self.model.W if len(self.phases) == 1 else ():
                weights.normal_(std=4 * math.sqrt(2 / sum(weights.shape)))

    def layer_of(self, step: int) -> int | None:
        """The RBM that learns in this step; ``None`` when all layers do."""
        layer = step // max(self.batches.pretraining, 1) if self.batches.pretraining else len(self.model.W)
        return layer if layer < len(self.model.W) and not self.model.config.random_labels else None

    @property
    def phases(self) -> tuple[tuple[int, str], ...]:
        """The step at which each part of the training begins, and what learns there."""
        if not self.batches.pretraining or self.model.config.random_labels:
            return ((0, "decoder" if self.model.config.random_labels else "autoencoder"),)
        layers = len(self.model.W)
        each = [(layer * self.batches.pretraining, f"RBM {layer + 1}") for layer in range(layers)]
        return (*each, (layers * self.batches.pretraining, "autoencoder"))

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """One RBM's contrastive divergence (CD-1), or the autoencoder's squared error; summed over rows."""
        chance = Generator().manual_seed((self.seed * 1_000_003 + step) * parts + part)
        rows = np.random.default_rng((self.seed, step)).permutation(len(self.train))[: self.batches.rows]
        rows = rows[part::parts]
        data = self.train[rows].float()
        layer = self.layer_of(step)
        if layer is not None:
            return self.divergence(data, layer, chance), len(data)
        code = self.labels[rows] if self.model.config.random_labels else self.model.encode(data)
        code = code + self.batches.noise * torch.randn(code.shape, generator=chance)
        return (torch.sigmoid(self.model.decode(code).float()) - data).square().sum(), len(data)

    def divergence(self, data: Tensor, layer: int, chance: Generator) -> Tensor:
        """F(x) - F(dream) of one layer, summed over rows; x are the means of the layer below.

        The dream is x after one Gibbs step. Above the lowest layer it is of means, too (Hinton and
        Salakhutdinov 2006): were it drawn, the RBM would learn to make up for noise that its data lack.
        """
        model = self.model
        with torch.no_grad():
            x = model.layer_input(data, layer)
            h = model.hidden_sample(x, layer, generator=chance)
            dream = torch.sigmoid(model.down(h, layer)).float()
            if layer == 0:
                dream = torch.bernoulli(dream, generator=chance)
        return (model.free_energy(x, layer) - model.free_energy(dream, layer)).sum()

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Wrong cells of a window that was encoded and decoded: of training windows, and of held-out ones."""
        labels = sample_rows(self.labels)
        result = {"wrong_cells": wrong_cells(self.model, sample_rows(self.train), labels)}
        if len(self.valid) and not self.model.config.random_labels:
            result["wrong_cells_held_out"] = wrong_cells(self.model, sample_rows(self.valid), labels)
        return result

    @torch.no_grad()
    def finish(self) -> None:
        """Store how often the keys sound, and the mean and spread of the codes of the windows."""
        self.model.key_odds.copy_(key_odds(self.train, self.model.config.keys))
        if self.model.config.random_labels:
            return
        codes = torch.cat([self.model.encode(rows.float()) for rows in torch.split(self.train, 256)])
        self.model.code_mean.copy_(codes.mean(0))
        spread = torch.cov(codes.T, correction=0) + 1e-3 * torch.eye(codes.shape[1])
        self.model.code_spread.copy_(torch.linalg.cholesky(spread))


def wrong_cells(model: DBN, rows: Tensor, labels: Tensor) -> float:
    """The mean number of units of a window that the network decodes wrongly."""
    codes = labels if model.config.random_labels else model.encode(rows)
    return float(((model.decode(codes) > 0) != rows.bool()).sum(1).float().mean())
