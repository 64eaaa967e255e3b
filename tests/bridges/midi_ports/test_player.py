"""A session answers in time, stops when it should, and never leaves a note hanging.

The event loop of these tests has a simulated clock, which jumps from one event to the next.
"""

from __future__ import annotations

import asyncio
import re
import selectors
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message
from msgspec import structs

from canned_replies import parallel
from ripieno.errors import RipienoError
from ripieno.score import Meter
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.midi_ports.phrases import PhraseFrame, Pulse
from ripieno_bridges.midi_ports.player import Outlet, play, schedule
from ripieno_bridges.midi_ports.ports import PortError
from ripieno_bridges.midi_ports.session import Session, SessionOptions
from ripieno_bridges.service.service import AnswerError

# -- simulated time ----------------------------------------------------------------------------------------


class JumpingSelector(selectors.DefaultSelector):
    """Never waits: its clock jumps ahead instead."""

    now = 0.0

    def select(self, timeout=None):
        assert timeout is not None, "the loop would wait for ever"
        self.now += max(timeout, 0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self):
        return self.jumping.now


def run(work):
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)


# -- music as text -----------------------------------------------------------------------------------------


class Receiver:
    """A synthesizer that keeps what it receives, with the time, and which notes sound."""

    def __init__(self):
        self.came, self.sounding, self.faults = [], set(), []
        self.broken = False
        self.pass_on = lambda message: None

    def send(self, message):
        if self.broken:
            raise PortError("nothing can be sent any more")
        self.came.append((asyncio.get_running_loop().time(), message))
        self.pass_on(message)
        if message.type not in ("note_on", "note_off"):
            return
        place = message.channel, message.note
        starts = message.type == "note_on"
        if starts == (place in self.sounding):
            self.faults.append(f"{message.type} twice")
        (self.sounding.add if starts else self.sounding.discard)(place)

    @property
    def notes(self) -> str:
        """The notes, as "1:72 12-13, 2:68 12-13": channel, key, start and end, in order of time."""
        begun, found = {}, []
        for seconds, message in self.came:
            if message.type == "note_on":
                begun[message.channel, message.note] = seconds
            elif message.type == "note_off":
                start = begun.pop((message.channel, message.note))
                found.append((start, message.channel + 1, message.note, seconds))
        found.sort()
        return ", ".join(f"{c}:{key} {start:.4g}-{end:.4g}" for start, c, key, end in found)


def keys(text: str) -> list[tuple[float, Message]]:
    """From "72 0-0.9, 74 1-1.9": what a keyboard sends, with its time."""
    found = []
    for word in text.split(","):
        key, start, end = re.fullmatch(r"\s*(\d+) ([\d.]+)-([\d.]*)", word).groups()
        found.append((float(start), Message("note_on", note=int(key), velocity=80)))
        if end:
            found.append((float(end), Message("note_off", note=int(key))))
    return found


def clocks(start: float, end: float, *, qpm: float) -> list[tuple[float, Message]]:
    """A song's start, and the clock until the end."""
    count = int((end - start) * qpm * 24 / 60)
    ticks = [(start + i * 60 / 24 / qpm, Message("clock")) for i in range(count)]
    return [(start - 0.001, Message("start")), *ticks]


def flat(text: str) -> list[FlatNote]:
    """From "1:72 0-1, 2:60 1/2-1": channel, key, from when to when."""
    notes = []
    for word in text.split(","):
        channel, key, start, end = re.fullmatch(r"\s*(\d):(\d+) (-?[\d/]+)-([\d/]+)", word).groups()
        onset = Fraction(start)
        notes.append(FlatNote(int(channel) - 1, int(key), onset, Fraction(end) - onset, 80))
    return notes


