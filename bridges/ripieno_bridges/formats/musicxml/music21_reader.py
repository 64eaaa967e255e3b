"""A music21 stream -> Score: the one place that knows music21's objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ripieno.errors import ScoreError
from ripieno.score import Key, Measure, Meter, Score, Tempo, Voice
from ripieno_bridges.formats.musicxml.line_reader import LineReader
from ripieno_bridges.formats.score_lines import ScoreLine

# music21 carries no types that mypy could check, so its objects are Any here, and only here.
Stream = Any

NO_METER = Meter(4, 4)
MAX_FIFTHS = 7  # of a key signature
LINES_A_STAFF = 2  # in a closed score, which has two staves


# (index of a part or staff, index of a measure) -> the voice that stands there alone, where a file says so.
SoleVoices = Mapping[tuple[int, int], str]
UNPITCHED_CLEFS = {"PercussionClef": "percussion", "TabClef": "tablature"}


def stream_to_score(
    stream: Stream,
    file: str,
    sole_voices: SoleVoices | None = None,
    part_numbers: Sequence[int] | None = None,
) -> tuple[Score, tuple[ScoreLine, ...]]:
    """The score in a music21 stream, and for each of its voices the line that it was read from.

    part_numbers: for each staff, the number of its part from 1; ``None`` where each staff is a part. Repeats
    are not played out: a score has the measures that stand on the page. Grace notes, chord symbols, rests and
    notes that are not printed are left out; of chords the highest note is in the score. Pitches are the
    sounding ones. What no voice can sing is no error here: its line keeps the fault.
    """
    stream = sounding(stream)
    parts, columns = read_parts(stream, file)
    measures = read_measures(columns)
    numbers = part_numbers or range(1, len(parts) + 1)
    voices: list[Voice] = []
    lines: list[ScoreLine] = []
    names = [part_name(part, number - 1) for part, number in zip(parts, numbers, strict=True)]
    readers = [
        read_staff(column, measures, LineReader(file, names[index]), index, sole_voices or {})
        for index, column in enumerate(columns)
    ]
    for index, (column, found) in enumerate(zip(columns, lines_to_keep(readers), strict=True)):
        name = names[index]
        number, keys = numbers[index], read_keys(column, len(measures))
        staves = [i for i, other in enumerate(numbers) if other == number]
        staff_place = [f"staff {staves.index(index) + 1}"] if len(staves) > 1 else []
        for rank, (key, reader) in enumerate(found.items()):
            voice_place = [f"voice {key}"] if len(found) > 1 else []
            voices.append(Voice(", ".join([name, *voice_place]), tuple(reader.highest.notes)))
            line = ScoreLine(
                part=name,
                part_number=number,
                number=1 + sum(other.part_number == number for other in lines),
                place=", ".join([*staff_place, *voice_place]),
                staff=index,
                voice=key,
                rank=rank,
                notes=voices[-1].notes,
                lowest=tuple(reader.lowest.notes),
                every_note=reader.every_note,
                chords=tuple(reader.chords),
                keys=keys,
                words=any(note.lyrics for note in voices[-1].notes),
                unpitched=unpitched_kind(column) or ("percussion" if reader.is_percussion else ""),
                fault=reader.fault,
                chord_fault=reader.chord_fault,
                prepared=reader.is_prepared(len(measures)),
            )
            lines.append(line)
    return Score(tuple(voices), measures, read_tempos(parts[0], measures), *read_names(stream)), tuple(lines)


def read_staff(
    column: list[Stream],
    measures: tuple[Measure, ...],
    blank: LineReader,
    staff: int,
    sole_voices: SoleVoices,
) -> dict[str | None, LineReader]:
    """(number of a voice -> its reader) of a staff, at least one, the first voice first.

    A voice with neither a note nor a rest in every measure is left out where there are others. blank: a
    reader with the part's name.
    """
    found: dict[str | None, LineReader] = {}
    for i, (measure, source) in enumerate(zip(measures, column, strict=False)):
        for key, element in line_elements(source, sole_voices.get((staff, i))):
            found.setdefault(key, LineReader(blank.file, blank.part)).add(element, measure, i)
    numbers = sorted(found, key=lambda k: (k is not None, len(k or ""), k))
    return (
        {k: found[k] for k in numbers if found[k].has_notes or found[k].is_prepared(len(measures))}
        or {k: found[k] for k in numbers[:1]}
        or {None: blank}
    )


def lines_to_keep(staves: Sequence[dict[str | None, LineReader]]) -> list[dict[str | None, LineReader]]:
    """The lines of each staff without those that only rest; at least one a staff.

    In a closed score, two staves of two lines, those that rest are prepared for voices, and stay.
    """
    has_notes = any(reader.has_notes for lines in staves for reader in lines.values())
    if has_notes and [len(lines) for lines in staves] == [LINES_A_STAFF] * 2:
        return list(staves)
    sung = [{key: reader for key, reader in lines.items() if reader.has_notes} for lines in staves]
    return [some or dict(list(lines.items())[:1]) for some, lines in zip(sung, staves, strict=True)]


def unpitched_kind(column: list[Stream]) -> str:
    """Why a staff has no pitches, by its first clef: "percussion" or "tablature"; empty where it has some."""
    clef = next((measure.clef for measure in column if measure.clef is not None), None)
    kinds = () if clef is None else clef.classes
    return next((kind for name, kind in UNPITCHED_CLEFS.items() if name in kinds), "")


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

    A measure that is empty everywhere is a full one. Where staves differ in meter or key, those with pitches
    come first, and of these the upper.
    """
    columns = sorted(columns, key=lambda column: unpitched_kind(column) != "")
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


def read_keys(column: list[Stream], count: int) -> tuple[Key, ...]:
    """The key of each of ``count`` measures of a staff."""
    keys: list[Key] = []
    key = Key()
    for measure in column:
        key = read_key(measure.keySignature) if measure.keySignature else key
        keys.append(key)
    return tuple(keys + [key] * (count - len(keys)))


def read_meter(signature: Any) -> Meter:
    """A music21 time signature as a Meter."""
    return Meter(int(signature.numerator), int(signature.denominator))


def read_key(signature: Any) -> Key:
    """A music21 key signature as a Key, with the mode where the file gives it."""
    mode, fifths = getattr(signature, "mode", None), int(signature.sharps)
    if abs(fifths) > MAX_FIFTHS:  # a clarinet's seven flats sound as nine
        fifths -= 12 if fifths > 0 else -12
    return Key(fifths, mode if mode in ("major", "minor") else None)


def line_elements(measure: Stream, sole: str | None) -> Iterator[tuple[str | None, Any]]:
    """(voice, element) for every note, chord and rest of a measure that takes time."""
    inner = [(voice, str(voice.id)) for voice in measure.voices]
    for container, key in [(measure, sole), *inner]:
        for element in container.notesAndRests:
            if not element.duration.isGrace and "Harmony" not in element.classes:
                yield key, element


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
