"""A running service offers models as soon as they are installed, and forgets those that were replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ripieno.learning.installed import files_of, install, remove
from ripieno.models import catalog
from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.models.weights import save_weights
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.service import Service
from tiny_network import TINY


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(catalog.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path


def learned(folder: Path, seed: int) -> None:
    """Install other weights as the model "mine"."""
    torch.manual_seed(seed)
    save_weights(folder / "mine", ChoraleLSTM(TINY), {})
    install("mine", files_of(folder / "mine"), force=True)


def test_a_model_is_offered_as_soon_as_it_is_installed_and_no_longer_once_it_is_removed(folder):
    service = Service()
    assert service.models == (
        "lstm-chorales",
        *(n for n in catalog.shipped_model_names() if n != "lstm-chorales"),
    )
    learned(folder, 1)
    assert service.models[-1] == "mine"
    remove("mine")
    assert "mine" not in service.models


def test_a_model_that_was_replaced_is_loaded_anew(folder):
    runner = ModelRunner()
    learned(folder, 1)
    first = runner.model("mine")
    assert runner.model("mine") is first
    learned(folder, 2)
    second = runner.model("mine")
    assert second.sha256 != first.sha256
    request = Request(task="compose", model="mine", bars=1, seed=1)
    assert runner.answer(request).sha256 == second.sha256
