"""The byte range of each element of an XML document, and edits that leave all other bytes as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lxml import etree
from lxml.etree import _Element


@dataclass(frozen=True, slots=True)
class ByteSpan:
    """Byte offsets of an element: its start tag at [start, content), its end tag at [content_end, end)."""

    start: int
    content: int
    content_end: int
    end: int

    @property
    def self_closing(self) -> bool:
        """Whether the element is written <tag/>, without an end tag."""
        return self.content == self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes [start, end) by ``new``; where both are the same, insert it there."""

    start: int
    end: int
    new: bytes


def locate(root: _Element, data: bytes) -> dict[_Element, ByteSpan]:
    """The span of every element of a tree that was parsed from exactly these bytes.

    lxml does not keep offsets and expat does; both meet the elements in the same order.
    """
    starts: list[int] = []
    contents: list[int] = []
    content_ends: dict[int, int] = {}
    ends: dict[int, int] = {}
    open_elements: list[int] = []
    waiting: list[Any] = []  # functions that take the offset of the next event

    parser = expat.ParserCreate()

    def settle() -> int:
        offset = parser.CurrentByteIndex
        for complete in waiting:
            complete(offset)
        waiting.clear()
        return offset

    def start(*_: object) -> None:
        starts.append(settle())
        open_elements.append(len(starts) - 1)
        waiting.append(contents.append)

    def end(*_: object) -> None:
        offset = settle()
        index = open_elements.pop()
        content_ends[index] = offset
        waiting.append(lambda after: ends.__setitem__(index, after))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.DefaultHandler = lambda *_: settle()
    parser.Parse(data, True)
    for complete in waiting:
        complete(len(data))
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    assert len(elements) == len(starts), "lxml and expat see different documents"
    spans = zip(starts, contents, range(len(starts)), strict=True)
    found = [ByteSpan(a, b, content_ends[i], ends[i]) for a, b, i in spans]
    return dict(zip(elements, found, strict=True))


def apply_edits(data: bytes, edits: list[Edit]) -> bytes:
    """The bytes after all edits.

    Insertions at one place come in the order of the list, before the edit that replaces what stands there.
    """
    out: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        assert edit.start >= position, "two edits overlap"
        out += [data[position : edit.start], edit.new]
        position = edit.end
    return b"".join([*out, data[position:]])


@dataclass(frozen=True, slots=True)
class XmlStyle:
    """How a document is written, so that new elements can be written alike.

    newline: its line end, "" where all is on one line. unit: one step of indentation.
    """

    encoding: str
    newline: str
    unit: str

    def write(self, elements: list[_Element], depth: int) -> bytes:
        """The elements, each on lines of its own, indented ``depth`` times, with a line end before each."""
        text = ""
        for element in elements:
            etree.cleanup_namespaces(element)  # the ones that a copy brings along are declared already
            if self.newline:
                etree.indent(element, space=self.unit, level=depth)
                text += "\n" + self.unit * depth
            text += etree.tostring(element, encoding="unicode", with_tail=False)
        return self.encode(text.replace("\n", self.newline or "\n"))

    def encode(self, text: str) -> bytes:
        """XML text in the document's encoding; others than its characters become references."""
        return text.encode(self.encoding, "xmlcharrefreplace")

    def before_space(self, data: bytes, offset: int) -> int:
        """The byte offset at which the white space before ``offset`` starts."""
        spaces = [space.encode(self.encoding) for space in " \t\r\n"]
        width = len(spaces[0])
        while data[offset - width : offset] in spaces:
            offset -= width
        return offset

    def cut(self, data: bytes, span: ByteSpan, instead: bytes = b"") -> Edit:
        """The edit that removes an element, with the white space before it, and puts ``instead`` there."""
        return Edit(self.before_space(data, span.start), span.end, instead)


def detect_style(data: bytes, encoding: str) -> XmlStyle:
    """The style of a document; its indentation is that of the first indented line."""
    if encoding == "utf-16":
        encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
    text = data.decode(encoding, "replace")
    text = text[text.find("<score-partwise") :]
    newline = "\r\n" if "\r\n" in text else "\n" if "\n" in text else ""
    indented = re.search(r"\n(\t| +)[\t ]*<", text)
    return XmlStyle(encoding, newline, indented[1] if indented else "")
