"""Any request -> its reply, the one way for the command line, the servers and Python.

A document is read, the task is done on its score, and the document comes back with the new voices in it.
This is slow and loads torch; servers leave it to the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from lxml.etree import _Element
from msgspec import structs

from ripieno.errors import RipienoError, ScoreError
from ripieno.models.generator import ProgressCallback
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
    document_job,
    encode_accompanied,
    encode_new,
    encode_result,
    measure_range,
    naming_file,
    transposed_source,
)
from ripieno_bridges.service.model_runner import ModelRunner

NEW_NAME = Path("score.musicxml")  # of documents for servers; no file of that name is ever opened
RequestFor = Callable[[Score], Request]


def reply_to(
    runner: ModelRunner,
    request: AnyRequest,
    *,
    progress: ProgressCallback,
    heard: NotesCallback | None = None,
) -> AnyReply:
    """Do any request, on notes or on a document. Raises RipienoError where that is impossible."""
    match request:
        case Request():
            return runner.answer(request, progress=progress, heard=heard)
        case DocumentRequest():
            return reply_with_documents(runner, request, progress=progress)
        case ReadRequest(file):
            return read_document(file)
        case MidiRequest(file):
            return MidiReply(write_midi(read_as_voices_or_piano(file)[0].score))
        case CheckRequest(score):
            choir, remarks = sung_voices(score)
            return CheckReply(tuple(faults(choir)), tuple(remarks))
        case _:
            assert_never(request)


# -- a task on a document ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task on a document made.

    encode: (a result, the path to save it under) -> (its bytes, remarks). job: for a choir, which voices the
    document's lines are. moved: semitones by which the piece was transposed. remarks: about the whole.
    encoding: of MusicXML that ``encode`` makes, which stays that of the user's document.
    """

    reply: Reply
    encode: Callable[[Result, Path], tuple[bytes, list[str]]]
    job: DocumentJob | None = None
    moved: int = 0
    remarks: tuple[str, ...] = ()
    encoding: str = UTF8

    @property
    def document(self) -> Document | None:
        """The document that gets a choir's voices; None where a new one is made, or a piano part."""
        return None if self.job is None else self.job.source.document


