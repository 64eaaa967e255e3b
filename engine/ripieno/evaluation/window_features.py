"""Windows of settings in four voices as numbers that a teacher could name, from rhythm to harmony.

What says nothing about the music is left out: lengths of pieces and of their last notes, fermatas, rests, the
key and the pitch itself. Every number is a share or a mean, so that windows of all tempos and keys compare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ripieno.grid import BEAT, HOLD, NO_KEY, REST, Grid, sounding_pitches
from ripieno.score import VOICE_NAMES
from ripieno.theory.chords import DOMINANT_SEVENTH, MAJOR, MINOR, Chord
from ripieno.theory.dissonances import (
    ANTICIPATION,
    APPOGGIATURA,
    ESCAPE,
    FREE,
    NEIGHBOUR,
    PASSING,
    PEDAL,
    RETARDATION,
    SUSPENSION,
)
from ripieno.theory.hearing import HeardHarmony, hear_grid
from ripieno.theory.keys import scale_of, signature_on
from ripieno.theory.rules import RULES, hits

BEATS, HOP = 16, 8  # of a window, and from one to the next
LOWER = (1, 2, 3)  # the voices that are judged: a soprano may be given
BASS = 3
STEP, LEAP = 2, 4  # semitones: at most a step; more than that a leap
KINDS = (SUSPENSION, RETARDATION, PEDAL, PASSING, NEIGHBOUR, APPOGGIATURA, ESCAPE, ANTICIPATION, FREE)
EIGHTH = 1  # the strength of an eighth between beats, see ``Grid``
Features = dict[str, float]


def window_features(grid: Grid) -> list[Features]:
    """The features of a piece's windows of ``BEATS`` beats; of the whole piece where it is shorter.

    A name begins with its group, as in "rhythm: alto notes a beat".
    """
    hearing = hear_grid(grid)
    beats = len(hearing.spans)
    broken: list[Counter[str]] = [Counter() for _ in range(beats)]
    for rule, hit in hits(hearing):
        broken[max(hearing.beat_at(hit.onset), 0)][rule.name] += 1
    found = []
    for first in range(0, max(beats - BEATS, 0) + 1, HOP):
        span = range(first, min(first + BEATS, beats))
        if not span:
            continue
        start, end = hearing.spans[span[0]][0], hearing.spans[span[-1]][1]
        steps = grid.step_range(start, end)
        part = grid.part(np.arange(steps.start, steps.stop))
        groups = {
            "rhythm": rhythm(part),
            "lines": lines(part),
            "spacing": spacing(part),
            "harmony": harmony(hearing, span),
            "rules": {rule.name: sum(broken[b][rule.name] for b in span) / len(span) for rule in RULES},
        }
        found.append({f"{group}: {name}": x for group, named in groups.items() for name, x in named.items()})
    return found


def rhythm(grid: Grid) -> Features:
    """Where each lower voice strikes, and how often all voices do so at once."""
    found: Features = {}
    struck = grid.cells < HOLD
    beats = grid.strength >= BEAT
    for v in LOWER:
        name = VOICE_NAMES[v]
        found[f"{name} notes a beat"] = mean(struck[:, v]) / max(mean(beats), 1e-9)
        found[f"{name} struck on eighths"] = mean(struck[grid.strength == EIGHTH, v])
        found[f"{name} struck on sixteenths"] = mean(struck[grid.strength < EIGHTH, v])
        found[f"{name} held into beats"] = mean(grid.cells[beats, v] == HOLD)
    together = struck[struck.any(1)]
    found["all voices strike at once"] = mean(together.all(1))
    found["one voice strikes alone"] = mean(together.sum(1) == 1)
    return found


def lines(grid: Grid) -> Features:
    """How each lower voice moves, and how often it leaves the scale of the signature."""
    found: Features = {}
    tonic = int(grid.tonic[0])
    scale = scale_of(signature_on(tonic)) if tonic != NO_KEY else frozenset(range(12))
    for v in LOWER:
        name = VOICE_NAMES[v]
        pitches = [int(p) for p in grid.cells[:, v] if p < HOLD]
        ways = [b - a for a, b in pairwise(pitches)]
        found[f"{name} repeats"] = mean([way == 0 for way in ways])
        found[f"{name} steps"] = mean([0 < abs(way) <= STEP for way in ways])
        found[f"{name} leaps"] = mean([abs(way) > LEAP for way in ways])
        found[f"{name} turns back"] = mean([a * b < 0 for a, b in pairwise(ways)])
        found[f"{name} outside the scale"] = mean([p % 12 not in scale for p in pitches])
        found[f"{name} different pitches"] = len(set(pitches)) / max(len(pitches), 1)
    outer = moves(grid)[:, [0, BASS]]
    both = outer[(outer != 0).all(1)]
    found["outer voices in contrary motion"] = mean(both[:, 0] * both[:, 1] < 0)
    return found


def moves(grid: Grid) -> NDArray[np.int64]:
    """(T - 1, V) the semitones by which the sounding pitch changes; 0 beside a rest."""
    pitches = sounding_pitches(grid.cells).astype(np.int64)
    silent = (pitches[1:] == REST) | (pitches[:-1] == REST)
    return np.where(silent, 0, pitches[1:] - pitches[:-1])


def spacing(grid: Grid) -> Features:
    """How far neighbours are from each other on beats, how often they meet or cross."""
    found: Features = {}
    pitches = sounding_pitches(grid.cells)[grid.strength >= BEAT].astype(np.int64)
    pitches = pitches[(pitches != REST).all(1)]
    for upper, lower in pairwise(range(len(VOICE_NAMES))):
        names = f"{VOICE_NAMES[upper]} above {VOICE_NAMES[lower]}"
        away = pitches[:, upper] - pitches[:, lower]
        found[f"{names}, semitones"] = mean(away) / 12
        found[f"{names}, more than an octave"] = mean(away > 12)
        found[f"{names}, unison"] = mean(away == 0)
    found["tones doubled"] = mean([4 - len(set(row % 12)) for row in pitches])
    pairs = list(combinations(range(len(VOICE_NAMES)), 2))
    seconds = [[abs(row[a] - row[b]) % 12 in (1, 2, 10, 11) for a, b in pairs] for row in pitches]
    found["seconds and sevenths on beats"] = mean(seconds)
    return found


def harmony(hearing: HeardHarmony, span: range) -> Features:
    """The chords of beats, how they follow each other, and the tones that are foreign to them."""
    chords = [hearing.chords[b] for b in span]
    sure = [chord for chord in chords if chord is not None]
    tonic = int(hearing.texture.tonics[0])
    found = {name: mean([test(chord) for chord in sure]) for name, test in CHORD_TESTS.items()}
    for degree in (0, 2, 4, 5, 7, 9, 11):
        found[f"root {degree} above the signature"] = mean([(c.root - tonic) % 12 == degree for c in sure])
    pairs = [(a, b) for a, b in pairwise(chords) if a is not None and b is not None]
    found["chord stays"] = mean([a.root == b.root for a, b in pairs])
    changes = [(b.root - a.root) % 12 for a, b in pairs if a.root != b.root]
    for name, ups in (
        ("fifth down", (5,)),
        ("fifth up", (7,)),
        ("step", (1, 2, 10, 11)),
        ("third", (3, 4, 8, 9)),
    ):
        found[f"root moves by a {name}"] = mean([up in ups for up in changes])
    for kind in KINDS:
        found[kind] = mean([any(note.kind == kind for note in hearing.foreign[b]) for b in span])
    return found


CHORD_TESTS: dict[str, Callable[[Chord], bool]] = {
    "major triad": lambda chord: chord.kind == MAJOR,
    "minor triad": lambda chord: chord.kind == MINOR,
    "dominant seventh": lambda chord: chord.kind == DOMINANT_SEVENTH,
    "other seventh": lambda chord: len(chord.kind) == 3 and chord.kind != DOMINANT_SEVENTH,
    "first inversion": lambda chord: (chord.bass - chord.root) % 12 in (3, 4),
    "other inversion": lambda chord: (chord.bass - chord.root) % 12 in (6, 7, 8, 9, 10, 11),
}


def mean(values: ArrayLike) -> float:
    """The mean of numbers, 0 of none."""
    numbers = np.asarray(values, dtype=np.float64)
    return float(numbers.mean()) if numbers.size else 0.0
