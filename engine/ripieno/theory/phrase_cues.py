"""What speaks for the end of a phrase at a note, for its length, and for its similarity to the one before.

All of it is read from one column of a grid, so that training, evaluation and a user's score are read alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, HOLD, Grid

LONGEST = 20  # notes of a phrase
Floats = NDArray[np.float64]

# Points in nats, fitted by benchmarks/phrases.py.
NOTE_WEIGHTS = {
    "long": 0.69,  # octaves (factors of 2) longer than the median
    "longer than both neighbors": -0.31,
    "as short as most": -1.18,
    "longer note next": -0.91,
    "rest follows": 1.74,
    "ends on a beat": -1.33,
    "ends on a strong beat": 0.58,
    "next begins where the piece does": 0.6,  # in its measure
    "next repeats the opening": 0.9,
    "next repeats its rhythm": 0.76,
    "next returns elsewhere": 0.65,
    "next returns at length": 0.2,
    "last pitch of all": 0.62,
    "step down to it": 0.54,
    "octaves to the next": 0.92,
    "leap after it": 0.9,
    "same pitch after it": 1.05,
}
LENGTH_WEIGHTS = {
    "up to 3 notes": -3.32,
    "4 or 5 notes": -2.36,
    "6 to 9 notes": -1.4,
    "10 to 12 notes": -1.19,
    "13 to 16 notes": -2.06,
    "more notes": -2.91,
    "whole measures": 0.81,
    "2 measures": 0.01,
    "4 measures": 0.65,
    "odd number of measures": -0.42,
}
SIMILARITY_WEIGHTS = {
    "as long as the one before": 1.21,
    "half or twice as long": -0.29,
    "as many notes": 0.44,
}
REPEATED, AT_LENGTH = 4, 7  # notes that return


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
    later, earlier = np.append(spans[1:], 0), np.append(0, spans[:-1])
    move = np.diff(pitch, append=pitch[-1])
    before = np.diff(pitch, prepend=pitch[0])
    place = grid.position[onset]
    median = np.median(spans)
    returns = returning_notes(melody)
    cues = {
        "long": np.clip(np.log2(spans / median), -2, 3),
        "longer than both neighbors": (spans > later) & (spans > earlier),
        "as short as most": spans <= median,
        "longer note next": later > spans,
        "rest follows": melody.starts[1:] > melody.end,
        "ends on a beat": grid.strength[onset] >= BEAT,
        "ends on a strong beat": grid.strength[onset] > BEAT,
        "next begins where the piece does": np.append(place[1:], -1) == place[0],
        "next repeats the opening": opening_returns(melody, at_pitch=True),
        "next repeats its rhythm": opening_returns(melody, at_pitch=False),
        "next returns elsewhere": returns >= REPEATED,
        "next returns at length": returns >= AT_LENGTH,
        "last pitch of all": pitch == pitch[-1],
        "step down to it": (before < 0) & (before >= -2),
        "octaves to the next": abs(move) / 12,
        "leap after it": abs(move) >= 5,
        "same pitch after it": move == 0,
    }
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in NOTE_WEIGHTS], 1)


def opening_returns(melody: Melody, *, at_pitch: bool) -> NDArray[np.bool_]:
    """(N,) whether after each note the rhythm of the piece's first notes returns.

    at_pitch: and the intervals between them.
    """
    rows = [np.diff(melody.starts), np.diff(melody.pitch)] if at_pitch else [np.diff(melody.starts)]
    compared = REPEATED - 1
    found = np.zeros(melody.count, dtype=np.bool_)
    for first in range(1, melody.count - compared):
        found[first - 1] = all(np.array_equal(r[first : first + compared], r[:compared]) for r in rows)
    return found


def returning_notes(melody: Melody) -> NDArray[np.int64]:
    """(N,) how many of the notes after each one stand elsewhere, too, after another note."""
    pitch, spans = melody.pitch, np.diff(melody.starts)

    def equal_to(i: int) -> NDArray[np.bool_]:
        """(N,) the other notes that are like note i."""
        found = (pitch == pitch[i]) & (spans == spans[i])
        found[i] = False
        return np.asarray(found)

    longest = np.zeros(melody.count, dtype=np.int64)
    run = np.zeros(
        melody.count + 1, dtype=np.int64
    )  # [j]: so many notes from j on are as those from i + 1 on
    for i in range(melody.count - 1, 0, -1):
        run[:-1] = np.where(equal_to(i), run[1:] + 1, 0)
        run[-1] = 0
        begins = ~np.append(False, equal_to(i - 1)[:-1])
        longest[i - 1] = run[:-1][begins].max(initial=0)
    return longest


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
        "odd number of measures": whole & (measures % 2 == 1),
    }
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in LENGTH_WEIGHTS], -1)


def similarity_cues(melody: Melody, last: int) -> Floats:
    """(LONGEST, LONGEST, cues) the same of ``SIMILARITY_WEIGHTS`` for two phrases that follow each other.

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
    return np.stack([np.asarray(cues[name], dtype=np.float64) for name in SIMILARITY_WEIGHTS], -1)
