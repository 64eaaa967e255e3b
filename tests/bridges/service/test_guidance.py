"""Key, phrases and style that a user gives reach the plan of every task, and the plan closes in that key."""

from fractions import Fraction
from typing import Any

import pytest

from random_notes import RandomNotes
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.score import STYLES, Key
from ripieno.text.notation import parse_score
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.model_runner import ModelRunner
from tiny_planner import random_planner

MUSIC = """
soprano: E4:4 F4 G4 E4 | D4 C4 D4 E4 | F4 E4 D4 C4
alto: C4:4 C4 C4 C4 | B3 C4 B3 C4 | C4 C4 B3 C4
tenor: G3:4 A3 G3 G3 | G3 G3 G3 G3 | A3 G3 G3 E3
bass: C3:4 F3 E3 C3 | G3 E3 G3 C3 | F3 G3 G3 C3
"""
TASKS: dict[str, dict[str, Any]] = {
    "harmonize": {"given": ("soprano",)},
    "infill": {"selection": (Fraction(4), Fraction(12))},
    "vary": {"amount": 1.0},
    "continue": {"bars": 2},
    "compose": {"bars": 2},
}


class KeepsPlans(RandomNotes):
    """Writes any notes, and keeps the plans that it was to follow."""

    def __init__(self):
        self.planner, self.plans = random_planner(), []

    def fill(self, grid, fixed, *, plans=(), **options):
        self.plans += plans
        return super().fill(grid, fixed, plans=plans, **options)


def plans_of(task, **given):
    """The plans of a request, and its reply."""
    model, runner = KeepsPlans(), ModelRunner()
    runner._models[DEFAULT_MODEL] = model
    score = parse_score(MUSIC) if task != "compose" else None
    reply = runner.answer(Request(task=task, score=score, seed=1, **TASKS[task], **given))
    return model.plans, reply


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("style", STYLES)
def test_the_plan_has_the_key_the_mode_and_the_style_that_were_given(task, style):
    plans, reply = plans_of(task, key=Key(0, "minor"), style=style)
    assert plans, "there is a plan"
    for plan in plans:
        assert (plan.home[0], plan.minor[0], plan.style[0]) == (9, 1, STYLES.index(style))
    assert str(reply.results[0].key) == "A minor"


@pytest.mark.parametrize("task", ["continue", "compose"])
def test_what_is_written_out_of_nothing_closes_on_dominant_and_tonic(task):
    plans, _ = plans_of(task, key=Key(0, "minor"))
    for plan in plans:
        planned = [
            (int(root), int(bass)) for root, bass in zip(plan.root[-16::4], plan.bass[-16::4], strict=True)
        ]
        assert planned[1:] == [(4, 4), (9, 9), (9, 9)]
        assert (planned[0] == (-1, -1)) == (task == "continue"), "all other chords are left open"


@pytest.mark.parametrize("task", ["infill", "vary", "harmonize"])
def test_phrases_end_where_the_user_says(task):
    _, reply = plans_of(task, phrases=(("2", Fraction(2)),))
    assert [phrase.end for phrase in reply.results[0].phrases] == [6, 12]
