"""Untrusted bytes -> a MusicXML tree that is safe to hand on, or an error that a musician understands.

Everything that could cost time, memory or a network call is checked here, before music21 sees the document:
archive sizes, entities, encodings, and the range of every number that notation uses.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath

from lxml import etree

from ripieno.errors import FileError, ScoreError

MOST_BYTES = 32 * 1024 * 1024
MOST_RATIO = 100  # of a zip entry's size to its packed size
MOST_ENTRIES = 1000
MOST_MEASURES = 1024
MOST_PARTS = 64
MOST_NOTES = 50_000
LONGEST_QUARTERS = 256  # a note or a measure
CONTAINER = "META-INF/container.xml"
ENCODINGS = {"utf-8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "latin-1", "us-ascii", "ascii"}
ENCODINGS |= {"windows-1252", "cp1252", "iso-8859-15"}
EXPORT_AGAIN = "export it from your notation program once more, as MusicXML"


@dataclass(frozen=True, slots=True, eq=False)
class CheckedXml:
    """A document that passed. ``data`` are its very bytes, unpacked; ``packed_as`` its name in the .mxl."""

    data: bytes
    root: etree._Element
    encoding: str
    archive: bytes | None = None
    packed_as: str | None = None


def check_document(data: bytes, file: str) -> CheckedXml:
    """Check a .musicxml, .xml or .mxl file's bytes; FileError or ScoreError names what is wrong."""
    if len(data) > MOST_BYTES:
        raise FileError(file, f"larger than {MOST_BYTES >> 20} MB; give ripieno one movement at a time")
    if not data.strip():
        raise FileError(file, f"empty; {EXPORT_AGAIN}")
    archive, packed_as = None, None
    if data[:2] == b"PK":
        archive = data
        data, packed_as = unpack(data, file)
    encoding = check_encoding(data, file)
    root = parse_safely(data, file)
    check_root(root, file)
    check_sizes(root, file)
    check_numbers(root, file)
    return CheckedXml(data, root, encoding, archive, packed_as)


# -- the .mxl archive --------------------------------------------------------------------------------------


