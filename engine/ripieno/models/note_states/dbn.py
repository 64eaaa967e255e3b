"""A deep belief network over windows of note states: it encodes a window as a short code, and decodes it.

A stack of RBMs, each trained on the hidden units of the one below, then unrolled into an autoencoder with
tied weights: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from ripieno.models.initial_weights import identity, normal
from ripieno.models.note_states.keyboard import KeyboardCompass


@dataclass(frozen=True, slots=True)
class DBNConfig:
    """Sizes. The N visible units are ``window`` times the sounding and the articulated half of the keys."""

    window: int = 64  # slots: four bars
    lowest: int = 21  # MIDI pitch of the first key, after the transposition to C
    keys: int = 88  # P
    bar: int = 16  # slots of a bar
    layers: tuple[int, ...] = (512, 256, 128, 16)  # hidden units of each RBM; those of the last are the code
    random_labels: bool = False  # the inverted net: each window's code is a random label of -1 and 1

    @property
    def visible(self) -> int:
        """N, the number of visible units."""
        return self.window * 2 * self.keys

    @property
    def code(self) -> int:
        """C, the length of a code."""
        return self.layers[-1]

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the visible units."""
        return KeyboardCompass(self.lowest, self.keys)


class DBN(nn.Module):
    """A stack of RBMs: ``W[l]`` (from, to), ``down_bias[l]`` (from,), ``up_bias[l]`` (to,), the lowest first.

    The code is linear: the top RBM's hidden units are real numbers with unit variance, as in the paper, so
    that the codes on a straight line between two codes decode to music as well.
    code_mean (C,), code_spread (C, C): the mean of the training windows' codes, and a Cholesky factor of
    their covariance. Codes drawn from this normal distribution are like those that the decoder learned.
    key_odds: (P,) log-odds that each key sounds, in the training music.
    """

    code_mean: Tensor
    code_spread: Tensor
    key_odds: Tensor

    def __init__(self, config: DBNConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (config.visible, *config.layers)
        pairs = list(pairwise(sizes))
        self.W = parameters(normal(a, b, std=0.01) for a, b in pairs)
        self.down_bias = parameters(torch.zeros(a) for a, _ in pairs)
        self.up_bias = parameters(torch.zeros(b) for _, b in pairs)
        self.register_buffer("code_mean", torch.zeros(config.code))
        self.register_buffer("code_spread", identity(config.code))
        self.register_buffer("key_odds", torch.zeros(config.keys))

    def up(self, x: Tensor, layer: int) -> Tensor:
        """(B, to) logits of the hidden units of one layer. x: (B, from)."""
        logits: Tensor = x @ self.W[layer] + self.up_bias[layer]
        return logits

    def down(self, h: Tensor, layer: int) -> Tensor:
        """(B, from) logits of the visible units of one layer. h: (B, to)."""
        logits: Tensor = h @ self.W[layer].T + self.down_bias[layer]
        return logits

    def is_top(self, layer: int) -> bool:
        """Whether the hidden units of this layer are the code."""
        return layer == len(self.config.layers) - 1

    def free_energy(self, x: Tensor, layer: int) -> Tensor:
        """(B,) the free energy of one layer's RBM. x: (B, from).

        F(x) = -x'b - sum of a term of each hidden unit with input u: softplus(u) for a binary unit, u^2 / 2
        for a Gaussian one.
        """
        u = self.up(x, layer)
        units = u.square() / 2 if self.is_top(layer) else F.softplus(u)
        energy: Tensor = -(x @ self.down_bias[layer]) - units.sum(1)
        return energy

    def hidden_sample(self, x: Tensor, layer: int, *, generator: Generator) -> Tensor:
        """(B, to) a sample of one layer's hidden units. x: (B, from)."""
        u = self.up(x, layer)
        if self.is_top(layer):
            noise: Tensor = torch.randn(u.shape, generator=generator)
            return u + noise
        return torch.bernoulli(torch.sigmoid(u), generator=generator)

    def layer_input(self, v: Tensor, layer: int) -> Tensor:
        """(B, from) the input of a layer for windows, v (B, N): the means of the hidden units below it."""
        for below in range(layer):
            v = torch.sigmoid(self.up(v, below))
        return v

    def encode(self, v: Tensor) -> Tensor:
        """(B, C) the codes of windows. v: (B, N)."""
        top = len(self.config.layers) - 1
        return self.up(self.layer_input(v, top), top)

    def decode_hidden(self, code: Tensor) -> Tensor:
        """(B, H) the means of the lowest hidden layer, decoded from codes. code: (B, C)."""
        h = code
        for layer in range(len(self.config.layers) - 1, 0, -1):
            h = torch.sigmoid(self.down(h, layer))
        return h

    def decode(self, code: Tensor) -> Tensor:
        """(B, N) logits of windows, decoded from codes. code: (B, C)."""
        return self.down(self.decode_hidden(code), 0)

    def subsampled_layer(self, every: int) -> tuple[Tensor, Tensor]:
        """(weights (M, H), biases (M,)) of the lowest layer for only the first of each ``every`` slots."""
        slots = self.config.window
        weights = self.W[0].view(slots, -1, self.config.layers[0])[::every].flatten(0, 1)
        return weights, self.down_bias[0].view(slots, -1)[::every].flatten()


def parameters(tensors: Iterable[Tensor]) -> nn.ParameterList:
    """A list of trainable parameters."""
    return nn.ParameterList(nn.Parameter(tensor) for tensor in tensors)
