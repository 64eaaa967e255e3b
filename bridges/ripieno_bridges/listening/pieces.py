"""The pieces by people of a listening test: Bach's that no model learned from, a corpus's, or a folder's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ripieno.corpus.corpus import Piece, chorale_split, load_corpus
from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_pieces

BACH = "bach"  # in place of a folder: the chorales for test that music21 brings
CORPUS = ".npz"


def pieces_for_test(source: str) -> tuple[Sequence[Piece], list[Skipped]]:
    """(pieces, what could not be used of a folder).

    Of the chorales and of a corpus only the part for test is taken, where there is one: no model learned
    from it. Raises FileError and RequestError where there is nothing.
    """
    if source == BACH:
        names = chorale_split()["test"]
        paths = [path for path in corpus_paths(None) if path.stem in names]
        found = [piece for piece in read_pieces(paths) if isinstance(piece, Piece)]
        return [replace(piece, name=piece.name.replace("bwv", "BWV ")) for piece in found], []
    path = Path(source)
    if path.suffix == CORPUS:
        corpus = load_corpus(path)
        return corpus.test or corpus.valid or corpus.pieces, []
    if not path.is_dir():
        fault = "no folder and no corpus; name a folder of scores, a corpus (.npz), a test (.json), or bach"
        raise FileError(printable(source), fault)
    read = list(read_pieces(corpus_paths(path)))
    pieces = [piece for piece in read if isinstance(piece, Piece)]
    skipped = [one for one in read if isinstance(one, Skipped)]
    if not pieces:
        reason = f"; {skipped[0].file}: {skipped[0].reason}" if skipped else ""
        raise RequestError(
            f"{printable(source)}: no piece in four voices among {count_text(len(read), 'score')}{reason}; "
            "choose another folder"
        )
    return pieces, skipped