def unpack(data: bytes, file: str) -> tuple[bytes, str]:
    """(the score's bytes, its name in the archive)"""
    damaged = FileError(file, f"a damaged .mxl archive; {EXPORT_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_entries(archive, file)
            name = root_file(archive, file)
            return read_entry(archive, name, file), name
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as exc:
        raise damaged from exc  # RuntimeError: encrypted; NotImplementedError: an unknown packing
    except (KeyError, ValueError, OSError) as exc:
        raise damaged from exc


def check_entries(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse bombs and names that point outside the archive."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise FileError(file, f"not an .mxl score: {len(entries)} files in it; {EXPORT_AGAIN}")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", entry.filename):
            raise FileError(file, f'an archive with the name "{entry.filename}" in it is not a score')
        if entry.file_size > MOST_BYTES or entry.file_size > MOST_RATIO * max(entry.compress_size, 64):
            raise FileError(file, "this archive would unpack to far more than a score; it was left alone")


def root_file(archive: zipfile.ZipFile, file: str) -> str:
    """The score's name, from the container file, or the only .xml or .musicxml entry."""
    if CONTAINER in archive.namelist():
        container = parse_safely(read_entry(archive, CONTAINER, file), file)
        names = [e.get("full-path") for e in container.iter("{*}rootfile")]
        scores = [n for n in names if n and not n.lower().endswith((".pdf", ".midi", ".mid", ".png"))]
        if scores and scores[0] in archive.namelist():
            return scores[0]
    names_there = [n for n in archive.namelist() if n.lower().endswith((".xml", ".musicxml"))]
    scores_there = [n for n in names_there if not n.startswith("META-INF")]
    if len(scores_there) != 1:
        raise FileError(file, f"no single score in this .mxl archive; {EXPORT_AGAIN}")
    return scores_there[0]


def read_entry(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """One entry's bytes; whatever its header says, no more than the limit is unpacked."""
    with archive.open(name) as entry:
        data = entry.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise FileError(file, "this archive would unpack to far more than a score; it was left alone")
    return data


# -- XML ---------------------------------------------------------------------------------------------------


def check_encoding(data: bytes, file: str) -> str:
    """The document's encoding; entities are refused here, in whatever encoding they hide."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = re.match(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)""", data)
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in ENCODINGS:
        raise FileError(file, f"written in the encoding {encoding}; {EXPORT_AGAIN} in UTF-8")
    try:
        text = data.decode(encoding)
    except UnicodeError as exc:
        raise FileError(file, f"its letters are not {encoding}, as it says; {EXPORT_AGAIN}") from exc
    if "<!ENTITY" in text or "<!ELEMENT" in text or "<!ATTLIST" in text:
        raise FileError(file, f"it defines XML entities of its own, which no score needs; {EXPORT_AGAIN}")
    return encoding


def parse_safely(data: bytes, file: str) -> etree._Element:
    """The tree, read without any network, DTD or entity."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        reason = re.sub(r"\s*\(.*\)$", "", str(exc.msg))
        raise FileError(file, f"not well-formed XML ({reason}); {EXPORT_AGAIN}") from exc
    except ValueError as exc:
        raise FileError(file, f"not XML; {EXPORT_AGAIN}") from exc


def check_root(root: etree._Element, file: str) -> None:
    """Only a score with its parts one after the other."""
    if root.tag == "score-timewise":
        raise FileError(file, "a time-wise score; export it as part-wise MusicXML, which is the usual kind")
    if root.tag == "museScore":
        raise FileError(file, "a MuseScore file; in MuseScore choose File > Export > MusicXML")
    if root.tag != "score-partwise":
        raise FileError(file, f"not a MusicXML score but <{str(root.tag)}>; {EXPORT_AGAIN}")


def check_sizes(root: etree._Element, file: str) -> None:
    """Refuse what would take too long to read."""
    parts = root.findall("part")
    measures = max((len(p.findall("measure")) for p in parts), default=0)
    if not parts or not measures:
        raise ScoreError(file, None, None, f"there are no measures in it; {EXPORT_AGAIN}")
    if len(parts) > MOST_PARTS:
        raise ScoreError(file, None, None, f"{len(parts)} parts; keep the {MOST_PARTS} that matter or fewer")
    if measures > MOST_MEASURES:
        fault = f"{measures} measures; give ripieno one movement of at most {MOST_MEASURES} at a time"
        raise ScoreError(file, None, None, fault)
    notes = sum(1 for _ in root.iter("note"))
    if notes > MOST_NOTES:
        raise ScoreError(file, None, None, f"{notes} notes; leave out parts, or split the piece")


# What each number of notation may be: (lowest, highest, are fractions allowed, what it is called).
NUMBERS: dict[str, tuple[int, int, bool, str]] = {
    "divisions": (1, 65_536, False, "the divisions of a quarter"),
    "beats": (1, 64, False, "the upper number of the time signature"),
    "beat-type": (1, 64, False, "the lower number of the time signature"),
    "fifths": (-7, 7, False, "the key signature"),
    "octave": (0, 9, False, "the octave of a note"),
    "alter": (-4, 4, True, "the accidental of a note"),
    "actual-notes": (1, 64, False, "the notes of a tuplet"),
    "normal-notes": (1, 64, False, "the notes of a tuplet"),
    "staves": (1, 8, False, "the number of staves"),
    "staff": (1, 8, False, "the staff of a note"),
    "chromatic": (-48, 48, True, "the transposition"),
    "diatonic": (-48, 48, False, "the transposition"),
    "octave-change": (-4, 4, False, "the transposition"),
    "clef-octave-change": (-4, 4, False, "the clef's octave"),
    "multiple-rest": (1, MOST_MEASURES, False, "the length of a multiple rest"),
    "per-minute": (1, 2000, True, "the tempo"),
}
ATTRIBUTES = {("sound", "tempo"): (0, 2000, "the tempo"), ("repeat", "times"): (0, 100, "the repeats")}
# A tempo mark's text may be free ("c. 108"), and compound meters are written "3+2".
TEXTS = {"per-minute"}


def check_numbers(root: etree._Element, file: str) -> None:
    """Every number inside its range, and no note or measure of an absurd length."""
    names = {e.get("id"): (e.findtext("part-name") or "").strip() for e in root.iter("score-part")}
    for index, part in enumerate(root.findall("part"), 1):
        name = names.get(part.get("id")) or f"part {index}"
        divisions = Fraction(1)
        for measure in part.findall("measure"):
            place = (file, name, measure.get("number"))
            length = Fraction(0)
            for element in measure.iter():
                tag = element.tag
                if tag in NUMBERS:
                    check_number(element, place)
                elif tag in ("sound", "repeat"):
                    check_attributes(element, place)
                if tag == "divisions":
                    divisions = Fraction(str(element.text).strip())
                elif tag == "duration":
                    length += check_duration(element, divisions, place)
                elif tag == "pitch":
                    check_pitch(element, place)
            if length > LONGEST_QUARTERS * 64:
                raise ScoreError(*place, f"far too long; {EXPORT_AGAIN}")


def check_number(element: etree._Element, place: tuple[str, str, str | None]) -> None:
    """Raise ScoreError unless the element's text is a number in the range of NUMBERS."""
    tag, text = str(element.tag), (element.text or "").strip()
    low, high, fractions, meaning = NUMBERS[tag]
    shape = r"[+-]?\d{1,9}(\.\d{1,9})?" if fractions else r"[+-]?\d{1,9}(\.0*)?"
    for number in re.split(r"\+", text) if tag == "beats" else [text]:
        if not re.fullmatch(shape, number.strip()):
            if tag in TEXTS and not re.search(r"\d{5}|nan|inf", text, re.IGNORECASE):
                return
            raise ScoreError(*place, f'"{shown(text)}" is no number for {meaning}; {EXPORT_AGAIN}')
        if not low <= float(number) <= high:
            raise ScoreError(*place, f"{shown(number)} cannot be {meaning} ({low} to {high}); {EXPORT_AGAIN}")
    if tag == "beat-type" and int(float(text)) not in (1, 2, 4, 8, 16, 32, 64):
        raise ScoreError(*place, f"a time signature over {text} cannot be written; {EXPORT_AGAIN}")


def check_attributes(element: etree._Element, place: tuple[str, str, str | None]) -> None:
    """The numbers that stand in attributes."""
    for (tag, attribute), (low, high, meaning) in ATTRIBUTES.items():
        text = element.get(attribute)
        if element.tag == tag and text is not None:
            plain = re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,12})?", text.strip())
            if not plain or not low <= float(text) <= high:
                raise ScoreError(*place, f'"{shown(text)}" cannot be {meaning}; {EXPORT_AGAIN}')


