"""How much of a result stands in the pieces that a network learned from, naming work and measure.

Notes are compared wherever they stand in a piece and at every transposition up to an octave, whichever voice
has them: so one figure serves chorales, melodies and networks that know keys but no voices.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ripieno.corpus.corpus import Piece, load_pieces
from ripieno.errors import FileError, WeightsError, short
from ripieno.grid import HOLD, NO_METER, REST, Cells, Grid, sounding_pitches
from ripieno.results import CopiedPassage, Originality

WINDOW = 64  # steps: four measures of 4/4
HOP = 4  # steps from one window of the result to the next
MIN_NOTES = 16  # a window with fewer new notes is found somewhere by chance, and says nothing
OCTAVE = 12  # the farthest transposition, in semitones
TRANSPOSITIONS = 2 * OCTAVE + 1  # how many transpositions there are
BYTE = 8  # steps in a byte of a packed roll
SEARCH_BYTES = 16 * 1024 * 1024  # what the search for runs may take for a moment, however long the result
DOWNBEAT = 4  # the strength of a measure's first step
Roll = NDArray[np.uint8]  # (P, L), 0 or 1
Bits = NDArray[np.uint8]  # the last axis packed: eight steps a byte, the first of them in the highest bit
StepNote = tuple[int, int]  # (step, MIDI pitch)


@dataclass(frozen=True, slots=True)
class NoteFrame:
    """What is new in one step: the pitches struck there and the pitches held from before, each once."""

    struck: tuple[int, ...]
    held: tuple[int, ...]


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
    two pieces is a silence as long as a window, so no window hears both. Each roll is kept a second time,
    packed. 253 chorales take 13 MB, and a comparison some 20 MB for a moment. Comparing is deterministic.
    """

    def __init__(self, pieces: Sequence[Piece], *, window: int = WINDOW) -> None:
        """window: steps in which notes must stand together to count as copied from one place."""
        self.window = window
        self.names = tuple(piece.name for piece in pieces)
        self.steps = np.array([piece.grid.steps for piece in pieces], dtype=np.intp)
        silence = max(window, BYTE)  # a byte that reaches back beyond the first step holds no note then
        self.starts = np.cumsum(self.steps + silence) - self.steps
        self.measures = tuple(measure_numbers(piece.grid) for piece in pieces)
        length = int(np.sum(self.steps + silence)) + silence
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
        self.struck_bits, self.held_bits = packed(self.struck), packed(self.held)

    def compare(
        self, grid: Grid, *, new: NDArray[np.bool_] | None = None, min_notes: int = MIN_NOTES
    ) -> Originality:
        """How much of a result stands in the pieces.

        A note is a pitch struck in a step; two voices that strike one key strike one note. For the share a
        note stands in a piece when it is struck there, at its distance from the window's start; what else
        sounds there does not matter, so a window of a piece with notes taken out counts as copied in full.
        For the run every new note must be struck in the piece, and held there as long as in the result (at
        the run's edges a note may be cut); a step in which nothing new sounds ends it.

        grid: of any number of voices.
        new: (T, V) bool, True where the cells are not the composer's own; None: everywhere.
        min_notes: a window with fewer new notes is passed over.
        Of equal findings the earliest in the result counts, then the nearest transposition, then the piece
        that comes first.
        """
        frames = new_frames(grid.cells, new)
        return Originality(self._closest(grid, frames, min_notes), self._longest_run(grid, frames))

    def shares(self, grids: Sequence[Grid], *, min_notes: int = MIN_NOTES) -> list[CopiedPassage | None]:
        """What ``compare`` finds closest for each of many results, without their runs: in half the time."""
        return [self._closest(grid, new_frames(grid.cells, None), min_notes) for grid in grids]

    def _closest(self, grid: Grid, frames: list[NoteFrame], min_notes: int) -> CopiedPassage | None:
        """The window with the highest share, each compared with every place of every piece at once.

        ``found[row, column]`` counts the window's notes that stand in the pieces when step 0 of the result
        is laid on step ``column - T`` of the library. The next window only adds and takes away a few notes.
        """
        steps, length = grid.steps, self.struck.shape[1]
        windows = note_windows(frames, self.window)
        most = max(len(notes) for notes in windows.values())
        found = np.zeros((TRANSPOSITIONS, length + steps), dtype=np.min_scalar_type(most))
        best, among = Peak(0, 0, 0, 0), 1
        inside: set[StepNote] = set()
        for start, notes in windows.items():
            for change, changed in ((np.subtract, inside - notes), (np.add, notes - inside)):
                for step, pitch in changed:
                    rows, keys = overlap(pitch - self.lowest - OCTAVE, TRANSPOSITIONS, len(self.struck))
                    place = found[rows, steps - step : steps - step + length]
                    change(place, self.struck[keys], out=place)
            inside = notes
            most = int(found.max()) if len(notes) >= min_notes else 0
            if most * among > best.notes * len(notes):
                best, among = Peak(most, *nearest_transposition(found == most), start), len(notes)
        if not best.notes:
            return None
        end = min(best.step + self.window, steps)
        first = best.column - steps + best.step  # step of the library under the window's first
        return self._copied(grid, best.step, end, best.notes, among, first, best.row - OCTAVE)

    def _longest_run(self, grid: Grid, frames: list[NoteFrame]) -> CopiedPassage | None:
        """The most notes in a row that a piece has exactly so.

        First, for each step of the result, where the longest run begins that ends there; then the step whose
        run has the most notes; then the places that have it.
        """
        notes = np.cumsum([0, *(len(frame.struck) for frame in frames)])  # struck before each step
        if not notes[-1]:
            return None
        everything, blocks = range(len(frames)), self._blocks(len(frames))
        began = [run_starts(self._agreement(frames, everything, block)) for block in blocks]
        most = notes[1:] - notes[np.min(began, axis=0)]
        last = int(most.argmax())
        if not most[last]:
            return None
        # A run that begins with notes only held has no more notes than one that begins behind them.
        first = int(np.searchsorted(notes, notes[last + 1] - most[last], side="right")) - 1
        places = np.zeros((TRANSPOSITIONS, blocks[-1].stop), dtype=np.uint8)
        for block, starts in zip(blocks, began, strict=True):
            if starts[last] <= first:
                agreement = self._agreement(frames, range(first, last + 1), block)
                places[:, block] = np.bitwise_and.reduce(agreement)
        row, place = nearest_transposition(np.unpackbits(places, axis=1) == 1)
        peak = Peak(int(most[last]), row, place - BYTE * bytes_before(len(frames)) + last, last)
        start, end = self._extent(frames, peak)
        step = peak.column - peak.step + start
        return self._copied(grid, start, end, peak.notes, peak.notes, step, row - OCTAVE)

    def _blocks(self, steps: int) -> list[slice]:
        """The places where a result may lie, in bytes; the first lets its last step lie on step 0."""
        end = bytes_before(steps) + self.struck_bits.shape[2]
        size = max(SEARCH_BYTES // (TRANSPOSITIONS * steps), 1)
        return [slice(start, min(start + size, end)) for start in range(0, end, size)]

    def _agreement(self, frames: list[NoteFrame], steps: range, block: slice) -> Bits:
        """(steps, transpositions, bytes) a bit is 1 where the library has what is new in that step.

        The bits of all steps stand for the same places: those on which step 0 of the result would lie.
        """
        size = block.stop - block.start
        agreement = np.zeros((len(steps), TRANSPOSITIONS, size), dtype=np.uint8)
        for agrees, step in zip(agreement, steps, strict=True):
            frame = frames[step]
            if frame.struck or frame.held:
                late, shift = divmod(step, BYTE)
                first = block.start - bytes_before(len(frames)) + late
                here, there = overlap(first, size, self.struck_bits.shape[2])
                rows, bits = self._same(frame, shift, there)
                agrees[rows, here] = bits
        return agreement

    def _same(self, frame: NoteFrame, shift: int, part: slice) -> tuple[slice, Bits]:
        """(transpositions at which the library has a key for each pitch of a frame, where they sound so)."""
        sounding = [(self.struck_bits, pitch - self.lowest) for pitch in frame.struck]
        sounding += [(self.held_bits, pitch - self.lowest) for pitch in frame.held]
        keys = [key for _, key in sounding]
        down = max(-OCTAVE, -min(keys))
        up = max(min(OCTAVE, len(self.struck) - 1 - max(keys)), down - 1)
        found = np.full((up - down + 1, part.stop - part.start), 255, dtype=np.uint8)
        for bits, key in sounding:
            found &= bits[shift, key + down : key + up + 1, part]
        return slice(down + OCTAVE, up + OCTAVE + 1), found

    def _extent(self, frames: list[NoteFrame], peak: Peak) -> tuple[int, int]:
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
    ) -> CopiedPassage:
        """The finding that steps [start, end) of a result lie on step ``place`` of the library.

        A window may begin in the silence before a piece; the piece's first step is named then.
        """
        index = min(int(np.searchsorted(self.starts + self.steps, place, side="right")), len(self.names) - 1)
        step = max(place - int(self.starts[index]), 0)
        there, here = self.measures[index], measure_numbers(grid)
        return CopiedPassage(
            start=start,
            end=end,
            quarters=grid.edges[end] - grid.edges[start],
            measures=None if here is None else (str(here[start]), str(here[end - 1])),
            notes=notes,
            among=among,
            piece=self.names[index],
            piece_step=step,
            piece_measure=None if there is None else int(there[min(step, len(there) - 1)]),
            transposition=transposition,
        )


