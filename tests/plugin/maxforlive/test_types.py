"""TypeScript's checker on the scripts of the device: their types, and nothing newer than ES5."""

from __future__ import annotations

import json

import pytest

from node_support import TYPESCRIPT, type_errors

PROJECT = TYPESCRIPT / "maxforlive.json"


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the checker on the device's scripts and on one that is wrong."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "wrong.js").write_text("ripienoNotes.snap('x');\n[1].includes(1);\n")
    project = folder / "tsconfig.json"
    given = json.loads(PROJECT.read_text())["include"]
    include = [(TYPESCRIPT / path).resolve().as_posix() for path in given]
    project.write_text(json.dumps({"extends": PROJECT.as_posix(), "include": [*include, "wrong.js"]}))
    return type_errors(project).splitlines()


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_device(errors: list[str]) -> None:
    assert [line for line in errors if "wrong.js(" not in line] == []


@pytest.mark.host
def test_the_checker_finds_wrong_types_and_what_is_newer_than_es5(errors: list[str]) -> None:
    types, newer = (line for line in errors if "wrong.js(" in line)
    assert "wrong.js(1,19): error TS2345" in types
    assert "wrong.js(2,5): error TS2550" in newer
