"""What is read from music and planned for it: chords, what comes back, density, the form."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ripieno.grid import empty_grid, score_to_grid
from ripieno.models.biaxial.chords import (
    CHORDS,
    DIMINISHED,
    DOMINANT,
    MAJOR,
    MINOR,
    ROOTS,
    best_chords,
    drawn_chords,
)
from ripieno.models.biaxial.network import Biaxial, BiaxialConfig
from ripieno.models.biaxial.plan import HomeChord, with_plan
from ripieno.models.biaxial.reading import read_chords, read_density, read_recall
from ripieno.models.biaxial.view import NEVER, View, step_layout, view_of
from ripieno.models.note_states.keyboard import slot_states
from ripieno.score import Key, Meter, lay_measures
from ripieno.text.notation import parse_score

CONFIG = BiaxialConfig(lowest=36, keys=50, time_hidden=4, note_hidden=3)
NAMES = {"": MAJOR, "m": MINOR, "7": DOMINANT, "o": DIMINISHED}
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def read(text: str) -> tuple[np.ndarray, View]:
    grid = score_to_grid(parse_score(text))
    states = slot_states(grid, step_layout(grid), CONFIG.compass)
    return states.reshape(grid.steps, 2, CONFIG.keys), view_of(grid, CONFIG.compass)


def numbers(text: str) -> list[int]:
    """The numbers of chords as a lead sheet writes them."""
    return [12 * NAMES[word[1:]] + LETTERS[word[0]] for word in text.split()]


def network(*, twelve_bars: bool = False) -> Biaxial:
    torch.manual_seed(0)
    model = Biaxial(replace(CONFIG, twelve_bars=twelve_bars))
    model.densities.uniform_(0.2, 0.6)
    return model.eval()


def blank(measures: int, meter: Meter = Meter(), tonic: int = 0) -> View:
    length = measures * meter.length
    laid = lay_measures(length, ((0 * length, meter),), ((0 * length, Key(tonic)),))
    return view_of(empty_grid(laid, 1), CONFIG.compass)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C5:2 B4 | A4 G4\nE4:2 F4 | F4 E4\nC3:2 G2 | F2 C3", "C G7 F C"),
        ("C5:2 B4 | A4 C5\nA4:2 G#4 | F4 A4\nA2:2 E2 | D2 A2", "Am E Dm Am"),
        # A stride bass: the chord comes after its root.
        ("r:8 E4 r E4 r E4 r E4 | r F4 r F4 r E4 r E4\nC3:4 G2 C3 G2 | G2 D3 C3 G2", "C C G7 C"),
        # The same in D, by its signature.
        ("[key 2] D5:2 C#5 | B4 A4\nF#4:2 G4 | G4 F#4\nD3:2 A2 | G2 D3", "C G7 F C"),
    ],
)
def test_chords_are_read_as_a_musician_names_them(text, expected):
    assert read_chords(*read(text)).tolist() == numbers(expected)


def test_the_best_path_is_the_best_of_all_paths():
    chance = np.random.default_rng(0)
    scores = chance.normal(size=(3, CHORDS)).astype(np.float32)
    changes = chance.normal(size=(CHORDS, CHORDS)).astype(np.float32)
    every = (
        scores[0][:, None, None]
        + changes[:, :, None]
        + scores[1][None, :, None]
        + changes[None]
        + scores[2][None, None]
    )
    best = np.unravel_index(every.argmax(), every.shape)
    assert best_chords(scores, changes).tolist() == list(best)


def test_chords_are_drawn_as_often_as_their_path_is_likely():
    chance = np.random.default_rng(0)
    scores = np.full((2, CHORDS), -50.0, dtype=np.float32)
    scores[:, :2] = [[1.0, 0.0], [0.0, 0.5]]
    changes = np.zeros((CHORDS, CHORDS), dtype=np.float32)
    changes[0, 1] = 1.5
    paths = {(a, b): scores[0, a] + changes[a, b] + scores[1, b] for a in (0, 1) for b in (0, 1)}
    total = sum(np.exp(nats) for nats in paths.values())
    drawn = [tuple(drawn_chords(scores, changes, chance).tolist()) for _ in range(4000)]
    for path, nats in paths.items():
        assert drawn.count(path) / 4000 == pytest.approx(np.exp(nats) / total, abs=0.03)


def test_density_is_the_share_of_steps_with_a_struck_key_in_each_hand():
    states, view = read("C5:4 D5 E5 F5 | r:1\nC3:2 C3 | C3:8 D3 E3 F3 G3 A3 B3 A3")
    assert read_density(states, view).tolist() == [[2 / 16, 4 / 16], [8 / 16, 0]]


def test_music_that_comes_back_is_found_as_it_was_and_changed():
    four = "C5:4 E5 G5 E5 | D5 F5 A5 F5 | E5 G5 B5 G5 | C5:1 | "
    states, view = read(four + "C5:4 E5 G5 E5 | D5 F5 A5 C6 | C4 C4 C4 C4 | r:1")
    sources, similarity = read_recall(states, view)
    assert sources.tolist() == [NEVER] * 4 + [0, 1, NEVER, NEVER]
    assert similarity.tolist() == [0, 0, 0, 0, 2, 1, 0, 0]


def test_a_measure_remembers_the_same_place_of_the_measures_before():
    view = view_of(score_to_grid(parse_score("[2/4] C5:4 | C5:2 | C5:2 | C5:2")), CONFIG.compass)
    assert view.position[:4].tolist() == [4, 5, 6, 7], "a pickup"
    assert view.earlier[4:8, 0].tolist() == [NEVER, NEVER, NEVER, NEVER], "the pickup has no first beat"
    assert view.earlier[8:12, 0].tolist() == [0, 1, 2, 3]
    assert view.earlier[12:20, 0].tolist() == [4, 5, 6, 7, 8, 9, 10, 11]
    assert view.earlier[20:28, 1].tolist() == [4, 5, 6, 7, 8, 9, 10, 11]
    assert view.number[[0, 4, 12, 20]].tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("minor", [False, True])
def test_a_blues_is_planned_on_its_scheme_and_ends_on_the_tonic(seed, minor):
    home = HomeChord(minor=minor)
    view = with_plan(blank(24), network(twelve_bars=True), np.random.default_rng(seed), home)
    degrees = ((ROOTS[view.chords] - home.root) % 12).reshape(24, 2)
    for chorus in (degrees[:12], degrees[12:]):
        assert (chorus[[0, 2, 3, 6, 7]] == 0).all()
        assert (chorus[[4, 5]] == 5).all()
        assert (chorus[8] == 7).all()
        assert np.isin(chorus[9], (5, 7)).all()
    assert (degrees[-1] == 0).all()


@pytest.mark.parametrize("measures", [1, 2, 4, 8, 15, 16, 20, 32, 33])
@pytest.mark.parametrize("twelve_bars", [False, True])
@pytest.mark.parametrize("meter", [Meter(), Meter(2, 4), Meter(3, 4)])
def test_every_plan_ends_on_the_tonic_after_a_dominant(measures, twelve_bars, meter):
    view = with_plan(
        blank(measures, meter), network(twelve_bars=twelve_bars), np.random.default_rng(0), HomeChord()
    )
    chords = view.chords
    last = np.flatnonzero(view.measure[np.searchsorted(view.half, np.arange(view.halves))] == measures - 1)
    assert np.isin(chords[last], HomeChord().tonics).all()
    if last[0]:
        assert chords[last[0] - 1] in HomeChord().dominants
    assert view.density.shape == (measures, 2)


def test_the_second_period_begins_as_the_first_and_has_its_chords():
    view = with_plan(blank(16, Meter(2, 4)), network(), np.random.default_rng(0), HomeChord())
    assert view.recalled[8 * 8 : 14 * 8].tolist() == list(range(6 * 8))
    assert (view.recalled[: 8 * 8] == NEVER).all()
    assert view.chords[16:28].tolist() == view.chords[:12].tolist()
    assert (view.density[8:14] == view.density[:6]).all()


def test_given_chords_are_planned_as_they_sound():
    states, view = read("C5:2 B4 | A4 G4\nE4:2 F4 | F4 E4\nC3:2 G2 | F2 C3")
    known = np.zeros_like(view.known)
    known[:24] = True
    view = with_plan(
        replace(view, known=known, given=states), network(), np.random.default_rng(0), HomeChord()
    )
    assert view.chords[:3].tolist() == numbers("C G7 F")
    assert ROOTS[view.chords[3]] == 0
