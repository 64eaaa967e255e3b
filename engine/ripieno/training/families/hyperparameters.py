"""Which settings of a family a user may change, and what each may be: `dropout=0.2`, `layers=1,2,3`.

A setting is a field of the network's config, of its batches, or of ``TrainConfig``; no two of
these share a name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from ripieno.errors import RequestError
from ripieno.models.weights import FAMILIES as NETWORKS
from ripieno.models.weights import MAX_LAYERS
from ripieno.training.families.bachbot import BachBotBatches
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.biaxial import BiaxialBatches
from ripieno.training.families.dbn import DBNBatches
from ripieno.training.families.lstm import LSTMBatches
from ripieno.training.families.planner import PlannerBatches
from ripieno.training.families.rbm import RBMBatches

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Config = TypeVar("Config", bound=DataclassInstance)

Scalar = int | float | bool | None
Value = Scalar | tuple[int, ...]
Changes = Mapping[str, Value]

BATCHES = {
    "lstm": LSTMBatches,
    "bachbot": BachBotBatches,
    "rbm": RBMBatches,
    "dbn": DBNBatches,
    "biaxial": BiaxialBatches,
    "planner": PlannerBatches,
}
# What a corpus decides, and what has its own option.
FIXED = {"lowest", "highest", "keys", "bar", "order", "reads_plan", "twelve_bars", "inputs", "seed", "steps"}
# The lowest and highest value of what has other bounds than its kind (below).
BOUNDS = {
    "learning_rate": (1e-8, 10),
    "warmup": (0, 1_000_000),
    "halve_every": (1, 1_000_000),
    "weight_decay": (0, 100),
    "clip": (1e-6, 1_000_000),
    "average": (0, 0.99999),
    "evaluate_every": (1, 1_000_000),
    "patience": (1, 1_000_000),
    "momentum": (0, 0.999),
    "pretraining": (0, 1_000_000),
    "noise": (0, 100),
    "sparsity_cost": (0, 1_000),
}
COUNTS = (1, 65_536)
SHARES = (0, 1)
NOISE = (0, 0.99)  # dropout and the like: something must be left


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A setting that may be changed. low, high: both included. optional: whether it may be "none"."""

    name: str
    kind: type
    low: float
    high: float
    optional: bool = False

    def parse(self, text: str) -> Value:
        """The value that the text names. Raises RequestError, saying what is possible."""
        word = text.strip().lower()
        if self.optional and word == "none":
            return None
        if self.kind is tuple:
            return self.parse_sizes(word)
        if self.kind is bool:
            if word in ("true", "false"):
                return word == "true"
            raise RequestError(f'{self.name}: "{text}" is impossible; say true or false')
        try:
            value = int(word) if self.kind is int else float(word)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            number = "a whole number" if self.kind is int else "a number"
            none = ", or none" if self.optional else ""
            raise RequestError(
                f'{self.name}: "{text}" is impossible; say {number} from {self.low} to {self.high}{none}'
            )
        return value

    def parse_sizes(self, word: str) -> tuple[int, ...]:
        """Whole numbers with commas between."""
        parts = word.split(",")
        if len(parts) > MAX_LAYERS or not all(
            p.strip().isdecimal() and self.low <= int(p) <= self.high for p in parts
        ):
            raise RequestError(
                f'{self.name}: "{word}" is impossible; say up to {MAX_LAYERS} whole numbers from {self.low} '
                f"to {self.high} with commas between, such as 512,256,64,16"
            )
        return tuple(int(p) for p in parts)


def hyperparameters_of(family: str) -> dict[str, Hyperparameter]:
    """Everything of a family that may be changed, by name."""
    network = NETWORKS[family]
    found: dict[str, Hyperparameter] = {}
    for config in (network.config, BATCHES[family], TrainConfig):
        for name, hint in get_type_hints(config).items():
            kinds: list[type] = [kind for kind in (bool, int, float) if hint in (kind, kind | None)]
            if hint == tuple[int, ...]:
                kinds = [tuple]
            if not kinds or name in FIXED:
                continue
            kind: type = kinds[0]
            sizes = network.sizes.get(name) if config is network.config else None
            low, high = (sizes[0], sizes[-1]) if isinstance(sizes, range) else bounds(name, kind)
            if sizes is not None and kind is float:
                low, high = NOISE
            found[name] = Hyperparameter(name, kind, low, high, optional=hint != kind)
    return found


def bounds(name: str, kind: type) -> tuple[float, float]:
    """The lowest and highest value of a setting that no network's sizes name."""
    return BOUNDS.get(name, SHARES if kind is float else COUNTS)


def find_hyperparameter(family: str, name: str) -> Hyperparameter:
    """The setting of this name. Raises RequestError, which lists the names there are."""
    known = hyperparameters_of(family)
    if name not in known:
        raise RequestError(
            f'there is no setting "{name}" of {family} to change; choose among {", ".join(sorted(known))}'
        )
    return known[name]


def named_value(text: str) -> tuple[str, str]:
    """("dropout", "0.2") of "dropout=0.2". Raises RequestError where there is no such pair."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise RequestError(f'"{text}": write a setting as name=value, such as dropout=0.2')
    return name.strip(), value.strip()


def parse_changes(family: str, texts: Sequence[str]) -> dict[str, Value]:
    """Parse "name=value" texts; where a name comes twice, the last counts. Raises RequestError."""
    pairs = [named_value(text) for text in texts]
    return {name: find_hyperparameter(family, name).parse(value) for name, value in pairs}


def apply_changes(config: Config, changes: Changes) -> Config:
    """The config with those of the changes that are fields of it; the others belong elsewhere."""
    mine: dict[str, Any] = {f.name: changes[f.name] for f in fields(config) if f.name in changes}
    return replace(config, **mine)
