"""The service's reply -> the answer as JSON has it."""

from __future__ import annotations

import logging
import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from ripieno.ensembles.read import ensemble_named
from ripieno.errors import RipienoError
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.symbol_text import chord_text
from ripieno.piano.hands import hand_of
from ripieno.results import Analysis, Cadence, ChordLabel, Fault, Originality, Result
from ripieno.score import Phrase, Score
from ripieno_bridges.api import requests
from ripieno_bridges.api.replies import (
    OUR_FAULT,
    AnyReply,
    Cancelled,
    CheckReply,
    ChordsReply,
    DocumentLine,
    DocumentReply,
    ExportReply,
    Failed,
    FilesReply,
    Final,
    ReadReply,
    Reply,
)
from ripieno_bridges.http_server.errors import CANCELLED, http_failure_of
from ripieno_bridges.http_server.parse_request import ParsedRequest
from ripieno_bridges.http_server.response_models import (
    Alternative,
    Answer,
    CheckAnswer,
    ChordsAnswer,
    DocumentAlternative,
    DocumentAnswer,
    EnsembleInfo,
    ExportAnswer,
    FittingAnswer,
    ListedEnsemble,
    NewNote,
    NotesAnswer,
    OnsetCadence,
    OnsetChord,
    OnsetFault,
    OriginalityAnswer,
    PackedAnswer,
    PhraseEnd,
    ReadAnswer,
    ReadLine,
    ReadMeasure,
    SoundingChord,
    SungLine,
    TickCadence,
    TickChord,
    TickFault,
)
from ripieno_bridges.http_server.write_score import (
    EventOptions,
    bars_of,
    remarks_of,
    voice_or_hand,
    written_lines,
)

SHARE_DIGITS = 4
LOWEST_BASS, LOWEST_ABOVE = 43, 60  # G2 and middle C: where the bass and the other tones of a chord begin

log = logging.getLogger(__name__)


def build_answer(parsed: ParsedRequest, job_id: str, final: Final) -> Answer | Failed:
    """The answer to a request that has ended, or its failure. Never raises.

    Takes a while for a long piece: call it in a thread.
    """
    if isinstance(final, Failed):
        return final
    if isinstance(final, Cancelled):
        return CANCELLED
    try:
        return answer_of(parsed, job_id, final.reply)
    except RipienoError as exc:
        return http_failure_of(exc)
    except Exception:
        log.exception("the answer to %s could not be built", job_id)
        return Failed("failed", OUR_FAULT)


def answer_of(parsed: ParsedRequest, job_id: str, reply: AnyReply) -> Answer:  # noqa: PLR0911 (one for each kind)
    """The answer with a reply. Raises RipienoError."""
    request, options = parsed.request, parsed.event_options
    match request, reply:
        case requests.Request(), Reply() if options is not None:
            return notes_answer(job_id, reply, options)
        case (requests.Request(), Reply()) | (requests.DocumentRequest(), FilesReply()):
            return PackedAnswer(id=job_id, reply=b64encode(requests.to_bytes(reply)).decode("ascii"))
        case requests.CheckRequest(), CheckReply() if options is not None:
            return check_answer(job_id, reply, options)
        case requests.DocumentRequest(), DocumentReply():
            return document_answer(job_id, reply)
        case requests.ReadRequest() | requests.MoveNoteRequest(), ReadReply():
            return read_answer(job_id, reply, request.file.name)
        case requests.ChordsRequest(), ChordsReply():
            return chords_answer(job_id, reply)
        case requests.ExportRequest(), ExportReply():
            return export_answer(job_id, reply)
    raise TypeError(f"a {type(reply).__name__} to a {type(request).__name__}")


# -- tasks -------------------------------------------------------------------------------------------------


def notes_answer(job_id: str, reply: Reply, options: EventOptions) -> NotesAnswer:
    """The answer to a task on notes."""
    written = [written_lines(result, options) for result in reply.results]
    alternatives = tuple(
        Alternative(
            voices=lines,
            faults=tick_faults(result.faults or (), options),
            **tick_harmony(result.analysis, options),
            **result_scores(result, options.ticks_per_quarter),
        )
        for result, (lines, _) in zip(reply.results, written, strict=True)
    )
    return NotesAnswer(
        **task_fields(job_id, reply),
        remarks=(*reply.remarks, *remarks_of([counts for _, counts in written])),
        measures=bars_of(reply.results[0].score, options),
        alternatives=alternatives,
    )


