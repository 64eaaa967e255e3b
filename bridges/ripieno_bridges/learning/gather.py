"""The pieces of a folder to learn from, and for every other file why it is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError, count_text, printable
from ripieno.learning.pieces import without_copies
from ripieno.learning.traits import CHOIR, PIANO
from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_music, read_pieces
from ripieno_bridges.formats.file_kinds import FAULTS
from ripieno_bridges.formats.files import READABLE

OTHER_KIND = "not MusicXML, MIDI or ABC"
VOICINGS = 1  # left hands that a lead sheet gets
MAX_REASONS = 3  # that a message names
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The pieces, all for a choir or all for the piano; the files left out; what others lost when read."""

    plays: str
    pieces: list[Piece]
    left_out: list[Skipped]
    remarks: list[str]


def gather(folder: Path, plays: str | None, *, seed: int, progress: Progress = lambda _: None) -> Gathered:
    """Read a folder. plays: "choir" or "piano"; None finds out what most of the scores are.

    Raises FileError where there is no folder, RequestError where it has nothing to learn from.
    """
    paths = corpus_paths(folder)
    others = other_files(folder)
    choir = read_choir(paths, lambda part: progress(part / 2)) if plays != PIANO else None
    if choir is not None and (plays == CHOIR or len(choir.pieces) >= len(choir.left_out)):
        found = choir
    else:
        found = read_piano(paths, seed, lambda part: progress(part / 2 + 0.5 * (choir is not None)))
        if choir is not None and 2 * len(choir.pieces) >= len(found.pieces):
            found = choir
    progress(1)
    pieces, copies = without_copies(found.pieces)
    left_out = [*found.left_out, *others]
    left_out += [Skipped(copy.name, f"the same notes as {first.name}") for copy, first in copies]
    if not pieces:
        raise RequestError(nothing_to_learn(folder, left_out, plays))
    return Gathered(found.plays, pieces, left_out, found.remarks)


def read_choir(paths: Sequence[Path], progress: Progress) -> Gathered:
    """The four-part pieces among some files."""
    found = Gathered(CHOIR, [], [], [])
    for i, item in enumerate(read_pieces(list(paths)), 1):
        (found.left_out if isinstance(item, Skipped) else found.pieces).append(item)  # type: ignore[arg-type]
        progress(min(i / len(paths), 1))  # an ABC file may have many pieces
    return found


def read_piano(paths: Sequence[Path], seed: int, progress: Progress) -> Gathered:
    """The pieces of any number of voices among some files."""
    found = Gathered(PIANO, [], [], [])
    for i, item in enumerate(read_music(list(paths), voicings=VOICINGS, seed=seed), 1):
        if isinstance(item, Skipped):
            found.left_out.append(item)
        else:
            found.pieces.extend(item.pieces)
            found.remarks.extend(f"{item.file}: {remark}" for remark in item.remarks)
        progress(min(i / len(paths), 1))
    return found


def other_files(folder: Path) -> list[Skipped]:
    """The files of other kinds, but for hidden ones."""
    found = []
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix.lower() not in READABLE:
            found.append(Skipped(printable(path.name), FAULTS.get(path.suffix.lower(), OTHER_KIND)))
    return found


def nothing_to_learn(folder: Path, left_out: Sequence[Skipped], plays: str | None) -> str:
    """Why a folder has nothing to learn from, with some of its files."""
    name = printable(str(folder))
    if not left_out:
        return f"{name}: there is no file in it; put your scores there, as MusicXML, MIDI or ABC"
    listed = "; ".join(f"{entry.file}: {entry.reason}" for entry in left_out[:MAX_REASONS])
    more = len(left_out) - MAX_REASONS
    what = "no score in four voices" if plays == CHOIR else "nothing to learn from"
    return (
        f"{name}: {what} among its {count_text(len(left_out), 'file')} ({listed}"
        f"{f'; and {more} more' if more > 0 else ''}); put scores there as MusicXML, MIDI or ABC"
    )
