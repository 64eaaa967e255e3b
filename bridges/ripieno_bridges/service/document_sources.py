"""A document of a request, as its bytes -> what is read of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ripieno_bridges.api.requests import (
    File,
)
from ripieno_bridges.formats.files import (
    Source,
    check_kind,
    read_source,
    with_one_tune,
)

NEW_NAME = Path("score.musicxml")  # of documents for servers; no file of that name is ever opened


def source_of(file: File, reader: Callable[[Path, bytes], Source] = read_source) -> Source:
    """Read a document from its bytes; no file of its name is opened."""
    path = Path(file.name)
    check_kind(path)
    return reader(path, file.data)


def read_polyphony(path: Path, data: bytes) -> Source:
    """As ``read_polyphony_source``, which is imported where it is needed, with all that reads MIDI."""
    from ripieno_bridges.formats.polyphony import read_polyphony_source

    return read_polyphony_source(path, data)


def with_tune(file: File, tune: str | None) -> File:
    """A document without its other tunes. tune: as in ``DocumentRequest``."""
    return File(file.name, with_one_tune(Path(file.name), file.data, tune))
