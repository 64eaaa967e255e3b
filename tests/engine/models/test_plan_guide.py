"""What a plan adds to the tokens, and what false relations cost."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from ripieno.grid import OPEN, Grid, GridPlan, score_to_grid
from ripieno.models.cross_relations import COST, TOGETHER, CrossRelations
from ripieno.models.frames import Frame
from ripieno.models.harmony import CLOSE, READ, UNREAD
from ripieno.models.plan_guide import BETWEEN, SUSPENDED, THIRD, PlanGuide
from ripieno.text.notation import parse_score
from ripieno.theory.chords import MAJOR
from ripieno.theory.plans import PLAN_KINDS, beat_steps

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
    nothing = np.zeros(grid.cells.shape, dtype=np.bool_)
    return PlanGuide(grid, [g_major(grid, suspended=suspended)], 1, LOWEST, PITCHES, given=nothing)


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
    nothing = np.zeros(grid.cells.shape, dtype=np.bool_)
    plans = [g_major(grid, suspended=False)]
    firm = PlanGuide(grid, plans, 1, LOWEST, PITCHES, given=nothing, is_read=False)
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


def test_a_note_that_is_held_into_a_beat_pays_like_one_that_is_struck():
    held_c, held_d = (
        guide(suspended=False).nats(4, 1, frame(67, pitch, 59, 55)[0], NOTHING)[0][HOLD_TOKEN]
        for pitch in (60, 62)
    )
    assert (held_c, held_d) == (-READ, 0)


def test_the_note_to_which_a_voice_falls_is_not_beside_it_but_in_the_bass():
    """C is held over G major: no B above it, but D; and a bass may have the B of another octave."""
    last, now = frame(67, 60, 62, 43)[0], frame(67, 60, None, None)[1]
    tenor = guide(suspended=True).nats(4, 2, last, now)[0]
    assert tenor[59 - LOWEST] == tenor[47 - LOWEST] == -SUSPENDED
    assert tenor[62 - LOWEST] == 0
    assert guide(suspended=True).nats(4, 3, last, now)[0][43 - LOWEST] == 0


def test_a_suspension_goes_on_to_its_resolution():
    last = frame(67, 60, 62, 43)[0]
    nats = guide(suspended=True).nats(6, 1, last, NOTHING)[0]
    assert nats[59 - LOWEST] == nats[HOLD_TOKEN] == 0
    assert nats[62 - LOWEST] == nats[55 - LOWEST] == -SUSPENDED
    assert not guide(suspended=True).nats(6, 2, last, NOTHING).any(), "D is no suspension"


def test_a_suspension_falls_before_the_chord_changes():
    """C over four quarters of G, then C major: the last second half is too late."""
    last = frame(67, 60, 62, 43)[0]
    held = [guide(suspended=True).nats(t, 1, last, NOTHING)[0][HOLD_TOKEN] for t in (6, 13, 14, 15)]
    assert held == [0, 0, -SUSPENDED, -SUSPENDED]


def test_the_last_voice_brings_the_third():
    """G, D and G sound, so the tenor gains by B; not where the alto has it, or falls to it."""
    last = frame(67, 60, 62, 43)[0]
    bare, there, falling = (
        guide(suspended=suspended).nats(4, 2, last, frame(67, alto, None, 43)[1])[0][59 - LOWEST]
        for alto, suspended in ((62, False), (59, False), (60, True))
    )
    assert (bare, there, falling) == (THIRD * READ, 0, -SUSPENDED)
    two_left = guide(suspended=False).nats(4, 2, last, frame(67, None, None, 43)[1])[0]
    assert two_left[59 - LOWEST] == 0, "the alto may still bring it"


def test_voices_in_a_compound_meter_move_with_the_beat_or_with_the_tune():
    grid = score_to_grid(parse_score("[6/8] C4:4 D4:8 E4:4. | C4:2."))
    given = np.zeros(grid.cells.shape, dtype=np.bool_)
    given[:, 0] = True
    compound = PlanGuide(grid, [g_major(grid, suspended=False)], 1, LOWEST, PITCHES, given=given)
    moves = [t for t in range(24) if not compound.acts[t]]
    beats = [steps.start for steps in beat_steps(grid)[:2]]
    d_begins = grid.step_range(Fraction(1), Fraction(3, 2)).start
    assert moves == [d_begins]
    off = next(t for t in range(24) if t not in (*beats, d_begins))
    assert set(compound.nats(off, 1, frame(67, 60, 62, 43)[0], NOTHING)[0][:PITCHES]) == {-BETWEEN}


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
