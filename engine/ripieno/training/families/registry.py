"""The families that can be trained, each with the settings that made its shipped weights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from ripieno.corpus.corpus import Corpus, Piece, check_choir, check_compass
from ripieno.errors import RequestError
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.models.biaxial.network import Biaxial, BiaxialConfig
from ripieno.models.lstm.network import ChoraleLSTM, LSTMConfig
from ripieno.models.note_states.dbn import DBN, DBNConfig
from ripieno.models.note_states.keyboard import measure_spans
from ripieno.models.note_states.rbm import RBM, RBMConfig
from ripieno.models.planner.beat_features import feature_count
from ripieno.models.planner.network import PlannerConfig, PlannerNetwork
from ripieno.training.families.bachbot import BachBotBatches, BachBotTraining, bachbot_train_config
from ripieno.training.families.base import FamilyTraining, TrainConfig
from ripieno.training.families.biaxial import (
    BIAXIAL_TRAIN_CONFIG,
    BiaxialBatches,
    BiaxialTraining,
    is_twelve_bars,
)
from ripieno.training.families.dbn import DBN_TRAIN_CONFIG, DBNBatches, DBNTraining
from ripieno.training.families.hyperparameters import Changes, apply_changes
from ripieno.training.families.lstm import LSTM_TRAIN_CONFIG, LSTMBatches, LSTMTraining
from ripieno.training.families.planned_corpus import planned_corpus
from ripieno.training.families.planner import (
    PLANNER_TRAIN_CONFIG,
    PlannerBatches,
    PlannerTraining,
    usual_chords,
)
from ripieno.training.families.rbm import RBM_TRAIN_CONFIG, RBMBatches, RBMTraining
from ripieno.training.families.windows import fitting_compass

NOTE_STATE_FAMILIES = ("rbm", "dbn", "biaxial")  # they learn from any number of voices, and from few pieces
UNCHANGED: Changes = MappingProxyType({})
BAR_LENGTHS = (16, 12, 20, 28)  # slots of a bar that a corpus may have: 4/4 (and 2/4), 3/4, 5/4, 7/4


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """The choices of whoever starts a training.

    steps: ``None`` for the family's own number. changes: settings other than the family's own, as
    ``parse_changes`` gives them. start: a trained network to go on from; ``None`` starts afresh.
    """

    seed: int
    steps: int | None
    changes: Changes
    start: nn.Module | None

    def train_config(self, usual: TrainConfig) -> TrainConfig:
        """The family's usual configuration, with these choices."""
        config = apply_changes(replace(usual, seed=self.seed), self.changes)
        return config if self.steps is None else replace(config, steps=self.steps)

    def network_config(self, usual: Any, kind: type[nn.Module]) -> Any:
        """The config of a network of this kind: the usual one, or that of ``start``, with the changes."""
        return apply_changes(usual if self.start is None else config_of(self.start, kind), self.changes)


def set_up_training(
    family: str,
    corpus: Corpus,
    *,
    seed: int = 0,
    steps: int | None = None,
    changes: Changes = UNCHANGED,
    start: nn.Module | None = None,
) -> tuple[FamilyTraining, TrainConfig]:
    """Build a network of a family with its data, and configure its training; see ``TrainingRequest``.

    Raises RequestError where ``start`` is of another family, or the changes are of its size, or where the
    family cannot learn from such pieces.
    """
    torch.manual_seed(seed)
    request = TrainingRequest(seed, steps, changes, start)
    set_up = {
        "lstm": set_up_lstm,
        "bachbot": set_up_bachbot,
        "rbm": set_up_rbm,
        "dbn": set_up_dbn,
        "biaxial": set_up_biaxial,
        "planner": set_up_planner,
    }[family]
    return set_up(corpus, request)


