"""Load a generator by the name of its model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from ripieno.errors import WeightsError
from ripieno.models.bachbot.generator import BachBotGenerator
from ripieno.models.bachbot.network import BachBot
from ripieno.models.biaxial.network import Biaxial
from ripieno.models.catalog import DEFAULT_MODEL, PLANNER, model_path
from ripieno.models.generator import Generator
from ripieno.models.lstm.generator import ChoraleGenerator
from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.dbn_sampler import DBNSampler
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.rbm import RBM
from ripieno.models.note_states.rbm_sampler import RBMSampler
from ripieno.models.planner.network import PlannerNetwork
from ripieno.models.planner.planner import Planner
from ripieno.models.weights import load_weights


def load(name: str = DEFAULT_MODEL) -> Generator:
    """The generator of a shipped model, by its name, or of trained weights, by their path.

    Raises WeightsError where there is no such model, or where its files are damaged.
    """
    model, card = load_weights(model_path(name))
    generator = build_generator(model, card)
    if generator.plays == "choir":
        generator.planner = load_planner()
    return generator


def build_generator(model: nn.Module, card: dict[str, Any]) -> Generator:
    """The generator of a network, without a planner. Raises WeightsError for one that writes no notes."""
    known = {"name": card["name"], "sha256": card["sha256"]}
    if isinstance(model, BachBot):
        return BachBotGenerator(model, **known)
    if isinstance(model, RBM | DBN):
        network = RBMSampler(model) if isinstance(model, RBM) else DBNSampler(model)
        return NoteStateGenerator(network, **known, plays=card.get("plays", "choir"))
    if isinstance(model, Biaxial):
        from ripieno.models.biaxial.generator import BiaxialGenerator  # brings much that no choir needs

        return BiaxialGenerator(model, **known, plays=card.get("plays", "piano"))
    if not isinstance(model, ChoraleLSTM):
        raise WeightsError(f"{card['name']}: a planner, which writes no notes; choose another model")
    return ChoraleGenerator(model, **known)


def load_planner(stem: Path = PLANNER) -> Planner:
    """The planner of these weights, without a suffix. Raises WeightsError where they are damaged."""
    network, card = load_weights(stem)
    if not isinstance(network, PlannerNetwork):
        raise WeightsError(f"{card['name']}: not a planner")
    return Planner(network, sha256=card["sha256"])
