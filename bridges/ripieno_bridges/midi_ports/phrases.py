"""Keys as they are played -> a phrase in measures -> where the notes of its answer fall.

Nothing in here looks at a clock of its own: a key comes with its time. Times in seconds are those of the
caller; a ``Pulse`` says which beat a second is. A beat is a quarter.
"""

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
GAP_SECONDS = 0.5  # a clock that is silent for so long was stopped
SLOWEST_QPM, FASTEST_QPM = 10.0, 500.0
TOGETHER_SECONDS = 0.05  # fingers that mean one moment differ by no more
LEGATO = 0.5  # a shorter gap between two notes is how a key was left, and no rest
SHORTEST = Fraction(1, 96)
LONGEST_MEASURES = 64  # of a phrase
MAX_STROKES = 1000  # in a phrase
OCTAVE = 12


# -- time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pulse:
    """A steady tempo, of which one beat is known in seconds."""

    qpm: float
    seconds: float = 0.0
    beat: float = 0.0

    def beat_at(self, seconds: float) -> float:
        """The beat that a second is."""
        return self.beat + (seconds - self.seconds) * self.qpm / 60

    def seconds_at(self, beat: float) -> float:
        """When a beat falls."""
        return self.seconds + (beat - self.beat) * 60 / self.qpm


class ClockFollower:
    """The pulse of a MIDI clock. numbered: the song's start was heard, so its measures begin at beat 0.

    pulse: what is believed until the clock is heard, and then what it beats, averaged over a quarter.
    """

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.numbered = False
        self._heard: deque[float] = deque(maxlen=CLOCKS + 1)
        self._position = -1  # of the last clock message, counted from the song's start

    def start(self, seconds: float, sixteenth: int = 0) -> None:
        """The song starts, or goes on from elsewhere: the next clock message is that sixteenth of it."""
        self.numbered = True
        self._heard.clear()
        self._position = sixteenth * CLOCKS // 4 - 1
        self.pulse = replace(self.pulse, seconds=seconds, beat=sixteenth / 4)

    def clock(self, seconds: float) -> None:
        """A clock message came."""
        if self._heard and seconds - self._heard[-1] > GAP_SECONDS:
            self._heard.clear()
        self._heard.append(seconds)
        self._position += 1
        count = len(self._heard)
        span = self._heard[-1] - self._heard[0]
        qpm = 60 * (count - 1) / CLOCKS / span if span > 0 else 0.0
        if not SLOWEST_QPM <= qpm <= FASTEST_QPM:
            qpm = self.pulse.qpm
        middle = self._position - (count - 1) / 2
        self.pulse = Pulse(qpm, sum(self._heard) / count, middle / CLOCKS)


# -- keys --------------------------------------------------------------------------------------------------


class Stroke(NamedTuple):
    """A key that was pressed and let go, in beats."""

    pitch: int
    velocity: int
    start: float
    end: float


