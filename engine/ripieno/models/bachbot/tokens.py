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

    lowest, highest: MIDI pitches, both included, after the transposition to C major or A minor.
    """

    lowest: int = 30
    highest: int = 87

    @property
    def pitches(self) -> int:
        """P, the number of pitches."""
        return self.highest - self.lowest + 1

    @property
    def rest(self) -> int:
        """The token of a silent voice."""
        return 2 * self.pitches

    @property
    def fermata(self) -> int:
        """The token before a frame under a fermata."""
        return self.rest + 1

    @property
    def delimiter(self) -> int:
        """The token after each frame."""
        return self.rest + 2

    @property
    def start(self) -> int:
        """The token before the first frame."""
        return self.rest + 3

    @property
    def end(self) -> int:
        """The token after the last frame."""
        return self.rest + 4

    @property
    def size(self) -> int:
        """K, the number of tokens."""
        return self.rest + 5


def to_c_major(grid: Grid) -> int:
    """The transposition, -6..5 semitones, from the piece's first key signature to C major or A minor.

    Without a signature, from the likeliest one by the grid's notes.
    """
    tonic = int(grid.tonic[0]) if grid.steps else NO_KEY
    if tonic == NO_KEY:
        tonic = likely_tonic_of(sounding_pitches(grid.cells))
    return -tonic if tonic <= 6 else 12 - tonic


def note_tokens(cells: Cells, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """(T, V) tokens of cells that are already transposed to C."""
    sounding = sounding_pitches(cells).astype(np.int64)
    tokens = sounding - vocabulary.lowest + np.where(cells == HOLD, vocabulary.pitches, 0)
    return np.where(sounding == REST, vocabulary.rest, tokens)


def encode_stream(grid: Grid, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """(N,) the tokens of a whole piece."""
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
    """(note tokens (T, V), fermatas (T,) bool) of a whole stream: the inverse of ``encode_stream``."""
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
