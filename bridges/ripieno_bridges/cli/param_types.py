"""What the options of the command line take: voices, keys, meters, measures, as musicians write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ripieno.errors import RequestError, RipienoError
from ripieno_bridges.api.kinds import (
    Choice,
    EnsembleName,
    HarmonyText,
    Kind,
    Number,
    Text,
    Transposition,
    Whole,
)
from ripieno_bridges.api.music_text import measures_named

SCORE_FILE = click.Path(path_type=Path, readable=False)  # whoever reads it says what is wrong with it


def param_type(kind: Kind) -> click.ParamType[Any]:  # noqa: PLR0911 (one for each kind)
    """The type of an option for a setting of this kind."""
    match kind:
        case Choice(words):
            return click.Choice(list(words))
        case Whole(low, high):
            return WholeNumber(int(low), int(high))
        case Number(low, high, above):
            return AnyNumber(low, high, min_open=above)
        case Transposition(most):
            return Semitones(most)
        case HarmonyText():
            return HarmonyOrFile(kind)
        case EnsembleName():
            return EnsembleOrFile(kind)
    return click.STRING if isinstance(kind, Text) and kind.read is str else Word(kind)


class WholeNumber(click.IntRange):
    """A whole number between bounds, called so in messages and in the help."""

    name = "whole number"


class AnyNumber(click.FloatRange):
    """A number between bounds."""

    name = "number"


class Word(click.ParamType[Any]):
    """A word of the field, such as a key, read as its kind reads it."""

    def __init__(self, kind: Kind) -> None:
        self.name, self._kind = kind.name, kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What the word means."""
        if not isinstance(value, str):
            return value
        try:
            return self._kind.parse(value)
        except RequestError as exc:
            self.fail(str(exc), param, ctx)


class HarmonyOrFile(Word):
    """A text of harmony, or the name of a file with one in it, or of chords, of a ChordPro file."""

    def __init__(self, kind: HarmonyText) -> None:
        super().__init__(kind)
        self._what = kind.what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The measures that are asked for; a ``File`` where chords stand over words."""
        from ripieno_bridges.formats.chordpro.chord_file import names_chord_file, read_chord_file

        if not isinstance(value, str) or not names_chord_file(value, self._what):
            return super().convert(value, param, ctx)
        try:
            return read_chord_file(Path(value), self._what)
        except RipienoError as exc:
            self.fail(str(exc), param, ctx)


class EnsembleOrFile(Word):
    """The name of an ensemble, or of a TOML file with one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The ensemble."""
        from ripieno_bridges.formats.ensemble_file import ensemble_or_file

        if not isinstance(value, str):
            return value
        try:
            return ensemble_or_file(value)
        except RipienoError as exc:
            self.fail(str(exc), param, ctx)


class MeasureSpan(click.ParamType[tuple[str, str]]):
    """Measures by their printed numbers: 5-8, or 5."""

    name = "measures"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """(first, last)"""
        if isinstance(value, tuple):
            return value
        try:
            return measures_named(str(value))
        except RequestError as exc:
            self.fail(str(exc), param, ctx)


class Semitones(click.ParamType["str | int"]):
    """Semitones, at most so many up or down; or "auto"."""

    name = "semitones|auto"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Semitones as an int, or "auto"."""
        if value == "auto":
            return "auto"
        try:
            semitones = int(value)
        except ValueError:
            semitones = self._most + 1
        if abs(semitones) > self._most:
            self.fail(f'"{value}": say auto, or semitones from -{self._most} to {self._most}', param, ctx)
        return semitones
