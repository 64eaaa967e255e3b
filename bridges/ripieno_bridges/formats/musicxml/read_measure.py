"""What stands in one <measure>: its lines of notes at exact times, and what changes in it."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from fractions import Fraction

from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.measure_time import note_length, number_in, quarters_of

ZERO = Fraction(0)
SIGNATURES = ("key", "time")

Line = tuple[str, str]  # staff, voice


@dataclass(slots=True)
class Event:
    """A note, a rest or a chord. onset: from the start of the measure, in quarters. notes: the chord's."""

    onset: Fraction
    length: Fraction
    notes: list[_Element]

    @property
    def end(self) -> Fraction:
        """When it ends, in quarters from the start of the measure."""
        return self.onset + self.length


@dataclass(slots=True)
class FigureColumn:
    """A <figured-bass>. onset: from the start of the measure. length: in quarters, where it says one.

    line, number: of the event under it, the next note that is no grace note; ``None`` where there is none.
    """

    onset: Fraction
    length: Fraction | None
    element: _Element
    line: Line | None = None
    number: int = 0


@dataclass(slots=True)
class MeasureContent:
    """A measure as read.

    signatures: <key> and <time> that stand at its start. later: those inside it or at its end, which hold
    from the next barline on. clefs: those at its start. transpositions: <transpose>.
    tempos: (time, <direction> or <sound>). harmonies: (time, <harmony>).
    end: how far notes and <forward> reach. divisions: those at its end.
    lost: notes of which nothing says how long they are.
    """

    lines: dict[Line, list[Event]] = field(default_factory=dict)
    signatures: list[_Element] = field(default_factory=list)
    later: list[_Element] = field(default_factory=list)
    clefs: list[_Element] = field(default_factory=list)
    transpositions: list[_Element] = field(default_factory=list)
    tempos: list[tuple[Fraction, _Element]] = field(default_factory=list)
    harmonies: list[tuple[Fraction, _Element]] = field(default_factory=list)
    figures: list[FigureColumn] = field(default_factory=list)
    end: Fraction = ZERO
    divisions: Fraction = Fraction(1)
    lost: list[_Element] = field(default_factory=list)


def read_measure(measure: _Element, divisions: Fraction) -> MeasureContent:
    """Read a measure of a document whose numbers were checked. divisions: those that hold at its start."""
    reader = MeasureReader(divisions)
    for child in measure:
        reader.add(child)
    return reader.content


class MeasureReader:
    """Follows the time cursor of a measure.

    A document counts in divisions, to which it may have rounded a third of a quarter. ``said`` is where the
    cursor stands by its durations, ``time`` where that is in truth.
    """

    def __init__(self, divisions: Fraction) -> None:
        self.content = MeasureContent(divisions=divisions)
        self.said = self.time = ZERO
        self.times = {ZERO: ZERO}  # said -> true, wherever a note starts or ends
        self.known = [ZERO]  # the same, what was said, in order
        self.last: Event | None = None
        self.columns: list[FigureColumn] = []  # those whose note is still to come

    def add(self, child: _Element) -> None:
        """Take the next child of the measure."""
        match child.tag:
            case "note":
                self.add_note(child)
            case "backup" | "forward":
                step = quarters_of(child, self.content.divisions) or ZERO
                self.move(-step if child.tag == "backup" else step)
            case "attributes":
                self.add_attributes(child)
            case "direction" | "sound" | "harmony":
                offset = number_in(child.findtext("offset")) / self.content.divisions
                found = self.content.harmonies if child.tag == "harmony" else self.content.tempos
                found.append((max(self.time + offset, ZERO), child))
            case "figured-bass":
                self.add_figures(child)

    def add_attributes(self, attributes: _Element) -> None:
        """Take what changes here."""
        text = (attributes.findtext("divisions") or "").strip()
        if text:
            self.content.divisions = Fraction(text)
        at_start = self.time == 0
        for child in attributes:
            if child.tag in SIGNATURES:
                (self.content.signatures if at_start else self.content.later).append(child)
            elif child.tag == "clef" and at_start:
                self.content.clefs.append(child)
            elif child.tag == "transpose":
                self.content.transpositions.append(child)

    def add_figures(self, figures: _Element) -> None:
        """Take a <figured-bass>, which begins where the one before it under the same note ends."""
        length = number_in(figures.findtext("duration")) / self.content.divisions
        before = self.columns[-1] if self.columns else None
        onset = self.time if before is None else before.onset + (before.length or ZERO)
        self.columns.append(FigureColumn(onset, length if length > 0 else None, figures))
        self.content.figures.append(self.columns[-1])

    def add_note(self, note: _Element) -> None:
        """Take a note, or one more of a chord; a grace note takes no time and is no part of a line."""
        if note.find("grace") is not None:
            return
        if note.find("chord") is not None and self.last is not None:
            self.last.notes.append(note)
            return
        length = note_length(note, self.content.divisions)
        if length is None:
            self.content.lost.append(note)
            return
        line = (note.findtext("staff") or "1").strip(), (note.findtext("voice") or "1").strip()
        self.last = Event(self.time, length, [note])
        events = self.content.lines.setdefault(line, [])
        for column in self.columns:
            column.line, column.number = line, len(events)
        self.columns = []
        events.append(self.last)
        said = quarters_of(note, self.content.divisions)
        self.said += length if said is None else said
        self.time += length
        if self.said not in self.times:
            self.times[self.said] = self.time
            insort(self.known, self.said)
        self.content.end = max(self.content.end, self.time)

    def move(self, step: Fraction) -> None:
        """Move the cursor, never before the start of the measure."""
        self.said = max(self.said + step, ZERO)
        self.time = self.true_time(max(self.time + step, ZERO))
        self.content.end = max(self.content.end, self.time)

    def true_time(self, otherwise: Fraction) -> Fraction:
        """The time at which the cursor truly stands: where a note starts or ends, within a division."""
        if self.said in self.times:
            return self.times[self.said]
        place = bisect_left(self.known, self.said)
        near = min(self.known[max(place - 1, 0) : place + 1], key=lambda said: abs(said - self.said))
        return self.times[near] if abs(near - self.said) < 1 / self.content.divisions else otherwise
