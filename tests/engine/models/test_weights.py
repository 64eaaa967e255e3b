"""Weights come back as they were saved; whatever else lies there is named in one line and never run."""

from __future__ import annotations

import hashlib
import json
import pickle  # noqa: TID251 - the disguise that must be seen through
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as tensor_bytes

from ripieno.errors import WeightsError
from ripieno.models import catalog, loading
from ripieno.models.catalog import way_out
from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.models.weights import MAX_WEIGHTS_BYTES, load_weights, save_weights
from tiny_network import TINY

SHIPPED = (
    "bachbot-chorales",
    "dbn-chorales",
    "dbn-ragtime",
    "lstm-blues",
    "lstm-chorales",
    "lstm-ragtime",
    "rbm-blues",
    "rbm-chorales",
)
CHOOSE = f"choose one of: {', '.join(SHIPPED)}, or give a path"


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    """Saved weights of a tiny network; the name has a dot of its own."""
    torch.manual_seed(1)
    save_weights(tmp_path / "tiny-1.5", ChoraleLSTM(TINY), {"source": "chance"})
    return tmp_path / "tiny-1.5"


def weights_of(stem: Path) -> Path:
    return stem.parent / f"{stem.name}.safetensors"


def card_of(stem: Path) -> Path:
    return stem.parent / f"{stem.name}.json"


def replace_weights(stem: Path, data: bytes) -> None:
    """Other weights, with a card that agrees to them."""
    weights_of(stem).write_bytes(data)
    change_card(stem, sha256=hashlib.sha256(data).hexdigest())


def change_card(stem: Path, **fields: Any) -> None:
    card = json.loads(card_of(stem).read_text("utf-8"))
    card_of(stem).write_text(json.dumps(card | fields), "utf-8")


def change_sizes(stem: Path, **sizes: Any) -> None:
    card = json.loads(card_of(stem).read_text("utf-8"))
    change_card(stem, config=card["config"] | sizes)


def fault_of(stem: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_weights(stem)
    return str(caught.value)


def test_a_network_comes_back_in_half_precision(stem: Path) -> None:
    torch.manual_seed(1)
    saved = ChoraleLSTM(TINY).state_dict()
    model, card = load_weights(stem)
    assert model.config == TINY
    assert not model.training
    assert card["source"] == "chance"
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, saved[name].half().float())
    assert sorted(p.name for p in stem.parent.iterdir()) == ["tiny-1.5.json", "tiny-1.5.safetensors"]


def test_what_a_card_adds_does_not_change_what_it_is_about(tmp_path: Path) -> None:
    save_weights(tmp_path / "a", ChoraleLSTM(TINY), {"name": "b", "sha256": "0"})
    assert load_weights(tmp_path / "a")[1]["name"] == "a"


def test_weights_are_loaded_by_their_path_with_or_without_the_suffix(stem: Path) -> None:
    for path in (stem, weights_of(stem), card_of(stem)):
        assert loading.load(str(path)).name == "tiny-1.5"


def test_weights_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    message = "x.safetensors: cannot be written (No such file or directory); choose another folder"
    with pytest.raises(WeightsError) as caught:
        save_weights(tmp_path / "none" / "x", ChoraleLSTM(TINY), {})
    assert str(caught.value) == message


AGAIN = "copy it once more from where it was trained, or train it again"
DAMAGED = f"tiny-1.5.safetensors: damaged, or not the file its card is about; {AGAIN}"
FOREIGN = f"tiny-1.5.safetensors: not a safetensors file; {AGAIN}"
OTHER = f"tiny-1.5.safetensors: its weights are not those of this network; {AGAIN}"
SIZES = f"tiny-1.5.safetensors: its card gives impossible sizes; {AGAIN}"
NO_CARD = f"tiny-1.5.json: not a model card; {AGAIN}"


