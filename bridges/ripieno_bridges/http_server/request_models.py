"""The bodies of requests, as msgspec Structs, and their decoding from JSON.

Decoding checks fields and types only. Values are checked by ``parse_score``, ``parse_request`` and the
service, which can say where a fault is; the bounds given here are for OpenAPI.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

import msgspec
from msgspec import Meta

from ripieno.ensembles.read import MAX_VOICES
from ripieno.errors import RipienoError, short
from ripieno_bridges.api.exports import ExportName
from ripieno_bridges.api.kinds import MAX_WORD, Choice, Transposition
from ripieno_bridges.api.settings import Setting
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES
from ripieno_bridges.formats.note_lists import MAX_NOTES
from ripieno_bridges.http_server.setting_fields import HTTP_SETTINGS, VoiceName, key_of, setting_fields

MAX_ID = 64
MAX_LINES = 256  # of a score
MAX_VERSE = 99
MAX_NAME = 255  # letters of a file's name
DEFAULT_TICKS = 480
MIN_TICKS, MAX_TICKS = 4, 100_800  # multiples of 4, since new notes begin on sixteenths
DEFAULT_NAME = "score.musicxml"
ID = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_ID}}}")
HINT = "docs/protocol.md says what a body holds"

Syllabic = Literal["single", "begin", "middle", "end"]
Mode = Literal["major", "minor"]
Ties = Literal["anywhere", "barlines"]


def schema(text: str, **bounds: Any) -> Meta:
    """The description of a field for OpenAPI. bounds: JSON Schema keywords, which msgspec does not check."""
    return Meta(description=text, extra_json_schema=bounds or None)


class RequestModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all bodies and their parts. Unknown fields are errors."""


# -- the music ---------------------------------------------------------------------------------------------

Tick = Annotated[int, schema("A time in ticks.", minimum=0, maximum=2**40)]
Ticks = Annotated[int, schema("A length in ticks, as it sounds.", minimum=1, maximum=2**40)]
TicksPerQuarter = Annotated[
    int,
    schema(
        "A multiple of 4.",
        minimum=MIN_TICKS,
        maximum=MAX_TICKS,
        multipleOf=MIN_TICKS,
        default=DEFAULT_TICKS,
    ),
]

Fifths = Annotated[
    int, schema("The key signature: sharps, or flats where it is negative.", minimum=-7, maximum=7)
]


class Bar(RequestModel, frozen=True, kw_only=True):
    """A measure."""

    number: Annotated[str | int, schema("The measure's number, as printed.")]
    tick: Tick
    ticks: Ticks
    meter: Annotated[str, schema("Such as 3/4.", pattern=r"^[0-9]{1,2}/(1|2|4|8|16|32)$")] = "4/4"
    fifths: Fifths = 0
    mode: Mode | None = None


class SungSyllable(RequestModel, frozen=True, kw_only=True):
    """A syllable of a further verse."""

    verse: Annotated[int, schema("From 2 on.", minimum=2, maximum=MAX_VERSE)]
    lyric: Annotated[str, schema("One syllable.", maxLength=MAX_WORD)]
    syllabic: Syllabic | None = None


class MusicEvent(RequestModel, frozen=True, kw_only=True):
    """A written note, or a rest if it has no pitch."""

    tick: Tick
    ticks: Ticks
    pitch: Annotated[int, schema("A MIDI number, 60 for C4.", minimum=0, maximum=127)] | None = None
    spelling: Annotated[str, schema("Such as F#4; it must sound like the pitch.")] | None = None
    tie: Annotated[bool, schema("It is tied to the next event.")] = False
    fermata: bool = False
    lyric: Annotated[str, schema("One syllable.", maxLength=MAX_WORD)] | None = None
    syllabic: Syllabic | None = None
    verses: Annotated[
        tuple[SungSyllable, ...], schema("The syllables of further verses.", maxItems=MAX_VERSE)
    ] = ()


class HarmonyEvent(RequestModel, frozen=True, kw_only=True):
    """The harmony of a stretch, in one of three ways; without any of them nothing is asked there."""

    tick: Tick
    ticks: Ticks
    symbol: Annotated[str, schema("A chord symbol, such as D7/F#.", maxLength=MAX_WORD)] | None = None
    numeral: (
        Annotated[str, schema("A Roman numeral of the home key, such as V65/V.", maxLength=MAX_WORD)] | None
    ) = None
    figures: (
        Annotated[str, schema("Figures over the given bass, such as 65; 0 is a triad.", maxLength=MAX_WORD)]
        | None
    ) = None


