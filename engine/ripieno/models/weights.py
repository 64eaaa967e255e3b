"""Weights on disk: a safetensors file beside a model card in JSON; both are checked before use.

The card holds the network's family, version and sizes, what it learned from, and the hash of its weights,
which every result names so that it can be reproduced.
"""

from __future__ import annotations

import errno
import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as tensor_bytes
from torch import Tensor, nn

from ripieno.atomic_write import replace_file
from ripieno.errors import WeightsError, short
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.models.biaxial.network import Biaxial, BiaxialConfig
from ripieno.models.catalog import way_out
from ripieno.models.lstm.network import VOICES, ChoraleLSTM, LSTMConfig
from ripieno.models.note_states.dbn import DBN, DBNConfig
from ripieno.models.note_states.rbm import RBM, RBMConfig
from ripieno.models.planner.network import PlannerConfig, PlannerNetwork

VERSION = 1  # of the networks' code: raised when old weights would compute something else
MAX_WEIGHTS_BYTES = 64 * 1024 * 1024
MAX_CARD_BYTES = 1024 * 1024
SIZE = range(1, 65_537)
PITCH = range(128)
WINDOW = range(1, 1025)  # slots
KEYS = range(1, 129)
# What a config entry may be, other than a whole number of a range.
SHARE = "share"  # a number in [0, 1)
ORDER = "order"  # a list with each voice once
LAYERS = "layers"  # a list of one to eight sizes
FLAG = "flag"  # true or false
MAX_LAYERS = 8


@dataclass(frozen=True, slots=True)
class Family:
    """A family of networks.

    sizes: the allowed values of each entry of a card's config; an entry that is left out has its default.
    """

    network: type[nn.Module]
    config: type
    sizes: Mapping[str, range | str]


FAMILIES = {
    "lstm": Family(
        ChoraleLSTM,
        LSTMConfig,
        dict.fromkeys(("embedding", "context_hidden", "time_hidden", "voice_hidden"), SIZE)
        | dict.fromkeys(("attention_size", "attention_reach"), SIZE)
        | dict.fromkeys(("time_layers", "attention_heads"), range(1, 65))
        | dict.fromkeys(("lowest", "highest"), PITCH)
        | dict.fromkeys(("dropout", "weight_drop", "hide"), SHARE)
        | {"order": ORDER, "reads_plan": FLAG},
    ),
    "bachbot": Family(
        BachBot,
        BachBotConfig,
        dict.fromkeys(("embedding", "hidden"), SIZE)
        | {"layers": range(1, 65), "lowest": PITCH, "highest": PITCH, "dropout": SHARE},
    ),
    "rbm": Family(
        RBM,
        RBMConfig,
        {"window": WINDOW, "bar": WINDOW, "lowest": PITCH, "keys": KEYS}
        | {
            "hidden": SIZE,
            "dropout": SHARE,
            "gibbs_steps": range(1, 100_001),
            "cooling": SHARE,
            "from_null": FLAG,
        },
    ),
    "dbn": Family(
        DBN,
        DBNConfig,
        {"window": WINDOW, "bar": WINDOW, "lowest": PITCH, "keys": KEYS}
        | {"layers": LAYERS, "random_labels": FLAG},
    ),
    "biaxial": Family(
        Biaxial,
        BiaxialConfig,
        {"lowest": PITCH, "keys": KEYS, "time_layers": range(1, 65)}
        | dict.fromkeys(("time_hidden", "note_hidden"), SIZE)
        | dict.fromkeys(("dropout", "input_dropout"), SHARE)
        | {"twelve_bars": FLAG},
    ),
    "planner": Family(
        PlannerNetwork,
        PlannerConfig,
        dict.fromkeys(("inputs", "states", "hidden"), SIZE)
        | {"layers": range(1, 65), "dropout": SHARE, "input_dropout": SHARE},
    ),
}


def save_weights(stem: Path, model: nn.Module, card: dict[str, Any]) -> None:
    """Write ``stem.safetensors`` (half precision) and ``stem.json``, each atomically.

    card: facts for readers (source, licence, figures); name, family, version, sizes and the hash are added
    here. Raises WeightsError where the files cannot be written.
    """
    family = next(name for name, kind in FAMILIES.items() if isinstance(model, kind.network))
    tensors = {k: to_half_precision(v) for k, v in model.state_dict().items()}
    data = tensor_bytes(tensors)
    full = {
        "name": stem.name,
        "family": family,
        "version": VERSION,
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": sum(v.numel() for v in tensors.values()),
        "config": asdict(cast(Any, model.config)),
    }
    full = {**full, **card, **full}  # the card may add entries, but not replace these
    write_atomically(sibling_path(stem, ".safetensors"), data)
    write_atomically(sibling_path(stem, ".json"), (json.dumps(full, indent=1) + "\n").encode())


def to_half_precision(tensor: Tensor) -> Tensor:
    """A tensor as it is saved: floats in half precision, whole numbers as they are."""
    return (tensor.half() if tensor.is_floating_point() else tensor).cpu().contiguous()


