"""What the options of the command line take: voices, keys, meters, measures, as musicians write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from ripieno.errors import RequestError
from ripieno.score import Key, Meter
from ripieno_bridges.api.music_text import key_named, meter_named, voices_named
from ripieno_bridges.api.requests import MAX_SEMITONES

T = TypeVar("T")


class Words(click.ParamType[T]):
    """A word of the field, read by one of ``words``."""

    def __init__(self, name: str, kind: type, read: Callable[[str], T]) -> None:
        self.name, self._kind, self._read = name, kind, read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """What the word means."""
        if isinstance(value, self._kind):
            return cast("T", value)
        try:
            return self._read(str(value))
        except RequestError as exc:
            self.fail(str(exc), param, ctx)


VOICES = Words("voices", tuple, voices_named)
KEY = Words("key", Key, key_named)
METER = Words("meter", Meter, meter_named)


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
            semitones = MAX_SEMITONES + 1
        if abs(semitones) > MAX_SEMITONES:
            most = MAX_SEMITONES
            self.fail(f'"{value}": say auto, or semitones from -{most} to {most}', param, ctx)
        return semitones
