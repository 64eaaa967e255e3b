"""Any mixture of lines: what stands in a document comes back byte for byte; every line is in the report."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from common import assert_valid, is_inserted, source_of
from random_notes import RandomNotes, quick_runner
from ripieno.errors import RipienoError
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.document_job import check_lacks_voice, document_job, encode_result
from ripieno_bridges.service.document_report import document_lines

MODEL = RandomNotes()
PARTS = re.compile(rb"<part id.*?</part>", re.DOTALL)
NAMES = [
    "Melody",
    "Voice",
    "Soprano",
    "Alto",
    "Tenor",
    "Bass",
    "Baritone",
    "Piano",
    "Flute",
    "Drums",
    "",
    "Canto",
]
UNPITCHED = "<unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched>"


def note(pitch: int, *, voice: int = 1, staff: int | None = None, more: str = "", chord: bool = False) -> str:
    """A whole note: pitch counts white keys from C0; below zero it has none."""
    step, octave = "CDEFGAB"[pitch % 7], pitch // 7
    height = UNPITCHED if pitch < 0 else f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    place = f"<staff>{staff}</staff>" if staff else ""
    front = ("<chord/>" if chord else "") + height
    return f"<note{more}>{front}<duration>4</duration><voice>{voice}</voice><type>whole</type>{place}</note>"


BACK = "<backup><duration>4</duration></backup>"


def measure_of(kind: str, high: int) -> str:
    """The notes of a measure of a part of some kind. high: its highest pitch, from C0 in white keys."""
    match kind:
        case "chords":
            return note(high) + note(high - 2, chord=True)
        case "two voices":
            return note(high) + BACK + note(high - 2, voice=2)
        case "hidden":
            return note(high) + BACK + note(high - 2, voice=2, more=' print-object="no"')
        case "drums":
            return note(-1)
        case "piano":
            chord = note(high, staff=1) + note(high - 3, staff=1, chord=True)
            return chord + BACK + note(high - 9, staff=2, voice=5)
        case "rest":
            return '<note><rest measure="yes"/><duration>4</duration><voice>1</voice></note>'
    return note(high)


KINDS = ("plain", "chords", "two voices", "hidden", "drums", "piano", "rest")


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Two measures of up to five parts, each with a name and a kind of its own."""
    parts, entries = "", ""
    for number in range(1, draw(st.integers(1, 5)) + 1):
        name, kind = draw(st.sampled_from(NAMES)), draw(st.sampled_from(KINDS))
        highs = draw(st.lists(st.integers(32, 36), min_size=2, max_size=2))  # F4 to C5, which all can sing
        staves = "<staves>2</staves>" if kind == "piano" else ""
        clef = "<clef><sign>percussion</sign></clef>" if kind == "drums" else ""
        key = "<key><fifths>0</fifths></key><time><beats>4</beats><beat-type>4</beat-type></time>"
        first = f"<attributes><divisions>1</divisions>{key}{staves}{clef}</attributes>"
        measures = (first + measure_of(kind, highs[0]), measure_of(kind, highs[1]))
        text = "".join(f'<measure number="{i}">{m}</measure>' for i, m in enumerate(measures, 1))
        entries += f'<score-part id="P{number}"><part-name>{name}</part-name></score-part>'
        parts += f'<part id="P{number}">{text}</part>'
    return f'<score-partwise version="4.0"><part-list>{entries}</part-list>{parts}</score-partwise>'.encode()


@given(documents())
def test_whatever_stands_beside_the_melody_stays(data: bytes) -> None:
    try:
        job = document_job(source_of(data), MODEL, transposition="auto")
        if job.moved:
            data = job.source.document.xml.data
        check_lacks_voice(job.choir)
        request = Request(
            task="harmonize",
            seed=0,
            score=job.choir.score,
            ensemble=job.choir.ensemble,
            compare=False,
        )
        result = quick_runner().answer(request).results[0]
    except RipienoError as exc:
        assert_true(exc, data)
        return
    out, _ = encode_result(job, result, Path("out.musicxml"))
    assert_valid(out)
    lines = document_lines(job.choir)
    written = {voice.name for voice in result.new if voice.notes}
    before, after = PARTS.findall(data), PARTS.findall(out)
    rewritten = {int(line.melody.partition(":")[0]) - 1 for line in lines if line.voice in written}
    assert all(part in after for i, part in enumerate(before) if i not in rewritten)
    assert rewritten or is_inserted(data, out)
    assert all((line.voice is None) == bool(line.left) for line in lines)
    assert len(lines) == len(job.source.document.lines)


def assert_true(exc: RipienoError, data: bytes) -> None:
    """A refusal is true: there is nothing to sing, nothing to write, or no fitting key."""
    if "no note" in str(exc) or "no line with pitches" in str(exc):
        assert b"<pitch>" not in data
    else:
        others = ("nothing is missing", "nothing to add", "no transposition")
        assert any(words in str(exc) for words in others), exc
