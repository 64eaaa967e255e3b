"""The families that can be trained, each with the settings that made its shipped weights."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import torch

from ripieno.corpus import Corpus
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
    family: str, corpus: Corpus, *, seed: int = 0, steps: int | None = None, changes: Changes = UNCHANGED
) -> tuple[Lessons, TrainConfig]:
    """A fresh network of a family with its lessons, and how it is trained.

    steps: ``None`` for the family's own number. changes: settings other than the family's own, as
    ``settings.read_changes`` gives them.
    """
    torch.manual_seed(seed)
    if family == "bachbot":
        network = BachBot(changed(BachBotConfig(), changes))
        bachbot = BachBotLessons(network, corpus, plan=changed(BachBotPlan(), changes), seed=seed)
        return bachbot, changed(bachbot_training(bachbot, seed=seed, steps=steps), changes)
    config = changed(replace(lstm_lessons.TRAINING, seed=seed), changes)
    if steps is not None:
        config = replace(config, steps=steps)
    lstm = ChoraleLSTM(changed(LSTMConfig(), changes))
    return LSTMLessons(lstm, corpus, plan=changed(LSTMPlan(), changes), seed=seed), config
