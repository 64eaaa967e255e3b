"""How good a network is: likelihood of held-out pieces, and harmonizations of their sopranos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ripieno.corpus import Piece
from ripieno.drafts import Settings, drafts_by_rank, new_generator
from ripieno.grid import Grid, column_notes, sounding_pitches
from ripieno.models.lstm_fill import ChoraleGenerator
from ripieno.models.sampling import Limits
from ripieno.theory import CHORALE_RANGES, parallels
from ripieno.train import validate


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over a set of pieces.

    nats: mean -log p a cell, by task (see ``train.validate``). agreement: share of alto, tenor and bass cells
    that sound as in the original, the soprano given. parallels, original_parallels: fifths and octaves per
    100 notes, in the harmonizations and in the originals, counted alike.
    """

    pieces: int
    nats: dict[str, float]
    agreement: dict[str, float]
    parallels: float
    original_parallels: float


def evaluate(
    model: ChoraleGenerator,
    pieces: Sequence[Piece],
    *,
    settings: Settings = Settings(),
    progress: Callable[[float], None] = lambda _: None,
) -> Report:
    """Measure a network on pieces that it did not learn from."""
    nats = validate(model.model, pieces)
    same = np.zeros(3)
    cells = made = original = notes = original_notes = 0
    for i, piece in enumerate(pieces):
        best = harmonized(model, piece.grid, settings)
        equal = sounding_pitches(best.cells) == sounding_pitches(piece.grid.cells)
        same += equal[:, 1:].sum(0)
        cells += len(equal)
        made += parallels(best.cells)
        original += parallels(piece.grid.cells)
        notes += count_notes(best)
        original_notes += count_notes(piece.grid)
        progress((i + 1) / len(pieces))
    alto, tenor, bass = (round(float(s) / cells, 4) for s in same)
    return Report(
        pieces=len(pieces),
        nats={task: round(value, 4) for task, value in nats.items()},
        agreement={"alto": alto, "tenor": tenor, "bass": bass},
        parallels=round(100 * made / notes, 3),
        original_parallels=round(100 * original / original_notes, 3),
    )


def harmonized(model: ChoraleGenerator, grid: Grid, settings: Settings) -> Grid:
    """The best draft under the piece's own soprano, in the ranges that the corpus has."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    silent = np.zeros(grid.steps, dtype=np.bool_)
    drafts = drafts_by_rank(
        model.fill(
            grid,
            fixed,
            limits=Limits(tuple(CHORALE_RANGES.values()), silent),
            generator=new_generator(settings),
            sampling=settings.sampling,
            candidates=settings.drafts,
        )
    )
    return drafts[0].grid


def count_notes(grid: Grid) -> int:
    """The notes of all voices."""
    return sum(len(column_notes(grid, v)) for v in range(grid.cells.shape[1]))
