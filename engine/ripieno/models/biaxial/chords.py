"""The chords that the two-axis network is told: roots and four kinds, a half measure each, in C.

They are read from music by the best path through all chords (Viterbi), and by the same path a plan is found
for given notes, or drawn where nothing is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.models.note_states.keyboard import Floats

MAJOR, MINOR, DOMINANT, DIMINISHED = range(4)
KINDS: tuple[tuple[int, ...], ...] = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6))
CHORDS = 12 * len(KINDS)  # numbered kind by kind: 12 * kind + root
UNKNOWN = -1  # in place of a chord
ROOTS = np.arange(CHORDS) % 12
# (chords, 12) bool, the tones of each.
TONES = np.array([[(p - c % 12) % 12 in KINDS[c // 12] for p in range(12)] for c in range(CHORDS)])
SIZES = TONES.sum(1)

Chords = NDArray[np.int64]  # (H,) a chord of each half measure, or UNKNOWN


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """What speaks for a chord, in nats; a half measure's sound has the weight 1.

    tone, foreign: the share of the sound that lies on its tones, and on others. missing: each of its tones
    that is not heard. bass: the share of the bass that is its root. stays: the chord of the half measure
    before. seventh, diminished: against those kinds.
    """

    tone: float = 4.0
    foreign: float = 6.0
    missing: float = 0.5
    bass: float = 1.5
    stays: float = 1.2
    seventh: float = 0.2
    diminished: float = 0.5


WEIGHTS = ReadingWeights()


def chord_scores(sound: Floats, bass: Floats, weights: ReadingWeights = WEIGHTS) -> Floats:
    """(H, chords) how well each chord explains each half measure; all 0 where nothing sounds.

    sound, bass: (H, 12) the time of each pitch class in all notes and in the lowest ones.
    """
    total = sound.sum(1, keepdims=True)
    share = sound / np.maximum(total, 1e-6)
    lowest = bass / np.maximum(bass.sum(1, keepdims=True), 1e-6)
    inside = share @ TONES.T
    heard = np.minimum(1, 8 * share)  # a tone of an eighth of the time is there
    missing = (1 - heard) @ TONES.T
    scores = weights.tone * inside - weights.foreign * (1 - inside) - weights.missing * missing
    scores = scores + weights.bass * lowest[:, ROOTS]
    kind = np.arange(CHORDS) // 12
    scores = scores - weights.seventh * (kind == DOMINANT) - weights.diminished * (kind == DIMINISHED)
    return np.where(total > 0, scores, 0).astype(np.float32)


def staying(weights: ReadingWeights = WEIGHTS) -> Floats:
    """(chords, chords) what a change of chord is worth where nothing is known of its style."""
    return (weights.stays * np.eye(CHORDS)).astype(np.float32)


def best_chords(scores: Floats, changes: Floats) -> Chords:
    """The path of chords with the highest sum of scores, (H, chords), and changes, (chords, chords)."""
    total, back = scores[0].astype(np.float64), []
    for here in scores[1:]:
        through = total[:, None] + changes
        back.append(through.argmax(0))
        total = through.max(0) + here
    path = [int(total.argmax())]
    for origin in reversed(back):
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1], dtype=np.int64)


def drawn_chords(scores: Floats, changes: Floats, chance: np.random.Generator) -> Chords:
    """A path drawn by exp(sum of scores and changes): forwards the sums of all paths, backwards the draws."""
    forward = [scores[0].astype(np.float64)]
    for here in scores[1:]:
        through = forward[-1][:, None] + changes
        top = through.max(0)
        forward.append(np.log(np.exp(through - top).sum(0)) + top + here)
    path: list[int] = []
    for sums in reversed(forward):
        odds = sums if not path else sums + changes[:, path[-1]]
        odds = np.exp(odds - odds.max())
        path.append(int(chance.choice(CHORDS, p=odds / odds.sum())))
    return np.array(path[::-1], dtype=np.int64)
