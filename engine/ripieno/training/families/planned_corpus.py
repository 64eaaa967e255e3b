"""A corpus with the harmonic plan of each piece, for the families that learn from plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.theory.plan_reading import read_plan


def planned_corpus(corpus: Corpus) -> Corpus:
    """The corpus with plans in the grids for training and validation, where the meter is known."""
    return replace(corpus, train=planned(corpus.train), valid=planned(corpus.valid))


def planned(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with their plans."""
    return tuple(replace(p, grid=replace(p.grid, plan=read_plan(p.grid, p.style))) for p in pieces)