# -- one note after the other ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "notes", "heard"),
    [
        ("in order of time", "2:60 1-2, 1:72 0-1", "1:72 10-11, 2:60 11-12"),
        ("an upbeat comes before", "1:67 -1-0, 1:72 0-1", "1:67 9-10, 1:72 10-11"),
        ("a repeated note is struck again", "1:72 0-1, 1:72 1-2", "1:72 10-11, 1:72 11-12"),
        ("a key that is down is let go before", "2:60 0-4, 2:60 1-2", "2:60 10-11, 2:60 11-12"),
        ("a key is struck once at a time", "2:60 0-1, 2:60 0-2, 3:60 0-1", "2:60 10-12, 3:60 10-11"),
        ("triplets", "1:72 0-1/3, 1:74 1/3-2/3", "1:72 10-10.33, 1:74 10.33-10.67"),
        ("nothing", "", ""),
    ],
)
def test_notes_are_played_when_their_beat_comes(claim, notes, heard):
    receiver = Receiver()
    events = schedule(flat(notes) if notes else [], 10.0)
    run(play(events, Outlet(receiver.send), lambda: Pulse(60)))
    assert receiver.notes == heard, claim
    assert not receiver.faults
    assert not receiver.sounding


def test_notes_follow_a_tempo_that_changes_on_the_way():
    async def work():
        now = asyncio.get_running_loop().time
        events = schedule(flat("1:72 0-2, 1:74 2-4"), 0.0)
        await play(events, Outlet(receiver.send), lambda: Pulse(60) if now() < 2 else Pulse(120, 2.0, 2.0))

    receiver = Receiver()
    run(work())
    assert receiver.notes == "1:72 0-2, 1:74 2-3"


