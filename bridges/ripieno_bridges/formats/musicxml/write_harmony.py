"""Write harmony into a MusicXML document: chord symbols, Roman numerals or figured bass.

Every other byte of the document stays. Where such a thing stands already, it stays, and none is written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from lxml.etree import _Element

from ripieno.errors import RipienoError
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import HarmonyForm
from ripieno_bridges.formats.musicxml.byte_edits import Edit, apply_edits, detect_style, locate
from ripieno_bridges.formats.musicxml.figure_columns import WrittenColumn, note_columns, with_lines
from ripieno_bridges.formats.musicxml.harmony_elements import (
    at_offset,
    figures_element,
    harmony_element,
    numeral_element,
    printed_numeral,
)
from ripieno_bridges.formats.musicxml.measure_places import InsertionPoint, MeasurePlaces
from ripieno_bridges.formats.musicxml.read_harmony import (
    HarmonyRemarks,
    collect,
    document_harmony,
    fifths_of,
    moved,
)
from ripieno_bridges.formats.musicxml.read_measure import Event
from ripieno_bridges.formats.musicxml.reader import Document, VoiceLocation, part_names, read_musicxml
from ripieno_bridges.formats.musicxml.writer import pack_mxl
from ripieno_bridges.formats.voice_assignment import assign_voices

MEASURE_DEPTH = 3  # of what stands in a measure
BESIDE = "the divisions of the document cannot say its time; it stands at the nearest that they can"


@dataclass(frozen=True, slots=True)
class WrittenHarmony:
    """What is written on [onset, end), in quarters, at sounding pitch.

    chord: of chord symbols; ``None`` is N.C. numeral, cadence: of numerals. figures: of figured bass; () is a
    triad, which is written as nothing, or as 5 where it shares a bass note with others; ``None``: nothing.
    """

    onset: Fraction
    end: Fraction
    chord: ChordSymbol | None = None
    numeral: str | None = None
    cadence: str | None = None
    figures: tuple[Figure, ...] | None = None


@dataclass(frozen=True, slots=True)
class HarmonyWritten:
    """A document with harmony in it, and remarks on what could not be written as it was given."""

    data: bytes
    remarks: tuple[str, ...] = ()


def write_harmony(
    data: bytes,
    harmonies: Sequence[WrittenHarmony],
    kind: HarmonyForm,
    *,
    location: VoiceLocation | None = None,
    file: str = "score.musicxml",
) -> HarmonyWritten:
    """A document with chord symbols, numerals or figures in it; packed again if it came packed.

    harmonies: in order. location: the voice that they stand with; ``None``: symbols stand with the highest
    voice of the choir, or the melody, the others with the lowest. Raises FileError and ScoreError as
    ``read_musicxml``.
    """
    document = read_musicxml(data, file)
    writer = HarmonyWriter(document, location or default_location(document, kind))
    match kind:
        case "symbols":
            writer.add_symbols(harmonies)
        case "numerals":
            writer.add_numerals(harmonies)
        case "figures":
            writer.add_figures(harmonies)
    made = apply_edits(document.xml.data, writer.edits)
    if document.xml.archive is not None:
        made = pack_mxl(made, archive=document.xml.archive, name=document.xml.packed_as)
    return HarmonyWritten(made, tuple(writer.remarks.sentences()))


def default_location(document: Document, kind: HarmonyForm) -> VoiceLocation:
    """The highest voice of a document's choir for chord symbols, else the lowest."""
    try:
        lines = assign_voices(document.score, lines=document.lines).lines
    except RipienoError:  # then the outer lines will do
        return document.locations[0 if kind == "symbols" else -1]
    there = [line for line in lines.values() if line is not None]
    return document.locations[there[0 if kind == "symbols" else -1]]


