"""What is asked about a document -> its reply; one way for the command line and for the servers.

The heavy half of a request about a document: it is read, the task is done on its score, and the document
comes back with what was written. Servers let the worker do this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from lxml.etree import _Element
from msgspec import structs

from ripieno.errors import RipienoError, ScoreError
from ripieno.models.generator import Progress
from ripieno.piano.hands import LEFT, RIGHT
from ripieno.results import Fault, Result
from ripieno.score import VOICE_NAMES, Score
from ripieno.tasks.drafts import NotesCallback
from ripieno.theory.rules import faults
from ripieno_bridges.api.replies import (
    AnyReply,
    CheckReply,
    DocumentLine,
    DocumentReply,
    MidiReply,
    ReadReply,
    Reply,
)
from ripieno_bridges.api.requests import (
    AnyRequest,
    CheckRequest,
    DocumentRequest,
    File,
    MidiRequest,
    ReadRequest,
    Request,
    is_for_piano,
)
from ripieno_bridges.formats.files import Source, check_kind, is_midi, read_source
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.reader import Document, list_staves, part_names
from ripieno_bridges.formats.musicxml.safe_xml import UTF8, as_utf8, parse_safely
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.formats.polyphony import read_polyphony_source
from ripieno_bridges.formats.voice_assignment import assign_voices, sung_voices
from ripieno_bridges.service.document_job import (
    DocumentJob,
    encode_accompanied,
    encode_new,
    encode_result,
    in_file,
    make_job,
    measure_range,
    transposed_source,
)
from ripieno_bridges.service.model_runner import ModelRunner

NEW = Path("score.musicxml")  # what documents are written as for servers; nothing of that name is ever opened
Asked = Callable[[Score], Request]


def answer(
    answerer: ModelRunner, ask: AnyRequest, *, progress: Progress, heard: NotesCallback | None = None
) -> AnyReply:
    """Do what is asked, notes or documents. Raises RipienoError where it cannot be done."""
    match ask:
        case Request():
            return answerer.answer(ask, progress=progress, heard=heard)
        case DocumentRequest():
            return answer_document(answerer, ask, progress=progress)
        case ReadRequest(file):
            return read(file)
        case MidiRequest(file):
            return MidiReply(write_midi(voices_or_keys(file)[0].score))
        case CheckRequest(score):
            choir, remarks = sung_voices(score)
            return CheckReply(tuple(faults(choir)), tuple(remarks))
        case _:
            assert_never(ask)


# -- a task on a document ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a task. encode: (a result, the path to save it under) -> (its bytes, remarks).

    job: for a choir, how the document's lines are cast. moved: semitones. remarks: what to say of the whole.
    """

    reply: Reply
    encode: Callable[[Result, Path], tuple[bytes, list[str]]]
    job: DocumentJob | None = None
    moved: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def document(self) -> Document | None:
        """What comes back with a choir's voices in it; None where it is new, or has a piano."""
        return None if self.job is None else self.job.source.document


