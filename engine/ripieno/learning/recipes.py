"""How each family goes on from a trained network to a user's pieces, and which model to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ripieno.corpus.corpus import Piece, load_pieces
from ripieno.errors import FileError, RequestError, short
from ripieno.evaluation.similarity import total_variation
from ripieno.learning.traits import count_trait, traits_of
from ripieno.models.catalog import DEFAULT_MODEL, model_card, model_library, shipped_model_names
from ripieno.training.families.hyperparameters import Changes
from ripieno.training.families.registry import usual_bar

CHOIR, PIANO = "choir", "piano"
FROM_NOTHING = "rbm"  # the family that learns most from few pieces where no model fits


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


RECIPES = {
    "lstm": Recipe(
        {"learning_rate": 5e-4, "warmup": 10, "average": 0.95, "evaluate_every": 10, "patience": 6},
        100,
        4,
        700,
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
# Where nothing is there to go on from.
NEW_RBM = Recipe({"evaluate_every": 250, "patience": 8}, 3000, 100, 12_000)


@dataclass(frozen=True, slots=True)
class Parent:
    """What a training goes on from. name: None for a new network. reason: why this one, a sentence."""

    name: str | None
    family: str
    reason: str

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return RECIPES[self.family] if self.name else NEW_RBM


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
    """The model to go on from: the usual one for a choir; for the piano the one whose music is most like."""
    if plays == CHOIR:
        return Parent(DEFAULT_MODEL, "lstm", "the pieces are in four voices")
    bar = usual_bar(tuple(pieces))
    distances: dict[str, float] = {}
    for name in shipped_model_names():
        card, library = model_card(name), model_library(name)
        fits = card.get("config", {}).get("bar", bar) == bar
        if card.get("plays") == PIANO and card.get("family") in RECIPES and library and fits:
            distances[name] = distance(pieces, library)
    if not distances:
        reason = f"no model for the piano knows measures of {bar // 4}/4, so a new network was trained"
        return Parent(None, FROM_NOTHING, reason)
    nearest = min(distances, key=distances.__getitem__)
    figures = ", ".join(f"{name} {figure:.2f}" for name, figure in distances.items())
    reason = f"of the models for the piano its music is most like yours (distance 0 to 1: {figures})"
    return Parent(nearest, str(model_card(nearest)["family"]), reason)


def distance(pieces: Sequence[Piece], library: Path) -> float:
    """How far pieces are from those of a library, the mean of what is counted, 0 to 1."""
    try:
        others = load_pieces(library)
    except FileError as exc:
        raise RequestError(f"{exc}, or install ripieno again") from exc
    names = traits_of(PIANO)
    figures = [
        total_variation(count_trait(name, pieces, PIANO), count_trait(name, others, PIANO)) for name in names
    ]
    return sum(figures) / len(figures)