def sibling_path(stem: Path, suffix: str) -> Path:
    """The path of one of a model's files; its name may have dots of its own ("bach-1.5")."""
    return stem.parent / (stem.name + suffix)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises WeightsError where it cannot be written."""
    try:
        replace_file(path, data)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "no name that a file can have"
        raise WeightsError(
            f"{short(path.name)}: cannot be written ({reason}); choose another folder"
        ) from exc


def load_weights(stem: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network, in evaluation mode, and its card. Raises WeightsError, naming the file and its fault."""
    card = read_card(sibling_path(stem, ".json"))
    path = sibling_path(stem, ".safetensors")
    name = short(path.name)
    try:
        data = read_limited(path, MAX_WEIGHTS_BYTES)
    except OSError as exc:
        raise WeightsError(f"{name}: cannot be read ({exc.strerror}); {way_out(path)}") from exc
    if len(data) > MAX_WEIGHTS_BYTES:
        raise WeightsError(f"{name}: too large to be one of ripieno's networks; {way_out(path)}")
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise WeightsError(f"{name}: damaged, or not the file its card is about; {way_out(path)}")
    try:
        tensors = parse_tensors(data)
    # The header of another program's file may name shapes and types that torch does not have.
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as exc:
        raise WeightsError(f"{name}: not a safetensors file; {way_out(path)}") from exc
    return build(path, FAMILIES[card["family"]], card["config"], tensors), card


def read_limited(path: Path, limit: int) -> bytes:
    """At most ``limit`` + 1 bytes of a file. Raises OSError where there is none, or only a pipe or device."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a file")
    with path.open("rb") as file:
        return file.read(min(limit, status.st_size) + 1)  # read allocates as much memory as asked for


def read_card(path: Path) -> dict[str, Any]:
    """The model card. Raises WeightsError where its name, family or version is wrong."""
    name = short(path.name)
    try:
        data = read_limited(path, MAX_CARD_BYTES)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise WeightsError(f"{name}: no such model; check the path of the trained weights") from exc
    try:
        card = json.loads(data.decode("utf-8")) if len(data) <= MAX_CARD_BYTES else None
    except (ValueError, RecursionError) as exc:
        raise WeightsError(f"{name}: not a model card; {way_out(path)}") from exc
    wanted = {"name": str, "family": str, "version": int, "sha256": str, "config": dict}
    if not isinstance(card, dict) or any(type(card.get(field)) is not kind for field, kind in wanted.items()):
        raise WeightsError(f"{name}: not a model card; {way_out(path)}")
    if card["family"] not in FAMILIES or card["name"] != path.stem:
        raise WeightsError(f"{name}: the card of another network; {way_out(path)}")
    if card["version"] != VERSION:
        raise WeightsError(f"{name}: made for another version of ripieno; {way_out(path)}")
    return card


def build(path: Path, family: Family, sizes: dict[str, Any], tensors: dict[str, Tensor]) -> nn.Module:
    """The network of these sizes with these weights, in evaluation mode.

    Raises WeightsError where the sizes are impossible, the tensors do not fit or a number is not finite.
    path: of the weights.
    """
    name = short(path.name)
    if not valid_sizes(family, sizes):
        raise WeightsError(f"{name}: its card gives impossible sizes; {way_out(path)}")
    config = family.config(**{k: tuple(v) if isinstance(v, list) else v for k, v in sizes.items()})
    with torch.device("meta"):  # shapes without memory: a bad card may give huge sizes
        wanted = family.network(config).state_dict()
    if not all(
        name in tensors and tensors[name].shape == shape.shape and compatible_dtype(tensors[name], shape)
        for name, shape in wanted.items()
    ) or len(tensors) != len(wanted):
        raise WeightsError(f"{name}: its weights are not those of this network; {way_out(path)}")
    if not all(bool(v.isfinite().all()) for v in tensors.values()):
        raise WeightsError(f"{name}: holds numbers that are not finite; {way_out(path)}")
    model = family.network(config)
    model.load_state_dict({k: v.to(wanted[k].dtype) for k, v in tensors.items()})
    return model.eval()


def compatible_dtype(tensor: Tensor, wanted: Tensor) -> bool:
    """Whether a file's tensor can be loaded: half or single precision for any float, else the same dtype."""
    if wanted.is_floating_point():
        return tensor.dtype in (torch.float16, torch.float32)
    return tensor.dtype == wanted.dtype


def valid_sizes(family: Family, sizes: dict[str, Any]) -> bool:
    """Whether a card's config holds only sizes that a network of this family may have."""
    for field, value in sizes.items():
        allowed = family.sizes.get(field)
        if isinstance(allowed, range):
            fits = type(value) is int and value in allowed
        elif allowed == SHARE:
            fits = type(value) in (int, float) and 0 <= value < 1
        elif allowed == FLAG:
            fits = type(value) is bool
        else:
            fits = isinstance(value, list) and all(type(v) is int for v in value)
            if allowed == LAYERS:
                fits = fits and 1 <= len(value) <= MAX_LAYERS and all(v in SIZE for v in value)
            else:
                fits = fits and allowed == ORDER and sorted(value) == list(range(VOICES))
        if not fits:
            return False
    if "lowest" not in family.sizes:
        return True
    default = family.config()
    lowest = sizes.get("lowest", default.lowest)
    if "keys" in family.sizes:
        return bool(lowest + sizes.get("keys", default.keys) - 1 in PITCH)
    return bool(lowest <= sizes.get("highest", default.highest))
