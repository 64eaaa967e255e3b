"""What a musician may write into the name of a clip: "rip: harmonize alternatives=2", and the like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from ripieno.errors import RequestError, RipienoError, ScoreError, short
from ripieno_bridges.ableton.job import LIVE_TASKS, LiveTask
from ripieno_bridges.api.checks import check_request
from ripieno_bridges.api.requests import Request
from ripieno_bridges.api.settings import read_setting, settings_of

WISH = re.compile(r"\s*rip([:>])\s*(.*)")
FAULT = "rip! "
LONGEST_FAULT = 60  # letters; a clip's name is cut off on the screen long before


@dataclass(frozen=True, slots=True)
class ClipCommand:
    """What the name of a clip asks for. launched: it is meant when the clip starts to play (rip>)."""

    task: LiveTask
    options: Request
    launched: bool


def is_wish(name: str) -> bool:
    """Whether a clip's name asks for something, be it understood or not."""
    return WISH.fullmatch(name) is not None


def is_launcher(name: str) -> bool:
    """Whether a clip of that name asks for something when it starts to play."""
    found = WISH.fullmatch(name)
    return found is not None and found[1] == ">"


def read_wish(name: str, defaults: Request) -> ClipCommand:
    """The wish in the name of a clip, for which ``is_wish`` is true. Raises RequestError where it is none."""
    found = WISH.fullmatch(name)
    assert found is not None, "no wish"
    word, *settings = found[2].split() or [""]
    task = next((task for task in LIVE_TASKS if task == word.lower()), None)
    if task is None:
        raise RequestError(f'"{short(word)}" is nothing ripieno does; write {", ".join(LIVE_TASKS)}')
    if settings[:1] == ["selected"]:  # "rip> harmonize selected", as one says it
        del settings[0]
    return ClipCommand(task, with_settings(defaults, settings), found[1] == ">")


def with_settings(options: Request, settings: list[str]) -> Request:
    """The options with settings such as "seed=3". Raises RequestError for any that is wrong."""
    known = {name: setting for name, setting in settings_of("osc").items() if setting.of_request}
    changes: dict[str, Any] = {}
    for text in settings:
        name, _, value = text.partition("=")
        changed, read = read_setting(name, value, known)
        changes[changed] = read
    wanted = structs.replace(options, task="compose", **changes)
    check_request(wanted)  # to compose, since there is no score yet
    return wanted


def fault_name(exc: RipienoError) -> str:
    """An error as the name of a clip: its place and its fault, as short as that goes."""
    said = str(exc).split(";")[0]
    if isinstance(exc, ScoreError):
        place = [f"{word} {value}" for word, value in (("bar", exc.measure), ("beat", exc.beat)) if value]
        fault = re.split("[;,]", exc.fault)[0]
        said = f"{' '.join(place)}: {fault}" if place else fault
    return FAULT + (said if len(said) <= LONGEST_FAULT else said[: LONGEST_FAULT - 3].rstrip() + "...")
