"""The kinds of values that settings take: how each is written, bounded and read.

``parse`` reads a value that came as a word or a number (OSC, the name of a clip); it raises ValueError, or a
RequestError where there are better words. ``from_json`` turns a value of the right JSON type into what a
``Request`` holds; bounds are checked later, with the whole request (``api.checks``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from ripieno.errors import RequestError, number_text
from ripieno.harmony.progression_text import Progression, ProgressionKind, parse_progression
from ripieno.score import Meter
from ripieno_bridges.api.music_text import (
    MeasurePlace,
    beats,
    in_choir_order,
    measure_places,
    usual_spelling,
    voice_name,
    voices_named,
)

Argument = int | float | str

NUMERAL = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})")
MAX_WORD = 100  # letters


def number(value: Argument) -> float:
    """A number, which may come as text. Raises ValueError."""
    if isinstance(value, str) and not NUMERAL.fullmatch(value):
        raise ValueError(value)
    return float(value)


def argument_text(value: Argument) -> str:
    """A value as one would write it: 6, where Pure Data sends 6.0."""
    return number_text(value) if isinstance(value, float) else str(value)


def whole(value: Argument) -> int:
    """A whole number, which may come as a float or as text. Raises ValueError."""
    exact = number(value)
    if not exact.is_integer():
        raise ValueError(value)
    return int(exact)


class Kind(Protocol):
    """What every kind has.

    name: of the kind, for programs. allowed: the values as documents and messages write them. in_json: the
    same for JSON.
    """

    @property
    def name(self) -> str: ...

    @property
    def allowed(self) -> str: ...

    @property
    def in_json(self) -> str: ...

    def parse(self, value: Argument) -> Any: ...

    def from_json(self, value: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number from low to high. above: low itself is too low."""

    low: float
    high: float
    above: bool = False
    name = "number"
    unit = 1  # of a value, as a ``Request`` holds it

    @property
    def allowed(self) -> str:
        return f"{number_text(self.low)}-{number_text(self.high)}"

    @property
    def in_json(self) -> str:
        return self.allowed

    def contains(self, value: float) -> bool:
        """Whether a value is in bounds; NaN is not."""
        return self.low <= value <= self.high and not (self.above and value == self.low)

    def parse(self, value: Argument) -> Any:
        """The number. What came as a 32-bit float is what the sender meant: 0.3, not 0.30000001192."""
        found = float(f"{number(value):.7g}")
        if not self.contains(found):
            raise ValueError(value)
        return self.from_json(found)

    def from_json(self, value: float) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class Whole(Number):
    """A whole number from low to high."""

    name = "whole"

    def parse(self, value: Argument) -> Any:
        found = whole(value)
        if not self.contains(found):
            raise ValueError(value)
        return self.from_json(found)


@dataclass(frozen=True, slots=True)
class Beats(Number):
    """A time in quarters, which a ``Request`` holds as a Fraction."""

    name = "beats"
    allowed = "beats"
    in_json = "quarters"

    def from_json(self, value: float) -> Fraction:
        return beats(value)


@dataclass(frozen=True, slots=True)
class Milliseconds(Number):
    """A time in milliseconds, which a ``Request`` holds in seconds."""

    name = "milliseconds"
    allowed = in_json = "milliseconds"
    unit = 1000

    def from_json(self, value: float) -> float:
        """Raises RequestError where it is out of bounds."""
        if not self.contains(value):
            fault = f"a deadline of {number_text(value)} milliseconds is impossible"
            raise RequestError(f"{fault}; give more than {number_text(self.low)} to {number_text(self.high)}")
        return value / self.unit


@dataclass(frozen=True, slots=True)
class BeatsPerBar(Whole):
    """How many quarters a measure has, which a ``Request`` holds as a meter."""

    name = "beats_per_bar"

    def from_json(self, value: float) -> Meter:
        return Meter(int(value), 4)


