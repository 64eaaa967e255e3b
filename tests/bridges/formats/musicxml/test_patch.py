"""The core promise: in the user's own document nothing changes but what was asked for, to the byte."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from common import (
    SCORES,
    assert_valid,
    bare,
    harmonized,
    is_inserted,
    musescore_or_skip,
    part_names,
    part_shape,
    schema_faults,
    sounding,
    source_of,
    unfilled_measures,
)
from random_notes import RandomNotes
from ripieno.errors import ScoreError
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Score, Voice, transpose
from ripieno.tasks.choir import continue_, harmonize, infill
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits
from ripieno_bridges.formats.musicxml.patch import Patcher
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.musicxml.transpose import transpose_document
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.formats.musicxml.voice_order import belongs
from ripieno_bridges.formats.musicxml.writer import pack_mxl, write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony_source
from ripieno_bridges.formats.voice_assignment import assign_voices
from ripieno_bridges.service.document_job import document_job, encode_result
from strategies import scores

MODEL = RandomNotes()

MELODY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<?a-program keeps this?>
<!-- made by hand -->
<score-partwise version="4.0">
  <part-list>
    <score-part id="P1">
      <part-name>Melody</part-name>
    </score-part>
  </part-list>
  <part id="P1">
    <measure number="0" implicit="yes">
      <attributes>
        <divisions>6</divisions>
        <key><fifths>1</fifths></key>
        <time symbol="common"><beats>4</beats><beat-type>4</beat-type></time>
        <clef><sign>G</sign><line>2</line></clef>
      </attributes>
      <note><pitch><step>D</step><octave>4</octave></pitch><duration>6</duration><type>quarter</type></note>
    </measure>
    <measure number="1">
      <barline location="left"><bar-style>heavy-light</bar-style><repeat direction="forward"/></barline>
      <direction placement="below"><direction-type><dynamics><p/></dynamics></direction-type></direction>
      <harmony><root><root-step>G</root-step></root><kind>major</kind></harmony>
      <note><grace slash="yes"/><pitch><step>A</step><octave>4</octave></pitch><type>eighth</type></note>
      <note>
        <pitch><step>G</step><octave>4</octave></pitch><duration>6</duration><type>quarter</type>
        <notations><slur type="start" number="1"/><ornaments><turn/></ornaments></notations>
        <lyric number="1"><syllabic>begin</syllabic><text>Für</text></lyric>
        <lyric number="2"><syllabic>single</syllabic><text>&amp; two</text></lyric>
      </note>
      <note><pitch><step>A</step><octave>4</octave></pitch><duration>6</duration><type>quarter</type>
        <notations><slur type="stop" number="1"/></notations></note>
      <!-- a comment between notes -->
      <note><pitch><step>B</step><octave>4</octave></pitch><duration>2</duration><type>eighth</type>
        <time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>
        <notations><tuplet type="start"/></notations></note>
      <note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration><type>eighth</type>
        <time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification></note>
      <note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration><type>eighth</type>
        <time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>
        <notations><tuplet type="stop"/></notations></note>
      <figured-bass><figure><figure-number>6</figure-number></figure></figured-bass>
      <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>6</duration>
        <type>quarter</type><notations><fermata/></notations></note>
    </measure>
    <measure number="2">
      <print new-system="yes"/>
      <barline location="left"><ending number="1" type="start"/></barline>
      <note><pitch><step>G</step><octave>4</octave></pitch><duration>24</duration><tie type="start"/>
        <type>whole</type><notations><tied type="start"/></notations></note>
      <barline location="right"><bar-style>light-heavy</bar-style><ending number="1" type="stop"/>
        <repeat direction="backward"/></barline>
    </measure>
    <measure number="X1">
      <attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>
      <barline location="left"><ending number="2" type="start"/></barline>
      <note><pitch><step>G</step><octave>4</octave></pitch><duration>12</duration><tie type="stop"/>
        <type>half</type><notations><tied type="stop"/></notations></note>
      <note><rest/><duration>6</duration><type>quarter</type></note>
      <barline location="right"><bar-style>light-heavy</bar-style><ending number="2" type="stop"/></barline>
    </measure>
  </part>
</score-partwise>
"""

PROLOG = MELODY[: MELODY.index("<score-partwise")]
SINGLE_QUOTES = re.sub(r'(\w)="([^"<>]*)"', r"\1='\2'", MELODY.split("<part-list>")[1])
CUE = (
    "<note><cue/><pitch><step>C</step><octave>5</octave></pitch><duration>6</duration>"
    "<voice>2</voice><type>quarter</type></note>"
)
BACKED = "<forward><duration>6</duration></forward><backup><duration>6</duration></backup>"
FIFTH = '<note><pitch><step>G</step><octave>4</octave></pitch><duration>24</duration><tie type="start"/>'

