"""How each family goes on from a trained network to a user's pieces, and which model to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ripieno.corpus.corpus import Piece, load_pieces
from ripieno.errors import FileError, RequestError, short
from ripieno.evaluation.similarity import total_variation
from ripieno.learning.pieces import evenly
from ripieno.learning.traits import CHOIR, PIANO, Counts, count_totals, read_music
from ripieno.models.catalog import DEFAULT_MODEL, model_card, model_library, shipped_model_names
from ripieno.training.families.hyperparameters import Changes

COMPARED = 12  # pieces at the most, when it is asked how like they are to others


@dataclass(frozen=True, slots=True)
class Recipe:
    """A short training with a small learning rate. steps: at the most, of one piece; more for each further.

    The held-out pieces are measured often, and after a few times without a better figure it stops.
    """

    changes: Changes
    steps: int
    steps_a_piece: int
    max_steps: int

    def steps_for(self, pieces: int) -> int:
        """How many steps a corpus gets at the most."""
        return min(self.steps + self.steps_a_piece * pieces, self.max_steps)


# Of families that learned from the same pieces, the first one is gone on from.
RECIPES = {
    "lstm": Recipe(
        {"learning_rate": 5e-4, "warmup": 10, "average": 0.95, "evaluate_every": 10, "patience": 6},
        100,
        4,
        700,
    ),
    "biaxial": Recipe(
        {
            "batch": 4,
            "learning_rate": 2e-3,
            "warmup": 10,
            "average": 0.95,
            "evaluate_every": 10,
            "patience": 4,
        },
        100,
        8,
        500,
    ),
    "rbm": Recipe(
        {"learning_rate": 5e-4, "evaluate_every": 50, "patience": 6, "average": 0.99}, 600, 40, 4000
    ),
    "dbn": Recipe(
        {
            "learning_rate": 5e-4,
            "evaluate_every": 50,
            "patience": 6,
            "pretraining": 0,
            "held_out_decides": True,
        },
        600,
        40,
        3000,
    ),
}


@dataclass(frozen=True, slots=True)
class Parent:
    """What a training goes on from. reason: why this one, a sentence."""

    name: str
    family: str
    reason: str

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return RECIPES[self.family]


def named_parent(name: str, plays: str) -> Parent:
    """The parent that the user names. Raises RequestError where it cannot learn from such pieces."""
    card = model_card(name)
    family = str(card.get("family"))
    if family not in RECIPES:
        known = ", ".join(RECIPES)
        raise RequestError(f"{short(name)}: of the family {family}, and learn goes on from {known} only")
    if plays == PIANO and card.get("plays") != PIANO:
        raise RequestError(
            f"{short(name)} writes for a choir, and these pieces are not in four voices; leave out --from"
        )
    return Parent(name, family, "it was asked for")


def choose_parent(plays: str, pieces: Sequence[Piece]) -> Parent:
    """The model to go on from: the usual one for a choir; for the piano the one whose music is most like.

    Of models that learned from the same pieces, that of the first family in ``RECIPES``.
    """
    if plays == CHOIR:
        return Parent(DEFAULT_MODEL, "lstm", "the pieces are in four voices")
    order = list(RECIPES)
    families = {name: str(model_card(name)["family"]) for name in shipped_model_names() if for_piano(name)}
    candidates: dict[Path, str] = {}
    for name in sorted(families, key=lambda name: order.index(families[name])):
        if library := model_library(name):
            candidates.setdefault(library, name)
    yours = piano_counts(pieces)
    distances = {name: distance(yours, library) for library, name in candidates.items()}
    nearest = min(distances, key=distances.__getitem__)
    figures = ", ".join(f"{name} {figure:.2f}" for name, figure in distances.items())
    reason = f"of the models for the piano its music is most like yours (distance 0 to 1: {figures})"
    return Parent(nearest, families[nearest], reason)


def for_piano(name: str) -> bool:
    """Whether a model plays the piano, and learn can go on from it."""
    card = model_card(name)
    return card.get("plays") == PIANO and card.get("family") in RECIPES


def distance(yours: dict[str, Counts], library: Path) -> float:
    """How far pieces are from some of a library's, the mean of what is counted, 0 to 1."""
    try:
        theirs = piano_counts(load_pieces(library))
    except FileError as exc:
        raise RequestError(f"{exc}, or install ripieno again") from exc
    return sum(total_variation(yours[name], theirs[name]) for name in yours) / len(yours)


def piano_counts(pieces: Sequence[Piece]) -> dict[str, Counts]:
    """Everything that is counted of piano music, over some of these pieces."""
    return count_totals(read_music((piece.grid for piece in evenly(pieces, COMPARED)), PIANO), PIANO)
