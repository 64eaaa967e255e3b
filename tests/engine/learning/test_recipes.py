"""Which model a training goes on from."""

from __future__ import annotations

import pytest

from ripieno.corpus.corpus import Piece, load_pieces
from ripieno.errors import RequestError
from ripieno.grid import score_to_grid
from ripieno.learning.recipes import CHOIR, NEW_RBM, PIANO, RECIPES, choose_parent, named_parent
from ripieno.models.catalog import model_library
from training_pieces import PIECES
from two_hands import played


@pytest.mark.parametrize("name", ["dbn-ragtime", "rbm-blues"])
def test_for_the_piano_the_model_is_chosen_that_learned_from_such_music(name):
    music = load_pieces(model_library(name))[:6]
    assert choose_parent(PIANO, music).name == name


def test_a_waltz_has_no_parent():
    waltz = played("[3/4] C5:4 E5 G5 | A5:2.", "C3:4 E4 E4 | F3:4 A4 A4")
    parent = choose_parent(PIANO, [Piece("waltz", score_to_grid(waltz))])
    assert (parent.name, parent.family, parent.recipe) == (None, "rbm", NEW_RBM)
    assert parent.reason == "no model for the piano knows measures of 3/4, so a new network was trained"


def test_for_a_choir_it_is_the_default_model():
    assert choose_parent(CHOIR, PIECES).name == "lstm-chorales"


@pytest.mark.parametrize(
    ("name", "plays", "message"),
    [
        (
            "bachbot-chorales",
            CHOIR,
            "bachbot-chorales: of the family bachbot, and learn goes on from lstm, rbm, dbn only",
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
