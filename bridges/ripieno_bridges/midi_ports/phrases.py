"""Keys played on a MIDI port -> a phrase in measures -> when to play the notes of its answer.

Every key comes with its time: nothing here reads a clock. A ``Pulse`` converts the caller's seconds to beats,
which are quarters.
"""

# Unlike osc.phrases: here seconds and a pulse come in, and a pause ends the phrase, so chords, legato, rests
# and triplets are found from them. There, the host sends song positions and asks for the answer itself.

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from ripieno.errors import RequestError
from ripieno.piano.hands import LEFT, RIGHT, hand_of
from ripieno.results import Result
from ripieno.score import SIXTEENTH, Key, Meter, Note, Score, Voice, transpose
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.formats.quantize import quantized

CLOCKS = 24  # MIDI clock messages in a quarter
GAP_SECONDS = 0.5  # a longer gap between clock messages means that the clock was stopped
MIN_QPM, MAX_QPM = 10.0, 500.0
CHORD_SECONDS = 0.05  # keys pressed within this time are meant to sound together
LEGATO = 0.5  # beats; a shorter gap between two notes is not a rest
MIN_DURATION = Fraction(1, 96)
MAX_MEASURES = 64  # of a phrase
MAX_STROKES = 1000  # in a phrase
OCTAVE = 12


# -- time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pulse:
    """A steady tempo, with one moment known both in seconds and in beats."""

    qpm: float
    seconds: float = 0.0
    beat: float = 0.0

    def beat_at(self, seconds: float) -> float:
        """The beat at this time."""
        return self.beat + (seconds - self.seconds) * self.qpm / 60

    def seconds_at(self, beat: float) -> float:
        """The time of this beat."""
        return self.seconds + (beat - self.beat) * 60 / self.qpm


class ClockFollower:
    """Follows a MIDI clock. numbered: the song's start has come, so its measures begin at beat 0.

    pulse: the given one until clock messages come, then theirs, averaged over a quarter.
    """

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.numbered = False
        self._clock_seconds: deque[float] = deque(maxlen=CLOCKS + 1)  # of the last clock messages
        self._position = -1  # of the last clock message, counted from the song's start

    def start(self, seconds: float, sixteenth: int = 0) -> None:
        """Start or move the song: the next clock message is at this sixteenth of it."""
        self.numbered = True
        self._clock_seconds.clear()
        self._position = sixteenth * CLOCKS // 4 - 1
        self.pulse = replace(self.pulse, seconds=seconds, beat=sixteenth / 4)

    def clock(self, seconds: float) -> None:
        """Take a clock message that came at this time."""
        if self._clock_seconds and seconds - self._clock_seconds[-1] > GAP_SECONDS:
            self._clock_seconds.clear()
        self._clock_seconds.append(seconds)
        self._position += 1
        count = len(self._clock_seconds)
        span = self._clock_seconds[-1] - self._clock_seconds[0]
        qpm = 60 * (count - 1) / CLOCKS / span if span > 0 else 0.0
        if not MIN_QPM <= qpm <= MAX_QPM:
            qpm = self.pulse.qpm
        middle = self._position - (count - 1) / 2
        self.pulse = Pulse(qpm, sum(self._clock_seconds) / count, middle / CLOCKS)


# -- keys --------------------------------------------------------------------------------------------------


class Stroke(NamedTuple):
    """A key that was pressed and released. start, end: in beats."""

    pitch: int
    velocity: int
    start: float
    end: float


