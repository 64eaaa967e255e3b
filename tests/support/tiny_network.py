"""The default network, tiny and with random weights: quick, and every legal token may come."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ripieno.models.lstm.generator import ChoraleGenerator
from ripieno.models.lstm.network import ChoraleLSTM, LSTMConfig
from ripieno.models.weights import save_weights

TINY = LSTMConfig(
    embedding=12, context_hidden=4, time_hidden=12, attention_heads=2, attention_size=4, voice_hidden=8
)


def random_generator(seed: int = 0, *, reads_plan: bool = False) -> ChoraleGenerator:
    """A tiny network that never learned anything: every legal token may come."""
    torch.manual_seed(seed)
    model = ChoraleLSTM(replace(TINY, reads_plan=reads_plan))
    return ChoraleGenerator(model, name="random", sha256="0" * 64)


def random_weights(folder: Path) -> Path:
    """The path, for ``--model``, of such a network's weights."""
    save_weights(folder / "random", random_generator().model, {})
    return folder / "random"
