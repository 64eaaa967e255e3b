"""Building MusicXML elements: notes, measures and whole parts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.ensembles.ensemble import ClefName
from ripieno.score import (
    ELISION,
    LINE_OF_FIFTHS,
    Key,
    Lyric,
    Measure,
    Meter,
    Note,
    Score,
    Spelling,
    Tempo,
    Voice,
)
from ripieno_bridges.formats.musicxml.note_values import WrittenValue, write_measure
from ripieno_bridges.formats.musicxml.transposition import (
    CONCERT_PITCH,
    PartTransposition,
    as_written,
    transpose_element,
)

ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
# (sign, line, octaves up) of each clef that an ensemble's voice may have.
CLEFS: dict[ClefName, tuple[str, int, int]] = {
    "treble": ("G", 2, 0),
    "treble-8": ("G", 2, -1),
    "treble+8": ("G", 2, 1),
    "alto": ("C", 3, 0),
    "tenor": ("C", 4, 0),
    "bass": ("F", 4, 0),
    "bass-8": ("F", 4, -1),
    "bass+8": ("F", 4, 1),
}
# Characters that no XML document may have; texts from a MIDI file may have them.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TUPLET_MARKS = {"start": ("start",), "stop": ("stop",), "alone": ("start", "stop")}
UNKNOWN = 99  # an alteration that no note has: whatever comes next shows its accidental
CHOIR_PROGRAM = 53  # General MIDI "Choir Aahs", counted from 1

Clef = tuple[str, int, int]
Chords = Mapping[tuple[Fraction, Fraction], Sequence[Note]]


@dataclass(frozen=True, slots=True)
class MeasureFrame:
    """The parts of a measure that are the same in every part of a score.

    number, implicit: attributes of <measure>. time: the <time> element where there is one.
    barlines: the <barline> elements.
    """

    number: str
    implicit: bool
    time: _Element | None
    barlines: tuple[_Element, ...]


@dataclass(frozen=True, slots=True)
class NotePlacement:
    """The <voice>, <staff> and <stem> of new notes; without the element where one is ``None``."""

    voice: str = "1"
    staff: str | None = None
    stem: str | None = None


def is_pickup(index: int, measure: Measure) -> bool:
    """Whether a measure is an upbeat: the first, and shorter than its meter."""
    return index == 0 and measure.duration < measure.meter.length


def plain_frames(score: Score) -> list[MeasureFrame]:
    """Frames for a new score: its meters, repeats and a final barline."""
    frames = []
    meter: Meter | None = None
    for i, measure in enumerate(score.measures):
        time = time_element(measure.meter) if measure.meter != meter else None
        meter = measure.meter
        irregular = measure.duration != meter.length
        is_last = i == len(score.measures) - 1
        bars = repeat_signs(score, i) or ((final_barline(),) if is_last else ())
        frames.append(MeasureFrame(measure.number, irregular and not is_last, time, bars))
    return frames


def time_element(meter: Meter) -> _Element:
    """A meter as <time>."""
    time = etree.Element("time")
    add(time, "beats", meter.numerator)
    add(time, "beat-type", meter.denominator)
    return time


def final_barline() -> _Element:
    """The <barline> at the end of a piece."""
    barline = etree.Element("barline", location="right")
    add(barline, "bar-style", "light-heavy")
    return barline


def repeat_signs(score: Score, index: int) -> tuple[_Element, ...]:
    """The <barline>s of repeats that begin or end with a measure; a piece begins without a sign."""
    signs = []
    for measures in score.repeats:
        if measures.start == index and index:
            signs.append(repeat_sign("left", "heavy-light", "forward"))
        if measures.stop - 1 == index:
            signs.append(repeat_sign("right", "light-heavy", "backward"))
    return tuple(signs)


def repeat_sign(location: str, style: str, direction: str) -> _Element:
    """A <barline> with a <repeat>."""
    barline = etree.Element("barline", location=location)
    add(barline, "bar-style", style)
    SubElement(barline, "repeat", direction=direction)
    return barline


def written_measures(voice: Voice, score: Score) -> list[tuple[WrittenValue, ...]]:
    """The written values of a voice, measure by measure."""
    return [write_measure(voice, m, pickup=is_pickup(i, m)) for i, m in enumerate(score.measures)]


def divisions_for(columns: Sequence[Sequence[tuple[WrittenValue, ...]]]) -> int:
    """The smallest division of a quarter in which every written length is a whole number."""
    return lcm(*(w.duration.denominator for column in columns for measure in column for w in measure))


def part_element(
    part_id: str,
    voices: Sequence[Voice],
    score: Score,
    frames: Sequence[MeasureFrame],
    clef: tuple[str, int, int],
    transposition: PartTransposition = CONCERT_PITCH,
) -> _Element:
    """A whole <part> with one voice, or several that share a staff: the highest with stems up.

    voices, score: as they sound. transposition: of the instrument; what is written is what its player reads.
    """
    score = as_written(replace(score, voices=tuple(voices)), transposition)
    voices = score.voices
    placements = [NotePlacement()]
    if len(voices) > 1:
        lower = (NotePlacement(str(number), None, "down") for number in range(2, len(voices) + 1))
        placements = [NotePlacement("1", None, "up"), *lower]
    columns = [written_measures(voice, score) for voice in voices]
    divisions = divisions_for(columns)
    part = etree.Element("part", id=part_id)
    for i, (measure, frame) in enumerate(zip(score.measures, frames, strict=True)):
        element = SubElement(part, "measure", number=frame.number)
        attributes = open_measure(element, score, i, frame, divisions)
        if i == 0:
            attributes.append(clef_element(clef))
            if transposition != CONCERT_PITCH:
                attributes.append(transpose_element(transposition))
        if len(attributes):
            element.append(attributes)
        for place, (placement, column) in enumerate(zip(placements, columns, strict=True)):
            if place:
                element.append(move_element("backup", measure.duration, divisions))
            beside = set().union(*(spellings(c[i]) for c in columns if c is not column))
            element.extend(note_elements(column[i], measure.key, divisions, placement, beside))
        element.extend(deepcopy(b) for b in frame.barlines if b.get("location") != "left")
    return part


def open_measure(
    element: _Element, score: Score, index: int, frame: MeasureFrame, divisions: int
) -> _Element:
    """Start a <measure> with what every part has: its left barline, and <attributes>.

    Returns the <attributes> (divisions, key, time), which the caller completes and appends.
    """
    if frame.implicit:
        element.set("implicit", "yes")
    element.extend(deepcopy(b) for b in frame.barlines if b.get("location") == "left")
    attributes = etree.Element("attributes")
    if index == 0:
        add(attributes, "divisions", divisions)
    key = score.measures[index].key
    if index == 0 or key != score.measures[index - 1].key:
        attributes.append(key_element(key))
    if frame.time is not None:
        attributes.append(deepcopy(frame.time))
    return attributes


def key_element(key: Key) -> _Element:
    """A key signature as <key>."""
    element = etree.Element("key")
    add(element, "fifths", key.fifths)
    if key.mode is not None:
        add(element, "mode", key.mode)
    return element


def clef_element(clef: tuple[str, int, int]) -> _Element:
    """A <clef> from (sign, line, octaves up)."""
    sign, line, octaves = clef
    element = etree.Element("clef")
    add(element, "sign", sign)
    add(element, "line", line)
    if octaves:
        add(element, "clef-octave-change", octaves)
    return element


def move_element(tag: str, quarters: Fraction, divisions: int) -> _Element:
    """A <backup> or <forward> by so many quarters; with decimals where the document's notes have some."""
    element = etree.Element(tag)
    duration = quarters * divisions
    add(element, "duration", int(duration) if duration.denominator == 1 else f"{float(duration):.12g}")
    return element


