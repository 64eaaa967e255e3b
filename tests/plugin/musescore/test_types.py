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


@pytest.mark.host
def test_the_checker_finds_no_error_in_the_plugin(tmp_path: Path) -> None:
    assert type_errors(project_of_modules(tmp_path)) == ""


@pytest.mark.host
def test_the_checker_finds_wrong_types_and_what_is_newer_than_es5(tmp_path: Path) -> None:
    project = project_of_modules(tmp_path)
    lines = 'import * as Lines from "./lines.js";', "Lines.capitalized(3);", "Lines.CHOIR.includes('alto');"
    (tmp_path / "wrong.js").write_text("\n".join(lines))
    errors = type_errors(project)
    assert "wrong.js(2,19): error TS2345" in errors
    assert "wrong.js(3,13): error TS2550" in errors
