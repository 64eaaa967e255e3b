"""Each model for the piano learns from pieces, and composes afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from piano_text import ON_C, ON_F, ON_G
from quick_learning import use_small_batches
from ripieno.corpus.corpus import Piece, save_corpus
from ripieno.grid import score_to_grid
from ripieno.learning.learn import train_on_pieces
from ripieno.learning.measure import NewPiece, compose
from ripieno.learning.recipes import named_parent
from ripieno.learning.traits import PIANO
from ripieno.models.catalog import model_path
from ripieno.models.loading import load
from ripieno.score import Key, Meter
from two_hands import played

MODELS = ("dbn-ragtime", "lstm-blues", "lstm-ragtime", "rbm-blues")


def rag(*measures: tuple[str, ...]) -> Piece:
    """Eight measures in 2/4."""
    lines = [" ".join(line) for line in zip(*measures * 2, strict=True)]
    return Piece(f"rag {len(measures[0][0])}", score_to_grid(played(f"[2/4] {lines[0]}", *lines[1:])))


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize("name", MODELS)
def test_every_model_for_the_piano_learns_and_composes(name, tmp_path: Path, monkeypatch):
    use_small_batches(monkeypatch)
    corpus = tmp_path / "rags.npz"
    with corpus.open("wb") as file:
        save_corpus(file, [rag(ON_C, ON_G, ON_F, ON_C), rag(ON_F, ON_C, ON_G, ON_C)])
    stem, training = train_on_pieces(
        corpus,
        tmp_path / "work",
        named_parent(name, PIANO),
        name="mine",
        pieces=1,
        seed=0,
        steps=1,
        facts={"plays": PIANO},
    )
    assert training.steps == 1
    card = json.loads(stem.with_name("mine.json").read_text("utf-8"))
    assert (card["start"]["name"], card["training_pieces"]) == (name, 1)
    learned = stem.with_name("mine.safetensors").read_bytes()
    assert learned != model_path(name).with_name(f"{name}.safetensors").read_bytes()
    made = compose(load(str(stem)), NewPiece(Key(), Meter(2, 4), bars=1, seed=1))
    assert made.steps == 8
