"""Results of a task: the notes, their harmony, the rules that they break, what they copy from other music."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ripieno.errors import count_text
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.score import Key, Measure, Phrase, Score, Voice

CadenceKind = Literal["perfect authentic", "imperfect authentic", "half", "plagal", "deceptive"]
INTERVALS = (
    "at the same pitch",
    *("a minor second", "a major second", "a minor third", "a major third", "a fourth", "a tritone"),
    *("a fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave"),
)


@dataclass(frozen=True, slots=True)
class CopiedPassage:
    """A passage of a result, and the place in a library's piece that it resembles.

    start, end: steps of the result, half-open. quarters: its length.
    measures: the numbers of the passage's first and last measure, None where there is no meter.
    notes: how many of the passage's new notes the piece has too. among: how many new notes it has.
    piece, piece_step, piece_measure: where the passage would start in the piece.
    transposition: how many semitones higher the notes are in the piece.
    """

    start: int
    end: int
    quarters: Fraction
    measures: tuple[str, str] | None
    notes: int
    among: int
    piece: str
    piece_step: int
    piece_measure: int | None
    transposition: int

    @property
    def share(self) -> float:
        """0 to 1: the share of the passage's new notes that the piece has too."""
        return self.notes / self.among

    @property
    def where(self) -> str:
        """The passage's place in the result, such as "measures 3-6"."""
        if self.measures is None:
            return f"steps {self.start}-{self.end - 1}"
        first, last = self.measures
        return f"measure {first}" if first == last else f"measures {first}-{last}"

    @property
    def source(self) -> str:
        """The place in the piece, such as "bwv269, measure 9, a minor third higher"."""
        at = f"step {self.piece_step}" if self.piece_measure is None else f"measure {self.piece_measure}"
        interval = INTERVALS[abs(self.transposition)]
        if self.transposition:
            interval += " higher" if self.transposition > 0 else " lower"
        return f"{self.piece}, {at}, {interval}"


@dataclass(frozen=True, slots=True)
class Originality:
    """How much of a result is copied from a library.

    closest: the window with the highest share of notes that one window of a piece has too; None where no
        window has enough new notes to tell, or no piece has any of them.
    run: the longest run of notes that a piece has exactly so; None where no piece has one of them.
    """

    closest: CopiedPassage | None
    run: CopiedPassage | None

    @property
    def sentence(self) -> str:
        """Both findings in words, for a musician."""
        found = []
        if self.closest is not None:
            percent = 100 * self.closest.notes // self.closest.among  # 100 % only where every note is there
            found.append(f"{percent} % of the notes of {self.closest.where} stand in {self.closest.source}.")
        if self.run is not None:
            many = count_text(self.run.notes, "note")
            where = f"{many} in {self.run.where}, from {self.run.source}"
            found.append(f"The longest run copied exactly is {where}.")
        return " ".join(found) or "Not a new note stands in a piece."


@dataclass(frozen=True, slots=True)
class Fault:
    """One break of a rule. measure: its printed number. beat: counted from 1, in the meter's beats.

    onset: the same time in quarters. voices: names as the score has them, highest first.
    """

    rule: str
    severity: str
    measure: str
    beat: float
    onset: Fraction
    voices: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class ChordLabel:
    """A chord in its key. beat: from 1. figure: its Roman numeral with the inversion, such as "V65".

    root, bass: pitch classes. symbol: the same chord as a lead sheet has it.
    """

    onset: Fraction
    measure: str
    beat: float
    key: Key
    figure: str
    root: int
    bass: int
    symbol: ChordSymbol


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a phrase ends."""

    onset: Fraction
    measure: str
    beat: float
    key: Key
    kind: CadenceKind


@dataclass(frozen=True, slots=True)
class Analysis:
    """The chords of a score where they change, and its cadences, in the order of time."""

    chords: tuple[ChordLabel, ...]
    cadences: tuple[Cadence, ...]

    def chord_at(self, time: Fraction) -> ChordLabel | None:
        """The chord that holds at a time; None before the first one."""
        index = bisect_right(self.chords, time, key=lambda chord: chord.onset)
        return self.chords[index - 1] if index else None

    def lines(self, score: Score) -> list[str]:
        """One line a measure: "m. 3   1 I   2 V6   3 vi | half cadence"; a new key before its chord."""
        lines: list[str] = []
        key: Key | None = None
        for measure in score.measures:
            words: list[str] = []
            for chord in (c for c in self.chords if inside(c, measure)):
                if chord.key != key:
                    words.append(f"{chord.key}:")
                    key = chord.key
                words.append(f"{chord.beat:g} {chord.figure}")
            ends = [f"{c.kind} cadence" for c in self.cadences if inside(c, measure)]
            line = f"m. {measure.number:4} {'   '.join(words)}".rstrip()
            lines.append(" | ".join([line, *ends]))
        return lines


def inside(found: ChordLabel | Cadence, measure: Measure) -> bool:
    """Whether a chord or cadence starts in a measure."""
    return measure.onset <= found.onset < measure.end


@dataclass(frozen=True, slots=True)
class Result:
    """One alternative. ``new`` holds, for each voice, the notes that ripieno wrote; ``score`` all notes.

    log_likelihood: of the new notes, in nats. parallels: how many fifths and octaves in the whole score.
    originality: of the new notes against the training music, where that is known. until: the time in
    quarters up to which it was written when the deadline passed; None where it is whole. faults: of the
    whole score; None where they were not looked for. key: the home key of what was given, or to compose that
    of the piece. phrases: of what was given, each to its last note. Both as they were given or found; None
    where nobody looked for them. analysis: of the whole score, up to ``until``; None where it was not made.
    difference: of several alternatives how this one differs from the first, in words; empty for the first.
    repeats: the measures, by index, of sections that follow themselves; the second time stands behind.
    """

    score: Score
    new: tuple[Voice, ...]
    log_likelihood: float
    parallels: int
    originality: Originality | None = None
    until: Fraction | None = None
    faults: tuple[Fault, ...] | None = None
    key: Key | None = None
    phrases: tuple[Phrase, ...] | None = None
    analysis: Analysis | None = None
    difference: str = ""
    repeats: tuple[range, ...] = ()

    @property
    def numerals(self) -> list[str]:
        """The Roman numerals, one line a measure, see ``Analysis.lines``; none without an analysis."""
        return [] if self.analysis is None else self.analysis.lines(self.score)

    @property
    def phrase_ends(self) -> tuple[tuple[str, str], ...]:
        """(measure number, beat) of the last note of each phrase."""
        return tuple(self.score.place(phrase.last) for phrase in self.phrases or ())

    @property
    def phrases_sentence(self) -> str:
        """The phrases in words, such as "phrases end in measures 4, 8"; empty where there are none."""
        ends = self.phrase_ends
        many = Counter(measure for measure, _ in ends)
        where = [measure if many[measure] == 1 else f"{measure}.{beat}" for measure, beat in ends]
        if len(where) == 1:
            return f"one phrase, which ends in measure {where[0]}"
        return f"phrases end in measures {', '.join(where)}" if where else ""

    @property
    def sentence(self) -> str:
        """Key and phrases in words, such as "G minor; phrases end in measures 4, 8"; empty without both."""
        return "; ".join(filter(None, ("" if self.key is None else str(self.key), self.phrases_sentence)))
