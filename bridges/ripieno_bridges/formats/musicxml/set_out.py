"""A document's lines on other staves: the same notes, words and marks, as an open or a closed score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import lcm

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.errors import ScoreError
from ripieno_bridges.formats.musicxml.elements import (
    Clef,
    add,
    clef_element,
    move_element,
    score_part_element,
)
from ripieno_bridges.formats.musicxml.line_content import MeasureLines, NoteGroup, read_lines
from ripieno_bridges.formats.musicxml.line_words import copy_words, has_words, words_once
from ripieno_bridges.formats.musicxml.measure_time import number_in, read_in_turn
from ripieno_bridges.formats.musicxml.reader import Document, VoiceLocation
from ripieno_bridges.formats.musicxml.repair import DOCTYPE
from ripieno_bridges.formats.musicxml.shared_staff import SpannerNumbers, set_stem, show_accidentals
from ripieno_bridges.formats.musicxml.writer import bracket

SIGNATURES = ("key", "time")
FOR_ALL = ("harmony", "figured-bass", "sound")  # marks that are written once, above the first staff
ONCE = ("metronome", "rehearsal", "segno", "coda", "words")  # of <direction>, where it also has a <sound>
POSITIONS = ("default-x", "default-y", "relative-x", "relative-y")


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A part of one staff in the new score, and the lines on it, from high to low."""

    name: str
    abbreviation: str
    sound: str
    clef: Clef
    lines: tuple[VoiceLocation, ...]


@dataclass(frozen=True, slots=True)
class SetOut:
    """A document set out anew. lost: by staff's name, the indices of measures with a syllable without a note.

    own_words: the names of staves whose lines have words of their own. clefs: how many changes of clef went.
    """

    data: bytes
    lost: Mapping[str, Sequence[int]]
    own_words: Sequence[str]
    clefs: int


def set_out(document: Document, staves: Sequence[NewStaff]) -> SetOut:
    """The document with these staves in place of the parts of their lines; its other parts stay.

    Notes keep their pitch, length, ties, beams, slurs, articulations and words; stems, accidentals and the
    numbers of slurs change with their neighbours. A line without words gets those of the others where it has
    a staff of its own. Raises ScoreError for a part of a transposing instrument.
    """
    return Setter(document, staves).result()


