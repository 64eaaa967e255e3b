"""What guides a task beside its notes: the home key, the phrases and the style, as given or as found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import RequestError, number_text
from ripieno.grid import Grid, score_to_grid
from ripieno.score import STYLES, Key, Measure, Phrase, Score, Voice
from ripieno.theory.home_key import HomeKey, find_home_key
from ripieno.theory.keys import key_near, tonic_of
from ripieno.theory.phrases import find_phrases, phrases_to, points_of_notes

MeasurePlace = tuple[str, Fraction | None]  # a measure's printed number, a beat from 1; None: any in it
CHORALE, HYMN = STYLES
ROUNDED = Fraction(1, 1000)  # quarters: beats are told and given with a few digits, as 1.333


@dataclass(frozen=True, slots=True)
class Guidance:
    """What guides a task. ``None`` is not given, and found where it is needed (``found_in``).

    key: its mode is "major" or "minor". phrases: of the highest voice that has notes. style: of ``STYLES``.
    """

    key: Key | None = None
    phrases: tuple[Phrase, ...] | None = None
    style: str | None = None

    def found_in(self, score: Score, *, is_whole: bool = True) -> FoundGuidance:
        """The same with what is not given as it is found in a score. is_whole: see ``find_home_key``."""
        home = find_home_key(score, is_whole=is_whole) if self.key is None else HomeKey(self.key)
        phrases = find_phrases(score) if self.phrases is None else self.phrases
        return FoundGuidance(home, phrases, self.style or style_of(score))


@dataclass(frozen=True, slots=True)
class FoundGuidance:
    """A guidance that is complete."""

    home: HomeKey
    phrases: tuple[Phrase, ...]
    style: str

    @property
    def given(self) -> Guidance:
        """The same as if all of it had been given."""
        return Guidance(self.home.key, self.phrases, self.style)

    def moved(self, semitones: int) -> FoundGuidance:
        """The guidance for the same piece that many semitones higher."""
        return replace(self, home=HomeKey(moved_key(self.home.key, semitones), self.home.contradicts))

    def phrase_steps(self, grid: Grid) -> NDArray[np.bool_]:
        """(T,) True while the last note of a phrase sounds."""
        ends = np.zeros(grid.steps, dtype=np.bool_)
        for phrase in self.phrases:
            steps = grid.step_range(phrase.last, phrase.end)
            ends[steps.start : steps.stop] = True
        return ends


def moved_key(key: Key, semitones: int) -> Key:
    """The key that many semitones higher, spelled with as few accidentals as possible; octaves keep it."""
    mode = key.mode or "major"
    return key if semitones % 12 == 0 else key_near((tonic_of(key) + semitones) % 12, mode, 0)


def style_of(score: Score) -> str:
    """A chorale's where fermatas are written, else a hymn's."""
    return CHORALE if any(note.fermata for voice in score.voices for note in voice.notes) else HYMN


def phrases_ending_at(score: Score, places: Sequence[MeasurePlace]) -> tuple[Phrase, ...]:
    """The phrases of the highest voice that has notes, where a user says at which places they end.

    A place without a beat is the note of that measure that most looks like an end. Without any place the
    whole is one phrase. Raises RequestError for a place where no note sounds.
    """
    melody = next((voice for voice in score.voices if voice.notes), None)
    if melody is None:
        return ()
    points = points_of_notes(score_to_grid(Score((melody,), score.measures)), melody)
    return phrases_to(melody, {note_at(score, melody, place, points) for place in places})


def note_at(score: Score, melody: Voice, place: MeasurePlace, points: NDArray[np.float64]) -> int:
    """The index of the note at a place; see ``phrases_ending_at``."""
    number, beat = place
    measure = measure_numbered(score, number)
    inside = [
        i for i, note in enumerate(melody.notes) if note.onset < measure.end and note.end > measure.onset
    ]
    if beat is not None:
        time = time_of_beat(score, measure, beat) + ROUNDED
        inside = [i for i in inside if melody.notes[i].onset <= time < melody.notes[i].end]
    else:
        inside = [i for i in inside if melody.notes[i].onset >= measure.onset] or inside
    if not inside:
        where = f"measure {number}" if beat is None else f"measure {number}, beat {number_text(float(beat))}"
        raise RequestError(f"phrases: the melody rests in {where}; name the place of a phrase's last note")
    return max(inside, key=lambda i: points[i])


def measure_numbered(score: Score, number: str) -> Measure:
    """The first measure with a printed number. Raises RequestError."""
    found = next((m for m in score.measures if m.number == number), None)
    if found is None:
        first, last = score.measures[0].number, score.measures[-1].number
        raise RequestError(f"phrases: there is no measure {number}; the piece has measures {first} to {last}")
    return found


def time_of_beat(score: Score, measure: Measure, beat: Fraction) -> Fraction:
    """The time of a beat, in quarters; see ``Score.place``. Raises RequestError where there is none."""
    missing = max(measure.meter.length - measure.duration, Fraction(0)) if measure is score.measures[0] else 0
    time = measure.onset + (beat - 1) * measure.meter.beat - missing
    if not measure.onset <= time < measure.end:
        first = 1 + missing / measure.meter.beat
        last = -(-(missing + measure.duration) // measure.meter.beat)
        beats = f"beats {number_text(float(first))} to {number_text(float(last))}"
        raise RequestError(
            f"phrases: measure {measure.number} has no beat {number_text(float(beat))}; it has {beats}"
        )
    return time
