"""The same request gives the same notes, to the byte, at every interface and with every model.

data/same_notes.json holds the results of forty requests for music, and of five to read or check some: the
SHA-256 of all output bytes, and beside it the notes and words in them, so that a difference reads as music.
Only users' interfaces are used (the command line, `ripieno serve` over OSC and HTTP, `ripieno live` and
`ripieno midi`), so the recording outlives any change of what is inside. Where new weights or a better task
shall give other notes, record again, and look at what changed:

    python tests/test_same_notes.py --record           # writes data/same_notes.json
    python tests/test_same_notes.py --keep FOLDER      # writes the bytes themselves, to compare two versions

Only what may differ from run to run or from machine to machine is taken out before the comparison: see
``SETTLED``, ``unpacked``, ``settled_done`` and ``without_progress``.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import httpx
import mido
import pytest
from lxml import etree
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from ableton_set import Clip, LiveSet, Note
from ableton_stand_in import StandIn

HERE = Path(__file__).parent
RECORDED = HERE / "data" / "same_notes.json"
SCORES = next(folder / "scores" for folder in HERE.parents if (folder / "scores").is_dir())
RIPIENO = str(Path(sys.executable).with_name("ripieno"))
LOCAL = "127.0.0.1"
SOON = 60.0  # seconds; who waits longer has failed
ALONE = ("--serve-port", "0")  # no server of whoever runs this makes the notes
NUMBER = 7  # of every request over OSC; each has a client of its own
TICKS = 480
BAR = 4  # quarters
Outputs = dict[str, bytes]  # what came out, by a name whose ending tells its kind


# -- what is given -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tone:
    """A note of a melody, in quarters."""

    name: str
    onset: int
    quarters: int

    @property
    def pitch(self) -> int:
        """Its MIDI number."""
        step, accidental, octave = self.name[0], self.name[1:-1], int(self.name[-1])
        return 12 * (octave + 1) + "C D EF G A B".index(step) + {"": 0, "#": 1, "b": -1}[accidental]


def line(text: str) -> list[Tone]:
    """A melody in short text: "G4 F#4 G4:2" is two quarters and a half note."""
    tones: list[Tone] = []
    for word in text.split():
        name, _, quarters = word.partition(":")
        onset = tones[-1].onset + tones[-1].quarters if tones else 0
        tones.append(Tone(name, onset, int(quarters or 1)))
    return tones


MELODY = line("C5 C5 G4 G4 A4 A4 G4:2 F4 F4 E4:2 D4 D4 C4:2")
CHORALE = {
    "soprano": line("B4 A4 G4 A4 B4 C5 D5:2 C5 B4 A4:2 G4:4"),
    "alto": line("D4 D4 E4 F#4 G4 G4 F#4:2 E4 D4 D4:2 D4:4"),
    "tenor": line("G3 F#3 B3 D4 D4 E4 A3:2 A3 G3 F#3:2 B3:4"),
    "bass": line("G2 D3 E3 D3 G3 C3 D3:2 A2 B2 D3:2 G2:4"),
}
HANDS = [CHORALE["soprano"], CHORALE["bass"]]


def beginning(name: str, measures: int) -> bytes:
    """The first measures of one of the shipped scores, as they are written there."""
    text = (SCORES / f"{name}.musicxml").read_text("utf-8")
    pieces = text.split("</measure>")
    return ("</measure>".join(pieces[:measures]) + "</measure>\n  </part>\n</score-partwise>\n").encode()


def musicxml(voices: dict[str, list[Tone]]) -> bytes:
    """A score in G major, 4/4, with a part for each voice."""
    listed = "".join(f'<score-part id="{v}"><part-name>{v.title()}</part-name></score-part>' for v in voices)
    parts = "".join(f'<part id="{v}">{measures_of(tones)}</part>' for v, tones in voices.items())
    return f'<score-partwise version="4.0"><part-list>{listed}</part-list>{parts}</score-partwise>'.encode()


def measures_of(tones: list[Tone]) -> str:
    """The measures of a part."""
    text = ""
    for number in range(1, 1 + tones[-1].onset // BAR + 1):
        text += f'<measure number="{number}">'
        if number == 1:
            text += (
                "<attributes><divisions>1</divisions><key><fifths>1</fifths><mode>major</mode></key>"
                "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
            )
        for tone in (t for t in tones if t.onset // BAR == number - 1):
            alter = "<alter>1</alter>" if "#" in tone.name else ""
            kind = {1: "quarter", 2: "half", 4: "whole"}[tone.quarters]
            text += (
                f"<note><pitch><step>{tone.name[0]}</step>{alter}<octave>{tone.name[-1]}</octave></pitch>"
                f"<duration>{tone.quarters}</duration><voice>1</voice><type>{kind}</type></note>"
            )
        text += "</measure>"
    return text


def midi_file(*lines: list[Tone]) -> bytes:
    """A MIDI file with a track for each line."""
    file = mido.MidiFile(ticks_per_beat=TICKS)
    for tones in lines:
        track = mido.MidiTrack()
        for tone in tones:
            track.append(mido.Message("note_on", note=tone.pitch, velocity=80, time=0))
            track.append(mido.Message("note_off", note=tone.pitch, time=tone.quarters * TICKS))
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def archive(data: bytes) -> bytes:
    """A score as .mxl."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="tune.musicxml"/></rootfiles></container>',
        )
        packed.writestr("tune.musicxml", data)
    return out.getvalue()


