"""The lines of two hands -> one piano part on two staves, as MusicXML elements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.piano.hands import LEFT, RIGHT, hand_of
from ripieno.score import VOICE_NAMES, Note, Score, Spelling, Voice
from ripieno_bridges.formats.musicxml.elements import (
    CLEFS,
    Chords,
    Clef,
    MeasureFrame,
    NotePlacement,
    add,
    clef_element,
    divisions_for,
    move_element,
    note_elements,
    open_measure,
    plain_frames,
    score_part_element,
    spelling_of,
    spellings,
    written_measures,
)
from ripieno_bridges.formats.musicxml.note_values import WrittenValue, notes_in

PIANO_PROGRAM = 1  # General MIDI "Acoustic Grand Piano", counted from 1
MIDDLE_C = 60
LEDGER = 4  # semitones beyond middle C for which ledger lines do, and the clef stays
SMALL = 75  # per cent of a usual staff, for a piano that is there for the rehearsal
FIRST_LEFT_VOICE = 5  # notation programs give four voices to a staff
TREBLE, BASS = CLEFS["treble"], CLEFS["bass"]


@dataclass(frozen=True, slots=True)
class Strand:
    """The notes that share one stem at a time: a line, and the lower notes of its chords.

    tied: (onset, pitch) of its notes that go on with one before, as the same key held.
    """

    line: Voice
    chords: Chords
    tied: Collection[tuple[Fraction, int]] = ()


@dataclass(frozen=True, slots=True)
class PianoStaff:
    """A hand's staff: its strands, the lines that they were made from, and the usual clef."""

    strands: Sequence[Strand]
    lines: Sequence[Voice]
    clef: Clef


@dataclass(frozen=True, slots=True)
class Layer:
    """A strand with its placement on the staff, and the written values of each measure."""

    strand: Strand
    placement: NotePlacement
    written: list[tuple[WrittenValue, ...]]


def piano_entry(part_id: str, channel: int, name: str = "Piano", abbreviation: str = "Pno.") -> _Element:
    """The piano's <score-part>."""
    return score_part_element(part_id, name, abbreviation, "keyboard.piano", channel, PIANO_PROGRAM)


def piano_part(
    part_id: str,
    lines: Sequence[Voice],
    score: Score,
    frames: Sequence[MeasureFrame] | None = None,
    *,
    hands: Sequence[str] = (RIGHT, LEFT),
) -> _Element:
    """The <part>: the right hand's lines on the upper staff, the left hand's on the lower.

    frames: what its measures show besides notes; ``None`` for a new score's. hands: those that have a staff.
    Raises ScoreError for rhythms that are neither straight nor in triplets.
    """
    right, left = ([v for v in lines if hand_of(v.name) == hand] for hand in (RIGHT, LEFT))
    both = {
        RIGHT: PianoStaff(strands(right or [Voice(RIGHT)]), right, TREBLE),
        LEFT: PianoStaff(strands(left or [Voice(LEFT)]), left, BASS),
    }
    return staves_part(part_id, [both[hand] for hand in hands], score, frames or plain_frames(score))


def staves_part(
    part_id: str,
    hands: Sequence[PianoStaff],
    score: Score,
    frames: Sequence[MeasureFrame],
    *,
    small: bool = False,
) -> _Element:
    """The <part> with a staff for each hand, at least one.

    small: for the rehearsal, on small staves, and without the rests of a stem beside which another sounds.
    """
    staves: list[tuple[list[Layer], list[Clef]]] = []
    voice = 1
    for number, hand in enumerate(hands, 1):
        staff = layers(hand.strands, score, str(number), voice)
        staves.append((staff, staff_clefs(hand.lines, hand.clef, score)))
        voice = max(FIRST_LEFT_VOICE, voice + len(staff))
    divisions = divisions_for([layer.written for staff, _ in staves for layer in staff])
    part = etree.Element("part", id=part_id)
    for i, (measure, frame) in enumerate(zip(score.measures, frames, strict=True)):
        element = SubElement(part, "measure", number=frame.number)
        attributes = open_measure(element, score, i, frame, divisions)
        if i == 0:
            add(attributes, "staves", len(staves))
        for number, (_, clefs) in enumerate(staves, 1):
            if i == 0 or clefs[i] != clefs[i - 1]:
                attributes.append(clef_element(clefs[i]))
                attributes[-1].set("number", str(number))
        if i == 0 and small:
            attributes.extend(staff_size(number, SMALL) for number in range(1, len(staves) + 1))
        if len(attributes):
            element.append(attributes)
        backup = False
        for staff, _ in staves:
            for notes in staff_notes(staff, i, score, divisions, few_rests=small):
                if backup:
                    element.append(move_element("backup", measure.duration, divisions))
                element.extend(notes)
                backup = True
        element.extend(deepcopy(b) for b in frame.barlines if b.get("location") != "left")
    return part


