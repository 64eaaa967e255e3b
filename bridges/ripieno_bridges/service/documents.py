"""Any request -> its reply, the one way for the command line, the servers and Python.

This is slow and loads torch; servers leave it to the worker.
"""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from ripieno.models.generator import ProgressCallback
from ripieno.tasks.new_notes import NotesCallback
from ripieno.theory.rules import faults
from ripieno_bridges.api.replies import (
    AnyReply,
    CheckReply,
    DocumentReply,
    EncodedFile,
    FilesReply,
)
from ripieno_bridges.api.requests import (
    AnyRequest,
    CheckRequest,
    ChordsRequest,
    DocumentRequest,
    ExportRequest,
    File,
    MoveNoteRequest,
    ReadRequest,
    Request,
)
from ripieno_bridges.formats.musicxml.safe_xml import as_utf8
from ripieno_bridges.formats.voice_assignment import sung_voices
from ripieno_bridges.service.chords_here import chords_here
from ripieno_bridges.service.document_sources import NEW_NAME, source_of, with_tune
from ripieno_bridges.service.document_staves import staves_of
from ripieno_bridges.service.document_task import do_task
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.read_document import exported, moved_note, read_document


def reply_to(  # noqa: PLR0911 (one for each kind)
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
        case DocumentRequest() if request.names:
            return reply_with_files(runner, request, progress=progress)
        case DocumentRequest():
            return reply_with_documents(runner, request, progress=progress)
        case ReadRequest(file, melody, tune, phrases, ensemble):
            return read_document(with_tune(file, tune), melody, phrases, ensemble)
        case ExportRequest(file, kind):
            return exported(source_of(file), kind)
        case MoveNoteRequest(file):
            return read_document(
                File(file.name, moved_note(request)), request.melody, ensemble=request.ensemble
            )
        case ChordsRequest(file):
            return chords_here(runner, request, source_of(file))
        case CheckRequest(score, ensemble):
            if ensemble is not None:
                return CheckReply(tuple(faults(score, ensemble.ranges)), ())
            choir, remarks = sung_voices(score)
            return CheckReply(tuple(faults(choir)), tuple(remarks))
        case _:
            assert_never(request)


def reply_with_documents(
    runner: ModelRunner, request: DocumentRequest, *, progress: ProgressCallback
) -> DocumentReply:
    """Do a task on a document, or compose one."""
    done = do_task(runner, request, progress=progress)
    encoded = [done.encode(result, NEW_NAME) for result in done.reply.results]
    documents = [as_utf8(data, done.encoding) for data, _ in encoded]
    remarks = dict.fromkeys([*done.remarks, *(remark for _, more in encoded for remark in more)])
    staves = staves_of(documents[0], done)
    return DocumentReply(
        done.reply, tuple(documents), staves, done.moved, tuple(remarks), done.lines, done.understood
    )


def reply_with_files(
    runner: ModelRunner, request: DocumentRequest, *, progress: ProgressCallback
) -> FilesReply:
    """The same, as the files that are asked for."""
    done = do_task(runner, request, progress=progress)
    encoded = (
        done.encode(result, Path(name))
        for result, name in zip(done.reply.results, request.names, strict=False)
    )
    files = tuple(EncodedFile(data, tuple(remarks)) for data, remarks in encoded)
    return FilesReply(done.reply, files, tuple(done.remarks), done.lines, done.understood)