@cache
def given_files() -> Outputs:
    """The files that the command line finds where it is called."""
    return {
        "twinkle.musicxml": beginning("twinkle", 4),
        "twinkle.mxl": archive(beginning("twinkle", 2)),
        "hundredth.musicxml": beginning("old-hundredth", 3),
        "jingle.musicxml": beginning("jingle-bells", 4),
        "chorale.musicxml": musicxml(CHORALE),
        "chorale.mid": midi_file(*CHORALE.values()),
        "melody.mid": midi_file(MELODY),
        "hands.mid": midi_file(*HANDS),
        "low.musicxml": musicxml({"tune": line("E3 F#3 G3:2 A3 B3 G3:2")}),
    }


# -- what may differ ---------------------------------------------------------------------------------------

SETTLED = (
    (rb"<software>ripieno [^<]*<", lambda _: b"<software>ripieno<"),  # the version
    (rb'"milliseconds":\d+', lambda _: b'"milliseconds":0'),
    (rb"writing the voices: \d+%, .* left\n", lambda _: b""),  # once in half a minute
    (  # processors differ behind the point
        rb'("log_likelihood": ?)(-?[\d.]+)',
        lambda found: found[1] + b"%.0f" % float(found[2]),
    ),
)


def settled(data: bytes) -> bytes:
    """A text without what may differ."""
    for pattern, put in SETTLED:
        data = re.sub(pattern, put, data)
    return data


def unpacked(name: str, data: bytes) -> bytes:
    """A file without what may differ; of an .mxl what it holds, for zlib packs it in more than one way."""
    if not name.endswith(".mxl"):
        return settled(data)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return b"".join(f"-- {name}\n".encode() + settled(packed.read(name)) for name in packed.namelist())


def settled_done(packet: bytes) -> bytes:
    """An OSC packet; the third last number of /ripieno/done is how many milliseconds it took."""
    return packet[:-12] + bytes(4) + packet[-8:] if packet.startswith(b"/ripieno/done\0") else packet


def without_progress(packets: list[bytes], progress: bytes) -> list[bytes]:
    """What came, without how far it was in between: that is told by the clock."""
    return [packet for packet in packets if not packet.startswith(progress)]


# -- reading what came out ---------------------------------------------------------------------------------


def readable(name: str, data: bytes) -> list[str]:
    """What came out, for people: notes as pitch@onset+duration."""
    ending = Path(name).suffix
    if ending == ".mid":
        return midi_lines(data)
    if ending == ".osc":
        return [osc_line(OscMessage(packet)) for packet in split(data)]
    if ending == ".json":
        return answer_lines(json.loads(data))
    if ending == ".events":
        return answer_lines(json.loads(data.rpartition(b"data: ")[2]))
    if ending == ".keys":
        return key_lines(data)
    if ending == ".txt":
        return data.decode().splitlines()
    return document_lines(data[data.rindex(b"<?xml") if ending == ".mxl" else 0 :])


ALTERS = {None: "", "0": "", "1": "#", "-1": "b", "2": "##", "-2": "bb"}


