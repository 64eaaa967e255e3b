"""How a function of REAPER's API is declared in its stand-in: name and arguments, as documented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lupa import lua53, lua54

from osc_hosts.reaper_project import Item, Project, Source, Take, Track

LUAS = {"6": lua53, "7": lua54}  # of each REAPER
Function = Callable[..., Any]


class ApiError(Exception):
    """The action uses the API in a way that its documents do not allow."""


def is_integer(value: object) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())  # as Lua converts them


KINDS: dict[str, Callable[[Any], bool]] = {
    "project": lambda value: value in (None, 0) or isinstance(value, Project),
    "track": lambda value: isinstance(value, Track),
    "item": lambda value: isinstance(value, Item),
    "take": lambda value: isinstance(value, Take),
    "source": lambda value: isinstance(value, Source),
    "integer": is_integer,
    "number": lambda value: type(value) in (int, float),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "function": lambda value: any(lua.lua_type(value) == "function" for lua in LUAS.values()),
    "object": lambda value: isinstance(value, (Track, Item, Take)),
}


@dataclass(frozen=True)
class Documented:
    """changes: whether the function changes the project."""

    name: str
    kinds: list[str]
    changes: bool


def api(name: str, kinds: str = "", *, changes: bool = False) -> Callable[[Function], Function]:
    """A function of the API. kinds: of its arguments, in order; those with ? may be missing."""

    def mark(function: Function) -> Function:
        function.documented = Documented(name, kinds.split(), changes)  # type: ignore[attr-defined]
        return function

    return mark
