"""The service behind the servers: requests in, events out, with one queue and worker processes behind it.

Everything here runs in one asyncio loop and never blocks it; the workers do the work in processes of their
own (see ``worker_slot`` and ``supervisor``). Whatever happens, every request gets exactly one final event.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable

import msgspec

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
from ripieno_bridges.api.requests import AnyRequest, Request, offered, task_of, weight_of
from ripieno_bridges.service.supervisor import FIRST_PAUSE_SECONDS, EngineState, Say
from ripieno_bridges.service.tickets import EventCallback, Ticket
from ripieno_bridges.service.waiting import WaitingTickets
from ripieno_bridges.service.worker_slot import WorkerSlot

MAX_WAITING = 256
MAX_WAITING_NOTES = 200_000  # of all that wait together, so that memory is bounded
PATIENCE_SECONDS = 5.0  # for a worker to stop a request; then it is killed
WORKER_STOPPED = "the engine stopped in the middle of the work and was started again; try once more"
STATES: tuple[EngineState, ...] = ("ready", "loading", "restarting", "failed")  # the best first


class AnswerError(RipienoError):
    """A request that was not answered. code: one of ``docs/protocol.md``."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Status(msgspec.Struct, frozen=True):
    """The state of the service.

    model: the one that is loaded, or else the state. queue: requests that wait or are worked on. The numbers
    after it count from the start. state: of the worker that is best off. fault: why it is "failed".
    retry_seconds: until the next try. waiting, working: how many requests wait, and are worked on.
    engines: the state of each worker.
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
    waiting: int = 0
    working: int = 0
    engines: tuple[EngineState, ...] = ()


class Service:
    """Takes requests, gives them to workers, and passes on their events.

    models: those that may be asked for, and besides them the user's own; the first is the default and is
    loaded at the start. No other name that a client sends is ever looked for on the disk. workers: how many
    requests are worked on at once. on_end: is told of each ticket that has ended.
    """

    def __init__(
        self,
        models: tuple[str, ...] = (),
        *,
        workers: int = 1,
        max_waiting: int = MAX_WAITING,
        patience_seconds: float = PATIENCE_SECONDS,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        say: Say = lambda _: None,
        on_end: Callable[[Ticket], None] = lambda _: None,
    ) -> None:
        self._models = models or offered()
        self._max_waiting = max_waiting
        self._patience_seconds = patience_seconds
        self._on_end = on_end
        self._waiting = WaitingTickets()
        self._counts = dict.fromkeys(("received", "done", "failed", "cancelled"), 0)
        self._slots = [
            WorkerSlot(
                self._models[0],
                self,
                say=say if workers == 1 else numbered(say, number),
                first_pause_seconds=first_pause_seconds,
                threads=threads_of(workers),
            )
            for number in range(1, workers + 1)
        ]
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
        """Start the workers and let them load the first model; requests may come at once."""
        self._open = True
        for slot in self._slots:
            slot.engine.start()

    async def stop(self) -> None:
        """End every request and the workers."""
        self._open = False
        in_work = [slot.release() for slot in self._slots]
        for ticket in [*self._waiting, *filter(None, in_work)]:
            self._finish(ticket, STOPPING)
        await asyncio.gather(*(slot.engine.stop() for slot in self._slots))
        await asyncio.sleep(0)  # so that the last events are sent

    async def ready(self) -> None:
        """Wait until the workers have loaded the first model. Raises AnswerError where none can."""
        await asyncio.gather(*(slot.engine.started() for slot in self._slots))
        fault = self._best.engine.fault
        if fault is not None:
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
            for waiting in self._waiting.of(client):
                self.cancel(waiting)
        if len(self._waiting) >= self._max_waiting or self._waiting_notes(ticket) > MAX_WAITING_NOTES:
            self._finish(ticket, BUSY)
            return ticket
        if ticket.deadline_seconds is not None:
            loop = asyncio.get_running_loop()
            ticket.timer = loop.call_later(ticket.deadline_seconds, self._expire, ticket)
        self._waiting.add(ticket)
        self.slot_is_idle()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop a request; its client gets ``Cancelled`` at once. Does nothing if it has ended."""
        slot = next((slot for slot in self._slots if slot.ticket is ticket), None)
        if slot is not None and ticket.final is None:
            slot.stop_work(patience_seconds=self._patience_seconds)
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
        engines = [slot.engine for slot in self._slots]
        engine, working = self._best.engine, sum(slot.is_working for slot in self._slots)
        return Status(
            engine.loaded if engine.state == "ready" and engine.loaded else engine.state,
            len(self._waiting) + working,
            **self._counts,
            restarts=sum(each.restarts for each in engines),
            state=engine.state,
            fault=engine.refusal or engine.fault,
            retry_seconds=engine.retry_seconds,
            waiting=len(self._waiting),
            working=working,
            engines=tuple(each.state for each in engines),
        )

    @property
    def _best(self) -> WorkerSlot:
        """The worker that is best off: nothing is refused as long as one can work."""
        return min(self._slots, key=lambda slot: STATES.index(slot.engine.state))

    def _refusal(self, any_request: AnyRequest) -> Failed | None:
        """Why a request is refused before it reaches the engine; None where it is not."""
        if not self._open:
            return STOPPING
        if (refusal := self._best.engine.refusal) is not None:
            return refusal
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
        if ticket.timer is not None:
            ticket.timer.cancel()
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        self._counts[type(final).__name__.lower()] += 1
        ticket.tell(final)
        self._on_end(ticket)

    # -- what the workers say ------------------------------------------------------------------------------

    def slot_is_idle(self) -> None:
        """Give idle workers the next requests, each to the one that suits it best."""
        while self._waiting and (idle := [slot for slot in self._slots if slot.is_idle]):
            ticket = self._waiting.take()
            max(idle, key=lambda slot: slot.suits(ticket)).give(ticket)

    def ticket_said(self, ticket: Ticket, event: Event) -> None:
        """Pass on an event of a request in work."""
        if isinstance(event, Final):
            self._finish(ticket, event)
        elif ticket.final is None:
            ticket.tell(event)

    def ticket_lost(self, ticket: Ticket) -> None:
        """Tell the one whose request was in work; those that wait, and one not begun, go on waiting."""
        if ticket.final is not None:
            return
        if ticket.begun or ticket.given > 1:
            self._finish(ticket, Failed("failed", WORKER_STOPPED))
        else:
            self._waiting.put_back(ticket)
            self.slot_is_idle()

    def engine_does_not_start(self) -> None:
        """Tell all that wait, where no worker can work, since nobody knows when there will be one."""
        refusal = self._best.engine.refusal
        if refusal is not None:
            for ticket in list(self._waiting):
                self._finish(ticket, refusal)


def numbered(say: Say, number: int) -> Say:
    """The lines of one worker of several."""
    return lambda line: say(f"worker {number}: {line}")


def threads_of(workers: int) -> int | None:
    """With how many threads each of several workers computes; None leaves one alone to the library."""
    return None if workers == 1 else max(1, (os.cpu_count() or 1) // workers)
