"""Compose with the two-axis network, step by step and key by key, in NumPy.

What does not depend on the notes is computed for many steps at once; of a step, all keys together along the
time axis; along the note axis, all candidates together. Small vectors are quicker in NumPy than in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ripieno.models.biaxial.inputs import (
    CELL_INPUTS,
    EDGE,
    PAST_INPUTS,
    Rows,
    blank_rows,
    cell_inputs,
    past_inputs,
    step_inputs,
)
from ripieno.models.biaxial.judge import empty_hands, measure_costs
from ripieno.models.biaxial.network import BELOW, CHOICES, PLAYS, STRIKES, Biaxial
from ripieno.models.biaxial.view import View
from ripieno.models.note_states.keyboard import Bools, Floats

AHEAD = 32  # steps whose inputs, as far as they are known, are computed at once
ATTEMPTS = 8  # at a measure in which no draft has something for each hand
LOUDER = 0.5  # nats more in each attempt for a key that would begin to play

# Called with a step and what plays and is struck in it, (C, 2, P), as soon as that is final.
StatesCallback = Callable[[int, Bools], None]
# Called with the share that is done after each step; says whether to go on.
GoOn = Callable[[float], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """An LSTM layer: the gates are [inputs, hidden] @ weights + bias, in the order in, forget, out, new.

    All but the new values are halved, since the logistic function of x is (1 + tanh(x / 2)) / 2.
    """

    inputs: Floats  # (I, 4 H)
    hidden: Floats  # (H, 4 H)
    bias: Floats  # (4 H,)

    @property
    def size(self) -> int:
        """H."""
        return len(self.hidden)

    def step(self, gates: Floats, memory: Floats) -> Floats:
        """(N, H) the new hidden state. gates: (N, 4 H), overwritten. memory: (N, H), updated in place."""
        h = self.size
        np.tanh(gates, out=gates)
        gates[:, : 3 * h] += 1
        gates[:, : 3 * h] *= 0.5
        memory *= gates[:, h : 2 * h]
        memory += gates[:, :h] * gates[:, 3 * h :]
        hidden: Floats = np.tanh(memory) * gates[:, 2 * h : 3 * h]
        return hidden


def cells_of(lstm: nn.LSTM) -> list[Cell]:
    """The layers of an LSTM."""
    h = lstm.hidden_size
    order = np.r_[0 : 2 * h, 3 * h : 4 * h, 2 * h : 3 * h]
    halves = np.r_[np.full(3 * h, 0.5), np.ones(h)].astype(np.float32)

    def ordered(weights: Tensor) -> Floats:
        return np.ascontiguousarray((weights.detach().float().numpy()[order].T * halves).astype(np.float32))

    return [
        Cell(
            ordered(getattr(lstm, f"weight_ih_l{layer}")),
            ordered(getattr(lstm, f"weight_hh_l{layer}")),
            ordered(getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")),
        )
        for layer in range(lstm.num_layers)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class CellChoice:
    """How the cells of a piece are chosen. chance: draws.

    temperature: divides the logits; 0 takes the likelier. added: (T, P), to the logits of a key that would
    begin to play.
    """

    chance: np.random.Generator
    temperature: float = 1.0
    added: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """states: (C, T, 2, P) bool, what plays and is struck. nats: (C,) -log p of the cells that were free."""

    states: Bools
    nats: NDArray[np.float64]


class StepWeights:
    """The network's weights, laid out for single steps."""

    def __init__(self, model: Biaxial) -> None:
        time = model.config.time_hidden
        self.time = cells_of(model.time)
        (note,) = cells_of(model.note)
        # What the note axis reads of the time axis comes first; then the choices below, and its own past.
        self.note_heard = note.inputs[:time]
        self.note_rest = np.ascontiguousarray(np.concatenate([note.inputs[time:], note.hidden]))
        self.note = note
        head = model.head.weight.detach().float().numpy().T
        self.head_heard, self.head_note = head[:time].copy(), head[time:].copy()
        self.head_bias = model.head.bias.detach().float().numpy()
        cells = PAST_INPUTS + CELL_INPUTS
        self.cell_part, self.step_part = slice(PAST_INPUTS, cells), slice(cells, None)


