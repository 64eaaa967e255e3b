"""One voice's music, line by line -> its measures."""

from __future__ import annotations

from fractions import Fraction

from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno_bridges.formats.abc.barline_reader import BarlineReader
from ripieno_bridges.formats.abc.errors import quoted, refuse
from ripieno_bridges.formats.abc.events import (
    AbcEvent,
    AbcNote,
    AbcVoice,
    Barline,
    Change,
    Tuplet,
)
from ripieno_bridges.formats.abc.keys import AbcKey
from ripieno_bridges.formats.abc.lengths import (
    MAX_ACTUAL,
    SHORTEST,
    AbcMeter,
    length_factor,
    tuplet_ratio,
)
from ripieno_bridges.formats.abc.marks import KNOWN
from ripieno_bridges.formats.abc.pitches import read_pitch
from ripieno_bridges.formats.abc.tokens import Token
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES

# How many notes' time so many notes of a tuplet fill, where it is not said; others depend on the meter.
TUPLET_TIMES = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
SHORT_DECORATIONS = {
    ".": "staccato", "~": "roll", "H": "fermata", "L": "accent", "M": "lowermordent", "O": "coda",
    "P": "uppermordent", "S": "segno", "T": "trill", "u": "upbow", "v": "downbow",
}  # fmt: skip
MAX_REMARKS = 12  # remarks of a kind
WITHOUT_TOKEN = ("tie", "slur", "end_slur", "space", "spacer", "nothing")  # kinds that say no more


