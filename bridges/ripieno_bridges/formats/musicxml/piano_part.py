"""The lines of two hands -> one piano part on two staves, as MusicXML elements."""

from __future__ import annotations

from collections.abc import Sequence
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
FIRST_LEFT_VOICE = 5  # notation programs give four voices to a staff
Clef = tuple[str, int, int]
TREBLE, BASS = CLEFS["treble"], CLEFS["bass"]


@dataclass(frozen=True, slots=True)
class Strand:
    """The notes that share one stem at a time: a line, and the lower notes of its chords."""

    line: Voice
    chords: Chords


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
    upper = layers(right or [Voice(RIGHT)], score, "1", 1)
    lower = layers(left or [Voice(LEFT)], score, str(len(hands)), max(FIRST_LEFT_VOICE, len(upper) + 1))
    both = {RIGHT: (upper, staff_clefs(right, TREBLE, score)), LEFT: (lower, staff_clefs(left, BASS, score))}
    staves = [both[hand] for hand in hands]
    divisions = divisions_for([layer.written for layer in [*upper, *lower]])
    part = etree.Element("part", id=part_id)
    for i, (measure, frame) in enumerate(zip(score.measures, frames or plain_frames(score), strict=True)):
        element = SubElement(part, "measure", number=frame.number)
        attributes = open_measure(element, score, i, frame, divisions)
        if i == 0:
            add(attributes, "staves", len(staves))
        for number, (_, clefs) in enumerate(staves, 1):
            if i == 0 or clefs[i] != clefs[i - 1]:
                attributes.append(clef_element(clefs[i]))
                attributes[-1].set("number", str(number))
        if len(attributes):
            element.append(attributes)
        backup = False
        for staff, _ in staves:
            for notes in staff_notes(staff, i, score, divisions):
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


def layers(lines: Sequence[Voice], score: Score, staff: str, first_voice: int) -> list[Layer]:
    """A hand's strands with their placements. first_voice: the number of the first one's <voice>."""
    return [
        Layer(strand, NotePlacement(str(number), staff), written_measures(strand.line, score))
        for number, strand in enumerate(strands(lines), first_voice)
    ]


def staff_notes(staff: Sequence[Layer], index: int, score: Score, divisions: int) -> list[list[_Element]]:
    """The <note>s of each layer of a staff in one measure; of layers that rest only the first is there."""
    first, *others = staff
    here = [first, *(layer for layer in others if not layer.written[index][0].whole_measure)]
    key, found = score.measures[index].key, []
    for place, layer in enumerate(here):
        stem = ("down" if place else "up") if len(here) > 1 else None
        beside = set().union(*(in_measure(other, index) for other in here if other is not layer))
        placement, chords = replace(layer.placement, stem=stem), layer.strand.chords
        notes = note_elements(layer.written[index], key, divisions, placement, beside, chords)
        if place:  # beside other notes of the same hand a rest says nothing
            for note in notes:
                if note.find("rest") is not None:
                    note.set("print-object", "no")
        found.append(notes)
    return found


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