class Stepper:
    """A piece in the making: the rows chosen so far, and the time axis's memory of every key."""

    def __init__(self, weights: StepWeights, view: View, candidates: int) -> None:
        self.weights, self.view, self.candidates = weights, view, candidates
        self.keys = view.known.shape[1]
        self.rows: Rows = blank_rows(candidates, view.steps, self.keys)
        lanes = candidates * self.keys
        self.hidden = [np.zeros((lanes, cell.size), dtype=np.float32) for cell in weights.time]
        self.memory = [np.zeros((lanes, cell.size), dtype=np.float32) for cell in weights.time]
        self.known_gates: Floats = np.zeros((0, 0, 0), dtype=np.float32)
        self.known_from = -1

    def gates_without_past(self, step: int) -> Floats:
        """(P, 4 H) the part of the first layer's gates that does not depend on notes of the past."""
        start = step - step % AHEAD
        if start != self.known_from:
            end = min(start + AHEAD, self.view.steps)
            first = self.weights.time[0]
            per_cell = cell_inputs(self.view, start, end) @ first.inputs[self.weights.cell_part]
            per_step = step_inputs(self.view, start, end) @ first.inputs[self.weights.step_part]
            self.known_gates, self.known_from = per_cell + per_step[:, None] + first.bias, start
        gates: Floats = self.known_gates[step % AHEAD]
        return gates

    def listen(self, step: int) -> Floats:
        """(C, P, H) what the time axis says at a step, from all rows before it."""
        past = past_inputs(self.rows, self.view, step, step + 1)[:, 0].astype(np.float32)
        below = past.reshape(-1, PAST_INPUTS) @ self.weights.time[0].inputs[:PAST_INPUTS]
        gates = below.reshape(self.candidates, self.keys, -1) + self.gates_without_past(step)
        gates = gates.reshape(self.candidates * self.keys, -1).astype(np.float32)
        heard = below
        for layer, cell in enumerate(self.weights.time):
            if layer:
                gates = (heard @ cell.inputs + cell.bias).astype(np.float32)
            gates += self.hidden[layer] @ cell.hidden
            heard = self.hidden[layer] = cell.step(gates, self.memory[layer])
        return heard.reshape(self.candidates, self.keys, -1)

    def memories(self) -> list[Floats]:
        """Copies of the time axis's memory of every key."""
        return [memory.copy() for memory in (*self.hidden, *self.memory)]

    def remember(self, memories: list[Floats]) -> None:
        """Go back to what ``memories`` gave; the rows since then are overwritten by and by."""
        layers = len(self.hidden)
        self.hidden = [memory.copy() for memory in memories[:layers]]
        self.memory = [memory.copy() for memory in memories[layers:]]

    def keep(self, rows: NDArray[np.intp], first: int, end: int) -> None:
        """Let rows go on from others, which differ only in the steps [first, end). rows: (C,) from which."""
        self.rows[:, 1 + first : 1 + end] = self.rows[rows, 1 + first : 1 + end]
        for memory in (*self.hidden, *self.memory):
            lanes = memory.reshape(self.candidates, self.keys, -1)
            lanes[:] = lanes[rows]

    def write(self, step: int, states: Bools) -> None:
        """Note what was chosen in a step. states: (C, 2, P)."""
        self.rows[:, 1 + step, :, EDGE:-EDGE] = states


def compose(
    weights: StepWeights,
    view: View,
    choice: CellChoice,
    *,
    candidates: int = 1,
    drafts: int = 1,
    on_step: StatesCallback = lambda _step, _states: None,
    go_on: GoOn = lambda _: True,
) -> Composed:
    """Choose all cells that are not given, from the first step to the last; given ones stay.

    drafts: of every measure of each candidate, of which the best goes on, see ``judge``. on_step: called for
    the steps of a measure when it is final. go_on: called with the share that is done after each step; where
    it says False, the rest stays silent.
    """
    stepper = Stepper(weights, view, candidates * drafts)
    total = np.zeros(candidates)
    states = np.zeros((candidates * drafts, view.steps, 2, stepper.keys), dtype=np.bool_)
    edges = [0, *(np.flatnonzero(np.diff(view.measure)) + 1), view.steps]
    for first, end in pairwise(edges):
        if drafts == 1:
            stop, nats = write_measure(stepper, states, first, end, choice, go_on)
        else:
            stop, nats = best_drafts(stepper, states, first, end, choice, go_on, drafts)
        total += nats
        for t in range(first, stop):
            on_step(t, states[::drafts, t])
        if stop < end:
            states[:, stop:] = (view.given & view.known[:, None])[stop:]
            break
    return Composed(states[::drafts], total)


def best_drafts(
    stepper: Stepper, states: Bools, first: int, end: int, choice: CellChoice, go_on: GoOn, drafts: int
) -> tuple[int, NDArray[np.float64]]:
    """``write_measure``, and let each candidate's best draft take the place of its others. (C,) its -log p.

    Where even the best leaves a hand empty, the measure is written again, a little louder.
    """
    view, before = stepper.view, stepper.memories()
    for attempt in range(ATTEMPTS):
        if attempt:
            stepper.remember(before)
        cells = louder(choice, attempt, view) if attempt else choice
        stop, nats = write_measure(stepper, states, first, end, cells, go_on)
        costs = measure_costs(states[:, first:stop], view, first, nats).reshape(-1, drafts)
        best = np.arange(len(costs)) * drafts + costs.argmin(1)
        if stop < end or not empty_hands(states[best, first:end], view, first).any():
            break
    kept = np.repeat(best, drafts)
    stepper.keep(kept, first, stop)
    states[:, first:stop] = states[kept, first:stop]
    return stop, nats[best]


