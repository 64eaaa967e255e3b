"""Several workers behind one queue: each client gets its own notes; one that dies is one client's loss."""

import asyncio
import os
import signal
import sys

import pytest
from msgspec import structs

from common import Background
from ripieno.models.loading import load
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno_bridges.api.replies import Cancelled, Done, Failed, NewNotes
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service import supervisor
from ripieno_bridges.service.service import WORKER_STOPPED, Service
from service_support import Listener, ends, melody
from tiny_network import random_weights

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill like that")
CLIENTS = 30
SOON_SECONDS = 12.0  # what a class of thirty is promised


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models: tiny networks that learned nothing, so that seeds matter."""
    return [str(random_weights(tmp_path_factory.mktemp(name))) for name in ("first", "second")]


@pytest.fixture(scope="module")
def background():
    with Background() as background:
        yield background


@pytest.fixture(scope="module")
def running(background, models):
    """(a service with two workers, the lines that it says)"""
    said: list[str] = []
    service = Service(tuple(models), workers=2, first_pause_seconds=0.05, say=said.append)
    background.do(service.start())
    background.do(service.ready())
    yield service, said
    background.do(service.stop())


@pytest.fixture
def service(running):
    service, said = running
    said.clear()
    yield service
    assert service.status().queue == 0, "a test left work behind"


@pytest.fixture
def said(running):
    return running[1]


@pytest.fixture
def short(models):
    return Request(
        task="harmonize",
        score=melody("C5:4 D5 E5 G5"),
        seed=1,
        model=models[0],
        temperature=1.0,
        beam=1,
        compare=False,
    )


@pytest.fixture
def long(models):
    return Request(task="compose", bars=512, seed=1, model=models[0], compare=False)


def pids(service):
    return [slot.engine._process.pid for slot in service._slots]


async def until(true):
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def begun(service, request, client):
    """(ticket, listener, the worker's process) of a request that a worker has begun."""
    listener = Listener()
    ticket = service.submit(request, client=client, on_event=listener)
    await until(lambda: listener.events)
    (slot,) = [slot for slot in service._slots if slot.ticket is ticket]
    return ticket, listener, slot.engine._process.pid


def pitches(result):
    return [[(note.onset, note.pitch) for note in voice.notes] for voice in result.new]


def test_thirty_at_once_get_their_own_notes_and_soon(background, service, short, models):
    model = load(models[0])
    expected = {
        seed: pitches(harmonize(short.score, model, settings=DraftSettings(seed, temperature=1.0, beam=1))[0])
        for seed in range(CLIENTS)
    }
    assert len({str(notes) for notes in expected.values()}) > CLIENTS / 2, "seeds matter"

    async def one(seed):
        loop = asyncio.get_running_loop()
        began = loop.time()
        reply = await service.ask(structs.replace(short, seed=seed), client=seed)
        return pitches(reply.results[0]), loop.time() - began

    async def work():
        return await asyncio.gather(*map(one, range(CLIENTS)))

    got = background.do(work())
    assert [notes for notes, _ in got] == list(expected.values())
    assert sorted(seconds for _, seconds in got)[int(0.95 * CLIENTS)] < SOON_SECONDS


def test_two_are_worked_on_at_once_and_each_hears_of_its_own(background, service, short):
    async def work():
        listeners = [Listener(), Listener()]
        for seed, listener in enumerate(listeners):
            service.submit(structs.replace(short, seed=seed, stream=True), client=seed, on_event=listener)
        at_once = service.status()
        return at_once, [await listener.end() for listener in listeners], listeners

    at_once, finals, listeners = background.do(work())
    assert (at_once.working, at_once.waiting, at_once.queue) == (2, 0, 2)
    for final, listener in zip(finals, listeners, strict=True):
        heard = [pair for event in listener.events if isinstance(event, NewNotes) for pair in event.notes]
        new = final.reply.results[0].new
        assert sorted(heard, key=str) == sorted(
            ((v, note) for v, voice in enumerate(new) for note in voice.notes), key=str
        )


def test_a_cancelled_request_leaves_the_other_worker_alone(background, service, short, long):
    async def work():
        first, told, _ = await begun(service, long, "a")
        second, other, _ = await begun(service, long, "b")
        waiting = Listener()
        service.submit(short, client="c", on_event=waiting)
        service.cancel(first)
        await told.end()
        await waiting.end()
        still = service.status()
        service.cancel(second)
        return told, waiting, other, still

    told, waiting, other, still = background.do(work())
    assert ends(told) == [Cancelled()]
    assert isinstance(waiting.final, Done)
    assert still.working == 1
    assert ends(other) == [Cancelled()]


def test_the_newest_replaces_what_waits_of_its_client_alone(background, service, short, long):
    async def work():
        busy = [(await begun(service, long, name))[0] for name in "xy"]
        old, other, new = Listener(), Listener(), Listener()
        service.submit(short, client="a", on_event=old)
        service.submit(short, client="b", on_event=other)
        service.submit(short, client="a", on_event=new, replace=True)
        for ticket in busy:
            service.cancel(ticket)
        return [type(await listener.end()) for listener in (old, other, new)]

    assert background.do(work()) == [Cancelled, Done, Done]


def test_who_sends_twenty_keeps_no_other_waiting_for_them(background, service, short):
    async def work():
        many, one = [Listener() for _ in range(20)], Listener()
        for listener in many:
            service.submit(short, client="a", on_event=listener)
        service.submit(short, client="b", on_event=one)
        await one.end()
        before = sum(listener.ended.is_set() for listener in many)
        for listener in many:
            await listener.end()
        return before

    assert background.do(work()) <= 4  # two in work, and one more of each worker meanwhile


def test_a_worker_is_killed_and_its_client_alone_is_told_also_while_no_other_starts(
    background, service, said, short, long, monkeypatch
):
    async def work():
        _, told, pid = await begun(service, long, "a")
        ticket, other, other_pid = await begun(service, long, "b")
        waiting = [Listener() for _ in range(4)]
        for client, listener in enumerate(waiting):
            service.submit(short, client=client, on_event=listener)
        monkeypatch.setattr(supervisor, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
        os.kill(pid, signal.SIGKILL)
        await told.end()
        await until(lambda: "failed" in service.status().engines)
        failed = service.status()
        monkeypatch.undo()
        for listener in waiting:
            await listener.end()
        await until(lambda: service.status().engines == ("ready", "ready"))
        after, restarted = pids(service), service.status()
        service.cancel(ticket)
        await other.end()
        return told, waiting, other, (pid, other_pid), after, failed, restarted

    told, waiting, other, (killed, kept), after, failed, restarted = background.do(work())
    assert ends(told) == [Failed("failed", WORKER_STOPPED)]
    assert [type(listener.final) for listener in waiting] == [Done] * 4
    assert ends(other) == [Cancelled()], "it went on until it was cancelled"
    assert (failed.state, failed.fault, failed.working) == ("ready", None, 1)
    assert (restarted.state, restarted.working) == ("ready", 1)
    assert kept in after
    assert killed not in after
    number = said[0].removeprefix("worker ")[0]
    assert said[0] == f"worker {number}: the engine ended: it was ended by SIGKILL; it is started again"
    assert said[-1] == f"worker {number}: the engine has started"


def test_a_request_goes_to_the_worker_that_has_its_model(background, service, short, long, models):
    async def work():
        other = structs.replace(short, model=models[1])
        ticket, told, busy = await begun(service, long, "a")
        await service.ask(other)  # the idle one loads the model
        service.cancel(ticket)
        await told.end()
        await until(lambda: all(slot.is_idle for slot in service._slots))
        for request in (other, short, other, other):
            await service.ask(request)
        return {slot.engine._process.pid: slot.engine.models for slot in service._slots}, busy

    loaded, busy = background.do(work())
    assert loaded.pop(busy) == {models[0]}
    assert list(loaded.values()) == [set(models)]
