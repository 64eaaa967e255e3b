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
from ripieno_bridges.formats.file_kinds import MUSESCORE_FILE
from ripieno_bridges.formats.musicxml.mxl import unpack
from ripieno_bridges.formats.musicxml.repair import (
    PARTWISE,
    TIMEWISE,
    has_nameless_parts,
    partwise_bytes,
    timewise_ids,
    unlisted_parts,
    with_listed_parts,
    with_part_ids,
)
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN, UTF8, check_text, excerpt, parse_safely
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES, check_numbers
from ripieno_bridges.formats.size_limit import check_size

MAX_IN_PARTS = 16_384  # measures of all parts together
MAX_PARTS = 64
MAX_NOTES = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class CheckedXml:
    """A document that passed the checks.

    data: its bytes, unpacked, and mended where it was no usual one (see ``repair``).
    archive: the .mxl that it came in. packed_as: its name in there. remarks: what was mended, in sentences.
    """

    data: bytes
    root: etree._Element
    encoding: str
    archive: bytes | None = None
    packed_as: str | None = None
    remarks: tuple[str, ...] = ()


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
    remarks: list[str] = []
    if root.tag == TIMEWISE:
        data, encoding = partwise_bytes(root), UTF8
        root = parse_safely(data, encoding, file)
        remarks.append("the time-wise score comes back part-wise, with everything in it")
    if has_nameless_parts(root):
        data = with_part_ids(root, data, encoding)
        root = parse_safely(data, encoding, file)
        remarks.append("a part without an id got one")
    check_part_ids(root, file)
    if unlisted := unlisted_parts(root):
        data = with_listed_parts(root, data, encoding)
        root = parse_safely(data, encoding, file)
        names = ", ".join(f'"{excerpt(name)}"' for name in unlisted)
        remarks.append(f"not in the document's list of parts, and added to it: {names}")
    check_numbers(root, file)
    return CheckedXml(data, root, encoding, archive, packed_as, tuple(remarks))


def check_root(root: etree._Element, file: str) -> None:
    """Raise FileError unless the document is a score."""
    tag = str(root.tag)
    kinds = {
        "museScore": MUSESCORE_FILE,
        "opus": "a list of pieces, not a piece; give ripieno one of them",
        "html": "a web page; download the score itself",
        "{http://www.w3.org/1999/xhtml}html": "a web page; download the score itself",
    }
    if tag not in (PARTWISE, TIMEWISE):
        raise FileError(file, kinds.get(tag, f"not a MusicXML score but <{excerpt(tag)}>; {EXPORT_AGAIN}"))


def check_sizes(root: etree._Element, file: str) -> None:
    """Raise ScoreError for a score without measures, or with more of anything than can be read in time."""
    if root.tag == TIMEWISE:
        counts = [len(root.findall("measure"))] * len(timewise_ids(root))
    else:
        counts = [len(part.findall("measure")) for part in root.findall("part")]
    parts, measures = len(counts), max(counts, default=0)
    if not measures:
        raise ScoreError(file, None, None, f"there are no measures in it; {EXPORT_AGAIN}")
    if parts > MAX_PARTS:
        raise ScoreError(file, None, None, f"{parts} parts; keep the {MAX_PARTS} that matter or fewer")
    if measures > MAX_MEASURES:
        fault = f"{measures} measures; give ripieno one movement of at most {MAX_MEASURES} at a time"
        raise ScoreError(file, None, None, fault)
    if sum(counts) > MAX_IN_PARTS:
        fault = f"{sum(counts)} measures in {parts} parts; leave out parts, or split the piece"
        raise ScoreError(file, None, None, fault)
    notes = sum(1 for _ in root.iter("note"))
    if notes > MAX_NOTES:
        raise ScoreError(file, None, None, f"{notes} notes; leave out parts, or split the piece")


def check_part_ids(root: etree._Element, file: str) -> None:
    """Raise ScoreError unless every part has an id of its own."""
    seen: set[str] = set()
    for index, part in enumerate(root.findall("part"), 1):
        name = part.get("id", "")
        if name in seen:
            fault = f'its id "{excerpt(name)}" is that of another part too'
            raise ScoreError(file, f"part {index}", None, f"{fault}; {EXPORT_AGAIN}")
        seen.add(name)


def iter_measures(root: etree._Element) -> Iterator[tuple[etree._Element, int, etree._Element]]:
    """(part, index, measure) for every measure of the document."""
    for part in root.findall("part"):
        for index, measure in enumerate(part.findall("measure")):
            yield part, index, measure
