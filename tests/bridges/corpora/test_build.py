"""A folder becomes a corpus that says what it left out; what is no corpus, or no benchmark, is named."""

from __future__ import annotations

import io
import json
import pickle  # noqa: TID251 - in a corpus's clothes
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ripieno.corpus import corpus
from ripieno.corpus.corpus import Piece, check_choir, divide, load_corpus, load_pieces, save_corpus
from ripieno.errors import FileError, RequestError
from ripieno.grid import HOLD, REST, score_to_grid
from ripieno.text.notation import parse_score
from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_jsb16, read_pieces
from ripieno_bridges.formats.musicxml.writer import write_musicxml

PREPARE = "make one with `ripieno prepare`"
CHORALE = "soprano: C5:4 D5:4 | C5:2\nalto: G4:4 G4:4 | G4:2\ntenor: E4:4 D4:4 | E4:2\nbass: C3:4 B2:4 | C3:2"


def fault_of(work: Callable[[], object]) -> str:
    with pytest.raises(FileError) as caught:
        work()
    return str(caught.value)


# -- out of scores ------------------------------------------------------------------------------------------


def test_a_folder_becomes_pieces_and_reasons(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.musicxml").write_bytes(write_musicxml(parse_score(CHORALE)))
    (tmp_path / "two.musicxml").write_bytes(write_musicxml(parse_score("a: C5:4\nb: C4:4")))
    (tmp_path / "bad.musicxml").write_bytes(b"x")
    (tmp_path / "notes.txt").write_bytes(b"x")
    paths = corpus_paths(tmp_path)
    assert [p.name for p in paths] == ["bad.musicxml", "good.musicxml", "two.musicxml"]
    bad, good, two = read_pieces(paths)
    again = "export it from your notation program once more, as MusicXML"
    assert bad == Skipped("bad.musicxml", f"not a MusicXML score; {again}")
    assert two == Skipped("two.musicxml", "2 voices; four are needed")
    assert isinstance(good, Piece)
    assert good.name == "good"
    missing = tmp_path / "none"
    fault = f"{missing}: there is no such folder; check its name"
    assert fault_of(lambda: corpus_paths(missing)) == fault


def pieces_of(folder: Path, *scores: str) -> list[Piece | Skipped]:
    """Each short text as a MusicXML file, 0.musicxml and so on, and what became of it."""
    for i, text in enumerate(scores):
        (folder / f"{i}.musicxml").write_bytes(write_musicxml(parse_score(text)))
    return list(read_pieces(corpus_paths(folder)))


def test_a_choir_with_instruments_becomes_a_piece_of_its_four_voices(tmp_path: Path) -> None:
    (piece,) = pieces_of(tmp_path, f"Horn: G5:4 G5:4 | G5:2\n{CHORALE}")
    assert isinstance(piece, Piece)
    assert np.array_equal(piece.grid.cells, score_to_grid(parse_score(CHORALE)).cells)


def sung_late(rests: int, measures: int) -> str:
    """A horn throughout, and a choir that rests for so many of the measures."""
    lines = {"Horn": "G5", "Soprano": "C5", "Alto": "G4", "Tenor": "E4", "Bass": "C3"}
    return "\n".join(
        f"{name}: "
        + " | ".join(["r:1" if name != "Horn" and i < rests else f"{note}:1" for i in range(measures)])
        for name, note in lines.items()
    )


def test_a_choir_that_rests_for_more_than_a_tenth_is_skipped(tmp_path: Path) -> None:
    tenth, more = pieces_of(tmp_path, sung_late(1, 10), sung_late(1, 9))
    assert isinstance(tenth, Piece)
    assert more == Skipped("1.musicxml", "the choir rests too long")


def test_instruments_beside_no_full_choir_are_no_piece(tmp_path: Path) -> None:
    """Each voice once, by name: else nobody can tell who sings the soprano."""
    two = CHORALE.replace("soprano:", "Soprano 1: C5:4 D5:4 | C5:2\nSoprano 2:")
    none = f"Horn: G5:4 G5:4 | G5:2\n{CHORALE}".replace("alto:", "Flute:")
    assert pieces_of(tmp_path, two, none) == [
        Skipped("0.musicxml", "5 voices; four are needed"),
        Skipped("1.musicxml", "5 voices; four are needed"),
    ]


def test_a_skipped_file_is_named_once_and_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "a\nb.musicxml").write_bytes(b"x")
    missing = tmp_path / "missing.mid"
    odd, gone = read_pieces([*corpus_paths(tmp_path), missing])
    again = "export it from your notation program once more, as MusicXML"
    assert odd == Skipped("a?b.musicxml", f"not a MusicXML score; {again}")
    assert gone == Skipped("missing.mid", "there is no such file; check the name and the folder")


