"""A grid and a note state matrix keep every note that is on the grid."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.grid import (
    HOLD,
    REST,
    Grid,
    bare_grid,
    column_notes,
    empty_grid,
    grid_to_states,
    measure_steps,
    nearest_edge,
    score_to_grid,
    sounding_pitches,
    states_to_notes,
)
from ripieno.models.masks import training_mask, whole_notes
from ripieno.score import Measure, Note, Score
from ripieno.text.notation import parse_score
from strategies import grids, scores

Played = list[tuple[Fraction | int, Fraction | int, int]]  # onset, duration, pitch


def grid_of(text: str) -> Grid:
    return score_to_grid(parse_score(text))


def cells_of(text: str, voice: int = 0) -> str:
    """A column as words: a pitch, - for HOLD, r for REST."""
    signs = {HOLD: "-", REST: "r"}
    return " ".join(signs.get(int(c), str(c)) for c in grid_of(text).cells[:, voice])


def played(notes: tuple[Note, ...]) -> Played:
    return [(n.onset, n.duration, n.pitch) for n in notes]


@given(scores(on_grid=True))
def test_a_grid_keeps_every_note_of_every_voice(score: Score) -> None:
    grid = score_to_grid(score)
    for index, voice in enumerate(score.voices):
        assert played(column_notes(grid, index)) == played(voice.notes)


@given(grids(max_voices=1))
def test_a_note_state_matrix_keeps_every_note_of_one_voice(grid: Grid) -> None:
    assert played(states_to_notes(grid_to_states(grid), grid.edges)) == played(column_notes(grid, 0))


@given(scores(on_grid=False))
def test_off_the_grid_nothing_is_invented_and_the_steps_still_fill_the_measures(score: Score) -> None:
    grid = score_to_grid(score)
    onsets = {m.onset for m in score.measures}
    assert onsets <= set(grid.edges)
    assert list(grid.edges) == sorted(set(grid.edges))
    assert grid.edges[-1] == score.duration
    assert len(grid.edges) == grid.steps + 1
    for index, voice in enumerate(score.voices):
        kept = column_notes(grid, index)
        assert len(kept) <= len(voice.notes)
        assert {n.pitch for n in kept} <= {n.pitch for n in voice.notes}
        assert bool(kept) == bool(voice.notes)


def test_repeated_note_stays_two_notes() -> None:
    grid = grid_of("C4:4 C4:4 |")
    assert cells_of("C4:4 C4:4 |") == "60 - - - 60 - - -"
    assert played(column_notes(grid, 0)) == [(0, 1, 60), (1, 1, 60)]
    assert played(states_to_notes(grid_to_states(grid), grid.edges)) == [(0, 1, 60), (1, 1, 60)]


def test_tied_note_stays_one_note() -> None:
    assert cells_of("C4:8~ | C4:8 |") == "60 - - -"


def test_a_note_struck_in_one_voice_while_another_holds_it_is_struck_in_the_matrix() -> None:
    grid = grid_of("C4:2 |\nr:4 C4:4")
    assert played(states_to_notes(grid_to_states(grid), grid.edges)) == [(0, 1, 60), (1, 1, 60)]


def test_a_note_state_matrix_is_sounding_then_articulated() -> None:
    states = grid_to_states(grid_of("A0:16 r C8 C8 |"))
    on = [[int(key) for key in np.flatnonzero(step)] for step in states.states]
    assert on == [[0, 88], [], [87, 175], [87, 175]]


@pytest.mark.parametrize("note", ["G#0", "C#8"])
def test_a_pitch_beyond_the_keys_is_no_note_of_another_key(note: str) -> None:
    with pytest.raises(AssertionError, match="beyond the keys"):
        grid_to_states(grid_of(f"{note}:4"))


def test_a_key_that_sounds_without_being_struck_starts_where_it_begins_to_sound() -> None:
    grid = grid_of("C4:4 |")
    states = grid_to_states(grid)
    states.states[:, states.keys :] = False
    assert played(states_to_notes(states, grid.edges)) == [(0, 1, 60)]


def test_a_silent_voice_is_a_column_of_rests() -> None:
    assert cells_of("C4:8 |\nalto:", voice=1) == "r r"
    assert column_notes(grid_of("C4:8 |\nalto:"), 1) == ()


def test_a_hold_with_nothing_before_it_is_silent() -> None:
    grid = grid_of("C4:4 |")
    cells = np.array([[HOLD], [62], [HOLD], [REST]], dtype=np.int16)
    assert played(column_notes(grid.with_cells(cells), 0)) == [(Fraction(1, 4), Fraction(1, 2), 62)]
    assert sounding_pitches(cells).ravel().tolist() == [REST, 62, 62, REST]
    assert cells[0, 0] == HOLD


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("[4/4] C4:1 |", "4010 2010 3010 2010"),
        ("[3/4] C4:2. |", "4010 2010 2010"),
        ("[2/2] C4:1 |", "4010 1010 3010 1010"),
        ("[5/4] C4:5/4 |", "4010 2010 2010 2010 2010"),
        ("[6/8] C4:2. |", "4010 2010 2010 4010 2010 2010"),  # each beat is seen as a measure of 3/4
        ("[3/4] C4:4 | D4:2. |", "2010 4010 2010 2010"),
        ("[4/4] C4:8 | D4:2 |", "10 4010 2010"),
        ("[6/8] C4:8 | D4:4. |", "2010 4010 2010 2010"),
        (
            "[4/4] C4:1 | D4:4",
            "4010 2010 3010 2010 4010",
        ),  # a short last measure starts with its downbeat
    ],
)
def test_a_step_is_as_strong_as_its_beat(text: str, strengths: str) -> None:
    assert "".join(str(s) for s in grid_of(text).strength) == strengths.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("[3/4] C4:4 | D4:2. |", [*range(8, 12), *range(12)]),
        ("C4:16 | D4:1 | E4:8 |", [15, *range(16), 0, 1]),
        ("[6/8] C4:8 | D4:2. |", [8, 9, 10, 11, *range(12), *range(12)]),
        ("C4:1 | [3/4] D4:2.", [*range(16), *range(12)]),
    ],
)
def test_a_pickup_counts_as_the_end_of_its_measure(text: str, positions: list[int]) -> None:
    assert grid_of(text).position.tolist() == positions


@pytest.mark.parametrize(
    ("measure", "edges"),
    [
        ("C4:2 |", "0 1/4 1/2 3/4 1 5/4 3/2 7/4"),
        ("C4:12 D4 |", "0 1/3"),
        ("C4:6 D4:4 |", "0 1/3 2/3 1 4/3"),
        ("C4:32 |", "0"),
        ("[6/8] C4:8 |", "0 1/8 1/4 3/8"),
    ],
)
def test_a_measure_of_an_odd_length_has_steps_of_its_own(measure: str, edges: str) -> None:
    first = parse_score(measure).measures[0]
    times, _, _ = measure_steps(first.meter, first.duration, Fraction(0))
    assert " ".join(str(t) for t in times) == edges


def test_a_triplet_pickup_keeps_its_notes_and_the_barlines_behind_it() -> None:
    grid = grid_of("C4:12 D4 | E4:4 F4 G4 A4 |")
    assert [str(t) for t in grid.edges[:4]] == ["0", "1/3", "2/3", "11/12"]
    assert played(column_notes(grid, 0))[:3] == [
        (0, Fraction(1, 3), 60),
        (Fraction(1, 3), Fraction(1, 3), 62),
        (Fraction(2, 3), 1, 64),
    ]
    assert grid.position[:4].tolist() == [13, 14, 0, 1]
    assert grid.strength[:4].tolist() == [0, 0, 4, 0]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("C4:12 D4 E4 r:4 |", "60 62 - 64 r r r r"),  # 1/3 is nearest to 1/4, 2/3 to 3/4
        ("C4:6 D4 E4 |", "60 - - 62 - 64 - -"),
        ("C4:32 D4:16. E4:8 |", "62 - 64 -"),  # two notes on one step: the longer stays
        ("C4:16. D4:32 E4:8 |", "60 62 64 -"),
        ("r:16. D4:32 E4:8 |", "r 62 64 -"),
        ("C4:8 r:16. D4:64 r:64 |", "60 - r 62"),  # too short for a step, it still has one
        ("C4:8.. D4:32 |", "60 - - 62"),
    ],
)
def test_a_note_off_the_grid_lands_on_the_nearest_step(text: str, cells: str) -> None:
    assert cells_of(text) == cells


def test_of_two_equally_near_steps_the_earlier_is_taken() -> None:
    thirds = tuple(Fraction(n, 3) for n in range(4))
    assert [nearest_edge(thirds, Fraction(n, 6)) for n in range(-1, 8)] == [0, 0, 0, 1, 1, 2, 2, 3, 3]


def test_a_fermata_lasts_as_long_as_its_note_and_stays_on_it() -> None:
    grid = grid_of("C4:8 D4:8^ E4:8 |\nr:8 C4:16 D4:16 E4:8")
    assert grid.fermata.tolist() == [False, False, True, True, False, False]
    assert [n.fermata for n in column_notes(grid, 0)] == [False, True, False]
    assert [n.fermata for n in column_notes(grid, 1)] == [False, True, False]


def test_a_step_knows_the_tonic_of_its_key_signature() -> None:
    grid = grid_of("[key 2] D4:16 | [key -3 minor] C4:16 | [key 0] C4:16 |")
    assert grid.tonic.tolist() == [2, 3, 0]


def test_steps_of_a_time_span_are_those_that_start_in_it() -> None:
    grid = grid_of("C4:4 | D4:1 |")
    assert grid.step_range(Fraction(1), Fraction(2)) == range(4, 8)
    assert grid.step_range(Fraction(1, 8), Fraction(1, 4)) == range(1, 1)
    assert grid.step_range(Fraction(0), Fraction(5)) == range(20)


def test_an_empty_grid_is_silent() -> None:
    grid = empty_grid((Measure("1", Fraction(0), Fraction(4)),), voices=3)
    assert grid.cells.shape == (16, 3)
    assert (grid.cells == REST).all()


@pytest.mark.parametrize(
    ("given_cells", "whole"),
    [
        ("x... .... | ....", "xxxx .... | ...."),
        (".xxx .... | ....", ".... .... | ...."),
        ("x.x. .x.. | x...", "xxxx .... | xxxx"),
        (".... x... | .xxx", ".... xxxx | ...."),
    ],
)
def test_a_note_is_given_whole_or_not_at_all(given_cells: str, whole: str) -> None:
    def mask(text: str) -> list[bool]:
        return [sign == "x" for sign in text if sign in "x."]

    cells = grid_of("C4:4 C4 | D4:4").cells
    fixed = np.array(mask(given_cells))[:, np.newaxis]
    assert whole_notes(fixed, cells).ravel().tolist() == mask(whole)
    assert fixed.ravel().tolist() == mask(given_cells)


@given(grids(min_voices=2), st.integers(0, 2**32 - 1))
def test_in_training_too_a_note_is_given_whole_or_not_at_all(grid: Grid, seed: int) -> None:
    fixed = training_mask(grid.cells, np.random.default_rng(seed))
    assert fixed.shape == grid.cells.shape
    held = grid.cells[1:] == HOLD
    assert (fixed[1:][held] == fixed[:-1][held]).all()


def test_where_strikes_are_unknown_a_repeated_note_is_held():
    grid = score_to_grid(parse_score("C4:4 C4:8 D4:8 r:4 r:4"))
    bare = bare_grid(sounding_pitches(grid.cells))
    assert bare.cells[:, 0].tolist() == [60, *[HOLD] * 5, 62, HOLD, *[REST] * 8]
    assert (bare.steps, bare.edges[-1]) == (16, 4)
