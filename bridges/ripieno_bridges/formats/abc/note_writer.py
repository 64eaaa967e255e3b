"""Events of a voice -> <note> elements."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno_bridges.formats.abc.events import AbcEvent, AbcNote, Syllable
from ripieno_bridges.formats.abc.lengths import written_values
from ripieno_bridges.formats.abc.marks import notations
from ripieno_bridges.formats.musicxml.elements import ACCIDENTALS, add, whole
from ripieno_bridges.formats.musicxml.note_values import BEAMS, beams_at

MICROTONES = {Fraction(1, 2): "quarter-sharp", Fraction(-1, 2): "quarter-flat"}


class NoteWriter:
    """Writes the notes of a voice. stem: where its stems go, ``None`` for either way."""

    def __init__(self, stem: str | None, divisions: int) -> None:
        self.stem, self.divisions = stem, divisions
        self.inside: set[int] = set()  # the verses that are inside a word
        self.numbers: dict[int, int] = {}  # open slurs -> their numbers in the document

    def beams(self, layer: Sequence[AbcEvent]) -> list[tuple[str, ...]]:
        """The beams of each event: those that ABC writes without a space between share one."""
        beams: list[tuple[str, ...]] = [()] * len(layer)
        group: list[tuple[int, int]] = []
        for index, event in enumerate(layer):
            values = written_values(event.length)
            level = BEAMS.get(values[0][0], 0) if len(values) == 1 and event.notes else 0
            if level:
                group.append((index, level))
            if not level or not event.beamed or index + 1 == len(layer):
                if len(group) > 1:
                    levels = [level for _, level in group]
                    for place, (where, _) in enumerate(group):
                        beams[where] = beams_at(levels, place)
                group = []
        return beams

    def notes(self, event: AbcEvent, beams: tuple[str, ...], voice: str) -> list[_Element]:
        """The <note> elements of an event: its grace notes, then one for each value of each of its notes."""
        elements = [self.grace_note(note, event, voice) for note in event.grace]
        values = [("", 0, event.length)] if event.full_measure else written_values(event.length)
        for place, (value, dots, length) in enumerate(values):
            first, last = place == 0, place + 1 == len(values)
            for rank, note in enumerate(event.notes or [None]):
                element = etree.Element("note")
                if rank:
                    SubElement(element, "chord")
                if event.hidden:
                    element.set("print-object", "no")
                ties = self.add_pitch(element, note, event, length, first=first, last=last)
                add(element, "voice", voice)
                self.add_value(element, event, value, dots, note if first else None)
                for number, beam in enumerate(beams if not rank else (), 1):
                    add(element, "beam", beam).set("number", str(number))
                self.add_notations(element, event, ties, first=first and not rank, last=last and not rank)
                if first and not rank:
                    element.extend(self.lyrics(event.syllables))
                elements.append(element)
        return elements

    def add_pitch(
        self,
        element: _Element,
        note: AbcNote | None,
        event: AbcEvent,
        length: Fraction,
        *,
        first: bool,
        last: bool,
    ) -> list[str]:
        """Add the pitch or rest, the duration and the ties; returns the ties' types."""
        ties: list[str] = []
        if note is None:
            rest = SubElement(element, "rest")
            if event.full_measure:
                rest.set("measure", "yes")
        else:
            element.append(pitch_element(note))
            if note.tied or not first:
                ties.append("stop")
            if note.tie or not last:
                ties.append("start")
        add(element, "duration", whole(length * ratio_of(event) * self.divisions))
        for kind in ties:
            SubElement(element, "tie", type=kind)
        return ties

    def add_value(
        self, element: _Element, event: AbcEvent, value: str, dots: int, shown: AbcNote | None
    ) -> None:
        """Add the written value: type, dots, accidental, tuplet and stem."""
        if value:
            add(element, "type", value)
        for _ in range(dots):
            SubElement(element, "dot")
        if shown is not None and shown.shown:
            accidental = accidental_name(shown.alter)
            if accidental:
                add(element, "accidental", accidental)
        if event.tuplet:
            modification = SubElement(element, "time-modification")
            add(modification, "actual-notes", event.tuplet.actual)
            add(modification, "normal-notes", event.tuplet.normal)
        if self.stem and event.notes and value not in ("whole", "breve"):
            add(element, "stem", self.stem)

    def add_notations(
        self, element: _Element, event: AbcEvent, ties: Sequence[str], *, first: bool, last: bool
    ) -> None:
        """Add <notations>: ties, slurs, tuplet brackets, decorations."""
        parent = etree.Element("notations")
        for kind in ties:
            SubElement(parent, "tied", type=kind)
        if last:
            for slur in event.slur_ends:
                if slur in self.numbers:
                    SubElement(parent, "slur", type="stop", number=str(self.numbers.pop(slur)))
        if first:
            for slur in event.slur_starts:
                number = next(n for n in range(1, 1000) if n not in self.numbers.values())
                if number <= 6:  # more than MusicXML has numbers for
                    self.numbers[slur] = number
                    SubElement(parent, "slur", type="start", number=str(number))
            if event.notes:
                parent.extend(notations(event, below=self.stem == "down"))
        if len(parent):
            element.append(parent)

    def grace_note(self, note: AbcNote, event: AbcEvent, voice: str) -> _Element:
        """A grace note, an eighth."""
        element = etree.Element("note")
        grace = SubElement(element, "grace")
        if event.slash:
            grace.set("slash", "yes")
        element.append(pitch_element(note))
        add(element, "voice", voice)
        add(element, "type", "eighth")
        if note.shown and (name := accidental_name(note.alter)):
            add(element, "accidental", name)
        return element

    def lyrics(self, syllables: Sequence[Syllable]) -> list[_Element]:
        """The <lyric> elements under a note."""
        elements = []
        for syllable in syllables:
            inside = syllable.verse in self.inside
            syllabic = (
                ("middle" if inside else "begin") if syllable.goes_on else ("end" if inside else "single")
            )
            element = etree.Element("lyric", number=str(syllable.verse))
            add(element, "syllabic", syllabic)
            add(element, "text", syllable.text)
            if syllable.held:
                SubElement(element, "extend")
            (self.inside.add if syllable.goes_on else self.inside.discard)(syllable.verse)
            elements.append(element)
        return elements


def ratio_of(event: AbcEvent) -> Fraction:
    """What an event's written lengths are multiplied by."""
    return event.tuplet.ratio if event.tuplet else Fraction(1)


def sounding_values(event: AbcEvent) -> list[Fraction]:
    """The sounding length of each written value of an event, in quarters."""
    if event.full_measure:
        return [event.length]
    return [length * ratio_of(event) for _, _, length in written_values(event.length)]


def pitch_element(note: AbcNote) -> _Element:
    """A note's <pitch>."""
    pitch = etree.Element("pitch")
    add(pitch, "step", note.step)
    if note.alter:
        add(pitch, "alter", f"{float(note.alter):g}")
    add(pitch, "octave", note.octave)
    return pitch


def accidental_name(alter: Fraction) -> str | None:
    """MusicXML's name of an accidental, ``None`` where it has none for it."""
    if alter.denominator == 1:
        return ACCIDENTALS[int(alter)]
    return MICROTONES.get(alter)
