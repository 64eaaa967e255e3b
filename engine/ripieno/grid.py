"""The networks' view of a score: a grid of sixteenths by voices, and the note state matrix.

A ``Grid`` cell holds the pitch that starts there, ``HOLD`` where it sounds on, or ``REST``. A piano roll
would merge two repeated notes into one; a grid and a note state matrix do not.

The grid is only a view: it moves triplets and ornaments to the nearest step. So the notes that a user gave
are always taken from the score, never from the grid.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.harmony.asked_chord import AskedChord, AskedHarmony
from ripieno.score import SIXTEENTH, Measure, Meter, Note, Score

HOLD = 128
REST = 129
BEAT = 2  # the strength of a beat, see ``Grid``
NO_METER = -1  # position and strength of a step whose meter is not known
NO_KEY = -1  # tonic of a step whose key signature is not known
OPEN = -1  # what a plan leaves open

Cells = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class GridPlan:
    """A harmonic plan on T steps; every column is (T,) int8, ``OPEN`` where nothing is planned.

    root, bass: pitch classes. kind: of the chord, as ``theory.plans`` numbers them. suspended: 1 where a
    dissonance is held into the beat, 0 where not. moving: 1 where a lower voice moves inside the beat, else
    0. home, minor: the pitch class of the key note, and 1 in minor, 0 in major. style: as ``STYLES`` numbers
    them.
    """

    root: NDArray[np.int8]
    kind: NDArray[np.int8]
    bass: NDArray[np.int8]
    suspended: NDArray[np.int8]
    moving: NDArray[np.int8]
    home: NDArray[np.int8]
    minor: NDArray[np.int8]
    style: NDArray[np.int8]

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(field.name for field in fields(cls))

    def moved(self, semitones: int) -> GridPlan:
        """The plan of the music moved by ``semitones``."""
        known = {name: getattr(self, name) for name in ("root", "bass", "home")}
        return replace(
            self,
            **{n: np.where(x == OPEN, OPEN, (x + semitones) % 12).astype(np.int8) for n, x in known.items()},
        )

    def part(self, steps: NDArray[np.int64]) -> GridPlan:
        """The plan of some of the steps, (S,)."""
        return GridPlan(*(getattr(self, name)[steps] for name in self.columns()))


@dataclass(frozen=True, slots=True, eq=False)
class GridChords:
    """The chords that a user asks for, on T steps.

    chords: in order. index: (T,) int16, the place of the chord that is asked for at each step, or OPEN.
    strong: (T,) bool, the strong beats, on which a chord that lasts still binds. strict: whether only their
        tones may be struck at any step.
    present: (V,) bool, the voices that will be heard, in which no essential tone may be missing; ``None``
        for all.
    """

    chords: tuple[AskedChord, ...]
    index: NDArray[np.int16]
    strong: NDArray[np.bool_]
    strict: bool = False
    present: NDArray[np.bool_] | None = None

    def at(self, step: int) -> AskedChord | None:
        """The chord that is asked for at a step."""
        place = int(self.index[step])
        return None if place == OPEN else self.chords[place]

    def any_in(self, steps: range) -> bool:
        """Whether a chord is asked for at any of the steps."""
        return bool((self.index[steps.start : steps.stop] != OPEN).any())

    @property
    def begins(self) -> NDArray[np.bool_]:
        """(T,) where a chord begins."""
        found: NDArray[np.bool_] = (np.diff(self.index, prepend=OPEN) != 0) & (self.index != OPEN)
        return found

    @property
    def binds(self) -> NDArray[np.bool_]:
        """(T,) where all notes belong to the chord."""
        asked: NDArray[np.bool_] = self.index != OPEN
        found: NDArray[np.bool_] = asked if self.strict else self.begins | (self.strong & asked)
        return found

    def part(self, steps: NDArray[np.int64]) -> GridChords:
        """The chords on some of the steps, (S,)."""
        return replace(self, index=self.index[steps], strong=self.strong[steps])


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """T steps of V voices, with the meter, fermatas and key of each step.

    cells: (T, V) int16, a MIDI pitch at its onset, then HOLD; REST is silence.
    edges: T + 1 times in quarters; step t lasts from edges[t] to edges[t + 1]. Steps are sixteenths, but in
        meters over 8 they are 32nds (see ``network_meter``), and a measure of an odd length has steps of its
        own.
    position: (T,) int16, steps since the barline (a pickup counts as the end of its measure).
    strength: (T,) int8, 4 on the downbeat, 3 on the half measure, 2 on a beat, 1 on an eighth, 0 else.
    fermata: (T,) bool, True while a note under a fermata sounds.
    tonic: (T,) int8, the pitch class of the key signature's major tonic (A minor has C), or NO_KEY.
    harmony: (T, 12) bool, the pitch classes of a harmony that is heard at each step; None where none is.
    plan: the harmonic plan; None where there is none.
    asked: the chords that the user asks for; None where there are none.
    """

    cells: Cells
    edges: tuple[Fraction, ...]
    position: NDArray[np.int16]
    strength: NDArray[np.int8]
    fermata: NDArray[np.bool_]
    tonic: NDArray[np.int8]
    harmony: NDArray[np.bool_] | None = None
    plan: GridPlan | None = None
    asked: GridChords | None = None

    @property
    def steps(self) -> int:
        """T, the number of steps."""
        return int(self.cells.shape[0])

    def with_cells(self, cells: Cells) -> Grid:
        """The same steps with other notes."""
        assert cells.shape == self.cells.shape
        return replace(self, cells=cells)

    @property
    def as_heard(self) -> Grid:
        """The grid with silence in the voices that will not be heard."""
        if self.asked is None or self.asked.present is None or self.asked.present.all():
            return self
        cells = self.cells.copy()
        cells[:, ~self.asked.present] = REST
        return self.with_cells(cells)

    def part(self, steps: NDArray[np.int64]) -> Grid:
        """Some of the steps, (S,) in their order; a step after which some are missing lasts longer."""
        return Grid(
            self.cells[steps],
            (*(self.edges[t] for t in steps.tolist()), self.edges[-1]),
            self.position[steps],
            self.strength[steps],
            self.fermata[steps],
            self.tonic[steps],
            None if self.harmony is None else self.harmony[steps],
            None if self.plan is None else self.plan.part(steps),
            None if self.asked is None else self.asked.part(steps),
        )

    def step_range(self, onset: Fraction, end: Fraction) -> range:
        """The steps that start on [onset, end)."""
        first, stop = (bisect_left(self.edges, time, 0, self.steps) for time in (onset, end))
        return range(first, stop)


def with_asked(grid: Grid, asked: AskedHarmony) -> Grid:
    """The grid with the chords that are asked for; each from the first step that begins in it."""
    if not asked.chords:
        return grid
    index = np.full(grid.steps, OPEN, dtype=np.int16)
    for place, chord in enumerate(asked.chords):
        steps = grid.step_range(chord.onset, chord.end)
        index[steps.start : steps.stop] = place
    return replace(grid, asked=GridChords(asked.chords, index, grid.strength > BEAT, asked.strict))


def network_meter(meter: Meter) -> tuple[Fraction, Meter]:
    """(length of a step in quarters, the meter that the networks see).

    The networks learned from music that moves in quarters. So 6/8 is shown twice as slow, each of its beats
    as a measure of 3/4; other meters over 8 or 16 are shown with their unit as a quarter.
    """
    if meter.denominator <= 4:
        return SIXTEENTH, meter
    beat = 3 if meter.numerator % 3 == 0 else meter.numerator
    return Fraction(1, meter.denominator), Meter(beat, 4)


@lru_cache(maxsize=64)
def measure_steps(
    meter: Meter, duration: Fraction, shift: Fraction
) -> tuple[tuple[Fraction, ...], tuple[int, ...], tuple[int, ...]]:
    """(when the steps of a measure begin, in quarters from its beginning; their positions; their strengths).

    A step has the length that ``network_meter`` gives where that divides the measure, else one that does.
    shift: what is missing at the beginning of a pickup. Kept, since most measures of a piece are alike.

    >>> times, _, _ = measure_steps(Meter(), Fraction(2, 3), Fraction(0))   # two triplet eighths
    >>> [str(time) for time in times]
    ['0', '1/3']
    """
    unit, seen = network_meter(meter)
    step = unit if (duration / unit).denominator == 1 else Fraction(1, duration.denominator)
    times = tuple(i * step for i in range(int(duration / step)))
    into = [(time + shift) / unit * SIXTEENTH % seen.length for time in times]
    return times, tuple(int(x / SIXTEENTH) for x in into), tuple(metrical_strength(x, seen) for x in into)


def empty_grid(measures: tuple[Measure, ...], voices: int = 4) -> Grid:
    """A silent grid over these measures."""
    edges: list[Fraction] = []
    position: list[int] = []
    strength: list[int] = []
    tonic: list[int] = []
    for index, measure in enumerate(measures):
        missing = measure.meter.length - measure.duration
        shift = missing if index == 0 and missing > 0 else Fraction(0)
        times, positions, strengths = measure_steps(measure.meter, measure.duration, shift)
        edges += [measure.onset + time for time in times]
        position += positions
        strength += strengths
        tonic += [7 * measure.key.fifths % 12] * len(times)
    edges.append(measures[-1].end)
    steps = len(position)
    return Grid(
        cells=np.full((steps, voices), REST, dtype=np.int16),
        edges=tuple(edges),
        position=np.array(position, dtype=np.int16),
        strength=np.array(strength, dtype=np.int8),
        fermata=np.zeros(steps, dtype=np.bool_),
        tonic=np.array(tonic, dtype=np.int8),
    )


def metrical_strength(into: Fraction, meter: Meter) -> int:
    """The strength of a time in its measure: 4 downbeat, 3 half measure, 2 beat, 1 eighth, 0 the rest.

    into: quarters since the barline.
    """
    beats = meter.length / meter.beat
    half = meter.length / 2 if beats % 2 == 0 else meter.length
    for strength, level in ((4, meter.length), (3, half), (2, meter.beat), (1, Fraction(1, 2))):
        if (into / level).denominator == 1:
            return strength
    return 0


def score_to_grid(score: Score) -> Grid:
    """The grid of a score, one column a voice in the score's order.

    An off-grid note starts and ends at the nearest step; where two notes fall on one step the longer stays.
    """
    grid = empty_grid(score.measures, len(score.voices))
    cells, fermata = grid.cells.copy(), grid.fermata.copy()
    for v, voice in enumerate(score.voices):
        taken: dict[int, tuple[Note, int]] = {}
        for note in voice.notes:
            start = onset_cell(grid.edges, note.onset)
            end = max(nearest_edge(grid.edges, note.end), start + 1)
            if start not in taken or taken[start][0].duration < note.duration:
                taken[start] = (note, end)
        starts = sorted(taken)
        for start, following in pairwise([*starts, grid.steps]):
            note, end = taken[start]
            end = min(end, following)
            cells[start, v] = note.pitch
            cells[start + 1 : end, v] = HOLD
            fermata[start:end] |= note.fermata
    return replace(grid, cells=cells, fermata=fermata)


def onset_cell(edges: tuple[Fraction, ...], onset: Fraction) -> int:
    """The step whose cell holds a note that begins at a time; it may be the one behind that time."""
    return min(nearest_edge(edges, onset), len(edges) - 2)


def nearest_edge(edges: tuple[Fraction, ...], time: Fraction) -> int:
    """The index of the edge nearest to a time, the earlier of two equally near."""
    after = min(bisect_left(edges, time), len(edges) - 1)
    before = max(after - 1, 0)
    return before if time - edges[before] <= edges[after] - time else after


def column_notes(grid: Grid, voice: int) -> tuple[Note, ...]:
    """The notes of one column, with exact times and no spelling.

    Where the grid has a fermata, the note that sounds at its end carries it.
    """
    notes: list[Note] = []
    start: int | None = None
    column = [int(c) for c in grid.cells[:, voice]]
    for t, cell in enumerate([*column, REST]):
        if start is not None and cell != HOLD:
            notes.append(note_from_steps(grid, range(start, t), column[start]))
            start = None
        if cell < HOLD:
            start = t
    return tuple(notes)


def note_from_steps(grid: Grid, steps: range, pitch: int) -> Note:
    """A note on these steps, without a spelling; it has a fermata if a fermata ends on one of them."""
    onset, end = grid.edges[steps.start], grid.edges[steps.stop]
    under = grid.fermata[steps.start : steps.stop + 1].tolist()
    if True not in under:
        return Note(onset, end - onset, pitch)
    ends = (here and not after for here, after in zip(under[: len(steps)], [*under[1:], False], strict=False))
    return Note(onset, end - onset, pitch, fermata=any(ends))


def sounding_pitches(cells: Cells) -> Cells:
    """(T, V) the pitch that sounds in each cell, REST where none does. cells: as in ``Grid``."""
    steps = np.arange(len(cells))[:, np.newaxis]
    onsets = np.maximum.accumulate(np.where(cells == HOLD, 0, steps))  # (T, V) the step that is held on
    sounding = np.take_along_axis(cells, onsets, axis=0)
    sounding[sounding == HOLD] = REST  # a hold with nothing before it
    return sounding


def add_holds(sounding: Cells) -> Cells:
    """(T, V) cells from sounding pitches alone: without a known onset, a pitch that goes on is held.

    sounding: (T, V) pitches and REST.
    """
    cells = sounding.copy()
    stays = (sounding[1:] == sounding[:-1]) & (sounding[1:] != REST)
    cells[1:][stays] = HOLD
    return cells


def bare_grid(sounding: Cells) -> Grid:
    """A grid of sixteenths without meter, fermatas or key. sounding: (T, V) pitches and REST."""
    steps = len(sounding)
    return Grid(
        cells=add_holds(sounding),
        edges=tuple(SIXTEENTH * i for i in range(steps + 1)),
        position=np.full(steps, NO_METER, dtype=np.int16),
        strength=np.full(steps, NO_METER, dtype=np.int8),
        fermata=np.zeros(steps, dtype=np.bool_),
        tonic=np.full(steps, NO_KEY, dtype=np.int8),
    )


@dataclass(frozen=True, slots=True, eq=False)
class NoteStates:
    """The note state matrix: (T, 2P) bool, P keys sounding, then the same P keys articulated.

    lowest: the MIDI pitch of the first key.
    """

    states: NDArray[np.bool_]
    lowest: int

    @property
    def keys(self) -> int:
        """P, the number of keys."""
        return int(self.states.shape[1]) // 2


def grid_to_states(grid: Grid, lowest: int = 21, keys: int = 88) -> NoteStates:
    """The note state matrix of a grid; two voices on one key share it. Every pitch must lie on the keys."""
    sounding = sounding_pitches(grid.cells)
    pitches = sounding[sounding != REST]
    assert np.all((pitches >= lowest) & (pitches < lowest + keys)), "a pitch beyond the keys"
    states = np.zeros((grid.steps, 2 * keys), dtype=np.bool_)
    for v in range(grid.cells.shape[1]):
        on = np.flatnonzero(sounding[:, v] != REST)
        states[on, sounding[on, v] - lowest] = True
        struck = np.flatnonzero(grid.cells[:, v] < HOLD)
        states[struck, keys + grid.cells[struck, v] - lowest] = True
    return NoteStates(states, lowest)


def states_to_notes(states: NoteStates, edges: tuple[Fraction, ...]) -> tuple[Note, ...]:
    """Every note of a note state matrix, by onset and then from low to high.

    A key that sounds without having been articulated starts where it begins to sound.
    """
    sounding = states.states[:, : states.keys]
    held = np.zeros_like(sounding)
    held[1:] = sounding[:-1]
    begins = sounding & (~held | states.states[:, states.keys :])
    steps = np.arange(len(sounding))[:, np.newaxis]
    stops = np.full((len(sounding) + 1, states.keys), len(sounding))  # the next step at which a note ends
    stops[:-1] = np.where(begins | ~sounding, steps, len(sounding))
    stops = np.minimum.accumulate(stops[::-1])[::-1]
    step, key = np.nonzero(begins)  # by step, then by key
    return tuple(
        Note(edges[start], edges[end] - edges[start], states.lowest + at)
        for start, at, end in zip(step.tolist(), key.tolist(), stops[step + 1, key].tolist(), strict=True)
    )
