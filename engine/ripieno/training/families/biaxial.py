"""The two-axis network's training: on windows of piano music, all keys and all steps of a batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.models.biaxial.chords import CHORDS, ROOTS, UNKNOWN
from ripieno.models.biaxial.inputs import EDGE, INPUTS, Rows, all_inputs, rows_of
from ripieno.models.biaxial.network import DENSITIES, PLAYS, Biaxial, BiaxialConfig, cell_nats
from ripieno.models.biaxial.reading import MIDDLE_C, read_chords, read_view
from ripieno.models.biaxial.view import (
    NEVER,
    PERIOD,
    Steps,
    View,
    half_places,
    spans_of,
    step_layout,
    view_of,
    with_recall,
)
from ripieno.models.note_states.keyboard import Bools, Floats, KeyboardCompass, slot_states
from ripieno.piano.blues_scheme import measures_on_scheme
from ripieno.training.families.base import TrainConfig, device_of

BIAXIAL_TRAIN_CONFIG = TrainConfig(
    steps=2400,
    learning_rate=2e-3,
    warmup=50,
    weight_decay=0.05,
    average=0.99,
    evaluate_every=150,
    patience=1_000,
)
FEW_CHANGES, FEW_PLACES = 0.02, 0.1  # counted of every chord before any is
BLUES_SHARE = 2 / 3  # of the measures of a blues at least stand on its scheme; of a rag it is a half
MAX_STEPS = 512  # of a piece for validation, from its end: the closes are few


@dataclass(frozen=True, slots=True)
class BiaxialBatches:
    """The batches: how large, and what the network does not see of their pieces, as shares of them."""

    batch: int = 8  # windows
    window: int = 128  # steps; a window begins at a barline
    hide_chords: float = 0.2  # the plan
    hide_later: float = 0.15  # the plan from some half measure on
    hide_density: float = 0.35
    hide_recall: float = 0.35
    hide_memory: float = 0.15  # each of the earlier measures that it remembers
    begin: float = 0.4  # everything before the window, as if the piece began there
    give_melody: float = 0.15  # given: the highest notes
    give_around: float = 0.1  # given: all but some measures
    give_hand: float = 0.1  # given: all below middle C, or all from there up


@dataclass(frozen=True, slots=True, eq=False)
class StudiedPiece:
    """A piece as the network learns it: its rows and all that can be told of it. states: (T, 2, P)."""

    rows: Rows
    states: Bools
    view: View


class BiaxialTraining:
    """See ``FamilyTraining``."""

    score_metrics = ("nats_a_note", "nats_a_note_untold")

    def __init__(
        self, model: Biaxial, corpus: Corpus, *, batches: BiaxialBatches = BiaxialBatches(), seed: int = 0
    ) -> None:
        self.model, self.batches, self.seed = model, batches, seed
        self.train = [studied_piece(piece, model.config) for piece in corpus.train]
        self.valid = [studied_piece(piece, model.config) for piece in corpus.valid]
        self.unused_pieces: tuple[str, ...] = ()

    @property
    def held_out(self) -> bool:
        """Whether there are pieces to validate on."""
        return bool(self.valid)

    @property
    def max_parts(self) -> int:
        """The windows of a batch."""
        return self.batches.batch

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """(-log p of every cell that is not given, how many notes begin there) of a part of the batch."""
        chance = np.random.default_rng((self.seed, step))
        lengths = np.array([studied.view.steps for studied in self.train])
        drawn = chance.choice(len(self.train), self.batches.batch, p=lengths / lengths.sum())
        windows = [draw_window(self.train[i], self.batches, chance) for i in drawn]
        return summed_nats(self.model, windows[part::parts], self.batches.window)

    @torch.no_grad()
    def initialize(self) -> None:
        """Set the first biases to how often a key plays, and is struck again."""
        states = np.concatenate([studied.states for studied in self.train])
        again = states[1:, 1] & states[:-1, PLAYS]
        shares = (states[:, PLAYS].mean(), again.sum() / (states[1:, PLAYS] & states[:-1, PLAYS]).sum())
        self.model.head.bias.copy_(torch.logit(torch.tensor(shares), eps=1e-3))

    @torch.no_grad()
    def finish(self) -> None:
        """Store what the plans need of the training music."""
        share = np.concatenate([studied.states[:, PLAYS] for studied in self.train]).mean(0)
        self.model.key_odds.copy_(torch.logit(torch.from_numpy(share).float(), eps=1e-4))
        views = [studied.view for studied in self.train]
        changes, places = chord_statistics(views)
        self.model.chord_changes.copy_(torch.from_numpy(changes))
        self.model.chord_places.copy_(torch.from_numpy(places))
        density = np.concatenate([view.density[:-1] for view in views])
        both = density[(density > 0).all(1)]
        density = both if len(both) else density  # music for one hand
        if len(density):
            kept = np.random.default_rng(self.seed).choice(
                len(density), DENSITIES, replace=len(density) < DENSITIES
            )
            self.model.densities.copy_(torch.from_numpy(density[kept]))

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Nats a note of held-out pieces, or of the training pieces where there are none.

        nats_a_note: with the plan, the density and what comes back; _untold: without them.
        """
        self.model.eval()
        found = {}
        for name, hidden in (("nats_a_note", False), ("nats_a_note_untold", True)):
            nats, notes = 0.0, 0
            for studied in self.valid or self.train[:4]:
                first = max(studied.view.steps - MAX_STEPS, 0)
                view = untold(studied.view) if hidden else studied.view
                window = Window(studied, view, first, studied.view.steps)
                total, count = summed_nats(self.model, [window], window.end - window.first)
                nats, notes = nats + float(total), notes + count
            found[name] = nats / max(notes, 1)
        return found


