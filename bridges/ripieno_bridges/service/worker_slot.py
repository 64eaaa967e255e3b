"""A place for a worker: the supervisor that keeps one running there, and the ticket that it works on.

The worker has one request at a time, and gets the next when it has ended or stopped that one: so a worker
that is killed, since it does not stop, takes no other request with it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from ripieno_bridges.api.replies import Event, Final
from ripieno_bridges.service.supervisor import FIRST_PAUSE_SECONDS, Say, Supervisor
from ripieno_bridges.service.tickets import Ticket
from ripieno_bridges.service.worker import Stop, Work, WorkerMessage

REMINDER_SECONDS = 0.25  # until a worker is told again to stop, which interrupts it


class SlotOwner(Protocol):
    """Who gives the slots their tickets."""

    def slot_is_idle(self) -> None:
        """A worker can take a ticket."""

    def ticket_said(self, ticket: Ticket, event: Event) -> None:
        """A worker tells something about a ticket; after the final event it has it no longer."""

    def ticket_lost(self, ticket: Ticket) -> None:
        """A worker ended, and with it the work on this ticket."""

    def engine_does_not_start(self) -> None:
        """A worker ended before it was ready, and is started again after a pause."""


class WorkerSlot:
    """A place for one worker after the other.

    ticket: what the worker has; it may be cancelled and not yet stopped.
    """

    def __init__(
        self,
        model: str,
        owner: SlotOwner,
        *,
        say: Say = lambda _: None,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        threads: int | None = None,
    ) -> None:
        self._owner = owner
        self._stop_timer: asyncio.TimerHandle | None = None
        self.ticket: Ticket | None = None
        self.engine = Supervisor(
            model, self, say=say, first_pause_seconds=first_pause_seconds, threads=threads
        )

    @property
    def is_idle(self) -> bool:
        """Whether the worker can take a ticket."""
        return self.ticket is None and self.engine.takes_work

    @property
    def is_working(self) -> bool:
        """Whether somebody waits for what the worker does."""
        return self.ticket is not None and self.ticket.final is None

    def suits(self, ticket: Ticket) -> tuple[bool, int]:
        """How well the worker suits a ticket, to be compared: it has the model, or else few others."""
        return ticket.model in self.engine.models, -len(self.engine.models)

    def give(self, ticket: Ticket) -> None:
        """Let the worker, which is idle, do a request."""
        self.ticket = ticket
        ticket.given += 1
        self.engine.send(Work(ticket.number, ticket.current_request))

    def stop_work(self, *, patience_seconds: float) -> None:
        """Let the worker stop what it does, and kill it if it has not stopped by then."""
        self._stop_work(patience_seconds, time.monotonic() + patience_seconds)

    def _stop_work(self, patience_seconds: float, until: float) -> None:
        """Tell the worker to stop, again and again."""
        assert self.ticket is not None
        if time.monotonic() >= until:
            self.engine.kill(f"a cancelled request did not stop within {patience_seconds:g} seconds")
            return
        self.engine.send(Stop(self.ticket.number))
        loop = asyncio.get_running_loop()
        self._stop_timer = loop.call_later(REMINDER_SECONDS, self._stop_work, patience_seconds, until)

    def release(self) -> Ticket | None:
        """The worker has nothing any more. Returns what it had."""
        if self._stop_timer is not None:
            self._stop_timer.cancel()
        ticket, self.ticket, self._stop_timer = self.ticket, None, None
        return ticket

    # -- what the supervisor says --------------------------------------------------------------------------

    def worker_is_ready(self) -> None:
        """Ask for work."""
        self._owner.slot_is_idle()

    def worker_said(self, message: WorkerMessage) -> None:
        """Pass on an event of the ticket."""
        ticket, event = self.ticket, message.event
        if ticket is None or ticket.number != message.number or event is None:
            return
        ticket.begun = True
        if isinstance(event, Final):
            self.release()
        self._owner.ticket_said(ticket, event)
        if isinstance(event, Final):
            self._owner.slot_is_idle()

    def worker_ended(self) -> None:
        """Give the ticket back."""
        ticket = self.release()
        if ticket is not None:
            self._owner.ticket_lost(ticket)

    def worker_does_not_start(self) -> None:
        """Pass it on."""
        self._owner.engine_does_not_start()
