"""A task on a document: it is read, its score is worked on, and it comes back with the new voices in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RequestError
from ripieno.harmony.harmony import HarmonyForm
from ripieno.models.generator import ProgressCallback, part_of_progress
from ripieno.results import Result
from ripieno.score import Score
from ripieno.tasks.checks import comfortable_transposition
from ripieno.tasks.guidance import moved_key
from ripieno.tasks.repeats import folded
from ripieno_bridges.api.replies import (
    DocumentLine,
    Reply,
)
from ripieno_bridges.api.requests import (
    DocumentRequest,
    Request,
    ensemble_of,
    is_for_piano,
)
from ripieno_bridges.formats.files import (
    MIDI,
    Source,
    is_midi,
    read_musicxml_source,
    read_source,
)
from ripieno_bridges.formats.midi.chord_texts import with_chord_texts
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.musicxml.safe_xml import UTF8
from ripieno_bridges.formats.musicxml.write_harmony import write_harmony
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices
from ripieno_bridges.service.document_harmony import (
    passed_over_harmony,
    with_document_harmony,
)
from ripieno_bridges.service.document_job import (
    AUTO,
    DocumentJob,
    check_lacks_voice,
    document_job,
    encode_accompanied,
    encode_new,
    encode_regenerated,
    encode_result,
    exporting,
    measure_range,
    melody_of,
    naming_file,
    sharing_a_staff,
    transposed_source,
)
from ripieno_bridges.service.document_report import (
    document_lines,
    filled_remarks,
    replaced_chord_remarks,
    task_in_one_line,
)
from ripieno_bridges.service.document_sources import read_polyphony, source_of, with_tune
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.seated_requests import ranges_of
from ripieno_bridges.service.written_chords import chord_texts, written_chords


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task on a document made.

    encode: (a result, the path to save it under) -> (its bytes, remarks). job: for a choir, which voices the
    document's lines are. moved: semitones by which the piece was transposed. remarks: about the whole.
    encoding: of MusicXML that ``encode`` makes, which stays that of the user's document. choir: what the
    document's lines were read as; None where they were not, as for music that is all for the piano. document:
    that gets the new voices; None where a new one is made. ensemble: whose voices there are. has_reduction:
    whether a piano for the rehearsal stands under the choir.
    """

    reply: Reply
    encode: Callable[[Result, Path], tuple[bytes, list[str]]]
    job: DocumentJob | None = None
    moved: int = 0
    remarks: tuple[str, ...] = ()
    encoding: str = UTF8
    choir: Choir | None = None
    document: Document | None = None
    ensemble: Ensemble = MIXED_CHOIR
    has_reduction: bool = False

    @property
    def lines(self) -> tuple[DocumentLine, ...]:
        """What became of each line of the document."""
        return () if self.choir is None else document_lines(self.choir)

    @property
    def understood(self) -> str:
        """The task in one line; empty where no lines were read."""
        replaced = frozenset[str]() if self.job is None else self.job.replaced
        return "" if self.choir is None else task_in_one_line(self.choir, self.reply.results, replaced)


def do_task(runner: ModelRunner, on_document: DocumentRequest, *, progress: ProgressCallback) -> TaskResult:
    """Do the task of a request on a document, for a choir or for the piano. Raises RipienoError."""
    done = do_task_on_musicxml(runner, on_document, progress=progress)
    return replace(done, encode=exporting(done.encode))


def do_task_on_musicxml(
    runner: ModelRunner, on_document: DocumentRequest, *, progress: ProgressCallback
) -> TaskResult:
    """The same, whose results are MusicXML or MIDI."""
    request, file = on_document.request, on_document.file
    if file is None:
        return compose(runner, on_document, progress=progress)
    file = with_tune(file, on_document.tune)
    if not is_for_piano(request):
        return run_for_choir(runner, on_document, source_of(file), progress=progress)
    reader = read_source if request.task == "harmonize" else read_polyphony
    return run_for_piano(runner, on_document, source_of(file, reader), progress=progress)


