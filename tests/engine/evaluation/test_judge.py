"""The judge: half right about Bach against Bach, right about what is plainly wrong; its parts by hand."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from ripieno.corpus.corpus import load_corpus, transposed
from ripieno.evaluation.judge import judge_features, learned
from ripieno.evaluation.window_features import LOWER, window_features
from ripieno.grid import HOLD, Grid, score_to_grid
from ripieno.text.notation import parse_score

HYMN = "\n".join(
    (
        "[4/4] C5:4 D5 E5 C5 | D5:4 C5 B4 G4 | C5:4 D5 E5 F5 | E5:4 D5 C5:2",
        "G4:4 G4 G4 G4 G4:4 G4 G4 D4 G4:4 G4 G4 A4 G4:4 G4 G4:2",
        "E4:4 B3 C4 E4 B3:4 E4 D4 B3 E4:4 B3 C4 C4 C4:4 B3 E4:2",
        "C3:4 G3 C3 C3 G3:4 C3 G3 G3 C3:4 G3 C3 F3 C3:4 G3 C3:2",
    )
)


@pytest.fixture(scope="module")
def chorales() -> list[Grid]:
    """40 chorales."""
    corpus = load_corpus(Path(str(files("ripieno") / "weights" / "chorales.npz")))
    return [piece.grid for piece in corpus.train[:120:3]]


@pytest.fixture(scope="module")
def bach(chorales) -> list[list[dict[str, float]]]:
    return [window_features(grid) for grid in chorales]


def spoiled(grid: Grid, seed: int) -> Grid:
    """The lower voices' notes moved by up to three semitones, each for itself: same rhythm, wrong music."""
    cells = grid.cells.copy()
    moves = np.random.default_rng(seed).integers(-3, 4, cells.shape)
    lower = np.zeros(cells.shape, dtype=bool)
    lower[:, LOWER] = True
    cells = np.where(lower & (cells < HOLD), cells + moves, cells).astype(cells.dtype)
    return grid.with_cells(cells)


# -- the judge ---------------------------------------------------------------------------------------------


def test_bach_cannot_be_told_from_bach(bach):
    """Ten times other halves of the chorales: half of the guesses right, within what chance allows."""
    verdicts = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(bach))
        one, other = ([bach[i] for i in part] for part in np.split(order, 2))
        verdicts.append(judge_features(one, other, seed=seed))
    assert np.mean([v.right for v in verdicts]) == pytest.approx(0.5, abs=0.05)
    assert sum(v.low <= 0.5 <= v.high for v in verdicts) >= 9


def test_wrong_notes_are_told_at_once(chorales, bach):
    made = [window_features(spoiled(grid, seed)) for seed, grid in enumerate(chorales)]
    verdict = judge_features(bach, made)
    assert verdict.right > 0.97
    assert verdict.low > 0.85
    assert verdict.pieces_right == 1
    assert verdict.pieces == 80
    assert verdict.alone["harmony"] > 0.95 > 0.6 > verdict.alone["rhythm"]


def test_the_same_music_on_both_sides_is_judged_by_chance(bach):
    """Each window stands on both sides, so it is right on one and wrong on the other."""
    verdict = judge_features(bach, bach)
    assert verdict.right == 0.5
    assert (verdict.low < 0.5) == (verdict.high > 0.5)
    assert {tell.apart for tell in verdict.tells} == {0}


def windows(values: list[float]) -> list[list[dict[str, float]]]:
    return [[{"sound: loud": value, "time: long": 1.0}] * 2 for value in values]


def test_the_judge_names_what_it_tells_them_by():
    verdict = judge_features(windows([1, 1.2, 0.9, 1.1]), windows([0, 0.2, 0.1, -0.1]), folds=2)
    assert verdict.right == verdict.pieces_right == 1
    first, *_ = verdict.tells
    assert (first.feature, first.people, first.made) == ("sound: loud", 1.05, 0.05)
    assert verdict.alone == {"sound": 1, "time": 0.5}
    assert first.apart == 1.952  # 1 over the root of .2625


def test_a_piece_in_more_windows_than_its_pair_counts_no_more():
    verdict = judge_features([[{"a": 1.0}] * 5, [{"a": 1.0}]], [[{"a": 0.0}] * 2, [{"a": 0.0}] * 3], folds=2)
    assert (verdict.windows, verdict.pieces) == (2 * 2 + 2 * 1, 4)


def test_a_window_is_never_judged_by_a_judge_that_met_its_piece():
    """Each pair differs by a feature that no other has: what was learned by heart would be right."""
    count = 6
    people = [[{str(i): float(i == number) for i in range(count)}] * 3 for number in range(count)]
    made = [[{str(i): -float(i == number) for i in range(count)}] * 3 for number in range(count)]
    assert judge_features(people, made, folds=count).right == 0.5
    assert judge_features([people[0]] * count, [made[0]] * count, folds=count).right == 1


# -- its parts ---------------------------------------------------------------------------------------------


def test_the_regression_stands_where_its_slope_is_none():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = (x @ [1.0, -2.0, 0.0] + rng.normal(size=60) > 0).astype(float)
    model = learned(x, y)
    z = np.concatenate([(x - x.mean(0)) / x.std(0), np.ones((60, 1))], 1)
    slope = z.T @ (y - 1 / (1 + np.exp(-(z @ model.weights)))) - np.array([10, 10, 10, 0]) * model.weights
    assert np.abs(slope).max() < 1e-4
    assert model.weights[0] > 0 > model.weights[1]


# -- features ----------------------------------------------------------------------------------------------


def test_features_of_a_plain_setting_counted_by_hand():
    (found,) = window_features(score_to_grid(parse_score(HYMN)))
    assert found["rhythm: alto notes a beat"] == 15 / 16
    assert found["rhythm: bass struck on eighths"] == 0
    assert found["lines: alto repeats"] == pytest.approx(10 / 14)
    assert found["rhythm: all voices strike at once"] == 1
    assert found["spacing: soprano above alto, unison"] == 0
    assert found["harmony: first inversion"] == 0
    assert found["lines: alto outside the scale"] == 0
    assert found["rules: parallel fifths"] == 0


def test_windows_begin_every_eight_beats(chorales):
    for grid in chorales[:3]:
        beats = int((grid.strength >= 2).sum())
        assert len(window_features(grid)) == max(beats - 16, 0) // 8 + 1


def test_no_feature_knows_the_key():
    grid = score_to_grid(parse_score(HYMN))
    moved = window_features(transposed(grid, 2))
    assert moved == [pytest.approx(window) for window in window_features(grid)]


def test_no_feature_knows_the_soprano_alone(chorales):
    """A melody that is given to both sides must not tell them apart."""
    assert not [
        name for name in window_features(chorales[0])[0] if ": soprano " in name and "above" not in name
    ]
