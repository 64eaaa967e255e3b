"""Mending what a document lacks to be a usual one: a time-wise score, and parts that are not listed.

The mended bytes take the place of the user's own, so that everything after this sees a usual document.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits, detect_style, locate
from ripieno_bridges.formats.musicxml.elements import add

TIMEWISE, PARTWISE = "score-timewise", "score-partwise"
DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)


def partwise_bytes(root: _Element) -> bytes:
    """A time-wise score as a part-wise one with everything in it, in UTF-8. root: stays as it is."""
    new = etree.Element(PARTWISE, dict(root.attrib))
    new.extend(copy_of(child) for child in root if child.tag != "measure")
    parts = {name: SubElement(new, "part", id=name) for name in timewise_ids(root)}
    for measure in root.findall("measure"):
        here = {name: SubElement(part, "measure", dict(measure.attrib)) for name, part in parts.items()}
        for content in measure.findall("part"):
            here[content.get("id", "")].extend(copy_of(child) for child in content)
    etree.indent(new)
    body = etree.tostring(new, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n{body}\n'.encode()


def timewise_ids(root: _Element) -> list[str]:
    """The ids of a time-wise score's parts, in the order in which they come."""
    return list(dict.fromkeys(part.get("id", "") for part in root.iterfind("measure/part")))


def copy_of(element: _Element) -> _Element:
    """A copy of an element with everything in it, without what follows it."""
    copy: _Element = etree.fromstring(etree.tostring(element, with_tail=False))
    return copy


def has_nameless_parts(root: _Element) -> bool:
    """Whether a part has no id."""
    return any(not part.get("id") for part in root.findall("part"))


def with_part_ids(root: _Element, data: bytes, encoding: str) -> bytes:
    """The bytes of a document in which every part has an id; one without gets the next that is listed.

    root: the tree of ``data``.
    """
    spans, style = locate(root, data), detect_style(data, encoding)
    parts = root.findall("part")
    taken = {part.get("id") for part in parts}
    free = [name for e in root.iterfind("part-list/score-part") if (name := e.get("id")) not in taken]
    free += [name for i in range(1, 2 * len(parts) + 1) if (name := f"P{i}") not in {*taken, *free}]
    edits = []
    for part, name in zip((part for part in parts if not part.get("id")), free, strict=False):
        span = spans[part]
        if "id" in part.attrib:
            tag = data[span.start : span.content].decode(style.encoding)
            new = re.sub(r"""\bid\s*=\s*(""|'')""", f"id={quoteattr(str(name))}", tag)
            edits.append(Edit(span.start, span.content, style.encode(new)))
        else:
            at = span.start + len(style.encode("<part"))
            edits.append(Edit(at, at, style.encode(f" id={quoteattr(str(name))}")))
    return apply_edits(data, edits)


def unlisted_parts(root: _Element) -> list[str]:
    """The ids of the parts that the list of parts does not name, in order."""
    listed = {entry.get("id") for entry in root.iterfind("part-list/score-part")}
    return [name for part in root.findall("part") if (name := part.get("id", "")) and name not in listed]


def with_listed_parts(root: _Element, data: bytes, encoding: str) -> bytes:
    """The bytes of a document in which every part is listed. root: the tree of ``data``."""
    spans, style = locate(root, data), detect_style(data, encoding)
    entries = []
    for name in dict.fromkeys(unlisted_parts(root)):
        entries.append(etree.Element("score-part", id=name))
        add(entries[-1], "part-name", "")
    part_list = root.find("part-list")
    if part_list is None:
        new = etree.Element("part-list")
        new.extend(entries)
        place = spans[root.findall("part")[0]].start
        at, text = style.before_space(data, place), style.write([new], 1)
        return apply_edits(data, [Edit(at, at, text)])
    span = spans[part_list]
    if span.self_closing or not len(part_list):
        new = etree.Element("part-list")
        new.extend(entries)
        return apply_edits(
            data, [Edit(style.before_space(data, span.start), span.end, style.write([new], 1))]
        )
    at = spans[part_list[-1]].end
    return apply_edits(data, [Edit(at, at, style.write(entries, 2))])
