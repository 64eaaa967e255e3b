"""What stands in a measure of a part, by line: its notes, and the marks of each staff, with their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.measure_time import number_in

MARKS = ("direction", "harmony", "figured-bass", "sound")


@dataclass(frozen=True, slots=True)
class NoteGroup:
    """A note, with the others of its chord, the grace notes before it. Times in quarters, in the measure."""

    onset: Fraction
    duration: Fraction
    notes: tuple[_Element, ...]

    @property
    def end(self) -> Fraction:
        """Where it ends."""
        return self.onset + self.duration


@dataclass(slots=True)
class MeasureLines:
    """The content of one measure of a part.

    lines: by (staff, voice). marks: (time, staff, element). signatures: (time, <attributes>). barlines:
    (time, element). divisions: of a quarter, at its end. length: in quarters.
    """

    lines: dict[tuple[str, str], list[NoteGroup]] = field(default_factory=dict)
    marks: list[tuple[Fraction, str, _Element]] = field(default_factory=list)
    signatures: list[tuple[Fraction, _Element]] = field(default_factory=list)
    barlines: list[tuple[Fraction, _Element]] = field(default_factory=list)
    divisions: Fraction = Fraction(1)
    length: Fraction = Fraction(0)


def read_lines(measure: _Element, divisions: Fraction) -> MeasureLines:
    """The content of a <measure>, whose elements stay as they are. divisions: at its start."""
    content = MeasureLines(divisions=divisions)
    time = Fraction(0)
    waiting: dict[tuple[str, str], list[_Element]] = {}  # grace notes, by line
    for child in measure:
        tag = child.tag
        length = quarters(child, content.divisions)
        if tag == "attributes":
            said = child.findtext("divisions")
            content.divisions = number_in(said) if said is not None else content.divisions
            content.signatures.append((time, child))
        elif tag == "note":
            line = (child.findtext("staff", "1").strip(), child.findtext("voice", "1").strip())
            groups = content.lines.setdefault(line, [])
            if child.find("chord") is not None and (waiting.get(line) or groups):
                add_to_chord(child, groups, waiting.get(line, []))
            elif child.find("grace") is not None:
                waiting.setdefault(line, []).append(child)
            else:
                groups.append(NoteGroup(time, length, (*waiting.pop(line, ()), child)))
                time += length
        elif tag in ("backup", "forward"):
            time = max(time + (length if tag == "forward" else -length), Fraction(0))
        elif tag == "barline":
            content.barlines.append((time, child))
        elif tag in MARKS:
            offset = number_in(child.findtext("offset")) / content.divisions
            content.marks.append(
                (max(time + offset, Fraction(0)), child.findtext("staff", "1").strip(), child)
            )
        content.length = max(content.length, time)
    for line, graces in waiting.items():
        if graces:  # after the last note, before the barline
            content.lines[line].append(NoteGroup(content.length, Fraction(0), tuple(graces)))
    return content


def add_to_chord(note: _Element, groups: list[NoteGroup], graces: list[_Element]) -> None:
    """Add a note of a chord to the grace note before it, else to the group before it."""
    if note.find("grace") is not None and graces:
        graces.append(note)
        return
    last = groups.pop()
    groups.append(NoteGroup(last.onset, last.duration, (*last.notes, note)))


def quarters(element: _Element, divisions: Fraction) -> Fraction:
    """The length of an element in quarters; 0 without a <duration>."""
    return number_in(element.findtext("duration")) / divisions
