"""The benchmark's folk tunes: each is found, and is what its row says."""

from collections import Counter

import pytest

import ordinary_tunes
from ripieno.score import Key
from ripieno.tasks.checks import given_ranges
from ripieno.tasks.hearing import notes_outside
from ripieno.theory.keys import tonic_of
from tiny_network import random_generator

TUNES = ordinary_tunes.folk_tunes()


def test_there_are_thirty_in_each_mode_and_ten_to_look_at():
    assert Counter(tune.mode for tune in TUNES) == {"major": 30, "minor": 30}
    looked_at = [tune for tune in TUNES if tune.look]
    assert len(looked_at) == 10
    assert {tune.meter for tune in looked_at} == {"2/4", "3/4", "4/4", "6/8"}
    assert {tune.mode for tune in looked_at} == {"minor"}


@pytest.mark.parametrize("tune", [TUNES[0], TUNES[29], *[tune for tune in TUNES if tune.look]], ids=str)
def test_a_tune_has_the_key_the_meter_and_the_range_that_are_said(tune):
    score = tune.score()
    first = score.measures[0]
    assert str(first.meter) == tune.meter
    assert (first.duration < first.meter.length) == tune.pickup
    assert score.voices[0].notes[-1].pitch % 12 == tonic_of(Key(first.key.fifths, tune.mode))
    assert list(notes_outside(score, given_ranges(random_generator()))) == []
