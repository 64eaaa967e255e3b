"""What speaks for the end of a phrase at a note, for its length, and for its likeness to the one before.

All of it is read from one column of a grid, so that training, evaluation and a user's score are read alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, HOLD, Grid
from ripieno.theory.home_key import grid_home_key

LONGEST = 24  # notes of a phrase
Floats = NDArray[np.float64]

# Points in nats, fitted by benchmarks/phrase_weights.py.
NOTE_WEIGHTS = {
    "long": 1.91,  # octaves (factors of 2) longer than the median
    "longer than both neighbors": -1.22,
    "as short as most": -1.13,
    "rest follows": 2.52,
    "ends on a beat": -1.67,
    "ends on a strong beat": 1.36,
    "next begins where the piece does": 0.47,  # in its measure
    "next repeats the opening": 1.47,
    "tonic": 1.03,
    "third or fifth": 0.85,
    "second or seventh": 0.51,
    "step down to it": 0.63,
    "leap after it": 1.57,
    "same pitch after it": 1.08,
}
LENGTH_WEIGHTS = {
    "up to 3 notes": -5.73,
    "4 or 5 notes": -2.80,
    "6 to 9 notes": -1.34,
    "10 to 12 notes": -1.18,
    "13 to 16 notes": -2.09,
    "more notes": -2.64,
    "whole measures": 0.91,
    "2 measures": 0.09,
    "4 measures": 0.37,
    "another odd number of measures": -0.40,
}
LIKENESS_WEIGHTS = {
    "as long as the one before": 1.12,
    "half or twice as long": -0.17,
    "as many notes": 0.42,
}


@dataclass(frozen=True, slots=True)
class Melody:
    """A column of a grid as N notes. onset, end: (N,) steps. pitch: (N,).

    starts: (N + 1,) onsets, and the end of the last note. measure: steps of a full measure as the networks
    see it. grid: where it comes from.
    """

    onset: NDArray[np.int64]
    end: NDArray[np.int64]
    pitch: NDArray[np.int64]
    measure: int
    grid: Grid
    voice: int

    @property
    def starts(self) -> NDArray[np.int64]:
        return np.append(self.onset, self.end[-1])

    @property
    def count(self) -> int:
        """N, the number of notes."""
        return len(self.onset)


def melody_of(grid: Grid, voice: int) -> Melody:
    """The notes of one column, at least one."""
    column = grid.cells[:, voice]
    onset = np.flatnonzero(column < HOLD)
    stops = np.append(np.flatnonzero(column != HOLD), len(column))
    end = stops[np.searchsorted(stops, onset, side="right")]
    measure = int(grid.position.max()) + 1
    return Melody(onset, end, column[onset].astype(np.int64), max(measure, 1), grid, voice)


def note_cues(melody: Melody) -> Floats:
    """(N, cues) how far each of ``NOTE_WEIGHTS`` is the case at each note."""
    grid, onset, pitch = melody.grid, melody.onset, melody.pitch
    spans = np.diff(melody.starts)  # to the next onset, rests too
    length = melody.end - onset
    later, earlier = np.append(spans[1:], 0), np.append(0, spans[:-1])
    home = grid_home_key(grid, (melody.voice,))
    degree = (pitch - home.tonic) % 12
    third = 3 if home.mode == "minor" else 4
    move = np.diff(pitch, append=pitch[-1])
    before = np.diff(pitch, prepend=pitch[0])
    place = grid.position[onset]
    median = np.median(spans)
    cues = {
        "long": np.clip(np.log2(spans / median), -2, 3),
        "longer than both neighbors": (spans > later) & (spans > earlier),
        "as short as most": spans <= median,
        "rest follows": melody.starts[1:] > onset + length,
        "ends on a beat": grid.strength[onset] >= BEAT,
        "ends on a strong beat": grid.strength[onset] > BEAT,
        "next begins where the piece does": np.append(place[1:], -1) == place[0],
        "next repeats the opening": repeats_opening(melody),
        "tonic": degree == 0,
        "third or fifth": (degree == third) | (degree == 7),
        "second or seventh": (degree == 2) | (degree >= 10),
        "step down to it": (before < 0) & (before >= -2),
        "leap after it": abs(move) >= 5,
        "same pitch after it": move == 0,
    }
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in NOTE_WEIGHTS], 1)


def repeats_opening(melody: Melody, notes: int = 4) -> NDArray[np.bool_]:
    """(N,) whether after each note the first notes of the piece return, at any pitch."""
    moves, spans = np.diff(melody.pitch), np.diff(melody.starts)
    found = np.zeros(melody.count, dtype=np.bool_)
    for n in range(melody.count - notes):
        first = n + 1
        found[n] = np.array_equal(moves[first : first + notes - 1], moves[: notes - 1]) and np.array_equal(
            spans[first : first + notes - 1], spans[: notes - 1]
        )
    return found


def length_cues(melody: Melody) -> Floats:
    """(N, LONGEST, cues) the same of ``LENGTH_WEIGHTS`` for a phrase of l + 1 notes that ends with note n."""
    last, count = np.meshgrid(np.arange(melody.count), np.arange(1, LONGEST + 1), indexing="ij")
    first = np.maximum(last - count + 1, 0)
    span = melody.starts[last + 1] - melody.onset[first]
    measures = span / melody.measure
    whole = span % melody.measure == 0
    cues = {
        "up to 3 notes": count <= 3,
        "4 or 5 notes": (count >= 4) & (count <= 5),
        "6 to 9 notes": (count >= 6) & (count <= 9),
        "10 to 12 notes": (count >= 10) & (count <= 12),
        "13 to 16 notes": (count >= 13) & (count <= 16),
        "more notes": count > 16,
        "whole measures": whole,
        "2 measures": measures == 2,
        "4 measures": measures == 4,
        "another odd number of measures": whole & (measures % 2 == 1),
    }
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in LENGTH_WEIGHTS], -1)


def likeness_cues(melody: Melody, last: int) -> Floats:
    """(LONGEST, LONGEST, cues) the same of ``LIKENESS_WEIGHTS`` for two phrases that follow each other.

    The second has l + 1 notes and ends with note ``last``, the first m + 1.
    """
    counts = np.arange(1, LONGEST + 1)
    first = np.maximum(last - counts + 1, 0)  # of the second phrase
    span = melody.starts[last + 1] - melody.onset[first]
    start = np.maximum(first[:, None] - counts[None, :], 0)
    before = melody.onset[first][:, None] - melody.onset[start]
    cues = {
        "as long as the one before": before == span[:, None],
        "half or twice as long": (before == 2 * span[:, None]) | (2 * before == span[:, None]),
        "as many notes": np.broadcast_to(counts[:, None] == counts[None, :], before.shape),
    }
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in LIKENESS_WEIGHTS], -1)
