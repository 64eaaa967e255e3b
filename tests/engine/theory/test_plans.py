"""Harmonic plans: their beats, and what they say of music in all its voices."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from ripieno.grid import OPEN, bare_grid, score_to_grid
from ripieno.text.notation import parse_score
from ripieno.theory.beat_sounds import beat_spans
from ripieno.theory.chords import MAJOR
from ripieno.theory.plan_reading import read_plan
from ripieno.theory.plans import PLAN_KINDS, beat_steps, plan_spans

CADENCE = """
soprano: E5:4 D5:2 C5:4
alto: G4:2. E4:4
tenor: C4:4 B3:2 C4:4
bass: C3:4 G3:2 C3:4
"""
SUSPENSION = """
soprano: G4:2 D5:2 | C5:1
alto: E4:2 G4:2 | E4:1
tenor: C4:2. B3:4 | C4:1
bass: C3:2 G3:2 | C3:1
"""


@pytest.mark.parametrize(
    ("text", "beats"),
    [
        ("C4:4 D4 E4 F4 | G4:1", 8),
        ("[3/4] C4:4 | D4:2. | E4:2", 6),
        ("[6/8] C4:4. D4:4. | E4:2.", 4),
        ("[6/8] C4:8 | D4:4. E4:4. | F4:4. G4:4", 5),
        ("[2/2] C4:2 D4:2", 4),
        ("[3/8] C4:4. | D4:4.", 2),
    ],
)
def test_a_beat_is_a_quarter_or_a_dotted_one(text, beats):
    assert len(beat_steps(score_to_grid(parse_score(text)))) == beats


def test_beats_follow_each_other_without_a_gap():
    grid = score_to_grid(parse_score("[6/8] C4:8 | D4:4. E4:4. | [3/4] F4:2. | [4/4] G4:1"))
    spans = plan_spans(grid)
    assert spans[0][0] == 0
    assert spans[-1][1] == grid.edges[-1]
    assert all(end == start for (_, end), (start, _) in pairwise(spans))


def test_a_plan_has_quarters_where_the_meter_counts_half_notes():
    score = parse_score("[2/2] C4:2 D4:2 | [6/8] E4:2.")
    assert plan_spans(score_to_grid(score))[:4] == [(Fraction(i), Fraction(i + 1)) for i in range(4)]
    assert beat_spans(score.measures)[:2] == [(Fraction(0), Fraction(2)), (Fraction(2), Fraction(4))]
    assert plan_spans(score_to_grid(score))[4:] == beat_spans(score.measures)[2:]


def test_music_without_a_meter_has_no_beats_and_no_plan():
    grid = bare_grid(np.full((8, 4), 60, dtype=np.int16))
    assert beat_steps(grid) == ()
    assert read_plan(grid, None) is None


def test_a_cadence_is_read_chord_by_chord():
    plan = read_plan(score_to_grid(parse_score(CADENCE)), "hymn")
    assert plan is not None
    beats = [0, 4, 8, 12]
    assert plan.root[beats].tolist() == [0, 7, 7, 0]
    assert plan.bass[beats].tolist() == [0, 7, 7, 0]
    assert {PLAN_KINDS[kind] for kind in plan.kind.tolist()} == {MAJOR}
    assert set(plan.home.tolist()) == {0}
    assert set(plan.minor.tolist()) == {0}
    assert set(plan.style.tolist()) == {1}


def test_a_suspension_is_seen_through_and_told():
    plan = read_plan(score_to_grid(parse_score(SUSPENSION)), None)
    assert plan is not None
    assert plan.root[8] == 7, "a suspended dominant is a dominant"
    assert plan.suspended[[0, 8, 16]].tolist() == [0, 1, 0]
    assert set(plan.style.tolist()) == {OPEN}


def test_motion_inside_a_beat_is_that_of_lower_voices():
    lively = parse_score("soprano: C5:8 D5:8 E5:4\nalto: G4:4 G4:8 F4:8\ntenor: E4:2\nbass: C3:2")
    plan = read_plan(score_to_grid(lively), None)
    assert plan is not None
    assert plan.moving[[0, 4]].tolist() == [0, 1]


def test_a_moved_plan_keeps_what_is_open():
    plan = read_plan(score_to_grid(parse_score(CADENCE)), None)
    assert plan is not None
    opened = replace(plan, root=np.full_like(plan.root, OPEN))
    assert set(opened.moved(5).root.tolist()) == {OPEN}
    assert (plan.moved(5).bass == (plan.bass + 5) % 12).all()
