"""A model goes into one file and comes out the same; any other file is refused in a sentence."""

from __future__ import annotations

import io
import json
import pickle  # noqa: TID251 - the disguise that must be seen through
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from ripieno.corpus.corpus import Piece, load_pieces, save_corpus
from ripieno.errors import FileError, RequestError
from ripieno.grid import score_to_grid
from ripieno.learning.installed import CARD, PIECES, WEIGHTS, check_free_name, install, remove
from ripieno.learning.model_file import SUFFIX, holds_pieces, pack_model, unpack_model
from ripieno.models import catalog
from ripieno.models.loading import load
from ripieno.models.planner.network import PlannerConfig, PlannerNetwork
from ripieno.models.weights import save_weights
from ripieno.text.notation import parse_score
from tiny_network import random_generator

NOT_ONE = "mine.ripieno-model: not a model that ripieno exported; ask for it once more"
SCORE = "C5:4 D5\nG4:4 G4\nE4:4 D4\nC3:4 B2"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for models."""
    monkeypatch.setenv(catalog.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def saved(folder: Path, name: str, **facts: object) -> dict[str, bytes]:
    """The files of a tiny model with the pieces that it learned from."""
    folder.mkdir(parents=True, exist_ok=True)
    save_weights(
        folder / name, random_generator().model, {"library": f"{name}.npz", "about": "mine", **facts}
    )
    with (folder / f"{name}.npz").open("wb") as file:
        save_corpus(file, [Piece("one", score_to_grid(parse_score(SCORE)))])
    return {suffix: (folder / f"{name}{suffix}").read_bytes() for suffix in (CARD, WEIGHTS, PIECES)}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    return saved(tmp_path / "trained", "mine")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# -- installed ---------------------------------------------------------------------------------------------


def test_an_installed_model_is_found_by_its_name(models, files):
    install("mine", files)
    assert catalog.model_names() == (*catalog.shipped_model_names(), "mine")
    assert load("mine").name == "mine"
    assert names_in(models) == ["mine"]
    assert [piece.name for piece in load_pieces(catalog.model_library("mine"))] == ["one"]
    remove("mine")
    assert catalog.model_names() == catalog.shipped_model_names()
    assert names_in(models) == []


@pytest.mark.parametrize(
    "name", ["", "my model", "../up", "a/b", "mine.json", "con", "LPT1", "-x", "x" * 41, "é"]
)
def test_a_name_that_is_no_file_name_everywhere_is_refused(models, files, name):
    with pytest.raises(RequestError, match="cannot be the name of a model; take up to 40 letters"):
        install(name, files)
    assert names_in(models) == []


@pytest.mark.parametrize("name", ["lstm-chorales", "LSTM-Chorales"])
def test_no_model_takes_the_name_of_a_shipped_one(models, files, name):
    with pytest.raises(RequestError) as caught:
        install(name, files)
    assert str(caught.value) == f"{name} is a model that comes with ripieno; choose another name"


def test_another_model_is_replaced_only_where_that_is_said(models, files):
    install("mine", files)
    with pytest.raises(RequestError) as caught:
        check_free_name("mine", force=False)
    assert str(caught.value) == (
        "there is a model mine already; choose another name, or add --force to replace it"
    )
    with pytest.raises(RequestError, match=r"there is a model mine already; choose another name$"):
        check_free_name("Mine", force=True)  # the same folder where letters of either case are one
    version = catalog.model_version("mine")
    install("mine", files, force=True)
    assert catalog.model_version("mine") > version
    assert names_in(models) == ["mine"]


def test_an_error_while_it_is_replaced_leaves_the_old_model(models, files, monkeypatch):
    install("mine", files)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if target.name == "mine" and (self / "mine.json").read_bytes() == b"{}":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(FileError, match="cannot be written"):
        install("mine", {**files, CARD: b"{}"}, force=True)
    assert (models / "mine" / "mine.json").read_bytes() == files[CARD]
    assert names_in(models) == ["mine"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lstm-chorales", "lstm-chorales comes with ripieno and stays; only your own models can be removed"),
        ("yours", 'you have no model "yours"; yours are: mine'),
        ("../models/mine", 'you have no model "../models/mine"; yours are: mine'),
    ],
)
def test_only_a_model_of_ones_own_is_removed(models, files, name, message):
    install("mine", files)
    with pytest.raises(RequestError) as caught:
        remove(name)
    assert str(caught.value) == message
    assert names_in(models) == ["mine"]


def test_what_is_no_whole_model_is_in_no_list(models, files):
    install("mine", files)
    for name, lacking in (("bare", CARD), ("empty", WEIGHTS)):
        (models / name).mkdir()
        for suffix in {CARD, WEIGHTS} - {lacking}:
            (models / name / f"{name}{suffix}").write_bytes(files[suffix])
    (models / "stray.txt").write_text("x")
    assert catalog.user_model_names() == ("mine",)


# -- out and in --------------------------------------------------------------------------------------------


def exported(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / f"mine{SUFFIX}"
    path.write_bytes(data)
    return path


def test_a_model_comes_out_of_its_file_as_it_went_in(models, files, tmp_path):
    install("mine", files)
    data = pack_model("mine")
    assert pack_model("mine") == data
    path = exported(tmp_path, data)
    assert holds_pieces(data)
    name, again = unpack_model(path)
    assert name == "mine"
    assert again[WEIGHTS] == files[WEIGHTS]
    assert again[PIECES] == files[PIECES]
    before, after = (json.loads(card) for card in (files[CARD], again[CARD]))
    assert after == before | {"plays": "choir"}


def test_a_model_can_go_without_its_pieces_and_under_another_name(models, files, tmp_path):
    install("mine", files)
    data = pack_model("mine", with_pieces=False)
    assert not holds_pieces(data)
    name, again = unpack_model(exported(tmp_path, data), name="other")
    install(name, again)
    assert load("other").name == "other"
    assert catalog.model_library("other") is None
    assert catalog.model_library("mine") is not None


def archive(files: dict[str, bytes], **changes: bytes | None) -> bytes:
    """An archive as a model is exported, with some members changed, added, or left out (None)."""
    members = {"card.json": files[CARD], "weights.safetensors": files[WEIGHTS], "pieces.npz": files[PIECES]}
    members |= {name: data for name, data in changes.items() if data is not None}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in members.items():
            if name not in changes or changes[name] is not None:
                packed.writestr(name, data)
    return out.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises((FileError, RequestError)) as caught:
        unpack_model(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"../../.bashrc": b"x"},
        {"/etc/passwd": b"x"},
        {"weights.pkl": pickle.dumps([1])},
        {"card.json": None},
        {"weights.safetensors": None},
    ],
    ids=str,
)
def test_an_archive_of_another_layout_is_refused(models, files, tmp_path, changes):
    assert refusal(exported(tmp_path, archive(files, **changes))) == NOT_ONE
    assert names_in(models) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", pickle.dumps({"weights": 1})])
def test_what_is_no_archive_is_refused(models, tmp_path, data):
    assert refusal(exported(tmp_path, data)) == NOT_ONE


def test_a_member_twice_is_refused(models, files, tmp_path):
    out = io.BytesIO(archive(files))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as packed:
        packed.writestr("card.json", b"{}")
    assert refusal(exported(tmp_path, out.getvalue())) == NOT_ONE


def test_a_member_that_unpacks_to_more_than_it_may_is_refused(models, files, tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("card.json", b" " * (2 << 20))
        packed.writestr("weights.safetensors", files[WEIGHTS])
    assert refusal(exported(tmp_path, out.getvalue())) == (
        "mine.ripieno-model: card.json in it is too large; not a model that ripieno exported; ask for it "
        "once more"
    )


USELESS = (
    "mine.ripieno-model: its model is not one that ripieno can use ({}); damaged on its way; ask for it once "
    "more"
)


def changed_card(files: dict[str, bytes], **fields: object) -> bytes:
    return json.dumps(json.loads(files[CARD]) | fields).encode()


def test_a_strangers_weights_are_checked_as_ones_own(models, files, tmp_path):
    pickled = archive(files, **{"weights.safetensors": pickle.dumps([1])})
    assert refusal(exported(tmp_path, pickled)) == USELESS.format(
        "damaged, or not the file its card is about"
    )
    config = json.loads(files[CARD])["config"]
    huge = archive(files, **{"card.json": changed_card(files, config=config | {"time_hidden": 65_536})})
    assert refusal(exported(tmp_path, huge)) == USELESS.format("its weights are not those of this network")
    other = archive(files, **{"card.json": changed_card(files, version=99)})
    assert refusal(exported(tmp_path, other)) == USELESS.format("made for another version of ripieno")
    out = io.BytesIO()
    np.savez(out, names=np.array([object()], dtype=object), allow_pickle=True)
    pieces = archive(files, **{"pieces.npz": out.getvalue()})
    assert refusal(exported(tmp_path, pieces)) == USELESS.format("not a prepared corpus")
    assert names_in(models) == []


def test_a_planner_is_no_model(models, files, tmp_path):
    torch.manual_seed(0)
    save_weights(tmp_path / "mine", PlannerNetwork(PlannerConfig(inputs=8, states=4, hidden=4)), {})
    planner = {suffix: (tmp_path / f"mine{suffix}").read_bytes() for suffix in (CARD, WEIGHTS)}
    assert refusal(exported(tmp_path, archive({**planner, PIECES: files[PIECES]}))) == USELESS.format(
        "a planner, which writes no notes"
    )


NO_NAME = "mine.ripieno-model: its card names no model; damaged on its way; ask for it once more"
SHIPPED = "lstm-chorales is a model that comes with ripieno; choose another name"


@pytest.mark.parametrize(
    ("name", "message"), [("../up", NO_NAME), ("a b", NO_NAME), (7, NO_NAME), ("lstm-chorales", SHIPPED)]
)
def test_a_strangers_name_is_no_path_and_takes_no_shipped_name(models, files, tmp_path, name, message):
    path = exported(tmp_path, archive(files, **{"card.json": changed_card(files, name=name)}))
    assert refusal(path) == message


def test_of_a_strangers_card_only_known_entries_of_their_kind_stay(models, files, tmp_path):
    card = changed_card(
        files,
        about="a\x1b[31m" + "b" * 9_000,
        plays="drums",
        meter="0/0",
        library="../../secret",
        training="x",
        evil={"a": 1},
    )
    _, found = unpack_model(exported(tmp_path, archive(files, **{"card.json": card})))
    kept = json.loads(found[CARD])
    assert kept["about"].startswith("a?[31mbbb")
    assert len(kept["about"]) == 2_000
    assert (kept["plays"], kept["library"]) == ("choir", "mine.npz")
    assert not {"meter", "training", "evil"} & set(kept)
