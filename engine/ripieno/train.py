"""One trainer: a configuration and a corpus in; weights, a log and a plot of the loss out."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ripieno.corpus import Corpus, Piece, free_moves, transposed
from ripieno.errors import WeightsError
from ripieno.grid import HOLD, REST, Cells, sounding_pitches
from ripieno.models.lstm import VOICES, ChoraleLSTM, Frames, LSTMConfig, encode
from ripieno.models.masks import Mask, training_mask
from ripieno.models.surroundings import COLUMN, UNKNOWN, survey
from ripieno.theory import CHORALE_RANGES

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"
PLOT = "loss.png"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train. The defaults made the shipped weights."""

    steps: int = 3600
    batch: int = 12
    frames: int = 256  # sixteenths a piece; longer ones are cut at random
    learning_rate: float = 2e-3  # at its height; cosine decay to zero
    warmup: int = 100  # steps
    weight_decay: float = 0.1
    clip: float = 1.0
    # Shares of pieces trained as if nobody had written ...
    hide_all: float = 0.4  # anything but notes
    hide_meter: float = 0.1  # barlines
    hide_fermatas: float = 0.2
    hide_key: float = 0.15
    evaluate_every: int = 100
    patience: int = 30  # evaluations without a better one, then stop
    seed: int = 0
    bfloat16: bool = True


class Batch(NamedTuple):
    """B pieces of T frames, padded at the end."""

    frames: Frames
    fixed: Tensor  # (B, T, V) bool, given
    surroundings: Tensor  # (B, T, 6)
    counted: Tensor  # (B, T, V) bool: cells of the piece that are not given


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """What the trainer tells while it works. Losses in nats a cell."""

    step: int
    steps: int
    loss: float
    valid: dict[str, float] | None  # by task, where this step was followed by an evaluation


def draw_batch(pieces: Sequence[Piece], config: TrainConfig, rng: np.random.Generator) -> Batch:
    """Random pieces, each in a random key inside the voices' ranges, with a random task."""
    rows = []
    for index in rng.integers(0, len(pieces), config.batch):
        grid = pieces[index].grid
        moves = free_moves(grid.cells, list(CHORALE_RANGES.values()))
        grid = transposed(grid, int(rng.choice(moves)))
        cells, around = grid.cells, survey(grid)
        around = without(around, *hidden_columns(config, rng))
        start = int(rng.integers(0, max(1, len(cells) - config.frames + 1)))
        window = slice(start, start + config.frames)
        cells = opened(cells, window)
        rows.append((cells, training_mask(cells, rng), around[window]))
    return stack(rows)


def hidden_columns(config: TrainConfig, rng: np.random.Generator) -> set[int]:
    """Which surroundings the network shall do without, drawn at random."""
    if rng.random() < config.hide_all:
        return set(COLUMN)
    hidden: set[int] = set()
    for share, columns in (
        (config.hide_meter, (COLUMN.position, COLUMN.strength, COLUMN.to_end)),
        (config.hide_fermatas, (COLUMN.fermata, COLUMN.to_fermata)),
        (config.hide_key, (COLUMN.tonic,)),
    ):
        if rng.random() < share:
            hidden |= set(columns)
    return hidden


def without(around: np.ndarray, *columns: int) -> np.ndarray:
    """The survey with these columns unknown."""
    out = around.copy()
    for column in columns:
        out[:, column] = UNKNOWN[column]
    return out


def opened(cells: Cells, window: slice) -> Cells:
    """A window of the cells in which a note that was sounding at its start begins there."""
    cut = cells[window].copy()
    first = sounding_pitches(cells)[window.start]
    cut[0] = np.where(cut[0] == HOLD, first, cut[0])
    return cut


def stack(rows: Sequence[tuple[Cells, Mask, np.ndarray]]) -> Batch:
    """Pad (cells, fixed, surroundings) of several pieces to one length with rests that do not count."""
    steps = max(len(cells) for cells, _, _ in rows)
    shape = (len(rows), steps, VOICES)
    cells = np.full(shape, REST, dtype=np.int64)
    sounding = np.full(shape, REST, dtype=np.int64)
    fixed = np.zeros(shape, dtype=np.bool_)
    counted = np.zeros(shape, dtype=np.bool_)
    around = np.tile(np.array(UNKNOWN), (len(rows), steps, 1))
    for b, (piece, mask, survey_) in enumerate(rows):
        cells[b, : len(piece)] = piece
        sounding[b, : len(piece)] = sounding_pitches(piece)
        fixed[b, : len(piece)] = mask
        counted[b, : len(piece)] = ~mask
        around[b, : len(piece)] = survey_
    return Batch(
        encode(torch.from_numpy(cells), torch.from_numpy(sounding), LSTMConfig()),
        torch.from_numpy(fixed),
        torch.from_numpy(around),
        torch.from_numpy(counted),
    )