# -- prepared ----------------------------------------------------------------------------------------------


def prepared(**changes: object) -> bytes:
    """A corpus of one piece, some of its arrays changed."""
    buffer = io.BytesIO()
    save_corpus(buffer, [Piece("a", score_to_grid(parse_score(CHORALE)))])
    buffer.seek(0)
    with np.load(buffer) as file:
        arrays = {name: file[name] for name in file.files}
    arrays |= changes
    out = io.BytesIO()
    np.savez_compressed(out, **{k: v for k, v in arrays.items() if v is not None})
    return out.getvalue()


def test_a_corpus_comes_back(tmp_path: Path) -> None:
    (tmp_path / "c.npz").write_bytes(prepared())
    (piece,) = load_corpus(tmp_path / "c.npz").train
    assert piece.name == "a"
    assert np.array_equal(piece.grid.cells, score_to_grid(parse_score(CHORALE)).cells)


def test_a_corpus_of_format_1_has_four_voices(tmp_path: Path) -> None:
    (tmp_path / "c.npz").write_bytes(prepared(format=np.array(1), voices=None))
    (piece,) = load_pieces(tmp_path / "c.npz")
    assert np.array_equal(piece.grid.cells, score_to_grid(parse_score(CHORALE)).cells)


def test_pieces_of_any_number_of_voices_come_back_in_their_order(tmp_path: Path) -> None:
    """Each with its own voices, a silent one too."""
    texts = ["a: C4:4 D4\nb: r:2\nc: E3:2", "a: C5:1", "\n".join(f"v{v}: C4:4 r" for v in range(24))]
    pieces = [Piece(f"piano {i}", score_to_grid(parse_score(text))) for i, text in enumerate(texts)]
    with (tmp_path / "c.npz").open("wb") as file:
        save_corpus(file, pieces)
    there = load_pieces(tmp_path / "c.npz")
    assert [piece.name for piece in there] == ["piano 0", "piano 1", "piano 2"]
    assert [piece.grid.cells.shape[1] for piece in there] == [3, 1, 24]
    for piece, before in zip(there, pieces, strict=True):
        assert np.array_equal(piece.grid.cells, before.grid.cells)
        assert piece.grid.cells.flags.c_contiguous


def test_a_piece_not_in_four_voices_is_named_to_a_network_for_choirs() -> None:
    choir = Piece("choir", score_to_grid(parse_score(CHORALE)))
    check_choir(divide([choir]), model_name="this family")
    for text, has in (("a: C4:4\nb: C3:4", "2 voices"), ("a: C4:4", "1 voice")):
        corpus = divide([choir, Piece("song", score_to_grid(parse_score(text)))])
        with pytest.raises(RequestError) as caught:
            check_choir(corpus, model_name="this family")
        assert str(caught.value) == (
            f"song: {has}, but this family knows pieces in four alone; "
            "leave the piece out, or choose a network for other music"
        )


def huge_array() -> bytes:
    """An array whose header promises more than there is."""
    out, header = io.BytesIO(), io.BytesIO()
    shape = {"descr": "<i8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("cells.npy", header.getvalue())
    return out.getvalue()


def one_array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.zeros(3))
    return out.getvalue()


