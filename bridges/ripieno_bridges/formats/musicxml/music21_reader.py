"""A music21 stream -> Score: the one place that knows music21's objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ripieno.errors import ScoreError
from ripieno.score import Key, Lyric, Measure, Meter, Note, Score, Spelling, Tempo, Voice

# music21 carries no types that mypy could check, so its objects are Any here, and only here.
Stream = Any

NO_METER = Meter(4, 4)


@dataclass(frozen=True, slots=True)
class StaffLine:
    """Where a voice stands: the index of its part (or staff) in the stream, and the voice's number in it."""

    staff: int
    voice: str | None


# (index of a part or staff, index of a measure) -> the voice that stands there alone, where a file says so.
SoleVoices = Mapping[tuple[int, int], str]


def stream_to_score(
    stream: Stream, file: str, sole_voices: SoleVoices | None = None
) -> tuple[Score, tuple[StaffLine, ...]]:
    """The score in a music21 stream, and for each of its voices the line that it was read from.

    Repeats are not played out: a score has the measures that stand on the page. Grace notes, chord symbols
    and rests are left out. Pitches are the sounding ones. Raises ScoreError for what no line can hold:
    a chord, percussion, a quarter tone.
    """
    stream = sounding(stream)
    parts, columns = read_parts(stream, file)
    measures = read_measures(columns)
    voices: list[Voice] = []
    lines: list[StaffLine] = []
    for index, (part, column) in enumerate(zip(parts, columns, strict=True)):
        name = part_name(part, index)
        found: dict[str | None, LineReader] = {}
        for i, (measure, source) in enumerate(zip(measures, column, strict=False)):
            sole = (sole_voices or {}).get((index, i))
            for key, element in line_elements(source, sole):
                found.setdefault(key, LineReader(file, name)).add(element, measure)
        # A voice with nothing but rests is left out where others have notes.
        singing = {k: v for k, v in found.items() if v.notes} or dict(list(found.items())[:1])
        for key in sorted(singing, key=lambda k: (k is not None, len(k or ""), k)) or [None]:
            reader = singing.get(key)
            voice_name = f"{name}, voice {key}" if len(singing) > 1 else name
            voices.append(Voice(voice_name, tuple(reader.notes) if reader else ()))
            lines.append(StaffLine(index, key))
    score = Score(tuple(voices), measures, read_tempos(parts[0], measures), *read_names(stream))
    return score, tuple(lines)


def sounding(stream: Stream) -> Stream:
    """The stream with transposing instruments at the pitch that one hears."""
    instruments = stream.recurse().getElementsByClass("Instrument")
    if any(instrument.transposition is not None for instrument in instruments):
        return stream.toSoundingPitch()
    return stream


def read_parts(stream: Stream, file: str) -> tuple[list[Stream], list[list[Stream]]]:
    """(the parts, or staves of them, and the measures of each); ScoreError where there is no measure."""
    parts = list(stream.parts) or [stream]
    columns = [list(part.getElementsByClass("Measure")) for part in parts]
    if not any(columns):
        raise ScoreError(file, None, None, "there are no measures in it; export the score once more")
    return parts, columns


def part_name(part: Stream, index: int) -> str:
    """A part's name in the file; "part 2" for one without."""
    return str(part.partName or "").strip() or f"part {index + 1}"


def read_measures(columns: list[list[Stream]]) -> tuple[Measure, ...]:
    """The measures: each as long as the longest content that any part has in it.

    A measure that is empty everywhere is a full one.
    """
    measures: list[Measure] = []
    onset, meter, key = Fraction(0), NO_METER, Key()
    for i in range(max(len(column) for column in columns)):
        row = [column[i] for column in columns if i < len(column)]
        meter = next((read_meter(m.timeSignature) for m in row if m.timeSignature), meter)
        key = next((read_key(m.keySignature) for m in row if m.keySignature), key)
        length = max(Fraction(m.highestTime) for m in row) or meter.length
        number = f"{row[0].number}{row[0].numberSuffix or ''}"
        measures.append(Measure(number, onset, length, meter, key))
        onset += length
    return tuple(measures)


def read_meter(signature: Any) -> Meter:
    """A music21 time signature as a Meter."""
    return Meter(int(signature.numerator), int(signature.denominator))


def read_key(signature: Any) -> Key:
    """A music21 key signature as a Key, with the mode where the file gives it."""
    mode = getattr(signature, "mode", None)
    return Key(int(signature.sharps), mode if mode in ("major", "minor") else None)


