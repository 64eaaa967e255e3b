"""ripieno midi as a musician uses it: ports, options, and phrases answered over real MIDI (JACK)."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from mido import Message

from canned_replies import parallel
from common import host_or_skip
from ripieno.errors import RequestError
from ripieno.results import Result
from ripieno.score import Key, Meter, Voice
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.cli.midi import build_session_options, midi, phrase_line, reply_line, say
from ripieno_bridges.midi_ports import ports as midi_ports
from ripieno_bridges.midi_ports.phrases import PhraseFrame, Stroke, build_phrase, shift_into_soprano_range
from ripieno_bridges.midi_ports.ports import Port
from ripieno_bridges.service import service

KEYS, SYNTH = Port("Keystation 49", 2, 0), Port("IAC Bus 1", 2, 0)
ATTEMPTS = 5


def run(*arguments: str, exit_code: int = 0) -> str:
    """Run the command in this process; returns what it printed."""
    result = CliRunner().invoke(midi, arguments)
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def ports(monkeypatch):
    """Replaces the machine's ports with these."""

    def put(inputs=(), outputs=()):
        monkeypatch.setattr(midi_ports, "list_ports", {"in": inputs, "out": outputs}.__getitem__)

    return put


# -- ports -------------------------------------------------------------------------------------------------


def test_without_options_it_lists_the_ports_and_says_how_to_go_on(ports):
    ports((KEYS,), (SYNTH, KEYS))
    assert run() == (
        "you play on (--in):\n"
        "  1  Keystation 49\n"
        "the voices go to (--out):\n"
        "  1  IAC Bus 1\n"
        "  2  Keystation 49\n"
        'next: ripieno midi --in "Keystation 49" --out "IAC Bus 1"\n'
    )


def test_without_ports_it_says_that_too(ports):
    ports((), (SYNTH,))
    assert "  no port is there\n" in run()
    assert "next: plug something in, or `ripieno midi --virtual` makes ports for other programs\n" in run()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--in", "key"], "name a port with --out too; there are: 1 IAC Bus 1"),
        (["--out", "IAC"], "name a port with --in too; there are: 1 Keystation 49"),
        (
            ["--in", "Roland", "--out", "IAC"],
            'there is no port "Roland" for --in; there are: 1 Keystation 49',
        ),
        (["--in", "key", "--out", "3"], 'there is no port "3" for --out; there are: 1 IAC Bus 1'),
    ],
)
def test_a_port_that_is_not_there_is_a_line_with_those_that_are(ports, arguments, fault):
    ports((KEYS,), (SYNTH,))
    assert run(*arguments, exit_code=1) == f"ripieno: {fault}\n"


def test_an_unknown_model_is_told_before_anything_is_played(ports, monkeypatch):
    ports((KEYS,), (SYNTH,))
    monkeypatch.setattr(midi_ports, "Output", FakeOutput)
    told = run("--in", "1", "--out", "1", "--model", "nobody", exit_code=1)
    assert 'there is no model "nobody"; choose one of:' in told


# -- options -----------------------------------------------------------------------------------------------

OPTIONS: dict[str, Any] = {
    "task": "harmonize",
    "tempo_qpm": 90.0,
    "meter": Meter(),
    "pickup": 0,
    "key": None,
    "pause": None,
    "clock": False,
    "echo": False,
    "once": False,
    "bars": None,
    "model": "lstm-chorales",
    "temperature": None,
    "seed": None,
}


@pytest.mark.parametrize(
    ("meter", "pause"),
    [(Meter(4, 4), 3), (Meter(3, 4), 2), (Meter(6, 8), 1.5), (Meter(2, 4), 1), (Meter(3, 16), 1)],
)
def test_a_measure_less_a_beat_of_silence_ends_a_phrase(meter, pause):
    assert build_session_options(**OPTIONS | {"meter": meter}).pause == pause


