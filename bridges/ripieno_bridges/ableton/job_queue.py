"""The door to Ableton Live for servers: what to do there comes in, events go out, one job at a time.

The ports of AbletonOSC are taken only while a job runs. Every job gets exactly one final event.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ripieno.errors import RipienoError
from ripieno_bridges.ableton.client import AbletonOSC, LiveError, Patience, Ports
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.job import LIVE_TASKS, ClipJob, RequestService, perform
from ripieno_bridges.ableton.live_set import LiveSet
from ripieno_bridges.api.replies import OUR_FAULT, Cancelled, Done, Event, Failed, Final, Progress, failure_of
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.service import AnswerError

MAX_WAITING = 16
Tell = Callable[[Event], None]


@dataclass(eq=False, slots=True)
class LiveTicket:
    """A job that was handed in. final: its end, once it has come."""

    tell: Tell
    final: Final | None = None
    work: asyncio.Task[None] | None = None


class LiveJobQueue:
    """Does jobs in Live, one after the other, inside one asyncio loop."""

    def __init__(
        self, asker: RequestService, *, ports: Ports = Ports(), patience: Patience = Patience()
    ) -> None:
        self._asker, self._ports, self._patience = asker, ports, patience
        self._turn = asyncio.Lock()
        self._tickets: set[LiveTicket] = set()

    def submit(
        self,
        task: str,
        *,
        place: tuple[int, int] | None,
        options: Request,
        client: Hashable,
        tell: Tell,
    ) -> LiveTicket:
        """Hand in a job. ``tell`` is called later, in the loop, with its events; the last is the final one.

        task: harmonize, continue or vary. place: track and slot, from 0; None for what is selected in Live.
        options: the settings; its task and score are not looked at.
        """
        ticket = LiveTicket(tell)
        chosen = next((known for known in LIVE_TASKS if known == task), None)
        if chosen is None:
            self._finish(ticket, Failed("bad_request", f"Live can be asked to {', '.join(LIVE_TASKS)} only"))
        elif len(self._tickets) >= MAX_WAITING:
            self._finish(ticket, Failed("busy", "too much waits for Live already; try again in a moment"))
        else:
            job = ClipJob(chosen, options, None if place is None else ClipSlot(*place))
            self._tickets.add(ticket)
            ticket.work = asyncio.create_task(self._work(ticket, job, client))
            ticket.work.add_done_callback(lambda _: self._tickets.discard(ticket))
        return ticket

    def cancel(self, ticket: LiveTicket) -> None:
        """Stop a job; it is told so at once. A clip that is just being written is finished all the same."""
        if ticket.work is not None:
            ticket.work.cancel()
        self._finish(ticket, Cancelled())

    async def stop(self) -> None:
        """Cancel every job and wait until the ports are free."""
        works = [ticket.work for ticket in self._tickets if ticket.work is not None]
        for ticket in list(self._tickets):
            self.cancel(ticket)
        await asyncio.gather(*works, return_exceptions=True)

    async def _work(self, ticket: LiveTicket, job: ClipJob, client: Hashable) -> None:
        try:
            async with self._turn, AbletonOSC(self._ports, patience=self._patience) as osc:
                outcome = await perform(
                    LiveSet(osc), self._asker, job, client=client, progress=lambda f: self._told(ticket, f)
                )
            self._finish(ticket, Done(outcome.reply))
        except RipienoError as exc:
            self._finish(ticket, failed_event(exc))
        except Exception:
            # The musician is told that it is not his fault; what it was goes to the server's terminal.
            sys.excepthook(*sys.exc_info())
            self._finish(ticket, Failed("failed", OUR_FAULT))
        finally:
            self._finish(ticket, Cancelled())  # where nothing else came first

    def _told(self, ticket: LiveTicket, fraction: float) -> None:
        if ticket.final is None:
            ticket.tell(Progress(fraction))

    def _finish(self, ticket: LiveTicket, final: Final) -> None:
        """Tell the end of a job, unless it has ended."""
        if ticket.final is None:
            ticket.final = final
            asyncio.get_running_loop().call_soon(ticket.tell, final)


def failed_event(exc: RipienoError) -> Failed:
    """An error as an event."""
    if isinstance(exc, LiveError):
        return Failed("live", str(exc))
    if isinstance(exc, AnswerError):
        return Failed(exc.code, str(exc))
    return failure_of(exc)
