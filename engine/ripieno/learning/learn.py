"""A short training on a user's pieces that goes on from a parent and stops by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ripieno.corpus.corpus import Piece, check_compass
from ripieno.errors import RequestError
from ripieno.learning.pieces import divide_to_learn
from ripieno.learning.recipes import Parent
from ripieno.learning.report_card import Training
from ripieno.learning.traits import CHOIR
from ripieno.models.catalog import model_card
from ripieno.models.weights import read_card, sibling_path
from ripieno.score import STYLES
from ripieno.training.log import read_log
from ripieno.training.trainer import TrainProgress, train_family


def known_pitches(pieces: Sequence[Piece], parent: Parent) -> tuple[list[Piece], list[tuple[str, str]]]:
    """(the pieces whose pitches the parent knows, the names of the others with the reason)."""
    config = model_card(parent.name).get("config", {}) if parent.family == "lstm" else {}
    kept: list[Piece] = []
    beyond: list[tuple[str, str]] = []
    for piece in pieces:
        try:
            if config:
                check_compass(piece.grid, "", config["lowest"], config["highest"], model_name=parent.name)
            kept.append(piece)
        except RequestError as exc:
            beyond.append((piece.name, str(exc).removeprefix(": ").partition(";")[0]))
    return kept, beyond


def with_every_style(pieces: Sequence[Piece], plays: str) -> list[Piece]:
    """The pieces labelled with the known styles in turn: whichever is asked for, the model gives its own."""
    if plays != CHOIR:
        return list(pieces)
    return [replace(piece, style=STYLES[i % len(STYLES)]) for i, piece in enumerate(pieces)]


def train_on_pieces(
    corpus: Path,
    folder: Path,
    parent: Parent,
    *,
    name: str,
    pieces: int,
    seed: int,
    steps: int | None,
    facts: Mapping[str, object],
    report: Callable[[TrainProgress], None] = lambda _: None,
) -> tuple[Path, Training]:
    """(the path of the weights, without a suffix; how it went). A training that lies in the folder goes on.

    pieces: how many the corpus has. steps: at the most; None for as many as the recipe says.
    """
    recipe = parent.recipe
    most = steps or recipe.steps_for(pieces)
    stem = train_family(
        parent.family,
        corpus,
        folder,
        name=name,
        seed=seed,
        steps=most,
        changes=recipe.changes,
        start=parent.name,
        split=divide_to_learn,
        facts=facts,
        report=report,
    )
    minutes = float(read_card(sibling_path(stem, ".json"))["minutes"])
    return stem, Training(int(read_log(folder)[-1]["step"]), most, minutes)