def load_library(path: Path) -> Library:
    """All pieces of a corpus that lies beside the weights of the network that learned from them.

    Raises WeightsError where it is missing, damaged or of another version.
    """
    try:
        return Library(load_pieces(path))
    except FileError as exc:
        raise WeightsError(
            f"{short(path.name)}: the pieces that the network learned from cannot be read; "
            "put them back beside its weights, or install ripieno again"
        ) from exc


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


def new_frames(cells: Cells, new: NDArray[np.bool_] | None) -> list[NoteFrame]:
    """What is new in each of T steps."""
    if new is not None:
        assert new.shape == cells.shape
    struck, held = (
        part if new is None else np.where(new, part, REST).astype(part.dtype) for part in states(cells)
    )
    return [NoteFrame(distinct(a), distinct(b)) for a, b in zip(struck, held, strict=True)]


def note_windows(frames: list[NoteFrame], window: int) -> dict[int, set[StepNote]]:
    """The new notes of each window of T steps, by its first step; the last one ends with the last step."""
    notes = [(t, pitch) for t, frame in enumerate(frames) for pitch in frame.struck]
    last = max(len(frames) - window, 0)
    starts = sorted({*range(0, last + 1, HOP), last})
    return {a: set(notes[bisect_left(notes, (a,)) : bisect_left(notes, (a + window,))]) for a in starts}