def louder(choice: CellChoice, attempt: int, view: View) -> CellChoice:
    """The choice with ``LOUDER`` nats more for each attempt before."""
    more = np.full(view.known.shape, LOUDER * attempt, dtype=np.float32)
    return replace(choice, added=more if choice.added is None else choice.added + more)


def write_measure(
    stepper: Stepper, states: Bools, first: int, end: int, choice: CellChoice, go_on: GoOn
) -> tuple[int, NDArray[np.float64]]:
    """Choose the steps [first, end) of ``states``; the end of what was chosen, and (C,) its -log p."""
    view = stepper.view
    nats = np.zeros(len(states))
    for step in range(first, end):
        heard = stepper.listen(step)
        before = stepper.rows[:, step, PLAYS, EDGE:-EDGE] > 0
        if view.known[step].all():
            chosen = np.broadcast_to(view.given[step], states[:, step].shape)
        else:
            chosen, cost = choose_step(stepper.weights, heard, before, view, step, choice)
            nats += cost
        states[:, step] = chosen
        stepper.write(step, chosen)
        if not go_on((step + 1) / view.steps):
            return step + 1, nats
    return end, nats


def choose_step(
    weights: StepWeights, heard: Floats, before: Bools, view: View, step: int, choice: CellChoice
) -> tuple[Bools, NDArray[np.float64]]:
    """((C, 2, P) the cells of a step, (C,) -log p of the free ones): the note axis, from low to high.

    heard: (C, P, H) of the time axis. before: (C, P) what played a step before.
    """
    candidates, keys, _ = heard.shape
    note = weights.note
    gates = (heard @ weights.note_heard + note.bias).swapaxes(0, 1)  # (P, C, 4 H)
    heads = (heard @ weights.head_heard + weights.head_bias).swapaxes(0, 1)  # (P, C, 2)
    rest = np.zeros(
        (candidates, CHOICES + note.size), dtype=np.float32
    )  # the choices below, the hidden state
    memory = np.zeros((candidates, note.size), dtype=np.float32)
    chosen = np.zeros((candidates, 2, keys), dtype=np.bool_)
    nats = np.zeros(candidates)
    known, given = view.known[step].tolist(), view.given[step]
    uniform = choice.chance.random((keys, 2, candidates))
    heat = choice.temperature
    for k in range(keys):
        hidden = note.step(gates[k] + rest @ weights.note_rest, memory)
        if known[k]:
            plays = np.broadcast_to(given[PLAYS, k], (candidates,))
            strikes = np.broadcast_to(given[STRIKES, k], (candidates,))
        else:
            logits = heads[k] + hidden @ weights.head_note  # (C, 2)
            odds = logits if choice.added is None else with_added(logits, choice.added[step, k], before[:, k])
            plays, strikes = drawn(odds, uniform[k], heat)
            strikes = plays & (strikes | ~before[:, k])
            nats += cell_cost(logits, plays, strikes, before[:, k])
        chosen[:, PLAYS, k], chosen[:, STRIKES, k] = plays, strikes
        rest[:, : BELOW - 1] = rest[:, 1:BELOW]
        rest[:, BELOW - 1], rest[:, BELOW] = plays, strikes
        rest[:, CHOICES:] = hidden
    return chosen, nats


def with_added(logits: Floats, added: float, before: Bools) -> Floats:
    """The logits of a key with what is added where it would begin to play."""
    odds = logits.copy()
    odds[:, PLAYS] += np.where(before, 0, added)
    return odds


def drawn(odds: Floats, uniform: NDArray[np.float64], temperature: float) -> tuple[Bools, Bools]:
    """((C,), (C,)) whether the key plays, and is struck. odds: (C, 2) logits."""
    if temperature == 0:
        likelier = odds > 0
        return likelier[:, PLAYS], likelier[:, STRIKES]
    # u < 1 / (1 + exp(-x)) where log u - log(1 - u) < x
    threshold = temperature * np.log(uniform / (1 - uniform)).T  # (C, 2)
    found = threshold < odds
    return found[:, PLAYS], found[:, STRIKES]


def cell_cost(logits: Floats, plays: Bools, strikes: Bools, before: Bools) -> NDArray[np.float64]:
    """(C,) -log p of a cell as it was chosen."""
    signs = np.where(np.stack([plays, strikes], 1), -1.0, 1.0) * logits
    bits = np.logaddexp(0, signs)
    nats: NDArray[np.float64] = bits[:, PLAYS] + bits[:, STRIKES] * (plays & before)
    return nats
