"""--chords with the name of a file: ChordPro over words or in grids, and plain text."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from common import DATA
from ripieno.harmony.symbol_text import chord_text
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml

SONG = """X:1
T:Amazing Grace
M:3/4
L:1/4
K:G
D | G2 B | B2 A | G2 E | D2 D | G2 B | B2 A | d3- | d2 |
w: A-ma-zing grace, how sweet the sound that saved a wretch like me.
"""
GRACE = DATA / "chordpro" / "valid" / "grace.cho"


@pytest.fixture
def song(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "song.abc"
    path.write_text(SONG)
    return path


def run(*arguments: object, exit_code: int = 0) -> str:
    """What the command prints. It runs in this process."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def symbols(path: str) -> list[str]:
    """The chord symbols of a document with their onsets."""
    found = document_harmony(read_musicxml(Path(path).read_bytes(), path))
    return [f"{h.onset} {chord_text(h.chord)}" for h in found.symbols if h.chord is not None]


def test_chords_over_words_sound_at_the_syllables_of_the_melody(song):
    told = run("harmonize", song, "--chords", GRACE, "--seed", 1, "--beam", 1, "--write-chords", "symbols")
    assert "grace.cho: 4 chords stand at words that the melody has not; passed over" in told
    found = symbols("song-satb.musicxml")
    assert set(found) >= {"4 G7", "7 C", "10 G", "16 Em", "19 D", "22 D7"}


def test_they_move_with_a_piece_that_is_transposed_and_so_does_a_text(song):
    run("chords", song, "--chords", GRACE, "--seed", 1, "--beam", 1, "--transpose", -2)
    assert set(symbols("song-chords.musicxml")) >= {"4 F7", "7 Bb", "16 Dm", "19 C"}
    text = "G | . | G7 | C | G | . | Em | D | D7"
    run("chords", song, "--chords", text, "--beam", 1, "--transpose", -2, "--force")
    assert set(symbols("song-chords.musicxml")) >= {"4 F7", "7 Bb", "10 F", "16 Dm", "19 C", "22 C7"}
    numerals = "G: I | . | V7/IV | IV | I | . | e: i | G: V | V7"
    run("chords", song, "--numerals", numerals, "--beam", 1, "--transpose", -2, "--force")
    assert set(symbols("song-chords.musicxml")) >= {"4 F7", "7 Bb", "10 F", "16 Dm", "19 C", "22 C7"}


def test_a_grid_and_a_plain_text_are_texts_of_chords(song):
    Path("grid.chopro").write_text("{sog}\n| G . . | % | C | G |\n| . . . | Em | D | D7 |\n{eog}\n")
    run("chords", song, "--chords", "grid.chopro", "--beam", 1)
    assert set(symbols("song-chords.musicxml")) >= {"7 C", "10 G", "16 Em", "19 D", "22 D7"}
    Path("chords.txt").write_bytes("﻿G | . | C | G |\r\n. | Em | D | D7\r\n".encode())
    run("chords", song, "--chords", "chords.txt", "--beam", 1, "--force")
    assert set(symbols("song-chords.musicxml")) >= {"7 C", "10 G", "16 Em", "19 D", "22 D7"}


def test_a_new_piece_may_have_the_chords_of_a_grid(song):
    Path("grid.cho").write_text("{sog}\n| C . . . | F . G . |\n{eog}\n")
    run(
        "compose", "--bars", 2, "--key", "C", "--chords", "grid.cho", "--seed", 1, "--write-chords", "symbols"
    )
    assert set(symbols("chorale.musicxml")) >= {"0 C", "4 F", "6 G"}


FAULTS = [
    (["harmonize", "song.abc", "--chords", "none.cho"], 2, "none.cho: there is no such file; check the name"),
    (
        ["harmonize", "song.abc", "--chords", "wrong.cho"],
        2,
        "wrong.cho: line 2, column 4: the chord does not",
    ),
    (["harmonize", "song.abc", "--chords", "wrong.txt"], 2, 'wrong.txt: measure 1, word 2: "X" is no chord'),
    (
        ["compose", "--chords", str(GRACE)],
        1,
        "ripieno: grace.cho: its chords stand over words, which new measures have not; write them in a grid, "
        "or measure by measure",
    ),
    (
        ["harmonize", "song.abc", "--chords", str(GRACE), "--numerals", "I"],
        1,
        "ripieno: grace.cho says which chords to keep to; leave numerals and figures out",
    ),
    (
        ["harmonize", "song.abc", "--chords", str(GRACE), "--for", "piano"],
        1,
        "ripieno: chords is for choirs; leave it out, or let a choir perform",
    ),
]


@pytest.mark.parametrize(("arguments", "exit_code", "message"), FAULTS)
def test_what_is_wrong_is_told(song, arguments, exit_code, message):
    Path("wrong.cho").write_text("One\nTwo[C three\n")
    Path("wrong.txt").write_text("C X | F\n")
    output = run(*arguments, exit_code=exit_code)
    assert message in " ".join(output.split())