def document_lines(data: bytes) -> list[str]:
    """The notes of MusicXML, a line for each part and voice."""
    root = etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True))
    lines: dict[str, list[str]] = {}
    for part in root.iter("part"):
        name = root.findtext(f"part-list/score-part[@id='{part.get('id')}']/part-name", "")
        divisions = 1
        onset = begun = 0.0
        for element in part.iterfind("measure/*"):
            divisions = int(element.findtext("divisions") or divisions)
            quarters = int(element.findtext("duration") or 0) / divisions
            if element.tag in ("backup", "forward"):
                onset += quarters if element.tag == "forward" else -quarters
            if element.tag != "note":
                continue
            if element.find("chord") is None:
                begun, onset = onset, onset + quarters
            if element.find("pitch") is not None:
                step, alter, octave = (
                    element.findtext(f"pitch/{tag}") for tag in ("step", "alter", "octave")
                )
                pitch = f"{step}{ALTERS[alter]}{octave}"
                tie = "~" if element.find("tie[@type='start']") is not None else ""
                voice = f"{' '.join(name.split())} {element.findtext('voice')}"
                lines.setdefault(voice, []).append(f"{pitch}@{begun:g}+{quarters:g}{tie}")
    return [f"{voice}: {' '.join(notes)}" for voice, notes in lines.items()]


def midi_lines(data: bytes) -> list[str]:
    """The notes of a MIDI file in ticks, a line for each track."""
    lines = []
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(data)).tracks):
        tick, begun, notes = 0, {}, []
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                begun[message.note] = tick
            elif message.type in ("note_on", "note_off"):
                start = begun.pop(message.note)
                notes.append((start, message.note, tick - start))
        sounding = " ".join(f"{pitch}@{start}+{ticks}" for start, pitch, ticks in sorted(notes))
        lines.append(f"track {number}: {sounding}")
    return lines


def key_lines(data: bytes) -> list[str]:
    """MIDI messages as they were sent, a line for what begins together; "-1/60" ends C4 on channel 1."""
    words: list[str] = []
    for status, key, _ in zip(*[iter(data)] * 3, strict=True):
        kind, channel = status >> 4, 1 + (status & 0xF)
        begins = kind == 0x9 and words and words[-1][0] != "+"
        words += ["\n"] if begins else []
        words.append(f"{'+' if kind == 0x9 else '-' if kind == 0x8 else 'control '}{channel}/{key}")
    return [line.strip() for line in " ".join(words).split("\n")]


def osc_line(message: OscMessage) -> str:
    """A message; the notes of a result with their voice in front: 1/60@0+1."""
    values = list(message.params)
    if message.address != "/ripieno/result":
        return " ".join(map(str, [message.address, *values]))
    notes = zip(*[iter(values[2:])] * 5, strict=True)
    sounding = " ".join(f"{voice}/{pitch}@{start:g}+{beats:g}" for voice, pitch, start, beats, _ in notes)
    return f"{message.address} {values[1]}: {sounding}"


def answer_lines(answer: dict[str, Any]) -> list[str]:
    """An answer of the HTTP server."""
    lines = []
    if "error" in answer:
        lines.append(answer["error"]["text"])
    if answer.get("base64"):
        lines += midi_lines(base64.b64decode(answer["base64"]))
    if answer.get("document"):
        lines += document_lines(answer["document"].encode())
    lines += answer.get("remarks", [])
    for number, one in enumerate(answer.get("alternatives", [answer]), 1):
        for voice in one.get("voices", []) if "alternatives" in answer else []:
            lines.append(f"{number} {voice['voice']}: {' '.join(map(event, voice_events(voice)))}")
        lines += [f"{number} {f['measure']}, {f['beat']:g}: {f['sentence']}" for f in one.get("faults", [])]
    return lines


def voice_events(voice: dict[str, Any]) -> list[dict[str, Any]]:
    """The notes of a voice in an answer, without rests."""
    return [e for e in voice.get("events", voice.get("notes")) if e["pitch"] is not None]


def event(note: dict[str, Any]) -> str:
    """A note of an answer, in ticks or quarters."""
    onset, long = ("tick", "ticks") if "tick" in note else ("onset", "duration")
    return f"{note['pitch']}@{note[onset]}+{note[long]}{'~' if note.get('tie') else ''}"


# -- the interfaces ----------------------------------------------------------------------------------------


