"""TypeScript's checker on the modules of the page: their types, from JSDoc comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from node_support import TYPESCRIPT, type_errors
from ripieno_bridges import page

PROJECT = TYPESCRIPT / "page.json"


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_page() -> None:
    assert type_errors(PROJECT) == ""


@pytest.mark.host
def test_the_checker_finds_a_wrong_argument(tmp_path: Path) -> None:
    module = (page.FOLDER / "dom.js").as_posix()
    (tmp_path / "wrong.js").write_text(f'import {{ byId }} from "{module}";\nbyId(3);\n')
    project = tmp_path / "tsconfig.json"
    project.write_text(json.dumps({"extends": PROJECT.as_posix(), "include": ["wrong.js"]}))
    assert "wrong.js(2,6): error TS2345" in type_errors(project)


def test_every_module_is_checked_in_editors_too() -> None:
    modules = sorted(page.FOLDER.glob("*.js"))
    assert modules != []
    assert [m.name for m in modules if not m.read_text("utf-8").startswith("// @ts-check\n")] == []
