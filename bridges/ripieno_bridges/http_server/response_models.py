"""The answers as JSON, field by field. See docs/protocol.md for what each field means."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ripieno.results import CadenceKind
from ripieno_bridges.api.exports import ExportName
from ripieno_bridges.api.requests import TaskName
from ripieno_bridges.http_server.request_models import Bar, Fifths
from ripieno_bridges.service.supervisor import EngineState

Severity = Literal["fault", "warning", "remark"]
VoiceOrHand = Annotated[
    str, Meta(description="A voice of the ensemble, such as alto; or a hand, right or left.")
]


class ResponseModel(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all answers and their parts."""


# -- the server, its models and settings -------------------------------------------------------------------


class StatusAnswer(ResponseModel, frozen=True, kw_only=True):
    """The state of the server.

    model: the one that is loaded, or else the state. queue: how many requests wait or are worked on.
    restarts: of the engine. retry_seconds: until an engine that does not start is tried again, or null.
    error: why the state is "failed", with status 503; else null.
    """

    version: str
    model: str
    queue: int
    state: EngineState
    restarts: int
    retry_seconds: float | None
    error: ErrorFields | None


class HealthAnswer(ResponseModel, frozen=True, kw_only=True):
    """Whether the server takes work: it does where the state is "ready", and else says so with status 503."""

    state: EngineState


class Model(ResponseModel, frozen=True, kw_only=True):
    """A model. family: of networks. meter: the time signature in which it usually composes."""

    name: str
    performers: Literal["choir", "piano"]
    tasks: tuple[TaskName, ...]
    family: str | None
    meter: str
    about: str | None


class ModelsAnswer(ResponseModel, frozen=True, kw_only=True):
    """The models that the server offers, the default first."""

    models: tuple[Model, ...]


class SettingInfo(ResponseModel, frozen=True, kw_only=True):
    """A setting. key: its name in a body. exclusive: whether the minimum itself is too low.

    option: its name on the command line; null where it has none. defaults: by task. otherwise: what is done
    without it, in words. families: of the networks that know it; null means all. document: whether only
    documents take it. label: for windows.
    """

    name: str
    key: str
    option: str | None
    kind: str
    minimum: float | None
    maximum: float | None
    exclusive: bool
    choices: tuple[str, ...] | None
    default: int | float | str | None
    defaults: dict[str, int | float | str] | None
    otherwise: str | None
    tasks: tuple[TaskName, ...]
    families: tuple[str, ...] | None
    document: bool
    label: str
    help: str


class EnsembleInfo(ResponseModel, frozen=True, kw_only=True):
    """An ensemble. name: for the setting. title: in words. voices: their names, highest first."""

    name: str
    title: str
    voices: tuple[str, ...]


class ListedEnsemble(EnsembleInfo, frozen=True, kw_only=True):
    """An ensemble with what a notation program needs to add its staves.

    melody: the voice that a melody alone is. sounds: of each voice, as MusicXML names them.
    """

    melody: str
    sounds: dict[str, str]


class SettingsAnswer(ResponseModel, frozen=True, kw_only=True):
    """The settings that bodies may have, and the ensembles that the setting of that name can choose."""

    settings: tuple[SettingInfo, ...]
    ensembles: tuple[ListedEnsemble, ...]


class Example(ResponseModel, frozen=True, kw_only=True):
    """An example melody."""

    name: str
    title: str


class ExportInfo(ResponseModel, frozen=True, kw_only=True):
    """A kind of file. ending: of its name. available: whether the program that it needs is installed."""

    name: ExportName
    title: str
    ending: str
    media_type: str
    about: str
    available: bool


class ExportsAnswer(ResponseModel, frozen=True, kw_only=True):
    """The kinds of files that a document can be saved as, besides MusicXML."""

    exports: tuple[ExportInfo, ...]


class ExamplesAnswer(ResponseModel, frozen=True, kw_only=True):
    """The example melodies."""

    examples: tuple[Example, ...]


class RunAnswer(ResponseModel, frozen=True, kw_only=True):
    """The progress of a request. fraction: 0 to 1."""

    id: str
    state: Literal["waiting", "working", "cancelled"]
    fraction: float


# -- faults and originality --------------------------------------------------------------------------------


class FaultFields(ResponseModel, frozen=True, kw_only=True):
    """A fault that a rule finds, without its time."""

    rule: str
    severity: Severity
    measure: str
    beat: float
    voices: tuple[str, ...]
    sentence: str


class TickFault(FaultFields, frozen=True, kw_only=True):
    """A fault that a rule finds. tick: the same place as measure and beat."""

    tick: int


class OnsetFault(FaultFields, frozen=True, kw_only=True):
    """As ``TickFault``, with the time in quarters."""

    onset: float


class OriginalityAnswer(ResponseModel, frozen=True, kw_only=True):
    """The overlap of a result with the pieces that the model learned from.

    share: of the notes in ``selection``, 0 to 1, that are also in ``source``; null if none are.
    """

    sentence: str
    share: float | None
    source: str | None
    selection: tuple[float, float] | None


