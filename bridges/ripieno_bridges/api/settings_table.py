"""The table of settings for people and for programs: as Markdown, and as ``GET /v1/settings`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ripieno_bridges.api.kinds import Choice, Number, Transposition
from ripieno_bridges.api.settings import TASKS, Interface, Setting, settings_of


def markdown_table(interface: Interface) -> str:
    """The settings of OSC or HTTP as docs/protocol.md has them."""
    rows = [markdown_row(setting, interface) for setting in settings_of(interface).values()]
    return "\n".join(("| name | value | tasks | means |", "|---|---|---|---|", *rows)) + "\n"


def markdown_row(setting: Setting, interface: Interface) -> str:
    """A setting as a row."""
    name = setting.key or setting.name if interface == "http" else setting.name
    value = setting.kind.in_json if interface == "http" else setting.kind.allowed
    everywhere = setting.tasks == TASKS or (interface == "osc" and setting.about_given)
    tasks = "all" if everywhere else ", ".join(setting.tasks)
    return f"| `{name}` | {in_cell(value)} | {tasks} | {in_cell(markdown_meaning(setting))} |"


def in_cell(text: str) -> str:
    """A text in a cell of a table, where a bar would begin the next one, in code too."""
    return text.replace("|", r"\|")


def markdown_meaning(setting: Setting) -> str:
    """What a setting means, for which networks, and in brackets what is taken where it is left out."""
    means = setting.help[0].lower() + setting.help[1:].removesuffix(".")
    if setting.families:
        means += f" ({' and '.join(family.upper() for family in setting.families)} only)"
    if setting.left_out:
        means += f" [{setting.left_out}]"
    return means


def as_json(setting: Setting) -> dict[str, Any]:
    """A setting for programs; see ``GET /v1/settings`` in docs/protocol.md."""
    kind = setting.kind
    bounds = kind if isinstance(kind, Number) else None
    words = kind.words if isinstance(kind, Choice) else None
    default = setting.default
    return {
        "name": setting.name,
        "key": setting.key or setting.name,
        "option": setting.option or setting.word if "cli" in setting.interfaces else None,
        "kind": kind.name,
        "minimum": -kind.most if isinstance(kind, Transposition) else bounds and bounds.low,
        "maximum": kind.most if isinstance(kind, Transposition) else bounds and bounds.high,
        "exclusive": bounds is not None and bounds.above,
        "choices": words,
        "default": None if isinstance(default, Mapping) else default,
        "defaults": dict(default) if isinstance(default, Mapping) else None,
        "otherwise": setting.left_out or None,
        "tasks": setting.tasks,
        "families": setting.families or None,
        "document": setting.of_document,
        "label": setting.label or setting.name,
        "help": setting.help,
    }
