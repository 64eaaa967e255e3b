"""A running server in place of an engine of one's own: the same notes, and nobody else is taken for it."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

import httpx
import pytest
from msgspec import structs

import ripieno
from canned_replies import parallel
from http_support import ServiceStandIn, bare, client, code_of, engine
from ripieno.score import Meter, Note, Score, Voice, lay_measures
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Cancelled, Done, Failed, Progress, Reply
from ripieno_bridges.api.requests import DocumentRequest, File, Request, to_bytes
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.http_server.server import HttpServer
from ripieno_bridges.service.running import RunningServer, WarmEngine, find_server
from ripieno_bridges.service.service import AnswerError, Service

MODEL = "lstm-chorales"
TIMES = [Fraction(i, 3) for i in range(12)]
LOW = [FlatNote(0, 48 + i % 5, time, Fraction(1, 3), 80) for i, time in enumerate(TIMES)]
REQUEST = Request(task="harmonize", score=choir_score(LOW), seed=5, find_key=True)


@pytest.fixture(scope="module")
def real() -> Iterator[HttpServer]:
    with engine() as (server, _):
        yield server


# -- the same notes ------------------------------------------------------------------------------------------


def test_the_running_server_makes_the_notes_that_an_engine_of_one_s_own_makes(real: HttpServer):
    requests = [
        REQUEST,
        structs.replace(REQUEST, task="continue", bars=1, alternatives=2),
        structs.replace(REQUEST, task="vary", amount=0.5),
    ]

    async def main() -> tuple[list[Reply], list[Reply]]:
        async with Service((MODEL,)) as own, WarmEngine((MODEL,), port=real.port) as warm:
            assert warm.server is not None
            return [await warm.ask(r) for r in requests], [await own.ask(r) for r in requests]

    theirs, ours = asyncio.run(main())
    assert [structs.replace(r, milliseconds=0) for r in theirs] == [
        structs.replace(r, milliseconds=0) for r in ours
    ]


# -- a server with a stand-in behind it ----------------------------------------------------------------------


def asked(service: ServiceStandIn) -> Any:
    """The reply of a running server with this service, or the error; and the fractions that it told."""
    fractions: list[float] = []
    with bare(service) as (server, _):

        async def main() -> Reply:
            return await RunningServer(server.port).ask(REQUEST, progress=fractions.append)

        try:
            return asyncio.run(main()), fractions
        except AnswerError as exc:
            return exc, fractions


def test_the_reply_comes_as_it_is_made():
    reply, _ = asked(ServiceStandIn(lambda _: Done(parallel(REQUEST))))
    assert reply == parallel(REQUEST)


def test_what_the_server_refuses_is_told_with_its_code():
    error, _ = asked(ServiceStandIn(lambda request: Failed("late", "too late; allow more time")))
    assert (error.code, str(error)) == ("late", "too late; allow more time")


def test_progress_is_passed_on_and_cancelling_the_wait_cancels_the_request():
    service = ServiceStandIn()
    with bare(service) as (server, background):

        async def main() -> list[float]:
            fractions: list[float] = []
            waiting = asyncio.create_task(RunningServer(server.port).ask(REQUEST, progress=fractions.append))
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, background.do, service.wait(lambda: bool(service.tickets)))
            await loop.run_in_executor(None, background.do, told(service))
            async with asyncio.timeout(10):
                while 0.5 not in fractions:
                    await asyncio.sleep(0.005)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return fractions

        assert asyncio.run(main())[-1] == 0.5
        background.do(service.wait(lambda: service.tickets[0].final is not None))
    assert service.tickets[0].final == Cancelled()


async def told(service: ServiceStandIn) -> None:
    service.tell(service.tickets[0], Progress(0.5))


def test_where_the_server_ends_meanwhile_the_own_engine_goes_on(monkeypatch: pytest.MonkeyPatch):
    class Own:
        def __init__(self, models: tuple[str, ...]) -> None:
            self.models = models

        async def __aenter__(self) -> Own:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def ask(self, request: Request, **_: Any) -> Reply:
            return parallel(request)

    monkeypatch.setattr("ripieno_bridges.service.running.Service", Own)
    with bare(ServiceStandIn()) as (server, background):

        async def main() -> tuple[Reply, RunningServer | None]:
            async with WarmEngine((MODEL,), port=server.port) as warm:
                assert warm.server is not None
                await asyncio.get_running_loop().run_in_executor(None, background.do, server.stop())
                return await warm.ask(REQUEST), warm.server

        assert asyncio.run(main()) == (parallel(REQUEST), None)


# -- which server is taken -----------------------------------------------------------------------------------


def found(port: int, model: str = MODEL) -> RunningServer | None:
    return asyncio.run(find_server(port, model))


def test_a_server_of_this_version_with_the_model_is_found():
    with bare(ServiceStandIn()) as (server, _):
        assert found(server.port) is not None
        assert found(server.port, "my-own-weights") is None


def test_a_server_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    with bare(ServiceStandIn()) as (server, _):
        monkeypatch.setattr("ripieno_bridges.service.running.__version__", "9.9")
        assert found(server.port) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\x00\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n[]",
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        b"HTTP/1.0 404 Not Found\r\n\r\nnothing here",
        None,
    ],
)
def test_another_program_on_the_port_is_not_taken_for_ripieno(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ripieno_bridges.service.running.LOOK_SECONDS", 0.2)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:  # says nothing
            await reader.read()
        writer.write(answer or b"")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        ended.set()

    async def main() -> RunningServer | None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            server_found = await find_server(server.sockets[0].getsockname()[1], MODEL)
            await ended.wait()
            return server_found

    ended = asyncio.Event()

    assert asyncio.run(main()) is None


def test_where_nothing_listens_nothing_is_found(unused_port: int):
    assert found(unused_port) is None


@pytest.fixture
def unused_port() -> int:
    with bare(ServiceStandIn()) as (server, _):
        return server.port


# -- what the route refuses ----------------------------------------------------------------------------------


SCORE = parse_score("C5:4 D5 E5 F5\n\n\n")
MEASURE = SCORE.measures[0]
LONG = Fraction(10**9)
ODD = Fraction(1, 10**40)
KEYS = ((Fraction(0), MEASURE.key),)
ON_DOCUMENT = DocumentRequest(
    file=File("a.musicxml", b""), request=structs.replace(REQUEST, score=None), names=("b.musicxml",)
)


def with_notes(*notes: Note) -> Score:
    return replace(SCORE, voices=(Voice("soprano", notes), *SCORE.voices[1:]))


@pytest.mark.parametrize(
    "request_",
    [
        structs.replace(REQUEST, given=("violin",)),
        structs.replace(ON_DOCUMENT, names=("a.musicxml", "b.musicxml")),
        structs.replace(ON_DOCUMENT, names=()),
        structs.replace(ON_DOCUMENT, request=REQUEST),
        structs.replace(REQUEST, anacrusis=Fraction(-1)),
        structs.replace(REQUEST, selection=(Fraction(0), ODD)),
        structs.replace(REQUEST, score=replace(SCORE, voices=SCORE.voices[:2])),
        structs.replace(REQUEST, score=with_notes(Note(Fraction(0), Fraction(1), 128))),
        structs.replace(REQUEST, score=with_notes(Note(Fraction(-1), Fraction(1), 60))),
        structs.replace(REQUEST, score=with_notes(Note(Fraction(0), LONG, 60))),
        structs.replace(REQUEST, score=with_notes(Note(Fraction(0), ODD, 60))),
        structs.replace(REQUEST, score=replace(SCORE, measures=(replace(MEASURE, duration=LONG),))),
        structs.replace(REQUEST, score=replace(SCORE, measures=(replace(MEASURE, duration=Fraction(0)),))),
        structs.replace(REQUEST, score=replace(SCORE, measures=(replace(MEASURE, meter=Meter(0, 4)),))),
        structs.replace(
            REQUEST,
            score=Score(SCORE.voices, lay_measures(Fraction(9000), ((Fraction(0), Meter()),), KEYS)),
        ),
    ],
)
def test_an_impossible_request_never_reaches_the_engine(request_: Request | DocumentRequest):
    answer = posted(b64encode(to_bytes(request_)).decode())
    assert code_of(answer.content) == "bad_request"


@pytest.mark.parametrize("packed", ["", "?", "AAAA", b64encode(to_bytes(["request", "x"])).decode()])
def test_what_is_no_request_is_refused(packed: str):
    assert code_of(posted(packed).content) == "bad_request"


def test_a_model_that_the_server_does_not_offer_is_not_looked_for():
    packed = b64encode(to_bytes(structs.replace(REQUEST, model="../../secret"))).decode()
    assert code_of(posted(packed).content) == "bad_model"


def test_a_request_of_another_version_is_refused():
    answer = posted(b64encode(to_bytes(REQUEST)).decode(), version="0.0.9")
    assert json.loads(answer.content)["error"]["text"] == (
        f"this server is ripieno {ripieno.__version__}, the request comes from another version; stop the "
        "server and start it again"
    )


def posted(packed: str, *, version: str = ripieno.__version__) -> httpx.Response:
    """The answer to a packed request; nothing reaches the service."""
    service = ServiceStandIn(lambda request: Failed("failed", "it came through"))
    with bare(service) as (server, _), client(server) as http:
        answer = http.post("/v1/packed", json={"version": version, "request": packed})
    assert service.requests == []
    return answer
