"""A given harmony draws the new notes of every network to its tones; without one nothing changes."""

from __future__ import annotations

import functools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import quick_models
from ripieno.grid import Grid, empty_grid
from ripieno.models.catalog import model_names
from ripieno.models.harmony import STRENGTH, harmony_bias
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Note, Score, Voice
from ripieno.tasks.choir import harmonize, vary
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score
from ripieno.theory.accompaniment import sounding_tones

MELODY = "E5:4 E5 D5 D5 | C5 C5 B4:2 | E5:4 D5 C5 B4 | C5:1"
CHORDS = """
soprano: C5:2 F4 | E4 D4 | C5 A4 | E4:1
alto: A4:2 A4 | A4 B4 | A4 F4 | C4:1
tenor: E4:2 D4 | C4 E4 | E4 D4 | A3:1
"""  # A minor, where a choir would sing C major


quick = functools.partial(quick_models.quick, descent_steps=20, gibbs_steps=30)


def melody() -> Score:
    score = parse_score(MELODY)
    empty = (Voice(name) for name in VOICE_NAMES[1:])
    return replace(score, voices=(replace(score.voices[0], name="soprano"), *empty))


def chords() -> tuple[Note, ...]:
    return tuple(note for voice in parse_score(CHORDS).voices for note in voice.notes)


def share_of_tones(result: Result) -> float:
    """The share of the new notes' time on the tones of ``CHORDS``."""
    grid = empty_grid(result.score.measures)
    tones = sounding_tones(chords(), grid)
    steps = [
        tones[t, note.pitch % 12]
        for voice in result.new
        for note in voice.notes
        for t in grid.step_range(note.onset, note.end)
    ]
    return sum(steps) / len(steps)


def with_harmony(*classes: int) -> Grid:
    grid = empty_grid(parse_score("r:4 r:2.").measures)
    tones = np.zeros((grid.steps, 12), dtype=np.bool_)
    tones[:, list(classes)] = True
    return replace(grid, harmony=tones)


@pytest.mark.parametrize("name", model_names())
def test_new_notes_of_every_model_follow_the_accompaniment(name):
    settings = DraftSettings(1)
    (alone,) = harmonize(melody(), quick(name), settings=settings)
    (heard,) = harmonize(melody(), quick(name), accompaniment=chords(), settings=settings)
    assert heard.score.voice("soprano") == melody().voice("soprano")
    assert share_of_tones(heard) > max(share_of_tones(alone), 0.75)


@pytest.mark.parametrize("name", model_names())
def test_an_accompaniment_of_single_notes_changes_nothing(name):
    settings = DraftSettings(1)
    drone = (Note(Fraction(0), melody().duration, 42),)
    (alone,) = harmonize(melody(), quick(name), settings=settings)
    (heard,) = harmonize(melody(), quick(name), accompaniment=drone, settings=settings)
    assert heard == alone


def test_variations_follow_it_too():
    model = quick("lstm-chorales")
    (full,) = harmonize(melody(), model, settings=DraftSettings(1))
    settings = DraftSettings(1)
    (alone,) = vary(full.score, model, amount=1, given=("soprano",), settings=settings)
    (heard,) = vary(
        full.score, model, amount=1, given=("soprano",), accompaniment=chords(), settings=settings
    )
    assert share_of_tones(heard) > share_of_tones(alone)


def test_without_a_harmony_there_is_no_bias():
    assert harmony_bias(empty_grid(melody().measures)) is None


@pytest.mark.parametrize(
    ("classes", "weight"),
    [((), 0), ((0,), 0), ((0, 7), 0.5), ((0, 4, 7), 1), ((0, 4, 7, 10), 1), (tuple(range(12)), 0)],
)
def test_the_more_tones_are_known_the_heavier_are_the_others(classes, weight):
    bias = harmony_bias(with_harmony(*classes))
    assert bias is not None
    assert bias.shape == (16, 128)
    own = [pitch for pitch in range(128) if pitch % 12 in classes]
    others = [pitch for pitch in range(128) if pitch % 12 not in classes]
    assert (bias[:, own] == 0).all()
    assert (bias[:, others] == np.float32(-STRENGTH * weight)).all()
