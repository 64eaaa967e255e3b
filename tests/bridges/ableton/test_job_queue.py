"""Jobs in Live for the servers: every job gets exactly one final event, and the port is free in between."""

from __future__ import annotations

import asyncio
import copy
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ableton_set import LiveSet
from ableton_stand_in import StandIn, free_port
from live_support import OPTIONS, PATIENT, TEST_SECONDS, Composer, melody_set, ports_of
from ripieno_bridges.ableton.client import Ports
from ripieno_bridges.ableton.job_queue import MAX_WAITING, LiveJobQueue, LiveTicket
from ripieno_bridges.api.replies import Cancelled, Done, Event, Failed, Progress, Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.service import AnswerError


class Client:
    """Submits jobs and keeps their events."""

    def __init__(self, queue: LiveJobQueue) -> None:
        self._queue = queue
        self.events: list[list[Event]] = []
        self.changed = asyncio.Event()

    def submit(
        self, task: str = "harmonize", *, clip_slot: tuple[int, int] | None = None, options: Request = OPTIONS
    ) -> LiveTicket:
        events: list[Event] = []
        self.events.append(events)

        def on_event(event: Event) -> None:
            events.append(event)
            self.changed.set()

        return self._queue.submit(
            task, clip_slot=clip_slot, options=options, client="test", on_event=on_event
        )

    @property
    def finals(self) -> list[list[Event]]:
        """The final events of each job."""
        return [[e for e in events if not isinstance(e, Progress)] for events in self.events]

    async def ended(self) -> None:
        """Wait until every job has a final event."""
        async with asyncio.timeout(10):
            while not all(self.finals):
                self.changed.clear()
                await self.changed.wait()


def with_queue(
    work: Callable[[LiveJobQueue, Client], Awaitable[None]],
    *,
    live_set: LiveSet | None = None,
    service: Any = None,
    **options: Any,
) -> tuple[StandIn, Client]:
    """Run the work with a queue and a client, until every job has ended. options: of the stand-in."""

    async def main() -> Client:
        queue = LiveJobQueue(service or Composer(), ports=ports_of(live), patience=PATIENT)
        client = Client(queue)
        async with asyncio.timeout(TEST_SECONDS):
            await work(queue, client)
            await client.ended()
            await queue.stop()
        assert len(asyncio.all_tasks()) == 1
        return client

    with StandIn(live_set or melody_set(), **options) as live:
        client = asyncio.run(main())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", live.answer_port))  # it is free
    assert [len(finals) for finals in client.finals] == [1] * len(client.events)
    assert all(isinstance(events[-1], Done | Failed | Cancelled) for events in client.events)
    return live, client


async def blocked() -> None:
    """A service that never answers."""
    await asyncio.Event().wait()


def test_a_job_is_done_and_the_reply_told():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit()

    live, client = with_queue(work)
    (events,) = client.events
    assert isinstance(events[-1], Done)
    assert isinstance(events[-1].reply, Reply)
    assert events[-1].reply.seed == 7
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert [track.name for track in live.set.tracks][2:] == ["Alto", "Tenor", "Bass"]
    assert live.shown == [
        "ripieno: wrote Alto (track 3, slot 1), Tenor (track 4, slot 1), Bass (track 5, slot 1); "
        "new tracks: Alto, Tenor, Bass; put an instrument on each, or they make no sound; seed 7"
    ]


def test_a_clip_slot_counts_from_zero_as_abletonosc_does():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit("vary", clip_slot=(0, 0))
        client.submit("vary", clip_slot=(5, 0))

    _, client = with_queue(work)
    (first,), (second,) = client.finals
    assert isinstance(first, Done)
    assert isinstance(second, Failed)
    assert second.text.startswith("there is no track 6, slot 1")


def test_jobs_are_done_one_after_the_other():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        for task in ("harmonize", "continue", "vary"):
            client.submit(task)

    live, client = with_queue(work)
    assert all(isinstance(final, Done) for (final,) in client.finals)
    names = [slot.clip.name for slot in live.set.tracks[0].slots if slot.clip]
    assert names == ["Verse", "Continued - rip Verse", "Varied - rip Verse"]


def failing(code: str) -> Composer:
    async def fail() -> None:
        raise AnswerError(code, "no")

    return Composer(fail)


@pytest.mark.parametrize(
    ("code", "change", "service", "task"),
    [
        ("live", lambda s: setattr(s, "selected", (0, 4)), None, "harmonize"),
        ("bad_score", lambda s: None, failing("bad_score"), "harmonize"),
        ("busy", lambda s: None, failing("busy"), "harmonize"),
        ("bad_request", lambda s: None, None, "compose"),
    ],
)
def test_a_fault_is_told_with_its_code(code: str, change: Any, service: Any, task: str):
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit(task)

    live_set = melody_set()
    change(live_set)
    _, client = with_queue(work, live_set=live_set, service=service)
    ((final,),) = client.finals
    assert isinstance(final, Failed)
    assert final.code == code


def test_a_fault_of_ours_is_no_silence(monkeypatch: pytest.MonkeyPatch):
    async def break_down() -> None:
        raise ZeroDivisionError

    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit()

    seen: list[type[BaseException]] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: seen.append(kind))
    _, client = with_queue(work, service=Composer(break_down))
    ((final,),) = client.finals
    assert isinstance(final, Failed)
    assert final.code == "failed"
    assert seen == [ZeroDivisionError]


