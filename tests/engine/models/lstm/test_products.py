"""Small products: the same numbers, whether the weights are kept in half precision or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.models.lstm.generator import ChoraleGenerator
from ripieno.models.lstm.products import PACKED_SIZE, LinearLayer, advance, cell_layer
from ripieno.models.lstm.step_tables import StepTables

INPUTS, OUTPUTS = 256, PACKED_SIZE // 256
HAS_FBGEMM = torch.backends.quantized.engine in ("fbgemm", "x86")


def weights(*, half: bool) -> torch.Tensor:
    made = torch.randn(INPUTS, OUTPUTS, generator=torch.Generator().manual_seed(1)) / 10
    return made.half().float() if half else made


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("rows", [1, 4, 13])
def test_a_product_is_that_of_double_precision(rows: int, half: bool):
    weight, bias = weights(half=half), torch.linspace(-1, 1, OUTPUTS)
    x = np.random.default_rng(rows).standard_normal((rows, INPUTS)).astype(np.float32)
    exact = x.astype(np.float64) @ weight.double().numpy() + bias.double().numpy()
    np.testing.assert_allclose(LinearLayer(weight, bias).apply(x), exact, atol=2e-5)
    np.testing.assert_allclose(LinearLayer(weight).apply(x), exact - bias.double().numpy(), atol=2e-5)


@pytest.mark.skipif(not HAS_FBGEMM, reason="FBGEMM is torch's on x86 only")
def test_only_weights_that_lose_nothing_are_kept_in_half_precision():
    assert LinearLayer(weights(half=True)).packed is not None
    assert LinearLayer(weights(half=False)).packed is None
    assert LinearLayer(weights(half=True)[:10]).packed is None  # slower than a plain product


@pytest.mark.skipif(not HAS_FBGEMM, reason="FBGEMM is torch's on x86 only")
def test_the_large_matrices_of_the_default_network_are_kept_so():
    generator = load(DEFAULT_MODEL)
    assert isinstance(generator, ChoraleGenerator)
    with torch.inference_mode():
        tables = StepTables(generator.model)
    large = [*tables.time, tables.look, tables.voice_in, tables.to_next, tables.to_scores_and_next]
    assert all(layer.packed is not None for layer in large)


def test_a_cell_advances_as_torch_has_it():
    lstm = nn.LSTM(7, 5, batch_first=True)
    x = torch.randn(3, 1, 7, generator=torch.Generator().manual_seed(2))
    out, memory = torch.zeros(3, 5), torch.ones(3, 5)
    inputs, own, bias = cell_layer(lstm, 0)
    with torch.no_grad():
        expected, (_, kept) = lstm(x, (out[None], memory[None]))
        gates = (x[:, 0] @ inputs + out @ own + bias).numpy()
    found, remembered = advance(gates, memory.numpy())
    np.testing.assert_allclose(found, expected[:, 0].numpy(), atol=1e-6)
    np.testing.assert_allclose(remembered, kept[0].numpy(), atol=1e-6)