def distinct(row: Cells) -> tuple[int, ...]:
    """The pitches of one step, lowest first, each once."""
    return tuple(sorted({int(p) for p in row if p != REST}))


def packed(roll: Roll) -> Bits:
    """(8, P, bytes): the roll in bits, and again from its second step on, its third and so on to its eighth.

    So a roll read from any step on is a slice of one of the eight.
    """
    bits = np.zeros((BYTE, len(roll), -(-roll.shape[1] // BYTE)), dtype=np.uint8)
    for shift in range(BYTE):
        shifted = np.packbits(roll[:, shift:], axis=1)
        bits[shift, :, : shifted.shape[1]] = shifted
    return bits


def bytes_before(steps: int) -> int:
    """How many bytes of places lie before the library, so that a result of so many steps fits into them."""
    return -(-steps // BYTE)


def overlap(first: int, size: int, length: int) -> tuple[slice, slice]:
    """What is common to ``size`` cells laid at ``first`` and to cells 0 to ``length``, counted in either."""
    start = min(max(first, 0), length)
    end = max(min(first + size, length), start)
    return slice(start - first, end - first), slice(start, end)


def run_starts(agreement: Bits) -> list[int]:
    """For each step, the first of the longest run that ends there in some place; the next one for no run.

    agreement: (T, ...) bits, each of them a place.

    When the end goes on, the start never goes back. The run is kept in two parts, divided at ``middle``:
    ``before`` ends with the places where all steps from the start up to there agree, then come those from the
    next step on; ``behind`` has those where all from the middle on do. So a further step takes a few
    operations, however long the run is.
    """
    found: list[int] = []
    before: list[Bits] = []
    middle, anywhere = 0, np.full_like(agreement[0], 255)
    behind = anywhere
    for step, agrees in enumerate(agreement):
        behind = behind & agrees
        while before and not (before[-1] & behind).max():  # on bytes max is faster than any
            before.pop()
        if not before and not behind.max():
            backwards = accumulate(agreement[middle : step + 1][::-1], np.bitwise_and)
            before = list(takewhile(np.max, backwards))
            middle, behind = step + 1, anywhere
        found.append(middle - len(before))
    return found


def nearest_transposition(hits: NDArray[np.bool_]) -> tuple[int, int]:
    """(row, column) of the hit with the nearest transposition, the higher of two, and then the earliest."""
    rows = np.flatnonzero(hits.any(axis=1))
    row = int(min(rows, key=lambda r: (abs(int(r) - OCTAVE), -int(r))))
    return row, int(hits[row].argmax())
