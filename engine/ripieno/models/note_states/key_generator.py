"""A generator over keys: they become the voices of a choir, or the notes of a pianist."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.errors import RequestError
from ripieno.grid import BEAT, HOLD, REST, Grid, GridPlan, sounding_pitches
from ripieno.models.easy_parts import chromatic_nats
from ripieno.models.generator import (
    FilledGrid,
    ProgressCallback,
    StepCallback,
    ignore_step,
    part_of_progress,
)
from ripieno.models.harmony import harmony_bias, with_planned_harmony
from ripieno.models.masks import Mask
from ripieno.models.note_states.keyboard import (
    PITCHES,
    Bools,
    Floats,
    KeyboardCompass,
    Layout,
    lay_out,
    slot_states,
)
from ripieno.models.note_states.voicing import VoiceLeadingCosts, keys_to_voices
from ripieno.models.note_states.windows import GivenKeys, neighbours
from ripieno.models.planner.planner import Planner
from ripieno.models.sampling import Limits, Sampling

TOP, BOTTOM = 0, -1  # the highest and the lowest voice of a grid
TRANSPOSITIONS = range(-5, 7)  # those that are tried, in semitones from that of the key signature
MIN_GAIN_PER_NOTE = 0.25  # nats per note by which another key must be likelier than the signature's
MIN_GAIN = 3.0  # nats by which it must be likelier in all, so that a few notes are not enough

# Called with a step and what sounds and is struck there, (candidates, 2, 128) bool, as soon as it is final.
KeysCallback = Callable[[int, Bools], None]


def ignore_keys(step: int, keys: Bools) -> None:
    """Do nothing: the ``KeysCallback`` where none is given."""


@dataclass(frozen=True, slots=True, eq=False)
class PlayedKeys:
    """The new keys of a pianist. sounds, strikes: (T, 128) bool, new keys only. log_likelihood: in nats."""

    sounds: Bools
    strikes: Bools
    log_likelihood: float


class KeyGenerator(ABC):
    """A generator that knows keys and no voices; see ``ripieno.models.generator.Generator``.

    Fixed notes may have any pitch; those beyond the network's compass stay, but the network does not see
    them. plays: "choir" or "piano", what it was trained for. costs: for the voices of a choir; ``None`` for
    the best ones.
    """

    voices = 4
    lowest, highest = 0, PITCHES - 1
    reads_key_ahead = False
    gives_likelihood = False
    planner: Planner | None = None

    def __init__(self, *, name: str, sha256: str, plays: str, costs: VoiceLeadingCosts | None) -> None:
        self.name, self.sha256, self.plays, self.costs = name, sha256, plays, costs

    @property
    @abstractmethod
    def compass(self) -> KeyboardCompass:
        """The keys of the network."""

    @property
    @abstractmethod
    def key_odds(self) -> Tensor:
        """(P,) log-odds that each key sounds, in the training music."""

    @property
    @abstractmethod
    def bar(self) -> int:
        """The number of steps in a bar."""

    @property
    @abstractmethod
    def window(self) -> int:
        """The number of steps of a short piece out of nothing."""

    @abstractmethod
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
        """(candidates, T, 2, 128) probabilities that each pitch sounds, and is struck, given the fixed cells.

        silent: (T,) bool, steps that must be silent. closeness: as in ``play``.
        """

    @abstractmethod
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
        """Draw new keys around the fixed cells of any number of voices; the fixed notes are not among them.

        A step whose cells are all fixed gets no new key, and no step gets one above the highest voice where
        that is fixed and sounds. closeness: 0 to 1, how closely to follow the free cells; ``None`` ignores
        them. on_step: called in order, by most networks only at the end.
        """

    def interpolate(self, first: Grid, last: Grid, *, steps: int) -> list[PlayedKeys]:  # noqa: ARG002
        """Music between two grids of the same length, at even steps between their codes, without the ends.

        Raises RequestError where the network is no DBN, and so has no codes.
        """
        raise RequestError(f"{self.name} has no codes to go between; choose a DBN, such as dbn-ragtime")

    def fill(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        limits: Limits,
        generator: torch.Generator,
        sampling: Sampling,
        candidates: int = 1,
        plans: Sequence[GridPlan] = (),
        progress: ProgressCallback = lambda _: None,
        on_step: StepCallback = ignore_step,
    ) -> list[FilledGrid]:
        """See ``Generator.fill``; ``on_step`` is called for all steps at the end.

        log_likelihood and worth are the score of the voices in ``keys_to_voices``: the true likelihood of a
        network over note states cannot be computed. A plan guides the keys as a given harmony does;
        candidates that follow one after the other and have the same plan are drawn together.
        """
        filled: list[FilledGrid] = []
        together = [list(same) for _, same in groupby(plans, key=id)]
        for i, same in enumerate(together):
            filled += self.fill(
                with_planned_harmony(grid, same[0]),
                fixed,
                limits=limits,
                generator=generator,
                sampling=sampling,
                candidates=len(same),
                progress=part_of_progress(progress, i, len(together)),
            )
        if plans:
            return self.report_all(filled, grid, on_step)
        probabilities = self.pitch_probabilities(
            grid,
            fixed,
            silent=limits.silent,
            generator=generator,
            sampling=sampling,
            candidates=candidates,
            progress=progress,
        )
        bias = harmony_bias(grid)
        # The probabilities of one draw are near 0 and 1, so they count in full; an average is less clear.
        costs = self.costs or (VoiceLeadingCosts() if sampling.consensus else VoiceLeadingCosts(keys=1.0))
        if limits.easy:
            costs, strange = replace(costs, easy=1.0), -chromatic_nats(grid.tonic, PITCHES)
            bias = strange if bias is None else bias + strange
        for one in probabilities:
            noise = gumbel_noise(grid, sampling, generator)
            added = bias if noise is None else noise if bias is None else noise + bias
            cells, worth = keys_to_voices(one, grid, fixed, limits, costs=costs, added=added)
            filled.append(FilledGrid(grid.with_cells(cells), worth, worth))
        return self.report_all(filled, grid, on_step)

    def report_all(self, filled: list[FilledGrid], grid: Grid, on_step: StepCallback) -> list[FilledGrid]:
        """Call back with every step of all candidates, which is final only now; returns them."""
        for step in range(grid.steps):
            on_step(step, np.stack([f.grid.cells[step] for f in filled]))
        return filled

    def free_keys(self, grid: Grid, fixed: Mask) -> Bools:
        """(T, 128) bool, True where a new key may sound."""
        sounding = np.where(fixed, sounding_pitches(grid.cells), REST)
        free: Bools = np.tile(~np.all(fixed, axis=1, keepdims=True), PITCHES)
        step, voice = np.nonzero(sounding != REST)
        free[step, sounding[step, voice]] = False
        if grid.cells.shape[1] > 1:
            above = (
                np.arange(PITCHES) > np.where(sounding[:, TOP] == REST, PITCHES, sounding[:, TOP])[:, None]
            )
            free &= ~above
        return free

    def best_transposition(self, grid: Grid, fixed: Mask) -> int:
        """The transposition at which the given notes are likeliest, in semitones from the key signature's.

        0 unless the notes' pitch classes are clearly likelier in another key, as for a tune in D without a
        signature. Where most of the notes then lie beyond the compass, they are moved an octave nearer to it.
        """
        shift = lay_out(grid, self.bar).shift
        step, voice = np.nonzero(fixed & (grid.cells < HOLD))
        if not len(step):
            return 0
        compass = self.compass
        pitches = grid.cells[step, voice] + shift[step]
        names = (compass.lowest + np.arange(compass.keys)) % 12
        probabilities = np.bincount(names, torch.sigmoid(self.key_odds).numpy(), minlength=12)
        probability = np.log(probabilities / np.maximum(np.bincount(names, minlength=12), 1) + 1e-4)

        def known(transposition: int) -> float:
            return float(probability[(pitches + transposition) % 12].mean())

        def outside(transposition: int) -> int:
            keys = pitches + transposition - compass.lowest
            return int(((keys < 0) | (keys >= compass.keys)).sum())

        best = max(TRANSPOSITIONS, key=lambda transposition: (known(transposition), -abs(transposition)))
        gain = known(best) - known(0)
        if gain <= MIN_GAIN_PER_NOTE or gain * len(step) <= MIN_GAIN:
            best = 0
        if 2 * outside(best) <= len(step):
            return best
        return min((best - 12, best + 12), key=outside)

    def given_keys(self, grid: Grid, fixed: Mask, layout: Layout, silent: Bools | None) -> GivenKeys:
        """The units given to the network: the fixed notes, and the keys that must be silent beside them."""
        compass = self.compass
        keys = compass.keys
        states = torch.from_numpy(slot_states(grid, layout, compass))
        on = torch.from_numpy(slot_states(grid, layout, compass, fixed))
        sounding = on[:, :keys]
        clamp = torch.cat([sounding, sounding], 1)
        whole = fixed.all(1) if silent is None else fixed.all(1) | silent
        rows = torch.zeros(layout.slots, dtype=torch.bool)
        rows[torch.from_numpy(layout.slot[whole])] = True
        pitches = np.where(fixed, sounding_pitches(grid.cells), REST)
        quiet = torch.zeros(layout.slots, keys, dtype=torch.bool)
        for side, voice in ((1, TOP), (-1, BOTTOM)):
            if grid.cells.shape[1] > 1:
                quiet |= keys_beyond(pitches[:, voice], layout, compass.lowest, keys, side)
        clamp = clamp | rows[:, None] | torch.cat([quiet, quiet], 1)
        foreign = foreign_keys(grid, layout, compass.lowest, keys)
        near = (neighbours(sounding) | foreign) & ~clamp[:, :keys]
        return GivenKeys(
            torch.where(clamp, on, states).float(), clamp, torch.cat([near, torch.zeros_like(near)], 1)
        )

    def log_likelihoods(self, grid: Grid, fixed: Mask, *, sounding: bool = False) -> NDArray[np.float64]:  # noqa: ARG002
        """Raises RequestError: the partition function, which normalizes it, cannot be computed."""
        raise RequestError(
            f"{self.name} gives no likelihood of voices; use lstm-chorales or bachbot-chorales for that"
        )


def gumbel_noise(grid: Grid, sampling: Sampling, generator: torch.Generator) -> Floats | None:
    """(T, 128) noise for each key's log-odds, constant within a beat; ``None`` without a consensus.

    An average over chains does not vary by itself, so noise makes the draw. As in beam search, it is Gumbel
    noise times the temperature.
    """
    if not sampling.consensus:
        return None
    beat = np.cumsum(grid.strength >= BEAT)
    uniform = torch.rand(int(beat[-1]) + 1, PITCHES, generator=generator).clamp(1e-6, 1 - 1e-6)
    noise: Floats = (-torch.log(-torch.log(uniform))).numpy()[beat] * np.float32(sampling.temperature)
    return noise


def keys_beyond(pitches: NDArray[np.int16], layout: Layout, lowest: int, keys: int, side: int) -> Tensor:
    """(S, P) bool: the keys above (side 1) or below (-1) a given voice where it sounds.

    pitches: (T,) of the voice, REST where it is free or silent.
    """
    step = np.flatnonzero(pitches != REST)
    own = pitches[step] + layout.shift[step] - lowest
    beyond = side * (np.arange(keys) - own[:, None]) > 0
    found = np.zeros((layout.slots, keys), dtype=np.bool_)
    found[layout.slot[step]] = beyond
    return torch.from_numpy(found)


def foreign_keys(grid: Grid, layout: Layout, lowest: int, keys: int) -> Tensor:
    """(S, P) bool: the keys that a given harmony does not have; as unlikely as those near a given note."""
    found = np.zeros((layout.slots, keys), dtype=np.bool_)
    bias = harmony_bias(grid)
    if bias is not None:
        pitches = np.arange(keys) + lowest - layout.shift[:, None]  # (T, P)
        known = (pitches >= 0) & (pitches < PITCHES)
        steps = np.arange(grid.steps)[:, None]
        found[layout.slot] = known & (bias[steps, pitches.clip(0, PITCHES - 1)] < 0)
    return torch.from_numpy(found)
