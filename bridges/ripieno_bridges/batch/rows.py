"""A result as a row of a data set: its notes, harmony, faults, and what it has in common with other music."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ripieno.results import Analysis, Fault, Originality, Result
from ripieno.score import Score, Voice


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
    alternative: int
    task: str
    seed: int | None
    model: str | None
    weights_sha256: str | None
    key: str
    meter: str
    measures: int
    length: float
    phrase_ends: list[str]
    notes: list[NoteRow]
    chords: list[ChordRow]
    cadences: list[CadenceRow]
    faults: list[FaultRow] | None
    parallels: int | None
    log_likelihood: float | None
    copied_share: float | None
    copied_from: str | None
    copied_run: int | None
    copied_run_from: str | None
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
        alternative=1,
        task=task,
        seed=None,
        model=None,
        weights_sha256=None,
        key=str(analysis.chords[0].key if analysis is not None and analysis.chords else first.key),
        meter=str(first.meter),
        measures=len(score.measures),
        length=float(score.duration),
        phrase_ends=[],
        notes=note_rows(score, ()),
        chords=chord_rows(analysis),
        cadences=cadence_rows(analysis),
        faults=fault_rows(faults),
        parallels=None,
        log_likelihood=None,
        copied_share=None,
        copied_from=None,
        copied_run=None,
        copied_run_from=None,
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
    from ripieno.harmony.symbol_text import chord_text

    return [
        ChordRow(
            float(chord.onset),
            chord.measure,
            chord.beat,
            str(chord.key),
            chord.figure,
            chord_text(chord.symbol),
        )
        for chord in (() if analysis is None else analysis.chords)
    ]


def cadence_rows(analysis: Analysis | None) -> list[CadenceRow]:
    """The cadences of an analysis; none without one."""
    return [
        CadenceRow(float(end.onset), end.measure, end.beat, str(end.key), end.kind)
        for end in (() if analysis is None else analysis.cadences)
    ]


def fault_rows(faults: Sequence[Fault]) -> list[FaultRow]:
    """Faults as rows."""
    return [
        FaultRow(
            fault.rule,
            fault.severity,
            fault.measure,
            fault.beat,
            float(fault.onset),
            list(fault.voices),
            fault.sentence,
        )
        for fault in faults
    ]