def run_for_choir(
    runner: ModelRunner,
    source: Source,
    request_for: RequestFor,
    *,
    model: str,
    given: tuple[str, ...] | None,
    transposition: int | str | None,
    layout: str,
    progress: ProgressCallback,
) -> TaskResult:
    """A task for a choir: the document comes back with the voices in it.

    request_for: makes the request of the document's score. given: which voices the document's lines are; the
    other voices are written from nothing. None: the lines' names tell, and every note is kept.
    """
    with naming_file(source.path.name):
        job = document_job(source, runner.model(model), given=given, transposition=transposition)
        reply = runner.answer(request_for(job.choir.score), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        with naming_file(source.path.name):
            return encode_result(job, result, path, layout=layout)

    remarks = (*source.remarks, *transposition_remarks(job.moved), *reply.remarks)
    return TaskResult(reply, encode, job, job.moved, remarks, encoding_of(job.source))


def run_for_piano(
    runner: ModelRunner,
    source: Source,
    request_for: RequestFor,
    *,
    accompanies: bool,
    transposition: int | str | None,
    progress: ProgressCallback,
) -> TaskResult:
    """A task for the piano: a melody's document with a piano part in it, or a new score for two hands."""
    moved = transposition if isinstance(transposition, int) else 0  # a piano has every key
    if moved:
        source = transposed_source(source, moved)
    with naming_file(source.path.name):
        reply = runner.answer(request_for(source.score), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        if not accompanies:
            return encode_new(result.score, path)
        with naming_file(source.path.name):
            return encode_accompanied(source, result, path)

    remarks = [*source.remarks, *transposition_remarks(moved)]
    if not accompanies and not is_midi(source.path):
        remarks.append("piano music comes as a new score; words, dynamics and layout are not in it")
    encoding = encoding_of(source) if accompanies else UTF8
    return TaskResult(reply, encode, None, moved, tuple(remarks), encoding)


def encoding_of(source: Source) -> str:
    """The encoding of a source's document; UTF-8 for what is written new."""
    return UTF8 if source.document is None else source.document.xml.encoding


def transposition_remarks(semitones: int) -> list[str]:
    """A remark about a transposition, if there was one."""
    return [f"the piece was moved by {semitones:+d} semitones"] if semitones else []


def reply_with_documents(
    runner: ModelRunner, request: DocumentRequest, *, progress: ProgressCallback
) -> DocumentReply:
    """Do a task on a document, or compose one."""
    done = do_task(runner, request, progress=progress)
    encoded = [done.encode(result, NEW_NAME) for result in done.reply.results]
    documents = [as_utf8(data, done.encoding) for data, _ in encoded]
    remarks = dict.fromkeys([*done.remarks, *(remark for _, more in encoded for remark in more)])
    staves = staves_of(documents[0], done)
    return DocumentReply(done.reply, tuple(documents), staves, done.moved, tuple(remarks))


def do_task(runner: ModelRunner, on_document: DocumentRequest, *, progress: ProgressCallback) -> TaskResult:
    """Do the task of a request on a document, for a choir or for the piano. Raises RipienoError."""
    request, layout = on_document.request, on_document.layout
    if on_document.file is None:
        reply = runner.answer(request, progress=progress)
        return TaskResult(reply, lambda result, path: encode_new(result.score, path, layout=layout))

    def request_for(score: Score) -> Request:
        selection = request.selection
        if on_document.measures is not None:
            selection = score.span(measure_range(score, *on_document.measures))
        return structs.replace(request, score=score, selection=selection)

    if is_for_piano(request):
        accompanies = request.task == "harmonize"
        source = source_of(on_document.file, read_source if accompanies else read_polyphony_source)
        return run_for_piano(
            runner,
            source,
            request_for,
            accompanies=accompanies,
            transposition=on_document.transposition,
            progress=progress,
        )
    return run_for_choir(
        runner,
        source_of(on_document.file),
        request_for,
        model=request.model,
        given=request.given if request.task == "harmonize" else None,
        transposition=on_document.transposition,
        layout=layout,
        progress=progress,
    )


def source_of(file: File, reader: Callable[[Path, bytes], Source] = read_source) -> Source:
    """Read a document from its bytes; no file of its name is opened."""
    path = Path(file.name)
    check_kind(path)
    return reader(path, file.data)


def staves_of(data: bytes, done: TaskResult) -> dict[str, int]:
    """The staff of each voice or hand in a resulting document, counted from 0 at the top. data: UTF-8."""
    staves = list_staves(parse_safely(data, UTF8, NEW_NAME.name))
    before = done.document
    if done.job is None or before is None:
        return new_staves(staves)
    seats = {name: before.locations[line] for name, line in done.job.choir.lines.items() if line is not None}
    places = {name: staves.index((seat.part, seat.staff)) for name, seat in seats.items()}
    old = {part for part, _ in list_staves(before.xml.root)}
    new = [i for i, (part, _) in enumerate(staves) if part not in old]
    missing = [name for name in VOICE_NAMES if name not in places]
    if len(new) == len(missing):
        return places | dict(zip(missing, new, strict=True))
    closed = {"alto": places.get("soprano", 0)} | dict.fromkeys(("tenor", "bass"), new[-1]) if new else {}
    return closed | places


def new_staves(staves: Sequence[tuple[str, str | None]]) -> dict[str, int]:
    """The staff of each voice or hand in a new score: four voices on four staves or two, or two hands.

    staves: see ``list_staves``. A piano part has two; it is the last part where a melody stands above it.
    """
    many = len(staves)
    if staves[-1][1] is not None:
        return {RIGHT: many - 2, LEFT: many - 1}
    if many == len(VOICE_NAMES):
        return dict(zip(VOICE_NAMES, range(many), strict=True))
    return dict(zip(VOICE_NAMES, (0, 0, 1, 1), strict=True)) if many == 2 else {}


# -- reading a document ------------------------------------------------------------------------------------


def read_document(file: File) -> ReadReply:
    """A document's lines, measures and faults, and the document itself as MusicXML.

    Where chords stand in its lines, so that they are no voices, it is read as piano music; a remark says so.
    """
    source, remarks = read_as_voices_or_piano(file)
    found: tuple[Fault, ...] = ()
    if not remarks:
        choir, remarks = sung_voices(source.score)
        found = tuple(faults(choir))
    if is_midi(source.path):
        data, more = encode_new(source.score, NEW_NAME)
        root = parse_safely(data, UTF8, NEW_NAME.name)
    else:
        xml = source.document.xml if source.document else check_document(file.data, source.path.name)
        data, more, root = as_utf8(xml.data, xml.encoding), [], xml.root
    lines = lines_of(source, root)
    return ReadReply(data, source.score, lines, found, (*source.remarks, *remarks, *more))


def read_as_voices_or_piano(file: File) -> tuple[Source, list[str]]:
    """Read a document as voices or, where they contain chords, as piano music, with a remark on that."""
    try:
        return source_of(file), []
    except ScoreError as exc:
        remark = f"for the piano only, since as voices it cannot be read: {exc}"
        return source_of(file, read_polyphony_source), [remark]


def lines_of(source: Source, root: _Element) -> tuple[DocumentLine, ...]:
    """The lines of a score and their places in its document; none where their places are not known."""
    staves, names = list_staves(root), part_names(root)
    if source.document is not None:
        seats = [(seat.part, seat.staff) for seat in source.document.locations]
    elif is_midi(source.path) and len(staves) == len(source.score.voices):
        seats = staves
    else:
        return ()
    try:
        voice_of = {
            line: name for name, line in assign_voices(source.score).lines.items() if line is not None
        }
    except RipienoError:
        voice_of = {}
    return tuple(
        DocumentLine(voice_of.get(i), names[part], staves.index((part, staff)), len(voice.notes))
        for i, (voice, (part, staff)) in enumerate(zip(source.score.voices, seats, strict=True))
    )
