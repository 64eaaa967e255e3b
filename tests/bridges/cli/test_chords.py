"""The command chords: a lead sheet of a melody, in the user's own document."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from common import ROOT, assert_valid, is_inserted
from ripieno.harmony.symbol_text import chord_text
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml

TWINKLE = ROOT / "scores" / "twinkle.musicxml"
GREENSLEEVES = ROOT / "scores" / "greensleeves.musicxml"


def run(*arguments: object, exit_code: int = 0):
    """Run the command in this process; returns click's result."""
    result = CliRunner().invoke(main, ["chords", *(str(a) for a in arguments)])
    assert result.exit_code == exit_code, result.output
    return result


def symbols(path: Path) -> list[str]:
    """The chord symbols of a document with their onsets, read back."""
    found = document_harmony(read_musicxml(path.read_bytes(), path.name))
    return [f"{h.onset} {chord_text(h.chord)}" for h in found.symbols if h.chord is not None]


@pytest.fixture(scope="module")
def tune(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tune") / "tune.musicxml"
    path.write_bytes(write_musicxml(parse_score("C5:4 C5 G5 G5 | A5 A5 G5:2 | F5:4 F5 E5 E5 | D5 D5 C5:2")))
    return path


@pytest.fixture(scope="module")
def sheet(tune, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sheet") / "sheet.musicxml"
    run(tune, "-o", out, "--seed", 1)
    return out


def test_chords_come_into_the_document_and_nothing_else(tune, sheet):
    assert is_inserted(tune.read_bytes(), sheet.read_bytes())
    assert load(sheet).score.voices == load(tune).score.voices
    added = {e.tag for e in etree.parse(sheet).iter()} - {e.tag for e in etree.parse(tune).iter()}
    assert added <= {"harmony", "root", "root-step", "root-alter", "kind", "bass", "bass-step", "bass-alter"}
    assert_valid(sheet.read_bytes())


def test_there_is_at_most_one_chord_a_beat_and_the_tune_closes_in_its_key(sheet):
    found = symbols(sheet)
    assert all("/" not in chord.split()[0] for chord in found)
    assert found[0].startswith("0 C")
    assert found[-1] == "14 C"


def test_chords_that_are_given_stand_as_given(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    run(tune, "-o", out, "--seed", 1, "--chords", "C | F . Csus4 C | ? | G7 . C .")
    found = symbols(out)
    assert found[:4] == ["0 C", "4 F", "6 Csus4", "7 C"]
    assert found[-2:] == ["12 G7", "14 C"]


def test_chord_symbols_of_the_document_stay_and_none_is_added_to_them(sheet, tmp_path):
    out = tmp_path / "again.musicxml"
    run(sheet, "-o", out, "--seed", 2)
    assert out.read_bytes() == sheet.read_bytes()


def test_a_chord_that_goes_on_into_an_ending_stands_there_again(tmp_path):
    out = tmp_path / "out.musicxml"
    run(GREENSLEEVES, "-o", out, "--seed", 1)
    starts = etree.parse(out).xpath("//measure[barline/ending[@type='start']]")
    assert len(starts) == 2
    assert all(measure.find("harmony") is not None for measure in starts)


def test_numerals_with_cadences(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    run(tune, "-o", out, "--seed", 1, "--write-chords", "numerals")
    words = [e.text for e in etree.parse(out).iter("words")]
    assert words[0] == "C major: I"
    assert "PAC" in words[-1]
    assert etree.parse(out).find(".//harmony") is None


def test_the_piano_plays_the_chords_that_stand_over_the_melody(tune, sheet, tmp_path):
    out = tmp_path / "out.musicxml"
    assert "; right hand " in run(tune, "-o", out, "--seed", 1, "--piano").output
    assert symbols(out) == symbols(sheet)
    assert_valid(out.read_bytes())
    assert is_inserted(tune.read_bytes(), out.read_bytes())
    melody, *piano = load(out).score.voices
    assert melody.notes == load(tune).score.voices[0].notes
    document = read_musicxml(out.read_bytes(), out.name)
    for harmony in document_harmony(document).symbols:
        assert harmony.chord is not None
        sounding = [
            note for line in document.lines[1:] for note in line.every_note if note.onset == harmony.onset
        ]
        assert {note.pitch % 12 for note in sounding} == harmony.chord.pitch_classes
        assert min(note.pitch for note in sounding) % 12 == harmony.chord.sounding_bass.pitch_class
    assert len(piano) == 2


def test_a_midi_melody_becomes_a_new_lead_sheet(tune, tmp_path):
    midi = tmp_path / "tune.mid"
    midi.write_bytes(write_midi(load(tune).score))
    run(midi, "--seed", 1, "--piano")
    out = tmp_path / "tune-chords.musicxml"
    assert load(out).score.voices[0].notes == load(tune).score.voices[0].notes
    assert symbols(out)[-1] == "14 C"
    assert [e.text for e in etree.parse(out).iter("part-name")] == ["Soprano", "Piano"]


def test_alternatives_and_json(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    result = CliRunner().invoke(
        main, ["chords", str(tune), "-o", str(out), "--seed", "1", "--alternatives", "2", "--json"]
    )
    report = json.loads(result.stdout)
    assert report["understood"] == 'melody: "Soprano"; key: C major; 4 measures; written: chords'
    first, second = report["alternatives"]
    assert first["notes"] == {}
    assert [f"{chord['onset']:g} {chord['symbol']}" for chord in first["chords"]] == symbols(out)
    assert symbols(tmp_path / "out-2.musicxml") != symbols(out)
    assert second["difference"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-o", "out.doc"],
            "ripieno: out.doc: ripieno writes MusicXML (.musicxml, .xml, .mxl), MIDI (.mid), LilyPond (.ly), "
            "PDF (.pdf), ABC (.abc) or DAWproject (.dawproject); end the name with one of these",
        ),
        (
            ["--chords", "C | X"],
            None,
        ),
    ],
)
def test_what_is_impossible_is_told(tune, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    output = run(tune, *arguments, exit_code=1 if message else 2).output
    assert message is None or output.strip() == message
    assert not list(tmp_path.iterdir())


def test_a_full_choir_is_told_where_its_chords_are(tmp_path):
    full = tmp_path / "full.musicxml"
    full.write_bytes(write_musicxml(parse_score("C5:1\nG4:1\nE4:1\nC3:1")))
    assert run(full, exit_code=1).output.strip() == (
        "ripieno: soprano, alto, tenor and bass have notes, which are its harmony already; `ripieno check "
        "--analysis` names their chords, and --given soprano finds new ones for the melody"
    )
    run(full, "--given", "soprano", "--seed", 1)
    assert load(tmp_path / "full-chords.musicxml").score.voices == load(full).score.voices
