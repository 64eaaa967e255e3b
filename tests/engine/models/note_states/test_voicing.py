"""From keys to voices: the best of all paths, by listing them all, and rules that no path may break."""

from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.grid import HOLD, REST, Grid, bare_grid, score_to_grid, sounding_pitches
from ripieno.models.masks import whole_notes
from ripieno.models.note_states.voicing import (
    MAX_LOG_ODDS,
    NO_COSTS,
    VoiceLeadingCosts,
    best_path,
    keys_to_voices,
    log_odds,
)
from ripieno.models.sampling import Limits
from ripieno.text.notation import parse_score
from ripieno.theory.ranges import CHOIR_RANGES

RANGES = tuple(CHOIR_RANGES.values())
FEW = settings(max_examples=max(settings().max_examples // 2, 5))


def silence(steps: int, voices: int = 4) -> Grid:
    """Nothing, in sixteenths of 4/4."""
    bars = " | ".join(["r:1"] * -(-steps // 16))
    grid = score_to_grid(parse_score("\n".join([bars] * voices)))
    return replace(
        grid,
        cells=grid.cells[:steps],
        edges=grid.edges[: steps + 1],
        position=grid.position[:steps],
        strength=grid.strength[:steps],
        fermata=grid.fermata[:steps],
        tonic=grid.tonic[:steps],
    )


def random_grid(rng: np.random.Generator, steps: int) -> Grid:
    """Four voices of short notes and rests, in no order and beyond their ranges."""
    grid = silence(steps)
    pitches = rng.integers(36, 85, (steps, 4))
    draw = rng.random((steps, 4))
    cells = np.where(draw < 0.3, REST, np.where(draw < 0.7, HOLD, pitches)).astype(np.int16)
    cells[0][cells[0] == HOLD] = REST
    for t in range(1, steps):
        cells[t][(cells[t] == HOLD) & (cells[t - 1] == REST)] = REST
    return grid.with_cells(cells)


def random_mask(rng: np.random.Generator, cells: np.ndarray) -> np.ndarray:
    """Whole voices, some of the time, or any notes."""
    kind = rng.integers(3)
    if kind == 0:
        return np.tile(rng.random(cells.shape[1]) < 0.5, (len(cells), 1))
    share = rng.random() if kind == 1 else rng.integers(2)
    return whole_notes(rng.random(cells.shape) < share, cells)


def random_probabilities(rng: np.random.Generator, steps: int) -> np.ndarray:
    return rng.random((steps, 2, 128)).astype(np.float32) ** 3


def limits(steps: int, ranges=RANGES, silent=None) -> Limits:
    return Limits(ranges, np.zeros(steps, dtype=np.bool_) if silent is None else silent)


def nothing_fixed(grid: Grid) -> np.ndarray:
    return np.zeros(grid.cells.shape, dtype=np.bool_)


def all_sound(*pitches: int) -> bool:
    return REST not in pitches


def is_parallel(a: int, b: int, c: int, d: int) -> bool:
    """Do two voices go from (a, b) to (c, d), both of them, from one fifth or octave to another?"""
    moved = a != c and b != d and all_sound(a, b, c, d)
    return moved and abs(a - b) % 12 == abs(c - d) % 12 and abs(a - b) % 12 in (0, 7)


def cost(before, after, strength: int, fixed, costs: VoiceLeadingCosts) -> float:
    """What the step from one chord to the next costs, voice by voice."""
    total = 0.0
    for v, (a, b) in enumerate(zip(before, after, strict=True)):
        if a != b and all_sound(a, b) and not fixed[v]:
            total += {0: costs.between, 1: costs.off_beat}.get(strength, costs.on_beat)
            share, reach = (costs.bass, 12) if v == len(after) - 1 else (1, 5)  # the bass leaps by nature
            total += share * (costs.semitone * abs(a - b) + costs.leap * max(abs(a - b) - reach, 0))
    for upper, lower in pairwise(range(len(after))):
        if all_sound(before[upper], before[lower], after[lower]) and after[lower] != before[lower]:
            total += costs.overlap * (after[lower] > before[upper])
        if all_sound(before[upper], before[lower], after[upper]) and after[upper] != before[upper]:
            total += costs.overlap * (after[upper] < before[lower])
    for u, v in combinations(range(len(after)), 2):
        if not (fixed[u] and fixed[v]):
            total += costs.parallel * is_parallel(before[u], before[v], after[u], after[v])
    return total


# -- the best path -----------------------------------------------------------------------------------------


@given(st.integers(0, 100_000), st.sampled_from([VoiceLeadingCosts(), VoiceLeadingCosts(keys=1.0), NO_COSTS]))
def test_the_best_path_is_the_best_of_all(seed, costs):
    rng = np.random.default_rng(seed)
    steps, voices = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    grid = silence(steps, voices)
    grid = replace(grid, strength=rng.integers(-1, 5, steps).astype(np.int8))
    if not rng.integers(3):  # music without a meter: no step is known to be strong
        grid = replace(grid, strength=np.zeros(steps, dtype=np.int8))
    fixed = rng.random((steps, voices)) < rng.choice([0.2, 0.8])
    keys = rng.choice(
        [range(48, 66), (48, 50, 55, 57, 60, 62)][int(rng.integers(2))], 18
    )  # often in parallels
    chords = []
    for _ in range(steps):
        pitches = rng.choice(keys, (int(rng.integers(1, 5)), voices))
        chords.append(np.where(rng.random(pitches.shape) < 0.15, REST, pitches).astype(np.int16))
    scores = [rng.normal(0, 5, len(c)).astype(np.float32) for c in chords]

    def worth(path) -> float:
        total = sum(float(scores[t][i]) for t, i in enumerate(path))
        for t in range(1, steps):
            strength = max(int(grid.strength[t]), 0)
            before, after = (chords[s][path[s]].tolist() for s in (t - 1, t))
            total -= cost(before, after, strength, fixed[t], costs)
        return total

    path, total = best_path(chords, scores, grid, fixed, costs)
    assert total == pytest.approx(max(worth(p) for p in product(*(range(len(c)) for c in chords))), abs=1e-4)
    assert worth(path) == pytest.approx(total, abs=1e-4)


def test_what_two_given_voices_do_costs_nothing():
    """Even in parallels, with leaps: the given notes leave no choice."""
    grid = silence(2, 2)
    chords = [np.array([[67, 60]], dtype=np.int16), np.array([[79, 72]], dtype=np.int16)]
    scores = [np.zeros(1, dtype=np.float32)] * 2
    fixed = ~nothing_fixed(grid)
    calm = replace(VoiceLeadingCosts(), overlap=0)
    assert best_path(chords, scores, grid, fixed, calm) == ([0, 0], 0)
    fixed[1, 0] = False
    assert best_path(chords, scores, grid, fixed, calm)[1] < -calm.parallel


def test_an_empty_piece_has_an_empty_path():
    grid = bare_grid(np.zeros((0, 4), dtype=np.int16))
    assert best_path([], [], grid, nothing_fixed(grid), VoiceLeadingCosts()) == ([], 0.0)


@FEW
@given(st.integers(0, 100_000))
def test_the_chosen_voices_are_the_best_of_all_in_small_ranges(seed):
    """Two keys a voice, so that all ways can be listed: keys, unisons, wide spaces, steps."""
    rng = np.random.default_rng(seed)
    costs, steps = VoiceLeadingCosts(), 3
    lows = [int(x) for x in rng.choice([71, 66, 65, 64, 60, 52, 51], 3, replace=False)]
    ranges = tuple((low, low + 1) for low in lows)
    grid = silence(steps, 3)
    probabilities = random_probabilities(rng, steps)
    odds = log_odds(probabilities[:, 0])

    def chord_worth(t: int, chord) -> float:
        total = 0.0
        for v, pitch in enumerate(chord):
            total += -costs.unison if pitch in chord[:v] else costs.keys * float(odds[t, pitch])
        return total - costs.wide * (chord[0] - chord[1] > 12)

    every = [[*product(*((low, high) for low, high in ranges))] for _ in range(steps)]
    ordered = [[c for c in chords if list(c) == sorted(c, reverse=True)] or chords for chords in every]
    best = max(
        sum(chord_worth(t, chord) for t, chord in enumerate(way))
        - sum(
            cost(a, b, int(grid.strength[t]), (False,) * 3, costs)
            for t, (a, b) in enumerate(pairwise(way), 1)
        )
        for way in product(*ordered)
    )
    assert keys_to_voices(probabilities, grid, nothing_fixed(grid), limits(steps, ranges))[
        1
    ] == pytest.approx(best, abs=1e-3)


# -- rules -------------------------------------------------------------------------------------------------


@FEW
@given(st.integers(0, 100_000), st.integers(1, 12), st.sampled_from([VoiceLeadingCosts(), NO_COSTS]))
def test_what_is_given_comes_back_and_what_is_new_keeps_the_limits(seed, steps, costs):
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, steps)
    fixed = random_mask(rng, grid.cells)
    bounds = limits(steps, silent=rng.random(steps) < 0.2)
    before = grid.cells.copy()
    noise = rng.normal(size=(steps, 128)).astype(np.float32) if rng.integers(2) else None
    cells, worth = keys_to_voices(
        random_probabilities(rng, steps), grid, fixed, bounds, costs=costs, added=noise
    )
    assert (grid.cells == before).all()
    assert cells.dtype == grid.cells.dtype
    assert np.isfinite(worth)
    assert (cells[fixed] == grid.cells[fixed]).all()
    sounding = sounding_pitches(cells)
    for t, v in np.argwhere(~fixed):
        low, high = RANGES[v]
        if bounds.silent[t]:
            assert cells[t, v] == REST, "a silent step sounds"
        else:
            assert low <= sounding[t, v] <= high
        if cells[t, v] == HOLD:
            assert t > 0
            assert not fixed[t - 1, v], "a given note was lengthened"
            assert sounding[t, v] == sounding[t - 1, v]
    assert (sounding[fixed] == sounding_pitches(grid.cells)[fixed]).all()


@FEW
@given(st.integers(0, 100_000), st.integers(1, 12))
def test_voices_cross_only_where_the_given_ones_leave_no_other_way(seed, steps):
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, steps)
    fixed = np.tile(rng.random(4) < 0.3, (steps, 1))
    given_pitches = np.where(fixed, sounding_pitches(grid.cells), REST)
    sounding = sounding_pitches(
        keys_to_voices(random_probabilities(rng, steps), grid, fixed, limits(steps))[0]
    )
    for t in range(steps):
        line = [int(p) for p in sounding[t] if p != REST]
        if line == sorted(line, reverse=True):
            continue
        # Every free voice between the given ones around it, as high as may be: does it fit?
        top, fits = 127, True
        for v in range(4):
            low, high = RANGES[v]
            if fixed[t, v]:
                if given_pitches[t, v] != REST:
                    fits &= int(given_pitches[t, v]) <= top
                    top = int(given_pitches[t, v])
            else:
                fits &= low <= min(top, high)
                top = min(top, high)
        assert not fits, f"step {t} crosses without need: {line}"


PARALLEL = ([72, 65, 57, 50], [74, 67, 59, 52])  # all four voices up a whole step


def test_parallels_are_left_where_there_is_a_way_without_them():
    probabilities = np.full((8, 2, 128), 0.02, dtype=np.float32)
    for t in range(8):
        probabilities[t, 0, PARALLEL[t // 4]] = 0.98
        probabilities[t, 0, [55, 60, 62, 69, 71]] = 0.5
    grid = silence(8)

    def parallels(costs: VoiceLeadingCosts) -> int:
        sounding = sounding_pitches(
            keys_to_voices(probabilities, grid, nothing_fixed(grid), limits(8), costs=costs)[0]
        )
        return sum(
            is_parallel(a[u], a[v], b[u], b[v])
            for a, b in pairwise(sounding.tolist())
            for u, v in combinations(range(4), 2)
        )

    assert parallels(NO_COSTS) > 0, "the likeliest keys move in parallels"
    assert parallels(VoiceLeadingCosts()) == 0
    assert parallels(VoiceLeadingCosts(keys=1.0)) == 0


@FEW
@given(st.integers(0, 100_000))
def test_there_are_as_few_parallels_as_the_ranges_allow(seed):
    """Where a parallel costs more than all else, the way with the fewest is taken; all ways are listed."""
    rng = np.random.default_rng(seed)
    ranges = ((67, 68), (60, 61), (48, 49))
    grid, probabilities = silence(3, 3), random_probabilities(rng, 3)
    chords = [*product(*ranges)]

    def count(way) -> int:
        return sum(
            is_parallel(a[u], a[v], b[u], b[v])
            for a, b in pairwise(way)
            for u, v in combinations(range(3), 2)
        )

    fixed = nothing_fixed(grid)
    fixed[:, 1] = True
    given_line = rng.integers(60, 62, 3)
    cells = np.where(fixed, given_line[:, None], REST).astype(np.int16)
    found = keys_to_voices(
        probabilities, grid.with_cells(cells), fixed, limits(3, ranges), costs=VoiceLeadingCosts(parallel=1e4)
    )[0]
    ways = [
        w for w in product(chords, repeat=3) if all(c[1] == g for c, g in zip(w, given_line, strict=True))
    ]
    assert count(sounding_pitches(found).tolist()) == min(count(way) for way in ways)


@pytest.mark.parametrize("seed", range(5))
def test_voice_leading_costs_make_the_lines_leap_less(seed):
    rng = np.random.default_rng(seed)
    grid, probabilities = silence(16), random_probabilities(rng, 16)

    def way(costs: VoiceLeadingCosts) -> int:
        sounding = sounding_pitches(
            keys_to_voices(probabilities, grid, nothing_fixed(grid), limits(16), costs=costs)[0]
        )
        return int(np.abs(np.diff(sounding.astype(int), axis=0)).sum())

    assert way(VoiceLeadingCosts()) < way(NO_COSTS) / 2


# -- holds and strikes ------------------------------------------------------------------------------------


def held_chord(steps: int, struck_at: tuple[int, ...] = ()) -> np.ndarray:
    """Chances of one clear chord that sounds on."""
    probabilities = np.full((steps, 2, 128), 0.01, dtype=np.float32)
    probabilities[:, 0, [72, 64, 55, 48]] = 0.99
    for t in struck_at:
        probabilities[t, 1, 72] = 0.9
    return probabilities


def test_a_pitch_that_stays_is_held():
    grid = silence(8)
    cells = keys_to_voices(held_chord(8), grid, nothing_fixed(grid), limits(8))[0]
    assert cells[0].tolist() == [72, 64, 55, 48]
    assert (cells[1:] == HOLD).all()


def test_it_is_struck_again_where_that_is_likely_but_on_no_sixteenth():
    grid = silence(8)
    cells = keys_to_voices(held_chord(8, (1, 2, 4, 7)), grid, nothing_fixed(grid), limits(8))[0]
    assert cells[:, 0].tolist() == [72, HOLD, 72, HOLD, 72, HOLD, HOLD, HOLD]
    assert (cells[1:, 1:] == HOLD).all()


def test_after_a_given_note_the_same_pitch_is_struck_again():
    grid = silence(8)
    cells = grid.cells.copy()
    cells[2, 0], cells[3, 0] = 72, HOLD
    fixed = nothing_fixed(grid)
    fixed[2:4, 0] = True
    found = keys_to_voices(held_chord(8), grid.with_cells(cells), fixed, limits(8))[0]
    assert found[:, 0].tolist() == [72, HOLD, 72, HOLD, 72, HOLD, HOLD, HOLD]


def test_log_odds_are_never_too_sure():
    odds = log_odds(np.array([0, 1e-9, 0.5, 0.75, 1], dtype=np.float32))
    assert odds.tolist() == pytest.approx(
        [-MAX_LOG_ODDS, -MAX_LOG_ODDS, 0, np.log(3), MAX_LOG_ODDS], abs=1e-6
    )
