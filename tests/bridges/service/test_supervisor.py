"""The worker's life: what ends it costs at most the request in work, and it is always started again."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from common import Background
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Cancelled, Done, Failed
from ripieno_bridges.api.requests import File, ReadRequest
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service import supervisor
from ripieno_bridges.service.service import AnswerError, Service
from ripieno_bridges.service.worker import LENGTH
from service_support import LONG, SHORT, Listener

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill like that")
BIG = write_musicxml(parse_score(" | ".join(["C5:8 D5 E5 F5 G5 F5 E5 D5"] * 1000)))  # seconds to read
READ = ReadRequest(File("big.musicxml", BIG))
PAUSE, PATIENCE = 0.05, 0.3


@pytest.fixture(scope="module")
def background():
    with Background() as background:
        yield background


@pytest.fixture(scope="module")
def running(background):
    """(a service that is quick to lose its patience, the lines that it says)"""
    said: list[str] = []
    service = Service((DEFAULT_MODEL,), patience_seconds=PATIENCE, first_pause_seconds=PAUSE, say=said.append)
    background.do(service.start())
    background.do(service.ready())
    yield service, said
    background.do(service.stop())


@pytest.fixture
def service(background, running):
    service, said = running
    background.do(service.ask(SHORT))  # no failures are counted any more
    said.clear()
    return service


@pytest.fixture
def said(running):
    return running[1]


def pid(service):
    """The worker's process."""
    return service._slots[0].engine._process.pid


async def until(true):
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def begun(service, request):
    """(ticket, listener) of a request on which the worker has begun."""
    listener = Listener()
    ticket = service.submit(request, client="a", on_event=listener)
    await until(lambda: listener.events)
    return ticket, listener


async def stubborn(service):
    """Cancel a request in a worker that reacts to nothing any more."""
    ticket, listener = await begun(service, LONG)
    os.kill(pid(service), signal.SIGSTOP)
    service.cancel(ticket)
    assert await listener.end() == Cancelled()


# -- requests that are cancelled ---------------------------------------------------------------------------


def test_reading_a_large_document_is_interrupted_and_the_worker_stays(background, service, said, monkeypatch):
    monkeypatch.setattr(service, "_patience_seconds", 30)

    async def work():
        worker, start = pid(service), time.monotonic()
        _, listener = await begun(service, READ)
        whole = await listener.end()
        seconds, start = time.monotonic() - start, time.monotonic()
        for _ in range(5):
            ticket, listener = await begun(service, READ)
            await asyncio.sleep(0.05)
            service.cancel(ticket)
            assert await listener.end() == Cancelled()
        reply = await service.ask(SHORT)
        cancelled_seconds = time.monotonic() - start
        return whole, reply, worker == pid(service), seconds, cancelled_seconds

    whole, reply, same, seconds, cancelled_seconds = background.do(work())
    assert isinstance(whole, Done)
    assert reply.complete
    assert same
    assert said == []
    assert cancelled_seconds < 3 * seconds, "they were read to the end, all five"


def test_workers_that_do_not_stop_take_no_other_request_with_them(background, service, said):
    """Three within half a minute were once the end of the service."""

    async def work():
        listeners = [Listener() for _ in range(6)]
        for i in range(3):
            await stubborn(service)
            for listener in listeners[2 * i : 2 * i + 2]:
                service.submit(SHORT, client="b", on_event=listener)
            if i == 0:
                before = service.status()
                await until(lambda: service.status().state == "restarting")
                while_starting = service.status()
            await listeners[2 * i + 1].end()
        return [await listener.end() for listener in listeners], before, while_starting

    finals, before, while_starting = background.do(work())
    assert [type(final) for final in finals] == [Done] * 6
    assert said == ["a cancelled request did not stop within 0.3 seconds; the engine is started again"] * 3
    assert (before.state, before.queue) == ("ready", 2)
    assert (while_starting.state, while_starting.model, while_starting.queue) == (
        "restarting",
        "restarting",
        2,
    )


# -- workers that end by themselves ------------------------------------------------------------------------


def test_a_worker_that_dies_is_replaced_and_its_request_told(background, service, said):
    async def work():
        _, listener = await begun(service, LONG)
        other = Listener()
        service.submit(SHORT, client="b", on_event=other)
        os.kill(pid(service), signal.SIGKILL)
        return await listener.end(), await other.end(), service.status()

    final, other, status = background.do(work())
    assert final == Failed(
        "failed", "the engine stopped in the middle of the work and was started again; try once more"
    )
    assert isinstance(other, Done)
    assert status.state == "ready"
    assert said == ["the engine ended: it was ended by SIGKILL; it is started again"]


