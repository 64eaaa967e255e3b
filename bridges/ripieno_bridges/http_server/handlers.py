"""The handlers: the code that serves each route. ``routes`` says which handler serves which address."""

from __future__ import annotations

import asyncio
from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import ripieno
from ripieno.ensembles.read import ensemble_names
from ripieno.models.catalog import model_card
from ripieno_bridges.api import requests
from ripieno_bridges.api.exports import EXPORTS, ExportKind
from ripieno_bridges.api.replies import STOPPING, Failed, Final
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.api.settings_table import as_json
from ripieno_bridges.http_server import parse_request
from ripieno_bridges.http_server.assign_lines import assign_lines
from ripieno_bridges.http_server.build_response import build_answer, listed_ensemble
from ripieno_bridges.http_server.disconnect import until_disconnect
from ripieno_bridges.http_server.errors import HttpError, error_answer, error_response
from ripieno_bridges.http_server.jobs import HttpJobs
from ripieno_bridges.http_server.media_types import EVENT_STREAM, HTML, JSON
from ripieno_bridges.http_server.metrics import Metrics
from ripieno_bridges.http_server.parse_packed import parse_packed
from ripieno_bridges.http_server.parse_request import ParsedRequest
from ripieno_bridges.http_server.response_models import (
    Example,
    ExamplesAnswer,
    ExportInfo,
    ExportsAnswer,
    HealthAnswer,
    Model,
    ModelsAnswer,
    ResponseModel,
    RunAnswer,
    SettingInfo,
    SettingsAnswer,
    StatusAnswer,
)
from ripieno_bridges.http_server.security import CLIENT
from ripieno_bridges.http_server.sse import EventStream
from ripieno_bridges.http_server.static_files import Pages, missing_page
from ripieno_bridges.listening.listening_test import sample_test
from ripieno_bridges.listening.write_page import page_for_server
from ripieno_bridges.service.protocols import Backend