def token_loss(logits: Tensor, batch: Batch) -> Tensor:
    """-log p of every counted token, their mean, in nats."""
    logp = logits.float().log_softmax(-1)
    nll = -logp.gather(-1, batch.frames.tokens.unsqueeze(-1)).squeeze(-1)
    return nll[batch.counted].mean()


def sounding_loss(logits: Tensor, batch: Batch, config: LSTMConfig) -> Tensor:
    """-log p of what sounds in every counted cell, held or struck alike; their mean, in nats.

    The benchmark's files have no holds: where a pitch stays, p(hold) + p(its onset) is what counts.
    """
    logp = logits.float().log_softmax(-1)
    pitches = batch.frames.pitches
    stays = torch.zeros_like(batch.fixed)
    stays[:, 1:] = (pitches[:, 1:] == pitches[:, :-1]) & (pitches[:, 1:] < config.pitches)
    rest = pitches == config.pitches
    onset = logp.gather(-1, torch.where(rest, config.pitches + 1, pitches).unsqueeze(-1))
    hold = logp[..., config.pitches].masked_fill(~stays, float("-inf"))
    return -torch.logaddexp(onset.squeeze(-1), hold)[batch.counted].mean()


@torch.no_grad()
def validate(model: ChoraleLSTM, pieces: Sequence[Piece], size: int = 16) -> dict[str, float]:
    """Mean nats a cell on whole pieces.

    nothing_given, soprano_given: tokens; meter, key, fermatas known. sounding_bare: what sounds, with nothing
    given and no meter, key, fermata or end known, as in the 16th-grid benchmark.
    """
    model.eval()
    ordered = sorted(pieces, key=lambda p: p.grid.steps)
    sums = {"nothing_given": 0.0, "soprano_given": 0.0, "sounding_bare": 0.0}
    cells = dict.fromkeys(sums, 0)
    for i in range(0, len(ordered), size):
        grids = [p.grid for p in ordered[i : i + size]]
        for task in sums:
            rows = []
            for grid in grids:
                fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
                fixed[:, 0] = task == "soprano_given"
                around = survey(grid)
                if task == "sounding_bare":
                    around = without(around, *COLUMN)
                rows.append((grid.cells, fixed, around))
            batch = stack(rows)
            logits = model(batch.frames, batch.fixed, batch.surroundings)
            if task == "sounding_bare":
                loss = sounding_loss(logits, batch, model.config)
            else:
                loss = token_loss(logits, batch)
            count = int(batch.counted.sum())
            sums[task] += float(loss) * count
            cells[task] += count
    return {task: sums[task] / cells[task] for task in sums}


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def train(
    corpus: Corpus,
    folder: Path,
    *,
    model_config: LSTMConfig | None = None,
    config: TrainConfig | None = None,
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> ChoraleLSTM:
    """Train, and return the network with the weights that did best on the validation pieces.

    folder: holds the checkpoint, the log (a line of JSON an evaluation) and the plot. A checkpoint that lies
    there is taken up where it stopped: every step's chances come from the seed and the step's number.
    """
    config = config or TrainConfig()
    torch.manual_seed(config.seed)
    model = ChoraleLSTM(model_config or LSTMConfig())
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    folder.mkdir(parents=True, exist_ok=True)
    state = resume(folder, model, optimizer)
    started = time.monotonic()
    losses: list[float] = []
    while state.step < config.steps and state.stale < config.patience:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(state.step, config)
        losses.append(train_step(model, optimizer, corpus.train, config, state.step))
        state.step += 1
        valid = None
        if state.step % config.evaluate_every == 0 or state.step == config.steps:
            valid = validate(model, corpus.valid)
            state.judge(model, valid["nothing_given"] + valid["soprano_given"])
            minutes = (time.monotonic() - started) / 60
            line = {"step": state.step, "train": float(np.mean(losses)), **valid}
            write_log(folder, {**line, "minutes": round(minutes, 2)})
            losses.clear()
            state.save(folder, model, optimizer)
        report(TrainProgress(state.step, config.steps, losses[-1] if losses else math.nan, valid))
    plot_losses(folder)
    model.load_state_dict(state.best)
    (folder / "config.json").write_text(
        json.dumps({"model": asdict(model.config), "train": asdict(config)}, indent=1), "utf-8"
    )
    return model.eval()


def train_step(
    model: ChoraleLSTM,
    optimizer: torch.optim.Optimizer,
    pieces: Sequence[Piece],
    config: TrainConfig,
    step: int,
) -> float:
    """One batch forwards and backwards; its loss in nats a cell."""
    model.train()
    torch.manual_seed(config.seed * 1_000_003 + step)
    batch = draw_batch(pieces, config, np.random.default_rng((config.seed, step)))
    hidden = torch.rand(batch.fixed.shape) < model.config.hide
    with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
        logits = model(batch.frames, batch.fixed, batch.surroundings, hidden)
    loss = token_loss(logits, batch)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    return float(loss.detach())


class TrainState:
    """Where a training stands: the step, the best weights so far, and how long nothing was better."""

    def __init__(self, model: ChoraleLSTM) -> None:
        self.step, self.stale, self.score = 0, 0, math.inf
        self.best = {k: v.clone() for k, v in model.state_dict().items()}

    def judge(self, model: ChoraleLSTM, score: float) -> None:
        """Keep these weights if they score lower than all before."""
        if score < self.score:
            self.score, self.stale = score, 0
            self.best = {k: v.clone() for k, v in model.state_dict().items()}
        else:
            self.stale += 1

    def save(self, folder: Path, model: ChoraleLSTM, optimizer: torch.optim.Optimizer) -> None:
        """Write everything that ``resume`` needs, as tensors; the old file stays until the new is whole."""
        tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for i, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{i}.{k}": v for k, v in moments.items()}
        numbers = {"step": str(self.step), "stale": str(self.stale), "score": repr(self.score)}
        new = folder / (CHECKPOINT + ".new")
        save_file({k: v.contiguous() for k, v in tensors.items()}, new, metadata=numbers)
        new.replace(folder / CHECKPOINT)


def resume(folder: Path, model: ChoraleLSTM, optimizer: torch.optim.Optimizer) -> TrainState:
    """The state in the folder's checkpoint, loaded into model and optimizer; a fresh one without it."""
    from safetensors import safe_open

    state = TrainState(model)
    path = folder / CHECKPOINT
    if not path.exists():
        return state
    with safe_open(path, "pt") as file:
        numbers = file.metadata()
    tensors = load_file(path)
    groups: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "adam": {}}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition(".")
        groups[kind][rest] = tensor
    try:
        model.load_state_dict(groups["model"])
    except RuntimeError as exc:
        raise WeightsError(f"{path}: belongs to a network of another size; choose another folder") from exc
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in groups["adam"].items():
        index, _, moment = name.partition(".")
        moments.setdefault(int(index), {})[moment] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    state.best = groups["best"]
    state.step, state.stale = int(numbers["step"]), int(numbers["stale"])
    state.score = float(numbers["score"])
    return state