NASTY = {
    "as it is": MELODY.encode(),
    "CRLF line ends": MELODY.replace("\n", "\r\n").encode(),
    "tabs": MELODY.replace("  ", "\t").encode(),
    "no indentation": re.sub(r"\n +", "\n", MELODY).encode(),
    "one line": re.sub(r"\n *", "", MELODY).encode(),
    "one line below a prolog": (PROLOG + re.sub(r"\n *", "", MELODY[len(PROLOG) :])).encode(),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + MELODY.encode(),
    "UTF-16 little endian": MELODY.replace("UTF-8", "UTF-16").encode("utf-16"),
    "UTF-16 big endian": b"\xfe\xff" + MELODY.replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "UTF-16 on one line": re.sub(r"\n *", "", MELODY).replace("UTF-8", "UTF-16").encode("utf-16"),
    "latin-1": MELODY.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "windows-1252": MELODY.replace("UTF-8", "windows-1252").encode("cp1252"),
    "single quotes": (MELODY.split("<part-list>")[0] + "<part-list>" + SINGLE_QUOTES).encode(),
    "no DOCTYPE": re.sub(r"<!DOCTYPE.*\n", "", MELODY).encode(),
    "no prolog": MELODY[MELODY.index("<score-partwise") :].encode(),
    "unknown elements": MELODY.replace("<print new", "<vendor a='1'><deep/></vendor><print new").encode(),
    "namespaces": MELODY.replace(
        '<score-partwise version="4.0">',
        '<score-partwise version="4.0" xmlns:xlink="http://www.w3.org/1999/xlink">',
    ).encode(),
    "part groups": MELODY.replace(
        "<part-list>", '<part-list><part-group number="1" type="start"/>'
    ).replace("</part-list>", '<part-group number="1" type="stop"/></part-list>').encode(),
    "backup and forward": MELODY.replace("<print new", BACKED + "<print new").encode(),
    "CDATA and references": MELODY.replace(">Melody<", "><![CDATA[Sop]]>&#114;ano<").encode(),
    "a taken id": MELODY.replace('id="P1"', 'id="P2"').replace('print new', 'print id="P1" new').encode(),
    "coarse divisions": MELODY.replace("<divisions>6<", "<divisions>6.0<").encode(),
}  # fmt: skip


@functools.cache
def satb(layout: str) -> bytes:
    """Twelve measures for four voices, on four staves ("open") or two ("closed")."""
    return write_musicxml(parse_score(CHORALE), layout=layout)


CHORALE = """
soprano: [key 1] G4:4"la" A4 B4 G4 | A4 G4 F#4:2 | G4:4 B4 A4:2 | G4:1 | B4:4 C5 D5 B4 | C5 B4 A4:2 | B4:4 A4 G4 F#4 | G4:1~ | G4:2 A4 | B4:1 | A4:1 | G4:1
alto: D4:4"lo" D4 D4 E4 | D4 D4 D4:2 | D4:4 G4 F#4:2 | D4:2 G4:2~ | G4:4 G4 F4 G4 | G4 G4 F#4:2 | G4:4 D4 D4 D4 | D4:1~ | D4:2 F#4 | G4:1 | F#4:1 | D4:1
tenor: B3:4"le" A3 G3 C4 | A3 B3 A3:2 | B3:4 D4 D4:2 | B3:1 | D4:4 E4 D4 D4 | E4 D4 D4:2 | D4:4 A3 B3 A3 | B3:1 | B3:2 D4 | D4:1 | D4:1 | B3:1
bass: G3:4"lu" F#3 G3 C3 | F#3 G3 D3:2 | G3:4 G3 D3:2 | G3:1 | G3:4 C3 B2 G3 | C3 G3 D3:2 | G3:4 F#3 E3 D3 | G2:1 | G3:2 D3 | G3:1 | D3:1 | G2:1
"""  # noqa: E501  a voice is one line


@functools.cache
def two_staves() -> bytes:
    """The same four voices in one part of two staves, as notation programs export a piano."""
    closed = etree.fromstring(satb("closed"))
    upper, lower = closed.findall("part")
    for measure, below in zip(upper.findall("measure"), lower.findall("measure"), strict=True):
        for attributes in measure.findall("attributes"):
            if attributes.find("divisions") is not None:
                staves = etree.Element("staves")
                staves.text = "2"
                attributes.insert(list(attributes).index(attributes.find("clef")), staves)
                attributes.find("clef").set("number", "1")
                clef = below.find("attributes/clef")
                clef.set("number", "2")
                attributes.append(clef)
        for note in measure.findall("note"):
            put_staff(note, "1")
        barlines = measure.findall("barline")
        divisions = int(upper.findtext("measure/attributes/divisions"))
        backup = etree.SubElement(measure, "backup")
        etree.SubElement(backup, "duration").text = str(4 * divisions)
        for element in below:
            if element.tag == "note":
                put_staff(element, "2")
                element.find("voice").text = str(int(element.findtext("voice")) + 4)
            if element.tag in ("note", "backup"):
                measure.append(element)
        measure.extend(barlines)
    closed.remove(lower)
    for entry in closed.findall("part-list/score-part")[1:]:
        closed.find("part-list").remove(entry)
    etree.indent(closed)
    return etree.tostring(closed, xml_declaration=True, encoding="UTF-8")


def put_staff(note: etree._Element, number: str) -> None:
    after = [e for e in note if e.tag in ("beam", "notations", "lyric")]
    staff = etree.Element("staff")
    staff.text = number
    note.insert(list(note).index(after[0]) if after else len(note), staff)


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "open": lambda: satb("open"),
    "closed": lambda: satb("closed"),
    "two staves": two_staves,
}


# -- adding voices -----------------------------------------------------------------------------------------


def edits_of(data: bytes, after: Score) -> list[Edit]:
    """The edits that bring a document's voices to ``after``."""
    patcher = patcher_of(data, after)
    patcher.bytes(new_parts(patcher))
    return patcher.edits


