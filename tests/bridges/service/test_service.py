"""The service: every request gets one end, whatever happens, and nobody waits for anybody else's work."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import pytest
from msgspec import structs

from common import Background
from ripieno.ensembles.read import ensemble_named
from ripieno.models.loading import load
from ripieno.score import transpose
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno_bridges.api.replies import Cancelled, Done, Failed, NewNotes, Progress, Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.service import AnswerError, Service
from service_support import LONG, MELODY, SHORT, Listener, ends, melody


@pytest.fixture(scope="module")
def background():
    with Background() as background:
        yield background


@pytest.fixture(scope="module")
def shared(background):
    service = Service()
    background.do(service.start())
    background.do(service.ready())
    yield service
    background.do(service.stop())


@pytest.fixture
def service(background, shared):
    yield shared
    assert shared.status().queue == 0, "a test left work behind"


# -- answers -----------------------------------------------------------------------------------------------


def test_the_answer_is_what_the_engine_gives(background, service):
    reply = background.do(service.ask(SHORT))
    (expected,) = harmonize(SHORT.score, load("lstm-chorales"), settings=DraftSettings(1))
    told = [replace(result, key=None, phrases=None) for result in reply.results]  # by the service
    assert told == [expected]
    assert (reply.seed, reply.model, reply.complete) == (1, "lstm-chorales", True)


def test_a_seed_is_drawn_where_none_is_given_and_makes_the_same_notes_again(background, service):
    free = structs.replace(SHORT, seed=None, temperature=1.0)
    reply = background.do(service.ask(free))
    again = background.do(service.ask(structs.replace(free, seed=reply.seed)))
    assert again.results == reply.results


def test_progress_comes_before_the_end_and_nothing_after_it(background, service):
    async def work():
        listener = Listener()
        service.submit(SHORT, client="a", on_event=listener)
        await listener.end()
        return listener

    listener = background.do(work())
    fractions = [event.fraction for event in listener.events[:-1]]
    assert len(fractions) > 3
    assert fractions == sorted(fractions)
    assert isinstance(listener.final, Done)


def streamed(background, service, request):
    """(the reply, what was told before it) of a request that streams."""

    async def work():
        listener = Listener()
        service.submit(structs.replace(request, stream=True), client="a", on_event=listener)
        return await listener.end(), listener

    return background.do(work())


def test_streamed_notes_are_the_very_notes_of_the_answer(background, service):
    final, listener = streamed(background, service, SHORT)
    heard = [pair for event in listener.events if isinstance(event, NewNotes) for pair in event.notes]
    new = final.reply.results[0].new
    assert sorted(heard, key=str) == sorted(
        ((v, note) for v, voice in enumerate(new) for note in voice.notes), key=str
    )
    assert sum(isinstance(event, NewNotes) for event in listener.events) > 3


@pytest.mark.parametrize("name", ["sab", "ttbb"])
def test_no_note_of_an_ensemble_is_told_before_its_voices_have_it(background, service, name):
    request = Request(task="compose", ensemble=ensemble_named(name), bars=2, temperature=0.8, seed=3)
    final, listener = streamed(background, service, request)
    assert isinstance(final, Done)
    assert not any(isinstance(event, NewNotes) for event in listener.events)


def test_each_door_knows_its_models_and_looks_for_no_other_name(background, service):
    for name in ("../../etc/passwd", "/tmp/model", "http://127.0.0.1/x", "no-such", ""):
        with pytest.raises(AnswerError, match="there is no model") as caught:
            background.do(service.ask(structs.replace(SHORT, model=name)))
        assert caught.value.code == "bad_model"


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        (
            {"temperature": 3.0},
            "bad_request",
            "temperature 3 is impossible; give 0 to 2",
        ),
        ({"top_p": 0.0}, "bad_request", "top-p 0 is impossible; give more than 0 to 1"),
        ({"temperature": float("nan")}, "bad_request", "temperature nan is impossible; give 0 to 2"),
        (
            {"stream": True, "alternatives": 2},
            "bad_request",
            "notes can be sent as they are made for one alternative only; ask for 1",
        ),
        ({"score": None}, "bad_request", "there are no notes to harmonize; send them first"),
        (
            {"task": "infill"},
            "bad_request",
            "the piece is 8 quarters long; give a start and an end inside it, between which to regenerate",
        ),
        (
            {"score": melody("C3:1"), "strict_range": True},
            "bad_score",
            "Soprano, measure 1, beat 1: C3 lies below the soprano's range (below A3); move the piece, or "
            "give these notes to another voice",
        ),
        (
            {"performers": "piano"},
            "bad_request",
            "lstm-chorales writes for a choir only; for the piano choose one that plays it, such as "
            "lstm-ragtime",
        ),
    ],
)
def test_what_cannot_be_done_is_said(background, service, changes, code, text):
    with pytest.raises(AnswerError) as caught:
        background.do(service.ask(structs.replace(SHORT, **changes)))
    assert (caught.value.code, str(caught.value)) == (code, text)


@pytest.mark.parametrize(("octaves", "nearest"), [(-3, -1), (-2, -1), (1, 0), (2, 0)])
@pytest.mark.parametrize("stream", [False, True])
def test_a_melody_that_nobody_sings_gets_the_voices_of_the_nearest_octave(
    background, service, octaves, nearest, stream
):
    async def work(request):
        listener = Listener()
        service.submit(request, client="a", on_event=listener)
        final = await listener.end()
        assert isinstance(final, Done)
        assert isinstance(final.reply, Reply)
        heard = [pair for event in listener.events if isinstance(event, NewNotes) for pair in event.notes]
        return final.reply.results[0], heard

    asked = structs.replace(SHORT, stream=stream)
    usual, _ = background.do(work(structs.replace(asked, score=transpose(SHORT.score, 12 * nearest))))
    moved = transpose(SHORT.score, 12 * octaves)
    result, heard = background.do(work(structs.replace(asked, score=moved)))
    assert result.score.voice("soprano") == moved.voice("soprano")
    assert [[note.pitch for note in voice.notes] for voice in result.new] == [
        [note.pitch + 12 * (octaves - nearest) for note in voice.notes] for voice in usual.new
    ]
    new = [(v, note) for v, voice in enumerate(result.new) for note in voice.notes]
    assert sorted(heard, key=str) == (sorted(new, key=str) if stream else [])


def test_what_no_octave_makes_singable_is_harmonized_all_the_same_and_told(background, service):
    wide = structs.replace(SHORT, score=melody("C3:2 C6:2"))
    reply = background.do(service.ask(wide))
    assert reply.results[0].score.voice("soprano") == wide.score.voice("soprano")
    assert reply.remarks[0] == (
        "C3 in measure 1, beat 1 lies below the soprano's range (A3 to A5), so the soprano is heard an "
        "octave "
        "lower and 1 note is heard in another octave; what is given stays where it is written"
    )


# -- deadlines ---------------------------------------------------------------------------------------------


def test_at_the_deadline_comes_what_is_ready_and_the_melody_is_as_it_was(background, service):
    score = melody(" | ".join([MELODY] * 40))
    request = structs.replace(SHORT, score=score)

    async def work():
        for tenths in (2, 4, 8, 16, 32):  # the first that is long enough for a note, on this machine today
            with suppress(AnswerError):
                return await service.ask(structs.replace(request, deadline_seconds=tenths / 10))
        return None

    reply = background.do(work())
    assert not reply.complete
    (result,) = reply.results
    assert result.score.voice("soprano") == score.voice("soprano")
    assert Fraction(0) < result.until < score.duration
    notes = [note for voice in result.new for note in voice.notes]
    assert notes
    assert max(note.end for note in notes) <= result.until


def test_a_deadline_that_nobody_can_keep_is_an_error(background, service):
    with pytest.raises(AnswerError, match="not a note was ready") as caught:
        background.do(service.ask(structs.replace(LONG, deadline_seconds=1e-4)))
    assert caught.value.code == "late"


def test_who_waits_past_his_deadline_is_told_then(background, service):
    async def work():
        first, second = Listener(), Listener()
        ticket = service.submit(LONG, client="a", on_event=first)
        service.submit(structs.replace(SHORT, deadline_seconds=0.05), client="b", on_event=second)
        final = await second.end()
        service.cancel(ticket)
        return final, await first.end()

    late, cancelled = background.do(work())
    assert late == Failed("late", "others were before it until the deadline; allow more time")
    assert cancelled == Cancelled()


# -- the queue ---------------------------------------------------------------------------------------------


def test_a_thousand_requests_at_once_get_one_end_each(background, service):
    async def work():
        listeners = [Listener() for _ in range(1000)]
        one = structs.replace(SHORT, score=melody("C5:4"), beam=1)
        await service.ask(one)  # so that the engine is idle
        tickets = [service.submit(one, client=i, on_event=told) for i, told in enumerate(listeners)]
        for ticket in tickets[30:]:
            service.cancel(ticket)
        for listener in listeners:
            await listener.end()
        return listeners

    finals = [ends(listener) for listener in background.do(work())]
    assert all(len(final) == 1 for final in finals)
    kinds = [type(final) for (final,) in finals]
    assert kinds[:30] == [Done] * 30
    assert kinds[30:257] == [Cancelled] * 227  # the first is worked on, 256 wait
    assert finals[257][0] == Failed("busy", "too many requests wait already; try again in a moment")
    assert set(kinds[257:]) == {Failed}


def test_cancelling_is_told_at_once_and_the_next_is_answered(background, service):
    async def work():
        first, second = Listener(), Listener()
        ticket = service.submit(LONG, client="a", on_event=first)
        while not any(isinstance(event, Progress) for event in first.events):
            await asyncio.sleep(0.005)
        service.submit(SHORT, client="b", on_event=second)
        service.cancel(ticket)
        service.cancel(ticket)
        await asyncio.sleep(0)
        at_once = list(first.events)
        await second.end()
        return at_once, first.events, second.final

    at_once, later, second = background.do(work())
    assert at_once[-1] == Cancelled()
    assert later == at_once
    assert isinstance(second, Done)


def test_the_newest_request_replaces_those_of_its_client_that_wait(background, service):
    async def work():
        busy = service.submit(LONG, client="x", on_event=lambda _: None)
        old, other, new = Listener(), Listener(), Listener()
        service.submit(SHORT, client="a", on_event=old)
        service.submit(SHORT, client="b", on_event=other)
        service.submit(SHORT, client="a", on_event=new, replace=True)
        service.cancel(busy)
        return [type(await listener.end()) for listener in (old, other, new)]

    assert background.do(work()) == [Cancelled, Done, Done]


def test_who_stops_waiting_for_an_answer_cancels_it(background, service):
    async def work():
        with suppress(TimeoutError):
            await asyncio.wait_for(service.ask(LONG), 0.05)
        return service.status().queue

    assert background.do(work()) == 0


def test_the_counters_count(background, service):
    async def work():
        before = service.status()
        await service.ask(SHORT)
        with suppress(AnswerError):
            await service.ask(structs.replace(SHORT, model="x"))
        return before, service.status()

    before, after = background.do(work())
    counts = {
        name: getattr(after, name) - getattr(before, name)
        for name in ("received", "done", "failed", "cancelled")
    }
    assert counts == {"received": 2, "done": 1, "failed": 1, "cancelled": 0}
    assert after.model == "lstm-chorales"


# -- the worker's life -------------------------------------------------------------------------------------


def test_stopping_ends_every_request_and_the_worker(background):
    async def work():
        service = Service()
        await service.start()
        await service.ready()
        listeners = [Listener() for _ in range(5)]
        for listener in listeners:
            service.submit(LONG, client="a", on_event=listener)
        process = service._slots[0].engine._process
        await service.stop()
        late = Listener()
        service.submit(SHORT, client="a", on_event=late)
        await late.end()
        return [ends(listener) for listener in [*listeners, late]], process.returncode

    finals, code = background.do(work())
    assert finals == [[Failed("stopping", "ripieno is being stopped; start it again")]] * 6
    assert code is not None


def test_a_model_that_cannot_be_loaded_is_named_at_the_start(background, tmp_path):
    async def work():
        async with Service((str(tmp_path / "mine"),)) as service:
            await service.ready()

    with pytest.raises(AnswerError, match="mine") as caught:
        background.do(work())
    assert caught.value.code == "bad_model"


def test_a_door_loads_nothing_heavy():
    code = (
        "import sys, ripieno_bridges.service.service; "
        "print([m for m in ('torch', 'numpy', 'music21', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