def is_twelve_bars(pieces: Sequence[Piece], compass: KeyboardCompass) -> bool:
    """Whether the pieces are twelve-bar blues: by the roots of their measures, not by their number."""
    hits = measures = 0
    for piece in pieces:
        view = view_of(piece.grid, compass)
        roots = ROOTS[read_chords(piece_states(piece, compass), view)[first_halves(view)]]
        homes = ((0, "major"), (9, "minor"))
        hits += max(measures_on_scheme(((roots - home) % 12).tolist(), mode) for home, mode in homes)
        measures += len(roots)
    return hits > BLUES_SHARE * measures


def first_halves(view: View) -> Steps:
    """(M,) the half measure with which each measure begins."""
    return view.half[[first for first, _ in spans_of(view)]]


def studied_piece(piece: Piece, config: BiaxialConfig) -> StudiedPiece:
    """A piece as the network learns it."""
    states = piece_states(piece, config.compass)
    view = read_view(view_of(piece.grid, config.compass), states)
    return StudiedPiece(rows_of(states), states, view)


def piece_states(piece: Piece, compass: KeyboardCompass) -> Bools:
    """(T, 2, P) what plays and what is struck in a piece."""
    states = slot_states(piece.grid, step_layout(piece.grid), compass)
    return states.reshape(piece.grid.steps, 2, compass.keys)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The steps [first, end) of a piece. view: what the network is told of it."""

    studied: StudiedPiece
    view: View
    first: int
    end: int


def draw_window(studied: StudiedPiece, batches: BiaxialBatches, chance: np.random.Generator) -> Window:
    """A window at a random barline; now and then the piece's beginning or end."""
    view = studied.view
    starts = [first for first, _ in spans_of(view) if first + batches.window <= view.steps] or [0]
    first = int(chance.choice([starts[0], starts[-1], *starts]))
    end = min(first + batches.window, view.steps)
    view = drawn_view(studied, batches, chance, first, end)
    if chance.random() >= batches.begin:
        return Window(studied, view, first, end)
    rows = studied.rows.copy()
    rows[:, : 1 + first] = 0
    earlier = np.where(view.earlier < first, NEVER, view.earlier)
    recalled = np.where(view.recalled < first, NEVER, view.recalled)
    view = replace(
        view,
        earlier=earlier,
        recalled=recalled,
        similarity=np.where(recalled == NEVER, 0, view.similarity),
    )
    return Window(replace(studied, rows=rows), view, first, end)


