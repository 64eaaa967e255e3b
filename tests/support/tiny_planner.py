"""The planner, tiny and with random weights: any chord may come."""

from __future__ import annotations

import torch

from ripieno.models.planner.network import PlannerConfig, PlannerNetwork
from ripieno.models.planner.planner import Planner
from ripieno.theory.plans import PLAN_KINDS

INPUTS = 233  # of ``beat_features``


def random_planner_network(seed: int = 0) -> PlannerNetwork:
    """A planner that never learned anything; it knows every major, minor and dominant seventh chord."""
    torch.manual_seed(seed)
    kinds = [kind for kind in range(len(PLAN_KINDS)) if kind in (0, 1, 3)]
    chords = [(root, kind, root) for kind in kinds for root in range(12)]
    network = PlannerNetwork(PlannerConfig(inputs=INPUTS, states=len(chords), hidden=6, dropout=0.0))
    network.vocabulary.copy_(torch.tensor(chords))
    return network.eval()


def random_planner(seed: int = 0) -> Planner:
    """The same, as tasks use it."""
    return Planner(random_planner_network(seed), sha256="0" * 64)
