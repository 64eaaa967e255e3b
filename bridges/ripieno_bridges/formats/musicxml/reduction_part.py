"""A piano reduction as a part of a MusicXML document: two small staves under the choir."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from lxml.etree import _Element

from ripieno.errors import count_text
from ripieno.piano.hands import LEFT, RIGHT
from ripieno.piano.reduction import HandChord, Reduction, reduce_voices
from ripieno.score import Measure, Note, Score, Voice
from ripieno_bridges.formats.musicxml.byte_edits import apply_edits
from ripieno_bridges.formats.musicxml.elements import MeasureFrame
from ripieno_bridges.formats.musicxml.patch import Patcher
from ripieno_bridges.formats.musicxml.piano_part import BASS, TREBLE, PianoStaff, Strand, staves_part
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.part_names import words_of

GERMAN = frozenset({"sopran", "soprane", "alte", "stimme", "singstimme", "frauen", "männer", "chor"})
MAX_PLACES = 6  # that a remark lists

Slice = tuple[
    Fraction, Fraction, tuple[Note, ...]
]  # onset, end, and what sounds throughout, from high to low


def add_reduction(
    document: Document, score: Score, voices: Sequence[Voice], after: str
) -> tuple[bytes, list[str]]:
    """(the document's bytes with a piano reduction of its voices, remarks); every other byte stays.

    score: of the document, in the key in which it sounds. voices: from high to low. after: the id of the part
    under which the piano stands. Raises ScoreError for rhythms that are neither straight nor in triplets.
    """
    reduction = reduce_voices(voices)
    location = next(place for place in document.locations if place.part == after)
    patcher = Patcher(document, {RIGHT: location}, score, score)
    name, abbreviation = piano_name([line.part for line in document.lines])

    def part(part_id: str, frames: Sequence[MeasureFrame]) -> _Element:
        return reduction_part(part_id, reduction, score, frames)

    patcher.add_part_after(after, part, name, abbreviation, below_brackets=True)
    remarks = [
        *said_of(reduction.wide, score, "wider than an octave for one hand, a tenth at most"),
        *said_of(reduction.too_wide, score, "too wide for one hand: break it, or leave a note out"),
    ]
    return apply_edits(patcher.data, patcher.edits), remarks


def piano_name(parts: Sequence[str]) -> tuple[str, str]:
    """(name, abbreviation) of a piano beside parts of these names: in German where they are."""
    german = any(word in GERMAN for name in parts for word in words_of(name))
    return ("Klavier", "Klav.") if german else ("Piano", "Pno.")


def said_of(chords: Sequence[HandChord], score: Score, what: str) -> list[str]:
    """A remark on chords, with their places; none where there are none."""
    if not chords:
        return []
    places = list(dict.fromkeys("measure {}, beat {}".format(*score.place(c.onset)) for c in chords))
    more = f"; and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    return [f"piano: {count_text(len(chords), 'chord')} {what} ({'; '.join(places[:MAX_PLACES])}{more})"]


def reduction_part(
    part_id: str, reduction: Reduction, score: Score, frames: Sequence[MeasureFrame]
) -> _Element:
    """The <part>. The outer voices have a stem of their own where they move apart from the others."""
    hands = [
        PianoStaff(hand_strands(reduction.right, score, RIGHT), reduction.right, TREBLE),
        PianoStaff(hand_strands(reduction.left, score, LEFT), reduction.left, BASS),
    ]
    return staves_part(part_id, hands, score, frames, small=True)


def hand_strands(voices: Sequence[Voice], score: Score, hand: str) -> list[Strand]:
    """A hand's notes in one strand, and a second where the outer voice does not move with the others.

    Inside a strand a note is cut, and tied, where another one of it begins or ends.
    """
    spelled = [spelled_in(voice, score) for voice in voices]
    upper, lower = list[Slice](), list[Slice]()
    for measure in score.measures:
        here = [clipped(voice, measure) for voice in spelled]
        sounding = [line for line in here if line]
        outer = sounding[:1] if hand == RIGHT else sounding[-1:]
        inner = sounding[1:] if hand == RIGHT else sounding[:-1]
        above, below = (outer, inner) if hand == RIGHT else (inner, outer)
        first, second = sliced(above), sliced(below)
        if move_together(first, second):
            first, second = sliced(sounding), []
        upper += first
        lower += second
    tied = {(start, n.pitch) for start, _, notes in [*upper, *lower] for n in notes if n.onset < start}
    strands = [strand_of(upper, hand, tied), strand_of(lower, hand, tied)]
    return strands if lower else strands[:1]


def spelled_in(voice: Voice, score: Score) -> Voice:
    """The voice with a spelling for each note, its own or that of its measure's key."""
    notes = [
        replace(n, spelling=n.spelling or score.measure_at(n.onset).key.spell(n.pitch)) for n in voice.notes
    ]
    return replace(voice, notes=tuple(notes))


def clipped(voice: Voice, measure: Measure) -> list[tuple[Fraction, Fraction, Note]]:
    """(start, end, note) of a voice's notes inside a measure."""
    return [
        (max(n.onset, measure.onset), min(n.end, measure.end), n)
        for n in voice.notes
        if n.onset < measure.end and n.end > measure.onset
    ]


def sliced(lines: Sequence[Sequence[tuple[Fraction, Fraction, Note]]]) -> list[Slice]:
    """What sounds between each time at which a note begins or ends and the next."""
    spans = [span for line in lines for span in line]
    times = sorted({time for start, end, _ in spans for time in (start, end)})
    found = []
    for start, end in pairwise(times):
        notes = [n for a, b, n in spans if a <= start and end <= b]
        if notes:
            found.append((start, end, tuple(sorted(notes, key=lambda n: -n.pitch))))
    return found


def move_together(first: Sequence[Slice], second: Sequence[Slice]) -> bool:
    """Whether two groups have one rhythm, or one of them has nothing."""
    return not first or not second or [s[:2] for s in first] == [s[:2] for s in second]


def strand_of(slices: Sequence[Slice], name: str, tied: set[tuple[Fraction, int]]) -> Strand:
    """Slices as chords: the highest note of each is the line."""
    line: list[Note] = []
    chords: dict[tuple[Fraction, Fraction], Sequence[Note]] = {}
    for start, end, notes in slices:
        cut = [
            replace(n, onset=start, duration=end - start, fermata=n.fermata and n.end == end) for n in notes
        ]
        line.append(replace(cut[0], fermata=any(n.fermata for n in cut)))
        chords[start, end] = cut[1:]
    return Strand(Voice(name, tuple(line)), chords, frozenset(tied))
