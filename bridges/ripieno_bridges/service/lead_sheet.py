"""A melody's document -> a lead sheet: the same document with chords over the melody, and a piano if wanted.

The melody is harmonized for a choir, whose voices are not written; the chords are those of its analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from ripieno.errors import RequestError
from ripieno.harmony.asked_chord import AskedChord
from ripieno.harmony.harmony import HarmonyForm
from ripieno.models.generator import ProgressCallback
from ripieno.piano.comping import ChordSpan, comping
from ripieno.results import Result
from ripieno.theory.lead_sheet_chords import lead_sheet_chords
from ripieno_bridges.api.replies import DocumentLine, Reply
from ripieno_bridges.api.requests import DocumentRequest
from ripieno_bridges.formats.musicxml.patch import accompany
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.musicxml.write_harmony import write_harmony
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices
from ripieno_bridges.service.asked_chords import asked_on_score
from ripieno_bridges.service.document_harmony import with_document_harmony
from ripieno_bridges.service.document_job import (
    DocumentJob,
    encode_new,
    exporting,
    is_full,
    joined_names,
    lost_from_midi,
    melody_of,
    naming_file,
    packed_like,
)
from ripieno_bridges.service.document_report import task_in_one_line
from ripieno_bridges.service.document_sources import NEW_NAME, source_of, with_tune
from ripieno_bridges.service.document_task import do_task, with_score
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.written_chords import label_spans, written_chords


@dataclass(frozen=True, slots=True)
class LeadSheets:
    """The alternatives of a lead sheet.

    reply: its results have the melody, the hands of the piano as new notes, and the chords of the lead sheet
    as their analysis. encode: (a result, the path to save it under) -> (its bytes, remarks). understood,
    lines, remarks: as of ``TaskResult``.
    """

    reply: Reply
    encode: Callable[[Result, Path], tuple[bytes, list[str]]]
    understood: str
    lines: tuple[DocumentLine, ...]
    remarks: tuple[str, ...]


def lead_sheets(
    runner: ModelRunner,
    on_document: DocumentRequest,
    form: HarmonyForm,
    *,
    piano: bool,
    progress: ProgressCallback,
) -> LeadSheets:
    """Write lead sheets of the document of a request to harmonize. Raises RipienoError.

    form: of the chords; figures need a bass, which a lead sheet has not.
    """
    if form == "figures":
        raise RequestError(
            "figures stand under a bass, which a lead sheet has not; write symbols or numerals"
        )
    check_not_full(on_document)
    done = do_task(runner, on_document, progress=progress)
    assert done.job is not None, "a task for a choir"
    job = done.job
    asked = asked_chords(on_document, job, done.reply)
    results = [lead_sheet_of(result, job.choir, asked, piano=piano) for result in done.reply.results]

    def encode(result: Result, path: Path) -> tuple[bytes, list[str]]:
        with naming_file(job.source.path.name):
            return encode_lead_sheet(job, result, path, form)

    understood = task_in_one_line(job.choir, results, job.replaced, ["chords"])
    reply = structs.replace(done.reply, results=tuple(results))
    return LeadSheets(reply, exporting(encode, also_midi=True), understood, done.lines, done.remarks)


def check_not_full(on_document: DocumentRequest) -> None:
    """Raise RequestError where all voices have notes, and nothing says which of them to harmonize."""
    assert on_document.file is not None, "harmonize"
    if on_document.request.given is not None:
        return
    source = source_of(with_tune(on_document.file, on_document.tune))
    with naming_file(source.path.name):
        choir = assign_voices(source.score, melody=on_document.melody, lines=source.lines)
    if is_full(choir):
        raise RequestError(
            f"{joined_names(choir)} have notes, which are its harmony already; "
            "`ripieno check --analysis` names their chords, and --given soprano finds new ones for the melody"
        )


def asked_chords(on_document: DocumentRequest, job: DocumentJob, reply: Reply) -> tuple[AskedChord, ...]:
    """The chords that the request or the document asks for."""
    home = reply.results[0].key
    assert home is not None, "a choir's result"
    request = structs.replace(on_document.request, key=home)
    request, _ = with_document_harmony(request, on_document, job)
    return asked_on_score(with_score(request, on_document, job.choir.score), home, 0).chords


def lead_sheet_of(result: Result, choir: Choir, asked: Sequence[AskedChord], *, piano: bool) -> Result:
    """A harmonization as a lead sheet: the choir as it was given, the hands of a piano, the chords."""
    assert result.analysis is not None, "asked for"
    chords = lead_sheet_chords(result.analysis, result.score, asked)
    sheet = replace(result, analysis=replace(result.analysis, chords=chords), new=(), originality=None)
    if not piano:
        return replace(sheet, score=choir.score)
    spans = [ChordSpan(label.onset, end, label.symbol) for label, end in label_spans(sheet)]
    hands = comping(spans, choir.score)
    return replace(sheet, score=replace(choir.score, voices=(*choir.score.voices, *hands)), new=hands)


def encode_lead_sheet(
    job: DocumentJob, result: Result, path: Path, form: HarmonyForm
) -> tuple[bytes, list[str]]:
    """(the bytes to save under ``path``, remarks): the user's document, or a new one for a MIDI file."""
    line = melody_of(job.choir)
    remarks: list[str] = []
    document = job.source.document
    if document is None:
        document, remarks = new_lead_sheet(job, result, line)
        line = 0
    data, location = document.xml.data, document.locations[line]
    if result.new:
        data = accompany(document, location, result.score)
    made = write_harmony(data, written_chords(result, form), form, location=location, file=path.name)
    return packed_like(document, made.data, path), [*remarks, *made.remarks]


def new_lead_sheet(job: DocumentJob, result: Result, line: int) -> tuple[Document, list[str]]:
    """(a document with nothing but the melody of a MIDI file, remarks). line: the melody's index."""
    melody = replace(job.source.score.voices[line], name=job.choir.read[line].part)
    score = replace(result.score, voices=(melody,))
    data, remarks = encode_new(score, NEW_NAME)
    return read_musicxml(data, NEW_NAME.name), [*remarks, *lost_from_midi(job.choir)]
