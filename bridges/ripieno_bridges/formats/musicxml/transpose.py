"""Transposing a MusicXML document: its pitches, key signatures, chord symbols and figures.

Only the letters and numbers that name a pitch or key change; every other byte of the document stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from lxml.etree import _Element

from ripieno.errors import ScoreError
from ripieno.harmony.chord_symbol import Tone, tone_at
from ripieno.score import (
    LINE_OF_FIFTHS,
    Key,
    Note,
    Spelling,
    fifths_shift,
    key_shift,
    spelling_at,
    transpose_note,
)
from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits, detect_style, locate
from ripieno_bridges.formats.musicxml.elements import ACCIDENTALS
from ripieno_bridges.formats.musicxml.figure_signs import ACCIDENTAL_SIGNS, HIGHEST, SIGN_OF, bass_of
from ripieno_bridges.formats.musicxml.measure_time import number_in
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml

ZERO = Fraction(0)
CHORD_TONES = ("root", "bass")
THIRD = 3  # that of an accidental without a number


def transpose_document(document: Document, semitones: int) -> Document:
    """The document transposed by ``semitones``, read again from its new bytes.

    Raises ScoreError where a note would leave the range of notation.
    """
    data = Transposer(document, semitones).bytes()
    moved = read_musicxml(data, document.file)
    xml = replace(moved.xml, archive=document.xml.archive, packed_as=document.xml.packed_as)
    return replace(moved, xml=xml)


def document_shift(document: Document, semitones: int) -> int:
    """The places on the line of fifths by which a transposition moves a document's spellings.

    Its written keys decide, those of transposing instruments among them.
    """
    keys = [whole_number(element) for element in document.xml.root.iter("fifths")] or [0]
    return fifths_shift(semitones, tuple(keys))


class Transposer:
    """Collects the edits; the document itself is never changed."""

    def __init__(self, document: Document, semitones: int) -> None:
        self.file, self.semitones = document.file, semitones
        self.root, self.data = document.xml.root, document.xml.data
        self.spans = locate(self.root, self.data)
        self.style = detect_style(self.data, document.xml.encoding)
        self.edits: list[Edit] = []
        self.shift = document_shift(document, semitones)

    def bytes(self) -> bytes:
        """The transposed document."""
        for part in self.root.findall("part"):
            key = Key()
            for measure in part.findall("measure"):
                figures: list[_Element] = []  # those whose note is still to come
                for element in measure:
                    shift = key_shift(key, self.shift)
                    if element.tag == "attributes":
                        key = self.move_keys(element, key)
                    elif element.tag == "note":
                        self.move_note(element, shift, measure.get("number"))
                    elif element.tag == "harmony":
                        self.move_chord(element, shift)
                    elif element.tag == "figured-bass":
                        figures.append(element)
                    if is_bass_note(element):
                        self.move_figures(figures, bass_of(element), shift)
                        figures = []
        return apply_edits(self.data, self.edits)

    def move_keys(self, attributes: _Element, before: Key) -> Key:
        """Rewrite the key signatures; return the document's own key after them. before: the one before."""
        for key in attributes.findall("key"):
            if key.find("key-step") is not None:
                fault = "a key signature of single accidentals cannot be transposed; write a usual one"
                raise ScoreError(self.file, None, None, fault)
            after = before
            for element in key.findall("cancel") + key.findall("fifths"):
                fifths = whole_number(element)
                self.rewrite(element, str(fifths + key_shift(Key(fifths), self.shift)))
                after = Key(fifths)
            before = after
        return before

    def move_note(self, note: _Element, shift: int, measure: str | None) -> None:
        """Rewrite a note's pitch, and its accidental where it shows one."""
        pitch = note.find("pitch")
        if pitch is None:
            return
        moved = self.moved_spelling(pitch, shift, measure)
        self.rewrite_pitch(pitch, ("step", "alter", "octave"), moved)
        octave = pitch.find("octave")
        assert octave is not None
        self.rewrite(octave, str(moved.octave))
        accidental = note.find("accidental")
        if accidental is not None:
            self.rewrite(accidental, ACCIDENTALS[moved.alter])

    def moved_spelling(self, pitch: _Element, shift: int, measure: str | None) -> Spelling:
        """The transposed spelling of a <pitch>."""
        alter = float(pitch.findtext("alter", "0"))
        if not alter.is_integer() or abs(alter) > 2:
            fault = "quarter tones and triple accidentals cannot be transposed; write the nearest semitones"
            raise ScoreError(self.file, None, measure, fault)
        octave = int(float(pitch.findtext("octave", "4")))
        spelling = Spelling(pitch.findtext("step", "C").strip(), int(alter), octave)
        note = Note(onset=ZERO, duration=ZERO, pitch=spelling.pitch, spelling=spelling)
        moved = transpose_note(note, self.semitones, shift).spelling
        assert moved is not None
        if not 0 <= moved.octave <= 9:
            fault = f"{spelling} cannot be moved that far; transpose by less"
            raise ScoreError(self.file, None, measure, fault)
        return moved

    def move_chord(self, harmony: _Element, shift: int) -> None:
        """Rewrite the root and the bass of a chord symbol, and the key of a Roman numeral."""
        for kind in CHORD_TONES:
            for tone in harmony.findall(kind):
                step = tone.find(f"{kind}-step")
                letter = "" if step is None else (step.text or "").strip()
                if step is None or letter not in tuple(LINE_OF_FIFTHS):
                    continue
                alter = int(number_in(tone.findtext(f"{kind}-alter")))
                place = LINE_OF_FIFTHS.index(letter) - 1 + 7 * alter + shift
                if abs(place) > 12:
                    place += -12 if place > 0 else 12
                moved = spelling_at(place, 60)
                self.rewrite_printed(step, letter, moved.step)
                self.rewrite_pitch(tone, (f"{kind}-step", f"{kind}-alter", ""), moved)
        for fifths in harmony.findall("numeral/numeral-key/numeral-fifths"):
            key = Key(whole_number(fifths))
            self.rewrite(fifths, str(key.fifths + key_shift(key, self.shift)))

    def rewrite_printed(self, element: _Element, step: str, moved: str) -> None:
        """Rewrite the letter that a root or bass prints in place of its own; another text is taken away."""
        text = (element.get("text") or "").strip()
        if not text:
            return
        new = {step: moved, step.lower(): moved.lower()}.get(text)
        span = self.spans[element]
        tag = self.data[span.start : span.content].decode(self.style.encoding)
        if new is None:
            tag = re.sub(r"""\s+text\s*=\s*("[^"]*"|'[^']*')""", "", tag)
        else:
            tag = re.sub(r"""(\stext\s*=\s*["']\s*)[^"']*?(\s*["'])""", rf"\g<1>{new}\g<2>", tag)
        self.edits.append(Edit(span.start, span.content, self.style.encode(tag)))

    def move_figures(self, columns: Sequence[_Element], bass: Tone | None, shift: int) -> None:
        """Rewrite the accidentals of the figures over a bass note: the same tones have others elsewhere."""
        if bass is None:
            return
        for figure in (figure for column in columns for figure in column.findall("figure")):
            number = int(number_in(figure.findtext("figure-number"))) or THIRD
            for sign in (*figure.findall("prefix"), *figure.findall("suffix")):
                alter = ACCIDENTAL_SIGNS.get((sign.text or "").strip())
                if alter is not None and 0 < number <= HIGHEST:
                    tone = Tone(bass.above(number, 0).step, alter)
                    moved = tone_at(tone.fifths + shift).alter
                    if moved != alter:
                        self.rewrite(sign, SIGN_OF[moved])

    def rewrite_pitch(self, parent: _Element, tags: tuple[str, str, str], moved: Spelling) -> None:
        """Rewrite step and alteration; an <alter> is added or removed together with its white space."""
        step, alter = parent.find(tags[0]), parent.find(tags[1])
        assert step is not None
        self.rewrite(step, moved.step)
        if alter is None and moved.alter:
            span = self.spans[step]
            space = self.data[self.style.before_space(self.data, span.start) : span.start]
            new = self.style.encode(f"<{tags[1]}>{moved.alter}</{tags[1]}>")
            self.edits.append(Edit(span.end, span.end, space + new))
        elif alter is not None and not moved.alter and whole_number(alter):
            self.edits.append(self.style.cut(self.data, self.spans[alter]))
        elif alter is not None:
            self.rewrite(alter, str(moved.alter))

    def rewrite(self, element: _Element, text: str) -> None:
        """Replace an element's text, unless it is the same already."""
        if (element.text or "").strip() != text:
            span = self.spans[element]
            self.edits.append(Edit(span.content, span.content_end, self.style.encode(text)))


def is_bass_note(element: _Element) -> bool:
    """Whether a child of a measure is the note that a <figured-bass> before it stands under."""
    return element.tag == "note" and element.find("grace") is None and element.find("chord") is None


def whole_number(element: _Element) -> int:
    """The number in an element."""
    return int(number_in(element.text))
