"""Untrusted bytes -> a MusicXML tree that is safe to hand on, or an error that a musician understands.

Everything that could cost time, memory or a network call is checked here, before music21 sees the document:
archive sizes, entities, encodings, and the range of every number that notation uses.
"""

from __future__ import annotations

import codecs
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
MOST_RATIO = 100  # of a zip entry's size to its packed size ...
ANY_RATIO = 1024 * 1024  # ... but an entry of up to this size may be packed as small as it likes
MOST_ENTRIES = 1000
MOST_MARKUP = 600_000  # "<", "&" and, twice, "=" of a document: each may cost a node of the tree
MOST_ATTRIBUTES = 200  # of one element; libxml2's time grows with their square
MOST_MEASURES = 1024
MOST_IN_PARTS = 16_384  # measures of all parts together
MOST_PARTS = 64
MOST_NOTES = 50_000
MOST_DOTS = 4
LONGEST_QUARTERS = 256  # a note or a measure
CONTAINER = "META-INF/container.xml"
ENCODINGS = {"utf-8", "utf-16", "iso-8859-1", "latin-1", "us-ascii", "ascii"}
ENCODINGS |= {"windows-1252", "cp1252", "iso-8859-15"}
EXPORT_AGAIN = "export it from your notation program once more, as MusicXML"
# What the first bytes say of files that are no XML at all.
OTHER_KINDS = {
    b"%PDF": "a PDF, which is a picture of a score; export the score itself as MusicXML",
    b"\x89PNG": "a picture; export the score itself as MusicXML",
    b"\xff\xd8\xff": "a picture; export the score itself as MusicXML",
    b"MThd": "a MIDI file; end its name with .mid",
}

Place = tuple[str, str | None, str | None]  # file, part, measure


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


# -- the .mxl archive --------------------------------------------------------------------------------------


def unpack(data: bytes, file: str) -> tuple[bytes, str]:
    """(the score's bytes, its name in the archive)"""
    count = data.count(b"PK\x01\x02")  # before zipfile makes an object of each
    if count > MOST_ENTRIES:
        raise FileError(file, f"not an .mxl score: {count} files in it; {EXPORT_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_entries(archive, file)
            name = root_file(archive, file)
            return read_entry(archive, name, file), name
    # zipfile meets damage with whatever its own code raises; RuntimeError and OSError are among these.
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError) as exc:
        raise FileError(file, f"a damaged .mxl archive; {EXPORT_AGAIN}") from exc
    except (RuntimeError, IndexError, OverflowError) as exc:
        raise FileError(file, f"a damaged .mxl archive; {EXPORT_AGAIN}") from exc


