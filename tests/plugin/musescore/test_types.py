"""TypeScript's checker on the scripts of the MuseScore plugin: their types, and nothing newer than ES5."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from musescore_support import PLUGIN
from node_support import TYPESCRIPT, type_errors

# A script of QML as a module, line by line.
AS_MODULE = (
    (r"^\.pragma library$", ""),
    (r'^\.import "(\w+\.js)" as (\w+)$', r'import * as \2 from "./\1";'),
    (r"^(?=(?:function|var) \w)", "export "),
)


def project_of_modules(folder: Path) -> Path:
    """Write the plugin's scripts into a folder as modules. Returns a project with them."""
    for path in sorted(PLUGIN.glob("*.js")):
        code = path.read_text("utf-8")
        for pattern, replacement in AS_MODULE:
            code = re.sub(pattern, replacement, code, flags=re.MULTILINE)
        (folder / path.name).write_text(code, "utf-8")
    project = folder / "tsconfig.json"
    include = [(TYPESCRIPT / "qml.d.ts").as_posix(), "*.js"]
    project.write_text(
        json.dumps({"extends": (TYPESCRIPT / "musescore.json").as_posix(), "include": include})
    )
    return project


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the checker on the plugin's scripts and on one that is wrong."""
    folder = tmp_path_factory.mktemp("types")
    lines = (
        'import * as Lines from "./lines.js";',
        "Lines.capitalized(3);",
        "Lines.MIXED_CHOIR.voices.includes('alto');",
    )
    (folder / "wrong.js").write_text("\n".join(lines))
    return type_errors(project_of_modules(folder)).splitlines()


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_plugin(errors: list[str]) -> None:
    assert [line for line in errors if "wrong.js(" not in line] == []


@pytest.mark.host
def test_the_checker_finds_wrong_types_and_what_is_newer_than_es5(errors: list[str]) -> None:
    types, newer = (line for line in errors if "wrong.js(" in line)
    assert "wrong.js(2,19): error TS2345" in types
    assert "wrong.js(3,26): error TS2550" in newer
