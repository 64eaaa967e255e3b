"""What a voice of an ABC tune is made of: events in measures, with the marks that stand at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from ripieno_bridges.formats.abc.keys import AbcKey
from ripieno_bridges.formats.abc.lengths import AbcMeter, AbcTempo

Change = AbcKey | AbcMeter | AbcTempo | str  # a str is a part's letter or a title inside the tune


@dataclass(slots=True)
class AbcNote:
    """A written note. alter: in semitones, a fraction for a microtone. shown: its accidental is written.

    tie: a tie begins at it. tied: one ends.
    """

    step: str
    octave: int
    alter: Fraction
    shown: bool = False
    tie: bool = False
    tied: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """The line or space that it stands on."""
        return self.step, self.octave

    @property
    def height(self) -> tuple[Fraction, int, str]:
        """Higher notes have more of it."""
        semitones = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[self.step]
        return semitones + self.alter + 12 * self.octave, self.octave, self.step


@dataclass(slots=True, eq=False)
class Tuplet:
    """``actual`` notes in the time of ``normal``. left: how many events it still takes."""

    actual: int
    normal: int
    left: int

    @property
    def ratio(self) -> Fraction:
        """What a length in it is to the same length outside."""
        return Fraction(self.normal, self.actual)


@dataclass(slots=True)
class Syllable:
    """A syllable under an event. goes_on: its word does. held: its vowel is sung over later notes."""

    text: str
    verse: int
    goes_on: bool = False
    held: bool = False


@dataclass(slots=True, eq=False)
class AbcEvent:
    """A note, chord or rest. length: as written, in quarters, without its tuplet. notes: none for a rest.

    full_measure: a rest that fills its measure. beamed: no space stands before the next event.
    slur_starts, slur_ends: the numbers of slurs. changes: what begins with it.
    """

    length: Fraction
    line: int
    column: int
    notes: list[AbcNote] = field(default_factory=list)
    tuplet: Tuplet | None = None
    hidden: bool = False
    full_measure: bool = False
    beamed: bool = False
    grace: list[AbcNote] = field(default_factory=list)
    slash: bool = False
    decorations: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    slur_starts: list[int] = field(default_factory=list)
    slur_ends: list[int] = field(default_factory=list)
    syllables: list[Syllable] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def duration(self) -> Fraction:
        """Its sounding length in quarters."""
        return self.length * self.tuplet.ratio if self.tuplet else self.length


@dataclass(slots=True, eq=False)
class Barline:
    """A barline. style: MusicXML's name of it, "" for a usual one. repeat: its <repeat>, forward or backward.

    ending: the numbers of an ending that begins or stops here. open_end: an ending without a bracket's end.
    """

    style: str = ""
    repeat: bool = False
    ending: str = ""
    open_end: bool = False


@dataclass(slots=True, eq=False)
class AbcMeasure:
    """A measure of a voice. layers: its events; further layers are overlays (&). meter: its meter.

    left, right: its barlines. line, column: where it begins.
    """

    meter: AbcMeter
    line: int
    column: int
    layers: list[list[AbcEvent]] = field(default_factory=lambda: [[]])
    left: Barline = field(default_factory=Barline)
    right: Barline = field(default_factory=Barline)

    @property
    def length(self) -> Fraction:
        """How far its longest layer reaches, in quarters."""
        return max(sum((event.duration for event in layer), Fraction(0)) for layer in self.layers)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(self.layers)


@dataclass(slots=True, eq=False)
class AbcVoice:
    """A voice. id: behind V:. properties: name, clef and the like, by their names in ABC.

    key, meter: those that the tune begins with.
    """

    id: str
    key: AbcKey
    meter: AbcMeter
    properties: dict[str, str] = field(default_factory=dict)
    measures: list[AbcMeasure] = field(default_factory=list)

    @property
    def events(self) -> list[AbcEvent]:
        """All its events."""
        return [event for measure in self.measures for layer in measure.layers for event in layer]