def new_parts(patcher: Patcher) -> list[list[str]]:
    """A part for each voice that the document does not have."""
    return [[name] for name, location in patcher.locations.items() if location is None]


def patcher_of(data: bytes, after: Score, given: Sequence[str] | None = None) -> Patcher:
    document = read_musicxml(data, "given.musicxml")
    choir = assign_voices(document.score, given, lines=document.lines)
    locations = {n: None if i is None else document.locations[i] for n, i in choir.lines.items()}
    return Patcher(document, locations, choir.score, after)


@functools.cache
def added(data: bytes) -> tuple[bytes, Result]:
    """The document with the missing voices."""
    return harmonized(data, MODEL)


@functools.cache
def check_added(data: bytes) -> bytes:
    """Add the missing voices and hold the result against every promise."""
    out, result = added(data)
    assert is_inserted(data, out)
    edits = edits_of(data, result.score)
    assert all(e.start == e.end for e in edits), "bytes were replaced"
    if not schema_faults(data):
        assert_valid(out)
    old, root = etree.fromstring(data), etree.fromstring(out)
    given = root.findall("part")[part_names(root).index(part_names(old)[0])]
    before = old.find("part")
    assert etree.tostring(given, with_tail=False) == etree.tostring(before, with_tail=False)
    parts = root.findall("part")
    assert [p.get("id") for p in parts] == [e.get("id") for e in root.iter("score-part")]
    for part in parts:
        assert part_shape(part) == part_shape(given)
        if part is not given:
            assert unfilled_measures(part, result.score.measures) == []
    again = read_musicxml(out, "out.musicxml").score
    names = [n if n.lower() in VOICE_NAMES else "soprano" for n in part_names(root)]
    assert [sounding(v) for v in again.voices] == [sounding(result.score.voice(n.lower())) for n in names]
    return out


@pytest.mark.parametrize("path", SCORES, ids=lambda p: p.stem)
def test_a_shipped_melody_gets_three_voices_and_keeps_every_byte(path: Path) -> None:
    out = check_added(path.read_bytes())
    assert part_names(etree.fromstring(out)) == ["Soprano", "Alto", "Tenor", "Bass"]


@pytest.mark.parametrize("data", NASTY.values(), ids=NASTY.keys())
def test_an_odd_document_gets_three_voices_and_keeps_every_byte(data: bytes) -> None:
    root = etree.fromstring(check_added(data))
    assert part_names(root)[1:] == ["Alto", "Tenor", "Bass"]


@pytest.mark.parametrize("name", ["CRLF line ends", "tabs", "no indentation", "one line", "as it is"])
def test_new_parts_are_written_in_the_style_of_the_document(name: str) -> None:
    out = check_added(NASTY[name])
    assert (b"\n" in re.sub(b"\r\n", b"", out)) == (name in ("tabs", "no indentation", "as it is"))
    assert (b"\r\n" in out) == (name == "CRLF line ends")
    assert (b"\n\t<part id='P2'".replace(b"'", b'"') in out) == (name == "tabs")
    assert (b'\n<part id="P2"' in out) == (name == "no indentation")
    assert (b'\n  <part id="P2"' in out) == (name in ("CRLF line ends", "as it is"))
    assert (b'</part><part id="P2"' in out) == (name == "one line")


def test_no_part_declares_a_namespace_again() -> None:
    assert check_added(NASTY["namespaces"]).count(b"xmlns:xlink") == 1


def test_characters_outside_the_encoding_become_references() -> None:
    text = CHORALE.replace('"lo"', '"ł"')
    data = (
        write_musicxml(parse_score(text))
        .decode()
        .replace("UTF-8", "ISO-8859-1")
        .encode("latin-1", "xmlcharrefreplace")
    )
    out = rewritten(data, range(4, 8), ("alto",))
    assert etree.fromstring(out).findtext(".//part[@id='P2']//lyric/text") == "ł"


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("soprano", ["Soprano", "Alto", "Tenor", "Bass"]),
        ("alto", ["Soprano", "Alto", "Tenor", "Bass"]),
        ("tenor", ["Soprano", "Alto", "Tenor", "Bass"]),
        ("bass", ["Soprano", "Alto", "Tenor", "Bass"]),
    ],
)
def test_whichever_voice_is_given_the_parts_stand_in_order(name: str, order: list[str]) -> None:
    score = parse_score(CHORALE)
    data = write_musicxml(replace(score, voices=(score.voice(name),)))
    assert part_names(etree.fromstring(check_added(data))) == order


def test_new_parts_of_a_bracketed_choir_stand_inside_its_bracket() -> None:
    score = parse_score(CHORALE)
    data = write_musicxml(replace(score, voices=(score.voice("soprano"), score.voice("bass"))))
    out, _ = harmonized(data, MODEL)
    assert is_inserted(data, out)
    children = [e.get("type") or e.findtext("part-name") for e in etree.fromstring(out).find("part-list")]
    assert children == ["start", "Soprano", "Alto", "Tenor", "Bass", "stop"]
    assert_valid(out)


def test_a_new_choir_gets_a_bracket() -> None:
    children = [
        e.get("type") or e.findtext("part-name")
        for e in etree.fromstring(check_added(NASTY["as it is"])).find("part-list")
    ]
    assert children == ["start", "Melody", "Alto", "Tenor", "Bass", "stop"]


