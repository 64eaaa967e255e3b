"""The weights that a network starts with.

They can be made on the meta device, which has shapes only (see ``ripieno.models.weights``): torch's own
functions for them import torch's compiler there, which takes a second.
"""

from __future__ import annotations

import torch
from torch import Tensor


def normal(*shape: int, std: float = 1.0) -> Tensor:
    """Numbers of a normal distribution around 0; on the meta device nothing is drawn."""
    numbers = torch.empty(*shape)
    return numbers if numbers.is_meta else numbers.normal_(std=std)


def identity(size: int) -> Tensor:
    """(size, size) 1 on the diagonal, else 0."""
    return torch.zeros(size, size).fill_diagonal_(1)
