"""The installed models: their names, files and model cards; loads no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ripieno.errors import WeightsError, short

DEFAULT_MODEL = "lstm-chorales"
SHIPPED = Path(__file__).parent.parent / "weights"
PLANNER = SHIPPED / "planner" / "planner"  # no model of its own: it plans for the others


def model_names() -> tuple[str, ...]:
    """The names of the installed models, sorted."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors")))


def model_path(name: str) -> Path:
    """The path of a model's files without their suffix, by a shipped model's name or a path (``run/model``).

    Raises WeightsError where there is no model of that name.
    """
    stem = Path(name.removesuffix(".safetensors").removesuffix(".json"))
    if stem.name != name and stem.name:
        return stem
    if name not in model_names():
        there = ", ".join(model_names())
        raise WeightsError(f'there is no model "{short(name)}"; choose one of: {there}, or give a path')
    return SHIPPED / name


def way_out(path: Path) -> str:
    """The end of a message about a bad file of a model: its own trainings nobody can install again."""
    if path.parent.resolve() == SHIPPED.resolve():
        return "install again"
    return "copy it once more from where it was trained, or train it again"


def model_card(name: str) -> dict[str, Any]:
    """A model's card, unchecked, without loading torch; empty where it cannot be read.

    Only ``loading.load`` reports a bad card. Some entries: plays, "choir" or "piano"; meter, in which the
    model usually composes; library, the file beside the weights with the pieces that it learned from.
    """
    try:
        data = json.loads(model_path(name).with_name(model_path(name).name + ".json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def model_library(name: str) -> Path | None:
    """The file of the pieces that a model learned from, for the check of originality; None without one."""
    file = model_card(name).get("library")
    path = model_path(name).parent / Path(str(file)).name if file else None
    return path if path and path.is_file() else None