class HarmonyWriter:
    """Collects the edits; the document itself is never changed."""

    def __init__(self, document: Document, location: VoiceLocation) -> None:
        self.document, self.score, self.location = document, document.score, location
        self.root, self.data = document.xml.root, document.xml.data
        self.spans = locate(self.root, self.data)
        self.style = detect_style(self.data, document.xml.encoding)
        self.part = next(p for p in self.root.findall("part") if p.get("id", "") == location.part)
        self.name = part_names(self.root)[location.part]
        self.remarks = HarmonyRemarks(self.score)
        self.edits: list[Edit] = []
        self.places: list[tuple[_Element, MeasurePlaces, int]] = []
        divisions, shift = Fraction(1), 0
        for element, _ in zip(self.part.findall("measure"), self.score.measures, strict=False):
            places = MeasurePlaces(element, divisions, location)
            divisions = places.content.divisions
            if places.content.transpositions:
                shift = fifths_of(places.content.transpositions[-1])
            self.places.append((element, places, shift))

    # -- chord symbols -----------------------------------------------------------------------------------

    def add_symbols(self, harmonies: Sequence[WrittenHarmony]) -> None:
        """Add chord symbols, one a change; none where the document has one, in whatever part.

        A chord that goes on where players jump to, an ending or a repeat's start, stands there again.
        """
        parts = [collect(part, self.score, None) for part in self.root.findall("part")]
        groups = [asked for part in parts for asked in part.symbols.values()]
        taken: dict[Fraction, ChordSymbol | None] = {a.onset: None for asked in groups for a in asked}
        taken |= {harmony.onset: harmony.chord for harmony in document_harmony(self.document).symbols}
        for harmony in changes(harmonies, taken, self.targets_of_jumps()):
            index = self.measure_index(harmony.onset)
            place = self.place(index, harmony.onset, "a chord symbol")
            chord = harmony.chord and moved(harmony.chord, -self.places[index][2])
            self.insert(index, place, harmony_element(chord, place.offset, self.location.staff))

    def targets_of_jumps(self) -> list[Fraction]:
        """The times of measures that begin an ending or a repeat, but for the first measure."""
        columns = zip(*(part.findall("measure") for part in self.root.findall("part")), strict=False)
        return [
            measure.onset
            for column, measure in zip(columns, self.score.measures, strict=False)
            if measure.onset and any(begins_section(element) for element in column)
        ]

    # -- numerals ----------------------------------------------------------------------------------------

    def add_numerals(self, harmonies: Sequence[WrittenHarmony]) -> None:
        """Add Roman numerals below the staff, one a change; none where the same one stands already."""
        before: str | None = None
        for harmony in harmonies:
            numeral, before = (None if harmony.numeral == before else harmony.numeral), harmony.numeral
            if numeral is None and (harmony.numeral is None or harmony.cadence is None):
                continue
            index = self.measure_index(harmony.onset)
            place = self.place(index, harmony.onset, "a Roman numeral")
            text = printed_numeral(harmony.numeral or "")
            directions = self.places[index][1].content.tempos
            if any(t == place.time and d.findtext("direction-type/words") == text for t, d in directions):
                continue
            element = numeral_element(text, harmony.cadence, self.location.staff)
            self.insert(index, place, *at_offset(element, place.offset))

    # -- figures -----------------------------------------------------------------------------------------

    def add_figures(self, harmonies: Sequence[WrittenHarmony]) -> None:
        """Add figures to the bass notes; none to those that have some already."""
        columns = with_lines([(h.onset, h.end, h.figures) for h in harmonies if h.figures is not None])
        at = 0
        for index, measure in enumerate(self.score.measures[: len(self.places)]):
            here: list[WrittenColumn] = []
            while at < len(columns) and columns[at].onset < measure.end:
                here.append(columns[at])
                at += 1
            self.add_to_notes(index, here)

    def add_to_notes(self, index: int, columns: list[WrittenColumn]) -> None:
        """Add the figures of one measure."""
        start = self.score.measures[index].onset
        places = self.places[index][1]
        for note in self.bass_events(places):
            under = [c for c in columns if note.onset <= c.onset - start < note.end]
            columns = [column for column in columns if column not in under]
            if not under or any(note.onset <= c.onset < note.end for c in places.content.figures):
                continue
            divisions = next(s.divisions for s in places.starts if s.element is note.notes[0])
            made, lost = note_columns(note, under, start, divisions)
            for column in lost:
                self.remarks.add(self.name, column.onset, f"figures too short to be written; {BESIDE}")
            for one in made:
                figures = one.column.figures if one.column else ()
                lines = one.column.lines if one.column else ()
                element = figures_element(figures, lines, one.duration)
                self.insert(index, InsertionPoint(note.notes[0], 0, note.onset), element)
        for column in (column for column in columns if column.figures):
            self.remarks.add(self.name, column.onset, "no bass note there, so its figures are left out")

    def bass_events(self, places: MeasurePlaces) -> Iterator[Event]:
        """The notes with pitches in the voice that the figures stand with, in order."""
        own = {id(start.element) for start in places.starts if start.own}
        events = [e for line in places.content.lines.values() for e in line if id(e.notes[0]) in own]
        yield from sorted((e for e in events if e.notes[0].find("pitch") is not None), key=lambda e: e.onset)

    # -- places ------------------------------------------------------------------------------------------

    def measure_index(self, onset: Fraction) -> int:
        """The index of the measure of a time; the part's last one for times past its end."""
        index = bisect_right(self.score.measures, onset, key=lambda measure: measure.onset) - 1
        return min(index, len(self.places) - 1)

    def place(self, index: int, onset: Fraction, what: str) -> InsertionPoint:
        """Where something that begins at a time of the piece stands; told where that is not exact."""
        measure = self.score.measures[index]
        time = onset - measure.onset
        place = self.places[index][1].at(time, measure.duration)
        if place.time != time:
            self.remarks.add(self.name, onset, f"{what}: {BESIDE}")
        return place

    def insert(self, index: int, place: InsertionPoint, *elements: _Element) -> None:
        """Insert elements into a measure."""
        measure = self.places[index][0]
        if place.before is not None:
            at = self.style.before_space(self.data, self.spans[place.before].start)
        elif self.spans[measure].self_closing:
            nothing = "an empty measure, in which nothing can be written"
            self.remarks.add(self.name, self.score.measures[index].onset, nothing)
            return
        else:
            at = self.style.before_space(self.data, self.spans[measure].content_end)
        self.edits.append(Edit(at, at, self.style.write([*elements], MEASURE_DEPTH)))


