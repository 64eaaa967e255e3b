"""Generated voices -> the user's own MusicXML document: new bytes are put in, and no other byte changes.

Three things can happen to a voice: it has no place in the document, then a part is added; it has one, then
the measures in which its notes changed are written anew, and only this voice in them; the piece goes on
after its end, then measures are added to every part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import RequestError, ScoreError
from ripieno.score import VOICE_NAMES, Measure, Score, Spelling, Voice
from ripieno_bridges.engraving import (
    Frame,
    Seat,
    add,
    divisions_for,
    final_barline,
    is_pickup,
    key_element,
    move_element,
    note_elements,
    part_element,
    score_part_element,
    spellings,
    time_element,
)
from ripieno_bridges.musicxml import Document, Seating, bracket, choir_staff
from ripieno_bridges.notation import Written, notes_in, write_measure
from ripieno_bridges.splice import Edit, apply, hand_of, locate

# What every part shows at a barline. Endings stand once, over the system, in the user's own part.
SHARED_BARLINE = ("bar-style", "repeat")
TIMED = ("note", "backup", "forward")


def patch(
    document: Document,
    seats: Mapping[str, Seating | None],
    before: Score,
    after: Score,
    *,
    layout: str = "open",
) -> bytes:
    """The document's bytes with the voices of ``after`` in it.

    seats: where each of the four voices stands, ``None`` for one that has no place yet.
    before, after: choir scores; ``before`` is what the document holds, ``after`` may go on longer.
    layout: "open", a new part for each new voice; or "closed", for a document with nothing but a soprano:
    the alto joins it on its staff, and tenor and bass share a new one.
    """
    new = [[name] for name, seat in seats.items() if seat is None]
    if layout == "closed":
        soprano = seats["soprano"]
        if soprano is None or len(new) < len(VOICE_NAMES) - 1:
            raise RequestError(
                "--layout closed is for a score with nothing but a soprano; leave it out, and every new "
                "voice gets a staff of its own"
            )
        seats = {**seats, "alto": beside_soprano(document, soprano)}
        new = [["tenor", "bass"]]
    return Patcher(document, seats, before, after).bytes(new)


def beside_soprano(document: Document, soprano: Seating) -> Seating:
    """The place of an alto on the soprano's staff: the first voice number that its part does not use."""
    part = next(p for p in document.xml.root.findall("part") if p.get("id") == soprano.part)
    used = {(e.text or "").strip() for e in part.iter("voice")} | {"1"}
    return Seating(soprano.part, soprano.staff, next(str(i) for i in count(2) if str(i) not in used))


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

    def bytes(self, new: Sequence[Sequence[str]]) -> bytes:
        """The patched document. new: the voices of each part that it gets."""
        old = len(self.before.measures)
        for part_id, part in self.parts.items():
            seats = {n: s for n, s in self.seats.items() if s is not None and s.part == part_id}
            count = len(part.findall("measure"))
            for index in range(min(count, old)):
                self.change_measure(part, seats, index)
            longer = len(self.after.measures) > old
            if longer or any(self.changed(n, i) for n in seats for i in range(count, old)):
                self.append_measures(part, seats, count)
        self.add_parts(new)
        return apply(self.data, self.edits)

    # -- a voice inside a part ---------------------------------------------------------------------------

    def changed(self, name: str, index: int) -> bool:
        """Whether a voice is written otherwise in this measure than in the document."""
        measure = self.after.measures[index]
        return sounding(self.before.voice(name), measure) != sounding(self.after.voice(name), measure)

    def change_measure(self, part: _Element, seats: Mapping[str, Seating], index: int) -> None:
        """Bring the voices of one part up to date in one measure."""
        measure = self.after.measures[index]
        rewritten: dict[str, Seating] = {}
        for name, seat in seats.items():
            if not self.changed(name, index):
                continue
            self.refuse_transposing(part, name)
            old = sounding(self.before.voice(name), measure)
            new = sounding(self.after.voice(name), measure)
            if not loses_ties_only(old, new):
                rewritten[name] = seat
            else:
                self.untie(part, seat, index, old, new)
        if rewritten:
            self.rewrite(part, rewritten, index)

    def rewrite(self, part: _Element, seats: Mapping[str, Seating], index: int) -> None:
        """Replace the notes of some voices in one measure."""
        measure = self.after.measures[index]
        element = part.findall("measure")[index]
        pickup = is_pickup(index, measure)
        written = {n: write_measure(self.after.voice(n), measure, pickup=pickup) for n in seats}
        divisions = divisions_before(part, index)
        cursor, divisions, insert_at = self.remove_voices(element, list(seats.values()), divisions)
        new = [move_element("backup", cursor, divisions)] if cursor else []
        finer = divisions_for([list(written.values())])
        if divisions % finer:
            new.append(divisions_element(finer * divisions))
            finer *= divisions
        else:
            finer = divisions
        for place, (name, seat) in enumerate(seats.items()):
            if place:
                new.append(move_element("backup", measure.duration, finer))
            beside = self.beside(element, seat, written, seats)
            new += note_elements(written[name], measure.key, finer, self.seat(seat), beside)
        if finer != divisions:
            new.append(divisions_element(divisions))
        self.put_into(element, insert_at, new)

    def remove_voices(
        self, measure: _Element, seats: Sequence[Seating], divisions: int
    ) -> tuple[Fraction, int, int]:
        """Take the notes of voices out of a measure; what else stands there keeps its time.

        A note that something follows leaves a <forward> of its length. divisions: those at the barline.
        Returns (where the time cursor then stands, in quarters from the start of the measure; the divisions
        that hold there; the byte offset at which new notes go).
        """
        children = [c for c in measure if isinstance(c.tag, str)]
        while children and children[-1].tag == "barline" and children[-1].get("location") != "left":
            children.pop()
        ours = [c.tag == "note" and any(belongs(c, seat) for seat in seats) for c in children]
        last = len(children)
        while last and (ours[last - 1] or children[last - 1].tag in ("backup", "forward")):
            last -= 1
        last = next((i for i in range(last, len(children)) if ours[i]), len(children))
        cursor = Fraction(0)
        for i, child in enumerate(children):
            if i >= last:
                self.remove(child)
                continue
            divisions = divisions_in(child, divisions)
            step = time_step(child) / divisions
            cursor += step
            if ours[i]:
                self.remove(child, [move_element("forward", step, divisions)] if step else [])
        if last:
            return cursor, divisions, self.spans[children[last - 1]].end
        return cursor, divisions, self.spans[measure].content

    def remove(self, element: _Element, instead: Sequence[_Element] = ()) -> None:
        """Take an element out, with the white space before it."""
        span = self.spans[element]
        start = self.hand.before_space(self.data, span.start)
        self.edits.append(Edit(start, span.end, self.hand.write(list(instead), 3)))

    def put_into(self, measure: _Element, at: int, new: list[_Element]) -> None:
        """Put elements into a measure at a byte offset; one written <measure/> is opened for them."""
        text, span = self.hand.write(new, 3), self.spans[measure]
        if span.closes_itself:
            close = self.hand.newline + 2 * self.hand.unit + "</measure>"
            at = span.end - len(self.hand.encode("/>"))
            self.edits.append(Edit(at, span.end, self.hand.encode(">") + text + self.hand.encode(close)))
        else:
            self.edits.append(Edit(at, at, text))

    def untie(
        self, part: _Element, seat: Seating, index: int, old: Sequence[Sounding], new: Sequence[Sounding]
    ) -> None:
        """Take away ties over the barlines that lead nowhere now; the notes themselves stay."""
        element = part.findall("measure")[index]
        notes = [
            n
            for n in element.findall("note")
            if belongs(n, seat) and n.find("rest") is None and n.find("grace") is None
        ]
        if old[0].tied_in and not new[0].tied_in:
            self.remove_ties(notes[0], "stop")
        if old[-1].tied_out and not new[-1].tied_out:
            self.remove_ties(notes[-1], "start")

    def remove_ties(self, note: _Element, kind: str) -> None:
        """Take <tie> and <tied> of one kind out of a note, and <notations> that would be empty."""
        gone = [*note.findall(f"tie[@type='{kind}']")]
        for notations in note.findall("notations"):
            ties = notations.findall(f"tied[@type='{kind}']")
            gone += [notations] if len(ties) == len(notations) else ties
        for element in gone:
            self.remove(element)

    def beside(
        self,
        measure: _Element,
        seat: Seating,
        written: Mapping[str, Sequence[Written]],
        seats: Mapping[str, Seating],
    ) -> set[Spelling]:
        """The spellings of the other voices' notes on a staff, in one measure."""
        found: set[Spelling] = set()
        for name, other in seats.items():
            if other != seat and other.staff == seat.staff:
                found |= spellings(written[name])
        for note in measure.findall("note"):
            there = seat.staff is None or note.findtext("staff", "1").strip() == seat.staff
            pitch = note.find("pitch")
            if there and pitch is not None and not any(belongs(note, s) for s in seats.values()):
                found.add(written_spelling(pitch))
        return found

    def seat(self, seating: Seating) -> Seat:
        """Voice, staff and stems for new notes; stems point apart where two voices share a staff."""
        seated = dict.fromkeys((*self.document.seating, *(s for s in self.seats.values() if s is not None)))
        beside = [s for s in seated if (s.part, s.staff) == (seating.part, seating.staff)]
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

    def append_measures(self, part: _Element, seats: Mapping[str, Seating], count: int) -> None:
        """Add the measures from the index ``count`` on to a part of the document."""
        for name in seats:
            self.refuse_transposing(part, name)
        measures = self.after.measures[count:]
        voices = [self.after.voice(name) for name in seats] or [Voice("rest")]
        places = [self.seat(seat) for seat in seats.values()] or [Seat()]
        columns = [[write_measure(voice, m) for m in measures] for voice in voices]
        divisions = divisions_before(part, count)
        finer = divisions_for(columns)
        new_divisions = divisions if divisions % finer == 0 else divisions * finer
        elements = []
        for i, measure in enumerate(measures):
            element = measure_element(measure, self.after.measures[count + i - 1])
            if i == 0 and new_divisions != divisions:
                element.insert(0, divisions_element(new_divisions))
            for place, (seat, column) in enumerate(zip(places, columns, strict=True)):
                if place:
                    element.append(move_element("backup", measure.duration, new_divisions))
                others = zip(places, columns, strict=True)
                beside = [spellings(c[i]) for s, c in others if s != seat and s.staff == seat.staff]
                known = set().union(*beside)
                element.extend(note_elements(column[i], measure.key, new_divisions, seat, known))
            elements.append(element)
        elements[-1].append(final_barline())
        at = self.spans[part.findall("measure")[-1]].end
        self.edits.append(Edit(at, at, self.hand.write(elements, 2)))

    # -- new parts ---------------------------------------------------------------------------------------

    def add_parts(self, new: Sequence[Sequence[str]]) -> None:
        """Add parts of one or two voices, each after the next higher voice, else on top."""
        if not new:
            return
        part_list = self.root.find("part-list")
        assert part_list is not None
        entries = {e.get("id", ""): e for e in part_list.findall("score-part")}
        used = {e.get("id") for e in self.root.iter() if isinstance(e.tag, str)}
        free = (f"P{i}" for i in count(1) if used.isdisjoint((f"P{i}", f"P{i}-I1")))
        channels = (c for c in count(len(entries) + 1) if c != 10)  # 10 is for drums
        frames = self.frames()
        grouped = part_list.find("part-group") is not None or len(entries) > 1
        anchors = {n: s.part for n, s in self.seats.items() if s is not None}
        first, final = entries[next(iter(anchors.values()))], entries[list(anchors.values())[-1]]
        if not grouped:
            self.insert_before(first, [bracket("start")], 2)
        for names in new:
            part_id, name = next(free), names[0]
            staff = choir_staff([self.after.voice(n) for n in names])
            channel = min(next(channels), 16)
            entry = score_part_element(part_id, staff.name, staff.abbreviation, staff.sound, channel)
            part = part_element(part_id, staff.voices, self.after, frames, staff.clef)
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
        at = self.hand.before_space(self.data, self.spans[element].start)
        self.edits.append(Edit(at, at, self.hand.write(new, depth)))

    def frames(self) -> list[Frame]:
        """What the document's measures show in every part: numbers, time signatures, barlines."""
        seat = next(s for s in self.seats.values() if s is not None)
        frames = [frame_of(m) for m in self.parts[seat.part].findall("measure")]
        old = len(self.before.measures)
        for i, measure in enumerate(self.after.measures[len(frames) :], len(frames)):
            previous = self.after.measures[i - 1]
            time = time_element(measure.meter) if measure.meter != previous.meter else None
            bars = (final_barline(),) if i == len(self.after.measures) - 1 else ()
            frames.append(Frame(measure.number, i >= old and is_short(measure), time, bars))
        return frames


