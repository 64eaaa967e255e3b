"""Requests by OSC, from the first note to the one final answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pytest

import ripieno
from osc_support import (
    MELODY,
    SUNG,
    Client,
    Received,
    StandIn,
    asynchronous,
    bundle,
    flat,
    notes_in,
    packet,
    reply,
    serving,
)
from ripieno.results import Result
from ripieno.score import Note, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Cancelled, Done, Event, Failed, Progress
from ripieno_bridges.api.replies import NewNotes as HeardNotes
from ripieno_bridges.api.requests import Request
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.osc import jobs as osc_jobs

# -- what there is to know ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "echoed"), [(5, 5), (5.0, 5), ("5", 5), (0, 0), (2**31 - 1, 2**31 - 1)])
@asynchronous
async def test_a_ping_is_answered_with_its_id(sent: object, echoed: int) -> None:
    async with serving() as (_, client):
        client.send("ping", sent)
        assert await client.next() == Received("/ripieno/pong", (echoed, ripieno.__version__), "is")


@asynchronous
async def test_the_status_says_what_waits() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        client.send("compose", 1)
        await service.asked()
        client.send("status", 2)
        assert (await client.next()).values == (2, "stand-in", 1, ripieno.__version__)


@asynchronous
async def test_the_models_are_told_the_default_first() -> None:
    async with serving() as (_, client):
        client.send("models", 3)
        assert (await client.next()).values == (3, "lstm-chorales", "dbn-ragtime")


# -- requests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["harmonize", "harmonise"])
@asynchronous
async def test_a_melody_is_harmonized(task: str) -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        result, done = await client.ask(task, 5, 3)
        assert result == Received("/ripieno/result", (5, 1, *flat(SUNG)), "ii" + 3 * "iiffi")
        assert done == Received("/ripieno/done", (5, 3, 3, 7, 1), "iiiii")
        assert service.requests[0].task == "harmonize"


@asynchronous
async def test_numbers_may_all_come_as_floats_as_pure_data_sends_them() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("notes", 5.0, 1.0, 60.0, 0.0, 1.0, 80.0)
        client.send("set", 5.0, "seed", 12.0)
        messages = await client.ask("harmonize", 5.0, 1.0)
        assert [message.id for message in messages] == [5, 5]
        assert notes_in(messages) == [(1, 60, 0.0, 1.0, 80)]
        assert service.requests[0].seed == 12


@asynchronous
async def test_everything_may_come_in_one_bundle() -> None:
    async with serving() as (_, client):
        melody = packet("/ripieno/seed", 5, *flat(MELODY))
        client.send_bytes(bundle(melody, bundle(packet("/ripieno/harmonize", 5, 3))))
        assert notes_in(await client.final()) == SUNG


@asynchronous
async def test_a_key_may_come_in_two_words_since_pure_data_has_no_spaces() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("set", 5, "key", "f#", "minor")
        await client.ask("compose", 5)
        assert str(service.requests[0].key) == "F-sharp minor"


@asynchronous
async def test_long_results_come_in_messages_of_forty_notes() -> None:
    async with serving() as (_, client):
        notes = [(0, 60 + n % 12, n / 2, 0.5, 80) for n in range(101)]
        for first in range(0, 101, 40):
            client.send("notes", 5, *flat(notes[first : first + 40]))
        messages = await client.ask("vary", 5, 101)
        assert [(len(m.values) - 2) / 5 for m in messages[:-1]] == [40, 40, 21]
        assert notes_in(messages) == notes


def alternatives(request: Request) -> list[Any]:
    """Three results with one new alto note each."""
    score = request.score
    results = []
    for pitch in (60, 62, 64):
        new = replace(score.voices[1], notes=(Note(Fraction(0), Fraction(4), pitch),))
        voices = (score.voices[0], new, *score.voices[2:])
        empty = tuple(replace(voice, notes=()) for voice in score.voices)
        results.append(Result(replace(score, voices=voices), (empty[0], new, *empty[2:]), 0.0, 0))
    return [Progress(0.5), Done(reply(*results, complete=False, seed=2**31 - 1))]


@asynchronous
async def test_every_alternative_comes_with_its_number_and_given_notes_do_not_come_back() -> None:
    async with serving(StandIn(answer=alternatives)) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        messages = await client.ask("harmonize", 5)
        assert messages[0].values == (5, 0.5)
        pitches = [notes_in(messages, number) for number in (1, 2, 3)]
        assert pitches == [[(1, pitch, 0.0, 4.0, 80)] for pitch in (60, 62, 64)]
        assert messages[-1].values == (5, 3, 3, 2**31 - 1, 0)  # complete is 0


@asynchronous
async def test_a_variation_comes_whole() -> None:
    async with serving(StandIn(answer=alternatives)) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        messages = await client.ask("vary", 5)
        assert notes_in(messages) == [SUNG[0], (1, 60, 0.0, 4.0, 80), *SUNG[1:]]
        assert messages[-1].values[1] == 12


@asynchronous
async def test_infill_is_told_its_measures() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        client.send("set", 5, "length", 12)
        await client.ask("infill", 5, 3.5, 2, 3)
        assert service.requests[0].selection == (0, 8)


@asynchronous
async def test_replace_drops_what_waits() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        await client.ask("compose", 5)
        client.send("set", 6, "replace", 1)
        await client.ask("compose", 6)
        assert service.replaced == [False, True]
        assert service.clients[0] == service.clients[1]


@asynchronous
async def test_requests_are_handed_in_as_they_came() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        for number in range(30):
            client.send("notes", number, *flat([(0, 60, n, 1.0, 80) for n in range(number % 3 * 40 + 1)]))
            client.send("set", number, "seed", number)
            client.send("harmonize", number)
        await service.asked(30)
        assert [request.seed for request in service.requests] == list(range(30))


# -- what is wrong -----------------------------------------------------------------------------------------

WRONG = [
    (("harmonize", 5), "bad_request", "there are no notes to harmonize; send them first"),
    (("infill", 5), "bad_message", "/ripieno/infill takes id start length [count], and 1 argument came"),
    (("infill", 5, "a", 1), "bad_message", 'start is a number, not "a"'),
    (("harmonize", 5, -1), "bad_message", "count is a whole number from 0 to 2147483647"),
    (("notes", 5, 0, 60), "bad_message", "/ripieno/notes takes id (voice pitch start duration velocity)*, "),
    (
        ("seed", 5, 60, 1.0),
        "bad_message",
        "/ripieno/seed takes id (pitch start duration)*, and 3 arguments c",
    ),
    (("seed", 5, "C4", 1, 1), "bad_request", "a note is five numbers: voice, pitch, start, duration, veloci"),
    (("set", 5, "bars", 0), "bad_request", 'bars cannot be "0"; it takes 1-512'),
    (
        ("set", 5, "tempo", 90),
        "bad_request",
        'there is no setting "tempo"; there are model, bars, form, length, ',
    ),
    (("set", 5, "model", "nonsense"), "bad_model", 'there is no model "nonsense"; choose one of: '),
    (("set", 5, "bars"), "bad_message", "/ripieno/set takes id name value, and 2 arguments came"),
    (("play", 5, 60.5, 1, 0), "bad_message", "pitch is a whole number from 0 to 127"),
    (
        ("play", 5, 60, 1, 1e9),
        "bad_request",
        "a time of 1000000000 beats is impossible; no piece is longer than ",
    ),
    (("respond", 5, 4.0), "bad_request", "nothing was played since the last answer; send /ripieno/play firs"),
    (("again", 5), "bad_request", "there is no answer to 5 any more; send the request once more"),
    (("live/vary", 5), "live", "this ripieno was not started for Ableton Live; `ripieno serve --help` says "),
    (("live/vary", 5, 1), "bad_message", "/ripieno/live/vary takes id [track slot], and 2 arguments came"),
]


@pytest.mark.parametrize(("sent", "code", "text"), WRONG)
@asynchronous
async def test_what_is_wrong_is_told_with_the_id(sent: tuple, code: str, text: str) -> None:
    async with serving() as (_, client):
        client.send(*sent)
        message = await client.next()
        assert (message.address, message.tags) == ("/ripieno/error", "iss")
        assert message.values[:2] == (5, code)
        assert message.values[2].startswith(text)
        await client.settled()
        assert len(client.came) == 2  # this and the last pong


@pytest.mark.parametrize("name", settings_of("osc"))
@asynchronous
async def test_every_setting_that_makes_no_sense_is_told_at_once(name: str) -> None:
    async with serving() as (_, client):
        client.send("set", 5, name, "nonsense")
        message = await client.next()
        assert message.values[:2] in ((5, "bad_request"), (5, "bad_model"))
        client.send("compose", 5)
        again = await client.next()
        assert again.values[:3] == message.values[:3], "and once more as the end of the request"


@asynchronous
async def test_a_wrong_start_that_comes_twice_is_told_once() -> None:
    async with serving() as (_, client):
        for _ in range(2):
            client.send("infill", 5)
        await client.settled()
        assert [message.address for message in client.came] == ["/ripieno/error", "/ripieno/pong"]
        assert (await client.ask("again", 5))[-1] == client.came[0]


NO_ID = [
    (
        packet("/ripieno/harmonice", 5),
        'there is no address "/ripieno/harmonice"; is /ripieno/harmonize meant?',
    ),
    (packet("/zzz", 5), 'there is no address "/zzz"; docs/protocol.md lists those that there are'),
    (packet("/ripieno/ping"), "/ripieno/ping came without an id, which is its first argument"),
    (packet("/ripieno/ping", -1), "the id of /ripieno/ping is a whole number from 0 to 2147483647"),
    (packet("/ripieno/ping", 0.5), "the id of /ripieno/ping is a whole number from 0 to 2147483647"),
    (packet("/ripieno/ping", "x"), "the id of /ripieno/ping is a whole number from 0 to 2147483647"),
    (packet("/ripieno/ping", True), "/ripieno/ping came with arguments of other types than i, f and s"),
    (packet("/ripieno/reply_to", 0), "port is a whole number from 1 to 65535"),
    (packet("/ripieno/reply_to"), "/ripieno/reply_to takes port [id], and 0 arguments came"),
    (b"hello", "damaged: a string without an end"),
]


@pytest.mark.parametrize(("data", "text"), NO_ID)
@asynchronous
async def test_what_is_wrong_without_an_id_is_told_with_minus_one(data: bytes, text: str) -> None:
    async with serving() as (_, client):
        client.send_bytes(data)
        assert (await client.next()).values == (-1, "bad_message", text)


@asynchronous
async def test_a_score_that_is_wrong_is_told_where() -> None:
    async with serving() as (_, client):
        client.send("notes", 5, 0, 60, 4, 1, 80, 0, 64, 4, 1, 80)
        (message,) = await client.ask("harmonize", 5)
        assert message.values[1] == "bad_score"
        assert message.values[2].startswith("Soprano, measure 2, beat 1: C4 and E4 begin together")


@asynchronous
async def test_a_wrong_setting_is_not_left_out_in_silence_but_can_be_put_right() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("set", 5, "bars", 0)
        told = await client.next()
        (again,) = await client.ask("compose", 5)
        assert told == again
        client.send("set", 6, "bars", 0)
        await client.next()
        client.send("set", 6, "bars", 2)
        assert (await client.ask("compose", 6))[-1].address == "/ripieno/done"
        assert [request.bars for request in service.requests] == [2]


@asynchronous
async def test_after_an_error_nothing_of_the_request_is_left() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        await client.ask("infill", 5)
        client.send("seed", 5, 60, 0, 1)
        assert notes_in(await client.ask("harmonize", 5, 1)) == [(0, 60, 0.0, 1.0, 80)]


@asynchronous
async def test_clear_forgets_what_was_sent() -> None:
    async with serving() as (_, client):
        client.send("seed", 5, *flat(MELODY))
        client.send("set", 5, "bars", 0)
        await client.next()
        client.send("clear", 5)
        client.send("seed", 5, 60, 0, 1)
        assert notes_in(await client.ask("harmonize", 5, 1)) == [(0, 60, 0.0, 1.0, 80)]


@pytest.mark.parametrize("code", ["late", "busy", "failed", "bad_model"])
@asynchronous
async def test_what_the_engine_finds_wrong_is_told(code: str) -> None:
    async with serving(StandIn(answer=lambda _: [Failed(code, "so it is\nreally")])) as (_, client):
        (message,) = await client.ask("compose", 5)
        assert message.values == (5, code, "so it is really")


def test_a_fault_of_our_own_is_told_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(StandIn):
        def submit(self, *_: Any, **__: Any) -> Any:
            raise KeyError("ours")

        def status(self) -> Any:
            raise KeyError("ours")

    async def talk() -> None:
        async with serving(Broken()) as (_, client):
            for address in ("compose", "status"):
                (message,) = await client.ask(address, 5)
                assert message.values[:2] == (5, "failed")
            await client.settled()

    with caplog.at_level(logging.CRITICAL, "ripieno_bridges"):
        asyncio.run(talk())


def test_an_answer_that_cannot_be_sent_is_told_as_our_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        bad: list[Event] = [Done(reply(milliseconds="soon"))]  # which no engine says
        async with serving(StandIn(answer=lambda _: bad)) as (_, client):
            (message,) = await client.ask("compose", 5)
            assert message.values[:2] == (5, "failed")

    with caplog.at_level(logging.CRITICAL, "ripieno_bridges"):
        asyncio.run(talk())


# -- counted notes, doubled packets ------------------------------------------------------------------------


@asynchronous
async def test_counted_notes_may_come_after_the_start() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY[:1]))
        client.send("harmonize", 5, 3)
        await client.settled()
        assert service.requests == []
        client.send("set", 5, "seed", 9)
        client.send("seed", 5, *flat(MELODY[1:]))
        assert notes_in(await client.final()) == SUNG
        assert service.requests[0].seed == 9


def test_lost_notes_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        async with serving() as (_, client):
            client.send("seed", 5, *flat(MELODY[:2]))
            (message,) = await client.ask("harmonize", 5, 3)
            assert message.values == (5, "incomplete", "only 2 of 3 notes came; send the request once more")

    monkeypatch.setattr(osc_jobs, "NOTES_TIMEOUT_SECONDS", 0.05)
    asyncio.run(talk())


@asynchronous
async def test_notes_that_were_not_counted_are_noticed() -> None:
    async with serving() as (_, client):
        client.send("seed", 5, *flat(MELODY))
        (message,) = await client.ask("harmonize", 5, 2)
        assert message.values[1] == "bad_request"
        assert message.values[2].startswith("3 notes came where 2 were said; clear what is left")


@asynchronous
async def test_a_wrong_note_ends_a_request_that_waits_for_notes() -> None:
    async with serving() as (_, client):
        client.send("harmonize", 5, 3)
        client.send("seed", 5, "C4", 0, 1)
        (message,) = await client.final()
        assert message.values[2].startswith("a note is five numbers")
        await client.settled()
        assert len(client.came) == 2


@asynchronous
async def test_a_message_that_cannot_be_read_does_not_end_a_request_that_waits_for_notes() -> None:
    async with serving() as (_, client):
        client.send("harmonize", 5, 3)
        client.send("set", 5, "bars")
        assert (await client.next()).values[:2] == (-1, "bad_message")
        client.send("seed", 5, *flat(MELODY))
        assert notes_in(await client.final()) == SUNG


@asynchronous
async def test_a_second_start_of_a_request_that_runs_is_a_doubled_packet() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        client.send("compose", 5)
        client.send("compose", 5)
        client.send("vary", 5)
        await service.asked()
        await client.settled()
        assert len(service.requests) == 1


@asynchronous
async def test_the_same_start_just_after_the_answer_is_a_doubled_packet() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        await client.ask("harmonize", 5, 3)
        client.send("harmonize", 5, 3)
        await client.settled()
        assert len(service.requests) == 1
        client.send("seed", 5, *flat(MELODY))  # but now it is a new one
        await client.ask("harmonize", 5, 3)
        assert len(service.requests) == 2


@asynchronous
async def test_notes_that_come_too_late_belong_to_no_other_request() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        client.send("seed", 5, *flat(MELODY))
        client.send("harmonize", 5, 3)
        await service.asked()
        client.send("seed", 5, *flat(MELODY[:1]))
        client.send("set", 5, "bars", 0)
        await client.settled()
        service.tell(service.tickets[0], Cancelled())
        await client.final()
        client.send("seed", 5, 60, 0, 1)
        client.send("harmonize", 5, 1)
        request = await service.asked(2)
        assert [note.pitch for note in request.score.voices[0].notes] == [60]


# -- cancel, again -----------------------------------------------------------------------------------------


@asynchronous
async def test_a_request_that_runs_can_be_cancelled() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        client.send("compose", 5)
        await service.asked()
        assert await client.ask("cancel", 5) == [Received("/ripieno/cancelled", (5,), "i")]
        assert service.tickets[0].ended
        service.tell(service.tickets[0], Done(reply()))
        await client.settled()
        assert [message.address for message in client.came if message.id == 5] == ["/ripieno/cancelled"]


@asynchronous
async def test_a_request_that_waits_for_notes_can_be_cancelled() -> None:
    service = StandIn()
    async with serving(service) as (_, client):
        client.send("harmonize", 5, 3)
        assert await client.ask("cancel", 5) == [Received("/ripieno/cancelled", (5,), "i")]
        assert service.requests == []


@asynchronous
async def test_nothing_can_be_cancelled_too() -> None:
    async with serving() as (_, client):
        client.send("seed", 5, *flat(MELODY))
        assert await client.ask("cancel", 5) == [Received("/ripieno/cancelled", (5,), "i")]
        assert (await client.ask("harmonize", 5))[0].values[1] == "bad_request"  # the notes are gone


@asynchronous
async def test_the_last_answer_can_be_had_again() -> None:
    async with serving() as (_, client):
        client.send("seed", 5, *flat(MELODY))
        first = await client.ask("harmonize", 5, 3)
        assert await client.ask("again", 5) == first
        error = await client.ask("harmonize", 6)
        assert await client.ask("again", 6) == error


@asynchronous
async def test_an_answer_that_comes_anyway_is_not_sent_twice() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        client.send("compose", 5)
        client.send("again", 5)
        await service.asked()
        await client.settled()
        assert len(client.came) == 1


# -- notes as they are made --------------------------------------------------------------------------------


def test_streamed_notes_come_at_once_and_only_once() -> None:
    score = parse_score("soprano: C5:4 D5:4 E5:4 F5:4")
    soprano = score.voices[0]
    empty = tuple(Voice(name) for name in ("alto", "tenor", "bass"))

    def answer(_: Request) -> list[Any]:
        notes = soprano.notes
        heard_first = HeardNotes(((0, notes[0]), (0, notes[1])))
        doubled = HeardNotes(((0, notes[1]),))
        result = Result(replace(score, voices=(soprano, *empty)), (soprano, *empty), 0.0, 0)
        return [heard_first, doubled, Done(reply(result))]

    async def talk() -> None:
        async with serving(StandIn(answer=answer)) as (_, client):
            messages = await client.ask("compose", 5)
            notes = [(0, pitch, float(beat), 1.0, 80) for beat, pitch in enumerate((72, 74, 76, 77))]
            assert [(len(message.values) - 2) / 5 for message in messages[:-1]] == [2, 2]
            assert notes_in(messages) == notes
            assert messages[-1].values[1] == 4
            again = await client.ask("again", 5)
            assert notes_in(again) == notes

    asyncio.run(talk())


def play(client: Client, number: int, pitches: tuple[int, ...], first_beat: float) -> None:
    for beat, pitch in enumerate(pitches):
        client.send("play", number, pitch, 90, first_beat + beat)
        client.send("play", number, pitch, 0, first_beat + beat + 0.9)


def test_what_is_played_is_answered_at_the_next_barline() -> None:
    def answer(request: Request) -> list[Any]:
        (end,) = {request.score.duration}
        new = Voice("soprano", (Note(end, Fraction(1), 72),))
        return [Done(reply(Result(request.score, (new,), 0.0, 0)))]

    async def talk() -> None:
        service = StandIn(answer=answer)
        async with serving(service) as (_, client):
            client.send("set", 5, "bars", 1)
            play(client, 5, (60, 62, 64), 8.0)
            assert notes_in(await client.ask("respond", 5, 11.2)) == [(0, 72, 12.0, 1.0, 80)]
            play(client, 5, (65,), 16.0)
            assert notes_in(await client.ask("respond", 5, 17.0)) == [(0, 72, 20.0, 1.0, 80)]
            pitches = [[note.pitch for note in r.score.voices[0].notes] for r in service.requests]
            assert pitches == [[60, 62, 64], [65]]
            assert [request.bars for request in service.requests] == [1, 1]

    asyncio.run(talk())


@asynchronous
async def test_the_player_may_go_on_while_the_answer_is_made() -> None:
    service = StandIn(answer=None)
    async with serving(service) as (_, client):
        play(client, 5, (60,), 0.0)
        client.send("respond", 5, 1.0)
        await service.asked()
        play(client, 5, (72,), 2.0)
        client.send("set", 5, "task", "harmonize")
        await client.settled()
        service.tell(service.tickets[0], Done(reply()))
        await client.final()
        client.send("respond", 5, 3.0)
        request = await service.asked(2)
        assert request.task == "harmonize"
        assert [note.pitch for note in request.score.voices[0].notes] == [72]


# -- Ableton Live ------------------------------------------------------------------------------------------


@dataclass
class Live:
    """Stands in for whoever knows Ableton Live."""

    service: StandIn = field(default_factory=lambda: StandIn(answer=lambda _: [Done(reply())]))
    places: list[Any] = field(default_factory=list)

    def submit(self, task: str, *, clip_slot: Any, options: Request, client: Any, on_event: Any) -> Any:
        self.places.append((task, clip_slot, options.task, options.score, options.bars))
        return self.service.submit(options, client=client, on_event=on_event)

    def cancel(self, ticket: Any) -> None:
        self.service.cancel(ticket)


@asynchronous
async def test_requests_about_live_go_to_whoever_knows_it() -> None:
    live = Live()
    async with serving(live=live) as (_, client):
        client.send("set", 5, "bars", 2)
        assert (await client.ask("live/continue", 5, 1, 3))[-1].values == (5, 0, 3, 7, 1)
        await client.ask("live/harmonize", 5)
        client.send("seed", 6, *flat(MELODY))
        (message,) = await client.ask("live/vary", 6)
        assert message.values[2] == "the notes are taken from the clip in Live; send none"
        live.service.answer = None
        client.send("live/vary", 7)
        await live.service.asked(3)
        assert (await client.ask("cancel", 7))[-1].address == "/ripieno/cancelled"
        assert live.places == [
            ("continue", (1, 3), "continue", None, 2),
            ("harmonize", None, "harmonize", None, None),
            ("vary", None, "vary", None, None),
        ]