def test_the_measures_of_new_parts_show_what_the_given_ones_show() -> None:
    alto = etree.fromstring(check_added(NASTY["as it is"])).findall("part")[1]
    assert [m.get("number") for m in alto.findall("measure")] == ["0", "1", "2", "X1"]
    assert alto.find("measure/attributes/time").get("symbol") == "common"
    assert alto.find("measure[2]/barline/repeat").get("direction") == "forward"
    assert alto.find("measure[3]/barline/repeat").get("direction") == "backward"
    assert [e.text for e in alto.iter("bar-style")] == ["heavy-light", "light-heavy", "light-heavy"]


def test_a_barline_inside_a_measure_stays_in_its_own_part() -> None:
    middle = '<barline location="middle"><bar-style>dashed</bar-style></barline>'
    data = MELODY.replace("<figured-bass>", middle + "<figured-bass>").encode()
    alto = etree.fromstring(check_added(data)).findall("part")[1]
    assert [b.get("location") for b in alto.iter("barline")] == ["left", "right", "right"]


def test_cue_notes_are_not_sung() -> None:
    data = MELODY.replace(
        "<note><rest/><duration>6</duration><type>quarter</type></note>",
        CUE.replace("2</voice>", "1</voice>"),
    )
    score = read_musicxml(data.encode(), "cue.musicxml").score
    assert score.voices[0].notes[-1].end == 11
    check_added(data.encode())


def test_a_packed_document_stays_packed_with_what_lies_beside_it() -> None:
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="x/a.xml"/></rootfiles></container>',
        )
        new.writestr("x/a.xml", MELODY)
        new.writestr("x/picture.png", b"\x89PNG")
    job = document_job(source_of(archive.getvalue(), "given.mxl"), MODEL)
    result = harmonize(job.choir.score, MODEL)[0]
    packed, _ = encode_result(job, result, Path("out.mxl"))
    with zipfile.ZipFile(io.BytesIO(packed)) as new:
        assert new.namelist() == ["META-INF/container.xml", "x/a.xml", "x/picture.png"]
        assert new.read("x/picture.png") == b"\x89PNG"
        assert is_inserted(MELODY.encode(), new.read("x/a.xml"))
    plain, _ = encode_result(job, result, Path("out.musicxml"))
    assert is_inserted(MELODY.encode(), plain)
    assert read_musicxml(pack_mxl(plain), "again.mxl").xml.data == plain


@given(scores(max_voices=1))
def test_any_melody_keeps_every_byte(score: Score) -> None:
    data = write_musicxml(score)
    document = read_musicxml(data, "given.musicxml")
    others = tuple(replace(n, lyrics=()) for n in score.voices[0].notes)
    given = Voice("soprano", document.score.voices[0].notes)
    after = replace(document.score, voices=(given, *(Voice(n, others) for n in VOICE_NAMES[1:])))
    patcher = patcher_of(data, after)
    out = patcher.bytes(new_parts(patcher))
    assert undone(data, patcher.edits, out) == data
    assert_valid(out)
    assert bare(read_musicxml(out, "out.musicxml").score) == bare(after)


def undone(data: bytes, edits: list[Edit], out: bytes) -> bytes:
    """The result without what the edits put in."""
    assert out == apply_edits(data, edits)
    back: list[bytes] = []
    position = shift = 0
    for edit in sorted(edits, key=lambda e: e.start):
        assert edit.start == edit.end
        back.append(out[position : edit.start + shift])
        assert out[edit.start + shift :].startswith(edit.new)
        shift += len(edit.new)
        position = edit.start + shift
    return b"".join([*back, out[position:]])


@functools.cache
def closed(data: bytes) -> tuple[bytes, Score]:
    """The document with an alto on the melody's staff, and a staff for tenor and bass."""
    job = document_job(source_of(data), MODEL)
    result = harmonize(job.choir.score, MODEL)[0]
    return encode_result(job, result, Path("out.musicxml"), layout="closed")[0], result.score


@pytest.mark.parametrize(
    "data", [*NASTY.values(), *(p.read_bytes() for p in SCORES)], ids=[*NASTY, *(p.stem for p in SCORES)]
)
def test_a_closed_choir_keeps_every_byte_of_the_melody(data: bytes) -> None:
    out, after = closed(data)
    assert is_inserted(data, out)
    if not schema_faults(data):
        assert_valid(out)
    given, new = etree.fromstring(out).findall("part")
    assert part_shape(new) == part_shape(given)
    assert unfilled_measures(new, after.measures) == []
    assert bare(read_musicxml(out, "x.musicxml").score) == bare(after)


@pytest.mark.parametrize(
    "data", [*NASTY.values(), *(p.read_bytes() for p in SCORES)], ids=[*NASTY, *(p.stem for p in SCORES)]
)
def test_a_keyboard_below_a_melody_leaves_every_byte_of_it(data: bytes) -> None:
    job = document_job(source_of(data), MODEL)
    after = harmonize(job.choir.score, MODEL, settings=DraftSettings(keyboard=True))[0]
    out = encode_result(job, after, Path("out.musicxml"), layout="keyboard")[0]
    assert is_inserted(data, out)
    if not schema_faults(data):
        assert_valid(out)
    given, new = etree.fromstring(out).findall("part")
    assert part_shape(new) == part_shape(given)
    assert new.findtext("measure/attributes/staves") == "2"
    assert unfilled_measures(new, after.score.measures) == []
    assert strikes_in(out) == {(onset, pitch) for voice in bare(after.score) for onset, _, pitch in voice}


