"""The commands about installed models, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ripieno.corpus.corpus import Piece, save_corpus
from ripieno.grid import score_to_grid
from ripieno.models import catalog
from ripieno.models.weights import save_weights
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from tiny_network import random_generator

SCORE = "C5:4 D5\nG4:4 G4\nE4:4 D4\nC3:4 B2"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an empty folder for models, and in ``trained`` a model to export."""
    monkeypatch.setenv(catalog.FOLDER_VARIABLE, str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    trained = tmp_path / "trained"
    trained.mkdir()
    card = {"library": "mine.npz", "about": "Learned from one piece."}
    save_weights(trained / "mine", random_generator().model, card)
    with (trained / "mine.npz").open("wb") as file:
        save_corpus(file, [Piece("one", score_to_grid(parse_score(SCORE)))])
    return tmp_path


def run(*arguments: object, exit_code: int = 0) -> list[str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result.output.splitlines()


def test_a_model_goes_to_somebody_else_in_one_file(folder):
    assert run("models", "export", "trained/mine") == [
        "mine.ripieno-model: the model trained/mine",
        "the pieces that it learned from are in it (pieces.npz), so that copies are found; share it only "
        "where you may share them, or leave them out with --without-pieces",
    ]
    assert run("models", "import", "mine.ripieno-model") == [
        "the model mine is installed; try it: ripieno compose --model mine"
    ]
    assert run("models", "import", "mine.ripieno-model", exit_code=1) == [
        "ripieno: there is a model mine already; choose another name, or add --force to replace it"
    ]
    run("models", "import", "mine.ripieno-model", "--force")
    run("models", "import", "mine.ripieno-model", "--name", "yours")
    assert catalog.user_model_names() == ("mine", "yours")
    assert run("models", "remove", "yours") == ["the model yours is removed"]
    assert catalog.user_model_names() == ("mine",)


def test_a_file_is_not_replaced_unasked(folder):
    (folder / "mine.ripieno-model").write_bytes(b"mine")
    message = "mine.ripieno-model: is there already; choose another name, or add --force to replace it"
    assert run("models", "export", "trained/mine", exit_code=1) == [f"ripieno: {message}"]
    assert (folder / "mine.ripieno-model").read_bytes() == b"mine"
    said = json.loads(run("models", "export", "trained/mine", "--without-pieces", "--force", "--json")[0])
    assert said == {"file": "mine.ripieno-model", "pieces": False}


def test_the_list_has_the_shipped_models_and_then_ones_own(folder):
    run("models", "export", "trained/mine")
    run("models", "import", "mine.ripieno-model")
    *lines, where = run("models", "list")
    assert [line.split()[0] for line in lines] == [*catalog.shipped_model_names(), "mine"]
    assert lines[-1].split(maxsplit=3) == ["mine", "choir", "yours", "Learned from one piece."]
    assert where == f"your own are in {folder / 'models'} (RIPIENO_MODELS chooses another folder)"
    listed = json.loads(run("models", "list", "--json")[0])["models"]
    assert [entry["name"] for entry in listed if entry["yours"]] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("remove", "lstm-chorales"),
            "lstm-chorales comes with ripieno and stays; only your own models can be removed",
        ),
        (("remove", "mine"), 'you have no model "mine"; you have none yet'),
        (
            ("remove", "trained/mine"),
            "trained/mine: name an installed model; a file elsewhere you can delete yourself",
        ),
        (
            ("import", "nothing.ripieno-model"),
            "nothing.ripieno-model: cannot be read (No such file or directory); check the name and "
            "the folder",
        ),
        (("import", "trained"), "trained: cannot be read (not a file); check the name and the folder"),
        (("export", "trained/nothing"), "nothing.json: no such model; check the path of the trained weights"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_a_sentence(folder, arguments, message):
    assert run("models", *arguments, exit_code=1) == [f"ripieno: {message}"]
    assert (folder / "trained" / "mine.safetensors").exists()


def test_the_folder_for_models_is_that_of_the_system(monkeypatch, tmp_path):
    monkeypatch.delenv(catalog.FOLDER_VARIABLE)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    places = {
        "linux": ".local/share/ripieno/models",
        "darwin": "Library/Application Support/ripieno/models",
        "win32": "AppData/Local/ripieno/models",
    }
    for system, place in places.items():
        monkeypatch.setattr("ripieno.models.catalog.sys.platform", system)
        assert catalog.models_folder() == tmp_path / place
    monkeypatch.setattr("ripieno.models.catalog.sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert catalog.models_folder() == tmp_path / "data" / "ripieno" / "models"
