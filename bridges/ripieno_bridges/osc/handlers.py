"""The OSC handlers: the table of all addresses, and the method that serves each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import ripieno
from ripieno.errors import RequestError
from ripieno_bridges.api.kinds import Argument
from ripieno_bridges.api.requests import Request, TaskName
from ripieno_bridges.osc.arguments import Arguments, arguments, parse_number, parse_whole
from ripieno_bridges.osc.clients import Clients, Key
from ripieno_bridges.osc.drafts import (
    VELOCITY,
    Draft,
    ShiftedRequest,
    build_options,
    build_request,
    build_respond_request,
    check_model,
)
from ripieno_bridges.osc.jobs import (
    NOTES_PER_PACKET,
    Cancel,
    OscJob,
    OscJobs,
    PacketSender,
    SubmitRequest,
)
from ripieno_bridges.osc.packets import OscMessage
from ripieno_bridges.osc.replies import MODELS, OK, PONG, STATUS, encode
from ripieno_bridges.osc.send_queue import Destination
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.service.service import AnswerError
from ripieno_bridges.service.tickets import EventCallback

NO_LIVE = "this ripieno was not started for Ableton Live; `ripieno serve --help` says how that is done"


class LiveJobs(Protocol):
    """Takes requests about the clips of Ableton Live."""

    def submit(
        self,
        task: str,
        *,
        clip_slot: tuple[int, int] | None,
        options: Request,
        client: Hashable,
        on_event: EventCallback,
    ) -> Any:
        """Submit a request and return its ticket; ``on_event`` gets its events later, the last one final.

        clip_slot: track and slot, from 0; None for the selected clip. options: the request without notes.
        """

    def cancel(self, ticket: Any) -> None:
        """Cancel a request; its ``on_event`` gets ``Cancelled``."""


class OscCall(NamedTuple):
    """A message with its sender. key: the client and the request's id. values: the arguments after the id."""

    source: Destination
    key: Key
    values: Sequence[Argument]
    message: OscMessage


class OscHandlers:
    """The methods that serve the addresses, and the state that they share."""

    def __init__(self, service: Backend, sender: PacketSender, *, live: LiveJobs | None = None) -> None:
        self._service, self._sender, self._live = service, sender, live
        self.clients = Clients()
        self.jobs = OscJobs(self.clients, sender)

    # -- the server ----------------------------------------------------------------------------------------

    def ping(self, call: OscCall) -> None:
        client, request_id = call.key
        self._sender.send_now(client, encode(PONG, request_id, ripieno.__version__))

    def status(self, call: OscCall) -> None:
        client, request_id = call.key
        status = self._service.status()
        reply = encode(STATUS, request_id, status.model, status.queue, ripieno.__version__)
        self._sender.send_now(client, reply)

    def models(self, call: OscCall) -> None:
        client, request_id = call.key
        self._sender.send_now(client, encode(MODELS, request_id, *self._service.models))

    def reply_to(self, call: OscCall) -> None:
        """Send replies to another port from now on, those to all requests or to one id."""
        if call.source.network == "tcp":
            raise RequestError("answers to TCP go back on the connection; reply_to is for UDP")
        port = parse_whole("port", call.values[0], 1, 65_535)
        if port == self._sender.port:
            raise RequestError(f"{port} is ripieno's own port; name the one that you listen to")
        request_id = parse_whole("id", call.values[1]) if len(call.values) > 1 else None
        old = call.source if request_id is None else self.clients.client_of(call.source, request_id)
        new = self.clients.reply_to(call.source, port, request_id)
        self.clients.move(old, new, request_id)
        self.jobs.move(old, new, request_id)
        self._sender.send_now(new, encode(OK, port))

    # -- drafts --------------------------------------------------------------------------------------------

    def notes(self, call: OscCall) -> None:
        """Add notes to a draft, or to a job that still waits for them."""
        self._add_notes(call.key, call.values)

    def seed(self, call: OscCall) -> None:
        """Add notes of the soprano, which come without voice and velocity."""
        triples = zip(*[iter(call.values)] * 3, strict=True)
        self._add_notes(call.key, [value for triple in triples for value in (0, *triple, VELOCITY)])

    def set(self, call: OscCall) -> None:
        """Change a setting of a draft."""
        name, value = call.values
        draft = self._open_draft(call.key)
        if draft is not None:
            draft.set(str(name), value)
            if name == "model":
                check_model(draft.settings["model"], self._service.models)

    def clear(self, call: OscCall) -> None:
        self.clients.drop_draft(call.key)

    def play(self, call: OscCall) -> None:
        """Press or release a key in a draft that is played live."""
        pitch = parse_whole("pitch", call.values[0], 0, 127)
        velocity, time = parse_number("velocity", call.values[1]), parse_number("time", call.values[2])
        self.clients.draft(call.key).play(pitch, round(velocity), time)

    def _add_notes(self, key: Key, numbers: Sequence[Argument]) -> None:
        draft = self._open_draft(key)
        if draft is not None:
            self.clients.add_notes(draft, numbers)
            self.jobs.draft_changed(key)

    def _open_draft(self, key: Key) -> Draft | None:
        """The draft that takes notes and settings for this id; None where they come too late."""
        if key not in self.jobs:
            return self.clients.draft(key)
        played_live = self.clients.find_draft(key)
        return self.jobs.collecting_draft(key) or played_live

    # -- requests ------------------------------------------------------------------------------------------

    def harmonize(self, call: OscCall) -> None:
        self._start("harmonize", call, count=call.values)

    def compose(self, call: OscCall) -> None:
        self._start("compose", call)

    def continue_(self, call: OscCall) -> None:
        self._start("continue", call, count=call.values)

    def infill(self, call: OscCall) -> None:
        start, length, *count = call.values
        span = parse_number("start", start), parse_number("length", length)
        self._start("infill", call, count=count, span=span)

    def vary(self, call: OscCall) -> None:
        self._start("vary", call, count=call.values)

    def respond(self, call: OscCall) -> None:
        """Answer the keys that were played up to a song position."""
        time = parse_number("time", call.values[0])
        draft, played = self.clients.take_phrase(call.key, time)

        def build(draft: Draft) -> ShiftedRequest:
            return build_respond_request(draft, played=played, time=time, models=self._service.models)

        self.jobs.start(OscJob(call.key, call.message, draft, build, self._to_engine(call.key[0], draft)))

    def cancel(self, call: OscCall) -> None:
        self.jobs.cancel(call.key)

    def again(self, call: OscCall) -> None:
        """Send the last reply to this id once more."""
        if call.key in self.jobs:
            return
        client, request_id = call.key
        reply = self.clients.last_reply(call.key)
        if reply is None:
            raise RequestError(f"there is no answer to {request_id} any more; send the request once more")
        self._sender.enqueue(client, reply.packets(NOTES_PER_PACKET[client.network]))

    def _start(
        self,
        task: TaskName,
        call: OscCall,
        *,
        count: Sequence[Argument] = (),
        span: tuple[float, float] | None = None,
    ) -> None:
        """Start a request to the engine. count: the number of notes, where the client announced it."""
        announced = parse_whole("count", count[0]) if count else None
        draft = self.clients.take_draft(call.key)

        def build(draft: Draft) -> ShiftedRequest:
            return build_request(task, draft, models=self._service.models, span=span)

        submit = self._to_engine(call.key[0], draft)
        self.jobs.start(OscJob(call.key, call.message, draft, build, submit, announced))

    def _to_engine(self, client: Destination, draft: Draft) -> SubmitRequest:
        """How a request is submitted to the engine."""

        def submit(request: Request, on_event: EventCallback) -> Cancel:
            replace = draft.settings.get("replace", False)
            ticket = self._service.submit(request, client=client, on_event=on_event, replace=replace)
            return lambda: self._service.cancel(ticket)

        return submit

    # -- requests about the clips of Ableton Live ----------------------------------------------------------

    def live_harmonize(self, call: OscCall) -> None:
        self._start_live("harmonize", call)

    def live_continue(self, call: OscCall) -> None:
        self._start_live("continue", call)

    def live_vary(self, call: OscCall) -> None:
        self._start_live("vary", call)

    def _start_live(self, task: TaskName, call: OscCall) -> None:
        """Start a request about a clip in Live. The values are its track and slot, or none."""
        live = self._live
        if live is None:
            raise AnswerError("live", NO_LIVE)
        numbers = [parse_whole("a track or slot", value) for value in call.values]
        clip_slot = (numbers[0], numbers[1]) if numbers else None
        client = call.key[0]

        def build(draft: Draft) -> ShiftedRequest:
            if draft.notes:
                raise RequestError("the notes are taken from the clip in Live; send none")
            return ShiftedRequest(build_options(task, draft, models=self._service.models))

        def submit(request: Request, on_event: EventCallback) -> Cancel:
            ticket = live.submit(task, clip_slot=clip_slot, options=request, client=client, on_event=on_event)
            return lambda: live.cancel(ticket)

        self.jobs.start(OscJob(call.key, call.message, self.clients.take_draft(call.key), build, submit))


