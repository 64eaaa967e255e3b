"""Prepared pieces in one ``.npz``: saving, loading, the split, transposition."""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np

from ripieno.errors import FileError, RequestError, count_text
from ripieno.grid import HOLD, NO_KEY, NO_METER, OPEN, REST, Cells, Grid
from ripieno.score import STYLES, VOICE_NAMES

FORMAT = 2  # raised whenever the arrays below change; format 1 had four voices in every piece
MAX_VOICES = 24  # columns of a piece
# Each array of one row a step: its type, its lowest and highest value.
ROWS: dict[str, tuple[type, int, int]] = {
    "cells": (np.int16, 0, REST),
    "position": (np.int16, NO_METER, 32_767),
    "strength": (np.int8, NO_METER, 4),
    "fermata": (np.bool_, 0, 1),
    "tonic": (np.int8, NO_KEY, 11),
}
# Arrays of one number a piece that earlier versions did not write, and what is meant then.
SIXTEENTHS = 4  # steps a quarter
ADDED = {"styles": (OPEN, OPEN, len(STYLES) - 1), "steps_per_quarter": (SIXTEENTHS, 1, 64)}
MAX_ARRAYS = 100
ALLOWED_BYTES = (
    64 * 1024 * 1024
)  # unpacked, from any file; a large one may unpack to MAX_RATIO times its size
MAX_RATIO = 100
PREPARE = "make one with `ripieno prepare`"


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece of a corpus. ``name`` is what an originality report would call it: "bwv269".

    style: one of ``STYLES``, None where nobody said.
    """

    name: str
    grid: Grid
    style: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """The pieces to train on, to validate on, and to test on."""

    train: tuple[Piece, ...]
    valid: tuple[Piece, ...]
    test: tuple[Piece, ...]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All of them."""
        return self.train + self.valid + self.test


def chorale_split() -> dict[str, frozenset[str]]:
    """The names of music21's Bach files that are for test, for validation, or left out as a twin of one.

    They match the usual 229/76/77 split of the JSB Chorales; every other chorale is for training.
    """
    return read_split("chorale_split.json")


def hymn_split() -> dict[str, frozenset[str]]:
    """The names of the Open Hymnal's files that are for validation, or left out: none is for test.

    Those left out sing a melody for validation with another text, or one of a chorale for test or validation.
    """
    return read_split("hymn_split.json")


def read_split(file: str) -> dict[str, frozenset[str]]:
    """The names of each part that a file of this folder lists."""
    split = json.loads(files("ripieno.corpus").joinpath(file).read_text("utf-8"))
    return {part: frozenset(split.get(part, ())) for part in ("test", "valid", "left_out")}


def divide(pieces: Sequence[Piece]) -> Corpus:
    """Divide by the splits of chorales and hymns.

    Where no piece is in them, a tenth by name each is for valid and test.
    """
    chorales, hymns = chorale_split(), hymn_split()
    split = {part: names | hymns[part] for part, names in chorales.items()}
    parts: dict[str, list[Piece]] = {"train": [], "valid": [], "test": [], "left_out": []}
    for piece in pieces:
        part = next((p for p, names in split.items() if piece.name in names), "train")
        parts[part].append(piece)
    if len(parts["train"]) == len(pieces) >= 10:
        ordered = sorted(pieces, key=lambda p: p.name)
        valid, test = ordered[::10], ordered[5::10]
        parts["train"] = [p for p in ordered if p not in valid and p not in test]
        parts["valid"], parts["test"] = valid, test
    return Corpus(tuple(parts["train"]), tuple(parts["valid"]), tuple(parts["test"]))


