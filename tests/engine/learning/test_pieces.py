"""No tune is both learned from and held out, and every piece is in one of the two parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import Piece, transposed
from ripieno.errors import RequestError
from ripieno.grid import score_to_grid, sounding_pitches
from ripieno.learning.pieces import beginning, divide_to_learn, without_copies
from ripieno.text.notation import parse_score


def hymn(name: str, soprano: str, bars: int = 1) -> Piece:
    """A piece whose melody is so many bars, and whose other voices hold C."""
    lower = [" | ".join([f"{pitch}:1"] * bars) for pitch in ("E4", "G3", "C3")]
    return Piece(name, score_to_grid(parse_score("\n".join([soprano, *lower]))))


def tune(number: int) -> str:
    """A melody of four quarters, another for each number up to 624."""
    return " ".join(f"{'CDEFG'[number // 5**i % 5]}4:4" for i in range(4))


def names(pieces) -> list[str]:
    return [piece.name for piece in pieces]


@given(st.integers(2, 80))
def test_a_sixth_is_held_out_and_nothing_is_lost(count):
    pieces = [hymn(f"piece {i:03}", tune(i)) for i in range(count)]
    corpus = divide_to_learn(pieces)
    assert sorted(names(corpus.train + corpus.valid)) == names(pieces)
    assert len(corpus.valid) == min(max(1, count // 6), 12)
    assert corpus.test == ()


def test_settings_of_one_tune_stay_together():
    pieces = [hymn(f"{i} {key}", tune(i)) for i in range(12) for key in ("low", "high")]
    pieces = [Piece(p.name, transposed(p.grid, 3), p.style) if p.name.endswith("high") else p for p in pieces]
    corpus = divide_to_learn(pieces)
    held_out = {piece.name.split()[0] for piece in corpus.valid}
    assert len(corpus.valid) == 2 * len(held_out) == 4
    assert held_out.isdisjoint(piece.name.split()[0] for piece in corpus.train)


def test_variations_of_a_single_tune_are_divided_all_the_same():
    pieces = [Piece(f"variation {i}", transposed(hymn("", tune(7)).grid, i)) for i in range(3)]
    corpus = divide_to_learn(pieces)
    assert (len(corpus.train), len(corpus.valid)) == (2, 1)


def test_of_a_single_piece_the_last_quarter_is_held_out():
    piece = hymn("mine", " | ".join(tune(i) for i in range(8)), bars=8)
    corpus = divide_to_learn([piece])
    assert names(corpus.train + corpus.valid) == ["mine, its beginning", "mine, its end"]
    (learned,), (end,) = corpus.train, corpus.valid
    assert (learned.grid.steps, end.grid.steps) == (6 * 16, 2 * 16)
    heard = np.concatenate([sounding_pitches(learned.grid.cells), sounding_pitches(end.grid.cells)])
    assert (heard == sounding_pitches(piece.grid.cells)).all()


def test_a_note_that_is_held_over_the_cut_begins_anew():
    soprano = " | ".join([*["C4:1"] * 5, "C4:1~", "C4:1", "C4:1"])
    (end,) = divide_to_learn([hymn("mine", soprano, bars=8)]).valid
    assert end.grid.cells[0].tolist() == [60, 64, 55, 48]


def test_of_a_long_piece_the_beginning_stays():
    piece = hymn("mine", " | ".join(tune(i) for i in range(8)), bars=8)
    short = beginning(piece, 20)
    assert (short.name, short.grid.steps) == ("mine", 20)
    assert (short.grid.cells == piece.grid.cells[:20]).all()
    assert beginning(piece, 8 * 16) is piece


def test_a_single_piece_that_is_too_short_is_refused():
    with pytest.raises(RequestError) as caught:
        divide_to_learn([hymn("mine", tune(0))])
    assert str(caught.value) == (
        "mine: 1 measure, and it is the only piece; a single piece needs 8, so that its last quarter can be "
        "held out to judge by"
    )


def test_the_same_notes_under_another_name_count_once():
    first, other = hymn("a", tune(1)), hymn("b", tune(2))
    again = Piece("copy of a", first.grid)
    pieces, copies = without_copies([first, other, again])
    assert names(pieces) == ["a", "b"]
    assert [(copy.name, of.name) for copy, of in copies] == [("copy of a", "a")]
