"""The plugin in a MuseScore without a window: scores for it, running it, and the notes of its result."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from common import ROOT, musescore_environment
from osc_hosts.running import PATIENCE_SECONDS, Program

PLUGIN = ROOT / "plugin" / "musescore"
RIPIENO = Path(sys.executable).with_name("ripieno")
CLEFS = {"Alto": ("G", 2, None), "Tenor": ("G", 2, -1), "Bass": ("F", 4, None)}
LAYOUT = ("default-x", "default-y", "width", "relative-x", "relative-y")
TICKS = 480
Json = dict[str, Any]


# -- scores ------------------------------------------------------------------------------------------------


def with_staves(data: bytes, names: Sequence[str] = ("Alto", "Tenor", "Bass")) -> bytes:
    """A document with one part, and empty parts below it."""
    root = etree.fromstring(data)
    listing, part = root.find("part-list"), root.find("part")
    for name in names:
        entry = etree.SubElement(listing, "score-part", id=name)
        etree.SubElement(entry, "part-name").text = name
        own = etree.SubElement(root, "part", id=name)
        for measure in part.findall("measure"):
            empty = etree.SubElement(own, "measure", dict(measure.attrib))
            attributes = measure.find("attributes")
            if attributes is not None:
                empty.append(with_clef(deepcopy(attributes), name))
            rest = etree.SubElement(empty, "note")
            etree.SubElement(rest, "rest", measure="yes")
            etree.SubElement(rest, "duration").text = str(length(measure))
            etree.SubElement(rest, "voice").text = "1"
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def with_clef(attributes: etree._Element, name: str) -> etree._Element:
    clef = attributes.find("clef")
    if clef is not None:
        sign, line, octave = CLEFS[name]
        clef.clear()
        etree.SubElement(clef, "sign").text = sign
        etree.SubElement(clef, "line").text = str(line)
        if octave is not None:
            etree.SubElement(clef, "clef-octave-change").text = str(octave)
    return attributes


def length(measure: etree._Element) -> int:
    """In divisions."""
    position = longest = 0
    for element in measure:
        if element.find("grace") is None and element.find("chord") is None:
            sign = {"note": 1, "forward": 1, "backup": -1}.get(str(element.tag), 0)
            position += sign * int(element.findtext("duration", "0"))
            longest = max(longest, position)
    return longest


# -- written notes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A written note. tick, ticks: 480 a quarter. tie: to the next one. lyric: of the first verse."""

    tick: int
    ticks: int
    spelling: str
    tie: bool = False
    lyric: str | None = None
    syllabic: str | None = None


def parts(data: bytes) -> dict[str, etree._Element]:
    """The parts of a document by their names."""
    root = etree.fromstring(data)
    names = {e.get("id"): e.findtext("part-name") for e in root.iter("score-part")}
    return {names[part.get("id")] or "": part for part in root.findall("part")}


def written(part: etree._Element, voice: str = "1") -> list[Written]:
    """The notes of a part's voice, as they are written."""
    found = []
    divisions, start = 1, Fraction(0)
    for measure in part.findall("measure"):
        position = longest = Fraction(0)
        for element in measure:
            divisions = int(element.findtext("divisions") or divisions)
            quarters = Fraction(int(element.findtext("duration", "0")), divisions)
            if element.tag == "backup":
                position -= quarters
            elif element.tag == "forward":
                position += quarters
            elif element.tag == "note" and element.find("grace") is None and element.find("chord") is None:
                if element.find("rest") is None and element.findtext("voice", "1") == voice:
                    found.append(note_of(element, start + position, quarters))
                position += quarters
            longest = max(longest, position)
        start += longest
    return found


def note_of(element: etree._Element, onset: Fraction, quarters: Fraction) -> Written:
    alter = int(element.findtext("pitch/alter", "0"))
    sign = "#" * alter if alter > 0 else "b" * -alter
    lyric = next((e for e in element.findall("lyric") if e.get("number", "1") == "1"), None)
    return Written(
        int(onset * TICKS),
        int(quarters * TICKS),
        f"{element.findtext('pitch/step')}{sign}{element.findtext('pitch/octave')}",
        any(tie.get("type") == "start" for tie in element.findall("tie")),
        None if lyric is None else lyric.findtext("text"),
        None if lyric is None else lyric.findtext("syllabic"),
    )