def note_elements(
    written: Sequence[WrittenValue],
    key: Key,
    divisions: int,
    placement: NotePlacement,
    beside: Collection[Spelling] = (),
    chords: Chords | None = None,
    tied: Collection[tuple[Fraction, int]] = (),
) -> list[_Element]:
    """The <note> elements of one voice in one measure.

    beside: the spellings of the other voices on the same staff in this measure. Where they alter the same
    line or space differently, a reader could not know what holds, so the accidental is always shown.
    chords: the lower notes on the stem of a note, by its onset and end, which are theirs too. tied: (onset,
    pitch) of notes that go on with one before.
    """
    accidentals = key_accidentals(key)
    elements = []
    for w in written:
        chord = [held_on(member, tied) for member in (w, *lower_chord_notes(w, chords or {}))]
        others = {*beside, *spellings(chord)}
        for place, member in enumerate(chord):
            if member.note is not None:
                own = spelling_of(member.note)
                if any((s.step, s.octave) == (own.step, own.octave) and s != own for s in others):
                    accidentals[f"{own.step}{own.octave}"] = UNKNOWN
            element = note_element(member, accidentals, divisions, placement)
            if place:
                element.insert(0, etree.Element("chord"))
            elements.append(element)
    return elements


def lower_chord_notes(w: WrittenValue, chords: Chords) -> list[WrittenValue]:
    """The lower notes of a chord; beams, tuplet brackets and a fermata belong to its top note."""
    if w.note is None:
        return []
    triplet = "inside" if w.triplet else ""
    lower = [replace(note, fermata=False) for note in chords.get((w.note.onset, w.note.end), ())]
    return [replace(w, note=note, triplet=triplet, beams=()) for note in lower]


