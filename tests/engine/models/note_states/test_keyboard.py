"""The keys' view of a grid: which slot and which key each step stands on, and the way back."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.grid import HOLD, NO_KEY, REST, bare_grid, empty_grid, score_to_grid
from ripieno.models.note_states.keyboard import (
    PITCHES,
    KeyboardCompass,
    lay_out,
    measure_spans,
    occupied_slots,
    pitch_probabilities,
    slot_states,
)
from ripieno.score import Key, Measure, Meter, lay_measures
from ripieno.text.notation import parse_score
from strategies import grids

ALL_KEYS = KeyboardCompass(10, 110)  # whatever random scores have, after any move to C


def spans(*pairs: tuple[int, int]) -> list[int]:
    """The slots of [start, end) one behind the other."""
    return [slot for start, end in pairs for slot in range(start, end)]


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        ("C4:1 | D4:1", 32, spans((0, 32))),
        ("[2/4] C4:2 | D4:2", 16, spans((0, 16))),
        ("[2/4] C4:2 | D4:2 | E4:2", 32, spans((0, 24))),
        ("[3/4] C4:2. | D4:2.", 32, spans((0, 12), (16, 28))),
        ("[5/4] C4:1~ C4:4 | D4:1~ D4:4", 64, spans((0, 20), (32, 52))),
        ("[2/2] C4:1 | D4:1", 32, spans((0, 32))),
        ("[3/2] C4:1. | D4:1.", 64, spans((0, 24), (32, 56))),
        ("C4:4 | D4:1 | E4:1", 48, spans((12, 48))),
        ("[3/4] C4:4 | D4:2. | E4:2.", 48, spans((8, 12), (16, 28), (32, 44))),
        ("[2/4] C4:8 | D4:2 | E4:2 | F4:2", 48, spans((14, 16), (16, 40))),
        ("C4:1 | D4:2.", 32, spans((0, 28))),
        ("C4:1 | [3/4] D4:2. | [2/4] E4:2 | F4:2 | G4:2", 64, spans((0, 16), (16, 28), (32, 56))),
        ("[2/4] C4:2 | [4/4] D4:1 | [2/4] E4:2 | F4:2", 48, spans((0, 8), (16, 32), (32, 48))),
        # 6/8 is laid out twice as slow, each of its beats as a measure of 3/4.
        ("[6/8] C4:4. D4:4. | E4:2.", 64, spans((0, 12), (16, 28), (32, 44), (48, 60))),
        ("[6/8] C4:8 | D4:4. E4:4.", 48, spans((8, 12), (16, 28), (32, 44))),
        ("[1/4] C4:4 | D4:4 | E4:4 | F4:4 | G4:4", 32, spans((0, 20))),
    ],
)
def test_measures_are_laid_into_bars_of_sixteen(text, slots, expected):
    layout = lay_out(score_to_grid(parse_score(text)), 16)
    assert layout.slots == slots
    assert layout.slot.tolist() == expected
    assert np.flatnonzero(occupied_slots(layout)).tolist() == expected


@pytest.mark.parametrize(
    ("bar", "text", "slots", "expected"),
    [
        (12, "[3/4] C4:2. | D4:2.", 24, spans((0, 24))),
        (12, "[3/4] C4:4 | D4:2.", 24, spans((8, 24))),
        (12, "C4:1 | D4:1", 48, spans((0, 16), (24, 40))),
        (12, "[6/8] C4:4. D4:4.", 24, spans((0, 24))),
        (20, "[5/4] C4:1~ C4:4 | D4:1~ D4:4", 40, spans((0, 40))),
        (20, "[2/4] C4:2 | D4:2 | E4:2", 40, spans((0, 16), (20, 28))),
    ],
)
def test_a_network_may_have_other_bars(bar, text, slots, expected):
    layout = lay_out(score_to_grid(parse_score(text)), bar)
    assert (layout.slots, layout.slot.tolist()) == (slots, expected)


@pytest.mark.parametrize("steps", [1, 15, 16, 17, 40])
def test_without_a_meter_the_steps_follow_each_other(steps):
    layout = lay_out(bare_grid(np.full((steps, 1), 60, dtype=np.int16)), 16)
    assert layout.slot.tolist() == list(range(steps))
    assert layout.slots == steps


@given(grids(), st.sampled_from([12, 16, 20, 28]))
def test_every_step_has_a_slot_of_its_own(grid, bar):
    layout = lay_out(grid, bar)
    assert (np.diff(layout.slot) > 0).all()
    assert layout.slot[0] >= 0
    assert layout.slot[-1] < layout.slots
    assert layout.slots % bar == 0


@given(grids())
def test_a_beat_has_the_same_slots_in_every_bar(grid):
    """Where a measure has 16 steps or fewer than 9, its downbeat and beats lie at their place of the bar."""
    layout = lay_out(grid, 16)
    for first, end in measure_spans(grid):
        place = layout.slot[first:end] - grid.position[first:end]
        assert (place == place[0]).all()
        assert place[0] % (16 if grid.position[end - 1] >= 8 else 1) == 0


@given(grids())
def test_measures_split_the_steps(grid):
    found = measure_spans(grid)
    assert [t for start, end in found for t in range(start, end)] == list(range(grid.steps))
    for start, end in found:
        assert (np.diff(grid.position[start:end]) > 0).all()


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_every_signature_is_moved_the_nearest_way_to_c(fifths):
    grid = empty_grid(lay_measures(Fraction(4), ((Fraction(0), Meter()),), ((Fraction(0), Key(fifths)),)))
    shift = lay_out(grid, 16).shift
    assert (shift == shift[0]).all()
    assert (7 * fifths + shift[0]) % 12 == 0
    assert -5 <= shift[0] <= 6
    assert (lay_out(grid, 16, transposition=3).shift == shift + 3).all()


def test_without_a_signature_nothing_is_moved():
    grid = bare_grid(np.full((4, 1), 60, dtype=np.int16))
    assert lay_out(grid, 16).shift.tolist() == [0] * 4
    assert lay_out(grid, 16, transposition=-2).shift.tolist() == [-2] * 4


def test_each_measure_is_moved_from_its_own_signature():
    measures = (
        Measure("1", Fraction(0), Fraction(1), Meter(1, 4), Key(2)),
        Measure("2", Fraction(1), Fraction(1), Meter(1, 4), Key(-1)),
    )
    assert lay_out(empty_grid(measures), 16).shift.tolist() == [-2] * 4 + [-5] * 4


def test_the_same_tune_in_any_key_is_on_the_same_keys():
    tunes = ["[key 2] D4:4 F#4 A4:2", "[key -3] Eb4:4 G4 Bb4:2", "C4:4 E4 G4:2"]
    compass = KeyboardCompass(48, 36)
    seen = []
    for tune in tunes:
        grid = score_to_grid(parse_score(tune))
        seen.append(slot_states(grid, lay_out(grid, 16), compass))
    assert (seen[0] == seen[2]).all()
    assert (seen[1] == seen[2]).all()


def test_slots_hold_what_sounds_and_what_is_struck():
    grid = score_to_grid(parse_score("[1/4] C4:8 C4:8 | r:4\nE4:4~ | E4:4"))
    states = slot_states(grid, lay_out(grid, 4), KeyboardCompass(60, 5))
    sounding, struck = states[:, :5].astype(int), states[:, 5:].astype(int)
    assert sounding[:, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert struck[:, 0].tolist() == [1, 0, 1, 0, 0, 0, 0, 0]
    assert sounding[:, 4].tolist() == [1] * 8
    assert struck[:, 4].tolist() == [1] + [0] * 7
    assert not states[:, [1, 2, 3, 6, 7, 8]].any()


def sounds(grid) -> np.ndarray:
    """(T, 2, 128) which pitches sound and which are struck, voice by voice and step by step."""
    found = np.zeros((grid.steps, 2, PITCHES))
    for v in range(grid.cells.shape[1]):
        pitch = None
        for t, cell in enumerate(grid.cells[:, v]):
            if cell == REST:
                pitch = None
            elif cell != HOLD:
                pitch = int(cell)
                found[t, 1, pitch] = 1
            if pitch is not None:
                found[t, 0, pitch] = 1
    return found


@given(grids(), st.integers(-3, 3), st.booleans())
def test_a_grid_comes_back_from_its_slots(grid, move, keyless):
    if keyless:
        grid = replace(grid, tonic=np.full_like(grid.tonic, NO_KEY))
    layout = lay_out(grid, 16, transposition=move)
    slots = slot_states(grid, layout, ALL_KEYS)
    assert (pitch_probabilities(slots.astype(np.float32), layout, ALL_KEYS) == sounds(grid)).all()


@given(grids(), st.integers(40, 80), st.integers(1, 40))
def test_what_lies_beyond_the_compass_is_not_there(grid, lowest, keys):
    compass, layout = KeyboardCompass(lowest, keys), lay_out(grid, 16)
    back = pitch_probabilities(slot_states(grid, layout, compass).astype(np.float32), layout, compass)
    key = np.arange(PITCHES) + layout.shift[:, None]
    inside = (key >= lowest) & (key < lowest + keys)
    assert (back == np.where(inside[:, None, :], sounds(grid), 0)).all()


@given(grids(), st.integers(0, 10_000))
def test_only_the_cells_that_count_are_in_the_slots(grid, seed):
    which = np.random.default_rng(seed).random(grid.cells.shape[1]) < 0.5
    layout = lay_out(grid, 16)
    mask = np.tile(which, (grid.steps, 1))
    expected = slot_states(replace(grid, cells=grid.cells[:, which]), layout, ALL_KEYS)
    assert (slot_states(grid, layout, ALL_KEYS, mask) == expected).all()


@given(grids(), st.integers(0, 10_000))
def test_each_candidate_has_its_own_probabilities(grid, seed):
    layout, compass = lay_out(grid, 16), KeyboardCompass(50, 30)
    slots = np.random.default_rng(seed).random((3, layout.slots, 60)).astype(np.float32)
    together = pitch_probabilities(slots, layout, compass)
    assert together.shape == (3, grid.steps, 2, PITCHES)
    for one, alone in zip(slots, together, strict=True):
        assert (pitch_probabilities(one, layout, compass) == alone).all()
    pitch = np.arange(PITCHES)
    for t in range(grid.steps):
        key = pitch + layout.shift[t] - 50
        inside = (key >= 0) & (key < 30)
        assert not together[:, t, :, ~inside].any()
        for half in (0, 1):
            expected = slots[:, layout.slot[t], 30 * half + key[inside]]
            assert (together[:, t, half, inside] == expected).all()