def check_duration(
    element: etree._Element, divisions: Fraction, place: tuple[str, str, str | None]
) -> Fraction:
    """The duration in quarters."""
    text = (element.text or "").strip()
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,9})?", text):
        raise ScoreError(*place, f'"{shown(text)}" is no length of a note; {EXPORT_AGAIN}')
    quarters = Fraction(text) / divisions
    if quarters < 0 or quarters > LONGEST_QUARTERS:
        raise ScoreError(*place, f"a length of {shown(text)} divisions cannot be written; {EXPORT_AGAIN}")
    parent = element.getparent()
    if quarters == 0 and parent is not None and parent.tag == "note":
        raise ScoreError(*place, f"a note of no length; {EXPORT_AGAIN}")
    return quarters


def check_pitch(element: etree._Element, place: tuple[str, str, str | None]) -> None:
    """A pitch has a step and an octave."""
    if element.findtext("step") not in tuple("ABCDEFG") or element.findtext("octave") is None:
        raise ScoreError(*place, f"a note without a proper pitch; {EXPORT_AGAIN}")


def shown(text: str) -> str:
    """A foreign text, short enough for a message and without control characters."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= 24 else plain[:24] + "..."


def iter_measures(root: etree._Element) -> Iterator[tuple[etree._Element, int, etree._Element]]:
    """(part, index, measure) for every measure of the document."""
    for part in root.findall("part"):
        for index, measure in enumerate(part.findall("measure")):
            yield part, index, measure
