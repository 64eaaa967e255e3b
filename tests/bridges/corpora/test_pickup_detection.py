"""Barlines that a MIDI file counted from its pickup are put where the bass has the beats."""

from fractions import Fraction

import pytest

from ripieno.score import Meter, Note, Score, Voice, lay_measures
from ripieno_bridges.corpora.pickup_detection import with_detected_pickup

TWO_FOUR = Meter(2, 4)


def rag(shift: Fraction, bars: int = 12) -> Score:
    """Bass on the beats, chords between them, the whole begun so many quarters late; barlines from 0 on."""
    bass = [Note(shift + beat, Fraction(1, 2), 43 if beat % 2 else 36) for beat in range(2 * bars)]
    chords = [Note(n.onset + Fraction(1, 2), Fraction(1, 2), 60) for n in bass]
    measures = lay_measures(chords[-1].end, ((Fraction(0), TWO_FOUR),))
    return Score((Voice("bass", tuple(bass)), Voice("chords", tuple(chords))), measures)


@pytest.mark.parametrize("shift", [Fraction(1, 2), Fraction(3, 2)])
def test_after_an_eighth_of_upbeat_the_bass_stands_on_the_beats(shift):
    score, pickup = with_detected_pickup(rag(shift))
    assert pickup in (Fraction(1, 2), Fraction(3, 2))
    assert score.anacrusis == pickup
    assert all((n.onset - pickup) % 1 == 0 for n in score.voices[0].notes)
    assert score.voices == rag(shift).voices


@pytest.mark.parametrize("shift", [Fraction(0), Fraction(1)])
def test_barlines_on_the_beat_stay(shift):
    given = rag(shift)
    assert with_detected_pickup(given) == (given, 0)


def test_a_few_bass_notes_decide_nothing():
    given = rag(Fraction(1, 2), bars=4)
    assert with_detected_pickup(given) == (given, 0)


def test_a_pickup_that_is_written_stays():
    given = rag(Fraction(1, 2))
    measures = lay_measures(given.duration, ((Fraction(0), TWO_FOUR),), anacrusis=Fraction(1))
    written = Score(given.voices, measures)
    assert with_detected_pickup(written) == (written, 0)


def test_a_change_of_meter_is_left_alone():
    given = rag(Fraction(1, 2))
    meters = ((Fraction(0), TWO_FOUR), (Fraction(8), Meter(3, 4)))
    mixed = Score(given.voices, lay_measures(given.duration, meters))
    assert with_detected_pickup(mixed) == (mixed, 0)
