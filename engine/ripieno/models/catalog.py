"""The installed models: their names, files and model cards; loads no torch.

Shipped models lie in ripieno's own folder. A user's models, learned or imported, have a folder each in the
folder for models: ``mine/mine.safetensors``, beside it the card and the pieces that it learned from.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Literal

from ripieno.errors import RequestError, WeightsError, short

DEFAULT_MODEL = "lstm-chorales"
SHIPPED = Path(__file__).parent.parent / "weights"
PLANNER = SHIPPED / "planner" / "planner"  # no model of its own: it plans for the others
FOLDER_VARIABLE = "RIPIENO_MODELS"  # of the environment: the folder for a user's models, if not the usual one
MODEL_SUFFIXES = (".safetensors", ".json")  # without these two there is no model
# A name is one word in clip names of Live and in messages of Pure Data, and a file's on every system.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
Plays = Literal["choir", "piano"]  # what a model was trained for
RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|default", re.IGNORECASE)


def models_folder() -> Path:
    """The folder for a user's models, which may not be there: that of the environment, or the system's."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser().absolute() if chosen else data_folder() / "models"


def data_folder() -> Path:
    """The folder in which this system wants ripieno's own files of a user; it may not be there."""
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return data / "ripieno"


def shipped_model_names() -> tuple[str, ...]:
    """The names of the models that come with ripieno, sorted."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors")))


def user_model_names() -> tuple[str, ...]:
    """The names of a user's own models, sorted: those that are there now."""
    try:
        names = sorted(path.name for path in models_folder().iterdir())
    except OSError:
        return ()
    shipped = {name.casefold() for name in shipped_model_names()}
    return tuple(
        name
        for name in names
        if is_model_name(name)
        and name.casefold() not in shipped
        and all((user_model_path(name).parent / f"{name}{suffix}").is_file() for suffix in MODEL_SUFFIXES)
    )


def user_model_path(name: str) -> Path:
    """Where a user's model of this name lies or would lie, without a suffix."""
    return models_folder() / name / name


def is_model_name(name: str) -> bool:
    """Whether a user's model may have this name."""
    return NAME.fullmatch(name) is not None and RESERVED.fullmatch(name) is None


def check_new_name(name: str) -> None:
    """Raise RequestError for a name that no model of a user's may have."""
    if not is_model_name(name):
        raise RequestError(
            f'"{short(name)}" cannot be the name of a model; take up to 40 letters from a to z, digits, - '
            'and _, such as "my-hymns"'
        )
    if name.casefold() in (shipped.casefold() for shipped in shipped_model_names()):
        raise RequestError(f"{name} is a model that comes with ripieno; choose another name")


def model_names() -> tuple[str, ...]:
    """The names of the installed models: the shipped ones, then the user's own."""
    return (*shipped_model_names(), *user_model_names())


def model_path(name: str) -> Path:
    """The path of a model's files without their suffix, by its name or by a path (``run/model``).

    Raises WeightsError where there is no model of that name.
    """
    stem = Path(name.removesuffix(".safetensors").removesuffix(".json"))
    if stem.name != name and stem.name:
        return stem
    if name in shipped_model_names():
        return SHIPPED / name
    if name in user_model_names():
        return user_model_path(name)
    there = ", ".join(model_names())
    raise WeightsError(f'there is no model "{short(name)}"; choose one of: {there}, or give a path')


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


def model_version(name: str) -> int:
    """A number that changes when a model is replaced by another of its name; 0 where there is none."""
    try:
        return model_path(name).with_name(f"{model_path(name).name}.json").stat().st_mtime_ns
    except (OSError, WeightsError):
        return 0
