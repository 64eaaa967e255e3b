"""A data set of a batch's results: rows in Parquet files, each written whole, so that memory stays flat."""

from __future__ import annotations

import importlib.util
import re
import time
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect, to_builtins

from ripieno.atomic_write import replace_file
from ripieno.errors import FileError, RequestError, printable
from ripieno_bridges.batch.manifest import DoneEntry, Manifest
from ripieno_bridges.batch.messages import ItemDone
from ripieno_bridges.batch.rows import PieceRow
from ripieno_bridges.batch.writers import with_files
from ripieno_bridges.formats.files import naming_faults

PARTS = "data"  # the folder of the Parquet files
PART_ROWS, PART_SECONDS = 1000, 300.0  # so much of the work is done again after a crash, at the most
PART_NAME = re.compile(r"part-(\d{5,})\.parquet")
INSTALL = 'a data set needs pyarrow; install it with: pip install "ripieno[dataset]"'


class DatasetWriter:
    """Collects rows, and writes a part of the data set when there are enough of them."""

    def __init__(self, manifest: Manifest) -> None:
        if importlib.util.find_spec("pyarrow") is None:
            raise RequestError(INSTALL)
        self._manifest = manifest
        self._waiting: list[tuple[DoneEntry, tuple[PieceRow, ...]]] = []
        self._rows = 0
        self._since = time.monotonic()
        self._stale = False
        keep_rows_of(manifest)
        self._next = 1 + max((number_of(path) for path in parts_in(manifest.folder)), default=0)

    def forget(self, key: str) -> None:
        """The old rows go when the new ones are there."""
        self._manifest.forget(key)
        self._stale = True

    def write(self, entry: DoneEntry, done: ItemDone) -> None:
        """Take an item's rows."""
        self._waiting.append((entry, done.rows))
        self._rows += len(done.rows)
        if self._rows >= PART_ROWS or time.monotonic() - self._since >= PART_SECONDS:
            self._write_part()

    def finish(self) -> None:
        """Write the last part, and drop rows that others have taken the place of."""
        self._write_part()
        if self._stale:
            keep_rows_of(self._manifest)

    def _write_part(self) -> None:
        self._since = time.monotonic()
        if not self._waiting:
            return
        self._manifest.check_there()
        name = f"{PARTS}/part-{self._next:05}.parquet"
        waiting = sorted(self._waiting, key=lambda item: item[0].item)
        write_rows(self._manifest.folder / name, [row for _, rows in waiting for row in rows])
        self._manifest.add(with_files(entry, (name,)) for entry, _ in waiting)
        self._waiting, self._rows, self._next = [], 0, self._next + 1


def write_rows(path: Path, rows: list[PieceRow]) -> None:
    """Write a Parquet file, whole or not at all. Raises FileError."""
    import pyarrow as pa

    write_table(path, pa.Table.from_pylist(to_builtins(rows), schema=schema()))


def write_table(path: Path, table: Any) -> None:
    """Write a table as a Parquet file, whole or not at all. Raises FileError."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    with naming_faults(path):
        path.parent.mkdir(exist_ok=True)
        replace_file(path, sink.getvalue().to_pybytes())


def keep_rows_of(manifest: Manifest) -> None:
    """Drop the rows of items that are not done, or done in another part: a crash or a change left them."""
    from pyarrow import ArrowException, parquet

    for path in parts_in(manifest.folder):
        name = f"{PARTS}/{path.name}"
        try:
            ids = parquet.read_table(path, columns=["id"])["id"].to_pylist()
            kept = [key in manifest.done and manifest.done[key].files == (name,) for key in ids]
            if all(kept) and kept:
                continue
            if any(kept):
                write_table(path, parquet.read_table(path).filter(kept))
            else:
                path.unlink()
        except (ArrowException, OSError) as exc:
            fault = "damaged; remove it, and the same command makes its rows again"
            raise FileError(printable(str(path)), fault) from exc


def parts_in(folder: Path) -> list[Path]:
    """The Parquet files of a data set, in their order."""
    found = [path for path in (folder / PARTS).glob("*.parquet") if PART_NAME.fullmatch(path.name)]
    return sorted(found, key=number_of)


def count_rows(folder: Path) -> int:
    """How many rows a data set has."""
    from pyarrow import parquet

    return sum(parquet.read_metadata(path).num_rows for path in parts_in(folder))


def number_of(path: Path) -> int:
    """The number of a part."""
    found = PART_NAME.fullmatch(path.name)
    assert found is not None
    return int(found[1])


# -- the columns -------------------------------------------------------------------------------------------


def schema() -> Any:
    """The columns of the data set, which are those of ``PieceRow``."""
    import pyarrow as pa

    return pa.schema(fields_of(PieceRow))


def fields_of(struct: type[msgspec.Struct]) -> list[Any]:
    """A struct's fields as Arrow has them."""
    import pyarrow as pa

    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return [
        pa.field(field.name, arrow_type(without_none(field.type)), nullable=is_optional(field.type))
        for field in info.fields
    ]


def arrow_type(kind: inspect.Type) -> Any:
    """The Arrow type for the type of a field."""
    import pyarrow as pa

    if isinstance(kind, inspect.ListType):
        return pa.list_(pa.field("element", arrow_type(kind.item_type), nullable=False))
    if isinstance(kind, inspect.StructType):
        return pa.struct(fields_of(kind.cls))
    plain = {
        inspect.StrType: pa.string(),
        inspect.IntType: pa.int64(),
        inspect.FloatType: pa.float64(),
        inspect.BoolType: pa.bool_(),
    }
    return plain[type(kind)]


def is_optional(kind: inspect.Type) -> bool:
    """Whether a field may be None."""
    return isinstance(kind, inspect.UnionType)


def without_none(kind: inspect.Type) -> inspect.Type:
    """The type of a field where it is not None."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    return next(part for part in kind.types if not isinstance(part, inspect.NoneType))
