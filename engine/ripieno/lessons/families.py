"""The families that can be trained, each with the settings that made its shipped weights."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from ripieno.corpus import Corpus, check_compass
from ripieno.errors import RequestError
from ripieno.lessons import Lessons, TrainConfig
from ripieno.lessons import lstm as lstm_lessons
from ripieno.lessons.bachbot import BachBotLessons, BachBotPlan, bachbot_training
from ripieno.lessons.lstm import LSTMLessons, LSTMPlan
from ripieno.lessons.settings import Changes, changed
from ripieno.models.bachbot import BachBot, BachBotConfig
from ripieno.models.lstm import ChoraleLSTM, LSTMConfig

FAMILIES = ("lstm", "bachbot")
UNCHANGED: Changes = MappingProxyType({})


def enrol(
    family: str,
    corpus: Corpus,
    *,
    seed: int = 0,
    steps: int | None = None,
    changes: Changes = UNCHANGED,
    start: nn.Module | None = None,
) -> tuple[Lessons, TrainConfig]:
    """A network of a family with its lessons, and how it is trained.

    steps: ``None`` for the family's own number. changes: settings other than the family's own, as
    ``settings.read_changes`` gives them. start: a trained network to go on from; ``None`` begins afresh.
    Raises RequestError where ``start`` is of another family, or the changes are of its size.
    """
    torch.manual_seed(seed)
    if family == "bachbot":
        network = BachBot(changed(BachBotConfig() if start is None else config_of(start, BachBot), changes))
        copy_weights(start, network)
        bachbot = BachBotLessons(network, corpus, plan=changed(BachBotPlan(), changes), seed=seed)
        return bachbot, changed(bachbot_training(bachbot, seed=seed, steps=steps), changes)
    config = changed(replace(lstm_lessons.TRAINING, seed=seed), changes)
    if steps is not None:
        config = replace(config, steps=steps)
    lstm = ChoraleLSTM(changed(LSTMConfig() if start is None else config_of(start, ChoraleLSTM), changes))
    copy_weights(start, lstm)
    for piece in corpus.pieces:
        low, high = lstm.config.lowest, lstm.config.highest
        check_compass(piece.grid, piece.name, low, high, knower="this family")
    return LSTMLessons(lstm, corpus, plan=changed(LSTMPlan(), changes), seed=seed), config


def config_of(start: nn.Module, kind: type[nn.Module]) -> Any:
    """The sizes of a trained network, which has to be of this kind."""
    if not isinstance(start, kind):
        raise RequestError("the model to go on from is of another family; name one of the same")
    return start.config


def copy_weights(start: nn.Module | None, network: nn.Module) -> None:
    """Begin where a trained network stands."""
    if start is None:
        return
    try:
        network.load_state_dict(start.state_dict())
    except RuntimeError as exc:
        raise RequestError(
            "the model to go on from has other sizes; change only what leaves its size as it is"
        ) from exc
