"""The service behind the servers: requests in, events out, with a queue and one worker process behind it.

Everything here runs in one asyncio loop and never blocks it; the worker does the work in a process of its
own (see ``supervisor``). Whatever happens, every request gets exactly one final event. The worker has one
request at a time, and gets the next when it has ended or stopped that one: so a worker that is killed, since
it does not stop, takes no other request with it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from ripieno.errors import RequestError, RipienoError, short
from ripieno.models.catalog import user_model_names
from ripieno.score import Note
from ripieno_bridges.api.checks import check_any_request
from ripieno_bridges.api.replies import (
    BUSY,
    STOPPING,
    Cancelled,
    Done,
    Event,
    Failed,
    Final,
    NewNotes,
    Progress,
    Reply,
)
from ripieno_bridges.api.requests import (
    AnyRequest,
    DocumentRequest,
    Request,
    offered,
    task_of,
    weight_of,
)
from ripieno_bridges.service.supervisor import FIRST_PAUSE_SECONDS, EngineState, Say, Supervisor
from ripieno_bridges.service.worker import Stop, Work, WorkerMessage

MAX_WAITING = 256
MAX_WAITING_NOTES = 200_000  # of all that wait together, so that memory is bounded
PATIENCE_SECONDS = 5.0  # for a worker to stop a request; then it is killed
REMINDER_SECONDS = 0.25  # until it is told again to stop, which interrupts it
MIN_SECONDS = 1e-3  # what a request gets whose deadline came while it waited
EventCallback = Callable[[Event], None]


class AnswerError(RipienoError):
    """A request that was not answered. code: one of ``docs/protocol.md``."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Status(msgspec.Struct, frozen=True):
    """The state of the service.

    model: the one that is loaded, or else the state. queue: requests that wait or are worked on. The numbers
    after it count from the start. fault: why the state is "failed". retry_seconds: until the next try.
    """

    model: str
    queue: int
    received: int
    done: int
    failed: int
    cancelled: int
    restarts: int
    state: EngineState = "ready"
    fault: Failed | None = None
    retry_seconds: float | None = None


@dataclass(eq=False, slots=True)
class Ticket:
    """A submitted request.

    final: its last event, once it has come. begun: a worker works on it. given: to how many workers.
    """

    number: int
    request: AnyRequest
    client: Hashable
    on_event: EventCallback
    submitted: float = field(default_factory=time.monotonic)
    final: Final | None = None
    timer: asyncio.TimerHandle | None = None
    begun: bool = False
    given: int = 0

    @property
    def deadline_seconds(self) -> float | None:
        """From when it was submitted; None where it has none."""
        request = task_of(self.request)
        return None if request is None else request.deadline_seconds

    @property
    def current_request(self) -> AnyRequest:
        """The request with what is left of its time."""
        if self.deadline_seconds is None:
            return self.request
        left = max(self.deadline_seconds - (time.monotonic() - self.submitted), MIN_SECONDS)
        if isinstance(self.request, DocumentRequest):
            return structs.replace(
                self.request, request=structs.replace(self.request.request, deadline_seconds=left)
            )
        return structs.replace(self.request, deadline_seconds=left)


