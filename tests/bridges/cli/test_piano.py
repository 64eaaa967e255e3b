"""The command line at the piano: a melody accompanied, pieces composed, varied, led from one to another."""

import json
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from common import ROOT, is_inserted, schema_faults
from ripieno.piano.hands import hand_of
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.polyphony import read_polyphony

SCORES = ROOT / "scores"
TWINKLE = SCORES / "twinkle.musicxml"
RAGTIME = ("--model", "dbn-ragtime", "--seed", 1)
QUICK = (*RAGTIME, "--descent", "steps=10")  # where any music shows it, the best or not


def run(*arguments: object, exit_code: int = 0):
    """Run the command in this process; returns click's result."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result


def sounds(path: Path) -> set[tuple[Fraction, Fraction, int]]:
    """Every note of a file: onset, duration, pitch."""
    return {(n.onset, n.duration, n.pitch) for v in read_polyphony(path).score.voices for n in v.notes}


@pytest.fixture(scope="module")
def rag(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("rag") / "rag.musicxml"
    run("compose", "--bars", 16, "--key", "C", *RAGTIME, "-o", out)
    return out


@pytest.fixture(scope="module")
def accompanied(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("song") / "song.musicxml"
    run("harmonize", TWINKLE, *QUICK, "-o", out)
    return out


def test_a_rag_comes_on_two_staves_in_two_four_time(rag):
    text = rag.read_text()
    assert "<staves>2</staves>" in text
    assert "<beats>2</beats>" in text
    assert text.count("<measure ") == 16
    assert schema_faults(rag.read_bytes()) == []


def test_a_rag_has_a_bass_and_a_treble_in_nearly_every_measure(rag):
    score = read_polyphony(rag).score
    notes = [n for v in score.voices for n in v.notes]
    full = [
        measure
        for measure in score.measures
        if {n.pitch >= 60 for n in notes if measure.onset <= n.onset < measure.end} == {True, False}
    ]
    assert len(full) >= 12


def test_the_accompanied_document_is_the_users_own_with_a_part_put_in(accompanied):
    assert is_inserted(TWINKLE.read_bytes(), accompanied.read_bytes())
    assert schema_faults(accompanied.read_bytes()) == []


def test_the_piano_stays_under_the_melody(accompanied):
    melody = load(TWINKLE).score.voices[0].notes
    sung = {(n.onset, n.duration, n.pitch) for n in melody}
    added = sounds(accompanied) - sung
    assert len(added) > 50
    for onset, duration, pitch in added:
        above = [n for n in melody if n.onset < onset + duration and onset < n.end and n.onset <= onset]
        assert all(pitch < n.pitch for n in above)


def test_a_melody_from_midi_comes_back_with_a_piano(tmp_path):
    tune, out = tmp_path / "tune.mid", tmp_path / "out.mid"
    from ripieno_bridges.formats.midi import write_midi

    tune.write_bytes(write_midi(load(TWINKLE).score))
    run("harmonize", tune, *QUICK, "-o", out)
    assert sounds(tune) <= sounds(out)


def test_the_same_seed_gives_the_same_piece(rag, tmp_path):
    out = tmp_path / "again.musicxml"
    run("compose", "--bars", 16, "--key", "C", *RAGTIME, "-o", out)
    assert out.read_bytes() == rag.read_bytes()


def test_infill_changes_only_the_measures_asked_for(rag, tmp_path):
    out = tmp_path / "infill.musicxml"
    run("infill", rag, "--measures", "5-6", *QUICK, "-o", out)
    hole = range(8, 12)  # quarters
    before = {n for n in sounds(rag) if not hole.start <= n[0] < hole.stop}
    after = {n for n in sounds(out) if not hole.start <= n[0] < hole.stop}
    assert before == after


def test_continue_keeps_what_stands_and_goes_on(rag, tmp_path):
    out = tmp_path / "longer.musicxml"
    run("continue", rag, "--bars", 4, *QUICK, "-o", out)
    assert sounds(rag) <= sounds(out)
    assert len(read_polyphony(out).score.measures) == 20
    assert any(onset >= 32 for onset, _, _ in sounds(out) - sounds(rag))


def test_a_small_variation_keeps_more_than_a_large_one(rag, tmp_path):
    kept = []
    for amount in (0.1, 0.9):
        out = tmp_path / f"{amount}.musicxml"
        run("vary", rag, "--amount", amount, *RAGTIME, "-o", out)
        struck = {(onset, pitch) for onset, _, pitch in sounds(out)}
        kept.append(len(struck & {(onset, pitch) for onset, _, pitch in sounds(rag)}))
    assert kept[0] > kept[1]


def test_interpolate_writes_a_file_for_each_step(rag, accompanied, tmp_path):
    out = tmp_path / "way.musicxml"
    run("interpolate", rag, accompanied, "--steps", 2, "--model", "dbn-ragtime", "-o", out)
    assert sounds(out)
    assert sounds(tmp_path / "way-2.musicxml")


def test_snippets_are_midi_files_and_the_same_for_the_same_seed(tmp_path):
    for folder in ("one", "two"):
        run("snippets", "-n", 12, "--seed", 3, "-o", tmp_path / folder)
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert files == [f"{i:04}.mid" for i in range(1, 13)]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        assert sounds(tmp_path / "one" / name)


def test_snippets_replace_nothing_unasked(tmp_path):
    run("snippets", "-n", 2, "--seed", 3, "-o", tmp_path)
    result = run("snippets", "-n", 2, "--seed", 4, "-o", tmp_path, exit_code=1)
    assert "0001.mid: is there already" in result.output


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "ideas").write_bytes(b"mine")
    for command in (["snippets", "-n", 2, "--seed", 3], ["batch", "--task", "compose", "--force"]):
        result = run(*command, "-o", tmp_path / "ideas", exit_code=1)
        assert result.output.endswith("ideas: a file, where a folder is needed; choose another name\n")
    assert (tmp_path / "ideas").read_bytes() == b"mine"


def test_the_report_counts_by_hands(tmp_path):
    out = tmp_path / "rag.musicxml"
    report = json.loads(run("compose", "--bars", 8, *RAGTIME, "-o", out, "--json").output)
    (one,) = report["alternatives"]
    assert set(one["notes"]) == {"right hand", "left hand"}
    assert all(hand_of(name) for name in one["notes"])
    assert 0 < one["copied"]["share"] < 1
    assert "measure" in one["copied"]["from"]


def test_what_is_too_much_like_a_piece_is_made_anew(tmp_path):
    shares = []
    for most in (1, 0.4):
        out = tmp_path / f"{most}.musicxml"
        found = run("compose", "--bars", 8, *RAGTIME, "--original", most, "-o", out, "--json").output
        shares.append(json.loads(found)["alternatives"][0]["copied"]["share"])
    assert shares[1] <= max(0.4, shares[0])


def test_a_network_of_voices_plays_no_piano(tmp_path):
    result = run("harmonize", TWINKLE, "--for", "piano", "-o", tmp_path / "x.musicxml", exit_code=1)
    assert (
        "lstm-chorales writes for a choir only; for the piano choose one that plays it, such as lstm-ragtime"
        in result.output
    )


@pytest.mark.parametrize(
    ("option", "value"), [("--given", "soprano"), ("--layout", "closed"), ("--easy", None)]
)
def test_what_is_for_choirs_is_refused_at_the_piano(option, value, tmp_path):
    result = run(
        "harmonize", TWINKLE, *filter(None, (option, value)), *RAGTIME, "-o", tmp_path / "x.mid", exit_code=1
    )
    assert f"{option[2:]} is for choirs; leave it out, or let a choir perform" in result.output


def test_two_voices_are_not_accompanied(tmp_path):
    satb = tmp_path / "satb.musicxml"
    run("compose", "--bars", 2, "--seed", 1, "-o", satb)
    result = run("harmonize", satb, *RAGTIME, "-o", tmp_path / "x.mid", exit_code=1)
    assert "there are 4 voices with notes, but a pianist accompanies one melody" in result.output


# -- measured ----------------------------------------------------------------------------------------------


def evaluated(*arguments: object, exit_code: int = 0, corpus: str = "ragtime") -> str:
    file = files("ripieno") / "weights" / f"{corpus}.npz"
    return run("evaluate", str(file), "--model", "dbn-ragtime", *arguments, exit_code=exit_code).output


def test_a_piano_model_is_measured_beside_its_corpus():
    lines = evaluated("--pieces", 2, "--measures", 8, "--split", "test").splitlines()
    assert lines[0] == "dbn-ragtime on 1 test piece"
    assert max(map(len, lines)) <= 80
    table = {line[:38].strip(): line[38:].split() for line in lines[1:] if line}
    assert table["pieces"] == ["2", "1"]
    assert table["measures"][0] == "16"
    assert 0 <= float(table["left hand: beats of bass, then chord"][1]) <= 1
    assert len(table["groups of 8 measures with a cadence"]) == 2
    assert "measures on the twelve-bar scheme" not in table


def test_programs_get_the_same_figures_as_json():
    report = json.loads(evaluated("--pieces", 1, "--measures", 4, "--split", "test", "--json"))
    assert report["model"] == "dbn-ragtime"
    assert report["nats"] is None
    assert report["made"]["measures"] == 4
    assert set(report["made"]["shares"]) == set(report["originals"]["shares"])


@pytest.mark.parametrize(
    ("option", "model", "why"),
    [
        (
            ("--beam", 2),
            "dbn-ragtime",
            "--beam is for harmonizations, and dbn-ragtime plays the piano: it is measured on what it "
            "composes; leave it out",
        ),
        (
            ("--measures", 8),
            "lstm-chorales",
            "--measures is for models that play the piano, and lstm-chorales is measured on harmonizations; "
            "leave it out",
        ),
    ],
)
def test_an_option_of_the_other_kind_of_model_is_refused(option, model, why):
    assert evaluated(*option, "--model", model, exit_code=1) == f"ripieno: {why}\n"
