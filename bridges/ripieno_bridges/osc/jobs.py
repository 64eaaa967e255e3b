"""Requests that run: from their start to the one message that ends each of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Protocol

from ripieno.errors import RipienoError
from ripieno.results import Result
from ripieno_bridges.api.replies import (
    BUSY,
    OUR_FAULT,
    STOPPING,
    Done,
    Event,
    Failed,
    NewNotes,
    Progress,
    Reply,
    failure_of,
)
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote, flat_notes
from ripieno_bridges.osc.clients import Clients, Key, rekey
from ripieno_bridges.osc.drafts import VELOCITY, Draft, ShiftedRequest
from ripieno_bridges.osc.packets import OscMessage
from ripieno_bridges.osc.replies import (
    CANCELLED,
    DONE,
    PROGRESS,
    OscReply,
    encode,
    encode_error,
    result_packets,
)
from ripieno_bridges.osc.send_queue import Destination
from ripieno_bridges.service.service import AnswerError, EventCallback

log = logging.getLogger(__name__)

MAX_JOBS = 2048
PROGRESS_SECONDS = 0.05  # from one to the next
NOTES_TIMEOUT_SECONDS = 1.0  # for notes that were counted and have not come
NOTES_PER_PACKET = {"udp": 40, "tcp": 1000}  # in a message


class PacketSender(Protocol):
    """Where packets are handed in; nothing waits there. port: that of the server."""

    @property
    def port(self) -> int: ...

    def now(self, place: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""

    def later(self, place: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, and at the pace of whoever reads."""


BuildRequest = Callable[[Draft], ShiftedRequest]
SubmitRequest = Callable[[Request, EventCallback], Callable[[], None]]


@dataclass(eq=False, slots=True)
class OscJob:
    """A request that has no answer yet.

    make: what the draft asks for. hand_in: hands that in, and returns how it is cancelled, which ``stop`` is
    then. count: how many notes there shall be, where that is known. told: what was sent while it was made.
    """

    key: Key
    start: OscMessage
    draft: Draft
    make: BuildRequest
    hand_in: SubmitRequest
    count: int | None = None
    gathers: bool = True
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    stop: Callable[[], None] | None = None
    order: ShiftedRequest | None = None
    told: set[FlatNote] = field(default_factory=set)
    progress_due: float = 0.0  # monotonic


