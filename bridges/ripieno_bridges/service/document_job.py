"""A document before and after its task: its lines assigned to voices, its results as bytes.

The bytes are the user's own document with new voices in it, or a new file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RequestError, ScoreError, count_text
from ripieno.models.generator import Generator
from ripieno.results import Result
from ripieno.score import Score, Voice, fifths_shift, transpose
from ripieno.tasks.checks import fitting_transposition, transposition_room
from ripieno.tasks.seating import seating_of
from ripieno_bridges.api.exports import export_kind
from ripieno_bridges.formats.changed_measures import notes_by_measure
from ripieno_bridges.formats.exports import export
from ripieno_bridges.formats.files import MIDI, MUSICXML, Source
from ripieno_bridges.formats.landmarks import landmarks
from ripieno_bridges.formats.line_remarks import measures_of
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices

AUTO, MIDI_KIND = "auto", "midi"
MIDI_ONLY = "the MIDI file's velocities, programs, pedal and other controllers are not in the score"


@dataclass(frozen=True, slots=True, eq=False)
class DocumentJob:
    """A source that is ready for a task.

    moved: the semitones by which it was transposed. replaced: the voices of which nothing is kept. shift: the
    places on the line of fifths by which it was transposed.
    """

    source: Source
    choir: Choir
    moved: int = 0
    replaced: frozenset[str] = frozenset()
    shift: int = 0


def document_job(
    source: Source,
    model: Generator,
    *,
    given: Sequence[str] | None = None,
    voices: Sequence[str] | None = None,
    melody: str | None = None,
    transposition: int | str | None = None,
    ensemble: Ensemble | None = None,
) -> DocumentJob:
    """Assign the source's lines to voices, and transpose it where that is asked for.

    given, melody, ensemble: as in ``assign_voices``. voices: those to write, of which nothing is kept unless
    they are given; None means all. transposition: semitones, or "auto" for the smallest move that brings
    every note into its voice's range.
    """
    if ensemble is None and voices and set(voices) <= set(MIXED_CHOIR.names):
        ensemble = MIXED_CHOIR
    choir = assign_voices(source.score, given, melody=melody, lines=source.lines, ensemble=ensemble)
    everybody = choir.ensemble.names
    replaced = frozenset() if given is None else frozenset(voices or everybody) - set(given)
    if transposition is None:
        return DocumentJob(source, choir, replaced=replaced)
    if transposition == AUTO:
        kept = kept_voices(choir.score, replaced)
        ranges = seating_of(choir.ensemble, given or ()).given_ranges(model)
        own = choir.ensemble.ranges
        down, up = transposition_room(kept, own)
        has_room = not choir.ensemble.is_choir and down <= up
        semitones = fitting_transposition(kept, own if has_room else ranges)
    else:
        semitones = int(transposition)
    if not semitones:
        return DocumentJob(source, choir, replaced=replaced)
    moved = transposed_source(source, semitones)
    return DocumentJob(
        moved, choir.moved(moved.score, moved.lines), semitones, replaced, source_shift(source, semitones)
    )


def sharing_a_staff(job: DocumentJob, layout: str) -> tuple[str, ...]:
    """The voices that stand on a staff below another one, which has the words for both."""
    document, ensemble = job.source.document, job.choir.ensemble
    taken: set[tuple[str, str | None]] = set()
    below = []
    for name, line in job.choir.lines.items():
        if layout == "closed":
            place: tuple[str, str | None] = (layout, str(ensemble.voice(name).staff))
        elif line is None or document is None:
            place = (name, None)
        else:
            place = (document.locations[line].part, document.locations[line].staff)
        if place in taken:
            below.append(name)
        taken.add(place)
    return tuple(below)


def kept_voices(score: Score, replaced: Collection[str]) -> Score:
    """The score without the voices that will be replaced."""
    return replace(
        score, voices=tuple(replace(v, notes=()) if v.name in replaced else v for v in score.voices)
    )


def check_lacks_voice(choir: Choir) -> None:
    """Raise RequestError for a choir whose voices all have notes; the error says how to go on.

    What rests in it was written so.
    """
    if not is_full(choir):
        return
    rests = [
        f"the {voice.name} in {measures_of(choir.score, found)}"
        for voice in choir.score.voices
        if (found := empty_measures(choir.score, voice))
    ]
    fault, way_out = f"{joined_names(choir)} have notes, so nothing is missing", "say"
    if rests:
        fault += f": what rests is written so ({', '.join(rests)})"
        way_out = "name the voices to write under voices, and their empty measures are filled, or say"
    raise RequestError(
        f"{fault}; {way_out} which are given, such as {choir.ensemble.melody}, and the others are replaced"
    )


def is_full(choir: Choir) -> bool:
    """Whether every voice of a choir has notes."""
    return all(voice.notes for voice in choir.score.voices)


def joined_names(choir: Choir) -> str:
    """The voices of a choir in words: "soprano, alto and baritone"."""
    *first, last = choir.ensemble.names
    return f"{', '.join(first)} and {last}"


def empty_measures(score: Score, voice: Voice) -> list[int]:
    """The indices of the measures in which a voice rests while another one sounds."""
    sounding = set[int]().union(*(sounding_measures(score, other) for other in score.voices))
    return sorted(sounding - sounding_measures(score, voice))


def sounding_measures(score: Score, voice: Voice) -> set[int]:
    """The indices of the measures in which a voice has a note, or goes on with one."""
    return set(notes_by_measure(score, voice.notes))


def transposed_source(source: Source, semitones: int) -> Source:
    """The source in another key."""
    if source.document is None:
        from ripieno_bridges.formats.midi import read_midi, transpose_midi

        score, file = transpose(source.score, semitones), source.path.name
        midi = source.midi and transpose_midi(source.midi, source.score, semitones, file)
        lines = read_midi(midi, file).lines if midi and source.midi_lines else ()
        return replace(source, score=score, midi=midi, midi_lines=lines)
    from ripieno_bridges.formats.musicxml.transpose import transpose_document

    document = transpose_document(source.document, semitones)
    return replace(source, score=document.score, document=document)


def source_shift(source: Source, semitones: int) -> int:
    """The places on the line of fifths by which ``transposed_source`` moves spellings."""
    if source.document is None:
        return fifths_shift(semitones, tuple(m.key.fifths for m in source.score.measures))
    from ripieno_bridges.formats.musicxml.transpose import document_shift

    return document_shift(source.document, semitones)


def measure_range(score: Score, first: str, last: str) -> range:
    """The indices of the measures between two printed numbers, both included. Raises RequestError."""
    numbers = [m.number for m in score.measures]
    for number in (first, last):
        if number not in numbers:
            fault = f"there is no measure {number}; the score has measures {numbers[0]} to {numbers[-1]}"
            raise RequestError(fault)
    start, stop = numbers.index(first), len(numbers) - numbers[::-1].index(last)
    if start >= stop:
        raise RequestError(f"measure {first} comes after measure {last}; give the earlier one first")
    return range(start, stop)


def encode_result(
    job: DocumentJob, result: Result, path: Path, *, layout: str = "open"
) -> tuple[bytes, list[str]]:
    """(the bytes to save under ``path``, remarks): the user's document with the new voices, or a new file."""
    if path.suffix.lower() in MIDI:
        from ripieno_bridges.formats.midi import patch_midi

        if job.source.midi is None:
            return write_new_midi(result.score, job.choir.ensemble), []
        lines, ensemble = job.choir.lines, job.choir.ensemble
        return patch_midi(job.source.midi, lines, job.source.score, result.score, ensemble)
    document = job.source.document
    if document is None:
        data, remarks = encode_new(result.score, path, layout=layout, ensemble=job.choir.ensemble)
        return data, [*remarks, *lost_from_midi(job.choir)]
    from ripieno_bridges.formats.musicxml.patch import patch

    seats = {
        name: None if line is None else document.locations[line]
        for name, line in job.choir.lines.items()
        if line is not None or result.score.voice(name).notes
    }
    data = patch(
        document,
        seats,
        job.choir.score,
        result.score,
        layout=layout,
        replaced=job.replaced,
        ensemble=job.choir.ensemble,
    )
    return packed_like(document, data, path), []


