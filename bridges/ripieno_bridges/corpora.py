"""A corpus for training out of a folder of scores, or out of music21's Bach chorales."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ripieno.corpus import Piece, save_corpus
from ripieno.errors import FileError, RipienoError
from ripieno.grid import REST, Grid, bare_grid, score_to_grid, sounding_pitches
from ripieno.score import VOICE_NAMES, Score
from ripieno_bridges.choir import cast, role
from ripieno_bridges.files import MIDI, MUSICXML, load, printable, read_bytes, save

BENCHMARK_PITCHES = (36, 81)  # what its pieces use, and the default network knows
MOST_SILENT = 0.1  # a choir that rests longer sings with interludes, and would teach silence


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the corpus, and why."""

    file: str
    reason: str


def corpus_paths(folder: Path | None) -> list[Path]:
    """The scores of a folder and its subfolders; without a folder, music21's Bach files."""
    if folder is None:
        from music21 import __file__ as music21_file

        bach = Path(music21_file).parent / "corpus" / "bach"
        return sorted(p for p in bach.iterdir() if p.suffix in (".mxl", ".xml", ".krn"))
    if not folder.is_dir():
        raise FileError(printable(str(folder)), "there is no such folder; check its name")
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in MUSICXML + MIDI)


def read_pieces(paths: list[Path]) -> Iterator[Piece | Skipped]:
    """Every four-part piece among the files, one by one, and every other file with the reason."""
    for path in paths:
        file = printable(path.name)
        try:
            score = read_kern(path) if path.suffix == ".krn" else load(path).score
            if len(score.voices) != len(VOICE_NAMES) and not is_choir_with_instruments(score):
                yield Skipped(file, f"{len(score.voices)} voices; four are needed")
                continue
            grid = score_to_grid(cast(score).score)
            if len(score.voices) > len(VOICE_NAMES) and silent_share(grid) > MOST_SILENT:
                yield Skipped(file, "the choir rests too long")
                continue
            piece = Piece(printable(path.stem), grid)
        except FileError as exc:
            yield Skipped(file, exc.fault)
        except RipienoError as exc:
            yield Skipped(file, str(exc).removeprefix(f"{file}: "))
        else:
            yield piece


def is_choir_with_instruments(score: Score) -> bool:
    """Does the score have each voice of the choir once, by name, beside other parts?"""
    roles = [role(voice.name) for voice in score.voices]
    return all(roles.count(name) == 1 for name in VOICE_NAMES)


def silent_share(grid: Grid) -> float:
    """How much of the time all voices rest."""
    return float((sounding_pitches(grid.cells) == REST).all(1).mean())


def read_kern(path: Path) -> Score:
    """A Humdrum file; only music21's own corpus has them here."""
    from music21.converter import parseData

    from ripieno_bridges.streams import stream_to_score

    stream = parseData(read_bytes(path).decode("latin-1"), format="humdrum")
    return stream_to_score(stream, path.name)[0]


def save_pieces(path: Path, pieces: list[Piece], *, force: bool) -> None:
    """Write a corpus as a whole or not at all."""
    buffer = io.BytesIO()
    save_corpus(buffer, pieces)
    save(path, buffer.getvalue(), force=force)


def read_jsb16(path: Path, split: str) -> list[Grid]:
    """One part of the JSB Chorales benchmark on sixteenths: JSON, a split of pieces of rows of four pitches.

    -1 is a rest. Raises FileError where the file is something else.
    """
    name = printable(str(path))
    wanted = f'not the benchmark; it is JSON: {{"{split}": [[[72, 67, 60, 48], ...], ...]}}'
    try:
        pieces = json.loads(read_bytes(path))[split]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise FileError(name, wanted) from exc
    if not isinstance(pieces, list) or not all(map(is_benchmark_piece, pieces)):
        raise FileError(name, wanted)
    if not pieces:
        raise FileError(name, f"no piece in its part {split}")
    low, high = BENCHMARK_PITCHES
    if any(p != -1 and not low <= p <= high for piece in pieces for row in piece for p in row):
        raise FileError(name, f"a pitch outside {low}..{high}, the compass of the chorales")
    sounding = (np.array(piece, dtype=np.int16) for piece in pieces)
    return [bare_grid(np.where(piece < 0, REST, piece).astype(np.int16)) for piece in sounding]


def is_benchmark_piece(piece: object) -> bool:
    """Is it rows of four whole numbers, as JSON has them?"""
    return (
        isinstance(piece, list)
        and len(piece) > 0
        and all(isinstance(row, list) and len(row) == len(VOICE_NAMES) for row in piece)
        and all(type(pitch) is int for row in piece for pitch in row)
    )
