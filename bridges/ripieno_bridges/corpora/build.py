"""A corpus for training out of a folder of scores, or out of music21's Bach chorales."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ripieno.corpus.corpus import MAX_VOICES, Piece, save_corpus
from ripieno.errors import FileError, RipienoError, count_text, printable
from ripieno.grid import REST, Grid, bare_grid, score_to_grid, sounding_pitches
from ripieno.piano.blues import twelve_bars
from ripieno.piano.left_hand import PATTERNS
from ripieno.score import VOICE_NAMES, Score
from ripieno_bridges.corpora.pickup_detection import with_detected_pickup
from ripieno_bridges.formats.abc.reader import AbcDocument, read_tunes
from ripieno_bridges.formats.files import (
    READABLE,
    is_abc,
    is_midi,
    load,
    read_bytes,
    read_score_bytes,
    save,
    source_of_tune,
)
from ripieno_bridges.formats.lead_sheets import is_lead_sheet, parse_lead_sheet, realize
from ripieno_bridges.formats.part_names import voice_of_part
from ripieno_bridges.formats.polyphony import read_polyphony, read_polyphony_tune
from ripieno_bridges.formats.score_lines import ScoreLine, check_line, check_plain_lines
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices

BENCHMARK_PITCHES = (36, 81)  # what its pieces use, and the default network knows
MAX_SILENT = 0.1  # a choir that rests longer sings with interludes, and a network would learn silence


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
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in READABLE)


@dataclass(frozen=True, slots=True)
class FolderScore:
    """A score of a folder: a file, or a tune of an ABC file. title: where its file has several tunes."""

    path: Path
    tune: AbcDocument | None = None
    title: str = ""

    @property
    def file(self) -> str:
        """What messages call it."""
        return ", ".join(part for part in (printable(self.path.name), printable(self.title)) if part)

    @property
    def name(self) -> str:
        """What a corpus calls it."""
        return ", ".join(part for part in (printable(self.path.stem), printable(self.title)) if part)


def read_entries(path: Path) -> Iterator[FolderScore | Skipped]:
    """The scores of a file: several where it is a book of tunes."""
    if not is_abc(path):
        yield FolderScore(path)
        return
    try:
        tunes = list(read_tunes(read_bytes(path), printable(path.name)))
    except FileError as exc:
        yield Skipped(printable(path.name), exc.fault)
        return
    for name, tune in tunes:
        title = name if len(tunes) > 1 else ""
        if isinstance(tune, AbcDocument):
            yield FolderScore(path, tune, title)
        else:
            yield Skipped(FolderScore(path, None, title).file, tune.fault)


def read_pieces(paths: list[Path]) -> Iterator[Piece | Skipped]:
    """Every four-part piece among the files, one by one, and every other file with the reason."""
    for path in paths:
        for entry in read_entries(path):
            yield entry if isinstance(entry, Skipped) else read_piece(entry)


def read_piece(entry: FolderScore) -> Piece | Skipped:
    """A four-part piece, or why it is none."""
    try:
        score, read = read_lines(entry)
        if len(score.voices) != len(VOICE_NAMES) and not is_choir_with_instruments(score):
            return Skipped(entry.file, f"{count_text(len(score.voices), 'voice')}; four are needed")
        choir = assign_voices(score, lines=read)
        if None in choir.lines.values():
            return Skipped(entry.file, f"the names of its parts say that it has no {absent_voice(choir)}")
        grid = score_to_grid(choir.score)
        if len(score.voices) > len(VOICE_NAMES) and silent_share(grid) > MAX_SILENT:
            return Skipped(entry.file, "the choir rests too long")
    except FileError as exc:
        return Skipped(entry.file, exc.fault)
    except RipienoError as exc:
        return Skipped(entry.file, str(exc).removeprefix(f"{printable(entry.path.name)}: "))
    return Piece(entry.name, grid)


def read_lines(entry: FolderScore) -> tuple[Score, tuple[ScoreLine, ...]]:
    """(a score, its lines), to learn four parts from.

    A network learns from what is written, so a file in which a line has chords, no pitches or a quarter tone
    is no example, although a task on it passes these by. Raises RipienoError for such a file.
    """
    path = entry.path
    if path.suffix == ".krn":
        score, read = read_kern(path)
    elif entry.tune is not None:
        source = source_of_tune(path, entry.tune)
        check_divided_lines(source.lines)
        return source.score, source.lines
    else:
        source = load(path)
        score, read = source.score, source.lines
        if is_midi(path):  # its drums are no part of a score
            pitched = [i for i, line in enumerate(read) if not line.unpitched]
            score = replace(score, voices=tuple(score.voices[i] for i in pitched))
            read = tuple(read[i] for i in pitched)
    check_plain_lines(read)
    return score, read


def check_divided_lines(lines: Sequence[ScoreLine]) -> None:
    """Raise ScoreError where a line cannot be worked on, or is chords; in hymns basses may be divided.

    Some notes may be chords, and all where they are octaves: one line, doubled.
    """
    for line in lines:
        check_line(line)
        octaves = all(
            (high.pitch - low.pitch) % 12 == 0 for high, low in zip(line.notes, line.lowest, strict=False)
        )
        if line.chord_fault is not None and line.is_chordal and not octaves:
            raise line.chord_fault


def absent_voice(choir: Choir) -> str:
    """The highest voice that a choir does not have."""
    return next(name for name, line in choir.lines.items() if line is None)


def is_choir_with_instruments(score: Score) -> bool:
    """Does the score have each voice of the choir once, by name, beside other parts?"""
    roles = [voice_of_part(voice.name) for voice in score.voices]
    return all(roles.count(name) == 1 for name in VOICE_NAMES)


def silent_share(grid: Grid) -> float:
    """How much of the time all voices rest."""
    return float((sounding_pitches(grid.cells) == REST).all(1).mean())


# -- music of any number of notes at once ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilePieces:
    """The pieces of a file: one of all its notes, or a lead sheet's voicings. remarks: what was lost."""

    file: str
    pieces: tuple[Piece, ...]
    remarks: tuple[str, ...] = ()


