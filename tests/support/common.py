"""What several tests share: the MusicXML schema, MuseScore as a second opinion, and small measurements."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from lxml import etree

from ripieno.models.generator import Generator
from ripieno.results import Result
from ripieno.score import Measure, Score, Voice
from ripieno.tasks.choir import harmonize
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.service.document_job import document_job, encode_result

ROOT = Path(__file__).parents[2]
SCORES = sorted((ROOT / "scores").glob("*.musicxml"))
T = TypeVar("T")
DATA = ROOT / "tests" / "data"
XSD = DATA / "xsd"


# -- the schema --------------------------------------------------------------------------------------------


class LocalSchemas(etree.Resolver):
    """Answers the schema's two imports from small stand-ins, never from the network."""

    def resolve(self, system_url, public_id, context):
        path = XSD / system_url.rsplit("/", 1)[-1]
        return self.resolve_filename(str(path), context) if path.exists() else None


@functools.cache
def schema() -> etree.XMLSchema:
    """The MusicXML 4.0 schema, as the package ``musicxml`` ships it."""
    package = importlib.util.find_spec("musicxml")
    assert package is not None
    assert package.origin is not None, "the test extra has it"
    path = Path(package.origin).parent / "generate_classes" / "musicxml_4_0.xsd"
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(LocalSchemas())
    return etree.XMLSchema(etree.parse(str(path), parser))


def schema_faults(data: bytes) -> list[str]:
    """What the MusicXML 4.0 schema finds wrong in a document."""
    xsd = schema()
    xsd.validate(etree.fromstring(data, etree.XMLParser(no_network=True, load_dtd=False)))
    return [f"line {e.line}: {e.message}" for e in xsd.error_log]


def assert_valid(data: bytes) -> None:
    assert schema_faults(data) == []


# -- MuseScore ---------------------------------------------------------------------------------------------


def musescore_environment(home: Path) -> dict[str, str]:
    """For a MuseScore without a window, that shares nothing with others."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "TMPDIR": str(home),  # where instances of MuseScore find each other
        "QT_QPA_PLATFORM": "offscreen",
        "LANG": "C.UTF-8",
    }


@dataclass(frozen=True)
class MuseScore:
    """The program, with a home of its own so that it neither reads nor leaves settings."""

    program: str
    home: Path

    def convert(self, jobs: Sequence[tuple[Path, Path]], *, timeout_seconds: float = 60) -> None:
        """Convert each (in, out) in one run, reading each file once; the suffix of ``out`` says into what."""
        self.home.mkdir(parents=True, exist_ok=True)
        listing = self.home / "jobs.json"
        outs: dict[Path, list[str]] = {}
        for given, out in jobs:
            outs.setdefault(given, []).append(str(out))
        listing.write_text(json.dumps([{"in": str(given), "out": made} for given, made in outs.items()]))
        subprocess.run(
            [self.program, "-j", str(listing)],
            env=musescore_environment(self.home),
            check=True,
            timeout=timeout_seconds,
            capture_output=True,
        )
        missing = [str(out) for _, out in jobs if not out.exists() or not out.stat().st_size]
        assert not missing, f"MuseScore wrote no {', '.join(missing)}"


def find_musescore() -> str | None:
    return shutil.which("mscore3") or shutil.which("musescore3")


def host_or_skip(program: str | None, name: str) -> str:
    """The program; where it is missing skip, but fail where RIPIENO_HOSTS=required."""
    if program is not None:
        return program
    if os.environ.get("RIPIENO_HOSTS") == "required":
        pytest.fail(f"{name} is not installed, and RIPIENO_HOSTS=required asks for it")
    pytest.skip(f"{name} is not installed")


def musescore_or_skip(home: Path) -> MuseScore:
    return MuseScore(host_or_skip(find_musescore(), "MuseScore 3"), home)


# -- documents ---------------------------------------------------------------------------------------------


def beginning_of_twinkle(measures: int) -> str:
    """The first measures of twinkle.musicxml, as they are written there."""
    kept = (ROOT / "scores" / "twinkle.musicxml").read_text("utf-8").split("</measure>")[:measures]
    return "</measure>".join([*kept, "</part></score-partwise>"])


def source_of(data: bytes, file: str = "given.musicxml") -> Source:
    """A document's bytes as if they had been loaded."""
    document = read_musicxml(data, file)
    return Source(Path(file), document.score, document)


def harmonized(data: bytes, model: Generator, **options) -> tuple[bytes, Result]:
    """The document with the missing voices, through the same code as the command line."""
    job = document_job(source_of(data), model, **options)
    result = harmonize(job.choir.score, model, given=options.get("given"))[0]
    return encode_result(job, result, Path("out.musicxml"))[0], result


def is_inserted(old: bytes, new: bytes) -> bool:
    """Whether every byte of ``old`` stands in ``new``, in order: nothing was removed or changed."""
    rest = iter(new)
    return all(byte in rest for byte in old)


@dataclass(frozen=True)
class PartShape:
    """What a part shows besides its notes."""

    numbers: list[str]
    implicit: list[bool]
    repeats: list[list[tuple[str | None, str | None]]]
    times: list[list[tuple[str | None, str | None, str | None]]]


def part_shape(part: etree._Element) -> PartShape:
    measures = part.findall("measure")
    return PartShape(
        [m.get("number", "") for m in measures],
        [m.get("implicit") == "yes" for m in measures],
        [[(r.get("direction"), r.get("times")) for r in m.iter("repeat")] for m in measures],
        [
            [(t.get("symbol"), t.findtext("beats"), t.findtext("beat-type")) for t in m.iter("time")]
            for m in measures
        ],
    )


def part_names(root: etree._Element) -> list[str]:
    return [e.findtext("part-name") or "" for e in root.iter("score-part")]


def voice_lengths(part: etree._Element) -> list[dict[str, Fraction]]:
    """For each measure, how long the notes and rests of each voice are, in quarters."""
    divisions = Fraction(1)
    lengths: list[dict[str, Fraction]] = []
    for measure in part.findall("measure"):
        lengths.append({})
        for element in measure:
            if element.tag == "attributes" and element.find("divisions") is not None:
                divisions = Fraction(element.findtext("divisions"))
            if element.tag == "note" and element.find("chord") is None and element.find("grace") is None:
                voice = element.findtext("voice", "1")
                length = Fraction(element.findtext("duration")) / divisions
                lengths[-1][voice] = lengths[-1].get(voice, Fraction(0)) + length
    return lengths


def unfilled_measures(part: etree._Element, measures: Sequence[Measure]) -> list[str]:
    """The numbers of the measures in which some voice is longer or shorter than the measure."""
    lengths = voice_lengths(part)
    assert len(lengths) == len(measures)
    return [
        m.number for m, voices in zip(measures, lengths, strict=True) if set(voices.values()) != {m.duration}
    ]


def sounding(voice: Voice) -> list[tuple[Fraction, Fraction, int]]:
    return [(n.onset, n.duration, n.pitch) for n in voice.notes]


def bare(score: Score) -> list[list[tuple[Fraction, Fraction, int]]]:
    """Only what sounds."""
    return [sounding(voice) for voice in score.voices]


# -- servers -----------------------------------------------------------------------------------------------


class Background:
    """An asyncio loop in a thread of its own, for servers that several tests share."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, T], *, timeout_seconds: float = 60) -> T:
        """What the coroutine returns, run in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout_seconds)
