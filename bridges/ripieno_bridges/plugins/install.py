"""Installing a plugin's files in a folder, and removing them again; other files in it stay.

A list of the installed files, with checksums, lies beside them. So an update removes what the plugin no
longer has, and a file that somebody changed is neither replaced nor removed unasked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ripieno.atomic_write import flush_folder, temporary_file
from ripieno.errors import FileError, printable
from ripieno_bridges.file_errors import unwritable

LIST = "installed-by-ripieno.json"
FOREIGN_FILE = "was not written by ripieno, or was changed since; move it away, or add --force to replace it"
SCRIPTS = (".py", ".pyc")
Sums = dict[str, str]  # a file's path in the folder -> SHA-256


def read_plugin(source: Path) -> dict[str, bytes]:
    """All files of a plugin but the scripts that build it. FileError where there are none."""
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.suffix not in SCRIPTS
    }
    if not files:
        raise FileError(printable(str(source)), "the plugin is not there; install ripieno again")
    return files


def install_files(files: dict[str, bytes], folder: Path, *, force: bool = False) -> None:
    """Install a plugin in ``folder``, which is made, or update it: files that it no longer has go.

    Raises FileError, before anything has changed, where a file cannot be written, and without ``force``
    where one of these names belongs to a file that ripieno did not install, or that was changed since.
    """
    with wrap_os_errors(folder):
        refuse_link(folder)
        old = installed(folder)
        foreign = [
            name
            for name, data in files.items()
            if checksum_of(folder / name) not in (None, old.get(name), digest(data))
        ]
        if foreign and not force:
            raise FileError(printable(str(folder / foreign[0])), FOREIGN_FILE)
        folder.mkdir(parents=True, exist_ok=True)
        sums = {name: digest(data) for name, data in files.items()}
        listing = json.dumps(sums, indent=2).encode() + b"\n"
        with staged({**files, LIST: listing}, folder) as temporaries:
            for name, temporary in temporaries.items():
                temporary.replace(folder / name)
        remove_unchanged(folder, {name: known for name, known in old.items() if name not in files})
        flush_folder(folder)


def remove_files(folder: Path) -> tuple[int, list[str]]:
    """Remove the installed files: (how many went, names of those that stay because somebody changed them)."""
    with wrap_os_errors(folder):
        refuse_link(folder)
        known = installed(folder)
        kept = changed(folder, known)
        count = remove_unchanged(folder, known)
        (folder / LIST).unlink(missing_ok=True)
        remove_empty(folder, known)
        return count, kept


def installed(folder: Path) -> Sums:
    """The list of installed files; empty where there is none, or it is damaged.

    Names that lead outside the folder are left out.
    """
    try:
        known = json.loads((folder / LIST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        name: known_sum
        for name, known_sum in known.items()
        if not Path(name).is_absolute() and ".." not in Path(name).parts and name != LIST
    }


def changed(folder: Path, known: Sums) -> list[str]:
    """The names of these files that are there, but not as they were installed."""
    there = {name: checksum_of(folder / name) for name in known}
    return [name for name, found in there.items() if found not in (None, known[name])]


def checksum_of(path: Path) -> str | None:
    """A file's checksum; None where there is none."""
    try:
        return digest(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest(data: bytes) -> str:
    """The checksum of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def remove_unchanged(folder: Path, known: Sums) -> int:
    """Remove the files that are as they were installed, and empty folders; return how many files went."""
    unchanged = [name for name, known_sum in known.items() if checksum_of(folder / name) == known_sum]
    for name in unchanged:
        (folder / name).unlink()
    remove_empty(folder, known)
    return len(unchanged)


def remove_empty(folder: Path, names: Iterable[str]) -> None:
    """Remove the folders of these files, and ``folder``, where nothing is in them."""
    parents = {folder / parent for name in names for parent in Path(name).parents}
    for parent in sorted(parents, key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(OSError):
            parent.rmdir()


@contextlib.contextmanager
def staged(files: dict[str, bytes], folder: Path) -> Iterator[dict[str, Path]]:
    """Write all files under temporary names, so that a full disk shows before anything has changed.

    Yields the temporary file of each name. At the end those that were not renamed are removed.
    """
    temporaries: dict[str, Path] = {}
    with contextlib.ExitStack() as stack:
        stack.callback(remove_empty, folder, files)
        for name, data in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            temporaries[name] = stack.enter_context(temporary_file(target, data))
        yield temporaries


def refuse_link(folder: Path) -> None:
    """Raise FileError where the folder is a link: it may lead to the plugin's own source."""
    if folder.is_symlink():
        raise FileError(printable(str(folder)), "is a link to another folder; remove the link first")


@contextlib.contextmanager
def wrap_os_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError into a FileError that says what to do."""
    try:
        yield
    except FileExistsError as exc:
        raise FileError(printable(str(exc.filename or folder)), "is no folder; move it away") from exc
    except OSError as exc:
        raise unwritable(Path(exc.filename or folder), exc) from exc
