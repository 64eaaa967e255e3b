"""What each route does: the table of them, which is also what ``openapi`` tells and a test compares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import msgspec
from starlette.requests import Request as Asking
from starlette.responses import Response

import ripieno
from ripieno.errors import RipienoError
from ripieno.models.catalog import model_card
from ripieno_bridges.api.replies import OUR_FAULT, STOPPING, Cancelled, Done, Failed, Final
from ripieno_bridges.api.requests import AnyRequest, TaskName, meter_of, performers_of
from ripieno_bridges.http_server import build_response, parse_request, request_models, response_models
from ripieno_bridges.http_server.errors import CANCELLED, HttpError, error_of, told
from ripieno_bridges.http_server.jobs import HttpJob, HttpJobs, unless_gone
from ripieno_bridges.http_server.request_models import Named, check_lengths, read_body
from ripieno_bridges.http_server.response_models import Answer, RunAnswer, Started
from ripieno_bridges.http_server.sse import STREAM, End, Stream, hung_up
from ripieno_bridges.http_server.static_files import Pages, missing_page
from ripieno_bridges.http_server.write_score import Paper
from ripieno_bridges.service.protocols import Backend

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """A request as it was understood: what is asked, and what is told of the reply (an id, a reply)."""

    name: str | None
    ask: AnyRequest
    tell: Callable[[str, Any], Answer]


MakePlan = Callable[[Any, Sequence[str]], RequestPlan]


class HttpHandlers:
    """What can be done for those who ask."""

    def __init__(self, service: Backend, pages: Pages) -> None:
        self._service, self._pages = service, pages
        self._runs = HttpJobs(service)
        self._stopping = False

    def stop(self) -> None:
        """End all requests, since the server is stopped."""
        self._stopping = True
        self._runs.stop(STOPPING)

    # -- what there is to know -----------------------------------------------------------------------------

    def page(self, _asking: Asking) -> Response:
        if self._pages.missing or "index.html" not in self._pages.files:
            return Response(missing_page(self._pages.missing), 503, media_type="text/html; charset=utf-8")
        return self._file("index.html")

    def page_file(self, asking: Asking) -> Response:
        return self._file(asking.path_params["file"])

    def _file(self, name: str) -> Response:
        found = self._pages.files.get(name)
        if found is None:
            raise HttpError(
                "not_found", "the page has no such file; open http://127.0.0.1 and the port alone"
            )
        return Response(found.data(), media_type=found.media_type)

    def status(self, _asking: Asking) -> response_models.StatusAnswer:
        status = self._service.status()
        return response_models.StatusAnswer(
            version=ripieno.__version__, model=status.model, queue=status.queue
        )

    def models(self, _asking: Asking) -> response_models.ModelsAnswer:
        return response_models.ModelsAnswer(models=tuple(map(model_answer, self._service.models)))

    def examples(self, _asking: Asking) -> response_models.ExamplesAnswer:
        found = self._pages.examples.items()
        return response_models.ExamplesAnswer(
            examples=tuple(response_models.Example(name=name, title=example.title) for name, example in found)
        )

    def example(self, asking: Asking) -> Response:
        found = self._pages.examples.get(asking.path_params["name"])
        if found is None:
            raise HttpError("not_found", "there is no such example; /v1/examples lists them")
        return Response(found.data(), media_type=found.media_type)

    def openapi(self, _asking: Asking) -> Response:
        from ripieno_bridges.http_server.openapi import described

        return Response(described(), media_type="application/json")

    def run(self, asking: Asking) -> RunAnswer:
        run = self._runs.find(asking.path_params["id"])
        return RunAnswer(id=run.name, state=run.state, fraction=run.fraction or 0.0)

    def cancel(self, asking: Asking) -> RunAnswer:
        run = self._runs.cancel(asking.path_params["id"])
        return RunAnswer(id=run.name, state="cancelled", fraction=run.fraction or 0.0)

    # -- requests ------------------------------------------------------------------------------------------

    async def request(self, asking: Asking, *, kind: type[Named], make: MakePlan) -> Any:
        """Do what a body asks for. Raises RipienoError."""
        data = await asking.body()
        # Beside the loop: 20 000 notes take a while, and others have only a ping.
        plan = await asyncio.to_thread(planned, data, kind, make, self._service.models)
        if self._stopping:
            return STOPPING
        run = self._runs.start(plan.name, plan.ask)
        if STREAM in asking.headers.get("accept", ""):
            refused = run.ticket.final
            if isinstance(refused, Failed):
                self._runs.end(run)
                return refused
            return Stream(run, partial(stream_end, tell=plan.tell), self._runs.end)
        try:
            final = await unless_gone(run.ended, partial(hung_up, asking.receive))
        finally:
            self._runs.end(run)
        return None if final is None else await asyncio.to_thread(outcome, run.name, final, plan.tell)


def planned(data: bytes, kind: type[Named], make: MakePlan, models: Sequence[str]) -> RequestPlan:
    """What a body asks for. Raises RipienoError."""
    body = read_body(data, kind)
    check_lengths(body)
    return make(body, models)


def outcome(name: str, final: Final, tell: Callable[[str, Any], Answer]) -> Answer | Failed:
    """The end of a request: its answer, or what is wrong."""
    if isinstance(final, Failed):
        return final
    if isinstance(final, Cancelled):
        return CANCELLED
    assert isinstance(final, Done), "there are no other ends"
    try:
        return tell(name, final.reply)
    except RipienoError as exc:
        return told(exc)
    except Exception:
        log.exception("the answer to %s cannot be told", name)
        return Failed("failed", OUR_FAULT)


async def stream_end(run: HttpJob, *, tell: Callable[[str, Any], Answer]) -> End:
    """The last event of a stream."""
    final = await run.ended()
    if isinstance(final, Cancelled):
        return "cancelled", msgspec.json.encode(Started(id=run.name))
    return await asyncio.to_thread(encoded_end, run.name, final, tell)


def encoded_end(name: str, final: Final, tell: Callable[[str, Any], Answer]) -> End:
    """An answer or an error, as the last event."""
    end = outcome(name, final, tell)
    if isinstance(end, Failed):
        return "error", msgspec.json.encode(error_of(end))
    return "done", msgspec.json.encode(end)


def model_answer(name: str) -> response_models.Model:
    """A model that can be asked for."""
    about = model_card(name).get("about")
    return response_models.Model(
        name=name,
        performers=performers_of(None, name),
        tasks=get_args(TaskName),
        meter=str(meter_of(name)),
        about=about if isinstance(about, str) else None,
    )


# -- what a body asks for ----------------------------------------------------------------------------------


def plan_notes(body: Any, models: Sequence[str], *, task: TaskName) -> RequestPlan:
    request, paper = parse_request.notes_ask(task, body, models=models)
    return RequestPlan(body.id, request, lambda name, reply: build_response.notes_answer(name, reply, paper))


def plan_document(body: Any, models: Sequence[str], *, task: TaskName) -> RequestPlan:
    return RequestPlan(
        body.id, parse_request.document_ask(task, body, models=models), build_response.document_answer
    )


def plan_check(body: Any, _models: Sequence[str]) -> RequestPlan:
    paper = Paper(body.ticks_per_quarter)
    return RequestPlan(
        body.id,
        parse_request.check_ask(body),
        lambda name, reply: build_response.check_answer(name, reply, paper),
    )


def plan_read(body: Any, _models: Sequence[str]) -> RequestPlan:
    file = body.name
    return RequestPlan(
        body.id,
        parse_request.read_ask(body),
        lambda name, reply: build_response.read_answer(name, reply, file),
    )


def plan_midi(body: Any, _models: Sequence[str]) -> RequestPlan:
    return RequestPlan(body.id, parse_request.midi_ask(body), build_response.midi_answer)


# -- the routes --------------------------------------------------------------------------------------------

HTML, MUSICXML = "text/html", "application/vnd.recordare.musicxml+xml"
ASKED = ("bad_message", "too_large", "bad_type", "bad_request", "cancelled", "failed", "busy", "stopping")


@dataclass(frozen=True, slots=True)
class Route:
    """A route. act: what is done. answer: a Struct, or the media type of what is no JSON.

    body: what it takes; None where it takes none. errors: its codes, beside those that every route has.
    """

    method: str
    path: str
    about: str
    act: Callable[[HttpHandlers, Asking], Any]
    answer: Any
    body: type[Named] | None = None
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As docs/protocol.md has it."""
        return f"{self.method} {self.path}"


