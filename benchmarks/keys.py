"""RBMs and DBNs: wrong cells, originality, speed, and how smoothly the voices move.

    python benchmarks/keys.py chorales.npz ragtime.npz [--json FILE]

The corpora are what `ripieno prepare` makes (`--any-voices` for the rags). One thread; medians of five.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import torch

from ripieno.corpus.corpus import Corpus, load_corpus
from ripieno.corpus.originality import Library
from ripieno.evaluation.melody import harmonized
from ripieno.grid import HOLD, REST, Grid, score_to_grid, sounding_pitches
from ripieno.models.loading import load
from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.voicing import NO_COSTS
from ripieno.score import Meter
from ripieno.tasks import piano
from ripieno.tasks.drafts import DraftSettings
from ripieno.training.families.dbn import wrong_cells
from ripieno.training.families.windows import window_rows
from ripieno_bridges.formats.files import load as load_score
from ripieno_bridges.formats.midi import write_midi

ROOT = Path(__file__).parent.parent
PIECES = 20


def median_seconds(work: Callable[[], object]) -> float:
    """Of five runs, after one that warms up."""
    work()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 4)


def memory(model: NoteStateGenerator, corpus: Corpus, hop: int) -> dict[str, float]:
    """Wrong cells of a window that went through the code: learned from, and held out."""
    network = model.sampler.model
    assert isinstance(network, DBN)  # an RBM has no code
    config = network.config
    found: dict[str, float] = {"cells": config.visible, "windows": 0}
    for name, pieces in (("training", corpus.train), ("held_out", corpus.valid)):
        rows = window_rows(config, pieces, hop).float()
        with torch.no_grad():
            found[f"wrong_{name}"] = round(wrong_cells(network, rows, rows), 2)
        found["windows"] = max(found["windows"], len(rows))
    return found


def originality(model: NoteStateGenerator, corpus: Corpus, count: int) -> dict[str, float]:
    """How much of random windows stands in the nearest place of what was learned, at any pitch."""
    grids = [score_to_grid(s) for s in piano.snippets(model, count=count, settings=DraftSettings(seed=1))]
    found = Library(corpus.train).shares(grids)
    shares = np.array([0.0 if f is None else f.share for f in found])
    return {
        "results": count,
        "mean_share": round(float(shares.mean()), 4),
        "highest": round(float(shares.max()), 4),
        "exact_copies": float((shares >= 1).mean()),
    }


def speed(model: NoteStateGenerator) -> dict[str, float]:
    """Seconds: one window, many as MIDI files, eight bars of melody."""
    melody = load_score(ROOT / "scores" / "twinkle.musicxml").score
    end = melody.measures[8].onset
    short = type(melody)(
        tuple(type(v)(v.name, tuple(n for n in v.notes if n.onset < end)) for v in melody.voices),
        melody.measures[:8],
    )

    def files() -> None:
        with tempfile.TemporaryDirectory() as folder:
            made = piano.snippets(model, count=1000, settings=DraftSettings(seed=1))
            for i, score in enumerate(made):
                (Path(folder) / f"{i}.mid").write_bytes(write_midi(score))

    started = time.perf_counter()
    files()
    return {
        "one_window": median_seconds(lambda: list(piano.snippets(model, count=1))),
        "thousand_midi_files": round(time.perf_counter() - started, 2),
        "eight_bars_harmonized": median_seconds(lambda: piano.harmonize(short, model)),
        "sixteen_bars_composed": median_seconds(lambda: piano.compose(model, bars=16, meter=Meter())),
    }


def mean_leap(grids: Sequence[Grid]) -> float:
    """Semitones that the nearest of alto, tenor and bass moves from one onset to the next."""
    total, count = 0, 0
    for grid in grids:
        sounding = sounding_pitches(grid.cells)[:, 1:].astype(int)
        chords = [row for row, cells in zip(sounding, grid.cells[:, 1:], strict=True) if (cells < HOLD).any()]
        for before, after in pairwise(chords):
            if (before == REST).any() or (after == REST).any():
                continue
            total += min(
                sum(abs(a - b) for a, b in zip(before, way, strict=True)) for way in permutations(after)
            )
            count += len(after)
    return round(float(total) / max(count, 1), 3)


def continuity(model: NoteStateGenerator, corpus: Corpus) -> dict[str, float]:
    """The same under validation sopranos: every step for itself, with costs for movement, and Bach."""
    pieces = corpus.valid[:PIECES]
    found = {"Bach": mean_leap([p.grid for p in pieces])}
    for name, costs in (("careless", NO_COSTS), ("careful", None)):
        one = NoteStateGenerator(model.sampler, name=model.name, sha256=model.sha256, costs=costs)
        found[name] = mean_leap([harmonized(one, p.grid, DraftSettings()) for p in pieces])
    return found


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chorales", type=Path)
    parser.add_argument("ragtime", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chorales, ragtime = load_corpus(arguments.chorales), load_corpus(arguments.ragtime)
    figures: dict[str, object] = {}
    for name, corpus, hop in (("dbn-ragtime", ragtime, 8), ("dbn-chorales", chorales, 16)):
        model = load(name)
        assert isinstance(model, NoteStateGenerator)
        figures[name] = {
            "memory": memory(model, corpus, hop),
            "originality": originality(model, corpus, arguments.count),
            "seconds": speed(model),
        }
        print(name, json.dumps(figures[name], indent=1))
    for name in ("dbn-chorales", "rbm-chorales"):
        model = load(name)
        assert isinstance(model, NoteStateGenerator)
        figures[f"{name}: mean leap"] = continuity(model, chorales)
        print(name, "mean leap", figures[f"{name}: mean leap"])
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