class Setter:
    """Reads the parts of the lines, and writes the new ones."""

    def __init__(self, document: Document, staves: Sequence[NewStaff]) -> None:
        self.document, self.staves = document, staves
        self.root = deepcopy(document.xml.root)
        self.moved = {line.part for staff in staves for line in staff.lines}
        self.sources = {p.get("id", ""): p for p in self.root.findall("part") if p.get("id") in self.moved}
        self.contents = {part_id: read_in_turn(part, read_lines) for part_id, part in self.sources.items()}
        divisions = [c.divisions for contents in self.contents.values() for c in contents]
        self.divisions = lcm(*(d.numerator for d in divisions))
        self.clefs = 0
        self.marked: set[tuple[str, str]] = set()  # (part, staff) whose marks for all stand somewhere
        for part_id, part in self.sources.items():
            self.refuse_transposing(part_id, part)

    def refuse_transposing(self, part_id: str, part: _Element) -> None:
        """Raise ScoreError for a transposing instrument; one that sounds in another octave is written so."""
        for transpose in part.iter("transpose"):
            if number_in(transpose.findtext("chromatic")):
                names = {line.part: line for line in self.document.locations}
                title = self.document.lines[self.document.locations.index(names[part_id])].part
                fault = (
                    "a transposing instrument cannot share a choir's staves; write it at sounding pitch first"
                )
                raise ScoreError(self.document.file, title, None, fault)

    def result(self) -> SetOut:
        """The new document, and what is otherwise in it."""
        parts = [self.part(staff) for staff in self.staves]
        words = [
            [self.words_of(lines[k]) for k in range(len(s.lines))]
            for s, lines in zip(self.staves, parts, strict=True)
        ]
        own_words = []
        for staff, lines in zip(self.staves, words, strict=True):
            if len(lines) > 1 and not words_once(lines):
                own_words.append(staff.name)
        lost = self.share_words(words)
        ids = self.replace_entries()
        elements = [
            self.write_part(part_id, staff, lines)
            for part_id, staff, lines in zip(ids, self.staves, parts, strict=True)
        ]
        first = min(self.root.index(part) for part in self.sources.values())
        for part in self.sources.values():
            self.root.remove(part)
        for place, element in enumerate(elements, first):
            self.root.insert(place, element)
        etree.indent(self.root)
        body = etree.tostring(self.root, encoding="unicode")
        data = f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n{body}\n'.encode()
        return SetOut(data, lost, own_words, self.clefs)

    # -- reading -------------------------------------------------------------------------------------------

    def part(self, staff: NewStaff) -> list[list[list[NoteGroup]]]:
        """For each line of a staff and each measure its groups, with copies of the notes."""
        measures = max(len(contents) for contents in self.contents.values())
        lines = []
        for number, line in enumerate(staff.lines, 1):
            stem = None if len(staff.lines) == 1 else ("up" if number % 2 else "down")
            shift = octave_shift(self.sources[line.part])
            column = []
            for content in self.contents[line.part]:
                groups = groups_of(content, line)
                column.append([copied(group, str(number), stem, shift) for group in groups])
            lines.append(column + [[] for _ in range(measures - len(column))])
        return lines

    def words_of(self, line: Sequence[Sequence[NoteGroup]]) -> dict[tuple[int, Fraction], _Element]:
        """The note that a syllable would stand under, at each onset of a line."""
        found = {}
        for index, groups in enumerate(line):
            for group in groups:
                notes = [n for n in group.notes if n.find("grace") is None and n.find("pitch") is not None]
                sung = [n for n in notes if not any(t.get("type") == "stop" for t in n.findall("tie"))]
                if sung:
                    found[index, group.onset] = next(
                        (n for n in sung if n.find("lyric") is not None), sung[0]
                    )
        return found

    def share_words(
        self, words: Sequence[Sequence[dict[tuple[int, Fraction], _Element]]]
    ) -> dict[str, list[int]]:
        """Give the lines that have a staff of their own, but no words, the words of one that has some.

        It is the one that shared a staff with it before, else the highest.
        """
        lost: dict[str, list[int]] = {}
        alone = [(s, lines[0]) for s, lines in zip(self.staves, words, strict=True) if len(lines) == 1]
        singing = [(s, line) for s, line in alone if has_words(line)]
        for staff, line in alone:
            if not singing or has_words(line):
                continue
            place = staff.lines[0]
            beside = [
                w for s, w in singing if (s.lines[0].part, s.lines[0].staff) == (place.part, place.staff)
            ]
            missing = copy_words(line, beside[0] if beside else singing[0][1])
            if missing:
                lost[staff.name] = missing
        return lost

    # -- writing -------------------------------------------------------------------------------------------

    def replace_entries(self) -> list[str]:
        """Replace the <score-part>s of the parts that go; returns the ids of the new ones."""
        part_list = self.root.find("part-list")
        assert part_list is not None
        drop_groups(part_list, self.moved)
        old = [e for e in part_list.findall("score-part") if e.get("id") in self.moved]
        others = {e.get("id") for e in part_list.findall("score-part")} - self.moved
        free = (f"P{i}" for i in count(1) if f"P{i}" not in others)
        ids = [next(free) for _ in self.staves]
        entries = [
            score_part_element(part_id, staff.name, staff.abbreviation, staff.sound, channel)
            for channel, (part_id, staff) in enumerate(zip(ids, self.staves, strict=True), 1)
        ]
        if len(entries) > 1:
            entries = [bracket("start"), *entries, bracket("stop")]
        place = part_list.index(old[0])
        for entry in old:
            part_list.remove(entry)
        for number, entry in enumerate(entries, place):
            part_list.insert(number, entry)
        return ids

    def write_part(
        self, part_id: str, staff: NewStaff, lines: Sequence[Sequence[Sequence[NoteGroup]]]
    ) -> _Element:
        """The <part> of a new staff. lines: for each line and measure its groups."""
        part = etree.Element("part", id=part_id)
        leader = staff.lines[0]
        source, contents = self.sources[leader.part], self.contents[leader.part]
        again = leader.part in {part for part, _ in self.marked}
        first_of_all = not self.marked
        fifths, numbers = 0, SpannerNumbers()
        for index, old in enumerate(source.findall("measure")):
            content = contents[index]
            measure = SubElement(part, "measure", number=old.get("number", ""))
            if old.get("implicit"):
                measure.set("implicit", old.get("implicit", ""))
            if first_of_all:
                add_breaks(measure, old)
            add_barlines(measure, content, "left", again=again)
            signatures = self.signatures(content, leader, staff.clef if index == 0 else None)
            if index == 0 and (not signatures or signatures[0][0]):
                signatures.insert(0, (Fraction(0), etree.Element("attributes")))
            if index == 0:
                opening = signatures[0][1]
                said = etree.Element("divisions")
                said.text = str(self.divisions)
                opening.insert(0, said)
                opening.append(clef_element(staff.clef))
            fifths = next(
                (
                    int(number_in(s.findtext("key/fifths")))
                    for t, s in signatures
                    if not t and s.find("key") is not None
                ),
                fifths,
            )
            show_accidentals([[n for g in line[index] for n in g.notes] for line in lines], fifths)
            fifths = next(
                (
                    int(number_in(s.findtext("key/fifths")))
                    for _, s in reversed(signatures)
                    if s.find("key") is not None
                ),
                fifths,
            )
            between = [*signatures, *self.marks(staff, index), *middle_barlines(content)]
            for number, line in enumerate(lines):
                before = len(measure)
                end = self.write_line(measure, line[index], between if number == 0 else [], content.length)
                numbers.renumber(measure[before:], number)
                if number + 1 < len(lines):
                    measure.append(move_element("backup", end, self.divisions))
            add_barlines(measure, content, "right", again=again)
        self.marked |= {(line.part, line.staff or "1") for line in staff.lines}
        return part

    def write_line(
        self,
        measure: _Element,
        groups: Sequence[NoteGroup],
        between: Sequence[tuple[Fraction, _Element]],
        length: Fraction,
    ) -> Fraction:
        """Append a line to a measure, with what stands between its notes; returns where it ends."""
        time = Fraction(0)
        waiting = sorted(between, key=lambda pair: pair[0])
        for group in sorted(groups, key=lambda g: g.onset):
            while waiting and waiting[0][0] <= group.onset:
                time = self.go(measure, time, waiting[0][0])
                measure.append(waiting.pop(0)[1])
            time = self.go(measure, time, group.onset)
            for note in group.notes:
                duration = note.find("duration")
                if duration is not None:
                    duration.text = str(round(group.duration * self.divisions))
                measure.append(note)
            time = group.end
        for at, element in waiting:
            time = self.go(measure, time, max(at, time) if at <= length else length)
            measure.append(element)
        return self.go(measure, time, max(length, time))

    def go(self, measure: _Element, time: Fraction, to: Fraction) -> Fraction:
        """Move the cursor of a measure; returns where it is then."""
        if to > time:
            measure.append(move_element("forward", to - time, self.divisions))
        elif to < time:
            measure.append(move_element("backup", time - to, self.divisions))
        return to

    def signatures(
        self, content: MeasureLines, leader: VoiceLocation, clef: Clef | None
    ) -> list[tuple[Fraction, _Element]]:
        """(time, <attributes>) of the keys and meters in a measure; further clefs are counted."""
        found: list[tuple[Fraction, _Element]] = []
        for time, attributes in content.signatures:
            kept = etree.Element("attributes")
            for tag in SIGNATURES:
                for old in attributes.findall(tag):
                    if old.get("number", leader.staff or "1") == (leader.staff or "1"):
                        copy = deepcopy(old)
                        copy.attrib.pop("number", "")
                        kept.append(copy)
            if attributes.find("clef") is not None and (clef is None or time):
                self.clefs += 1
            if len(kept):
                found.append((time, kept))
        return found

    def marks(self, staff: NewStaff, index: int) -> list[tuple[Fraction, _Element]]:
        """The dynamics, tempos, chord symbols and so on of a measure of a new staff, each once."""
        found: dict[tuple[Fraction, bytes], _Element] = {}
        for part, number in dict.fromkeys((line.part, line.staff or "1") for line in staff.lines):
            contents = self.contents[part]
            here = contents[index].marks if index < len(contents) else []
            for time, on_staff, element in here:
                if on_staff != number or ((part, number) in self.marked and is_for_all(element)):
                    continue
                copy = deepcopy(element)
                for child in copy.findall("staff") + copy.findall("voice") + copy.findall("offset"):
                    copy.remove(child)
                without_positions(copy)
                found.setdefault((time, etree.tostring(copy, method="c14n")), copy)
        return [(time, element) for (time, _), element in found.items()]


