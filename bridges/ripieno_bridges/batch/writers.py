"""What a batch writes of its items: a file for each alternative, or the rows of a data set."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Protocol

from ripieno_bridges.batch.manifest import DoneEntry, Manifest
from ripieno_bridges.batch.messages import ItemDone
from ripieno_bridges.formats.files import alternative_path, naming_faults, save_all


class Writer(Protocol):
    """Writes items, and then tells the manifest."""

    def forget(self, key: str) -> None:
        """An item that is there is done again, since its document has changed."""

    def write(self, entry: DoneEntry, done: ItemDone) -> None:
        """Write an item. entry: what is known of it, but its files. Raises FileError."""

    def finish(self) -> None:
        """Write what has waited; also where the batch was stopped. Raises FileError."""


class FileWriter:
    """Writes each item's files under its own name. suffixes: of the files, by the items' keys."""

    def __init__(self, manifest: Manifest, suffixes: dict[str, str]) -> None:
        self._manifest, self._suffixes = manifest, suffixes

    def forget(self, key: str) -> None:
        """The new files take the names of the old ones."""
        self._manifest.forget(key)

    def write(self, entry: DoneEntry, done: ItemDone) -> None:
        """Write an item's files, all or none."""
        self._manifest.check_there()
        folder = self._manifest.folder
        names = file_names(entry.item, self._suffixes[entry.item], len(done.files))
        paths = [folder / name for name in names]
        with naming_faults(paths[0].parent):
            paths[0].parent.mkdir(parents=True, exist_ok=True)
        save_all(zip(paths, done.files, strict=True), force=True)
        self._manifest.add([with_files(entry, names)])

    def finish(self) -> None:
        """Nothing waits."""


def file_name(key: str, suffix: str) -> str:
    """The name of an item's first file, with its folders: "hymns/eventide.musicxml", "book-03.musicxml"."""
    name, _, tune = key.partition("#")
    path = PurePosixPath(name)
    stem = path.name.removesuffix(path.suffix) if path.suffix else path.name
    return str(path.with_name(f"{stem}{f'-{tune}' if tune else ''}{suffix}"))


def file_names(key: str, suffix: str, count: int) -> tuple[str, ...]:
    """The names of an item's files, one for each alternative."""
    first = Path(file_name(key, suffix))
    return tuple(alternative_path(first, number).as_posix() for number in range(1, count + 1))


def with_files(entry: DoneEntry, files: tuple[str, ...]) -> DoneEntry:
    """The entry with the names of its files."""
    return DoneEntry(entry.item, entry.seed, entry.source, files, entry.remarks)


def are_there(folder: Path, entry: DoneEntry) -> bool:
    """Whether the files of an item that was done are still there."""
    return all((folder / name).is_file() for name in entry.files)
