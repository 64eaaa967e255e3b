"""Flat lists of notes become scores; errors name the place."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.errors import RequestError, ScoreError
from ripieno.piano.hands import LEFT, RIGHT
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Meter, Note, Voice
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.formats.note_lists import FlatNote, choir_score, flat_notes, flat_voices, hands_score


def note(pitch, start, duration=1, voice=0):
    return FlatNote(voice, pitch, Fraction(start), Fraction(duration), 80)


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


@given(
    st.integers(0, 4000),
    st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32]).flatmap(
        lambda unit: st.integers(0, unit - 1).map(lambda n: Fraction(n, unit))
    ),
)
def test_a_time_that_came_as_a_32_bit_float_is_the_one_that_was_meant(whole, part):
    assert beats(float32(float(whole + part))) == whole + part


def test_times_that_are_not_quantized_are_kept_to_a_960th():
    assert beats(1.0173) == Fraction(round(1.0173 * 960), 960)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_an_impossible_time_is_refused(value):
    with pytest.raises(RequestError, match="beats is impossible"):
        beats(value)


def test_the_voices_of_a_choir_are_numbered_from_the_top():
    score = choir_score([note(72, 0), note(48, 0, voice=3)], meter=Meter(3, 4), key=Key(1))
    assert [voice.name for voice in score.voices] == list(VOICE_NAMES)
    assert [len(voice.notes) for voice in score.voices] == [1, 0, 0, 1]
    assert score.duration == 3
    assert score.measures[0].key == Key(1)


def test_the_length_fills_up_to_a_barline():
    assert choir_score([note(72, 0)], length=Fraction(9)).duration == 12
    assert choir_score([note(72, 0)], length=Fraction(5), anacrusis=Fraction(1)).duration == 5


def test_a_note_held_over_the_next_one_ends_there():
    score = choir_score([note(60, 0, 2), note(62, 1, 1)])
    assert [(n.onset, n.duration) for n in score.voices[0].notes] == [(0, 1), (1, 1)]


def test_a_note_that_comes_twice_counts_once():
    assert choir_score([note(60, 0), note(60, 0)]) == choir_score([note(60, 0)])


def test_a_chord_in_a_voice_is_named_with_its_place():
    with pytest.raises(ScoreError) as caught:
        choir_score([note(60, 5, voice=1), note(64, 5, voice=1)])
    assert str(caught.value) == (
        "Alto, measure 2, beat 2: C4 and E4 begin together, but a voice is one line; "
        "move one of them to another voice"
    )


def test_a_pianist_may_play_chords():
    score = hands_score([note(60, 0), note(64, 0), note(67, 0, voice=2)])
    assert sorted(n.pitch for voice in score.voices for n in voice.notes) == [60, 64, 67]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (note(60, 0, voice=4), "there is no voice 4; the voices are 0 soprano, 1 alto, 2 tenor, 3 bass"),
        (note(60, 0, voice=-1), "there is no voice -1"),
        (note(128, 0), "there is no pitch 128; pitches are MIDI numbers, 0 to 127"),
        (note(60, -1), "a note starts at beat -1; the first beat is 0"),
        (note(60, 2, 0), "the note at beat 2 has no length; give it one above 0"),
        (note(60, 2, -1), "the note at beat 2 has no length; give it one above 0"),
    ],
)
def test_an_impossible_note_is_refused(wrong, text):
    with pytest.raises(RequestError, match=text):
        choir_score([wrong])


def test_too_many_notes_are_refused():
    with pytest.raises(RequestError, match="20001 notes are too many"):
        choir_score(note(60, i) for i in range(20_001))


def test_a_pickup_longer_than_a_measure_is_refused():
    fault = "a pickup of 4 quarters does not fit into a measure of 4/4; make it shorter"
    with pytest.raises(RequestError, match=fault):
        choir_score([note(60, 0)], anacrusis=Fraction(4))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 127), st.integers(1, 16)), max_size=30))
def test_a_score_goes_out_as_it_came_in(parts):
    times, notes = [Fraction(0)] * 4, []
    for voice, pitch, length in parts:
        notes.append(FlatNote(voice, pitch, times[voice], Fraction(length, 4), 64))
        times[voice] += Fraction(length, 4)
    score = choir_score(notes)
    assert flat_voices(score.voices, velocity=64) == sorted(notes, key=lambda n: (n.start, n.voice))


def test_the_lines_of_a_hand_are_one_voice():
    def line(name, *pitches):
        return Voice(name, tuple(Note(Fraction(i), Fraction(1), p) for i, p in enumerate(pitches)))

    new = (line(RIGHT, 72), line(f"{RIGHT} 2", 64), line(LEFT, 48, 50))
    notes = flat_notes(Result(choir_score([]), new, 0.0, 0))
    assert [(n.voice, n.pitch, n.start) for n in notes] == [(0, 72, 0), (0, 64, 0), (1, 48, 0), (1, 50, 1)]