def groups_of(content: MeasureLines, line: VoiceLocation) -> list[NoteGroup]:
    """The groups of a line in a measure; those of every voice where the line's number is not said."""
    staff = line.staff or "1"
    found = [
        group
        for (on_staff, voice), groups in content.lines.items()
        for group in groups
        if on_staff == staff and line.voice in (None, voice)
    ]
    return sorted(found, key=lambda group: group.onset)


def copied(group: NoteGroup, voice: str, stem: str | None, octaves: int) -> NoteGroup:
    """The group with copies of its notes, as they stand in a line of another staff."""
    notes = []
    for old in group.notes:
        note = deepcopy(old)
        note.tail = None
        staff = note.find("staff")
        if staff is not None:
            note.remove(staff)
        said = note.find("voice")
        if said is None:
            said = add(note, "voice", voice)
            note.remove(said)
            place = [
                c
                for c in note
                if c.tag in ("grace", "chord", "pitch", "rest", "unpitched", "duration", "tie", "cue")
            ]
            note.insert(note.index(place[-1]) + 1, said)
        said.text = voice
        if note.find("rest") is not None:
            note.attrib.pop("print-object", "")
        octave = note.find("pitch/octave")
        if octave is not None and octaves:
            octave.text = str(int(number_in(octave.text)) + octaves)
        set_stem(note, stem)
        without_positions(note)
        notes.append(note)
    return NoteGroup(group.onset, group.duration, tuple(notes))


