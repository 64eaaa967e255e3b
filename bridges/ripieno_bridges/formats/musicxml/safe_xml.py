"""Untrusted bytes -> an XML tree, read without any network, DTD or entity.

Encodings, entities and the size of the tree are checked before libxml2 sees the document.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.entities import html5

from lxml import etree

from ripieno.errors import FileError
from ripieno_bridges.formats.file_kinds import PDF, PICTURE

MAX_MARKUP = 600_000  # "<", "&" and (counted twice) "=" in a document; each may become a node of the tree
MAX_ENTITIES = 10_000  # names of characters
MAX_ATTRIBUTES = 200  # of one element; libxml2's time grows with their square
UTF8 = "utf-8"
ENCODINGS = {UTF8, "utf-16", "iso-8859-1", "latin-1", "us-ascii", "ascii"}
ENCODINGS |= {"windows-1252", "cp1252", "iso-8859-15"}
UNMARKED_UTF16 = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
# Characters by name. MusicXML's DTD of old takes them from ISO's lists, which HTML's has in it.
CHARACTERS = {name.removesuffix(";"): text for name, text in html5.items() if name.endswith(";")}
PREDEFINED = ("amp", "lt", "gt", "quot", "apos")
EXPORT_AGAIN = "export it from your notation program once more, as MusicXML"
# Files that are no XML, by their first bytes.
OTHER_KINDS = {
    b"%PDF": PDF,
    b"\x89PNG": PICTURE,
    b"\xff\xd8\xff": PICTURE,
    b"MThd": "a MIDI file; end its name with .mid",
}


def check_text(data: bytes, file: str) -> str:
    """Check that a document is text, small enough for a tree, and defines no entities; return its encoding.

    Raises FileError.
    """
    if not data.strip():
        raise FileError(file, f"empty; {EXPORT_AGAIN}")
    encoding = encoding_of(data, file)
    markup, tail, attributes = 0, "", 0
    try:
        for text in decoded(data, encoding):
            markup += text.count("<") + text.count("&") + 2 * text.count("=")
            first, *others = (piece.count("=") for piece in text.split("<"))
            most = max(attributes + first, *others, 0)
            attributes = others[-1] if others else attributes + first
            if markup > MAX_MARKUP or most > MAX_ATTRIBUTES:
                fault = "more notation than ripieno can read at once"
                raise FileError(file, f"{fault}; leave out parts, or split the piece")
            window = tail + text
            if "\0" in text or (not tail and not text.lstrip("\ufeff \t\r\n").startswith("<")):
                raise FileError(file, f"not a MusicXML score; {EXPORT_AGAIN}")
            if "<!ENTITY" in window or "<!ELEMENT" in window or "<!ATTLIST" in window:
                fault = "it defines XML entities of its own, which no score needs"
                raise FileError(file, f"{fault}; {EXPORT_AGAIN}")
            tail = window[-16:]
    except UnicodeError as exc:
        raise FileError(file, f"not valid {encoding.upper()}, although declared; {EXPORT_AGAIN}") from exc
    return encoding


def encoding_of(data: bytes, file: str) -> str:
    """A document's encoding, from its byte order mark or declaration. FileError for files of other kinds."""
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise FileError(file, kind)
    if re.match(rb"\s*<(!doctype\s+)?html\b", data, re.IGNORECASE):
        raise FileError(file, "a web page; download the score itself")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data[:2] in UNMARKED_UTF16:
        return UNMARKED_UTF16[data[:2]]
    if not data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise FileError(file, f"not a MusicXML score; {EXPORT_AGAIN}")
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    declared = re.match(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""", data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in ENCODINGS:
        raise FileError(file, f"written in the encoding {encoding}; {EXPORT_AGAIN} in UTF-8")
    if encoding == "utf-16":  # in which this declaration would not be legible
        raise FileError(file, f"not valid {encoding.upper()}, although declared; {EXPORT_AGAIN}")
    return encoding


def decoded(data: bytes, encoding: str) -> Iterator[str]:
    """The document's text, a piece at a time, so that a large one is not in memory twice."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), 1 << 20):
        piece = data[start : start + (1 << 20)]
        yield decoder.decode(piece, final=start + len(piece) == len(data))


def parse_safely(data: bytes, encoding: str, file: str) -> etree._Element:
    """The tree, read without any network, DTD or entity.

    Comments are removed: music21 joins the digits before and after one, so the checks must see them joined.
    """
    if encoding != "utf-8":
        data = data.decode(encoding).encode("utf-8")
    parser = etree.XMLParser(
        encoding="utf-8",  # what was checked is what is read, whatever the document may say
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        line = exc.lineno or 1
        raise FileError(file, f"damaged or cut short: line {line} is not XML; {EXPORT_AGAIN}") from exc
    except ValueError as exc:
        raise FileError(file, f"not a MusicXML score; {EXPORT_AGAIN}") from exc
    for count, entity in enumerate(root.iter(etree.Entity), 1):
        if str(entity.text).strip("&;") not in CHARACTERS:
            name = excerpt(str(entity.text))
            raise FileError(file, f'it uses an unknown XML entity, "{name}"; {EXPORT_AGAIN}')
        if count > MAX_ENTITIES:
            raise FileError(file, f"more than {MAX_ENTITIES} XML entities; {EXPORT_AGAIN}")
    for entity in list(root.iter(etree.Entity)):
        replace_by_text(entity, CHARACTERS[str(entity.text).strip("&;")])
    return root


def replace_by_text(entity: etree._Element, text: str) -> None:
    """Put a text where a reference to it stands in the tree."""
    parent, before = entity.getparent(), entity.getprevious()
    assert parent is not None, "a reference outside the root is not XML"
    text += entity.tail or ""
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    entity.tail = None
    parent.remove(entity)


def as_utf8(data: bytes, encoding: str) -> bytes:
    """A document's bytes in UTF-8, which its declaration then names; unchanged if they are UTF-8 or ASCII.

    A name of a character, such as &copy;, becomes the character: not every reader knows the DTD that has it.
    """
    if encoding not in (UTF8, "us-ascii", "ascii"):
        declaration = re.compile(r"""(<\?xml\s[^>]*?encoding\s*=\s*["'])[A-Za-z0-9._-]+""")
        data = declaration.sub(rf"\g<1>{UTF8}", data.decode(encoding), count=1).encode()
    return re.sub(rb"&([A-Za-z][A-Za-z0-9]{1,40});", character, data)


def character(reference: re.Match[bytes]) -> bytes:
    """The character that a reference names; the reference itself where XML knows it, or nobody."""
    name = reference[1].decode("ascii")
    text = None if name in PREDEFINED else CHARACTERS.get(name)
    return reference[0] if text is None else text.encode()


def excerpt(text: str) -> str:
    """The first 24 characters of an untrusted text, for a message; control characters become "?"."""
    start = text[:25]
    plain = "".join(c if c.isprintable() else "?" for c in start)
    return plain if len(plain) <= 24 else plain[:24] + "..."
