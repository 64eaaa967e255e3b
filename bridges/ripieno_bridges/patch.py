"""Generated voices -> the user's own MusicXML document: new bytes are put in, and no other byte changes.

Three things can happen to a voice: it has no place in the document, then a part is added; it has one, then
the measures in which its notes changed are written anew, and only this voice in them; the piece goes on
after its end, then measures are added to every part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from fractions import Fraction
from itertools import count

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import ScoreError
from ripieno.score import VOICE_NAMES, Measure, Score, Voice
from ripieno_bridges.engraving import (
    CLEFS,
    Frame,
    Seat,
    add,
    divisions_for,
    is_pickup,
    key_element,
    move_element,
    note_elements,
    part_element,
    score_part_element,
    time_element,
)
from ripieno_bridges.musicxml import Document, Seating, bracket
from ripieno_bridges.notation import Written, write_measure
from ripieno_bridges.splice import Edit, apply, hand_of, locate

# What every part shows at a barline. Endings stand once, over the system, in the user's own part.
SHARED_BARLINE = ("bar-style", "repeat")
TIMED = ("note", "backup", "forward")


def patch(document: Document, seats: Mapping[str, Seating | None], before: Score, after: Score) -> bytes:
    """The document's bytes with the voices of ``after`` in it.

    seats: where each of the four voices stands, ``None`` for one that has no place yet.
    before, after: choir scores; ``before`` is what the document holds, ``after`` may go on longer.
    """
    return Patcher(document, seats, before, after).bytes()


class Patcher:
    """Collects the edits; the document itself is never changed."""

    def __init__(
        self, document: Document, seats: Mapping[str, Seating | None], before: Score, after: Score
    ) -> None:
        self.document, self.seats, self.before, self.after = document, seats, before, after
        self.root = document.xml.root
        self.data = document.xml.data
        self.spans = locate(self.root, self.data)
        self.hand = hand_of(self.data, document.xml.encoding)
        self.parts = {p.get("id", ""): p for p in self.root.findall("part")}
        self.edits: list[Edit] = []

    def bytes(self) -> bytes:
        """The patched document."""
        old = len(self.before.measures)
        for name, seat in self.seats.items():
            if seat is None:
                continue
            for index in range(old):
                if self.changed(name, index):
                    self.rewrite(name, seat, index)
        if len(self.after.measures) > old:
            self.append_measures(old)
        self.add_parts([name for name, seat in self.seats.items() if seat is None])
        return apply(self.data, self.edits)

    # -- a voice inside a part ---------------------------------------------------------------------------

    def changed(self, name: str, index: int) -> bool:
        """Whether other notes sound in this measure of a voice than in the document."""
        measure = self.before.measures[index]
        return sounding(self.before.voice(name), measure) != sounding(self.after.voice(name), measure)

    def rewrite(self, name: str, seat: Seating, index: int) -> None:
        """Replace one voice's notes in one measure."""
        measure, part = self.after.measures[index], self.parts[seat.part]
        element = part.findall("measure")[index]
        self.refuse_transposing(part, name)
        divisions = divisions_at(part, index)
        written = write_measure(self.after.voice(name), measure, pickup=is_pickup(index, measure))
        cursor, insert_at = self.remove_voice(element, seat, divisions)
        new: list[_Element] = []
        if cursor:
            new.append(move_element("backup", cursor, divisions))
        finer = divisions_for([[written]])
        if divisions % finer == 0:
            new += note_elements(written, measure.key, divisions, self.seat(seat))
        else:
            finer *= divisions
            new.append(divisions_element(finer))
            new += note_elements(written, measure.key, finer, self.seat(seat))
            new.append(divisions_element(divisions))
        self.edits.append(Edit(insert_at, insert_at, self.hand.write(new, 3)))

    def remove_voice(self, measure: _Element, seat: Seating, divisions: int) -> tuple[Fraction, int]:
        """Take a voice's notes out of a measure; what else stands there keeps its time.

        A note that something follows leaves a <forward> of its length. Returns (where the time cursor then
        stands, in quarters from the start of the measure; the byte offset at which new notes go).
        """
        children = [c for c in measure if isinstance(c.tag, str)]
        while children and children[-1].tag == "barline" and children[-1].get("location") != "left":
            children.pop()
        ours = [c.tag == "note" and belongs(c, seat) for c in children]
        last = len(children)
        while last and (ours[last - 1] or children[last - 1].tag in ("backup", "forward")):
            last -= 1
        cursor = Fraction(0)
        for i, child in enumerate(children):
            if i >= last:
                self.remove(child)
                continue
            step = time_step(child) / divisions
            cursor += step
            if ours[i]:
                gap = [move_element("forward", step, divisions)] if step else []
                self.remove(child, gap)
        if last:
            return cursor, self.spans[children[last - 1]].end
        return cursor, self.spans[measure].content

    def remove(self, element: _Element, instead: Sequence[_Element] = ()) -> None:
        """Take an element out, with the white space before it."""
        span = self.spans[element]
        start = span.start
        while self.data[start - 1 : start] in (b" ", b"\t", b"\n", b"\r"):
            start -= 1
        self.edits.append(Edit(start, span.end, self.hand.write(list(instead), 3)))

    def seat(self, seating: Seating) -> Seat:
        """Voice, staff and stems for new notes; stems point apart where two voices share a staff."""
        beside = [s for s in self.document.seating if (s.part, s.staff) == (seating.part, seating.staff)]
        stem = None
        if len(beside) > 1:
            stem = "up" if seating == beside[0] else "down"
        return Seat(seating.voice or "1", seating.staff, stem)

    def refuse_transposing(self, part: _Element, name: str) -> None:
        """ScoreError where a part is written for a transposing instrument."""
        if part.find(".//transpose") is not None:
            fault = (
                "ripieno does not write into a part for a transposing instrument; "
                "switch the score to concert pitch and export it again"
            )
            raise ScoreError(self.document.file, name.capitalize(), None, fault)

    # -- measures after the end --------------------------------------------------------------------------

    def append_measures(self, old: int) -> None:
        """Add the new measures to every part of the document."""
        for part_id, part in self.parts.items():
            names = [n for n, s in self.seats.items() if s is not None and s.part == part_id]
            if names:
                self.refuse_transposing(part, names[0])
            columns = {name: self.written_from(name, old) for name in names}
            divisions = divisions_at(part, old - 1)
            finer = divisions_for(list(columns.values())) if columns else 1
            new_divisions = divisions if divisions % finer == 0 else divisions * finer
            elements = []
            for i, measure in enumerate(self.after.measures[old:]):
                element = measure_element(measure, self.after.measures[old + i - 1])
                if i == 0 and new_divisions != divisions:
                    element.insert(0, divisions_element(new_divisions))
                for place, name in enumerate(names):
                    if place:
                        element.append(move_element("backup", measure.duration, new_divisions))
                    seat = self.seats[name]
                    assert seat is not None
                    notes = columns[name][i]
                    element.extend(note_elements(notes, measure.key, new_divisions, self.seat(seat)))
                if not names:
                    silence = write_measure(Voice("rest"), measure)
                    element.extend(note_elements(silence, measure.key, new_divisions, Seat()))
                elements.append(element)
            last = part.findall("measure")[-1]
            at = self.spans[last].end
            self.edits.append(Edit(at, at, self.hand.write(elements, 2)))

    def written_from(self, name: str, old: int) -> list[tuple[Written, ...]]:
        """The written values of a voice in the measures after the old end."""
        return [write_measure(self.after.voice(name), m) for m in self.after.measures[old:]]

    # -- new parts ---------------------------------------------------------------------------------------

    def add_parts(self, names: Sequence[str]) -> None:
        """Add a part for each voice, between its neighbours: after the next higher voice, else on top."""
        if not names:
            return
        part_list = self.root.find("part-list")
        assert part_list is not None
        entries = {e.get("id", ""): e for e in part_list.findall("score-part")}
        used = {e.get("id") for e in self.root.iter() if isinstance(e.tag, str)}
        free = (f"P{i}" for i in count(1) if f"P{i}" not in used)
        channels = (c for c in count(len(entries) + 1) if c != 10)  # 10 is for drums
        frames = self.frames()
        grouped = part_list.find("part-group") is not None or len(entries) > 1
        anchors = {n: s.part for n, s in self.seats.items() if s is not None}
        first, final = entries[next(iter(anchors.values()))], entries[list(anchors.values())[-1]]
        if not grouped:
            self.insert_before(first, [bracket("start")], 2)
        for name in names:
            part_id = next(free)
            title = name.capitalize()
            channel = min(next(channels), 16)
            entry = score_part_element(part_id, title, f"{title[0]}.", f"voice.{name}", channel)
            part = part_element(part_id, [self.after.voice(name)], self.after, frames, CLEFS[name])
            above = [n for n in VOICE_NAMES[: VOICE_NAMES.index(name)] if n in anchors]
            if above:
                anchor = anchors[above[-1]]
                self.insert_after(entries[anchor], [entry], 2)
                self.insert_after(self.parts[anchor], [part], 1)
            else:
                below = next(n for n in VOICE_NAMES if n in anchors)
                self.insert_before(entries[anchors[below]], [entry], 2)
                self.insert_before(self.parts[anchors[below]], [part], 1)
        if not grouped:
            self.insert_after(final, [bracket("stop")], 2)

    def insert_after(self, element: _Element, new: list[_Element], depth: int) -> None:
        """Put elements behind an element."""
        at = self.spans[element].end
        self.edits.append(Edit(at, at, self.hand.write(new, depth)))

    def insert_before(self, element: _Element, new: list[_Element], depth: int) -> None:
        """Put elements before an element, on lines of their own."""
        at = self.spans[element].start
        while self.data[at - 1 : at] in (b" ", b"\t", b"\n", b"\r"):
            at -= 1
        self.edits.append(Edit(at, at, self.hand.write(new, depth)))

    def frames(self) -> list[Frame]:
        """What the document's measures show in every part: numbers, time signatures, barlines."""
        seat = next(s for s in self.seats.values() if s is not None)
        frames = [frame_of(m) for m in self.parts[seat.part].findall("measure")]
        old = len(self.before.measures)
        for i, measure in enumerate(self.after.measures[len(frames) :], len(frames)):
            previous = self.after.measures[i - 1]
            time = time_element(measure.meter) if measure.meter != previous.meter else None
            frames.append(Frame(measure.number, i >= old and is_short(measure), time, ()))
        return frames