def save_corpus(file: IO[bytes], pieces: Sequence[Piece]) -> None:
    """Write the pieces' grids end to end, with their names, lengths and voices.

    All are padded with silent voices to as many as the richest piece has.
    """
    grids = [p.grid for p in pieces]
    voices = [g.cells.shape[1] for g in grids]
    assert max(voices) <= MAX_VOICES
    np.savez_compressed(
        file,
        format=np.array(FORMAT),
        names=np.array([p.name for p in pieces]),
        steps=np.array([g.steps for g in grids]),
        voices=np.array(voices),
        cells=np.concatenate([padded(g.cells, max(voices)) for g in grids]),
        position=np.concatenate([g.position for g in grids]),
        strength=np.concatenate([g.strength for g in grids]),
        fermata=np.concatenate([g.fermata for g in grids]),
        tonic=np.concatenate([g.tonic for g in grids]),
        styles=np.array([OPEN if p.style is None else STYLES.index(p.style) for p in pieces]),
        steps_per_quarter=np.array([usual_steps(g) for g in grids]),
    )


def usual_steps(grid: Grid) -> int:
    """How many steps most quarters of a grid have: 4, or 8 in meters over 8."""
    lengths = Counter(after - before for before, after in pairwise(grid.edges))
    (usual, _), *_ = lengths.most_common(1)
    return min(64, max(1, int(1 / usual)))


def padded(cells: Cells, voices: int) -> Cells:
    """(T, voices): the cells, and silence in further voices."""
    return np.pad(cells, ((0, 0), (0, voices - cells.shape[1])), constant_values=REST)


def load_corpus(path: Path) -> Corpus:
    """``load_pieces``, divided."""
    return divide(load_pieces(path))


def load_pieces(path: Path) -> tuple[Piece, ...]:
    """Read what ``save_corpus`` wrote. All steps of a piece are alike then: training needs no other times.

    Raises FileError where the file is missing, damaged or of another version.
    """
    if not path.is_file():
        raise FileError(path.name, f"there is no such file; check the name and the folder, or {PREPARE}")
    try:
        check_arrays(path)
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    # numpy and zipfile meet damage with whatever their own code raises.
    except (OSError, ValueError, KeyError, EOFError, TypeError, RuntimeError) as exc:
        raise FileError(path.name, f"not a prepared corpus; {PREPARE}") from exc
    except (BadZipFile, zlib.error, IndexError, OverflowError, SyntaxError) as exc:
        raise FileError(path.name, f"not a prepared corpus; {PREPARE}") from exc
    version = arrays.get("format")
    if version is None or version.shape or version.dtype.kind != "i":
        raise FileError(path.name, f"not a prepared corpus; {PREPARE}")
    if version not in (1, FORMAT):
        raise FileError(path.name, "made by another version; run `ripieno prepare` again")
    if version == 1 and "steps" in arrays:
        arrays["voices"] = np.full(arrays["steps"].shape, len(VOICE_NAMES))
    for name, (usual, _, _) in ADDED.items():
        arrays.setdefault(name, np.full(np.shape(arrays.get("steps", 0)), usual))
    if not arrays_are_valid(arrays):
        raise FileError(path.name, f"a damaged corpus; {PREPARE}")
    columns = [arrays[name].tolist() for name in ("names", "steps", "voices", *ADDED)]
    longest = int(arrays["steps"].max())
    edges = {  # those of the longest piece
        count: tuple(Fraction(i, count) for i in range(longest + 1)) for count in set(columns[-1])
    }
    ends = np.cumsum(arrays["steps"]).tolist()
    return tuple(
        Piece(
            name,
            slice_grid(arrays, end - length, end, voices, edges[count]),
            None if style == OPEN else STYLES[style],
        )
        for end, name, length, voices, style, count in zip(ends, *columns, strict=True)
    )


def check_arrays(path: Path) -> None:
    """Raise ValueError where an array claims more memory than its bytes, or all of them are too large."""
    with ZipFile(path) as archive:
        entries = archive.infolist()
        limit = max(ALLOWED_BYTES, MAX_RATIO * path.stat().st_size)
        if len(entries) > MAX_ARRAYS or sum(entry.file_size for entry in entries) > limit:
            raise ValueError("too large for a corpus")
        for entry in entries:
            with archive.open(entry) as file:
                version = np.lib.format.read_magic(file)
                if version != (1, 0):
                    raise ValueError("an array that save_corpus does not write")
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if dtype.hasobject or math.prod(shape) * dtype.itemsize > entry.file_size:
                raise ValueError("an array larger than its file")