def document_answer(job_id: str, reply: DocumentReply) -> DocumentAnswer:
    """The answer to a task on a document."""
    pairs = zip(reply.reply.results, reply.documents, strict=True)
    alternatives = tuple(
        DocumentAlternative(
            document=document.decode(),
            voices=tuple(new_lines(result, reply.staves)),
            faults=onset_faults(result.faults or ()),
            **onset_harmony(result.analysis),
            **result_scores(result, 1),
        )
        for result, document in pairs
    )
    return DocumentAnswer(
        **task_fields(job_id, reply.reply),
        remarks=reply.remarks,
        moved=reply.moved,
        understood=reply.understood,
        lines=read_lines(reply.lines),
        alternatives=alternatives,
    )


def task_fields(job_id: str, reply: Reply) -> dict[str, Any]:
    """The fields of ``TaskAnswer`` but its remarks."""
    first = reply.results[0]
    return {
        "id": job_id,
        "seed": reply.seed,
        "model": reply.model,
        "weights": reply.sha256,
        "milliseconds": reply.milliseconds,
        "complete": reply.complete,
        "key": None if first.key is None else str(first.key),
        "phrases": phrase_ends(first.score, first.phrases),
        "heard": first.sentence,
    }


def phrase_ends(score: Score, phrases: Sequence[Phrase] | None) -> tuple[PhraseEnd, ...] | None:
    """Where phrases of a score end; None where they are not known."""
    if phrases is None:
        return None
    places = (score.place(phrase.last) for phrase in phrases)
    return tuple(PhraseEnd(measure=measure, beat=float(beat)) for measure, beat in places)


def result_scores(result: Result, units_per_quarter: int) -> dict[str, Any]:
    """The fields of ``ResultScores``. units_per_quarter: of the times in the answer."""
    log_likelihood = result.log_likelihood
    return {
        "originality": originality_of(result.originality, units_per_quarter),
        "log_likelihood": log_likelihood if math.isfinite(log_likelihood) else None,
        "parallels": result.parallels,
        "difference": result.difference,
    }


def originality_of(found: Originality | None, units_per_quarter: int) -> OriginalityAnswer | None:
    """The overlap of a result with the pieces that the model learned from."""
    if found is None:
        return None
    closest = found.closest
    if closest is None:
        return OriginalityAnswer(sentence=found.sentence, share=None, source=None, selection=None)
    step = closest.quarters / (closest.end - closest.start)
    return OriginalityAnswer(
        sentence=found.sentence,
        share=closest.share,
        source=closest.source,
        selection=(
            json_number(closest.start * step * units_per_quarter),
            json_number(closest.end * step * units_per_quarter),
        ),
    )


def new_lines(result: Result, staves: dict[str, int]) -> Iterator[SungLine]:
    """The new notes of each voice that has some. staves: voice or hand -> its staff in the document."""
    for voice in result.new:
        if voice.notes:
            notes = tuple(
                NewNote(onset=json_number(n.onset), duration=json_number(n.duration), pitch=n.pitch)
                for n in voice.notes
            )
            name = voice_or_hand(voice.name)
            staff = staves.get(hand_of(voice.name) or voice.name)
            yield SungLine(voice=name, staff=staff, notes=notes)


# -- faults ------------------------------------------------------------------------------------------------


def tick_faults(found: Iterable[Fault], options: EventOptions) -> tuple[TickFault, ...]:
    return tuple(
        TickFault(**fault_fields(fault), tick=round(fault.onset * options.ticks_per_quarter))
        for fault in found
    )


def onset_faults(found: Iterable[Fault]) -> tuple[OnsetFault, ...]:
    return tuple(OnsetFault(**fault_fields(fault), onset=json_number(fault.onset)) for fault in found)


def fault_fields(fault: Fault) -> dict[str, Any]:
    """All fields of a fault but its time."""
    names = ("rule", "severity", "measure", "beat", "voices", "sentence")
    return {name: getattr(fault, name) for name in names}


# -- harmony -----------------------------------------------------------------------------------------------


def tick_harmony(found: Analysis | None, options: EventOptions) -> dict[str, Any]:
    """The chords and cadences of an alternative, by ticks."""
    chords, cadences = ((), ()) if found is None else (found.chords, found.cadences)

    def tick(onset: Fraction) -> int:
        return round(onset * options.ticks_per_quarter)

    return {
        "chords": tuple(TickChord(**chord_fields(c), tick=tick(c.onset)) for c in chords),
        "cadences": tuple(TickCadence(**place_of(c), kind=c.kind, tick=tick(c.onset)) for c in cadences),
    }


