"""Puts a plugin's files into a folder and takes them away again; whatever else is in it stays.

A list of what was put there, with checksums, lies beside the files. So an update removes what the plugin no
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
Sums = dict[str, str]  # a file's path in the folder -> SHA-256


def read_plugin(source: Path) -> dict[str, bytes]:
    """All files of a plugin. FileError where there are none."""
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    if not files:
        raise FileError(printable(str(source)), "the plugin is not there; install ripieno again")
    return files


def install_files(files: dict[str, bytes], folder: Path, *, force: bool = False) -> None:
    """Have exactly these files of ours in ``folder``, which is made; each whole or as it was.

    FileError where a file that is not ours, or no longer as we wrote it, has the name of one of them.
    """
    with wrap_os_errors(folder):
        refuse_link(folder)
        old = installed(folder)
        strange = [
            name
            for name, data in files.items()
            if checksum_of(folder / name) not in (None, old.get(name), digest(data))
        ]
        if strange and not force:
            raise FileError(printable(str(folder / strange[0])), FOREIGN_FILE)
        folder.mkdir(parents=True, exist_ok=True)
        sums = {name: digest(data) for name, data in files.items()}
        listing = json.dumps(sums, indent=2).encode() + b"\n"
        with staged({**files, LIST: listing}, folder) as temporaries:
            for name, temporary in temporaries.items():
                temporary.replace(folder / name)
        remove_unchanged(folder, {name: known for name, known in old.items() if name not in files})
        flush_folder(folder)


def remove_files(folder: Path) -> tuple[int, list[str]]:
    """Take our files away; how many, and which stay because somebody changed them."""
    with wrap_os_errors(folder):
        refuse_link(folder)
        known = installed(folder)
        kept = changed(folder, known)
        gone = remove_unchanged(folder, known)
        (folder / LIST).unlink(missing_ok=True)
        remove_empty(folder, known)
        return gone, kept


def installed(folder: Path) -> Sums:
    """What we put there; nothing where we never did. A list that is damaged, or leads elsewhere, is none."""
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
    """Which of these files are there, but not as they were written."""
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
    """Remove those of these files that are as they were written, and folders left empty; how many files."""
    ours = [name for name, known_sum in known.items() if checksum_of(folder / name) == known_sum]
    for name in ours:
        (folder / name).unlink()
    remove_empty(folder, known)
    return len(ours)


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
    """FileError where the folder is a link: it may lead to the plugin's own source."""
    if folder.is_symlink():
        raise FileError(printable(str(folder)), "is a link to another folder; remove the link first")


@contextlib.contextmanager
def wrap_os_errors(folder: Path) -> Iterator[None]:
    """What the system says, in a musician's words."""
    try:
        yield
    except FileExistsError as exc:
        raise FileError(printable(str(exc.filename or folder)), "is no folder; move it away") from exc
    except OSError as exc:
        raise unwritable(Path(exc.filename or folder), exc) from exc
