"""Moving a MusicXML document to another key where the user asks for it: pitches, keys and chord symbols.

Only these elements are written anew; every other byte of the document stays.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import ScoreError
from ripieno.score import LINE_OF_FIFTHS, Note, Spelling, fifths_shift, spelling_at, transpose_note
from ripieno_bridges.engraving import ACCIDENTALS, add
from ripieno_bridges.musicxml import Document, read_musicxml
from ripieno_bridges.splice import Edit, apply, hand_of, locate

ZERO = Fraction(0)


def transpose_document(document: Document, semitones: int) -> Document:
    """The document moved by ``semitones``, read again from its new bytes.

    Raises ScoreError where a note would leave the range of notation.
    """
    root, data = document.xml.root, document.xml.data
    spans = locate(root, data)
    keys = [int(float(e.text or 0)) for e in root.iter("fifths")] or [0]
    shift = fifths_shift(semitones, tuple(keys))
    edits: list[Edit] = []
    encoding = hand_of(data, document.xml.encoding).encoding

    def rewrite(element: _Element, new: _Element | str) -> None:
        span = spans[element]
        if isinstance(new, str):
            edits.append(Edit(span.content, span.content_end, new.encode(encoding)))
        else:
            text = etree.tostring(new, encoding="unicode")
            edits.append(Edit(span.start, span.end, text.encode(encoding)))

    for fifths in root.iter("fifths"):
        rewrite(fifths, str(int(float(fifths.text or 0)) + shift))
    for note in root.iter("note"):
        pitch = note.find("pitch")
        if pitch is None:
            continue
        moved = moved_spelling(pitch, semitones, shift, document.file)
        rewrite(pitch, pitch_element(moved))
        accidental = note.find("accidental")
        if accidental is not None and moved.alter in ACCIDENTALS:
            rewrite(accidental, ACCIDENTALS[moved.alter])
    for kind in ("root", "bass"):
        for chord in root.iter(kind):
            if chord.find(f"{kind}-step") is not None:
                rewrite(chord, chord_element(chord, kind, shift))
    data = apply(data, edits)
    moved_document = read_musicxml(data, document.file)
    xml = replace(moved_document.xml, archive=document.xml.archive, packed_as=document.xml.packed_as)
    return replace(moved_document, xml=xml)


def moved_spelling(pitch: _Element, semitones: int, shift: int, file: str) -> Spelling:
    """The spelling of a <pitch> after the move."""
    alter = float(pitch.findtext("alter", "0"))
    if not alter.is_integer():
        raise ScoreError(file, None, None, "quarter tones cannot be transposed; write the nearest semitones")
    spelling = Spelling(pitch.findtext("step", "C"), int(alter), int(float(pitch.findtext("octave", "4"))))
    note = transpose_note(
        Note(onset=ZERO, duration=ZERO, pitch=spelling.pitch, spelling=spelling), semitones, shift
    )
    assert note.spelling is not None
    if not 0 <= note.spelling.octave <= 9:
        raise ScoreError(file, None, None, f"{spelling} cannot be moved that far; transpose by less")
    return note.spelling


def pitch_element(spelling: Spelling) -> _Element:
    """<pitch>"""
    pitch = etree.Element("pitch")
    add(pitch, "step", spelling.step)
    if spelling.alter:
        add(pitch, "alter", spelling.alter)
    add(pitch, "octave", spelling.octave)
    return pitch


def chord_element(chord: _Element, kind: str, shift: int) -> _Element:
    """A chord symbol's <root> or <bass> after the move."""
    step = chord.findtext(f"{kind}-step", "C").strip()
    alter = int(float(chord.findtext(f"{kind}-alter", "0")))
    place = LINE_OF_FIFTHS.index(step) - 1 + 7 * alter + shift
    if abs(place) > 12:
        place += -12 if place > 0 else 12
    moved = spelling_at(place, 60)
    element = etree.Element(kind)
    add(element, f"{kind}-step", moved.step)
    if moved.alter:
        add(element, f"{kind}-alter", moved.alter)
    return element
