"""The service behind the servers: requests in, events out, with a queue and one worker process behind it.

Everything here runs in one asyncio loop and never blocks it; the worker does the work in a process of its
own. Whatever happens, every request gets exactly one final event.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from ripieno.errors import RequestError, RipienoError, short
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
    from_bytes,
    offered,
    task_of,
    to_bytes,
    weight_of,
)
from ripieno_bridges.service.worker import LENGTH, Order, Stop, Warm, Work, WorkerMessage

MAX_WAITING = 256
MAX_WAITING_NOTES = 200_000  # of all that wait together, so that memory is bounded
PATIENCE_SECONDS = 10.0  # for a worker to stop a request; then it is killed
MAX_CRASHES, CRASH_SECONDS = 3, 30.0  # a worker that crashes so often in so short a time is not restarted
MIN_SECONDS = 1e-3  # what a request gets whose deadline came while it waited
LARGE = 200_000  # bytes; a larger message is decoded in a thread
EventCallback = Callable[[Event], None]


class AnswerError(RipienoError):
    """A request that was not answered. code: one of ``docs/protocol.md``."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Status(msgspec.Struct, frozen=True):
    """The state of the service.

    model: the one that is loaded. queue: requests that wait or are worked on. The rest counts from the start.
    """

    model: str
    queue: int
    received: int
    done: int
    failed: int
    cancelled: int
    restarts: int


@dataclass(eq=False, slots=True)
class Ticket:
    """A submitted request. final: its last event, once it has come."""

    number: int
    request: AnyRequest
    client: Hashable
    on_event: EventCallback
    submitted: float = field(default_factory=time.monotonic)
    final: Final | None = None
    timer: asyncio.TimerHandle | None = None

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

    models: those that may be asked for; the first is the default and is loaded at the start. No other name
    that a client sends is ever looked for on the disk.
    """

    def __init__(self, models: tuple[str, ...] = (), *, max_waiting: int = MAX_WAITING) -> None:
        self.models = models or offered()
        self._max_waiting = max_waiting
        self._waiting: deque[Ticket] = deque()
        self._working: Ticket | None = None
        self._counts = dict.fromkeys(("received", "done", "failed", "cancelled"), 0)
        self._loaded: str | None = None
        self._fault: Failed | None = None  # why no model could be loaded at the start
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._abandoned: dict[int, asyncio.TimerHandle] = {}  # the worker is to stop them, and has not yet
        self._crashes: deque[float] = deque(maxlen=MAX_CRASHES)
        self._restarts = 0
        self._open = False
        self._ready = asyncio.Event()

    # -- its life ------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Service:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the worker and let it load the first model; requests may come at once."""
        self._open = True
        await self._start_worker()

    async def stop(self) -> None:
        """End every request and the worker."""
        self._open = False
        for ticket in [*self._waiting, *([self._working] if self._working else [])]:
            self._finish(ticket, STOPPING)
        self._forget_abandoned()
        process, listening = self._process, self._listening
        if process is not None:
            await end(process)
        if listening is not None:
            await listening
        await asyncio.sleep(0)  # so that the last events are sent

    async def ready(self) -> None:
        """Wait until the first model is loaded. Raises AnswerError where that cannot be."""
        await self._ready.wait()
        if self._fault is not None:
            raise AnswerError(self._fault.code, self._fault.text)

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
        if ticket is self._working:
            self._send(Stop(ticket.number))
            loop = asyncio.get_running_loop()
            self._abandoned[ticket.number] = loop.call_later(PATIENCE_SECONDS, self._kill_worker)
        self._finish(ticket, Cancelled())
        self._next()

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
        queue = len(self._waiting) + (self._working is not None)
        return Status(self._loaded or "loading", queue, **self._counts, restarts=self._restarts)

    def _refusal(self, any_request: AnyRequest) -> Failed | None:
        """Why a request is refused before it reaches the engine; None where it is not."""
        if not self._open:
            return STOPPING
        if self._process is None and self._fault is not None:
            return self._fault
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
        if ticket is self._working:
            self._working = None
        elif ticket in self._waiting:
            self._waiting.remove(ticket)
        self._counts[type(final).__name__.lower()] += 1
        asyncio.get_running_loop().call_soon(ticket.on_event, final)

    def _next(self) -> None:
        """Give the worker the next request if it is idle."""
        if self._working is None and self._waiting and self._process is not None:
            ticket = self._working = self._waiting.popleft()
            self._send(Work(ticket.number, ticket.current_request))

    # -- the worker ----------------------------------------------------------------------------------------

    async def _start_worker(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ripieno_bridges.service.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        if not self._open:  # stopped meanwhile
            await end(process)
            return
        self._process = process
        self._send(Warm(self.models[0]))
        self._listening = asyncio.create_task(self._listen(process))
        self._next()

    def _send(self, order: Order) -> None:
        """Send the worker an order; if it has just ended, ``_listen`` handles that."""
        if self._process is None or self._process.stdin is None:
            return
        data = to_bytes(order)
        self._process.stdin.write(LENGTH.pack(len(data)) + data)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Read the worker's messages until it ends; then restart it, unless the service is stopped."""
        assert process.stdout is not None
        loop = asyncio.get_running_loop()
        with suppress(asyncio.IncompleteReadError):
            while True:
                (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                data = await process.stdout.readexactly(size)
                if size > LARGE:
                    message = await loop.run_in_executor(None, from_bytes, data, WorkerMessage)
                else:
                    message = from_bytes(data, WorkerMessage)
                self._handle(message)
        await process.wait()
        self._process = None
        if self._open:
            await self._restart_worker()

    def _handle(self, message: WorkerMessage) -> None:
        """Pass on a message of the worker. Number 0 is about loading the first model."""
        if message.number == 0:
            if isinstance(message.event, Failed):
                self._fault = message.event
            else:
                self._loaded, self._fault = message.model, None
            self._ready.set()
            return
        if (timer := self._abandoned.pop(message.number, None)) is not None:
            timer.cancel()
        ticket = self._working
        if ticket is None or ticket.number != message.number or message.event is None:
            return  # it was cancelled meanwhile
        if isinstance(message.event, Progress | NewNotes):
            ticket.on_event(message.event)
            return
        if isinstance(message.event, Done) and message.model is not None:
            self._loaded = message.model
        self._finish(ticket, message.event)
        self._next()

    async def _restart_worker(self) -> None:
        """Restart the worker, which crashed or was killed; give up if that happens too often."""
        self._forget_abandoned()
        if self._working is not None:
            self._finish(self._working, Failed("failed", WORKER_STOPPED))
        now = time.monotonic()
        self._crashes.append(now)
        self._restarts += 1
        if len(self._crashes) == MAX_CRASHES and now - self._crashes[0] < CRASH_SECONDS:
            self._loaded, self._fault = None, Failed("failed", NO_ENGINE)
            self._ready.set()
            for ticket in list(self._waiting):
                self._finish(ticket, self._fault)
            return
        await self._start_worker()

    def _forget_abandoned(self) -> None:
        """Stop waiting for the requests that the worker was to stop; it is gone."""
        for timer in self._abandoned.values():
            timer.cancel()
        self._abandoned.clear()

    def _kill_worker(self) -> None:
        """Kill a worker that does not react."""
        if self._process is not None:
            self._process.kill()


WORKER_STOPPED = "the engine stopped in the middle of the work and was started again; try once more"
NO_ENGINE = "the engine does not start; `ripieno doctor` says why"


async def end(process: asyncio.subprocess.Process, *, seconds: float = 2.0) -> None:
    """Close the input of a process, at which it ends; kill it if it does not within ``seconds``."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
