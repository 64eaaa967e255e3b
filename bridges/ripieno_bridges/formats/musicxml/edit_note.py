"""Moving one note of a document to another pitch; all other bytes stay, but accidentals in its measures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import RequestError
from ripieno.score import Key, Spelling
from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits, detect_style, locate
from ripieno_bridges.formats.musicxml.elements import ACCIDENTALS, add, key_accidentals
from ripieno_bridges.formats.musicxml.measure_time import cursor_step
from ripieno_bridges.formats.musicxml.reader import VoiceLocation
from ripieno_bridges.formats.musicxml.rewrite import written_spelling
from ripieno_bridges.formats.musicxml.validate import CheckedXml
from ripieno_bridges.formats.musicxml.voice_order import belongs, divisions_in

LOWEST_OCTAVE, HIGHEST_OCTAVE = 0, 9  # of MusicXML
STEPS = "CDEFGAB"
MAX_MOVE = 127


def move_note(xml: CheckedXml, index: int, *, steps: int = 0, semitones: int = 0) -> bytes:
    """The document's bytes with a note, and those that are tied to it, moved.

    index: of the note among all <note> elements. steps: lines and spaces of the staff; the note gets the
    accidental of the key there. semitones: spelled as the key spells them. Raises RequestError where there is
    no such note, or it cannot go there.
    """
    if max(abs(steps), abs(semitones)) > MAX_MOVE:
        raise RequestError(f"a note cannot go further than {MAX_MOVE} steps or semitones")
    notes = list(xml.root.iter("note"))
    if not 0 <= index < len(notes):
        raise RequestError(f"the document has no note {index}; read it again")
    note = notes[index]
    if note.find("pitch") is None:
        raise RequestError("only a note with a pitch can be moved; this is a rest, or percussion")
    key = key_at(note)
    target = moved(written_spelling(pitch_of(note)), key, steps, semitones)
    chain = tied_chain(note)
    editor = NoteEditor(xml)
    for element in chain:
        editor.set_pitch(element, target)
    for measure in dict.fromkeys(measure_of(element) for element in chain):
        editor.show_accidentals(measure, dict.fromkeys(chain, target))
    return apply_edits(xml.data, editor.edits)


def moved(spelling: Spelling, key: Key, steps: int, semitones: int) -> Spelling:
    """A spelling some steps and semitones away. Raises RequestError beyond what notation has."""
    if steps:
        place = STEPS.index(spelling.step) + 7 * spelling.octave + steps
        step = STEPS[place % 7]
        spelling = Spelling(step, key_accidentals(key)[step], place // 7)
    if semitones:
        spelling = key.spell(spelling.pitch + semitones)
    if not LOWEST_OCTAVE <= spelling.octave <= HIGHEST_OCTAVE or not 0 <= spelling.pitch <= 127:
        raise RequestError("the note cannot go any further")
    return spelling


def pitch_of(note: _Element) -> _Element:
    """The <pitch> of a note that has one."""
    pitch = note.find("pitch")
    assert pitch is not None
    return pitch


def measure_of(note: _Element) -> _Element:
    """The measure that a note is in."""
    measure = note.getparent()
    assert measure is not None
    return measure


def key_at(note: _Element) -> Key:
    """The written key signature that holds at a note; C major where it has no fifths."""
    measure = measure_of(note)
    part = measure.getparent()
    assert part is not None
    staff = note.findtext("staff", "1").strip()
    found = Key()
    for other in part.findall("measure"):
        for element in other:
            if element is note:
                return found
            for sign in element.findall("key") if element.tag == "attributes" else []:
                if sign.get("number") in (None, staff) and sign.findtext("fifths") is not None:
                    mode = (sign.findtext("mode") or "").strip()
                    fifths = max(-7, min(7, int(float(sign.findtext("fifths", "0")))))
                    found = Key(fifths, "minor" if mode == "minor" else "major")
    return found


def tied_chain(note: _Element) -> list[_Element]:
    """A note and the notes that are tied to it, in order."""
    part = measure_of(note).getparent()
    assert part is not None
    location = VoiceLocation("", note.findtext("staff", "1").strip(), note.findtext("voice", "1").strip())
    written = written_spelling(pitch_of(note))
    line = [
        n
        for n in part.iter("note")
        if belongs(n, location) and (p := n.find("pitch")) is not None and written_spelling(p) == written
    ]
    first = last = line.index(note)
    while first and is_tied(line[first], "stop") and is_tied(line[first - 1], "start"):
        first -= 1
    while last + 1 < len(line) and is_tied(line[last], "start") and is_tied(line[last + 1], "stop"):
        last += 1
    return line[first : last + 1]


def is_tied(note: _Element, kind: str) -> bool:
    """Whether a note has a tie that starts or stops at it."""
    paths = (f"tie[@type='{kind}']", f"notations/tied[@type='{kind}']")
    return any(note.find(path) is not None for path in paths)


class NoteEditor:
    """Collects the edits of a document."""

    def __init__(self, xml: CheckedXml) -> None:
        self.data = xml.data
        self.spans = locate(xml.root, xml.data)
        self.style = detect_style(xml.data, xml.encoding)
        self.edits: list[Edit] = []

    def set_pitch(self, note: _Element, spelling: Spelling) -> None:
        """Replace the pitch of a note; the stem of a voice alone on its staff goes."""
        pitch = etree.Element("pitch")
        add(pitch, "step", spelling.step)
        if spelling.alter:
            add(pitch, "alter", spelling.alter)
        add(pitch, "octave", spelling.octave)
        self.replace(pitch_of(note), [pitch])
        stem = note.find("stem")
        if stem is not None and note.find("beam") is None and is_alone(note):
            self.replace(stem, [])

    def show_accidentals(self, measure: _Element, targets: dict[_Element, Spelling]) -> None:
        """Add and remove the accidentals that the new pitches ask for in a measure.

        targets: the new spellings. The accidental of a note that did not move goes only where one was needed
        before, and none is now.
        """
        staves = {note.findtext("staff", "1").strip() for note in targets if measure_of(note) is measure}
        for staff in staves:
            notes = [n for n in in_time(measure) if n.findtext("staff", "1").strip() == staff]
            key = key_at(notes[0])
            before, after = needed(notes, key, {}), needed(notes, key, targets)
            for note in notes:
                shown = note.find("accidental")
                if note in after and (shown is None or note in targets):
                    self.show(note, shown, targets.get(note) or written_spelling(pitch_of(note)))
                elif shown is not None and note not in after and (note in targets or note in before):
                    self.replace(shown, [])

    def show(self, note: _Element, shown: _Element | None, spelling: Spelling) -> None:
        """Give a note an accidental, in place of the one that it has."""
        accidental = etree.Element("accidental")
        accidental.text = ACCIDENTALS[spelling.alter]
        if shown is not None:
            self.replace(shown, [accidental])
            return
        before = [c for c in note if c.tag in BEFORE_ACCIDENTAL]
        at = self.spans[before[-1]].end
        self.edits.append(Edit(at, at, self.style.write([accidental], 4)))

    def replace(self, element: _Element, new: Sequence[_Element]) -> None:
        """Put other elements in place of one."""
        text = self.style.write(list(new), 4) if new else b""
        self.edits.append(self.style.cut(self.data, self.spans[element], text))


# The children of a <note> that stand before its <accidental>.
BEFORE_ACCIDENTAL = (
    *("grace", "chord", "pitch", "rest", "unpitched", "duration", "tie", "instrument"),
    *("footnote", "level", "voice", "type", "dot"),
)


def is_alone(note: _Element) -> bool:
    """Whether its voice is the only one on its staff in its measure."""
    staff = note.findtext("staff", "1").strip()
    beside = (n for n in measure_of(note).findall("note") if n.findtext("staff", "1").strip() == staff)
    return len({n.findtext("voice", "1").strip() for n in beside}) == 1


def in_time(measure: _Element) -> list[_Element]:
    """The pitched notes of a measure in order of time."""
    divisions, cursor, onset = divisions_before(measure), Fraction(0), Fraction(0)
    found: list[tuple[Fraction, _Element]] = []
    for child in (c for c in measure if isinstance(c.tag, str)):
        divisions = divisions_in(child, divisions)
        if child.tag == "note" and child.find("chord") is None:
            onset = cursor
        if child.tag == "note" and child.find("pitch") is not None:
            found.append((onset, child))
        cursor += cursor_step(child, Fraction(divisions))
    return [note for _, note in sorted(found, key=lambda pair: pair[0])]


def divisions_before(measure: _Element) -> int:
    """The divisions at the barline before a measure."""
    divisions = 1
    for other in measure.itersiblings("measure", preceding=True):
        for element in reversed(other.findall("attributes")):
            if element.find("divisions") is not None:
                return divisions_in(element, divisions)
    return divisions


def needed(notes: Sequence[_Element], key: Key, targets: dict[_Element, Spelling]) -> set[_Element]:
    """The notes of a staff and measure that need an accidental. targets: new spellings of some of them."""
    holds: dict[str, int] = {}
    found: set[_Element] = set()
    for note in notes:
        spelling = targets.get(note) or written_spelling(pitch_of(note))
        place = f"{spelling.step}{spelling.octave}"
        if is_tied(note, "stop"):
            continue  # the accidental of the note before holds for this one
        if holds.get(place, key_accidentals(key)[spelling.step]) != spelling.alter:
            found.add(note)
        holds[place] = spelling.alter
    return found