def test_over_a_given_bass_the_right_hand_has_one_staff_above_it() -> None:
    given = write_musicxml(parse_score("soprano: A4:2 G4 | F4:1\nbass: F3:2 C3 | F3:1"))
    job = document_job(source_of(given), MODEL)
    after = harmonize(job.choir.score, MODEL, settings=DraftSettings(keyboard=True))[0]
    out = encode_result(job, after, Path("out.musicxml"), layout="keyboard")[0]
    root = etree.fromstring(out)
    assert part_names(root) == ["Soprano", "Keyboard", "Bass"]
    assert is_inserted(given, out)
    assert_valid(out)
    keyboard = root.findall("part")[1]
    assert keyboard.findtext("measure/attributes/staves") == "1"
    assert {note.findtext("staff") for note in keyboard.iter("note")} == {"1"}
    assert strikes_in(out) == {(onset, pitch) for voice in bare(after.score) for onset, _, pitch in voice}


def strikes_in(data: bytes) -> set[tuple[Fraction, int]]:
    """The onset and pitch of every note of a document; notes that two voices share are one."""
    lines = read_polyphony_source(Path("x.musicxml"), data).score.voices
    return {(onset, pitch) for line in lines for onset, _, pitch in sounding(line)}


# -- rewriting measures ------------------------------------------------------------------------------------


@functools.cache
def rewritten(data: bytes, measures: range, voices: tuple[str, ...]) -> bytes:
    """The document with these measures of these voices rewritten."""
    job = document_job(source_of(data), MODEL)
    result = infill(job.choir.score, MODEL, selection=job.choir.score.span(measures), voices=voices)[0]
    return encode_result(job, result, Path("out.musicxml"))[0]


def outside(data: bytes, part_ids: Collection[str], measures: range) -> bytes:
    """A document's bytes without the content of some measures of some parts."""
    for part_id in part_ids:
        start = data.index(b'<part id="%s"' % part_id.encode())
        end = data.index(b"</part>", start)
        pieces = re.split(rb"(?=<measure )", data[start:end])
        kept = [
            re.sub(rb"(?s)>.*</measure>", b">", p, count=1) if i in measures else p
            for i, p in enumerate(pieces[1:])
        ]
        data = data[:start] + b"".join([pieces[0], *kept]) + data[end:]
    return data


TOUCHED = {"open": ("P2", "P3"), "closed": ("P1", "P2"), "two staves": ("P1",)}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_rewriting_measures_leaves_all_other_bytes(kind: str) -> None:
    data = DOCUMENTS[kind]()
    assert_valid(data)
    out = rewritten(data, range(4, 8), ("alto", "tenor"))
    assert out != data
    assert_valid(out)
    # The alto's tie out of measure 8 is gone from its note in measure 9, and nothing else is.
    old, new = outside(data, TOUCHED[kind], range(4, 8)), outside(out, TOUCHED[kind], range(4, 8))
    start = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    end = next(i for i, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b)
    tie = rb'\s*<tie type="stop"/>|\s*<notations>\s*<tied type="stop"/>\s*</notations>'
    first, last = old.rindex(b"<note>", 0, start), old.index(b"</note>", len(old) - end)
    cut, found = re.subn(tie, b"", old[first:last])
    assert (found, old[:first] + cut + old[last:]) == (2, new)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_rewriting_measures_keeps_the_other_voices(kind: str) -> None:
    data = DOCUMENTS[kind]()
    out = rewritten(data, range(4, 8), ("alto", "tenor"))
    before, after = (assign_voices(read_musicxml(d, "x.musicxml").score).score for d in (data, out))
    assert after.voice("soprano") == before.voice("soprano")
    assert after.voice("bass") == before.voice("bass")
    for name in ("alto", "tenor"):
        old, new = before.voice(name), after.voice(name)
        assert old.between(Fraction(0), Fraction(15)) == new.between(Fraction(0), Fraction(15))
        assert sounding(Voice(name, old.between(Fraction(34), Fraction(99)))) == sounding(
            Voice(name, new.between(Fraction(34), Fraction(99)))
        )


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_tie_into_the_hole_stays_and_one_out_of_it_is_undone(kind: str) -> None:
    data = DOCUMENTS[kind]()
    after = assign_voices(read_musicxml(rewritten(data, range(4, 8), ("alto",)), "x.musicxml").score).score
    alto = after.voice("alto").notes
    tied_in = next(n for n in alto if n.onset == 14)
    assert tied_in.duration == 3
    left = next(n for n in alto if n.onset == 32)
    assert (left.duration, left.pitch) == (2, 62)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_measure_stays_full(kind: str) -> None:
    out = rewritten(DOCUMENTS[kind](), range(4, 8), ("alto", "tenor"))
    root = etree.fromstring(out)
    score = read_musicxml(out, "x.musicxml").score
    assert all(m.duration == 4 for m in score.measures)
    for part in root.findall("part"):
        assert unfilled_measures(part, score.measures) == []


CLOSED_KINDS = ("closed", "two staves")


