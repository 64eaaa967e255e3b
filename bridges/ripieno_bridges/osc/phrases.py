"""Keys played by OSC -> the phrase to answer, and the barline at which the answer begins."""

# Unlike midi_ports.phrases: the host sends song positions and asks for the answer, so notes go to its own
# sixteenths and barlines. There, seconds and a pulse say where a phrase ends, with legato and triplets.

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from ripieno.errors import RequestError
from ripieno.score import SIXTEENTH, Meter
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.formats.note_lists import FlatNote

MAX_PLAYED = 2000  # notes since the last answer
JITTER = Fraction(1, 4)  # of a quarter; where the song position goes back further, the song was moved


class OscPhrase(NamedTuple):
    """The notes played, from the barline before them to the barline at which the answer can begin.

    notes: on sixteenths, counted from the first of these barlines. length: of the phrase, in quarters.
    begin, answer: the song positions of the two barlines.
    """

    notes: list[FlatNote]
    length: Fraction
    begin: Fraction
    answer: Fraction


class Keyboard:
    """The keys that are held down, and the notes that have ended since the last answer."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Fraction, int]] = {}  # pitch -> (start, velocity)
        self._played: list[FlatNote] = []
        self._now = Fraction(0)

    def __len__(self) -> int:
        return len(self._played) + len(self._held)

    def play(self, pitch: int, velocity: int, time: float) -> None:
        """Press a key, or release it where the velocity is 0. time: the song position in quarters.

        A song position that goes back means that the player starts again: the notes before are dropped.
        Raises RequestError.
        """
        if not 0 <= pitch <= 127:
            raise RequestError(f"there is no pitch {pitch}; pitches are MIDI numbers, 0 to 127")
        moment = beats(time)
        self._move_to(moment)
        self._release(pitch, moment)
        if velocity <= 0:
            return
        if len(self) >= MAX_PLAYED:
            raise RequestError(f"{MAX_PLAYED} notes wait for an answer; ask for it, or clear them")
        self._held[pitch] = (moment, velocity)

    def take(self, time: float) -> list[FlatNote]:
        """Remove and return the notes played up to ``time``; keys that are still held end there."""
        moment = beats(time)
        self._move_to(moment)
        for pitch in list(self._held):
            self._release(pitch, moment)
        played, self._played = self._played, []
        return played

    def _move_to(self, moment: Fraction) -> None:
        if moment < self._now - JITTER:
            self._held.clear()
            self._played.clear()
        self._now = moment

    def _release(self, pitch: int, moment: Fraction) -> None:
        if pitch in self._held:
            start, velocity = self._held.pop(pitch)
            duration = max(moment - start, SIXTEENTH)
            self._played.append(FlatNote(0, pitch, start, duration, velocity))


def build_phrase(
    played: Sequence[FlatNote], time: float, meter: Meter, *, anacrusis: Fraction, one_line: bool
) -> OscPhrase:
    """Put the notes played up to ``time`` on sixteenths, between barlines. Raises RequestError for no notes.

    anacrusis: the song position of the first barline. one_line: keep one melody, for a choir: of notes that
    begin together only the highest.
    """
    if not played:
        raise RequestError("nothing was played since the last answer; send /ripieno/play first")
    measure = meter.length

    def measure_at(moment: Fraction) -> int:
        return floor((moment - anacrusis) / measure)

    answer = anacrusis + (measure_at(beats(time)) + 1) * measure
    notes = [to_sixteenths(note, answer) for note in played]
    begin = anacrusis + measure_at(min(note.start for note in notes)) * measure
    kept: dict[Hashable, FlatNote] = {}  # sorted, so the highest and longest of those that share a key stays
    for note in sorted(notes, key=lambda note: (note.start, note.pitch, note.duration)):
        kept[note.start if one_line else (note.start, note.pitch)] = note
    shifted = [note._replace(start=note.start - begin) for note in kept.values()]
    return OscPhrase(shifted, answer - begin, begin, answer)


def to_sixteenths(note: FlatNote, end: Fraction) -> FlatNote:
    """Move the note to the nearest sixteenths before ``end``; it stays at least one sixteenth long."""
    start = min(nearest_sixteenth(note.start), end - SIXTEENTH)
    stop = min(nearest_sixteenth(note.start + note.duration), end)
    return note._replace(start=start, duration=max(stop - start, SIXTEENTH))


def nearest_sixteenth(moment: Fraction) -> Fraction:
    """The nearest sixteenth."""
    return round(moment / SIXTEENTH) * SIXTEENTH
