"""What the trainer needs of a family: batches with a loss, and a validation; and how it is configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train, whatever the family. Each family's own defaults made its shipped weights."""

    steps: int
    learning_rate: float  # at its height
    warmup: int = 0  # steps, from zero
    halve_every: int | None = None  # steps; ``None`` decays along half a cosine, to zero at the last step
    weight_decay: float = 0.0  # of everything but biases
    momentum: float | None = None  # of plain gradient descent; ``None`` is AdamW
    clip: float = 1.0  # norm of the gradient
    average: float = 0.0  # decay of the running mean of the weights, which is validated and saved
    evaluate_every: int = 100  # steps
    patience: int = 30  # validations without a better score, then stop
    seed: int = 0
    bfloat16: bool = True


class FamilyTraining(Protocol):
    """A network of one family and the data that it learns from, as the trainer sees them.

    model: the network that learns. batches: a dataclass, the settings of its batches. score_metrics: the
    metrics of ``validate`` whose sum is the score; the weights with the lowest are best.
    """

    @property
    def model(self) -> nn.Module: ...

    @property
    def batches(self) -> Any: ...

    @property
    def score_metrics(self) -> tuple[str, ...]: ...

    @property
    def held_out(self) -> bool:
        """Whether ``validate`` measures pieces that the network does not learn from."""
        ...

    @property
    def unused_pieces(self) -> tuple[str, ...]:
        """The names of the training pieces in which there is nothing that it can learn from."""
        ...

    @property
    def max_parts(self) -> int:
        """How many parts a batch can be split into, so that none is empty."""
        ...

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """(summed loss, how many values it sums) of one part of the batch of a step.

        The same step gives the same batch, and all its parts together are the batch of one process alone.
        """
        ...

    def finish(self) -> None:
        """Store in the network, which has its best weights now, the statistics of the data that it needs."""
        ...

    def validate(self) -> dict[str, float]:
        """The network's metrics by name, lower is better, on held-out pieces where there are some."""
        ...


def device_of(model: nn.Module) -> torch.device:
    """The device of a network."""
    return next(model.parameters()).device