def seats_of(data: bytes) -> list[list[tuple[str, str]]]:
    """For every measure of every part, (staff, voice) of its notes in the document's order, once in a row."""
    found = []
    for measure in etree.fromstring(data).iter("measure"):
        seats = [(n.findtext("staff", "1"), n.findtext("voice", "1")) for n in measure.findall("note")]
        found.append([seat for i, seat in enumerate(seats) if i == 0 or seats[i - 1] != seat])
    return found


@pytest.mark.parametrize("voice", VOICE_NAMES)
@pytest.mark.parametrize("kind", CLOSED_KINDS)
def test_a_voice_rewritten_alone_stands_where_it_stood(kind: str, voice: str) -> None:
    data = DOCUMENTS[kind]()
    out = rewritten(data, range(4, 8), (voice,))
    assert out != data
    assert_valid(out)
    assert seats_of(out) == seats_of(data)


@pytest.mark.parametrize("voice", VOICE_NAMES)
@pytest.mark.parametrize("kind", CLOSED_KINDS)
def test_a_voice_rewritten_alone_keeps_its_stems_and_every_note_of_its_neighbours(
    kind: str, voice: str
) -> None:
    data = DOCUMENTS[kind]()
    location = read_musicxml(data, "x.musicxml").locations[VOICE_NAMES.index(voice)]

    def notes(xml: bytes, *, own: bool) -> list[etree._Element]:
        parts = etree.fromstring(xml).findall("part")
        return [
            note
            for part in parts
            for note in part.iter("note")
            if ((part.get("id") == location.part) and belongs(note, location)) == own
        ]

    out = rewritten(data, range(4, 8), (voice,))
    others = [[etree.tostring(n, with_tail=False) for n in notes(xml, own=False)] for xml in (data, out)]
    assert others[0] == others[1]
    stems = {n.findtext("stem") for n in notes(out, own=True)} - {None}
    assert stems == {"up" if voice in ("soprano", "tenor") else "down"}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_writing_the_same_measures_again_and_again_reads_well(kind: str) -> None:
    data = DOCUMENTS[kind]()
    for voices in (("alto", "tenor"), ("tenor",), VOICE_NAMES, ("soprano",), ("bass", "alto")):
        data = rewritten(data, range(4, 8), voices)
        assert_valid(data)
        score = read_musicxml(data, "x.musicxml").score
        assert all(m.duration == 4 for m in score.measures)
        assert len(score.voices) == 4


COARSE = """<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Choir</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes>
{alto}<backup><duration>4</duration></backup>
<direction><direction-type><dynamics><f/></dynamics></direction-type></direction>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice><type>half</type>
<lyric><text>la</text></lyric></note>
<direction><direction-type><dynamics><p/></dynamics></direction-type></direction>
<note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice><type>half</type></note>
<barline location="right"><bar-style>light-heavy</bar-style></barline></measure></part></score-partwise>
"""
ALTO_QUARTERS = "".join(
    f"<note><pitch><step>{s}</step><octave>4</octave></pitch><duration>1</duration><voice>2</voice>"
    "<type>quarter</type></note>"
    for s in "EFED"
)


def offsets(data: bytes, tag: str) -> list[Fraction]:
    """When elements of a kind stand, in quarters, in the first part."""
    found, time, divisions = [], Fraction(0), 1
    for element in (
        etree.fromstring(data).find("part").iter("direction", "note", "backup", "forward", "divisions")
    ):
        if element.tag == "divisions":
            divisions = int(element.text)
        if element.tag == tag:
            found.append(time)
        length = Fraction(element.findtext("duration", "0")) / divisions
        time += -length if element.tag == "backup" else length
    return found


def test_too_coarse_divisions_change_for_the_new_notes_only() -> None:
    data = COARSE.format(alto=ALTO_QUARTERS).encode()
    document = read_musicxml(data, "x.musicxml")
    quick = parse_score("G4:2 A4\nE4:8 F4 E4 D4 E4:16 F4 E4 D4 E4:12 D4 C4").voices[1]
    lines = {"soprano": 0, "alto": 1}
    score = document.score
    before = replace(score, voices=tuple(Voice(n, score.voices[i].notes) for n, i in lines.items()))
    after = replace(before, voices=(before.voices[0], quick))
    locations = {n: document.locations[i] for n, i in lines.items()}
    patcher = Patcher(document, locations, before, after)
    out = patcher.bytes([])
    assert_valid(out)
    assert bare(read_musicxml(out, "x.musicxml").score) == bare(after)
    assert offsets(out, "direction") == offsets(data, "direction") == [0, 2]
    assert read_musicxml(out, "x.musicxml").score.voices[0] == score.voices[0]
    # And what stands there now can be changed once more.
    document = read_musicxml(out, "x.musicxml")
    locations = {n: document.locations[i] for n, i in lines.items()}
    back = Patcher(document, locations, after, before).bytes([])
    assert bare(read_musicxml(back, "x.musicxml").score) == bare(before)
    assert offsets(back, "direction") == [0, 2]


def test_a_self_closing_measure_is_opened() -> None:
    data = write_musicxml(
        parse_score(
            "soprano: C5:1 | D5 | C5\nalto: E4:1 | r | E4\ntenor: G3:1 | G3 | G3\nbass: C3:1 | G2 | C3"
        )
    )
    start = data.index(b'<part id="P2"')
    empty = re.sub(rb'(?s)<measure number="2">.*?</measure>', b'<measure number="2"/>', data[start:], count=1)
    data = data[:start] + empty
    assert read_musicxml(data, "x.musicxml").score.voices[1].notes[1].onset == 8
    out, result = harmonized(data, MODEL)
    assert is_inserted(data.replace(b'<measure number="2"/>', b'<measure number="2">'), out)
    assert_valid(out)
    assert bare(read_musicxml(out, "x.musicxml").score) == bare(result.score)
    assert any(4 <= n.onset < 8 for n in result.score.voice("alto").notes)


