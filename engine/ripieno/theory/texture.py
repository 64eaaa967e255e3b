"""A score moment by moment: the note of every voice whenever a note begins or ends.

The voice-leading rules read this: which voices move from one moment to the next, and their intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.ensembles.ensemble import Ranges
from ripieno.grid import NO_KEY, REST, Cells, Grid, column_notes
from ripieno.score import VOICE_NAMES, Key, Note, Score, spelling_at
from ripieno.theory.keys import signature_on
from ripieno.theory.ranges import CHOIR_RANGES

NO_NOTE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """R moments of V voices, highest first; the voices have at least one note, and each note a spelling.

    names: of the V voices. lines: their notes. onsets: R times in quarters, every beginning and end.
    notes: (R, V), which note of its line sounds, or NO_NOTE. pitches: (R, V), its pitch, or REST.
    fermata: (R,) bool, True while a note under a fermata sounds.
    tonics: (R,) int8, the pitch class of the key signature's major tonic.
    ranges: (lowest, highest) MIDI pitch of the voices of a choir, by name.
    """

    names: tuple[str, ...]
    lines: tuple[tuple[Note, ...], ...]
    onsets: tuple[Fraction, ...]
    notes: NDArray[np.int32]
    pitches: Cells
    fermata: NDArray[np.bool_]
    tonics: NDArray[np.int8]
    ranges: Ranges = field(default_factory=lambda: CHOIR_RANGES)

    def note(self, row: int, voice: int) -> Note:
        """The note that sounds in a voice at a row; there must be one."""
        return self.lines[voice][int(self.notes[row, voice])]

    def phrase_starts(self) -> NDArray[np.bool_]:
        """(R,) bool: the moments right after a fermata; the rules do not compare them with the one before."""
        starts = np.zeros(len(self.onsets), dtype=np.bool_)
        starts[1:] = self.fermata[:-1] & ~self.fermata[1:]
        return starts

    def phrase_ends(self) -> list[int]:
        """The rows at which a phrase's last chord begins: under a fermata, before a silence, at the end."""
        silent = (self.pitches == REST).all(1)
        rows = [r for r in range(1, len(self.onsets)) if self.fermata[r] and not self.fermata[r - 1]]
        for r in range(len(self.onsets)):
            last = r + 1 == len(self.onsets) or silent[r + 1]
            if last and not silent[r] and not self.fermata[r]:
                rows.append(r)
        return sorted(rows)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that breaks a rule: its time in quarters, its voices (texture columns), and a sentence."""

    onset: Fraction
    voices: tuple[int, ...]
    sentence: str


def score_texture(score: Score) -> Texture:
    """The texture of a score's voices that have notes."""
    voices = [v for v in score.voices if v.notes]
    return build_texture(
        [v.name for v in voices], [v.notes for v in voices], lambda t: score.measure_at(t).key
    )


def grid_texture(grid: Grid) -> Texture:
    """The texture of a grid's columns that have notes, named as the voices of a choir."""
    tonics = grid.tonic.tolist()
    columns = [column_notes(grid, v) for v in range(grid.cells.shape[1])]
    sung = [(name, notes) for name, notes in zip(VOICE_NAMES, columns, strict=False) if notes]

    step_at = {time: step for step, time in enumerate(grid.edges)}
    keys = {tonic: Key() if tonic == NO_KEY else signature_on(tonic) for tonic in set(tonics)}

    def key_at(time: Fraction) -> Key:
        return keys[tonics[step_at[time]]]

    return build_texture([name for name, _ in sung], [notes for _, notes in sung], key_at)


def build_texture(
    names: Sequence[str], lines: Sequence[Sequence[Note]], key_at: Callable[[Fraction], Key]
) -> Texture:
    """The texture of some lines of notes. key_at: the key at a time, to spell notes without a spelling."""
    spelled = tuple(spell(line, key_at) for line in lines)
    times = sorted({t for line in spelled for n in line for t in (n.onset, n.end)})
    row_at = {time: row for row, time in enumerate(times)}
    rows = max(len(times) - 1, 0)  # the last time is the end of the last note
    notes = np.full((rows, len(spelled)), NO_NOTE, dtype=np.int32)
    pitches = np.full((rows, len(spelled)), REST, dtype=np.int16)
    fermata = np.zeros(rows, dtype=np.bool_)
    tonics = np.array([7 * key_at(time).fifths % 12 for time in times[:rows]], dtype=np.int8)
    for v, line in enumerate(spelled):
        for index, note in enumerate(line):
            span = slice(row_at[note.onset], row_at[note.end])
            notes[span, v], pitches[span, v] = index, note.pitch
            fermata[span] |= note.fermata
    return Texture(tuple(names), spelled, tuple(times[:rows]), notes, pitches, fermata, tonics)


def spell(line: Sequence[Note], key_at: Callable[[Fraction], Key]) -> tuple[Note, ...]:
    """The line with every note spelled: as given, or by the key.

    A note outside the key's scale that rises a semitone is spelled as a leading note: in G minor C# before D,
    not Db. Without that, half of a singer's diminished fifths would look like augmented fourths.
    """
    spelled: list[Note] = []
    for note, after in zip(line, [*line[1:], None], strict=True):
        if note.spelling is not None:
            spelled.append(note)
            continue
        key = key_at(note.onset)
        spelling = key.spell(note.pitch)
        chromatic = not -1 <= spelling.fifths - key.fifths <= 5
        if chromatic and after is not None and after.pitch == note.pitch + 1:
            above = after.spelling or key_at(after.onset).spell(after.pitch)
            if above.fifths < 7:  # no double sharps
                spelling = spelling_at(above.fifths + 5, note.pitch)
        spelled.append(replace(note, spelling=spelling))
    return tuple(spelled)


def consecutive_notes(line: Sequence[Note]) -> list[tuple[Note, Note]]:
    """The pairs of notes of a line that follow each other without a rest, inside a phrase."""
    return [(a, b) for a, b in pairwise(line) if a.end == b.onset and not a.fermata]


def capitalize_first(name: str) -> str:
    """A voice's name with an upper-case first letter; unlike ``str.capitalize`` it keeps the others."""
    return name[:1].upper() + name[1:]