class Service:
    """Takes requests, gives them to the worker one after the other, and passes on its events.

    models: those that may be asked for, and besides them the user's own; the first is the default and is
    loaded at the start. No other name that a client sends is ever looked for on the disk.
    """

    def __init__(
        self,
        models: tuple[str, ...] = (),
        *,
        max_waiting: int = MAX_WAITING,
        patience_seconds: float = PATIENCE_SECONDS,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        say: Say = lambda _: None,
    ) -> None:
        self._models = models or offered()
        self._max_waiting = max_waiting
        self._patience_seconds = patience_seconds
        self._waiting: deque[Ticket] = deque()
        self._working: Ticket | None = None  # what the worker has; it may be cancelled and not yet stopped
        self._stop_timer: asyncio.TimerHandle | None = None
        self._counts = dict.fromkeys(("received", "done", "failed", "cancelled"), 0)
        self._engine = Supervisor(self._models[0], self, say=say, first_pause_seconds=first_pause_seconds)
        self._open = False

    @property
    def models(self) -> tuple[str, ...]:
        """The models that may be asked for, the default first; also those that the user learned meanwhile."""
        return tuple(dict.fromkeys((*self._models, *user_model_names())))

    # -- its life ------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Service:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the worker and let it load the first model; requests may come at once."""
        self._open = True
        self._engine.start()

    async def stop(self) -> None:
        """End every request and the worker."""
        self._open = False
        for ticket in [*self._waiting, *([self._working] if self._working else [])]:
            self._finish(ticket, STOPPING)
        self._release()
        await self._engine.stop()
        await asyncio.sleep(0)  # so that the last events are sent

    async def ready(self) -> None:
        """Wait until the first model is loaded. Raises AnswerError where that cannot be."""
        await self._engine.started()
        if (fault := self._engine.fault) is not None:
            raise AnswerError(fault.code, fault.text)

    # -- requests ------------------------------------------------------------------------------------------

    def submit(
        self, request: AnyRequest, *, client: Hashable, on_event: EventCallback, replace: bool = False
    ) -> Ticket:
        """Submit a request. ``on_event`` is called later, in the loop, with its events up to the final one.

        replace: cancel this client's requests that still wait.
        """
        self._counts["received"] += 1
        ticket = Ticket(self._counts["received"], request, client, on_event)
        fault = self._refusal(request)
        if fault is not None:
            self._finish(ticket, fault)
            return ticket
        if replace:
            for waiting in [t for t in self._waiting if t.client == client]:
                self.cancel(waiting)
        if len(self._waiting) >= self._max_waiting or self._waiting_notes(ticket) > MAX_WAITING_NOTES:
            self._finish(ticket, BUSY)
            return ticket
        if ticket.deadline_seconds is not None:
            loop = asyncio.get_running_loop()
            ticket.timer = loop.call_later(ticket.deadline_seconds, self._expire, ticket)
        self._waiting.append(ticket)
        self._next()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop a request; its client gets ``Cancelled`` at once. Does nothing if it has ended."""
        if ticket is self._working and ticket.final is None:
            self._stop_working(time.monotonic() + self._patience_seconds)
        self._finish(ticket, Cancelled())

    async def ask(
        self,
        request: Request,
        *,
        client: Hashable = None,
        progress: Callable[[float], None] = lambda _: None,
        heard: Callable[[tuple[tuple[int, Note], ...]], None] = lambda _: None,
    ) -> Reply:
        """Submit a request and wait for its reply; cancelling the wait cancels it. Raises AnswerError."""
        end_of: asyncio.Future[Final] = asyncio.get_running_loop().create_future()

        def on_event(event: Event) -> None:
            if isinstance(event, Progress):
                progress(event.fraction)
            elif isinstance(event, NewNotes):
                heard(event.notes)
            elif not end_of.done():
                end_of.set_result(event)

        ticket = self.submit(request, client=client, on_event=on_event)
        try:
            final = await end_of
        except asyncio.CancelledError:
            self.cancel(ticket)
            raise
        if isinstance(final, Done):
            assert isinstance(final.reply, Reply), "the reply is of the request's kind"
            return final.reply
        if isinstance(final, Failed):
            raise AnswerError(final.code, final.text)
        raise AnswerError("cancelled", "the request was cancelled")

    def status(self) -> Status:
        """The state of the service, and its counters."""
        engine = self._engine
        working = self._working is not None and self._working.final is None
        return Status(
            engine.loaded if engine.state == "ready" and engine.loaded else engine.state,
            len(self._waiting) + working,
            **self._counts,
            restarts=engine.restarts,
            state=engine.state,
            fault=engine.refusal or engine.fault,
            retry_seconds=engine.retry_seconds,
        )

    def _refusal(self, any_request: AnyRequest) -> Failed | None:
        """Why a request is refused before it reaches the engine; None where it is not."""
        if not self._open:
            return STOPPING
        if self._engine.refusal is not None:
            return self._engine.refusal
        request = task_of(any_request)
        if request is not None and request.model not in self.models:
            there = ", ".join(self.models)
            text = f'there is no model "{short(request.model)}"; choose one of: {there}'
            return Failed("bad_model", text)
        try:
            check_any_request(any_request)
        except RequestError as exc:
            return Failed("bad_request", str(exc))
        return None

    def _waiting_notes(self, newest: Ticket) -> int:
        """How many notes wait, the newest request's included."""
        return sum(weight_of(ticket.request) for ticket in (*self._waiting, newest))

    def _expire(self, ticket: Ticket) -> None:
        """End a request whose deadline came while it waited; the worker watches that of the one in work."""
        if ticket in self._waiting:
            self._finish(ticket, Failed("late", "others were before it until the deadline; allow more time"))

    def _finish(self, ticket: Ticket, final: Final) -> None:
        """Send a request its final event, unless it has had one."""
        if ticket.final is not None:
            return
        ticket.final = final
        if ticket.timer is not None:
            ticket.timer.cancel()
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        self._counts[type(final).__name__.lower()] += 1
        asyncio.get_running_loop().call_soon(ticket.on_event, final)
        ticket.on_event = ignore_event  # its owner knows the ticket: as a circle, both would stay for long

    # -- the worker ----------------------------------------------------------------------------------------

    def _next(self) -> None:
        """Give the worker the next request if it is idle."""
        if self._working is None and self._waiting and self._engine.takes_work:
            ticket = self._working = self._waiting.popleft()
            ticket.given += 1
            self._engine.send(Work(ticket.number, ticket.current_request))

    def _stop_working(self, until: float) -> None:
        """Tell the worker to stop, again and again, and kill it if it has not stopped by then."""
        assert self._working is not None
        if time.monotonic() >= until:
            self._engine.kill(f"a cancelled request did not stop within {self._patience_seconds:g} seconds")
            return
        self._engine.send(Stop(self._working.number))
        loop = asyncio.get_running_loop()
        self._stop_timer = loop.call_later(REMINDER_SECONDS, self._stop_working, until)

    def _release(self) -> Ticket | None:
        """The worker has nothing any more. Returns what it had."""
        if self._stop_timer is not None:
            self._stop_timer.cancel()
        ticket, self._working, self._stop_timer = self._working, None, None
        return ticket

    def worker_is_ready(self) -> None:
        """Give it the next request."""
        self._next()

    def worker_said(self, message: WorkerMessage) -> None:
        """Pass on an event of the request in work."""
        ticket, event = self._working, message.event
        if ticket is None or ticket.number != message.number or event is None:
            return
        ticket.begun = True
        if isinstance(event, Final):
            self._release()
            self._finish(ticket, event)
            self._next()
        elif ticket.final is None:
            asyncio.get_running_loop().call_soon(ticket.on_event, event)

    def worker_ended(self) -> None:
        """Tell the one whose request was in work; those that wait, and one not begun, go on waiting."""
        ticket = self._release()
        if ticket is None or ticket.final is not None:
            return
        if ticket.begun or ticket.given > 1:
            self._finish(ticket, Failed("failed", WORKER_STOPPED))
        else:
            self._waiting.appendleft(ticket)

    def worker_does_not_start(self) -> None:
        """Tell all that wait, since nobody knows when there will be a worker."""
        refusal = self._engine.refusal
        assert refusal is not None, "it has just failed to start"
        for ticket in list(self._waiting):
            self._finish(ticket, refusal)


def ignore_event(_event: Event) -> None:
    """Do nothing: nothing follows a final event."""


WORKER_STOPPED = "the engine stopped in the middle of the work and was started again; try once more"