def lost_from_midi(choir: Choir) -> list[str]:
    """Remarks on what a new score lacks of the MIDI file that it was made from."""
    lines = [choir.read[i] for i in choir.left]
    left = [line.title for line in lines if line.sings or line.unpitched or line.harmony is not None]
    return [
        MIDI_ONLY,
        *([f"not in the new score: {', '.join(left)}; save as MIDI to keep all"] if left else []),
    ]


def melody_of(choir: Choir) -> int:
    """The index of the line that a pianist accompanies: that of the highest voice that there is."""
    return next(i for name, i in choir.lines.items() if i is not None and choir.score.voice(name).notes)


def encode_accompanied(source: Source, line: int, result: Result, path: Path) -> tuple[bytes, list[str]]:
    """(the bytes to save under ``path``, remarks): the user's document with a piano under a line of it."""
    document = source.document
    if path.suffix.lower() in MIDI and source.midi is not None:
        from ripieno_bridges.formats.midi import accompany_midi

        return accompany_midi(source.midi, line, result.score)
    if path.suffix.lower() in MIDI or document is None:
        return encode_apart(source, result, path)
    from ripieno_bridges.formats.musicxml.patch import accompany

    data = accompany(document, document.locations[line], result.score)
    return packed_like(document, data, path), []


def encode_regenerated(source: Source, result: Result, path: Path) -> tuple[bytes, list[str]]:
    """(the bytes for ``path``, remarks): the user's MIDI file with new piano music in it, or a new file."""
    if path.suffix.lower() not in MIDI or source.midi is None:
        return encode_apart(source, result, path)
    from ripieno_bridges.formats.midi import patch_piano_midi

    return patch_piano_midi(source.midi, source.score, result.score)


