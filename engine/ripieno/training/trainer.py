"""One trainer for every family: lessons and a configuration in; weights, a log and pictures out."""

from __future__ import annotations

import io
import json
import math
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ripieno.corpus.corpus import Piece, load_corpus, save_corpus
from ripieno.errors import FileError, RequestError
from ripieno.models.catalog import model_path
from ripieno.models.weights import load_weights, save_weights, sibling_path, write_atomically
from ripieno.training.checkpoint import TrainState, copied, resume, unpack
from ripieno.training.distributed import ProcessGroup
from ripieno.training.families.base import FamilyTraining, TrainConfig, device_of
from ripieno.training.families.hyperparameters import Changes
from ripieno.training.families.registry import OF_KEYS, UNCHANGED, set_up_training
from ripieno.training.log import training_card, write_log
from ripieno.training.plots import draw_pictures


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """What the trainer tells while it works. loss: of the last batch, in the family's own unit."""

    step: int
    steps: int
    loss: float
    valid: dict[str, float] | None  # by name, where this step was followed by an exam
    score: float | None = None  # then, the sum of those that decide which weights are best


def train(
    lessons: FamilyTraining,
    folder: Path,
    config: TrainConfig,
    *,
    team: ProcessGroup = ProcessGroup(),
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> nn.Module:
    """Train, and return the network with the weights that did best in the exam.

    folder: holds the checkpoint, the log (a line of JSON an exam) and pictures. A checkpoint that lies there
    is taken up where it stopped: every step's chances come from the seed and the step's number.
    """
    model = lessons.model.to(team.device)
    optimizer = optimizer_of(model, config)
    state = joint_state(lessons, folder, optimizer, team)
    started = time.monotonic()
    losses: list[float] = []
    while state.step < config.steps and state.stale < config.patience:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(state.step, config)
        losses.append(train_step(lessons, optimizer, config, team, state.step))
        state.step += 1
        state.follow(model, config.average)
        valid = score = None
        if state.step % config.evaluate_every == 0 or state.step == config.steps:
            valid = examined(lessons, state, team)
            score = sum(valid[name] for name in lessons.judged_by)
            state.judge(score)
            if team.leads:
                minutes = round((time.monotonic() - started) / 60, 2)
                line = {"step": state.step, "train": float(np.mean(losses)), **valid, "minutes": minutes}
                write_log(folder, line)
                state.save(folder, model, optimizer)
            losses.clear()
        loss = losses[-1] if losses else math.nan
        report(TrainProgress(state.step, config.steps, loss, valid, score))
    team.wait()
    model.load_state_dict(state.best)
    lessons.finish()
    if team.leads:
        draw_pictures(folder, lessons)
        (folder / "config.json").write_text(json.dumps(asdict(config), indent=1), "utf-8")
    return model.eval()


def optimizer_of(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW, or gradient descent with momentum; only what multiplies decays, not what is added."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.momentum is None:
        return torch.optim.AdamW(groups, lr=config.learning_rate)
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)


def joint_state(
    lessons: FamilyTraining, folder: Path, optimizer: torch.optim.Optimizer, team: ProcessGroup
) -> TrainState:
    """The state in the leader's folder, for everybody: all start from the same bits, and share one folder.

    Raises RequestError where there are more processes than parts of a batch.
    """
    model = lessons.model
    with team.together():
        if team.size > lessons.most_parts:
            raise RequestError(
                f"a batch of {lessons.most_parts} cannot be split between {team.size} processes; start fewer"
            )
        state = begin(folder, model, optimizer) if team.leads else TrainState(model)
    if team.size == 1:
        return state
    data = team.share(state.pack(model, optimizer) if team.leads else b"")
    return state if team.leads else unpack(data, model, optimizer)


def begin(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainState:
    """The state in the folder, which is made where it is not there. Raises FileError or WeightsError."""
    make_folder(folder)
    return resume(folder, model, optimizer)


def make_folder(folder: Path) -> None:
    """Make the folder of a training unless it is there. Raises FileError where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FileError(str(folder), f"cannot be made ({exc.strerror}); choose another folder") from exc


def train_step(
    lessons: FamilyTraining,
    optimizer: torch.optim.Optimizer,
    config: TrainConfig,
    team: ProcessGroup,
    step: int,
) -> float:
    """One batch forwards and backwards; its mean loss."""
    model = lessons.model
    model.train()
    torch.manual_seed((config.seed * 1_000_003 + step) * team.size + team.rank)
    kind = device_of(model).type
    with torch.autocast(kind, torch.bfloat16, enabled=config.bfloat16):
        total, count = lessons.loss(step, team.rank, team.size)
    loss = total / max(1, team.total(count))
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    team.sum_gradients(model)
    team.share_buffers(model)
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    return float(total.detach()) / max(1, count)


def examined(lessons: FamilyTraining, state: TrainState, team: ProcessGroup) -> dict[str, float]:
    """The exam of the averaged weights; the network's own are put back after it.

    The leader's figures are everybody's: were one process to round otherwise, it would stop at another step
    than the others, and they would wait for it for ever.
    """
    result: dict[str, float] = {}
    if team.leads:
        model = lessons.model
        own = copied(model.state_dict())
        model.load_state_dict(state.average)
        result = lessons.exam()
        model.load_state_dict(own)
    told: dict[str, float] = json.loads(team.share(json.dumps(result).encode()))
    return told


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
    team: ProcessGroup = ProcessGroup(),
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> Path:
    """Train a network of a family on a prepared corpus; weights, card and library stand in the folder then.

    The library is the pieces that were learned from; originality compares with them.

    steps: ``None`` for the family's own number. changes: other settings than the family's own. start: the
    model to go on from, by name or path. The card names both. Returns the path, without a suffix.
    """
    with team.together():
        pieces = load_corpus(corpus)
        if not pieces.train or not (pieces.valid or family in OF_KEYS):
            raise FileError(corpus.name, "too few pieces to learn from and to judge by; it needs at least 10")
        network, origin = (None, None) if start is None else load_weights(model_path(start))
        lessons, config = set_up_training(
            family, pieces, seed=seed, steps=steps, changes=changes, start=network
        )
    said = {"changes": dict(changes)} if changes else {}
    if origin is not None:
        said["start"] = {key: origin[key] for key in ("name", "sha256")}
    asked = repr((family, seed, steps, sorted(changes.items()), said.get("start")))
    mark = zlib.crc32(corpus.read_bytes() + asked.encode())
    lowest = team.lowest(mark)
    with team.together():
        if mark != lowest:
            raise RequestError(
                "the processes disagree about the corpus, seed, steps, settings or start; "
                "start all with the same command and copies of one corpus"
            )
    model = train(lessons, folder, config, team=team, report=report)
    with team.together():
        if team.leads:
            library = save_library(folder / name, pieces.train)
            card = training_card(pieces, config, folder, lessons)
            save_weights(folder / name, model, card | {"library": library.name} | said)
    return folder / name


def save_library(stem: Path, pieces: Sequence[Piece]) -> Path:
    """Write the pieces that a network learned from beside its weights, whole or not at all."""
    buffer = io.BytesIO()
    save_corpus(buffer, pieces)
    path = sibling_path(stem, ".npz")
    write_atomically(path, buffer.getvalue())
    return path
