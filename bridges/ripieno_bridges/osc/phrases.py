"""Keys as they are played -> the phrase that is to be answered, and at which barline the answer begins."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from ripieno.errors import RequestError
from ripieno.score import SIXTEENTH, Meter
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.formats.note_lists import FlatNote

MAX_PLAYED = 2000  # notes, since the last answer
JITTER = Fraction(1, 4)  # of a quarter; a song position that goes back further has been moved


class OscPhrase(NamedTuple):
    """What was played, from the barline before it on.

    notes: at sixteenths, from time 0. length: up to the barline where the answer can begin.
    begin, answer: the song positions of those two barlines.
    """

    notes: list[FlatNote]
    length: Fraction
    begin: Fraction
    answer: Fraction


class Keyboard:
    """The keys that are held, and the notes that were let go since the last answer."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Fraction, int]] = {}  # pitch -> since when, how loud
        self._played: list[FlatNote] = []
        self._now = Fraction(0)

    def __len__(self) -> int:
        return len(self._played) + len(self._held)

    def play(self, pitch: int, velocity: int, time: float) -> None:
        """Press a key, or let it go where the velocity is 0. time: the song position in quarters.

        Where the song position goes back, the player has begun anew, and what was played before is
        forgotten. Raises RequestError.
        """
        if not 0 <= pitch <= 127:
            raise RequestError(f"there is no pitch {pitch}; pitches are MIDI numbers, 0 to 127")
        moment = beats(time)
        self._move_to(moment)
        self._let_go(pitch, moment)
        if velocity <= 0:
            return
        if len(self) >= MAX_PLAYED:
            raise RequestError(f"{MAX_PLAYED} notes wait for an answer; ask for it, or clear them")
        self._held[pitch] = (moment, velocity)

    def take(self, time: float) -> list[FlatNote]:
        """What was played up to ``time``, and forget it; keys that are still down end there."""
        moment = beats(time)
        self._move_to(moment)
        for pitch in list(self._held):
            self._let_go(pitch, moment)
        played, self._played = self._played, []
        return played

    def _move_to(self, moment: Fraction) -> None:
        if moment < self._now - JITTER:
            self._held.clear()
            self._played.clear()
        self._now = moment

    def _let_go(self, pitch: int, moment: Fraction) -> None:
        if pitch in self._held:
            start, velocity = self._held.pop(pitch)
            duration = max(moment - start, SIXTEENTH)
            self._played.append(FlatNote(0, pitch, start, duration, velocity))


def phrase(
    played: Sequence[FlatNote], time: float, meter: Meter, *, anacrusis: Fraction, one_line: bool
) -> OscPhrase:
    """What was played up to ``time``, as a network can read it. Raises RequestError where that is nothing.

    anacrusis: where the song has its first barline. one_line: for a choir, where one voice is played: of keys
    that are pressed together the highest.
    """
    if not played:
        raise RequestError("nothing was played since the last answer; send /ripieno/play first")
    measure = meter.length

    def measures_to(moment: Fraction) -> int:
        return floor((moment - anacrusis) / measure)

    answer = anacrusis + (measures_to(beats(time)) + 1) * measure
    notes = [at_sixteenths(note, answer) for note in played]
    begin = anacrusis + measures_to(min(note.start for note in notes)) * measure
    found: dict[Hashable, FlatNote] = {}
    for note in sorted(notes, key=lambda note: (note.start, note.pitch, note.duration)):
        found[note.start if one_line else (note.start, note.pitch)] = note
    line = [note._replace(start=note.start - begin) for note in found.values()]
    return OscPhrase(line, answer - begin, begin, answer)


def at_sixteenths(note: FlatNote, end: Fraction) -> FlatNote:
    """The note on the nearest sixteenths before ``end``, at least one of them long."""
    start = min(nearest(note.start), end - SIXTEENTH)
    stop = min(nearest(note.start + note.duration), end)
    return note._replace(start=start, duration=max(stop - start, SIXTEENTH))


def nearest(moment: Fraction) -> Fraction:
    """The nearest sixteenth."""
    return round(moment / SIXTEENTH) * SIXTEENTH
