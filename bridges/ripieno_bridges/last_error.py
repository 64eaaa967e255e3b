"""The last error, kept for a field report: its kind and its place in the code, nothing of the user's.

A message may quote notes, names and paths, so it is not kept: only what of it stands in ripieno's own
source, with ``…`` for all that was put in.
"""

from __future__ import annotations

import ast
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import msgspec

from ripieno import __version__
from ripieno.atomic_write import replace_file
from ripieno.errors import RipienoError
from ripieno.models.catalog import data_folder

FILE_VARIABLE = "RIPIENO_LAST_ERROR"  # of the environment: the file, if not the usual one
PACKAGES = ("ripieno", "ripieno_bridges")
MAX_PLACES = 6  # the innermost calls of ripieno's own
GAP = "…"


class LastError(msgspec.Struct, frozen=True):
    """An error without anything of the user's.

    during: the command. kind: of the error. words: its sentence as the source has it, "" where it is put
    together elsewhere. places: the calls in ripieno's code that led to it, the innermost last.
    """

    version: str
    day: str
    during: str
    kind: str
    words: str
    places: tuple[str, ...]


def last_error_file() -> Path:
    """The file with the last error, which may not be there."""
    chosen = os.environ.get(FILE_VARIABLE)
    return Path(chosen) if chosen else data_folder() / "last-error.json"


def remember(error: BaseException, during: str) -> None:
    """Keep this error in place of the last one."""
    # The error is told in any case, and a second one would hide it. RuntimeError: a user without a home.
    with suppress(OSError, RuntimeError):
        path = last_error_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(described(error, during)))


def last_error() -> LastError | None:
    """The error that was kept; None where there is none, or its file is damaged."""
    try:
        return msgspec.json.decode(last_error_file().read_bytes(), type=LastError)
    except (OSError, RuntimeError, msgspec.DecodeError):
        return None


def described(error: BaseException, during: str) -> LastError:
    """What may be told of an error."""
    cause = first_cause(error)
    calls = own_calls(cause)
    words = words_raised(*calls[-1]) if calls and isinstance(cause, RipienoError) else ""
    places = tuple(f"{frame.f_globals['__name__']}:{line} {frame.f_code.co_name}" for frame, line in calls)
    today = datetime.now(UTC).date().isoformat()
    return LastError(__version__, today, during, kind_of(cause), words, places[-MAX_PLACES:])


def first_cause(error: BaseException) -> BaseException:
    """The error of a musician from which this one was made, such as one that had no file's name yet."""
    while isinstance(error.__cause__, RipienoError):
        error = error.__cause__
    return error


def kind_of(error: BaseException) -> str:
    """The name of the error's class; that of a class outside ripieno and Python is left out."""
    module = type(error).__module__.partition(".")[0]
    return type(error).__name__ if module in (*PACKAGES, "builtins") else "an error of a library"


def own_calls(error: BaseException) -> list[tuple[FrameType, int]]:
    """The calls in ripieno's own code that led to an error, each with its line."""
    return [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] in PACKAGES
    ]


def words_raised(frame: FrameType, line: int) -> str:
    """The longest text in the statement ``raise`` around a line; "" where there is none."""
    module = sys.modules.get(frame.f_globals["__name__"])
    try:
        tree = ast.parse(Path(str(getattr(module, "__file__", ""))).read_bytes())
    except (OSError, SyntaxError, ValueError):  # packed away, or replaced while it runs
        return ""
    raised = (node for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc is not None)
    here = [node for node in raised if node.lineno <= line <= (node.end_lineno or node.lineno)]
    texts = [text_of(part, frame.f_globals) for node in here for part in ast.walk(node)]
    return max(texts, key=len, default="")


def text_of(node: ast.AST, constants: Mapping[str, object]) -> str:
    """A text of the source, with a gap for each value that is put in; "" of what is no text.

    constants: of the module. Only its names in capitals stand for texts that are ripieno's own.
    """
    match node:
        case ast.JoinedStr(values):
            return "".join(text_of(part, constants) or GAP for part in values)
        case ast.FormattedValue(ast.Name() as name):
            return text_of(name, constants)
        case ast.Name(name) if name.isupper() and isinstance(constants.get(name), str):
            return str(constants[name])
        case ast.Constant(str() as text):
            return text
    return ""
