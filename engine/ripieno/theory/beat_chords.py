"""The harmony of every beat, as a teacher names it: one chord a beat, seen through its non-chord tones.

Every chord is weighed against the notes of a beat: a note that is approached and left like a passing note, a
neighbour, a suspension ... speaks weakly for the chords that hold it and weakly against those that do not.
The likeliest path through the beats (Viterbi, IEEE Transactions on Information Theory 13, 1967) then decides,
with mild preferences for chords that belong to the local key, that stay, and that resolve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import REST
from ripieno.score import Key, Note
from ripieno.theory.chords import KINDS, SEVENTHS, Chord
from ripieno.theory.keys import local_keys, tonic_of
from ripieno.theory.texture import NO_NOTE, Texture

Span = tuple[Fraction, Fraction]
Floats = NDArray[np.float64]
Pair = tuple[float, float]

STATES = tuple((root, kind) for kind in (*KINDS, *SEVENTHS) for root in range(12))
MEMBERS = np.array([[(p - r) % 12 in (0, *kind) for p in range(12)] for r, kind in STATES])  # (S, 12)
TONES = np.array([[r, *((r + up) % 12 for up in kind), *[12] * (3 - len(kind))] for r, kind in STATES])
# (S, 4) how far each tone lies above the root on the line of fifths: a third is four steps of the staff ...
FIFTHS_ABOVE = {0: 0, 3: -3, 4: 4, 6: -6, 7: 1, 8: 8, 9: -9, 10: -2, 11: 5}
FIFTHS = np.array([[0, *(FIFTHS_ABOVE[up] for up in kind), *[0] * (3 - len(kind))] for _, kind in STATES])
IS_SEVENTH = np.array([float(len(kind) > 2) for _, kind in STATES])
IS_DIMINISHED = np.array([float(6 in kind) for _, kind in STATES])


def complete_sounds() -> dict[frozenset[int], list[int]]:
    """The states that a set of pitch classes forms: all tones, or all but the fifth."""
    found: dict[frozenset[int], list[int]] = {}
    for state, (root, kind) in enumerate(STATES):
        ways = [(0, *kind)]
        if kind in (*KINDS[:2], *SEVENTHS[:3]):
            ways.append((0, kind[0], *kind[2:]))
        for ups in ways:
            found.setdefault(frozenset((root + up) % 12 for up in ups), []).append(state)
    return found


COMPLETE = complete_sounds()


@dataclass(frozen=True, slots=True)
class Weights:
    """What speaks for and against a chord; all in one unit, the weight of a chord tone on the whole beat."""

    # How strongly a note speaks (for the chords that hold it, against those that do not), by how it moves.
    passing: Pair = (0.2, 0.2)
    accented_passing: Pair = (0.6, 0.5)
    suspension: Pair = (0.8, 0.3)
    retardation: Pair = (0.8, 0.5)
    anticipation: Pair = (0.2, 0.2)
    leap_and_step: Pair = (0.8, 0.6)
    held: Pair = (0.9, 0.7)  # comes from the beat before and goes on after the beat
    plain: Pair = (1.0, 1.0)
    onset: float = 0.5  # the share of a note's weight that sounding at the beat's onset gives
    # Chords.
    begins: float = 0.6  # the chord that sounds alone at the beat's onset
    comes: float = 0.8  # the chord that sounds alone later, times its share of the beat
    tone: float = 1.0
    foreign: float = 1.6
    several_foreign: float = 1.0  # two suspensions at once are more often a chord
    missing: tuple[float, float, float, float] = (1.2, 0.6, 0.2, 1.3)  # root, third, fifth, seventh
    echo: float = 0.3  # a missing tone that sounds on the beat before or after
    bass: tuple[float, float, float, float] = (0.5, 0.2, -0.2, 0.0)
    foreign_bass: float = -0.8
    misspelled: float = 0.4  # an augmented second for a minor third ...
    seventh: float = 0.2
    diminished: float = 0.2
    # The path.
    stays: float = 0.5
    same_root: float = 0.2
    resolves: float = 0.3
    falls_fifth: float = 0.15
    outside: float = 0.7  # a chord that the key does not hold
    applied: float = 0.4  # and one that leads to one of its degrees


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Sound:
    """A note of a beat. inside, outside: how it speaks for chords that hold it, against those that do not."""

    note: Note
    voice: int
    share: float
    inside: float
    outside: float


def chords_by_beat(texture: Texture, spans: Sequence[Span], weights: Weights = WEIGHTS) -> list[Chord | None]:
    """The harmony of each span [start, end), in quarters; ``None`` where nothing sounds or no chord is meant.

    spans: beats, in the order of time. The chord's bass is the lowest essential note of the beat.
    """
    beats = sounds_by_span(texture, spans, weights)
    full = [i for i, sounds in enumerate(beats) if sounds]
    if not full:
        return [None] * len(spans)
    heard = np.stack([np.zeros(12), *(strengths(beats[i])[0] for i in full), np.zeros(12)])  # (N + 2, 12)
    around = np.maximum(heard[:-2], heard[2:])
    scores = np.stack(  # (N, S)
        [chord_scores(beats[i], near, weights) for i, near in zip(full, around, strict=True)]
    )
    scores += np.stack([sonority_scores(texture, spans[i], weights) for i in full])
    tonics = [int(texture.tonics[max(bisect_right(texture.onsets, spans[i][0]) - 1, 0)]) for i in full]
    keys = keys_of([present(beats[i]) for i in full], tonics)
    for _ in range(2):
        path = best_path(scores + np.stack([key_scores(key, weights) for key in keys]), weights)
        keys = keys_of([frozenset(np.flatnonzero(MEMBERS[s]).tolist()) for s in path], tonics)
    found: list[Chord | None] = [None] * len(spans)
    for i, state in zip(full, path, strict=True):
        root, kind = STATES[state]
        if len({s.note.pitch % 12 for s in beats[i]}) > 1 or len(texture.lines) > 1:
            chord = Chord(root, kind, root)
            before = found[i - 1] if i else None
            found[i] = replace(chord, bass=bass_of(beats[i], chord.pitch_classes, before))
    return found


# -- notes -------------------------------------------------------------------------------------------------


def sounds_by_span(texture: Texture, spans: Sequence[Span], weights: Weights) -> list[list[Sound]]:
    """The notes that sound in each span."""
    found: list[list[Sound]] = [[] for _ in spans]
    for v, line in enumerate(texture.lines):
        first = 0
        for index, (start, end) in enumerate(spans):
            while first < len(line) and line[first].end <= start:
                first += 1
            here = first
            while here < len(line) and line[here].onset < end:
                note = line[here]
                share = float((min(note.end, end) - max(note.onset, start)) / (end - start))
                share = share * (1 - weights.onset) + weights.onset * (note.onset <= start)
                inside, outside = movement(line, here, (start, end), weights)
                found[index].append(Sound(note, v, share, share * inside, share * outside))
                here += 1
    return found


def movement(line: Sequence[Note], index: int, span: Span, weights: Weights) -> Pair:
    """0..1: how surely a note is a chord tone in a span, by how it is approached and left."""
    note = line[index]
    before = line[index - 1] if index and line[index - 1].end == note.onset else None
    after = line[index + 1] if index + 1 < len(line) and line[index + 1].onset == note.end else None
    comes = note.pitch - before.pitch if before is not None else None
    goes = after.pitch - note.pitch if after is not None else None
    steps_in = comes is not None and 0 < abs(comes) <= 2
    steps_out = goes is not None and 0 < abs(goes) <= 2
    held = note.onset < span[0] or (comes == 0 and note.onset == span[0])
    if held and note.end > span[1]:
        return weights.held
    if held and steps_out:
        return weights.suspension if goes < 0 else weights.retardation
    if note.end > span[1]:
        return weights.plain
    if note.onset > span[0]:
        if steps_in and steps_out:
            return weights.passing
        if goes == 0 and steps_in:
            return weights.anticipation
    elif steps_in and steps_out:
        return weights.accented_passing
    if steps_out or (steps_in and note.onset > span[0]):
        return weights.leap_and_step
    return weights.plain


def present(sounds: Sequence[Sound]) -> frozenset[int]:
    """The pitch classes of a beat that are likely chord tones."""
    return frozenset(s.note.pitch % 12 for s in sounds if s.inside >= 0.3)


# -- chords ------------------------------------------------------------------------------------------------


def strengths(sounds: Sequence[Sound]) -> tuple[Floats, Floats]:
    """(12,), (12,): how strongly each pitch class speaks for chords that hold it, against those that do not."""
    inside, outside = np.zeros(12), np.zeros(12)
    for s in sounds:
        c = s.note.pitch % 12
        inside[c] = max(inside[c], s.inside)
        outside[c] = max(outside[c], s.outside)
    return inside, outside


def chord_scores(sounds: Sequence[Sound], around: Floats, weights: Weights) -> Floats:
    """(S,) how well each chord explains the notes of a beat. around: (12,) inside of the beats beside it."""
    inside, outside = strengths(sounds)
    lowest = bass_strength(sounds)
    foreign = outside.sum() - MEMBERS @ outside
    scores = weights.tone * (MEMBERS @ inside) - weights.foreign * foreign
    scores -= weights.several_foreign * foreign**2
    lacks = np.clip(1 - 2 * inside - weights.echo * around, 0.0, 1.0)
    scores -= np.append(lacks, 0.0)[TONES] @ np.array(weights.missing)
    scores += np.append(lowest, 0.0)[TONES] @ np.array(weights.bass)
    scores += weights.foreign_bass * (lowest.sum() - MEMBERS @ lowest)
    scores -= weights.misspelled * misspelled(sounds)
    return scores - weights.seventh * IS_SEVENTH - weights.diminished * IS_DIMINISHED


def misspelled(sounds: Sequence[Sound]) -> NDArray[np.bool_]:
    """(S,) whether the notes of a chord are spelled as another one, such as F B G# for F Cb Ab."""
    fifths = np.full(13, np.nan)
    for s in sounds:
        if s.note.spelling is not None:
            fifths[s.note.pitch % 12] = s.note.spelling.fifths
    roots = fifths[TONES] - FIFTHS  # where each tone has the root, NaN for tones that do not sound
    lowest, highest = np.fmin.reduce(roots, axis=1), np.fmax.reduce(roots, axis=1)
    return np.asarray(highest > lowest)


