"""ABC files: one of a file's tunes as a MusicXML document, or the titles of all."""

from __future__ import annotations

from dataclasses import dataclass

from ripieno.errors import FileError
from ripieno_bridges.formats.abc.barlines import align_barlines
from ripieno_bridges.formats.abc.document import write_document
from ripieno_bridges.formats.abc.errors import quoted
from ripieno_bridges.formats.abc.lines import Tune, TuneBook, split_tunes
from ripieno_bridges.formats.abc.tune_reader import TuneReader


@dataclass(frozen=True, slots=True)
class AbcDocument:
    """A tune as MusicXML. remarks: what was left out or mended, in sentences."""

    data: bytes
    title: str
    remarks: tuple[str, ...]


def read_abc(data: bytes, file: str) -> AbcDocument:
    """The first tune of an ABC file as MusicXML. file: the name that errors show.

    Raises AbcError, with line and column, for what is not ABC, and FileError for a file without a tune.
    """
    book = split_tunes(data, file)
    found = read_tune(book.tunes[0], file)
    return AbcDocument(found.data, found.title, (*book.remarks, *found.remarks))


def read_tune(source: Tune, file: str) -> AbcDocument:
    """One tune of a file as MusicXML."""
    tune = TuneReader(source, file).read()
    mended = align_barlines([tune.voices[name] for staff in tune.staves for name in staff])
    return AbcDocument(write_document(tune), tune.title, (*tune.remarks, *mended))