class VoiceReader(BarlineReader):
    """Reads the tokens of one voice. octave: by how many it sounds higher than it is written."""

    def __init__(self, voice: AbcVoice, unit: Fraction, octave: int) -> None:
        super().__init__(voice)
        self.unit, self.octave, self.key = unit, octave, voice.key
        self.column = 1
        self.broken: tuple[Fraction, Fraction] | None = None  # the shares of the two notes at > or <
        self.tuplet: Tuplet | None = None
        self.chord: list[tuple[AbcNote, Fraction]] | None = None
        self.chord_start = 0
        self.grace: list[AbcNote] | None = None
        self.open_slurs: list[int] = []
        self.slurs = 0
        self.open_ties: list[AbcNote] = []
        self.short = dict(SHORT_DECORATIONS)
        self.unknown: set[str] = set()
        self.unknown_before = (0, 0, "")  # line, column, letter
        self.remarks: list[str] = []

    # -- what may happen in a line ---------------------------------------------------------------------

    def read(self, token: Token) -> None:
        """Read a token other than a field. Raises LineError."""
        self.column = token.column
        if token.kind in ("bar", "overlay") and (self.chord is not None or self.grace is not None):
            refuse(token.column, "a barline inside a chord or grace notes; close them before it")
        if token.kind in WITHOUT_TOKEN:
            getattr(self, f"read_{token.kind}")()
        else:
            getattr(self, f"read_{token.kind}")(token)

    def start_line(self, number: int, *, continued: bool) -> None:
        """Begin a line of music. continued: it goes on with the line before, words included."""
        self.line = number
        if not continued:
            self.verse_events = []

    def end_line(self, column: int) -> None:
        """End a line of music. Raises LineError where grace notes or a chord are still open."""
        if self.chord is not None or self.grace is not None:
            what, sign = ("a chord", "]") if self.chord is not None else ("grace notes", "}")
            refuse(column, f"the line ends inside {what}; put {sign} behind the last note")
        if self.last is not None:
            self.last.beamed = False

    def change(self, change: Change) -> None:
        """A key, a meter, a tempo or a text that holds from the next event on."""
        if isinstance(change, AbcKey):
            self.key = change
        elif isinstance(change, AbcMeter):
            self.meter = change
            if self.measure.is_empty:
                self.measure.meter = change
        self.waiting.changes.append(change)

    def finish(self) -> None:
        """End the voice: its last measure, and what is still open."""
        if not self.measure.is_empty:
            self.close_measure(Barline(), self.column)
        if self.ending and self.voice.measures:
            self.voice.measures[-1].right.ending = self.ending
            self.voice.measures[-1].right.open_end = True
        unended = set(self.open_slurs)
        for event in self.voice.events:
            event.slur_starts = [number for number in event.slur_starts if number not in unended]
        for note in self.open_ties:
            note.tie = False

    # -- notes -----------------------------------------------------------------------------------------

    def read_note(self, token: Token) -> None:
        """A note: of its own, in a chord or a grace note."""
        note = read_pitch(token, self.key, self.accidentals, self.octave)
        if "accidental" not in token.parts:
            tied = next((open_ for open_ in self.open_ties if open_.place == note.place), note)
            note.alter = tied.alter
        factor = length_factor(token.parts.get("length", ""), token.column)
        if self.grace is not None:
            self.grace.append(note)
        elif self.chord is not None:
            self.chord.append((note, factor))
        else:
            self.add([note], factor, token.column)

    def read_chord(self, token: Token) -> None:
        """The start of a chord."""
        if self.chord is not None or self.grace is not None:
            refuse(token.column, "a chord inside another or inside grace notes; close the one before it")
        self.chord, self.chord_start = [], token.column

    def read_end_chord(self, token: Token) -> None:
        """The end of a chord, as long as its first note."""
        if not self.chord:
            fault = "a chord without notes" if self.chord is not None else "] without a chord before it"
            refuse(token.column, f"{fault}; write a chord as [CEG]")
        factor = self.chord[0][1] * length_factor(token.parts.get("chord_length", ""), token.column)
        notes = sorted({note.height: note for note, _ in self.chord}.items(), reverse=True)
        self.chord = None
        self.add([note for _, note in notes], factor, self.chord_start)

    def read_rest(self, token: Token) -> None:
        """A rest; Z and X fill whole measures."""
        silence = token.parts["silence"]
        factor = length_factor(token.parts.get("rest_length", ""), token.column)
        if self.chord is not None or self.grace is not None:
            return  # some programs write [zCE]
        if silence in "zx":
            self.add([], factor, token.column, hidden=silence == "x")
            return
        if factor.denominator != 1 or factor > MAX_MEASURES:
            refuse(token.column, f"{quoted(token.text)} is no number of measures; write it as Z4")
        if self.meter.meter is None:
            refuse(
                token.column,
                f"{quoted(token.text)} needs a meter; write the rest with z, or the meter with M:",
            )
        for number in range(int(factor)):
            if number:
                self.close_measure(Barline(), token.column)
            event = AbcEvent(self.meter.meter.length, self.line, token.column, full_measure=True)
            self.put(event, hidden=silence == "X")

    def add(self, notes: list[AbcNote], factor: Fraction, column: int, *, hidden: bool = False) -> None:
        """Add a note, chord or rest of so many unit lengths. Raises LineError for one that nobody writes."""
        length = factor * self.unit
        if self.broken is not None:
            length = self.break_rhythm(length, column)
        self.check_length(length, column)
        tuplet = self.tuplet
        actual, normal = tuplet_ratio(length)
        if actual != 1 and tuplet is None:  # "A4/3" is a triplet of its own
            tuplet, length = Tuplet(actual, normal, 0), length * Fraction(actual, normal)
        event = AbcEvent(length, self.line, column, notes=notes, tuplet=tuplet)
        if self.tuplet is not None:
            self.tuplet.left -= 1
            self.tuplet = self.tuplet if self.tuplet.left else None
        self.put(event, hidden=hidden)

    def check_length(self, length: Fraction, column: int) -> None:
        """Raise LineError for a length, in quarters, that cannot be written."""
        if length > MAX_MEASURE_QUARTERS:
            refuse(column, f"longer than {MAX_MEASURE_QUARTERS} quarters; write several notes with ties")
        actual, normal = tuplet_ratio(length)
        if actual > MAX_ACTUAL or (length * Fraction(actual, normal) / SHORTEST).denominator > 1:
            refuse(column, "a length that no note has; write halves, quarters or thirds of the unit length")

    def put(self, event: AbcEvent, *, hidden: bool) -> None:
        """Put an event into the measure, with all that stood before it."""
        waiting, self.waiting = self.waiting, AbcEvent(Fraction(0), 0, 0)
        event.hidden = hidden
        event.changes, event.decorations, event.texts = waiting.changes, waiting.decorations, waiting.texts
        event.slur_starts, event.grace, event.slash = waiting.slur_starts, waiting.grace, waiting.slash
        for note in event.notes:
            open_ = next((n for n in self.open_ties if n.place == note.place and n.alter == note.alter), None)
            note.tied = open_ is not None
            if open_ is not None:
                self.open_ties.remove(open_)
        for note in self.open_ties:
            note.tie = False
        self.open_ties = [note for note in event.notes if note.tie]
        if self.measure.is_empty:
            self.measure.line, self.measure.column = event.line, event.column
        self.measure.layers[self.layer].append(event)
        self.last = event
        event.beamed = True
        if event.notes and not self.layer:
            self.verse_events.append(event)

    # -- signs at notes --------------------------------------------------------------------------------

    def read_tie(self) -> None:
        """A tie from the note or chord before, or from one note of a chord."""
        if self.chord:
            self.chord[-1][0].tie = True
        elif self.last is not None and self.grace is None and self.last.notes:
            for note in self.last.notes:
                note.tie = True
            self.open_ties = list(self.last.notes)

    def read_slur(self) -> None:
        """The start of a slur."""
        if self.grace is None:
            self.slurs += 1
            self.open_slurs.append(self.slurs)
            self.waiting.slur_starts.append(self.slurs)

    def read_end_slur(self) -> None:
        """The end of a slur; one that nobody began means nothing."""
        if self.grace is None and self.open_slurs:
            number = self.open_slurs.pop()
            if self.last is None or number in self.waiting.slur_starts or number in self.last.slur_starts:
                self.forget_slur(number)
            else:
                self.last.slur_ends.append(number)

    def forget_slur(self, number: int) -> None:
        """Take back the start of a slur over one note."""
        for event in (self.waiting, self.last):
            if event is not None and number in event.slur_starts:
                event.slur_starts.remove(number)

    def read_tuplet(self, token: Token) -> None:
        """(3 and its like: so many notes in the time of so many, for the next so many."""
        actual = int(token.parts["notes"])
        meter = self.meter.meter
        compound = meter is not None and meter.beat.numerator == 3
        normal = int(token.parts.get("time") or 0) or TUPLET_TIMES.get(actual, 3 if compound else 2)
        count = int(token.parts.get("count") or 0) or actual
        if actual < 2 or normal > 99 or count > 99:
            refuse(token.column, f"{quoted(token.text)} is no tuplet; write it as (3abc or (3:2:4a2bcd")
        self.tuplet = Tuplet(actual, normal, count)

    def read_broken(self, token: Token) -> None:
        """> or <: the one note is dotted, the other cut."""
        if self.last is None or self.broken is not None:
            refuse(
                token.column, f"{quoted(token.text)} stands between two notes of a measure; write it as A>B"
            )
        cut = Fraction(1, 2 ** min(len(token.text), 6))
        self.broken = (2 - cut, cut) if token.text[0] == ">" else (cut, 2 - cut)

    def break_rhythm(self, length: Fraction, column: int) -> Fraction:
        """What is left of a length behind > or <, in quarters; the note before gets its part.

        The standard says nothing about two notes of different lengths. Where they stand, the signs mostly say
        what the lengths say already, so those are kept.
        """
        (before, after), self.broken = self.broken or (Fraction(1), Fraction(1)), None
        if self.last is None or self.last.length == length:
            if self.last is not None:
                self.last.length *= before
                self.check_length(self.last.length, column)
            return length * after
        place = f"line {self.line}, column {column}"
        self.remark(f"{place}: > or < between notes of different lengths, which stay as they are")
        return length

    def read_grace(self, token: Token) -> None:
        """The start of grace notes."""
        if self.grace is not None or self.chord is not None:
            refuse(token.column, "grace notes inside others or inside a chord; close the ones before")
        self.grace = []
        self.waiting.slash = "/" in token.text

    def read_end_grace(self, token: Token) -> None:
        """The end of grace notes."""
        if self.grace is None:
            refuse(token.column, "} without { before it; write grace notes as {cd}")
        self.waiting.grace, self.grace = self.grace, None

    def read_quote(self, token: Token) -> None:
        """A chord symbol or a text."""
        self.waiting.texts.append(token.parts.get("text", ""))

    def read_decoration(self, token: Token) -> None:
        """!fermata! and its like."""
        name = token.parts.get("name") or token.parts["old_name"]
        if name in KNOWN:
            self.waiting.decorations.append(name)
        elif len(self.unknown) < MAX_REMARKS:
            self.unknown.add(f"!{name}!")

    def read_short(self, token: Token) -> None:
        """A decoration of one sign; of letters without a meaning two together are a text."""
        name = self.short.get(token.text, "")
        if name in KNOWN:
            self.waiting.decorations.append(name)
        elif name != "nil":
            self.unknown.add(token.text)
            before, self.unknown_before = self.unknown_before, (self.line, token.column, token.text)
            if before[:2] == (self.line, token.column - 1):
                fault = f"{quoted(before[2] + token.text)} is not ABC; delete it, or put % before a remark"
                refuse(token.column - 1, fault)

    def read_space(self) -> None:
        """A space, which ends a beam."""
        if self.last is not None and self.chord is None and self.grace is None:
            self.last.beamed = False

    read_spacer = read_space

    def read_stray(self, token: Token) -> None:
        """An octave mark in front of a note."""
        place = f"line {self.line}, column {token.column}"
        self.remark(f"{place}: {quoted(token.text)} stands behind no note, passed over")

    def remark(self, sentence: str) -> None:
        """Say something, up to a number of times."""
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(sentence)

    def read_nothing(self) -> None:
        """A sign without meaning for the notes."""
