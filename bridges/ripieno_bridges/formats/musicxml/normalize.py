"""The tree that music21 gets: a document's music in the plainest notation, and nothing else.

Only what makes notes is copied, each measure in one unit of time, each of its lines from start to end. So
figures, chord symbols, layout, playback and whatever else a program may write cannot trouble a reader, and
what can be understood in a way is understood once, here, with a remark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno_bridges.formats.musicxml.elements import add
from ripieno_bridges.formats.musicxml.measure_time import read_in_turn
from ripieno_bridges.formats.musicxml.plain_elements import (
    bare,
    meter_length,
    part_titles,
    plain_clef,
    plain_key,
    plain_note,
    plain_time,
    plain_transposition,
    printed_number,
    staff_count,
    tempo_mark,
)
from ripieno_bridges.formats.musicxml.read_measure import (
    SIGNATURES,
    Event,
    Line,
    MeasureContent,
    read_measure,
)
from ripieno_bridges.formats.musicxml.remarks import Remarks

ZERO = Fraction(0)
HEADER = ("work", "movement-number", "movement-title")
SIXTY_FOURTH = Fraction(1, 16)  # in quarters; no measure ends between two of them, except in triplets
MAX_DIVISIONS = 10**9  # a common unit finer than this says nothing that notation could


@dataclass(frozen=True, slots=True, eq=False)
class NormalizedXml:
    """A document's music as a tree of its own. remarks: how odd notation was understood, in sentences."""

    root: _Element
    remarks: tuple[str, ...] = ()


def normalize(root: _Element) -> NormalizedXml:
    """A document's music as music21 reads it without a fault; the document itself stays as it is.

    A cue note is a rest to the singer. Every note names its voice, without one it is in the first. A note
    is as long as it is written where its <duration> was only rounded. A measure is as long as its notes and
    <forward> reach in any part, in whole 64ths or triplets of them.
    """
    return Normalizer(root).result()


class Normalizer:
    """Reads all parts, then writes them, since a measure is as long in one part as in the others."""

    def __init__(self, root: _Element) -> None:
        self.root = root
        self.parts = root.findall("part")
        self.remarks = Remarks()
        self.contents = [read_in_turn(part, read_measure) for part in self.parts]
        count = max((len(contents) for contents in self.contents), default=0)
        numbers = [
            measure.get("number", "") for part in self.parts[:1] for measure in part.findall("measure")
        ]
        self.numbers = [
            printed_number(number, i) for i, number in enumerate([*numbers, *[""] * count][:count])
        ]
        self.names = part_titles(root)

    def result(self) -> NormalizedXml:
        """The tree, and the remarks."""
        tree = etree.Element("score-partwise", version="4.0")
        tree.extend(bare(e) for e in self.root if e.tag in HEADER)
        creators = SubElement(tree, "identification")
        creators.extend(bare(e) for e in self.root.findall("identification/creator"))
        part_list = SubElement(tree, "part-list")
        lengths = self.lengths()
        for index, (part, contents) in enumerate(zip(self.parts, self.contents, strict=True), 1):
            entry = SubElement(part_list, "score-part", id=f"P{index}")
            add(entry, "part-name", self.names[index - 1])
            writer = PartWriter(staff_count(part), empty_staves(part, contents), self.remarks)
            element = SubElement(tree, "part", id=f"P{index}")
            for i, content in enumerate(contents):
                self.remarks.lost(self.names[index - 1] or f"part {index}", self.numbers[i], content.lost)
                alone = index == 1 and not any(c[i].lines for c in self.contents if i < len(c))
                measure = writer.measure(content, lengths[i], self.numbers[i], alone=alone)
                element.append(measure)
        return NormalizedXml(tree, self.remarks.sentences())

    def lengths(self) -> list[Fraction]:
        """The length of each measure in quarters; 0 for one that is empty in every part."""
        lengths: list[Fraction] = []
        meters: list[Fraction | None] = []
        meter: Fraction | None = Fraction(4)
        for i, _ in enumerate(self.numbers):
            row = [contents[i] for contents in self.contents if i < len(contents)]
            signatures = [time for content in row for time in content.signatures if time.tag == "time"]
            if signatures:
                meter = meter_length(signatures[0])
            last = max((e.onset for c in row for line in c.lines.values() for e in line), default=ZERO)
            lengths.append(measure_length(max(content.end for content in row), last, meter))
            later = [time for content in row for time in content.later if time.tag == "time"]
            meters.append(None if later else meter)
            if later:
                meter = meter_length(later[-1])
        self.remarks.odd_lengths(self.numbers, lengths, meters)
        return lengths