def asked(path: str, about: str, kind: type[Named], make: MakePlan, answer: Any, *errors: str) -> Route:
    """A route that does what a body asks for."""

    async def act(deeds: HttpHandlers, asking: Asking) -> Any:
        return await deeds.request(asking, kind=kind, make=make)

    return Route("POST", path, about, act, answer, kind, (*ASKED, *errors))


def tasks_routes() -> list[Route]:
    """The tasks, on notes and on documents."""
    made: list[Route] = []
    music = ("bad_score", "bad_model", "late")
    for task, about in TASKS.items():
        notes = request_models.ComposeBody if task == "compose" else request_models.NotesBody
        document = request_models.ComposeDocumentBody if task == "compose" else request_models.DocumentBody
        make = partial(plan_notes, task=task)
        made.append(asked(f"/v1/{task}", about, notes, make, response_models.NotesAnswer, *music))
        make = partial(plan_document, task=task)
        kind, path = response_models.DocumentAnswer, f"/v1/musicxml/{task}"
        made.append(asked(path, f"{about} In a document.", document, make, kind, *music, "bad_file"))
    return made


TASKS: dict[TaskName, str] = {
    "harmonize": "Write the voices that have no notes.",
    "compose": "Compose some measures.",
    "continue": "Go on after the last measure.",
    "infill": "Write anew what begins in the selection.",
    "vary": "The given notes, changed a little.",
}
ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "The page.", HttpHandlers.page, HTML, errors=("failed",)),
    Route(
        "GET", "/page/{file}", "What it consists of.", HttpHandlers.page_file, "*/*", errors=("not_found",)
    ),
    Route("GET", "/v1/status", "How the server is.", HttpHandlers.status, response_models.StatusAnswer),
    Route("GET", "/v1/models", "The models.", HttpHandlers.models, response_models.ModelsAnswer),
    Route("GET", "/v1/examples", "Melodies to try.", HttpHandlers.examples, response_models.ExamplesAnswer),
    Route(
        "GET", "/v1/examples/{name}", "One of them.", HttpHandlers.example, MUSICXML, errors=("not_found",)
    ),
    Route("GET", "/v1/openapi.json", "All this.", HttpHandlers.openapi, "application/json"),
    Route(
        *("GET", "/v1/requests/{id}", "How far a request is."),
        *(HttpHandlers.run, response_models.RunAnswer),
        errors=("not_found",),
    ),
    Route(
        *("DELETE", "/v1/requests/{id}", "Stop a request."),
        *(HttpHandlers.cancel, response_models.RunAnswer),
        errors=("not_found",),
    ),
    *tasks_routes(),
    asked(
        *(
            "/v1/check",
            "Look for faults in notes.",
            request_models.CheckBody,
            plan_check,
            response_models.CheckAnswer,
        ),
        "bad_score",
    ),
    asked(
        *(
            "/v1/musicxml/read",
            "A document, read.",
            request_models.ReadBody,
            plan_read,
            response_models.ReadAnswer,
        ),
        *("bad_score", "bad_file"),
    ),
    asked(
        *(
            "/v1/musicxml/midi",
            "A document as MIDI.",
            request_models.ReadBody,
            plan_midi,
            response_models.MidiAnswer,
        ),
        *("bad_score", "bad_file"),
    ),
)
