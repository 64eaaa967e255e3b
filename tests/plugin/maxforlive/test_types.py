"""TypeScript's checker on the scripts of the device: their types, and nothing newer than ES5."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common import ROOT
from node_support import TYPESCRIPT, type_errors

PROJECT = TYPESCRIPT / "maxforlive.json"
SCRIPTS = sorted((ROOT / "plugin" / "maxforlive").glob("*.js"))


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_device() -> None:
    assert type_errors(PROJECT) == ""


@pytest.mark.host
def test_the_checker_finds_wrong_types_and_what_is_newer_than_es5(tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text("ripienoNotes.snap('x');\n[1].includes(1);\n")
    project = tmp_path / "tsconfig.json"
    include = [(TYPESCRIPT / "max.d.ts").as_posix(), *(path.as_posix() for path in SCRIPTS), "wrong.js"]
    project.write_text(json.dumps({"extends": PROJECT.as_posix(), "include": include}))
    errors = type_errors(project)
    assert "wrong.js(1,19): error TS2345" in errors
    assert "wrong.js(2,5): error TS2550" in errors
