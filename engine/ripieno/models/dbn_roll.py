"""Music of any length from a DBN's codes: drawn, moved, or found by gradient descent on what is given."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from ripieno.models.dbn import DBN
from ripieno.models.filling import Progress
from ripieno.models.key_windows import GivenKeys, Overlap
from ripieno.models.keyboard import Compass
from ripieno.models.sampling import Sampling

FORM = (0, 0, 1, 0)  # which of two themes each group of four bars has: A A' B A''
VARIETY = 0.35  # how far a return is from its theme, as a share of the way to another draw


@dataclass(frozen=True, slots=True)
class Search:
    """The descent on the code. steps: of the descent. restarts: codes that it starts from at once.

    rate: of Adam. wanted, unwanted, near: weights of a given note that is missing, of a key that must be
    silent and sounds, and of one within a whole step of a given note. prior: weight of the code's own
    likelihood, in nats.
    """

    steps: int = 60
    restarts: int = 8
    rate: float = 0.15
    wanted: float = 1.0
    unwanted: float = 0.25
    near: float = 1.0
    prior: float = 0.02


class DBNNetwork:
    """A DBN as a network of keys (see ``key_windows.KeyNetwork``)."""

    def __init__(self, model: DBN, *, search: Search = Search()) -> None:
        self.model, self.search = model, search

    @property
    def bar(self) -> int:
        """Slots of a bar."""
        return self.model.config.bar

    @property
    def compass(self) -> Compass:
        """Its keys."""
        return self.model.config.compass

    @property
    def key_odds(self) -> Tensor:
        """See ``key_windows.KeyNetwork``."""
        return self.model.key_odds

    @torch.no_grad()
    def roll(
        self,
        given: GivenKeys,
        *,
        generator: Generator,
        sampling: Sampling,
        candidates: int = 1,
        closeness: float | None = None,
        progress: Progress = lambda _: None,
    ) -> Tensor:
        """See ``key_windows.KeyNetwork``.

        Nothing given: a path through drawn codes. Something given: the codes whose music has it, found by
        descent (``found_codes``). closeness: the given music's own codes, moved towards drawn ones.
        The temperature flattens what the codes say before it is told; 0 leaves it as it is.
        """
        config = self.model.config
        overlap = Overlap(
            config.window, config.bar if given.slots > config.window else config.window, given.slots
        )
        if given.clamp.any() and closeness is None:
            overlap = Overlap(config.window, config.window // 2, given.slots)
        full = given.padded(overlap.padded)
        if closeness is not None:
            codes = self.moved_codes(overlap.cut(full.states), candidates, 1 - closeness, generator)
        elif given.clamp.any():
            codes = self.found_codes(full, overlap, candidates, generator, progress)
        else:
            codes = self.drawn_path(len(overlap.starts), overlap.hop, candidates, generator)
        heat = max(sampling.temperature, 1e-3)
        chances = torch.sigmoid(overlap.join(self.music(codes)) * min(1.0, 0.5 / heat))
        progress(1.0)
        return torch.where(full.clamp, full.states, chances)[:, : given.slots]

    def music(self, codes: Tensor, keys: Tensor | None = None) -> Tensor:
        """(..., W, steps, 2P) logits of (..., W, C) codes; of some keys only where they are named."""
        config = self.model.config
        return self.model.decode(codes.flatten(0, -2), keys).view(*codes.shape[:-1], config.window, -1)

    def drawn(self, *shape: int, generator: Generator) -> Tensor:
        """(*shape, C) codes like those of the music that was learned."""
        noise = torch.randn(*shape, self.model.config.code, generator=generator)
        if self.model.config.random_labels:
            return noise.sign()
        return self.model.code_mean + noise @ self.model.code_spread.T

    def drawn_path(self, windows: int, hop: int, candidates: int, generator: Generator) -> Tensor:
        """(candidates, W, C) codes of a piece: two themes, their returns a little changed.

        Between the middles of two groups of bars the code goes over from one to the next.
        """
        if windows == 1:
            return self.drawn(candidates, 1, generator=generator)
        span = self.model.config.window // hop  # windows from one group of bars to the next
        groups = -(-windows // span) + 1
        themes = self.drawn(candidates, 2, generator=generator)
        others = self.drawn(candidates, groups, generator=generator)
        theme = themes[:, [FORM[g % len(FORM)] for g in range(groups)]]
        anchors = torch.lerp(theme, others, VARIETY)
        anchors[:, 0] = theme[:, 0]
        at = torch.arange(windows) / span
        first = at.long()
        share = smooth(at - first).unsqueeze(-1)
        return torch.lerp(anchors[:, first], anchors[:, first + 1], share)

    def moved_codes(self, windows: Tensor, candidates: int, amount: float, generator: Generator) -> Tensor:
        """(candidates, W, C) the codes of windows, moved a share of the way to drawn ones.

        windows: (W, steps, 2P). All of a piece goes the same way, so that what returns returns.
        """
        own = self.model.encode(windows.flatten(1))
        goal = self.drawn(candidates, 1, generator=generator)
        return torch.lerp(own.expand(candidates, -1, -1), goal, amount)

    @torch.enable_grad()
    def found_codes(
        self, given: GivenKeys, overlap: Overlap, candidates: int, generator: Generator, progress: Progress
    ) -> Tensor:
        """(candidates, W, C) the codes, of several descents, whose music agrees best with what is given.

        Of the music S of all windows, joined where they overlap: (1 - S)^2 at every given note, S^2 at every
        key that must be silent and, more, at those within a whole step of a given note; and the squared
        distance of the codes from those that the decoder knows. All restarts go down together.
        """
        search = self.search
        restarts = max(search.restarts, candidates)
        start = self.drawn(restarts, 1, generator=generator)
        codes = start.expand(-1, len(overlap.starts), -1).clone().requires_grad_()
        optimizer = torch.optim.Adam([codes], lr=search.rate)
        on = given.clamp & (given.states > 0)
        weight = search.wanted * on + search.unwanted * (given.clamp & ~on)
        weight = weight + search.near * (given.near & ~given.clamp)
        units = weight.sum(0) > 0  # (2P,) keys that nothing is asked of need not be looked at
        weight, target = weight[:, units], given.states[:, units] * on[:, units]
        whiten = torch.linalg.inv(self.model.code_spread).T
        errors = torch.zeros(restarts)
        for step in range(search.steps):
            optimizer.zero_grad()
            sounds = overlap.join(torch.sigmoid(self.music(codes, units)))  # (R, S, units)
            errors = (weight * (sounds - target).square()).sum((1, 2))
            errors = errors + search.prior * ((codes - self.model.code_mean) @ whiten).square().sum((1, 2))
            errors.sum().backward()
            optimizer.step()
            progress(step / search.steps)
        best = errors.detach().argsort()[:candidates]
        return codes.detach()[best]


def smooth(share: Tensor) -> Tensor:
    """0 to 1 with an even start and end, so that a theme stays a while before it goes over."""
    return share * share * (3 - 2 * share)


@torch.no_grad()
def between(network: DBNNetwork, first: Tensor, last: Tensor, steps: int) -> Tensor:
    """(steps, S, 2P) music on the straight way between two pieces of one length, without both ends.

    first, last: (S, 2P) note states.
    """
    config = network.model.config
    overlap = Overlap(config.window, config.window // 2, first.shape[0])
    ends = []
    for states in (first, last):
        more = states.new_zeros(overlap.padded - len(states), states.shape[1])
        ends.append(network.model.encode(overlap.cut(torch.cat([states, more])).flatten(1)))
    shares = torch.arange(1, steps + 1).view(-1, 1, 1) / (steps + 1)
    music = overlap.join(network.music(torch.lerp(ends[0], ends[1], shares)))
    return torch.sigmoid(music)[:, : len(first)]
