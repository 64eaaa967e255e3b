"""What chords cost by the notes above them: a run passes through any chord, a leap belongs to it."""

import numpy as np
import pytest

from ripieno.grid import Grid, score_to_grid
from ripieno.models.planner.beat_features import PlanContext
from ripieno.models.planner.given_costs import (
    BACHS_WAYS,
    CLASHING,
    LEADING,
    PARALLEL,
    SOUNDING,
    altered_classes,
    given_costs,
    parallel_costs,
)
from ripieno.score import STYLES
from ripieno.text.notation import parse_score

C = PlanContext(home=0, minor=False)
C_MAJOR = np.array([[0, 0, 0]])


def melody(text: str) -> Grid:
    return score_to_grid(parse_score(text))


def costs(text: str, vocabulary: np.ndarray) -> list[float]:
    grid = melody(text)
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    return given_costs(grid, fixed, vocabulary, C)[:, 0].tolist()


def test_a_chord_that_has_the_melody_costs_nothing():
    assert costs("C4:4 E4 G4 C5", C_MAJOR) == [0, 0, 0, 0]


def test_a_foreign_note_costs_by_its_time():
    short, long = costs("C4:4 D4:8 E4 C4:2", C_MAJOR)[1], costs("C4:4 D4:8. E4:16 C4:2", C_MAJOR)[1]
    assert 0 < short < long < SOUNDING


@pytest.mark.parametrize(
    ("melody", "more"),
    [
        ("C4:4 D4:8 E4 C4:2", 0),  # passing
        ("C4:4 D4:8 C4 C4:2", 0),  # neighbouring
        ("D4:4 D4:8 C4 C4:2", 0),  # suspended
        ("G4:4 D4:8 C4 C4:2", 1),  # leaning
        ("C4:4 D4:8 G4 C4:2", 1),  # left by a leap
        ("G4:4 D4:8 G4 C4:2", 3),  # between two leaps: it belongs to the chord
    ],
)
def test_a_note_among_leaps_belongs_to_the_chord(melody, more):
    assert costs(melody, C_MAJOR)[1] == SOUNDING / 2 + more


def test_a_broken_dominant_is_not_heard_as_a_subdominant():
    """A folk tune in 6/8 closes C A F sharp, G; its network planned C minor under it."""
    text = "[key -2] [6/8] G4:4. C5:8 A4 F#4 | G4:2."
    dominant, subdominant = np.array([[2, 3, 2]]), np.array([[0, 1, 0]])
    assert costs(text, dominant)[1] == 0
    assert costs(text, subdominant)[1] > 5


def test_a_beat_that_is_not_given_costs_nothing():
    grid = melody("D4:4 D4 D4 D4")
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:4] = True
    assert (given_costs(grid, fixed, C_MAJOR, C)[:, 0] > 0).tolist() == [True, False, False, False]


def test_a_leading_note_that_rises_wants_a_dominant():
    """B A G sharp A: as the last quaver of its beat G sharp belongs to E major, with A suspended above it."""
    grid = melody("B4:4 A4:8 G#4 A4:2")
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    tonic, dominant = np.array([[0, 1, 0]]), np.array([[7, 0, 7]])
    a_minor = PlanContext(home=9, minor=True)
    costs = [given_costs(grid, fixed, chord, a_minor)[1, 0] for chord in (tonic, dominant)]
    assert costs == [SOUNDING / 2 + LEADING, SOUNDING / 2]


@pytest.mark.parametrize(
    ("text", "second", "cost"),
    [
        ("C4:4 D4", 2, PARALLEL),  # C to D over C to D: octaves
        ("G4:4 A4", 2, PARALLEL),  # G to A: fifths
        ("E4:4 F4", 2, 0),
        ("C4:4 C4", 0, 0),  # nothing moves
        ("C4:4 D4", 11, 0),
    ],
)
def test_the_bass_does_not_move_in_parallel_with_the_melody(text, second, cost):
    grid = melody(text + " | C4:1")
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    states = np.array([[0, 0, 0], [second, 0, second]])
    assert parallel_costs(grid, fixed, states, 0)[1, 0, 1] == cost


def test_hymns_in_minor_close_in_minor_and_chorales_as_they_like():
    grid = melody("[key -3] G4:4 G4 D4 C4")
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    chorale, hymn = (
        given_costs(grid, fixed, C_MAJOR, PlanContext(0, minor=True, style=STYLES.index(name)))[:, 0]
        for name in ("chorale", "hymn")
    )
    assert (hymn - chorale).tolist() == [0, 0, 0, BACHS_WAYS]


def test_a_phrase_of_a_hymn_that_ends_on_the_key_note_rests_on_its_chord():
    grid = melody("G4:4 C4 D4 G4")
    ends = np.zeros(grid.steps, dtype=np.bool_)
    ends[4:8] = ends[12:] = True
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    a_minor = np.array([[9, 1, 9]])
    chorale, hymn = (
        given_costs(grid, fixed, a_minor, PlanContext(0, False, STYLES.index(name), ends))[:, 0]
        for name in ("chorale", "hymn")
    )
    assert (hymn - chorale).tolist() == [0, BACHS_WAYS, 0, 0]


def test_no_chord_has_g_where_g_sharp_is_given():
    assert altered_classes({8, 9}, 0) == {7}
    assert altered_classes({7, 8}, 0) == set(), "both are given"
    assert altered_classes({10}, 0) == {11}
    assert altered_classes({8}, -1) == set(), "no key, no letters"


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("A4:8 G4 E4:2", CLASHING),  # G sharp comes right after G: a false relation
        ("G4:8 A4 E4:2", 0),  # A lies between
        ("G4:4 E4:2", 0),  # a note on the beat is for the network to judge
        ("A4:8 G4 G#4:2", 0),  # the melody itself goes on to G sharp
    ],
)
def test_no_chord_has_g_sharp_right_after_a_g_that_the_melody_touched_off_the_beat(text, cost):
    grid = melody("[3/4] " + text)
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    e_major = np.array([[7, 0, 7]])
    assert given_costs(grid, fixed, e_major, PlanContext(home=9, minor=True))[1, 0] == cost
