"""How MuseScore 4 finds plugins and extensions in a folder. What it would leave out raises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
TYPES = ("form", "macros", "composite")
SCHEME = "musescore://extensions/"
FOR_DEVELOPERS = f"{SCHEME}dev/"  # only a debug build shows these
DEFAULT_APIVERSION = 2


class ManifestError(ValueError):
    """A manifest, or the file of an action, that MuseScore does not take."""


@dataclass(frozen=True)
class Action:
    """An entry of the menu. file: what it opens."""

    code: str
    kind: str
    title: str
    file: Path


@dataclass(frozen=True)
class Extension:
    """An extension as the page of plugins shows it."""

    uri: str
    title: str
    description: str
    category: str
    version: str
    apiversion: int
    actions: tuple[Action, ...]


def plugins(folder: Path) -> list[str]:
    """The files that 4.4 and later list as plugins: all of QML in which the program's name stands."""
    found = [path for path in sorted(folder.rglob("*.qml")) if "MuseScore" in path.read_text("utf-8")]
    return [path.relative_to(folder).as_posix() for path in found]


def extensions(folder: Path, *, entry: str = "path") -> list[Extension]:
    """The extensions in a folder and those below. entry: the key of an action's file, "main" before 4.7."""
    return [read_manifest(path, entry) for path in sorted(folder.rglob(MANIFEST))]


def read_manifest(path: Path, entry: str = "path") -> Extension:
    """Read a manifest. Raises ManifestError."""
    told = json.loads(path.read_text("utf-8"))
    for key in ("uri", "type", "title", "actions"):
        if not told.get(key):
            raise ManifestError(f"{key} is required")
    uri, kind = told["uri"], told["type"]
    if not uri.startswith(SCHEME) or uri.startswith(FOR_DEVELOPERS):
        raise ManifestError(f"{uri} is not shown")
    if kind not in TYPES:
        raise ManifestError(f"{kind} is no type")
    return Extension(
        uri,
        told["title"],
        told.get("description", ""),
        told.get("category", ""),
        told.get("version", ""),
        told.get("apiversion", DEFAULT_APIVERSION),
        tuple(read_action(action, kind, path.parent, entry) for action in told["actions"]),
    )


def read_action(told: dict[str, Any], kind: str, folder: Path, entry: str) -> Action:
    """Read an action; before 4.7 one without a code is left out."""
    for key in ("code", entry):
        if not told.get(key):
            raise ManifestError(f"an action without {key}")
    own = told.get("type", kind)
    if own not in TYPES:
        raise ManifestError(f"{own} is no type")
    return Action(told["code"], own, told.get("title", ""), folder / told[entry])


def check_form(file: Path) -> None:
    """Raise ManifestError where the file of a form is not there, or imports what extensions may not."""
    if not file.is_file() or file.suffix != ".qml":
        raise ManifestError(f"{file.name} is no form")
    for line in file.read_text("utf-8").splitlines():
        if line.strip().startswith("import") and "Muse." in line:
            raise ManifestError(f"{file.name}: {line.strip()} is forbidden")
