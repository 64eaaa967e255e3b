"""The table of all voice-leading rules, and the faults that they find in a score or a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ripieno.grid import Grid
from ripieno.results import Fault
from ripieno.score import Score
from ripieno.theory import dominants, voice_leading
from ripieno.theory.texture import Hit, Texture, grid_texture, score_texture

FAULT = "fault"  # breaks a textbook rule that Bach keeps
WARNING = "warning"  # breaks no textbook rule, but is worth a look
REMARK = "remark"  # breaks a textbook rule that Bach breaks at MAX_FAULT_RATE or more: a matter of style
SEVERITIES = (FAULT, WARNING, REMARK)  # the most serious first
MAX_FAULT_RATE = 0.05  # breaks per 100 notes: once in 2000 notes, or in nine chorales


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. find: yields every place that breaks it. meaning: the rule as a textbook words it.

    bach: how often Bach breaks it, per 100 notes of the training chorales (benchmarks/faults.py).
    """

    name: str
    severity: str
    find: Callable[[Texture], Iterator[Hit]]
    bach: float
    meaning: str


RULES = (
    Rule(
        "parallel fifths",
        FAULT,
        voice_leading.parallel_fifths,
        0.035,
        "Two voices do not move in the same direction from a fifth to a fifth.",
    ),
    Rule(
        "parallel octaves",
        FAULT,
        voice_leading.parallel_octaves,
        0.023,
        "Two voices do not move in the same direction from an octave to an octave, or from unison to unison.",
    ),
    Rule(
        "contrary consecutives",
        REMARK,
        voice_leading.contrary_consecutives,
        0.065,
        "Two voices do not move in opposite directions from fifth to twelfth, octave to unison or the like.",
    ),
    Rule(
        "direct fifths and octaves",
        REMARK,
        voice_leading.direct_intervals,
        0.072,
        "The outer voices do not reach a fifth or octave in one direction while the upper one leaps.",
    ),
    Rule(
        "crossing",
        REMARK,
        voice_leading.crossing,
        0.544,
        "A voice does not lie above one that is written higher.",
    ),
    Rule(
        "overlap",
        REMARK,
        voice_leading.overlap,
        0.585,
        "A voice does not move beyond the note that its neighbour has just left.",
    ),
    Rule(
        "spacing",
        REMARK,
        voice_leading.spacing,
        0.333,
        "Soprano and alto, alto and tenor lie no more than an octave apart.",
    ),
    Rule(
        "range",
        REMARK,
        voice_leading.out_of_range,
        0.196,
        "Every voice stays where a choir sings without strain: C4-A5, F3-D5, C3-A4, E2-E4.",
    ),
    Rule(
        "doubled leading note",
        FAULT,
        dominants.doubled_leading_note,
        0.008,
        "Only one voice has the leading note of a dominant.",
    ),
    Rule(
        "unresolved leading note",
        FAULT,
        dominants.unresolved_leading_note,
        0.01,
        "At the end of a phrase the leading note rises to the tonic; in an inner voice it may go to another "
        "note of the chord.",
    ),
    Rule(
        "unresolved seventh",
        FAULT,
        dominants.unresolved_seventh,
        0.015,
        "The seventh of a dominant falls by step when the chord resolves; over a tonic in first inversion it "
        "may rise by step.",
    ),
    Rule(
        "augmented leap",
        FAULT,
        voice_leading.augmented_leaps,
        0.01,
        "No voice moves by an augmented second, fourth, fifth or sixth.",
    ),
    Rule(
        "large leap",
        REMARK,
        voice_leading.large_leaps,
        0.074,
        "No voice leaps by a seventh, or by more than an octave.",
    ),
    Rule(
        "repeated notes",
        WARNING,
        voice_leading.repeated_notes,
        0.01,
        "A voice that strikes one pitch eight times in a row has no line.",
    ),
    Rule(
        "static voice",
        WARNING,
        voice_leading.static_voice,
        0.003,
        "A voice that stays on one pitch for twelve quarters or more has no line.",
    ),
)


def faults(score: Score) -> list[Fault]:
    """All faults of a score, by time; voices without a note take no part."""
    texture = score_texture(score)
    found: list[Fault] = []
    for rule in RULES:
        for hit in rule.find(texture):
            measure, beat = score.place(hit.onset)
            voices = tuple(texture.names[v] for v in hit.voices)
            fault = Fault(rule.name, rule.severity, measure, float(beat), hit.onset, voices, hit.sentence)
            found.append(fault)
    return sorted(found, key=lambda fault: fault.onset)


def fault_counts(grid: Grid) -> dict[str, int]:
    """How often each rule is broken in a grid of a choir, by the rule's name."""
    texture = grid_texture(grid)
    return {rule.name: sum(1 for _ in rule.find(texture)) for rule in RULES}
