"""What a training leaves to read: a log, a plot of the losses, and what the model card says about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from ripieno.corpus import Corpus
from ripieno.lessons import Lessons, TrainConfig

LOG = "log.jsonl"
PLOT = "loss.png"


def write_log(folder: Path, line: dict[str, float]) -> None:
    """Append one exam."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in line.items()}) + "\n")


def read_log(folder: Path) -> list[dict[str, float]]:
    """Every exam of a training, in order."""
    text = (folder / LOG).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def plot_losses(folder: Path) -> None:
    """Draw the log: training and validation loss over steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = read_log(folder)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for name in (key for key in lines[0] if key not in ("step", "minutes")):
        label = name.replace("_", " ") + ("" if name == "train" else " (validation)")
        axes.plot([x["step"] for x in lines], [x[name] for x in lines], label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("nats")
    axes.legend()
    FigureCanvasAgg(figure).print_figure(folder / PLOT)


def training_card(corpus: Corpus, config: TrainConfig, folder: Path, lessons: Lessons) -> dict[str, object]:
    """What the model card says about a finished training."""
    lines = read_log(folder)
    best = min(lines, key=lambda line: sum(line[name] for name in lessons.judged_by))
    return {
        "training": {**asdict(lessons.plan), **asdict(config)},
        "training_pieces": len(corpus.train),
        "validation_pieces": len(corpus.valid),
        "validation": {k: v for k, v in best.items() if k not in ("train", "minutes")},
        "minutes": round(sum(minutes_of_runs(lines)), 1),
    }


def minutes_of_runs(lines: Sequence[dict[str, float]]) -> list[float]:
    """How long each run of a training took; a resumed one counts from zero again."""
    ends = [a["minutes"] for a, b in pairwise(lines) if b["minutes"] < a["minutes"]]
    return [*ends, lines[-1]["minutes"]]
