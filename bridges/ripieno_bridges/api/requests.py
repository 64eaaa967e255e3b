"""Requests, in one form for every interface. Light, so that no interface waits for torch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import msgspec

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.form import Section
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.harmony import Harmony, HarmonyForm
from ripieno.harmony.progression_text import Progression
from ripieno.models.catalog import DEFAULT_MODEL, model_card, shipped_model_names
from ripieno.score import Key, Meter, Note, Score

TaskName = Literal["harmonize", "compose", "continue", "infill", "vary"]
Performers = Literal["choir", "piano"]
Layout = Literal["open", "closed"]
Accompaniment = Literal["ignored", "heard"]
Style = Literal["chorale", "hymn"]
Words = Literal["melody", "all"]
DocumentChords = Literal["obeyed", "ignored"]
CHOIR, PIANO = "choir", "piano"
BYTES_A_NOTE = 200  # of MusicXML, at the least


class Request(msgspec.Struct, frozen=True, kw_only=True, tag="request"):
    """A task to do, with everything that decides its notes.

    score: an ensemble's (all its voices, a mixed choir's soprano to bass, empty ones where nothing is given),
    for the piano any voices; None to compose. given, given_notes, voices: see ``ripieno.tasks.choir``.
    selection: for infill, from when to when, in quarters, half-open. bars: measures to compose or to add.
    form: the sections of a new piece, of so many measures each. key: of the new piece, or the home key of the
    score. phrases: the (measure, beat) at which those of the melody end; a beat of None is any. key, phrases,
    style: see ``ripieno.tasks.guidance``. meter, anacrusis: to compose. performers: None means those that the
    model learned from. original: see ``ripieno.tasks.originality_limit``. threshold, descent: for networks of
    keys. deadline_seconds: from when it is submitted; then the music that is ready is the answer. stream: one
    draft, whose notes are sent as they are made. strict_range: a given note outside its voice's range is an
    error; else the choir hears it where it can be sung (``ripieno.tasks.hearing``). accompaniment: whether
    the new voices follow the harmony of ``others``, the notes that sound beside the choir. harmony: what is
    asked for, law like a given note. chords, numerals, figures: the same as texts of whole measures.
    strict_chords: see ``AskedHarmony``. words: "all" gives new voices the words of the given ones, "melody"
    does not; both give a voice its own words back; None: new notes have none. sharing: the voices on a staff
    below another one, which get none of others. keyboard, ranges, comfortable, easy: see ``DraftSettings``;
    with keyboard a document gets the new voices as one part. ensemble: whose voices sing or play, which the
    score's voices are; None for a mixed choir, of which nothing but its ranges is asked. find_key: the
    score's key signature is not known and is found from the notes. compare: measure what the result has in
    common with what the model learned from. check: look for faults in a choir's result. analyse: name its
    chords; of several results that is done anyway, to tell how they differ.
    """

    task: TaskName
    model: str = DEFAULT_MODEL
    score: Score | None = None
    given: tuple[str, ...] | None = None
    given_notes: tuple[tuple[str, Fraction], ...] | None = None
    voices: tuple[str, ...] | None = None
    selection: tuple[Fraction, Fraction] | None = None
    bars: int | None = None
    form: tuple[Section, ...] | None = None
    amount: float = 0.3
    key: Key | None = None
    phrases: tuple[tuple[str, Fraction | None], ...] | None = None
    style: Style | None = None
    meter: Meter | None = None
    anacrusis: Fraction = Fraction(0)
    performers: Performers | None = None
    seed: int | None = None
    alternatives: int = 1
    temperature: float | None = None
    top_p: float | None = None
    beam: int | None = None
    original: float | None = None
    threshold: float | None = None
    descent: dict[str, float] = {}
    deadline_seconds: float | None = None
    stream: bool = False
    strict_range: bool = False
    accompaniment: Accompaniment = "ignored"
    others: tuple[Note, ...] = ()
    harmony: tuple[Harmony, ...] = ()
    chords: Progression | None = None
    numerals: Progression | None = None
    figures: Progression | None = None
    strict_chords: bool = False
    words: Words | None = None
    sharing: tuple[str, ...] = ()
    keyboard: bool = False
    ensemble: Ensemble | None = None
    ranges: dict[str, tuple[int, int]] | None = None
    comfortable: dict[str, tuple[int, int]] | None = None
    easy: bool = False
    find_key: bool = False
    compare: bool = True
    check: bool = False
    analyse: bool = False


class File(msgspec.Struct, frozen=True):
    """A document in bytes. name: its ending tells the kind, and errors show it; no such file is opened."""

    name: str
    data: bytes


class DocumentRequest(msgspec.Struct, frozen=True, kw_only=True, tag="document"):
    """A task on a document, which comes back with the result in it.

    file: None to compose. request: all but its score, which is read from the file. transposition: semitones
    to move the piece first, or "auto", into the voices' ranges. layout: four staves or two, for a new score.
    measures: for infill, the first and the last by their printed numbers; they stand for ``selection``.
    melody: the line that is the melody, see ``formats.score_lines.line_named``; None: it is found. tune: of
    an ABC file, see ``formats.abc.tunes.tune_named``; None: its first. document_chords: whether its chord
    symbols and figured bass are added to the request's harmony. chord_sheet: a ChordPro file whose chords,
    over words, are laid on the document's melody. write_chords: in which form the result's
    chords are written into it; None: they are not. piano_reduction: whether a piano for the rehearsal comes
    under the choir. names: of the files that the alternatives are wanted as, the best first; their endings
    tell the kinds, and no such file is opened. Without any, MusicXML is wanted.
    """

    file: File | None
    request: Request
    transposition: int | Literal["auto"] | None = None
    layout: Layout = "open"
    piano_reduction: bool = False
    measures: tuple[str, str] | None = None
    document_chords: DocumentChords = "obeyed"
    write_chords: HarmonyForm | None = None
    chord_sheet: File | None = None
    melody: str | None = None
    tune: str | None = None
    names: tuple[str, ...] = ()


class ReadRequest(msgspec.Struct, frozen=True, tag="read"):
    """Read a document: its lines, measures and faults. melody: the line that is chosen as such.

    tune: as in ``DocumentRequest``. phrases, ensemble: as in ``Request``.
    """

    file: File
    melody: str | None = None
    tune: str | None = None
    phrases: tuple[tuple[str, Fraction | None], ...] | None = None
    ensemble: Ensemble | None = None


class ExportRequest(msgspec.Struct, frozen=True, tag="export"):
    """Convert a document to a file of another kind. kind: the name of one of ``api.exports.EXPORTS``."""

    file: File
    kind: str


class MoveNoteRequest(msgspec.Struct, frozen=True, tag="move_note"):
    """Move a note of a document, and read the document then.

    note: its place among all notes of the document. steps: of the staff. semitones: spelled as the key does.
    melody, ensemble: as in ``ReadRequest``.
    """

    file: File
    note: int
    steps: int = 0
    semitones: int = 0
    melody: str | None = None
    ensemble: Ensemble | None = None


class ChordsRequest(msgspec.Struct, frozen=True, tag="chords"):
    """Find which chords fit a stretch of a document. typed: one that is to be read besides.

    selection: the stretch, in quarters. given: the voices that are not the model's; None: those that a
    harmonization would keep. melody, phrases, ensemble: as in ``ReadRequest``. key: as in ``Request``.
    """

    file: File
    model: str
    selection: tuple[Fraction, Fraction]
    given: tuple[str, ...] | None = None
    typed: ChordSymbol | None = None
    melody: str | None = None
    key: Key | None = None
    phrases: tuple[tuple[str, Fraction | None], ...] | None = None
    ensemble: Ensemble | None = None


class CheckRequest(msgspec.Struct, frozen=True, tag="check"):
    """Find the rules that a score breaks. ensemble: whose voices it has; None: as they are named."""

    score: Score
    ensemble: Ensemble | None = None


AnyRequest = (
    Request | DocumentRequest | ReadRequest | ExportRequest | MoveNoteRequest | ChordsRequest | CheckRequest
)


# -- what a request weighs, who performs it ---------------------------------------------------------------


def weight_of(request: AnyRequest) -> int:
    """How many notes it keeps in memory while it waits; for a document, how many one of its size may have."""
    if isinstance(request, Request | CheckRequest):
        score = request.score
        others = len(request.others) if isinstance(request, Request) else 0
        return others + (0 if score is None else sum(len(voice.notes) for voice in score.voices))
    return size_of(request) // BYTES_A_NOTE


def size_of(request: AnyRequest) -> int:
    """How many bytes its document has; 0 where it has none."""
    file = file_of(request)
    return 0 if file is None else len(file.data)


def file_of(request: AnyRequest) -> File | None:
    """Its document; None where it has none."""
    return None if isinstance(request, Request | CheckRequest) else request.file


def task_of(request: AnyRequest) -> Request | None:
    """The task of a request; None where it makes no music."""
    if isinstance(request, DocumentRequest):
        return request.request
    return request if isinstance(request, Request) else None


def rewritten_voices(request: Request) -> frozenset[str]:
    """The voices of which a task keeps nothing."""
    if request.given is None:
        return frozenset()
    everybody = voice_names(request)
    voices = request.voices if request.task == "harmonize" and request.voices else everybody
    return frozenset(voices) - frozenset(request.given)


def ensemble_of(request: Request) -> Ensemble:
    """The ensemble that a request is for; a mixed choir where none is named."""
    return request.ensemble or MIXED_CHOIR


def voice_names(request: Request) -> tuple[str, ...]:
    """The names of the voices of a request's ensemble, highest first."""
    return ensemble_of(request).names


def performers_of(wanted: Performers | None, model: str) -> Performers:
    """Who performs: as wanted, or as the model learned."""
    if wanted is not None:
        return wanted
    return "piano" if model_card(model).get("plays") == PIANO else "choir"


def is_for_piano(request: Request) -> bool:
    """Whether it is for two hands, not for a choir."""
    return performers_of(request.performers, request.model) == PIANO


def offered(first: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The models that a server offers besides the user's own: these first, then the default, then others."""
    return tuple(dict.fromkeys((*first, DEFAULT_MODEL, *shipped_model_names())))


def meter_of(model: str) -> Meter:
    """The time signature in which a model usually composes."""
    numerator, _, denominator = str(model_card(model).get("meter", "4/4")).partition("/")
    return Meter(int(numerator), int(denominator))


# -- bytes -------------------------------------------------------------------------------------------------


def to_bytes(message: Any) -> bytes:
    """A message as MessagePack; a Fraction is the text "3/4"."""
    return msgspec.msgpack.encode(message, enc_hook=_plain)


def from_bytes(data: bytes, kind: Any) -> Any:
    """The message of that kind, a type or a union of types. Raises msgspec.ValidationError."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_fraction)


def _plain(value: Any) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value))


def _fraction(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(kind)
