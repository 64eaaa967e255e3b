"""What the options of the command line take: voices, keys, meters, measures, as musicians write them."""

from __future__ import annotations

import re
from typing import Any

import click

from ripieno.score import VOICE_NAMES, Key, Meter


class VoiceList(click.ParamType[tuple[str, ...]]):
    """Voices with commas between: soprano,bass."""

    name = "voices"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The voices, highest first, each once."""
        if isinstance(value, tuple):
            return value
        names = {part.strip().lower() for part in str(value).split(",") if part.strip()}
        unknown = sorted(names - set(VOICE_NAMES))
        if unknown or not names:
            self.fail(f'"{value}": name some of {", ".join(VOICE_NAMES)}, with commas between', param, ctx)
        return tuple(name for name in VOICE_NAMES if name in names)


class KeyName(click.ParamType[Key]):
    """A key as musicians write it: D, Eb, f# minor, g."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Key:
        """The key; a small letter alone means minor."""
        if isinstance(value, Key):
            return value
        match = re.fullmatch(r"([A-Ga-g])\s*(#|b|♯|♭)?\s*(major|minor|maj|min|m)?", str(value).strip())
        if match:
            letter, accidental, mode = match.groups()
            minor = mode in ("minor", "min", "m") or (mode is None and letter.islower())
            fifths = "FCGDAEB".index(letter.upper()) - 1 - 3 * minor
            fifths += {None: 0, "#": 7, "♯": 7, "b": -7, "♭": -7}[accidental]
            if abs(fifths) <= 7:
                return Key(fifths, "minor" if minor else "major")
        self.fail(f'"{value}" is no key; write it like D, Bb, "f# minor" or g', param, ctx)
        raise AssertionError


class MeterName(click.ParamType[Meter]):
    """A time signature: 3/4."""

    name = "meter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Meter:
        """The meter."""
        if isinstance(value, Meter):
            return value
        match = re.fullmatch(r"(\d{1,2})/(1|2|4|8|16|32)", str(value).strip())
        if not match or int(match[1]) == 0:
            self.fail(f'"{value}" is no time signature; write it like 3/4', param, ctx)
        return Meter(int(match[1]), int(match[2]))


class MeasureSpan(click.ParamType[tuple[str, str]]):
    """Measures by their printed numbers: 5-8, or 5."""

    name = "measures"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """(first, last)"""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*([^\s-]+)\s*(?:-\s*([^\s-]+)\s*)?", str(value))
        if not match:
            self.fail(f'"{value}": write the measures like 5-8', param, ctx)
        return match[1], match[2] or match[1]


class Transposition(click.ParamType[str | int]):
    """Semitones, or "auto"."""

    name = "semitones|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Semitones as an int, or "auto"."""
        if value == "auto":
            return "auto"
        try:
            semitones = int(value)
        except ValueError:
            semitones = 99
        if abs(semitones) > 24:
            self.fail(f'"{value}": say auto, or semitones from -24 to 24', param, ctx)
        return semitones
