"""How much of a result stands in the pieces that a network learned from, naming work and measure.

Notes are compared wherever they stand in a piece and at every transposition up to an octave, whichever voice
has them: so one measure serves chorales, melodies and networks that know keys but no voices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.corpus import Piece
from ripieno.grid import HOLD, NO_METER, REST, Cells, Grid, sounding_pitches

WINDOW = 64  # steps: four measures of 4/4
HOP = 4  # steps from one window of the result to the next
FEWEST_NOTES = 16  # a window with fewer new notes is found somewhere by chance, and says nothing
OCTAVE = 12  # the farthest transposition, in semitones
DOWNBEAT = 4  # the strength of a measure's first step
INTERVALS = (
    "at the same pitch",
    *("a minor second", "a major second", "a minor third", "a major third", "a fourth", "a tritone"),
    *("a fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave"),
)

Roll = NDArray[np.uint8]
StepNote = tuple[int, int]  # (step, MIDI pitch)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is new in one step: the pitches struck there and the pitches held from before, each once."""

    struck: tuple[int, ...]
    held: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """A stretch of a result, and the place in a piece that it resembles.

    start, end: steps of the result, half-open. quarters: how long that is.
    measures: first and last measure of the stretch (see ``measure_numbers``), None where there is no meter.
    notes: how many of the stretch's new notes stand in the piece too. among: how many it has.
    piece, piece_step, piece_measure: where the stretch would start in the piece.
    transposition: how many semitones higher the notes stand there.
    """

    start: int
    end: int
    quarters: Fraction
    measures: tuple[int, int] | None
    notes: int
    among: int
    piece: str
    piece_step: int
    piece_measure: int | None
    transposition: int

    @property
    def share(self) -> float:
        """0 to 1: the part of the stretch's new notes that stands in the piece."""
        return self.notes / self.among

    @property
    def where(self) -> str:
        """The stretch in the result: "measures 3-6"."""
        if self.measures is None:
            return f"steps {self.start}-{self.end - 1}"
        first, last = self.measures
        return f"measure {first}" if first == last else f"measures {first}-{last}"

    @property
    def source(self) -> str:
        """The place in the piece: "bwv269, measure 9, a minor third higher"."""
        at = f"step {self.piece_step}" if self.piece_measure is None else f"measure {self.piece_measure}"
        interval = INTERVALS[abs(self.transposition)]
        if self.transposition:
            interval += " higher" if self.transposition > 0 else " lower"
        return f"{self.piece}, {at}, {interval}"


@dataclass(frozen=True, slots=True)
class Originality:
    """What a result has in common with a library.

    closest: the window with the highest share of notes that stand in one window of a piece; None where no
        window has enough new notes to tell, or none of them stands in a piece.
    run: the most notes in a row that a piece has exactly so; None where no piece has one of them.
    """

    closest: Copied | None
    run: Copied | None

    @property
    def sentence(self) -> str:
        """Both findings for a musician."""
        if self.closest is None:
            found = "There are too few new notes to compare, or none that stands in a piece"
        else:
            percent = 100 * self.closest.notes // self.closest.among  # 100 % only where every note is there
            found = f"{percent} % of the notes of {self.closest.where} stand in {self.closest.source}"
        if self.run is None:
            return f"{found}."
        many = "1 note" if self.run.notes == 1 else f"{self.run.notes} notes"
        return (
            f"{found}. The longest run copied exactly is {many} in {self.run.where}, from {self.run.source}."
        )


@dataclass(frozen=True, slots=True)
class Peak:
    """A best place so far: notes found, row of the transposition, column of the place, step of the result."""

    notes: int
    row: int
    column: int
    step: int