def test_a_request_that_was_not_begun_is_given_to_the_next_worker(background, service, said):
    async def work():
        listener = Listener()
        os.kill(pid(service), signal.SIGKILL)
        service.submit(SHORT, client="a", on_event=listener)  # it goes to the dead one, as nobody knows yet
        return await listener.end()

    assert isinstance(background.do(work()), Done)
    assert said == ["the engine ended: it was ended by SIGKILL; it is started again"]


def test_an_order_that_cannot_be_read_ends_the_worker_and_not_the_service(background, service, said):
    async def work():
        service._slots[0].engine._process.stdin.write(LENGTH.pack(1) + b"?")
        await until(lambda: service.status().state == "restarting")
        return await service.ask(SHORT)

    assert background.do(work()).complete
    assert said == ["the engine ended: it ended with status 1; it is started again"]


def test_a_worker_that_cannot_import_the_engine_says_why_and_ends(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('damaged')\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        supervisor.COMMAND, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe
    ) as worker:
        assert worker.stderr.read().endswith("ImportError: damaged\n")  # its input stays open meanwhile
        assert worker.wait(30) == 1


def test_an_engine_that_does_not_start_is_tried_after_growing_pauses_until_it_does(
    background, service, said, monkeypatch
):
    async def work():
        waiting = Listener()
        monkeypatch.setattr(supervisor, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
        os.kill(pid(service), signal.SIGKILL)
        await until(lambda: service.status().state == "restarting")
        service.submit(SHORT, client="a", on_event=waiting)
        final = await waiting.end()
        with pytest.raises(AnswerError) as caught:
            await service.ask(SHORT)
        status = service.status()
        await until(lambda: len(said) >= 5)
        monkeypatch.undo()
        await until(lambda: service.status().state == "ready")
        return final, str(caught.value), status, await service.ask(SHORT)

    final, refusal, status, reply = background.do(work())
    told = "the engine does not start: it ended with status 3; it is tried again, so ask again in 1 second"
    assert final == Failed("failed", told)
    assert refusal == told
    assert (status.state, status.model, status.fault) == ("failed", "failed", Failed("failed", told))
    assert reply.complete
    why = "the engine does not start: it ended with status 3; it is tried again in"
    assert said[:4] == [
        "the engine ended: it was ended by SIGKILL; it is started again",
        f"{why} 0.05 seconds",
        f"{why} 0.1 seconds",
        f"{why} 0.2 seconds",
    ]
    assert said[-1] == "the engine has started"


def test_the_first_start_says_why_it_failed(background, monkeypatch):
    monkeypatch.setattr(supervisor, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))

    async def work():
        async with Service((DEFAULT_MODEL,)) as service:
            await service.ready()

    with pytest.raises(AnswerError, match=r"the engine does not start: it ended with status 3$"):
        background.do(work())


def test_a_worker_that_dies_while_file_handles_are_short_is_started_when_there_are_some(background, service):
    async def work():
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        listener = Listener()
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (len([*Path("/proc/self/fd").iterdir()]), limits[1]))
            os.kill(pid(service), signal.SIGKILL)
            await until(lambda: service.status().state == "failed")
            service.submit(SHORT, client="a", on_event=listener)
            told = await listener.end()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        await until(lambda: service.status().state == "ready")
        return told, await service.ask(SHORT)

    told, reply = background.do(work())
    assert told.text.startswith("the engine does not start: Too many open files; it is tried again")
    assert reply.complete


def test_the_pauses_grow_from_a_second_to_a_minute_and_begin_anew_after_an_answer():
    async def pauses():
        found = supervisor.Supervisor("", None)
        down = [found._next_pause(None) for _ in range(9)]
        found._failures = 0
        crashes = [found._next_pause(time.monotonic()) for _ in range(4)]
        return down, crashes, found._next_pause(time.monotonic() - 61)

    assert asyncio.run(pauses()) == ([1, 2, 4, 8, 16, 32, 60, 60, 60], [0, 1, 2, 4], 0)


def test_the_worker_ends_when_its_server_is_gone():
    """The server's process is killed; the worker's input ends, and so does the worker."""
    code = (
        "import asyncio, os, signal\n"
        "from ripieno_bridges.service.service import Service\n"
        "async def main():\n"
        "    service = Service()\n"
        "    await service.start()\n"
        "    await service.ready()\n"
        "    print(service._slots[0].engine._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())"
    )
    # The worker has the pipe of the errors too; reading that to its end, as ``run`` does, waits for both.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip().isdigit()
    assert done.returncode == -signal.SIGKILL