def held_on(w: WrittenValue, tied: Collection[tuple[Fraction, int]]) -> WrittenValue:
    """A written value whose note may go on with one before, or be held on by one after it; see ``tied``."""
    if w.note is None or not tied:
        return w
    first = w.first and (w.note.onset, w.note.pitch) not in tied
    return replace(w, first=first, last=w.last and (w.note.end, w.note.pitch) not in tied)


def spellings(written: Sequence[WrittenValue]) -> set[Spelling]:
    """The spellings of written notes."""
    return {spelling_of(w.note) for w in written if w.note is not None}


def key_accidentals(key: Key) -> dict[str, int]:
    """The alteration that the key signature gives each step."""
    order = LINE_OF_FIFTHS if key.fifths > 0 else LINE_OF_FIFTHS[::-1]
    sign = 1 if key.fifths > 0 else -1
    return {step: sign if order.index(step) < abs(key.fifths) else 0 for step in order}


def note_element(
    w: WrittenValue, accidentals: dict[str, int], divisions: int, placement: NotePlacement
) -> _Element:
    """One <note>, its children in the order of the schema.

    accidentals: what holds in this measure so far, by step (from the key) or step and octave; it is updated.
    """
    element = etree.Element("note")
    accidental: str | None = None
    if w.note is None:
        rest = SubElement(element, "rest")
        if w.whole_measure:
            rest.set("measure", "yes")
    else:
        spelling = spelling_of(w.note)
        accidental = pitch_and_accidental(element, spelling, accidentals, w)
    add(element, "duration", whole(w.duration * divisions))
    if w.note is not None:
        for kind in tie_kinds(w):
            SubElement(element, "tie", type=kind)
    add(element, "voice", placement.voice)
    if not w.whole_measure:
        add(element, "type", w.value)
        for _ in range(w.dots):
            SubElement(element, "dot")
    if accidental is not None:
        add(element, "accidental", accidental)
    if w.triplet:
        modification = SubElement(element, "time-modification")
        add(modification, "actual-notes", 3)
        add(modification, "normal-notes", 2)
    if placement.stem and w.note is not None and w.value not in ("whole", "breve"):
        add(element, "stem", placement.stem)
    if placement.staff is not None:
        add(element, "staff", placement.staff)
    for number, beam in enumerate(w.beams, 1):
        add(element, "beam", beam).set("number", str(number))
    add_notations(element, w, placement)
    if w.note is not None and w.first:
        element.extend(lyric_element(lyric, tied=not w.last) for lyric in w.note.lyrics)
    return element


def spelling_of(note: Note) -> Spelling:
    """A note's spelling; where it has none, the one of C major."""
    return note.spelling or Key().spell(note.pitch)


