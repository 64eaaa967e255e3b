"""The names in the code are the words of CONTRIBUTING.md, "Words": a replaced word is in no name any more."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ("engine", "bridges", "benchmarks", "docs", "plugin", ".ci", "hatch_build.py")  # for names
FILES = ("engine", "bridges", "benchmarks", "plugin", "docs", "tests", ".ci", ".github")  # for names of files
FOREIGN = ("node_modules", "vendor", "__pycache__")
# A name is split into words: ``HttpServer.most_parts`` is http, server, most, parts. The key: the forms of a
# word that is replaced; the value: what to say instead.
REPLACED = {
    "deed deeds": "handler",
    "desk desks": "handlers, or a protocol named by what it offers",
    "telling": "build_response",
    "asking asks": "request, parse_request",
    "door doors": "interface, dispatcher",
    "guard guards": "security, packets, validate",
    "outbox": "send_queue",
    "lesson lessons": "training",
    "exam exams examine examined examines": "validate",
    "enrol enrols enrolled": "register",
    "teach teaches taught": "train",
    "team teams": "processes, distributed",
    "likeness": "similarity",
    "lifted": "shift_octaves",
    "sunk": "undo_octave_shift",
    "tuned": "with_model_options",
    "told": "what it is: a response, a fault, a message",
    "wish wishes wished": "options, request",
    "weighed": "scores",
    "splice spliced": "byte_edits",
    "engraving": "elements, note_values",
    "singers": "voices, assign_voices",
    "answerer": "model_runner",
}
INSTEAD = {form: instead for forms, instead in REPLACED.items() for form in forms.split()}
PREFIXES = {"most": "max_", "least": "min_"}  # of what is a limit
CONSTANTS = {"OURS": "what it is", "OWN": "what it is"}  # whole names
# The names in which a word is the right one, each with its reason.
ALLOWED = {
    "most_copied": "a key of `ripieno evaluate --json`: the piece of which most was copied, no limit",
}


class Name(NamedTuple):
    """A name and where it is given."""

    text: str
    place: str


@cache
def sources() -> tuple[Path, ...]:
    """The Python files whose names are looked at."""
    found: list[Path] = []
    for part in PYTHON:
        path = ROOT / part
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return tuple(path for path in found if not any(part in FOREIGN for part in path.parts))


def names_in(path: Path) -> Iterator[Name]:
    """Every name that a file gives: to classes, functions, parameters, attributes, variables."""
    file = path.relative_to(ROOT)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=text) | ast.FunctionDef(name=text) | ast.AsyncFunctionDef(name=text):
                pass
            case ast.arg(arg=text) | ast.keyword(arg=str(text)):
                pass
            case ast.Attribute(attr=text, ctx=ast.Store()):
                pass
            case ast.Name(id=text, ctx=ast.Store()):
                pass
            case ast.alias(asname=str(text)):
                pass
            case (
                ast.ExceptHandler(name=str(text))
                | ast.MatchAs(name=str(text))
                | ast.MatchStar(name=str(text))
            ):
                pass
            case _:
                continue
        yield Name(text, f"{file}:{node.lineno}")


def words_of(name: str) -> list[str]:
    """The words of a name, in small letters: ``SafeSend``, ``safe_send`` and ``safe-send`` are safe, send."""
    apart = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", name)
    return [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]


def replaced(name: str) -> str | None:
    """What to say instead of a name's first replaced word; None where it has none."""
    if name in ALLOWED:
        return None
    if name in CONSTANTS:
        return f"not {name} but {CONSTANTS[name]}"
    words = words_of(name)
    for word in words:
        if word in INSTEAD:
            return f'not "{word}" but {INSTEAD[word]}'
    if len(words) > 1 and words[0] in PREFIXES:
        return f'not "{words[0]}_" but {PREFIXES[words[0]]}'
    return None


def objections(names: Iterator[Name]) -> list[str]:
    """A line for each name with a replaced word."""
    return [f"{place}: {text}: {fault}" for text, place in names if (fault := replaced(text)) is not None]


def test_no_name_in_the_code_has_a_replaced_word():
    found = objections(name for path in sources() for name in names_in(path))
    assert not found, "\n".join(found)


def test_no_file_and_no_folder_has_a_replaced_word_in_its_name():
    paths = [
        path for part in FILES for path in (ROOT / part).rglob("*") if not set(path.parts) & set(FOREIGN)
    ]
    found = objections(Name(path.stem, str(path.relative_to(ROOT))) for path in sorted(paths))
    assert not found, "\n".join(found)


def test_an_exception_is_still_needed():
    found = {name.text for path in sources() for name in names_in(path)}
    assert [name for name in ALLOWED if name not in found] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("HttpServer", ["http", "server"]),
        ("MAX_UDP_BYTES", ["max", "udp", "bytes"]),
        ("HTMLPage", ["html", "page"]),
        ("_first_found", ["first", "found"]),
        ("music21_reader", ["music21", "reader"]),
    ],
)
def test_a_name_falls_into_its_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    "name", ["Deeds", "most_parts", "examined", "teach_rbm", "Asking", "wishes", "told", "OWN"]
)
def test_a_replaced_word_is_found(name):
    assert replaced(name) is not None


@pytest.mark.parametrize(
    "name", ["likelihood", "own_key", "almost", "example", "outdoor", "guardian_of", "mostly"]
)
def test_a_word_that_only_contains_one_is_not_found(name):
    assert replaced(name) is None


def test_class_names_are_unique_in_the_project():
    places: dict[str, list[str]] = defaultdict(list)
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
