"""The default network's training: on whole pieces in random keys, with random tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ripieno.corpus.corpus import Corpus, Piece, possible_transpositions, transposed
from ripieno.grid import HOLD, REST, Cells, Grid, add_holds, sounding_pitches
from ripieno.models.frames import Frames, as_onsets, encode, log_p_sounding, log_p_tokens
from ripieno.models.lstm.context_features import COLUMN, PLAN_COLUMNS, UNKNOWN, step_features
from ripieno.models.lstm.network import VOICES, ChoraleLSTM, LSTMConfig
from ripieno.models.masks import Mask, training_mask
from ripieno.theory.ranges import CHORALE_RANGES
from ripieno.training.families.base import TrainConfig, device_of

LSTM_TRAIN_CONFIG = TrainConfig(steps=5200, learning_rate=2e-3, warmup=100, weight_decay=0.1, average=0.998)
TASKS = ("nothing_given", "soprano_given", "soprano_and_plan_given", "sounding_bare")
CHORD_COLUMNS = [COLUMN.chord, COLUMN.place, COLUMN.root]
HINT_COLUMNS = [COLUMN.suspended, COLUMN.moving, COLUMN.home, COLUMN.minor, COLUMN.style]
UNKNOWN_CHORD = [UNKNOWN[column] for column in CHORD_COLUMNS]


@dataclass(frozen=True, slots=True)
class LSTMBatches:
    """The batches: how large, and what the network does not see of their pieces."""

    batch: int = 12  # pieces
    frames: int = 256  # sixteenths a piece; longer ones are cut at random
    # Shares of the pieces of which the network does not see ...
    hide_all: float = 0.25  # anything but pitches; in half of these not even where a repeated one is struck
    hide_meter: float = 0.1  # barlines
    hide_fermatas: float = 0.2
    hide_key: float = 0.1
    hide_plan: float = 0.15  # the chords of the harmonic plan; in as many, all of it
    hide_beats: float = 0.15  # chords of a stretch of it
    hide_hints: float = 0.2  # each of its other columns: suspensions, motion, key note, mode, style
    apart: float = 0.15  # the past: each frame is predicted from what is given alone


class Batch(NamedTuple):
    """B pieces of T frames, padded at the end."""

    frames: Frames
    fixed: Tensor  # (B, T, V) bool, given
    features: Tensor  # (B, T, 6)
    counted: Tensor  # (B, T, V) bool: cells of the piece that are not given
    merged: Tensor  # (B,) bool: a repeated note looks like a held one, so only what sounds is scored
    apart: Tensor  # (B,) bool: frames are predicted one by one, so every free cell is an onset or a rest

    def part(self, part: int, parts: int) -> Batch:
        """Every ``parts``-th piece, from number ``part``."""
        mine = slice(part, None, parts)
        frames = Frames(self.frames.tokens[mine], self.frames.pitches[mine])
        return Batch(frames, *(tensor[mine] for tensor in self[1:]))

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        frames = Frames(self.frames.tokens.to(device), self.frames.pitches.to(device))
        return Batch(frames, *(tensor.to(device) for tensor in self[1:]))


class LSTMTraining:
    """See ``FamilyTraining``."""

    score_metrics = ("nothing_given", "soprano_given")
    held_out = True
    unused_pieces: tuple[str, ...] = ()

    def __init__(
        self, model: ChoraleLSTM, corpus: Corpus, *, batches: LSTMBatches = LSTMBatches(), seed: int = 0
    ) -> None:
        self.model, self.corpus, self.batches, self.seed = model, corpus, batches, seed

    @property
    def max_parts(self) -> int:
        """The pieces of a batch."""
        return self.batches.batch

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """-log p of every counted token of a part of the batch, in nats."""
        rng = np.random.default_rng((self.seed, step))
        batch = draw_batch(self.corpus.train, self.batches, rng, self.model.config)
        hidden = torch.from_numpy(rng.random(batch.fixed.shape) < self.model.config.hide)
        mine, device = batch.part(part, parts), device_of(self.model)
        mine, hidden = mine.to(device), hidden[part::parts].to(device)
        logits = self.model(mine.frames, mine.fixed, mine.features, hidden, mine.apart)
        logp = logits.float().log_softmax(-1)
        sounding = log_p_sounding(logp, mine.frames.pitches)
        found = torch.where(mine.merged[:, None, None], sounding, log_p_tokens(logp, mine.frames.tokens))
        return -found[mine.counted].sum(), int(mine.counted.sum())

    def finish(self) -> None:
        """The LSTM needs no statistics."""

    def validate(self) -> dict[str, float]:
        """See ``nats_by_task``."""
        return nats_by_task(self.model, self.corpus.valid)


def draw_batch(
    pieces: Sequence[Piece], batches: LSTMBatches, rng: np.random.Generator, config: LSTMConfig
) -> Batch:
    """Random pieces, each in a random key inside the voices' ranges, with a random task."""
    rows, merged = [], []
    for index in rng.integers(0, len(pieces), batches.batch):
        grid = pieces[index].grid
        moves = possible_transpositions(grid.cells, list(CHORALE_RANGES.values()))
        grid = transposed(grid, int(rng.choice(moves)))
        cells, features = grid.cells, step_features(grid)
        hidden = hidden_columns(batches, rng)
        features = without(features, *hidden)
        if rng.random() < batches.hide_beats:
            first = int(rng.integers(0, len(features)))
            features[first : first + int(rng.integers(8, 97)), CHORD_COLUMNS] = UNKNOWN_CHORD
        merge = len(hidden) == len(COLUMN) and rng.random() < 0.5
        if merge:
            cells = add_holds(sounding_pitches(cells))
        start = int(rng.integers(0, max(1, len(cells) - batches.frames + 1)))
        window = slice(start, start + batches.frames)
        cells = opened(cells, window)
        rows.append((cells, training_mask(cells, rng), features[window]))
        merged.append(merge)
    batch = stack(rows, config)._replace(merged=torch.tensor(merged))
    return frames_apart(batch, torch.from_numpy(rng.random(batches.batch) < batches.apart), config)


