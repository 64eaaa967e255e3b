"""What each family of networks learns from, one file a family: its batches, its loss, its exam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train, whatever the family; each family's own defaults made its shipped weights."""

    steps: int
    learning_rate: float  # at its height
    warmup: int = 0  # steps, from zero
    halve_every: int | None = None  # steps; ``None`` decays along half a cosine, to zero at the last step
    weight_decay: float = 0.0  # of everything but biases
    momentum: float | None = None  # of plain gradient descent; ``None`` is AdamW
    clip: float = 1.0  # norm of the gradient
    average: float = 0.0  # what judged and shipped weights keep of their own running mean at each step
    evaluate_every: int = 100  # steps
    patience: int = 30  # evaluations without a better one, then stop
    seed: int = 0
    bfloat16: bool = True


class FamilyTraining(Protocol):
    """What the trainer asks of a family.

    model: the network that learns. plan: a dataclass, what its batches hold. judged_by: the names in the exam
    whose sum decides which weights are best.
    """

    @property
    def model(self) -> nn.Module: ...

    @property
    def plan(self) -> Any: ...

    @property
    def judged_by(self) -> tuple[str, ...]: ...

    @property
    def held_out(self) -> bool:
        """Is the exam on pieces that it does not learn from?"""
        ...

    @property
    def unheard(self) -> tuple[str, ...]:
        """The training pieces in which there is nothing that it can learn from."""
        ...

    @property
    def most_parts(self) -> int:
        """How many parts a batch can have, so that none is empty."""
        ...

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """(summed loss, how many values it sums) of one part of the batch of a step.

        The same step gives the same batch, and processes that take a part each see together what one process
        alone sees.
        """
        ...

    def finish(self) -> None:
        """Tell the network, once its best weights stand, what it must know of its lessons besides them."""
        ...

    def exam(self) -> dict[str, float]:
        """How well the network does, lower is better, by name; see ``held_out``."""
        ...


def device_of(model: nn.Module) -> torch.device:
    """Where the network computes."""
    return next(model.parameters()).device