def test_the_key_is_found_where_none_is_said():
    assert build_session_options(**OPTIONS).request.find_key
    options = build_session_options(**OPTIONS | {"key": Key(2)})
    assert not options.request.find_key
    assert options.frame.key == Key(2)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"bars": 4}, "--bars says how long to go on; leave it out, or add --task continue"),
        (
            {"pickup": 1, "clock": True},
            "with --clock, the clock says where the barlines are; leave out --pickup",
        ),
        ({"pickup": 4}, "a pickup of 4 quarters does not fit into a measure of 4/4; make it shorter"),
    ],
)
def test_what_does_not_go_together_is_refused(options, fault):
    with pytest.raises(RequestError, match=re.escape(fault)):
        build_session_options(**OPTIONS | options)


# -- words -------------------------------------------------------------------------------------------------


def phrase(*pitches: int, key: Key | None = None):
    strokes = [Stroke(pitch, 64, i, i + 1) for i, pitch in enumerate(pitches)]
    return build_phrase(strokes, PhraseFrame(key=key), qpm=60, numbered=False)


@pytest.mark.parametrize(
    ("heard", "line"),
    [
        (phrase(72, 74, 66), "heard C5 D5 F#4"),
        (phrase(70, 66, key=Key(-5)), "heard Bb4 Gb4"),
        (phrase(*[72] * 30), f"heard {' '.join(['C5'] * 24)} and 6 more"),
        (shift_into_soprano_range(phrase(48)), "heard C3; read an octave higher, where sopranos sing"),
        (shift_into_soprano_range(phrase(96, 98)), "heard C7 D7; read 2 octaves lower, where sopranos sing"),
        (
            build_phrase([Stroke(72, 64, 0, 1), Stroke(60, 64, 0, 1)], PhraseFrame(), qpm=60, numbered=False),
            "heard C5; 1 lower note left out, since a melody is one line",
        ),
    ],
)
def test_a_line_says_what_was_heard(heard, line):
    assert phrase_line(heard) == line


def test_a_line_says_what_answers_it():
    asked = phrase(72, 74, 76, 77, 79)
    new = (Voice("soprano"), Voice("alto", asked.notes), Voice("tenor"), Voice("bass", asked.notes[:1]))
    reply = Reply(results=(Result(asked.score, new, 0, 0),), seed=7, model="m", sha256="", milliseconds=1)
    assert reply_line(reply) == "answer: alto 5, bass 1 notes, seed 7"
    result = Result(asked.score, new, 0, 0, until=Fraction(4))
    reply = Reply(results=(result,), seed=7, model="m", sha256="", milliseconds=1)
    assert reply_line(reply).endswith("; there was time up to measure 2 only")


def test_a_fault_goes_where_faults_go(capsys):
    say(RequestError("play something else"))
    say("a line")
    assert capsys.readouterr() == ("a line\n", "ripieno: play something else\n")


# -- from end to end, without hardware ---------------------------------------------------------------------


class FakeOutput:
    """A port that keeps what is sent."""

    sent: list[Message]

    def __init__(self, port):
        type(self).sent = []

    def send(self, message):
        self.sent.append(message)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class FakeInput:
    """A port on which a key is pressed as soon as it is open, in a thread of its own, as with rtmidi."""

    def __init__(self, port, on_message):
        now = time.monotonic()
        self.thread = threading.Thread(
            target=lambda: [
                on_message(Message("note_on", note=72, velocity=90), now),
                on_message(Message("note_off", note=72), now + 0.2),
            ]
        )

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join(10)


class FakeService:
    """A service that replies at once, without an engine."""

    def __init__(self, models):
        assert models == ("lstm-chorales",)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def ready(self):
        pass

    async def ask(self, request):
        return parallel(request)


