"""What a request's body may hold, and the reading of it: bytes -> one of these, or a fault in plain words.

What is checked here is the shape. What the notes and numbers mean is checked by ``reading``, ``asks`` and the
service, which know better words for it; the bounds that stand here are told to programs by ``openapi``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

import msgspec
from msgspec import Meta

from ripieno.errors import RipienoError, short
from ripieno_bridges.api.kinds import MAX_WORD, Choice, Transposition, Voices
from ripieno_bridges.api.settings import Setting
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES
from ripieno_bridges.formats.note_lists import MAX_NOTES
from ripieno_bridges.http_server.setting_fields import SETTINGS, key_of, setting_fields

MAX_ID = 64
MAX_NAME = 255  # letters of a file's name
USUAL_TICKS = 480
MIN_TICKS, MAX_TICKS = 4, 100_800  # in a quarter; new notes stand on its fourths
USUAL_NAME = "score.musicxml"
ID = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_ID}}}")
SEE = "docs/protocol.md says what a body holds"

VoiceName = Literal["soprano", "alto", "tenor", "bass"]
Syllabic = Literal["single", "begin", "middle", "end"]
Mode = Literal["major", "minor"]
Ties = Literal["anywhere", "barlines"]


def said(text: str, **bounds: Any) -> Meta:
    """What a field is, for programs. bounds: in JSON Schema's words; they are checked elsewhere."""
    return Meta(description=text, extra_json_schema=bounds or None)


class RequestModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of them are: without a field that is not known."""


# -- the music ---------------------------------------------------------------------------------------------

Tick = Annotated[int, said("A time, in ticks.", minimum=0, maximum=2**40)]
Ticks = Annotated[int, said("A true length, in ticks.", minimum=1, maximum=2**40)]
TicksPerQuarter = Annotated[
    int,
    said(
        "A multiple of 4.",
        minimum=MIN_TICKS,
        maximum=MAX_TICKS,
        multipleOf=MIN_TICKS,
        default=USUAL_TICKS,
    ),
]

Fifths = Annotated[int, said("Sharps, or, below zero, flats.", minimum=-7, maximum=7)]


class Bar(RequestModel, frozen=True, kw_only=True):
    """A measure."""

    number: Annotated[str | int, said("As printed.")]
    tick: Tick
    ticks: Ticks
    meter: Annotated[str, said("Such as 3/4.", pattern=r"^[0-9]{1,2}/(1|2|4|8|16|32)$")] = "4/4"
    fifths: Fifths = 0
    mode: Mode | None = None


class MusicEvent(RequestModel, frozen=True, kw_only=True):
    """A written note, or a rest where it has no pitch."""

    tick: Tick
    ticks: Ticks
    pitch: Annotated[int, said("A MIDI number, 60 for C4.", minimum=0, maximum=127)] | None = None
    spelling: Annotated[str, said("Such as F#4; it sounds as the pitch.")] | None = None
    tie: Annotated[bool, said("It is tied to the next event.")] = False
    fermata: bool = False
    lyric: Annotated[str, said("One syllable.", maxLength=MAX_WORD)] | None = None
    syllabic: Syllabic | None = None


class GivenLine(RequestModel, frozen=True, kw_only=True):
    """One voice of the choir."""

    voice: VoiceName
    events: Annotated[tuple[MusicEvent, ...], said("In order, none before the one before it has ended.")] = ()


Bars = Annotated[tuple[Bar, ...], said("In order, without a gap.", minItems=1, maxItems=MAX_MEASURES)]
Lines = Annotated[tuple[GivenLine, ...], said("Each voice once.", maxItems=4)]

# -- the document ------------------------------------------------------------------------------------------

Text = Annotated[str, said("MusicXML; this or base64.")]
Base64 = Annotated[str, said("MusicXML, compressed MusicXML or MIDI, in base64.")]
FileName = Annotated[str, said("For messages; its ending tells the kind.", minLength=1, maxLength=MAX_NAME)]

# -- the bodies --------------------------------------------------------------------------------------------


class Named(RequestModel, frozen=True, kw_only=True):
    """What every body may have."""

    id: Annotated[str, said("The sender's name for the request.", pattern=f"^{ID.pattern}$")] | None = None


Kind = TypeVar("Kind", bound=Named)


class ComposeFields(Named, frozen=True, kw_only=True):
    """A task without given notes, answered in notes."""

    ticks_per_quarter: TicksPerQuarter = USUAL_TICKS
    ties: Annotated[Ties, said("Where the sender can make ties.")] = "anywhere"
    lyrics: Annotated[bool, said("New voices get the words of the given one that has them.")] = False


class NotesFields(ComposeFields, frozen=True, kw_only=True):
    """A task on notes."""

    measures: Bars
    voices: Lines


class CheckBody(Named, frozen=True, kw_only=True):
    """Notes to look for faults in."""

    ticks_per_quarter: TicksPerQuarter = USUAL_TICKS
    measures: Bars
    voices: Lines


class ReadBody(Named, frozen=True, kw_only=True):
    """A document."""

    document: Text | None = None
    base64: Base64 | None = None
    name: FileName = USUAL_NAME


# -- the bodies of tasks -----------------------------------------------------------------------------------


def with_settings(name: str, base: type[Kind], settings: Iterable[Setting]) -> type[Kind]:
    """A body with the settings beside its own fields."""
    made = msgspec.defstruct(
        name,
        setting_fields(settings),
        bases=(base,),
        module=__name__,
        namespace={"__doc__": base.__doc__},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return cast("type[Kind]", made)


OF_TASKS = tuple(setting for setting in SETTINGS.values() if setting.of_request)
OF_DOCUMENTS = tuple(setting for setting in SETTINGS.values() if setting.of_document)
OF_NEW_DOCUMENTS = tuple(setting for setting in OF_DOCUMENTS if "compose" in setting.tasks)

ComposeBody = with_settings("ComposeBody", ComposeFields, OF_TASKS)
NotesBody = with_settings("NotesBody", NotesFields, OF_TASKS)
ComposeDocumentBody = with_settings("ComposeDocumentBody", Named, (*OF_TASKS, *OF_NEW_DOCUMENTS))
DocumentBody = with_settings("DocumentBody", ReadBody, (*OF_TASKS, *OF_DOCUMENTS))
BODIES = (ComposeBody, NotesBody, CheckBody, ComposeDocumentBody, DocumentBody, ReadBody)


# -- reading -----------------------------------------------------------------------------------------------


class BodyError(RipienoError):
    """A body that is no JSON, or has a field that is unknown, missing or of a wrong kind."""

    code = "bad_message"


def read_body(data: bytes, kind: type[Kind]) -> Kind:
    """The body. Raises BodyError, which says which field is wrong and how."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as exc:
        raise BodyError(in_words(str(exc), kind)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        why = "it is empty" if not data.strip() else "it breaks off, or has signs that JSON does not have"
        raise BodyError(f"the body is no JSON in UTF-8: {why}; {SEE}") from exc


KINDS = {
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


def in_words(fault: str, kind: type[Named]) -> str:
    """What msgspec says of a body of that kind, for whoever writes the program that sent it."""
    found = FAULT.fullmatch(fault)
    assert found is not None, "it matches anything"
    what, path = found["what"], found["path"] or ""
    at = short(path) or "the body"
    name = re.sub(r"\[(\d+|\.\.\.)\]$", "", path).rpartition(".")[2]
    if match := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        near = difflib.get_close_matches(match[1], fields(kind), n=1, cutoff=0.7)
        hint = f'is "{near[0]}" meant?' if near and near[0] != match[1] else SEE
        return f'there is no field "{short(match[1])}" in {at}; {hint}'
    if match := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f'there is no "{match[1]}" in {at}; {SEE}'
    if what.startswith("Invalid enum value"):
        return f"{at} cannot be {short(what[19:])}; it is {' or '.join(words()[name])}"
    return f"{at} {wrong_kind(what)}; {SEE}"


def wrong_kind(what: str) -> str:
    """What msgspec says of a value, as the end of a sentence."""
    match = EXPECTED.fullmatch(what)
    if match is None:
        return f"cannot be read: {short(what)}"
    if match[3]:
        return f"must have {match[3]} values"
    if what == "Expected `int`, got `float`":
        return "must be a whole number, without a fraction"
    wanted = " or ".join(KINDS.get(kind, kind) for kind in match[1].split(" | "))
    return f"must be {wanted}, not {KINDS.get(match[2], match[2])}"


@cache
def fields(kind: type[Named]) -> tuple[str, ...]:
    """Every field that such a body or a part of it may have."""
    parts = (Bar, MusicEvent, GivenLine) if "measures" in kind.__struct_fields__ else ()
    return tuple(dict.fromkeys(name for part in (kind, *parts) for name in part.__struct_fields__))


@cache
def words() -> dict[str, tuple[str, ...]]:
    """The words that a field takes, for those that take no others."""
    voices = get_args(VoiceName)
    choices = {
        "voice": voices,
        "mode": get_args(Mode),
        "syllabic": get_args(Syllabic),
        "ties": get_args(Ties),
    }
    for setting in SETTINGS.values():
        match setting.kind:
            case Choice(choice):
                choices[key_of(setting)] = choice
            case Voices():
                choices[key_of(setting)] = voices
            case Transposition():
                choices[key_of(setting)] = ("auto", "a whole number")
    return choices


def check_lengths(body: Named) -> None:
    """Raise BodyError for an id that cannot stand in an address, and for more notes than are read."""
    if body.id is not None and not ID.fullmatch(body.id):
        raise BodyError(
            f"id must be up to {MAX_ID} letters, digits, - and _; choose another, or leave it out"
        )
    if (
        isinstance(body, NotesFields | CheckBody)
        and sum(len(line.events) for line in body.voices) > MAX_NOTES
    ):
        raise BodyError(f"more than {MAX_NOTES} notes and rests; send a section at a time")
