"""A hymn for four voices on two staves, with words, and where each of its notes stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from musescore_support import TICKS, written
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml

HYMN = """
[title Early Spring]
[composer A. Nobody]
soprano: [key 1 major] [4/4] G4:4"The/The" | G4"hills/lambs" A4"are/are" B4"green/in" C5"a-/the" | \
D5:2."-gain,/field," B4:4"the/the" | C5"riv-/blos-" B4"-ers/-som" A4"wake/on" G4"and/the" | \
F#4:2."run,/tree," G4:4"and/and" | B4"all/ev-" D5"the/-ery" C5"birds/hour" A4"of/of" | \
B4"ear-/grow-" A4"-ly/-ing" G4"spring/light" A4"sing/brings" | B4"wel-/home" A4"-come/a" G4"to/song" \
F#4"the/to" | G4:2."sun./me."
alto: D4:4 | D4 F#4 G4 G4 | G4:2. G4:4 | G4 G4 F#4 D4 | D4:2. D4:4 | G4 G4 G4 F#4 | G4 F#4 E4 E4 | \
G4 F#4 D4 D4 | D4:2.
tenor: B3:4 | B3 D4 D4 E4 | D4:2. D4:4 | E4 D4 D4 B3 | A3:2. B3:4 | D4 D4 E4 D4 | D4 D4 B3 C4 | \
D4 D4 B3 C4 | B3:2.
bass: G3:4 | G3 D3 G3 C3 | B2:2. G2:4 | C3 G3 D3 G3 | D3:2. G3:4 | G3 B2 C3 D3 | G3 D3 E3 A2 | \
D3 D3 G3 D3 | G2:2.
"""
LONG_TITLE = "An Evening Hymn for the Sunday after the Ascension, with a Doxology for the Whole Congregation"
LONG_COMPOSER = "Johann Gottfried Nobody the Younger (1702-1780), arranged by A. Nobody"
STAVES = {"soprano": 0, "alto": 0, "tenor": 1, "bass": 1}
VOICE_NAMES = tuple(STAVES)

Place = tuple[int, float, int]  # staff from 0 at the top, onset in quarters, MIDI pitch


def places(data: bytes) -> dict[str, list[Place]]:
    """The heads of notes of each voice of a closed document of four voices, in order.

    A tied note has several.
    """
    upper, lower = etree.fromstring(data).findall("part")
    lines = [written(part, voice) for part in (upper, lower) for voice in ("1", "2")]
    return {
        name: [(STAVES[name], note.tick / TICKS, pitch_of(note.spelling)) for note in line]
        for name, line in zip(VOICE_NAMES, lines, strict=True)
    }


def pitch_of(name: str) -> int:
    """The MIDI pitch of a note by its name, such as F#4."""
    step = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[name[0]]
    return 12 * (int(name[-1]) + 1) + step + name.count("#") - name[1:].count("b")


def sounding_at(data: bytes, voice: str, onset: float) -> list[Place]:
    """The note of a voice that sounds at a moment."""
    score = read_musicxml(data, "hymn.musicxml").score
    notes = score.voices[VOICE_NAMES.index(voice)].notes
    return [(STAVES[voice], float(n.onset), n.pitch) for n in notes if n.onset <= onset < n.end]


def long_hymn(layout: str) -> bytes:
    """Four times the hymn, with a long title and a long name, and who wrote the words, as a document."""
    hymn = parse_score(HYMN)
    offsets = [hymn.duration * time for time in range(4)]
    measures = [
        replace(m, onset=m.onset + offset, number=str(len(hymn.measures) * i + n))
        for i, offset in enumerate(offsets)
        for n, m in enumerate(hymn.measures)
    ]
    voices = [
        replace(v, notes=tuple(replace(n, onset=n.onset + offset) for offset in offsets for n in v.notes))
        for v in hymn.voices
    ]
    score = replace(
        hymn, voices=tuple(voices), measures=tuple(measures), title=LONG_TITLE, composer=LONG_COMPOSER
    )
    data = write_musicxml(score, layout=layout)
    words = b'<creator type="lyricist">Somebody Else</creator>\n    <encoding>'
    return data.replace(b"<encoding>", words, 1)


def braced(data: bytes) -> bytes:
    """A closed document with its two parts as one part of two staves, as keyboard music has it."""
    root: Any = etree.fromstring(data)
    upper, lower = root.findall("part")
    for above, below in zip(upper.iter("measure"), lower.iter("measure"), strict=True):
        attributes, clef = above.find("attributes"), below.find("attributes/clef")
        if attributes is not None and clef is not None:
            staves = etree.Element("staves")
            staves.text = "2"
            attributes.insert(list(attributes).index(attributes.find("clef")), staves)
            attributes.find("clef").set("number", "1")
            clef.set("number", "2")
            attributes.append(clef)
        length = sum(int(n.findtext("duration")) for n in above.findall("note") if n.findtext("voice") == "1")
        backup = etree.Element("backup")
        etree.SubElement(backup, "duration").text = str(length)
        moved = [e for e in below if e.tag in ("note", "backup")]
        for note in (n for n in moved if n.tag == "note"):
            note.find("voice").text = str(int(note.findtext("voice")) + 4)
        for staff, elements in (("1", above.findall("note")), ("2", moved)):
            for note in (n for n in elements if n.tag == "note"):
                element = etree.Element("staff")
                element.text = staff
                stem = note.find("stem")
                before = stem if stem is not None else note.find("type")
                note.insert(list(note).index(before) + 1, element)
        place = len(above) - len(above.findall("barline"))
        above[place:place] = [backup, *moved]
    root.remove(lower)
    entries = root.find("part-list")
    for entry in entries[:]:
        if entry.get("id") != "P1":
            entries.remove(entry)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
