"""A score as a musician means it: voices of notes with exact times, in measures with meter and key.

Every time is a ``Fraction`` of a quarter note, counted from the start of the piece. A note here is a
sounding note: tied written notes are one ``Note``, and a rest is the gap between two notes. How music is
cut into written values, ties and beams is the business of the file formats.

Standard library only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm

VOICE_NAMES = ("soprano", "alto", "tenor", "bass")
STYLES = ("chorale", "hymn")  # of settings for a choir: as Bach's, or as those in English hymn books

STEP_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
LINE_OF_FIFTHS = "FCGDAEB"  # F is -1, C 0, ... B 5; a sharp adds 7, a flat takes 7 away
ACCIDENTALS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
SIXTEENTH = Fraction(1, 4)
ELISION = "\u203f"  # binds two words under one note


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a pitch is written: F#4 and Gb4 are one pitch and two spellings. Octave 4 starts at middle C."""

    step: str
    alter: int
    octave: int

    @property
    def pitch(self) -> int:
        """The MIDI note number, 60 for C4."""
        return 12 * (self.octave + 1) + STEP_SEMITONES[self.step] + self.alter

    @property
    def fifths(self) -> int:
        """The position on the line of fifths: C 0, G 1, F -1, F# 6, Gb -6."""
        return LINE_OF_FIFTHS.index(self.step) - 1 + 7 * self.alter

    def __str__(self) -> str:
        return f"{self.step}{ACCIDENTALS[self.alter]}{self.octave}"