def check_entries(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse bombs, locked or strangely packed entries, and names that point outside the archive."""
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise FileError(file, f"two files of one name in this .mxl archive; {EXPORT_AGAIN}")
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", entry.filename):
            name = shown(entry.filename)
            raise FileError(file, f'not an .mxl score: the name "{name}" in it leads outside; {EXPORT_AGAIN}')
        if entry.flag_bits & 1:
            raise FileError(file, f"locked with a password; {EXPORT_AGAIN}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileError(file, f"packed in a way that .mxl does not know; {EXPORT_AGAIN}")
        largest = max(MOST_RATIO * entry.compress_size, ANY_RATIO)
        if entry.file_size > min(largest, MOST_BYTES):
            raise FileError(file, f"it would unpack to far more than a score; {EXPORT_AGAIN}")


def root_file(archive: zipfile.ZipFile, file: str) -> str:
    """The score's name, from the container file, or the only .xml or .musicxml entry."""
    names = archive.namelist()
    if CONTAINER in names:
        data = read_entry(archive, CONTAINER, file)
        container = parse_safely(data, check_text(data, file), file)
        paths = [e.get("full-path") for e in container.iter("{*}rootfile")]
        scores = [n for n in paths if n and not n.lower().endswith((".pdf", ".midi", ".mid", ".png"))]
        if scores and scores[0] in names:
            return scores[0]
    there = [n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.startswith("META-INF")]
    if len(there) != 1:
        raise FileError(file, f"no single score in this .mxl archive; {EXPORT_AGAIN}")
    return there[0]


def read_entry(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """One entry's bytes; whatever its header says, no more than the limit is unpacked."""
    with archive.open(name) as entry:
        data = entry.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise FileError(file, f"it would unpack to far more than a score; {EXPORT_AGAIN}")
    return data


# -- XML ---------------------------------------------------------------------------------------------------


def check_text(data: bytes, file: str) -> str:
    """The document's encoding, once it is text, of a size that a tree can hold, without entities."""
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
            if markup > MOST_MARKUP or most > MOST_ATTRIBUTES:
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
        raise FileError(file, f"its letters are not {encoding}, as it says; {EXPORT_AGAIN}") from exc
    return encoding


def encoding_of(data: bytes, file: str) -> str:
    """The encoding that a document is in, by its first bytes or by its own word."""
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise FileError(file, kind)
    if re.match(rb"\s*<(!doctype\s+)?html\b", data, re.IGNORECASE):
        raise FileError(file, "a web page; download the score itself")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if not data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise FileError(file, f"not a MusicXML score; {EXPORT_AGAIN}")
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    declared = re.match(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""", data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in ENCODINGS:
        raise FileError(file, f"written in the encoding {encoding}; {EXPORT_AGAIN} in UTF-8")
    if encoding == "utf-16":  # the declaration itself was legible, so it is not
        raise FileError(file, f"its letters are not {encoding}, as it says; {EXPORT_AGAIN}")
    return encoding


def decoded(data: bytes, encoding: str) -> Iterator[str]:
    """The document's text, a piece at a time, so that a large one is not in memory twice."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), 1 << 20):
        piece = data[start : start + (1 << 20)]
        yield decoder.decode(piece, final=start + len(piece) == len(data))


def parse_safely(data: bytes, encoding: str, file: str) -> etree._Element:
    """The tree, read without any network, DTD or entity.

    Comments are left out: music21 joins the digits before and after one, so what is checked must too.
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
    entity = next(iter(root.iter(etree.Entity)), None)
    if entity is not None:
        raise FileError(file, f'it uses an unknown XML entity, "{shown(str(entity.text))}"; {EXPORT_AGAIN}')
    return root


def check_root(root: etree._Element, file: str) -> None:
    """Only a score with its parts one after the other."""
    tag = str(root.tag)
    kinds = {
        "score-timewise": "a time-wise score; export it as part-wise MusicXML, which is the usual kind",
        "museScore": "a MuseScore file; in MuseScore choose File > Export > MusicXML",
        "opus": "a list of pieces, not a piece; give ripieno one of them",
        "html": "a web page; download the score itself",
        "{http://www.w3.org/1999/xhtml}html": "a web page; download the score itself",
    }
    if tag != "score-partwise":
        raise FileError(file, kinds.get(tag, f"not a MusicXML score but <{shown(tag)}>; {EXPORT_AGAIN}"))


def check_sizes(root: etree._Element, file: str) -> None:
    """Refuse what would take too long to read."""
    parts = root.findall("part")
    counts = [len(p.findall("measure")) for p in parts]
    measures = max(counts, default=0)
    if not parts or not measures:
        raise ScoreError(file, None, None, f"there are no measures in it; {EXPORT_AGAIN}")
    if len(parts) > MOST_PARTS:
        raise ScoreError(file, None, None, f"{len(parts)} parts; keep the {MOST_PARTS} that matter or fewer")
    if measures > MOST_MEASURES:
        fault = f"{measures} measures; give ripieno one movement of at most {MOST_MEASURES} at a time"
        raise ScoreError(file, None, None, fault)
    if sum(counts) > MOST_IN_PARTS:
        fault = f"{sum(counts)} measures in {len(parts)} parts; leave out parts, or split the piece"
        raise ScoreError(file, None, None, fault)
    notes = sum(1 for _ in root.iter("note"))
    if notes > MOST_NOTES:
        raise ScoreError(file, None, None, f"{notes} notes; leave out parts, or split the piece")


def check_part_list(root: etree._Element, file: str) -> None:
    """Every part is in the list, and none is there twice."""
    listed = {e.get("id") for e in root.iterfind("part-list/score-part")}
    seen: set[str] = set()
    for index, part in enumerate(root.findall("part"), 1):
        name = part.get("id")
        if not name:
            raise ScoreError(file, f"part {index}", None, f"it has no id; {EXPORT_AGAIN}")
        if name not in listed:
            fault = f'its id "{shown(name)}" is not in the list of parts'
            raise ScoreError(file, f"part {index}", None, f"{fault}; {EXPORT_AGAIN}")
        if name in seen:
            fault = f'its id "{shown(name)}" is that of another part too'
            raise ScoreError(file, f"part {index}", None, f"{fault}; {EXPORT_AGAIN}")
        seen.add(name)


# -- numbers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """What a number of notation may be. text: may words stand there instead, as in "c. 108"?"""

    low: int
    high: int
    meaning: str
    fractions: bool = False
    text: bool = False


TUPLET = Number(1, 64, "the notes of a tuplet")
ACCIDENTAL = Number(-4, 4, "the accidental of a note", fractions=True)
CHROMATIC = Number(-4, 4, "the accidental of a chord symbol")
TRANSPOSITION = Number(-48, 48, "the transposition")
LAYOUT = Number(-100_000, 100_000, "a measure of the page", fractions=True)
LOUDNESS = Number(0, 10_000, "the loudness", fractions=True)
SHARE = Number(0, 100, "the time that a grace note takes")
COUNTED = Number(1, 16, "the number of a line or bracket")
STAFF = Number(1, 8, "the staff of a note")
TEMPO = Number(0, 2000, "the tempo", fractions=True)

NUMBERS: dict[str, Number] = {
    "divisions": Number(1, 65_536, "the divisions of a quarter", fractions=True),
    "beats": Number(1, 64, "the upper number of the time signature"),
    "beat-type": Number(1, 64, "the lower number of the time signature"),
    "fifths": Number(-7, 7, "the key signature"),
    "key-alter": Number(-4, 4, "the key signature", fractions=True),
    "key-octave": Number(0, 9, "the key signature"),
    "cancel": Number(-7, 7, "the key signature"),
    "octave": Number(0, 9, "the octave of a note"),
    "display-octave": Number(0, 9, "the height of a rest"),
    "alter": ACCIDENTAL,
    "actual-notes": TUPLET,
    "normal-notes": TUPLET,
    "tuplet-number": TUPLET,
    "staves": Number(1, 8, "the number of staves"),
    "staff": STAFF,
    "chromatic": TRANSPOSITION,
    "diatonic": TRANSPOSITION,
    "octave-change": Number(-4, 4, "the transposition"),
    "clef-octave-change": Number(-4, 4, "the clef's octave"),
    "line": Number(1, 5, "the line of a clef"),
    "multiple-rest": Number(1, MOST_MEASURES, "the length of a multiple rest"),
    "measure-repeat": Number(1, MOST_MEASURES, "the measures to repeat", text=True),
    "per-minute": Number(1, 2000, "the tempo", fractions=True, text=True),
    "staff-lines": Number(0, 16, "the lines of a staff"),
    "staff-size": LAYOUT,
    "tuning-octave": Number(0, 9, "the tuning of a string"),
    "tuning-alter": ACCIDENTAL,
    "capo": Number(0, 24, "the capo"),
    "string": Number(1, 100, "the string"),
    "fret": Number(0, 100, "the fret"),
    "bend-alter": Number(-48, 48, "the bend of a string", fractions=True),
    "tremolo": Number(0, 8, "the strokes of a tremolo"),
    "root-alter": CHROMATIC,
    "bass-alter": CHROMATIC,
    "numeral-alter": ACCIDENTAL,
    "numeral-root": Number(1, 7, "the degree of a chord"),
    "numeral-fifths": Number(-7, 7, "the key signature"),
    "inversion": Number(0, 9, "the inversion of a chord"),
    "degree-value": Number(1, 99, "the degree of a chord"),
    "degree-alter": CHROMATIC,
    "first-fret": Number(1, 100, "the fret"),
    "frame-strings": Number(1, 100, "the strings of a chord diagram"),
    "frame-frets": Number(1, 100, "the frets of a chord diagram"),
    "figure-number": Number(0, 99, "the figure of a bass", text=True),
    "midi-channel": Number(1, 16, "the MIDI channel"),
    "midi-program": Number(1, 128, "the MIDI sound"),
    "midi-bank": Number(1, 16_384, "the MIDI sound"),
    "midi-unpitched": Number(1, 128, "the MIDI note of a drum"),
    "volume": Number(0, 100, "the loudness", fractions=True),
    "pan": Number(-180, 180, "the place in the room", fractions=True),
    "elevation": Number(-180, 180, "the place in the room", fractions=True),
}
NUMBERS |= dict.fromkeys(("millimeters", "tenths", "page-height", "page-width"), LAYOUT)
NUMBERS |= dict.fromkeys(("left-margin", "right-margin", "top-margin", "bottom-margin"), LAYOUT)
NUMBERS |= dict.fromkeys(("system-distance", "top-system-distance", "staff-distance"), LAYOUT)
NUMBERS |= dict.fromkeys(("measure-distance", "distance", "line-width", "note-size"), LAYOUT)
POSITIONS = {"default-x", "default-y", "relative-x", "relative-y"}  # of any element
ATTRIBUTES: dict[str, dict[str, Number]] = {
    "sound": {"tempo": TEMPO, "dynamics": LOUDNESS},
    "note": {"dynamics": LOUDNESS, "end-dynamics": LOUDNESS},
    "repeat": {"times": Number(0, 100, "the repeats")},
    "measure": {"width": LAYOUT},
    "grace": {"steal-time-previous": SHARE, "steal-time-following": SHARE},
    "octave-shift": {"size": Number(0, 22, "the size of an octave line"), "number": COUNTED},
    "tuplet": {"number": Number(1, 7, "the number of a tuplet")},
    "lyric": {"number": Number(0, 99, "the verse", text=True)},
    "ending": {"number": Number(1, 99, "the number of an ending", text=True)},
    "measure-repeat": {"slashes": Number(1, 16, "the slashes of a repeat")},
    "beat-repeat": {"slashes": Number(1, 16, "the slashes of a repeat")},
    "bracket": {"number": COUNTED, "end-length": Number(0, 100_000, "the hook of a bracket", fractions=True)},
    "part-group": {"number": Number(0, 999, "the number of a group of parts")},
}
for spanner in ("slur", "tied", "wedge", "dashes", "glissando", "slide", "pedal", "wavy-line", "beam"):
    ATTRIBUTES[spanner] = {"number": COUNTED}
for frame in ("clef", "time", "key", "transpose", "staff-details", "staff-layout", "measure-style"):
    ATTRIBUTES[frame] = {"number": STAFF}


def check_numbers(root: etree._Element, file: str) -> None:
    """Every number inside its range, and no note or measure of an absurd length."""
    names: dict[str | None, str] = {}
    for entry in root.iterfind("part-list/score-part"):
        names[entry.get("id")] = shown(" ".join((entry.findtext("part-name") or "").split()))
    for child in root:
        if child.tag == "part":
            continue
        for element in child.iter():
            check_element(element, (file, None, None))
    for index, part in enumerate(root.findall("part"), 1):
        name = names.get(part.get("id")) or f"part {index}"
        divisions = Fraction(1)
        for place, measure in enumerate(part.findall("measure"), 1):
            where = (file, name, shown(measure.get("number") or str(place)))
            divisions = check_measure(measure, divisions, where)


def check_measure(measure: etree._Element, divisions: Fraction, place: Place) -> Fraction:
    """Check a measure that starts with these divisions; those that it ends with."""
    time = Fraction(0)
    for element in measure.iter():
        tag = element.tag
        check_element(element, place)
        if tag == "divisions":
            divisions = Fraction((element.text or "").strip())
        elif tag == "duration":
            time += passing(element, check_duration(element, divisions, place))
        elif tag == "offset":
            check_offset(element, divisions, place)
        elif tag == "pitch":
            check_pitch(element, place)
        elif tag == "note":
            check_note(element, place)
        if not -LONGEST_QUARTERS <= time <= LONGEST_QUARTERS:
            raise ScoreError(*place, f"longer than {LONGEST_QUARTERS} quarters; {EXPORT_AGAIN}")
    return divisions


def check_element(element: etree._Element, place: Place) -> None:
    """The number in an element, and those in its attributes."""
    tag = str(element.tag)
    if tag in NUMBERS:
        check_number(tag, (element.text or "").strip(), NUMBERS[tag], place)
    numbers = ATTRIBUTES.get(tag, {})
    for attribute, text in element.items():
        number = LAYOUT if attribute in POSITIONS else numbers.get(attribute)
        if number is not None:
            check_number(f"{tag} {attribute}", text.strip(), number, place)


def check_number(name: str, text: str, number: Number, place: Place) -> None:
    """Raise ScoreError unless the text is such a number. name: of the element, or element and attribute."""
    if number.text:
        if text and has_large_number(text, number):
            raise ScoreError(*place, f'"{shown(text)}" cannot be {number.meaning}; {EXPORT_AGAIN}')
        return
    shape = r"[+-]?[0-9]{1,9}(\.[0-9]{0,12})?" if number.fractions else r"[+-]?[0-9]{1,9}"
    for one in text.split("+") if name == "beats" else [text]:
        if not re.fullmatch(shape, one.strip()):
            raise ScoreError(*place, f'"{shown(text)}" is no number for {number.meaning}; {EXPORT_AGAIN}')
        if not number.low <= float(one) <= number.high:
            limits = f"{number.low} to {number.high}"
            raise ScoreError(*place, f"{shown(one)} cannot be {number.meaning} ({limits}); {EXPORT_AGAIN}")
    if name == "beat-type" and int(text) not in (1, 2, 4, 8, 16, 32, 64):
        raise ScoreError(*place, f"a time signature over {text} cannot be written; {EXPORT_AGAIN}")
    if name == "divisions" and float(text) != int(float(text)):
        raise ScoreError(*place, f"{shown(text)} cannot be {number.meaning}; {EXPORT_AGAIN}")


def has_large_number(words: str, number: Number) -> bool:
    """Do these words hold a number beyond the range, or one that Python would read as such?"""
    try:
        return not number.low <= float(words) <= number.high
    except ValueError:
        return any(len(digits) > 9 or int(digits) > number.high for digits in re.findall(r"\d+", words))


def check_duration(element: etree._Element, divisions: Fraction, place: Place) -> Fraction:
    """The duration in quarters."""
    text = (element.text or "").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", text):
        raise ScoreError(*place, f'"{shown(text)}" is no length of a note; {EXPORT_AGAIN}')
    quarters = Fraction(text) / divisions
    if quarters < 0 or quarters > LONGEST_QUARTERS:
        raise ScoreError(*place, f"a length of {shown(text)} divisions cannot be written; {EXPORT_AGAIN}")
    parent = element.getparent()
    if quarters == 0 and parent is not None and parent.tag == "note":
        raise ScoreError(*place, f"a note of no length; {EXPORT_AGAIN}")
    return quarters


def passing(element: etree._Element, quarters: Fraction) -> Fraction:
    """How far a <duration> moves the place where the next note starts."""
    parent = element.getparent()
    tag = None if parent is None else parent.tag
    if tag == "backup":
        return -quarters
    moves = tag == "forward" or (tag == "note" and parent is not None and parent.find("chord") is None)
    return quarters if moves else Fraction(0)


def check_offset(element: etree._Element, divisions: Fraction, place: Place) -> None:
    """How far from its place a mark stands."""
    text = (element.text or "").strip()
    plain = re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", text)
    if not plain or abs(Fraction(text)) > LONGEST_QUARTERS * divisions:
        raise ScoreError(*place, f'"{shown(text)}" cannot be the offset of a mark; {EXPORT_AGAIN}')


def check_note(element: etree._Element, place: Place) -> None:
    """A note has a length unless it is a grace note, and says what sounds."""
    if element.find("duration") is None and element.find("grace") is None:
        raise ScoreError(*place, f"a note without a length; {EXPORT_AGAIN}")
    if all(element.find(kind) is None for kind in ("pitch", "rest", "unpitched")):
        raise ScoreError(*place, f"a note without a pitch; {EXPORT_AGAIN}")
    if len(element.findall("dot")) > MOST_DOTS:
        raise ScoreError(*place, f"a note with more than {MOST_DOTS} dots; {EXPORT_AGAIN}")


def check_pitch(element: etree._Element, place: Place) -> None:
    """A pitch has a step and an octave."""
    if (element.findtext("step") or "").strip() not in tuple("ABCDEFG") or element.find("octave") is None:
        raise ScoreError(*place, f"a note without a proper pitch; {EXPORT_AGAIN}")


def shown(text: str) -> str:
    """A foreign text, short enough for a message and without control characters."""
    start = text[:25]
    plain = "".join(c if c.isprintable() else "?" for c in start)
    return plain if len(plain) <= 24 else plain[:24] + "..."


def iter_measures(root: etree._Element) -> Iterator[tuple[etree._Element, int, etree._Element]]:
    """(part, index, measure) for every measure of the document."""
    for part in root.findall("part"):
        for index, measure in enumerate(part.findall("measure")):
            yield part, index, measure