def pitch_and_accidental(
    element: _Element, spelling: Spelling, accidentals: dict[str, int], w: WrittenValue
) -> str | None:
    """Add <pitch>; return the accidental that must be shown, or None. ``accidentals`` is updated."""
    pitch = SubElement(element, "pitch")
    add(pitch, "step", spelling.step)
    if spelling.alter:
        add(pitch, "alter", spelling.alter)
    add(pitch, "octave", spelling.octave)
    place = f"{spelling.step}{spelling.octave}"
    known = accidentals.get(place, accidentals[spelling.step])
    if known == spelling.alter:
        return None
    if not w.first:
        return None  # tied over the barline: the accidental holds for this one note only
    accidentals[place] = spelling.alter
    return ACCIDENTALS[spelling.alter]


def tie_kinds(w: WrittenValue) -> list[str]:
    """The types of a value's ties: stop where it continues a note, start where the note goes on."""
    return [kind for kind, there in (("stop", not w.first), ("start", not w.last)) if there]


def add_notations(element: _Element, w: WrittenValue, placement: NotePlacement) -> None:
    """<notations> with ties, slurs of melismas, triplet brackets and fermatas, where there are any.

    Under the lower of two voices on a staff the fermata stands below and upside down.
    """
    if w.note is None and not w.triplet:
        return
    notations = etree.Element("notations")
    if w.note is not None:
        for kind in tie_kinds(w):
            SubElement(notations, "tied", type=kind)
    if w.slur:
        SubElement(notations, "slur", type=w.slur, number="1")
    for kind in TUPLET_MARKS.get(w.triplet, ()):
        SubElement(notations, "tuplet", type=kind)
    if w.note is not None and w.note.fermata and w.last:
        SubElement(notations, "fermata", type="inverted" if placement.stem == "down" else "upright")
    if len(notations):
        element.append(notations)


def lyric_element(lyric: Lyric, *, tied: bool) -> _Element:
    """A syllable as <lyric>; with <extend> where the end of a word is held over more written notes.

    tied: whether its own note is tied to another one.
    """
    element = etree.Element("lyric", number=str(lyric.verse))
    words = lyric.text.split(ELISION)
    for i, word in enumerate(words):
        if i:
            add(element, "elision", ELISION)
        inside = i == 0 and lyric.syllabic in ("middle", "end")
        goes_on = i == len(words) - 1 and lyric.syllabic in ("begin", "middle")
        syllabic = ("middle" if goes_on else "end") if inside else ("begin" if goes_on else "single")
        add(element, "syllabic", syllabic)
        add(element, "text", word)
    if (lyric.melisma or tied) and lyric.syllabic in ("single", "end"):
        SubElement(element, "extend")
    return element


def tempo_element(tempo: Tempo, offset: Fraction = Fraction(0)) -> _Element:
    """A <direction> with a metronome mark. offset: how many divisions after its place it takes effect."""
    direction = etree.Element("direction", placement="above")
    metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
    add(metronome, "beat-unit", "quarter")
    add(metronome, "per-minute", f"{tempo.qpm:g}")
    if offset:
        add(direction, "offset", f"{float(offset):.12g}").set("sound", "yes")
    SubElement(direction, "sound", tempo=f"{tempo.qpm:g}")
    return direction


def score_part_element(
    part_id: str, name: str, abbreviation: str, sound: str, channel: int, program: int = CHOIR_PROGRAM
) -> _Element:
    """<score-part> with an instrument that notation programs play; a choir voice unless said otherwise.

    program: General MIDI's, counted from 1.
    """
    element = etree.Element("score-part", id=part_id)
    add(element, "part-name", name)
    add(element, "part-abbreviation", abbreviation)
    instrument = SubElement(element, "score-instrument", id=f"{part_id}-I1")
    add(instrument, "instrument-name", name)
    add(instrument, "instrument-sound", sound)
    midi = SubElement(element, "midi-instrument", id=f"{part_id}-I1")
    add(midi, "midi-channel", channel)
    add(midi, "midi-program", program)
    return element


def add(parent: _Element, tag: str, text: object) -> _Element:
    """Append a child with a text, of which the characters that XML forbids are left out; return it."""
    child = SubElement(parent, tag)
    child.text = FORBIDDEN.sub("", str(text))
    return child


def whole(number: Fraction) -> int:
    """A fraction that is a whole number, as an int."""
    assert number.denominator == 1, number
    return int(number)
