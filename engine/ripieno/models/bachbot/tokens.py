"""Four-part music as BachBot reads it: one stream of tokens, frame by frame, from high to low.

A frame is a fermata token where one sounds, then soprano, alto, tenor and bass, then a delimiter; a note is
(pitch, tie), the tie saying that it sounds on from the frame before. START and END stand around the piece.
After Liang, BachBot: Automatic composition in the style of Bach chorales, Cambridge 2016, section 4.2, with
two additions: a rest has a token of its own, and the four places always belong to the four voices, also
where these cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_KEY, REST, Cells, Grid, sounding_pitches
from ripieno.models.tonic import likely_tonic_of

VOICES = 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens: P struck pitches, the same P tied, then five others.

    lowest, highest: MIDI pitches, both included, after the move to C major or A minor.
    """

    lowest: int = 30
    highest: int = 87

    @property
    def pitches(self) -> int:
        """P."""
        return self.highest - self.lowest + 1

    @property
    def rest(self) -> int:
        """The voice is silent."""
        return 2 * self.pitches

    @property
    def fermata(self) -> int:
        """The frame stands under a fermata."""
        return self.rest + 1

    @property
    def delimiter(self) -> int:
        """The frame is complete."""
        return self.rest + 2

    @property
    def start(self) -> int:
        """Before the first frame."""
        return self.rest + 3

    @property
    def end(self) -> int:
        """After the last frame."""
        return self.rest + 4

    @property
    def size(self) -> int:
        """K, how many tokens there are."""
        return self.rest + 5


def to_c_major(grid: Grid) -> int:
    """The semitones, -6..5, that move the piece's first key signature to that of C major and A minor.

    Where none is written, the one that the grid's notes point to.
    """
    tonic = int(grid.tonic[0]) if grid.steps else NO_KEY
    if tonic == NO_KEY:
        tonic = likely_tonic_of(sounding_pitches(grid.cells))
    return -tonic if tonic <= 6 else 12 - tonic


def note_tokens(cells: Cells, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """(T, V) tokens of cells that have been moved to C already."""
    sounding = sounding_pitches(cells).astype(np.int64)
    tokens = sounding - vocabulary.lowest + np.where(cells == HOLD, vocabulary.pitches, 0)
    return np.where(sounding == REST, vocabulary.rest, tokens)


def encode_stream(grid: Grid, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The whole piece as one line of tokens, (N,)."""
    move = to_c_major(grid)
    moved = np.where(grid.cells < HOLD, grid.cells + move, grid.cells)
    out: list[int] = [vocabulary.start]
    for notes, fermata in zip(note_tokens(moved, vocabulary), grid.fermata, strict=True):
        out += [vocabulary.fermata] * bool(fermata)
        out += [*notes.tolist(), vocabulary.delimiter]
    return np.array([*out, vocabulary.end])


def decode_stream(
    stream: Sequence[int], vocabulary: Vocabulary
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The note tokens (T, V) of a whole stream, and (T,) bool where fermatas stand: ``encode_stream`` undone."""
    frames: list[list[int]] = [[]]
    fermatas = [False]
    for token in stream:
        if token == vocabulary.delimiter:
            frames.append([])
            fermatas.append(False)
        elif token == vocabulary.fermata:
            fermatas[-1] = True
        elif token not in (vocabulary.start, vocabulary.end):
            frames[-1].append(token)
    return np.array(frames[:-1]).reshape(-1, VOICES), np.array(fermatas[:-1], dtype=np.bool_)
