"""A generator over note states by an RBM or a DBN."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ripieno.grid import Grid
from ripieno.models.autoregressive import single_thread
from ripieno.models.generator import ProgressCallback
from ripieno.models.masks import Mask
from ripieno.models.note_states.dbn_sampler import DBNSampler, interpolate
from ripieno.models.note_states.key_generator import KeyGenerator, KeysCallback, PlayedKeys, ignore_keys
from ripieno.models.note_states.keyboard import (
    PITCHES,
    Bools,
    Floats,
    KeyboardCompass,
    lay_out,
    pitch_probabilities,
    slot_states,
)
from ripieno.models.note_states.voicing import VoiceLeadingCosts, log_odds
from ripieno.models.note_states.windows import NoteStateSampler
from ripieno.models.sampling import Sampling

MAX_THRESHOLD, MIN_THRESHOLD = 0.5, 0.25  # bounds of the probability from which on a pianist plays a key


class NoteStateGenerator(KeyGenerator):
    """A generator over note states; see ``KeyGenerator``.

    threshold: the probability from which on a pianist plays a key; ``None`` plays as many as expected.
    """

    def __init__(
        self,
        sampler: NoteStateSampler,
        *,
        name: str,
        sha256: str,
        plays: str = "choir",
        costs: VoiceLeadingCosts | None = None,
        threshold: float | None = None,
    ) -> None:
        super().__init__(name=name, sha256=sha256, plays=plays, costs=costs)
        self.sampler, self.threshold = sampler, threshold

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the network."""
        return self.sampler.compass

    @property
    def key_odds(self) -> Tensor:
        """(P,) log-odds that each key sounds, in the training music."""
        return self.sampler.key_odds

    @property
    def bar(self) -> int:
        """The number of slots in a bar."""
        return self.sampler.bar

    @property
    def window(self) -> int:
        """The number of slots in a window."""
        return self.sampler.window

    def play(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        closeness: float | None = None,
        progress: ProgressCallback = lambda _: None,
        on_step: KeysCallback = ignore_keys,
    ) -> list[PlayedKeys]:
        """See ``KeyGenerator.play``; ``on_step`` is called for all steps at the end."""
        probabilities = self.pitch_probabilities(
            grid,
            fixed,
            generator=generator,
            sampling=sampling,
            candidates=candidates,
            closeness=closeness,
            progress=progress,
        )
        free = self.free_keys(grid, fixed)
        played = [choose_keys(one, free, self.threshold) for one in probabilities]
        for step in range(0 if on_step is ignore_keys else grid.steps):
            on_step(step, np.stack([np.stack([p.sounds[step], p.strikes[step]]) for p in played]))
        return played

    def interpolate(self, first: Grid, last: Grid, *, steps: int) -> list[PlayedKeys]:
        """Music between two grids of the same length, at even steps between their codes, without the ends.

        Raises RequestError where the network is no DBN, and so has no codes.
        """
        if not isinstance(self.sampler, DBNSampler):
            return super().interpolate(first, last, steps=steps)
        layouts = [lay_out(grid, self.sampler.bar) for grid in (first, last)]
        states = [
            torch.from_numpy(slot_states(grid, layout, self.sampler.compass)).float()
            for grid, layout in zip((first, last), layouts, strict=True)
        ]
        with single_thread():
            slots = interpolate(self.sampler, states[0], states[1], steps)
        free = np.ones((first.steps, PITCHES), dtype=np.bool_)
        probabilities = pitch_probabilities(slots.numpy(), layouts[0], self.sampler.compass)
        return [choose_keys(one, free, self.threshold) for one in probabilities]

    def pitch_probabilities(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        generator: torch.Generator,
        sampling: Sampling,
        silent: Bools | None = None,
        candidates: int = 1,
        closeness: float | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> Floats:
        """See ``KeyGenerator.pitch_probabilities``."""
        layout = lay_out(grid, self.bar, transposition=self.best_transposition(grid, fixed))
        given = self.given_keys(grid, fixed, layout, silent)
        slots = given.states.repeat(candidates, 1, 1)  # (C, S, 2P)
        free = given.free_slots(self.sampler.window)
        if free:  # only these, so that a hole in a long piece costs no more than one in a short piece
            with single_thread():
                slots[:, free.start : free.stop] = self.sampler.note_probabilities(
                    given.cut(free),
                    generator=generator,
                    sampling=sampling,
                    candidates=candidates,
                    closeness=closeness,
                    progress=progress,
                )
        return pitch_probabilities(slots.numpy(), layout, self.sampler.compass)


def above_threshold(probability: Floats, threshold: float | None) -> Bools:
    """(T, 128) bool, True where a key's probability reaches the threshold.

    threshold: ``None`` lets as many keys sound as the probabilities sum to, within bounds. In blurred music
    every probability is lower, so a threshold as high as for clear music would leave hardly any keys.
    """
    if threshold is None:
        expected = int(probability.sum())
        reached = np.partition(probability.ravel(), -expected)[-expected] if expected else MAX_THRESHOLD
        threshold = min(max(float(reached), MIN_THRESHOLD), MAX_THRESHOLD)
    found: Bools = probability >= threshold
    return found


def without_clashes(sounds: Bools, probability: Floats) -> Bools:
    """(T, 128) the sounding keys without those a semitone from a likelier one."""
    kept = sounds.copy()
    upper_wins = probability[:, 1:] >= probability[:, :-1]
    both = sounds[:, 1:] & sounds[:, :-1]
    kept[:, :-1] &= ~(both & upper_wins)
    kept[:, 1:] &= ~(both & ~upper_wins)
    return kept


def single_step_keys(sounds: Bools) -> Bools:
    """(T, 128) bool, True where a key sounds for one step only."""
    around = np.pad(sounds, ((1, 1), (0, 0)))
    found: Bools = sounds & ~around[:-2] & ~around[2:]
    return found


def choose_keys(probabilities: Floats, free: Bools, threshold: float | None = None) -> PlayedKeys:
    """The free keys that a pianist plays, struck where they begin or where the network strikes them.

    Keys ``above_threshold`` are left out where they are a semitone from a likelier one, or sound for one step
    only with a probability below ``MAX_THRESHOLD``: both come from the overlap of blurred windows.
    """
    probability = np.where(free, probabilities[:, 0], 0)
    sounds = without_clashes(above_threshold(probability, threshold) & free, probability)
    sounds &= ~(single_step_keys(sounds) & (probability < MAX_THRESHOLD))
    before = np.zeros_like(sounds)
    before[1:] = sounds[:-1]
    strikes = sounds & (~before | (probabilities[:, 1] > 0.5))
    odds = log_odds(probabilities)
    certain = np.log1p(np.exp(-np.abs(odds)))  # -log p of the likelier of on and off
    return PlayedKeys(sounds, strikes, -float(certain[:, 0][free].sum()))