class Recorder:
    """Records the keys of a phrase, which ends after a pause or when it gets too long.

    pause: beats of silence. longest: beats. A key is (channel, pitch); releasing one that is not held does
    nothing.
    """

    def __init__(self, *, pause: float, longest: float) -> None:
        self._pause, self._longest = pause, longest
        self._strokes: list[Stroke] = []
        self._held: dict[tuple[int, int], tuple[int, float]] = {}  # key -> (velocity, start)
        self._begun = self._quiet_since = 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing was played since the last phrase."""
        return not self._strokes and not self._held

    def press(self, key: tuple[int, int], velocity: int, beat: float) -> None:
        """Press a key; where it is held already, that note ends."""
        if self.empty:
            self._begun = beat
        self.release(key, beat)
        self._held[key] = (velocity, beat)

    def release(self, key: tuple[int, int], beat: float) -> None:
        """Release a key."""
        if key in self._held:
            velocity, start = self._held.pop(key)
            self._strokes.append(Stroke(key[1], velocity, start, beat))
            self._quiet_since = beat

    @property
    def over_at(self) -> float | None:
        """The beat at which the phrase ends if nothing else happens; None where none has begun."""
        if self.empty:
            return None
        if len(self._strokes) >= MAX_STROKES:
            return self._begun
        latest = self._begun + self._longest
        return latest if self._held else min(self._quiet_since + self._pause, latest)

    def take(self, beat: float) -> tuple[Stroke, ...]:
        """Remove and return the phrase in order of time; keys that are still held end at this beat."""
        for key in list(self._held):
            self.release(key, beat)
        strokes, self._strokes = self._strokes, []
        return tuple(sorted(strokes, key=lambda stroke: (stroke.start, -stroke.pitch)))


# -- phrases -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhraseFrame:
    """The meter, key and pickup that are known before a note is played. key: None where it is unknown."""

    meter: Meter = Meter()
    key: Key | None = None
    anacrusis: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class PlayedPhrase:
    """A phrase that was played, as the soprano of a choir score.

    begin: the beat of the pulse at which the score starts. velocity: the mean. left_out: how many notes were
    left out to make one line. octaves: by how many it was moved up.
    """

    score: Score
    begin: float
    velocity: int
    left_out: int
    octaves: int = 0

    @property
    def notes(self) -> tuple[Note, ...]:
        """The melody."""
        return self.score.voices[0].notes

    @property
    def bars(self) -> int:
        """How many full measures the phrase has, at least one."""
        return max(1, sum(m.duration == m.meter.length for m in self.score.measures))

    def barline_from(self, beat: float) -> float:
        """The first barline at this beat of the pulse or after it."""
        first = self.begin + float(self.score.anacrusis)
        length = float(self.score.measures[-1].meter.length)
        return first + length * ceil((beat - first) / length - 1e-9)


def build_phrase(
    strokes: Sequence[Stroke], frame: PhraseFrame, *, qpm: float, numbered: bool
) -> PlayedPhrase:
    """Build the phrase of at least one stroke, on the sixteenths or triplets of the beat.

    numbered: measures begin at beat 0 of the pulse; otherwise the phrase begins with the first note.
    """
    line = melody(strokes, together=CHORD_SECONDS * qpm / 60)
    begin = line[0].start
    if numbered:  # a first note just before a barline belongs to the measure after it
        length = float(frame.meter.length)
        begin = length * floor((begin + float(SIXTEENTH) / 2) / length)
    notes = to_flat_notes(join_legato(line), begin, frame.meter)
    score = choir_score(notes, meter=frame.meter, key=frame.key, anacrusis=frame.anacrusis)
    velocity = round(sum(stroke.velocity for stroke in line) / len(line))
    return PlayedPhrase(quantized(score)[0], begin, velocity, len(strokes) - len(line))


def melody(strokes: Sequence[Stroke], *, together: float) -> list[Stroke]:
    """The skyline: of strokes that begin together the highest, and none that is mostly below a higher one.

    strokes: in order of time. together: how many beats apart strokes may begin together.
    """

    def covers(higher: Stroke, stroke: Stroke) -> bool:
        if abs(higher.start - stroke.start) <= together:
            return (higher.pitch, higher.start, higher.end) > (stroke.pitch, stroke.start, stroke.end)
        under = min(higher.end, stroke.end) - max(higher.start, stroke.start)
        return higher.pitch > stroke.pitch and under > (stroke.end - stroke.start) / 2

    different = list(dict.fromkeys(strokes))
    return [stroke for stroke in different if not any(covers(other, stroke) for other in different)]


def join_legato(line: Sequence[Stroke]) -> list[Stroke]:
    """The line with each note prolonged up to the next one, where the gap between them is short."""
    held = [
        stroke._replace(end=following.start) if following.start - stroke.end < LEGATO else stroke
        for stroke, following in pairwise(line)
    ]
    return [*held, line[-1]]


def to_flat_notes(line: Sequence[Stroke], begin: float, meter: Meter) -> list[FlatNote]:
    """The strokes as soprano notes, counted from ``begin``; the last one ends on a beat of the meter."""
    notes: list[FlatNote] = []
    earliest = Fraction(0)
    for stroke in line:
        start = max(beats(stroke.start - begin), earliest)
        end = max(beats(stroke.end - begin), start + MIN_DURATION)
        notes.append(FlatNote(0, stroke.pitch, start, end - start, stroke.velocity))
        earliest = start + MIN_DURATION
    unit = Fraction(4, max(meter.denominator, 4))
    *before, last = notes
    struck = round(last.start / SIXTEENTH) * SIXTEENTH
    end = max(round((last.start + last.duration) / unit), struck // unit + 1) * unit
    return [*before, last._replace(duration=end - last.start)]


def shift_into_soprano_range(phrase: PlayedPhrase) -> PlayedPhrase:
    """Move the phrase into the soprano's range, by as few octaves as possible.

    Raises RequestError where it spans more than the range of one voice.
    """
    from ripieno.theory.ranges import GIVEN_RANGES

    low, high = GIVEN_RANGES["soprano"]
    lowest, highest = (choice(note.pitch for note in phrase.notes) for choice in (min, max))
    for octaves in sorted(range(-10, 11), key=abs):
        if low <= lowest + OCTAVE * octaves and highest + OCTAVE * octaves <= high:
            return replace(phrase, score=transpose(phrase.score, OCTAVE * octaves), octaves=octaves)
    span = f"from {Key().spell(lowest)} to {Key().spell(highest)}"
    raise RequestError(f"{span} is more than one voice can sing; play a melody within two octaves")


# -- answers -----------------------------------------------------------------------------------------------


def harmonized_notes(result: Result, phrase: PlayedPhrase) -> list[FlatNote]:
    """The phrase again with its new voices, to play from a barline; see ``playback_notes``."""
    return playback_notes(result.score.voices, phrase.score.anacrusis, phrase.velocity)


def continued_notes(result: Result, phrase: PlayedPhrase) -> list[FlatNote]:
    """The continuation, in the octave in which the phrase was played; see ``playback_notes``."""
    notes = playback_notes(result.new, phrase.score.duration, phrase.velocity)
    return [note._replace(pitch=note.pitch - OCTAVE * phrase.octaves) for note in notes]


def playback_notes(voices: Sequence[Voice], barline: Fraction, velocity: int) -> list[FlatNote]:
    """The notes in order of time, counted from a barline of the score; those of an upbeat are before 0.

    Their voice is 0 for soprano to 3 for bass; at the piano 0 is the melody, 1 the right hand, 2 the left.
    """
    hands = {RIGHT: 1, LEFT: 2}
    notes = [
        FlatNote(
            hands.get(hand_of(voice.name) or "", number),
            note.pitch,
            note.onset - barline,
            note.duration,
            velocity,
        )
        for number, voice in enumerate(voices)
        for note in voice.notes
    ]
    return sorted(notes, key=lambda note: (note.start, note.voice, -note.pitch))
