"""Windows: a piece cut into them and joined again, and the windows that training learns from."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.grid import bare_grid, score_to_grid
from ripieno.models.note_states.keyboard import KeyboardCompass
from ripieno.models.note_states.rbm import RBMConfig
from ripieno.models.note_states.windows import GivenKeys, Overlap, neighbours
from ripieno.text.notation import parse_score
from ripieno.training.families.windows import (
    check_windows,
    fitting_compass,
    key_odds,
    mean_log_odds,
    sample_rows,
    window_rows,
    windows_of,
)

COMPASS = KeyboardCompass(60, 12)


@st.composite
def overlaps(draw: st.DrawFn) -> Overlap:
    steps = draw(st.integers(1, 20))
    return Overlap(steps, draw(st.integers(1, steps)), draw(st.integers(1, 60)))


def piece(text: str) -> Piece:
    return Piece("piece", score_to_grid(parse_score(text)))


def bits(*shape: int, seed: int, share: float = 0.3) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < share


# -- cutting and joining -----------------------------------------------------------------------------------


@given(overlaps())
def test_windows_cover_every_slot_and_none_is_for_nothing(overlap):
    covered = {slot for start in overlap.starts for slot in range(start, start + overlap.steps)}
    assert covered == set(range(overlap.padded))
    assert overlap.padded >= overlap.slots
    assert len(overlap.starts) == 1 or overlap.starts[-2] + overlap.steps < overlap.slots


@given(overlaps(), st.integers(0, 10_000), st.sampled_from([1.0, 4.0]))
def test_what_is_cut_and_joined_is_the_same(overlap, seed, sharpness):
    piece = torch.randn(2, overlap.padded, 3, generator=torch.Generator().manual_seed(seed))
    before = piece.clone()
    joined = overlap.join(overlap.cut(piece), sharpness=sharpness)
    assert torch.allclose(joined, piece, atol=1e-5)
    assert torch.equal(piece, before)


@given(overlaps(), st.integers(0, 10_000), st.sampled_from([1.0, 4.0]))
def test_where_windows_overlap_their_middles_count_most(overlap, seed, sharpness):
    count = len(overlap.starts)
    windows = torch.randn(count, overlap.steps, 2, generator=torch.Generator().manual_seed(seed))
    joined = overlap.join(windows, sharpness=sharpness)
    for slot in range(overlap.padded):
        total, weights = torch.zeros(2), 0.0
        for window, start in zip(windows, overlap.starts, strict=True):
            inside = slot - start
            if 0 <= inside < overlap.steps:
                weight = min(inside + 0.5, overlap.steps - inside - 0.5) ** sharpness
                total += weight * window[inside]
                weights += weight
        assert torch.allclose(joined[slot], total / weights, atol=1e-4)


@given(overlaps(), st.integers(0, 10_000))
def test_windows_of_one_piece_agree(overlap, seed):
    piece = torch.randn(overlap.padded, 3, generator=torch.Generator().manual_seed(seed))
    windows = overlap.cut(piece)
    assert float(overlap.disagreement(windows)) == 0
    if len(overlap.starts) > 1 and overlap.hop < overlap.steps:
        windows[1, 0, 0] += 2  # the first slot of the second window lies in the first one, too
        assert float(overlap.disagreement(windows)) >= 4 - 1e-4


@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 10_000))
def test_neighbours_are_free_keys_within_a_whole_step(slots, keys, seed):
    given_them = bits(slots, keys, seed=seed)
    before = given_them.clone()
    found = neighbours(given_them)
    for slot in range(slots):
        for key in range(keys):
            near = any(bool(given_them[slot, k]) and 1 <= abs(k - key) <= 2 for k in range(keys))
            assert bool(found[slot, key]) == (near and not given_them[slot, key])
    assert torch.equal(given_them, before)


@given(st.integers(1, 8), st.integers(0, 20), st.integers(0, 10_000))
def test_what_is_padded_has_free_and_silent_slots_behind_it(slots, length, seed):
    known = GivenKeys(*(bits(slots, 6, seed=3 * seed + i) for i in range(3)))
    longer = known.padded(length)
    assert longer.slots == max(slots, length)
    for old, new in ((known.states, longer.states), (known.clamp, longer.clamp), (known.near, longer.near)):
        assert torch.equal(new[:slots], old)
        assert new.dtype == old.dtype
        assert not new[slots:].any()


# -- to learn from -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C4:1 | D4:1 | E4:1", ["C", "D", "E"]),
        ("C4:1 | r:1 | E4:1", ["C", "E"]),
        ("C4:4 | D4:1", ["C", "D"]),  # the pickup's bar is silent before it
        ("C4:1 | D4:2", ["C", "D"]),  # and the last one after it
        ("[2/4] C4:2 | D4:2", ["CD"]),
        ("[3/4] C4:2. | D4:2.", ["D"]),  # the fourth beat of the first bar has no step
        ("[3/4] C4:2. | D4:2. | E4:2.", ["E"]),
        ("[5/4] C4:1~ C4:4 | D4:1~ D4:4", ["C", "D", "D"]),
    ],
)
def test_windows_are_bars_without_a_gap(text, expected):
    found = windows_of([piece(text)], COMPASS, steps=16, bar=16, hop=16)
    names = dict(zip("CDE", (0, 2, 4), strict=True))
    sounding = ["".join(n for n, key in names.items() if window[:, key].any()) for window in found]
    assert sounding == expected


def test_windows_start_at_every_multiple_of_the_hop():
    found = windows_of([piece("C4:1 | D4:1 | E4:1")], COMPASS, steps=32, bar=16, hop=4)
    assert len(found) == 5
    for i, window in enumerate(found):
        assert window[:, 0].sum() == 16 - 4 * i
        assert window[:, 4].sum() == 4 * i


def test_a_piece_shorter_than_a_window_is_one_with_silence_behind_it():
    found = windows_of([piece("C4:1")], COMPASS, steps=64, bar=16, hop=16)
    assert found.shape == (1, 64, 24)
    assert found[0, :16, 0].all()
    assert not found[0, 16:].any()


def test_pieces_of_which_no_window_is_left_give_no_rows():
    config = RBMConfig(window=32, lowest=60, keys=12)
    for pieces in ([], [piece("[3/4] C4:2. | D4:2. | E4:2.")], [piece("r:1 | r:1")]):
        rows = window_rows(config, pieces, 16)
        assert rows.shape == (0, config.visible)
        with pytest.raises(RequestError, match="no piece has 2 bars of 16 sixteenths in a row"):
            check_windows(rows, config)


def test_rows_are_windows_slot_by_slot():
    config = RBMConfig(window=16, lowest=60, keys=12)
    rows = window_rows(config, [piece("C4:1 | D4:1")], 16)
    windows = windows_of([piece("C4:1 | D4:1")], COMPASS, steps=16, bar=16, hop=16)
    assert (rows.view(2, 16, 24).numpy() == windows).all()


def test_the_compass_is_what_the_pieces_have_after_their_move_to_c():
    assert fitting_compass([piece("[key 1] G4:4 B4 D5:2"), piece("A3:1")], 16) == KeyboardCompass(57, 23)


def test_one_stray_note_in_thousands_widens_no_compass():
    usual = bare_grid(np.tile(np.array([[60], [72]], dtype=np.int16), (2_000, 1)))
    assert fitting_compass([Piece("usual", usual), piece("C2:1")], 16) == KeyboardCompass(60, 13)
    assert fitting_compass([piece("C4:2 C5:2"), piece("C2:1")], 16) == KeyboardCompass(36, 37)


@given(st.integers(1, 50), st.integers(0, 10_000))
def test_odds_say_how_often(count, seed):
    rows = bits(count, 4 * 6, seed=seed)  # 4 slots of 3 keys
    mean = rows.double().mean(0).clamp(1e-3, 1 - 1e-3)
    assert torch.sigmoid(mean_log_odds(rows)).tolist() == pytest.approx(mean.tolist(), abs=1e-5)
    sounding = rows.view(count, 4, 2, 3)[:, :, 0].double().mean((0, 1)).clamp(1e-4, 1 - 1e-4)
    assert torch.sigmoid(key_odds(rows, 3)).tolist() == pytest.approx(sounding.tolist(), abs=1e-5)


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 5000])
def test_a_sample_is_at_most_a_thousand_rows_of_the_whole(count):
    rows = torch.arange(count).view(-1, 1)
    found = sample_rows(rows)[:, 0].tolist()
    assert found[0] == 0
    assert len(found) <= 1024
    assert len(found) == count or found[-1] > count * 0.99
    assert len(set(np.diff(found))) <= 1