@contextlib.contextmanager
def interrupted_after(seconds: float):
    """Interrupt what takes longer, as Ctrl-C does."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def test_a_key_is_answered_from_end_to_end(ports, monkeypatch):
    ports((KEYS,), (SYNTH,))
    monkeypatch.setattr(midi_ports, "Output", FakeOutput)
    monkeypatch.setattr(midi_ports, "Input", FakeInput)
    monkeypatch.setattr(service, "Service", FakeService)
    options = ["--tempo", "300", "--meter", "1/4", "--pause", "0.25", "--once"]
    with interrupted_after(30):
        text = run("--in", "key", "--out", "iac", *options)
    assert text == (
        "loading lstm-chorales\n"
        "play on Keystation 49, and the answer comes on IAC Bus 1; stop with Ctrl-C\n"
        "heard C5\n"
        "answer: alto 1 notes, seed 7\n"
        "ripieno has stopped\n"
    )
    notes = [(m.type, m.channel, m.note) for m in FakeOutput.sent if "note" in m.type]
    assert notes[:2] == [("note_on", 0, 72), ("note_on", 1, 68)]
    assert sorted(notes[2:]) == [("note_off", 0, 72), ("note_off", 1, 68)]


# -- over JACK, with the engine ----------------------------------------------------------------------------


class Client:
    """A JACK client with a port of its own, or one that is connected to a port of that name."""

    def __init__(self, device, *, port: str = "", connect_to: str = ""):
        self.device = device
        if port:
            device.open_virtual_port(port)
        else:
            (index,) = (i for i, name in enumerate(device.get_ports()) if connect_to in name)
            device.open_port(index)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.device.delete()


class Keyboard(Client):
    def __init__(self, rtmidi, **options):
        super().__init__(rtmidi.MidiOut(rtmidi.API_UNIX_JACK, "keyboard"), **options)

    def play(self, *pitches: int, seconds: float) -> float:
        """Play notes of that length one after the other; returns when the first one was struck.

        The only place here that sleeps, since music takes its time.
        """
        begun = time.monotonic()
        for number, pitch in enumerate(pitches, 1):
            self.device.send_message([0x90, pitch, 70])
            time.sleep(max(0.0, begun + number * seconds - time.monotonic()))
            self.device.send_message([0x80, pitch, 0])
        return begun


class Synth(Client):
    """Keeps what it receives in order: (seconds, message)."""

    def __init__(self, rtmidi, **options):
        self.came: queue.Queue[tuple[float, Message]] = queue.Queue()
        self.heard: list[tuple[float, Message]] = []
        device = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, "synth")
        device.set_callback(lambda event, _: self.came.put((time.monotonic(), Message.from_bytes(event[0]))))
        super().__init__(device, **options)

    def listen(self, kind: str, *, channel: int = 0, times: int = 1) -> None:
        """Until so many messages of that kind have come on that channel."""
        while times:
            self.heard.append(self.came.get(timeout=10))
            message = self.heard[-1][1]
            times -= message.type == kind and message.channel == channel

    @property
    def starts(self) -> list[tuple[float, int, int]]:
        """(seconds, channel, key) of every note."""
        return [(seconds, m.channel, m.note) for seconds, m in self.heard if m.type == "note_on"]

    @property
    def sounding(self) -> set[tuple[int, int]]:
        sounding = set()
        for _, message in self.heard:
            if message.type == "note_on":
                sounding.add((message.channel, message.note))
            elif message.type == "note_off":
                sounding.discard((message.channel, message.note))
        return sounding


@pytest.fixture(scope="module")
def rtmidi():
    """rtmidi, with a JACK server of its own that needs no sound card."""
    host_or_skip(shutil.which("jackd"), "JACK (jackd)")
    host_or_skip("rtmidi" if importlib.util.find_spec("rtmidi") else None, "python-rtmidi")
    rtmidi = importlib.import_module("rtmidi")  # which has no types

    name = f"ripieno-{os.getpid()}"
    server = subprocess.Popen(
        # A client that is late by more than this is thrown out in silence; half a second is the usual.
        [
            "jackd",
            "--no-realtime",
            "--timeout",
            "20000",
            "-n",
            name,
            "-d",
            "dummy",
            "-r",
            "48000",
            "-p",
            "256",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", name)
        deadline = time.monotonic() + 10
        while not serves(rtmidi):
            assert server.poll() is None, "jackd does not run"
            assert time.monotonic() < deadline, "jackd does not answer"
        yield rtmidi
    server.terminate()
    server.wait(10)


def serves(rtmidi) -> bool:
    """Whether the JACK server is there."""
    try:
        rtmidi.MidiOut(rtmidi.API_UNIX_JACK).delete()
    except rtmidi.RtMidiError:
        return False
    return True


class Ripieno:
    """The command as a process of its own, ready to play with."""

    def __init__(self, *arguments: str):
        code = "from ripieno_bridges.cli.midi import midi; midi()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.last_resort = threading.Timer(30, self.process.kill)

    def until(self, start: str) -> None:
        """Wait for a line that starts so."""
        while not (self.lines and self.lines[-1].startswith(start)):
            line = self.process.stdout.readline()
            assert line, self.lines
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        self.last_resort.start()
        self.until("play on")
        return self

    def __exit__(self, *_):
        self.last_resort.cancel()
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()


def in_time(converse: Callable[[], None]) -> None:
    """Run a test in real time, again where the machine was too busy to keep time."""
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(queue.Empty, AssertionError):
            converse()
            return
    converse()


@pytest.mark.host
def test_a_phrase_comes_back_in_four_voices_over_jack(rtmidi):
    in_time(lambda: play_a_phrase(rtmidi))


def play_a_phrase(rtmidi) -> None:
    arguments = ("--in", "keyboard:keys", "--out", "synth", "--tempo", "120", "--meter", "2/4", "--seed", "1")
    with (
        Keyboard(rtmidi, port="keys") as keyboard,
        Synth(rtmidi, port="sound") as synth,
        Ripieno(*arguments) as ripieno,
    ):
        begun = keyboard.play(72, 74, 72, seconds=0.5)
        ripieno.until("heard")
        assert ripieno.lines[-1] == "heard C5 D5 C5"
        ripieno.until("answer: ")
        assert re.fullmatch(r"answer: alto \d+, tenor \d+, bass \d+ notes, seed 1", ripieno.lines[-1])
        synth.listen("note_off", times=3)
        ripieno.process.send_signal(signal.SIGTERM)
        synth.listen("control_change", channel=3)
        ripieno.until("ripieno has stopped")
        assert ripieno.process.wait(10) == 0
    assert {channel for _, channel, _ in synth.starts[:4]} == {0, 1, 2, 3}, "all four begin together"
    assert [key for _, channel, key in synth.starts if channel == 0] == [72, 74, 72]
    for seconds, channel, key in synth.starts:
        steps = (seconds - begun) / 0.125  # sixteenths since the first key
        assert abs(steps - round(steps)) < 0.4, (channel, key, steps)
    assert round((synth.starts[0][0] - begun) / 0.5) % 2 == 0, "at a barline"
    assert not synth.sounding


@pytest.mark.host
def test_ctrl_c_in_the_middle_of_an_answer_leaves_nothing_sounding(rtmidi):
    in_time(lambda: stop_an_answer(rtmidi))


def stop_an_answer(rtmidi) -> None:
    with (
        Ripieno("--virtual", "--tempo", "240", "--meter", "2/4") as ripieno,
        Keyboard(rtmidi, connect_to="ripieno") as keyboard,
        Synth(rtmidi, connect_to="ripieno") as synth,
    ):
        keyboard.play(72, 74, 76, 72, seconds=0.25)
        synth.listen("note_on")
        ripieno.process.send_signal(signal.SIGINT)
        synth.listen("control_change", channel=3)
        ripieno.until("ripieno has stopped")
        assert ripieno.process.wait(10) == 0
    assert len(synth.starts) < 16, "it was the middle"
    assert not synth.sounding


@pytest.mark.host
def test_the_ports_of_jack_are_listed(rtmidi):
    with Keyboard(rtmidi, port="keys"), Synth(rtmidi, port="sound"):
        text = run()
        assert re.search(r"you play on \(--in\):\n(  .*\n)*  \d  keyboard:keys\n", text)
        assert re.search(r"the voices go to \(--out\):\n(  .*\n)*  \d  synth:sound\n", text)
        fault = run("--in", "keyboard", "--out", "Roland", exit_code=1)
        assert re.match(r'ripieno: there is no port "Roland" for --out; there are: .*\d synth:sound', fault)
