"""The settings as fields of HTTP bodies: rows of ``api.settings`` -> fields of msgspec Structs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from ripieno.ensembles.read import MAX_VOICES
from ripieno_bridges.api.kinds import (
    MAX_WORD,
    Choice,
    HarmonyText,
    NamedNumbers,
    NotePlaces,
    Number,
    Places,
    Selection,
    Switch,
    Transposition,
    Voices,
    Whole,
)
from ripieno_bridges.api.settings import Setting, settings_of

VoiceName = Annotated[
    str,
    Meta(
        max_length=MAX_WORD,
        description="A voice of the ensemble, of a mixed choir soprano, alto, tenor or bass.",
        examples=["alto"],
    ),
]
HTTP_SETTINGS = settings_of("http")


def key_of(setting: Setting) -> str:
    """The key of a setting in a body."""
    return setting.key or setting.name


def setting_fields(settings: Iterable[Setting]) -> list[tuple[str, Any, None]]:
    """The fields of these settings, for ``msgspec.defstruct``. Null means the same as left out."""
    return [(key_of(setting), type_of(setting) | None, None) for setting in settings]


def type_of(setting: Setting) -> Any:
    """The type of a setting in JSON. Its bounds are for OpenAPI only; ``api.checks`` checks them."""
    kind: Any
    bounds: dict[str, Any] = {}
    match setting.kind:
        case Choice(words):
            kind = Literal[words]
        case Voices():
            kind, bounds = tuple[VoiceName, ...], {"minItems": 1, "maxItems": MAX_VOICES}
        case Switch():
            kind = bool
        case Number() as number:
            kind = int if isinstance(number, Whole) else float
            least = "exclusiveMinimum" if number.above else "minimum"
            bounds = {least: number.low, "maximum": number.high}
        case Selection():
            kind = tuple[float, float]
        case NotePlaces():
            kind = tuple[tuple[VoiceName, float], ...]
        case NamedNumbers():
            kind = dict[str, float]
        case Places() | HarmonyText():
            kind = str  # as long as the piece needs
        case Transposition(most):
            semitones = Meta(extra_json_schema={"minimum": -most, "maximum": most})
            kind = Annotated[int, semitones] | Literal["auto"]
        case _:
            kind, bounds = str, {"maxLength": MAX_WORD}
    return Annotated[kind, Meta(description=description(setting), extra_json_schema=bounds or None)]


def description(setting: Setting) -> str:
    """The description of a setting for OpenAPI, with its default in brackets."""
    return f"{setting.help} [{setting.left_out}]" if setting.left_out else setting.help
