"""Put generated voices into the user's own MusicXML document, and leave all its other bytes as they are.

A voice that the document does not have gets a part of its own. One that it has is rewritten in the measures
in which its notes changed. Where the piece now goes on after its end, every part gets the new measures, and
the final barline moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from fractions import Fraction
from itertools import count

from lxml import etree
from lxml.etree import _Element

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RequestError
from ripieno.piano.hands import LEFT, MELODY, RIGHT, hand_of
from ripieno.score import Measure, Score, Voice
from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits, detect_style, locate
from ripieno_bridges.formats.musicxml.elements import (
    MeasureFrame,
    NotePlacement,
    divisions_for,
    final_barline,
    key_element,
    move_element,
    note_elements,
    part_element,
    score_part_element,
    spellings,
    time_element,
)
from ripieno_bridges.formats.musicxml.measure_time import cursor_step
from ripieno_bridges.formats.musicxml.note_values import write_measure
from ripieno_bridges.formats.musicxml.piano_part import in_hands, piano_entry, piano_part
from ripieno_bridges.formats.musicxml.reader import Document, VoiceLocation, list_staves
from ripieno_bridges.formats.musicxml.rewrite import (
    Rewriter,
    divisions_before,
    divisions_element,
    placement_at,
    refuse_transposing,
)
from ripieno_bridges.formats.musicxml.writer import bracket, choir_staff

# The children of a <barline> that new parts get too; endings are written once, above the top staff.
SHARED_BARLINE = ("bar-style", "repeat")


def patch(
    document: Document,
    locations: Mapping[str, VoiceLocation | None],
    before: Score,
    after: Score,
    *,
    layout: str = "open",
    replaced: Collection[str] = (),
    ensemble: Ensemble | None = None,
) -> bytes:
    """The document's bytes with the voices of ``after`` in them.

    locations: where each voice of the ensemble stands, ``None`` for one that is not in the document.
    before, after: scores of the ensemble (None means a mixed choir); ``before`` is what the document holds,
    ``after`` may go on longer. layout: "open", a new part for each new voice; or "closed", for a document
    with nothing but the highest voice: its neighbours join it on its staff, and the low voices share a new
    one; or "keyboard": the new voices are a part for two hands, or on one staff for the right hand where the
    bass is there. replaced: voices that are rewritten in every measure, so that their old lyrics go too.
    """
    ensemble = ensemble or MIXED_CHOIR
    new = [[name] for name, location in locations.items() if location is None]
    if layout == "closed":
        top = locations[ensemble.names[0]]
        if top is None or len(new) < len(ensemble.names) - 1:
            raise RequestError(
                f"the layout closed is for a score with nothing but a {ensemble.names[0]}; leave it out, and "
                "every new voice gets a staff of its own"
            )
        beside = [voice.name for voice in ensemble.voices[1:] if voice.staff == 1]
        numbers = free_voice_numbers(document, top)
        joined = {name: VoiceLocation(top.part, top.staff, next(numbers)) for name in beside}
        locations = {**locations, **joined}
        new = [below] if (below := [voice.name for voice in ensemble.voices if voice.staff == 2]) else []
    patcher = Patcher(document, locations, before, after, ensemble)
    if layout == "keyboard" and new:
        patcher.add_keyboard([name for (name,) in new])
        new = []
    return patcher.bytes(new, replaced)


def accompany(document: Document, melody: VoiceLocation, after: Score) -> bytes:
    """The document's bytes with a piano part after the melody's.

    after: the document's measures; its voices that are lines of two hands are what the piano plays.
    """
    patcher = Patcher(document, {MELODY: melody}, after, after, MIXED_CHOIR)
    patcher.add_piano()
    return apply_edits(patcher.data, patcher.edits)


def free_voice_numbers(document: Document, top: VoiceLocation) -> Iterator[str]:
    """The voice numbers that the part of a voice does not use, for voices that join it on its staff."""
    part = next(p for p in document.xml.root.findall("part") if p.get("id") == top.part)
    used = {(e.text or "").strip() for e in part.iter("voice")} | {"1"}
    return (str(i) for i in count(2) if str(i) not in used)


class Patcher:
    """Collects the edits; the document itself is never changed."""

    def __init__(
        self,
        document: Document,
        locations: Mapping[str, VoiceLocation | None],
        before: Score,
        after: Score,
        ensemble: Ensemble = MIXED_CHOIR,
    ) -> None:
        self.document, self.locations, self.before, self.after = document, locations, before, after
        self.ensemble = ensemble
        self.root = document.xml.root
        self.data = document.xml.data
        self.spans = locate(self.root, self.data)
        self.style = detect_style(self.data, document.xml.encoding)
        self.parts = {p.get("id", ""): p for p in self.root.findall("part")}
        new = (s for s in locations.values() if s is not None)
        self.all_locations = list(dict.fromkeys((*new, *document.locations)))  # the highest voice first
        self.edits: list[Edit] = []

    def bytes(self, new: Sequence[Sequence[str]], replaced: Collection[str] = ()) -> bytes:
        """The patched document. new: the voices of each new part. replaced: as in ``patch``."""
        old = len(self.before.measures)
        rewriter = Rewriter(
            self.document,
            self.before,
            self.after,
            spans=self.spans,
            style=self.style,
            all_locations=self.all_locations,
            replaced=replaced,
        )
        for part_id, part in self.parts.items():
            locations = {n: s for n, s in self.locations.items() if s is not None and s.part == part_id}
            count = len(part.findall("measure"))
            for index in range(min(count, old)):
                rewriter.change_measure(part, locations, index)
            longer = len(self.after.measures) > old
            if longer or any(rewriter.changed(n, i) for n in locations for i in range(count, old)):
                self.append_measures(part, locations, count)
        self.edits += rewriter.edits
        self.add_parts(new)
        return apply_edits(self.data, self.edits)

    def add_piano(self) -> None:
        """Add a piano part after that of the only voice, and change nothing else."""
        entries = self.entries()
        (location,) = (s for s in self.locations.values() if s is not None)
        part_id, channel = next(self.free_ids()), next(self.free_channels())
        lines = [voice for voice in self.after.voices if hand_of(voice.name)]
        self.insert_after(entries[location.part], [piano_entry(part_id, channel)], 2)
        part = piano_part(part_id, lines, self.after, self.frames())
        self.insert_after(self.parts[location.part], [part], 1)

    def add_keyboard(self, names: Sequence[str]) -> None:
        """Add a part for a keyboard with the new voices: above the bass where that has a part of its own."""
        entries, lines = self.entries(), in_hands([self.after.voice(name) for name in names])
        played = [hand for hand in (RIGHT, LEFT) if any(hand_of(line.name) == hand for line in lines)]
        part_id, channel = next(self.free_ids()), next(self.free_channels())
        entry = piano_entry(part_id, channel, "Keyboard", "Kbd.")
        part = piano_part(part_id, lines, self.after, self.frames(), hands=played)
        bass = self.locations.get(self.ensemble.names[-1])
        others = [s.part for n, s in self.locations.items() if s is not None and n != self.ensemble.names[-1]]
        if bass is not None and bass.part not in others:
            self.insert_before(entries[bass.part], [entry], 2)
            self.insert_before(self.parts[bass.part], [part], 1)
        else:
            self.insert_after(entries[others[-1]], [entry], 2)
            self.insert_after(self.parts[others[-1]], [part], 1)

    # -- measures after the end --------------------------------------------------------------------------

    def append_measures(self, part: _Element, locations: Mapping[str, VoiceLocation], count: int) -> None:
        """Add the measures from the index ``count`` on to a part. locations: of the voices in it, by name."""
        for name in locations:
            refuse_transposing(self.document, part, name)
        measures = self.after.measures[count:]
        empty = self.resting_staves(part, locations)
        voices = [self.after.voice(name) for name in locations] + [Voice("rest") for _ in empty]
        placements = [placement_at(location, self.all_locations) for location in locations.values()] + empty
        columns = [[write_measure(voice, m) for m in measures] for voice in voices]
        divisions = divisions_before(part, count)
        finer = divisions_for(columns)
        new_divisions = divisions if divisions % finer == 0 else divisions * finer
        elements = []
        for i, measure in enumerate(measures):
            element = measure_element(measure, self.after.measures[count + i - 1])
            if i == 0 and new_divisions != divisions:
                element.insert(0, divisions_element(new_divisions))
            for place, (placement, column) in enumerate(zip(placements, columns, strict=True)):
                if place:
                    element.append(move_element("backup", measure.duration, new_divisions))
                others = zip(placements, columns, strict=True)
                beside = [spellings(c[i]) for s, c in others if s != placement and s.staff == placement.staff]
                known = set().union(*beside)
                element.extend(note_elements(column[i], measure.key, new_divisions, placement, known))
            elements.append(element)
        elements[-1].append(final_barline())
        last = part.findall("measure")[-1]
        self.remove_final_barline(last)
        at = self.spans[last].end
        self.edits.append(Edit(at, at, self.style.write(elements, 2)))

    def resting_staves(self, part: _Element, locations: Mapping[str, VoiceLocation]) -> list[NotePlacement]:
        """A place for a rest on each staff of a part where no voice goes on. locations: of those that do."""
        part_id = part.get("id", "")
        staves = [staff for other, staff in list_staves(self.root) if other == part_id]
        sung = {location.staff for location in locations.values()}
        voice_of = {
            place.staff: place.voice for place in reversed(self.all_locations) if place.part == part_id
        }
        return [NotePlacement(voice_of.get(staff) or "1", staff) for staff in staves if staff not in sung]

    def remove_final_barline(self, measure: _Element) -> None:
        """Remove the double bar of what is no longer the last measure."""
        for barline in measure.findall("barline"):
            if [child.tag for child in barline] == ["bar-style"] and barline[0].text == "light-heavy":
                self.edits.append(self.style.cut(self.data, self.spans[barline]))

    # -- new parts ---------------------------------------------------------------------------------------

    def add_parts(self, new: Sequence[Sequence[str]]) -> None:
        """Add parts of one or two voices, each after the next higher voice, else on top."""
        if not new:
            return
        entries, free, channels = self.entries(), self.free_ids(), self.free_channels()
        frames = self.frames()
        grouped = self.root.find("part-list/part-group") is not None or len(entries) > 1
        anchors = {n: s.part for n, s in self.locations.items() if s is not None}
        first, final = entries[next(iter(anchors.values()))], entries[list(anchors.values())[-1]]
        if not grouped:
            self.insert_before(first, [bracket("start")], 2)
        for names in new:
            part_id, name = next(free), names[0]
            staff = choir_staff([self.after.voice(n) for n in names], self.ensemble)
            entry = score_part_element(
                part_id, staff.name, staff.abbreviation, staff.sound, next(channels), staff.program
            )
            part = part_element(part_id, staff.voices, self.after, frames, staff.clef)
            order = self.ensemble.names
            above = [n for n in order[: order.index(name)] if n in anchors]
            if above:
                anchor = anchors[above[-1]]
                self.insert_after(entries[anchor], [entry], 2)
                self.insert_after(self.parts[anchor], [part], 1)
            else:
                below = next(n for n in order if n in anchors)
                self.insert_before(entries[anchors[below]], [entry], 2)
                self.insert_before(self.parts[anchors[below]], [part], 1)
        if not grouped:
            self.insert_after(final, [bracket("stop")], 2)

    def entries(self) -> dict[str, _Element]:
        """The <score-part> of each part, by its id."""
        return {e.get("id", ""): e for e in self.root.findall("part-list/score-part")}

    def free_ids(self) -> Iterator[str]:
        """Ids for new parts, which no element of the document has."""
        used = {e.get("id") for e in self.root.iter() if isinstance(e.tag, str)}
        return (f"P{i}" for i in count(1) if used.isdisjoint((f"P{i}", f"P{i}-I1")))

    def free_channels(self) -> Iterator[int]:
        """MIDI channels for new parts; 16 for all further ones when the others are used up."""
        return (min(c, 16) for c in count(len(self.entries()) + 1) if c != 10)  # 10 is for drums

    def insert_after(self, element: _Element, new: list[_Element], depth: int) -> None:
        """Put elements after an element, on lines of their own."""
        at = self.spans[element].end
        self.edits.append(Edit(at, at, self.style.write(new, depth)))

    def insert_before(self, element: _Element, new: list[_Element], depth: int) -> None:
        """Put elements before an element, on lines of their own."""
        at = self.style.before_space(self.data, self.spans[element].start)
        self.edits.append(Edit(at, at, self.style.write(new, depth)))

    def frames(self) -> list[MeasureFrame]:
        """The measures' numbers, time signatures and barlines: the document's, then those of new measures."""
        location = next(s for s in self.locations.values() if s is not None)
        part = self.parts[location.part]
        frames = [
            frame_of(m, time) for m, time in zip(part.findall("measure"), opening_times(part), strict=True)
        ]
        old = len(self.before.measures)
        for i, measure in enumerate(self.after.measures[len(frames) :], len(frames)):
            previous = self.after.measures[i - 1]
            time = time_element(measure.meter) if measure.meter != previous.meter else None
            bars = (final_barline(),) if i == len(self.after.measures) - 1 else ()
            frames.append(MeasureFrame(measure.number, i >= old and is_short(measure), time, bars))
        return frames


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


def opening_times(part: _Element) -> list[_Element | None]:
    """The <time> that holds from the start of each measure on, ``None`` where none is written for it.

    One inside a measure, or at its end, is for the next: a new part's measure is not divided.
    """
    found: list[_Element | None] = []
    later: _Element | None = None
    for measure in part.findall("measure"):
        here, later, cursor = later, None, Fraction(0)
        for child in measure:
            if child.tag == "attributes" and (time := child.find("time")) is not None:
                here, later = (here, time) if cursor else (time, later)
            cursor = max(cursor + cursor_step(child, Fraction(1)), Fraction(0))
        found.append(here)
    return found


def frame_of(measure: _Element, time: _Element | None) -> MeasureFrame:
    """The number, time signature and barlines of a document's measure, for new parts."""
    if time is not None:
        time = deepcopy(time)
        time.attrib.pop("id", "")
        time.attrib.pop("number", "")
        time.tail = None
    barlines = []
    for barline in measure.findall("barline"):
        if barline.get("location") == "middle":
            continue  # the notes that it stands between are in its own part
        shared = [c for c in barline if c.tag in SHARED_BARLINE]
        if shared:
            copy = etree.Element("barline", location=barline.get("location", "right"))
            copy.extend(deepcopy(c) for c in shared)
            for child in copy.iter():
                child.tail = None
            barlines.append(copy)
    number, implicit = measure.get("number", ""), measure.get("implicit") == "yes"
    return MeasureFrame(number, implicit, time, tuple(barlines))