def sonority_scores(texture: Texture, span: Span, weights: Weights) -> Floats:
    """(S,) what speaks for the chords that sound at moments of a beat without any other note."""
    scores = np.zeros(len(STATES))
    start, end = span
    row = max(bisect_right(texture.onsets, start) - 1, 0)
    while row < len(texture.onsets) and texture.onsets[row] < end:
        stop = texture.onsets[row + 1] if row + 1 < len(texture.onsets) else end
        onset = max(texture.onsets[row], start)
        share = float((min(stop, end) - onset) / (end - start))
        sound = frozenset(p % 12 for p in texture.pitches[row].tolist() if p != REST)
        for state in COMPLETE.get(sound, ()):
            scores[state] += weights.comes * share + weights.begins * (onset == start)
        row += 1
    return scores


def bass_strength(sounds: Sequence[Sound]) -> Floats:
    """(12,) how strongly each pitch class is the bass of a beat; the sum is 1."""
    found = np.zeros(12)
    lowest = max(s.voice for s in sounds)
    for s in sounds:
        if s.voice == lowest:
            found[s.note.pitch % 12] += s.outside
    return found / found.sum()


def bass_of(sounds: Sequence[Sound], chord: frozenset[int], before: Chord | None) -> int:
    """The pitch class of a beat's essential bass note.

    Over a bass that passes through the chord it is the bass before, else the lowest other note of the chord.
    """
    lowest = max(s.voice for s in sounds)
    for voice in sorted({s.voice for s in sounds}, reverse=True):
        own = [s for s in sounds if s.voice == voice and s.note.pitch % 12 in chord]
        if own:
            return max(own, key=lambda s: s.share).note.pitch % 12
        if voice == lowest and before is not None and before.pitch_classes == chord:
            return before.bass
    return min(chord)