def drawn_view(
    studied: StudiedPiece, batches: BiaxialBatches, chance: np.random.Generator, first: int, end: int
) -> View:
    """What the network is told this time."""
    view = studied.view
    chords = view.chords.copy()
    if chance.random() < batches.hide_chords:
        chords[:] = UNKNOWN
    elif chance.random() < batches.hide_later:
        chords[int(chance.integers(view.half[first], view.half[end - 1] + 1)) :] = UNKNOWN
    view = replace(view, chords=chords)
    if chance.random() < batches.hide_density:
        view = replace(view, density=np.full_like(view.density, NEVER))
    if chance.random() < batches.hide_recall:
        view = with_recall(view, np.full(view.measures, NEVER), np.zeros(view.measures, dtype=np.int64))
    hidden = chance.random(view.earlier.shape[1]) < batches.hide_memory
    view = replace(view, earlier=np.where(hidden, NEVER, view.earlier))
    return replace(view, known=drawn_known(studied, batches, chance, first, end), given=studied.states)


def drawn_known(
    studied: StudiedPiece, batches: BiaxialBatches, chance: np.random.Generator, first: int, end: int
) -> Bools:
    """(T, P) bool, the cells that are given this time: mostly none, else a melody, a hand or all around."""
    states = studied.states
    known = np.zeros((len(states), states.shape[2]), dtype=np.bool_)
    kind = chance.random()
    kind -= batches.give_melody
    if kind < 0:
        return melody_cells(states)
    kind -= batches.give_around
    if kind < 0:
        spans = [span for span in spans_of(studied.view) if first <= span[0] < end]
        a = int(chance.integers(0, len(spans)))
        b = min(a + int(chance.integers(1, 9)), len(spans))
        known[:] = True
        known[spans[a][0] : spans[b - 1][1]] = False
        return known
    kind -= batches.give_hand
    if kind < 0:
        split = MIDDLE_C + int(chance.integers(-3, 4)) - studied.view.lowest
        known[:, :split] = chance.random() < 0.5
        known[:, split:] = ~known[:, :split].any()
    return known


def melody_cells(states: Bools) -> Bools:
    """(T, P) bool: the highest key that plays in each step, and all above it."""
    plays = states[:, PLAYS]
    above = np.cumsum(plays[:, ::-1], axis=1)[:, ::-1]  # how many keys play from this one up
    known: Bools = plays.any(1, keepdims=True) & ((above == 0) | ((above == 1) & plays))
    return known


def untold(view: View) -> View:
    """The view without plan, density and what comes back."""
    view = with_recall(view, np.full(view.measures, NEVER), np.zeros(view.measures, dtype=np.int64))
    return replace(view, chords=np.full_like(view.chords, UNKNOWN), density=np.full_like(view.density, NEVER))


def chord_statistics(views: Sequence[View]) -> tuple[Floats, Floats]:
    """(log p of the next chord, log p of a chord in each half measure of a period), see ``Biaxial``."""
    changes = np.full((CHORDS, CHORDS), FEW_CHANGES)
    places = np.full((2 * PERIOD, CHORDS), FEW_PLACES)
    for view in views:
        np.add.at(changes, (view.chords[:-1], view.chords[1:]), 1)
        np.add.at(places, (half_places(view), view.chords), 1)
    logs = [np.log(counts / counts.sum(1, keepdims=True)) for counts in (changes, places)]
    return logs[0].astype(np.float32), logs[1].astype(np.float32)


def summed_nats(model: Biaxial, windows: Sequence[Window], steps: int) -> tuple[Tensor, int]:
    """(-log p of all cells that are not given, how many notes begin in them) in windows of ``steps``."""
    c = model.config
    inputs = np.zeros((len(windows), steps, c.keys, INPUTS), dtype=np.float32)
    states = np.zeros((len(windows), steps + 1, 2, c.keys), dtype=np.float32)
    free = np.zeros((len(windows), steps, c.keys), dtype=np.bool_)
    for b, w in enumerate(windows):
        own = w.end - w.first
        inputs[b, :own] = all_inputs(w.studied.rows, w.view, w.first, w.end)[0]
        states[b, : own + 1] = w.studied.rows[0, w.first : w.end + 1, :, EDGE:-EDGE]
        free[b, :own] = ~w.view.known[w.first : w.end]
    device = device_of(model)
    truth, mask = torch.from_numpy(states).to(device), torch.from_numpy(free).to(device)
    logits = model(torch.from_numpy(inputs).to(device), truth[:, 1:])
    nats = cell_nats(logits, truth)
    return nats[mask].sum(), int((truth[:, 1:, 1] * mask).sum())
