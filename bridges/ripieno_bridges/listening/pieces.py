"""The pieces by people of a listening test: Bach's that no model learned from, a corpus's, or a folder's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ripieno.corpus.corpus import Piece, chorale_split, load_corpus
from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno.models.catalog import Plays
from ripieno_bridges.corpora.build import FilePieces, Skipped, corpus_paths, read_music, read_pieces

BACH = "bach"  # in place of a folder: the chorales for test that music21 brings
CORPUS = ".npz"
Read = Callable[[list[Path]], Iterator[Piece | FilePieces | Skipped]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How the pieces of a folder are read. wanted: what they must be."""

    read: Read
    wanted: str


READERS: dict[Plays, Reader] = {
    "choir": Reader(read_pieces, "piece in four voices"),
    # Without lead sheets: what their left hands play nobody wrote.
    "piano": Reader(partial(read_music, voicings=0, seed=0), "piece for the piano"),
}


@dataclass(frozen=True, slots=True)
class SourcePieces:
    """The pieces of a source. skipped, remarks: what could not be used of a folder, and what was changed."""

    pieces: Sequence[Piece]
    skipped: Sequence[Skipped] = ()
    remarks: Sequence[str] = ()


def pieces_for_test(
    source: str, plays: Plays, progress: Callable[[float], None] = lambda _: None
) -> SourcePieces:
    """The pieces of a test.

    Of the chorales and of a corpus only the part for test is taken, where there is one: no model learned
    from it. Raises FileError and RequestError where there is nothing.
    """
    if source == BACH:
        return SourcePieces(chorales_for_test(plays, progress))
    path = Path(source)
    if path.suffix == CORPUS:
        corpus = load_corpus(path)
        return SourcePieces(corpus.test or corpus.valid or corpus.pieces)
    if not path.is_dir():
        fault = "no folder and no corpus; name a folder of scores, a corpus (.npz), a test (.json), or bach"
        raise FileError(printable(source), fault)
    found = read_all(corpus_paths(path), READERS[plays], progress)
    if not found.pieces:
        reason = f"; {found.skipped[0].file}: {found.skipped[0].reason}" if found.skipped else ""
        wanted, scores = READERS[plays].wanted, count_text(len(found.skipped), "score")
        raise RequestError(f"{printable(source)}: no {wanted} among {scores}{reason}; choose another folder")
    return found


def chorales_for_test(plays: Plays, progress: Callable[[float], None]) -> list[Piece]:
    """Bach's that no model learned from. Raises RequestError for the piano."""
    if plays != "choir":
        raise RequestError(
            "bach is sung by a choir; for a model that plays the piano name a folder of piano music, or a "
            "corpus that `ripieno prepare --any-voices` made"
        )
    names = chorale_split()["test"]
    paths = [path for path in corpus_paths(None) if path.stem in names]
    found = read_all(paths, READERS[plays], progress)
    return [replace(piece, name=piece.name.replace("bwv", "BWV ")) for piece in found.pieces]


def read_all(paths: list[Path], reader: Reader, progress: Callable[[float], None]) -> SourcePieces:
    """What there is in some files."""
    pieces: list[Piece] = []
    skipped: list[Skipped] = []
    remarks: list[str] = []
    for number, item in enumerate(reader.read(paths), 1):
        if isinstance(item, Skipped):
            skipped.append(item)
        elif isinstance(item, Piece):
            pieces.append(item)
        else:
            pieces += item.pieces
            remarks += [f"{item.file}: {remark}" for remark in item.remarks]
        progress(min(number / len(paths), 1))  # an ABC file may have many pieces
    return SourcePieces(pieces, skipped, remarks)
