"""TypeScript's checker on the modules of the page: their types, from JSDoc comments."""

from __future__ import annotations

import json

import pytest

from node_support import TYPESCRIPT, type_errors
from ripieno_bridges import page

PROJECT = TYPESCRIPT / "page.json"


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the checker on the page's modules and on one that is wrong."""
    folder = tmp_path_factory.mktemp("types")
    module = (page.FOLDER / "dom.js").as_posix()
    (folder / "wrong.js").write_text(f'import {{ byId }} from "{module}";\nbyId(3);\n')
    project = folder / "tsconfig.json"
    given = json.loads(PROJECT.read_text())["include"]
    include = [(TYPESCRIPT / path).resolve().as_posix() for path in given]
    project.write_text(json.dumps({"extends": PROJECT.as_posix(), "include": [*include, "wrong.js"]}))
    return type_errors(project).splitlines()


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_page(errors: list[str]) -> None:
    assert [line for line in errors if "wrong.js(" not in line] == []


@pytest.mark.host
def test_the_checker_finds_a_wrong_argument(errors: list[str]) -> None:
    (error,) = (line for line in errors if "wrong.js(" in line)
    assert "wrong.js(2,6): error TS2345" in error


def test_every_module_is_checked_in_editors_too() -> None:
    modules = sorted(page.FOLDER.glob("*.js"))
    assert modules != []
    assert [m.name for m in modules if not m.read_text("utf-8").startswith("// @ts-check\n")] == []
