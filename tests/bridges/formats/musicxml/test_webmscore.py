"""MuseScore 4's core, as webmscore packs it, opens what is written: every part, measure and note is there.

It raises nothing for a document that it does not understand, and shows what is left of it. So all is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from common import SCORES, harmonized, part_names
from harmony_documents import EVERY_CHORD, harmony_of
from node_support import FOLDER, NodeScript
from random_notes import RandomNotes
from ripieno.score import VOICE_NAMES
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony, write_harmony
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony

pytestmark = pytest.mark.host

TWINKLE = next(path for path in SCORES if path.stem == "twinkle")
MELODY_AND_THREE = [name.capitalize() for name in VOICE_NAMES]
# What is written by the command line: its words, and the parts that there must be then.
COMMANDS = {
    "infill": (("infill", "--measures", "3-4", "--voices", "alto,tenor"), MELODY_AND_THREE),
    "compose": (("compose", "--bars", "4", "--key", "g minor", "--pickup", "1"), MELODY_AND_THREE),
    "closed": (("harmonize", TWINKLE, "--layout", "closed"), ["Soprano", "Tenor\nBass"]),
    "piano": (
        ("harmonize", TWINKLE, "--model", "dbn-ragtime", "--descent", "steps=10"),
        ["Soprano", "Piano"],
    ),
}
Sound = tuple[Fraction, Fraction, int]


@dataclass(frozen=True)
class Opened:
    """What MuseScore 4 found. sounds: onset, duration and pitch of every note, as it wrote them itself."""

    parts: list[str]
    measures: int
    sounds: list[Sound]


@pytest.fixture(scope="module")
def core() -> Iterator[NodeScript]:
    """MuseScore 4's core, which opens one score after the other."""
    with NodeScript(FOLDER / "open_score.cjs") as script:
        yield script


def opened(core: NodeScript, path: Path) -> Opened:
    again = path.with_name(f"{path.stem}-again.musicxml")
    found = core(path, again)
    return Opened(found["parts"], found["measures"], sounds(again))


def sounds(path: Path) -> list[Sound]:
    voices = read_polyphony(path).score.voices
    return sorted((note.onset, note.duration, note.pitch) for voice in voices for note in voice.notes)


def assert_opens(core: NodeScript, path: Path, parts: list[str]) -> Opened:
    root = etree.fromstring(path.read_bytes())
    found = opened(core, path)
    assert part_names(root) == parts
    assert found.parts == [name.replace("\n", "") for name in parts]  # where it lists names it keeps no lines
    assert found.measures == len(root.findall("part[1]/measure")) > 0
    assert found.sounds == sounds(path)
    return found


@pytest.fixture(scope="module")
def satb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """A melody's document with three random voices; each is written once."""
    folder = tmp_path_factory.mktemp("satb")

    def write(melody: Path) -> Path:
        path = folder / melody.name
        if not path.exists():
            path.write_bytes(harmonized(melody.read_bytes(), RandomNotes())[0])
        return path

    return write


@pytest.mark.parametrize("melody", SCORES, ids=lambda path: path.stem)
def test_a_harmonized_melody_opens_with_four_parts(
    core: NodeScript, satb: Callable[[Path], Path], melody: Path
) -> None:
    assert_opens(core, satb(melody), MELODY_AND_THREE)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_the_commands_write_opens(
    core: NodeScript, satb: Callable[[Path], Path], tmp_path: Path, name: str
) -> None:
    (command, *words), parts = COMMANDS[name]
    given = [satb(TWINKLE)] if name == "infill" else []
    out = tmp_path / f"{name}.musicxml"
    arguments = [command, *given, *words, "--seed", 1, "-o", out]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert_opens(core, out, parts)


def test_chord_symbols_of_every_kind_are_read_back_as_the_same(core: NodeScript, tmp_path: Path) -> None:
    score = parse_score("soprano: " + " | ".join(["C5:2. D5:4"] * len(EVERY_CHORD)))
    given = [
        WrittenHarmony(Fraction(2 * i), Fraction(2 * i + 2), chord) for i, chord in enumerate(EVERY_CHORD)
    ]
    path, again = tmp_path / "chords.musicxml", tmp_path / "chords-again.musicxml"
    path.write_bytes(write_harmony(write_musicxml(score), given, "symbols").data)
    core(path, again)
    found = harmony_of(again.read_bytes())
    assert found.remarks == ()
    assert [(h.onset, h.chord) for h in found.symbols] == [(h.onset, h.chord) for h in given]


def test_half_a_document_shows_in_the_counts_alone(core: NodeScript, tmp_path: Path) -> None:
    whole, half = (tmp_path / name for name in ("whole.musicxml", "half.musicxml"))
    whole.write_bytes(TWINKLE.read_bytes())
    half.write_bytes(TWINKLE.read_bytes()[:4000])
    found = assert_opens(core, whole, ["Soprano"])
    assert opened(core, half).measures < found.measures
