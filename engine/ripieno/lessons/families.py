"""The families that can be trained, each with the settings that made its shipped weights."""

from __future__ import annotations

from dataclasses import replace

import torch

from ripieno.corpus import Corpus
from ripieno.lessons import Lessons, TrainConfig
from ripieno.lessons import lstm as lstm_lessons
from ripieno.lessons.bachbot import BachBotLessons, bachbot_training
from ripieno.lessons.lstm import LSTMLessons
from ripieno.models.bachbot import BachBot, BachBotConfig
from ripieno.models.lstm import ChoraleLSTM, LSTMConfig

FAMILIES = ("lstm", "bachbot")


def enrol(
    family: str, corpus: Corpus, *, seed: int = 0, steps: int | None = None
) -> tuple[Lessons, TrainConfig]:
    """A fresh network of a family with its lessons, and how it is trained.

    steps: ``None`` for the family's own number.
    """
    torch.manual_seed(seed)
    if family == "bachbot":
        bachbot = BachBotLessons(BachBot(BachBotConfig()), corpus, seed=seed)
        return bachbot, bachbot_training(bachbot, seed=seed, steps=steps)
    config = replace(lstm_lessons.TRAINING, seed=seed)
    if steps is not None:
        config = replace(config, steps=steps)
    return LSTMLessons(ChoraleLSTM(LSTMConfig()), corpus, seed=seed), config
