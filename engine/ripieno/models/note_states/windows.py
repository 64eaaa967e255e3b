"""Overlapping windows over a piece of any length, and the interface of samplers that use them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from ripieno.models.generator import ProgressCallback
from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.keyboard import KeyboardCompass
from ripieno.models.note_states.rbm import RBM
from ripieno.models.sampling import Sampling

WHOLE_STEP = 2  # semitones


@dataclass(frozen=True, slots=True, eq=False)
class GivenKeys:
    """The given note states of S slots: P keys sounding, then P keys articulated.

    states: (S, 2P) float, 0 or 1; in free units the old music, for a variation. clamp: (S, 2P) bool, True
    where a unit must stay as it is in ``states``. near: (S, 2P) bool, only in its sounding half: free keys
    within a whole step of a given note, which would clash with it.
    """

    states: Tensor
    clamp: Tensor
    near: Tensor

    @property
    def slots(self) -> int:
        """S, the number of slots."""
        return int(self.states.shape[0])

    def cut(self, slots: range) -> GivenKeys:
        """These slots alone."""
        own = slice(slots.start, slots.stop)
        return GivenKeys(self.states[own], self.clamp[own], self.near[own])

    def free_slots(self, window: int) -> range:
        """The slots that have a free unit and those between, with a window of slots around them.

        It begins where one of half-overlapping windows over the piece begins. Empty where nothing is free.
        """
        free = torch.nonzero(~self.clamp.all(1)).flatten().tolist()
        if not free:
            return range(0)
        hop = max(window // 2, 1)
        return range(max(free[0] // hop * hop - 2 * hop, 0), min(free[-1] + 1 + window, self.slots))

    def padded(self, slots: int) -> GivenKeys:
        """A copy with free and silent slots added at the end, to at least ``slots``."""
        more = max(slots - self.slots, 0)

        def longer(units: Tensor) -> Tensor:
            return torch.cat([units, units.new_zeros(more, units.shape[1])])

        return GivenKeys(longer(self.states), longer(self.clamp), longer(self.near))


def neighbours(given: Tensor) -> Tensor:
    """(S, P) bool: keys within a whole step of a given key, without the given ones. given: (S, P) bool."""
    near = torch.zeros_like(given)
    for way in range(1, WHOLE_STEP + 1):
        near[:, way:] |= given[:, :-way]
        near[:, :-way] |= given[:, way:]
    return near & ~given


class NoteStateSampler(ABC):
    """A sampler of note states, for pieces of any length. model: a network over windows of one length."""

    model: RBM | DBN

    @property
    def bar(self) -> int:
        """The number of slots in a bar."""
        return self.model.config.bar

    @property
    def window(self) -> int:
        """The number of slots in a window."""
        return self.model.config.window

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the network."""
        return self.model.config.compass

    @property
    def key_odds(self) -> Tensor:
        """(P,) log-odds that each key sounds, in the training music."""
        return self.model.key_odds

    @abstractmethod
    def note_probabilities(
        self,
        given: GivenKeys,
        *,
        generator: Generator,
        sampling: Sampling,
        candidates: int = 1,
        closeness: float | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> Tensor:
        """(candidates, S, 2P) probabilities that each key sounds, and is struck; clamped units as given.

        closeness: 0 to 1, how closely to follow ``given.states`` in free units; ``None`` ignores them.
        """


@dataclass(frozen=True, slots=True)
class Overlap:
    """Windows of ``steps`` slots that start every ``hop`` slots, over ``slots`` slots."""

    steps: int
    hop: int
    slots: int

    @property
    def starts(self) -> range:
        """The first slot of each window; the last window may extend beyond the end."""
        reach = max(self.slots - self.steps, 0)
        return range(0, -(-reach // self.hop) * self.hop + 1, self.hop)

    @property
    def padded(self) -> int:
        """The number of slots that the windows cover."""
        return self.starts[-1] + self.steps

    def cut(self, piece: Tensor) -> Tensor:
        """(..., W, steps, U) the windows of a piece, (..., padded, U)."""
        return torch.stack([piece[..., a : a + self.steps, :] for a in self.starts], -3)

    def join(self, windows: Tensor, *, sharpness: float = 1.0, seam: float = 1.0) -> Tensor:
        """(..., padded, U) the weighted mean of overlapping windows, (..., W, steps, U).

        sharpness: the power of a weight that rises evenly from a window's edge to its middle; with a high one
        each slot is decided by the window whose middle is nearest. seam: an extra weight of every second
        window, for windows that only lead from one phrase to the next.
        """
        rise = torch.arange(self.steps, dtype=windows.dtype) + 0.5
        weight = torch.minimum(rise, self.steps - rise).pow(sharpness).unsqueeze(-1)  # (steps, 1)
        shape = (*windows.shape[:-3], self.padded, windows.shape[-1])
        total, weights = windows.new_zeros(shape), windows.new_zeros(self.padded, 1)
        for i, start in enumerate(self.starts):
            own = weight * seam if i % 2 else weight
            total[..., start : start + self.steps, :] += own * windows[..., i, :, :]
            weights[start : start + self.steps] += own
        return total / weights

    def disagreement(self, windows: Tensor) -> Tensor:
        """(...) the summed squared differences of windows, (..., W, steps, U), where neighbours overlap."""
        shared = self.steps - self.hop
        later, earlier = windows[..., 1:, :shared, :], windows[..., :-1, self.hop :, :]
        return (later - earlier).square().sum((-1, -2, -3))


def half_overlapping(window: int, slots: int) -> Overlap:
    """Windows of ``window`` slots over ``slots`` slots, each starting in the middle of the one before."""
    return Overlap(window, max(window // 2, 1), slots)
