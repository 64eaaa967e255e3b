"""The table of routes: which handler serves which address, and what OpenAPI says about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from ripieno_bridges.http_server import request_models, response_models
from ripieno_bridges.http_server.handlers import HttpHandlers
from ripieno_bridges.http_server.media_types import ANY, HTML, JSON, MUSICXML, TEXT
from ripieno_bridges.http_server.request_models import BodyWithId
from ripieno_bridges.http_server.response_models import ResponseModel

BODY_ERRORS = (
    "bad_message",
    "too_large",
    "bad_type",
    "bad_request",
    "too_many",
    "cancelled",
    "failed",
    "busy",
    "stopping",
)
NOTES_ERRORS = (*BODY_ERRORS, "bad_score")
DOCUMENT_ERRORS = (*NOTES_ERRORS, "bad_file")
TASK_ERRORS = ("bad_model", "late")


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """A route.

    handler: a method of ``HttpHandlers``. summary: for OpenAPI. answer: the Struct of its JSON, or the media
    type of any other answer. body: the Struct of its JSON; None if it takes no body. errors: the codes that
    it can answer with, beside those that every route can. also: other numbers of HTTP than 200 with which its
    answer comes.
    """

    method: str
    path: str
    handler: Callable[[HttpHandlers, Request], Awaitable[Response]]
    summary: str
    answer: type[ResponseModel] | str
    body: type[BodyWithId] | None = None
    errors: tuple[str, ...] = ()
    also: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The route as docs/protocol.md writes it."""
        return f"{self.method} {self.path}"


