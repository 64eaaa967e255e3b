"""What is answered, field by field. docs/protocol.md tells what each means; ``openapi`` tells programs."""

from __future__ import annotations

from typing import Literal

import msgspec

from ripieno_bridges.api.requests import TaskName
from ripieno_bridges.http_server.request_models import Bar, Fifths

Severity = Literal["fault", "warning", "remark"]
Sung = Literal["soprano", "alto", "tenor", "bass", "right", "left"]


class ResponseModel(msgspec.Struct, frozen=True, kw_only=True):
    """What all of them are."""


# -- what there is to know ---------------------------------------------------------------------------------


class StatusAnswer(ResponseModel, frozen=True, kw_only=True):
    """How the server is. model: what is loaded, or "loading". queue: requests that wait or are worked on."""

    version: str
    model: str
    queue: int


class Model(ResponseModel, frozen=True, kw_only=True):
    """One that can be asked for. meter: what it usually composes in."""

    name: str
    performers: Literal["choir", "piano"]
    tasks: tuple[TaskName, ...]
    meter: str
    about: str | None


class ModelsAnswer(ResponseModel, frozen=True, kw_only=True):
    """Those that can be asked for, the default first."""

    models: tuple[Model, ...]


class Example(ResponseModel, frozen=True, kw_only=True):
    """A melody to try."""

    name: str
    title: str


class ExamplesAnswer(ResponseModel, frozen=True, kw_only=True):
    """Melodies to try."""

    examples: tuple[Example, ...]


class RunAnswer(ResponseModel, frozen=True, kw_only=True):
    """How far a request is. fraction: 0 to 1."""

    id: str
    state: Literal["waiting", "working", "cancelled"]
    fraction: float


# -- what the rules and the library say --------------------------------------------------------------------


class Broken(ResponseModel, frozen=True, kw_only=True):
    """A break of a rule, without its time."""

    rule: str
    severity: Severity
    measure: str
    beat: float
    voices: tuple[str, ...]
    sentence: str


class TickFault(Broken, frozen=True, kw_only=True):
    """A break of a rule. tick: the place that measure and beat name."""

    tick: int


class OnsetFault(Broken, frozen=True, kw_only=True):
    """As ``TickFault``, with the time in quarters."""

    onset: float


class OriginalityAnswer(ResponseModel, frozen=True, kw_only=True):
    """What a result has in common with what the model learned from.

    share: 0 to 1, of the notes in ``selection`` that stand in ``source``; null where none does.
    """

    sentence: str
    share: float | None
    source: str | None
    selection: tuple[float, float] | None


# -- a task ------------------------------------------------------------------------------------------------


class WrittenEvent(ResponseModel, frozen=True, kw_only=True):
    """A written note, or a rest where pitch is null. duration: its written value, of a whole note."""

    tick: int
    ticks: int
    duration: str
    pitch: int | None = None
    spelling: str | None = None
    tie: bool = False
    tuplet: str | None = None
    lyric: str | None = None
    syllabic: str | None = None


class WrittenLine(ResponseModel, frozen=True, kw_only=True):
    """What was written in a voice."""

    voice: Sung
    events: tuple[WrittenEvent, ...]


class ResultScores(ResponseModel, frozen=True, kw_only=True):
    """What is said of every result."""

    originality: OriginalityAnswer | None
    log_likelihood: float | None
    parallels: int


class Alternative(ResultScores, frozen=True, kw_only=True):
    """A result, in notes."""

    voices: tuple[WrittenLine, ...]
    faults: tuple[TickFault, ...]


class Recipe(ResponseModel, frozen=True, kw_only=True):
    """What every task is answered with. weights: their SHA-256. complete: false where time was up before."""

    id: str
    seed: int
    model: str
    weights: str
    milliseconds: int
    complete: bool
    remarks: tuple[str, ...]


class NotesAnswer(Recipe, frozen=True, kw_only=True):
    """The end of a task on notes."""

    measures: tuple[Bar, ...]
    alternatives: tuple[Alternative, ...]


class NewNote(ResponseModel, frozen=True, kw_only=True):
    """A note that was written, in quarters."""

    onset: float
    duration: float
    pitch: int


class SungLine(ResponseModel, frozen=True, kw_only=True):
    """What was written in a voice. staff: in the document, from 0 at the top; null where it is not known."""

    voice: Sung
    staff: int | None
    notes: tuple[NewNote, ...]


class DocumentAlternative(ResultScores, frozen=True, kw_only=True):
    """A result, in a document. document: MusicXML."""

    document: str
    voices: tuple[SungLine, ...]
    faults: tuple[OnsetFault, ...]


class DocumentAnswer(Recipe, frozen=True, kw_only=True):
    """The end of a task on a document. moved: by how many semitones it was transposed."""

    moved: int
    alternatives: tuple[DocumentAlternative, ...]


# -- checks and readings -----------------------------------------------------------------------------------


class CheckAnswer(ResponseModel, frozen=True, kw_only=True):
    """What the rules find, and what was not looked at."""

    id: str
    faults: tuple[TickFault, ...]
    remarks: tuple[str, ...]


class ReadMeasure(ResponseModel, frozen=True, kw_only=True):
    """A measure of a document, in quarters."""

    number: str
    onset: float
    duration: float
    meter: str
    fifths: Fifths
    mode: str | None


class ReadLine(ResponseModel, frozen=True, kw_only=True):
    """A line of a document. voice: null where it is none of the choir's. notes: how many."""

    voice: str | None
    part: str
    staff: int
    notes: int


class ReadAnswer(ResponseModel, frozen=True, kw_only=True):
    """A document as it was read, itself as MusicXML."""

    id: str
    name: str
    title: str | None
    document: str
    measures: tuple[ReadMeasure, ...]
    voices: tuple[ReadLine, ...]
    faults: tuple[OnsetFault, ...]
    remarks: tuple[str, ...]


class MidiAnswer(ResponseModel, frozen=True, kw_only=True):
    """A MIDI file, in base64."""

    id: str
    base64: str


# -- streams and errors ------------------------------------------------------------------------------------


class Started(ResponseModel, frozen=True, kw_only=True):
    """The first event of a stream, and the last where it was cancelled."""

    id: str


class Moved(ResponseModel, frozen=True, kw_only=True):
    """How far it is, 0 to 1."""

    fraction: float


class ErrorPlace(ResponseModel, frozen=True, kw_only=True):
    """Where a fault is, as a musician says it; null where that is not known."""

    file: str | None = None
    part: str | None = None
    measure: str | None = None
    beat: str | None = None


class ErrorFields(ResponseModel, frozen=True, kw_only=True):
    """What is wrong, and what to do. text: all of it as one sentence."""

    code: str
    place: ErrorPlace
    fault: str
    way_out: str | None
    text: str


class ErrorAnswer(ResponseModel, frozen=True, kw_only=True):
    """An error."""

    error: ErrorFields


Answer = NotesAnswer | DocumentAnswer | CheckAnswer | ReadAnswer | MidiAnswer
ANSWERS = (
    *(StatusAnswer, ModelsAnswer, ExamplesAnswer, RunAnswer),
    *(NotesAnswer, DocumentAnswer, CheckAnswer, ReadAnswer, MidiAnswer),
    *(Started, Moved, ErrorAnswer),
)
