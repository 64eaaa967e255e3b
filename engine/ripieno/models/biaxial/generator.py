"""A generator over keys by the two-axis network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ripieno.grid import Grid
from ripieno.models.autoregressive import single_thread
from ripieno.models.biaxial.chords import ROOTS, TONES, UNKNOWN
from ripieno.models.biaxial.inputs import EDGE, all_inputs, rows_of
from ripieno.models.biaxial.judge import LEFT
from ripieno.models.biaxial.network import PLAYS, STRIKES, Biaxial
from ripieno.models.biaxial.plan import HomeChord, with_plan
from ripieno.models.biaxial.reading import MIDDLE_C, read_view
from ripieno.models.biaxial.sampler import CellChoice, Composed, StepWeights, compose
from ripieno.models.biaxial.view import HALF_MEASURE, USUAL_MEASURE, View, step_layout, view_of, with_recall
from ripieno.models.generator import ProgressCallback, part_of_progress, report_progress
from ripieno.models.harmony import harmony_bias
from ripieno.models.masks import Mask
from ripieno.models.note_states.key_generator import KeyGenerator, KeysCallback, PlayedKeys, ignore_keys
from ripieno.models.note_states.keyboard import (
    PITCHES,
    Bools,
    Floats,
    KeyboardCompass,
    Layout,
    pitch_probabilities,
    slot_states,
)
from ripieno.models.sampling import Sampling

# Called with a step, what plays and is struck there, and how the steps are transposed.
LayoutCallback = Callable[[int, Bools, Layout], None]

COLDEST, WARMER = 0.7, 0.5  # the logits' temperature for a request of 0, and what a request of 1 adds
SNIPPET = 8 * USUAL_MEASURE  # steps
DRAFTS = 4  # of every measure
MAX_PLANS = 8  # more candidates than these share plans, and are made together
FOREIGN, FOREIGN_CLOSE = 0.5, 8.0  # nats for a new tone foreign to the chord on a beat; in the last measure


class BiaxialGenerator(KeyGenerator):
    """A generator by the two-axis network; see ``KeyGenerator``. Velocity is not modelled."""

    def __init__(self, model: Biaxial, *, name: str, sha256: str, plays: str = "piano") -> None:
        super().__init__(name=name, sha256=sha256, plays=plays, costs=None)
        self.model, self.weights = model, StepWeights(model)

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the network."""
        return self.model.config.compass

    @property
    def key_odds(self) -> Tensor:
        """(P,) log-odds that each key sounds, in the training music."""
        return self.model.key_odds

    @property
    def bar(self) -> int:
        """The number of steps in a usual bar."""
        return USUAL_MEASURE

    @property
    def window(self) -> int:
        """The number of steps of a short piece out of nothing."""
        return SNIPPET

    @torch.no_grad()
    def key_log_likelihoods(self, grid: Grid) -> NDArray[np.float64]:
        """(T, 2, P) log p, in nats, of what each key plays, and of whether it is struck or held.

        Every cell comes after all steps before it and the lower keys; meter, key and length are known, but no
        plan. The second is 0 where a key is silent, or was silent before.
        """
        view, states = view_of(grid, self.compass), slot_states(grid, step_layout(grid), self.compass)
        states = states.reshape(grid.steps, 2, self.compass.keys)
        rows = rows_of(states)
        inputs = torch.from_numpy(all_inputs(rows, view, 0, grid.steps).astype(np.float32))
        logits = self.model(inputs, torch.from_numpy(states[None]))[0].transpose(1, 2)  # (T, 2, P)
        found = F.logsigmoid(torch.where(torch.from_numpy(states), logits, -logits)).double().numpy()
        before = rows[0, :-1, PLAYS, EDGE:-EDGE].astype(np.bool_)
        found[:, STRIKES] *= states[:, PLAYS] & before
        return found

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
        """See ``KeyGenerator.play``.

        on_step: called with a few candidates at a time where there are several plans. For a variation, as
        many half measures of each hand as closeness says stay as they are, and the chords do.
        """
        free = self.free_keys(grid, fixed)
        before = np.zeros((candidates, PITCHES), dtype=np.bool_)

        def on_states(step: int, states: Bools, layout: Layout) -> None:
            nonlocal before
            keys = at_pitches(states, self.compass, int(layout.shift[step])) & free[step]
            on_step(step, struck_where_new(keys, before if step else np.zeros_like(keys[:, 0])))
            before = keys[:, 0]

        played: list[PlayedKeys] = []
        for layout, made in self.made(
            grid,
            fixed,
            generator=generator,
            sampling=sampling,
            candidates=candidates,
            closeness=closeness,
            progress=progress,
            on_states=on_states,
        ):
            for states, nats in zip(self.probabilities(made, layout), made.nats, strict=True):
                keys = (states > 0.5) & free[:, None]
                earlier = np.concatenate([np.zeros_like(keys[:1, 0]), keys[:-1, 0]])
                keys = struck_where_new(keys, earlier)
                played.append(PlayedKeys(keys[:, 0], keys[:, 1], -float(nats)))
        return played

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
        """See ``KeyGenerator.pitch_probabilities``; of music that is drawn, so they are 0 or 1."""
        made = self.made(
            grid,
            fixed,
            generator=generator,
            sampling=sampling,
            silent=silent,
            candidates=candidates,
            closeness=closeness,
            progress=progress,
        )
        return np.concatenate([self.probabilities(one, layout) for layout, one in made])

    def probabilities(self, made: Composed, layout: Layout) -> Floats:
        """(C, T, 2, 128) 1 where a pitch sounds, and is struck, else 0."""
        slots = made.states.reshape(*made.states.shape[:2], -1).astype(np.float32)
        return pitch_probabilities(slots, layout, self.compass)

    def made(
        self,
        grid: Grid,
        fixed: Mask,
        *,
        generator: torch.Generator,
        sampling: Sampling,
        silent: Bools | None = None,
        candidates: int,
        closeness: float | None,
        progress: ProgressCallback,
        on_states: LayoutCallback = lambda _step, _states, _layout: None,
    ) -> list[tuple[Layout, Composed]]:
        """Some candidates for each of several plans."""
        layout = step_layout(grid, self.best_transposition(grid, fixed))
        given = self.given_keys(grid, fixed, layout, silent)
        keys = self.compass.keys
        states = given.states.numpy().astype(np.bool_).reshape(grid.steps, 2, keys)
        view = replace(
            view_of(grid, self.compass, layout), known=given.clamp[:, :keys].numpy().copy(), given=states
        )
        bias = self.heard_bias(grid, layout)
        plans = min(candidates, MAX_PLANS)
        found = []
        for i in range(plans):
            chance = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
            planned = self.planned(view, grid, chance, closeness)
            choice = CellChoice(
                chance,
                COLDEST + WARMER * sampling.temperature,
                chord_bias(planned) if bias is None else chord_bias(planned) + bias,
            )
            with single_thread():
                made = compose(
                    self.weights,
                    planned,
                    choice,
                    candidates=len(range(i, candidates, plans)),
                    drafts=DRAFTS,
                    on_step=lambda step, states: on_states(step, states, layout),
                    go_on=partial(goes_on, part_of_progress(progress, i, plans)),
                )
            found.append((layout, made))
        return found

    def planned(self, view: View, grid: Grid, chance: np.random.Generator, closeness: float | None) -> View:
        """The view with a plan; for a variation, with that of the music and the cells that stay."""
        if closeness is None:
            return with_plan(view, self.model, chance, home_of(grid))
        read = read_view(view, view.given)
        nothing = np.full(view.measures, -1)
        read = with_recall(read, nothing, np.zeros(view.measures, dtype=np.int64))
        stays = chance.random((view.halves, 2)) < closeness
        hand = (np.arange(view.known.shape[1]) >= MIDDLE_C - view.lowest).astype(np.int64)
        return replace(read, known=view.known | stays[view.half][:, hand])

    def heard_bias(self, grid: Grid, layout: Layout) -> Floats | None:
        """(T, P) nats for the keys of a harmony that is heard; None without one."""
        bias = harmony_bias(grid)
        if bias is None:
            return None
        pitches = self.compass.lowest + np.arange(self.compass.keys) - layout.shift[:, None]
        heard: Floats = np.take_along_axis(bias, pitches.clip(0, PITCHES - 1), 1)
        return heard