def measure_length(end: Fraction, last: Fraction, meter: Fraction | None) -> Fraction:
    """The length of a measure in quarters: its meter's if that is meant, else what is in it, in whole 64ths.

    end, last: how far its notes reach, and when the last one starts. meter: its length, ``None`` without one.
    """
    if meter is not None and last < meter and abs(end - meter) < SIXTY_FOURTH / 2:
        return meter
    if (end * 24).denominator == 1 or (end / SIXTY_FOURTH).denominator == 1:
        return end
    return ceil(end / SIXTY_FOURTH) * SIXTY_FOURTH


def empty_staves(part: _Element, contents: Sequence[MeasureContent]) -> list[int]:
    """The staves of a part on which nothing stands, where it has several."""
    used = {line[0] for content in contents for line in content.lines}
    return [n for n in range(1, staff_count(part) + 1) if str(n) not in used and staff_count(part) > 1]


class PartWriter:
    """Writes the measures of one part. staves: how many it has. empty: those that get a rest, to be there."""

    def __init__(self, staves: int, empty: Sequence[int], remarks: Remarks) -> None:
        self.staves, self.empty, self.remarks = staves, empty, remarks
        self.waiting: list[_Element] = []  # signatures that hold from the next barline on
        self.first = True

    def measure(self, content: MeasureContent, length: Fraction, number: str, *, alone: bool) -> _Element:
        """A measure, filled up to its length with a rest where no line reaches that far.

        alone: whether this is the first part, and no part has a note here.
        """
        element = etree.Element("measure", number=number)
        times = {length, *(time for time, _ in content.tempos)}
        times |= {
            time for line in content.lines.values() for event in line for time in (event.onset, event.end)
        }
        clock = Clock(element, min(lcm(*(t.denominator for t in times)), MAX_DIVISIONS))
        attributes = SubElement(element, "attributes")
        add(attributes, "divisions", clock.divisions)
        self.add_signatures(attributes, content, number)
        for time, tempo in content.tempos:
            if (mark := tempo_mark(tempo)) is not None:
                clock.go(min(time, length))
                element.append(mark)
        full = any(event.end >= length for line in content.lines.values() for event in line)
        for line, events in content.lines.items() or ([(("1", "1"), [])] if alone and length else []):
            for event in sorted(events, key=lambda e: e.onset):
                self.add_event(clock, line, event, min(event.end, length))
            if not full and events == next(iter(content.lines.values()), []):
                end = max((event.end for event in events), default=ZERO)
                if end < length:
                    self.add_event(clock, line, Event(end, length - end, [etree.Element("note")]), length)
        voice = next((line[1] for line in content.lines), "1")
        for staff in self.empty if length else ():
            clock.go(ZERO)
            self.add_event(clock, (str(staff), voice), Event(ZERO, length, [etree.Element("note")]), length)
        self.empty = () if length else self.empty
        return element

    def add_signatures(self, attributes: _Element, content: MeasureContent, number: str) -> None:
        """Add the key, meter, staves and transposition that hold from this measure on."""
        for tag in SIGNATURES:
            here = [e for e in content.signatures if e.tag == tag] or [
                e for e in self.waiting if e.tag == tag
            ]
            for element in here:
                plain = plain_key(element, number, self.remarks) if tag == "key" else plain_time(element)
                if plain is None:
                    self.remarks.note("no meter", number)
                else:
                    attributes.append(plain)
        self.waiting = content.later
        for element in content.later:
            self.remarks.note("key inside" if element.tag == "key" else "time inside", number)
        if self.first:
            add(attributes, "staves", self.staves)
            self.first = False
        attributes.extend(clef for e in content.clefs if (clef := plain_clef(e)) is not None)
        attributes.extend(plain_transposition(e) for e in content.transpositions)

    def add_event(self, clock: Clock, line: Line, event: Event, end: Fraction) -> None:
        """Add the notes of one event."""
        staff = min(max(int(line[0]), 1), self.staves) if line[0].isascii() and line[0].isdigit() else 1
        if end <= event.onset:
            return
        clock.go(event.onset)
        for place, note in enumerate(event.notes):
            plain = plain_note(note, clock.count(end) - clock.count(event.onset), line[1] or "1", staff)
            if place and plain.find("rest") is not None:
                continue  # a cue note in a chord
            if place:
                plain.insert(0, etree.Element("chord"))
            clock.measure.append(plain)
        clock.time = end


@dataclass(slots=True)
class Clock:
    """The time cursor of a measure that is written; it moves by <backup> and <forward>."""

    measure: _Element
    divisions: int
    time: Fraction = ZERO

    def go(self, time: Fraction) -> None:
        """Move to a time."""
        step = self.count(time) - self.count(self.time)
        if step:
            element = SubElement(self.measure, "forward" if step > 0 else "backup")
            add(element, "duration", abs(step))
        self.time = time

    def count(self, time: Fraction) -> int:
        """A time in divisions."""
        return round(time * self.divisions)
