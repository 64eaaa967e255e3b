"""Untrusted bytes -> a MusicXML tree that is safe to hand on, or an error that a musician understands.

Everything that could cost time, memory or a network call is checked here, before music21 sees the document:
the archive in mxl.py, entities and encodings in safe_xml.py, the range of every number that notation uses in
validate_numbers.py, and the size and the parts of the score in this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ripieno.errors import FileError, ScoreError
from ripieno_bridges.formats.musicxml.mxl import unpack
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN, check_text, excerpt, parse_safely
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES, check_numbers
from ripieno_bridges.formats.size_limit import check_size

MAX_IN_PARTS = 16_384  # measures of all parts together
MAX_PARTS = 64
MAX_NOTES = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class CheckedXml:
    """A document that passed the checks.

    data: its bytes, unpacked. archive: the .mxl that it came in. packed_as: its name in there.
    """

    data: bytes
    root: etree._Element
    encoding: str
    archive: bytes | None = None
    packed_as: str | None = None


def check_document(data: bytes, file: str) -> CheckedXml:
    """Check a .musicxml, .xml or .mxl file's bytes; FileError or ScoreError names what is wrong."""
    check_size(len(data), file)
    archive, packed_as = None, None
    if data[:2] == b"PK":
        archive = data
        data, packed_as = unpack(data, file)
    encoding = check_text(data, file)
    root = parse_safely(data, encoding, file)
    check_root(root, file)
    check_sizes(root, file)
    check_part_list(root, file)
    check_numbers(root, file)
    return CheckedXml(data, root, encoding, archive, packed_as)


def check_root(root: etree._Element, file: str) -> None:
    """Raise FileError unless the document is a part-wise score."""
    tag = str(root.tag)
    kinds = {
        "score-timewise": "a time-wise score; export it as part-wise MusicXML, which is the usual kind",
        "museScore": "a MuseScore file; in MuseScore choose File > Export > MusicXML",
        "opus": "a list of pieces, not a piece; give ripieno one of them",
        "html": "a web page; download the score itself",
        "{http://www.w3.org/1999/xhtml}html": "a web page; download the score itself",
    }
    if tag != "score-partwise":
        raise FileError(file, kinds.get(tag, f"not a MusicXML score but <{excerpt(tag)}>; {EXPORT_AGAIN}"))


def check_sizes(root: etree._Element, file: str) -> None:
    """Raise ScoreError for a score without measures, or with more of anything than can be read in time."""
    parts = root.findall("part")
    counts = [len(p.findall("measure")) for p in parts]
    measures = max(counts, default=0)
    if not parts or not measures:
        raise ScoreError(file, None, None, f"there are no measures in it; {EXPORT_AGAIN}")
    if len(parts) > MAX_PARTS:
        raise ScoreError(file, None, None, f"{len(parts)} parts; keep the {MAX_PARTS} that matter or fewer")
    if measures > MAX_MEASURES:
        fault = f"{measures} measures; give ripieno one movement of at most {MAX_MEASURES} at a time"
        raise ScoreError(file, None, None, fault)
    if sum(counts) > MAX_IN_PARTS:
        fault = f"{sum(counts)} measures in {len(parts)} parts; leave out parts, or split the piece"
        raise ScoreError(file, None, None, fault)
    notes = sum(1 for _ in root.iter("note"))
    if notes > MAX_NOTES:
        raise ScoreError(file, None, None, f"{notes} notes; leave out parts, or split the piece")


def check_part_list(root: etree._Element, file: str) -> None:
    """Raise ScoreError unless every part has an id of its own that is in the list of parts."""
    listed = {e.get("id") for e in root.iterfind("part-list/score-part")}
    seen: set[str] = set()
    for index, part in enumerate(root.findall("part"), 1):
        name = part.get("id")
        if not name:
            raise ScoreError(file, f"part {index}", None, f"it has no id; {EXPORT_AGAIN}")
        if name not in listed:
            fault = f'its id "{excerpt(name)}" is not in the list of parts'
            raise ScoreError(file, f"part {index}", None, f"{fault}; {EXPORT_AGAIN}")
        if name in seen:
            fault = f'its id "{excerpt(name)}" is that of another part too'
            raise ScoreError(file, f"part {index}", None, f"{fault}; {EXPORT_AGAIN}")
        seen.add(name)


def iter_measures(root: etree._Element) -> Iterator[tuple[etree._Element, int, etree._Element]]:
    """(part, index, measure) for every measure of the document."""
    for part in root.findall("part"):
        for index, measure in enumerate(part.findall("measure")):
            yield part, index, measure
