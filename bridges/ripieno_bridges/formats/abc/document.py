"""A tune as read -> a MusicXML document of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno import __version__
from ripieno_bridges.formats.abc.events import AbcEvent, AbcMeasure, AbcVoice, Barline, Change
from ripieno_bridges.formats.abc.keys import AbcKey
from ripieno_bridges.formats.abc.lengths import AbcMeter, AbcTempo
from ripieno_bridges.formats.abc.marks import clef_of, direction, directions_before, tempo_direction
from ripieno_bridges.formats.abc.note_writer import NoteWriter, sounding_values
from ripieno_bridges.formats.abc.tune_reader import AbcTune
from ripieno_bridges.formats.musicxml.elements import add, clef_element, move_element, score_part_element
from ripieno_bridges.formats.musicxml.repair import DOCTYPE
from ripieno_bridges.formats.part_names import voices_of_part


def write_document(tune: AbcTune) -> bytes:
    """The document: a part for each staff, with the voices on it. Its voices have the same barlines."""
    root = etree.Element("score-partwise", version="4.0")
    if tune.title:
        add(SubElement(root, "work"), "work-title", tune.title)
    identification = SubElement(root, "identification")
    for composer in tune.composers:
        add(identification, "creator", composer).set("type", "composer")
    add(SubElement(identification, "encoding"), "software", f"ripieno {__version__}")
    if any(tune.words):
        words = add(SubElement(identification, "miscellaneous"), "miscellaneous-field", "\n".join(tune.words))
        words.set("name", "words")
    part_list = SubElement(root, "part-list")
    staves = [[tune.voices[name] for name in staff] for staff in tune.staves]
    numbers = measure_numbers(max((staff[0].measures for staff in staves), key=len))
    for number, (voices, name) in enumerate(zip(staves, part_names(tune, staves), strict=True), 1):
        part_list.append(
            score_part_element(f"P{number}", name, name[:3], "voice.vocals", (number - 1) % 9 + 1)
        )
        root.append(AbcPartWriter(voices, f"P{number}", numbers, tune.tempo if number == 1 else None).part())
    etree.indent(root)
    body = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n{body}\n'.encode()


def part_names(tune: AbcTune, staves: Sequence[Sequence[AbcVoice]]) -> list[str]:
    """The name of each part; without any, two staves of two voices are a choir's, as in hymnals."""
    names = [part_name(voices) for voices in staves]
    if not any(names) and [len(voices) for voices in staves] == [2, 2] and not tune.is_piano:
        upper, lower = (clef_of(voices[0])[0] for voices in staves)
        if (upper, lower) == ("G", "F"):
            return ["Soprano Alto", "Tenor Bass"]
    return names


def part_name(voices: Sequence[AbcVoice]) -> str:
    """The name of a part: those of its voices, or their ids where these are names of a choir's voices."""
    names = []
    for voice in voices:
        name = voice.properties.get("name", voice.properties.get("nm", "")).replace("\\n", " ").strip()
        names.append(name or (voice.id if voice.id.isalpha() and voices_of_part(voice.id) else ""))
    return " ".join(dict.fromkeys(name for name in names if name))


def measure_numbers(measures: Sequence[AbcMeasure]) -> list[tuple[str, bool]]:
    """(number, whether it is not counted) of each measure.

    A pickup is measure 0; what completes the measure before it, as after a repeat inside a measure, is X1.
    """
    numbers: list[tuple[str, bool]] = []
    counted = completing = 0
    before: Fraction | None = None  # how much the measure before lacks
    for index, measure in enumerate(measures):
        meter = measure.meter.meter
        lacks = meter.length - measure.length if meter is not None else Fraction(0)
        if index == 0 and lacks > 0:
            numbers.append(("0", True))
            continue
        if before and lacks > 0 and before == measure.length:
            completing += 1
            numbers.append((f"X{completing}", True))
            before = None
            continue
        counted += 1
        numbers.append((str(counted), False))
        before = lacks if lacks > 0 else None
    return numbers


