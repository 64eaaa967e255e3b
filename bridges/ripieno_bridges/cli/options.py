"""Options of the command line, made from the table of settings."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click

from ripieno.score import Meter
from ripieno_bridges.api.checks import check_pickup
from ripieno_bridges.api.kinds import HarmonyText, NamedNumbers, Switch
from ripieno_bridges.api.requests import TaskName
from ripieno_bridges.api.settings import TASKS, Setting, setting_named, settings_of
from ripieno_bridges.cli.completion import completer_of
from ripieno_bridges.cli.param_types import param_type

Command = Callable[..., Any]
SETTINGS = tuple(settings_of("cli").values())
CHORD_FILES = " Or the name of a file: ChordPro (.cho, .chordpro ...) or such a text (.txt)."
TEXT_FILES = " Or the name of a file (.txt) with such a text."
COMMON = tuple(setting for setting in SETTINGS if setting.tasks == TASKS)


def setting_option(name: str, task: TaskName | None = None, **changes: Any) -> Callable[[Command], Command]:
    """The option for a setting. task: whose default it has. changes: as ``click.option`` takes them."""
    return option_of(setting_named(name), task, **changes)


def options_of(task: TaskName) -> Callable[[Command], Command]:
    """The options for all settings that a task uses and others do not."""

    def decorate(command: Command) -> Command:
        for setting in reversed(SETTINGS):
            if setting not in COMMON and task in setting.tasks:
                command = option_of(setting, task)(command)
        return command

    return decorate


def all_options(*left_out: str) -> Callable[[Command], Command]:
    """The options for all settings but some; whoever takes them says which are not for a task."""

    def decorate(command: Command) -> Command:
        for setting in reversed(SETTINGS):
            if setting.name not in left_out:
                command = option_of(setting, None)(command)
        return command

    return decorate


def common_options(command: Command) -> Command:
    """The options for all settings that every task uses."""
    for setting in reversed(COMMON):
        command = option_of(setting, None)(command)
    return command


def option_of(setting: Setting, task: TaskName | None, **changes: Any) -> Callable[[Command], Command]:
    """The option for a setting; its parameter is called as the field that it fills."""
    default = (
        None
        if task is None and not isinstance(setting.default, int | float | str)
        else (setting.default_for(task) if task else setting.default)
    )
    options: dict[str, Any] = {
        "type": param_type(setting.kind),
        "help": setting.help,
        "shell_complete": completer_of(setting.name),
    }
    if isinstance(setting.kind, NamedNumbers):
        options |= {"type": str, "multiple": True, "metavar": "NAME=VALUE"}
    if isinstance(setting.kind, HarmonyText):
        options["help"] += CHORD_FILES if setting.name == "chords" else TEXT_FILES
    if isinstance(setting.kind, Switch):
        options = {"is_flag": True, "help": setting.help}
    elif default is not None:
        options |= {"default": default, "show_default": True}
    elif setting.left_out:
        options["help"] += f" [default: {setting.left_out}]"
    options |= changes
    return click.option(f"--{setting.option or setting.word}", setting.fills, **options)


def pickup_option(help_text: str) -> Callable[[Command], Command]:
    """A pickup in the meter's unit, as musicians count it; see ``pickup_length``."""
    return click.option("--pickup", type=click.IntRange(0, 64), default=0, show_default=True, help=help_text)


def pickup_length(beats: int, meter: Meter) -> Fraction:
    """A pickup of so many of the meter's units, in quarters. Raises RequestError where it is too long."""
    length = beats * Fraction(4, meter.denominator)
    check_pickup(length, meter)
    return length
