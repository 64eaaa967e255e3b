"""Commands in the name of a clip, such as "rip: harmonize alternatives=2"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from msgspec import structs

from ripieno.errors import RequestError, RipienoError, ScoreError, short
from ripieno_bridges.ableton.job import LIVE_TASKS, LiveTask
from ripieno_bridges.api.checks import check_request
from ripieno_bridges.api.music_text import SPELLINGS
from ripieno_bridges.api.requests import Request
from ripieno_bridges.api.settings import HARMONY_TEXTS, read_setting, settings_of

COMMAND = re.compile(r"\s*rip(?:ieno)?(?:\s*([:>])|\s*[;,.=/-]|\s)\s*(.*)", re.IGNORECASE)
NEAR = 0.8  # as like a task as a word must be to be meant as one, where no colon says so
ERROR_PREFIX = "rip! "
MAX_ERROR_LENGTH = 60  # letters; the screen shows fewer of a clip's name


@dataclass(frozen=True, slots=True)
class ClipCommand:
    """A command in a clip's name. launched: it runs each time the clip starts to play (rip>)."""

    task: LiveTask
    options: Request
    launched: bool


def find_command(name: str) -> tuple[bool, list[str]] | None:
    """(whether a launch runs it, its words) in a clip's name; None where that is no command.

    After "rip:" and "rip>" anything is one; "rip harmonize" is understood, too, but "rip it up" is a name.
    """
    found = COMMAND.fullmatch(name)
    if found is None:
        return None
    words = found[2].split() or [""]
    if found[1] is None and not get_close_matches(words[0].lower(), [*LIVE_TASKS, *SPELLINGS], 1, NEAR):
        return None
    return found[1] == ">", words


def is_command(name: str) -> bool:
    """Whether a clip's name is a command, valid or not."""
    return find_command(name) is not None


def is_launcher(name: str) -> bool:
    """Whether a clip's name is a command that runs when the clip starts to play."""
    found = find_command(name)
    return found is not None and found[0]


def parse_command(name: str, defaults: Request) -> ClipCommand:
    """Parse the name of a clip for which ``is_command`` is true. Raises RequestError."""
    found = find_command(name)
    assert found is not None, "not a command"
    launched, (word, *settings) = found
    said = SPELLINGS.get(word.lower(), word.lower())
    task = next((task for task in LIVE_TASKS if task == said), None)
    if task is None:
        raise RequestError(f'"{short(word)}" is nothing ripieno does; write {", ".join(LIVE_TASKS)}')
    if settings[:1] == ["selected"]:  # "rip> harmonize selected" is allowed too
        del settings[0]
    return ClipCommand(task, with_settings(defaults, settings), launched)


def with_settings(options: Request, settings: list[str]) -> Request:
    """Add settings such as "seed=3" to the options. Raises RequestError for an invalid one."""
    known = {name: setting for name, setting in settings_of("osc").items() if setting.of_request}
    changes: dict[str, Any] = {}
    for text in with_whole_harmony(settings):
        name, _, value = text.partition("=")
        field, parsed = read_setting(name, value, known)
        changes[field] = parsed
    changed = structs.replace(options, task="compose", **changes)
    check_request(changed)  # as to compose, since there is no score yet
    return changed


def with_whole_harmony(settings: list[str]) -> list[str]:
    """The settings, of which those such as "chords=F | C7" are one again, with the words that follow."""
    found: list[str] = []
    for text in settings:
        if "=" not in text and found and found[-1].partition("=")[0] in HARMONY_TEXTS:
            found[-1] += f" {text}"
        else:
            found.append(text)
    return found


def error_name(exc: RipienoError) -> str:
    """An error as a clip's name: the measure and beat, and the fault, cut to MAX_ERROR_LENGTH letters."""
    text = str(exc).split(";")[0]
    if isinstance(exc, ScoreError):
        where = [f"{word} {value}" for word, value in (("bar", exc.measure), ("beat", exc.beat)) if value]
        fault = re.split("[;,]", exc.fault)[0]
        text = f"{' '.join(where)}: {fault}" if where else fault
    if len(text) > MAX_ERROR_LENGTH:
        text = text[: MAX_ERROR_LENGTH - 3].rstrip() + "..."
    return ERROR_PREFIX + text