ROUTES: tuple[HttpRoute, ...] = (
    HttpRoute(
        "GET",
        "/",
        HttpHandlers.page,
        "The page.",
        HTML,
    ),
    HttpRoute(
        "GET",
        "/page/{file}",
        HttpHandlers.page_file,
        "A file of the page.",
        ANY,
        errors=("not_found",),
    ),
    HttpRoute(
        "GET",
        "/listening-test",
        HttpHandlers.listening_test,
        "The page of a listening test: the one that ripieno ships.",
        HTML,
    ),
    HttpRoute(
        "GET",
        "/v1/status",
        HttpHandlers.status,
        "The state of the server.",
        response_models.StatusAnswer,
        also=(503,),
    ),
    HttpRoute(
        "GET",
        "/v1/health",
        HttpHandlers.health,
        "Whether the server takes work, for whoever watches over it.",
        response_models.HealthAnswer,
        also=(503,),
    ),
    HttpRoute(
        "GET",
        "/v1/metrics",
        HttpHandlers.metrics,
        "What the server measures, for Prometheus.",
        TEXT,
    ),
    HttpRoute(
        "GET",
        "/v1/models",
        HttpHandlers.models,
        "The models.",
        response_models.ModelsAnswer,
    ),
    HttpRoute(
        "GET",
        "/v1/settings",
        HttpHandlers.settings,
        "The settings that bodies may have.",
        response_models.SettingsAnswer,
    ),
    HttpRoute(
        "GET",
        "/v1/examples",
        HttpHandlers.examples,
        "The example melodies.",
        response_models.ExamplesAnswer,
    ),
    HttpRoute(
        "GET",
        "/v1/exports",
        HttpHandlers.exports,
        "The kinds of files that a document can be saved as, besides MusicXML.",
        response_models.ExportsAnswer,
    ),
    HttpRoute(
        "GET",
        "/v1/examples/{name}",
        HttpHandlers.example,
        "An example melody, as MusicXML.",
        MUSICXML,
        errors=("not_found",),
    ),
    HttpRoute(
        "GET",
        "/v1/openapi.json",
        HttpHandlers.openapi,
        "This description.",
        JSON,
    ),
    HttpRoute(
        "GET",
        "/v1/requests/{id}",
        HttpHandlers.job,
        "The progress of a request.",
        response_models.RunAnswer,
        errors=("not_found",),
    ),
    HttpRoute(
        "DELETE",
        "/v1/requests/{id}",
        HttpHandlers.cancel_job,
        "Cancel a request.",
        response_models.RunAnswer,
        errors=("not_found",),
    ),
    HttpRoute(
        "POST",
        "/v1/harmonize",
        HttpHandlers.harmonize,
        "Write the voices that have no notes.",
        response_models.NotesAnswer,
        request_models.NotesBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/compose",
        HttpHandlers.compose,
        "Compose some measures.",
        response_models.NotesAnswer,
        request_models.ComposeBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/continue",
        HttpHandlers.continue_,
        "Continue after the last measure.",
        response_models.NotesAnswer,
        request_models.NotesBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/infill",
        HttpHandlers.infill,
        "Regenerate the notes that begin in the selection.",
        response_models.NotesAnswer,
        request_models.NotesBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/vary",
        HttpHandlers.vary,
        "Change the given notes a little.",
        response_models.NotesAnswer,
        request_models.NotesBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/check",
        HttpHandlers.check,
        "Check notes for faults.",
        response_models.CheckAnswer,
        request_models.CheckBody,
        NOTES_ERRORS,
    ),
    HttpRoute(
        "POST",
        "/v1/lines",
        HttpHandlers.lines,
        "Find which lines of a score are which voices.",
        response_models.LinesAnswer,
        request_models.LinesBody,
        NOTES_ERRORS,
    ),
    HttpRoute(
        "POST",
        "/v1/packed",
        HttpHandlers.packed,
        "A request of ripieno's own commands.",
        response_models.PackedAnswer,
        request_models.PackedBody,
        (*NOTES_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/harmonize",
        HttpHandlers.harmonize_document,
        "Write the voices that have no notes, in a document.",
        response_models.DocumentAnswer,
        request_models.DocumentBody,
        (*DOCUMENT_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/compose",
        HttpHandlers.compose_document,
        "Compose some measures, as a document.",
        response_models.DocumentAnswer,
        request_models.ComposeDocumentBody,
        (*DOCUMENT_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/continue",
        HttpHandlers.continue_document,
        "Continue after the last measure, in a document.",
        response_models.DocumentAnswer,
        request_models.DocumentBody,
        (*DOCUMENT_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/infill",
        HttpHandlers.infill_document,
        "Regenerate the notes that begin in the selection, in a document.",
        response_models.DocumentAnswer,
        request_models.DocumentBody,
        (*DOCUMENT_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/vary",
        HttpHandlers.vary_document,
        "Change the given notes a little, in a document.",
        response_models.DocumentAnswer,
        request_models.DocumentBody,
        (*DOCUMENT_ERRORS, *TASK_ERRORS),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/read",
        HttpHandlers.read_document,
        "Read a document: its voices, measures and faults.",
        response_models.ReadAnswer,
        request_models.ReadTuneBody,
        DOCUMENT_ERRORS,
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/move-note",
        HttpHandlers.move_note,
        "Move a note of a document, and read the document then.",
        response_models.ReadAnswer,
        request_models.MoveNoteBody,
        DOCUMENT_ERRORS,
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/chords",
        HttpHandlers.fitting_chords,
        "Find which chords fit a stretch of a document.",
        response_models.ChordsAnswer,
        request_models.ChordsBody,
        (*DOCUMENT_ERRORS, "bad_model"),
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/midi",
        HttpHandlers.document_to_midi,
        "Convert a document to MIDI.",
        response_models.ExportAnswer,
        request_models.ReadBody,
        DOCUMENT_ERRORS,
    ),
    HttpRoute(
        "POST",
        "/v1/musicxml/export",
        HttpHandlers.export_document,
        "Convert a document to a file of another kind.",
        response_models.ExportAnswer,
        request_models.ExportBody,
        DOCUMENT_ERRORS,
    ),
)
