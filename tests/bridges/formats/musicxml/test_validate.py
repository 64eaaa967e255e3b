"""Any file is read as a score or refused in one line; none costs much time or memory, or runs code."""

from __future__ import annotations

import copy
import io
import os
import pickle  # noqa: TID251 - planted here, to show that it is not opened
import resource
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from common import DATA
from ripieno.errors import FileError, RipienoError, ScoreError
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.musicxml.mxl import CONTAINER
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.safe_xml import MAX_MARKUP
from ripieno_bridges.formats.musicxml.validate import check_document

VALID = DATA / "valid"
RICH = (VALID / "every-number.musicxml").read_bytes()
AGAIN = "export it from your notation program once more, as MusicXML"
MB = 1 << 20
BUSY = 2  # a processor that is shared does up to half of its work in a second of its own time

pytestmark = pytest.mark.filterwarnings("ignore::music21.musicxml.xmlObjects.MusicXMLWarning")

TOO_LONG = (
    "Soprano, measure 1: a length of 4000000000 divisions is more than 64 quarters; write shorter notes, and "
    "divide the measure by barlines"
)
OWN_ENTITIES = f"it defines XML entities of its own, which no score needs; {AGAIN}"
# The message for every file of data/invalid.
MESSAGES = {
    "attlist.musicxml": OWN_ENTITIES,
    "blank.musicxml": f"empty; {AGAIN}",
    "cut-short.musicxml": f"damaged or cut short: line 4 is not XML; {AGAIN}",
    "digits-around-a-comment.musicxml": TOO_LONG,
    "digits-around-an-instruction.musicxml": TOO_LONG,
    "digits-in-cdata.musicxml": TOO_LONG,
    "ebcdic-declared.musicxml": f"written in the encoding ibm037; {AGAIN} in UTF-8",
    "empty.musicxml": f"empty; {AGAIN}",
    "entity-bomb-ebcdic.musicxml": f"not a MusicXML score; {AGAIN}",
    "entity-bomb-utf-16-lie.musicxml": f"not valid UTF-16, although declared; {AGAIN}",
    "entity-bomb-utf-16-unmarked.musicxml": OWN_ENTITIES,
    "entity-bomb-utf-16.musicxml": f"it defines XML entities of its own, which no score needs; {AGAIN}",
    "entity-bomb-utf-32.musicxml": f"not a MusicXML score; {AGAIN}",
    "entity-bomb.musicxml": f"it defines XML entities of its own, which no score needs; {AGAIN}",
    "entity-file.musicxml": f"it defines XML entities of its own, which no score needs; {AGAIN}",
    "entity-http.musicxml": f"it defines XML entities of its own, which no score needs; {AGAIN}",
    "entity-parameter.musicxml": f"it defines XML entities of its own, which no score needs; {AGAIN}",
    "jpg.musicxml": "a picture; export the score itself as MusicXML, or have it read by a program for music "
    "recognition",
    "json.musicxml": f"not a MusicXML score; {AGAIN}",
    "measure-too-long.musicxml": "Soprano, measure 1: longer than 64 quarters; divide it by barlines",
    "midi.musicxml": "a MIDI file; end its name with .mid",
    "musescore.xml": "a MuseScore file; in MuseScore choose File > Export > MusicXML",
    "no-measures.musicxml": f"there are no measures in it; {AGAIN}",
    "no-parts.musicxml": f"there are no measures in it; {AGAIN}",
    "note-without-pitch.musicxml": f"Soprano, measure 1: a note without a pitch; {AGAIN}",
    "opus.musicxml": "a list of pieces, not a piece; give ripieno one of them",
    "page.xml": "a web page; download the score itself",
    "part-twice.musicxml": f'part 2: its id "P1" is that of another part too; {AGAIN}',
    "pdf.musicxml": "a PDF, which is a picture of a score; export the score itself as MusicXML, "
    "or have it read by a program for music recognition",
    "pitch-h.musicxml": f"Soprano, measure 1: a note without a proper pitch; {AGAIN}",
    "pitch-without-octave.musicxml": f"Soprano, measure 1: a note without a proper pitch; {AGAIN}",
    "pitch-without-step.musicxml": f"Soprano, measure 1: a note without a proper pitch; {AGAIN}",
    "plist.xml": f"not a MusicXML score but <plist>; {AGAIN}",
    "png.musicxml": "a picture; export the score itself as MusicXML, or have it read by a program for music "
    "recognition",
    "score.mscx": "a MuseScore file; in MuseScore choose File > Export > MusicXML",
    "score.mscz": "a MuseScore file; in MuseScore choose File > Export > MusicXML",
    "sloppy-page.xml": "a web page; download the score itself",
    "text.txt": "ripieno reads MusicXML (.musicxml, .xml, .mxl), MIDI (.mid) or ABC (.abc); "
    "export it as one of these",
    "time-over-three.musicxml": f"Soprano, measure 1: a time signature over 3 cannot be written; {AGAIN}",
    "timewise.musicxml": f"there are no measures in it; {AGAIN}",
    "undefined-entity-dtd.musicxml": f'it uses an unknown XML entity, "&length;"; {AGAIN}',
    "undefined-entity.musicxml": f"damaged or cut short: line 4 is not XML; {AGAIN}",
    "utf-16-declared.musicxml": f"not valid UTF-16, although declared; {AGAIN}",
    "utf-7.musicxml": f"written in the encoding utf-7; {AGAIN} in UTF-8",
    "wrong-letters.musicxml": f"not valid UTF-8, although declared; {AGAIN}",
    "zeros.musicxml": f"not a MusicXML score; {AGAIN}",
}


