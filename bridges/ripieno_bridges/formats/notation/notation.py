"""A score as it is written, for formats that engrave: staves, note values, tuplets, words, repeats.

``ripieno.score`` says what sounds; this says how it stands on paper. All pitches are those that are read, so
a part for a transposing instrument has its own keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from ripieno.score import Key, Lyric, Measure, Spelling

MarkKind = Literal["dynamic", "wedge", "words", "tempo", "rehearsal", "segno", "coda"]


@dataclass(frozen=True, slots=True)
class NotatedValue:
    """A written value. quarters: without its dots, 1 for a quarter. ratio: (3, 2) in a triplet.

    scale: of what no single value can write, as a rest of five eighths; it is then a part of a whole note.
    """

    quarters: Fraction
    dots: int = 0
    ratio: tuple[int, int] = (1, 1)
    scale: Fraction = Fraction(1)

    @property
    def duration(self) -> Fraction:
        """How long it sounds, in quarters."""
        tuplet = Fraction(self.ratio[1], self.ratio[0])
        return self.quarters * (2 - Fraction(1, 2**self.dots)) * tuplet * self.scale


@dataclass(frozen=True, slots=True)
class NoteHead:
    """A note of a chord. tied: to the same pitch in what follows."""

    spelling: Spelling
    tied: bool = False


@dataclass(frozen=True, slots=True)
class GraceNotes:
    """A grace note or chord before an event. slashed: with a stroke, as an acciaccatura has it."""

    value: NotatedValue
    heads: tuple[NoteHead, ...]
    slashed: bool = False


@dataclass(frozen=True, slots=True)
class NotatedEvent:
    """A note, a chord (heads from low to high) or a rest (no heads) of a line, in one written value.

    onset: from the start of the measure. full_measure: a rest that stands for the whole measure. hidden: a
    rest that is not printed. continued: whether its notes are tied to those before. slurs: (start or stop,
    its number). marks: what stands at the note, by the names of MusicXML. syllables: ``melisma`` means a line
    behind the word. tuplet_ends: whether a tuplet ends with it.
    """

    onset: Fraction
    value: NotatedValue
    heads: tuple[NoteHead, ...] = ()
    full_measure: bool = False
    hidden: bool = False
    continued: bool = False
    graces: tuple[GraceNotes, ...] = ()
    slurs: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    syllables: tuple[Lyric, ...] = ()
    tuplet_ends: bool = False

    @property
    def duration(self) -> Fraction:
        """In quarters."""
        return self.value.duration


@dataclass(frozen=True, slots=True)
class NotatedMark:
    """What stands above or below a staff. onset: from the start of the measure. text: f, crescendo, Andante.

    Of a tempo: qpm, quarters a minute, ``None`` where only words say it; beat: the value that is counted,
    ``None`` where no number is printed, and count: of these in a minute.
    """

    onset: Fraction
    kind: MarkKind
    text: str = ""
    below: bool = False
    italic: bool = False
    qpm: float | None = None
    beat: NotatedValue | None = None
    count: str = ""


@dataclass(frozen=True, slots=True)
class NotatedLine:
    """One voice of a staff. measures: its events; they follow each other from the start, without a gap.

    voice: which of a choir's or an ensemble's it is; "" where that is not known.
    """

    voice: str
    measures: tuple[tuple[NotatedEvent, ...], ...]

    @property
    def verses(self) -> tuple[int, ...]:
        """The numbers of the verses that stand under it."""
        found = {s.verse for events in self.measures for event in events for s in event.syllables}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class ClefChange:
    """A clef. sign, line: as in MusicXML. octaves: the small 8 below is -1."""

    measure: int
    onset: Fraction
    sign: str
    line: int
    octaves: int = 0


@dataclass(frozen=True, slots=True)
class NotatedStaff:
    """A staff, its lines from high to low. keys, marks: of each measure. semitones: written to sounding."""

    lines: tuple[NotatedLine, ...]
    keys: tuple[Key, ...]
    clefs: tuple[ClefChange, ...]
    marks: tuple[tuple[NotatedMark, ...], ...]
    semitones: int = 0
    fifths: int = 0  # the same on the line of fifths


@dataclass(frozen=True, slots=True)
class NotatedPart:
    """A player or singers. program: of General MIDI, from 1; ``None`` where the document says none.

    group: the number of the bracket that it stands in, with its neighbours; ``None`` outside one. sings:
    whether it is for singers.
    """

    name: str
    abbreviation: str
    staves: tuple[NotatedStaff, ...]
    program: int | None = None
    group: int | None = None
    sings: bool = False


@dataclass(frozen=True, slots=True)
class NotatedMeasure:
    """What is the same in every part of a measure. symbol: "common" or "cut", for C in place of 4/4.

    forward: a repeat begins with it. backward: how often what ends with it is played, 0 where nothing does.
    ending_starts, ending_stops: of an ending, its numbers and whether one stops here. style: of its right
    barline.
    """

    measure: Measure
    symbol: str = ""
    forward: bool = False
    backward: int = 0
    ending_starts: tuple[int, ...] = ()
    ending_stops: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class Notation:
    """A score as it is written. credits: composer, lyricist, arranger and rights, by these names."""

    frames: tuple[NotatedMeasure, ...]
    parts: tuple[NotatedPart, ...]
    title: str = ""
    credits: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def place_at(events: Sequence[NotatedEvent], onset: Fraction) -> int:
    """The place of the event of a measure that sounds at a time."""
    return max((place for place, event in enumerate(events) if event.onset <= onset), default=0)
