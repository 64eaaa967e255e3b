"""The harmony of every beat, as a teacher names it: one chord a beat, seen through its non-chord tones.

``ripieno.theory.beat_sounds`` says how surely each note of a beat is a chord tone, and
``ripieno.theory.chord_scores`` how well every chord explains them. The likeliest path through the beats
decides (Viterbi, IEEE Transactions on Information Theory 13, 1967), with mild preferences for chords that
belong to the local key, that stay, and that resolve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from ripieno.score import Key
from ripieno.theory.beat_sounds import Sound, Span, beat_spans, sounds_by_span
from ripieno.theory.chord_scores import (
    MEMBERS,
    STATES,
    ChordWeights,
    Floats,
    beat_scores,
    key_scores,
    strengths,
    transitions,
)
from ripieno.theory.chords import Chord
from ripieno.theory.keys import local_keys, signature_on
from ripieno.theory.texture import Texture

__all__ = ["beat_spans", "chords_by_beat"]

WEIGHTS = ChordWeights()
LIKELY = 0.3  # how strongly a pitch class must speak for chords to count in the first estimate of the keys


def chords_by_beat(
    texture: Texture, spans: Sequence[Span], weights: ChordWeights = WEIGHTS
) -> list[Chord | None]:
    """The harmony of each span [start, end), in quarters; ``None`` where nothing sounds.

    spans: beats, in the order of time; a dotted beat in compound meters. The chord is the one that holds the
    beat together: suspensions, passing notes and the like are seen through, a suspension that resolves within
    the beat stands for its resolution, and a cadential six-four is a tonic chord. Where tones are missing,
    the beats beside it and the key decide. The bass is the beat's lowest essential note.
    A lone voice has chords only where it has two or more notes on the beat.
    """
    beats = sounds_by_span(texture, spans, weights.movement)
    full = [i for i, sounds in enumerate(beats) if sounds]
    found: list[Chord | None] = [None] * len(spans)
    if not full:
        return found
    heard = np.stack([np.zeros(12), *(strengths(beats[i])[0] for i in full), np.zeros(12)])  # (N + 2, 12)
    around = np.maximum(heard[:-2], heard[2:])
    scores = np.stack(  # (N, S)
        [beat_scores(beats[i], spans[i], near, weights) for i, near in zip(full, around, strict=True)]
    )
    tonics = [
        int(texture.tonics[bisect_right(texture.onsets, s.note.onset) - 1])
        for s, *_ in (beats[i] for i in full)
    ]
    keys = keys_of([frozenset(np.flatnonzero(row >= LIKELY).tolist()) for row in heard[1:-1]], tonics)
    path = best_path(scores + np.stack([key_scores(key, weights) for key in keys]), weights)
    keys = keys_of([frozenset(np.flatnonzero(MEMBERS[state]).tolist()) for state in path], tonics)
    path = best_path(scores + np.stack([key_scores(key, weights) for key in keys]), weights)
    for i, state in zip(full, path, strict=True):
        if len(texture.lines) > 1 or len({s.note.pitch % 12 for s in beats[i]}) > 1:
            root, kind = STATES[state]
            bass = bass_of(beats[i], MEMBERS[state].tolist(), found[i - 1] if i else None)
            found[i] = Chord(root, kind, root if bass is None else bass)
    return found


def keys_of(chords: Sequence[frozenset[int]], tonics: Sequence[int]) -> list[Key]:
    """The local key of each beat. tonics: of the major key of the signature, by beat."""
    keys: list[Key] = []
    start = 0
    for stop in range(1, len(chords) + 1):
        if stop == len(chords) or tonics[stop] != tonics[start]:
            keys += local_keys(chords[start:stop], signature_on(tonics[start]))
            start = stop
    return keys


def best_path(scores: Floats, weights: ChordWeights) -> list[int]:
    """The states of the likeliest path. scores: (N, S) of each beat's chords."""
    moves = transitions(weights)
    total = scores[0]
    sources: list[list[int]] = []
    for row in scores[1:]:
        ways = total[:, np.newaxis] + moves  # (S, S) from each chord to each
        sources.append(ways.argmax(0).tolist())
        total = ways.max(0) + row
    path = [int(total.argmax())]
    for source in reversed(sources):
        path.append(source[path[-1]])
    return path[::-1]


def bass_of(sounds: Sequence[Sound], members: Sequence[bool], before: Chord | None) -> int | None:
    """The pitch class of a beat's essential bass note, ``None`` where no note belongs to the chord.

    members: whether the chord holds each pitch class. Where its lowest voice only passes through the chord,
    the bass of the beat before stays, or the next higher note is it.
    """
    lowest = max(s.voice for s in sounds)
    for voice in range(lowest, -1, -1):
        own = [s for s in sounds if s.voice == voice and members[s.note.pitch % 12]]
        if own:
            return max(own, key=lambda s: s.share).note.pitch % 12
        if voice == lowest and before is not None and all(members[c] for c in before.pitch_classes):
            return before.bass
    return None