FOREIGN = f"not a prepared corpus; {PREPARE}"
HURT = f"a damaged corpus; {PREPARE}"
CORPORA: dict[str, tuple[bytes, str]] = {
    "empty": (b"", FOREIGN),
    "text": (b"hello", FOREIGN),
    "pickle": (pickle.dumps([1]), FOREIGN),
    "pickled array": (prepared(names=np.array([{"a": 1}], dtype=object)), FOREIGN),
    "one array": (one_array(), FOREIGN),
    "cut short": (prepared()[:-40], FOREIGN),
    "huge array": (huge_array(), FOREIGN),
    "no format": (prepared(format=None), FOREIGN),
    "another format": (
        prepared(format=np.array(3)),
        "made by another version; run `ripieno prepare` again",
    ),
    "format of two": (prepared(format=np.array([1, 1])), FOREIGN),
    "no cells": (prepared(cells=None), HURT),
    "one cell": (prepared(cells=np.array(60, np.int16)), HURT),
    "three voices of four": (prepared(cells=np.zeros((16, 3), np.int16)), HURT),
    "five voices of four": (prepared(cells=np.zeros((16, 5), np.int16)), HURT),
    "three voices in format 1": (
        prepared(format=np.array(1), voices=None, cells=np.zeros((16, 3), np.int16)),
        HURT,
    ),
    "no voices": (prepared(voices=np.array([0]), cells=np.zeros((16, 0), np.int16)), HURT),
    "negative voices": (prepared(voices=np.array([-4])), HURT),
    "25 voices": (prepared(voices=np.array([25]), cells=np.zeros((16, 25), np.int16)), HURT),
    "too many voices": (prepared(voices=np.array([10**15])), HURT),
    "voices left out": (prepared(voices=None), HURT),
    "voices of two pieces": (prepared(voices=np.array([4, 4])), HURT),
    "voices in one number": (prepared(voices=np.array(4)), HURT),
    "voices in halves": (prepared(voices=np.array([4.5])), HURT),
    "pickled voices": (prepared(voices=np.array([None], dtype=object)), FOREIGN),
    "steps left out": (prepared(steps=None), HURT),
    "steps left out of format 1": (prepared(format=np.array(1), steps=None, voices=None), HURT),
    "no pieces": (
        prepared(names=np.array([], dtype="U1"), steps=np.array([], int), voices=np.array([], int)),
        HURT,
    ),
    "other numbers": (prepared(cells=np.zeros((16, 4), np.float32)), HURT),
    "no pitches": (prepared(cells=np.full((16, 4), 999, np.int16)), HURT),
    "no steps": (prepared(steps=np.array([0])), HURT),
    "negative steps": (prepared(steps=np.array([-1])), HURT),
    "too many steps": (prepared(steps=np.array([10**15])), HURT),
}


@pytest.mark.parametrize("kind", CORPORA)
def test_what_is_no_corpus_is_named(tmp_path: Path, kind: str) -> None:
    data, fault = CORPORA[kind]
    (tmp_path / "c.npz").write_bytes(data)
    assert fault_of(lambda: load_corpus(tmp_path / "c.npz")) == f"c.npz: {fault}"


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    assert (
        fault_of(lambda: load_corpus(tmp_path / "c.npz"))
        == f"c.npz: there is no such file; check the name and the folder, or {PREPARE}"
    )
    assert corpus.FORMAT == 2


# -- the benchmark -----------------------------------------------------------------------------------------


def test_the_benchmark_is_read_with_its_rests(tmp_path: Path) -> None:
    """Nobody wrote down when a pitch is struck again, so it is held; a rest stays a rest."""
    rows = [[72, 67, 60, 48], [72, -1, 62, 48], [-1, -1, 62, 36], [81, 67, 62, 36]]
    path = tmp_path / "jsb.json"
    path.write_text(json.dumps({"test": [rows, rows[:1]], "valid": []}))
    first, second = read_jsb16(path, "test")
    assert first.cells.tolist() == [
        [72, 67, 60, 48],
        [HOLD, REST, 62, HOLD],
        [REST, REST, HOLD, 36],
        [81, 67, HOLD, HOLD],
    ]
    assert second.cells.tolist() == [[72, 67, 60, 48]]
    assert fault_of(lambda: read_jsb16(path, "valid")) == f"{path}: no piece in its part valid"