def frames_apart(batch: Batch, apart: Tensor, config: LSTMConfig) -> Batch:
    """The batch with every free cell of some rows an onset or a rest, as if no frame came before it."""
    pitches = batch.frames.pitches
    alone = apart[:, None, None] & ~batch.fixed
    frames = Frames(torch.where(alone, as_onsets(pitches, config.pitches), batch.frames.tokens), pitches)
    return batch._replace(frames=frames, merged=batch.merged & ~apart, apart=apart)


def hidden_columns(batches: LSTMBatches, rng: np.random.Generator) -> set[int]:
    """A random choice of the features that are hidden from the network."""
    if rng.random() < batches.hide_all:
        return set(COLUMN)
    hidden: set[int] = set()
    for share, columns in (
        (batches.hide_meter, (COLUMN.position, COLUMN.strength, COLUMN.to_end)),
        (batches.hide_fermatas, (COLUMN.fermata, COLUMN.to_fermata)),
        (batches.hide_key, (COLUMN.tonic, *PLAN_COLUMNS)),  # a plan tells the key
        (batches.hide_plan, CHORD_COLUMNS),
        (batches.hide_plan, PLAN_COLUMNS),
        *((batches.hide_hints, (column,)) for column in HINT_COLUMNS),
    ):
        if rng.random() < share:
            hidden |= set(columns)
    return hidden


def without(features: np.ndarray, *columns: int) -> np.ndarray:
    """The features with these columns unknown."""
    out = features.copy()
    for column in columns:
        out[:, column] = UNKNOWN[column]
    return out


def opened(cells: Cells, window: slice) -> Cells:
    """A window of the cells in which a note that was sounding at its start begins there."""
    cut = cells[window].copy()
    first = sounding_pitches(cells)[window.start]
    cut[0] = np.where(cut[0] == HOLD, first, cut[0])
    return cut


def stack(rows: Sequence[tuple[Cells, Mask, np.ndarray]], config: LSTMConfig) -> Batch:
    """Pad (cells, fixed, features) of several pieces to one length with rests that do not count."""
    steps = max(len(cells) for cells, _, _ in rows)
    shape = (len(rows), steps, VOICES)
    cells = np.full(shape, REST, dtype=np.int64)
    sounding = np.full(shape, REST, dtype=np.int64)
    fixed = np.zeros(shape, dtype=np.bool_)
    counted = np.zeros(shape, dtype=np.bool_)
    all_features = np.tile(np.array(UNKNOWN), (len(rows), steps, 1))
    for b, (piece, mask, features) in enumerate(rows):
        cells[b, : len(piece)] = piece
        sounding[b, : len(piece)] = sounding_pitches(piece)
        fixed[b, : len(piece)] = mask
        counted[b, : len(piece)] = ~mask
        all_features[b, : len(piece)] = features
    return Batch(
        encode(torch.from_numpy(cells), torch.from_numpy(sounding), config),
        torch.from_numpy(fixed),
        torch.from_numpy(all_features),
        torch.from_numpy(counted),
        torch.zeros(len(rows), dtype=torch.bool),
        torch.zeros(len(rows), dtype=torch.bool),
    )


@torch.no_grad()
def nats_by_task(model: ChoraleLSTM, pieces: Sequence[Piece], size: int = 16) -> dict[str, float]:
    """Mean nats a cell on whole pieces.

    nothing_given, soprano_given: tokens; meter, key, fermatas known. soprano_and_plan_given: the harmonic
    plan too. sounding_bare: what sounds, with nothing
    given and no repeated note, meter, key, fermata or end known, as in the 16th-grid benchmark.
    """
    model.eval()
    device = device_of(model)
    ordered = sorted(pieces, key=lambda p: p.grid.steps)
    sums, cells = dict.fromkeys(TASKS, 0.0), dict.fromkeys(TASKS, 0)
    for i in range(0, len(ordered), size):
        grids = [p.grid for p in ordered[i : i + size]]
        for task in TASKS:
            rows = [validation_view(grid, task) for grid in grids]
            batch = stack(rows, model.config).to(device)
            logp = model(batch.frames, batch.fixed, batch.features).float().log_softmax(-1)
            if task == "sounding_bare":
                found = log_p_sounding(logp, batch.frames.pitches)
            else:
                found = log_p_tokens(logp, batch.frames.tokens)
            sums[task] -= float(found[batch.counted].sum())
            cells[task] += int(batch.counted.sum())
    return {task: sums[task] / cells[task] for task in TASKS}


def validation_view(grid: Grid, task: str) -> tuple[Cells, Mask, np.ndarray]:
    """A piece as a task of the validation shows it: its cells, which are given, and what surrounds them."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    if task == "sounding_bare":
        return add_holds(sounding_pitches(grid.cells)), fixed, without(step_features(grid), *COLUMN)
    fixed[:, 0] = task != "nothing_given"
    features = step_features(grid)
    return grid.cells, fixed, features if "plan" in task else without(features, *PLAN_COLUMNS)