# -- a task ------------------------------------------------------------------------------------------------


class WrittenSyllable(ResponseModel, frozen=True, kw_only=True):
    """A syllable. extend: where its melisma reaches, in ticks from its note to the onset of the last one."""

    verse: int
    lyric: str
    syllabic: str
    extend: int | msgspec.UnsetType = msgspec.UNSET


class WrittenEvent(ResponseModel, frozen=True, kw_only=True):
    """A written note, or a rest if pitch is null. duration: its note value, such as 3/8 of a whole note.

    lyric, syllabic, extend: of the first verse, see ``WrittenSyllable``. verses: the others, where there are.
    """

    tick: int
    ticks: int
    duration: str
    pitch: int | None = None
    spelling: str | None = None
    tie: bool = False
    tuplet: str | None = None
    lyric: str | None = None
    syllabic: str | None = None
    extend: int | msgspec.UnsetType = msgspec.UNSET
    verses: tuple[WrittenSyllable, ...] | msgspec.UnsetType = msgspec.UNSET


class WrittenLine(ResponseModel, frozen=True, kw_only=True):
    """The new notes of a voice."""

    voice: VoiceOrHand
    events: tuple[WrittenEvent, ...]


class HarmonyPlace(ResponseModel, frozen=True, kw_only=True):
    """The place of a chord or cadence, without its time. beat: from 1. key: such as "G minor"."""

    measure: str
    beat: float
    key: str


class ChordPlace(HarmonyPlace, frozen=True, kw_only=True):
    """A chord, where it begins. figure: its Roman numeral, "V65". symbol: of a lead sheet, "D7/F#"."""

    figure: str
    symbol: str


class TickChord(ChordPlace, frozen=True, kw_only=True):
    """A chord. tick: where it begins."""

    tick: int


class OnsetChord(ChordPlace, frozen=True, kw_only=True):
    """As ``TickChord``, with the time in quarters."""

    onset: float


class TickCadence(HarmonyPlace, frozen=True, kw_only=True):
    """A cadence at the end of a phrase. tick: the same place."""

    kind: CadenceKind
    tick: int


class OnsetCadence(HarmonyPlace, frozen=True, kw_only=True):
    """As ``TickCadence``, with the time in quarters."""

    kind: CadenceKind
    onset: float


class ResultScores(ResponseModel, frozen=True, kw_only=True):
    """The base of both kinds of alternatives. log_likelihood: in nats.

    difference: how it differs from the first alternative, in words; empty for that one, and for the piano.
    """

    originality: OriginalityAnswer | None
    log_likelihood: float | None
    parallels: int
    difference: str


class Alternative(ResultScores, frozen=True, kw_only=True):
    """A result as notes. chords: where they change; none for the piano."""

    voices: tuple[WrittenLine, ...]
    faults: tuple[TickFault, ...]
    chords: tuple[TickChord, ...]
    cadences: tuple[TickCadence, ...]


class PhraseEnd(ResponseModel, frozen=True, kw_only=True):
    """Where the last note of a phrase begins. measure: its printed number. beat: from 1, such as 2.5."""

    measure: str
    beat: float


class TaskAnswer(ResponseModel, frozen=True, kw_only=True):
    """The base of the answers to tasks. weights: SHA-256. complete: false if the deadline came first.

    key: the home key, such as "G minor", of the given music or the new piece. phrases: where those of the
    given melody end. Both as they were given, or found; null where nobody looked for them. heard: both in
    words.
    """

    id: str
    seed: int
    model: str
    weights: str
    milliseconds: int
    complete: bool
    key: str | None
    phrases: tuple[PhraseEnd, ...] | None
    heard: str
    remarks: tuple[str, ...]


class NotesAnswer(TaskAnswer, frozen=True, kw_only=True):
    """The answer to a task on notes."""

    measures: tuple[Bar, ...]
    alternatives: tuple[Alternative, ...]


class NewNote(ResponseModel, frozen=True, kw_only=True):
    """A new note, in quarters."""

    onset: float
    duration: float
    pitch: int


class SungLine(ResponseModel, frozen=True, kw_only=True):
    """The new notes of a voice. staff: in the document, from 0 at the top; null if it is not known."""

    voice: VoiceOrHand
    staff: int | None
    notes: tuple[NewNote, ...]


class DocumentAlternative(ResultScores, frozen=True, kw_only=True):
    """A result as a document. document: MusicXML. chords: where they change; none for the piano."""

    document: str
    voices: tuple[SungLine, ...]
    faults: tuple[OnsetFault, ...]
    chords: tuple[OnsetChord, ...]
    cadences: tuple[OnsetCadence, ...]