def test_where_live_is_not_there_it_is_told():
    async def main() -> Client:
        client = Client(LiveJobQueue(Composer(), ports=Ports(free_port(), free_port()), patience=PATIENT))
        client.submit()
        await client.ended()
        return client

    ((final,),) = asyncio.run(main()).finals
    assert isinstance(final, Failed)
    assert final.code == "live"


def test_a_taken_port_is_told():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit()
        await client.ended()
        other.close()

    live_set = melody_set()
    port = free_port()
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", port))
    _, client = with_queue(work, live_set=live_set, answer_port=port)
    ((final,),) = client.finals
    assert isinstance(final, Failed)
    assert final.text.startswith(f"port {port} is taken")


def test_a_job_that_is_asked_for_is_cancelled_at_once():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        ticket = client.submit()
        async with asyncio.timeout(5):
            while not client.events[0]:
                client.changed.clear()
                await client.changed.wait()
        queue.cancel(ticket)
        async with asyncio.timeout(0.05):
            await client.ended()

    live, client = with_queue(work, service=Composer(blocked))
    assert client.finals == [[Cancelled()]]
    assert len(live.set.tracks) == 2


def test_a_job_that_waits_is_cancelled_and_the_others_go_on():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit()
        second = client.submit("continue")
        client.submit("vary")
        queue.cancel(second)
        queue.cancel(second)

    live, client = with_queue(work)
    assert [type(final) for (final,) in client.finals] == [Done, Cancelled, Done]
    names = [slot.clip.name for slot in live.set.tracks[0].slots if slot.clip]
    assert names == ["Verse", "Varied - rip Verse"]


TWO = Request(task="compose", alternatives=2)


def assert_one_scene(live_set: LiveSet) -> None:
    """All voices stand in the first scene, with all their notes, and nothing in the second."""
    assert [track.name for track in live_set.tracks][2:] == ["Alto", "Tenor", "Bass"]
    for track in live_set.tracks[2:]:
        clips = [slot.clip for slot in track.slots if slot.clip is not None]
        assert [(clip.name, len(clip.notes)) for clip in clips] == [(f"{track.name} - rip Verse", 6)]


def test_cancelled_while_it_is_written_the_scene_in_hand_is_finished_and_no_other_begun():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        ticket: LiveTicket
        cancel.extend([asyncio.get_running_loop(), lambda: queue.cancel(ticket)])
        ticket = client.submit(options=TWO)
        await client.ended()

    def cancel_at_the_notes(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip/add/notes":
            loop, stop = cancel
            loop.call_soon_threadsafe(stop)

    cancel: list[Any] = []
    live, client = with_queue(work, before=cancel_at_the_notes)
    assert client.finals == [[Cancelled()]]
    assert_one_scene(live.set)


def test_cancelled_while_live_refuses_a_clip_everything_is_as_it_was():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        ticket: LiveTicket
        cancel.extend([asyncio.get_running_loop(), lambda: queue.cancel(ticket)])
        ticket = client.submit()
        await client.ended()

    def cancel_at_the_first_clip(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip":
            loop, stop = cancel
            loop.call_soon_threadsafe(stop)

    cancel: list[Any] = []
    live_set = melody_set()
    live_set.add_track("Tenor").is_frozen = True
    before = copy.deepcopy(live_set.tracks)
    _, client = with_queue(work, live_set=live_set, before=cancel_at_the_first_clip)
    assert client.finals == [[Cancelled()]]
    assert live_set.tracks == before


def test_a_scene_in_hand_is_finished_though_the_server_stops_right_after_the_cancelling():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        begun = asyncio.Event()
        ticks.extend([asyncio.get_running_loop(), begun.set])
        ticket = client.submit(options=TWO)
        await begun.wait()
        queue.cancel(ticket)
        await asyncio.sleep(0)
        await queue.stop()

    def tell_of_the_clip(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip":
            loop, tell = ticks
            loop.call_soon_threadsafe(tell)

    ticks: list[Any] = []
    live, client = with_queue(work, before=tell_of_the_clip, clip_polls=1)  # it takes a while
    assert client.finals == [[Cancelled()]]
    assert_one_scene(live.set)


def test_cancelling_what_is_done_changes_nothing():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        ticket = client.submit()
        await client.ended()
        queue.cancel(ticket)
        await asyncio.sleep(0)

    _, client = with_queue(work)
    assert [type(final) for (final,) in client.finals] == [Done]


def test_a_stopping_server_cancels_what_is_left():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        client.submit()
        client.submit()
        await asyncio.sleep(0)
        await queue.stop()

    _, client = with_queue(work, service=Composer(blocked))
    assert client.finals == [[Cancelled()]] * 2


def test_too_many_jobs_are_refused():
    async def work(queue: LiveJobQueue, client: Client) -> None:
        for _ in range(MAX_WAITING + 3):
            client.submit()
        await queue.stop()

    _, client = with_queue(work, service=Composer(blocked))
    busy = [final for (final,) in client.finals if isinstance(final, Failed)]
    assert [final.code for final in busy] == ["busy"] * 3