NOT_IT = 'not the benchmark; it is JSON: {"test": [[[72, 67, 60, 48], ...], ...]}'
BEYOND = "a pitch outside 36..81, the compass of the chorales"
ROW = "[72, 67, 60, 48]"
BENCHMARKS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", NOT_IT),
    "not JSON": ("hello", NOT_IT),
    "not text": (b"\x93NUMPY\xff\xfe", NOT_IT),
    "cut short": (f'{{"test": [[{ROW}', NOT_IT),
    "a list": (f"[[{ROW}]]", NOT_IT),
    "null": ("null", NOT_IT),
    "a number": ("7", NOT_IT),
    "another split": (f'{{"valid": [[{ROW}]]}}', NOT_IT),
    "split of null": ('{"test": null}', NOT_IT),
    "split of names": ('{"test": {"bwv1": 1}}', NOT_IT),
    "split of text": ('{"test": "7267"}', NOT_IT),
    "no pieces": ('{"test": []}', "no piece in its part test"),
    "empty piece": (f'{{"test": [[{ROW}], []]}}', NOT_IT),
    "piece of null": (f'{{"test": [[{ROW}], null]}}', NOT_IT),
    "piece of one row": (f'{{"test": [{ROW}]}}', NOT_IT),
    "row of three": (f'{{"test": [[{ROW}, [72, 67, 60]]]}}', NOT_IT),
    "row of five": ('{"test": [[[72, 67, 60, 48, 36]]]}', NOT_IT),
    "empty rows": ('{"test": [[[], []]]}', NOT_IT),
    "row of null": (f'{{"test": [[{ROW}, null]]}}', NOT_IT),
    "pitch of null": ('{"test": [[[72, 67, 60, null]]]}', NOT_IT),
    "fraction": ('{"test": [[[72.5, 67, 60, 48]]]}', NOT_IT),
    "float": ('{"test": [[[72.0, 67, 60, 48]]]}', NOT_IT),
    "not a number": ('{"test": [[[NaN, 67, 60, 48]]]}', NOT_IT),
    "infinite": ('{"test": [[[1e999, 67, 60, 48]]]}', NOT_IT),
    "text for a pitch": ('{"test": [[["72", 67, 60, 48]]]}', NOT_IT),
    "true": ('{"test": [[[true, 67, 60, 48]]]}', NOT_IT),
    "too high": ('{"test": [[[82, 67, 60, 48]]]}', BEYOND),
    "too low": ('{"test": [[[72, 67, 60, 35]]]}', BEYOND),
    "below a rest": ('{"test": [[[72, 67, 60, -2]]]}', BEYOND),
    "hold": ('{"test": [[[128, 67, 60, 48]]]}', BEYOND),
    "huge": (f'{{"test": [[[{10**40}, 67, 60, 48]]]}}', BEYOND),
    "too many digits": (f'{{"test": [[[{"9" * 10_000}, 67, 60, 48]]]}}', NOT_IT),
    "deep": (f'{{"test": {"[" * 500_000}{"]" * 500_000}}}', NOT_IT),
    "deep pitch": (f'{{"test": [[[72, 67, 60, {"[" * 90}{"]" * 90}]]]}}', NOT_IT),
}


@pytest.mark.parametrize("kind", BENCHMARKS)
def test_what_is_no_benchmark_is_named_at_once(tmp_path: Path, kind: str) -> None:
    data, fault = BENCHMARKS[kind]
    path = tmp_path / "jsb.json"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    start = time.monotonic()
    assert fault_of(lambda: read_jsb16(path, "test")) == f"{path}: {fault}"
    assert time.monotonic() - start < 1


def test_a_missing_benchmark_is_named(tmp_path: Path) -> None:
    path = tmp_path / "jsb.json"
    there = "there is no such file; check the name and the folder"
    assert fault_of(lambda: read_jsb16(path, "test")) == f"{path}: {there}"


# -- ABC ---------------------------------------------------------------------------------------------------

PSALM = (
    "X:{0}\nT:Psalm {0}\nM:4/4\nL:1/4\nK:C\n%%score (S A) (T B)\n[V:S clef=treble]c d|e2 c2|\n"
    "[V:A]G G|G2 G2|\n[V:T clef=bass]E D|C2 E2|\n[V:B]C, B,,|C,2 {1}|\n\n"
)


def test_every_tune_of_an_abc_file_is_a_piece(tmp_path: Path) -> None:
    book = PSALM.format(1, "C,2") + PSALM.format(2, "[C,C,,]2") + "X:3\nT:Air\nK:C\nc8|\n\nX:4\nK:H\n"
    (tmp_path / "psalms.abc").write_text(book)
    (tmp_path / "one.abc").write_text(PSALM.format(1, "C,2"))
    (tmp_path / "text.abc").write_text("hello")
    one, first, divided, air, odd, text = pieces_of(tmp_path)
    assert isinstance(one, Piece)
    assert isinstance(first, Piece)
    assert isinstance(divided, Piece)
    assert [piece.name for piece in (one, first, divided)] == ["one", "psalms, Psalm 1", "psalms, Psalm 2"]
    assert np.array_equal(first.grid.cells, one.grid.cells)
    assert (first.grid.cells[16, 3], divided.grid.cells[16, 3]) == (48, 36)  # the bass takes the low octave
    assert air == Skipped("psalms.abc, Air", "1 voice; four are needed")
    fault = 'line 29, column 3: "H" is no key; write it as K:G, K:Em, K:D mix or K:none'
    assert odd == Skipped("psalms.abc, 4", fault)
    fault = "there is no tune in it; a tune has a line X:1, a line with its key such as K:G, then its notes"
    assert text == Skipped("text.abc", fault)
