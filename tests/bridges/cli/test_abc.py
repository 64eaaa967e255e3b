"""ABC on the command line: tunes in, MusicXML or MIDI out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from common import assert_valid
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load

BOOK = """X:1
T:First Air
M:3/4
L:1/4
K:G
"G"D|:G2 A|"D7"B>A F|"G"G3-|G2 D:|
w:My love is like a rose _ so

X:2
T:Second Air
M:6/8
K:Em
B|e2B BAB|G>FE E2:|
"""


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.abc"
    path.write_text(BOOK)
    return path


def test_an_abc_tune_is_harmonized_into_musicxml_that_keeps_all_of_it(book: Path) -> None:
    said = run("harmonize", book, "--seed", "1")
    out = book.with_name("book-satb.musicxml")
    data = out.read_bytes()
    assert_valid(data)
    for kept in (
        b"<repeat",
        b"<harmony",
        b"<lyric",
        b"<work-title>First Air</work-title>",
        b'<tie type="start"',
    ):
        assert kept in data
    assert [bool(voice.notes) for voice in load(out).score.voices] == [True] * 4
    assert load(out).score.voices[0].notes == load(book).score.voices[0].notes
    assert 'of 2 tunes the first is read, 1 "First Air"; tune chooses another: 2 "Second Air"' in said


def test_another_tune_is_harmonized_into_midi(book: Path) -> None:
    out = book.with_name("second.mid")
    said = run("harmonize", book, "--tune", "second air", "-o", out, "--seed", "1")
    assert "of 2 tunes" not in said
    given = [(note.onset, note.pitch) for note in load(out).score.voices[0].notes]
    assert given[:3] == [(0, 71), (0.5, 76), (1.5, 71)]


def test_a_tune_is_checked(book: Path) -> None:
    assert run("check", book, "--tune", "2").splitlines()[-1].endswith("in 10 notes")
    missing = CliRunner().invoke(main, ["check", str(book), "--tune", "3"])
    assert missing.exit_code != 0
    assert (
        'there is no tune "3"; choose one by its number or title: 1 "First Air", 2 "Second Air"'
        in missing.output
    )