class Library:
    """Training pieces, laid end to end and ready to be compared with; built once, never changed.

    Two (P, L) rolls of bytes: which keys are struck, and which are held, in each step of all pieces. Between
    two pieces is a silence as long as a window, so no window hears both. 222 chorales take 6 MB, and a
    comparison of sixteen measures some 15 MB for a moment. Nothing in it is left to chance.
    """

    def __init__(self, pieces: Sequence[Piece], *, window: int = WINDOW) -> None:
        """window: steps in which notes must stand together to count as copied from one place."""
        self.window = window
        self.names = tuple(piece.name for piece in pieces)
        self.steps = np.array([piece.grid.steps for piece in pieces], dtype=np.intp)
        self.starts = np.cumsum(self.steps + window) - self.steps
        self.measures = tuple(measure_numbers(piece.grid) for piece in pieces)
        length = int(np.sum(self.steps + window)) + window
        pitches = {int(p) for piece in pieces for p in np.unique(piece.grid.cells) if p < HOLD}
        self.lowest = min(pitches, default=0)
        keys = max(pitches, default=0) - self.lowest + 1
        self.struck: Roll = np.zeros((keys, length), dtype=np.uint8)
        self.held: Roll = np.zeros((keys, length), dtype=np.uint8)
        for piece, start in zip(pieces, self.starts, strict=True):
            struck, held = states(piece.grid.cells)
            for roll, cells in ((self.struck, struck), (self.held, held)):
                step, voice = np.nonzero(cells != REST)
                roll[cells[step, voice] - self.lowest, start + step] = 1

    def compare(
        self, grid: Grid, *, new: NDArray[np.bool_] | None = None, fewest: int = FEWEST_NOTES
    ) -> Originality:
        """How much of a result stands in the pieces.

        A note is a pitch struck in a step; two voices that strike one key strike one note. For the share a
        note stands in a piece when it is struck there, at its distance from the window's start; what else
        sounds there does not matter, so a window of a piece with notes taken out counts as copied in full.
        For the run every new note must be struck in the piece, and held there as long as in the result (at
        the run's edges a note may be cut); a step in which nothing new sounds ends it.

        grid: of any number of voices.
        new: (T, V) bool, True where the cells are not the composer's own; None: everywhere.
        fewest: a window with fewer new notes is passed over.
        Of equal findings the earliest in the result counts, then the nearest transposition, then the piece
        that comes first.
        """
        frames = new_frames(grid.cells, new)
        return Originality(self._closest(grid, frames, fewest), self._longest_run(grid, frames))

    def _closest(self, grid: Grid, frames: list[Frame], fewest: int) -> Copied | None:
        """The window with the highest share, each compared with every place of every piece at once.

        ``found[row, column]`` counts the window's notes that stand in the pieces when step 0 of the result
        is laid on step ``column - T`` of the library. The next window only adds and takes away a few notes.
        """
        steps, length = grid.steps, self.struck.shape[1]
        windows = note_windows(frames, self.window)
        most = max(len(notes) for notes in windows.values())
        found = np.zeros((2 * OCTAVE + 1, length + steps), dtype=np.min_scalar_type(most))
        best, among = Peak(0, 0, 0, 0), 1
        inside: set[StepNote] = set()
        for start, notes in windows.items():
            for change, changed in ((np.subtract, inside - notes), (np.add, notes - inside)):
                for step, pitch in changed:
                    rows, keys = self._transpositions(pitch)
                    place = found[rows, steps - step : steps - step + length]
                    change(place, self.struck[keys], out=place)
            inside = notes
            most = int(found.max()) if len(notes) >= fewest else 0
            if most * among > best.notes * len(notes):
                best, among = Peak(most, *nearest_transposition(found == most), start), len(notes)
        if not best.notes:
            return None
        end = min(best.step + self.window, steps)
        first = best.column - steps + best.step  # step of the library under the window's first
        return self._copied(grid, best.step, end, best.notes, among, first, best.row - OCTAVE)

    def _longest_run(self, grid: Grid, frames: list[Frame]) -> Copied | None:
        """The most notes in a row that a piece has exactly so.

        ``run[row, column]`` counts the notes of the run that ends in this step of the result, laid on step
        ``column`` of the library. It moves on with the steps of both, and drops to 0 where they differ.
        """
        total = sum(len(frame.struck) for frame in frames)
        shape = (2 * OCTAVE + 1, self.struck.shape[1])
        before = np.zeros(shape[0] * shape[1], dtype=np.min_scalar_type(total))
        run, same = before.copy(), before.copy()
        best = Peak(0, 0, 0, 0)
        known: Frame | None = None
        for t, frame in enumerate(frames):
            if frame != known:
                same, known = self._equal(frame).astype(run.dtype, copy=False).ravel(), frame
            # Rows are joined here: a run that leaves one row enters the silence at the start of the next.
            np.add(before[:-1], run.dtype.type(len(frame.struck)), out=run[1:])
            np.multiply(run, same, out=run)
            most = int(run.max()) if frame.struck else 0
            if most > best.notes:
                best = Peak(most, *nearest_transposition((run == most).reshape(shape)), t)
            before, run = run, before
        if not best.notes:
            return None
        start, end = self._extent(frames, best)
        first = best.column - best.step + start
        return self._copied(grid, start, end, best.notes, best.notes, first, best.row - OCTAVE)

    def _equal(self, frame: Frame) -> Roll:
        """(transpositions, L) 0 or 1: do all pitches of a frame sound so in that step of the library?"""
        found = np.zeros((2 * OCTAVE + 1, self.struck.shape[1]), dtype=np.uint8)
        for roll, pitches in ((self.struck, frame.struck), (self.held, frame.held)):
            for pitch in pitches:
                rows, keys = self._transpositions(pitch)
                found[rows] += roll[keys]
        wanted = len(frame.struck) + len(frame.held)
        return (found == wanted).view(np.uint8) if wanted else found

    def _transpositions(self, pitch: int) -> tuple[slice, slice]:
        """(rows of the transpositions at which the library has a key for this pitch, those keys)."""
        key = pitch - self.lowest
        first = min(max(key - OCTAVE, 0), len(self.struck))
        end = max(min(key + OCTAVE + 1, len(self.struck)), first)
        return slice(first - key + OCTAVE, end - key + OCTAVE), slice(first, end)

    def _extent(self, frames: list[Frame], peak: Peak) -> tuple[int, int]:
        """The steps [start, end) of the result around a peak that the piece has exactly so."""
        shift, move = peak.column - peak.step, peak.row - OCTAVE - self.lowest

        def copied(t: int) -> bool:
            if not 0 <= t < len(frames) or not (frames[t].struck or frames[t].held):
                return False
            pairs = [(self.struck, p + move) for p in frames[t].struck]
            pairs += [(self.held, p + move) for p in frames[t].held]
            return all(0 <= key < len(roll) and bool(roll[key, t + shift]) for roll, key in pairs)

        start, end = peak.step, peak.step + 1
        while copied(start - 1):
            start -= 1
        while copied(end):
            end += 1
        return start, end

    def _copied(
        self, grid: Grid, start: int, end: int, notes: int, among: int, place: int, transposition: int
    ) -> Copied:
        """The finding that steps [start, end) of a result lie on step ``place`` of the library.

        A window may begin in the silence before a piece; the piece's first step is named then.
        """
        index = min(int(np.searchsorted(self.starts + self.steps, place, side="right")), len(self.names) - 1)
        step = max(place - int(self.starts[index]), 0)
        there, here = self.measures[index], measure_numbers(grid)
        return Copied(
            start=start,
            end=end,
            quarters=grid.edges[end] - grid.edges[start],
            measures=None if here is None else (int(here[start]), int(here[end - 1])),
            notes=notes,
            among=among,
            piece=self.names[index],
            piece_step=step,
            piece_measure=None if there is None else int(there[min(step, len(there) - 1)]),
            transposition=transposition,
        )


