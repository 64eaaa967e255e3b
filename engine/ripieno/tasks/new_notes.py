"""New notes of a grid among the given ones of its score: cut where these sound, and spelled as these are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, REST, Cells, Grid, GridChords, column_notes, note_from_steps
from ripieno.models.generator import FilledGrid
from ripieno.models.masks import Mask
from ripieno.results import Result
from ripieno.score import Measure, Note, Score, Spelling, Voice, spelling_at
from ripieno.theory.ranges import parallels

# Called with new notes (index of the voice, note) that are final, each as soon as it has ended.
NotesCallback = Callable[[list[tuple[int, Note]]], None]


class NotesAmongGiven:
    """Makes results of drafts of a score: what stands there is looked at once for all of them."""

    def __init__(self, score: Score, grid: Grid, fixed: Mask) -> None:
        """grid: of the score. fixed: (T, V) the cells that are given."""
        self.score, self.fixed = score, fixed
        self.kept = [kept_notes(voice, grid, fixed[:, v]) for v, voice in enumerate(score.voices)]
        self.spellings = Spellings(score, grid.asked)

    def new_notes(self, voice: int, written: Sequence[Note]) -> tuple[Note, ...]:
        """Notes of a voice's column, cut so that the given ones fit between them, and spelled like those."""
        return new_notes(written, self.kept[voice], self.spellings)

    def result(self, draft: FilledGrid) -> Result:
        """A draft as a result: given notes as they were, new ones spelled and set around them."""
        grid = draft.grid
        steps = grid.steps if draft.steps is None else draft.steps
        voices: list[Voice] = []
        new: list[Voice] = []
        for v, voice in enumerate(self.score.voices):
            kept, free = self.kept[v], ~self.fixed[:steps, v]
            written = column_notes(grid, v) if free.any() else ()
            if not free.all() or steps < grid.steps:
                onsets = {grid.edges[t] for t in np.flatnonzero(free)}
                written = tuple(note for note in written if note.onset in onsets)
            fresh = self.new_notes(v, written)
            new.append(replace(voice, notes=fresh))
            together = sorted((*kept, *fresh), key=lambda n: n.onset)
            voices.append(replace(voice, notes=tuple(together)))
            assert set(kept) <= set(voices[-1].notes), "a given note changed"
        result = replace(self.score, voices=tuple(voices))
        until = None if steps == grid.steps else grid.edges[steps]
        return Result(result, tuple(new), draft.log_likelihood, parallels(grid.cells), until=until)


class NewNotesReporter:
    """Calls back with a draft's new notes while it is made: the very ones that its result has."""

    def __init__(self, among: NotesAmongGiven, grid: Grid, on_notes: NotesCallback) -> None:
        self.among, self.grid, self.on_notes = among, grid, on_notes
        # (step, pitch) of the new note that sounds in each voice
        self.sounding: list[tuple[int, int] | None] = [None] * len(among.score.voices)

    def step(self, step: int, cells: Cells) -> None:
        """Take the final cells, (1, V), of a step; a ``StepCallback``."""
        ended: list[tuple[int, Note]] = []
        for v, cell in enumerate(cells[0].tolist()):
            if cell != HOLD:
                ended += self.ended(v, step)
                is_new = cell != REST and not self.among.fixed[step, v]
                self.sounding[v] = (step, cell) if is_new else None
            if step == self.grid.steps - 1:
                ended += self.ended(v, step + 1)
        if ended:
            self.on_notes(sorted(ended, key=lambda pair: pair[1].onset))

    def ended(self, v: int, step: int) -> Iterator[tuple[int, Note]]:
        """The new note of a voice that has sounded until a step."""
        found, self.sounding[v] = self.sounding[v], None
        if found is not None:
            note = note_from_steps(self.grid, range(found[0], step), found[1])
            yield from ((v, new) for new in self.among.new_notes(v, [note]))


def new_notes(written: Sequence[Note], kept: Sequence[Note], spellings: Spellings) -> tuple[Note, ...]:
    """Notes of the grid, cut so that the given ones fit between them, and spelled like those."""
    return tuple(replace(n, spelling=spellings.of(n)) for n in set_around(written, kept))


def kept_notes(voice: Voice, grid: Grid, fixed: NDArray[np.bool_]) -> tuple[Note, ...]:
    """The given notes of a voice: those that start in a fixed cell."""
    return tuple(n for n, t in zip(voice.notes, onset_steps(voice, grid), strict=True) if fixed[t])


def onset_steps(voice: Voice, grid: Grid) -> NDArray[np.int64]:
    """The step within which each note starts; its cell may be the next one, where that is nearer."""
    if not voice.notes:
        return np.zeros(0, dtype=np.int64)
    edges = np.array([float(t) for t in grid.edges[:-1]])
    return np.searchsorted(edges, [float(n.onset) + 1e-9 for n in voice.notes]) - 1


def set_around(new: Sequence[Note], kept: Sequence[Note]) -> Iterator[Note]:
    """The new notes, cut where a given note of the same voice sounds between two steps."""
    for note in new:
        if not kept:
            yield note
            continue
        onset = max([note.onset, *(k.end for k in kept if k.onset <= note.onset < k.end)])
        end = min([note.end, *(k.onset for k in kept if onset <= k.onset < note.end)])
        if onset < end:
            yield replace(note, onset=onset, duration=end - onset)


class Spellings:
    """How new notes of a score are spelled: as the chord that is asked for, as a given note, as the key says.

    Given notes are those in the same measure.
    """

    def __init__(self, score: Score, asked: GridChords | None) -> None:
        self.score, self.chords = score, () if asked is None else asked.chords
        self.of_measures: dict[Fraction, dict[int, Spelling]] = {}  # by onset, then by pitch class

    def of(self, note: Note) -> Spelling:
        """The spelling of a note."""
        for chord in self.chords:
            for tone in chord.spelled if chord.onset <= note.onset < chord.end else ():
                if tone.pitch_class == note.pitch % 12:
                    return spelling_at(tone.fifths, note.pitch)
        measure = self.score.measure_at(note.onset)
        given = self.of_measures.get(measure.onset)
        if given is None:
            given = self.of_measures[measure.onset] = self.given_in(measure)
        like = given.get(note.pitch % 12)
        if like is None:
            return measure.key.spell(note.pitch)
        return replace(like, octave=like.octave + (note.pitch - like.pitch) // 12)

    def given_in(self, measure: Measure) -> dict[int, Spelling]:
        """The spelling of each pitch class that is given in a measure: the first of the highest voice."""
        found: dict[int, Spelling] = {}
        for voice in self.score.voices:
            for note in voice.between(measure.onset, measure.end):
                if note.spelling is not None:
                    found.setdefault(note.pitch % 12, note.spelling)
        return found