def run_for_choir(
    runner: ModelRunner, on_document: DocumentRequest, source: Source, *, progress: ProgressCallback
) -> TaskResult:
    """A task for a choir: the document comes back with the voices in it."""
    layout = layout_of(on_document)
    harmonizes = on_document.request.task == "harmonize"
    reply: Reply | None = None
    with naming_file(source.path.name):
        job, request, harmony_remarks = prepared(runner, on_document, source)
        if on_document.transposition == AUTO and request.ensemble is not None:
            tried = runner.answer(
                structs.replace(request, alternatives=1), progress=part_of_progress(progress, 0, 2)
            )
            more = comfortable_transposition(tried.results[0].score, *ranges_of(request))
            if more:
                there = structs.replace(on_document, transposition=job.moved + more)
                job, request, harmony_remarks = prepared(runner, there, source)
            progress = part_of_progress(progress, 1, 2)
            if not more and request.alternatives == 1:
                reply = tried  # it would be made once more
        if reply is None:
            reply = runner.answer(request, progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        with naming_file(source.path.name):
            data, remarks = encode_result(job, result, path, layout=layout)
            data, more = with_written_chords(data, result, path, on_document.write_chords)
            data, of_piano = reduced(data, path, wanted=on_document.piano_reduction)
        return data, [*remarks, *more, *of_piano, *replaced_chord_remarks(job.choir, result)]

    filled = filled_remarks(job.choir, reply.results, job.replaced) if harmonizes else []
    after = (*transposition_remarks(job.moved), *reply.remarks)
    remarks = (*remarks_on_source(source, job.choir), *harmony_remarks, *filled, *after)
    document = job.source.document
    encoding, ensemble = encoding_of(source), job.choir.ensemble
    return TaskResult(
        reply,
        encode,
        job,
        job.moved,
        remarks,
        encoding,
        job.choir,
        document,
        ensemble,
        on_document.piano_reduction,
    )


def prepared(
    runner: ModelRunner, on_document: DocumentRequest, source: Source
) -> tuple[DocumentJob, Request, Sequence[str]]:
    """(the document's job, the request with its score, remarks on its harmony). Raises RipienoError."""
    request = analysed_for(on_document.request, on_document.write_chords)
    harmonizes = request.task == "harmonize"
    job = document_job(
        source,
        runner.model(request.model),
        given=request.given if harmonizes else None,
        voices=request.voices if harmonizes else None,
        melody=on_document.melody,
        transposition=on_document.transposition,
        ensemble=request.ensemble,
    )
    if job.choir.ensemble != MIXED_CHOIR:
        request = structs.replace(request, ensemble=job.choir.ensemble)
    sharing = sharing_a_staff(job, layout_of(on_document))
    words = request.words or ("melody" if sharing else "all")
    request = structs.replace(request, words=words, sharing=sharing)
    if harmonizes and request.given is None and request.voices is None:
        check_lacks_voice(job.choir)
    if request.key is not None and job.moved:
        request = structs.replace(request, key=moved_key(request.key, job.moved))
    if request.accompaniment == "heard":
        request = structs.replace(request, others=job.choir.others)
    request, remarks = with_document_harmony(request, on_document, job)
    return job, with_score(request, on_document, job.choir.score), remarks


def analysed_for(request: Request, form: HarmonyForm | None) -> Request:
    """The request, which names the chords of its results where they are written. form: None writes none."""
    return request if form is None else structs.replace(request, analyse=True)


def with_written_chords(
    data: bytes, result: Result, path: Path, form: HarmonyForm | None
) -> tuple[bytes, list[str]]:
    """(a document's bytes with the chords of its result in them, remarks). form: None writes none."""
    if form is None:
        return data, []
    if path.suffix.lower() in MIDI:
        return with_chord_texts(data, chord_texts(result, form)), []
    made = write_harmony(data, written_chords(result, form), form, file=path.name)
    return made.data, list(made.remarks)


def reduced(data: bytes, path: Path, *, wanted: bool) -> tuple[bytes, list[str]]:
    """(a document's bytes with a piano for the rehearsal where that is wanted, remarks)"""
    if not wanted:
        return data, []
    if path.suffix.lower() in MIDI:
        return data, ["a MIDI file has no staves for a piano reduction; write MusicXML to have it"]
    from ripieno_bridges.formats.piano_reduction import with_piano_reduction

    return with_piano_reduction(read_musicxml_source(path, data))


def run_for_piano(
    runner: ModelRunner, on_document: DocumentRequest, source: Source, *, progress: ProgressCallback
) -> TaskResult:
    """A task for the piano: a melody's document with a piano part in it, or a new score for two hands."""
    accompanies, melody = on_document.request.task == "harmonize", on_document.melody
    moved = on_document.transposition
    moved = moved if isinstance(moved, int) else 0  # a piano has every key
    if moved:
        source = transposed_source(source, moved)
    choir = None
    with naming_file(source.path.name):
        if accompanies:
            choir = assign_voices(source.score, melody=melody, lines=source.lines)
        elif melody is not None:
            raise RequestError("melody is for a choir, or for the piano under a melody; leave it out")
        score = source.score if choir is None else choir.score
        reply = runner.answer(with_score(on_document.request, on_document, score), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        if choir is None:
            return encode_regenerated(source, result, path)
        with naming_file(source.path.name):
            return encode_accompanied(source, melody_of(choir), result, path)

    symbols = passed_over_harmony(source)
    remarks = [*remarks_on_source(source, choir), *symbols, *transposition_remarks(moved)]
    if not accompanies and not is_midi(source.path):
        remarks.append("piano music comes as a new score; words, dynamics and layout are not in it")
    encoding = encoding_of(source) if accompanies else UTF8
    document = source.document if accompanies else None
    return TaskResult(reply, encode, None, moved, tuple(remarks), encoding, choir, document)


def remarks_on_source(source: Source, choir: Choir | None) -> list[str]:
    """What was left out, guessed or passed over when a document was read."""
    return [*source.remarks, *(() if choir is None else choir.remarks)]


def encoding_of(source: Source) -> str:
    """The encoding of a source's document; UTF-8 for what is written new."""
    return UTF8 if source.document is None else source.document.xml.encoding


def transposition_remarks(semitones: int) -> list[str]:
    """A remark about a transposition, if there was one."""
    return [f"the piece was moved by {semitones:+d} semitones"] if semitones else []


def compose(runner: ModelRunner, on_document: DocumentRequest, *, progress: ProgressCallback) -> TaskResult:
    """Compose a new document."""
    request, form, layout = on_document.request, on_document.write_chords, layout_of(on_document)
    reply = runner.answer(analysed_for(request, form), progress=progress)

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        result = result if path.suffix.lower() in MIDI else folded(result)  # MIDI has no repeats
        data, remarks = encode_new(result.score, path, layout=layout, ensemble=request.ensemble)
        data, more = with_written_chords(data, result, path, form)
        data, of_piano = reduced(data, path, wanted=on_document.piano_reduction)
        return data, [*remarks, *more, *of_piano]

    return TaskResult(reply, encode, ensemble=ensemble_of(request), has_reduction=on_document.piano_reduction)


def layout_of(on_document: DocumentRequest) -> str:
    """How new voices are laid out: as asked for, or for a keyboard."""
    if not on_document.request.keyboard:
        return on_document.layout
    if on_document.layout == "closed":
        raise RequestError(
            "closed is a layout for a choir, and the music is to be for a keyboard; leave one out"
        )
    return "keyboard"


def with_score(request: Request, on_document: DocumentRequest, score: Score) -> Request:
    """The request with the document's score, and the times of its measures."""
    selection = request.selection
    if on_document.measures is not None:
        selection = score.span(measure_range(score, *on_document.measures))
    return structs.replace(request, score=score, selection=selection)