def sounding(voice: Voice, measure: Measure) -> list[tuple[Fraction, Fraction, int]]:
    """(onset, end, pitch) of what sounds in a measure."""
    inside = (n for n in voice.notes if n.onset < measure.end and n.end > measure.onset)
    return [(n.onset, n.end, n.pitch) for n in inside]


def belongs(note: _Element, seat: Seating) -> bool:
    """Whether a <note> is of this voice and staff."""
    same_staff = seat.staff is None or note.findtext("staff", "1").strip() == seat.staff
    return same_staff and (seat.voice is None or note.findtext("voice", "1").strip() == seat.voice)


def time_step(element: _Element) -> Fraction:
    """How far an element moves the time cursor, in divisions."""
    if element.tag not in TIMED or element.find("chord") is not None:
        return Fraction(0)
    duration = Fraction((element.findtext("duration") or "0").strip())
    return -duration if element.tag == "backup" else duration


def divisions_at(part: _Element, index: int) -> int:
    """The divisions that hold at the end of a measure."""
    divisions = 1
    for measure in part.findall("measure")[: index + 1]:
        for element in measure.iter("divisions"):
            divisions = int(float(element.text or 1))
    return divisions


def divisions_element(divisions: int) -> _Element:
    """<attributes> that change nothing but the divisions."""
    attributes = etree.Element("attributes")
    add(attributes, "divisions", divisions)
    return attributes