class Recorder:
    """What is played, until a phrase is over: by so many beats of silence, or since it is too long.

    A key is (channel, pitch). Letting go a key that is not down means nothing.
    """

    def __init__(self, *, pause: float, longest: float) -> None:
        self._pause, self._longest = pause, longest
        self._strokes: list[Stroke] = []
        self._down: dict[tuple[int, int], tuple[int, float]] = {}  # key -> velocity, since when
        self._begun = self._quiet_since = 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing was played since the last phrase."""
        return not self._strokes and not self._down

    def press(self, key: tuple[int, int], velocity: int, beat: float) -> None:
        """A key goes down; where it was down already, that note ends."""
        if self.empty:
            self._begun = beat
        self.release(key, beat)
        self._down[key] = (velocity, beat)

    def release(self, key: tuple[int, int], beat: float) -> None:
        """A key is let go."""
        if key in self._down:
            velocity, start = self._down.pop(key)
            self._strokes.append(Stroke(key[1], velocity, start, beat))
            self._quiet_since = beat

    @property
    def over_at(self) -> float | None:
        """The beat at which the phrase is over if nothing else happens; None where none has begun."""
        if self.empty:
            return None
        if len(self._strokes) >= MAX_STROKES:
            return self._begun
        latest = self._begun + self._longest
        return latest if self._down else min(self._quiet_since + self._pause, latest)

    def take(self, beat: float) -> tuple[Stroke, ...]:
        """The phrase in order of time, and forget it; a key that is still down ends here."""
        for key in list(self._down):
            self.release(key, beat)
        strokes, self._strokes = self._strokes, []
        return tuple(sorted(strokes, key=lambda stroke: (stroke.start, -stroke.pitch)))


# -- phrases -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhraseFrame:
    """What is known of the measures and the key before a note is played. key: None where it is not."""

    meter: Meter = Meter()
    key: Key | None = None
    anacrusis: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was played, as the soprano of a choir score.

    begin: the beat of the pulse at which the score starts. velocity: how loud it was on the whole.
    left_out: how many notes, since a melody is one line. octaves: by which it was lifted.
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
        """How many full measures it has, at least one."""
        return max(1, sum(m.duration == m.meter.length for m in self.score.measures))

    def barline_from(self, beat: float) -> float:
        """The first barline at that beat of the pulse or after it."""
        first = self.begin + float(self.score.anacrusis)
        length = float(self.score.measures[-1].meter.length)
        return first + length * ceil((beat - first) / length - 1e-9)


def phrase_of(strokes: Sequence[Stroke], frame: PhraseFrame, *, qpm: float, numbered: bool) -> Phrase:
    """The phrase of these strokes, of which there is at least one, on the sixteenths or triplets of the beat.

    numbered: measures begin at beat 0 of the pulse; else the first note does, after the upbeat.
    """
    line = melody(strokes, together=TOGETHER_SECONDS * qpm / 60)
    begin = line[0].start
    if numbered:  # a first note that comes a little early belongs to the barline behind it
        length = float(frame.meter.length)
        begin = length * floor((begin + float(SIXTEENTH) / 2) / length)
    notes = flat(joined(line), begin, frame.meter)
    score = choir_score(notes, meter=frame.meter, key=frame.key, anacrusis=frame.anacrusis)
    velocity = round(sum(stroke.velocity for stroke in line) / len(line))
    return Phrase(quantized(score)[0], begin, velocity, len(strokes) - len(line))


def melody(strokes: Sequence[Stroke], *, together: float) -> list[Stroke]:
    """One line: the highest of what begins at one moment, and nothing that lies mostly under a higher note.

    strokes: in order of time. together: how far apart in beats one moment may be.
    """

    def covers(higher: Stroke, stroke: Stroke) -> bool:
        if abs(higher.start - stroke.start) <= together:
            return (higher.pitch, higher.start, higher.end) > (stroke.pitch, stroke.start, stroke.end)
        under = min(higher.end, stroke.end) - max(higher.start, stroke.start)
        return higher.pitch > stroke.pitch and under > (stroke.end - stroke.start) / 2

    different = list(dict.fromkeys(strokes))
    return [stroke for stroke in different if not any(covers(other, stroke) for other in different)]


def joined(line: Sequence[Stroke]) -> list[Stroke]:
    """The line with its notes held until the next one where only a short gap is between them."""
    held = [
        stroke._replace(end=following.start) if following.start - stroke.end < LEGATO else stroke
        for stroke, following in pairwise(line)
    ]
    return [*held, line[-1]]


def flat(line: Sequence[Stroke], begin: float, meter: Meter) -> list[FlatNote]:
    """The strokes as the soprano's notes, counted from ``begin``; the last ends on a beat of the meter."""
    notes: list[FlatNote] = []
    earliest = Fraction(0)
    for stroke in line:
        start = max(beats(stroke.start - begin), earliest)
        end = max(beats(stroke.end - begin), start + SHORTEST)
        notes.append(FlatNote(0, stroke.pitch, start, end - start, stroke.velocity))
        earliest = start + SHORTEST
    unit = Fraction(4, max(meter.denominator, 4))
    *before, last = notes
    struck = round(last.start / SIXTEENTH) * SIXTEENTH
    end = max(round((last.start + last.duration) / unit), struck // unit + 1) * unit
    return [*before, last._replace(duration=end - last.start)]


def lifted(phrase: Phrase) -> Phrase:
    """The phrase where sopranos sing: moved by as few octaves as will do.

    Raises RequestError where it spans more than one voice can.
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


def harmonized_notes(result: Result, phrase: Phrase) -> list[FlatNote]:
    """The phrase again with its new voices, as they are played: see ``played``."""
    return played(result.score.voices, phrase.score.anacrusis, phrase.velocity)


def continued_notes(result: Result, phrase: Phrase) -> list[FlatNote]:
    """How it goes on, in the octave in which the phrase was played."""
    notes = played(result.new, phrase.score.duration, phrase.velocity)
    return [note._replace(pitch=note.pitch - OCTAVE * phrase.octaves) for note in notes]


def played(voices: Sequence[Voice], barline: Fraction, velocity: int) -> list[FlatNote]:
    """The notes in order of time, counted from a barline of the score; those of an upbeat are before 0.

    voice: 0 soprano to 3 bass; at the piano 0 the melody, 1 the right hand, 2 the left.
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
