"""An RBM's training: on windows of note states, by contrastive divergence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from ripieno.corpus.corpus import Corpus
from ripieno.models.note_states.rbm import RBM, pseudo_log_likelihood
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.windows import (
    MAX_SAMPLE,
    check_windows,
    key_odds,
    mean_log_odds,
    pieces_without_windows,
    sample_rows,
    window_rows,
)

RBM_TRAIN_CONFIG = TrainConfig(
    steps=12_000,
    learning_rate=1e-3,
    weight_decay=1e-4,
    clip=1e6,
    average=0.995,
    evaluate_every=500,
    patience=1_000,
)


@dataclass(frozen=True, slots=True)
class RBMBatches:
    """The batches, and the chains of contrastive divergence.

    rows: windows in a batch. hop: slots from one window to the next. epochs: each of as many windows as there
    are; ``None`` where the number of steps is given. cd_steps: k of CD-k. persistent: the chains live on from
    batch to batch (Tieleman 2008). sparsity, sparsity_cost: the share of the time that a hidden unit should
    be on, and what the squared distance from it costs (Lee, Ekanadham, Ng 2008).
    """

    rows: int = 100
    hop: int = 16
    epochs: int | None = None
    cd_steps: int = 1
    persistent: bool = True
    sparsity: float = 0.1
    sparsity_cost: float = 0.0


class RBMTraining:
    """See ``FamilyTraining``. Persistent chains start afresh where a stopped training goes on."""

    score_metrics = ("pseudo",)

    def __init__(
        self, model: RBM, corpus: Corpus, *, batches: RBMBatches = RBMBatches(), seed: int = 0
    ) -> None:
        self.model, self.batches, self.seed = model, batches, seed
        self.train = window_rows(model.config, corpus.train, batches.hop)
        self.valid = window_rows(model.config, corpus.valid, batches.hop)
        check_windows(self.train, model.config)
        self.unused_pieces = pieces_without_windows(model.config, corpus.train, batches.hop)
        self.chains: Tensor | None = None

    @property
    def held_out(self) -> bool:
        """Whether there are windows to validate on."""
        return len(self.valid) > 0

    @property
    def steps(self) -> int | None:
        """The epochs in batches; ``None`` where it names none."""
        epochs = self.batches.epochs
        return None if epochs is None else epochs * -(-len(self.train) // self.batches.rows)

    @property
    def max_parts(self) -> int:
        """The rows of a batch."""
        return self.batches.rows

    def initialize(self) -> None:
        """Set the visible bias to the data's log-odds (Hinton 2010, section 8.1)."""
        with torch.no_grad():
            self.model.visible_bias.copy_(mean_log_odds(self.train))

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """F(data) - F(dream), summed over rows; its gradient is contrastive divergence's.

        The dream is the sample that the Gibbs chains make. Dropout leaves the same hidden units out of both.
        """
        config, batches = self.model.config, self.batches
        chance = Generator().manual_seed((self.seed * 1_000_003 + step) * parts + part)
        rows = np.random.default_rng((self.seed, step)).permutation(len(self.train))[: batches.rows]
        data = self.train[rows[part::parts]].float()
        shape = (len(data), config.hidden)
        kept = (torch.rand(shape, generator=chance) >= config.dropout).float()
        dream = self.dream(data, kept, chance)
        loss = self.model.free_energy(data, kept) - self.model.free_energy(dream, kept)
        total = loss.sum()
        if batches.sparsity_cost:
            busy = self.model.hidden_mean(data).mean(0)
            total = total + len(data) * batches.sparsity_cost * (busy - batches.sparsity).square().sum()
        return total, len(data)

    @torch.no_grad()
    def dream(self, data: Tensor, kept: Tensor, chance: Generator) -> Tensor:
        """(B, N) the data, or the persistent chains, after k Gibbs steps."""
        v = data
        if self.batches.persistent and self.chains is not None and len(self.chains) == len(data):
            v = self.chains
        for _ in range(self.batches.cd_steps):
            h = torch.bernoulli(self.model.hidden_mean(v).float(), generator=chance) * kept
            logits = h @ self.model.W.T + self.model.visible_bias
            v = torch.bernoulli(torch.sigmoid(logits.float()), generator=chance)
        self.chains = v
        return v

    @torch.no_grad()
    def finish(self) -> None:
        """Store how often the keys sound."""
        self.model.key_odds.copy_(key_odds(self.train, self.model.config.keys))

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Metrics of held-out windows, where there are some; else of training windows.

        wrong_cells: of a window, after one step up and down. pseudo: -log pseudo-likelihood, nats a cell.
        free_energy_gap: how much higher the mean free energy of held-out windows is; when it grows, the
        RBM overfits (Hinton 2010, section 6).
        """
        chance = Generator().manual_seed(self.seed)
        self.model.eval()
        learned = sample_rows(self.train)
        measured = sample_rows(self.valid) if len(self.valid) else learned
        wrong = (self.model.reconstruct(measured) > 0.5) != measured.bool()
        drawn = measured.repeat(max(1, MAX_SAMPLE // len(measured)), 1)  # of few windows more units each
        pseudo = -pseudo_log_likelihood(self.model, drawn, generator=chance).mean() / measured.shape[1]
        gap = self.model.free_energy(measured).mean() - self.model.free_energy(learned).mean()
        return {
            "wrong_cells": float(wrong.sum(1).float().mean()),
            "pseudo": float(pseudo),
            "free_energy_gap": float(gap),
        }