class GivenLine(RequestModel, frozen=True, kw_only=True):
    """One voice of the ensemble."""

    voice: VoiceName
    events: Annotated[
        tuple[MusicEvent, ...], schema("In order of time; none begins before the previous one ends.")
    ] = ()


Bars = Annotated[
    tuple[Bar, ...], schema("In order of time, without gaps.", minItems=1, maxItems=MAX_MEASURES)
]
Lines = Annotated[tuple[GivenLine, ...], schema("Each voice at most once.", maxItems=MAX_VOICES)]
LinesEnsemble = Annotated[
    str, schema("Whose voices the lines are, as for tasks.", minLength=1, maxLength=MAX_WORD)
]

# -- the document ------------------------------------------------------------------------------------------

Text = Annotated[str, schema("MusicXML, as text; send either this or base64.")]
Base64 = Annotated[str, schema("MusicXML, compressed MusicXML, MIDI or ABC, in base64.")]
FileName = Annotated[
    str,
    schema("The file's name, for messages; its ending tells the format.", minLength=1, maxLength=MAX_NAME),
]

# -- the bodies --------------------------------------------------------------------------------------------


class BodyWithId(RequestModel, frozen=True, kw_only=True):
    """The base of all bodies."""

    id: Annotated[str, schema("The client's own id for the request.", pattern=f"^{ID.pattern}$")] | None = (
        None
    )


Body = TypeVar("Body", bound=BodyWithId)


class ComposeFields(BodyWithId, frozen=True, kw_only=True):
    """The fields of ``ComposeBody`` beside its settings."""

    ticks_per_quarter: TicksPerQuarter = DEFAULT_TICKS
    ties: Annotated[Ties, schema("Where the client can write ties.")] = "anywhere"
    lyrics: Annotated[bool, schema("The same as the words all: new voices get those of a given voice.")] = (
        False
    )
    harmony: Annotated[
        tuple[HarmonyEvent, ...],
        schema("The harmony to keep to, in any order, without overlaps.", maxItems=MAX_NOTES),
    ] = ()


class NotesFields(ComposeFields, frozen=True, kw_only=True):
    """The fields of ``NotesBody`` beside its settings."""

    measures: Bars
    voices: Lines
    others: Annotated[
        tuple[MusicEvent, ...],
        schema(
            "What sounds beside the choir, in any order; new voices follow it where accompaniment is heard."
        ),
    ] = ()


class CheckBody(BodyWithId, frozen=True, kw_only=True):
    """Notes to check for faults."""

    ticks_per_quarter: TicksPerQuarter = DEFAULT_TICKS
    measures: Bars
    voices: Lines
    ensemble: LinesEnsemble | None = None


class DrawnLine(RequestModel, frozen=True, kw_only=True):
    """One voice of one staff of a score, as far as it tells which voice of an ensemble it is."""

    part: Annotated[str, schema("The name of its part.", maxLength=MAX_NAME)]
    part_number: Annotated[int, schema("Which part, from 1 at the top.", minimum=1, maximum=MAX_LINES)]
    staff: Annotated[int, schema("From 0 at the top.", minimum=0, maximum=MAX_LINES)]
    words: Annotated[bool, schema("Whether it has lyrics.")] = False
    chords: Annotated[int, schema("How many of its notes are chords.", minimum=0, maximum=MAX_NOTES)] = 0
    notes: Annotated[
        tuple[tuple[int, int], ...],
        schema("[pitch, ticks] of each note; of a chord the highest.", maxItems=MAX_NOTES),
    ] = ()


class LinesBody(BodyWithId, frozen=True, kw_only=True):
    """The lines of a score, from the top, to be told which voices they are."""

    lines: Annotated[tuple[DrawnLine, ...], schema("From the top.", minItems=1, maxItems=MAX_LINES)]
    ensemble: LinesEnsemble | None = None


class ReadBody(BodyWithId, frozen=True, kw_only=True):
    """A document."""

    document: Text | None = None
    base64: Base64 | None = None
    name: FileName = DEFAULT_NAME


