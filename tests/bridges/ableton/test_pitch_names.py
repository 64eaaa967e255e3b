"""Pitches in messages for Live's users are called as Live calls them."""

from __future__ import annotations

import pytest

from ripieno.errors import RangeError
from ripieno.score import Spelling, spelling_at
from ripieno_bridges.ableton.pitch_names import as_live_names, rename_pitches


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ("C4 and F#4 begin together", "C3 and F#3 begin together"),
        ("Bb-1 is too low; C-1 too", "Bb-2 is too low; C-2 too"),
        ("from G##3 to Ebb5.", "from G##2 to Ebb4."),
        ('the clip "A4 (C3)" has C4', 'the clip "A4 (C3)" has C3'),
        ("BWV4, C4x, AC4, track 4, D, MIDI4", "BWV4, C4x, AC4, track 4, D, MIDI4"),
    ],
)
def test_a_pitch_is_an_octave_lower_in_name_and_nothing_else_changes(text: str, live: str):
    assert as_live_names(text) == live


@pytest.mark.parametrize("pitch", range(128))
def test_every_pitch_that_ripieno_names_is_found(pitch: int):
    name = spelling_at(0, pitch)
    assert as_live_names(f"{name}, say") == f"{Spelling(name.step, name.alter, name.octave - 1)}, say"


def test_sixty_is_c3():
    assert as_live_names(str(spelling_at(0, 60))) == "C3"


def test_an_error_keeps_its_place_and_names_pitches_as_live_does():
    error = RangeError('clip "A4"', "Soprano", "2", "C6 is higher than A5", beat="3")
    rename_pitches(error)
    assert str(error) == 'clip "A4": Soprano, measure 2, beat 3: C5 is higher than A4'
    assert (error.fault, error.measure) == ("C5 is higher than A4", "2")
