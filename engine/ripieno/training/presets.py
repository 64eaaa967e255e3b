"""Named groups of settings: presets of the RBM, and the kinds of labels that a DBN can learn.

Each is a set of changes like a user's own, so the model card names them. Some change fields that the corpus
would decide otherwise. Loads no torch.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ripieno.errors import RequestError

if TYPE_CHECKING:
    from ripieno.training.families.hyperparameters import Changes

# The blues composer's: short windows that overlap neither each other nor the bars, all keys of a piano, plain
# gradient descent at one rate, and one Gibbs step from the null vector for a result.
BLUES: Changes = MappingProxyType(
    {
        "window": 15,
        "hop": 15,
        "lowest": 21,
        "keys": 88,
        "hidden": 50,
        "gibbs_steps": 1,
        "cooling": 0.0,
        "from_null": True,
        "epochs": 200,
        "rows": 100,
        "cd_steps": 1,
        "persistent": False,
        "learning_rate": 0.005,
        "momentum": 0.0,
        "halve_every": 1_000_000,
        "weight_decay": 0.0,
        "average": 0.0,
        "evaluate_every": 200,
    }
)
# The inverted net: every window gets a random label of 64 bits, and only the way from label to music learns.
RANDOM_LABELS: Changes = MappingProxyType({"random_labels": True, "layers": (512, 256, 64), "pretraining": 0})
PRESETS: dict[str, Changes] = {"default": MappingProxyType({}), "blues": BLUES}
LABELS: dict[str, Changes] = {"code": MappingProxyType({}), "random": RANDOM_LABELS}


def named_changes(family: str, *, preset: str = "default", labels: str = "code") -> Changes:
    """The changes of a preset and a kind of labels. Raises RequestError where they are of another family."""
    if PRESETS[preset] and family != "rbm":
        raise RequestError(f"the preset {preset} is for rbm; train rbm, or leave it out")
    if LABELS[labels] and family != "dbn":
        raise RequestError(f"{labels} labels are for dbn; train dbn, or leave them out")
    return {**PRESETS[preset], **LABELS[labels]}
