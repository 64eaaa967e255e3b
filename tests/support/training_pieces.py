"""Three short chorale phrases, and how a tiny network is trained on them."""

from __future__ import annotations

import torch

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.grid import score_to_grid
from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.text.notation import parse_score
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.lstm import (
    LSTMBatches,
    LSTMTraining,
)
from tiny_network import TINY

BARS = [
    "G4:4 A4 B4 C5 | B4 A4 G4:2",
    "D4:4 D4 D4 E4 | D4 D4 D4:2",
    "B3:4 A3 G3 G3 | G3 F#3 B3:2",
    "G3:4 F#3 G3 C3 | D3 D3 G2:2",
]
PIECES = tuple(Piece(f"piece{i}", score_to_grid(parse_score("\n".join(BARS)))) for i in range(3))
CORPUS = Corpus(train=PIECES, valid=PIECES[:1], test=())
CONFIG = TrainConfig(steps=6, learning_rate=2e-3, warmup=2, evaluate_every=3, average=0.5, bfloat16=False)
PLAN = LSTMBatches(batch=2, frames=24)


def tiny_training(corpus=CORPUS, batches=PLAN, seed=0):
    torch.manual_seed(seed)
    return LSTMTraining(ChoraleLSTM(TINY), corpus, batches=batches, seed=seed)