class OscJobs:
    """All requests that run, each of them ended exactly once."""

    def __init__(self, clients: Clients, post: PacketSender) -> None:
        self._clients, self._post = clients, post
        self._runs: dict[Key, OscJob] = {}
        self._building = asyncio.Lock()  # one after the other, so that they are handed in as they came

    def __contains__(self, key: Key) -> bool:
        return key in self._runs

    def gathering(self, key: Key) -> Draft | None:
        """The draft of a request that was started and still waits for notes."""
        run = self._runs.get(key)
        return run.draft if run is not None and run.gathers else None

    def arrived(self, key: Key) -> None:
        """Something came for a request that may wait for it."""
        if key in self._runs:
            self._runs[key].arrived.set()

    def start(self, run: OscJob) -> None:
        """Start a request once its notes are there."""
        if len(self._runs) >= MAX_JOBS:
            self._clients.release_notes(run.draft)
            self._close(run, OscReply(run.key[1], encode_error(run.key[1], BUSY)))
            return
        self._runs[run.key] = run
        run.task = asyncio.create_task(self._hand_in(run))

    def cancel(self, key: Key) -> None:
        """Stop a request; where there is none, say so all the same."""
        run = self._runs.get(key)
        if run is None:
            self._clients.end_draft(key)
            self._post.later(key[0], [encode(CANCELLED, key[1])])
        elif run.stop is not None:
            run.stop()
        else:
            self._end(run, OscReply(key[1], encode(CANCELLED, key[1])))

    def move(self, old: Destination, new: Destination, number: int | None) -> None:
        """What a client has running, or runs under one of its ids, is answered there from now on."""
        rekey(self._runs, old, new, number)
        for key, run in self._runs.items():
            run.key = key

    def forget(self, place: Destination) -> None:
        """Stop the requests of a client that is gone."""
        for run in [run for run in self._runs.values() if run.key[0] == place]:
            self._drop(run)

    def stop(self) -> None:
        """End all requests, since the server is stopped."""
        for run in list(self._runs.values()):
            self._end(run, OscReply(run.key[1], encode_error(run.key[1], STOPPING)))

    # -- from the start to the engine ----------------------------------------------------------------------

    async def _hand_in(self, run: OscJob) -> None:
        """Wait for the notes, make the request and hand it in; whatever happens, the client is told."""
        try:
            await wait_for_notes(run)
            run.gathers = False
            async with self._building:
                # Beside the loop: 20 000 notes take a while, and others have only a ping.
                run.order = await asyncio.to_thread(run.make, run.draft)
                run.stop = run.hand_in(run.order.request, partial(self._hear, run))
            self._clients.release_notes(run.draft)
        except RipienoError as exc:
            self._end(run, OscReply(run.key[1], encode_error(run.key[1], failure_of(exc))))
        except Exception:
            log.exception("%s could not be handed in", run.start.address)
            self._end(run, OscReply(run.key[1], encode_error(run.key[1], Failed("failed", OUR_FAULT))))

    # -- from the engine to the end ------------------------------------------------------------------------

    def _hear(self, run: OscJob, event: Event) -> None:
        """An event of a request that was handed in."""
        place, number = run.key
        if self._runs.get(run.key) is not run:
            return  # it has ended here, and this comes too late
        if isinstance(event, Progress):
            now = time.monotonic()
            if now >= run.progress_due:
                run.progress_due = now + PROGRESS_SECONDS
                self._post.later(place, [encode(PROGRESS, number, event.fraction)])
        elif isinstance(event, NewNotes):
            self._tell(run, [FlatNote(v, n.pitch, n.onset, n.duration, VELOCITY) for v, n in event.notes])
        else:
            run.stop = None  # the engine has ended it
            if isinstance(event, Done):
                assert isinstance(event.reply, Reply), "notes were asked for, not a document"
                run.task = asyncio.create_task(self._finish(run, event.reply))
            elif isinstance(event, Failed):
                self._end(run, OscReply(number, encode_error(number, event)))
            else:
                self._end(run, OscReply(number, encode(CANCELLED, number)))

    def _tell(self, run: OscJob, notes: list[FlatNote]) -> None:
        """Send notes that stand for good, unless they were sent before."""
        assert run.order is not None
        new = [note for note in shift_notes(notes, run.order.shift) if note not in run.told]
        run.told.update(new)
        place, number = run.key
        self._post.later(place, result_packets(number, 1, new, NOTES_PER_PACKET[place.network]))

    async def _finish(self, run: OscJob, reply: Reply) -> None:
        """The music is there: send what was not sent yet, and the end."""
        assert run.order is not None
        number = run.key[1]
        try:
            answer, unsent = await asyncio.to_thread(build_replies, number, run.order, reply, run.told)
        except Exception:
            log.exception("the answer to %s cannot be sent", run.start.address)
            answer = unsent = OscReply(number, encode_error(number, Failed("failed", OUR_FAULT)))
        self._end(run, answer, unsent)

    def _end(self, run: OscJob, answer: OscReply, unsent: OscReply | None = None) -> None:
        """End a request, unless it has ended. unsent: the answer without what was sent before."""
        if self._runs.get(run.key) is not run:
            return
        self._drop(run)
        self._close(run, answer, unsent)

    def _close(self, run: OscJob, answer: OscReply, unsent: OscReply | None = None) -> None:
        """Keep the answer and send it."""
        self._clients.keep(run.key, run.start, answer)
        place = run.key[0]
        self._post.later(place, (unsent or answer).packets(NOTES_PER_PACKET[place.network]))

    def _drop(self, run: OscJob) -> None:
        """It runs no more, here and in the engine."""
        del self._runs[run.key]
        self._clients.release_notes(run.draft)
        if run.stop is not None:
            run.stop()
        elif run.task is not None and run.task is not asyncio.current_task():
            run.task.cancel()


async def wait_for_notes(run: OscJob) -> None:
    """Wait until as many notes are there as were counted. Raises AnswerError where they do not come."""
    draft, count = run.draft, run.count
    if count is None:
        return
    try:
        async with asyncio.timeout(NOTES_TIMEOUT_SECONDS):
            while len(draft.notes) < count and not draft.faults:
                run.arrived.clear()
                await run.arrived.wait()
    except TimeoutError as exc:
        text = f"only {len(draft.notes)} of {count} notes came; send the request once more"
        raise AnswerError("incomplete", text) from exc
    if len(draft.notes) > count:
        raise AnswerError(
            "bad_request",
            f"{len(draft.notes)} notes came where {count} were said; clear what is left of an earlier "
            "request, and send this one once more",
        )


def build_replies(
    number: int, order: ShiftedRequest, reply: Reply, told: set[FlatNote]
) -> tuple[OscReply, OscReply]:
    """(the whole answer, the answer without the notes of the first alternative that were told before)."""
    varied = order.request.task == "vary"
    whole = [shift_notes(reply_notes(result, whole=varied), order.shift) for result in reply.results]
    unsent = list(whole)
    if told and whole:
        unsent[0] = [note for note in whole[0] if note not in told]
        whole[0] = sorted([*told, *unsent[0]], key=lambda note: (note.start, note.voice))
    end = encode(DONE, number, sum(map(len, whole)), reply.milliseconds, reply.seed, reply.complete)
    return OscReply(number, end, tuple(whole)), OscReply(number, end, tuple(unsent))


def reply_notes(result: Result, *, whole: bool) -> list[FlatNote]:
    """The new notes of a result, or all of them."""
    return flat_notes(replace(result, new=result.score.voices) if whole else result, velocity=VELOCITY)


def shift_notes(notes: list[FlatNote], shift: Fraction) -> list[FlatNote]:
    """The notes, so many quarters later."""
    return [note._replace(start=note.start + shift) for note in notes] if shift else notes
