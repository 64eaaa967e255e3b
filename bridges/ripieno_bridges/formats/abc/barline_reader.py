"""A voice's barlines, repeats, endings and overlays -> its measures."""

from __future__ import annotations

from fractions import Fraction

from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno_bridges.formats.abc.errors import refuse
from ripieno_bridges.formats.abc.events import AbcEvent, AbcMeasure, AbcVoice, Barline
from ripieno_bridges.formats.abc.tokens import Token
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES

ENDS_ENDING = ("light-light", "light-heavy", "heavy-light")
STYLES = {"||": "light-light", "|]": "light-heavy", "[|": "heavy-light"}
MAX_LAYERS = 4


class BarlineReader:
    """Cuts a voice into measures. line: the number of the line that is being read.

    verse_events: the notes of the line of music before, under which words stand.
    """

    def __init__(self, voice: AbcVoice) -> None:
        self.voice, self.meter = voice, voice.meter
        self.line = 0
        self.measure = AbcMeasure(self.meter, 0, 0)
        self.layer = 0
        self.accidentals: dict[str, Fraction] = {}
        self.waiting = AbcEvent(Fraction(0), 0, 0)  # collects what stands before the next event
        self.last: AbcEvent | None = None  # the event before, where it is in this measure
        self.verse_events: list[AbcEvent | None] = []  # None: a barline
        self.ending = ""

    def read_bar(self, token: Token) -> None:
        """A barline, with repeats and the endings that begin at it."""
        text = token.text.lstrip(".")
        passes = token.parts.get("passes", "")
        text = text.removesuffix(passes)
        bars = text.strip(":")
        style = STYLES.get(bars, "")
        back, forward = text.startswith(":"), text.endswith(":")
        self.close_measure(Barline(style or ("light-heavy" if back else ""), back), token.column)
        self.measure.left.repeat |= forward
        if self.ending and self.voice.measures and (back or forward or style in ENDS_ENDING):
            self.stop_ending()
        if passes:
            self.start_ending(passes)

    def check_measure(self, column: int) -> None:
        """Raise LineError for a measure or a number of measures that nobody reads."""
        if self.measure.length > MAX_MEASURE_QUARTERS:
            refuse(
                column, f"{float(self.measure.length):g} quarters without a barline; write | between measures"
            )
        if len(self.voice.measures) == MAX_MEASURES:
            refuse(column, f"more than {MAX_MEASURES} measures; give ripieno one piece at a time")

    def close_measure(self, bar: Barline, column: int) -> None:
        """End the measure with a barline; an empty one gives its barline to the measure before."""
        self.accidentals = {}
        if self.last is not None:
            self.last.beamed = False
        if "fermata" in self.waiting.decorations and self.last is not None:
            self.last.decorations.append("fermata")
        self.waiting.decorations = []
        self.last = None
        self.layer = 0
        if not self.measure.is_empty:
            self.check_measure(column)
            self.voice.measures.append(self.measure)
            self.verse_events.append(None)
            self.measure.right = bar
        elif self.voice.measures:
            before = self.voice.measures[-1].right
            before.style, before.repeat = bar.style or before.style, bar.repeat or before.repeat
            return
        self.measure = AbcMeasure(
            self.meter, self.line, 1, left=Barline() if self.voice.measures else self.measure.left
        )

    def read_ending(self, token: Token) -> None:
        """[1 and its like: the start of an ending."""
        self.start_ending(token.parts.get("pass") or token.parts.get("ending_text") or "1")

    def start_ending(self, passes: str) -> None:
        """Begin an ending; the one before stops at the barline."""
        if self.ending:
            self.stop_ending()
        self.ending = self.measure.left.ending = passes

    def stop_ending(self) -> None:
        """Stop the ending at the last barline."""
        if self.voice.measures:
            self.voice.measures[-1].right.ending = self.ending
        self.ending = ""

    def read_overlay(self, token: Token) -> None:
        """&: another layer begins at the start of the measure."""
        self.last = None
        self.layer += 1
        if self.layer == MAX_LAYERS:
            refuse(token.column, "more than four voices in a measure; write them as voices of their own (V:)")
        self.measure.layers.append([])
        self.accidentals = {}
