"""The queue of jobs in Ableton Live for the servers: jobs come in, events go out, one job runs at a time.

The port to which AbletonOSC answers is taken only while a job runs. Every job gets exactly one final event.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass

from ripieno.errors import RipienoError
from ripieno_bridges.ableton.client import AbletonOSC, Patience, Ports
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.job import LIVE_TASKS, ClipJob, RequestService, outcome_line, perform
from ripieno_bridges.ableton.live_set import LiveSet, message_shown
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.api.replies import OUR_FAULT, Cancelled, Done, Failed, Final, Progress, failure_of
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.service import AnswerError
from ripieno_bridges.service.tickets import EventCallback

MAX_WAITING = 16


@dataclass(eq=False, slots=True)
class LiveTicket:
    """A job that was submitted. final: its final event, once it has come."""

    on_event: EventCallback
    final: Final | None = None
    task: asyncio.Task[None] | None = None


class LiveJobQueue:
    """Runs jobs in Live, one after the other, inside one asyncio loop."""

    def __init__(
        self, service: RequestService, *, ports: Ports = Ports(), patience: Patience = Patience()
    ) -> None:
        self._service, self._ports, self._patience = service, ports, patience
        self._turn = asyncio.Lock()
        self._tickets: set[LiveTicket] = set()

    def submit(
        self,
        task: str,
        *,
        clip_slot: tuple[int, int] | None,
        options: Request,
        client: Hashable,
        on_event: EventCallback,
    ) -> LiveTicket:
        """Submit a job. ``on_event`` is called later, in the loop, with its events, the last one final.

        task: harmonize, continue or vary. clip_slot: track and slot, from 0; None for what is selected in
        Live. options: the settings; their task and score are ignored.
        """
        ticket = LiveTicket(on_event)
        chosen = next((known for known in LIVE_TASKS if known == task), None)
        if chosen is None:
            self._finish(ticket, Failed("bad_request", f"Live can be asked to {', '.join(LIVE_TASKS)} only"))
        elif len(self._tickets) >= MAX_WAITING:
            self._finish(ticket, Failed("busy", "too much waits for Live already; try again in a moment"))
        else:
            job = ClipJob(chosen, options, None if clip_slot is None else ClipSlot(*clip_slot))
            self._tickets.add(ticket)
            ticket.task = asyncio.create_task(self._run(ticket, job, client))
            ticket.task.add_done_callback(lambda _: self._tickets.discard(ticket))
        return ticket

    def cancel(self, ticket: LiveTicket) -> None:
        """Cancel a job; its final event comes at once. A clip that is being written is still finished."""
        if ticket.task is not None:
            ticket.task.cancel()
        self._finish(ticket, Cancelled())

    async def stop(self) -> None:
        """Cancel every job and wait until the ports are free."""
        tasks = [ticket.task for ticket in self._tickets if ticket.task is not None]
        for ticket in list(self._tickets):
            self.cancel(ticket)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, ticket: LiveTicket, job: ClipJob, client: Hashable) -> None:
        def progress(fraction: float) -> None:
            if ticket.final is None:
                ticket.on_event(Progress(fraction))

        try:
            async with self._turn, AbletonOSC(self._ports, patience=self._patience) as osc:
                live = LiveSet(osc)
                outcome = await perform(live, self._service, job, client=client, progress=progress)
                with suppress(LiveError):  # the client learns no remarks; whoever sits at Live shall see them
                    await live.execute(message_shown(f"ripieno: {outcome_line(outcome)}"))
            self._finish(ticket, Done(outcome.reply))
        except RipienoError as exc:
            self._finish(ticket, failed_event(exc))
        except Exception:
            # The client learns that it is not its fault; the traceback goes to the server's terminal.
            sys.excepthook(*sys.exc_info())
            self._finish(ticket, Failed("failed", OUR_FAULT))
        finally:
            self._finish(ticket, Cancelled())  # where no other final event came first

    def _finish(self, ticket: LiveTicket, final: Final) -> None:
        """Send the final event of a job, unless it has one."""
        if ticket.final is None:
            ticket.final = final
            asyncio.get_running_loop().call_soon(ticket.on_event, final)


def failed_event(exc: RipienoError) -> Failed:
    """The event for an error."""
    if isinstance(exc, LiveError):
        return Failed("live", str(exc))
    if isinstance(exc, AnswerError):
        return Failed(exc.code, str(exc))
    return failure_of(exc)
