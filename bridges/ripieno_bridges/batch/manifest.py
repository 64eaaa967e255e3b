"""What a batch has done so far, in its folder, so that the same command goes on where it stopped.

The file is a line of JSON for the request, and one for each item that is done. An item's line is written when
its files lie on disk: what a crash leaves without a line is done again, and nothing is lost or there twice.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ripieno.atomic_write import replace_file
from ripieno.errors import FileError, RequestError, printable
from ripieno.limits import SEEDS
from ripieno_bridges.file_errors import MAY_NOT_WRITE, NO_FOLDER, unreadable, unwritable
from ripieno_bridges.formats.files import naming_faults

MANIFEST = "batch.jsonl"
GONE = "the folder has vanished; bring it back and give the same command, which goes on where it stopped"
Header = Mapping[str, Any]  # the request: "seed", and each option under its name on the command line


@dataclass(frozen=True, slots=True)
class DoneEntry:
    """An item that is done. source: see ``sha256_of``. files: their paths in the folder, with slashes."""

    item: str
    seed: int
    source: str
    files: tuple[str, ...]
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Manifest:
    """What is done, by the items' keys. Only one batch may have a folder open."""

    folder: Path
    header: Header
    done: dict[str, DoneEntry] = field(default_factory=dict)
    handle: int = -1
    lock: int | None = None

    def add(self, entries: Iterable[DoneEntry]) -> None:
        """Write down that items are done. Raises FileError."""
        entries = list(entries)
        self._append([json.dumps({"done": asdict(entry)}) for entry in entries])
        self.done |= {entry.item: entry for entry in entries}

    def forget(self, key: str) -> None:
        """Write down that an item is not done any more."""
        self._append([json.dumps({"forget": key})])
        del self.done[key]

    def check_there(self) -> None:
        """Raise FileError where the folder, or this file in it, is gone."""
        try:
            if os.path.samestat(os.fstat(self.handle), (self.folder / MANIFEST).stat()):
                return
        except OSError:
            pass
        raise FileError(printable(str(self.folder)), GONE)

    def close(self) -> None:
        """Let others have the folder."""
        for handle in (self.handle, self.lock):
            if handle is not None:
                os.close(handle)

    def _append(self, lines: list[str]) -> None:
        self.check_there()
        data = "".join(f"{line}\n" for line in lines).encode()
        size = os.fstat(self.handle).st_size
        try:
            written = os.write(self.handle, data)
            if written < len(data):
                os.write(self.handle, data[written:])  # says what is wrong
        except OSError as exc:
            os.ftruncate(self.handle, size)
            raise unwritable(self.folder / MANIFEST, exc) from exc


def open_manifest(folder: Path, header: Header, *, force: bool) -> Manifest:
    """The manifest of a folder, which is made; of one that is there the request must be the same.

    header: its "seed" may be None, for the one that is there or a new one. force: begin anew, whatever is
    there. Raises RipienoError.
    """
    path = folder / MANIFEST
    if folder.is_file():
        raise FileError(printable(str(folder)), NO_FOLDER)
    with naming_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        is_there, others = path.is_file(), next(folder.iterdir(), None)
    if not os.access(folder, os.W_OK):
        raise FileError(printable(str(folder)), MAY_NOT_WRITE)
    if others is not None and not is_there and not force:
        raise FileError(
            printable(str(folder)), "has files that no batch wrote; name a new folder, or add --force"
        )
    held = lock(folder)
    try:
        found, done = begun(folder, header, force=force) if is_there else (header, {})
        if found["seed"] is None:
            found = {**found, "seed": secrets.randbelow(SEEDS)}
        write_manifest(path, found, done)
        with naming_faults(path):
            return Manifest(folder, found, done, os.open(path, os.O_RDWR | os.O_APPEND), held)
    except BaseException:
        if held is not None:
            os.close(held)
        raise


def begun(folder: Path, header: Header, *, force: bool) -> tuple[Header, dict[str, DoneEntry]]:
    """(the request, what is done) of a folder that has a manifest. Raises RipienoError."""
    if not force:
        found, done = read_manifest(folder / MANIFEST)
        check_same(folder, found, header)
        return found, done
    with suppress(FileError):  # a damaged one does not say what was done
        remove_files(folder, read_manifest(folder / MANIFEST)[1])
    return header, {}


def read_manifest(path: Path) -> tuple[Header, dict[str, DoneEntry]]:
    """(the request, what is done). A last line that was not finished counts for nothing. Raises FileError."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise unreadable(path, exc) from exc
    *lines, _unfinished = data.split(b"\n")
    try:
        header: Header = json.loads(lines[0])["request"]
        done: dict[str, DoneEntry] = {}
        for line in map(json.loads, lines[1:]):
            if "forget" in line:
                done.pop(line["forget"], None)
                continue
            entry = line["done"]
            if not all(is_inside(name) for name in entry["files"]):
                raise ValueError
            done[entry["item"]] = DoneEntry(
                **{**entry, "files": tuple(entry["files"]), "remarks": tuple(entry["remarks"])}
            )
    except (ValueError, KeyError, TypeError, IndexError) as exc:
        raise FileError(
            printable(str(path)), "damaged, so what is done is not known; name a new folder, or add --force"
        ) from exc
    return header, done


def is_inside(name: str) -> bool:
    """Whether a file's name stays in the folder; others stand in no manifest that a batch wrote."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def write_manifest(path: Path, header: Header, done: Mapping[str, DoneEntry]) -> None:
    """Write what is known in as few lines as it takes."""
    lines = [{"request": dict(header)}, *({"done": asdict(entry)} for entry in done.values())]
    with naming_faults(path):
        replace_file(path, "".join(f"{json.dumps(line)}\n" for line in lines).encode())


def check_same(folder: Path, found: Header, wanted: Header) -> None:
    """Raise RequestError, in a sentence, where the folder was begun with other options."""
    changed = []
    for name in sorted({*found, *wanted}):
        before, now = found.get(name), wanted.get(name)
        if before != now and not (name == "seed" and now is None):
            changed.append(f"{name} {value_text(before)}, and now {value_text(now)}")
    if changed:
        raise RequestError(
            f"{printable(str(folder))} was begun with {'; with '.join(changed)}; name a new folder, give the "
            "same options, or add --force to do all again"
        )


def value_text(value: object) -> str:
    """An option's value in a sentence; what is long is only said to be another."""
    if value is None or value == "":
        return "left out"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def remove_files(folder: Path, done: Mapping[str, DoneEntry]) -> None:
    """Remove what a batch wrote that is done anew."""
    for name in {name for entry in done.values() for name in entry.files}:
        with naming_faults(folder / name):
            (folder / name).unlink(missing_ok=True)


def lock(folder: Path) -> int | None:
    """A handle that keeps other batches out of the folder; None where the system cannot do that.

    Raises FileError where another one has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(handle)
        raise FileError(
            printable(str(folder)), "another batch writes there; wait for it, or name a new folder"
        ) from exc
    except OSError:  # a file system without locks
        os.close(handle)
        return None
    return handle
