"""prepare and train as a user meets them: any music in, a trained network and plain messages out."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from lead_sheet_text import sheet
from ripieno.corpus.corpus import load_pieces
from ripieno.models.weights import load_weights
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml

RAG = "a: E5:8 G5 E5 C5:4 r:4. | D5:4 B4 r:2\nb: C3:4 E4 C3 E4 | G2:4 F4 G2 r\nc: r:4 G4 r G4 | r:4 B4 r r"
SHEET = sheet("[C major] E4:2 G4:2", "[G dominant] F4:1", "[C major] E4:1")
BAD = "bad.mid: not a MIDI file; export it once more as a standard MIDI file"


def run(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A rag in MIDI, a lead sheet, and what is neither."""
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "rag.mid").write_bytes(write_midi(parse_score(RAG)))
    (folder / "song.musicxml").write_bytes(SHEET)
    (folder / "bad.mid").write_bytes(b"nonsense")
    return folder


def names(corpus: Path) -> list[str]:
    return [piece.name for piece in load_pieces(corpus)]


# -- prepare -----------------------------------------------------------------------------------------------


def test_any_music_becomes_a_corpus_and_what_cannot_be_read_is_named(music, tmp_path):
    text = run("prepare", music, "--any-voices", "--voicings", 2, "-o", tmp_path / "c.npz")
    assert text.splitlines() == [
        f"skipped {BAD}",
        "rag.mid: 1 note on a key that another strikes too, left out",
        f"{tmp_path / 'c.npz'}: 3 pieces, 1 files skipped",
    ]
    rag, one, two = load_pieces(tmp_path / "c.npz")
    assert rag.name == "rag"
    assert rag.grid.cells.shape == (28, 3)  # without the quarter of silence at its end
    assert re.fullmatch(r"song, \w+", one.name)
    assert one.name != two.name


def test_more_voicings_than_patterns_are_numbered(music, tmp_path):
    run("prepare", music, "--any-voices", "--voicings", 8, "-o", tmp_path / "c.npz")
    found = [name for name in names(tmp_path / "c.npz") if name.startswith("song, ")]
    assert len(set(found)) == 8
    assert sum(name.endswith(" 2") for name in found) == 2


def test_the_seed_decides_the_left_hands_and_what_lies_beside_them_does_not(music, tmp_path):
    def prepared(name: str, seed: int) -> bytes:
        run("prepare", music, "--any-voices", "--seed", seed, "-o", tmp_path / name)
        *_, last = load_pieces(tmp_path / name)
        return last.name.encode() + last.grid.cells.tobytes()

    first, other = prepared("a.npz", 0), prepared("b.npz", 1)
    (music / "rag.mid").unlink()
    assert prepared("c.npz", 0) == first
    assert other != first


def test_twelve_bar_blues_need_no_folder(tmp_path):
    run("prepare", "--any-voices", "--twelve-bars", 3, "-o", tmp_path / "a.npz")
    run("prepare", "--any-voices", "--twelve-bars", 2, "-o", tmp_path / "b.npz")
    found = names(tmp_path / "a.npz")
    assert all(re.fullmatch(rf"twelve-bar blues {i} in [A-G].*", name) for i, name in enumerate(found, 1))
    assert names(tmp_path / "b.npz") == found[:2]


def test_prepare_tells_programs_what_was_left_out(music, tmp_path):
    report = json.loads(run("prepare", music, "--any-voices", "-o", tmp_path / "c.npz", "--json"))
    file, reason = BAD.split(": ", 1)
    assert report["skipped"] == [{"file": file, "reason": reason}]
    assert report["pieces"] == 5


def test_a_piece_without_notes_or_with_too_many_is_skipped(tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "silent.musicxml").write_bytes(write_musicxml(parse_score("a: r:1")))
    cluster = "\n".join(f"v{i}: {name}:1" for i, name in enumerate(pitch_names(25)))
    (folder / "cluster.mid").write_bytes(write_midi(parse_score(cluster)))
    text = run("prepare", folder, "--any-voices", "-o", tmp_path / "c.npz", exit_code=1)
    assert text.splitlines() == [
        "skipped cluster.mid: 25 notes at once; a piece may have 24",
        "skipped silent.musicxml: there is no note in it",
        "ripieno: no piece was found: there is no MIDI, MusicXML or ABC in the folder that could be read",
    ]


def pitch_names(count: int) -> list[str]:
    return [f"{letter}{octave}" for octave in range(2, 7) for letter in "CDEFGAB"][:count]


