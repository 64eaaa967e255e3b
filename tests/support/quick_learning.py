"""Learning from piano pieces in small batches, where a test is not about their size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ripieno.learning.recipes import RECIPES


def use_small_batches(patch: pytest.MonkeyPatch) -> None:
    """Let the two-axis network learn one window of two measures a step."""
    usual = RECIPES["biaxial"]
    patch.setitem(RECIPES, "biaxial", replace(usual, changes={**usual.changes, "batch": 1, "window": 32}))
