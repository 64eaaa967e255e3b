"""A stand-in for Ableton Live with AbletonOSC, written from AbletonOSC's documentation and source.

It behaves as a client must expect: it reads messages once per tick; answers go to one fixed port and begin
with the track and slot; messages that set, create or add something are not answered; an error is a text that
does not say which message it is about, and ends the tick; an answer that is too long for a packet is lost;
times have 32 bits. The messages of a bundle are handled in order, up to one that is an error; what an unknown
address is answered with is a text, too, but does not end the bundle. It runs in a thread of its own.
"""

from __future__ import annotations

import copy
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from ableton_set import Clip, LiveSet, Note

LOOPBACK = "127.0.0.1"
MAX_BYTES = 65_507  # of a UDP packet; macOS sends at most 9216
ALL = (0, 127, -8192, 16384)  # AbletonOSC's default, which misses pitch 127


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class StandIn:
    """AbletonOSC in Live: ``with StandIn(live_set) as live``.

    port, answer_port: where it listens, and where it sends all answers; 0 for a free one.
    tick_seconds: how often it reads messages. max_bytes: of an answer.
    silent: behave like older versions, which send no error for an answer that is too long or for an unknown
    address. unknown: addresses that it does not know. clip_polls: how often a client must ask for a new clip
    until it exists. before: called with the address and arguments of each message before it is handled; the
    message is lost where this returns True.
    """

    def __init__(
        self,
        live_set: LiveSet,
        *,
        port: int = 0,
        answer_port: int = 0,
        tick_seconds: float = 0.0005,
        max_bytes: int = MAX_BYTES,
        silent: bool = False,
        unknown: tuple[str, ...] = (),
        clip_polls: int = 0,
        before: Callable[[str, tuple[Any, ...]], bool | None] = lambda address, values: None,
    ) -> None:
        self.set, self._tick = live_set, tick_seconds
        self.answer_port = answer_port or free_port()
        self._max_bytes, self._silent, self._unknown, self._before = max_bytes, silent, unknown, before
        self._clip_polls = clip_polls
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.packets: list[bytes] = []
        self.busy_ticks = 0  # in which at least one message came
        self.shown: list[str] = []
        self.menu_open = threading.Event()
        self._ended = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((LOOPBACK, port))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)
        self._socket.close()

    def quit(self) -> None:
        """End Live, as in a crash: from the next message on nothing listens any more."""
        self._ended.set()

    def send(self, packet: bytes) -> None:
        """Send these bytes to the port for answers."""
        self._socket.sendto(packet, (LOOPBACK, self.answer_port))

    # -- ticks ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.wait(self._tick):
            if not self.menu_open.is_set():
                self._tick_once()
        self._socket.close()

    def _tick_once(self) -> None:
        packets = 0
        while True:
            try:
                packet, _ = self._socket.recvfrom(65_536)
            except BlockingIOError:
                return
            self.busy_ticks += not packets
            packets += 1
            self.packets.append(packet)
            if not self._process(messages_in(packet)):
                return

    def _process(self, messages: Sequence[OscMessage]) -> bool:
        """Handle the messages of a packet; False where that ends the tick."""
        for i, message in enumerate(messages):
            values = tuple(message.params)
            lost = self._before(message.address, values)
            if self.menu_open.is_set():  # it was opened by ``before``, so the rest has to wait
                self._socket.sendto(bundle_of(messages[i:]), (LOOPBACK, self.port))
            if self.menu_open.is_set() or self._ended.is_set():
                return False
            self.heard.append((message.address, values))
            try:
                if not lost:
                    self._handle(message.address, values)
            except OSError as exc:
                self._send_error(f"Socket error: Traceback (most recent call last):\nOSError: {exc}")
                return False
            except Exception as exc:  # any error is sent as text and ends the tick
                self._send("/live/error", f"Error handling OSC message: {exc}")
                return False
        return True

    def _handle(self, address: str, values: tuple[Any, ...]) -> None:
        answer = None if address in self._unknown else self._find(address)
        if answer is None:
            self._send_error(f"Unknown OSC address: {address}")
            return
        found = answer(values)
        if found is not None:
            self._send(address, *found)

    def _send_error(self, text: str) -> None:
        if not self._silent:
            self._send("/live/error", text)

    def _send(self, address: str, *values: Any) -> None:
        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value)
        packet = builder.build().dgram
        if len(packet) > self._max_bytes:
            raise OSError(40, "Message too long")
        self._socket.sendto(packet, (LOOPBACK, self.answer_port))

    # -- addresses -----------------------------------------------------------------------------------------

    def _find(self, address: str) -> Callable[[tuple[Any, ...]], tuple[Any, ...] | None] | None:
        _, _, kind, *rest = address.split("/")
        name = "/".join(rest)
        table: dict[str, Any] = {
            "song": self._song,
            "view": self._view,
            "track": self._track,
            "clip_slot": self._slot,
            "clip": self._clip,
        }
        if address == "/live/application/get/version":
            return lambda values: (12, 1)
        if address == "/live/test":
            return lambda values: ("ok",)
        if address == "/live/api/show_message":
            return lambda values: self.shown.append(values[0])
        return None if kind not in table else lambda values: table[kind](name, values)

    def _song(self, name: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if name == "create_midi_track":
            assert values == (-1,), "only the end is needed"
            if len(self.set.tracks) >= self.set.max_tracks:
                raise RuntimeError("Maximum number of tracks reached")
            self.set.add_track(f"{len(self.set.tracks) + 1}-MIDI")
            self.set.selected = (len(self.set.tracks) - 1, (self.set.selected or (0, 0))[1])
            return None
        if name == "delete_track":
            del self.set.tracks[int(values[0])]
            return None
        if name == "get/track_data":
            return self._track_data(*values)
        if name == "get/num_tracks":
            return (len(self.set.tracks),)
        if name == "get/num_scenes":
            return (self.set.scenes,)
        return (getattr(self.set, name.removeprefix("get/")),)

    def _track_data(self, first: Any, last: Any, *names: str) -> tuple[Any, ...]:
        """Properties of tracks and of their clips, one after the other; last: -1 for all."""
        found: list[Any] = []
        for track in self.set.tracks[int(first) : None if last == -1 else int(last)]:
            for name in names:
                kind, prop = name.split(".")
                if kind == "track":
                    found.append(getattr(track, prop))
                else:
                    assert kind == "clip", kind
                    found += [slot.clip and getattr(slot.clip, prop) for slot in track.slots]
        return tuple(found)

    def _view(self, name: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if name == "set/selected_clip":
            self.set.selected = (values[0], values[1])
            return None
        assert name == "get/selected_clip", name
        if self.set.selected is None:
            raise ValueError("Track.Track is not in list")
        return self.set.selected

    def _track(self, name: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        index, *new = values
        track = self.set.tracks[int(index)]
        verb, prop = name.split("/", 1)
        if name == "get/clips/name":
            return (index, *(slot.clip.name if slot.clip else None for slot in track.slots))
        if verb == "get":
            return (index, getattr(track, prop))
        setattr(track, prop, new[0])
        return None

    def _slot(self, name: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        index, number, *new = values
        slot = self.set.tracks[int(index)].slots[int(number)]
        if name == "get/has_clip":
            return (index, number, slot.has_clip())
        if name == "create_clip":
            track = self.set.tracks[int(index)]
            if slot.clip is not None or not track.has_midi_input or track.is_frozen:
                raise RuntimeError("Cannot create a clip in this slot")
            if self._clip_polls:
                slot.coming = (Clip(new[0]), self._clip_polls)
            else:
                slot.clip = Clip(new[0])
        elif name == "delete_clip":
            if slot.clip is None:
                raise RuntimeError("Cannot delete clip in empty slot")
            slot.clip = None
        elif name == "duplicate_clip_to":
            if slot.clip is None:
                raise RuntimeError("There is no clip to duplicate")
            self.set.put(int(new[0]), int(new[1]), copy.deepcopy(slot.clip))
        else:
            raise AssertionError(name)
        return None

    def _clip(self, name: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        index, number, *rest = values
        clip = self.set.tracks[int(index)].slots[int(number)].clip
        if name == "get/notes":
            found = clip_notes(clip, rest)
            flat = (v for n in found for v in (n.pitch, n.start, n.duration, n.velocity, n.mute))
            return (index, number, *flat)
        if name == "add/notes":
            for i in range(0, len(rest), 5):
                pitch, start, duration, velocity, mute = rest[i : i + 5]
                clip.add(Note(pitch, start, duration, velocity, bool(mute)))
        elif name == "remove/notes":
            gone = clip_notes(clip, rest)
            clip.notes = [n for n in clip.notes if n not in gone]
        elif name == "stop":
            self.set.tracks[int(index)].playing_slot_index = -1
        else:
            verb, prop = name.split("/", 1)
            if verb == "get":
                return (index, number, getattr(clip, prop))
            if prop == "loop_start" and rest[0] >= clip.loop_end:
                raise RuntimeError("Cannot set LoopStart behind LoopEnd")
            if prop == "loop_end" and rest[0] <= clip.loop_start:
                raise RuntimeError("Cannot set LoopEnd before LoopStart")
            setattr(clip, prop, rest[0])
        return None


def clip_notes(clip: Clip | None, span: list[Any]) -> list[Note]:
    if len(span) not in (0, 4):
        raise ValueError("Invalid number of arguments. Either 0 or 4 arguments must be passed.")
    return clip.between(*(span or ALL))


def messages_in(packet: bytes) -> list[OscMessage]:
    """The messages of a packet: one, or those of a bundle."""
    if OscBundle.dgram_is_bundle(packet):
        return list(OscBundle(packet))
    return [OscMessage(packet)]


def bundle_of(messages: Sequence[OscMessage]) -> bytes:
    """A bundle of these messages."""
    builder = OscBundleBuilder(IMMEDIATELY)
    for message in messages:
        builder.add_content(message)
    return builder.build().dgram