class Interfaces:
    """What the requests are sent to; each is started when something is first asked of it."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    @cached_property
    def command_line(self) -> Any:
        """The program, to be called in this process."""
        return next(iter(entry_points(group="console_scripts", name="ripieno"))).load()

    @cached_property
    def server(self) -> tuple[int, int]:
        """The ports of a server, for OSC and for HTTP."""
        lines = self._stack.enter_context(program("serve", "--port", "0", "--http-port", "0"))
        osc, http = (re.search(r"port (\d+)", next(lines)) for _ in range(2))
        assert osc is not None
        assert http is not None
        return int(osc[1]), int(http[1])

    @cached_property
    def live(self) -> Live:
        """Ableton Live, which `ripieno live watch` looks after."""
        return self._stack.enter_context(Live.watched())


@contextlib.contextmanager
def program(*arguments: str) -> Iterator[Iterator[str]]:
    """The lines that `ripieno` prints while it runs; it is ended with the block."""
    with subprocess.Popen([RIPIENO, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()
            process.stdout.read()


class Live:
    """A stand-in for Ableton Live with one clip in it, while `ripieno live watch` runs.

    told: what is heard of the watcher, as far as a request waits for it.
    """

    def __init__(self) -> None:
        self._heard = threading.Condition()
        self._looks = 0
        self._shown: list[str] = []
        self.stand_in = StandIn(LiveSet(), before=self._before)

    @classmethod
    @contextlib.contextmanager
    def watched(cls) -> Iterator[Live]:
        live = cls()
        ports = (
            "--port",
            str(live.stand_in.port),
            "--answer-port",
            str(live.stand_in.answer_port),
            *ALONE,
        )
        with live.stand_in, program("live", "watch", *ports) as lines:
            next(lines)
            yield live

    def _before(self, address: str, values: tuple[Any, ...]) -> None:
        """A message of the watcher's: it begins to look for wishes, or shows what it did."""
        with self._heard:
            self._looks += address == "/live/song/get/num_tracks"
            self._shown += values if address == "/live/api/show_message" else ()
            self._heard.notify_all()

    def _wait(self, true: Callable[[], bool]) -> None:
        with self._heard:
            assert self._heard.wait_for(true, timeout=SOON)

    def wish(self, wish: str) -> list[str]:
        """Name a clip so in a new set; what is shown and what stands in the set when that is done."""
        clip = melody_clip()
        self.stand_in.set = set_with(clip)
        looks = self._looks
        self._wait(lambda: self._looks >= looks + 2)  # the name that the clip has now was seen
        self._shown.clear()
        clip.name = wish
        self._wait(lambda: bool(self._shown))
        return [*self._shown, *set_lines(self.stand_in.set)]


def melody_clip() -> Clip:
    """A clip with a melody."""
    notes = [Note(t.pitch, float(t.onset), float(t.quarters), 90.0) for t in MELODY]
    return Clip(16.0, "Verse", notes)


def set_with(clip: Clip) -> LiveSet:
    """A set with nothing but this clip."""
    live_set = LiveSet()
    live_set.add_track("Keys")
    live_set.put(0, 0, clip)
    return live_set


def set_lines(live_set: LiveSet) -> list[str]:
    """All clips of a set."""
    return [
        f"{track.name}, slot {slot}, {clip.name}, {clip.length:g}: "
        + " ".join(f"{pitch}@{start!r}+{beats!r}" for pitch, start, beats in clip.music())
        for track in live_set.tracks
        for slot, clip in enumerate(s.clip for s in track.slots)
        if clip is not None
    ]


# -- requests ----------------------------------------------------------------------------------------------


class Asked(Protocol):
    """A request."""

    def outputs(self, interfaces: Interfaces) -> Outputs:
        """What comes of it, without what may differ."""
        ...


def run(interfaces: Interfaces, arguments: list[str]) -> str:
    """What the command line says to these arguments."""
    said = io.StringIO()
    with (
        patch.object(sys, "argv", ["ripieno", *arguments]),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        pytest.raises(SystemExit) as ended,
    ):
        interfaces.command_line()
    return f"{said.getvalue()}exit {ended.value.code or 0}\n"


@dataclass(frozen=True)
class Line:
    """A command, called in a folder with ``given_files``; what comes out is what it says and new files."""

    command: str

    def outputs(self, interfaces: Interfaces) -> Outputs:
        given = given_files()
        with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
            for file, data in given.items():
                Path(file).write_bytes(data)
            said = run(interfaces, shlex.split(self.command))
            found = {p.as_posix(): p.read_bytes() for p in sorted(Path().rglob("*")) if p.is_file()}
        new = {file: data for file, data in found.items() if data != given.get(file)}
        return {"said.txt": settled(said.encode())} | {
            file: unpacked(file, data) for file, data in new.items()
        }