class ExportBody(ReadBody, frozen=True, kw_only=True):
    """A document that is wanted as a file of another kind."""

    kind: Annotated[ExportName, schema("Which kind, as /v1/exports lists them.")]


class PackedBody(BodyWithId, frozen=True, kw_only=True):
    """A request as ripieno's own commands make it."""

    version: Annotated[str, schema("The version of ripieno that packed it; no other version reads it.")]
    request: Annotated[str, schema("The request, in base64.")]


class ReadLinesBody(ReadBody, frozen=True, kw_only=True):
    """A document whose lines are wanted."""

    melody: (
        Annotated[str, schema("The line that is the melody, as for tasks.", minLength=1, maxLength=MAX_WORD)]
        | None
    ) = None
    ensemble: LinesEnsemble | None = None


class ReadTuneBody(ReadLinesBody, frozen=True, kw_only=True):
    """A document whose lines are wanted, of an ABC file one of its tunes."""

    tune: (
        Annotated[str, schema("The tune of an ABC file, as for tasks.", minLength=1, maxLength=MAX_WORD)]
        | None
    ) = None
    phrases: Annotated[str, schema("Where the phrases of its melody end, as for tasks.")] | None = None


MAX_NOTE_PLACE = 10_000_000
MAX_MOVE = 127  # lines and spaces, or semitones


class MoveNoteBody(ReadLinesBody, frozen=True, kw_only=True):
    """A note of a document, and where it goes."""

    note: Annotated[
        int,
        schema(
            "Its place among all <note> elements of the document, from 0.", minimum=0, maximum=MAX_NOTE_PLACE
        ),
    ]
    steps: Annotated[
        int,
        schema(
            "Lines and spaces up or down; the key says the accidental.", minimum=-MAX_MOVE, maximum=MAX_MOVE
        ),
    ] = 0
    semitones: Annotated[
        int,
        schema("Semitones up or down, spelled as the key spells them.", minimum=-MAX_MOVE, maximum=MAX_MOVE),
    ] = 0


class ChordsFields(ReadLinesBody, frozen=True, kw_only=True):
    """The fields of ``ChordsBody`` beside its settings."""

    selection: Annotated[tuple[float, float], schema("From when to when, in quarters.")]
    chord: Annotated[str, schema("A chord symbol to be read, as D7/F#.", maxLength=MAX_WORD)] | None = None


# -- the bodies of tasks -----------------------------------------------------------------------------------