def onset_harmony(found: Analysis | None) -> dict[str, Any]:
    """The chords and cadences of an alternative, by quarters."""
    chords, cadences = ((), ()) if found is None else (found.chords, found.cadences)
    return {
        "chords": tuple(OnsetChord(**chord_fields(c), onset=json_number(c.onset)) for c in chords),
        "cadences": tuple(
            OnsetCadence(**place_of(c), kind=c.kind, onset=json_number(c.onset)) for c in cadences
        ),
    }


def chord_fields(chord: ChordLabel) -> dict[str, Any]:
    """The fields of ``ChordPlace``."""
    return {**place_of(chord), "figure": chord.figure, "symbol": chord_text(chord.symbol)}


def place_of(found: ChordLabel | Cadence) -> dict[str, Any]:
    """The fields of ``HarmonyPlace``."""
    return {"measure": found.measure, "beat": found.beat, "key": str(found.key)}


# -- checks and documents ----------------------------------------------------------------------------------


def check_answer(job_id: str, reply: CheckReply, options: EventOptions) -> CheckAnswer:
    """The answer to a check."""
    return CheckAnswer(id=job_id, faults=tick_faults(reply.faults, options), remarks=reply.remarks)


def read_answer(job_id: str, reply: ReadReply, file_name: str) -> ReadAnswer:
    """A document as it was read."""
    return ReadAnswer(
        id=job_id,
        name=file_name,
        title=reply.score.title,
        document=reply.document.decode(),
        measures=tuple(read_measures(reply.score)),
        voices=read_lines(reply.lines),
        faults=onset_faults(reply.faults),
        key=None if reply.key is None else str(reply.key),
        phrases=phrase_ends(reply.score, reply.phrases),
        remarks=reply.remarks,
        ensemble=EnsembleInfo(
            name=reply.ensemble, title=ensemble_named(reply.ensemble).title, voices=reply.voices
        ),
    )


def listed_ensemble(name: str) -> ListedEnsemble:
    """A shipped ensemble. Raises RequestError where there is none of that name."""
    ensemble = ensemble_named(name)
    return ListedEnsemble(
        name=ensemble.name,
        title=ensemble.title,
        voices=ensemble.names,
        melody=ensemble.melody,
        sounds={voice.name: voice.sound for voice in ensemble.voices},
    )


def read_lines(lines: Iterable[DocumentLine]) -> tuple[ReadLine, ...]:
    """The lines of a document."""
    return tuple(
        ReadLine(
            voice=line.voice,
            part=line.part,
            place=line.place,
            staff=line.staff,
            notes=line.notes,
            melody=line.melody,
            left=line.left or None,
            number=line.number,
            empty=line.empty,
        )
        for line in lines
    )


def read_measures(score: Score) -> Iterator[ReadMeasure]:
    for m in score.measures:
        yield ReadMeasure(
            number=m.number,
            onset=json_number(m.onset),
            duration=json_number(m.duration),
            meter=str(m.meter),
            fifths=m.key.fifths,
            mode=m.key.mode,
        )


def chords_answer(job_id: str, reply: ChordsReply) -> ChordsAnswer:
    """The chords that fit, and the one that was typed."""
    fitting = tuple(
        FittingAnswer(**sound_of(found.symbol), share=round(found.share or 0.0, SHARE_DIGITS))
        for found in reply.fitting
    )
    typed = None if reply.typed is None else SoundingChord(**sound_of(reply.typed.symbol))
    return ChordsAnswer(id=job_id, fitting=fitting, chord=typed)


def sound_of(symbol: ChordSymbol) -> dict[str, Any]:
    """The fields of ``SoundingChord``: the bass in its octave, all other tones close together above it."""
    bass = symbol.sounding_bass.pitch_class
    above = sorted(LOWEST_ABOVE + tone for tone in symbol.pitch_classes)
    lowest = LOWEST_BASS + (bass - LOWEST_BASS) % 12
    return {"symbol": chord_text(symbol), "pitches": (lowest, *above)}


def export_answer(job_id: str, reply: ExportReply) -> ExportAnswer:
    """A file of another kind."""
    return ExportAnswer(id=job_id, base64=b64encode(reply.data).decode("ascii"), remarks=reply.remarks)


def json_number(time: Fraction) -> float:
    """A time as a number of JSON: 2, not 2.0, if it is whole."""
    return int(time) if time.denominator == 1 else float(time)
