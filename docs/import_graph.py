"""The house: which folder stands on which floor, and which folder imports which.

The floors are read from the contracts of pyproject.toml, the imports from the code by grimp, the library
behind import-linter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
ENGINE, BRIDGES = "ripieno", "ripieno_bridges"
Floors = list[list[str]]  # from the top down; a box is a package or a module, such as "ripieno.models"
Imports = dict[str, list[str]]  # of each box, those that it imports itself


def floors() -> Floors:
    """The layers of both packages: the bridges stand on the engine."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    found: dict[str, Floors] = {}
    for contract in contracts:
        if contract["type"] != "layers":
            continue
        container = "".join(f"{name}." for name in contract.get("containers", []))
        layers = [[container + name.strip() for name in layer.split("|")] for layer in contract["layers"]]
        root = layers[-1][0].split(".")[0]
        found[root] = [layer for layer in layers if layer != [BRIDGES]]
    return [*found[BRIDGES], *found[ENGINE]]


def imports() -> Imports:
    """What each box imports, by name; what the two root packages themselves hold is no box."""
    graph = grimp.build_graph(ENGINE, BRIDGES, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        importer = box_of(module)
        if importer is None:
            continue
        imported = {box_of(name) for name in graph.find_modules_directly_imported_by(module)}
        found.setdefault(importer, set()).update(box for box in imported if box not in (None, importer))
    return {box: sorted(found[box]) for box in sorted(found)}


def box_of(module: str) -> str | None:
    """``ripieno.models`` of ``ripieno.models.lstm.steps``; None of a root package."""
    parts = module.split(".")
    return ".".join(parts[:2]) if len(parts) > 1 else None


def needed(imports: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """The imports that do not follow from others: without a -> c where a -> b -> c. They have no circle."""

    def reached(box: str) -> set[str]:
        return {box}.union(*(reached(other) for other in imports[box]))

    return [
        (box, other)
        for box, others in imports.items()
        for other in others
        if not any(other in reached(between) for between in others if between != other)
    ]
