"""How a piece is heard: its home key, the chord of each beat, the dissonances, and where phrases end.

The rules on harmony read this, as those on voice leading read the texture; it is made once for all of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ripieno.ensembles.ensemble import Ranges
from ripieno.grid import HOLD, REST, Grid, score_to_grid
from ripieno.score import Score
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.beat_sounds import Span
from ripieno.theory.chords import Chord
from ripieno.theory.dissonances import Dissonance, dissonances
from ripieno.theory.home_key import HomeKey, find_home_key, grid_home_key
from ripieno.theory.phrases import phrase_ends
from ripieno.theory.plans import plan_spans
from ripieno.theory.ranges import CHOIR_RANGES
from ripieno.theory.texture import Texture, grid_texture, score_texture

FULL = 3  # voices that sound together before a chord is sure


@dataclass(frozen=True, slots=True, eq=False)
class HeardHarmony:
    """A piece as it is heard, in N beats.

    There are none where its meter is not known, or where it has fewer than ``FULL`` voices.
    spans: (N,) the beats, [start, end) in quarters. chords: (N,) their chords, ``None`` where fewer than
    ``FULL`` voices sound at the beat's onset: there no rule takes what is missing for what is wrong.
    foreign: (N,) their dissonances. home: the home key, ``None`` where the key signature changes.
    phrase_lasts: the last note of each phrase, as indices of the highest line.
    """

    texture: Texture
    spans: tuple[Span, ...] = ()
    chords: tuple[Chord | None, ...] = ()
    foreign: tuple[tuple[Dissonance, ...], ...] = ()
    home: HomeKey | None = None
    phrase_lasts: tuple[int, ...] = ()

    def beat_at(self, time: Fraction) -> int:
        """The beat in which a time lies; -1 before the first."""
        return bisect_right(self.spans, time, key=lambda span: span[0]) - 1

    def rows(self, start: Fraction, end: Fraction) -> range:
        """The texture's rows that sound in [start, end)."""
        onsets = self.texture.onsets
        return range(max(bisect_right(onsets, start) - 1, 0), bisect_left(onsets, end))


def hear_score(score: Score, ranges: Ranges = CHOIR_RANGES) -> HeardHarmony:
    """The hearing of a score's voices that have notes."""
    steady = len({measure.key.fifths for measure in score.measures}) == 1
    texture = replace(score_texture(score), ranges=ranges)
    return hear(texture, score_to_grid(score), find_home_key(score) if steady else None)


def hear_grid(grid: Grid) -> HeardHarmony:
    """The hearing of a grid's columns that have notes."""
    steady = len(set(grid.tonic.tolist())) == 1
    return hear(grid_texture(grid), grid, grid_home_key(grid) if steady else None)


def hear(texture: Texture, grid: Grid, home: HomeKey | None) -> HeardHarmony:
    """The hearing of a texture. grid: the same piece on a grid, which knows its beats and phrases."""
    if len(texture.lines) < FULL:
        return HeardHarmony(texture)
    spans = tuple(plan_spans(grid))
    chords = chords_by_beat(texture, spans)
    foreign = dissonances(texture, spans, chords)
    full = [len(voices_at(texture, start)) >= FULL for start, _ in spans]
    melody = int((grid.cells < HOLD).any(0).argmax())
    onsets = [note.onset for note in texture.lines[0]]
    lasts = np.flatnonzero(phrase_ends(grid, melody) & (grid.cells[:, melody] < HOLD)).tolist()
    return HeardHarmony(
        texture,
        spans,
        tuple(chord if sure else None for chord, sure in zip(chords, full, strict=True)),
        tuple(notes if sure else () for notes, sure in zip(foreign, full, strict=True)),
        home,
        tuple(bisect_right(onsets, grid.edges[t + 1]) - 1 for t in lasts),
    )


def voices_at(texture: Texture, time: Fraction) -> tuple[int, ...]:
    """The voices that sound at a time, highest first."""
    row = bisect_right(texture.onsets, time) - 1
    return tuple(v for v, p in enumerate(texture.pitches[row].tolist()) if p != REST) if row >= 0 else ()
