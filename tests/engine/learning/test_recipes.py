"""Which model a training goes on from."""

from __future__ import annotations

import re

import pytest

from ripieno.corpus.corpus import Piece, load_pieces
from ripieno.errors import RequestError
from ripieno.grid import score_to_grid
from ripieno.learning import recipes
from ripieno.learning.recipes import RECIPES, choose_parent, named_parent
from ripieno.learning.traits import CHOIR, PIANO
from ripieno.models.catalog import model_card, model_library, shipped_model_names
from training_pieces import PIECES
from two_hands import played

PIANO_MODELS = tuple(name for name in shipped_model_names() if model_card(name).get("plays") == PIANO)


@pytest.fixture
def few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library is read as far as it must be to tell a rag from a blues."""
    monkeypatch.setattr(recipes, "COMPARED", 1)


@pytest.mark.usefixtures("few_pieces")
@pytest.mark.parametrize("name", ["lstm-ragtime", "lstm-blues"])
def test_for_the_piano_the_model_is_chosen_that_learned_from_such_music(name):
    music = load_pieces(model_library(name))[1:2]
    parent = choose_parent(PIANO, music)
    assert (parent.name, parent.family, parent.recipe) == (name, "biaxial", RECIPES["biaxial"])
    nearest, other = (float(figure) for figure in re.findall(r"0\.\d\d", parent.reason))
    if name == "lstm-ragtime":  # they are named in the order of the alphabet
        nearest, other = other, nearest
    assert nearest < other
    assert "dbn-ragtime" not in parent.reason, "it learned from the same rags"


@pytest.mark.usefixtures("few_pieces")
def test_a_waltz_has_a_parent_too():
    waltz = played("[3/4] C5:4 E5 G5 | A5:2.", "C3:4 E4 E4 | F3:4 A4 A4")
    assert choose_parent(PIANO, [Piece("waltz", score_to_grid(waltz))]).family == "biaxial"


@pytest.mark.parametrize("name", PIANO_MODELS)
def test_every_model_for_the_piano_may_be_named(name):
    parent = named_parent(name, PIANO)
    assert (parent.name, parent.family) == (name, model_card(name)["family"])
    assert parent.recipe is RECIPES[parent.family]


def test_there_are_four_models_for_the_piano():
    assert PIANO_MODELS == ("dbn-ragtime", "lstm-blues", "lstm-ragtime", "rbm-blues")


def test_for_a_choir_it_is_the_default_model():
    assert choose_parent(CHOIR, PIECES).name == "lstm-chorales"


@pytest.mark.parametrize(
    ("name", "plays", "message"),
    [
        (
            "bachbot-chorales",
            CHOIR,
            "bachbot-chorales: of the family bachbot, and learn goes on from lstm, biaxial, rbm, dbn only",
        ),
        (
            "lstm-chorales",
            PIANO,
            "lstm-chorales writes for a choir, and these pieces are not in four voices; leave out --from",
        ),
    ],
)
def test_a_parent_that_cannot_learn_from_the_pieces_is_refused(name, plays, message):
    with pytest.raises(RequestError) as caught:
        named_parent(name, plays)
    assert str(caught.value) == message


def test_more_pieces_get_more_steps_up_to_a_bound():
    recipe = RECIPES["lstm"]
    assert [recipe.steps_for(pieces) for pieces in (1, 12, 1000)] == [104, 148, 700]
