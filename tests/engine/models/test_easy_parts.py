"""Easy parts: what leaps and tones outside the key cost, counted by hand, and which leaps are barred."""

from dataclasses import replace

import numpy as np
import pytest

from ripieno.grid import NO_KEY, score_to_grid
from ripieno.models.easy_parts import CHROMATIC, LEAPS, EasyGuide, hardness
from ripieno.models.frames import Frame
from ripieno.text.notation import parse_score

LOWEST, PITCHES = 48, 25  # C3 to C5
SILENT, HOLD_TOKEN = PITCHES, PITCHES
NOW = Frame(np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1), dtype=np.int64))


def guide_of(music: str, fixed: str = "0", tonic: int = NO_KEY) -> EasyGuide:
    """A guide for one voice; fixed: 0 or 1 for each sixteenth, the last one going on."""
    grid = score_to_grid(parse_score(f"alto: [3/4] {music}"))
    mask = np.array([c == "1" for c in fixed.ljust(grid.steps, fixed[-1])])[:, None]
    return EasyGuide(replace(grid, tonic=np.full_like(grid.tonic, tonic)), mask, LOWEST, PITCHES)


def cost(before: int, after: int, tonic: int = NO_KEY) -> float:
    """What a pitch costs after another one, both MIDI."""
    nats = guide_of("C4:4", tonic=tonic).nats(0, 0, np.array([[before - LOWEST]]), NOW)
    return -float(nats[0, after - LOWEST])


@pytest.mark.parametrize("way", [0, 1, 2, 3, 4, 5])
def test_steps_and_leaps_up_to_a_fourth_cost_nothing(way):
    assert cost(60, 60 + way) == cost(60, 60 - way) == 0


def test_a_tritone_costs_more_than_a_fifth_and_a_seventh_more_than_an_octave():
    fifth, tritone, sixth, seventh, octave = (cost(48, 48 + way) for way in (7, 6, 9, 10, 12))
    assert 0 < fifth < octave < sixth < tritone < seventh
    assert cost(48, 63) == seventh  # beyond the octave


def test_what_sounds_on_and_what_comes_after_silence_cost_nothing():
    guide = guide_of("C4:4", tonic=0)
    assert guide.nats(0, 0, np.array([[0]]), NOW)[0, HOLD_TOKEN] == 0
    assert guide.nats(0, 0, np.array([[SILENT]]), NOW)[0, 24] == 0


@pytest.mark.parametrize(
    ("pitch", "tonic", "is_chromatic"),
    [
        (60, 0, False),
        (61, 0, True),
        (66, 0, True),
        (66, 7, False),  # F sharp in G major
        (68, 0, False),  # G sharp, the leading note of A minor
        (70, 0, True),
        (61, NO_KEY, False),  # no key is known
    ],
)
def test_tones_outside_the_key_and_harmonic_minor_cost(pitch, tonic, is_chromatic):
    assert cost(pitch, pitch, tonic) == (CHROMATIC if is_chromatic else 0)


def test_sevenths_and_more_than_an_octave_are_barred():
    legal = np.ones((1, PITCHES + 2), dtype=np.bool_)
    left = guide_of("C4:4").allowed(legal, 0, 0, np.array([[0]]))[0]
    assert np.flatnonzero(left).tolist() == [*range(10), 12, PITCHES, PITCHES + 1]


def test_the_bar_is_waived_where_no_other_choice_is_left():
    legal = np.zeros((2, PITCHES + 2), dtype=np.bool_)
    legal[0, [10, 14]] = True
    legal[1, [9, 10]] = True
    left = guide_of("C4:4").allowed(legal, 0, 0, np.array([[0], [0]]))
    assert np.flatnonzero(left[0]).tolist() == [10, 14]
    assert np.flatnonzero(left[1]).tolist() == [9]


def test_in_the_beat_before_a_given_note_the_leap_to_it_counts_too():
    guide = guide_of("C4:4 D4 C4", fixed="0" * 8 + "1")
    silent = np.array([[SILENT]])
    nats = [float(guide.nats(t, 0, silent, NOW)[0, 71 - LOWEST]) for t in (3, 4, 7)]  # B4, a seventh
    assert nats == [0, -LEAPS[11], -LEAPS[11]]
    legal = np.ones((1, PITCHES + 2), dtype=np.bool_)
    assert guide.allowed(legal, 3, 0, silent)[0, 71 - LOWEST]
    assert not guide.allowed(legal, 4, 0, silent)[0, 71 - LOWEST]
    assert guide.allowed(legal, 4, 0, silent)[0, HOLD_TOKEN]


def test_a_draft_is_compared_by_the_leaps_and_tones_of_its_new_notes():
    score = parse_score("soprano: C5:4 E4 C5 E4\nalto: C4:4 F#4 G4 C5\ntenor: r:1\nbass: C3:4 G3 r C3")
    grid = score_to_grid(score)
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    # Alto: a tritone, a chromatic note, a semitone, a fourth. Bass: a fifth; nothing after the rest.
    assert hardness(grid, fixed) == pytest.approx(LEAPS[6] + CHROMATIC + LEAPS[7])
    fixed[:] = True
    assert hardness(grid, fixed) == 0