def goes_on(progress: ProgressCallback, share: float) -> bool:
    """Report the share that is done; False where the work must stop early."""
    return not report_progress(progress, share)


def home_of(grid: Grid) -> HomeChord:
    """The mode of a grid, where its plan tells it; else major."""
    return HomeChord(minor=grid.plan is not None and bool((grid.plan.minor == 1).any()))


def chord_bias(view: View) -> Floats:
    """(T, P) nats for a key that would begin to play: against tones foreign to the planned chord.

    Nothing begins after the last half measure has begun, so that the last chord may sound.
    """
    chords = view.chords[view.half]
    names = (view.lowest + np.arange(view.known.shape[1])) % 12
    foreign = ~TONES[chords][:, names] & (chords != UNKNOWN)[:, None]
    closing = view.measure == view.measures - 1
    low = np.arange(view.known.shape[1]) < LEFT - view.lowest
    no_root = (names != ROOTS[chords][:, None]) & (chords != UNKNOWN)[:, None]
    foreign |= closing[:, None] & low & no_root  # the last bass is the root
    nats = np.where(closing, FOREIGN_CLOSE, np.where(view.strength >= 2, FOREIGN, 0))
    last = view.half == view.halves - 1
    still = closing & last & (view.strength < HALF_MEASURE) & (view.half > view.half[np.argmax(closing)])
    costs = nats[:, None] * foreign + FOREIGN_CLOSE * still[:, None]
    bias: Floats = -costs.astype(np.float32)
    return bias


def struck_where_new(keys: Bools, before: Bools) -> Bools:
    """The keys, struck where they did not sound before: a new note never lengthens a given one.

    keys: (N, 2, 128). before: (N, 128).
    """
    sounds = keys[:, 0]
    return np.stack([sounds, sounds & (keys[:, 1] | ~before)], 1)


def at_pitches(states: Bools, compass: KeyboardCompass, shift: int) -> Bools:
    """(C, 2, 128) the states of one step, (C, 2, P), at their pitches before the transposition to C."""
    found = np.zeros((*states.shape[:2], PITCHES), dtype=np.bool_)
    pitches = compass.lowest - shift + np.arange(compass.keys)
    inside = (pitches >= 0) & (pitches < PITCHES)
    found[..., pitches[inside]] = states[..., inside]
    return found
