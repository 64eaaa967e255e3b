"""The notes of a channel of a track as one line: played legato, or the outer notes of chords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from ripieno_bridges.formats.midi.tracks import TickNote
from ripieno_bridges.formats.outer_line import TOGETHER, chords, outer_line

LEGATO = Fraction(1, 4)  # of a quarter: how far a note may reach into the next and be one line with it
SHORT_LEGATO = Fraction(1, 8)  # the same for notes that begin almost together
MAX_NOTES_A_QUARTER = 32  # of a line; a harp's glissando has fewer


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One line of a channel's notes.

    played: its notes as they are in the file. groups: all notes of the channel; each group is those that
    begin together. chords: the ticks at which several sound at once. legato: how many notes of the line reach
    into the next by a sixteenth at most.
    """

    played: tuple[TickNote, ...]
    groups: tuple[tuple[TickNote, ...], ...]
    chords: tuple[int, ...] = ()
    legato: int = 0

    @property
    def notes(self) -> list[TickNote]:
        """The line's notes; each ends where the next begins, if not before."""
        ends = [note.onset_tick for note in self.played[1:]]
        cut = [
            note if note.end_tick <= end else replace(note, end_tick=end)
            for note, end in zip(self.played, ends, strict=False)
        ]
        return [*cut, *self.played[-1:]]

    @property
    def others(self) -> list[tuple[TickNote, int]]:
        """(note, tick) for the channel's notes that are not in the line, each with the onset of its chord."""
        own = set(map(id, self.played))
        found = []
        for group in self.groups:
            onset = next((note for note in group if id(note) in own), group[0]).onset_tick
            found += [(note, onset) for note in group if id(note) not in own]
        return found

    def crowded(self, ticks: int) -> TickNote | None:
        """The first note with so many behind it within a quarter that nobody sings or writes them."""
        for note, later in zip(self.played, self.played[MAX_NOTES_A_QUARTER:], strict=False):
            if later.onset_tick - note.onset_tick < ticks:
                return note
        return None


def channel_line(notes: Sequence[TickNote], ticks: int, *, lowest: bool = False) -> ChannelLine:
    """A channel's top line; lowest: its bottom line. ticks: a quarter."""
    if all(is_legato(note, later, ticks) for note, later in pairwise(notes)):
        legato = sum(note.end_tick > later.onset_tick for note, later in pairwise(notes))
        return ChannelLine(tuple(notes), tuple((note,) for note in notes), legato=legato)
    line = outer_line(notes, lowest=lowest, quarter=ticks)
    groups = list(chords(notes, ticks))
    own, reach = set(map(id, line)), LEGATO * ticks
    several = [group[0].onset_tick for group in groups if any(id(note) not in own for note in group)]
    overlaps = [(note.end_tick - later.onset_tick, later.onset_tick) for note, later in pairwise(line)]
    several += [tick for overlap, tick in overlaps if overlap > reach]
    legato = sum(0 < overlap <= reach for overlap, _ in overlaps)
    return ChannelLine(tuple(line), tuple(map(tuple, groups)), tuple(sorted(set(several))), legato)


def is_legato(note: TickNote, later: TickNote, ticks: int) -> bool:
    """Whether two notes follow each other in one line, though the first may reach into the second."""
    distance, overlap = later.onset_tick - note.onset_tick, note.end_tick - later.onset_tick
    reach = LEGATO if distance >= TOGETHER * ticks else SHORT_LEGATO
    return distance > 0 and overlap <= reach * ticks