def test_an_accidental_is_shown_where_another_voice_alters_the_same_line() -> None:
    data = write_musicxml(parse_score("F#4:1 | F4:1\nC4:1 | C4:1\nA3:1 | A3:1\nD3:1 | D3:1"), layout="closed")
    document = read_musicxml(data, "x.musicxml")
    choir = assign_voices(document.score, lines=document.lines)
    new = parse_score("F#4:1 | F4:1\nF4:1 | C4:1\nA3:1 | A3:1\nD3:1 | D3:1")
    after = replace(
        choir.score, voices=tuple(Voice(n, v.notes) for n, v in zip(VOICE_NAMES, new.voices, strict=True))
    )
    locations = {n: document.locations[i] for n, i in choir.lines.items() if i is not None}
    root = etree.fromstring(Patcher(document, locations, choir.score, after).bytes([]))
    assert [e.text for e in root.iter("accidental")] == ["sharp", "natural"]


# -- going on ----------------------------------------------------------------------------------------------


@functools.cache
def continued(data: bytes, bars: int = 2) -> tuple[bytes, Score]:
    job = document_job(source_of(data), MODEL)
    result = continue_(job.choir.score, MODEL, bars=bars)[0]
    singing = tuple(voice for voice in result.score.voices if voice.notes)
    return encode_result(job, result, Path("out.musicxml"))[0], replace(result.score, voices=singing)


def open_ended(data: bytes) -> bytes:
    """A document's text in UTF-8, without its final barlines."""
    text = data.decode(check_document(data, "x.musicxml").encoding)
    final = r"\s*<barline location=.right.>\s*<bar-style>light-heavy</bar-style>\s*</barline>"
    return re.sub(final, "", text).encode()


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_going_on_moves_the_final_barline_and_takes_nothing_else_out(kind: str) -> None:
    data = DOCUMENTS[kind]()
    out, _ = continued(data)
    assert is_inserted(open_ended(data), open_ended(out))
    for part in etree.fromstring(out).findall("part"):
        ends = [len(m.findall("barline[bar-style='light-heavy']")) for m in part.findall("measure")]
        assert ends == [0] * (len(ends) - 1) + [1]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_going_on_appends_measures_to_every_part(kind: str) -> None:
    data = DOCUMENTS[kind]()
    out, after = continued(data)
    assert is_inserted(open_ended(data), open_ended(out))
    assert_valid(out)
    root = etree.fromstring(out)
    assert len(root.findall("part")) == len(etree.fromstring(data).findall("part"))
    for part in root.findall("part"):
        assert [m.get("number") for m in part.findall("measure")] == [str(n) for n in range(1, 15)]
        assert unfilled_measures(part, after.measures) == []
    assert bare(assign_voices(read_musicxml(out, "x.musicxml").score).score) == bare(after)


@pytest.mark.parametrize("name", ["as it is", "UTF-16 big endian", "CRLF line ends", "one line"])
def test_going_on_after_a_melody_adds_measures_and_no_parts(name: str) -> None:
    data = NASTY[name]
    out, after = continued(data)
    assert is_inserted(open_ended(data), open_ended(out))
    assert_valid(out)
    (part,) = etree.fromstring(out).findall("part")
    assert len(part.findall("measure")) == len(after.measures) == 6
    assert bare(read_musicxml(out, "x.musicxml").score) == bare(after)


def test_a_short_last_measure_is_completed_first() -> None:
    data = write_musicxml(parse_score("C4:4 | D4:1 | E4:2."))
    out, after = continued(data)
    assert is_inserted(open_ended(data), open_ended(out))
    measures = etree.fromstring(out).find("part").findall("measure")
    assert [(m.get("number"), m.get("implicit")) for m in measures] == [
        ("0", "yes"),
        ("1", None),
        ("2", None),
        ("2b", "yes"),
        ("3", None),
        ("4", None),
    ]
    assert [m.duration for m in read_musicxml(out, "x.musicxml").score.measures] == [1, 4, 3, 1, 4, 4]
    assert bare(read_musicxml(out, "x.musicxml").score) == bare(after)


def test_an_accompaniment_rests_in_new_measures_of_any_meter() -> None:
    four = (
        "soprano: [3/8] C5:4. | D5\nalto: E4:4. | E4\ntenor: G3:4. | G3\nbass: C3:4. | G2\npiano: C5:4. | C5"
    )
    data = write_musicxml(parse_score(four))
    out, after = continued(data)
    assert_valid(out)
    for part in etree.fromstring(out).findall("part"):
        assert unfilled_measures(part, after.measures) == []


def test_a_part_that_ends_early_is_filled_up_before_it_goes_on() -> None:
    data = satb("open")
    start = data.index(b'<part id="P2"')
    cut = data.index(b'<measure number="11"', start)
    data = data[:cut].rstrip() + b"\n  " + data[data.index(b"</part>", cut) :]
    out, after = continued(data)
    assert is_inserted(open_ended(data), open_ended(out))
    for part in etree.fromstring(out).findall("part"):
        assert len(part.findall("measure")) == 14
        assert unfilled_measures(part, after.measures) == []