def outcome(data: bytes, name: str = "x.musicxml") -> str:
    """ "" for a score, else the message; anything but a RipienoError fails the test."""
    start = time.process_time()
    try:
        read_musicxml(data, name)
    except RipienoError as exc:
        message = str(exc)
    else:
        return ""
    assert time.process_time() - start < 1
    assert "\n" not in message
    return message


def cost(work: Callable[[], object]) -> tuple[int, float]:
    """(bytes of memory that the work adds at its peak, its seconds), measured in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        work()
        seconds = time.process_time() - start
        rise = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(writer, f"{rise * 1024} {seconds}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        rise_text, seconds_text = answer.read().split()
    return int(rise_text), float(seconds_text)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """music21's own import is not what is timed."""
    read_musicxml(RICH, "x.musicxml")


# -- whole files -------------------------------------------------------------------------------------------


def test_every_bad_file_is_in_the_table() -> None:
    assert {p.name for p in (DATA / "invalid").iterdir()} == set(MESSAGES)


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("name", MESSAGES)
def test_a_bad_file_gets_its_one_line_at_once(name: str) -> None:
    start = time.process_time()
    with pytest.raises(RipienoError) as caught:
        load(DATA / "invalid" / name)
    assert str(caught.value) == f"{name}: {MESSAGES[name]}"
    assert time.process_time() - start < 1


@pytest.mark.parametrize("path", sorted(VALID.iterdir()), ids=lambda p: p.name)
def test_what_notation_programs_write_is_read(path: Path) -> None:
    assert load(path).score.voices[0].notes


@pytest.mark.parametrize(
    ("start", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "utf-16"),
        ('<?xml version="1.0" encoding="windows-1252"?>', "windows-1252"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", "iso-8859-1"),
    ],
)
def test_letters_survive_in_every_encoding_that_programs_use(start: str, encoding: str) -> None:
    text = start + RICH.decode().split("?>", 1)[1].lstrip().replace("Soprano", "Soprán")
    assert read_musicxml(text.encode(encoding), "x.musicxml").score.voices[0].name == "Soprán"


# -- cost --------------------------------------------------------------------------------------------------

