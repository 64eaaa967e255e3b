"""The pieces by people of a listening test: Bach's that no model learned from, a corpus's, or a folder's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ripieno.corpus.corpus import Piece, chorale_split, load_corpus
from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno.models.catalog import Plays
from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_music, read_pieces

BACH = "bach"  # in place of a folder: the chorales for test that music21 brings
CORPUS = ".npz"
Read = Iterator[Piece | Skipped]


def read_two_hands(paths: list[Path]) -> Read:
    """Every piece of piano music among the files; what a lead sheet's left hand plays nobody wrote."""
    for item in read_music(paths, voicings=0, seed=0):
        if isinstance(item, Skipped):
            yield item
        else:
            yield from item.pieces


@dataclass(frozen=True, slots=True)
class Reader:
    """How the pieces of a folder are read. wanted: what they must be."""

    read: Callable[[list[Path]], Read]
    wanted: str


READERS: dict[Plays, Reader] = {
    "choir": Reader(read_pieces, "piece in four voices"),
    "piano": Reader(read_two_hands, "piece for the piano"),
}


def pieces_for_test(
    source: str, plays: Plays, progress: Callable[[float], None] = lambda _: None
) -> tuple[Sequence[Piece], list[Skipped]]:
    """(pieces, what could not be used of a folder).

    Of the chorales and of a corpus only the part for test is taken, where there is one: no model learned
    from it. Raises FileError and RequestError where there is nothing.
    """
    if source == BACH:
        if plays != "choir":
            raise RequestError(
                "bach is sung by a choir; for a model that plays the piano name a folder of piano music, or "
                "a corpus that `ripieno prepare --any-voices` made"
            )
        names = chorale_split()["test"]
        paths = [path for path in corpus_paths(None) if path.stem in names]
        chorales, _ = read_all(paths, READERS[plays], progress)
        return [replace(piece, name=piece.name.replace("bwv", "BWV ")) for piece in chorales], []
    path = Path(source)
    if path.suffix == CORPUS:
        corpus = load_corpus(path)
        return corpus.test or corpus.valid or corpus.pieces, []
    if not path.is_dir():
        fault = "no folder and no corpus; name a folder of scores, a corpus (.npz), a test (.json), or bach"
        raise FileError(printable(source), fault)
    pieces, skipped = read_all(corpus_paths(path), READERS[plays], progress)
    if not pieces:
        reason = f"; {skipped[0].file}: {skipped[0].reason}" if skipped else ""
        wanted, scores = READERS[plays].wanted, count_text(len(skipped), "score")
        raise RequestError(f"{printable(source)}: no {wanted} among {scores}{reason}; choose another folder")
    return pieces, skipped


def read_all(
    paths: list[Path], reader: Reader, progress: Callable[[float], None]
) -> tuple[list[Piece], list[Skipped]]:
    """(the pieces of some files, what could not be used of them)."""
    pieces: list[Piece] = []
    skipped: list[Skipped] = []
    for number, item in enumerate(reader.read(paths), 1):
        if isinstance(item, Piece):
            pieces.append(item)
        else:
            skipped.append(item)
        progress(min(number / len(paths), 1))  # an ABC file may have many pieces
    return pieces, skipped
