"""ABC files: one of a file's tunes as a MusicXML document, or the titles of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ripieno.errors import FileError
from ripieno_bridges.formats.abc.barlines import align_barlines
from ripieno_bridges.formats.abc.document import write_document
from ripieno_bridges.formats.abc.lines import Tune, split_tunes
from ripieno_bridges.formats.abc.tune_reader import TuneReader
from ripieno_bridges.formats.abc.tunes import listed, name_of


@dataclass(frozen=True, slots=True)
class AbcDocument:
    """A tune as MusicXML. remarks: what was left out or mended, in sentences."""

    data: bytes
    title: str
    remarks: tuple[str, ...]


def read_abc(data: bytes, file: str) -> AbcDocument:
    """The first tune of an ABC file as MusicXML; a remark lists the others. file: the name that errors show.

    Raises AbcError, with line and column, for what is not ABC, and FileError for a file without a tune.
    """
    book = split_tunes(data, file)
    found = read_tune(book.tunes[0], file)
    others = book.tunes[1:]
    left = f"of {len(book.tunes)} tunes the first is read, {name_of(book.tunes[0])}; tune chooses another"
    more = [f"{left}: {listed(others)}"] if others else []
    return AbcDocument(found.data, found.title, (*more, *book.remarks, *found.remarks))


def read_tunes(data: bytes, file: str) -> Iterator[tuple[str, AbcDocument | FileError]]:
    """(a name, the tune as MusicXML or what is wrong with it) for each tune of an ABC file.

    A tune's name is its title, else its number; one that the file has twice gets the number too. Raises
    FileError for a file without a tune.
    """
    book = split_tunes(data, file)
    titles = Counter(tune.title for tune in book.tunes)
    for place, tune in enumerate(book.tunes, 1):
        number = tune.number or str(place)
        name = tune.title if titles[tune.title] == 1 and tune.title else f"{tune.title} {number}".strip()
        try:
            yield name, read_tune(tune, file)
        except FileError as exc:
            yield name, exc


def read_tune(source: Tune, file: str) -> AbcDocument:
    """One tune of a file as MusicXML."""
    tune = TuneReader(source, file).read()
    mended = align_barlines([tune.voices[name] for staff in tune.staves for name in staff])
    return AbcDocument(write_document(tune), tune.title, (*tune.remarks, *mended))
