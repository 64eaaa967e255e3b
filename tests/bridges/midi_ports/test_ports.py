"""MIDI ports: found by name or number in whatever system runs, and a clear word where they are not."""

from __future__ import annotations

import os
import sys
import time

import pytest
from mido import Message

from ripieno.errors import RipienoError
from ripieno_bridges.midi_ports.ports import Input, Output, Port, PortError, choose_port, list_ports

ALSA, JACK, DUMMY = 2, 3, 5


class RtMidiError(Exception):
    """As rtmidi has it."""


class FakeRtmidi:
    """A stand-in for the module rtmidi: systems with ports, of which some do not run.

    ports: by (system, "in" or "out"). sent: (port, bytes). heard: by port, who is called with its messages.
    """

    def __init__(self, ports, *, broken=(), virtual=()):
        self.ports, self.broken, self.virtual = ports, broken, virtual
        self.sent, self.heard, self.left_open = [], {}, 0
        self.API_RTMIDI_DUMMY, self.RtMidiError = DUMMY, RtMidiError

    def get_compiled_api(self):
        return [ALSA, JACK, DUMMY]

    def MidiIn(self, system, name):  # noqa: N802 - rtmidi's name
        return FakeDevice(self, system, "in")

    def MidiOut(self, system, name):  # noqa: N802 - rtmidi's name
        return FakeDevice(self, system, "out")

    def play(self, port, *data):
        """Bytes come in at a port."""
        self.heard[port]((list(data), 0.0), None)


class FakeDevice:
    def __init__(self, module, system, kind):
        assert system != DUMMY
        if system in module.broken:
            os.write(2, b"ALSA lib seq_hw.c:466:(snd_seq_hw_open) open /dev/snd/seq failed\n")
            raise RtMidiError("the system does not run")
        self.module, self.system, self.kind, self.port = module, system, kind, None
        module.left_open += 1

    def get_ports(self):
        return self.module.ports.get((self.system, self.kind), [])

    def open_port(self, index, name):
        self.port = self.get_ports()[index]
        if "busy" in self.port:
            raise RtMidiError("error creating port")

    def open_virtual_port(self, name):
        if self.system not in self.module.virtual:
            raise NotImplementedError
        self.port = f"virtual {name}"

    def ignore_types(self, *, timing):
        assert not timing

    def set_callback(self, callback):
        self.module.heard[self.port] = callback

    def cancel_callback(self):
        del self.module.heard[self.port]

    def send_message(self, data):
        if "unplugged" in self.port:
            raise RtMidiError("error sending message")
        self.module.sent.append((self.port, data))

    def close_port(self):
        self.port = None

    def delete(self):
        self.module.left_open -= 1


@pytest.fixture
def rtmidi(monkeypatch):
    """Puts a fake module in the place of rtmidi."""

    def put(ports=None, **options):
        fake = FakeRtmidi(ports or {}, **options)
        monkeypatch.setitem(sys.modules, "rtmidi", fake)
        return fake

    return put


NAMES = ["Keystation 49 MIDI 1 20:0", "Keystation 49 MIDI 2 20:1", "Through", "2", "through two"]
THERE = tuple(Port(name, ALSA, index) for index, name in enumerate(NAMES))
LIST = "1 Keystation 49 MIDI 1 20:0, 2 Keystation 49 MIDI 2 20:1, 3 Through, 4 2, 5 through two"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Keystation 49 MIDI 2 20:1", 1),
        ("midi 2", 1),
        ("1", 0),
        ("2", 3),  # a name goes before a number
        ("5", 4),
        ("through", 2),  # a whole name goes before a part of one
        (" TWO ", 4),
    ],
)
def test_a_port_is_found_by_its_name_a_part_of_it_or_its_number(wanted, found):
    assert choose_port(wanted, THERE, "in") == THERE[found]


