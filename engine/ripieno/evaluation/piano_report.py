"""Evaluation of a piano network: pieces that it composes, beside pieces that people wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ripieno.corpus.corpus import Piece
from ripieno.corpus.originality import Library
from ripieno.evaluation.piano_measures import MEASURES
from ripieno.evaluation.piano_music import PianoMusic, piano_music
from ripieno.evaluation.piano_similarity import piano_distances
from ripieno.evaluation.share import Share
from ripieno.grid import Grid, grid_to_states, score_to_grid
from ripieno.models.note_states.key_generator import KeyGenerator
from ripieno.models.note_states.keyboard import PITCHES
from ripieno.piano.blues_scheme import CHORUS
from ripieno.score import Meter
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.piano import compose

PIECES = 20
RAG_MEASURES, BLUES_MEASURES = 32, 2 * CHORUS
BLUES_ONLY, OTHERS_ONLY = {"on blues scheme"}, {"bass then chord", "periods closed", "other groups closed"}


@runtime_checkable
class GivesKeyLikelihood(Protocol):
    """A network that says how likely every cell of a note state matrix is, after all cells before it."""

    def key_log_likelihoods(self, grid: Grid) -> NDArray[np.float64]:
        """(T, 2, P) log p, in nats, that each key plays as it does, and that it is struck or held as it is.

        0 where the second is no choice: a key is silent, or was silent before. Notes beyond the network's
        compass are left out.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyLikelihood:
    """Mean -log p, in nats: of a cell, whether its key plays and whether it is struck; of a note, both."""

    play_a_cell: float
    articulate_a_cell: float
    a_note: float


@dataclass(frozen=True, slots=True)
class PianoFigures:
    """What is counted of a set of pieces.

    shares: by the names of ``MEASURES``. distances: to the pieces for training, see ``piano_distances``.
    highest_share, median_share: of the pieces' windows that are most like a piece for training.
    """

    pieces: int
    measures: int
    shares: dict[str, float | None]
    distances: dict[str, float]
    highest_share: float | None
    median_share: float | None


@dataclass(frozen=True, slots=True)
class PianoReport:
    """Figures over music that a network composed, and over the pieces that people wrote.

    nats: of the pieces; None for a network that gives no likelihood.
    """

    pieces: int
    nats: KeyLikelihood | None
    made: PianoFigures
    originals: PianoFigures


def evaluate_piano(
    model: KeyGenerator,
    pieces: Sequence[Piece],
    training: Sequence[Piece],
    *,
    count: int = PIECES,
    measures: int | None = None,
    settings: DraftSettings = DraftSettings(),
    progress: Callable[[float], None] = lambda _: None,
) -> PianoReport:
    """Measure a network's compositions beside pieces that it did not learn from.

    It composes ``count`` pieces of so many measures, in the pieces' commonest meter and in their keys, one
    after the other. measures: ``None`` for two choruses where most pieces are made of choruses, else 32.
    training: what it may have copied. Raises RequestError where a piece has no meter.
    """
    originals = [piano_music(piece.grid, piece.name) for piece in pieces]
    known = [piano_music(piece.grid, piece.name) for piece in training]
    blues = is_blues([*originals, *known])
    bars = measures or (BLUES_MEASURES if blues else RAG_MEASURES)
    meter = usual_meter(originals)
    made: list[Grid] = []
    for number in range(count):
        one = DraftSettings(settings.seed + number, temperature=settings.temperature)
        key = originals[number % len(originals)].key
        made.append(score_to_grid(compose(model, bars=bars, meter=meter, key=key, settings=one)[0].score))
        progress((number + 1) / count)
    library = Library(training)
    results = [piano_music(grid, f"composition {number}") for number, grid in enumerate(made, 1)]
    return PianoReport(
        len(pieces),
        key_likelihood(model, pieces) if isinstance(model, GivesKeyLikelihood) else None,
        figures_of(results, made, known, library, blues=blues),
        figures_of(originals, [piece.grid for piece in pieces], known, library, blues=blues),
    )


def figures_of(
    pieces: Sequence[PianoMusic],
    grids: Sequence[Grid],
    training: Sequence[PianoMusic],
    library: Library,
    *,
    blues: bool,
) -> PianoFigures:
    """Count everything. blues: whether the twelve-bar scheme is asked for, or the periods of a rag."""
    left_out = OTHERS_ONLY if blues else BLUES_ONLY
    shares = {
        name: sum((count(music) for music in pieces), Share()).value
        for name, count in MEASURES.items()
        if name not in left_out
    }
    copied = [found.share for found in library.shares(grids) if found is not None]
    return PianoFigures(
        len(pieces),
        sum(len(music.measures) for music in pieces),
        shares,
        piano_distances(pieces, training),
        round(max(copied), 3) if copied else None,
        round(median(copied), 3) if copied else None,
    )


def is_blues(pieces: Sequence[PianoMusic]) -> bool:
    """Whether most pieces are made of choruses of twelve measures."""
    return 2 * sum(len(music.measures) % CHORUS == 0 for music in pieces) > len(pieces)


def usual_meter(pieces: Sequence[PianoMusic]) -> Meter:
    """The meter of most measures: over 4, or over 8 where the length asks for it."""
    lengths = [bar.end - bar.onset for music in pieces for bar in music.measures]
    usual = Fraction(max(sorted(set(lengths)), key=lengths.count))
    return Meter(int(usual), 4) if usual.denominator == 1 else Meter(int(2 * usual), 8)


def key_likelihood(model: GivesKeyLikelihood, pieces: Sequence[Piece]) -> KeyLikelihood:
    """How likely the network finds whole pieces."""
    sums, cells, notes = np.zeros(2), 0, 0
    for piece in pieces:
        nats = -model.key_log_likelihoods(piece.grid)
        sums += nats.sum((0, 2))
        cells += nats.shape[0] * nats.shape[2]
        notes += int(grid_to_states(piece.grid, 0, PITCHES).states[:, PITCHES:].sum())
    play, articulate = (round(float(x) / cells, 5) for x in sums)
    return KeyLikelihood(play, articulate, round(float(sums.sum()) / max(1, notes), 4))