@dataclass(frozen=True, slots=True)
class Address:
    """The arguments of an address, and the handler that serves it.

    starts: it starts a request, which gets one final reply. joins_words: where more arguments come than it
    has, the last ones are joined with spaces.
    """

    arguments: Arguments
    handler: Callable[[OscHandlers, OscCall], None]
    starts: bool = False
    joins_words: bool = False


ADDRESSES: dict[str, Address] = {
    "/ripieno/ping": Address(arguments("id"), OscHandlers.ping),
    "/ripieno/reply_to": Address(arguments("port [id]"), OscHandlers.reply_to),
    "/ripieno/notes": Address(arguments("id (voice pitch start duration velocity)*"), OscHandlers.notes),
    "/ripieno/seed": Address(arguments("id (pitch start duration)*"), OscHandlers.seed),
    "/ripieno/set": Address(arguments("id name value"), OscHandlers.set, joins_words=True),
    "/ripieno/clear": Address(arguments("id"), OscHandlers.clear),
    "/ripieno/play": Address(arguments("id pitch velocity time"), OscHandlers.play),
    "/ripieno/respond": Address(arguments("id time"), OscHandlers.respond, starts=True),
    "/ripieno/cancel": Address(arguments("id"), OscHandlers.cancel),
    "/ripieno/again": Address(arguments("id"), OscHandlers.again),
    "/ripieno/status": Address(arguments("id"), OscHandlers.status),
    "/ripieno/models": Address(arguments("id"), OscHandlers.models),
    "/ripieno/harmonize": Address(arguments("id [count]"), OscHandlers.harmonize, starts=True),
    "/ripieno/compose": Address(arguments("id"), OscHandlers.compose, starts=True),
    "/ripieno/continue": Address(arguments("id [count]"), OscHandlers.continue_, starts=True),
    "/ripieno/infill": Address(arguments("id start length [count]"), OscHandlers.infill, starts=True),
    "/ripieno/vary": Address(arguments("id [count]"), OscHandlers.vary, starts=True),
    "/ripieno/live/harmonize": Address(arguments("id [track slot]"), OscHandlers.live_harmonize, starts=True),
    "/ripieno/live/continue": Address(arguments("id [track slot]"), OscHandlers.live_continue, starts=True),
    "/ripieno/live/vary": Address(arguments("id [track slot]"), OscHandlers.live_vary, starts=True),
}
