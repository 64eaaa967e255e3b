"""The settings that a client may send for a request: how each is called, and how its value is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

from ripieno.errors import RequestError, short
from ripieno.limits import MAX_ALTERNATIVES, SEEDS
from ripieno.score import Meter
from ripieno_bridges.api.music_text import key_named, meter_named, voices_named
from ripieno_bridges.api.requests import LIMITS, MAX_BEAM, Performers
from ripieno_bridges.formats.note_lists import beats
from ripieno_bridges.osc.arguments import number, whole
from ripieno_bridges.osc.packets import Argument

MAX_NAME = 100  # letters
MAX_BEATS = 4096  # 1024 measures of 4/4


def whole_from(low: float, high: float) -> Callable[[Argument], int]:
    """A reader of whole numbers from low to high."""

    def read(value: Argument) -> int:
        found = whole(value)
        if not low <= found <= high:
            raise ValueError(value)
        return found

    return read


def number_from(
    low: float, high: float, *, per: float = 1, above: bool = False
) -> Callable[[Argument], float]:
    """A reader of numbers from low to high, which are divided by ``per``. above: low itself is too low.

    What came as a 32-bit float is what the sender meant: 0.3, not 0.30000001192.
    """

    def read(value: Argument) -> float:
        found = float(f"{number(value):.7g}")
        if not low <= found <= high or (above and found == low):
            raise ValueError(value)
        return found / per

    return read


def one_of(*words: str) -> Callable[[Argument], str]:
    """A reader of some words."""

    def read(value: Argument) -> str:
        found = str(value).strip().lower()
        if found not in words:
            raise ValueError(value)
        return found

    return read


def model_name(value: Argument) -> str:
    """Any short name; whether there is such a model, the request says."""
    if len(str(value)) > MAX_NAME:
        raise ValueError(value)
    return str(value)


def switch(value: Argument) -> bool:
    return bool(whole_from(0, 1)(value))


def length_in_beats(value: Argument) -> Fraction:
    return beats(number_from(0, MAX_BEATS, above=True)(value))


def pickup_in_beats(value: Argument) -> Fraction:
    return beats(number_from(0, MAX_BEATS)(value))


def quarters_per_bar(value: Argument) -> Meter:
    return Meter(whole_from(1, 32)(value), 4)


def voices_in(value: Argument) -> tuple[str, ...]:
    """Voices with commas or spaces between: a comma ends a message of Pure Data's."""
    return voices_named(",".join(str(value).replace(",", " ").split()))


@dataclass(frozen=True, slots=True)
class Setting:
    """allowed: as ``docs/protocol.md`` has it. read: ValueError or RequestError where a value is not.

    field: where the value belongs, of a Request for the most part.
    """

    allowed: str
    field: str
    read: Callable[[Argument], Any]


SETTINGS: dict[str, Setting] = {
    "model": Setting("name", "model", model_name),
    "bars": Setting("1-512", "bars", whole_from(*LIMITS["bars"])),
    "length": Setting("beats", "length", length_in_beats),
    "meter": Setting("3/4", "meter", lambda value: meter_named(str(value))),
    "beats_per_bar": Setting("1-32", "meter", quarters_per_bar),
    "pickup": Setting("beats", "anacrusis", pickup_in_beats),
    "key": Setting("Bb, f# minor", "key", lambda value: key_named(str(value))),
    "given": Setting("soprano,bass", "given", voices_in),
    "voices": Setting("alto,tenor", "voices", voices_in),
    "amount": Setting("0-1", "amount", number_from(0, 1)),
    "temperature": Setting("0-2", "temperature", number_from(*LIMITS["temperature"])),
    "top_p": Setting("0-1", "top_p", number_from(0, 1, above=True)),
    "beam": Setting(f"1-{MAX_BEAM}", "beam", whole_from(1, MAX_BEAM)),
    "alternatives": Setting(f"1-{MAX_ALTERNATIVES}", "alternatives", whole_from(1, MAX_ALTERNATIVES)),
    "original": Setting("0-1", "original", number_from(0, 1)),
    "seed": Setting(f"0-{SEEDS - 1}", "seed", whole_from(0, SEEDS - 1)),
    "performers": Setting("choir or piano", "performers", one_of(*get_args(Performers))),
    "deadline": Setting("milliseconds", "deadline_seconds", number_from(0, 3_600_000, per=1000, above=True)),
    "stream": Setting("0 or 1", "stream", switch),
    "replace": Setting("0 or 1", "replace", switch),
    "task": Setting("continue or harmonize", "task", one_of("continue", "harmonize")),
}
OURS = ("length", "replace", "task")  # what is no field of a Request, or is said otherwise


def read_setting(name: str, value: Argument, known: Mapping[str, Setting] = SETTINGS) -> tuple[str, Any]:
    """(field, value) of a setting. Raises RequestError, which says what there is, or what it takes."""
    if name not in known:
        raise RequestError(f'there is no setting "{short(name)}"; there are {", ".join(known)}')
    try:
        return known[name].field, known[name].read(value)
    except ValueError as exc:
        said = short(str(value))
        raise RequestError(f'{name} cannot be "{said}"; it takes {known[name].allowed}') from exc
