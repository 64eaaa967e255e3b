"""A setting as a teacher reads it: its home key, the chord of each beat, what is foreign to it, its close."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.melody import key_at
from ripieno.grid import Grid, column_notes
from ripieno.score import VOICE_NAMES, Key
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.beat_sounds import Span
from ripieno.theory.chords import Chord
from ripieno.theory.closes import NEITHER, close_kind, last_two_chords
from ripieno.theory.dissonances import Dissonance, dissonances
from ripieno.theory.plans import beat_strengths, plan_spans
from ripieno.theory.texture import Texture, build_texture

STRONG = 3  # the strength of a downbeat or a half measure, see ``Grid``
MAJOR, MINOR = "major", "minor"
# The key of a piece by the degree of its signature's major scale on which its last chord stands: how many
# semitones above that scale's key note its own lies, and the mode. Phrygian ends on the dominant of minor.
HOMES = {0: (0, MAJOR), 2: (2, MINOR), 4: (9, MINOR), 5: (5, MAJOR), 7: (7, MAJOR), 9: (9, MINOR)}
EIGHTH = Fraction(1, 2)
CLOSING_BEATS = 4  # so many before the last chord are heard in eighths where they make no cadence


@dataclass(frozen=True, slots=True)
class Home:
    """The key of a piece. tonic: the pitch class of its key note. mode: MAJOR, or MINOR for Dorian, too."""

    tonic: int
    mode: str


@dataclass(frozen=True, slots=True, eq=False)
class MelodySetting:
    """A piece in four voices, read. chords, foreign: of each beat, as are the spans.

    strong: (N,) bool, whether a beat is a downbeat or a half measure. phrase_ends: the beats, by their index,
    in which a fermata ends, but the last one. close: of ``CLOSES``.
    """

    grid: Grid
    home: Home
    texture: Texture
    spans: tuple[Span, ...]
    chords: tuple[Chord | None, ...]
    foreign: tuple[tuple[Dissonance, ...], ...]
    strong: NDArray[np.bool_]
    phrase_ends: tuple[int, ...]
    close: str


def read_setting(grid: Grid, home: Home | None = None) -> MelodySetting:
    """Read a piece. home: ``None`` finds it by the last chord."""
    signature = signature_of(grid)
    if home is None:
        home = home_by_last_chord(chords_of(grid, Key(signature))[2], signature)
    texture, spans, chords = chords_of(grid, Key(signature, home.mode))
    return MelodySetting(
        grid,
        home,
        texture,
        spans,
        chords,
        tuple(dissonances(texture, spans, chords)),
        beat_strengths(grid) >= STRONG,
        fermata_beats(grid, spans),
        close_of(texture, spans, chords, home.tonic),
    )


def chords_of(grid: Grid, key: Key) -> tuple[Texture, tuple[Span, ...], tuple[Chord | None, ...]]:
    """(the texture, the beats, their chords) of a grid whose notes are spelled in a key."""
    columns = [column_notes(grid, v) for v in range(grid.cells.shape[1])]
    sung = [(name, notes) for name, notes in zip(VOICE_NAMES, columns, strict=True) if notes]
    texture = build_texture([name for name, _ in sung], [notes for _, notes in sung], lambda _: key)
    spans = tuple(plan_spans(grid))
    return texture, spans, tuple(chords_by_beat(texture, spans))


def signature_of(grid: Grid) -> int:
    """The sharps, or below zero flats, of the signature at the end of a grid; none where it is not known."""
    return key_at(grid, -1).fifths


def home_by_last_chord(chords: Sequence[Chord | None], signature: int) -> Home:
    """The home key of a piece by its last chord, which stands on a degree of the signature's scale.

    Where it stands elsewhere nothing is known, and the piece is in the signature's major key.
    """
    _, last = last_two_chords(chords)
    major = 7 * signature % 12
    up, mode = HOMES.get(0 if last is None else (last.root - major) % 12, (0, MAJOR))
    return Home((major + up) % 12, mode)


def fermata_beats(grid: Grid, spans: Sequence[Span]) -> tuple[int, ...]:
    """The beats in which a fermata ends, but for the last beat."""
    ends = np.flatnonzero(grid.fermata[:-1] & ~grid.fermata[1:])
    starts = [start for start, _ in spans]
    beats = {bisect_right(starts, grid.edges[step]) - 1 for step in ends.tolist()}
    return tuple(sorted(beats - {len(spans) - 1}))


def close_of(texture: Texture, spans: Sequence[Span], chords: Sequence[Chord | None], tonic: int) -> str:
    """The kind of close by the chords of the beats; where they make none, by those of the eighths.

    A dominant may be shorter than its beat.
    """
    kind = close_kind(chords, tonic)
    if kind != NEITHER:
        return kind
    _, last = last_two_chords(chords)
    others = [beat for beat, chord in enumerate(chords) if chord and last and chord.root != last.root]
    first = max(0, max(others, default=0) + 1 - CLOSING_BEATS)
    eighths = [eighth for span in spans[first:] for eighth in in_eighths(span)]
    return close_kind(chords_by_beat(texture, eighths), tonic)


def in_eighths(span: Span) -> Iterator[Span]:
    """The eighths of a span; the last one may be shorter."""
    start, end = span
    while start < end:
        yield start, min(start + EIGHTH, end)
        start += EIGHTH
