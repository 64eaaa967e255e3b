"""Chord symbols as MuseScore's users type them are read as the chords that MuseScore 3 takes them for."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from common import find_musescore, host_or_skip, musescore_environment
from musescore_support import HeadlessMuseScore, with_staves
from ripieno.errors import RequestError
from ripieno.harmony.kinds import KINDS
from ripieno.harmony.symbol_text import parse_chord

TYPED = """
m mi min Mi MI - m7 mi7 MI7 min7 -7 maj maj7 Maj7 MAJ7 ma7 Ma7 MA7 M7 t7 ^7 t9 ^9 mt7 m^7 -^7 mMaj7 mmaj7
mma7 m(maj7) m(Ma7) o o7 dim dim7 0 07 m7b5 -7b5 m7(b5) 09 + +7 aug aug7 7+ 7#5 9+ aug9 13+ m+ m#5 5 6 m6 69
6/9 m69 7 9 11 13 m9 m11 m13 maj9 maj13 sus sus2 sus4 7sus 7sus4 9sus4 13sus4 maj7sus4 6sus4 7b9sus4 7susb9
2 4 add2 add4 add9 (add9) madd9 m(add9) m7add11 add11 7b5 7b9 7(b9) 7#9 7(#9) 7b9#9 7(b9,#9) 7#9b9 7#5#9
7b5b9 7b9b13 7(#9,b13) 7b13 7#11 9#11 13#11 13b9 9b5 9#5 maj7#11 t7#11 maj7#5 maj7b5 maj9#11 (no3) 7no5
7omit5
"""
# MuseScore plays a bare triangle as a triad; most players read a seventh. Of an altered chord we ask for what
# most play, and MuseScore's export has lost the seventh of the diminished chords.
READ_OTHERWISE = {
    "^": {0, 4, 7, 11},
    "t": {0, 4, 7, 11},
    "7alt": {0, 3, 4, 8, 10},
    "dimMaj7": {0, 3, 6, 11},
    "o(maj7)": {0, 3, 6, 11},
}
# Scales, a number that nothing ties to the one before it, and two sevenths in one chord.
REFUSED = """
Lyd Maj7Lyd maj7Lyd ma7Lyd Phryg (blues) 7(Blues) 5b 7susb5b913 7b5b913sus 7b5b913sus4 o7addma7 o7addmaj7
"""
WRITE = {voice: ["write", staff] for staff, voice in enumerate(("alto", "tenor", "bass"), 1)}
ONE_SEVENTH = ["dim7add#7"]  # read as one with a major seventh
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)


def shipped_names() -> list[str]:
    """The kinds of chords in the lists that come with MuseScore."""
    folders = sorted(Path("/usr/share").glob("mscore3*/styles"))
    files = sorted(folders[-1].glob("*.xml")) if folders else []
    return [name.text for file in files for name in etree.parse(file).iterfind(".//chord/name") if name.text]


def names_score(names: list[str]) -> bytes:
    """A measure for each name, with C and the name as a chord symbol, and staves for a choir."""
    root = etree.Element("score-partwise", version="3.1")
    entry = etree.SubElement(etree.SubElement(root, "part-list"), "score-part", id="P1")
    etree.SubElement(entry, "part-name").text = "Chords"
    part = etree.SubElement(root, "part", id="P1")
    for number, name in enumerate(names, 1):
        measure = etree.SubElement(part, "measure", number=str(number))
        if number == 1:
            attributes = etree.SubElement(measure, "attributes")
            etree.SubElement(attributes, "divisions").text = "1"
        harmony = etree.SubElement(measure, "harmony")
        etree.SubElement(etree.SubElement(harmony, "root"), "root-step").text = "C"
        etree.SubElement(harmony, "kind", text=name).text = "other"
        note = etree.SubElement(measure, "note")
        pitch = etree.SubElement(note, "pitch")
        etree.SubElement(pitch, "step").text = "C"
        etree.SubElement(pitch, "octave").text = "5"
        etree.SubElement(note, "duration").text = "4"
        etree.SubElement(note, "voice").text = "1"
    return with_staves(etree.tostring(root))


def classes_of(harmony: etree._Element) -> set[int]:
    """The pitch classes of a <harmony> on C, counted from its kind and degrees."""
    kind = harmony.findtext("kind")
    # no kind of the standard, but MuseScore writes it
    tones = KINDS["augmented-seventh"] if kind == "augmented-ninth" else KINDS[kind]
    found = [(value, MAJOR_SCALE[(value - 1) % 7] + alter) for value, alter in tones]
    if kind == "augmented-ninth":
        found.append((9, 2))
    for degree in harmony.iter("degree"):
        value, alter = int(degree.findtext("degree-value")), int(degree.findtext("degree-alter"))
        action = degree.findtext("degree-type")
        if action == "add":
            found.append((value, MAJOR_SCALE[(value - 1) % 7] + alter - (value == 7)))
        else:
            found = [
                (own, pitch + alter * (own == value))
                for own, pitch in found
                if own != value or action == "alter"
            ]
    return {pitch % 12 for _, pitch in found}


NAMES = list(dict.fromkeys([*TYPED.split(), *READ_OTHERWISE, *shipped_names()]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has a score of MuseScore's own with all names, and what MuseScore exports of it, once and again."""
    program = host_or_skip(find_musescore(), "MuseScore 3")
    folder = tmp_path_factory.mktemp("names")
    (folder / "texts.musicxml").write_bytes(names_score(NAMES))
    for source, target in pairwise(("texts.musicxml", "own.mscx", "chords.musicxml", "again.musicxml")):
        subprocess.run(
            [program, "-o", target, source],
            cwd=folder,
            env=musescore_environment(folder),
            capture_output=True,
            timeout=60,
            check=True,
        )
    return folder


def exported(file: Path) -> dict[str, set[int]]:
    """What MuseScore takes each name for."""
    harmonies = etree.parse(file).iter("harmony")
    return {name: classes_of(harmony) for name, harmony in zip(NAMES, harmonies, strict=True)}


@pytest.mark.host
def test_every_symbol_that_musescore_knows_is_read_as_the_same_chord(folder: Path) -> None:
    understood = exported(folder / "chords.musicxml")
    usual = {
        name: classes for name, classes in understood.items() if name not in {*REFUSED.split(), *ONE_SEVENTH}
    }
    assert len(usual) > len(TYPED.split())
    assert {name: set(parse_chord(f"C{name}").pitch_classes) for name in usual} == usual | READ_OTHERWISE


def sent_symbols(folder: Path, file: str, home: Path) -> dict[str, str]:
    """What the plugin sends for each name."""
    musescore = HeadlessMuseScore(host_or_skip(find_musescore(), "MuseScore 3"), home)
    run = musescore.run((folder / file).read_bytes(), file=file, server="http://127.0.0.1:9", rows=WRITE)
    assert run.status == "ripieno is not running. Open a terminal and type: ripieno serve"
    return {name: stretch["symbol"] for name, stretch in zip(NAMES, run.body["harmony"], strict=True)}


@pytest.mark.host
def test_the_symbols_of_a_score_are_sent_as_they_are_typed(folder: Path, tmp_path: Path) -> None:
    assert sent_symbols(folder, "own.mscx", tmp_path) == {name: f"C{name}" for name in NAMES}


@pytest.mark.host
def test_the_symbols_of_an_imported_score_are_sent_as_the_chords_that_musescore_takes_them_for(
    folder: Path, tmp_path: Path
) -> None:
    """Their texts, which MuseScore tells no plugin, come from a copy. The import itself loses some ninths."""
    understood = exported(folder / "again.musicxml")
    sent = sent_symbols(folder, "chords.musicxml", tmp_path)
    read = {name: set(parse_chord(symbol).pitch_classes) for name, symbol in sent.items()}
    for name in ("o7addma7", "o7addmaj7", *ONE_SEVENTH):
        del read[name], understood[name]
    assert read == understood


@pytest.mark.host
@pytest.mark.parametrize("name", REFUSED.split())
def test_a_symbol_that_names_no_chord_alone_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="is no kind of chord"):
        parse_chord(f"C{name}")
