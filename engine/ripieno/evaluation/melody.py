"""A piece of a corpus as its user would bring it: the melody alone, to be harmonized like any score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.grid import HOLD, NO_KEY, NO_METER, Grid, column_notes, empty_grid, score_to_grid
from ripieno.harmony.asked_chord import AskedHarmony
from ripieno.models.generator import Generator
from ripieno.score import VOICE_NAMES, Key, Measure, Meter, Score, Voice
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.hearing import hear
from ripieno.theory.keys import signature_on

SOPRANO = VOICE_NAMES[0]
UNITS, MAX_BEATS = (4, 2, 8, 16), 12  # of the meters that are looked for
Look = tuple[
    Fraction, tuple[int, ...]
]  # the length of a measure's first step, and the strengths of its steps


def harmonized(
    model: Generator,
    grid: Grid,
    settings: DraftSettings,
    *,
    fermatas: bool = True,
    asked: AskedHarmony = AskedHarmony(),
) -> Grid:
    """The piece with lower voices as `ripieno harmonize` writes them, the first alternative.

    fermatas: whether the model is shown those of the piece. asked: the chords that are given. Raises
    ScoreError for a melody without notes.
    """
    score = melody_score(grid, fermatas=fermatas)
    return grid.with_cells(harmonized_score(model, score, settings, asked).cells)


def harmonized_score(
    model: Generator, score: Score, settings: DraftSettings, asked: AskedHarmony = AskedHarmony()
) -> Grid:
    """A choir's score with the lower voices as `ripieno harmonize` writes them, the first alternative."""
    hearing = hear(score, model, (SOPRANO,))
    moved = asked.moved(hearing.moves.together)
    result = harmonize(hearing.heard, model, given=(SOPRANO,), asked=moved, settings=settings)[0]
    return score_to_grid(hearing.as_written(result).score)


def check_melody(piece: Piece) -> None:
    """Raise RequestError for a piece that nobody could bring as a melody to harmonize."""
    if (piece.grid.position == NO_METER).any():
        fault = "its meter is not known, so its melody cannot be harmonized as a score"
    elif not (piece.grid.cells[:, 0] < HOLD).any():
        fault = "its highest voice has no note to harmonize"
    else:
        return
    raise RequestError(f"{piece.name}: {fault}; leave the piece out")


def melody_score(grid: Grid, *, fermatas: bool = True) -> Score:
    """The highest voice of a grid as a choir's soprano; the other voices are empty."""
    notes = column_notes(grid, 0)
    if not fermatas:
        notes = tuple(replace(note, fermata=False) for note in notes)
    lower = tuple(Voice(name) for name in VOICE_NAMES[1:])
    return Score((Voice(SOPRANO, notes), *lower), tuple(measures_of(grid)))


def measures_of(grid: Grid) -> Iterator[Measure]:
    """The measures of a grid whose meter is known; laid out as a grid, they have its steps.

    A grid shows 6/8 as it shows 3/8, so that is what comes back, see ``network_meter``. A measure that looks
    like the beginning of a longer one is a short measure in the meter that was there before.
    """
    assert (grid.position != NO_METER).all()
    meters = full_measures()
    bounds = [0, *(np.flatnonzero(np.diff(grid.position) <= 0) + 1).tolist(), grid.steps]
    looks = [look_of(grid, start, stop) for start, stop in pairwise(bounds)]
    pickup = bool(grid.position[0] > 0)
    current = next((look for look in looks[pickup:] if look in meters), None)
    for number, ((start, stop), look) in enumerate(zip(pairwise(bounds), looks, strict=True), 1 - pickup):
        if look in meters and not is_beginning(look, current):
            current = look
        meter = Meter() if current is None else meters[current]
        onset, end = grid.edges[start], grid.edges[stop]
        yield Measure(str(number), onset, end - onset, meter, key_at(grid, start))


def key_at(grid: Grid, step: int) -> Key:
    """The key signature at a step, C major where it is not known."""
    tonic = int(grid.tonic[step])
    return Key() if tonic == NO_KEY else signature_on(tonic)


def look_of(grid: Grid, start: int, stop: int) -> Look:
    """What a measure looks like in a grid."""
    return grid.edges[start + 1] - grid.edges[start], tuple(grid.strength[start:stop].tolist())


def is_beginning(look: Look, whole: Look | None) -> bool:
    """Whether a measure looks like another one, or like the beginning of it."""
    return whole is not None and look[0] == whole[0] and look[1] == whole[1][: len(look[1])]


@cache
def full_measures() -> dict[Look, Meter]:
    """Each meter by the look of its full measure, which no other meter has."""
    found: dict[Look, Meter] = {}
    for meter in (Meter(beats, unit) for unit in UNITS for beats in range(1, MAX_BEATS + 1)):
        grid = empty_grid((Measure("1", Fraction(0), meter.length, meter),))
        if grid.position[-1] == grid.steps - 1:  # not 6/8, which is shown as two measures of 3/8
            found[look_of(grid, 0, grid.steps)] = meter
    return found
