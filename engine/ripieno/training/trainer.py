"""The trainer of every family: from a ``FamilyTraining`` and a configuration to weights, a log and plots."""

from __future__ import annotations

import io
import json
import math
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import nn

from ripieno.corpus.corpus import Corpus, Piece, divide, load_pieces, save_corpus
from ripieno.errors import FileError, RequestError
from ripieno.interrupt import Interrupt, delayed_interrupt
from ripieno.models.catalog import model_path
from ripieno.models.weights import load_weights, save_weights, sibling_path, write_atomically
from ripieno.training.checkpoint import TrainState, clone_weights, resume, unpack
from ripieno.training.distributed import ProcessGroup
from ripieno.training.families.base import FamilyTraining, TrainConfig, device_of
from ripieno.training.families.hyperparameters import Changes
from ripieno.training.families.registry import NOTE_STATE_FAMILIES, UNCHANGED, set_up_training
from ripieno.training.log import training_card, write_log
from ripieno.training.plots import draw_plots


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """The state of a training after a step. loss: of the batch, in the family's own unit."""

    step: int
    steps: int
    loss: float
    valid: dict[str, float] | None  # the metrics by name, where this step was followed by a validation
    score: float | None = None  # then, the sum of the metrics that decide which weights are best


def train(
    training: FamilyTraining,
    folder: Path,
    config: TrainConfig,
    *,
    group: ProcessGroup = ProcessGroup(),
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> nn.Module:
    """Train, and return the network with the weights that scored best.

    folder: for the checkpoint, the log (a line of JSON for each validation) and the plots. A training whose
    checkpoint lies there goes on as if it had never stopped: the random numbers of each step follow from the
    seed and the step's number. (The chains of an RBM or a DBN, and BachBot's memory of the batch before,
    start afresh.) Ctrl-C saves the checkpoint after the step that is being made, and raises
    KeyboardInterrupt.
    """
    model = training.model.to(group.device)
    optimizer = optimizer_of(model, config)
    state = shared_state(training, folder, optimizer, group)
    run = TrainingRun(training, folder, config, group, state, optimizer)
    with delayed_interrupt(alone=group.size == 1) as interrupt:
        try:
            while state.validation_due or (state.step < config.steps and state.stale < config.patience):
                if not state.validation_due:
                    run.step()
                valid = score = None
                if state.validation_due:
                    valid, score = run.validate(interrupt)
                report(TrainProgress(state.step, config.steps, run.loss, valid, score))
                if interrupt.asked:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            if group.size == 1 and not run.in_step:
                state.save(folder, model, optimizer)
            raise
    group.barrier()
    model.load_state_dict(state.best)
    training.finish()
    if group.is_leader:
        draw_plots(folder, training)
        (folder / "config.json").write_text(json.dumps(asdict(config), indent=1), "utf-8")
    return model.eval()


class TrainingRun:
    """The steps and validations of a training since it was started or went on.

    loss: of the last batch. in_step: whether a step is half made, so that the state is not to be saved.
    """

    def __init__(
        self,
        training: FamilyTraining,
        folder: Path,
        config: TrainConfig,
        group: ProcessGroup,
        state: TrainState,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self.training, self.folder, self.config, self.group = training, folder, config, group
        self.state, self.optimizer = state, optimizer
        self.loss, self.in_step = math.nan, False
        self.started = time.monotonic()

    def step(self) -> None:
        """Train on one batch, and say in the state whether a validation is due."""
        state, config = self.state, self.config
        self.in_step = True
        for param_group in self.optimizer.param_groups:
            param_group["lr"] = learning_rate(state.step, config)
        self.loss = train_step(self.training, self.optimizer, config, self.group, state.step)
        state.losses.append(self.loss)
        state.step += 1
        state.update_average(self.training.model, config.average)
        state.validation_due = state.step % config.evaluate_every == 0 or state.step == config.steps
        self.in_step = False

    def validate(self, interrupt: Interrupt) -> tuple[dict[str, float], float]:
        """Measure the averaged weights, log them and save the checkpoint. Returns (metrics, score)."""
        state = self.state
        with interrupt.at_once():
            valid = validate_average(self.training, state, self.group)
        score = sum(valid[name] for name in self.training.score_metrics)
        state.update_best(score)
        losses, state.losses, state.validation_due = state.losses, [], False
        if self.group.is_leader:
            minutes = round((time.monotonic() - self.started) / 60, 2)
            mean = float(np.mean(losses)) if losses else math.nan
            write_log(self.folder, {"step": state.step, "train": mean, **valid, "minutes": minutes})
            state.save(self.folder, self.training.model, self.optimizer)
        return valid, score


def optimizer_of(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW, or gradient descent with momentum; weights decay, biases do not."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.momentum is None:
        return torch.optim.AdamW(groups, lr=config.learning_rate)
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)


def shared_state(
    training: FamilyTraining, folder: Path, optimizer: torch.optim.Optimizer, group: ProcessGroup
) -> TrainState:
    """The state in the leader's folder, in every process: all start from the same bits.

    Raises RequestError where there are more processes than parts of a batch.
    """
    model = training.model
    with group.raise_together():
        if group.size > training.max_parts:
            raise RequestError(
                f"a batch of {training.max_parts} cannot be split between {group.size} processes; start fewer"
            )
        state = open_state(folder, model, optimizer) if group.is_leader else TrainState(model)
    if group.size == 1:
        return state
    data = group.broadcast(state.pack(model, optimizer) if group.is_leader else b"")
    return state if group.is_leader else unpack(data, model, optimizer)


def open_state(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainState:
    """The state in the folder, which is created where it is missing. Raises FileError or WeightsError."""
    make_folder(folder)
    return resume(folder, model, optimizer)


def make_folder(folder: Path) -> None:
    """Make the folder of a training unless it is there. Raises FileError where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FileError(str(folder), f"cannot be made ({exc.strerror}); choose another folder") from exc


def train_step(
    training: FamilyTraining,
    optimizer: torch.optim.Optimizer,
    config: TrainConfig,
    group: ProcessGroup,
    step: int,
) -> float:
    """Train on one batch. Returns its mean loss."""
    model = training.model
    model.train()
    torch.manual_seed((config.seed * 1_000_003 + step) * group.size + group.rank)
    kind = device_of(model).type
    with torch.autocast(kind, torch.bfloat16, enabled=config.bfloat16):
        total, count = training.loss(step, group.rank, group.size)
    loss = total / max(1, group.sum_of(count))
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    group.sum_gradients(model)
    group.average_buffers(model)
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    return float(total.detach()) / max(1, count)


def validate_average(training: FamilyTraining, state: TrainState, group: ProcessGroup) -> dict[str, float]:
    """The metrics of the averaged weights; the network's own are put back afterwards.

    Every process gets the leader's: were one to round differently, it would stop at another step than the
    others, and they would wait for it for ever.
    """
    result: dict[str, float] = {}
    if group.is_leader:
        model = training.model
        own = clone_weights(model.state_dict())
        model.load_state_dict(state.average)
        try:
            result = training.validate()
        finally:
            model.load_state_dict(own)
    shared: dict[str, float] = json.loads(group.broadcast(json.dumps(result).encode()))
    return shared


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up, then halving at intervals, or half a cosine down to zero."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    if config.halve_every is not None:
        return float(config.learning_rate * 0.5 ** (step // config.halve_every))
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def train_family(
    family: str,
    corpus: Path,
    folder: Path,
    *,
    name: str,
    seed: int = 0,
    steps: int | None = None,
    changes: Changes = UNCHANGED,
    start: str | None = None,
    split: Callable[[Sequence[Piece]], Corpus] = divide,
    facts: Mapping[str, object] = MappingProxyType({}),
    group: ProcessGroup = ProcessGroup(),
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> Path:
    """Train a network of a family on a prepared corpus, and save weights, card and library in the folder.

    The library is the pieces that were learned from; originality compares with them.

    steps: ``None`` for the family's own number. changes: other settings than the family's own. start: the
    model to go on from, by name or path. The card names both. split: divides the pieces of the corpus. facts:
    further entries of the card. Returns the path, without a suffix.
    """
    with group.raise_together():
        pieces = split(load_pieces(corpus))
        if not pieces.train or not (pieces.valid or family in NOTE_STATE_FAMILIES):
            raise FileError(corpus.name, "too few pieces to learn from and to judge by; it needs at least 10")
        network, start_card = (None, None) if start is None else load_weights(model_path(start))
        training, config = set_up_training(
            family, pieces, seed=seed, steps=steps, changes=changes, start=network
        )
    origins = {"changes": dict(changes)} if changes else {}
    if start_card is not None:
        origins["start"] = {key: start_card[key] for key in ("name", "sha256")}
    request = repr((family, seed, steps, sorted(changes.items()), origins.get("start")))
    checksum = zlib.crc32(corpus.read_bytes() + request.encode())
    lowest = group.min_of(checksum)
    with group.raise_together():
        if checksum != lowest:
            raise RequestError(
                "the processes disagree about the corpus, seed, steps, settings or start; "
                "start all with the same command and copies of one corpus"
            )
    model = train(training, folder, config, group=group, report=report)
    with group.raise_together():
        if group.is_leader:
            library = save_library(folder / name, pieces.train)
            card = training_card(pieces, config, folder, training)
            save_weights(folder / name, model, card | {"library": library.name} | origins | dict(facts))
    return folder / name


def save_library(stem: Path, pieces: Sequence[Piece]) -> Path:
    """Write the pieces that a network learned from beside its weights, whole or not at all."""
    buffer = io.BytesIO()
    save_corpus(buffer, pieces)
    path = sibling_path(stem, ".npz")
    write_atomically(path, buffer.getvalue())
    return path
