"""What each OSC address does: the table of them, and for each the few lines that do it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import ripieno
from ripieno.errors import RequestError
from ripieno_bridges.api.kinds import Argument
from ripieno_bridges.api.requests import Request, TaskName
from ripieno_bridges.osc.arguments import Arguments, arguments, number_named, whole_named
from ripieno_bridges.osc.clients import Clients, Key
from ripieno_bridges.osc.drafts import VELOCITY, Draft, Order, options_of, order_of, response_to
from ripieno_bridges.osc.jobs import NOTES_A_PACKET, HandIn, OscJob, OscJobs, Post
from ripieno_bridges.osc.packets import OscMessage
from ripieno_bridges.osc.replies import MODELS, OK, PONG, STATUS, encode
from ripieno_bridges.osc.send_queue import Destination
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.service.service import AnswerError, EventCallback

NO_LIVE = "this ripieno was not started for Ableton Live; `ripieno serve --help` says how that is done"


class LiveJobs(Protocol):
    """Whoever does the requests that are about the clips of Ableton Live."""

    def submit(
        self,
        task: str,
        *,
        place: tuple[int, int] | None,
        options: Request,
        client: Hashable,
        tell: EventCallback,
    ) -> Any:
        """Hand in a request: a ticket. place: track and slot; None for the selected clip.

        options: all but the notes. ``tell`` is called later, with its events up to a final one.
        """

    def cancel(self, ticket: Any) -> None:
        """End a request, which is told so."""


class OscCall(NamedTuple):
    """A message that was understood so far. values: its arguments without the id."""

    source: Destination
    key: Key
    values: Sequence[Argument]
    message: OscMessage


class OscHandlers:
    """What can be done for clients. ``runs`` and ``clients`` know what was done before."""

    def __init__(self, service: Backend, post: Post, *, live: LiveJobs | None = None) -> None:
        self._service, self._post, self._live = service, post, live
        self.clients = Clients()
        self.runs = OscJobs(self.clients, post)

    # -- what there is to know -----------------------------------------------------------------------------

    def ping(self, call: OscCall) -> None:
        self._post.now(call.key[0], encode(PONG, call.key[1], ripieno.__version__))

    def status(self, call: OscCall) -> None:
        status = self._service.status()
        place, number = call.key
        self._post.now(place, encode(STATUS, number, status.model, status.queue, ripieno.__version__))

    def models(self, call: OscCall) -> None:
        self._post.now(call.key[0], encode(MODELS, call.key[1], *self._service.models))

    def reply_to(self, call: OscCall) -> None:
        if call.source.network == "tcp":
            raise RequestError("answers to TCP go back on the connection; reply_to is for UDP")
        port = whole_named("port", call.values[0], 1, 65_535)
        if port == self._post.port:
            raise RequestError(f"{port} is ripieno's own port; name the one that you listen to")
        number = whole_named("id", call.values[1]) if len(call.values) > 1 else None
        old = call.source if number is None else self.clients.client_of(call.source, number)
        place = self.clients.reply_to(call.source, port, number)
        self.clients.move(old, place, number)
        self.runs.move(old, place, number)
        self._post.now(place, encode(OK, port))

    # -- drafts --------------------------------------------------------------------------------------------

    def notes(self, call: OscCall) -> None:
        draft = self._draft(call.key)
        if draft is not None:
            self.clients.add_notes(draft, call.values)
            self.runs.arrived(call.key)

    def seed(self, call: OscCall) -> None:
        triples = zip(*[iter(call.values)] * 3, strict=True)
        values = [value for triple in triples for value in (0, *triple, VELOCITY)]
        self.notes(call._replace(values=values))

    def set(self, call: OscCall) -> None:
        name, value = call.values
        draft = self._draft(call.key)
        if draft is not None:
            draft.set(str(name), value)

    def clear(self, call: OscCall) -> None:
        self.clients.drop_draft(call.key)

    def play(self, call: OscCall) -> None:
        pitch, velocity, moment = call.values
        key = whole_named("pitch", pitch, 0, 127)
        loud, time = number_named("velocity", velocity), number_named("time", moment)
        self.clients.draft(call.key).play(key, round(loud), time)

    def _draft(self, key: Key) -> Draft | None:
        """What the notes and settings of an id go into; None where they come too late for it."""
        if key not in self.runs:
            return self.clients.draft(key)
        played_on = self.clients.find_draft(key)
        return self.runs.gathering(key) or played_on

    # -- requests ------------------------------------------------------------------------------------------

    def start(self, call: OscCall, *, task: TaskName) -> None:
        values, span = list(call.values), None
        if task == "infill":
            span = number_named("start", values.pop(0)), number_named("length", values.pop(0))
        count = whole_named("count", values[0]) if values else None
        draft = self.clients.take_draft(call.key)
        make = partial(order_of, task, models=self._service.models, span=span)
        self.runs.start(OscJob(call.key, call.message, draft, make, self._engine(call.key[0], draft), count))

    def respond(self, call: OscCall) -> None:
        time = number_named("time", call.values[0])
        draft, played = self.clients.played_draft(call.key, time)
        make = partial(response_to, played=played, time=time, models=self._service.models)
        self.runs.start(OscJob(call.key, call.message, draft, make, self._engine(call.key[0], draft)))

    def start_live(self, call: OscCall, *, task: TaskName) -> None:
        live = self._live
        if live is None:
            raise AnswerError("live", NO_LIVE)
        track_slot = [whole_named("a track or slot", value) for value in call.values]
        place = (track_slot[0], track_slot[1]) if track_slot else None
        client = call.key[0]

        def hand_in(request: Request, tell: EventCallback) -> Callable[[], None]:
            ticket = live.submit(task, place=place, options=request, client=client, tell=tell)
            return partial(live.cancel, ticket)

        make = partial(live_order, task, models=self._service.models)
        draft = self.clients.take_draft(call.key)
        self.runs.start(OscJob(call.key, call.message, draft, make, hand_in))

    def cancel(self, call: OscCall) -> None:
        self.runs.cancel(call.key)

    def again(self, call: OscCall) -> None:
        if call.key in self.runs:
            return
        place, number = call.key
        answer = self.clients.kept(call.key)
        if answer is None:
            raise RequestError(f"there is no answer to {number} any more; send the request once more")
        self._post.later(place, answer.packets(NOTES_A_PACKET[place.network]))

    def _engine(self, client: Destination, draft: Draft) -> HandIn:
        """How a request is handed in to the engine."""

        def hand_in(request: Request, tell: EventCallback) -> Callable[[], None]:
            replace = draft.settings.get("replace", False)
            ticket = self._service.submit(request, client=client, tell=tell, replace=replace)
            return partial(self._service.cancel, ticket)

        return hand_in


@dataclass(frozen=True, slots=True)
class Address:
    """What may be said to an address, and what is then done.

    starts: a request, which gets one final answer. words: the last argument may come as several.
    """

    arguments: Arguments
    act: Callable[[OscHandlers, OscCall], None]
    starts: bool = False
    words: bool = False


ADDRESSES: dict[str, Address] = {
    "/ripieno/ping": Address(arguments("id"), OscHandlers.ping),
    "/ripieno/reply_to": Address(arguments("port [id]"), OscHandlers.reply_to),
    "/ripieno/notes": Address(arguments("id (voice pitch start duration velocity)*"), OscHandlers.notes),
    "/ripieno/seed": Address(arguments("id (pitch start duration)*"), OscHandlers.seed),
    "/ripieno/set": Address(arguments("id name value"), OscHandlers.set, words=True),
    "/ripieno/clear": Address(arguments("id"), OscHandlers.clear),
    "/ripieno/play": Address(arguments("id pitch velocity time"), OscHandlers.play),
    "/ripieno/respond": Address(arguments("id time"), OscHandlers.respond, starts=True),
    "/ripieno/cancel": Address(arguments("id"), OscHandlers.cancel),
    "/ripieno/again": Address(arguments("id"), OscHandlers.again),
    "/ripieno/status": Address(arguments("id"), OscHandlers.status),
    "/ripieno/models": Address(arguments("id"), OscHandlers.models),
}
STARTS: dict[TaskName, str] = {
    "harmonize": "id [count]",
    "compose": "id",
    "continue": "id [count]",
    "infill": "id start length [count]",
    "vary": "id [count]",
}
LIVE_STARTS: tuple[TaskName, ...] = ("harmonize", "continue", "vary")
ADDRESSES |= {
    f"/ripieno/{task}": Address(arguments(text), partial(OscHandlers.start, task=task), starts=True)
    for task, text in STARTS.items()
}
ADDRESSES |= {
    f"/ripieno/live/{task}": Address(
        arguments("id [track slot]"), partial(OscHandlers.start_live, task=task), starts=True
    )
    for task in LIVE_STARTS
}


def live_order(task: TaskName, draft: Draft, *, models: Sequence[str]) -> Order:
    """What is asked of a clip in Live, whose notes are not sent. Raises RipienoError."""
    if draft.notes:
        raise RequestError("the notes are taken from the clip in Live; send none")
    return Order(options_of(task, draft, models=models))
