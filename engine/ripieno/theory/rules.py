"""The table of all rules of the harmony class, and the faults that they find in a score or a grid."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ripieno.ensembles.ensemble import Ranges
from ripieno.grid import Grid
from ripieno.results import Fault
from ripieno.score import Score
from ripieno.theory import dominants, harmony_rules, voice_leading
from ripieno.theory.hearing import HeardHarmony, hear_grid, hear_score
from ripieno.theory.ranges import CHOIR_RANGES
from ripieno.theory.texture import Hit, Texture, grid_texture

FAULT = "fault"  # breaks a textbook rule that people keep
WARNING = "warning"  # breaks no textbook rule, but is worth a look
REMARK = "remark"  # breaks a textbook rule that people break at MAX_FAULT_RATE or more: a matter of style
SEVERITIES = (FAULT, WARNING, REMARK)  # the most serious first
MAX_FAULT_RATE = 0.05  # breaks per 100 notes: once in 2000 notes, or in nine chorales


Heard = TypeVar("Heard", Texture, HeardHarmony)


@dataclass(frozen=True, slots=True)
class Rule(Generic[Heard]):
    """One rule. find: yields every place that breaks it. meaning: the rule as a textbook words it.

    bach, hymns: how often Bach and the hymns break it, per 100 notes of the chorales and hymns for training
    (benchmarks/faults.py). Voice leading is judged by Bach's rate, harmony by both.
    """

    name: str
    severity: str
    find: Callable[[Heard], Iterator[Hit]]
    bach: float
    hymns: float
    meaning: str


VOICE_LEADING: tuple[Rule[Texture], ...] = (
    Rule(
        "parallel fifths",
        FAULT,
        voice_leading.parallel_fifths,
        0.034,
        0.087,
        "Two voices do not move in the same direction from a fifth to a fifth.",
    ),
    Rule(
        "parallel octaves",
        FAULT,
        voice_leading.parallel_octaves,
        0.014,
        0.442,
        "Two voices do not move in the same direction from an octave to an octave, or from unison to unison.",
    ),
    Rule(
        "contrary consecutives",
        REMARK,
        voice_leading.contrary_consecutives,
        0.064,
        0.248,
        "Two voices do not move in opposite directions from fifth to twelfth, octave to unison or the like.",
    ),
    Rule(
        "direct fifths and octaves",
        REMARK,
        voice_leading.direct_intervals,
        0.072,
        0.111,
        "The outer voices do not reach a fifth or octave in one direction while the upper one leaps.",
    ),
    Rule(
        "crossing",
        REMARK,
        voice_leading.crossing,
        0.513,
        0.099,
        "A voice does not lie above one that is written higher.",
    ),
    Rule(
        "overlap",
        REMARK,
        voice_leading.overlap,
        0.592,
        1.395,
        "A voice does not move beyond the note that its neighbour has just left.",
    ),
    Rule(
        "spacing",
        REMARK,
        voice_leading.spacing,
        0.308,
        0.107,
        "Soprano and alto, alto and tenor lie no more than an octave apart.",
    ),
    Rule(
        "missing third",
        REMARK,
        voice_leading.missing_third,
        0.079,
        0.124,
        "A chord of three or more voices has its third.",
    ),
    Rule(
        "range",
        REMARK,
        voice_leading.out_of_range,
        0.2,
        0.161,
        "Every voice stays where a choir sings without strain: C4-A5, F3-D5, C3-A4, E2-E4.",
    ),
    Rule(
        "doubled leading note",
        FAULT,
        dominants.doubled_leading_note,
        0.009,
        0.012,
        "Only one voice has the leading note of a dominant.",
    ),
    Rule(
        "unresolved leading note",
        FAULT,
        dominants.unresolved_leading_note,
        0.01,
        0.0,
        "At the end of a phrase the leading note rises to the tonic; in an inner voice it may go to another "
        "note of the chord.",
    ),
    Rule(
        "unresolved seventh",
        FAULT,
        dominants.unresolved_seventh,
        0.015,
        0.07,
        "The seventh of a dominant falls by step when the chord resolves; over a tonic in first inversion it "
        "may rise by step.",
    ),
    Rule(
        "augmented leap",
        FAULT,
        voice_leading.augmented_leaps,
        0.01,
        0.021,
        "No voice moves by an augmented second, fourth, fifth or sixth.",
    ),
    Rule(
        "large leap",
        REMARK,
        voice_leading.large_leaps,
        0.064,
        0.054,
        "No voice leaps by a seventh, or by more than an octave.",
    ),
    Rule(
        "repeated notes",
        WARNING,
        voice_leading.repeated_notes,
        0.009,
        0.38,
        "A voice that strikes one pitch eight times in a row has no line.",
    ),
    Rule(
        "static voice",
        WARNING,
        voice_leading.static_voice,
        0.003,
        0.144,
        "A voice that stays on one pitch for twelve quarters or more has no line.",
    ),
)


HARMONY: tuple[Rule[HeardHarmony], ...] = (
    Rule(
        "close without cadence",
        FAULT,
        harmony_rules.close_without_cadence,
        0.0,
        0.0,
        "A piece closes from the dominant or the subdominant to the key note's chord.",
    ),
    Rule(
        "first chord",
        FAULT,
        harmony_rules.first_chord_outside,
        0.015,
        0.0,
        "A piece begins with the key note's chord, the dominant or the subdominant.",
    ),
    Rule(
        "phrase on vi",
        WARNING,
        harmony_rules.phrase_on_submediant,
        0.034,
        0.041,
        "A phrase whose melody rests on the key note does not rest on vi (in minor VI), unless it closes in "
        "that key. A deceptive cadence counts, too.",
    ),
    Rule(
        "foreign chord",
        FAULT,
        harmony_rules.foreign_chord,
        0.01,
        0.0,
        "Every chord belongs to the home key, its parallel, or a key with one accidental more or fewer.",
    ),
    Rule(
        "false relation",
        REMARK,
        harmony_rules.false_relation,
        0.079,
        0.025,
        "A note and its altered form do not follow each other in two voices.",
    ),
    Rule(
        "unprepared dissonance",
        REMARK,
        harmony_rules.unprepared_dissonance,
        0.024,
        0.091,
        "No voice leaps into a note that its chord does not hold, on a beat.",
    ),
    Rule(
        "unresolved dissonance",
        FAULT,
        harmony_rules.unresolved_dissonance,
        0.0,
        0.0,
        "A note on a beat that its chord does not hold moves on by step; one note may come between.",
    ),
)
RULES: tuple[Rule[Any], ...] = (*VOICE_LEADING, *HARMONY)


def faults(score: Score, ranges: Ranges = CHOIR_RANGES) -> list[Fault]:
    """All faults of a score, by time; voices without a note take no part. ranges: that its voices sing."""
    hearing = hear_score(score, ranges)
    found: list[Fault] = []
    for rule, hit in hits(hearing):
        measure, beat = score.place(hit.onset)
        voices = tuple(hearing.texture.names[v] for v in hit.voices)
        found.append(Fault(rule.name, rule.severity, measure, float(beat), hit.onset, voices, hit.sentence))
    return sorted(found, key=lambda fault: fault.onset)


def hits(hearing: HeardHarmony) -> Iterator[tuple[Rule[Texture] | Rule[HeardHarmony], Hit]]:
    """Every place of a piece that breaks a rule, rule by rule."""
    for rule in VOICE_LEADING:
        for hit in rule.find(hearing.texture):
            yield rule, hit
    for harmony_rule in HARMONY:
        for hit in harmony_rule.find(hearing):
            yield harmony_rule, hit


def fault_counts(grid: Grid) -> dict[str, int]:
    """How often each rule is broken in a grid of a choir, by the rule's name."""
    counts: Counter[str] = Counter(rule.name for rule, _ in hits(hear_grid(grid)))
    return {rule.name: counts[rule.name] for rule in RULES}


def voice_leading_faults(grid: Grid, also: Collection[str] = ()) -> int:
    """How many faults of voice leading a grid of a choir has; the quick way to rank drafts.

    also: as in ``fault_steps``.
    """
    texture = grid_texture(grid)
    counted = [rule for rule in VOICE_LEADING if rule.severity == FAULT or rule.name in also]
    return sum(1 for rule in counted for _ in rule.find(texture))


def fault_steps(grid: Grid, also: Collection[str] = ()) -> list[int]:
    """The step of every fault in a grid of a choir, in order. also: rules that count as faults, too."""
    found = (hit.onset for rule, hit in hits(hear_grid(grid)) if rule.severity == FAULT or rule.name in also)
    return sorted(bisect_right(grid.edges, onset) - 1 for onset in found)
