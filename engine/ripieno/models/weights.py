"""Weights on disk: a safetensors file beside a model card in JSON; both are checked before use.

The card says what the network is (family, version, sizes), what it learned from, and the hash of its weights,
which every result names so that it can be made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as tensor_bytes
from torch import Tensor

from ripieno.errors import WeightsError
from ripieno.models.lstm import ChoraleLSTM, LSTMConfig

VERSION = 1  # of the network's code: raised when old weights would mean something else
LARGEST = 512 * 1024 * 1024


def save_weights(stem: Path, model: ChoraleLSTM, card: dict[str, Any]) -> None:
    """Write ``stem.safetensors`` (half precision) and ``stem.json``.

    card: what a reader wants to know (source, licence, figures); name, family, version, sizes and the hash
    are added here.
    """
    tensors = {k: v.half().contiguous() for k, v in model.state_dict().items()}
    data = tensor_bytes(tensors)
    full = {
        "name": stem.name,
        "family": "lstm",
        "version": VERSION,
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": sum(v.numel() for v in tensors.values()),
        "config": asdict(model.config),
        **card,
    }
    stem.with_suffix(".safetensors").write_bytes(data)
    stem.with_suffix(".json").write_text(json.dumps(full, indent=1) + "\n", "utf-8")


def load_weights(stem: Path) -> tuple[ChoraleLSTM, dict[str, Any]]:
    """The network and its card. Raises WeightsError, naming what is wrong with which file."""
    card = read_card(stem.with_suffix(".json"))
    path = stem.with_suffix(".safetensors")
    try:
        if path.stat().st_size > LARGEST:
            raise WeightsError(f"{path.name}: too large to be one of ripieno's networks")
        data = path.read_bytes()
    except OSError as exc:
        raise WeightsError(f"{path.name}: cannot be read ({exc.strerror}); install again") from exc
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise WeightsError(f"{path.name}: damaged, or not the file its card is about; install again")
    try:
        tensors = parse_tensors(data)
    except SafetensorError as exc:
        raise WeightsError(f"{path.name}: not a safetensors file; install again") from exc
    return build(path.name, card["config"], tensors), card


def read_card(path: Path) -> dict[str, Any]:
    """The model card, with name, family and version checked."""
    try:
        card = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise WeightsError(f"{path.name}: no such model; `ripieno --help` names those there are") from exc
    except ValueError as exc:
        raise WeightsError(f"{path.name}: not a model card; install again") from exc
    wanted = {"name": str, "family": str, "version": int, "sha256": str, "config": dict}
    if not isinstance(card, dict) or any(
        not isinstance(card.get(field), kind) for field, kind in wanted.items()
    ):
        raise WeightsError(f"{path.name}: not a model card; install again")
    if card["family"] != "lstm" or card["name"] != path.stem:
        raise WeightsError(f"{path.name}: the card of another network; install again")
    if card["version"] != VERSION:
        raise WeightsError(f"{path.name}: made for another version of ripieno; install again")
    return card


def build(name: str, sizes: dict[str, Any], tensors: dict[str, Tensor]) -> ChoraleLSTM:
    """A network of these sizes with these weights, once both fit and every number is finite."""
    try:
        config = LSTMConfig(**{**sizes, "order": tuple(sizes.get("order", (0, 3, 1, 2)))})
        with torch.device("meta"):
            shapes = {k: v.shape for k, v in ChoraleLSTM(config).state_dict().items()}
    except (TypeError, ValueError, RuntimeError) as exc:
        raise WeightsError(f"{name}: its card gives impossible sizes; install again") from exc
    if shapes != {k: v.shape for k, v in tensors.items()}:
        raise WeightsError(f"{name}: its weights are not those of this network; install again")
    if not all(bool(v.isfinite().all()) for v in tensors.values()):
        raise WeightsError(f"{name}: holds numbers that are not finite; install again")
    model = ChoraleLSTM(config)
    model.load_state_dict({k: v.float() for k, v in tensors.items()})
    return model.eval()
