"""A restricted Boltzmann machine over windows of note states.

After Smolensky 1986; Hinton, "Training products of experts by minimizing contrastive divergence", 2002, and
"A practical guide to training restricted Boltzmann machines", 2010; dropout after Srivastava et al. 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from ripieno.models.initial_weights import normal
from ripieno.models.note_states.keyboard import KeyboardCompass


@dataclass(frozen=True, slots=True)
class RBMConfig:
    """Sizes, and settings of the sampler.

    N visible units are ``window`` times the sounding and the articulated half of ``keys`` keys.
    """

    window: int = 32  # slots
    lowest: int = 21  # MIDI pitch of the first key, after the transposition to C
    keys: int = 88  # P
    bar: int = 16  # slots of a bar
    hidden: int = 500  # H
    dropout: float = 0.0  # of hidden units, in training
    gibbs_steps: int = 300  # for one result
    cooling: float = 0.5  # share of the steps in which the temperature falls from 1 to the requested; 0: none
    from_null: bool = False  # start chains from silence; else from keys at random, each by ``RBM.key_odds``

    @property
    def visible(self) -> int:
        """N, the number of visible units."""
        return self.window * 2 * self.keys

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the visible units."""
        return KeyboardCompass(self.lowest, self.keys)


class RBM(nn.Module):
    """p(v, h) = exp(-E(v, h)) / Z, with E = -v'Wh - v'b - h'c.

    key_odds: (P,) log-odds that each key sounds, in the training music.
    """

    key_odds: Tensor

    def __init__(self, config: RBMConfig) -> None:
        super().__init__()
        self.config = config
        self.W = nn.Parameter(normal(config.visible, config.hidden, std=0.01))  # Hinton 2010, section 8
        self.visible_bias = nn.Parameter(torch.zeros(config.visible))
        self.hidden_bias = nn.Parameter(torch.zeros(config.hidden))
        self.register_buffer("key_odds", torch.zeros(config.keys))

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """(B,) the energy E(v, h). v: (B, N), h: (B, H)."""
        return -(torch.einsum("bn,nh,bh->b", v, self.W, h) + v @ self.visible_bias + h @ self.hidden_bias)

    def free_energy(self, v: Tensor, kept: Tensor | None = None) -> Tensor:
        """(B,) F(v) = -log sum_h exp(-E(v, h)). kept: (B, H) 0 or 1, 0 for hidden units that are dropped."""
        units = F.softplus(v @ self.W + self.hidden_bias)  # (B, H)
        if kept is not None:
            units = units * kept
        return -(v @ self.visible_bias) - units.sum(1)

    def hidden_mean(self, v: Tensor, temperature: float = 1.0) -> Tensor:
        """(B, H) p(h = 1 | v)."""
        return torch.sigmoid((v @ self.W + self.hidden_bias) / temperature)

    def visible_logits(self, h: Tensor) -> Tensor:
        """(B, N) log-odds of v = 1 given h.

        After training with dropout all hidden units are used, scaled by the share in which each was kept.
        """
        return (1 - self.config.dropout) * (h @ self.W.T) + self.visible_bias

    def visible_mean(self, h: Tensor, temperature: float = 1.0) -> Tensor:
        """(B, N) p(v = 1 | h)."""
        return torch.sigmoid(self.visible_logits(h) / temperature)

    def gibbs_step(
        self, v: Tensor, clamp: Tensor | None = None, *, generator: Generator, temperature: float = 1.0
    ) -> Tensor:
        """Resample every hidden unit, then every visible unit that is not clamped.

        v: (B, N) float, 0 or 1; left unchanged. clamp: (N,) or (B, N) bool, True where given notes must stay.
        Returns a new (B, N).
        """
        h = torch.bernoulli(self.hidden_mean(v, temperature), generator=generator)  # (B, H)
        new = torch.bernoulli(self.visible_mean(h, temperature), generator=generator)  # (B, N)
        return new if clamp is None else torch.where(clamp, v, new)

    def reconstruct(self, v: Tensor) -> Tensor:
        """(B, N) the visible units' means after one step up and down, without sampling."""
        return self.visible_mean(self.hidden_mean(v))


@torch.no_grad()
def pseudo_log_likelihood(model: RBM, v: Tensor, *, generator: Generator) -> Tensor:
    """(B,) an estimate of log PL(v) = sum_i log p(v_i | all others), from one random i of each row.

    N log sigmoid(F(v with v_i flipped) - F(v)); Besag 1975, estimated as in the deep learning tutorials of
    LISA lab, Montreal.
    """
    count, visible = v.shape
    index = torch.randint(visible, (count, 1), generator=generator)
    flipped = v.scatter(1, index, 1 - v.gather(1, index))
    return visible * F.logsigmoid(model.free_energy(flipped) - model.free_energy(v))


@torch.no_grad()
def log_partition(
    model: RBM, *, chains: int = 100, temperatures: int = 1000, generator: Generator
) -> tuple[float, float]:
    """(an estimate of log Z, the spread of its chains) by annealed importance sampling.

    In even steps from an RBM without weights, whose log Z is known, to the whole one. Neal 2001;
    Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", 2008. For small RBMs
    only: with thousands of units the chains may not mix. spread: standard deviation of the log weights, in
    nats; above about 2 the estimate is unreliable.
    """
    bias, hidden_bias = model.visible_bias, model.hidden_bias
    visible, hidden = model.W.shape
    v = torch.bernoulli(torch.sigmoid(bias).expand(chains, visible), generator=generator)
    log_weight = torch.zeros(chains, dtype=torch.float64)

    def log_p(v: Tensor, beta: float) -> Tensor:
        """Log of the unnormalized p(v) of the RBM with weights and hidden biases scaled by ``beta``."""
        return v @ bias + F.softplus(beta * (v @ model.W + hidden_bias)).sum(1)

    betas = [i / temperatures for i in range(temperatures + 1)]
    for before, beta in pairwise(betas):
        log_weight += (log_p(v, beta) - log_p(v, before)).double()
        h = torch.bernoulli(torch.sigmoid(beta * (v @ model.W + hidden_bias)), generator=generator)
        v = torch.bernoulli(torch.sigmoid(beta * (h @ model.W.T) + bias), generator=generator)
    # At beta 0 each hidden unit contributes a factor of 2: softplus(0) = log 2.
    base = float(F.softplus(bias).sum()) + hidden * float(torch.log(torch.tensor(2.0)))
    estimate = torch.logsumexp(log_weight, 0) - torch.log(torch.tensor(float(chains)))
    return base + float(estimate), float(log_weight.std())