@dataclass(frozen=True)
class Osc:
    """Messages, of which the last is answered; what comes out is the packets of the answer.

    notes: (voice, tones), sent before the others. joined: a streamed answer, which is cut into packets as the
    notes become ready, is put together again.
    """

    messages: tuple[tuple[Any, ...], ...]
    notes: tuple[tuple[int, list[Tone]], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    tcp: bool = False
    joined: bool = False

    def outputs(self, interfaces: Interfaces) -> Outputs:
        packets = [
            *(packet("notes", NUMBER, *flat(voice, tones)) for voice, tones in self.notes),
            *(packet("set", NUMBER, name, value) for name, value in self.settings.items()),
            *(packet(*message) for message in self.messages),
        ]
        answer = (over_tcp if self.tcp else over_udp)(interfaces.server[0], packets)
        answer = without_progress([settled_done(p) for p in answer], b"/ripieno/progress\0")
        if self.joined:
            answer = joined(answer)
        return {"answer.osc": b"".join(len(p).to_bytes(4) + p for p in answer)}


def flat(voice: int, tones: list[Tone]) -> list[float]:
    """Notes as a message has them."""
    return [v for t in tones for v in (voice, t.pitch, float(t.onset), float(t.quarters), 80)]


def packet(address: str, *values: Any) -> bytes:
    """A message to ripieno."""
    builder = OscMessageBuilder(f"/ripieno/{address}")
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


def split(data: bytes) -> Iterator[bytes]:
    """The packets that were put one after the other, each behind its length."""
    while data:
        end = 4 + int.from_bytes(data[:4])
        yield data[4:end]
        data = data[end:]


def joined(packets: list[bytes]) -> list[bytes]:
    """The notes of all results in one packet."""
    notes = [v for p in packets if p.startswith(b"/ripieno/result\0") for v in OscMessage(p).params[2:]]
    others = [p for p in packets if not p.startswith(b"/ripieno/result\0")]
    return [packet("result", NUMBER, 1, *notes), *others]


def is_final(answer: bytes) -> bool:
    """Whether nothing comes after that packet."""
    return answer.startswith((b"/ripieno/done\0", b"/ripieno/error\0", b"/ripieno/cancelled\0"))


def over_udp(port: int, packets: list[bytes]) -> list[bytes]:
    """The answer to packets, each a datagram."""
    answers: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(SOON)
        for data in packets:
            client.sendto(data, (LOCAL, port))
        while not answers or not is_final(answers[-1]):
            answers.append(client.recv(65_536))
    return answers


def over_tcp(port: int, packets: list[bytes]) -> list[bytes]:
    """The answer to packets on a connection, framed by SLIP."""
    end, escape = b"\xc0", b"\xdb"
    answers: list[bytes] = []
    with socket.create_connection((LOCAL, port), timeout=SOON) as connection:
        for data in packets:
            escaped = data.replace(escape, b"\xdb\xdd").replace(end, b"\xdb\xdc")
            connection.sendall(end + escaped + end)
        pending = b""
        while not answers or not is_final(answers[-1]):
            piece = connection.recv(65_536)
            assert piece, "it hung up"
            *whole, pending = (pending + piece).split(end)
            answers += [w.replace(b"\xdb\xdc", end).replace(b"\xdb\xdd", escape) for w in whole if w]
    return answers


@dataclass(frozen=True)
class Http:
    """A body that is posted. stream: as events."""

    path: str
    body: dict[str, Any]
    stream: bool = False

    def outputs(self, interfaces: Interfaces) -> Outputs:
        headers = {"Accept": "text/event-stream"} if self.stream else {}
        answer = httpx.post(
            f"http://{LOCAL}:{interfaces.server[1]}/v1/{self.path}",
            json={"id": "same-notes", **self.body},
            headers=headers,
            timeout=SOON,
            trust_env=False,
        )
        data = settled(answer.content)
        if self.stream:
            assert answer.headers["content-type"].startswith("text/event-stream")
            data = b"\n\n".join(without_progress(data.split(b"\n\n"), b"event: progress\n"))
            return {f"{answer.status_code}.events": data.rstrip(b"\n")}
        return {f"{answer.status_code}.json": data}


def notes_body(voices: dict[str, list[Tone]], *, fifths: int = 1, **settings: Any) -> dict[str, Any]:
    """A body with notes, as a notation program sends them."""
    end = max(tones[-1].onset + tones[-1].quarters for tones in voices.values())
    bars = [
        {"number": str(i + 1), "tick": i * BAR * TICKS, "ticks": BAR * TICKS, "meter": "4/4"}
        | {"fifths": fifths, "mode": "major"}
        for i in range(end // BAR)
    ]
    lines = [
        {
            "voice": voice,
            "events": [
                {"tick": t.onset * TICKS, "ticks": t.quarters * TICKS, "pitch": t.pitch, "spelling": t.name}
                for t in tones
            ],
        }
        for voice, tones in voices.items()
    ]
    return {"ticks_per_quarter": TICKS, "measures": bars, "voices": lines, **settings}


def sung(tones: list[Tone], **settings: Any) -> dict[str, Any]:
    """The body of a melody with words."""
    body = notes_body({"soprano": tones}, fifths=0, lyrics=True, **settings)
    for number, given in enumerate(body["voices"][0]["events"]):
        given |= {"lyric": f"la{number}", "syllabic": "single"}
    return body


def document_body(data: bytes, **settings: Any) -> dict[str, Any]:
    """A body with a document."""
    return {"document": data.decode(), **settings}


def file_body(name: str, **settings: Any) -> dict[str, Any]:
    """A body with one of the ``given_files``, as bytes."""
    return {"base64": base64.b64encode(given_files()[name]).decode(), "name": name, **settings}


@dataclass(frozen=True)
class Wish:
    """A clip of Live that is renamed while `ripieno live watch` runs."""

    name: str

    def outputs(self, interfaces: Interfaces) -> Outputs:
        return {"live.txt": "\n".join(interfaces.live.wish(self.name)).encode()}


@dataclass(frozen=True)
class InLive:
    """A command on the selected clip of Live."""

    command: str

    def outputs(self, interfaces: Interfaces) -> Outputs:
        with StandIn(set_with(melody_clip())) as live:
            ports = ["--port", str(live.port), "--answer-port", str(live.answer_port), *ALONE]
            said = run(interfaces, ["live", *shlex.split(self.command), *ports])
        return {"said.txt": settled(said.encode()), "live.txt": "\n".join(set_lines(live.set)).encode()}


@dataclass(frozen=True)
class Played:
    """A phrase on a MIDI keyboard, and what is heard of its answer, in order."""

    options: str

    def outputs(self, interfaces: Interfaces) -> Outputs:
        for _ in range(3):  # a machine that is busy may leave no time for the whole answer
            keyboard = Keyboard(MELODY[:4])
            with patch.dict(sys.modules, rtmidi=keyboard):
                said = run(
                    interfaces, ["midi", "--virtual", "--once", "--tempo", str(QPM), *self.options.split()]
                )
            if said.endswith("\nexit 0\n") and "there was time up to" not in said:
                break
        return {"said.txt": said.encode(), "sent.keys": b"".join(keyboard.sent)}


QPM = 300


class Keyboard:
    """In the place of the module rtmidi: a keyboard on which a phrase was just played, and a synthesizer."""

    API_RTMIDI_DUMMY = 0
    RtMidiError = OSError

    def __init__(self, tones: list[Tone]) -> None:
        self._tones = tones
        self.sent: list[bytes] = []

    def get_compiled_api(self) -> list[int]:
        return [1]

    def MidiIn(self, system: int, name: str) -> Keyboard:  # noqa: N802 - rtmidi's name
        return self

    def MidiOut(self, system: int, name: str) -> Keyboard:  # noqa: N802 - rtmidi's name
        return self

    def get_ports(self) -> list[str]:
        return []

    def open_virtual_port(self, name: str) -> None: ...

    def ignore_types(self, *, timing: bool) -> None: ...

    def set_callback(self, callback: Callable[[tuple[list[int], float], None], None]) -> None:
        """Play: the keys come one at a time of the clock, which is turned back for each of them."""
        quarter = 60 / QPM
        begun = time.monotonic() - 6 * quarter  # a barline is just far enough away then
        for tone in self._tones:
            for data, beat in (
                ([0x90, tone.pitch, 90], tone.onset),
                ([0x80, tone.pitch, 0], tone.onset + tone.quarters),
            ):
                with patch("time.monotonic", lambda seconds=begun + beat * quarter: seconds):
                    callback((data, 0.0), None)

    def send_message(self, data: list[int]) -> None:
        self.sent.append(bytes(data))

    def cancel_callback(self) -> None: ...

    def close_port(self) -> None: ...

    def delete(self) -> None: ...


CHORUS = tuple(enumerate(CHORALE.values()))
REQUESTS: dict[str, Asked] = {
    # the command line
    "cli-harmonize-lstm": Line("harmonize twinkle.musicxml -o out.musicxml --seed 1"),
    "cli-harmonize-lstm-alternatives-json": Line(
        "harmonize hundredth.musicxml -o out.musicxml --seed 2 --alternatives 2 --beam 2 --temperature 0.7 "
        "--top-p 0.9 --json"
    ),
    "cli-harmonize-lstm-closed-mxl": Line("harmonize twinkle.mxl -o out.mxl --seed 3 --layout closed"),
    "cli-harmonize-bachbot-transposed": Line(
        "harmonize low.musicxml -o out.mid --seed 4 --transpose auto --model bachbot-chorales"
    ),
    "cli-harmonize-rbm-chorales-given": Line(
        "harmonize chorale.musicxml -o out.musicxml --seed 5 --given soprano,bass --model rbm-chorales"
    ),
    "cli-harmonize-dbn-chorales-descent": Line(
        "harmonize melody.mid -o out.musicxml --seed 6 --model dbn-chorales --descent steps=40 "
        "--descent restarts=2"
    ),
    "cli-harmonize-dbn-ragtime": Line("harmonize jingle.musicxml --seed 7 --model dbn-ragtime"),
    "cli-infill-lstm": Line(
        "infill chorale.musicxml -o out.musicxml --measures 2-3 --voices alto,tenor --seed 8"
    ),
    "cli-infill-rbm-blues-threshold": Line(
        "infill hands.mid -o out.mid --measures 2-2 --seed 9 --model rbm-blues --threshold 0.3"
    ),
    "cli-continue-bachbot": Line(
        "continue chorale.mid -o out.mid --bars 2 --seed 10 --model bachbot-chorales"
    ),
    "cli-vary-lstm": Line("vary chorale.musicxml -o out.musicxml --amount 0.5 --seed 11"),
    "cli-vary-dbn-chorales": Line("vary chorale.musicxml -o out.mid --seed 12 --model dbn-chorales"),
    "cli-compose-lstm-pickup": Line(
        'compose -o out.musicxml --bars 4 --key "g minor" --meter 3/4 --pickup 1 --layout closed --seed 13'
    ),
    "cli-compose-rbm-blues-original": Line(
        "compose --bars 2 --key Bb --model rbm-blues --original 0.6 --seed 54 --json"
    ),
    "cli-compose-rbm-chorales-piano": Line(
        "compose --bars 2 --key D --model rbm-chorales --for piano --seed 15 -o out.mid"
    ),
    "cli-interpolate-dbn-ragtime": Line(
        "interpolate twinkle.musicxml jingle.musicxml -o out.musicxml --steps 2 --model dbn-ragtime --seed 16"
    ),
    "cli-snippets-rbm-blues": Line("snippets -n 2 --model rbm-blues --seed 17"),
    "cli-check-json": Line("check chorale.musicxml --analysis --json"),
    "cli-check-table": Line("check chorale.mid --all"),
    # OSC
    "osc-harmonize-lstm": Osc(
        (("harmonize", NUMBER, len(MELODY)),),
        notes=((0, MELODY),),
        settings={"seed": 21, "key": "C", "alternatives": 2},
    ),
    "osc-compose-bachbot": Osc(
        (("compose", NUMBER),),
        settings={"seed": 22, "model": "bachbot-chorales", "bars": 2, "key": "f# minor"},
    ),
    "osc-continue-dbn-ragtime": Osc(
        (("continue", NUMBER),),
        notes=tuple(enumerate(HANDS)),
        settings={"seed": 23, "model": "dbn-ragtime", "bars": 2},
    ),
    "osc-infill-lstm": Osc(
        (("infill", NUMBER, 4.0, 4.0),), notes=CHORUS, settings={"seed": 24, "voices": "alto tenor"}
    ),
    "osc-vary-rbm-blues": Osc(
        (("vary", NUMBER),),
        notes=tuple(enumerate(HANDS)),
        settings={"seed": 25, "model": "rbm-blues", "amount": 0.6},
    ),
    "osc-respond-lstm": Osc(
        (
            *(
                ("play", NUMBER, t.pitch, velocity, float(beat))
                for t in MELODY[:4]
                for velocity, beat in ((90, t.onset), (0, t.onset + t.quarters))
            ),
            ("respond", NUMBER, 4.5),
        ),
        settings={"seed": 26, "task": "harmonize"},
    ),
    "osc-tcp-harmonize-dbn-chorales": Osc(
        (
            ("seed", NUMBER, *(v for t in MELODY for v in (t.pitch, float(t.onset), float(t.quarters)))),
            ("harmonize", NUMBER),
        ),
        settings={"seed": 27, "model": "dbn-chorales"},
        tcp=True,
    ),
    "osc-tcp-vary-rbm-chorales": Osc(
        (("vary", NUMBER),), notes=CHORUS, settings={"seed": 28, "model": "rbm-chorales"}, tcp=True
    ),
    "osc-stream-lstm": Osc(
        (("harmonize", NUMBER),), notes=((0, MELODY),), settings={"seed": 29, "stream": 1}, joined=True
    ),
    # HTTP, notes
    "http-harmonize-lstm": Http(
        "harmonize", sung(MELODY, seed=31, ties="barlines", alternatives=2, temperature=0.5)
    ),
    "http-infill-bachbot": Http(
        "infill",
        notes_body(
            CHORALE, seed=32, model="bachbot-chorales", anew=["alto", "tenor"], selection=[1920, 3840]
        ),
    ),
    "http-continue-dbn-chorales": Http(
        "continue", notes_body(CHORALE, seed=33, model="dbn-chorales", bars=2)
    ),
    "http-compose-rbm-blues": Http("compose", {"seed": 34, "model": "rbm-blues", "bars": 2, "key": "F"}),
    "http-check": Http("check", notes_body(CHORALE)),
    # HTTP, documents
    "http-document-harmonize-lstm-events": Http(
        "musicxml/harmonize",
        document_body(beginning("old-hundredth", 3), seed=35, transpose=-2, layout="closed"),
        stream=True,
    ),
    "http-document-compose-dbn-ragtime": Http(
        "musicxml/compose", {"seed": 36, "model": "dbn-ragtime", "bars": 2, "key": "Ab", "meter": "2/4"}
    ),
    "http-document-infill-rbm-chorales": Http(
        "musicxml/infill",
        document_body(musicxml(CHORALE), seed=37, model="rbm-chorales", selection=[4, 8], anew=["bass"]),
    ),
    "http-document-continue-lstm": Http("musicxml/continue", file_body("chorale.mid", seed=38, bars=1)),
    "http-document-vary-bachbot": Http(
        "musicxml/vary",
        document_body(musicxml(CHORALE), seed=39, model="bachbot-chorales", given=["soprano"], amount=0.5),
    ),
    "http-read": Http("musicxml/read", file_body("chorale.mid")),
    "http-midi": Http("musicxml/midi", document_body(musicxml(CHORALE))),
    # Ableton Live, and a MIDI keyboard
    "live-harmonize-lstm": InLive("harmonize --seed 41 --json"),
    "live-watch-harmonize-rbm-chorales": Wish("rip: harmonize seed=42 model=rbm-chorales alternatives=2"),
    "live-watch-continue-bachbot": Wish("rip: continue seed=43 model=bachbot-chorales bars=2"),
    "live-watch-vary-dbn-ragtime": Wish("rip: vary seed=44 model=dbn-ragtime amount=0.5"),
    "midi-harmonize-lstm": Played("--seed 45 --key C"),
}


# -- the record --------------------------------------------------------------------------------------------


def entry(outputs: Outputs) -> dict[str, Any]:
    """What is recorded of a request."""
    return {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "reads": readable(name, data)}
        for name, data in outputs.items()
    }


def read_aloud(entry: dict[str, Any]) -> list[str]:
    """All that people can read of an entry."""
    return [f"{file}: {line}" for file, output in entry.items() for line in output["reads"]]


@pytest.fixture(scope="module")
def interfaces() -> Iterator[Interfaces]:
    with contextlib.ExitStack() as stack:
        yield Interfaces(stack)


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    return json.loads(RECORDED.read_text("utf-8"))


def test_every_request_is_recorded(recorded: dict[str, Any]):
    assert list(recorded) == list(REQUESTS)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_request_gives_the_same_notes(name: str, interfaces: Interfaces, recorded: dict[str, Any]):
    now, then = entry(REQUESTS[name].outputs(interfaces)), recorded[name]
    assert read_aloud(now) == read_aloud(then)
    other = [file for file in now if now[file] != then[file]]
    assert not other, f"the same notes in other bytes: {', '.join(other)}; --keep writes them to a folder"


def main(arguments: list[str]) -> None:
    """Record, or keep what comes out."""
    folder = Path(arguments[1]) if arguments[:1] == ["--keep"] and len(arguments) == 2 else None
    if folder is None and arguments != ["--record"]:
        sys.exit("say --record, or --keep FOLDER")
    record = {}
    with contextlib.ExitStack() as stack:
        interfaces = Interfaces(stack)
        for name, request in REQUESTS.items():
            outputs = request.outputs(interfaces)
            record[name] = entry(outputs)
            for file, data in outputs.items() if folder is not None else ():
                path = folder / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    if folder is None:
        RECORDED.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "RIPIENO_NO_SERVER": "1"}  # as the tests have it
    main(sys.argv[1:])