class HttpHandlers:
    """The handlers, and what they share. Each raises RipienoError for a request that cannot be served.

    openapi: the description for programs, as JSON.
    """

    def __init__(self, service: Backend, pages: Pages, openapi: bytes, metrics: Metrics) -> None:
        self._service, self._pages, self._openapi, self._metrics = service, pages, openapi, metrics
        self._jobs = HttpJobs(service)
        self._is_stopping = False

    def stop(self) -> None:
        """End all jobs, since the server is being stopped."""
        self._is_stopping = True
        self._jobs.stop(STOPPING)

    # -- the page ------------------------------------------------------------------------------------------

    async def page(self, _request: Request) -> Response:
        if self._pages.missing or "index.html" not in self._pages.files:
            return Response(missing_page(self._pages.missing), 503, media_type=HTML)
        return self._file_of_page("index.html")

    async def page_file(self, request: Request) -> Response:
        return self._file_of_page(request.path_params["file"])

    async def listening_test(self, _request: Request) -> Response:
        return Response(page_for_server(sample_test()), media_type=HTML)

    def _file_of_page(self, name: str) -> Response:
        file = self._pages.files.get(name)
        if file is None:
            raise HttpError(
                "not_found", "the page has no such file; open http://127.0.0.1 and the port alone"
            )
        return Response(file.data(), media_type=file.media_type)

    # -- information ---------------------------------------------------------------------------------------

    async def status(self, _request: Request) -> Response:
        status = self._service.status()
        answer = StatusAnswer(
            version=ripieno.__version__,
            model=status.model,
            queue=status.queue,
            state=status.state,
            restarts=status.restarts,
            retry_seconds=None if status.retry_seconds is None else round(status.retry_seconds, 1),
            error=None if status.fault is None else error_answer(status.fault).error,
        )
        return json_response(answer, status=200 if status.fault is None else 503)

    async def health(self, _request: Request) -> Response:
        state = self._service.status().state
        return json_response(HealthAnswer(state=state), status=200 if state == "ready" else 503)

    async def metrics(self, request: Request) -> Response:
        data, media_type = self._metrics.text(request.headers.get("accept", ""))
        return Response(data, media_type=media_type)

    async def models(self, _request: Request) -> Response:
        return json_response(ModelsAnswer(models=tuple(map(model_answer, self._service.models))))

    async def settings(self, _request: Request) -> Response:
        infos = (SettingInfo(**as_json(setting)) for setting in settings_of("http").values())
        ensembles = map(listed_ensemble, ensemble_names())
        return json_response(SettingsAnswer(settings=tuple(infos), ensembles=tuple(ensembles)))

    async def examples(self, _request: Request) -> Response:
        examples = self._pages.examples.items()
        return json_response(
            ExamplesAnswer(examples=tuple(Example(name=name, title=file.title) for name, file in examples))
        )

    async def exports(self, _request: Request) -> Response:
        return json_response(ExportsAnswer(exports=tuple(map(export_info, EXPORTS))))

    async def example(self, request: Request) -> Response:
        file = self._pages.examples.get(request.path_params["name"])
        if file is None:
            raise HttpError("not_found", "there is no such example; /v1/examples lists them")
        return Response(file.data(), media_type=file.media_type)

    async def openapi(self, _request: Request) -> Response:
        return Response(self._openapi, media_type=JSON)

    # -- jobs ----------------------------------------------------------------------------------------------

    async def job(self, request: Request) -> Response:
        job = self._jobs.find(request.path_params["id"])
        return json_response(RunAnswer(id=job.id, state=job.state, fraction=job.fraction or 0.0))

    async def cancel_job(self, request: Request) -> Response:
        job = self._jobs.cancel(request.path_params["id"])
        return json_response(RunAnswer(id=job.id, state="cancelled", fraction=job.fraction or 0.0))

    # -- tasks on notes ------------------------------------------------------------------------------------

    async def harmonize(self, request: Request) -> Response:
        return await self._notes_task(request, "harmonize")

    async def compose(self, request: Request) -> Response:
        return await self._notes_task(request, "compose")

    async def continue_(self, request: Request) -> Response:
        return await self._notes_task(request, "continue")

    async def infill(self, request: Request) -> Response:
        return await self._notes_task(request, "infill")

    async def vary(self, request: Request) -> Response:
        return await self._notes_task(request, "vary")

    async def _notes_task(self, request: Request, task: requests.TaskName) -> Response:
        data = await request.body()
        # Bodies are parsed in a thread: 20 000 notes take a while, and other clients use the event loop.
        parsed = await asyncio.to_thread(parse_request.parse_notes_task, data, task, self._service.models)
        return await self._run(request, parsed)

    async def check(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_request.parse_check, await request.body())
        return await self._run(request, parsed)

    async def lines(self, request: Request) -> Response:
        return json_response(await asyncio.to_thread(assign_lines, await request.body()))

    async def packed(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_packed, await request.body(), self._service.models)
        return await self._run(request, parsed)

    # -- tasks on documents --------------------------------------------------------------------------------

    async def harmonize_document(self, request: Request) -> Response:
        return await self._document_task(request, "harmonize")

    async def compose_document(self, request: Request) -> Response:
        return await self._document_task(request, "compose")

    async def continue_document(self, request: Request) -> Response:
        return await self._document_task(request, "continue")

    async def infill_document(self, request: Request) -> Response:
        return await self._document_task(request, "infill")

    async def vary_document(self, request: Request) -> Response:
        return await self._document_task(request, "vary")

    async def _document_task(self, request: Request, task: requests.TaskName) -> Response:
        data = await request.body()
        parsed = await asyncio.to_thread(parse_request.parse_document_task, data, task, self._service.models)
        return await self._run(request, parsed)

    async def read_document(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_request.parse_read, await request.body())
        return await self._run(request, parsed)

    async def move_note(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_request.parse_move_note, await request.body())
        return await self._run(request, parsed)

    async def fitting_chords(self, request: Request) -> Response:
        data = await request.body()
        parsed = await asyncio.to_thread(parse_request.parse_chords, data, self._service.models)
        return await self._run(request, parsed)

    async def document_to_midi(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_request.parse_midi, await request.body())
        return await self._run(request, parsed)

    async def export_document(self, request: Request) -> Response:
        parsed = await asyncio.to_thread(parse_request.parse_export, await request.body())
        return await self._run(request, parsed)

    # -- running a request ---------------------------------------------------------------------------------

    async def _run(self, request: Request, parsed: ParsedRequest) -> Response:
        """Submit a request to the service, and respond when it has ended, or with a stream of its events."""
        if self._is_stopping:
            return error_response(STOPPING)
        job = self._jobs.start(parsed.id, parsed.request, client=request.scope.get(CLIENT))
        if EVENT_STREAM in request.headers.get("accept", ""):
            refusal = job.ticket.final
            if isinstance(refusal, Failed):  # at once: the response is an error, not a stream
                self._jobs.release(job)
                return error_response(refusal)
            return EventStream(self._jobs, job, parsed)
        try:
            final = await until_disconnect(job.ended(), request.receive)
        finally:
            self._jobs.release(job)
        if final is None:
            return NoResponse()
        return await asyncio.to_thread(final_response, parsed, job.id, final)


class NoResponse(Response):
    """Sends nothing, since the client has disconnected."""

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        """Send nothing."""


def final_response(parsed: ParsedRequest, job_id: str, final: Final) -> Response:
    """The response to a request that has ended."""
    answer = build_answer(parsed, job_id, final)
    return error_response(answer) if isinstance(answer, Failed) else json_response(answer)


def json_response(answer: ResponseModel, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type=JSON)


def export_info(kind: ExportKind) -> ExportInfo:
    """A kind of file, and whether it can be made here."""
    return ExportInfo(
        name=kind.name,
        title=kind.title,
        ending=kind.endings[0],
        media_type=kind.media_type,
        about=kind.about,
        available=kind.is_available,
    )


def model_answer(name: str) -> Model:
    """A model, with what its card says about it."""
    entries = {key: value for key, value in model_card(name).items() if isinstance(value, str)}
    return Model(
        name=name,
        performers=requests.performers_of(None, name),
        tasks=get_args(requests.TaskName),
        family=entries.get("family"),
        meter=str(requests.meter_of(name)),
        about=entries.get("about"),
    )
