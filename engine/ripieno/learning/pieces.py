"""Which of a user's pieces are learned from and which are held out, so that no tune is in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.errors import RequestError, count_text
from ripieno.grid import HOLD, Grid, column_notes, sounding_pitches

SHARE, MAX_HELD_OUT = 6, 12  # of so many pieces one is held out, and so many at the most
TUNE = 12  # intervals by which two pieces are known to have the same melody
MIN_MEASURES = 8  # of a single piece, whose last quarter is held out
BEGINNING, END = ", its beginning", ", its end"  # added to the name of a piece that is divided
DOWNBEAT = 4  # the strength of a measure's first step


def without_copies(pieces: Sequence[Piece]) -> tuple[list[Piece], list[tuple[Piece, Piece]]]:
    """(the pieces, each set of notes once; those that are left out, each with the piece that it repeats)."""
    first: dict[bytes, Piece] = {}
    copies: list[tuple[Piece, Piece]] = []
    for piece in pieces:
        known = first.setdefault(notes_of(piece.grid), piece)
        if known is not piece:
            copies.append((piece, known))
    return list(first.values()), copies


def notes_of(grid: Grid) -> bytes:
    """The notes of a piece, whatever its name and its key signature."""
    return repr(grid.cells.shape).encode() + grid.cells.tobytes()


def divide_to_learn(pieces: Sequence[Piece]) -> Corpus:
    """A sixth of the pieces is held out, twelve at the most; of a single one its last quarter.

    Pieces with the same melody stay together. Raises RequestError for a single piece that is too short.
    """
    if len(pieces) == 1:
        learned, held_out = divide_piece(pieces[0])
        return Corpus((learned,), (held_out,), ())
    groups: defaultdict[tuple[int, ...], list[Piece]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: piece.name):
        groups[melody_of(piece)].append(piece)
    tunes = list(groups.values())
    if len(tunes) == 1:  # variations: with one tune there is no other way
        tunes = [[piece] for piece in tunes[0]]
    count = min(max(1, len(tunes) // SHARE), MAX_HELD_OUT)
    chosen = {round((i + 0.5) * len(tunes) / count - 0.5) for i in range(count)}
    parts: tuple[list[Piece], list[Piece]] = [], []
    for i, tune in enumerate(tunes):
        parts[i in chosen].extend(tune)
    return Corpus(tuple(parts[False]), tuple(parts[True]), ())


def melody_of(piece: Piece) -> tuple[int, ...]:
    """The first intervals of the highest line, by which a melody is known in any key; of a short one all."""
    notes = column_notes(piece.grid, 0)[: TUNE + 1]
    return tuple(after.pitch - before.pitch for before, after in pairwise(notes))


def known_tunes(corpus: Corpus, others: Sequence[Piece]) -> tuple[str, ...]:
    """The names of the held-out pieces whose melody is in other pieces, too: what the parent learned from.

    The end of a divided piece is known where its beginning is.
    """
    tunes = {melody_of(piece) for piece in others}
    if is_divided(corpus):
        return tuple(piece.name for piece in corpus.valid if melody_of(corpus.train[0]) in tunes)
    return tuple(piece.name for piece in corpus.valid if melody_of(piece) in tunes)


def divide_piece(piece: Piece) -> tuple[Piece, Piece]:
    """(the first three quarters of a piece, the rest of it), divided at a barline."""
    grid = piece.grid
    bars = np.flatnonzero(grid.strength == DOWNBEAT)
    if len(bars) < MIN_MEASURES:
        raise RequestError(
            f"{piece.name}: {count_text(len(bars), 'measure')}, and it is the only piece; a single piece "
            f"needs {MIN_MEASURES}, so that its last quarter can be held out to judge by"
        )
    cut = int(bars[-(-3 * len(bars) // 4)])
    first = replace(piece, name=f"{piece.name}{BEGINNING}", grid=stretch(grid, 0, cut))
    return first, replace(piece, name=f"{piece.name}{END}", grid=stretch(grid, cut, grid.steps))


def evenly(pieces: Sequence[Piece], count: int) -> tuple[Piece, ...]:
    """So many pieces at the most, at even distances."""
    return tuple(pieces[:: -(-len(pieces) // count) or 1])


def is_divided(corpus: Corpus) -> bool:
    """Whether what is held out is the end of a single piece."""
    return len(corpus.valid) == 1 and corpus.valid[0].name.endswith(END) and len(corpus.train) == 1


def beginning(piece: Piece, steps: int) -> Piece:
    """A piece without what lies beyond so many steps."""
    return replace(piece, grid=stretch(piece.grid, 0, steps)) if piece.grid.steps > steps else piece


def stretch(grid: Grid, start: int, end: int) -> Grid:
    """The steps [start, end) of a grid; a note that is held over the start begins there."""
    cells = grid.cells[start:end].copy()
    cells[0] = np.where(cells[0] == HOLD, sounding_pitches(grid.cells)[start], cells[0])
    return replace(
        grid,
        cells=cells,
        edges=tuple(edge - grid.edges[start] for edge in grid.edges[start : end + 1]),
        position=grid.position[start:end],
        strength=grid.strength[start:end],
        fermata=grid.fermata[start:end],
        tonic=grid.tonic[start:end],
    )