def write_log(folder: Path, line: dict[str, float]) -> None:
    """Append one evaluation."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in line.items()}) + "\n")


def plot_losses(folder: Path) -> None:
    """Draw the log: training and validation loss over steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    text = (folder / LOG).read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for name in ("train", "nothing_given", "soprano_given", "sounding_bare"):
        label = name.replace("_", " ") + ("" if name == "train" else " (validation)")
        axes.plot([x["step"] for x in lines], [x[name] for x in lines], label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("nats a cell")
    axes.legend()
    FigureCanvasAgg(figure).print_figure(folder / PLOT)


def training_card(corpus: Corpus, config: TrainConfig, folder: Path) -> dict[str, object]:
    """What the model card says about a finished training."""
    lines = [json.loads(line) for line in (folder / LOG).read_text("utf-8").splitlines()]
    best = min(lines, key=lambda line: line["nothing_given"] + line["soprano_given"])
    return {
        "training": asdict(config),
        "training_pieces": len(corpus.train),
        "validation_pieces": len(corpus.valid),
        "validation": {k: best[k] for k in ("step", "nothing_given", "soprano_given", "sounding_bare")},
        "minutes": round(sum(minutes_of_runs(lines)), 1),
    }


def minutes_of_runs(lines: Sequence[dict[str, float]]) -> list[float]:
    """How long each run of a training took; a resumed one counts from zero again."""
    ends = [a["minutes"] for a, b in pairwise(lines) if b["minutes"] < a["minutes"]]
    return [*ends, lines[-1]["minutes"]]