class AbcPartWriter:
    """Writes one part. numbers: of the measures. tempo: what the part begins with."""

    def __init__(
        self,
        voices: Sequence[AbcVoice],
        part_id: str,
        numbers: Sequence[tuple[str, bool]],
        tempo: AbcTempo | None,
    ) -> None:
        self.voices, self.part_id, self.numbers, self.tempo = voices, part_id, numbers, tempo
        events = [event for voice in voices for event in voice.events]
        self.divisions = lcm(*(length.denominator for event in events for length in sounding_values(event)))
        self.key = voices[0].key
        stems = ["up", "down"] if len(voices) == 2 else [None] * len(voices)
        self.writers = [NoteWriter(stem, self.divisions) for stem in stems]

    def part(self) -> _Element:
        """The <part>, with as many measures as the longest in the tune."""
        part = etree.Element("part", id=self.part_id)
        for index, (number, implicit) in enumerate(self.numbers):
            measure = SubElement(part, "measure", number=number)
            if implicit:
                measure.set("implicit", "yes")
            self.fill(measure, index)
        return part

    def fill(self, element: _Element, index: int) -> None:
        """Write one measure."""
        rows = [voice.measures[index] if index < len(voice.measures) else None for voice in self.voices]
        main = rows[0]
        if main is not None:
            add_bar(element, main.left, "left")
        if index == 0:
            self.add_first_attributes(element)
        written = Fraction(0)
        extra = len(self.voices)
        for place, (row, writer) in enumerate(zip(rows, self.writers, strict=True)):
            for number, layer in enumerate(row.layers if row is not None else []):
                if written:
                    element.append(move_element("backup", written, self.divisions))
                voice = str(place + 1)
                if number:
                    extra += 1
                    voice = str(extra)
                written = self.add_layer(element, layer, writer, voice, leads=not place and not number)
        if main is not None:
            add_bar(element, main.right, "right")

    def add_layer(
        self, element: _Element, layer: Sequence[AbcEvent], writer: NoteWriter, voice: str, *, leads: bool
    ) -> Fraction:
        """Write a layer's events; returns their length. leads: what holds for the whole staff is here."""
        time = Fraction(0)
        for event, beams in zip(layer, writer.beams(layer), strict=True):
            if leads:
                add_changes(element, event.changes)
            element.extend(directions_before(event))
            element.extend(writer.notes(event, beams, voice))
            time += event.duration
        return time

    def add_first_attributes(self, element: _Element) -> None:
        """The <attributes> that the part begins with, and its tempo."""
        voice = self.voices[0]
        attributes = SubElement(element, "attributes")
        add(attributes, "divisions", self.divisions)
        attributes.append(key_element(voice.key))
        attributes.append(time_element(voice.meter))
        attributes.append(clef_element(clef_of(voice)))
        shift = voice.properties.get("transpose", "").lstrip("+")
        if shift.lstrip("-").isdecimal() and 0 < abs(int(shift[:4])) <= 24:
            add(SubElement(attributes, "transpose"), "chromatic", int(shift))
        if self.tempo is not None:
            element.append(tempo_direction(self.tempo))


def add_changes(element: _Element, changes: Sequence[Change]) -> None:
    """Write the key, the meter, the tempos and texts that begin at one place."""
    keys = [change for change in changes if isinstance(change, AbcKey)]
    meters = [change for change in changes if isinstance(change, AbcMeter)]
    if keys or meters:
        first = len(element) and element[-1].tag == "attributes"
        attributes = element[-1] if first else SubElement(element, "attributes")
        made = [*map(key_element, keys[-1:]), *map(time_element, meters[-1:])]
        for new in made:
            old = attributes.find(str(new.tag))
            if old is not None:
                attributes.replace(old, new)
            else:
                attributes.append(new)
    for change in changes:
        if isinstance(change, AbcTempo):
            element.append(tempo_direction(change))
        elif isinstance(change, str):
            element.append(direction("rehearsal", change, "above"))


def key_element(key: AbcKey) -> _Element:
    """A key signature as <key>; one of single accidentals as the usual one that it comes from."""
    element = etree.Element("key")
    add(element, "fifths", key.fifths)
    if key.mode is not None:
        add(element, "mode", key.mode)
    return element


def time_element(meter: AbcMeter) -> _Element:
    """A meter as <time>."""
    element = etree.Element("time")
    if meter.meter is None:
        SubElement(element, "senza-misura")
        return element
    if meter.symbol:
        element.set("symbol", meter.symbol)
    add(element, "beats", meter.beats)
    add(element, "beat-type", meter.meter.denominator)
    return element


def add_bar(element: _Element, bar: Barline, location: str) -> None:
    """Write a barline where it is more than a usual one."""
    if not (bar.style or bar.repeat or bar.ending):
        return
    barline = SubElement(element, "barline", location=location)
    style = "heavy-light" if location == "left" and bar.repeat else bar.style
    if style:
        add(barline, "bar-style", style)
    if bar.ending:
        kind = "start" if location == "left" else "discontinue" if bar.open_end else "stop"
        numbers, text = ending_numbers(bar.ending)
        ending = SubElement(barline, "ending", number=numbers, type=kind)
        if location == "left" and text:
            ending.text = text
    if bar.repeat:
        SubElement(barline, "repeat", direction="forward" if location == "left" else "backward")


def ending_numbers(passes: str) -> tuple[str, str]:
    """(the numbers of an ending as MusicXML lists them, what is printed): "1-3" is "1, 2, 3"."""
    numbers: list[int] = []
    for part in passes.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal():
            end = int(last) if last.isdecimal() else int(first)
            numbers += range(int(first), min(end, int(first) + 15) + 1)
    numbers = [number for number in dict.fromkeys(numbers) if 0 < number <= 99]
    return (", ".join(map(str, numbers)) or "1"), passes
