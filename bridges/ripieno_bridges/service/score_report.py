"""What the rules and the analysis say of a score, in fields for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ripieno.errors import ScoreError
from ripieno.harmony.symbol_text import chord_text

if TYPE_CHECKING:
    from ripieno.results import Analysis, Cadence, ChordLabel, Fault
    from ripieno.score import Score
    from ripieno.theory.difficulty import Difficulty
    from ripieno_bridges.formats.files import Source


def sung_choir(source: Source) -> tuple[Score, list[str]]:
    """(the voices of a document that are looked at, remarks). Raises ScoreError where there is no note."""
    from ripieno_bridges.formats.voice_assignment import sung_voices

    choir, remarks = sung_voices(source.score, source.lines)
    if not any(voice.notes for voice in choir.voices):
        raise ScoreError(source.path.name, None, None, "there is not a note in it; write some voices first")
    return choir, [*source.remarks, *remarks]


def voice_leading_fields(
    path: Path,
    score: Score,
    found: Sequence[Fault],
    remarks: Sequence[str],
    analysed: Analysis | None,
    parts: Sequence[Difficulty] | None,
) -> dict[str, Any]:
    """The object that ``ripieno check --json`` prints; docs/theory.md describes it."""
    from ripieno.theory.rules import RULES

    notes = count_notes(score)
    counts = Counter(fault.rule for fault in found)
    fields: dict[str, Any] = {
        "file": str(path),
        "voices": [voice.name for voice in score.voices if voice.notes],
        "notes": notes,
        "remarks": list(remarks),
        "faults": [fault_fields(fault) for fault in found],
        "rules": [
            {
                "rule": rule.name,
                "severity": rule.severity,
                "count": counts[rule.name],
                "per_100_notes": round(100 * counts[rule.name] / notes, 3),
                "bach_per_100_notes": rule.bach,
                "hymns_per_100_notes": rule.hymns,
            }
            for rule in RULES
        ],
    }
    if analysed is not None:
        fields["analysis"] = analysis_fields(analysed)
    if parts is not None:
        fields["difficulty"] = [asdict(part) for part in parts]
    return fields


def fault_fields(fault: Fault) -> dict[str, Any]:
    """A rule that is broken; its onset in quarters."""
    return {
        "rule": fault.rule,
        "severity": fault.severity,
        "measure": fault.measure,
        "beat": fault.beat,
        "onset": float(fault.onset),
        "voices": list(fault.voices),
        "sentence": fault.sentence,
    }


def difficulties_of(choir: Score) -> Sequence[Difficulty]:
    """How difficult the voices are; how comfortable, only of those that are named as an ensemble's."""
    from ripieno.ensembles.read import MIXED_CHOIR, ensemble_named, ensemble_names
    from ripieno.theory.difficulty import difficulties

    names = {voice.name for voice in choir.voices}
    known = [MIXED_CHOIR, *map(ensemble_named, ensemble_names())]
    ensemble = next((one for one in known if names <= set(one.names)), None)
    return difficulties(choir, ensemble.comfortable_ranges if ensemble else {})


def count_notes(score: Score) -> int:
    """The notes of all voices."""
    return sum(len(voice.notes) for voice in score.voices)


def analysis_fields(analysis: Analysis) -> dict[str, Any]:
    """Chords and cadences for programs."""
    return {
        "chords": [
            {**place_fields(chord), "figure": chord.figure, "symbol": chord_text(chord.symbol)}
            for chord in analysis.chords
        ],
        "cadences": [{**place_fields(cadence), "kind": cadence.kind} for cadence in analysis.cadences],
    }


def place_fields(found: ChordLabel | Cadence) -> dict[str, Any]:
    """Where a chord or cadence stands, and in which key."""
    place = {"measure": found.measure, "beat": found.beat, "onset": float(found.onset)}
    return {**place, "key": str(found.key)}
