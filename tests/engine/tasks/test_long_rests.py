"""A rest of a hundred measures costs what one of eight costs, and changes nothing but its length."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from ripieno.grid import REST, score_to_grid
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Meter, Note, Score, Voice, lay_measures
from ripieno.tasks.choir import continue_, harmonize, infill
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.long_rests import LONG_REST, without_long_rests
from tiny_network import random_generator

MODEL = random_generator()
TUNE = (60, 62, 64, 65, 67, 65, 64, 60)


def tune_around(rests: int, voice: str = "soprano") -> Score:
    """Two measures of a tune, so many measures of rest, and the tune again; a choir of one voice."""
    onsets = [Fraction(i) for i in range(8)]
    again = [onset + 8 + 4 * rests for onset in onsets]
    notes = tuple(
        Note(onset, Fraction(1), pitch) for onset, pitch in zip([*onsets, *again], TUNE * 2, strict=True)
    )
    measures = lay_measures(Fraction(16 + 4 * rests), ((Fraction(0), Meter()),))
    return Score(tuple(Voice(n, notes if n == voice else ()) for n in VOICE_NAMES), measures)


def steps_seen(score: Score, task=harmonize, **options) -> tuple[int, Score]:
    """(how many steps the network went through, the result)"""
    calls: list[float] = []
    (result,) = task(
        score, MODEL, settings=DraftSettings(seed=3, first_draft=True), progress=calls.append, **options
    )
    return len(calls), result.score


def test_silence_costs_nothing() -> None:
    few, _ = steps_seen(tune_around(8))
    many, result = steps_seen(tune_around(300))
    assert many == few
    sung = {n.onset // 4 for voice in result.voices for n in voice.notes}
    assert sung == {0, 1, 302, 303}
    for voice in result.voices:
        assert sum(n.duration for n in voice.notes) == 16


def test_a_rest_of_eight_measures_is_seen_whole() -> None:
    score = tune_around(8)
    grid = score_to_grid(score)
    fixed = np.tile([True, False, False, False], (grid.steps, 1))
    silent = (grid.cells[:, 0] == REST).copy()
    assert silent.sum() == LONG_REST
    short = without_long_rests(grid, fixed, silent)
    assert short.grid is grid


def test_the_notes_of_a_long_rest_are_those_of_a_shorter_one() -> None:
    """What is left out is the middle of the rest, so from eight measures on its length does not matter."""
    _, short = steps_seen(tune_around(9))
    _, long = steps_seen(tune_around(200))
    later = Fraction(4 * 191)
    for a, b in zip(short.voices, long.voices, strict=True):
        moved = [replace(n, onset=n.onset + later) if n.onset >= 8 else n for n in a.notes]
        assert [(n.onset, n.duration, n.pitch) for n in moved] == [
            (n.onset, n.duration, n.pitch) for n in b.notes
        ]


def test_notes_that_are_sent_while_they_are_made_stand_at_their_own_time() -> None:
    sent: list[tuple[int, Note]] = []
    (result,) = harmonize(
        tune_around(50), MODEL, settings=DraftSettings(seed=3, first_draft=True), on_notes=sent.extend
    )
    new = {(v, n) for v, voice in enumerate(result.new) for n in voice.notes}
    assert set(sent) == new


def test_other_tasks_skip_silence_too() -> None:
    few, _ = steps_seen(tune_around(8), continue_, bars=1)
    many, _ = steps_seen(tune_around(100), continue_, bars=1)
    assert many == few
    few, _ = steps_seen(tune_around(8), infill, selection=(Fraction(0), Fraction(4)))
    many, _ = steps_seen(tune_around(100), infill, selection=(Fraction(0), Fraction(4)))
    assert many == few


@pytest.mark.parametrize("name", [DEFAULT_MODEL, "rbm-chorales"])
def test_every_kind_of_network_keeps_what_was_given_around_a_long_rest(name: str) -> None:
    score = tune_around(40)
    (result,) = harmonize(score, load(name), settings=DraftSettings(seed=1, first_draft=True))
    assert result.score.voice("soprano") == score.voice("soprano")
    assert {n.onset // 4 for v in result.score.voices for n in v.notes} == {0, 1, 42, 43}
