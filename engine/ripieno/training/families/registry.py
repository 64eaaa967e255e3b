"""The families that can be trained, each with the settings that made its shipped weights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from ripieno.corpus.corpus import Corpus, Piece, check_choir, check_compass
from ripieno.errors import RequestError
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.models.lstm.network import ChoraleLSTM, LSTMConfig
from ripieno.models.note_states.dbn import DBN, DBNConfig
from ripieno.models.note_states.keyboard import measure_spans
from ripieno.models.note_states.rbm import RBM, RBMConfig
from ripieno.training.families import dbn as dbn_lessons
from ripieno.training.families import lstm as lstm_lessons
from ripieno.training.families import rbm as rbm_lessons
from ripieno.training.families.bachbot import BachBotPlan, BachBotTraining, bachbot_training
from ripieno.training.families.base import FamilyTraining, TrainConfig
from ripieno.training.families.dbn import DBNPlan, DBNTraining
from ripieno.training.families.hyperparameters import Changes, changed
from ripieno.training.families.lstm import LSTMPlan, LSTMTraining
from ripieno.training.families.rbm import RBMPlan, RBMTraining
from ripieno.training.families.windows import fitting_compass

OF_KEYS = ("rbm", "dbn")  # they learn from any number of voices, and from few pieces
UNCHANGED: Changes = MappingProxyType({})
BARS = (16, 12, 20, 28)  # slots of a bar that a corpus may have: 4/4 (and 2/4), 3/4, 5/4, 7/4


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """How a training is asked for.

    steps: ``None`` for the family's own number. changes: settings other than the family's own, as
    ``settings.read_changes`` gives them. start: a trained network to go on from; ``None`` begins afresh.
    """

    seed: int
    steps: int | None
    changes: Changes
    start: nn.Module | None

    def trained(self, usual: TrainConfig) -> TrainConfig:
        """The family's usual training with what is asked for."""
        config = changed(replace(usual, seed=self.seed), self.changes)
        return config if self.steps is None else replace(config, steps=self.steps)

    def sized(self, usual: Any, kind: type[nn.Module]) -> Any:
        """The sizes of a network of this kind: its usual ones, or those of the start, with the changes."""
        return changed(usual if self.start is None else config_of(self.start, kind), self.changes)


def set_up_training(
    family: str,
    corpus: Corpus,
    *,
    seed: int = 0,
    steps: int | None = None,
    changes: Changes = UNCHANGED,
    start: nn.Module | None = None,
) -> tuple[FamilyTraining, TrainConfig]:
    """A network of a family with its lessons, and how it is trained; see ``TrainingRequest``.

    Raises RequestError where ``start`` is of another family, or the changes are of its size, or where the
    family cannot learn from such pieces.
    """
    torch.manual_seed(seed)
    wish = TrainingRequest(seed, steps, changes, start)
    teach = {"lstm": set_up_lstm, "bachbot": set_up_bachbot, "rbm": set_up_rbm, "dbn": set_up_dbn}[family]
    return teach(corpus, wish)


def set_up_lstm(corpus: Corpus, wish: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """The default network."""
    check_choir(corpus, knower="this family")
    network = ChoraleLSTM(wish.sized(LSTMConfig(), ChoraleLSTM))
    copy_weights(wish.start, network)
    for piece in corpus.pieces:
        low, high = network.config.lowest, network.config.highest
        check_compass(piece.grid, piece.name, low, high, knower="this family")
    lessons = LSTMTraining(network, corpus, plan=changed(LSTMPlan(), wish.changes), seed=wish.seed)
    return lessons, wish.trained(lstm_lessons.TRAINING)


def set_up_bachbot(corpus: Corpus, wish: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """BachBot, whose schedule follows from the size of the corpus."""
    check_choir(corpus, knower="this family")
    network = BachBot(wish.sized(BachBotConfig(), BachBot))
    copy_weights(wish.start, network)
    lessons = BachBotTraining(network, corpus, plan=changed(BachBotPlan(), wish.changes), seed=wish.seed)
    return lessons, wish.trained(bachbot_training(lessons, seed=wish.seed, steps=wish.steps))


def set_up_rbm(corpus: Corpus, wish: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """An RBM with the corpus's own keys and bars; a window is two bars, unless the changes say more."""
    bar = usual_bar(corpus.train)
    compass = fitting_compass(corpus.train, bar)
    config = RBMConfig(lowest=compass.lowest, keys=compass.keys, bar=bar, window=2 * bar)
    network = RBM(wish.sized(config, RBM))
    plan = changed(RBMPlan(hop=network.config.bar), wish.changes)
    lessons = RBMTraining(network, corpus, plan=plan, seed=wish.seed)
    if wish.start is None:
        lessons.begin()
    copy_weights(wish.start, network)
    usual = rbm_lessons.TRAINING
    return lessons, wish.trained(replace(usual, steps=lessons.steps or usual.steps))


def set_up_dbn(corpus: Corpus, wish: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """A DBN with the corpus's own keys and bars; a window is four bars."""
    bar = usual_bar(corpus.train)
    compass = fitting_compass(corpus.train, bar)
    config = DBNConfig(lowest=compass.lowest, keys=compass.keys, bar=bar, window=4 * bar)
    network = DBN(wish.sized(config, DBN))
    plan = changed(DBNPlan(hop=network.config.bar), wish.changes)
    lessons = DBNTraining(network, corpus, plan=plan, seed=wish.seed)
    if wish.start is None:
        lessons.begin()
    copy_weights(wish.start, network)
    return lessons, wish.trained(dbn_lessons.TRAINING)


def usual_bar(pieces: tuple[Piece, ...]) -> int:
    """The slots of a bar into which most of the pieces' measures fit, two of them where they are short."""
    fits: Counter[int] = Counter()
    for piece in pieces:
        for first, end in measure_spans(piece.grid):
            fits.update(bar for bar in BARS if end - first in (bar, bar // 2))
    return max(BARS, key=lambda bar: fits[bar])


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
