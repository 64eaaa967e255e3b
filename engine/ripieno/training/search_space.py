"""The space of a search: for each setting a list of values, or a span to draw from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ripieno.errors import RequestError
from ripieno.training.families.hyperparameters import Hyperparameter, Scalar, find_hyperparameter, named_value


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Every value from low to high, both included; whole numbers if both are.

    Where ``high`` is ten times ``low`` or more, equal ratios are equally likely, not equal differences.
    """

    low: float
    high: float

    @property
    def log_scale(self) -> bool:
        """Whether equal ratios are equally likely."""
        return self.low > 0 and self.high >= 10 * self.low

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


Choice = ValueRange | tuple[Scalar, ...]
Space = Mapping[str, Choice]

SPACES: dict[str, Space] = {
    # A grid in the manner of the thesis (Liang 2016, chapter 5), which kept 3, 256, 32, 128 and 0.3.
    "bachbot": {
        "layers": (1, 2, 3, 4),
        "hidden": (128, 256, 384, 512),
        "embedding": (16, 32, 64, 128),
        "length": (64, 128, 256),
        "dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    },
    "lstm": {
        "embedding": ValueRange(96, 320),
        "time_hidden": ValueRange(96, 384),
        "context_hidden": ValueRange(16, 96),
        "voice_hidden": ValueRange(64, 192),
        "dropout": ValueRange(0.1, 0.6),
        "weight_drop": ValueRange(0.0, 0.6),
        "hide": ValueRange(0.0, 0.4),
        "learning_rate": ValueRange(3e-4, 6e-3),
        "weight_decay": ValueRange(0.01, 0.5),
    },
}


def parse_space(family: str, texts: Sequence[str]) -> Space:
    """Parse texts such as "dropout=0.1..0.5" and "layers=1,2,3"; without any, the family's own space.

    Raises RequestError where a setting is unknown, named twice, or cannot have such a value.
    """
    if not texts:
        return SPACES[family]
    space: dict[str, Choice] = {}
    for text in texts:
        name, values = named_value(text)
        if name in space:
            raise RequestError(f"{name} is to be varied twice; write all its values after one {name}=")
        space[name] = parse_choice(family, name, values)
    return space


def parse_choice(family: str, name: str, text: str) -> Choice:
    """Parse a span "0.1..0.5" or a list "1,2,3" of values that the setting may have."""
    setting = find_hyperparameter(family, name)
    if ".." not in text:
        return tuple(dict.fromkeys(parse_scalar(setting, word) for word in text.split(",")))
    low, high = (parse_scalar(setting, end) for end in text.split("..", 1))
    if setting.kind is bool or low is None or high is None:
        raise RequestError(f'{name}: "{text}" has nothing between its ends; write a list, {name}=a,b')
    if low >= high:
        raise RequestError(
            f'{name}: "{text}" is no span; write the lower value first, the higher one after it'
        )
    return ValueRange(low, high)


def parse_scalar(setting: Hyperparameter, word: str) -> Scalar:
    """Parse one value. Raises RequestError for a setting whose values are lists, which cannot be varied."""
    value = setting.parse(word)
    if isinstance(value, tuple):
        raise RequestError(f"{setting.name} is a list and cannot be varied; set it in the training instead")
    return value


def grid_points(space: Space) -> int:
    """How many points the lists make. Raises RequestError where there is a span, which has any number."""
    for name, choice in space.items():
        if isinstance(choice, ValueRange):
            raise RequestError(
                f"a grid needs lists, and {name}={choice} is a span; write {name}=a,b,c or choose tpe"
            )
    return math.prod(len(choice) for choice in space.values() if isinstance(choice, tuple))