# -- path --------------------------------------------------------------------------------------------------


def keys_of(chords: Sequence[frozenset[int]], tonics: Sequence[int]) -> list[Key]:
    """The local key of each beat. tonics: of the major key of the signature, by beat."""
    keys: list[Key] = []
    start = 0
    for stop in range(1, len(chords) + 1):
        if stop == len(chords) or tonics[stop] != tonics[start]:
            signature = Key((7 * tonics[start] + 5) % 12 - 5)
            keys += local_keys(chords[start:stop], signature)
            start = stop
    return keys


def key_scores(key: Key, weights: Weights) -> Floats:
    """(S,) how well each chord belongs to a key."""
    tonic = tonic_of(key)
    scales = [{0, 2, 4, 5, 7, 9, 11}]
    if key.mode == "minor":
        scales = [{0, 2, 3, 5, 7, 8, 10}, {0, 2, 3, 5, 7, 8, 11}, {0, 2, 3, 5, 7, 9, 10}]
    scores = np.zeros(len(STATES))
    for index, (root, kind) in enumerate(STATES):
        ups = {(root - tonic + up) % 12 for up in (0, *kind)}
        if not any(ups <= scale for scale in scales):
            scores[index] = -weights.outside
            leads = (root - tonic + 5) % 12 if kind[0] == 4 else (root - tonic + 1) % 12
            if kind in DOMINANTS and leads in scales[0]:
                scores[index] = -weights.applied
    return scores


DOMINANTS = ((4, 7), (4, 7, 10), (3, 6), (3, 6, 10), (3, 6, 9))


def transitions(weights: Weights) -> Floats:
    """(S, S) how well one chord follows another."""
    scores = np.zeros((len(STATES), len(STATES)))
    for a, (root, kind) in enumerate(STATES):
        for b, (after, _) in enumerate(STATES):
            scores[a, b] = weights.stays * (a == b) + weights.same_root * (root == after)
            fall = (after - root) % 12
            if kind == (4, 7, 10) or 6 in kind:
                scores[a, b] += weights.resolves * (fall == (5 if kind[0] == 4 else 1))
            scores[a, b] += weights.falls_fifth * (fall == 5)
    return scores


def best_path(scores: Floats, weights: Weights) -> list[int]:
    """The likeliest states. scores: (N, S) of each beat's chords."""
    moves = transitions(weights)
    total = scores[0]
    sources = []
    for row in scores[1:]:
        ways = total[:, np.newaxis] + moves
        sources.append(ways.argmax(0))
        total = ways.max(0) + row
    path = [int(total.argmax())]
    for source in reversed(sources):
        path.append(int(source[path[-1]]))
    return path[::-1]
