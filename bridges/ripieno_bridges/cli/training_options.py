"""The engine's table of training options -> options of click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ripieno.training.options import TrainOption

Command = TypeVar("Command", bound=Callable[..., Any])


def training_option(option: TrainOption) -> Callable[[Command], Command]:
    """The decorator that gives a command one of the options."""
    if option.is_argument:
        return click.argument(option.python_name, type=click_type(option))
    more: dict[str, Any] = {}
    if option.default is not None:
        more = {"default": option.default, "show_default": True}
    return click.option(
        *([f"-{option.letter}"] if option.letter else []),
        f"--{option.name}",
        option.python_name,
        type=click_type(option),
        multiple=option.repeatable,
        metavar=option.metavar,
        help=option.help,
        **more,
    )


def click_type(option: TrainOption) -> click.ParamType[Any]:
    """The type that click checks a value against."""
    if option.choices:
        return click.Choice(option.choices)
    if option.kind is int:
        return click.IntRange(option.minimum)
    return click.Path(path_type=Path) if option.kind is Path else click.STRING
