"""Where each element of an XML document stands in its bytes; and replacing some while all others stay."""

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
    def closes_itself(self) -> bool:
        """Whether it is written <tag/>, without a place for content."""
        return self.content == self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """Put ``new`` in the place of the bytes [start, end)."""

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
    waiting: list[Any] = []  # what the offset of the next event completes

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
    """How a document is written: its encoding, line ends and indentation; new elements are written alike."""

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
        """XML text in the document's encoding; signs that it does not know become references."""
        return text.encode(self.encoding, "xmlcharrefreplace")

    def before_space(self, data: bytes, offset: int) -> int:
        """Where the white space starts that ends at a byte offset."""
        spaces = [space.encode(self.encoding) for space in " \t\r\n"]
        width = len(spaces[0])
        while data[offset - width : offset] in spaces:
            offset -= width
        return offset

    def cut(self, data: bytes, span: ByteSpan, instead: bytes = b"") -> Edit:
        """The edit that takes an element out, with the white space before it."""
        return Edit(self.before_space(data, span.start), span.end, instead)


def detect_style(data: bytes, encoding: str) -> XmlStyle:
    """The hand of a document, seen from its first indented line."""
    if encoding == "utf-16":
        encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
    text = data.decode(encoding, "replace")
    text = text[text.find("<score-partwise") :]
    newline = "\r\n" if "\r\n" in text else "\n" if "\n" in text else ""
    indented = re.search(r"\n(\t| +)[\t ]*<", text)
    return XmlStyle(encoding, newline, indented[1] if indented else "")