def set_up_lstm(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """The default network."""
    check_choir(corpus, model_name="this family")
    config = replace(request.network_config(LSTMConfig(), ChoraleLSTM), reads_plan=True)
    network = ChoraleLSTM(config)
    copy_weights(request.start, network)
    for piece in corpus.pieces:
        low, high = network.config.lowest, network.config.highest
        check_compass(piece.grid, piece.name, low, high, model_name="this family")
    training = LSTMTraining(
        network,
        planned_corpus(corpus),
        batches=apply_changes(LSTMBatches(), request.changes),
        seed=request.seed,
    )
    return training, request.train_config(LSTM_TRAIN_CONFIG)


def set_up_planner(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """The planner, with the chords that the corpus has most often."""
    check_choir(corpus, model_name="this family")
    planned = planned_corpus(corpus)
    train, valid = (
        tuple(p for p in part if p.grid.plan is not None) for part in (planned.train, planned.valid)
    )
    if not train:
        raise RequestError("the planner learns chords by the beat, and no piece has a meter")
    config = PlannerConfig(inputs=feature_count(train[0].grid))
    network = PlannerNetwork(request.network_config(config, PlannerNetwork))
    network.vocabulary.copy_(usual_chords(train, network.config.states))
    copy_weights(request.start, network)
    training = PlannerTraining(
        network,
        Corpus(train, valid, ()),
        batches=apply_changes(PlannerBatches(), request.changes),
        seed=request.seed,
    )
    return training, request.train_config(PLANNER_TRAIN_CONFIG)


def set_up_bachbot(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """BachBot, whose schedule follows from the size of the corpus."""
    check_choir(corpus, model_name="this family")
    network = BachBot(request.network_config(BachBotConfig(), BachBot))
    copy_weights(request.start, network)
    training = BachBotTraining(
        network, corpus, batches=apply_changes(BachBotBatches(), request.changes), seed=request.seed
    )
    return training, request.train_config(
        bachbot_train_config(training, seed=request.seed, steps=request.steps)
    )


def set_up_rbm(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """An RBM with the corpus's own keys and bars; a window is two bars, unless the changes say more."""
    bar = usual_bar(corpus.train)
    compass = fitting_compass(corpus.train, bar)
    config = RBMConfig(lowest=compass.lowest, keys=compass.keys, bar=bar, window=2 * bar)
    network = RBM(request.network_config(config, RBM))
    batches = apply_changes(RBMBatches(hop=network.config.bar), request.changes)
    training = RBMTraining(network, corpus, batches=batches, seed=request.seed)
    if request.start is None:
        training.initialize()
    copy_weights(request.start, network)
    usual = RBM_TRAIN_CONFIG
    return training, request.train_config(replace(usual, steps=training.steps or usual.steps))


def set_up_dbn(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """A DBN with the corpus's own keys and bars; a window is four bars."""
    bar = usual_bar(corpus.train)
    compass = fitting_compass(corpus.train, bar)
    config = DBNConfig(lowest=compass.lowest, keys=compass.keys, bar=bar, window=4 * bar)
    network = DBN(request.network_config(config, DBN))
    batches = apply_changes(DBNBatches(hop=network.config.bar), request.changes)
    training = DBNTraining(network, corpus, batches=batches, seed=request.seed)
    if request.start is None:
        training.initialize()
    copy_weights(request.start, network)
    return training, request.train_config(DBN_TRAIN_CONFIG)


def set_up_biaxial(corpus: Corpus, request: TrainingRequest) -> tuple[FamilyTraining, TrainConfig]:
    """A two-axis network with the corpus's own keys and form; one to go on from keeps its keys, too."""
    compass = fitting_compass(corpus.train, usual_bar(corpus.train))
    if isinstance(request.start, Biaxial):
        compass = compass.joined(request.start.config.compass)
        request = replace(request, start=request.start.on_keys(compass))
    form = {"twelve_bars": is_twelve_bars(corpus.train, compass)}
    config = BiaxialConfig(lowest=compass.lowest, keys=compass.keys)
    network = Biaxial(replace(request.network_config(config, Biaxial), **form))
    batches = apply_changes(BiaxialBatches(), request.changes)
    training = BiaxialTraining(network, corpus, batches=batches, seed=request.seed)
    if request.start is None:
        training.initialize()
    copy_weights(request.start, network)
    return training, request.train_config(BIAXIAL_TRAIN_CONFIG)


def usual_bar(pieces: tuple[Piece, ...]) -> int:
    """The slots of a bar into which most of the pieces' measures fit, two of them where they are short."""
    fits: Counter[int] = Counter()
    for piece in pieces:
        for first, end in measure_spans(piece.grid):
            fits.update(bar for bar in BAR_LENGTHS if end - first in (bar, bar // 2))
    return max(BAR_LENGTHS, key=lambda bar: fits[bar])


def config_of(start: nn.Module, kind: type[nn.Module]) -> Any:
    """The config of a trained network. Raises RequestError where it is of another kind."""
    if not isinstance(start, kind):
        raise RequestError("the model to go on from is of another family; name one of the same")
    return start.config


def copy_weights(start: nn.Module | None, network: nn.Module) -> None:
    """Copy the weights of a trained network, if there is one. Raises RequestError for other sizes."""
    if start is None:
        return
    own, weights = network.state_dict(), start.state_dict()
    if own.keys() != weights.keys() or not all(extends(own[name], weights[name]) for name in own):
        raise RequestError(
            "the model to go on from has other sizes; change only what leaves its size as it is"
        )
    for name, weight in weights.items():
        if own[name].shape != weight.shape:
            own[name].zero_()[: len(weight)] = weight
        else:
            own[name].copy_(weight)
    network.load_state_dict(own)


def extends(larger: Tensor, smaller: Tensor) -> bool:
    """Whether a tensor has the shape of another, or more rows: a network that has learned to read more.

    What it reads more, such as a plan, then begins at zero: at first it does as before.
    """
    if larger.shape == smaller.shape:
        return True
    return bool(larger.ndim) and larger.shape[1:] == smaller.shape[1:] and len(larger) > len(smaller)
