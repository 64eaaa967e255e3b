"""What the service replies -> what is answered."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from ripieno.piano.hands import hand_of
from ripieno.results import Fault, Originality, Result
from ripieno.score import Score
from ripieno_bridges.api.replies import CheckReply, DocumentReply, MidiReply, ReadReply, Reply
from ripieno_bridges.http_server.response_models import (
    Alternative,
    CheckAnswer,
    DocumentAlternative,
    DocumentAnswer,
    MidiAnswer,
    NewNote,
    NotesAnswer,
    OnsetFault,
    OriginalityAnswer,
    ReadAnswer,
    ReadLine,
    ReadMeasure,
    SungLine,
    TickFault,
)
from ripieno_bridges.http_server.write_score import Paper, bars_of, remarks_of, said_name, written_lines


def notes_answer(name: str, reply: Reply, paper: Paper) -> NotesAnswer:
    """The end of a task on notes. name: the request's id."""
    written = [written_lines(result, paper) for result in reply.results]
    alternatives = tuple(
        Alternative(voices=lines, faults=tick_faults(result.faults or (), paper), **sense(result, paper))
        for result, (lines, _) in zip(reply.results, written, strict=True)
    )
    return NotesAnswer(
        **recipe(name, reply),
        remarks=tuple(remarks_of([counts for _, counts in written])),
        measures=bars_of(reply.results[0].score, paper),
        alternatives=alternatives,
    )


def document_answer(name: str, reply: DocumentReply) -> DocumentAnswer:
    """The end of a task on a document."""
    pairs = zip(reply.reply.results, reply.documents, strict=True)
    alternatives = tuple(
        DocumentAlternative(
            document=document.decode(),
            voices=tuple(sung_lines(result, reply.staves)),
            faults=onset_faults(result.faults or ()),
            **sense(result, None),
        )
        for result, document in pairs
    )
    return DocumentAnswer(
        **recipe(name, reply.reply),
        remarks=reply.remarks,
        moved=reply.moved,
        alternatives=alternatives,
    )


def recipe(name: str, reply: Reply) -> dict[str, Any]:
    """What makes the same notes again."""
    return {
        "id": name,
        "seed": reply.seed,
        "model": reply.model,
        "weights": reply.sha256,
        "milliseconds": reply.milliseconds,
        "complete": reply.complete,
    }


def sense(result: Result, paper: Paper | None) -> dict[str, Any]:
    """What is said of a result, in ticks where it is written on paper."""
    likely = result.log_likelihood
    return {
        "originality": originality_of(result.originality, paper),
        "log_likelihood": likely if math.isfinite(likely) else None,
        "parallels": result.parallels,
    }


def originality_of(found: Originality | None, paper: Paper | None) -> OriginalityAnswer | None:
    """What a result has in common with what the model learned from."""
    if found is None:
        return None
    closest = found.closest
    if closest is None:
        return OriginalityAnswer(sentence=found.sentence, share=None, source=None, selection=None)
    step = closest.quarters / (closest.end - closest.start)
    unit = 1 if paper is None else paper.ticks_per_quarter
    return OriginalityAnswer(
        sentence=found.sentence,
        share=closest.share,
        source=closest.source,
        selection=(plain(closest.start * step * unit), plain(closest.end * step * unit)),
    )


def sung_lines(result: Result, staves: dict[str, int]) -> Iterator[SungLine]:
    """What was written, voice by voice."""
    for voice in result.new:
        if voice.notes:
            notes = tuple(
                NewNote(onset=plain(n.onset), duration=plain(n.duration), pitch=n.pitch) for n in voice.notes
            )
            name = said_name(voice.name)
            staff = staves.get(hand_of(voice.name) or voice.name)
            yield SungLine(voice=name, staff=staff, notes=notes)


def tick_faults(found: Iterable[Fault], paper: Paper) -> tuple[TickFault, ...]:
    return tuple(
        TickFault(**fault_fields(fault), tick=round(fault.onset * paper.ticks_per_quarter)) for fault in found
    )


def onset_faults(found: Iterable[Fault]) -> tuple[OnsetFault, ...]:
    return tuple(OnsetFault(**fault_fields(fault), onset=plain(fault.onset)) for fault in found)


def fault_fields(fault: Fault) -> dict[str, Any]:
    """All of a fault but its time."""
    names = ("rule", "severity", "measure", "beat", "voices", "sentence")
    return {name: getattr(fault, name) for name in names}


def check_answer(name: str, reply: CheckReply, paper: Paper) -> CheckAnswer:
    """What the rules find in notes."""
    return CheckAnswer(id=name, faults=tick_faults(reply.faults, paper), remarks=reply.remarks)


def read_answer(name: str, reply: ReadReply, file: str) -> ReadAnswer:
    """A document as it was read. file: its name."""
    return ReadAnswer(
        id=name,
        name=file,
        title=reply.score.title,
        document=reply.document.decode(),
        measures=tuple(read_measures(reply.score)),
        voices=tuple(
            ReadLine(voice=line.voice, part=line.part, staff=line.staff, notes=line.notes)
            for line in reply.lines
        ),
        faults=onset_faults(reply.faults),
        remarks=reply.remarks,
    )


def read_measures(score: Score) -> Iterator[ReadMeasure]:
    for m in score.measures:
        yield ReadMeasure(
            number=m.number,
            onset=plain(m.onset),
            duration=plain(m.duration),
            meter=str(m.meter),
            fifths=m.key.fifths,
            mode=m.key.mode,
        )


def midi_answer(name: str, reply: MidiReply) -> MidiAnswer:
    """A MIDI file."""
    return MidiAnswer(id=name, base64=b64encode(reply.data).decode("ascii"))


def plain(quarters: Fraction) -> float:
    """A time as JSON has it: 2, not 2.0, where it is whole."""
    return int(quarters) if quarters.denominator == 1 else float(quarters)