def in_hands(voices: Sequence[Voice]) -> tuple[Voice, ...]:
    """Voices of a mixed choir, from the highest down, as lines of hands: only the bass is in the left."""
    right = [voice for voice in voices if voice.name != VOICE_NAMES[-1]]
    names = {v.name: RIGHT if i == 1 else f"{RIGHT} {i}" for i, v in enumerate(right, 1)}
    return tuple(replace(voice, name=names.get(voice.name, LEFT)) for voice in voices)


def strands(lines: Sequence[Voice]) -> list[Strand]:
    """The lines in as few strands as can be.

    Notes that begin and end with one of the first line join it in a chord. What is left of the other lines is
    put together in the same way.
    """
    found: list[Strand] = []
    rest = list(lines)
    while rest:
        first, *others = rest
        chords: dict[tuple[Fraction, Fraction], list[Note]] = {(n.onset, n.end): [] for n in first.notes}
        rest = []
        for other in others:
            apart: list[Note] = []
            for note in other.notes:
                chords.get((note.onset, note.end), apart).append(note)
            if apart:
                rest.append(replace(other, notes=tuple(apart)))
        held = [any(x.fermata for x in chords[n.onset, n.end]) for n in first.notes]
        notes = [replace(n, fermata=n.fermata or h) for n, h in zip(first.notes, held, strict=True)]
        found.append(Strand(replace(first, notes=tuple(notes)), chords))
    return found


def staff_size(number: int, size: int) -> _Element:
    """<staff-details> for a staff of another size, in per cent."""
    details = etree.Element("staff-details", number=str(number))
    add(details, "staff-size", size)
    return details


def layers(found: Sequence[Strand], score: Score, staff: str, first_voice: int) -> list[Layer]:
    """A hand's strands with their placements. first_voice: the number of the first one's <voice>."""
    return [
        Layer(strand, NotePlacement(str(number), staff), written_measures(strand.line, score))
        for number, strand in enumerate(found, first_voice)
    ]


def staff_notes(
    staff: Sequence[Layer], index: int, score: Score, divisions: int, *, few_rests: bool = False
) -> list[list[_Element]]:
    """The <note>s of each layer of a staff in one measure; of layers that rest only the first is there.

    few_rests: the first shows no rest beside which another sounds.
    """
    first, *others = staff
    here = [first, *(layer for layer in others if not layer.written[index][0].whole_measure)]
    key, found = score.measures[index].key, []
    for place, layer in enumerate(here):
        stem = ("down" if place else "up") if len(here) > 1 else None
        beside = set().union(*(in_measure(other, index) for other in here if other is not layer))
        placement, strand = replace(layer.placement, stem=stem), layer.strand
        written = layer.written[index]
        notes = note_elements(written, key, divisions, placement, beside, strand.chords, strand.tied)
        if place:  # beside other notes of the same hand a rest says nothing
            for note in rests(notes):
                note.set("print-object", "no")
        elif few_rests:
            for w, note in zip((w for w in written if w.note is None), rests(notes), strict=True):
                if any(sounds_throughout(other.written[index], w) for other in others if other in here):
                    note.set("print-object", "no")
        found.append(notes)
    return found


def rests(notes: Sequence[_Element]) -> list[_Element]:
    """Those <note>s that are rests."""
    return [note for note in notes if note.find("rest") is not None]


def sounds_throughout(written: Sequence[WrittenValue], rest: WrittenValue) -> bool:
    """Whether a layer has no rest while another one has this."""
    end = rest.onset + rest.duration
    meanwhile = [w for w in written if w.onset < end and w.onset + w.duration > rest.onset]
    return all(w.note is not None for w in meanwhile)


def in_measure(layer: Layer, index: int) -> set[Spelling]:
    """The spellings of a layer's notes in one measure, those of chords included."""
    written = layer.written[index]
    lower = [n for w in written if w.note for n in layer.strand.chords[w.note.onset, w.note.end]]
    return spellings(written) | {spelling_of(note) for note in lower}


def staff_clefs(lines: Sequence[Voice], usual: Clef, score: Score) -> list[Clef]:
    """A staff's clef in each measure: another than usual while a hand stays on the other side of middle C.

    It must stay there for two measures or more; a measure of ledger lines is easier to read than a change.
    """
    clefs: list[Clef] = []
    for measure in score.measures:
        pitches = [n.pitch for line in lines for n in notes_in(line, measure)]
        if not pitches:
            clefs.append(clefs[-1] if clefs else usual)
        elif max(pitches) < MIDDLE_C and min(pitches) < MIDDLE_C - LEDGER:
            clefs.append(BASS)
        elif min(pitches) > MIDDLE_C and max(pitches) > MIDDLE_C + LEDGER:
            clefs.append(TREBLE)
        else:
            clefs.append(usual)
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(clefs), 1) if a != b), len(clefs)]
    for start, end in pairwise(starts):
        if end - start == 1 and clefs[start] != usual:
            clefs[start] = usual
    return clefs
