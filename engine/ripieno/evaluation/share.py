"""Counts as shares that can be added: each thing counted weighs alike, in whatever piece it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.count + other.count, self.of + other.of)

    @property
    def value(self) -> float | None:
        """The share; None where nothing was counted."""
        return round(self.count / self.of, 4) if self.of else None


def share_of(hits: Iterable[bool]) -> Share:
    """How many of some things are true."""
    found = list(hits)
    return Share(sum(found), len(found))