class ReadLine(ResponseModel, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a document.

    voice: of the choir; null if it is none of these. place: what tells it from other lines of its part, such
    as "staff 2". staff: from 0 at the top. notes: how many it has, of a chord one. melody: the value of the
    setting that chooses it. left: why it is left as it is; null if it is a voice. number: its voice number in
    the document, where others share the staff. empty: in how many measures it is silent while another is not.
    """

    voice: str | None
    part: str
    place: str
    staff: int
    notes: int
    melody: str
    left: str | None
    number: str | None = None
    empty: int = 0


class DocumentAnswer(TaskAnswer, frozen=True, kw_only=True):
    """The answer to a task on a document. moved: by how many semitones it was transposed.

    understood: the task in one line. lines: those of the document as it was sent. Both are empty without one,
    and for music that is all for the piano.
    """

    moved: int
    understood: str
    lines: tuple[ReadLine, ...]
    alternatives: tuple[DocumentAlternative, ...]


# -- checks and documents ----------------------------------------------------------------------------------


class CheckAnswer(ResponseModel, frozen=True, kw_only=True):
    """The faults that the rules find, and remarks on what was not checked."""

    id: str
    faults: tuple[TickFault, ...]
    remarks: tuple[str, ...]


class AssignedLine(ResponseModel, frozen=True, kw_only=True):
    """Which voice of the ensemble a line is, or null, and why it is left as it is then."""

    voice: str | None
    left: str | None


class LinesAnswer(ResponseModel, frozen=True, kw_only=True):
    """The voices of the lines of a score, one each. melody: the index of the line to begin with.

    ensemble: whose voices they are, for the setting of that name; null for a mixed choir that was not named,
    with which tasks need no such setting.
    """

    lines: tuple[AssignedLine, ...]
    melody: int
    ensemble: ListedEnsemble | None


class ReadMeasure(ResponseModel, frozen=True, kw_only=True):
    """A measure of a document, in quarters."""

    number: str
    onset: float
    duration: float
    meter: str
    fifths: Fifths
    mode: str | None


class ReadAnswer(ResponseModel, frozen=True, kw_only=True):
    """A document as it was read. document: MusicXML, also if MIDI was sent.

    key, phrases: as in ``TaskAnswer``; null where no voices of a choir were found. ensemble: whose voices the
    lines are.
    """

    id: str
    name: str
    title: str | None
    document: str
    measures: tuple[ReadMeasure, ...]
    voices: tuple[ReadLine, ...]
    faults: tuple[OnsetFault, ...]
    key: str | None
    phrases: tuple[PhraseEnd, ...] | None
    remarks: tuple[str, ...]
    ensemble: EnsembleInfo


class SoundingChord(ResponseModel, frozen=True, kw_only=True):
    """A chord. symbol: of a lead sheet. pitches: MIDI, the bass first, to let it sound."""

    symbol: str
    pitches: tuple[int, ...]


class FittingAnswer(SoundingChord, frozen=True, kw_only=True):
    """A chord that fits. share: how probable it is, 0 to 1."""

    share: float


class ChordsAnswer(ResponseModel, frozen=True, kw_only=True):
    """The chords that fit, the likeliest first. chord: as it was sent; null where none was."""

    id: str
    fitting: tuple[FittingAnswer, ...]
    chord: SoundingChord | None


class ExportAnswer(ResponseModel, frozen=True, kw_only=True):
    """A file of another kind, in base64. remarks: what is not in it, a sentence each."""

    id: str
    base64: str
    remarks: tuple[str, ...]


class PackedAnswer(ResponseModel, frozen=True, kw_only=True):
    """A reply as ripieno's own commands read it. reply: in base64."""

    id: str
    reply: str


# -- streams and errors ------------------------------------------------------------------------------------


class Started(ResponseModel, frozen=True, kw_only=True):
    """The data of the events started and cancelled."""

    id: str


class Moved(ResponseModel, frozen=True, kw_only=True):
    """The data of the event progress. fraction: 0 to 1."""

    fraction: float


class ErrorPlace(ResponseModel, frozen=True, kw_only=True):
    """Where a fault is, in a musician's words; null if it is not known."""

    file: str | None = None
    part: str | None = None
    measure: str | None = None
    beat: str | None = None


class ErrorFields(ResponseModel, frozen=True, kw_only=True):
    """The fields of an error: what is wrong, and the way out. text: all of it in one line.

    setting: the key of a document's setting that would help.
    """

    code: str
    place: ErrorPlace
    fault: str
    way_out: str | None
    text: str
    setting: str | None = None


class ErrorAnswer(ResponseModel, frozen=True, kw_only=True):
    """An error."""

    error: ErrorFields


Answer = NotesAnswer | PackedAnswer | DocumentAnswer | CheckAnswer | ReadAnswer | ChordsAnswer | ExportAnswer
ANSWERS = (
    *(StatusAnswer, HealthAnswer, ModelsAnswer, SettingsAnswer, ExamplesAnswer, ExportsAnswer, RunAnswer),
    *(
        NotesAnswer,
        PackedAnswer,
        DocumentAnswer,
        CheckAnswer,
        LinesAnswer,
        ReadAnswer,
        ChordsAnswer,
        ExportAnswer,
    ),
    *(Started, Moved, ErrorAnswer),
)
