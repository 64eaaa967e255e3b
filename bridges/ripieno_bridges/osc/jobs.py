"""Requests in progress: from their start to the one message that ends each of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

from ripieno.errors import RipienoError
from ripieno.results import ChordLabel, Result
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
from ripieno_bridges.service.service import AnswerError
from ripieno_bridges.service.tickets import EventCallback

log = logging.getLogger(__name__)

MAX_JOBS = 2048
PROGRESS_SECONDS = 0.05  # at least this long between two progress messages
NOTES_TIMEOUT_SECONDS = 1.0  # for notes that were counted and have not come
NOTES_PER_PACKET = {"udp": 40, "tcp": 1000}  # in one message


class PacketSender(Protocol):
    """Sends packets without blocking."""

    @property
    def port(self) -> int:
        """The port of the server."""

    def send_now(self, client: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""

    def enqueue(self, client: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, as fast as the client reads."""


BuildRequest = Callable[[Draft], ShiftedRequest]
Cancel = Callable[[], None]
SubmitRequest = Callable[[Request, EventCallback], Cancel]


@dataclass(eq=False, slots=True)
class OscJob:
    """A request that has no final reply yet.

    build: makes the request from the draft. submit: hands it to the engine or to Live, and returns how to
    cancel it there, which is then ``cancel``. count: how many notes the client announced, None for no number.
    collecting: notes are still accepted. changed: set when one comes. sent: notes sent ahead of the reply.
    """

    key: Key
    start: OscMessage
    draft: Draft
    build: BuildRequest
    submit: SubmitRequest
    count: int | None = None
    collecting: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    cancel: Cancel | None = None
    built: ShiftedRequest | None = None
    sent: set[FlatNote] = field(default_factory=set)
    progress_due: float = 0.0  # monotonic seconds


class OscJobs:
    """All jobs, each of which ends with exactly one final reply."""

    def __init__(self, clients: Clients, sender: PacketSender) -> None:
        self._clients, self._sender = clients, sender
        self._jobs: dict[Key, OscJob] = {}
        self._submitting = asyncio.Lock()  # one at a time, so that the engine gets them in order

    def __contains__(self, key: Key) -> bool:
        return key in self._jobs

    def collecting_draft(self, key: Key) -> Draft | None:
        """The draft of a job that still waits for notes."""
        job = self._jobs.get(key)
        return job.draft if job is not None and job.collecting else None

    def has_any(self, client: Destination) -> bool:
        """Whether a client waits for a reply."""
        return any(owner == client for owner, _ in self._jobs)

    def draft_changed(self, key: Key) -> None:
        """Let a job that waits for notes look at its draft again."""
        if key in self._jobs:
            self._jobs[key].changed.set()

    def start(self, job: OscJob) -> None:
        """Start a job; its request is submitted once all its notes are there."""
        if len(self._jobs) >= MAX_JOBS:
            self._clients.release_notes(job.draft)
            self._reply(job, OscReply(job.key[1], encode_error(job.key[1], BUSY)))
            return
        self._jobs[job.key] = job
        job.task = asyncio.create_task(self._submit(job))

    def cancel(self, key: Key) -> None:
        """Cancel a job; where there is none, send "cancelled" all the same."""
        job = self._jobs.get(key)
        if job is None:
            self._clients.end_draft(key)
            self._sender.enqueue(key[0], [encode(CANCELLED, key[1])])
        elif job.cancel is not None:
            job.cancel()
        else:
            self._end(job, OscReply(key[1], encode(CANCELLED, key[1])))

    def move(self, old: Destination, new: Destination, request_id: int | None) -> None:
        """Send the replies to all jobs of a client, or to one of its ids, to another client from now on."""
        rekey(self._jobs, old, new, request_id)
        for key, job in self._jobs.items():
            job.key = key

    def forget(self, client: Destination) -> None:
        """Cancel the jobs of a client that is gone."""
        for job in [job for job in self._jobs.values() if job.key[0] == client]:
            self._drop(job)

    def stop(self) -> None:
        """End all jobs, since the server stops."""
        for job in list(self._jobs.values()):
            self._end(job, OscReply(job.key[1], encode_error(job.key[1], STOPPING)))

    # -- from the start to the engine ----------------------------------------------------------------------

    async def _submit(self, job: OscJob) -> None:
        """Wait for the notes, build the request and submit it; any error is sent to the client."""
        try:
            await wait_for_notes(job)
            job.collecting = False
            async with self._submitting:
                # In a thread: 20 000 notes take a while, and other clients wait for a ping meanwhile.
                job.built = await asyncio.to_thread(job.build, job.draft)
                job.cancel = job.submit(job.built.request, lambda event: self._on_event(job, event))
            self._clients.release_notes(job.draft)
        except RipienoError as exc:
            self._end(job, OscReply(job.key[1], encode_error(job.key[1], failure_of(exc))))
        except Exception:
            log.exception("%s could not be submitted", job.start.address)
            self._end(job, OscReply(job.key[1], encode_error(job.key[1], Failed("failed", OUR_FAULT))))

    # -- from the engine to the end ------------------------------------------------------------------------

    def _on_event(self, job: OscJob, event: Event) -> None:
        """Send what an event of a submitted request says."""
        client, request_id = job.key
        if self._jobs.get(job.key) is not job:
            return  # the job has ended already
        if isinstance(event, Progress):
            now = time.monotonic()
            if now >= job.progress_due:
                job.progress_due = now + PROGRESS_SECONDS
                self._sender.enqueue(client, [encode(PROGRESS, request_id, event.fraction)])
        elif isinstance(event, NewNotes):
            self._send_notes(
                job, [FlatNote(v, n.pitch, n.onset, n.duration, VELOCITY) for v, n in event.notes]
            )
        else:
            job.cancel = None  # the engine has ended the request
            if isinstance(event, Done):
                assert isinstance(event.reply, Reply), "the request was for notes, not for a document"
                job.task = asyncio.create_task(self._finish(job, event.reply))
            elif isinstance(event, Failed):
                self._end(job, OscReply(request_id, encode_error(request_id, event)))
            else:
                self._end(job, OscReply(request_id, encode(CANCELLED, request_id)))

    def _send_notes(self, job: OscJob, notes: list[FlatNote]) -> None:
        """Send notes that are final ahead of the reply, unless they were sent before."""
        assert job.built is not None
        new = [note for note in shift_notes(notes, job.built.shift) if note not in job.sent]
        job.sent.update(new)
        client, request_id = job.key
        self._sender.enqueue(client, result_packets(request_id, 1, new, NOTES_PER_PACKET[client.network]))

    async def _finish(self, job: OscJob, reply: Reply) -> None:
        """Send the notes that were not sent yet, and the end."""
        assert job.built is not None
        request_id = job.key[1]
        try:
            whole, unsent = await asyncio.to_thread(build_replies, request_id, job.built, reply, job.sent)
        except Exception:
            log.exception("the reply to %s cannot be sent", job.start.address)
            whole = unsent = OscReply(request_id, encode_error(request_id, Failed("failed", OUR_FAULT)))
        self._end(job, whole, unsent)

    def _end(self, job: OscJob, reply: OscReply, unsent: OscReply | None = None) -> None:
        """End a job with this reply, unless it has ended. unsent: the part of the reply to send."""
        if self._jobs.get(job.key) is not job:
            return
        self._drop(job)
        self._reply(job, reply, unsent)

    def _reply(self, job: OscJob, reply: OscReply, unsent: OscReply | None = None) -> None:
        """Keep the reply and send it."""
        self._clients.keep_reply(job.key, job.start, reply)
        client = job.key[0]
        self._sender.enqueue(client, (unsent or reply).packets(NOTES_PER_PACKET[client.network]))

    def _drop(self, job: OscJob) -> None:
        """Remove a job, and cancel it in the engine where it runs there."""
        del self._jobs[job.key]
        self._clients.release_notes(job.draft)
        if job.cancel is not None:
            job.cancel()
        elif job.task is not None and job.task is not asyncio.current_task():
            job.task.cancel()