def notes_of_reply(events: Sequence[Json], *, start: int = 0) -> list[Written]:
    """The notes of a voice of a reply."""
    return [
        Written(
            e["tick"] + start, e["ticks"], e["spelling"], bool(e["tie"]), e.get("lyric"), e.get("syllabic")
        )
        for e in events
        if e["pitch"] is not None
    ]


def untied(notes: Sequence[Written]) -> list[Written]:
    return [replace(note, tie=False) for note in notes]


def without_layout(part: etree._Element) -> bytes:
    """A part as bytes, without the layout of the page."""
    plain = deepcopy(part)
    divisions = 1  # MuseScore chooses them by the shortest note of the score
    for element in list(plain.iter("print", "divisions", "duration")):
        if element.tag == "duration":
            element.text = str(Fraction(int(element.text or "0"), divisions))
            continue
        if element.tag == "divisions":
            divisions = int(element.text or "1")
        element.getparent().remove(element)
    for element in plain.iter():
        for name in LAYOUT:
            element.attrib.pop(name, None)
    return etree.tostring(plain)


# -- programs ----------------------------------------------------------------------------------------------


@contextmanager
def ripieno_serving(folder: Path, *, model: str | None = None, workers: int = 1) -> Iterator[str]:
    """A real `ripieno serve`: its HTTP address. model: the usual one, or weights by their path."""
    command = [str(RIPIENO), "serve", "--port", "0", "--http-port", "0", "--workers", str(workers)]
    command += [] if model is None else ["--model", model]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with Program(command, folder=folder, environment=environment) as program:
        line = program.line(r"HTTP on", seconds=PATIENCE_SECONDS)
        address = re.search(r"http://[\d.]+:\d+", line)
        assert address, line
        program.line(r"is loaded", seconds=PATIENCE_SECONDS)
        yield address[0]


@dataclass(frozen=True)
class Run:
    """The result of a run. said: the plugin's said.json. score: the document that MuseScore saved."""

    said: Json
    score: bytes

    @property
    def status(self) -> str:
        """The last message that the window would show."""
        assert self.said["error"] is None, self.said["error"]
        return self.said["texts"][-1]

    @property
    def body(self) -> Json:
        return self.said["body"]


class HeadlessMuseScore:
    """MuseScore 3 without a window, with a home of its own."""

    def __init__(self, program: str, home: Path) -> None:
        self._program, self._home = program, home
        self._folder = home / "ripieno-musescore"
        self._folder.mkdir(parents=True)
        home.chmod(0o700)

    def run(self, score: bytes, *, file: str = "given.musicxml", **ask: Any) -> Run:
        """Open a score and use the plugin as ``ask`` says (plugin/musescore/headless.js). file: its name."""
        given = self._home / file
        given.write_bytes(score)
        said, result = self._folder / "said.json", self._folder / "result.musicxml"
        for path in (said, result):
            path.unlink(missing_ok=True)
        (self._folder / "ask.json").write_text(json.dumps(ask))
        plugin = str(PLUGIN / "ripieno.qml")
        done = subprocess.run(
            [self._program, "-c", str(self._home / "settings"), "-p", plugin, str(given)],
            env=musescore_environment(self._home),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.exists(), done.stderr[-2000:]
        return Run(json.loads(said.read_bytes()), result.read_bytes() if result.exists() else b"")


def send_again(address: str, task: str, body: Json) -> Json:
    """The server's reply to a body that the plugin sent, in which the seed must be set."""
    assert "seed" in body
    reply = httpx.post(f"{address}/v1/{task}", json=body, timeout=60, trust_env=False)
    assert reply.status_code == 200, reply.text
    return reply.json()


def voices_of(alternative: Json) -> dict[str, list[Json]]:
    return {own["voice"]: own["events"] for own in alternative["voices"]}