@dataclass(frozen=True, slots=True)
class Switch(Whole):
    """On or off: 1 or 0."""

    low: float = 0
    high: float = 1
    name = "switch"
    allowed = "0 or 1"
    in_json = "true or false"

    def from_json(self, value: float) -> bool:
        return bool(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]
    name = "choice"

    @property
    def allowed(self) -> str:
        return " or ".join(self.words)

    @property
    def in_json(self) -> str:
        return self.allowed

    def parse(self, value: Argument) -> str:
        found = usual_spelling(str(value).strip().lower())
        if found not in self.words:
            raise ValueError(value)
        return found

    def from_json(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """A short text, such as a key. read: what it means; raises RequestError where it means nothing."""

    allowed: str
    name: str
    read: Callable[[str], Any] = str

    @property
    def in_json(self) -> str:
        return self.allowed

    def parse(self, value: Argument) -> Any:
        if len(str(value)) > MAX_WORD:
            raise ValueError(value)
        return self.read(str(value))

    def from_json(self, value: str) -> Any:
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Places:
    """Places of a score by measure and beat, as musicians write them: "4, 8, 12.3"; or "none"."""

    allowed: str
    name = "places"

    @property
    def in_json(self) -> str:
        return self.allowed

    def parse(self, value: Argument) -> tuple[MeasurePlace, ...]:
        """Commas or spaces part them: a comma ends a message of Pure Data's. Raises RequestError."""
        return measure_places(argument_text(value))

    def from_json(self, value: str) -> tuple[MeasurePlace, ...]:
        """Raises RequestError."""
        return measure_places(value)


@dataclass(frozen=True, slots=True)
class HarmonyText:
    """The harmony of a piece, measure by measure. what: its words are chords, numerals or figures."""

    allowed: str
    what: ProgressionKind
    name = "harmony"

    @property
    def in_json(self) -> str:
        return self.allowed

    def parse(self, value: Argument) -> Progression:
        """A number is one figure. Raises RequestError."""
        return parse_progression(argument_text(value), self.what)

    def from_json(self, value: str) -> Progression:
        """Raises RequestError."""
        return parse_progression(value, self.what)


@dataclass(frozen=True, slots=True)
class Voices:
    """Some of an ensemble's voices, at least one; those of a mixed choir highest first."""

    allowed: str
    name = "voices"
    in_json = "list of voices"

    def parse(self, value: Argument) -> tuple[str, ...]:
        """Commas or spaces part them: a comma ends a message of Pure Data's."""
        return voices_named(str(value))

    def from_json(self, value: Sequence[str]) -> tuple[str, ...]:
        return in_choir_order(map(voice_name, value))


@dataclass(frozen=True, slots=True)
class Selection:
    """From when to when; a pair of numbers, whose unit depends on where it stands."""

    name = "selection"
    allowed = in_json = "[start, end]"

    def parse(self, value: Argument) -> Any:
        """A word or a number is no pair."""
        raise ValueError(value)

    def from_json(self, value: tuple[float, float]) -> tuple[float, float]:
        return value


@dataclass(frozen=True, slots=True)
class NotePlaces:
    """Single notes: each a voice and when the note begins; the unit of times depends on where it stands."""

    name = "note_places"
    allowed = in_json = "list of [voice, onset]"

    def parse(self, value: Argument) -> Any:
        """A word or a number is no list."""
        raise ValueError(value)

    def from_json(self, value: Sequence[tuple[str, Fraction]]) -> tuple[tuple[str, Fraction], ...]:
        return tuple(value)


@dataclass(frozen=True, slots=True)
class Transposition:
    """Semitones up or, below zero, down, at most so many; or "auto"."""

    most: int
    name = "transposition"
    allowed = in_json = "semitones or `auto`"

    def parse(self, value: Argument) -> int | str:
        if value == "auto":
            return "auto"
        found = whole(value)
        if abs(found) > self.most:
            raise ValueError(value)
        return found

    def from_json(self, value: int | str) -> int | str:
        return value


@dataclass(frozen=True, slots=True)
class NamedNumbers:
    """Numbers by name: ``steps=120,rate=0.1``; which names there are, the model says."""

    allowed: str
    name = "named_numbers"
    in_json = "object of numbers"

    def parse(self, value: Argument) -> dict[str, float]:
        """Commas or spaces part them."""
        pairs = [part.partition("=") for part in str(value).replace(",", " ").split()]
        if not pairs:
            raise ValueError(value)
        return {name: number(text) for name, _, text in pairs}

    def from_json(self, value: Mapping[str, float]) -> dict[str, float]:
        return dict(value)