def spelling_at(fifths: int, pitch: int) -> Spelling:
    """The spelling at a position on the line of fifths that sounds as ``pitch``."""
    alter, index = divmod(fifths + 1, 7)
    step = LINE_OF_FIFTHS[index]
    return Spelling(step, alter, (pitch - STEP_SEMITONES[step] - alter) // 12 - 1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key signature: ``fifths`` sharps (or, below zero, flats), -7..7, and the mode where it is known."""

    fifths: int = 0
    mode: str | None = None

    def __str__(self) -> str:
        """The name, such as "G minor"; of the major key where the mode is not known."""
        tonic = spelling_at(self.fifths + (3 if self.mode == "minor" else 0), 60)
        name = tonic.step + {"": "", "#": "-sharp", "b": "-flat"}[ACCIDENTALS[tonic.alter]]
        return f"{name} {self.mode or 'major'}"

    def spell(self, pitch: int) -> Spelling:
        """The spelling that fits this key.

        Twelve neighbours on the line of fifths are in use at once: the seven of the scale, and around them
        two on the flat side and three on the sharp side (in minor one more sharp and one flat less, for the
        raised sixth and seventh and the dominant's leading note).
        """
        lowest = self.fifths - (2 if self.mode == "minor" else 3)
        # Between Bbb and B#: spellings beyond these are only harder to read.
        lowest = max(-9, min(lowest, 1))
        place = lowest + (7 * pitch - lowest) % 12
        return spelling_at(place, pitch)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature such as 3/4 or 6/8."""

    numerator: int = 4
    denominator: int = 4

    @property
    def length(self) -> Fraction:
        """A full measure, in quarters."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def beat(self) -> Fraction:
        """The conductor's beat, in quarters: a dotted note in 6/8, 9/8, 12/8; else the denominator's note."""
        unit = Fraction(4, self.denominator)
        compound = self.denominator >= 8 and self.numerator % 3 == 0
        return 3 * unit if compound else unit

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One written measure. ``number`` is as printed in the score; a pickup is shorter than its meter."""

    number: str
    onset: Fraction
    duration: Fraction
    meter: Meter = Meter()
    key: Key = Key()

    @property
    def end(self) -> Fraction:
        """Where the next measure starts."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Lyric:
    """One syllable under a note; ``syllabic`` is single, begin, middle or end, as in MusicXML.

    text: of several words an elision stands between two. melisma: it is held over the notes that follow, and
    written so; of a document's own syllables that is not known.
    """

    text: str
    syllabic: str = "single"
    verse: int = 1
    melisma: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A sounding note on [onset, end). ``spelling``, where known, sounds as ``pitch``."""

    onset: Fraction
    duration: Fraction
    pitch: int
    spelling: Spelling | None = None
    fermata: bool = False
    lyrics: tuple[Lyric, ...] = ()

    @property
    def end(self) -> Fraction:
        """The first moment at which the note no longer sounds."""
        return self.onset + self.duration

    @property
    def name(self) -> str:
        """The name, such as F#4; a note without a spelling is named as in C major."""
        return str(self.spelling or Key().spell(self.pitch))


def whole_times(notes: Sequence[Note]) -> list[tuple[int, int]]:
    """(onset, end) of each note in a unit of which all of them are whole numbers.

    As exact as the fractions, and several times as quick to compare.
    """
    unit = lcm(*{time.denominator for note in notes for time in (note.onset, note.duration)})
    times = []
    for note in notes:
        onset = note.onset.numerator * (unit // note.onset.denominator)
        times.append((onset, onset + note.duration.numerator * (unit // note.duration.denominator)))
    return times


@dataclass(frozen=True, slots=True)
class Voice:
    """A line: notes in order, never two at once."""

    name: str
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        times = whole_times(self.notes)
        assert all(onset < end for onset, end in times), "a note without length"
        assert all(end <= onset for (_, end), (onset, _) in pairwise(times)), "a voice is one line"

    @property
    def mean_pitch(self) -> float:
        """The mean MIDI pitch, weighted by duration; the voice must have a note."""
        total = sum(n.duration for n in self.notes)
        return float(sum(n.pitch * n.duration for n in self.notes) / total)

    def between(self, onset: Fraction, end: Fraction) -> tuple[Note, ...]:
        """The notes that start on [onset, end)."""
        start = bisect_left(self.notes, onset, key=lambda n: n.onset)
        return self.notes[start : bisect_left(self.notes, end, lo=start, key=lambda n: n.onset)]


@dataclass(frozen=True, slots=True)
class Tempo:
    """Quarters per minute from ``onset`` on."""

    onset: Fraction
    qpm: float


@dataclass(frozen=True, slots=True)
class Score:
    """Voices, highest first, in measures that follow each other without a gap from time 0.

    repeats: the measures, by index, that are played twice where a new score is written.
    """

    voices: tuple[Voice, ...]
    measures: tuple[Measure, ...]
    tempos: tuple[Tempo, ...] = ()
    title: str | None = None
    composer: str | None = None
    repeats: tuple[range, ...] = ()

    def __post_init__(self) -> None:
        assert self.measures, "a score has at least one measure"
        assert self.measures[0].onset == 0
        assert all(a.end == b.onset for a, b in pairwise(self.measures)), "a gap between measures"

    @property
    def duration(self) -> Fraction:
        """The whole length, in quarters."""
        return self.measures[-1].end

    @property
    def anacrusis(self) -> Fraction:
        """The length of the pickup, in quarters; 0 where the first measure is full."""
        first = self.measures[0]
        return first.duration if first.duration < first.meter.length else Fraction(0)

    def voice(self, name: str) -> Voice:
        """The voice of that name. Raises KeyError if there is none."""
        for voice in self.voices:
            if voice.name == name:
                return voice
        raise KeyError(name)

    def measure_at(self, time: Fraction) -> Measure:
        """The measure that contains a time (the last one for times past the end)."""
        index = bisect_right(self.measures, time, key=lambda m: m.onset) - 1
        return self.measures[index]

    def span(self, measures: range) -> tuple[Fraction, Fraction]:
        """(onset, end) of these measures, in quarters. measures: indices, at least one."""
        return self.measures[measures[0]].onset, self.measures[measures[-1]].end

    def place(self, time: Fraction) -> tuple[str, str]:
        """(measure number, beat) of a time in quarters: beats count from 1, "2.5" is an off-beat.

        A pickup counts backwards from the barline, so the upbeat to a 4/4 measure is beat 4.
        """
        measure = self.measure_at(time)
        into = time - measure.onset
        if measure is self.measures[0]:
            into += max(measure.meter.length - measure.duration, Fraction(0))
        beat = 1 + into / measure.meter.beat
        return measure.number, f"{float(beat):.4g}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, in quarters: the onset of its first note, the onset of its last note, and that note's end."""

    onset: Fraction
    last: Fraction
    end: Fraction


def lay_measures(
    length: Fraction,
    meters: tuple[tuple[Fraction, Meter], ...] = ((Fraction(0), Meter()),),
    keys: tuple[tuple[Fraction, Key], ...] = ((Fraction(0), Key()),),
    anacrusis: Fraction = Fraction(0),
) -> tuple[Measure, ...]:
    """Full measures (after the pickup) that cover ``length`` quarters, at least one.

    meters, keys: (time, value from that time on), in order, the first at 0. A meter change inside a
    measure cuts that measure short. A key that changes inside a measure holds from the next one.
    anacrusis: the length of the pickup, which is measure 0; without one, the first measure is number 1.
    """
    measures: list[Measure] = []
    onset, number = Fraction(0), 0 if anacrusis else 1
    while onset < length or not measures:
        meter = [m for time, m in meters if time <= onset][-1]
        key = [k for time, k in keys if time <= onset][-1]
        end = onset + (anacrusis if anacrusis and not measures else meter.length)
        end = min([time for time, _ in meters if onset < time < end], default=end)
        measures.append(Measure(str(number), onset, end - onset, meter, key))
        onset, number = end, number + 1
    return tuple(measures)


def transpose(score: Score, semitones: int) -> Score:
    """The score moved by ``semitones``: pitches, spellings and key signatures; times stay.

    Among the keys of that distance the one with the fewest accidentals is taken; where a measure's key
    would then have more than seven, that measure is written enharmonically.
    """
    shift = fifths_shift(semitones, tuple(m.key.fifths for m in score.measures))

    def moved_measure(measure: Measure) -> Measure:
        fifths = measure.key.fifths + key_shift(measure.key, shift)
        return replace(measure, key=replace(measure.key, fifths=fifths))

    def moved_note(note: Note) -> Note:
        return transpose_note(note, semitones, key_shift(score.measure_at(note.onset).key, shift))

    measures = tuple(moved_measure(m) for m in score.measures)
    voices = tuple(replace(v, notes=tuple(moved_note(n) for n in v.notes)) for v in score.voices)
    return replace(score, voices=voices, measures=measures)


def key_shift(key: Key, shift: int) -> int:
    """``shift``, or twelve fifths less or more where the key would else have more than seven accidentals."""
    if abs(key.fifths + shift) <= 7:
        return shift
    return shift - 12 if shift > 0 else shift + 12


def fifths_shift(semitones: int, fifths: tuple[int, ...]) -> int:
    """The shift on the line of fifths for a transposition by ``semitones`` that gives the simplest keys.

    fifths: those of the key signatures. A transposition by octaves leaves every key as it is.
    """
    if semitones % 12 == 0:
        return 0
    shifts = (7 * semitones % 12, 7 * semitones % 12 - 12)
    return min(shifts, key=lambda shift: (max(abs(f + shift) for f in fifths), abs(shift)))


def transpose_note(note: Note, semitones: int, shift: int) -> Note:
    """One note moved by ``semitones``, its spelling by ``shift`` places on the line of fifths."""
    pitch, spelling = note.pitch + semitones, note.spelling
    if spelling is not None:
        place = spelling.fifths + shift
        while place > 19:  # beyond B## there is no name left
            place -= 12
        while place < -15:  # nor beyond Fbb
            place += 12
        spelling = spelling_at(place, pitch)
    return replace(note, pitch=pitch, spelling=spelling)