@pytest.mark.parametrize(
    ("wanted", "there", "fault"),
    [
        ("Roland", THERE, f'there is no port "Roland" for --in; there are: {LIST}'),
        ("6", THERE, f'there is no port "6" for --in; there are: {LIST}'),
        ("", THERE, f'there is no port "" for --in; there are: {LIST}'),
        (
            "keystation",
            THERE,
            f'2 ports for --in are called "keystation"; say more of the name, or its number: {LIST}',
        ),
        ("Roland", (), "there are no ports for --in; plug something in, or make a port with --virtual"),
    ],
)
def test_a_port_that_is_not_found_lists_those_there_are(wanted, there, fault):
    with pytest.raises(PortError) as caught:
        choose_port(wanted, there, "in")
    assert str(caught.value) == fault


def test_the_ports_of_every_system_that_runs_are_listed(rtmidi):
    fake = rtmidi({(ALSA, "in"): ["A", "B"], (JACK, "in"): ["C"], (JACK, "out"): ["D"]})
    assert list_ports("in") == (Port("A", ALSA, 0), Port("B", ALSA, 1), Port("C", JACK, 0))
    assert list_ports("out") == (Port("D", JACK, 0),)
    assert not fake.left_open


def test_a_system_that_does_not_run_is_passed_over_and_keeps_quiet(rtmidi, capfd):
    rtmidi({(JACK, "in"): ["C"]}, broken=(ALSA,))
    assert list_ports("in") == (Port("C", JACK, 0),)
    os.write(2, b"this is shown again")
    assert capfd.readouterr().err == "this is shown again"


def test_without_rtmidi_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(RipienoError, match=r'pip install "ripieno\[live\]"'):
        list_ports("in")


def test_a_message_is_heard_with_its_time_and_noise_is_not(rtmidi):
    fake, heard = rtmidi({(JACK, "in"): ["C"]}), []
    before = time.monotonic()
    with Input(Port("C", JACK, 0), lambda message, seconds: heard.append((message, seconds))):
        fake.play("C", 0x90, 60, 64)
        fake.play("C", 60, 64)
        fake.play("C", 0xF8)
    assert [message for message, _ in heard] == [Message("note_on", note=60), Message("clock")]
    assert before <= heard[0][1] <= heard[1][1] <= time.monotonic()
    assert not fake.heard, "a closed port is heard no more"
    assert not fake.left_open


def test_what_is_sent_goes_to_the_port(rtmidi):
    fake = rtmidi({(ALSA, "out"): ["A"], (JACK, "out"): ["A", "B"]})
    with Output(Port("B", JACK, 1)) as out:
        out.send(Message("note_on", channel=3, note=60, velocity=1))
    assert fake.sent == [("B", [0x93, 60, 1])]
    assert not fake.left_open


def test_a_virtual_port_is_made_where_the_system_can(rtmidi):
    fake = rtmidi(virtual=(JACK,))
    with Output(None) as out:
        out.send(Message("stop"))
    assert fake.sent == [("virtual ripieno", [0xFC])]
    assert not fake.left_open


@pytest.mark.parametrize(
    ("port", "fault"),
    [
        (None, "no virtual ports can be made here; make a port with another program"),
        (Port("B", JACK, 1), '"B" is gone; plug it in again'),
        (Port("A", DUMMY, 0), '"A" is gone; plug it in again'),
        (Port("busy", JACK, 0), '"busy" cannot be opened .* close that one'),
    ],
)
def test_a_port_that_cannot_be_opened_says_why(rtmidi, port, fault):
    rtmidi({(JACK, "out"): ["busy", "C"]})
    with pytest.raises(PortError, match=fault):
        Output(port)


def test_a_port_that_was_unplugged_says_so(rtmidi):
    rtmidi({(JACK, "out"): ["unplugged"]})
    with (
        pytest.raises(PortError, match=r"nothing can be sent any more .* is it still plugged in"),
        Output(Port("unplugged", JACK, 0)) as out,
    ):
        out.send(Message("stop"))


def test_the_stand_in_has_the_names_of_the_real_module():
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    for name in (name for name in vars(FakeDevice) if not name.startswith("_")):
        assert hasattr(rtmidi.MidiIn, name) or hasattr(rtmidi.MidiOut, name), name
    for error in (rtmidi.SystemError, rtmidi.InvalidPortError, rtmidi.UnsupportedOperationError):
        assert issubclass(error, rtmidi.RtMidiError)