def sing(
    answerer: ModelRunner,
    source: Source,
    asked: Asked,
    *,
    model: str,
    given: tuple[str, ...] | None,
    transposition: int | str | None,
    layout: str,
    progress: Progress,
) -> Answered:
    """For a choir: the document comes back with the voices in it.

    asked: the request about its score. given: the voices that the document's lines are; of the others nothing
    is kept. None: as the lines are called, and every note is kept.
    """
    with in_file(source.path.name):
        job = make_job(source, answerer.model(model), given=given, transposition=transposition)
        reply = answerer.answer(asked(job.choir.score), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        with in_file(source.path.name):
            return encode_result(job, result, path, layout=layout)

    remarks = (*source.remarks, *moved_remark(job.moved))
    return Answered(reply, encode, job, job.moved, remarks)


def play(
    answerer: ModelRunner,
    source: Source,
    asked: Asked,
    *,
    accompanies: bool,
    transposition: int | str | None,
    progress: Progress,
) -> Answered:
    """For the piano: a melody's document with a piano part in it, or a new score for two hands."""
    moved = transposition if isinstance(transposition, int) else 0  # a piano has every key
    if moved:
        source = transposed_source(source, moved)
    with in_file(source.path.name):
        reply = answerer.answer(asked(source.score), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        if not accompanies:
            return encode_new(result.score, path)
        with in_file(source.path.name):
            return encode_accompanied(source, result, path)

    remarks = [*source.remarks, *moved_remark(moved)]
    if not accompanies and not is_midi(source.path):
        remarks.append("piano music comes as a new score; words, dynamics and layout are not in it")
    return Answered(reply, encode, None, moved, tuple(remarks))


def moved_remark(semitones: int) -> list[str]:
    """What to say about a transposition."""
    return [f"the piece was moved by {semitones:+d} semitones"] if semitones else []


def answer_document(answerer: ModelRunner, ask: DocumentRequest, *, progress: Progress) -> DocumentReply:
    """Do a task on a document, or compose one."""
    done = do_task(answerer, ask, progress=progress)
    encoded = [done.encode(result, NEW) for result in done.reply.results]
    encoding = done.document.xml.encoding if done.document else UTF8
    documents = [as_utf8(data, encoding) for data, _ in encoded]
    remarks = dict.fromkeys([*done.remarks, *(remark for _, more in encoded for remark in more)])
    staves = staves_of(documents[0], done)
    return DocumentReply(done.reply, tuple(documents), staves, done.moved, tuple(remarks))


def do_task(answerer: ModelRunner, ask: DocumentRequest, *, progress: Progress) -> Answered:
    """The task itself, for whoever performs."""
    request, layout = ask.request, ask.layout
    if ask.file is None:
        reply = answerer.answer(request, progress=progress)
        return Answered(reply, lambda result, path: encode_new(result.score, path, layout=layout))

    def asked(score: Score) -> Request:
        selection = request.selection
        if ask.measures is not None:
            selection = score.span(measure_range(score, *ask.measures))
        return structs.replace(request, score=score, selection=selection)

    if is_for_piano(request):
        accompanies = request.task == "harmonize"
        source = source_of(ask.file, read_source if accompanies else read_polyphony_source)
        return play(
            answerer,
            source,
            asked,
            accompanies=accompanies,
            transposition=ask.transposition,
            progress=progress,
        )
    return sing(
        answerer,
        source_of(ask.file),
        asked,
        model=request.model,
        given=request.given if request.task == "harmonize" else None,
        transposition=ask.transposition,
        layout=layout,
        progress=progress,
    )


def source_of(file: File, reader: Callable[[Path, bytes], Source] = read_source) -> Source:
    """A document that came as bytes, read. Its name is never opened."""
    path = Path(file.name)
    check_kind(path)
    return reader(path, file.data)


def staves_of(data: bytes, done: Answered) -> dict[str, int]:
    """The staff of each voice or hand in a document with results, UTF-8, counted from 0 at the top."""
    staves = list_staves(parse_safely(data, UTF8, NEW.name))
    before = done.document
    if done.job is None or before is None:
        return new_staves(staves)
    seats = {name: before.seating[line] for name, line in done.job.choir.lines.items() if line is not None}
    places = {name: staves.index((seat.part, seat.staff)) for name, seat in seats.items()}
    old = {part for part, _ in list_staves(before.xml.root)}
    new = [i for i, (part, _) in enumerate(staves) if part not in old]
    missing = [name for name in VOICE_NAMES if name not in places]
    if len(new) == len(missing):
        return places | dict(zip(missing, new, strict=True))
    closed = {"alto": places.get("soprano", 0)} | dict.fromkeys(("tenor", "bass"), new[-1]) if new else {}
    return closed | places


def new_staves(staves: Sequence[tuple[str, str | None]]) -> dict[str, int]:
    """Who stands on which staff of a score that we wrote: four voices on four staves or two, or two hands.

    staves: see ``list_staves``. A pianist's two are one part; where a melody stands above, they are the last.
    """
    many = len(staves)
    if staves[-1][1] is not None:
        return {RIGHT: many - 2, LEFT: many - 1}
    if many == len(VOICE_NAMES):
        return dict(zip(VOICE_NAMES, range(many), strict=True))
    return dict(zip(VOICE_NAMES, (0, 0, 1, 1), strict=True)) if many == 2 else {}


# -- what stands in a document -----------------------------------------------------------------------------


def read(file: File) -> ReadReply:
    """A document's lines, measures and faults, and the document itself as MusicXML.

    Where its lines are no voices, since chords are in them, it is read as a pianist's; a remark says so.
    """
    source, remarks = voices_or_keys(file)
    found: tuple[Fault, ...] = ()
    if not remarks:
        choir, remarks = sung_voices(source.score)
        found = tuple(faults(choir))
    if is_midi(source.path):
        data, more = encode_new(source.score, NEW)
        root = parse_safely(data, UTF8, NEW.name)
    else:
        xml = source.document.xml if source.document else check_document(file.data, source.path.name)
        data, more, root = as_utf8(xml.data, xml.encoding), [], xml.root
    lines = lines_of(source, root)
    return ReadReply(data, source.score, lines, found, (*source.remarks, *remarks, *more))


def voices_or_keys(file: File) -> tuple[Source, list[str]]:
    """A document read as voices or, where chords are in them, as a pianist's keys, with a remark on it."""
    try:
        return source_of(file), []
    except ScoreError as exc:
        remark = f"for the piano only, since as voices it cannot be read: {exc}"
        return source_of(file, read_polyphony_source), [remark]


def lines_of(source: Source, root: _Element) -> tuple[DocumentLine, ...]:
    """The lines of a score, and where they stand in its document; none where they stand nowhere."""
    staves, names = list_staves(root), part_names(root)
    if source.document is not None:
        seats = [(seat.part, seat.staff) for seat in source.document.seating]
    elif is_midi(source.path) and len(staves) == len(source.score.voices):
        seats = staves
    else:
        return ()
    try:
        cast_as = {line: name for name, line in assign_voices(source.score).lines.items() if line is not None}
    except RipienoError:
        cast_as = {}
    return tuple(
        DocumentLine(cast_as.get(i), names[part], staves.index((part, staff)), len(voice.notes))
        for i, (voice, (part, staff)) in enumerate(zip(source.score.voices, seats, strict=True))
    )