def begins_section(measure: _Element) -> bool:
    """Whether an ending or a repeat begins with a measure."""
    endings = (barline.get("type") == "start" for barline in measure.iterfind("barline/ending"))
    repeats = (repeat.get("direction") == "forward" for repeat in measure.iterfind("barline/repeat"))
    return any(endings) or any(repeats)


def changes(
    harmonies: Sequence[WrittenHarmony], taken: dict[Fraction, ChordSymbol | None], again: Sequence[Fraction]
) -> Iterator[WrittenHarmony]:
    """Those whose chord is another one than before, and those that hold where it is written again.

    taken: the chord symbols that stand there already.
    """
    before: ChordSymbol | None = None
    waiting = sorted(taken, reverse=True)
    for harmony in pieces(harmonies, again):
        while waiting and waiting[-1] <= harmony.onset:
            before = taken[waiting.pop()]
        if harmony.onset not in taken and (harmony.chord != before or harmony.onset in again):
            yield harmony
            before = harmony.chord


def pieces(harmonies: Sequence[WrittenHarmony], again: Sequence[Fraction]) -> Iterator[WrittenHarmony]:
    """The harmonies, cut at these times."""
    for harmony in harmonies:
        inside = [time for time in again if harmony.onset < time < harmony.end]
        for start, end in pairwise([harmony.onset, *inside, harmony.end]):
            yield replace(harmony, onset=start, end=end)