def encode_apart(source: Source, result: Result, path: Path) -> tuple[bytes, list[str]]:
    """(the bytes of a new file, remarks, also on what a MIDI source has and it has not)"""
    data, remarks = encode_new(result.score, path)
    return data, remarks if source.midi is None else [*remarks, MIDI_ONLY]


def packed_like(document: Document, data: bytes, path: Path) -> bytes:
    """A changed document's bytes, in a copy of its own archive where the path asks for one."""
    from ripieno_bridges.formats.musicxml.writer import pack_mxl

    if path.suffix.lower() != ".mxl":
        return data
    return pack_mxl(data, archive=document.xml.archive, name=document.xml.packed_as)


def encode_new(
    score: Score, path: Path, *, layout: str = "open", ensemble: Ensemble | None = None
) -> tuple[bytes, list[str]]:
    """(the bytes of a new file, remarks). ensemble: whose voices the score has."""
    if path.suffix.lower() in MIDI:
        return write_new_midi(score, ensemble), []
    from ripieno_bridges.formats.musicxml.writer import pack_mxl, write_musicxml
    from ripieno_bridges.formats.quantize import quantized

    score, moved = quantized(score)
    remarks = []
    if moved:
        remarks.append(f"{count_text(moved, 'note')} moved to the nearest time that notation can write")
    data = write_musicxml(score, layout=layout, ensemble=ensemble)
    return (pack_mxl(data) if path.suffix.lower() == ".mxl" else data), remarks


def write_new_midi(score: Score, ensemble: Ensemble | None) -> bytes:
    """A new MIDI file, with the phrases and fermatas of the score as markers."""
    from ripieno_bridges.formats.midi import write_midi

    return write_midi(score, ensemble, markers=[(mark.onset, mark.text) for mark in landmarks(score)])


Encoder = Callable[[Result, Path], tuple[bytes, list[str]]]


def exporting(encode: Encoder, *, also_midi: bool = False) -> Encoder:
    """An encoder that also makes files of the other kinds, of the MusicXML that it makes.

    also_midi: whether that is the way to a MIDI file, too.
    """

    def encode_any(result: Result, path: Path) -> tuple[bytes, list[str]]:
        kind = export_kind(path.suffix)
        if kind is None or (kind.name == MIDI_KIND and not also_midi):
            return encode(result, path)
        data, remarks = encode(result, path.with_suffix(MUSICXML[0]))
        made, more = export(read_musicxml(data, path.name), kind)
        return made, [*remarks, *more]

    return encode_any


@contextmanager
def naming_file(file: str) -> Iterator[None]:
    """Add a file's name to a ScoreError that has none."""
    try:
        yield
    except ScoreError as exc:
        raise exc.in_file(file) from exc.__cause__
