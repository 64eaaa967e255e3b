"""A result as a row of a data set: its notes, harmony, faults, and what it has in common with other music."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ripieno.harmony.symbol_text import chord_text
from ripieno.results import Analysis, Fault, Originality, Result
from ripieno.score import Score, Voice
from ripieno_bridges.service.score_report import fault_fields, place_fields


class NoteRow(msgspec.Struct, frozen=True):
    """A note. onset, duration: in quarters. new: whether the model wrote it."""

    voice: str
    pitch: int
    spelling: str | None
    onset: float
    duration: float
    new: bool


class ChordRow(msgspec.Struct, frozen=True):
    """A chord where it begins. onset: in quarters. symbol: as in a lead sheet."""

    onset: float
    measure: str
    beat: float
    key: str
    numeral: str
    symbol: str


class CadenceRow(msgspec.Struct, frozen=True):
    """How a phrase ends, at an onset in quarters."""

    onset: float
    measure: str
    beat: float
    key: str
    kind: str


class FaultRow(msgspec.Struct, frozen=True):
    """A rule that is broken."""

    rule: str
    severity: str
    measure: str
    beat: float
    onset: float
    voices: list[str]
    sentence: str


class PieceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the data set: a result, or a piece that was looked at.

    alternative: from 1. seed, model, weights_sha256: what made it; None where nothing was made. measures: how
    many; length in quarters. faults: None where nobody looked for them. copied_share: 0 to 1, of the notes of
    the passage that has most in common with one of the pieces that the model learned from.
    """

    id: str
    source: str | None
    alternative: int = 1
    task: str
    seed: int | None = None
    model: str | None = None
    weights_sha256: str | None = None
    key: str
    meter: str
    measures: int
    length: float
    phrase_ends: list[str] = []
    notes: list[NoteRow]
    chords: list[ChordRow]
    cadences: list[CadenceRow]
    faults: list[FaultRow] | None
    parallels: int | None = None
    log_likelihood: float | None = None
    copied_share: float | None = None
    copied_from: str | None = None
    copied_run: int | None = None
    copied_run_from: str | None = None
    remarks: list[str]


def row_of_result(
    result: Result,
    number: int,
    *,
    key: str,
    source: str | None,
    task: str,
    seed: int,
    model: str,
    sha256: str,
    remarks: Sequence[str],
) -> PieceRow:
    """The row of a result. number: which alternative it is, from 1. key: of the item."""
    found = result.originality or Originality(None, None)
    known = result.originality is not None
    return PieceRow(
        id=key,
        source=source,
        alternative=number,
        task=task,
        seed=seed,
        model=model,
        weights_sha256=sha256,
        key=str(result.key or result.score.measures[0].key),
        meter=str(result.score.measures[0].meter),
        measures=len(result.score.measures),
        length=float(result.score.duration),
        phrase_ends=[f"{measure}.{beat}" for measure, beat in result.phrase_ends],
        notes=note_rows(result.score, result.new),
        chords=chord_rows(result.analysis),
        cadences=cadence_rows(result.analysis),
        faults=None if result.faults is None else fault_rows(result.faults),
        parallels=result.parallels,
        log_likelihood=result.log_likelihood,
        copied_share=None if found.closest is None else found.closest.share,
        copied_from=None if found.closest is None else found.closest.source,
        copied_run=found.run.notes if found.run else 0 if known else None,
        copied_run_from=None if found.run is None else found.run.source,
        remarks=list(remarks),
    )


def row_of_score(
    score: Score,
    *,
    key: str,
    source: str | None,
    task: str,
    faults: Sequence[Fault],
    analysis: Analysis | None,
    remarks: Sequence[str],
) -> PieceRow:
    """The row of a score that was only looked at."""
    first = score.measures[0]
    return PieceRow(
        id=key,
        source=source,
        task=task,
        key=str(analysis.chords[0].key if analysis is not None and analysis.chords else first.key),
        meter=str(first.meter),
        measures=len(score.measures),
        length=float(score.duration),
        notes=note_rows(score, ()),
        chords=chord_rows(analysis),
        cadences=cadence_rows(analysis),
        faults=fault_rows(faults),
        remarks=list(remarks),
    )


def note_rows(score: Score, new: Sequence[Voice]) -> list[NoteRow]:
    """All notes, voice by voice. new: the voices with the notes that the model wrote."""
    written = {(voice.name, note.onset, note.pitch) for voice in new for note in voice.notes}
    return [
        NoteRow(
            voice.name.lower(),
            note.pitch,
            None if note.spelling is None else str(note.spelling),
            float(note.onset),
            float(note.duration),
            (voice.name, note.onset, note.pitch) in written,
        )
        for voice in score.voices
        for note in voice.notes
    ]


def chord_rows(analysis: Analysis | None) -> list[ChordRow]:
    """The chords of an analysis; none without one."""
    return [
        ChordRow(**place_fields(chord), numeral=chord.figure, symbol=chord_text(chord.symbol))
        for chord in (() if analysis is None else analysis.chords)
    ]


def cadence_rows(analysis: Analysis | None) -> list[CadenceRow]:
    """The cadences of an analysis; none without one."""
    return [
        CadenceRow(**place_fields(end), kind=end.kind)
        for end in (() if analysis is None else analysis.cadences)
    ]


def fault_rows(faults: Sequence[Fault]) -> list[FaultRow]:
    """Faults as rows."""
    return [FaultRow(**fault_fields(fault)) for fault in faults]
