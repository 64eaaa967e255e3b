"""The generators: what each network computes, tensors in and tensors out; and loading one by its name.

Importing this loads no torch; ``load`` does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ripieno.errors import WeightsError, short

if TYPE_CHECKING:
    from ripieno.models.generator import Generator

DEFAULT_MODEL = "lstm-chorales"
SHIPPED = Path(__file__).parent.parent / "weights"


def names() -> tuple[str, ...]:
    """The models that are installed."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors")))


def find(name: str) -> Path:
    """Where the weights lie, without a suffix: those of a shipped model, or of a path (``run/model``).

    Raises WeightsError where no model is called so.
    """
    stem = Path(name.removesuffix(".safetensors").removesuffix(".json"))
    if stem.name != name and stem.name:
        return stem
    if name not in names():
        there = ", ".join(names())
        raise WeightsError(f'there is no model "{short(name)}"; choose one of: {there}, or give a path')
    return SHIPPED / name


def card(name: str) -> dict[str, Any]:
    """What a model's card says, unchecked, for whoever must not wait for torch; empty where there is none.

    ``load`` is who complains. plays: "choir" or "piano". meter: what it usually composes in. library: the
    file beside the weights with the pieces that it learned from.
    """
    try:
        said = json.loads(find(name).with_name(find(name).name + ".json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def library(name: str) -> Path | None:
    """The pieces that a model learned from, for ``originality``; None where its card names no such file."""
    file = card(name).get("library")
    path = find(name).parent / Path(str(file)).name if file else None
    return path if path and path.is_file() else None


def load(name: str = DEFAULT_MODEL) -> Generator:
    """A generator by the name of a shipped model, or by the path of trained weights.

    Raises WeightsError where there is none, or where it is damaged.
    """
    from ripieno.models.bachbot.generator import BachBotGenerator
    from ripieno.models.bachbot.network import BachBot
    from ripieno.models.lstm.generator import ChoraleGenerator
    from ripieno.models.lstm.network import ChoraleLSTM
    from ripieno.models.note_states.dbn import DBN
    from ripieno.models.note_states.dbn_sampler import DBNNetwork
    from ripieno.models.note_states.generator import KeyGenerator
    from ripieno.models.note_states.rbm import RBM
    from ripieno.models.note_states.rbm_sampler import RBMNetwork
    from ripieno.models.weights import load_weights

    model, card = load_weights(find(name))
    known = {"name": card["name"], "sha256": card["sha256"]}
    if isinstance(model, BachBot):
        return BachBotGenerator(model, **known)
    if isinstance(model, RBM | DBN):
        network = RBMNetwork(model) if isinstance(model, RBM) else DBNNetwork(model)
        return KeyGenerator(network, **known, plays=card.get("plays", "choir"))
    assert isinstance(model, ChoraleLSTM), "a family without a generator"
    return ChoraleGenerator(model, **known)
