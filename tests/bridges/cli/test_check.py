"""ripieno check, as a user meets it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml

CLEAN = """
soprano: C5:4 B4 C5:2
alto: E4:4 D4 E4:2
tenor: G3:4 G3 G3:2
bass: C3:4 G3 C3:2
"""
PARALLELS = """
soprano: [3/4] C5:4 D5 E5 | C5:2.
alto: E4:4 F4 G4 | E4:2.
tenor: G3:4 A3 B3 | G3:2.
bass: C3:4 D3 E3 | C3:2.
"""
CROSSED = CLEAN.replace("G3:4 G3 G3:2", "G3:4 E4 G3:2")


def run(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, ["check", *(str(a) for a in arguments)])
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture
def file(tmp_path):
    """Short text as a MusicXML file."""

    def write(text: str, name: str = "score.musicxml", **options: Any) -> Path:
        path = tmp_path / name
        score = parse_score(text)
        path.write_bytes(write_midi(score) if name.endswith(".mid") else write_musicxml(score, **options))
        return path

    return write


def test_a_clean_score_is_told_so_plainly(file):
    assert run(file(CLEAN)) == "nothing found in 12 notes\n"


def test_a_fault_stands_with_its_measure_beat_voices_rule_and_sentence(file):
    text = run(file(PARALLELS))
    line = next(line for line in text.splitlines() if "from C5 over C3 to D5 over D3" in line)
    assert " ".join(line.split()) == (
        "1 2 soprano, bass fault parallel octaves Soprano and bass move in parallel octaves, "
        "from C5 over C3 to D5 over D3"
    )


def test_the_summary_compares_with_bach(file):
    assert run(file(PARALLELS)).splitlines()[-1].endswith("faults per 100 notes; Bach 0.1")


def test_remarks_on_style_are_counted_and_listed_only_when_asked_for(file):
    path = file(CROSSED)
    assert "  crossing: 1, 8.3 per 100 notes; Bach 0.5, hymns 0.1" in run(path).splitlines()
    assert "Alto and tenor cross" not in run(path)
    assert "Alto and tenor cross" in run(path, "--all")


def test_strict_leaves_with_1_where_there_is_a_fault(file):
    run(file(PARALLELS, "a.musicxml"), "--strict", exit_code=1)
    run(file(CROSSED, "b.musicxml"), "--strict")


def test_json_has_the_same_facts_with_stable_keys(file):
    path = file(PARALLELS)
    report = json.loads(run(path, "--json"))
    assert set(report) == {"file", "voices", "notes", "remarks", "faults", "rules"}
    assert report["voices"] == ["soprano", "alto", "tenor", "bass"]
    assert report["notes"] == 16
    fault = next(f for f in report["faults"] if f["voices"] == ["soprano", "bass"])
    assert fault == {
        "rule": "parallel octaves",
        "severity": "fault",
        "measure": "1",
        "beat": 2.0,
        "onset": 1.0,
        "voices": ["soprano", "bass"],
        "sentence": "Soprano and bass move in parallel octaves, from C5 over C3 to D5 over D3",
    }
    rates = {rule["rule"]: rule for rule in report["rules"]}
    octaves = [f for f in report["faults"] if f["rule"] == "parallel octaves"]
    assert rates["parallel octaves"]["count"] == len(octaves)
    assert rates["parallel octaves"]["per_100_notes"] == round(100 * len(octaves) / 16, 3)


def test_the_analysis_names_chords_and_cadences(file):
    path = file(CLEAN)
    assert run(path, "--analysis").splitlines()[-1] == (
        "m. 1    C major:   1 I   2 V   3 I | perfect authentic cadence"
    )
    analysis = json.loads(run(path, "--analysis", "--json"))["analysis"]
    assert analysis["chords"][1] == {
        "measure": "1",
        "beat": 2.0,
        "onset": 1.0,
        "key": "C major",
        "figure": "V",
        "symbol": "G",
    }
    assert analysis["cadences"] == [
        {"measure": "1", "beat": 3.0, "onset": 2.0, "key": "C major", "kind": "perfect authentic"}
    ]


def test_the_difficulty_of_each_voice_is_told_when_asked_for(file):
    path = file(CLEAN.replace("bass: C3:4 G3 C3:2", "bass: B2:4 F3 E3:2"))
    assert run(path, "--difficulty").splitlines()[-4:] == [
        "Soprano is easy: within 1 semitone, with hardly a leap or a note outside the key",
        "Alto is easy: within 2 semitones, with hardly a leap or a note outside the key",
        "Tenor is easy: within one note, with hardly a leap or a note outside the key",
        "Bass is medium: 1 leap of a seventh, a tritone or the like, in 3 notes",
    ]
    bass = json.loads(run(path, "--difficulty", "--json"))["difficulty"][3]
    assert (bass["voice"], bass["level"], bass["points"]) == ("bass", "medium", round(1 / 32 / 0.015, 2))
    assert bass["burdens"] == {
        "notes": 3,
        "span": 6,
        "wide_leaps": 0,
        "awkward_leaps": 1,
        "chromatic": 0,
        "syncopated": 0,
        "short": 0,
        "dotted": 0,
        "beyond": 0.0,
    }


def test_what_is_comfortable_is_told_by_the_ensemble_whose_voices_are_named(file):
    women = "soprano 1: C5:1\nsoprano 2: A4:1\nalto: {}:1"
    path = file(women.format("F3"), "low.musicxml")
    assert run(path, "--difficulty").splitlines()[-1] == (
        "Alto is hard: 100% of the time beyond its comfortable range, in 1 note"
    )
    strings = file("Violin 1: A4:1\nViolin 2: D4:1\nViola: C3:1", "strings.musicxml")
    assert "comfortable" not in run(strings, "--difficulty")


@pytest.mark.parametrize(("name", "options"), [("a.mid", {}), ("a.mxl", {}), ("a.xml", {"layout": "closed"})])
def test_midi_and_two_staves_are_read_too(file, tmp_path, name, options):
    path = file(PARALLELS, name, **options)
    if name.endswith(".mxl"):
        from ripieno_bridges.formats.musicxml.writer import pack_mxl

        path.write_bytes(pack_mxl(write_musicxml(parse_score(PARALLELS))))
    faults = json.loads(run(path, "--json"))["faults"]
    assert ["soprano", "bass"] in [f["voices"] for f in faults if f["rule"] == "parallel octaves"]


def test_two_or_three_voices_are_looked_at_as_they_are(file):
    two = "\n".join(PARALLELS.strip().splitlines()[:1] + PARALLELS.strip().splitlines()[3:])
    assert json.loads(run(file(two, "two.musicxml"), "--json"))["voices"] == ["soprano", "bass"]
    three = "Violin 1: A4:4 B4\nViolin 2: D4:4 E4\nViola: F3:4 F3"
    report = json.loads(run(file(three, "three.musicxml"), "--json"))
    assert report["voices"] == ["Violin 1", "Violin 2", "Viola"]
    assert [f["rule"] for f in report["faults"]] == ["parallel fifths"]
    assert report["remarks"] == [
        "3 lines that are not named as voices: ranges and spacing were not looked at"
    ]


def test_a_bass_tune_alone_is_no_soprano_out_of_range(file):
    assert run(file("Cello: C2:4 D2 E2 C2")) == "nothing found in 4 notes\n"


def test_an_accompaniment_is_left_out_and_said_to_be(file):
    path = file(CLEAN.replace("soprano", "Soprano") + "Organ: C4:1")
    assert run(path).splitlines() == ["not looked at: Organ", "nothing found in 12 notes"]


def test_an_empty_score_and_a_missing_file_are_errors_in_one_line(file, tmp_path):
    empty = file("soprano: r:1")
    assert run(empty, exit_code=1) == (
        "ripieno: score.musicxml: there is not a note in it; write some voices first\n"
    )
    missing = tmp_path / "nope.mid"
    assert "there is no such file" in run(missing, exit_code=1)
    assert json.loads(run(missing, "--json", exit_code=1))["error"]["kind"] == "FileError"


def test_no_network_is_loaded(file):
    code = (
        "import sys; from click.testing import CliRunner; from ripieno_bridges.cli.main import main; "
        "result = CliRunner().invoke(main, ['check', sys.argv[1], '--analysis']); "
        "print(result.exit_code, 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(file(CLEAN))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "0 False"


def test_a_voice_without_notes_takes_no_part(file):
    score = parse_score(PARALLELS)
    path = file(PARALLELS)
    silent = tuple(replace(v, notes=()) if v.name == "bass" else v for v in score.voices)
    path.write_bytes(write_musicxml(replace(score, voices=silent)))
    assert json.loads(run(path, "--json"))["voices"] == ["soprano", "alto", "tenor"]