def test_what_makes_no_sense_together_is_refused(tmp_path):
    alone = run("prepare", "--any-voices", "-o", tmp_path / "c.npz", exit_code=1)
    assert alone.strip() == "ripieno: --any-voices needs music: name a FOLDER, or add --twelve-bars 100"
    choir = run("prepare", "--twelve-bars", 3, "-o", tmp_path / "c.npz", exit_code=1)
    assert choir.strip() == "ripieno: --twelve-bars makes piano music; add --any-voices"


# -- train -------------------------------------------------------------------------------------------------

TINY = ("--set", "hidden=4", "--set", "rows=2", "--steps", 2)


def test_an_rbm_trains_on_a_folder_and_says_what_it_left_out(music, tmp_path):
    out = tmp_path / "run"
    lines = run("train", "rbm", music, "-o", out, "--name", "mine", *TINY).splitlines()
    assert lines[0] == f"skipped {BAD}"
    assert "nothing was held out; the figures are of music that the network learned from" in lines
    assert f"{out / 'mine'}.safetensors, with the log in {out / 'log.jsonl'}" in "\n".join(lines)
    _, card = load_weights(out / "mine")
    assert card["training_pieces"] == 5
    assert card["plays"] == "piano"
    assert names(out / "mine.npz") == names(out / "corpus.npz")


def test_a_dbn_with_random_labels_trains_on_a_corpus(music, tmp_path):
    run("prepare", music, "--any-voices", "-o", tmp_path / "c.npz")
    settings = ("--labels", "random", "--set", "window=16", "--set", "rows=2", "--steps", 2)
    run("train", "dbn", tmp_path / "c.npz", "-o", tmp_path / "run", *settings)
    _, card = load_weights(tmp_path / "run" / "my-dbn")
    assert card["config"]["random_labels"] is True
    assert card["config"]["layers"][-1] == 64


def test_a_set_of_ones_own_counts_more_than_the_preset(music, tmp_path):
    run("train", "rbm", music, "-o", tmp_path / "run", "--preset", "blues", *TINY)
    _, card = load_weights(tmp_path / "run" / "my-rbm")
    assert (card["config"]["hidden"], card["config"]["window"]) == (4, 15)
    assert card["changes"]["epochs"] == 200


def test_a_folder_in_which_nothing_can_be_read_is_told(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "bad.mid").write_bytes(b"nonsense")
    assert run("train", "dbn", folder, "-o", tmp_path / "run", exit_code=1).splitlines() == [
        f"skipped {BAD}",
        "ripieno: no piece was found: there is no MIDI, MusicXML or ABC in the folder that could be read",
    ]


def test_a_network_for_choirs_wants_a_prepared_corpus(music, tmp_path):
    assert run("train", "lstm", music, "-o", tmp_path / "run", exit_code=1).strip() == (
        f"ripieno: {music}: a folder, but lstm learns from prepared scores; "
        f"run `ripieno prepare {music} -o mine.npz` and train on mine.npz"
    )


def test_a_piano_model_of_ones_own_can_be_measured(music, tmp_path):
    run("prepare", music, "--any-voices", "--voicings", 1, "-o", tmp_path / "c.npz")
    run("train", "rbm", tmp_path / "c.npz", "-o", tmp_path / "run", *TINY)
    model = tmp_path / "run" / "my-rbm"
    text = run(
        *("evaluate", tmp_path / "c.npz", "--split", "train", "--model", model),
        *("--pieces", 2, "--measures", 2, "--json"),
    )
    report = json.loads(text)
    assert (report["made"]["pieces"], report["made"]["measures"]) == (2, 4)


def test_damaged_weights_of_ones_own_are_not_to_be_installed_again(music, tmp_path):
    run("train", "rbm", music, "-o", tmp_path / "run", *TINY)
    weights = tmp_path / "run" / "my-rbm.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    message = run("compose", "--model", tmp_path / "run" / "my-rbm", "-o", tmp_path / "x.mid", exit_code=1)
    assert message.strip() == (
        "ripieno: my-rbm.safetensors: damaged, or not the file its card is about; copy it once more from "
        "where it was trained, or train it again"
    )


def test_a_preset_of_another_family_is_refused_before_anything_is_read(music, tmp_path):
    message = run("train", "dbn", music, "--preset", "blues", "-o", tmp_path / "run", exit_code=1)
    assert message.strip() == "ripieno: the preset blues is for rbm; train rbm, or leave it out"
    assert not (tmp_path / "run").exists()