def with_settings(name: str, doc: str, base: type[Body], settings: Iterable[Setting]) -> type[Body]:
    """A body that has these settings beside the fields of ``base``. doc: its docstring, also for OpenAPI."""
    made = msgspec.defstruct(
        name,
        setting_fields(settings),
        bases=(base,),
        module=__name__,
        namespace={"__doc__": doc},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return cast("type[Body]", made)


TASK_SETTINGS = tuple(setting for setting in HTTP_SETTINGS.values() if setting.of_request)
DOCUMENT_SETTINGS = tuple(setting for setting in HTTP_SETTINGS.values() if setting.of_document)
COMPOSE_DOCUMENT_SETTINGS = tuple(setting for setting in DOCUMENT_SETTINGS if "compose" in setting.tasks)

ComposeBody = with_settings(
    "ComposeBody", "A task without given notes, answered in notes.", ComposeFields, TASK_SETTINGS
)
NotesBody = with_settings("NotesBody", "A task on notes.", NotesFields, TASK_SETTINGS)
ComposeDocumentBody = with_settings(
    "ComposeDocumentBody",
    "A task without given notes, answered in a document.",
    BodyWithId,
    (*TASK_SETTINGS, *COMPOSE_DOCUMENT_SETTINGS),
)
DocumentBody = with_settings(
    "DocumentBody", "A task on a document.", ReadBody, (*TASK_SETTINGS, *DOCUMENT_SETTINGS)
)
ChordsBody = with_settings(
    "ChordsBody",
    "A stretch of a document for which chords are wanted.",
    ChordsFields,
    [HTTP_SETTINGS[name] for name in ("model", "given", "key", "phrases")],
)
BODIES = (
    ComposeBody,
    NotesBody,
    CheckBody,
    LinesBody,
    ComposeDocumentBody,
    DocumentBody,
    ReadBody,
    ReadTuneBody,
    ExportBody,
    MoveNoteBody,
    ChordsBody,
    PackedBody,
)


# -- decoding ----------------------------------------------------------------------------------------------


class BodyError(RipienoError):
    """A body that is not JSON, or has a field that is unknown, missing or of a wrong type."""

    code = "bad_message"


def parse_body(data: bytes, body_type: type[Body]) -> Body:
    """The body. Raises BodyError, which says which field is wrong and how."""
    try:
        body = msgspec.json.decode(data, type=body_type)
    except msgspec.ValidationError as exc:
        raise BodyError(explain(str(exc), body_type)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        why = "it is empty" if not data.strip() else "it is cut off or malformed"
        raise BodyError(f"the body is not JSON in UTF-8: {why}; {HINT}") from exc
    check_id_and_length(body)
    return body


def check_id_and_length(body: BodyWithId) -> None:
    """Raise BodyError for an id that cannot be part of an address, and for too many notes."""
    if body.id is not None and not ID.fullmatch(body.id):
        raise BodyError(
            f"id must be up to {MAX_ID} letters, digits, - and _; choose another, or leave it out"
        )
    if isinstance(body, ComposeFields) and len(body.harmony) > MAX_NOTES:
        raise BodyError(f"more than {MAX_NOTES} chords in harmony; send a section at a time")
    others = len(body.others) if isinstance(body, NotesFields) else 0
    if (
        isinstance(body, NotesFields | CheckBody)
        and others + sum(len(line.events) for line in body.voices) > MAX_NOTES
    ):
        raise BodyError(f"more than {MAX_NOTES} notes and rests; send a section at a time")


# -- errors of msgspec in plain words ----------------------------------------------------------------------


TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object with fields",
    "null": "null",
}
FAULT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`| of length (\d+))")


def explain(fault: str, body_type: type[BodyWithId]) -> str:
    """A message of msgspec in the words of docs/protocol.md, for the author of the client."""
    found = FAULT.fullmatch(fault)
    assert found is not None, "it matches anything"
    what, path = found["what"], found["path"] or ""
    at = short(path) or "the body"
    name = re.sub(r"\[(\d+|\.\.\.)\]$", "", path).rpartition(".")[2]
    if match := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        near = difflib.get_close_matches(match[1], field_names(body_type), n=1, cutoff=0.7)
        hint = f'is "{near[0]}" meant?' if near and near[0] != match[1] else HINT
        return f'there is no field "{short(match[1])}" in {at}; {hint}'
    if match := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f'there is no "{match[1]}" in {at}; {HINT}'
    if what.startswith("Invalid enum value"):
        return f"{at} cannot be {short(what[19:])}; it is {' or '.join(choices()[name])}"
    return f"{at} {explain_type(what)}; {HINT}"


def explain_type(what: str) -> str:
    """A message of msgspec about a value of a wrong type, as the end of a sentence."""
    match = EXPECTED.fullmatch(what)
    if match is None:
        return f"cannot be read: {short(what)}"
    if match[3]:
        return f"must have {match[3]} values"
    if what == "Expected `int`, got `float`":
        return "must be a whole number, without a fraction"
    wanted = " or ".join(TYPES.get(kind, kind) for kind in match[1].split(" | "))
    return f"must be {wanted}, not {TYPES.get(match[2], match[2])}"


@cache
def field_names(body_type: type[BodyWithId]) -> tuple[str, ...]:
    """The fields of a body and of its parts."""
    fields = body_type.__struct_fields__
    notes = (Bar, MusicEvent, GivenLine) if "measures" in fields else ()
    harmony = (HarmonyEvent,) if "harmony" in fields else ()
    parts = (body_type, *notes, *harmony)
    return tuple(dict.fromkeys(name for part in parts for name in part.__struct_fields__))


@cache
def choices() -> dict[str, tuple[str, ...]]:
    """Field -> the words that it takes, for the fields that take only some words."""
    found = {
        "mode": get_args(Mode),
        "syllabic": get_args(Syllabic),
        "ties": get_args(Ties),
        "kind": get_args(ExportName),
    }
    for setting in HTTP_SETTINGS.values():
        match setting.kind:
            case Choice(choice):
                found[key_of(setting)] = choice
            case Transposition():
                found[key_of(setting)] = ("auto", "a whole number")
    return found
