"""The items of a batch: files, tunes of ABC files, or numbers of new pieces; each with its key and seed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from ripieno.errors import FileError, RequestError, RipienoError, printable
from ripieno.limits import SEEDS
from ripieno_bridges.api.requests import File
from ripieno_bridges.file_errors import unreadable
from ripieno_bridges.formats.file_kinds import FAULTS, MUSESCORE
from ripieno_bridges.formats.files import READABLE, is_abc, read_bytes, read_score_bytes

LISTS = (".txt", ".lst")
WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. key: its name in the batch, from which its seed and the names of its files follow.

    path: None for a new piece. tune: of an ABC file with several, its place, from 0.
    """

    key: str
    path: Path | None = None
    tune: int | None = None


def seed_of(seed: int, key: str) -> int:
    """An item's own seed: it depends on the batch's seed and on the item's key, and on nothing else."""
    digest = hashlib.sha256(f"{seed} {key}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % SEEDS


def new_pieces(count: int) -> list[Item]:
    """So many pieces to compose; the first ones are the same however many there are."""
    return [Item(f"{number:06}") for number in range(1, count + 1)]


def find_items(sources: Sequence[Path], output: Path) -> list[Item]:
    """The items in folders, lists and files, sorted; what lies in ``output`` is none.

    Raises RipienoError for a source that is not there, or where there is no score at all.
    """
    found: dict[str, Item] = {}
    single: list[Path] = []
    for source in sources:
        if source.is_dir():
            add(found, scores_below(source), source)
        elif source.suffix.lower() in LISTS:
            add(found, (paths := listed(source)), common_folder(paths))
        elif WILDCARDS & set(str(source)) and not source.exists():
            add(found, (paths := matching(source)), common_folder(paths))
        else:
            single.append(source)
    add(found, single, common_folder(single))
    inside = output.resolve()
    items = [
        item for _, item in sorted(found.items()) if item.path and inside not in item.path.resolve().parents
    ]
    names = ", ".join(printable(str(source)) for source in sources)
    if found and not items:
        raise FileError(names, "the results would lie among the scores; name another folder for them")
    if not items:
        raise FileError(names, "there is no score; name a folder, a list or files of MusicXML, MIDI or ABC")
    return items


def scores_below(folder: Path) -> list[Path]:
    """The scores of a folder and its subfolders, but for hidden ones; MuseScore's too, which are refused."""
    return [path for path in files_below(folder) if path.suffix.lower() in READABLE + MUSESCORE]


def files_below(folder: Path) -> list[Path]:
    """The files of a folder and its subfolders, but for hidden ones."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and not path.is_dir()
    ]


def passed_over(sources: Sequence[Path], items: Sequence[Item], output: Path) -> list[str]:
    """The files in the folders that musicians take for scores, where no score of that name is beside them."""
    there = {item.path.with_suffix("").absolute() for item in items if item.path is not None}
    inside = output.resolve()
    return [
        path.relative_to(folder).as_posix()
        for folder in sources
        if folder.is_dir()
        for path in files_below(folder)
        if path.suffix.lower() in FAULTS
        and path.with_suffix("").absolute() not in there
        and inside not in path.resolve().parents
    ]


def listed(file: Path) -> list[Path]:
    """The files that a list names, one a line, from its own folder on; empty lines and # are passed over."""
    try:
        lines = read_bytes(file).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as exc:
        raise FileError(printable(str(file)), "not a text in UTF-8; save it as one, a file a line") from exc
    return [file.parent / line.strip() for line in lines if line.strip() and not line.startswith("#")]


def matching(pattern: Path) -> list[Path]:
    """The files that a pattern names; ** stands for any folders."""
    fixed = list(takewhile(lambda part: not WILDCARDS & set(part), pattern.parts))
    folder = Path(*fixed)
    below = str(Path(*pattern.parts[len(fixed) :]))
    return [path for path in sorted(folder.glob(below)) if path.is_file()]


def common_folder(paths: Sequence[Path]) -> Path:
    """The deepest folder that has all files."""
    if not paths:
        return Path()
    return Path(os.path.commonpath([path.absolute().parent for path in paths]))


def add(found: dict[str, Item], paths: Iterable[Path], root: Path) -> None:
    """Add the items of files; their keys begin at ``root``. Raises RequestError where two have one key."""
    for path in paths:
        key = path.absolute().relative_to(root.absolute()).as_posix()
        for item in items_of(path, key):
            if item.key in found and found[item.key].path != path:
                raise RequestError(
                    f"{printable(str(path))} and {printable(str(found[item.key].path))} would be saved under "
                    "one name; give the folder that has both"
                )
            found[item.key] = item


def items_of(path: Path, key: str) -> Iterator[Item]:
    """The items of a file: each tune of an ABC file with several. What cannot be read is found out later."""
    tunes = 1
    if is_abc(path):
        from ripieno_bridges.formats.abc.lines import split_tunes

        try:
            tunes = len(split_tunes(read_bytes(path), path.name).tunes)
        except RipienoError:
            tunes = 1
    if tunes == 1:
        yield Item(key, path)
        return
    digits = len(str(tunes))
    for place in range(tunes):
        yield Item(f"{key}#{place + 1:0{digits}}", path, place)


class ItemReader:
    """Reads items, and an ABC file with many tunes only once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._data = b""

    def read(self, item: Item) -> File | None:
        """An item's document; None for a new piece. Raises FileError."""
        if item.path is None:
            return None
        name = item.key.partition("#")[0] if item.tune is not None else item.key
        if item.tune is None:
            return File(name, read_score_bytes(item.path))
        from ripieno_bridges.formats.abc.lines import split_tunes
        from ripieno_bridges.formats.abc.tunes import only_tune

        if self._path != item.path:
            self._path, self._data = item.path, read_score_bytes(item.path)
        book = split_tunes(self._data, item.path.name)
        if item.tune >= len(book.tunes):
            raise unreadable(item.path, FileNotFoundError())
        return File(name, only_tune(self._data, book, book.tunes[item.tune], item.path.name))


def sha256_of(file: File | None) -> str:
    """What tells whether an item's document has changed; empty for a new piece."""
    return "" if file is None else hashlib.sha256(file.data).hexdigest()
