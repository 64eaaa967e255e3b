"""Keys as they are played become a phrase in measures, and its answer begins at a barline."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.results import Result
from ripieno.score import Key, Meter, Voice, spelling_at
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.midi_ports.phrases import (
    ClockFollower,
    PhraseFrame,
    Pulse,
    Recorder,
    Stroke,
    build_phrase,
    continued_notes,
    harmonized_notes,
    playback_notes,
    shift_into_soprano_range,
)

LINE_OF_FIFTHS = {name: fifths for fifths, name in enumerate("FCGDAEB", -1)}


def pitch(name: str) -> int:
    step, accidental, octave = re.fullmatch(r"([A-G])(#?)(-?\d)", name).groups()
    return next(
        p
        for p in range(128)
        if str(spelling_at(LINE_OF_FIFTHS[step] + 7 * bool(accidental), p)) == step + accidental + octave
    )


def strokes(text: str) -> list[Stroke]:
    """From "C5 0-0.95, D5 1-2": a key, and from when to when it was down, in beats."""
    found = []
    for word in text.split(","):
        name, start, end = re.fullmatch(r"\s*(\S+) (-?[\d.]+)-([\d.]+)", word).groups()
        found.append(Stroke(pitch(name), 64, float(start), float(end)))
    return sorted(found, key=lambda stroke: (stroke.start, -stroke.pitch))


def phrase(text: str, *, meter=Meter(), pickup=0, numbered=False, qpm=60.0):
    frame = PhraseFrame(meter, None, pickup * Fraction(4, meter.denominator))
    return build_phrase(strokes(text), frame, qpm=qpm, numbered=numbered)


def written(phrase) -> str:
    """The melody as "C5 0-1, D5 1-2", counted from the first measure."""
    return ", ".join(f"{note.name} {note.onset}-{note.end}" for note in phrase.notes)


# -- time --------------------------------------------------------------------------------------------------


def test_a_pulse_knows_beats_and_seconds():
    pulse = Pulse(120, seconds=10, beat=4)
    assert pulse.beat_at(11) == 6
    assert pulse.seconds_at(6) == 11


def follower(qpm=90.0):
    return ClockFollower(Pulse(qpm))


def test_without_a_clock_the_tempo_is_the_one_that_was_given():
    assert follower(77).pulse.qpm == 77


def test_a_clock_tells_tempo_and_song_position():
    clock = follower()
    clock.start(9.99)
    for i in range(49):
        clock.clock(10 + i / 48)  # 120 quarters a minute
    assert clock.numbered
    assert clock.pulse.qpm == pytest.approx(120)
    assert clock.pulse.beat_at(11) == pytest.approx(2)
    assert clock.pulse.seconds_at(4) == pytest.approx(12)


def test_a_clock_that_was_never_started_has_a_tempo_and_no_barlines():
    clock = follower()
    for i in range(25):
        clock.clock(i / 24)
    assert clock.pulse.qpm == pytest.approx(60)
    assert not clock.numbered


def test_a_clock_goes_on_from_where_the_song_was_moved_to():
    clock = follower()
    clock.start(0.0, sixteenth=32)
    for i in range(25):
        clock.clock(5 + i / 48)
    assert clock.pulse.beat_at(5) == pytest.approx(8)


def test_a_clock_that_stopped_and_goes_on_loses_no_beat():
    clock = follower()
    clock.start(0.0)
    for i in range(25):
        clock.clock(i / 48)
    for i in range(25):
        clock.clock(100 + i / 48)
    assert clock.pulse.qpm == pytest.approx(120)
    assert clock.pulse.beat_at(100) == pytest.approx(25 / 24)


def test_a_song_may_start_between_two_messages_of_a_clock_that_runs():
    clock = follower()
    for i in range(25):
        clock.clock(i / 48)
    clock.start(0.51)
    clock.clock(0.513)
    assert clock.pulse.beat_at(0.513) == pytest.approx(0)
    assert clock.pulse.qpm == pytest.approx(120)


def test_a_trembling_clock_has_a_steady_tempo():
    clock = follower()
    clock.start(0.0)
    for i in range(97):
        clock.clock(i / 48 + 0.003 * (i % 3 - 1))
    assert clock.pulse.qpm == pytest.approx(120, rel=0.02)
    assert clock.pulse.beat_at(2) == pytest.approx(4, abs=0.02)


@pytest.mark.parametrize("gap_seconds", [0.0, 1e-6, 0.4])
def test_a_clock_of_no_possible_tempo_is_not_believed(gap_seconds):
    clock = follower(90)
    for i in range(50):
        clock.clock(i * gap_seconds)
    assert clock.pulse.qpm == 90


# -- keys --------------------------------------------------------------------------------------------------


def recorder(pause=3.0, longest=100.0):
    return Recorder(pause=pause, longest=longest)


def test_a_phrase_is_over_when_all_keys_were_up_for_so_long():
    keys = recorder()
    assert keys.over_at is None
    keys.press((0, 60), 64, 1.0)
    keys.press((0, 64), 64, 1.5)
    keys.release((0, 60), 2.0)
    assert keys.over_at == 101, "a key is down"
    keys.release((0, 64), 2.5)
    assert keys.over_at == 5.5
    keys.press((0, 60), 64, 5.0)
    assert keys.over_at == 101


def test_a_key_that_is_never_let_go_ends_with_the_longest_phrase():
    keys = recorder(longest=8.0)
    keys.press((0, 60), 64, 1.0)
    assert keys.over_at == 9
    assert keys.take(9.0) == (Stroke(60, 64, 1.0, 9.0),)
    keys.release((0, 60), 10.0)
    assert keys.empty


def test_what_was_taken_is_not_played_again():
    keys = recorder()
    keys.press((0, 60), 64, 1.0)
    keys.release((0, 60), 2.0)
    assert len(keys.take(5.0)) == 1
    assert keys.empty
    assert keys.over_at is None


def test_a_key_that_goes_down_twice_is_two_notes():
    keys = recorder()
    keys.press((0, 60), 64, 0.0)
    keys.press((0, 60), 70, 1.0)
    keys.release((0, 60), 2.0)
    assert keys.take(9.0) == (Stroke(60, 64, 0.0, 1.0), Stroke(60, 70, 1.0, 2.0))


def test_a_key_on_two_channels_is_two_keys():
    keys = recorder()
    keys.press((0, 60), 64, 0.0)
    keys.press((1, 60), 64, 0.0)
    keys.release((0, 60), 1.0)
    keys.release((1, 60), 2.0)
    assert [stroke.end for stroke in keys.take(9.0)] == [1, 2]


# -- phrases -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "keys", "notes", "left_out"),
    [
        (
            "what is a little early or late is on the beat",
            "C5 0-0.97, D5 1.06-1.95, E5 1.94-3.02, F5 3.03-3.9",
            "C5 0-1, D5 1-2, E5 2-3, F5 3-4",
            0,
        ),
        (
            "the first note is beat 1",
            "C5 7.3-8.2, D5 8.3-9.2",
            "C5 0-1, D5 1-2",
            0,
        ),
        (
            "keys that overlap are legato",
            "C5 0-1.2, D5 1-2.1, C5 2-3",
            "C5 0-1, D5 1-2, C5 2-3",
            0,
        ),
        (
            "keys that are left early are no rests",
            "C5 0-0.6, C5 1-1.6, D5 2-2.3, E5 2.5-2.7, F5 3-3.6",
            "C5 0-1, C5 1-2, D5 2-5/2, E5 5/2-3, F5 3-4",
            0,
        ),
        (
            "an eighth of silence is a rest",
            "C5 0-0.5, D5 1-2, E5 3-4",
            "C5 0-1/2, D5 1-2, E5 3-4",
            0,
        ),
        (
            "a triplet",
            "C5 0-0.3, D5 0.34-0.6, E5 0.66-0.95, F5 1-2",
            "C5 0-1/3, D5 1/3-2/3, E5 2/3-1, F5 1-2",
            0,
        ),
        (
            "sixteenths",
            "C5 0-0.2, D5 0.26-0.4, E5 0.51-0.7, F5 0.74-1, G5 1-2",
            "C5 0-1/4, D5 1/4-1/2, E5 1/2-3/4, F5 3/4-1, G5 1-2",
            0,
        ),
        (
            "the last note ends on the nearest beat",
            "C5 0-1, D5 1-3.7",
            "C5 0-1, D5 1-4",
            0,
        ),
        (
            "and not in the next measure, if it is a little long",
            "C5 0-1, D5 1-4.3",
            "C5 0-1, D5 1-4",
            0,
        ),
        (
            "however short it is struck",
            "C5 0-1, D5 0.97-1.01",
            "C5 0-1, D5 1-2",
            0,
        ),
        (
            "of a chord the highest is the melody",
            "C4 0-1, E4 0.02-1, C5 0.03-1, D4 1.02-2, D5 1-2",
            "C5 0-1, D5 1-2",
            3,
        ),
        (
            "what lies under a long note is left out",
            "C5 0-4, C4 1-2, E4 2-3, G4 3-4, D5 4-5",
            "C5 0-4, D5 4-5",
            3,
        ),
        (
            "a held bass under a melody is left out",
            "C3 0-4, C5 0.01-1, D5 1-2, E5 2-3, F5 3-4",
            "C5 0-1, D5 1-2, E5 2-3, F5 3-4",
            1,
        ),
        (
            "a key that two channels send is one note",
            "C5 0-1, C5 0-1, D5 1-2, D5 1.01-2",
            "C5 0-1, D5 1-2",
            2,
        ),
        ("one key is a phrase", "C5 3-3.1", "C5 0-1", 0),
    ],
)
def test_keys_become_a_melody(claim, keys, notes, left_out):
    found = phrase(keys)
    assert written(found) == notes, claim
    assert found.left_out == left_out


@pytest.mark.parametrize(
    ("claim", "keys", "options", "notes", "measures", "begin"),
    [
        ("full measures", "C5 0-1, D5 1-5", {}, "C5 0-1, D5 1-5", "0-4 4-8", 0),
        ("of three", "C5 0-3", {"meter": Meter(3, 4)}, "C5 0-3", "0-3", 0),
        ("an upbeat", "G4 0-1, C5 1-4.9", {"pickup": 1}, "G4 0-1, C5 1-5", "0-1 1-5", 0),
        (
            "an upbeat of an eighth",
            "G4 0-0.4, C5 0.5-3.5",
            {"meter": Meter(6, 8), "pickup": 1},
            "G4 0-1/2, C5 1/2-7/2",
            "0-1/2 1/2-7/2",
            0,
        ),
        ("the clock's measures", "C5 9-10", {"numbered": True}, "C5 1-2", "0-4", 8),
        ("a little before its barline", "C5 7.9-9, D5 9-10", {"numbered": True}, "C5 0-1, D5 1-2", "0-4", 8),
        ("a sixteenth before it", "C5 7.75-8, D5 8-9", {"numbered": True}, "C5 15/4-4, D5 4-5", "0-4 4-8", 4),
    ],
)
def test_a_phrase_stands_in_measures(claim, keys, options, notes, measures, begin):
    found = phrase(keys, **options)
    assert written(found) == notes, claim
    assert " ".join(f"{m.onset}-{m.end}" for m in found.score.measures) == measures
    assert found.begin == begin


def test_fingers_that_mean_one_moment_are_measured_in_seconds():
    keys = "C5 0-0.2, D5 0.1-0.3, C5 1-2"  # a grace note at 60, a chord at 180
    assert written(phrase(keys, qpm=60)).startswith("C5 0-1/8, D5 1/8")
    assert written(phrase(keys, qpm=180)).startswith("D5 0")


def test_a_phrase_has_the_key_that_is_said_and_the_mean_velocity():
    keys = [Stroke(61, 40, 0, 1), Stroke(63, 80, 1, 2)]
    found = build_phrase(keys, PhraseFrame(key=Key(-5)), qpm=60, numbered=False)
    assert found.score.measures[0].key == Key(-5)
    assert found.velocity == 60


@pytest.mark.parametrize(
    ("beat", "barline"),
    [(0, 1), (1, 1), (1.5, 5), (5, 5), (5.001, 9)],
)
def test_the_answer_waits_for_a_barline(beat, barline):
    assert phrase("G4 0-1, C5 1-2", pickup=1).barline_from(beat) == barline


@pytest.mark.parametrize(
    ("keys", "octaves"),
    [("C5 0-1", 0), ("A3 0-1, A5 1-2", 0), ("G3 0-1, C4 1-2", 1), ("C2 0-1", 2), ("C7 0-1", -2)],
)
def test_a_phrase_is_lifted_to_where_sopranos_sing(keys, octaves):
    found = phrase(keys)
    moved = shift_into_soprano_range(found)
    assert moved.octaves == octaves
    assert [n.pitch for n in moved.notes] == [n.pitch + 12 * octaves for n in found.notes]


def test_more_than_a_voice_can_sing_is_refused():
    with pytest.raises(RequestError, match="from C4 to B6 is more than one voice can sing"):
        shift_into_soprano_range(phrase("C4 0-1, B6 1-2"))


# -- answers -----------------------------------------------------------------------------------------------


def flat(text: str) -> list[FlatNote]:
    """From "0 C5 0-1, 1 E4 0-1": voice, key, time."""
    notes = []
    for word in text.split(","):
        voice, name, start, end = re.fullmatch(r"\s*(\d) (\S+) (-?[\d/]+)-([\d/]+)", word).groups()
        onset = Fraction(start)
        notes.append(FlatNote(int(voice), pitch(name), onset, Fraction(end) - onset, 64))
    return notes


def named(*voices: tuple[str, str]) -> tuple[Voice, ...]:
    """Voices from (name, short text)."""
    return tuple(Voice(name, parse_score(text).voices[0].notes if text else ()) for name, text in voices)


def test_a_harmonized_phrase_is_all_four_voices_from_its_first_barline_on():
    asked = phrase("G4 0-1, C5 1-5", pickup=1)
    voices = named(("soprano", "G4:4 C5:1"), ("alto", "D4:4 E4:1"), ("tenor", ""), ("bass", "B2:4 C3:1"))
    result = Result(replace(asked.score, voices=voices), (), 0.0, 0)
    assert harmonized_notes(result, asked) == flat(
        "0 G4 -1-0, 1 D4 -1-0, 3 B2 -1-0, 0 C5 0-4, 1 E4 0-4, 3 C3 0-4"
    )


def test_a_phrase_goes_on_from_its_end_in_its_own_octave():
    asked = shift_into_soprano_range(phrase("G3 0-2, C4 2-4"))
    new = named(("soprano", "r:1 E5:2 D5:2"), ("alto", ""), ("tenor", ""), ("bass", ""))
    assert continued_notes(Result(asked.score, new, 0.0, 0), asked) == flat("0 E4 0-2, 0 D4 2-4")


def test_a_pianist_has_a_channel_for_each_hand_behind_the_melody():
    hands = named(
        ("melody", "C5:1"),
        ("right hand", "E4:1"),
        ("right hand 2", "G4:1"),
        ("left hand", ""),
        ("left hand 2", "C3:1"),
    )
    assert playback_notes(hands, Fraction(0), 64) == flat("0 C5 0-4, 1 G4 0-4, 1 E4 0-4, 2 C3 0-4")


# -- whatever is played ------------------------------------------------------------------------------------

anything = st.lists(
    st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 127), st.floats(-0.01, 5)), max_size=30
)
meters = st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 4), Meter(1, 32)])


@given(anything, meters, st.floats(20, 300), st.booleans(), st.floats(0, 1e6))
def test_whatever_is_played_is_a_phrase(keys, meter, qpm, numbered, begin):
    played_keys = recorder(longest=64)
    beat = begin
    for down, channel, key, later in keys:
        beat += later
        if down:
            played_keys.press((channel, key), 64, beat)
        else:
            played_keys.release((channel, key), beat)
    if played_keys.empty:
        return
    assert played_keys.over_at is not None
    found = played_keys.take(beat)
    made = build_phrase(found, PhraseFrame(meter), qpm=qpm, numbered=numbered)
    assert made.notes
    assert len(made.notes) + made.left_out == len(found)
    assert {note.pitch for note in made.notes} <= {stroke.pitch for stroke in found}
    assert all(a.end <= b.onset for a, b in pairwise(made.notes))
    assert made.notes[-1].end <= made.score.duration
    assert made.barline_from(beat) >= beat - 1e-3
