"""What every test may use: a small network with random weights, and quick property tests."""

import os

import pytest
import torch
from hypothesis import HealthCheck, settings

from ripieno.models.lstm import ChoraleLSTM, LSTMConfig
from ripieno.models.lstm_fill import ChoraleGenerator

settings.register_profile(
    "ripieno",
    deadline=None,
    max_examples=int(os.environ.get("RIPIENO_EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
settings.load_profile("ripieno")
torch.set_num_threads(1)  # several threads only get in each other's way on networks this small

TINY = LSTMConfig(
    embedding=12, context_hidden=4, time_hidden=12, attention_heads=2, attention_size=4, voice_hidden=8
)


def random_generator(seed: int = 0) -> ChoraleGenerator:
    """A tiny network that never learned anything: every legal token may come."""
    torch.manual_seed(seed)
    return ChoraleGenerator(ChoraleLSTM(TINY), name="random", sha256="0" * 64)


@pytest.fixture(scope="session")
def random_model() -> ChoraleGenerator:
    return random_generator()
