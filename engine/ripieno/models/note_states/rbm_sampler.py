"""Sample a piece of any length from an RBM: clamped Gibbs sampling over overlapping windows, with cooling."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from ripieno.models.generator import ProgressCallback, report_progress
from ripieno.models.note_states.rbm import RBM
from ripieno.models.note_states.windows import GivenKeys, NoteStateSampler, Overlap, half_overlapping
from ripieno.models.sampling import Sampling

CLASH_COST = 2.0  # nats, taken from the log-odds of keys within a whole step of a given note
COLDEST = 0.7  # the chain's temperature for a requested temperature of 0
CHAINS = 4  # chains that a full consensus averages


class RBMSampler(NoteStateSampler):
    """A sampler of note states from an RBM; see ``NoteStateSampler``."""

    model: RBM

    def __init__(self, model: RBM) -> None:
        self.model = model

    @torch.inference_mode()
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
        """See ``NoteStateSampler.note_probabilities``.

        The chain starts from the given notes and random keys, each as often as it sounds in the training
        music, or (``from_null``) from the given notes and silence, from where it hardly ever finds all
        voices. In each Gibbs step every window's hidden units are drawn from its own slots, and every slot
        from the mean logits of the windows that cover it. The chain cools down, and its last means are the
        result; or its last sample, where ``cooling`` is 0. With a consensus the chains stay at temperature 1,
        and the means of the second half of several chains are averaged: an estimate of the probabilities
        given the notes, not one sample. closeness: the chain starts from the given music, with 1 - closeness
        of the steps.
        """
        config = self.model.config
        overlap = half_overlapping(config.window, given.slots)
        full = given.padded(overlap.padded)
        chains = 1 + round((CHAINS - 1) * min(sampling.consensus, 1))
        v = full.states.expand(candidates * chains, -1, -1).clone()  # (C, S, 2P)
        if closeness is None:
            v = torch.where(full.clamp, v, self.initial_states(v, generator))
        steps = config.gibbs_steps
        if closeness is not None:
            steps = round(steps * (1 - closeness))
        counted = steps - steps // 2 if chains > 1 else 1
        means = torch.zeros_like(v) if steps else v
        for step in range(steps):
            temperature = 1.0 if chains > 1 else self.temperature(step, steps, sampling.temperature)
            logits = self.logits(v, overlap, temperature, generator) - CLASH_COST * full.near
            probabilities = torch.sigmoid(logits / temperature)
            v = torch.where(full.clamp, full.states, torch.bernoulli(probabilities, generator=generator))
            if step >= steps - counted:
                means += probabilities / counted
            if report_progress(progress, step / steps):
                means = probabilities
                break
        report_progress(progress, 1.0)
        if chains == 1 and not config.cooling:
            means = v
        means = means.view(candidates, chains, *means.shape[1:]).mean(1)
        return torch.where(full.clamp, full.states, means)[:, : given.slots]

    def initial_states(self, v: Tensor, generator: Generator) -> Tensor:
        """(C, S, 2P) random states to start the free units from. v: of that shape."""
        states = torch.zeros_like(v)
        if not self.model.config.from_null:
            sounding = torch.sigmoid(self.model.key_odds).expand(*v.shape[:2], -1)
            states[..., : sounding.shape[-1]] = torch.bernoulli(sounding, generator=generator)
        return states

    def logits(self, v: Tensor, overlap: Overlap, temperature: float, generator: Generator) -> Tensor:
        """(C, S, 2P) log-odds of every unit, given newly drawn hidden units."""
        windows = overlap.cut(v)  # (C, W, steps, 2P)
        flat = windows.flatten(0, 1).flatten(1)  # (C W, N)
        h = torch.bernoulli(self.model.hidden_mean(flat, temperature), generator=generator)
        return overlap.join(self.model.visible_logits(h).view(windows.shape))

    def temperature(self, step: int, steps: int, requested: float) -> float:
        """The chain's temperature: from 1 to the final one, in even steps over the share that cools.

        An RBM samples the music that it learned at temperature 1, so the usual request of 0.5 ends there.
        Much colder chains soon repeat one chord, so a request of 0 ends at ``COLDEST``.
        """
        last = COLDEST + 2 * (1 - COLDEST) * requested
        cooling = self.model.config.cooling * steps
        done = min(max((step - (steps - cooling) + 1) / max(cooling, 1), 0.0), 1.0)
        return 1 + (last - 1) * done
