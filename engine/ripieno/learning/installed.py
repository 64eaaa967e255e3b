"""A user's models: put among the installed ones, whole or not at all, and taken away again."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from ripieno.atomic_write import flush_folder, replace_file
from ripieno.errors import FileError, RequestError, WeightsError, printable, short
from ripieno.models.catalog import (
    check_new_name,
    models_folder,
    shipped_model_names,
    user_model_names,
    user_model_path,
)

WORK = ".learning"  # in the folder for models: trainings that are not finished
CARD, WEIGHTS, PIECES = ".json", ".safetensors", ".npz"
Files = Mapping[str, bytes]  # of a model, by suffix


def files_of(stem: Path) -> dict[str, bytes]:
    """The files of a model. Raises WeightsError where they cannot be read."""
    try:
        return {
            suffix: path.read_bytes()
            for suffix in (CARD, WEIGHTS, PIECES)
            if (path := stem.parent / f"{stem.name}{suffix}").is_file()
        }
    except OSError as exc:
        raise WeightsError(f"{short(stem.name)}: cannot be read ({exc.strerror})") from exc


def check_free_name(name: str, *, force: bool) -> None:
    """Raise RequestError for a name that no model may have, or that another has; force replaces that one."""
    check_new_name(name)
    taken = next((other for other in user_model_names() if other.casefold() == name.casefold()), None)
    if taken is not None and (not force or taken != name):
        way = "choose another name" + (", or add --force to replace it" if taken == name else "")
        raise RequestError(f"there is a model {taken} already; {way}")


def install(name: str, files: Files, *, force: bool = False) -> Path:
    """Put a model among the installed ones. Returns its path, without a suffix.

    Its folder is made beside the others under another name and gets its own when it is whole. Raises
    RequestError for a name that is taken, FileError where the folder cannot be written.
    """
    check_free_name(name, force=force)
    target = user_model_path(name).parent
    new = target.parent / f".ripieno-{secrets.token_hex(8)}"
    old = target.parent / f".ripieno-{secrets.token_hex(8)}"
    try:
        new.mkdir(parents=True)
        for suffix, data in files.items():
            replace_file(new / f"{name}{suffix}", data)
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        flush_folder(target.parent)
    except OSError as exc:
        raise FileError(
            printable(str(target.parent)),
            f"cannot be written ({exc.strerror}); make room, or set RIPIENO_MODELS",
        ) from exc
    finally:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
    return target / name


def remove(name: str) -> None:
    """Take away a model of the user's own. Raises RequestError for another."""
    if name in shipped_model_names():
        raise RequestError(f"{name} comes with ripieno and stays; only your own models can be removed")
    if name not in user_model_names():
        yours = ", ".join(user_model_names())
        raise RequestError(
            f'you have no model "{short(name)}"; ' + (f"yours are: {yours}" if yours else "you have none yet")
        )
    folder = user_model_path(name).parent
    away = folder.parent / f".ripieno-{secrets.token_hex(8)}"
    try:
        folder.rename(away)
    except OSError as exc:
        raise FileError(printable(str(folder)), f"cannot be removed ({exc.strerror})") from exc
    shutil.rmtree(away, ignore_errors=True)


def work_folder(name: str) -> Path:
    """Where the training of a model of this name lies until it is finished."""
    return models_folder() / WORK / name


def forget_work(name: str) -> None:
    """Delete an unfinished training, and the folder for them where it is empty."""
    folder = work_folder(name)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()
