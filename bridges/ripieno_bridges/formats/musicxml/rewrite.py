"""Changing voices inside measures that the user's document has: their notes, or only their ties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree
from lxml.etree import _Element

from ripieno.score import Measure, Score, Spelling, Voice
from ripieno_bridges.formats.musicxml.byte_edits import ByteSpan, Edit, XmlStyle
from ripieno_bridges.formats.musicxml.elements import (
    NotePlacement,
    add,
    divisions_for,
    is_pickup,
    move_element,
    note_elements,
    spellings,
)
from ripieno_bridges.formats.musicxml.measure_time import cursor_step
from ripieno_bridges.formats.musicxml.note_values import WrittenValue, notes_in, write_measure
from ripieno_bridges.formats.musicxml.reader import Document, VoiceLocation
from ripieno_bridges.formats.musicxml.transposition import as_written_in
from ripieno_bridges.formats.musicxml.voice_order import (
    Gap,
    belongs,
    divisions_in,
    gap_for,
    is_open,
)


class Rewriter:
    """Collects the edits that bring voices up to date inside measures that the document has.

    spans, style: of the document. all_locations: of the document's voices and the new ones, once each.
    replaced: the voices that are rewritten even where their notes are the same.
    """

    def __init__(
        self,
        document: Document,
        before: Score,
        after: Score,
        *,
        spans: Mapping[_Element, ByteSpan],
        style: XmlStyle,
        all_locations: Sequence[VoiceLocation],
        replaced: Collection[str] = (),
    ) -> None:
        self.document, self.before, self.after = document, before, after
        self.data = document.xml.data
        self.spans, self.style = spans, style
        self.all_locations, self.replaced = all_locations, replaced
        self.edits: list[Edit] = []
        self.written_scores: dict[tuple[str, str | None], Score] = {}

    def changed(self, name: str, index: int) -> bool:
        """Whether a voice must be changed in this measure of the document."""
        measure = self.after.measures[index]
        old, new = sounding(self.before.voice(name), measure), sounding(self.after.voice(name), measure)
        return bool(old or new) if name in self.replaced else old != new

    def change_measure(self, part: _Element, locations: Mapping[str, VoiceLocation], index: int) -> None:
        """Bring the voices of one part up to date in one measure."""
        measure = self.after.measures[index]
        rewritten: dict[str, VoiceLocation] = {}
        for name, location in locations.items():
            if not self.changed(name, index):
                continue
            old = sounding(self.before.voice(name), measure)
            new = sounding(self.after.voice(name), measure)
            if name in self.replaced or not loses_ties_only(old, new):
                rewritten[name] = location
            else:
                self.untie(part, location, index, old, new)
        if rewritten:
            self.rewrite(part, rewritten, index)

    def written_score(self, part: _Element, staff: str | None) -> Score:
        """What the voices become, as it is written on a staff of a part."""
        place = part.get("id", ""), staff
        if place not in self.written_scores:
            self.written_scores[place] = as_written_in(self.after, part, staff)
        return self.written_scores[place]

    def rewrite(self, part: _Element, locations: Mapping[str, VoiceLocation], index: int) -> None:
        """Replace the notes of some voices in one measure.

        New notes stand before those of a voice below that stays; else at the end.
        """
        measure = self.after.measures[index]
        element = part.findall("measure")[index]
        pickup = is_pickup(index, measure)
        scores = {name: self.written_score(part, location.staff) for name, location in locations.items()}
        keys = {name: score.measures[index].key for name, score in scores.items()}
        written = {n: write_measure(s.voice(n), s.measures[index], pickup=pickup) for n, s in scores.items()}

        def new_notes(
            names: Sequence[str], cursor: Fraction, divisions: int, after: Fraction = measure.duration
        ) -> list[_Element]:
            """The notes of some voices. cursor, after: the time before and behind them."""
            new = [move_element("backup", cursor, divisions)] if cursor else []
            finer = divisions_for([[written[name] for name in names]])
            finer = divisions if divisions % finer == 0 else finer * divisions
            if finer != divisions:
                new.append(divisions_element(finer))
            for place, name in enumerate(names):
                if place:
                    new.append(move_element("backup", measure.duration, finer))
                beside = spellings_beside(element, locations[name], written, locations)
                seat = placement_at(locations[name], self.all_locations)
                new += note_elements(written[name], keys[name], finer, seat, beside)
            if after != measure.duration:
                back = measure.duration - after
                new.append(move_element("backup" if back > 0 else "forward", abs(back), finer))
            return [*new, divisions_element(divisions)] if finer != divisions else new

        children = without_final_barlines(element)
        divisions = divisions_before(part, index)
        removed = [c.tag == "note" and any(belongs(c, s) for s in locations.values()) for c in children]
        gaps: dict[Gap, list[str]] = {}
        for name, location in locations.items():
            gap = gap_for(location, self.below(location), children, removed, divisions)
            if gap is not None:
                gaps.setdefault(gap, []).append(name)
        for gap, names in gaps.items():
            self.fill(children, gap, new_notes(names, gap.cursor, gap.divisions, gap.after))
        filled = {i for gap in gaps for i in range(gap.start, gap.end)}
        cursor, divisions, insert_at = self.remove_voices(element, children, removed, filled, divisions)
        last = [name for name in locations if not any(name in names for names in gaps.values())]
        if last:
            self.put_into(element, insert_at, new_notes(last, cursor, divisions))

    def below(self, location: VoiceLocation) -> list[VoiceLocation]:
        """The voices below one in its part."""
        after = self.all_locations[self.all_locations.index(location) + 1 :]
        return [s for s in after if s.part == location.part]

    def fill(self, children: Sequence[_Element], gap: Gap, new: list[_Element]) -> None:
        """Replace the children of a measure in a gap by other elements."""
        if gap.start == gap.end:
            at = self.style.before_space(self.data, self.spans[children[gap.start]].start)
            self.edits.append(Edit(at, at, self.style.write(new, 3)))
        for i in range(gap.start, gap.end):
            self.remove(children[i], new if i == gap.start else [])

    def remove_voices(
        self,
        measure: _Element,
        children: Sequence[_Element],
        removed: Sequence[bool],
        filled: Collection[int],
        divisions: int,
    ) -> tuple[Fraction, int, int]:
        """Remove the notes of voices from a measure; everything else in it keeps its time.

        Where something follows a note, a <forward> takes its place. removed: which children are such notes.
        filled: the indices of children that are replaced already. divisions: those at the barline.
        Returns (where the time cursor then stands, in quarters from the start of the measure; the divisions
        that hold there; the byte offset at which new notes go).
        """
        last = len(children)
        while last and last - 1 not in filled and is_open(children, removed, last - 1):
            last -= 1
        last = next((i for i in range(last, len(children)) if removed[i]), len(children))
        cursor = Fraction(0)
        for i, child in enumerate(children):
            if i >= last:
                self.remove(child)
                continue
            divisions = divisions_in(child, divisions)
            step = cursor_step(child, Fraction(divisions))
            cursor = max(cursor + step, Fraction(0))
            if removed[i] and i not in filled:
                self.remove(child, [move_element("forward", step, divisions)] if step else [])
        if last:
            return cursor, divisions, self.spans[children[last - 1]].end
        return cursor, divisions, self.spans[measure].content

    def remove(self, element: _Element, instead: Sequence[_Element] = ()) -> None:
        """Remove an element, with the white space before it, and put ``instead`` there."""
        new = self.style.write(list(instead), 3)
        self.edits.append(self.style.cut(self.data, self.spans[element], new))

    def put_into(self, measure: _Element, at: int, new: list[_Element]) -> None:
        """Put elements into a measure at a byte offset; one written <measure/> is opened for them."""
        text, span = self.style.write(new, 3), self.spans[measure]
        if span.self_closing:
            close = self.style.newline + 2 * self.style.unit + "</measure>"
            at = span.end - len(self.style.encode("/>"))
            self.edits.append(Edit(at, span.end, self.style.encode(">") + text + self.style.encode(close)))
        else:
            self.edits.append(Edit(at, at, text))

    def untie(
        self,
        part: _Element,
        location: VoiceLocation,
        index: int,
        old: Sequence[Sounding],
        new: Sequence[Sounding],
    ) -> None:
        """Remove ties over the barlines that no longer join two notes; the notes themselves stay."""
        element = part.findall("measure")[index]
        notes = [
            n
            for n in element.findall("note")
            if belongs(n, location) and n.find("rest") is None and n.find("grace") is None
        ]
        if old[0].tied_in and not new[0].tied_in:
            for note in chord_at(notes, 0):
                self.remove_ties(note, "stop")
        if old[-1].tied_out and not new[-1].tied_out:
            for note in chord_at(notes, len(notes) - 1):
                self.remove_ties(note, "start")

    def remove_ties(self, note: _Element, kind: str) -> None:
        """Remove <tie> and <tied> of one kind from a note, and <notations> that would be empty."""
        gone = [*note.findall(f"tie[@type='{kind}']")]
        for notations in note.findall("notations"):
            ties = notations.findall(f"tied[@type='{kind}']")
            gone += [notations] if len(ties) == len(notations) else ties
        for element in gone:
            self.remove(element)


@dataclass(frozen=True, slots=True)
class Sounding:
    """The part of a note that sounds in one measure.

    note: (onset, end, pitch), cut at the barlines. tied_in, tied_out: whether it began before the measure,
    and whether it goes on after it.
    """

    note: tuple[Fraction, Fraction, int]
    tied_in: bool
    tied_out: bool


def sounding(voice: Voice, measure: Measure) -> list[Sounding]:
    """The notes of a voice that sound in a measure, cut at its barlines."""
    return [
        Sounding(
            (max(n.onset, measure.onset), min(n.end, measure.end), n.pitch),
            n.onset < measure.onset,
            n.end > measure.end,
        )
        for n in notes_in(voice, measure)
    ]


def loses_ties_only(old: Sequence[Sounding], new: Sequence[Sounding]) -> bool:
    """Whether a measure has the same notes as before, and no tie over a barline that it had not."""
    if [s.note for s in old] != [s.note for s in new]:
        return False
    pairs = zip(old, new, strict=True)
    return all(a.tied_in >= b.tied_in and a.tied_out >= b.tied_out for a, b in pairs)


def chord_at(notes: Sequence[_Element], index: int) -> list[_Element]:
    """The notes of a voice that begin together with the one at an index."""
    start = index
    while start and notes[start].find("chord") is not None:
        start -= 1
    stop = index + 1
    while stop < len(notes) and notes[stop].find("chord") is not None:
        stop += 1
    return list(notes[start:stop])


def written_spelling(pitch: _Element) -> Spelling:
    """A <pitch> as a spelling; a quarter tone counts as the semitone before it."""
    alter = int(float(pitch.findtext("alter", "0")))
    return Spelling(pitch.findtext("step", "C"), alter, int(float(pitch.findtext("octave", "4"))))


def spellings_beside(
    measure: _Element,
    location: VoiceLocation,
    written: Mapping[str, Sequence[WrittenValue]],
    locations: Mapping[str, VoiceLocation],
) -> set[Spelling]:
    """The spellings of the other voices' notes on a staff, in one measure."""
    found: set[Spelling] = set()
    for name, other in locations.items():
        if other != location and other.staff == location.staff:
            found |= spellings(written[name])
    for note in measure.findall("note"):
        there = location.staff is None or note.findtext("staff", "1").strip() == location.staff
        pitch = note.find("pitch")
        if there and pitch is not None and not any(belongs(note, s) for s in locations.values()):
            found.add(written_spelling(pitch))
    return found


def placement_at(location: VoiceLocation, all_locations: Sequence[VoiceLocation]) -> NotePlacement:
    """Voice, staff and stems for new notes; stems point apart where two voices share a staff.

    all_locations: of all voices, once each.
    """
    beside = [s for s in all_locations if (s.part, s.staff) == (location.part, location.staff)]
    stem = None
    if len(beside) > 1:
        stem = "up" if location == beside[0] else "down"
    return NotePlacement(location.voice or "1", location.staff, stem)


def without_final_barlines(measure: _Element) -> list[_Element]:
    """The children of a measure up to its right barline."""
    children = [c for c in measure if isinstance(c.tag, str)]
    while children and children[-1].tag == "barline" and children[-1].get("location") != "left":
        children.pop()
    return children


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
