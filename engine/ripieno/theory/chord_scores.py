"""How well each chord fits a beat, a key, and the chord before: the numbers that decide the harmony.

All are in one unit, the weight of a chord tone on the whole beat; (S,) is a number for each of ``STATES``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ripieno.score import Key
from ripieno.theory.beat_sounds import MovementWeights, Sound, Span, fifths_of
from ripieno.theory.chords import (
    APPLIED,
    APPLIED_LEADING,
    AUGMENTED,
    AUGMENTED_SIXTHS,
    DOMINANT_SEVENTH,
    HARMONIC_MINOR,
    KINDS,
    LOW_SIXTH,
    MAJOR,
    MAJOR_SCALE,
    MINOR,
    NATURAL_MINOR,
    SEVENTHS,
)
from ripieno.theory.keys import tonic_of

Floats = NDArray[np.float64]
NEVER = 100.0
DORIAN_MINOR = frozenset({0, 2, 3, 5, 7, 9, 10})
SCALES = {"major": (MAJOR_SCALE,), "minor": (NATURAL_MINOR, HARMONIC_MINOR, DORIAN_MINOR)}
# Degree, in semitones above the tonic, and kind, of the chords that a key is made of, and of its rare ones.
PILLARS = {
    "major": {(0, MAJOR), (7, MAJOR), (7, DOMINANT_SEVENTH)},
    "minor": {(0, MINOR), (7, MAJOR), (7, DOMINANT_SEVENTH)},
}
RARE = {"major": {(4, MINOR)}, "minor": {(2, MINOR), (5, MAJOR), (7, MINOR)}}

# How far each interval of a chord reaches on the line of fifths: C to E is four steps, C to Eb three back.
FIFTHS_ABOVE = {3: -3, 4: 4, 6: -6, 7: 1, 8: 8, 9: -9, 10: -2, 11: 5}
SIXTHS_ABOVE = FIFTHS_ABOVE | {6: 6, 10: 10}  # of an augmented sixth
CANDIDATES = (
    *((kind, FIFTHS_ABOVE) for kind in (*KINDS, *SEVENTHS)),
    *((kind, SIXTHS_ABOVE) for kind in (*AUGMENTED_SIXTHS, DOMINANT_SEVENTH)),
)
STATES = tuple((root, kind) for kind, _ in CANDIDATES for root in range(12))

ROOTS = np.array([root for root, _ in STATES])
MEMBERS = np.array([[(p - r) % 12 in (0, *kind) for p in range(12)] for r, kind in STATES])  # (S, 12)
# (S, 4) each chord's pitch classes, root first, 12 where it has only three; and how far they reach.
TONES = np.array([[r, *((r + up) % 12 for up in kind), *[12] * (3 - len(kind))] for r, kind in STATES])
REACH = np.repeat([[0, *(at[up] for up in kind), *[0] * (3 - len(kind))] for kind, at in CANDIDATES], 12, 0)
SIXTH_PLACE = np.array([kind.index(10) + 1 if 10 in kind else 0 for _, kind in STATES])
IS_SIXTH = np.repeat([at is SIXTHS_ABOVE for _, at in CANDIDATES], 12)
IS_SEVENTH = np.array([len(kind) == 3 for _, kind in STATES])
IS_DIMINISHED = np.array([kind in APPLIED_LEADING for _, kind in STATES])
IS_AUGMENTED = np.array([kind == AUGMENTED for _, kind in STATES])
LEADS = np.array([kind == DOMINANT_SEVENTH for _, kind in STATES]) | IS_DIMINISHED


@dataclass(frozen=True, slots=True)
class ChordWeights:
    """What speaks for and against a chord. Tuples are for its root, third, fifth and seventh."""

    movement: MovementWeights = field(default_factory=MovementWeights)
    tone: float = 1.0
    foreign: float = 1.6
    several_foreign: float = 1.0  # times the square: two suspensions at once are more often a chord
    missing: tuple[float, float, float, float] = (0.9, 0.6, 0.15, 1.3)
    echo: float = 0.3  # a missing tone that sounds on the beat before or after
    bass: tuple[float, float, float, float] = (0.5, 0.2, -0.2, 0.0)
    foreign_bass: float = 0.8
    begins: float = 0.6  # the chord that sounds without any other note at the beat's onset
    comes: float = 0.8  # or for some time of the beat, times its share
    misspelled: float = 1.0
    seventh: float = 0.2
    diminished: float = 0.2
    augmented: float = 1.2
    # The key.
    pillar: float = 0.2  # tonic and dominant
    rare: float = 0.35  # the mediant in major; in minor what has a raised sixth, and the minor dominant
    outside: float = 0.7  # a chord that the key does not hold
    applied: float = 0.4  # the same, but it leads to a degree of the key
    # The path.
    stays: float = 0.5
    same_root: float = 0.25
    resolves: float = 0.3  # a dominant seventh or diminished chord to its tonic
    falls_fifth: float = 0.15


# -- a beat ------------------------------------------------------------------------------------------------


def strengths(sounds: Sequence[Sound]) -> tuple[Floats, Floats]:
    """(12,), (12,): how strongly each pitch class speaks for chords with it, and against those without it."""
    inside, outside = np.zeros(12), np.zeros(12)
    for s in sounds:
        c = s.note.pitch % 12
        inside[c] = max(inside[c], s.inside)
        outside[c] = max(outside[c], s.outside)
    return inside, outside


def beat_scores(sounds: Sequence[Sound], span: Span, around: Floats, weights: ChordWeights) -> Floats:
    """(S,) how well each chord explains the notes of a beat.

    around: (12,) how strongly each pitch class speaks on the beats beside it.
    """
    inside, outside = strengths(sounds)
    lowest = max(s.voice for s in sounds)
    _, bass = strengths([s for s in sounds if s.voice == lowest])
    foreign = outside.sum() - MEMBERS @ outside
    lacks = np.clip(1 - 2 * inside - weights.echo * around, 0.0, 1.0)
    wrong = misspelled(sounds)
    scores = weights.tone * (MEMBERS @ inside)
    scores -= weights.foreign * foreign + weights.several_foreign * foreign**2
    scores -= np.append(lacks, 0.0)[TONES] @ np.array(weights.missing)
    scores += np.append(bass, 0.0)[TONES] @ np.array(weights.bass)
    scores -= weights.foreign_bass * (bass.sum() - MEMBERS @ bass)
    scores -= weights.misspelled * wrong + NEVER * (wrong & IS_SIXTH)
    scores += lone_scores(sounds, span, weights) * ~wrong
    scores -= weights.seventh * IS_SEVENTH + weights.diminished * IS_DIMINISHED
    return scores - weights.augmented * IS_AUGMENTED


def misspelled(sounds: Sequence[Sound]) -> NDArray[np.bool_]:
    """(S,) whether the notes of a chord are spelled as those of another one, as F B G# for F Ab Cb.

    An augmented sixth must also have both notes of its sixth.
    """
    fifths = np.full(13, np.nan)
    for s in sounds:
        fifths[s.note.pitch % 12] = fifths_of(s.note)
    roots = fifths[TONES] - REACH  # (S, 4) where each tone expects the root, NaN for those that do not sound
    wrong = np.fmax.reduce(roots, axis=1) > np.fmin.reduce(roots, axis=1)
    no_sixth = np.isnan(roots[:, 0]) | np.isnan(roots[np.arange(len(STATES)), SIXTH_PLACE])
    return np.asarray(wrong | IS_SIXTH & no_sixth)


def lone_scores(sounds: Sequence[Sound], span: Span, weights: ChordWeights) -> Floats:
    """(S,) what speaks for the chords that sound in some moment of a beat without any other note.

    Such a moment speaks as surely as its least sure note.
    """
    start, end = span
    scores = np.zeros(len(STATES))
    times = sorted({start, *(s.note.onset for s in sounds if s.note.onset > start)})
    for onset, stop in zip(times, [*times[1:], end], strict=True):
        now = [s for s in sounds if s.note.onset <= onset < s.note.end]
        states = complete_chords().get(frozenset(s.note.pitch % 12 for s in now), [])
        for state in states:
            weight = weights.comes * float((stop - onset) / (end - start)) + weights.begins * (onset == start)
            scores[state] += weight * min(s.surety for s in now)
    return scores


@cache
def complete_chords() -> dict[frozenset[int], list[int]]:
    """The states that a set of pitch classes forms: all tones of a chord, or all but its fifth.

    No augmented triads: they are mostly a suspension over another chord.
    """
    found: dict[frozenset[int], list[int]] = {}
    for state, (root, kind) in enumerate(STATES):
        if kind == AUGMENTED:
            continue
        ways = [(0, *kind)]
        if kind in (*KINDS[:2], *SEVENTHS[:3]):
            ways.append((0, kind[0], *kind[2:]))
        for ups in ways:
            found.setdefault(frozenset((root + up) % 12 for up in ups), []).append(state)
    return found


# -- a key, and a step of the path -------------------------------------------------------------------------


@cache
def key_scores(key: Key, weights: ChordWeights) -> Floats:
    """(S,) how well each chord belongs to a key."""
    mode = key.mode or "major"
    tonic, scales = tonic_of(key), SCALES[mode]
    scores = np.zeros(len(STATES))
    for state, (root, kind) in enumerate(STATES):
        degree = (root - tonic) % 12
        if IS_SIXTH[state]:
            scores[state] = -weights.applied if degree == LOW_SIXTH else -2 * weights.outside
        elif not any({(degree + up) % 12 for up in (0, *kind)} <= scale for scale in scales):
            applied = (kind in APPLIED and (degree + 5) % 12 in scales[0]) or (
                kind in APPLIED_LEADING and (degree + 1) % 12 in scales[0]
            )
            scores[state] = -weights.applied if applied else -weights.outside
        else:
            scores[state] += weights.pillar * ((degree, kind) in PILLARS[mode])
            scores[state] -= weights.rare * ((degree, kind) in RARE[mode])
    return scores


@cache
def transitions(weights: ChordWeights) -> Floats:
    """(S, S) how well the second chord follows the first."""
    falls = (ROOTS[np.newaxis] - ROOTS[:, np.newaxis]) % 12
    leads = np.where(IS_DIMINISHED, 1, 5)[:, np.newaxis]  # semitones up to the tonic
    scores = weights.stays * np.eye(len(STATES)) + weights.same_root * (falls == 0)
    scores += weights.resolves * (LEADS[:, np.newaxis] & (falls == leads))
    return np.asarray(scores + weights.falls_fifth * (falls == 5))