def measure_numbers(grid: Grid) -> NDArray[np.int64] | None:
    """(T,) the number of the measure that each step is in, None where the meter is not known.

    Barlines are counted: the first whole measure is 1, a pickup before it 0. Where a repeat divides a measure
    both of its parts count, so the number may be higher there than the one in print.
    """
    if not grid.steps or int(grid.strength.min()) == NO_METER:
        return None
    return np.cumsum(grid.strength == DOWNBEAT, dtype=np.int64)


def states(cells: Cells) -> tuple[Cells, Cells]:
    """((T, V) the pitch struck in each cell, (T, V) the pitch held there), REST where none is."""
    struck = np.where(cells < HOLD, cells, REST).astype(cells.dtype)
    held = np.where(cells == HOLD, sounding_pitches(cells), REST).astype(cells.dtype)
    return struck, held


def new_frames(cells: Cells, new: NDArray[np.bool_] | None) -> list[Frame]:
    """What is new in each of T steps."""
    if new is not None:
        assert new.shape == cells.shape
    struck, held = (
        part if new is None else np.where(new, part, REST).astype(part.dtype) for part in states(cells)
    )
    return [Frame(distinct(a), distinct(b)) for a, b in zip(struck, held, strict=True)]


def note_windows(frames: list[Frame], window: int) -> dict[int, set[StepNote]]:
    """The new notes of each window of T steps, by its first step; the last one ends with the last step."""
    notes = [(t, pitch) for t, frame in enumerate(frames) for pitch in frame.struck]
    last = max(len(frames) - window, 0)
    starts = sorted({*range(0, last + 1, HOP), last})
    return {a: {note for note in notes if a <= note[0] < a + window} for a in starts}


def distinct(row: Cells) -> tuple[int, ...]:
    """The pitches of one step, lowest first, each once."""
    return tuple(sorted({int(p) for p in row if p != REST}))


def nearest_transposition(hits: NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the hit with the nearest transposition, the higher of two, and then the earliest."""
    rows = np.flatnonzero(hits.any(axis=1))
    row = int(min(rows, key=lambda r: (abs(int(r) - OCTAVE), -int(r))))
    return row, int(hits[row].argmax())
