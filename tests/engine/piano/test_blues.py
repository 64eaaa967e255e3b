"""The twelve-bar blues: its form, its left hand, and what the right hand says above it."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from ripieno.piano.blues import (
    BLUES_SCALE,
    ENDINGS,
    FORMS,
    BluesPlan,
    beat_values,
    chord_at,
    colours,
    draw_plan,
    fit_pitch,
    hands,
    plan_changes,
    twelve_bars,
)
from ripieno.piano.left_hand import PATTERNS, SHUFFLE, STRAIGHT
from ripieno.score import SIXTEENTH, Key, Note, Score
from ripieno.theory.chords import DOMINANT_SEVENTH, MINOR_SEVENTH, Chord

SEEDS = range(24)
C, F, G = (Chord(root, DOMINANT_SEVENTH, root) for root in (0, 5, 7))


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@cache
def drawn(seed: int) -> tuple[BluesPlan, list[Note], list[Note]]:
    """A plan, the right hand and the left."""
    luck = chance(seed)
    plan = draw_plan(luck)
    return plan, *hands(plan, luck)


@cache
def blues(seed: int) -> Score:
    return twelve_bars(chance(seed))


def sounding(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    return sorted((n.onset, n.duration, n.pitch) for v in score.voices for n in v.notes)


def bass_at(notes: list[Note], onset: Fraction) -> int:
    return min(n.pitch for n in notes if n.onset == onset)


# -- the piece ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chorus_has_twelve_measures_of_four_quarters(seed):
    plan, score = draw_plan(chance(seed)), blues(seed)
    assert len(score.measures) == 12 * len(plan.patterns)
    assert {m.duration for m in score.measures} == {4}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_note_lies_on_sixteenths_inside_the_piece_and_the_compass(seed):
    score = blues(seed)
    for onset, duration, pitch in sounding(score):
        assert (onset / SIXTEENTH).denominator == (duration / SIXTEENTH).denominator == 1
        assert onset + duration <= score.duration
        assert 28 <= pitch <= 93


def test_the_same_chance_gives_the_same_score_and_another_one_another():
    scores = [blues(seed) for seed in SEEDS]
    assert scores == [twelve_bars(chance(seed)) for seed in SEEDS]
    assert len({str(sounding(score)) for score in scores}) == len(scores)


def test_the_key_is_the_requested_one():
    score = twelve_bars(chance(), key=Key(-3, "minor"))
    assert score.title == "Twelve-bar blues in C minor"
    assert {m.key for m in score.measures} == {Key(-3, "minor")}
    assert twelve_bars(chance(), key=Key(-1)).title == "Twelve-bar blues in F"


def test_all_keys_forms_patterns_and_endings_come_up():
    plans = [draw_plan(chance(seed)) for seed in range(600)]
    assert {p.key.fifths for p in plans} == set(range(-6, 6))
    assert {(p.mode, p.form) for p in plans} == {(m, f) for m, forms in FORMS.items() for f in forms}
    assert {p.patterns[0] for p in plans} == set(PATTERNS)
    assert {p.ending for p in plans} == {None, *ENDINGS["major"], *ENDINGS["minor"]}


def test_its_voices_are_lines():
    score = blues(0)
    assert [v.name for v in score.voices] == [f"line {i}" for i in range(1, len(score.voices) + 1)]
    assert score.tempos[0].qpm == draw_plan(chance()).tempo_qpm


# -- the form ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [f for forms in FORMS.values() for f in forms.values()])
def test_a_form_has_twelve_measures(form):
    assert len(form.split()) == 12


def test_the_basic_form_in_f_is_the_one_that_everybody_knows():
    plan = BluesPlan(Key(-1, "major"), "basic", ("shuffle",), STRAIGHT, 120.0, 0.5, None)
    names = {5: "F", 10: "Bb", 0: "C"}
    assert " ".join(names[c.chord.root] for c in plan_changes(plan)) == "F F F F Bb Bb F F C Bb F C"


def test_an_ending_steps_down_to_the_tonic_in_the_last_measure():
    plan = BluesPlan(Key(0, "major"), "basic", ("shuffle",), STRAIGHT, 120.0, 0.5, "bII7 I7")
    last = plan_changes(plan)[-2:]
    assert [(c.onset, c.end, c.chord.root) for c in last] == [(44, 45, 1), (45, 48, 0)]


# -- the left hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bass_has_the_root_where_a_chord_begins(seed):
    plan, _, notes = drawn(seed)
    chord = None
    for change in plan_changes(plan):
        if change.chord != chord:
            assert bass_at(notes, change.onset) % 12 == change.chord.root
        chord = change.chord


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_closer_than_a_tritone_sounds_in_the_depths(seed):
    _, _, notes = drawn(seed)
    for low in notes:
        together = [n.pitch for n in notes if n.onset == low.onset and n.pitch > low.pitch]
        assert low.pitch >= 48 or all(pitch - low.pitch >= 6 for pitch in together)


# -- the right hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_call_of_measures_1_and_2_returns_in_5_and_6(seed):
    plan, right, _ = drawn(seed)
    for chorus in range(len(plan.patterns)):
        call, again = (
            sorted({n.onset - at for n in right if at <= n.onset < at + 8})
            for at in (48 * chorus, 48 * chorus + 16)
        )
        assert len(call) >= 4
        assert call == again


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_hand_stays_in_the_blues_scale_or_the_chord_up_to_the_turnaround(seed):
    plan, right, _ = drawn(seed)
    scale = {(plan.tonic + up) % 12 for up in BLUES_SCALE}
    starts, chords = {(n.onset, n.pitch) for n in right}, plan_changes(plan)
    for note in right:
        slide = note.duration == SIXTEENTH and (note.end, note.pitch + 1) in starts
        if note.onset % 48 < 40 and not slide:
            assert note.pitch % 12 in scale | colours(chord_at(chords, note.onset))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_hand_breathes_and_never_leaves_four_measures_empty(seed):
    plan, right, _ = drawn(seed)
    for line in range(3 * len(plan.patterns)):
        sung = {n.onset for n in right if 16 * line <= n.onset < 16 * line + 16}
        assert 4 <= len(sung) < 64


def test_a_third_turns_blue_when_the_call_returns_over_the_fourth_degree():
    plan = BluesPlan(Key(0, "major"), "basic", ("shuffle",), STRAIGHT, 120.0, 0.5, None)
    assert fit_pitch(64, C, plan) == 64
    assert fit_pitch(64, F, plan) == 63


def test_the_ninth_and_the_thirteenth_belong_to_a_dominant_seventh():
    assert colours(C) == {0, 4, 7, 10, 2, 9}
    assert colours(Chord(2, MINOR_SEVENTH, 2)) == {2, 5, 9, 0, 4, 7}


@pytest.mark.parametrize(
    ("off_beat", "values"), [(STRAIGHT, "0+1/2 1/2+3/2 3+1/2"), (SHUFFLE, "0+3/4 3/4+5/4 3+3/4")]
)
def test_a_shuffle_moves_the_second_eighth_of_a_beat(off_beat, values):
    found = beat_values("xx--..x.", Fraction(0), off_beat)
    assert " ".join(f"{onset}+{duration}" for onset, duration in found) == values
