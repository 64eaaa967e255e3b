"""What a listening test is made of: the same place of music by people and of music by a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np

from ripieno.corpus.corpus import Piece
from ripieno.evaluation.excerpts import ExcerptSpan, SoundedNote
from ripieno.evaluation.share import Share
from ripieno.models.generator import Generator

Show = Literal["pairs", "single"]
ListeningTask = Literal["harmonize", "compose"]
PEOPLE = ""  # who wrote an excerpt: a model's name, or nobody's of these


@dataclass(frozen=True, slots=True)
class ListeningSettings:
    """How a test is made.

    show: pairs, of which one is by people, or single excerpts. task: harmonize, the same melody twice, or
    compose, a piece in the key and the meter of the other. fewest, most: measures an excerpt.
    """

    show: Show = "pairs"
    task: ListeningTask = "harmonize"
    questions: int = 10
    fewest: int = 4
    most: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What is heard. author: a model's name, or PEOPLE. notes: as in ``heard_notes``."""

    author: str
    notes: Sequence[SoundedNote]
    features: Mapping[str, Share]


@dataclass(frozen=True, slots=True, eq=False)
class ListeningPair:
    """Two excerpts from the same place, equally long. span: in the people's grid. quarters: how long."""

    span: ExcerptSpan
    quarters: Fraction
    people: Excerpt
    other: Excerpt


class ListeningSource(Protocol):
    """A piece by people out of which pairs are made."""

    piece: Piece

    def pair(
        self,
        model: Generator,
        settings: ListeningSettings,
        chance: np.random.Generator,
        taken: Sequence[ExcerptSpan],
    ) -> ListeningPair | None:
        """A pair at a place that chance chooses, apart from those that are taken; None where there is none.

        Raises RequestError for a piece that the model cannot take.
        """
        ...
