"""The log of a training, and the fields of the model card that describe it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.errors import short
from ripieno.score import VOICE_NAMES
from ripieno.training.families.base import FamilyTraining, TrainConfig

LOG = "log.jsonl"
NOTHING_HELD_OUT = "nothing was held out; the figures are of music that the network learned from"
MAX_NAMED = 5  # pieces in a remark; the card has all


def write_log(folder: Path, line: dict[str, float]) -> None:
    """Append the figures of one validation."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in line.items()}) + "\n")


def read_log(folder: Path) -> list[dict[str, float]]:
    """The figures of every validation, in order."""
    text = (folder / LOG).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def training_card(
    corpus: Corpus, config: TrainConfig, folder: Path, training: FamilyTraining
) -> dict[str, object]:
    """The fields of the model card that describe a finished training."""
    lines = read_log(folder)
    best = min(lines, key=lambda line: sum(line[name] for name in training.score_metrics))
    remarks = [] if training.held_out else [NOTHING_HELD_OUT]
    if training.unused_pieces:
        remarks.append(unused_remark(training.unused_pieces))
    return {
        "plays": plays(corpus.train),
        "training": {**asdict(training.batches), **asdict(config)},
        "training_pieces": len(corpus.train),
        "validation_pieces": len(corpus.valid),
        "unheard_pieces": list(training.unused_pieces),
        "validation": {k: v for k, v in best.items() if k not in ("train", "minutes")},
        "minutes": round(sum(minutes_of_runs(lines)), 1),
        "remarks": remarks,
    }


def unused_remark(names: Sequence[str]) -> str:
    """One line that names the pieces in which there was nothing to learn from, and says why."""
    listed = ", ".join(short(name) for name in names[:MAX_NAMED])
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    why = "too short, or in measures that do not fill the bars of the others"
    return f"nothing was learned from {listed}{more}: {why}"


def plays(pieces: Sequence[Piece]) -> str:
    """The card's "plays": "choir" where all pieces have four voices, else "piano"."""
    voices = {piece.grid.cells.shape[1] for piece in pieces}
    return "choir" if voices == {len(VOICE_NAMES)} else "piano"


def minutes_of_runs(lines: Sequence[dict[str, float]]) -> list[float]:
    """The minutes of each run; a resumed training counts from zero again."""
    ends = [a["minutes"] for a, b in pairwise(lines) if b["minutes"] < a["minutes"]]
    return [*ends, lines[-1]["minutes"]]
