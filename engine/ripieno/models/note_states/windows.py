"""A piece of any length as overlapping windows, for networks that know one window of keys."""

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
    """What is known of S slots before a network fills them. P keys sounding, then P keys articulated.

    states: (S, 2P) float, 0 or 1; free units hold what stood there, for a variation. clamp: (S, 2P) bool,
    True where a unit must stay as it is in ``states``. near: (S, 2P) bool, the sounding half of it: free keys
    within a whole step of a given note, which would rub against it.
    """

    states: Tensor
    clamp: Tensor
    near: Tensor

    @property
    def slots(self) -> int:
        """S."""
        return int(self.states.shape[0])

    def padded(self, slots: int) -> GivenKeys:
        """The same with free and silent slots behind it, ``slots`` in all at the least."""
        more = max(slots - self.slots, 0)

        def longer(units: Tensor) -> Tensor:
            return torch.cat([units, units.new_zeros(more, units.shape[1])])

        return GivenKeys(longer(self.states), longer(self.clamp), longer(self.near))


def neighbours(given: Tensor) -> Tensor:
    """(S, P) bool: keys within a whole step of a given one that are not given themselves. given: (S, P)."""
    near = torch.zeros_like(given)
    for way in range(1, WHOLE_STEP + 1):
        near[:, way:] |= given[:, :-way]
        near[:, :-way] |= given[:, way:]
    return near & ~given


class NoteStateSampler(ABC):
    """A network of keys, as its generator needs it. model: the network itself."""

    model: RBM | DBN

    @property
    def bar(self) -> int:
        """Slots of a bar."""
        return self.model.config.bar

    @property
    def window(self) -> int:
        """Slots of a window."""
        return self.model.config.window

    @property
    def compass(self) -> KeyboardCompass:
        """Its keys."""
        return self.model.config.compass

    @property
    def key_odds(self) -> Tensor:
        """(P,) log-odds of each key's sounding in the music that was learned."""
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
        """(candidates, S, 2P) how likely each key sounds, and is struck; clamped units exactly as given.

        closeness: 0..1, how near to ``given.states`` to stay, 1 the same; ``None`` does not look at them.
        """


@dataclass(frozen=True, slots=True)
class Overlap:
    """Windows of ``steps`` slots, every ``hop`` one, over ``slots`` of them."""

    steps: int
    hop: int
    slots: int

    @property
    def starts(self) -> range:
        """The first slot of each window; the last window may reach beyond the end."""
        reach = max(self.slots - self.steps, 0)
        return range(0, -(-reach // self.hop) * self.hop + 1, self.hop)

    @property
    def padded(self) -> int:
        """Slots that the windows cover."""
        return self.starts[-1] + self.steps

    def cut(self, piece: Tensor) -> Tensor:
        """(..., W, steps, U) the windows of (..., padded, U)."""
        return torch.stack([piece[..., a : a + self.steps, :] for a in self.starts], -3)

    def join(self, windows: Tensor, *, sharpness: float = 1.0, seam: float = 1.0) -> Tensor:
        """(..., padded, U) the mean of (..., W, steps, U) where windows overlap; their middles count most.

        sharpness: the power of a weight that rises evenly from a window's edge to its middle; a high one
        lets each slot be told by the window in whose middle it lies. seam: how much every second window
        counts, where these are there only to lead from one phrase to the next.
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
        """(...) squared differences between (..., W, steps, U) neighbours where they overlap, summed."""
        shared = self.steps - self.hop
        later, earlier = windows[..., 1:, :shared, :], windows[..., :-1, self.hop :, :]
        return (later - earlier).square().sum((-1, -2, -3))


def half_overlapping(window: int, slots: int) -> Overlap:
    """Windows over ``slots`` of them, each beginning in the middle of the one before."""
    return Overlap(window, max(window // 2, 1), slots)
