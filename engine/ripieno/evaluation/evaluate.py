"""Evaluation of a network: likelihood of unseen pieces, and harmonizations of their sopranos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ripieno.corpus.corpus import Piece, check_compass
from ripieno.corpus.originality import Library
from ripieno.evaluation.judge import Verdict, check_pairs, judge
from ripieno.evaluation.melody import check_melody, harmonized
from ripieno.evaluation.settings_by_others import HarmonyReport, compare_settings
from ripieno.evaluation.similarity import distances
from ripieno.grid import Grid, column_notes, sounding_pitches
from ripieno.models.generator import Generator
from ripieno.results import CopiedPassage
from ripieno.score import VOICE_NAMES
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.ranges import parallels
from ripieno.theory.rules import RULES, fault_counts

SOPRANO, LOWER = 0, (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Mean -log p, in nats a cell: of everything, and by voice, soprano to bass.

    nothing_given, soprano_given: of onsets, holds and rests, with meter, key and fermatas known.
    """

    nothing_given: float
    soprano_given: float
    nothing_given_by_voice: dict[str, float]
    soprano_given_by_voice: dict[str, float]


@dataclass(frozen=True, slots=True)
class Harmonization:
    """Harmonizations of the sopranos, compared with the originals.

    agreement: share of alto, tenor and bass cells that sound as in the original. parallels, faults: per 100
    notes, the second by rule; ``original_`` of the originals, counted alike. distances: see ``similarity``.
    most_copied, longest_run: what is most like a piece for training, by the lower voices' notes.
    """

    agreement: dict[str, float]
    parallels: float
    original_parallels: float
    faults: dict[str, float]
    original_faults: dict[str, float]
    distances: dict[str, float]
    most_copied: str | None
    highest_share: float | None
    median_share: float | None
    longest_run: str | None
    longest_run_notes: int


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over a set of pieces. nats: None for a network that gives no likelihood.

    fermatas: whether the harmonizations were made with those of the pieces in sight. judge: of the originals
    against the harmonizations; None where it was not asked for.
    """

    pieces: int
    fermatas: bool
    nats: Likelihood | None
    harmonization: Harmonization
    harmony: HarmonyReport
    judge: Verdict | None = None


def evaluate(
    model: Generator,
    pieces: Sequence[Piece],
    training: Sequence[Piece],
    *,
    settings: DraftSettings = DraftSettings(),
    fermatas: bool = True,
    judged: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Report:
    """Measure a network on pieces that it did not learn from; ``training`` is what it may have copied.

    fermatas: see ``melody.harmonized``. judged: whether a judge is trained, too. Raises RequestError where a
    piece has a pitch that the network does not know, no meter, or no melody, or a judge too few pieces.
    """
    for piece in pieces:
        check_compass(piece.grid, piece.name, model.lowest, model.highest, model_name=model.name)
        check_melody(piece)
    if judged:
        check_pairs(len(pieces))
    nats = likelihood(model, pieces) if model.gives_likelihood else None
    made: list[Grid] = []
    for i, piece in enumerate(pieces):
        made.append(harmonized(model, piece.grid, settings, fermatas=fermatas))
        progress((i + 1) / len(pieces))
    originals = [piece.grid for piece in pieces]
    return Report(
        len(pieces),
        fermatas,
        nats,
        compare(made, originals, Library(training)),
        compare_settings(made, originals, [None] * len(pieces)),
        judge(originals, made) if judged else None,
    )


def likelihood(model: Generator, pieces: Sequence[Piece]) -> Likelihood:
    """Whole pieces, with nothing and with the soprano given."""
    sums = np.zeros((2, len(VOICE_NAMES)))
    steps = 0
    for piece in pieces:
        grid = piece.grid
        fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
        sums[0] -= model.log_likelihoods(grid, fixed).sum(0)
        fixed[:, SOPRANO] = True
        sums[1] -= model.log_likelihoods(grid, fixed).sum(0)
        steps += grid.steps
    nothing, soprano = sums / steps
    return Likelihood(
        nothing_given=round(float(nothing.mean()), 4),
        soprano_given=round(float(soprano[1:].mean()), 4),
        nothing_given_by_voice=by_voice(nothing),
        soprano_given_by_voice=by_voice(soprano, LOWER),
    )


def by_voice(values: np.ndarray, voices: Sequence[int] = range(len(VOICE_NAMES))) -> dict[str, float]:
    """Some of four numbers, by the names of their voices."""
    return {VOICE_NAMES[v]: round(float(values[v]), 4) for v in voices}


def compare(made: Sequence[Grid], originals: Sequence[Grid], library: Library) -> Harmonization:
    """Compare harmonizations with the originals, and with the training pieces."""
    same, steps = np.zeros(len(VOICE_NAMES)), 0
    for one, other in zip(made, originals, strict=True):
        same += (sounding_pitches(one.cells) == sounding_pitches(other.cells)).sum(0)
        steps += one.steps
    new = [np.tile([v in LOWER for v in range(len(VOICE_NAMES))], (g.steps, 1)) for g in made]
    found = [library.compare(grid, new=mask) for grid, mask in zip(made, new, strict=True)]
    windows = [f.closest for f in found if f.closest is not None]
    runs = [f.run for f in found if f.run is not None]
    closest: CopiedPassage | None = max(windows, key=lambda w: w.share, default=None)
    longest: CopiedPassage | None = max(runs, key=lambda r: r.notes, default=None)
    return Harmonization(
        agreement=by_voice(same / steps, LOWER),
        parallels=per_100_notes(sum(parallels(g.cells) for g in made), made),
        original_parallels=per_100_notes(sum(parallels(g.cells) for g in originals), originals),
        faults=fault_rates(made),
        original_faults=fault_rates(originals),
        distances=distances(made, originals, LOWER),
        most_copied=None
        if closest is None
        else f"{closest.share:.0%} of {closest.among} notes, from {closest.source}",
        highest_share=None if closest is None else round(closest.share, 3),
        median_share=round(float(np.median([w.share for w in windows])), 3) if windows else None,
        longest_run=None if longest is None else f"{longest.notes} notes, from {longest.source}",
        longest_run_notes=longest.notes if longest else 0,
    )


def fault_rates(grids: Sequence[Grid]) -> dict[str, float]:
    """Faults per 100 notes by rule."""
    counts: Counter[str] = Counter()
    for grid in grids:
        counts.update(fault_counts(grid))
    return {rule.name: per_100_notes(counts[rule.name], grids) for rule in RULES}


def per_100_notes(count: int, grids: Sequence[Grid]) -> float:
    """A count over pieces, in relation to all their notes."""
    notes = sum(len(column_notes(grid, v)) for grid in grids for v in range(grid.cells.shape[1]))
    return round(100 * count / max(1, notes), 3)


# -- the benchmark of the field ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Mean -log p of what sounds, in nats a note: a voice at a sixteenth, rests too.

    key_ahead: the model took the key of each piece from the whole of it, so the figure is not comparable.
    """

    pieces: int
    nats_per_note: float
    by_voice: dict[str, float]
    key_ahead: bool


def benchmark(
    model: Generator, grids: Sequence[Grid], *, progress: Callable[[float], None] = lambda _: None
) -> Benchmark:
    """Score whole pieces in which only what sounds is known; see ``bare_grid``.

    Raises RequestError where a piece has a pitch that the network does not know.
    Boulanger-Lewandowski, Bengio, Vincent, ICML 2012, on sixteenths as in Huang et al., Coconet, ISMIR 2017.
    """
    for i, grid in enumerate(grids, 1):
        check_compass(grid, f"piece {i}", model.lowest, model.highest, model_name=model.name)
    sums, steps = np.zeros(len(VOICE_NAMES)), 0
    for i, grid in enumerate(grids):
        free = np.zeros(grid.cells.shape, dtype=np.bool_)
        sums -= model.log_likelihoods(grid, free, sounding=True).sum(0)
        steps += grid.steps
        progress((i + 1) / len(grids))
    nats = sums / steps
    return Benchmark(len(grids), round(float(nats.mean()), 4), by_voice(nats), model.reads_key_ahead)