@pytest.mark.parametrize("change", ["cut", "flip", "swap", "empty"])
def test_damaged_weights_are_seen_by_their_hash(stem: Path, change: str) -> None:
    data = bytearray(weights_of(stem).read_bytes())
    if change == "flip":
        data[len(data) // 2] ^= 1
    other = tensor_bytes({"a": torch.zeros(3)})
    changed: dict[str, bytes | bytearray] = {"cut": data[:-1], "flip": data, "swap": other, "empty": b""}
    weights_of(stem).write_bytes(changed[change])
    assert fault_of(stem) == DAMAGED


class Planted:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("the pickle ran",)


@pytest.mark.parametrize("data", [b"", b"x", pickle.dumps(Planted()), b"\xff" * 100, b"PK\3\4" + bytes(90)])
def test_what_is_no_safetensors_file_is_not_run(stem: Path, data: bytes) -> None:
    replace_weights(stem, data)
    assert fault_of(stem) == FOREIGN


def test_an_unknown_kind_of_number_is_refused(stem: Path) -> None:
    header = b'{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,2]}}'
    replace_weights(stem, len(header).to_bytes(8, "little") + header + bytes(2))
    assert fault_of(stem) == FOREIGN


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_finite_are_refused(stem: Path, value: float) -> None:
    tensors = {k: v.half() for k, v in ChoraleLSTM(TINY).state_dict().items()}
    tensors["nothing"][0, 0] = value
    replace_weights(stem, tensor_bytes(tensors))
    assert fault_of(stem) == f"tiny-1.5.safetensors: holds numbers that are not finite; {AGAIN}"


@pytest.mark.parametrize("change", ["missing", "extra", "shape", "whole numbers"])
def test_other_tensors_than_the_networks_are_refused(stem: Path, change: str) -> None:
    tensors = {k: v.half() for k, v in ChoraleLSTM(TINY).state_dict().items()}
    if change == "missing":
        del tensors["nothing"]
    elif change == "extra":
        tensors["more"] = torch.zeros(1).half()
    elif change == "shape":
        tensors["nothing"] = torch.zeros(3, 3).half()
    else:
        tensors["nothing"] = tensors["nothing"].to(torch.int16)
    replace_weights(stem, tensor_bytes(tensors))
    assert fault_of(stem) == OTHER


def test_another_vocabulary_is_refused(stem: Path) -> None:
    change_sizes(stem, highest=90)
    assert fault_of(stem) == OTHER


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize(
    "sizes",
    [
        {"embedding": 10**12},
        {"time_layers": 10**9},
        {"attention_reach": 10**30},
        {"embedding": 0},
        {"embedding": -1},
        {"embedding": "12"},
        {"embedding": True},
        {"embedding": 12.0},
        {"embedding": None},
        {"dropout": float("nan")},
        {"dropout": 1.5},
        {"order": [0, 0, 0, 0]},
        {"order": [0, 1, 2]},
        {"order": 5},
        {"lowest": 90, "highest": 40},
        {"highest": 10**9},
        {"unknown": 1},
    ],
    ids=str,
)
def test_impossible_sizes_are_refused_without_memory(stem: Path, sizes: dict[str, Any]) -> None:
    change_sizes(stem, **sizes)
    tracemalloc.start()
    try:
        assert fault_of(stem) == SIZES
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_large_sizes_are_compared_without_memory(stem: Path) -> None:
    change_sizes(stem, embedding=65_536, time_hidden=65_536)  # would be over 100 GB
    assert fault_of(stem) == OTHER


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"version": 2}, f"made for another version of ripieno; {AGAIN}"),
        ({"version": True}, f"not a model card; {AGAIN}"),
        ({"version": "1"}, f"not a model card; {AGAIN}"),
        ({"name": "other"}, f"the card of another network; {AGAIN}"),
        ({"family": "gan"}, f"the card of another network; {AGAIN}"),
        ({"sha256": None}, f"not a model card; {AGAIN}"),
        ({"config": []}, f"not a model card; {AGAIN}"),
    ],
    ids=str,
)
def test_a_card_of_something_else_is_refused(stem: Path, fields: dict[str, Any], fault: str) -> None:
    change_card(stem, **fields)
    assert fault_of(stem) == f"tiny-1.5.json: {fault}"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b" " * (2 << 20)], ids=lambda d: f"{d[:4]} {len(d)}"
)
def test_what_is_no_json_is_no_card(stem: Path, data: bytes) -> None:
    card_of(stem).write_bytes(data)
    assert fault_of(stem) == NO_CARD


def test_missing_files_are_named(stem: Path) -> None:
    weights_of(stem).unlink()
    fault = f"tiny-1.5.safetensors: cannot be read (No such file or directory); {AGAIN}"
    assert fault_of(stem) == fault
    card_of(stem).unlink()
    assert fault_of(stem) == "tiny-1.5.json: no such model; check the path of the trained weights"


def test_too_large_a_file_is_not_read_whole(stem: Path) -> None:
    with weights_of(stem).open("wb") as file:
        file.truncate(MAX_WEIGHTS_BYTES + 1)
    assert fault_of(stem) == f"tiny-1.5.safetensors: too large to be one of ripieno's networks; {AGAIN}"


NO_PATH = "no such model; check the path of the trained weights"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope", f'there is no model "nope"; {CHOOSE}'),
        ("", f'there is no model ""; {CHOOSE}'),
        ("..", f'there is no model ".."; {CHOOSE}'),
        ("/", f'there is no model "/"; {CHOOSE}'),
        ("../../etc/passwd", f"passwd.json: {NO_PATH}"),
        ("a/b", f"b.json: {NO_PATH}"),
        ("a/\0", f"?.json: {NO_PATH}"),
        ("a/" + "b" * 5000, f"{'b' * 30}...{'b' * 15}.json: {NO_PATH}"),
    ],
    ids=lambda text: text[:20].replace("\0", "NUL"),
)
def test_a_name_is_never_more_than_a_name(name: str, message: str) -> None:
    with pytest.raises(WeightsError) as caught:
        loading.load(name)
    assert str(caught.value) == message


def test_the_shipped_model_is_there_by_name() -> None:
    assert catalog.model_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_loading_does_not_start_the_compiler_of_torch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)  # importing it, which takes a second, would fail
    assert loading.load(name).name == name


def test_shipped_weights_can_be_installed_again():
    for suffix in (".safetensors", ".json"):
        assert way_out(catalog.SHIPPED / f"lstm-chorales{suffix}") == "install again"