async def wait_for_notes(job: OscJob) -> None:
    """Wait until as many notes have come as were announced. Raises AnswerError where they do not come."""
    draft, count = job.draft, job.count
    if count is None:
        return
    try:
        async with asyncio.timeout(NOTES_TIMEOUT_SECONDS):
            while len(draft.notes) < count and not draft.faults:
                job.changed.clear()
                await job.changed.wait()
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
    request_id: int, built: ShiftedRequest, reply: Reply, sent: set[FlatNote]
) -> tuple[OscReply, OscReply]:
    """(the whole reply, the same without the notes of the first alternative that were sent before)."""
    all_notes = built.request.task == "vary"
    whole = [shift_notes(notes_of(result, all_notes=all_notes), built.shift) for result in reply.results]
    unsent = list(whole)
    if sent and whole:
        unsent[0] = [note for note in whole[0] if note not in sent]
        whole[0] = sorted([*sent, *unsent[0]], key=lambda note: (note.start, note.voice))
    end = encode(DONE, request_id, sum(map(len, whole)), reply.milliseconds, reply.seed, reply.complete)
    understood = reply.results[0].sentence if reply.results else ""
    differences = tuple(result.difference for result in reply.results)
    chords = chords_of(reply, built) if built.request.analyse else ()
    first, second = (
        OscReply(request_id, end, tuple(notes), reply.remarks, understood, differences, chords)
        for notes in (whole, unsent)
    )
    return first, second


def chords_of(reply: Reply, built: ShiftedRequest) -> tuple[list[ChordLabel], ...]:
    """The chords of each alternative, at their times in the host; none for the piano."""
    analyses = [result.analysis for result in reply.results]
    return tuple(
        [replace(chord, onset=chord.onset + built.shift) for chord in analysis.chords] if analysis else []
        for analysis in analyses
    )


def notes_of(result: Result, *, all_notes: bool) -> list[FlatNote]:
    """The new notes of a result, or all its notes."""
    return flat_notes(replace(result, new=result.score.voices) if all_notes else result, velocity=VELOCITY)


def shift_notes(notes: list[FlatNote], shift: Fraction) -> list[FlatNote]:
    """The notes, so many quarters later."""
    return [note._replace(start=note.start + shift) for note in notes] if shift else notes