def test_what_is_stopped_sounds_no_longer():
    async def work():
        task = asyncio.create_task(play(events, Outlet(receiver.send), lambda: Pulse(60)))
        asyncio.get_running_loop().call_later(2.5, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    receiver = Receiver()
    events = schedule(flat("1:72 0-4, 2:60 1-3, 3:50 3-4"), 0.0)
    run(work())
    assert receiver.notes == "1:72 0-2.5, 2:60 1-2.5"
    assert not receiver.sounding


# -- a session ---------------------------------------------------------------------------------------------


HARMONIZE = Request(task="harmonize", find_key=True, compare=False)
SESSION_OPTIONS = SessionOptions(HARMONIZE, qpm=60.0, pause=3.0)  # so a beat is a second


class PlayedSession:
    """A session from its start to its end: the requests, the lines and the notes."""

    def __init__(
        self, playing, options=SESSION_OPTIONS, *, answer=parallel, takes_seconds=0.1, until=60.0, setup=None
    ):
        self.receiver, self.news, self.requests = Receiver(), [], []
        self.answer, self.takes_seconds = answer, takes_seconds
        self.error = None
        run(self._work(playing, options, until, setup))

    async def _work(self, playing, options, until, setup):
        loop = asyncio.get_running_loop()
        session = Session(options, ask=self._ask, send=self.receiver.send, say=self.news.append)
        for seconds, message in playing:
            loop.call_at(seconds, session.receive, message, seconds)
        if setup is not None:
            setup(loop, self.receiver, session)
        try:
            async with asyncio.timeout(until):
                await session.run()
        except TimeoutError:
            pass
        except RipienoError as exc:
            self.error = exc

    async def _ask(self, request):
        self.requests.append(request)
        await asyncio.sleep(self.takes_seconds)
        reply = self.answer(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def notes(self):
        return self.receiver.notes

    @property
    def lines(self):
        return [item for item in self.news if isinstance(item, str)]

    @property
    def errors(self):
        return [str(item) for item in self.news if isinstance(item, RipienoError)]


PHRASE = keys("72 0-0.9, 74 1-1.9, 76 2-3.95")


def test_a_phrase_comes_back_with_its_voices_at_the_next_barline():
    played = PlayedSession(PHRASE)
    assert played.notes == "1:72 8-9, 2:68 8-9, 1:74 9-10, 2:70 9-10, 1:76 10-12, 2:72 10-12"
    (request,) = played.requests
    assert [(n.pitch, n.onset) for n in request.score.voices[0].notes] == [(72, 0), (74, 1), (76, 2)]
    assert request.find_key


def test_the_engine_has_until_the_barline():
    (request,) = PlayedSession(PHRASE).requests
    assert request.deadline_seconds == pytest.approx(8 - (3.95 + 3) - 0.05)


def test_a_barline_that_is_too_near_is_left_to_pass():
    played = PlayedSession(keys("72 0-4.8"))  # over at 7.8
    assert played.notes.startswith("1:72 12-")


def test_an_engine_that_takes_longer_than_it_should_comes_in_at_a_later_barline():
    assert PlayedSession(PHRASE, takes_seconds=2.0).notes.startswith("1:72 12-13")


def test_a_phrase_goes_on_for_as_long_as_it_was():
    options = replace(SESSION_OPTIONS, request=Request(task="continue"))
    played = PlayedSession(keys("72 0-4, 74 4-7"), options)
    assert played.notes == "1:75 12-20"


def test_an_upbeat_comes_before_the_barline():
    options = replace(SESSION_OPTIONS, frame=PhraseFrame(anacrusis=Fraction(1)))
    played = PlayedSession(keys("67 0-1, 72 1-3"), options)  # barlines at 1, 5, 9; over at 6
    assert played.notes == "1:67 8-9, 2:63 8-9, 1:72 9-11, 2:68 9-11"


def test_an_upbeat_too_has_to_be_ready():
    options = replace(SESSION_OPTIONS, frame=PhraseFrame(anacrusis=Fraction(1)))
    played = PlayedSession(keys("67 0-1, 72 1-4.8"), options)  # over at 7.8, when the upbeat to 9 is too near
    assert played.notes.startswith("1:67 12-13")


def test_the_next_phrase_has_barlines_of_its_own():
    played = PlayedSession([*PHRASE, *keys("60 20.5-21.5")])
    assert played.notes.endswith("1:60 28.5-29.5, 2:56 28.5-29.5")
    assert len(played.requests) == 2


def test_playing_on_stops_the_answer_at_once():
    played = PlayedSession([*PHRASE, *keys("60 9.5-10.5")])
    assert played.notes.startswith("1:72 8-9, 2:68 8-9, 1:74 9-9.5, 2:70 9-9.5, 1:60 ")


def test_playing_on_before_the_answer_is_there_begins_anew():
    played = PlayedSession([*PHRASE, *keys("60 7.2-8.2")], takes_seconds=0.5)
    assert played.notes == "1:60 15.2-16.2, 2:56 15.2-16.2"
    assert len(played.requests) == 2


def test_what_is_played_is_sent_on_with_echo():
    later = [(s, m.copy(channel=5)) for s, m in keys("60 9.5-10.5")]
    played = PlayedSession([*PHRASE, *later], replace(SESSION_OPTIONS, echo=True), until=12.0)
    assert played.notes == (
        "1:72 0-0.9, 1:74 1-1.9, 1:76 2-3.95, 1:72 8-9, 2:68 8-9, 1:74 9-9.5, 2:70 9-9.5, 1:60 9.5-10.5"
    )


def test_a_key_that_the_answer_sounds_too_goes_on_from_the_fingers():
    played = PlayedSession([*PHRASE, *keys("72 8.5-9.5")], replace(SESSION_OPTIONS, echo=True), until=12.0)
    assert played.notes.endswith("1:72 8-8.5, 2:68 8-8.5, 1:72 8.5-9.5")
    assert not played.receiver.faults


def test_pedal_and_drums_are_no_part_of_a_phrase():
    others = [
        (0.5, Message("control_change", control=64, value=127)),
        (0.6, Message("note_on", channel=9, note=36)),
        (0.7, Message("pitchwheel", pitch=100)),
        (5.0, Message("note_off", channel=9, note=36)),
    ]
    assert PlayedSession(sorted([*PHRASE, *others], key=lambda e: e[0])).notes == PlayedSession(PHRASE).notes


def test_a_note_on_without_velocity_lets_the_key_go():
    silent = [
        (s, m if m.type == "note_on" else Message("note_on", note=m.note, velocity=0)) for s, m in PHRASE
    ]
    assert PlayedSession(silent).notes == PlayedSession(PHRASE).notes


def test_once_is_once():
    played = PlayedSession([*PHRASE, *keys("60 20-21")], replace(SESSION_OPTIONS, once=True))
    assert len(played.requests) == 1
    assert played.receiver.came[-1][0] == pytest.approx(12)


def test_an_answer_that_was_stopped_is_not_the_one():
    played = PlayedSession([*PHRASE, *keys("60 9-10")], replace(SESSION_OPTIONS, once=True))
    assert len(played.requests) == 2


# -- the clock ---------------------------------------------------------------------------------------------

CLOCKED = replace(SESSION_OPTIONS, clock=True)


def test_with_a_clock_tempo_and_barlines_are_those_of_the_song():
    # at 120, the song's barlines are at 0.5, 2.5, 4.5, 6.5
    playing = [*clocks(0.5, 9.0, qpm=120), *keys("72 1-1.5, 74 1.5-2, 76 2-2.5")]
    played = PlayedSession(sorted(playing, key=lambda e: e[0]), CLOCKED)
    assert [note.onset for note in played.requests[0].score.voices[0].notes] == [1, 2, 3]
    assert played.notes.startswith("1:72 5-5.5, 2:68 5-5.5, 1:74 5.5-6")


def test_when_the_song_stops_the_answer_does():
    playing = [*clocks(0.5, 5.2, qpm=120), *keys("72 1-1.5, 74 1.5-2, 76 2-2.5"), (5.2, Message("stop"))]
    played = PlayedSession(sorted(playing, key=lambda e: e[0]), CLOCKED)
    assert played.notes == "1:72 5-5.2, 2:68 5-5.2"


def test_a_song_that_begins_anew_forgets_what_was_just_played_and_says_so():
    playing = [*keys("60 0-0.4"), *clocks(0.5, 9.0, qpm=120), *keys("72 1-1.5")]
    played = PlayedSession(sorted(playing, key=lambda e: e[0]), CLOCKED)
    assert len(played.requests) == 1
    assert played.lines == ["the song moves to another place; what was played just before is forgotten"]


def test_a_song_position_is_a_place_in_the_song():
    ticks = [m for m in clocks(0.5, 9.0, qpm=120) if m[1].type == "clock"]
    playing = [(0.4, Message("songpos", pos=8)), (0.45, Message("continue")), *ticks, *keys("72 1-1.5")]
    played = PlayedSession(sorted(playing, key=lambda e: e[0]), CLOCKED)
    assert played.requests[0].score.voices[0].notes[0].onset == 3  # beat 2 is at 0.5


def test_a_song_that_was_stopped_goes_on_where_it_was():
    ticks = [m for m in clocks(6.0, 14.0, qpm=120) if m[1].type == "clock"]
    playing = [*clocks(0.5, 5.0, qpm=120), (5.2, Message("stop")), (5.9, Message("continue")), *ticks]
    played = PlayedSession(sorted([*playing, *keys("72 7.5-8")], key=lambda e: e[0]), CLOCKED)
    assert played.requests[0].score.voices[0].notes[0].onset == 0  # beat 9 is at 6


def test_a_clock_that_is_not_asked_for_is_not_listened_to():
    playing = sorted([*clocks(0.5, 9.0, qpm=120), *PHRASE], key=lambda e: e[0])
    assert PlayedSession(playing).notes == PlayedSession(PHRASE).notes


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_a_fault_is_told_in_a_line_and_the_session_goes_on():
    played = PlayedSession([*keys("60 0-1, 95 1-2"), *[(s + 20, m) for s, m in PHRASE]])
    assert played.errors == [
        "from C4 to B6 is more than one voice can sing; play a melody within two octaves"
    ]
    assert played.notes.startswith("1:72 28-29")


def test_with_once_a_fault_is_the_end():
    played = PlayedSession(keys("60 0-1, 95 1-2"), replace(SESSION_OPTIONS, once=True))
    assert "more than one voice can sing" in str(played.error)


def late(reply: Reply) -> AnswerError:
    return AnswerError("late", "not a note was ready by the deadline")


def cut_short(reply: Reply) -> Reply:
    return structs.replace(reply, complete=False)


@pytest.mark.parametrize("spoil", [late, cut_short])
def test_after_an_answer_that_was_not_ready_in_time_the_next_one_may_take_longer(spoil):
    def answer(request):
        reply = parallel(request)
        return reply if request.score.voices[0].notes[0].pitch == 60 else spoil(reply)

    played = PlayedSession(keys("72 0-4.3, 60 20-24.3"), answer=answer)  # each is over 0.7 s before a barline
    assert [round(request.deadline_seconds, 2) for request in played.requests] == [0.65, 4.65]
    assert played.notes.endswith("1:60 32-36, 2:56 32-36")


def test_a_port_that_is_gone_ends_the_session():
    def setup(loop, receiver, session):
        loop.call_at(9.5, setattr, receiver, "broken", True)

    played = PlayedSession(PHRASE, setup=setup)
    assert isinstance(played.error, PortError)


def test_what_comes_back_through_the_same_port_is_not_listened_to_and_says_so():
    def setup(loop, receiver, session):
        receiver.pass_on = lambda message: loop.call_later(
            0.001, session.receive, message, loop.time() + 0.001
        )

    played = PlayedSession(PHRASE, replace(SESSION_OPTIONS, echo=True), setup=setup)
    assert played.notes.endswith("1:72 8-9, 2:68 8-9, 1:74 9-10, 2:70 9-10, 1:76 10-12, 2:72 10-12")
    assert len(played.requests) == 1
    (line,) = played.lines
    assert "choose another --out" in line


def test_at_the_end_every_channel_is_silenced():
    played = PlayedSession(PHRASE, until=9.5)
    assert played.notes == "1:72 8-9, 2:68 8-9, 1:74 9-9.5, 2:70 9-9.5"
    ends = [message for _, message in played.receiver.came if message.type == "control_change"]
    assert [(m.channel, m.control, m.value) for m in ends] == [(0, 123, 0), (1, 123, 0)]


# -- whatever comes ----------------------------------------------------------------------------------------

kinds = st.sampled_from(["note_on", "note_on", "note_on", "note_off", "note_off", "clock", "start", "stop"])
messages = st.builds(
    lambda kind, channel, key, velocity: (
        Message(kind, channel=channel, note=key, velocity=velocity) if "note" in kind else Message(kind)
    ),
    kinds,
    st.sampled_from([0, 0, 1, 9]),
    st.integers(0, 127) | st.integers(60, 64),
    st.sampled_from([0, 1, 64, 127]),
)
inputs = st.lists(st.tuples(st.floats(0, 6) | st.sampled_from([0.0, 0.02, 12.0]), messages), max_size=40)


@given(inputs, st.booleans(), st.booleans(), st.sampled_from(["harmonize", "continue"]), st.floats(0, 1.5))
def test_whatever_comes_no_note_hangs_and_nothing_breaks(playing, clock, echo, task, share):
    options = replace(
        SESSION_OPTIONS, clock=clock, echo=echo, request=Request(task=task), frame=PhraseFrame(Meter(3, 4))
    )
    seconds, timed = 0.0, []
    for wait, message in playing:
        seconds += wait
        timed.append((seconds, message))
    played = PlayedSession(timed, options, until=0.01 + share * (seconds + 20))
    assert played.error is None
    assert not played.receiver.faults
    assert not played.receiver.sounding