def is_short(measure: Measure) -> bool:
    """Whether a measure is not as long as its meter says."""
    return measure.duration != measure.meter.length


def measure_element(measure: Measure, previous: Measure) -> _Element:
    """An empty <measure> with what changes at its barline."""
    element = etree.Element("measure", number=measure.number)
    if is_short(measure):
        element.set("implicit", "yes")
    if measure.key != previous.key or measure.meter != previous.meter:
        attributes = etree.SubElement(element, "attributes")
        if measure.key != previous.key:
            attributes.append(key_element(measure.key))
        if measure.meter != previous.meter:
            attributes.append(time_element(measure.meter))
    return element


def frame_of(measure: _Element) -> Frame:
    """What a document's measure shows in every part."""
    time = measure.find("attributes/time")
    if time is not None:
        time = deepcopy(time)
        time.attrib.pop("id", "")
        time.attrib.pop("number", "")
        time.tail = None
    barlines = []
    for barline in measure.findall("barline"):
        shared = [c for c in barline if c.tag in SHARED_BARLINE]
        if shared:
            copy = etree.Element("barline", location=barline.get("location", "right"))
            copy.extend(deepcopy(c) for c in shared)
            for child in copy.iter():
                child.tail = None
            barlines.append(copy)
    number, implicit = measure.get("number", ""), measure.get("implicit") == "yes"
    return Frame(number, implicit, time, tuple(barlines))