def arrays_are_valid(arrays: dict[str, np.ndarray]) -> bool:
    """Whether the arrays have the types, shapes and values that ``save_corpus`` writes."""
    if not set(ROWS) | {"names", "steps", "voices"} <= set(arrays):
        return False
    names, steps, voices, cells = (arrays[name] for name in ("names", "steps", "voices", "cells"))
    if names.dtype.kind != "U" or names.ndim != 1 or not len(names) or names.dtype.itemsize > 4096:
        return False
    one_a_piece = (steps, voices, *(arrays[name] for name in ADDED))
    if any(numbers.dtype.kind != "i" or numbers.shape != names.shape for numbers in one_a_piece):
        return False
    if cells.ndim != 2 or not 1 <= steps.min() <= steps.max() <= len(cells):
        return False
    if not 1 <= voices.min() <= voices.max() <= MAX_VOICES:
        return False
    rows, widest = int(steps.sum()), int(voices.max())
    shapes = dict.fromkeys(ROWS, (rows,)) | {"cells": (rows, widest)}
    known = {name: bounds for name, (_, *bounds) in ADDED.items()}
    return all(low <= arrays[n].min() <= arrays[n].max() <= high for n, (low, high) in known.items()) and all(
        arrays[name].dtype == dtype
        and arrays[name].shape == shapes[name]
        and low <= arrays[name].min() <= arrays[name].max() <= high
        for name, (dtype, low, high) in ROWS.items()
    )


def slice_grid(
    arrays: dict[str, np.ndarray], start: int, end: int, voices: int, edges: tuple[Fraction, ...]
) -> Grid:
    """The grid of the piece at [start, end), without the voices that it was padded with.

    edges: as in ``Grid``, of a piece that is as long or longer.
    """
    return Grid(
        np.ascontiguousarray(arrays["cells"][start:end, :voices]),
        edges[: end - start + 1],
        arrays["position"][start:end],
        arrays["strength"][start:end],
        arrays["fermata"][start:end],
        arrays["tonic"][start:end],
    )


def transposed(grid: Grid, semitones: int) -> Grid:
    """The grid moved by ``semitones``, its key too; holds and rests stay."""
    cells = np.where(grid.cells < HOLD, grid.cells + semitones, grid.cells).astype(grid.cells.dtype)
    tonic = np.where(grid.tonic == NO_KEY, NO_KEY, (grid.tonic + semitones) % 12).astype(grid.tonic.dtype)
    plan = None if grid.plan is None else grid.plan.moved(semitones)
    return replace(grid, cells=cells, tonic=tonic, plan=plan)


def possible_transpositions(cells: Cells, ranges: Sequence[tuple[int, int]]) -> range:
    """The transpositions that keep every voice inside its range, 0 always among them."""
    down, up = -99, 99
    for v, (low, high) in enumerate(ranges):
        pitches = cells[:, v][cells[:, v] < HOLD]
        if len(pitches):
            down = max(down, low - int(pitches.min()))
            up = min(up, high - int(pitches.max()))
    return range(min(down, 0), max(up, 0) + 1)


def check_choir(corpus: Corpus, *, model_name: str) -> None:
    """Raise RequestError where a piece is not in the four voices that a network for choirs is made for.

    model_name: how the message calls the network.
    """
    for piece in corpus.pieces:
        voices = piece.grid.cells.shape[1]
        if voices != len(VOICE_NAMES):
            has = count_text(voices, "voice")
            raise RequestError(
                f"{piece.name}: {has}, but {model_name} knows pieces in four alone; "
                "leave the piece out, or choose a network for other music"
            )


def check_compass(grid: Grid, name: str, low: int, high: int, *, model_name: str) -> None:
    """Raise RequestError where a piece has a pitch that a network can neither read nor write.

    low, high: MIDI pitches, both included. model_name: how the message calls the network.
    """
    pitches = grid.cells[grid.cells < HOLD]
    beyond = pitches[(pitches < low) | (pitches > high)]
    if len(beyond):
        raise RequestError(
            f"{name}: the pitch {beyond[0]} lies outside {low}..{high}, all that {model_name} knows; "
            "leave the piece out"
        )
