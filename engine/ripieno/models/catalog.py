"""Which models there are, where their weights lie and what their cards say; loads no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ripieno.errors import WeightsError, short

DEFAULT_MODEL = "lstm-chorales"
SHIPPED = Path(__file__).parent.parent / "weights"


def names() -> tuple[str, ...]:
    """The models that are installed."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors")))


def find(name: str) -> Path:
    """Where the weights lie, without a suffix: those of a shipped model, or of a path (``run/model``).

    Raises WeightsError where no model is called so.
    """
    stem = Path(name.removesuffix(".safetensors").removesuffix(".json"))
    if stem.name != name and stem.name:
        return stem
    if name not in names():
        there = ", ".join(names())
        raise WeightsError(f'there is no model "{short(name)}"; choose one of: {there}, or give a path')
    return SHIPPED / name


def card(name: str) -> dict[str, Any]:
    """What a model's card says, unchecked, for whoever must not wait for torch; empty where there is none.

    ``load`` is who complains. plays: "choir" or "piano". meter: what it usually composes in. library: the
    file beside the weights with the pieces that it learned from.
    """
    try:
        said = json.loads(find(name).with_name(find(name).name + ".json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def library(name: str) -> Path | None:
    """The pieces that a model learned from, for ``originality``; None where its card names no such file."""
    file = card(name).get("library")
    path = find(name).parent / Path(str(file)).name if file else None
    return path if path and path.is_file() else None
