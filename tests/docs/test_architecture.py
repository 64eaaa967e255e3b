"""docs/architecture.md and CONTRIBUTING.md say where things are: folders, floors, paths and pictures."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ARCHITECTURE, CONTRIBUTING, README = DOCS / "architecture.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md"
ENGINE, BRIDGES = ROOT / "engine" / "ripieno", ROOT / "bridges" / "ripieno_bridges"
PACKAGES = {"ripieno": ENGINE, "ripieno_bridges": BRIDGES}
HOMES = (ROOT, ENGINE, BRIDGES, ROOT / "plugin" / "puredata")  # a path in a document begins in one of these
CODE = {".py", ".js", ".mjs", ".cjs", ".qml", ".pd"}
BESIDE = {"node_modules", "vendor", "__pycache__", "data", "typescript"}  # folders without code of ours
HEADINGS = {BRIDGES: "The bridges, from the top down", ENGINE: "The engine, from the top down"}


# -- paths -------------------------------------------------------------------------------------------------


def paths_in(document: Path) -> list[str]:
    """The paths in backticks, such as `cli/` and `api/settings.py`; an address begins with a slash."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", document.read_text("utf-8")))
    known = r"[\w.][\w.+/-]*(?:/|\.(?:py|js|json|md|toml|yml|yaml|xml|qml|pd|npz|css))"
    return [span for span in spans if re.fullmatch(known, span)]


def exists(path: str) -> bool:
    return any((home / path).exists() for home in HOMES)


@pytest.mark.parametrize("document", [ARCHITECTURE, CONTRIBUTING, README], ids=lambda path: path.name)
def test_every_path_in_a_document_exists(document):
    assert [path for path in paths_in(document) if not exists(path)] == []


@pytest.mark.parametrize("document", [ARCHITECTURE, CONTRIBUTING, README], ids=lambda path: path.name)
def test_every_link_and_picture_of_a_document_exists(document):
    targets = re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", document.read_text("utf-8"))
    files = [target for target in targets if "://" not in target]
    assert files
    assert [target for target in files if not (document.parent / target).exists()] == []


def test_every_folder_of_the_code_is_named():
    named = set(paths_in(ARCHITECTURE))
    missing = []
    for top in ("engine", "bridges", "plugin", "benchmarks", "docs"):
        folders = {file.parent for file in (ROOT / top).rglob("*") if file.suffix in CODE}
        for folder in sorted(folders):
            names = {f"{folder.relative_to(home)}/" for home in HOMES if folder.is_relative_to(home)}
            if not names & named and not set(folder.parts) & BESIDE:
                missing.append(str(folder.relative_to(ROOT)))
    assert missing == []


def test_every_folder_of_the_tests_is_named():
    named = set(paths_in(ARCHITECTURE))
    folders = [path for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [f.name for f in folders if f"tests/{f.name}/" not in named] == []


# -- floors ------------------------------------------------------------------------------------------------


def floors_in(document: Path, package: Path) -> list[list[str]]:
    """The numbered floors of a package, each with the names of its folders and files."""
    section = document.read_text("utf-8").split(f"\n## {HEADINGS[package]}\n")[1].split("\n## ")[0]
    items = re.split(r"(?m)^\d+\. ", section)[1:]
    return [re.findall(r"(?m)^\s*\*\*`([\w./]+)`\*\*", item) for item in items]


def floors_of_pyproject(package: Path) -> list[list[str]]:
    """The layers of the package's import contract, named as folders and files."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = [c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    (contract,) = [c for c in contracts if c.get("containers", ["ripieno"]) == [package.name]]
    layers = [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]
    names = [[name.removeprefix(f"{package.name}.") for name in layer] for layer in layers]
    inside = [layer for layer in names if layer != ["ripieno_bridges"]]
    return [[f"{n}/" if (package / n).is_dir() else f"{n}.py" for n in layer] for layer in inside]


@pytest.mark.parametrize("package", [BRIDGES, ENGINE], ids=lambda path: path.name)
def test_the_floors_are_the_layers_of_pyproject(package):
    assert floors_in(ARCHITECTURE, package) == floors_of_pyproject(package)


# -- pictures ----------------------------------------------------------------------------------------------

HOW = "run: python docs/draw_architecture.py"


@cache
def drawn() -> dict[str, Any]:
    """What the pictures show."""
    return json.loads((DOCS / "pictures" / "architecture.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Any]:
    """What they would show if they were drawn now."""
    file = tmp_path_factory.mktemp("architecture") / "found.json"
    subprocess.run([sys.executable, DOCS / "draw_architecture.py", "--record", file], check=True, cwd=ROOT)
    return json.loads(file.read_text("utf-8"))


def test_the_house_is_drawn_as_it_is(found):
    assert drawn()["floors"] == found["floors"], HOW
    assert drawn()["imports"] == found["imports"], HOW


@pytest.mark.parametrize("run", ["harmonize", "prepare", "train"])
def test_the_way_of_a_command_is_drawn_as_it_is(run, found):
    assert drawn()["ways"][run] == found["ways"][run], HOW


def test_the_way_of_a_request_over_http_is_drawn_as_it_is(found):
    now, then = found["ways"]["http"], drawn()["ways"]["http"]
    assert sorted(now) == sorted(then), (
        HOW
    )  # in which order a server does things beside each other may differ


def test_every_function_of_the_ways_is_in_the_code():
    steps = {step for way in drawn()["ways"].values() for step in way if ":" in step}
    assert sorted(step for step in steps if not is_defined(step)) == [], HOW


def is_defined(step: str) -> bool:
    """Whether the file of a step, ``package.module:Class.function``, defines its last name."""
    module, _, function = step.partition(":")
    package, *parts = module.split(".")
    file = PACKAGES[package].joinpath(*parts)
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    if not file.exists():
        return False
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    names = {node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, kinds)}
    return set(function.split(".")) <= names
