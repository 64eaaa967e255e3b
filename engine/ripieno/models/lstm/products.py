"""The small products and cells of which the steps of a network consist, a dozen for every frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Floats = NDArray[np.float32]
PACKED_SIZE = 65_536  # weights; the product with a smaller matrix is over before a packed one has begun
HALF = np.float32(0.5)


class LinearLayer:
    """The weights of a linear layer, (inputs, outputs), and its bias, (outputs,), for a few rows at a time.

    Such a product waits for its weights. Those of a file are numbers in half precision; where each of a large
    matrix still is, FBGEMM, which torch has on x86, keeps them so and has half as much to read. It computes
    in single precision, so nothing is lost: only the order of the sums is its own.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self.weight = weight
        self.bias: Floats | None = None if bias is None else bias.numpy()
        self.packed = packed_in_half(weight, bias)

    def apply(self, x: Floats) -> Floats:
        """(..., outputs) of (..., inputs): by torch, whose product of so few rows is quicker than NumPy's."""
        out: Floats
        if self.packed is not None:
            out = torch.ops.quantized.linear_dynamic_fp16(torch.from_numpy(x), self.packed).numpy()
            return out
        out = (torch.from_numpy(x) @ self.weight).numpy()
        if self.bias is not None:
            out += self.bias
        return out


def packed_in_half(weight: Tensor, bias: Tensor | None) -> torch.ScriptObject | None:
    """A matrix and a bias as FBGEMM takes them; ``None`` where that would change a number, or is slower."""
    has_fbgemm = torch.backends.quantized.engine in ("fbgemm", "x86")
    if not has_fbgemm or weight.numel() < PACKED_SIZE or not torch.equal(weight, weight.half().float()):
        return None
    packed: torch.ScriptObject = torch.ops.quantized.linear_prepack_fp16(weight.T.contiguous(), bias)
    return packed


def advance(gates: Floats, memory: Floats) -> tuple[Floats, Floats]:
    """(output, memory) of an LSTM's cell, (B, H) each. gates: (B, 4 H), as from ``cell_layer``; overwritten.

    The logistic function of x is (1 + tanh(x / 2)) / 2, so all gates take one tanh. NumPy's is ten times as
    quick as torch's.
    """
    size = memory.shape[1]
    opened, new = gates[:, : 3 * size], gates[:, 3 * size :]
    opened *= HALF
    np.tanh(gates, out=gates)
    opened *= HALF
    opened += HALF
    memory = opened[:, size : 2 * size] * memory
    new *= opened[:, :size]
    memory += new
    out: Floats = np.tanh(memory)
    out *= opened[:, 2 * size :]
    return out, memory


def cell_layer(lstm: nn.LSTM, layer: int) -> tuple[Tensor, Tensor, Tensor]:
    """(from the input (I, 4 H), from the output before (H, 4 H), bias (4 H,)) of an LSTM's gates.

    In the order input, forget, output and new, for ``advance``.
    """

    def ordered(x: Tensor) -> Tensor:
        opens, forgets, new, puts = x.chunk(4)
        return torch.cat([opens, forgets, puts, new])

    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    first, second, *biases = (ordered(getattr(lstm, f"{name}_l{layer}")) for name in names)
    return first.T.contiguous(), second.T.contiguous(), sum_of(biases)


def sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """Their sum."""
    return torch.stack(list(tensors)).sum(0)


def columns_of(*parts: Tensor) -> Tensor:
    """(M, N) of weights (N_i, M), one below the other."""
    return torch.cat(parts).T.contiguous()