# -- transposing -------------------------------------------------------------------------------------------


def moved(data: bytes, semitones: int) -> Document:
    return transpose_document(read_musicxml(data, "given.musicxml"), semitones)


def without_pitches(data: bytes) -> bytes:
    """The document without the letters and numbers that name pitches."""
    names = b"step|alter|octave|fifths|cancel|accidental|root-step|root-alter|bass-step|bass-alter"
    data = re.sub(rb"\s*<((?:root-|bass-)?alter)>[^<]*</\1>", b"", data)
    return re.sub(rb"<(" + names + rb")([^<>]*)>[^<]*</", rb"<\1\2></", data)


@pytest.mark.parametrize("path", SCORES, ids=lambda p: p.stem)
def test_transposing_there_and_back_gives_the_same_bytes(path: Path) -> None:
    data = path.read_bytes()
    there = moved(data, 2)
    assert there.xml.data != data
    assert without_pitches(there.xml.data) == without_pitches(data)
    assert_valid(there.xml.data)
    assert moved(there.xml.data, -2).xml.data == data


@pytest.mark.parametrize("semitones", [-12, -7, -5, -1, 3, 4, 6, 12])
@pytest.mark.parametrize("name", ["as it is", "UTF-16 big endian", "one line", "CRLF line ends", "latin-1"])
def test_every_byte_but_the_pitches_stays(name: str, semitones: int) -> None:
    data = NASTY[name]
    there = moved(data, semitones)
    codec = {"UTF-16 big endian": "utf-16", "latin-1": "latin-1"}.get(name, "utf-8")
    assert without_pitches(there.xml.data.decode(codec).encode()) == without_pitches(
        data.decode(codec).encode()
    )
    expected = transpose(read_musicxml(data, "x").score, semitones)
    assert there.score.voices == expected.voices
    assert [m.key.fifths for m in there.score.measures] == [m.key.fifths for m in expected.measures]
    if semitones % 12 not in (6, 11):
        assert moved(there.xml.data, -semitones).xml.data == data


def test_keys_accidentals_and_chord_symbols_move() -> None:
    data = write_musicxml(parse_score("[key -1] B4:4 Bb4 F#4 C4 | [key 2] C5:4 C#5 D5:2")).decode()
    chord = (
        "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>major</kind>"
        "<bass><bass-step>F</bass-step></bass></harmony>"
    )
    data = data.replace("<note>", chord + "<note>", 1)
    root = etree.fromstring(moved(data.encode(), 2).xml.data)
    assert [e.text for e in root.iter("fifths")] == ["1", "4"]
    assert [e.text for e in root.iter("accidental")] == ["sharp", "natural", "sharp", "natural", "sharp"]
    assert [e.text for e in root.iter("step")] == list("CCGDDDE")
    assert [e.text for e in root.iter("root-step", "root-alter", "bass-step")] == ["C", "G"]


def test_a_key_beyond_seven_accidentals_is_written_enharmonically() -> None:
    data = write_musicxml(parse_score("[key 5] B4:1 | [key -6] Gb4:1"))
    there = moved(data, 2)
    assert [abs(m.key.fifths) <= 7 for m in there.score.measures] == [True, True]
    assert bare(there.score) == bare(transpose(read_musicxml(data, "x").score, 2))
    assert there.score.voices == transpose(read_musicxml(data, "x").score, 2).voices


def test_a_note_beyond_notation_is_refused() -> None:
    data = write_musicxml(parse_score("C0:1"))
    with pytest.raises(ScoreError) as caught:
        moved(data, -2)
    assert str(caught.value) == "given.musicxml: measure 1: C0 cannot be moved that far; transpose by less"


def test_harmonizing_in_another_key_keeps_all_but_the_pitches() -> None:
    data = NASTY["as it is"]
    job = document_job(source_of(data), MODEL, transposition=-2)
    out, _ = harmonized(data, MODEL, transposition=-2)
    assert is_inserted(job.source.document.xml.data, out)
    assert without_pitches(job.source.document.xml.data) == without_pitches(data)


# -- another program's opinion -----------------------------------------------------------------------------


@pytest.mark.host
def test_musescore_reads_the_same_from_patched_documents(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    made = {f"nasty-{i}": added(d)[0] for i, d in enumerate(NASTY.values())}
    for kind, document in DOCUMENTS.items():
        made[f"rewritten-{kind}"] = rewritten(document(), range(4, 8), ("alto", "tenor"))
        made[f"continued-{kind}"] = continued(document())[0]
    made |= {f"closed-{name}": closed(NASTY[name])[0] for name in ("as it is", "backup and forward")}
    jobs = []
    for name, data in made.items():
        (tmp_path / f"{name}.musicxml").write_bytes(data)
        jobs.append((tmp_path / f"{name}.musicxml", tmp_path / f"{name}-again.musicxml"))
    musescore.convert(jobs)
    for name, data in made.items():
        ours = read_musicxml(data, name).score
        theirs = read_musicxml((tmp_path / f"{name}-again.musicxml").read_bytes(), name).score
        assert [m.duration for m in theirs.measures] == [m.duration for m in ours.measures], name
        assert bare(theirs) == bare(ours), name
