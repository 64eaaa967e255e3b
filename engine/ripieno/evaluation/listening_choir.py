"""Pairs for a listening test that a choir sings: phrases of a piece, and what a model writes there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ripieno.corpus.corpus import Piece, check_compass
from ripieno.errors import RequestError, count_text
from ripieno.evaluation.excerpts import ExcerptSpan, cut, features, heard_notes, shared_spans
from ripieno.evaluation.listening_pairs import (
    PEOPLE,
    Excerpt,
    ListeningPair,
    ListeningSettings,
    ListeningTask,
)
from ripieno.evaluation.melody import harmonized, measures_of
from ripieno.evaluation.setting import MINOR, Home, read_setting
from ripieno.grid import HOLD, NO_METER, Grid, score_to_grid
from ripieno.limits import MAX_BARS, SEEDS
from ripieno.models.generator import Generator
from ripieno.score import VOICE_NAMES, Key
from ripieno.tasks.choir import compose
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.keys import signature_on


class ChoirSource:
    """A piece in four voices. Excerpts begin and end with phrases, on both sides."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    def pair(
        self,
        model: Generator,
        settings: ListeningSettings,
        chance: np.random.Generator,
        taken: Sequence[ExcerptSpan],
    ) -> ListeningPair | None:
        """See ``ListeningSource``."""
        check_usable(self.piece, model)
        grid = self.piece.grid
        draft = DraftSettings(int(chance.integers(SEEDS)))
        other = other_side(model, grid, settings.task, draft)
        shared = shared_spans(grid, other, fewest=settings.fewest, most=settings.most)
        spans = [span for span in shared if not any(map(span.overlaps, taken))]
        if not spans:
            return None
        span = spans[int(chance.integers(len(spans)))]
        home = read_setting(grid).home
        people, made = excerpt_of(PEOPLE, grid, span, home), excerpt_of(model.name, other, span, home)
        return ListeningPair(span, grid.edges[span.stop] - grid.edges[span.start], people, made)


def check_usable(piece: Piece, model: Generator) -> None:
    """Raise RequestError for a piece that a model for choirs cannot take."""
    if piece.grid.cells.shape[1] != len(VOICE_NAMES):
        voices = count_text(piece.grid.cells.shape[1], "voice")
        raise RequestError(
            f"{piece.name}: {voices}, but {model.name} writes for a choir in four; leave the piece out, or "
            "choose a model for the piano, such as lstm-ragtime"
        )
    if (piece.grid.position == NO_METER).any() or not (piece.grid.cells[:, 0] < HOLD).any():
        raise RequestError(f"{piece.name}: no meter, or no melody, so it has no phrases; leave the piece out")
    check_compass(piece.grid, piece.name, model.lowest, model.highest, model_name=model.name)


def excerpt_of(author: str, grid: Grid, span: ExcerptSpan, home: Home) -> Excerpt:
    """An excerpt, whoever wrote it."""
    found = cut(grid, span)
    return Excerpt(author, heard_notes(found), features(found, home))


def other_side(model: Generator, grid: Grid, task: ListeningTask, draft: DraftSettings) -> Grid:
    """What the model writes beside a piece, in the same measures."""
    return harmonized(model, grid, draft) if task == "harmonize" else composed(model, grid, draft)


def composed(model: Generator, grid: Grid, draft: DraftSettings) -> Grid:
    """A new piece in the key and the meter of another, with its upbeat, and as many measures."""
    measures = list(measures_of(grid))
    meter = measures[len(measures) // 2].meter
    first = measures[0].duration
    anacrusis = first if first < meter.length else Fraction(0)
    bars = -(-(measures[-1].end - anacrusis) // meter.length)
    made = compose(
        model,
        bars=min(MAX_BARS, int(bars)),
        meter=meter,
        key=key_of(grid),
        anacrusis=anacrusis,
        settings=draft,
    )
    return score_to_grid(made[0].score)


def key_of(grid: Grid) -> Key:
    """The key of a piece, by its last chord."""
    home = read_setting(grid).home
    signature = signature_on(home.tonic + (3 if home.mode == MINOR else 0))
    return Key(signature.fifths, home.mode)