def read_music(paths: list[Path], *, voicings: int, seed: int) -> Iterator[FilePieces | Skipped]:
    """The pieces of each file, one by one, or the reason why it is skipped: lead sheets without voicings."""
    for path in paths:
        for entry in read_entries(path):
            if isinstance(entry, Skipped):
                yield entry
            else:
                yield read_any_voices(entry, voicings=voicings, seed=seed)


def read_any_voices(entry: FolderScore, *, voicings: int, seed: int) -> FilePieces | Skipped:
    """The pieces of a score of any number of voices, or why it has none."""
    try:
        found = read_entry(entry, voicings=voicings, seed=seed)
    except FileError as exc:
        return Skipped(entry.file, exc.fault)
    except RipienoError as exc:
        return Skipped(entry.file, str(exc).removeprefix(f"{printable(entry.path.name)}: "))
    if not found.pieces:
        return Skipped(entry.file, "a lead sheet, which has no left hand")
    lines = max(piece.grid.cells.shape[1] for piece in found.pieces)
    if not lines:
        return Skipped(entry.file, "there is no note in it")
    if lines > MAX_VOICES:
        return Skipped(entry.file, f"{lines} notes at once; a piece may have {MAX_VOICES}")
    return found


def read_entry(entry: FolderScore, *, voicings: int, seed: int) -> FilePieces:
    """Read a score. The left hands of a lead sheet follow from its name and the seed, from no other file."""
    path, name = entry.path, entry.name
    data = read_score_bytes(path) if entry.tune is None else entry.tune.data
    if is_midi(path) or not is_lead_sheet(data, printable(path.name)):
        source = read_polyphony(path) if entry.tune is None else read_polyphony_tune(path, entry.tune)
        score, pickup = with_detected_pickup(source.score)
        moved = "its bass says that it begins with a pickup, so its barlines were moved"
        remarks = (*source.remarks, moved) if pickup else source.remarks
        return FilePieces(entry.file, (trimmed_piece(name, score),), remarks)
    sheet = parse_lead_sheet(data, printable(path.name))
    chance = np.random.default_rng((seed, zlib.crc32(name.encode())))
    order = chance.permutation(list(PATTERNS))
    pieces: list[Piece] = []
    for i in range(voicings):
        again, place = divmod(i, len(order))
        pattern = str(order[place])
        title = f"{name}, {pattern}" + (f" {again + 1}" if again else "")
        pieces.append(trimmed_piece(title, realize(sheet, chance, pattern=pattern)))
    return FilePieces(entry.file, tuple(pieces))


def draw_blues(count: int, *, seed: int) -> Iterator[Piece]:
    """``count`` twelve-bar blues; the first ones are the same however many there are."""
    for number in range(1, count + 1):
        score = twelve_bars(np.random.default_rng((seed, number)))
        key = str(score.measures[0].key).removesuffix(" major")
        yield trimmed_piece(f"twelve-bar blues {number} in {key}", score)


def trimmed_piece(name: str, score: Score) -> Piece:
    """The score's grid as a piece, without the silence after its last note."""
    grid = score_to_grid(score)
    sounding = np.flatnonzero((sounding_pitches(grid.cells) != REST).any(1))
    end = int(sounding[-1]) + 1 if len(sounding) else 0
    steps = slice(0, end)
    return Piece(
        name,
        replace(
            grid,
            cells=grid.cells[steps],
            edges=grid.edges[: end + 1],
            position=grid.position[steps],
            strength=grid.strength[steps],
            fermata=grid.fermata[steps],
            tonic=grid.tonic[steps],
        ),
    )


# -- other sources -----------------------------------------------------------------------------------------


def read_kern(path: Path) -> tuple[Score, tuple[ScoreLine, ...]]:
    """The score of a Humdrum file, and its lines; only music21's own corpus has them here."""
    from music21.converter import parseData

    from ripieno_bridges.formats.musicxml.music21_reader import stream_to_score

    stream = parseData(read_bytes(path).decode("latin-1"), format="humdrum")
    return stream_to_score(stream, path.name)


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
