"""What a plan adds to the tokens, and what false relations cost."""

from dataclasses import replace

import numpy as np
import pytest

from ripieno.grid import OPEN, Grid, GridPlan, score_to_grid
from ripieno.models.cross_relations import COST, TOGETHER, CrossRelations
from ripieno.models.frames import Frame
from ripieno.models.harmony import CLOSE, READ, UNREAD
from ripieno.models.plan_guide import SUSPENDED, PlanGuide
from ripieno.text.notation import parse_score
from ripieno.theory.chords import MAJOR
from ripieno.theory.plans import PLAN_KINDS

LOWEST, PITCHES = 36, 46
HOLD_TOKEN = PITCHES


THREE = "C4:1 | C4:1 | C4:1"


def g_major(grid: Grid, *, suspended: bool) -> GridPlan:
    def column(value: int) -> np.ndarray:
        return np.full(grid.steps, value, dtype=np.int8)

    columns = {name: column(OPEN) for name in GridPlan.columns()}
    columns |= {"root": column(7), "kind": column(PLAN_KINDS.index(MAJOR)), "bass": column(7)}
    columns["root"][16:32] = 0  # then a close
    return GridPlan(**(columns | {"suspended": column(int(suspended))}))


def guide(*, suspended: bool) -> PlanGuide:
    grid = score_to_grid(parse_score(THREE))
    return PlanGuide(grid, [g_major(grid, suspended=suspended)], 1, LOWEST, PITCHES)


def frame(*pitches: int | None) -> tuple[np.ndarray, Frame]:
    """Pitch indices of a frame; None is unknown."""
    index = np.array([[PITCHES + 1 if p is None else p - LOWEST for p in pitches]])
    return index, Frame(index, index)


NOTHING = frame(None, None, None, None)[1]


def test_foreign_tones_pay_where_a_beat_begins_and_only_there():
    last, now = frame(67, 62, 59, 55)[0], NOTHING
    nats = guide(suspended=False).nats(4, 1, last, now)[0]
    assert nats[62 - LOWEST] == 0, "D belongs to G major"
    assert nats[60 - LOWEST] == -READ, "C does not"
    assert not guide(suspended=False).acts[5], "passing notes are free"


def test_the_bass_takes_the_planned_tone():
    last, now = frame(67, 62, 59, 55)[0], NOTHING
    nats = guide(suspended=False).nats(4, 3, last, now)[0]
    assert nats[43 - LOWEST] == 0
    assert nats[50 - LOWEST] == -READ, "D would be another inversion"


def test_the_close_is_planned_firmly():
    last, now = frame(67, 62, 59, 55)[0], NOTHING
    assert guide(suspended=False).nats(32, 1, last, now)[0][60 - LOWEST] == -CLOSE


def test_a_network_that_reads_no_plan_is_guided_more_firmly():
    grid = score_to_grid(parse_score(THREE))
    firm = PlanGuide(grid, [g_major(grid, suspended=False)], 1, LOWEST, PITCHES, is_read=False)
    assert float(firm.bias[0, 4, 0, 60 - LOWEST]) == -UNREAD


def test_a_planned_suspension_is_held_where_it_falls_into_the_chord():
    alto_on_c = frame(67, 60, 55, 48)[0]
    nats = guide(suspended=True).nats(4, 1, alto_on_c, frame(67, None, None, 43)[1])[0]
    assert nats[HOLD_TOKEN] == SUSPENDED
    alto_on_d = frame(67, 62, 55, 48)[0]
    assert guide(suspended=True).nats(4, 1, alto_on_d, frame(67, None, None, 43)[1])[0][HOLD_TOKEN] == 0


def test_one_suspension_at_a_time():
    last, now = frame(72, 60, 55, 48)[0], frame(72, None, None, 43)[1]
    assert guide(suspended=True).nats(4, 1, last, now)[0][HOLD_TOKEN] == 0, "the soprano holds C already"


@pytest.mark.parametrize(
    ("before", "voice", "pitch", "clashes"),
    [
        ((65, 60, 57, 53), 1, 66, True),  # F in soprano and bass, then F sharp in the alto
        ((65, 60, 57, 53), 0, 66, False),  # by a chromatic step in the same voice
        ((64, 60, 55, 48), 1, 65, False),  # E and F are two letters
        ((67, 60, 55, 48), 1, 68, True),  # G, then G sharp
        ((67, None, 55, 48), 2, 65, False),
    ],
)
def test_a_false_relation_costs(before, voice, pitch, clashes):
    relations = CrossRelations(np.zeros(1, dtype=np.int8), LOWEST, PITCHES)
    found = relations.nats(0, voice, frame(*before)[0], NOTHING)
    assert float(found[0, pitch - LOWEST]) == (-COST if clashes else 0)


def test_a_note_and_its_alteration_at_once_cost_more():
    relations = CrossRelations(np.zeros(1, dtype=np.int8), LOWEST, PITCHES)
    last, now = frame(69, 64, 60, 55), frame(68, None, None, None)  # G sharp above a bass that comes from G
    found = relations.nats(0, 3, last[0], now[1])[0]
    assert found[43 - LOWEST] == found[HOLD_TOKEN] == -TOGETHER, "G, struck or held"
    assert found[52 - LOWEST] == 0


def test_without_a_key_nothing_is_a_false_relation():
    grid = score_to_grid(parse_score("C4:1"))
    unknown = replace(grid, tonic=np.full_like(grid.tonic, -1))
    relations = CrossRelations(unknown.tonic, LOWEST, PITCHES)
    assert not relations.nats(0, 1, *frame(65, 60, 57, 53)).any()