@dataclass(frozen=True, slots=True)
class Sounding:
    """What of a note sounds in one measure. note: (onset, end, pitch), cut at the barlines."""

    note: tuple[Fraction, Fraction, int]
    tied_in: bool
    tied_out: bool


def sounding(voice: Voice, measure: Measure) -> list[Sounding]:
    """What sounds in a measure of a voice."""
    return [
        Sounding(
            (max(n.onset, measure.onset), min(n.end, measure.end), n.pitch),
            n.onset < measure.onset,
            n.end > measure.end,
        )
        for n in notes_in(voice, measure)
    ]


def loses_ties_only(old: Sequence[Sounding], new: Sequence[Sounding]) -> bool:
    """Whether the same notes stand in a measure, and a tie over a barline is gone, but none has come."""
    if [s.note for s in old] != [s.note for s in new]:
        return False
    pairs = zip(old, new, strict=True)
    return all(a.tied_in >= b.tied_in and a.tied_out >= b.tied_out for a, b in pairs)


def written_spelling(pitch: _Element) -> Spelling:
    """A <pitch> as a spelling; a quarter tone counts as the semitone before it."""
    alter = int(float(pitch.findtext("alter", "0")))
    return Spelling(pitch.findtext("step", "C"), alter, int(float(pitch.findtext("octave", "4"))))


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


def divisions_in(element: _Element, divisions: int) -> int:
    """The divisions after an element of a measure."""
    text = element.findtext("divisions") if element.tag == "attributes" else None
    return divisions if text is None else int(float(text))


def divisions_before(part: _Element, index: int) -> int:
    """The divisions that hold where a measure starts."""
    divisions = 1
    for measure in part.findall("measure")[:index]:
        for element in measure.findall("attributes"):
            divisions = divisions_in(element, divisions)
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
        if barline.get("location") == "middle":
            continue  # between which notes it stands only its own part can say
        shared = [c for c in barline if c.tag in SHARED_BARLINE]
        if shared:
            copy = etree.Element("barline", location=barline.get("location", "right"))
            copy.extend(deepcopy(c) for c in shared)
            for child in copy.iter():
                child.tail = None
            barlines.append(copy)
    number, implicit = measure.get("number", ""), measure.get("implicit") == "yes"
    return Frame(number, implicit, time, tuple(barlines))