OPEN = b'<score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure number="1">'
CLOSE = b"<note/></measure></part></score-partwise>"
HEAVY: dict[str, Callable[[], bytes]] = {
    "elements": lambda: OPEN + b"<a/>" * (MAX_MARKUP - 60) + CLOSE,
    "attributes": lambda: OPEN + (b"<a " + attributes(100) + b"/>") * (MAX_MARKUP // 201 - 2) + CLOSE,
    "attributes of one element": lambda: OPEN + b"<a " + attributes(MAX_MARKUP - 60) + b"/>" + CLOSE,
    "text": lambda: OPEN + (b"<a>" + b"x" * 9 * MB + b"</a>") * 3 + CLOSE,
    "wide letters": lambda: OPEN + b"<a>" + "\U0001d11e".encode() * 2 * MB + b"</a>" + CLOSE,
    "nesting": lambda: OPEN + b"<a>" * 10_000 + b"</a>" * 10_000 + CLOSE,
    "32 MB of elements": lambda: OPEN + b"<a/>" * (8 * MB - 100) + CLOSE,
    "33 MB": lambda: b"<" * (33 * MB),
    "entities": lambda: b'<!DOCTYPE score-partwise SYSTEM "x">' + OPEN + b"&x;" * (MAX_MARKUP - 90) + CLOSE,
    "zip bomb": lambda: archive({"score.xml": bytes(200 * MB)}),
}


def attributes(count: int) -> bytes:
    return b" ".join(b'b%d="x"' % i for i in range(count))


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("kind", HEAVY)
def test_a_heavy_file_is_refused_within_a_second_and_100_mb(kind: str) -> None:
    data = HEAVY[kind]()

    def refuse() -> None:
        with pytest.raises(RipienoError):
            check_document(data, "x.musicxml")

    rise, seconds = cost(refuse)
    assert rise < 100 * MB
    assert seconds < 1 * BUSY


# -- archives ----------------------------------------------------------------------------------------------


def archive(entries: dict[str, bytes], container: str | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if container is not None:
            made.writestr(CONTAINER, f"<container><rootfiles>{container}</rootfiles></container>")
        for name, data in entries.items():
            made.writestr(name, data)
    return out.getvalue()


def rootfile(path: str) -> str:
    return f'<rootfile full-path="{path}"/>'


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize(
    "data",
    [
        archive({"score.xml": RICH}),
        archive({"score.xml": RICH, "score.pdf": b"%PDF", "Thumbnails/thumbnail.png": b"x"}),
        archive({"a.musicxml": RICH, "b.xml": b"<x/>"}, rootfile("a.musicxml") + rootfile("b.xml")),
        archive({"score.xml": RICH}, rootfile("elsewhere.xml")),
        archive({"score.xml": RICH, "score.pdf": b"%PDF"}, rootfile("score.pdf")),
    ],
    ids=["bare", "extra files", "two roots", "container to nowhere", "container to a pdf"],
)
def test_an_archive_with_one_score_is_read(data: bytes) -> None:
    assert outcome(data) == ""


def encrypted() -> bytes:
    data = bytearray(archive({"score.xml": RICH}))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1
    return bytes(data)


def damaged_crc() -> bytes:
    data = bytearray(archive({"score.xml": RICH}))
    data[data.rindex(b"PK\1\2") + 16] ^= 1
    return bytes(data)


def lying_size() -> bytes:
    data = bytearray(archive({"score.xml": bytes(200 * MB)}))
    data[22:26] = data[data.rindex(b"PK\1\2") + 24 :][:4]
    place = data.rindex(b"PK\1\2") + 24
    data[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


DAMAGED = f"a damaged .mxl archive; {AGAIN}"
OUTSIDE = 'not an .mxl score: the name "{}" in it leads outside; ' + AGAIN
ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "ratio": (
        lambda: archive({"score.xml": bytes(20 * MB)}),
        f"it would unpack to far more than a score; {AGAIN}",
    ),
    "lying header": (lying_size, DAMAGED),
    "nested": (lambda: archive({"score.xml": archive({"a.xml": RICH})}), f"not a MusicXML score; {AGAIN}"),
    "thousands": (
        lambda: archive({f"{i}.xml": b"" for i in range(1001)}),
        f"not an .mxl score: 1001 files in it; {AGAIN}",
    ),
    "dots": (lambda: archive({"../score.xml": RICH}), OUTSIDE.format("../score.xml")),
    "absolute": (lambda: archive({"/etc/score.xml": RICH}), OUTSIDE.format("/etc/score.xml")),
    "backslashes": (lambda: archive({"..\\score.xml": RICH}), OUTSIDE.format("..\\score.xml")),
    "drive": (lambda: archive({"C:score.xml": RICH}), OUTSIDE.format("C:score.xml")),
    "encrypted": (encrypted, f"locked with a password; {AGAIN}"),
    "damaged checksum": (damaged_crc, DAMAGED),
    "cut short": (lambda: archive({"score.xml": RICH})[:-30], DAMAGED),
    "no score": (lambda: archive({"a.txt": b"x"}), f"no single score in this .mxl archive; {AGAIN}"),
    "two scores": (
        lambda: archive({"a.xml": RICH, "b.xml": RICH}),
        f"no single score in this .mxl archive; {AGAIN}",
    ),
    "a link": (lambda: archive({"score.xml": b"/etc/hostname"}), f"not a MusicXML score; {AGAIN}"),
}


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_bad_archive_is_refused(kind: str) -> None:
    make, message = ARCHIVES[kind]
    assert outcome(make(), "x.mxl") == f"x.mxl: {message}"


# -- numbers -----------------------------------------------------------------------------------------------

SPOILED = ("0", "-1", "NaN", "inf", "1e9", "1e400", "", "text", "9999999999999", "1/2", "\u0663", "999999999")
TREE = etree.fromstring(RICH)
ELEMENTS = [e for e in TREE.iter() if isinstance(e.tag, str)]
# Every element that holds a number, and every attribute that does.
FIELDS = sorted(
    {(e.tag, None) for e in ELEMENTS if (e.text or "").strip().lstrip("-").replace(".", "").isdigit()}
    | {(e.tag, a) for e in ELEMENTS for a, v in e.items() if v.lstrip("-").replace(".", "").isdigit()},
    key=str,
)


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize(("tag", "attribute"), FIELDS, ids=str)
def test_a_spoiled_number_is_named_or_harmless_and_never_slow(tag: str, attribute: str | None) -> None:
    for value in SPOILED:
        tree = copy.deepcopy(TREE)
        element = next(e for e in tree.iter(tag) if attribute is None or e.get(attribute) is not None)
        if attribute is None:
            element.text = value
        else:
            element.set(attribute, value)
        start = time.process_time()
        outcome(etree.tostring(tree, encoding="utf-8", xml_declaration=True))
        assert time.process_time() - start < 1, value


# -- anything ----------------------------------------------------------------------------------------------


@pytest.mark.no_cover  # it measures time or memory
@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_changed_bytes_give_a_score_or_one_line(changes: list[tuple[int, int]]) -> None:
    data = bytearray(RICH)
    for place, byte in changes:
        data[place] = byte
    try:
        load_bytes(bytes(data))
    except (FileError, ScoreError):
        return


@pytest.mark.no_cover  # it measures time or memory
@given(st.data())
def test_moved_elements_give_a_score_or_one_line(data: st.DataObject) -> None:
    tree = copy.deepcopy(TREE)
    for _ in range(data.draw(st.integers(1, 3))):
        elements = [e for e in tree.iter() if isinstance(e.tag, str) and e is not tree]
        element = data.draw(st.sampled_from(elements))
        parent = element.getparent()
        assert parent is not None
        match data.draw(st.sampled_from(("remove", "double", "empty", "move"))):
            case "remove":
                parent.remove(element)
            case "double":
                parent.append(copy.deepcopy(element))
            case "empty":
                element.clear()
            case _:
                measure = tree.find("part/measure")
                if measure is not None and element not in (measure, *measure.iterancestors()):
                    measure.append(element)
    try:
        load_bytes(etree.tostring(tree))
    except (FileError, ScoreError):
        return


SCRATCH: Path  # the file that load_bytes writes, in a folder of its own


def load_bytes(data: bytes) -> None:
    """What ``load`` does with a file's bytes, quickly."""
    start = time.process_time()
    SCRATCH.write_bytes(data)
    try:
        load(SCRATCH)
    finally:
        SCRATCH.unlink()
        assert time.process_time() - start < 1


@pytest.fixture(scope="module", autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory) -> None:
    global SCRATCH
    SCRATCH = tmp_path_factory.mktemp("mutated") / "x.musicxml"


# -- music21's cache ---------------------------------------------------------------------------------------


class Planted:
    """Code that runs when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.proof,)


def test_a_planted_pickle_in_music21s_cache_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from music21.converter import PickleFilter
    from music21.environment import envSingleton

    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setitem(envSingleton()._ref, "directoryScratch", str(cache))
    score, proof = tmp_path / "x.musicxml", tmp_path / "ran"
    score.write_bytes(RICH)
    os.utime(score, (1, 1))  # the pickle is newer, so music21 would take it
    planted = PickleFilter(score).getPickleFp(zipType="gz")
    assert planted.parent == cache
    planted.write_bytes(pickle.dumps(Planted(proof)))
    assert load(score).score.voices
    assert not proof.exists()
    assert list(cache.iterdir()) == [planted]
    pickle.loads(planted.read_bytes())
    assert proof.exists()  # so the planted one would have run
