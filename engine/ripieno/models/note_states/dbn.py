"""A deep belief network over windows of note states: a short code, and the music that it stands for.

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

from ripieno.models.note_states.keyboard import KeyboardCompass


@dataclass(frozen=True, slots=True)
class DBNConfig:
    """Sizes. The N visible units are ``window`` times the sounding and the articulated half of the keys."""

    window: int = 64  # slots: four bars
    lowest: int = 21  # MIDI pitch of the first key, after the move to C
    keys: int = 88  # P
    bar: int = 16  # slots of a bar
    layers: tuple[int, ...] = (512, 256, 128, 16)  # hidden units of each RBM; the last are the code
    random_labels: bool = False  # the inverted net: a code is no summary but a random label, of -1 and 1

    @property
    def visible(self) -> int:
        """N."""
        return self.window * 2 * self.keys

    @property
    def code(self) -> int:
        """C, the length of a code."""
        return self.layers[-1]

    @property
    def compass(self) -> KeyboardCompass:
        """Its keys."""
        return KeyboardCompass(self.lowest, self.keys)


class DBN(nn.Module):
    """The stack: ``W[l]`` (from, to), ``down_bias[l]`` (from,), ``up_bias[l]`` (to,), the lowest first.

    The code is linear: the top RBM's hidden units are real numbers with unit variance, as in the paper, so
    that the straight way between two codes leads through music.
    code_mean (C,), code_spread (C, C): of the training windows' codes; the second is a Cholesky factor of
    their covariance. A code drawn from both is like those that the decoder knows.
    key_odds: (P,) log-odds of each key's sounding in the music that was learned.
    """

    code_mean: Tensor
    code_spread: Tensor
    key_odds: Tensor

    def __init__(self, config: DBNConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (config.visible, *config.layers)
        pairs = list(pairwise(sizes))
        self.W = parameters(torch.randn(a, b) * 0.01 for a, b in pairs)
        self.down_bias = parameters(torch.zeros(a) for a, _ in pairs)
        self.up_bias = parameters(torch.zeros(b) for _, b in pairs)
        self.register_buffer("code_mean", torch.zeros(config.code))
        self.register_buffer("code_spread", torch.eye(config.code))
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
        """Is this the layer whose hidden units are the code?"""
        return layer == len(self.config.layers) - 1

    def free_energy(self, x: Tensor, layer: int) -> Tensor:
        """(B,) of one layer's RBM. x: (B, from).

        Of a hidden unit with input u, softplus(u) where it is binary, u^2 / 2 where it is Gaussian.
        """
        u = self.up(x, layer)
        units = u.square() / 2 if self.is_top(layer) else F.softplus(u)
        energy: Tensor = -(x @ self.down_bias[layer]) - units.sum(1)
        return energy

    def hidden_sample(self, x: Tensor, layer: int, *, generator: Generator) -> Tensor:
        """(B, to) hidden units of one layer's RBM, drawn. x: (B, from)."""
        u = self.up(x, layer)
        if self.is_top(layer):
            noise: Tensor = torch.randn(u.shape, generator=generator)
            return u + noise
        return torch.bernoulli(torch.sigmoid(u), generator=generator)

    def layer_input(self, v: Tensor, layer: int) -> Tensor:
        """(B, from) what a layer sees of windows: the means of the hidden units below it."""
        for below in range(layer):
            v = torch.sigmoid(self.up(v, below))
        return v

    def encode(self, v: Tensor) -> Tensor:
        """(B, C) the codes of windows. v: (B, N)."""
        top = len(self.config.layers) - 1
        return self.up(self.layer_input(v, top), top)

    def decode_hidden(self, code: Tensor) -> Tensor:
        """(B, H) the lowest hidden layer that a code stands for. code: (B, C)."""
        h = code
        for layer in range(len(self.config.layers) - 1, 0, -1):
            h = torch.sigmoid(self.down(h, layer))
        return h

    def decode(self, code: Tensor) -> Tensor:
        """(B, N) logits of the window that a code stands for. code: (B, C)."""
        return self.down(self.decode_hidden(code), 0)

    def decode_subsampled(self, code: Tensor, every: int) -> Tensor:
        """(B, M) logits of one slot in ``every`` only, for a quick look at a window. code: (B, C)."""
        slots = self.config.window
        weights = self.W[0].view(slots, -1, self.config.layers[0])[::every].flatten(0, 1)
        biases = self.down_bias[0].view(slots, -1)[::every].flatten()
        logits: Tensor = self.decode_hidden(code) @ weights.T + biases
        return logits


def parameters(tensors: Iterable[Tensor]) -> nn.ParameterList:
    """What learns, layer by layer."""
    return nn.ParameterList(nn.Parameter(tensor) for tensor in tensors)
