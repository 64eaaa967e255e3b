"""The harmony of every beat, as a teacher names it: one chord a beat, seen through its non-chord tones.

Every chord is weighed against the notes of a beat: a note that is approached and left like a passing note, a
neighbour, a suspension ... speaks weakly for the chords that hold it and weakly against those that do not.
The likeliest path through the beats (Viterbi, IEEE Transactions on Information Theory 13, 1967) then decides,
with mild preferences for chords that belong to the local key, that stay, and that resolve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import REST
from ripieno.score import Key, Measure, Note
from ripieno.theory.chords import AUGMENTED, AUGMENTED_SIXTHS, DOMINANT_SEVENTH, KINDS, LOW_SIXTH, SEVENTHS, Chord
from ripieno.theory.keys import local_keys, tonic_of
from ripieno.theory.texture import NO_NOTE, Texture

STEP = 2  # semitones
Span = tuple[Fraction, Fraction]
Floats = NDArray[np.float64]
Pair = tuple[float, float]

# How far each interval of a chord reaches on the line of fifths: a third is four steps of the staff ...
FIFTHS_ABOVE = {0: 0, 3: -3, 4: 4, 6: -6, 7: 1, 8: 8, 9: -9, 10: -2, 11: 5}
AUGMENTED_SIXTHS_ABOVE = FIFTHS_ABOVE | {6: 6, 10: 10}
CANDIDATES = (  # kind, its line of fifths
    *((kind, FIFTHS_ABOVE) for kind in (*KINDS, *SEVENTHS)),
    *((kind, AUGMENTED_SIXTHS_ABOVE) for kind in (*AUGMENTED_SIXTHS, DOMINANT_SEVENTH)),
)
STATES = tuple((root, kind) for kind, _ in CANDIDATES for root in range(12))
IS_SIXTH = np.repeat([above is AUGMENTED_SIXTHS_ABOVE for _, above in CANDIDATES], 12)
MEMBERS = np.array([[(p - r) % 12 in (0, *kind) for p in range(12)] for r, kind in STATES])  # (S, 12)
TONES = np.array([[r, *((r + up) % 12 for up in kind), *[12] * (3 - len(kind))] for r, kind in STATES])
FIFTHS = np.array(  # (S, 4)
    [[0, *(above[up] for up in kind), *[0] * (3 - len(kind))] for kind, above in CANDIDATES for _ in range(12)]
)
SIXTH_AT = np.array([kind.index(10) + 1 if 10 in kind else 0 for _, kind in STATES])
IS_SEVENTH = np.array([float(len(kind) > 2) for _, kind in STATES])
IS_AUGMENTED = np.array([float(kind == AUGMENTED) for _, kind in STATES])
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
    lone_passing: Pair = (0.5, 0.2)  # on the beat, while the other voices hold
    accented_passing: Pair = (0.4, 0.5)
    suspension: Pair = (0.8, 0.3)
    resolved_suspension: Pair = (0.4, 0.2)  # its resolution belongs to the beat
    retardation: Pair = (0.8, 0.5)
    anticipation: Pair = (0.2, 0.2)
    appoggiatura: Pair = (0.7, 0.4)  # comes by leap on the beat and goes by step
    leap_and_step: Pair = (0.8, 0.4)  # off the beat: only one of both is a step
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
    augmented: float = 0.6
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
    surety: float
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
    scores += np.stack([sonority_scores(beats[i], spans[i], weights) for i in full])
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


def beat_spans(measures: Sequence[Measure]) -> list[Span]:
    """The beats of these measures; a pickup is counted from its barline backwards."""
    spans: list[Span] = []
    for measure in measures:
        beat = measure.meter.beat
        time = measure.end - beat * -(-measure.duration // beat)
        while time < measure.end:
            spans.append((max(time, measure.onset), min(time + beat, measure.end)))
            time += beat
    return spans


# -- notes -------------------------------------------------------------------------------------------------


def sounds_by_span(texture: Texture, spans: Sequence[Span], weights: Weights) -> list[list[Sound]]:
    """The notes that sound in each span."""
    found: list[list[Sound]] = [[] for _ in spans]
    struck = Counter(note.onset for line in texture.lines for note in line)
    pitches = [pitches_at(texture, start) for start, _ in spans]
    for v, line in enumerate(texture.lines):
        first = 0
        for index, (start, end) in enumerate(spans):
            while first < len(line) and line[first].end <= start:
                first += 1
            here, accented = first, False
            while here < len(line) and line[here].onset < end:
                note = line[here]
                clashes = note.onset > start or is_dissonant(note.pitch, pitches[index])
                weigh = weights.plain
                if clashes:
                    weigh = movement(line, here, (start, end), struck[start] == 1, weights)
                inside, outside = weigh
                share = float((min(note.end, end) - max(note.onset, start)) / (end - start))
                accent = note.onset <= start or accented
                accented = weigh == weights.resolved_suspension  # the resolution stands for the beat
                share = share * (1 - weights.onset) + weights.onset * (accent and not accented)
                found[index].append(Sound(note, v, share, inside, share * inside, share * outside))
                here += 1
    return found


def pitches_at(texture: Texture, time: Fraction) -> list[int]:
    """The pitches that sound at a time."""
    row = bisect_right(texture.onsets, time) - 1
    return [] if row < 0 else [p for p in texture.pitches[row].tolist() if p != REST]


def is_dissonant(pitch: int, pitches: Sequence[int]) -> bool:
    """Whether a pitch is a second or seventh from another one, or a fourth or tritone above the lowest."""
    steps = any((pitch - p) % 12 in (1, 2, 10, 11) for p in pitches)
    return steps or (pitch - min(pitches)) % 12 in (5, 6)


def movement(line: Sequence[Note], index: int, span: Span, alone: bool, weights: Weights) -> Pair:
    """How a note speaks for and against chords, by how it is approached and left.

    alone: whether only one voice strikes a note at the span's start: then a passing note there has no accent.
    """
    note = line[index]
    before = line[index - 1] if index and line[index - 1].end == note.onset else None
    after = line[index + 1] if index + 1 < len(line) and line[index + 1].onset == note.end else None
    comes = None if before is None else note.pitch - before.pitch
    goes = None if after is None else after.pitch - note.pitch
    steps_in = comes is not None and 0 < abs(comes) <= STEP
    steps_out = goes is not None and 0 < abs(goes) <= STEP
    accented = note.onset <= span[0]
    if accented and (note.onset < span[0] or comes == 0):
        if note.end > span[1] or not steps_out:
            return weights.held if note.end > span[1] else weights.plain
        if goes is not None and goes > 0:
            return weights.retardation
        return weights.resolved_suspension if note.end < span[1] else weights.suspension
    if note.end > span[1]:
        return weights.plain
    if steps_in and steps_out:
        if not accented:
            return weights.passing
        return weights.lone_passing if alone else weights.accented_passing
    if goes == 0 and steps_in and not accented:
        return weights.anticipation
    if steps_out:
        return weights.appoggiatura if accented else weights.leap_and_step
    return weights.leap_and_step if steps_in and not accented else weights.plain


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
    scores -= misspellings(sounds, weights)
    return scores - weights.seventh * IS_SEVENTH - weights.diminished * IS_DIMINISHED - weights.augmented * IS_AUGMENTED


def misspellings(sounds: Sequence[Sound], weights: Weights) -> Floats:
    """(S,) what speaks against a chord whose notes are spelled as another one, as F B G# for F Ab Cb.

    Augmented sixths are only named where their notes are spelled as such.
    """
    fifths = np.full(13, np.nan)
    for s in sounds:
        if s.note.spelling is not None:
            fifths[s.note.pitch % 12] = s.note.spelling.fifths
    roots = fifths[TONES] - FIFTHS  # where each tone has the root, NaN for tones that do not sound
    wrong = np.fmax.reduce(roots, axis=1) > np.fmin.reduce(roots, axis=1)
    sixths = IS_SIXTH & (wrong | np.isnan(roots[:, 0]) | np.isnan(roots[np.arange(len(STATES)), SIXTH_AT]))
    return weights.misspelled * wrong + 10.0 * sixths


def sonority_scores(sounds: Sequence[Sound], span: Span, weights: Weights) -> Floats:
    """(S,) what speaks for the chords that sound at moments of a beat without any other note.

    Such a moment speaks as surely as its least sure note.
    """
    scores = np.zeros(len(STATES))
    start, end = span
    times = sorted({start, *(s.note.onset for s in sounds if s.note.onset > start)})
    for onset, stop in zip(times, [*times[1:], end], strict=True):
        now = [s for s in sounds if s.note.onset <= onset < s.note.end]
        for state in COMPLETE.get(frozenset(s.note.pitch % 12 for s in now), ()):
            weight = weights.comes * float((stop - onset) / (end - start)) + weights.begins * (onset == start)
            scores[state] += weight * min(s.surety for s in now)
    return scores


def bass_strength(sounds: Sequence[Sound]) -> Floats:
    """(12,) how strongly each pitch class is the bass of a beat."""
    found = np.zeros(12)
    lowest = max(s.voice for s in sounds)
    for s in sounds:
        if s.voice == lowest:
            c = s.note.pitch % 12
            found[c] = max(found[c], s.outside)
    return found


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
        if IS_SIXTH[index]:
            scores[index] = -weights.applied if (root - tonic) % 12 == LOW_SIXTH else -2 * weights.outside
            continue
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