def octave_shift(part: _Element) -> int:
    """By how many octaves a part sounds higher than it is written."""
    return int(number_in(part.findtext(".//transpose/octave-change")))


def without_positions(element: _Element) -> None:
    """Take away where things stood on the old staves."""
    for child in element.iter():
        for name in POSITIONS:
            child.attrib.pop(name, "")


def is_for_all(element: _Element) -> bool:
    """Whether a mark is for all voices: a tempo, a rehearsal mark, a chord symbol."""
    if element.tag in FOR_ALL:
        return True
    kinds = {child.tag for kind in element.findall("direction-type") for child in kind}
    return (
        "metronome" in kinds
        or "rehearsal" in kinds
        or (element.find("sound") is not None and not kinds.isdisjoint(ONCE))
    )


def drop_groups(part_list: _Element, moved: set[str]) -> None:
    """Remove the brackets and braces around nothing but parts that go."""
    opened: dict[str, tuple[_Element, set[str]]] = {}
    for entry in list(part_list):
        if entry.tag == "score-part":
            for _, inside in opened.values():
                inside.add(entry.get("id", ""))
        elif entry.tag == "part-group" and entry.get("type") == "start":
            opened[entry.get("number", "1")] = (entry, set())
        elif entry.tag == "part-group":
            start, inside = opened.pop(entry.get("number", "1"), (None, set[str]()))
            if start is not None and inside <= moved:
                part_list.remove(start)
                part_list.remove(entry)


def add_breaks(measure: _Element, old: _Element) -> None:
    """Keep the system and page breaks of a measure."""
    for name in ("new-system", "new-page"):
        if any(p.get(name) == "yes" for p in old.findall("print")):
            SubElement(measure, "print").set(name, "yes")
            return


def add_barlines(measure: _Element, content: MeasureLines, where: str, *, again: bool) -> None:
    """Add the left or the right barline of a measure. again: without endings, which another part shows."""
    for _, barline in content.barlines:
        if barline.get("location", "right") == where:
            copy = deepcopy(barline)
            for ending in copy.findall("ending") if again else []:
                copy.remove(ending)
            if len(copy):
                measure.append(copy)


def middle_barlines(content: MeasureLines) -> list[tuple[Fraction, _Element]]:
    """The barlines inside a measure, with their times."""
    return [(time, deepcopy(b)) for time, b in content.barlines if b.get("location") == "middle"]