def line_elements(measure: Stream, sole: str | None) -> Iterator[tuple[str | None, Any]]:
    """(voice, element) for every note, chord and rest of a measure that takes time."""
    inner = [(voice, str(voice.id)) for voice in measure.voices]
    for container, key in [(measure, sole), *inner]:
        for element in container.notesAndRests:
            if not element.duration.isGrace and "Harmony" not in element.classes:
                yield key, element


@dataclass(slots=True)
class LineReader:
    """Collects the notes of one line; tied written notes become one."""

    file: str
    part: str
    notes: list[Note] = field(default_factory=list)
    tie_open: bool = False

    def add(self, element: Any, measure: Measure) -> None:
        """Add a note, or lengthen the one it is tied to; ScoreError for what is not one singable note."""
        onset = measure.onset + Fraction(element.offset)
        if element.isRest:
            self.tie_open = False
            return
        spelling = self.only_pitch(element, measure, onset)
        duration = Fraction(element.duration.quarterLength)
        before = self.notes[-1] if self.notes else None
        if before and onset < before.end:
            raise self.two_at_once(before.name, str(spelling), measure, onset)
        fermata, tie = has_fermata(element), tie_type(element)
        joins = self.tie_open and tie in ("stop", "continue")
        if joins and before and before.pitch == spelling.pitch and before.end == onset:
            longer = before.duration + duration
            self.notes[-1] = replace(before, duration=longer, fermata=before.fermata or fermata)
        else:
            lyrics = tuple(read_lyric(lyric) for lyric in element.lyrics)
            self.notes.append(Note(onset, duration, spelling.pitch, spelling, fermata, lyrics))
        self.tie_open = tie in ("start", "continue")

    def only_pitch(self, element: Any, measure: Measure, onset: Fraction) -> Spelling:
        """The one pitch of a note, as it is written."""
        pitches = tuple(getattr(element, "pitches", ()))
        if not pitches:
            fault = "a percussion note has no pitch to harmonize; leave that part out of the file"
            raise self.fault(fault, measure, onset)
        if len(pitches) > 1:
            names = [str(read_spelling(p) or p.nameWithOctave) for p in pitches]
            raise self.two_at_once(", ".join(names[:-1]), names[-1], measure, onset)
        return self.written_pitch(pitches[0], measure, onset)

    def written_pitch(self, pitch: Any, measure: Measure, onset: Fraction) -> Spelling:
        """A pitch as it is written; ScoreError where no key of a piano has it."""
        spelling = read_spelling(pitch)
        if spelling is None:
            fault = "a quarter tone cannot be sung by these voices; write the nearest semitone"
            raise self.fault(fault, measure, onset)
        return spelling

    def two_at_once(self, one: str, other: str, measure: Measure, onset: Fraction) -> ScoreError:
        """The error for a second note beside the first."""
        fault = f"{one} and {other} sound at once, but a voice is one line; move one of them to another voice"
        return self.fault(fault, measure, onset)

    def fault(self, text: str, measure: Measure, onset: Fraction) -> ScoreError:
        """An error with this line's place."""
        beat = f"{float(1 + (onset - measure.onset) / measure.meter.beat):.4g}"
        return ScoreError(self.file, self.part, measure.number, text, beat=beat)


def has_fermata(element: Any) -> bool:
    """Whether a note or chord is under a fermata."""
    return any("Fermata" in e.classes for e in element.expressions)


def tie_type(note: Any) -> str | None:
    """start, stop or continue, where the note is tied."""
    return str(note.tie.type) if note.tie is not None else None


def read_spelling(pitch: Any) -> Spelling | None:
    """A pitch as it is written, None where it is not one of the twelve of an octave."""
    alter = float(pitch.alter)
    if not alter.is_integer() or abs(alter) > 2:
        return None
    return Spelling(str(pitch.step), int(alter), int(pitch.implicitOctave))


def read_lyric(lyric: Any) -> Lyric:
    """One syllable; a single one where the file does not say whether its word has more."""
    return Lyric(str(lyric.text), str(lyric.syllabic or "single"), int(lyric.number))


def read_tempos(part: Stream, measures: tuple[Measure, ...]) -> tuple[Tempo, ...]:
    """The tempo marks that give a number."""
    tempos: list[Tempo] = []
    for measure, source in zip(measures, part.getElementsByClass("Measure"), strict=False):
        for mark in source.getElementsByClass("MetronomeMark"):
            qpm = mark.getQuarterBPM()
            if qpm:
                tempos.append(Tempo(measure.onset + Fraction(mark.offset), float(qpm)))
    return tuple(tempos)


def read_names(stream: Stream) -> tuple[str | None, str | None]:
    """(title, composer)"""
    metadata = stream.metadata
    if metadata is None:
        return None, None
    return (metadata.bestTitle or "").strip() or None, (metadata.composer or "").strip() or None
