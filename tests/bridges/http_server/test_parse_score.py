"""Notes in a body become the score that was meant; impossible ones are errors with their place."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from common import bare
from http_support import lines, notes_body
from ripieno.errors import RequestError, ScoreError
from ripieno.score import Key, Lyric, Meter, Score
from ripieno_bridges.http_server.parse_score import score_of
from ripieno_bridges.http_server.request_models import (
    BodyError,
    CheckBody,
    NotesBody,
    parse_body,
)
from strategies import scores

TICKS = 96 * 35  # a multiple of all that strategies make


def read(body: dict[str, Any]) -> Score:
    return score_of(parse_body(json.dumps(body).encode(), NotesBody))


def event(tick: int, ticks: int, pitch: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"tick": tick, "ticks": ticks, "pitch": pitch, **fields}


def sung(*events: dict[str, Any], ticks: int = 480, **measure: Any) -> dict[str, Any]:
    """One measure with these events in its soprano."""
    bar = {"number": "1", "tick": 0, "ticks": 4 * ticks} | measure
    return {
        "ticks_per_quarter": ticks,
        "measures": [bar],
        "voices": [{"voice": "soprano", "events": list(events)}],
    }


@given(scores(on_grid=False))
def test_every_note_comes_as_it_was_sent(score: Score) -> None:
    found = read(notes_body(score, ticks=TICKS))
    assert bare(found)[: len(score.voices)] == bare(score)
    assert [voice.name for voice in found.voices] == ["soprano", "alto", "tenor", "bass"]
    assert found.measures == score.measures
    for voice, sent in zip(found.voices, score.voices, strict=False):
        assert [(n.spelling, n.fermata) for n in voice.notes] == [(n.spelling, n.fermata) for n in sent.notes]
        words = [[(lyric.text, lyric.syllabic) for lyric in n.lyrics[:1]] for n in sent.notes]
        assert [[(lyric.text, lyric.syllabic) for lyric in n.lyrics] for n in voice.notes] == words


def test_tied_events_are_one_note_and_repeated_ones_stay_two() -> None:
    tied = [event(0, 480, 60, tie=True), event(480, 480, 60, fermata=True), event(960, 480, 60)]
    notes = read(sung(*tied)).voices[0].notes
    assert [(n.onset, n.duration, n.fermata) for n in notes] == [(0, 2, True), (2, 1, False)]


def test_rests_may_be_sent_or_left_out() -> None:
    sent = sung(event(0, 480), event(480, 480, 60), event(960, 960))
    assert read(sent) == read(sung(event(480, 480, 60)))


def test_a_triplet_has_its_true_length() -> None:
    notes = read(sung(event(0, 160, 60), event(160, 160, 62), event(320, 160, 64))).voices[0].notes
    assert [n.duration for n in notes] == [Fraction(1, 3)] * 3


def test_sevenths_of_a_beat_may_be_rounded_to_ticks() -> None:
    starts = [round(480 * i / 7) for i in range(7)]
    notes = read(sung(*[event(start, 69, 60 + i) for i, start in enumerate(starts)])).voices[0].notes
    assert [n.onset * 480 for n in notes] == starts


def test_measures_have_their_meter_and_key() -> None:
    found = read(sung(meter="6/8", ticks=480, fifths=-3, mode="minor") | {"voices": []})
    assert (found.measures[0].meter, found.measures[0].key) == (Meter(6, 8), Key(-3, "minor"))


def test_a_syllable_without_a_kind_is_a_word() -> None:
    assert read(sung(event(0, 480, 60, lyric="Gloria"))).voices[0].notes[0].lyrics == (Lyric("Gloria"),)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            sung(event(0, 960, 60), event(480, 480, 62)),
            "Soprano, measure 1, beat 2: it begins before the note or rest in front of it has ended, but a "
            "voice is one line; move one of them to another voice",
        ),
        (
            sung(event(1440, 960, 60)),
            "Soprano, measure 1, beat 4: it ends after the last measure; send whole measures, as the score "
            "has them",
        ),
        (sung(event(-480, 480, 60)), "Soprano, measure 1, beat 1: it begins at tick -480; times count from"),
        (
            sung(event(0, 0, 60)),
            "Soprano, measure 1, beat 1: a length of 0 ticks; a note or rest has at least",
        ),
        (
            sung(event(0, 480, 60, tie=True), event(480, 480, 62)),
            "Soprano, measure 1, beat 2: C4 in front of it is tied, but another pitch follows; take the tie",
        ),
        (
            sung(event(0, 480, 60, tie=True), event(960, 480, 60)),
            "Soprano, measure 1, beat 3: C4 in front of it is tied, but a rest follows; take the tie away",
        ),
        (
            sung(event(0, 480, 60, tie=True)),
            "Soprano, measure 1, beat 1: it is tied to a note that did not come; send that too, or take",
        ),
        (
            sung(event(0, 480, None, tie=True)),
            "Soprano, measure 1, beat 1: a rest is tied; take the tie away",
        ),
        (sung(event(0, 480, 128)), "Soprano, measure 1, beat 1: there is no pitch 128; give a MIDI number"),
        (
            sung(event(0, 480, 61, spelling="F#4")),
            "Soprano, measure 1, beat 1: F#4 is pitch 66, not 61; send the right one, or null",
        ),
        (
            sung(event(0, 480, 61, spelling="H4")),
            'Soprano, measure 1, beat 1: "H4" is no spelling; write it like F#4, Bb3 or C5, or send null',
        ),
        (
            sung(event(0, 480, None, lyric="la")),
            "Soprano, measure 1, beat 1: a rest with a spelling or a lyric",
        ),
        (sung(tick=480), "measure 1: it begins at tick 480, but what is before it ends at 0; send whole"),
        (
            sung(ticks=480) | {"measures": [{"number": 7, "tick": 0, "ticks": 0}]},
            "measure 7: it is 0 ticks long",
        ),
        (sung(meter="4/5"), 'measure 1: the meter "4/5" is no time signature; write it like 3/4'),
        (sung(fifths=8), "measure 1: a key signature of 8 fifths is impossible; give -7 (flats) to 7"),
        (
            sung() | {"measures": [{"number": "1", "tick": 0, "ticks": 480 * 5000}]},
            "measure 1: more than 4096 quarters; send a section at a time",
        ),
    ],
)
def test_impossible_notes_are_an_error_with_their_place(body: dict[str, Any], text: str) -> None:
    with pytest.raises(ScoreError) as caught:
        read(body)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ticks_per_quarter": 0}, "ticks_per_quarter 0 is impossible; give a multiple of 4"),
        ({"ticks_per_quarter": 30}, "ticks_per_quarter 30 is impossible; give a multiple of 4"),
        ({"ticks_per_quarter": 10**30}, "ticks_per_quarter 1000000000000000000000000000000 is impossible"),
        ({"measures": []}, "there is no measure; send whole measures, as the score has them"),
        ({"voices": [{"voice": "alto"}, {"voice": "alto"}]}, "the alto comes twice; send each voice once"),
        (
            {"measures": [{"number": "1", "tick": i, "ticks": 1} for i in range(1025)]},
            "1025 measures; send at most 1024 at a time",
        ),
    ],
)
def test_impossible_bodies_are_an_error(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(RequestError) as caught:
        read(sung() | changes)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"temprature": 1}, 'there is no field "temprature" in the body; is "temperature" meant?'),
        (
            {"document": ""},
            'there is no field "document" in the body; docs/protocol.md says what a body holds',
        ),
        ({"temperature": "warm"}, "temperature must be a number or null, not text; docs/protocol.md says"),
        ({"seed": 1.5}, "seed must be a whole number or null, not a number; docs/protocol.md says"),
        ({"ties": "all"}, "ties cannot be 'all'; it is anywhere or barlines"),
        ({"selection": [1]}, "selection must have 2 values; docs/protocol.md says what a body holds"),
        (
            {"voices": [{"voice": "alto", "events": [{"tick": 0.5, "ticks": 1}]}]},
            "voices[0].events[0].tick must be a whole number, without a fraction; docs/protocol.md says",
        ),
        (
            {"voices": [{"voice": "alto", "events": [{"tick": 0}]}]},
            'there is no "ticks" in voices[0].events[0]; docs/protocol.md says what a body holds',
        ),
        ({"id": "a/b"}, "id must be up to 64 letters, digits, - and _; choose another, or leave it out"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(BodyError) as caught:
        parse_body(json.dumps(sung() | changes).encode(), NotesBody)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"nothing", b"[]", b"\xff", b'"\xff"', b"\xef\xbb\xbf{}", b"{}{}", b'{"id": "\\ud800"}'),
        *("{}".encode("utf-16"), b"[" * 100_000, b'{"a":' * 100_000, b"NaN", b'{"pickup": NaN}'),
        *(b'{"pickup": Infinity}', b'{"pickup": 1e999}', b'{"id": ' + b"1" * 10_000 + b"}"),
    ],
)
def test_a_malformed_body_is_an_error(data: bytes) -> None:
    with pytest.raises(BodyError):
        parse_body(data, CheckBody)


def test_lines_of_the_tests_are_those_of_the_score() -> None:
    score = read(sung(event(0, 480, 60)))
    assert lines(score)[0]["events"][0]["pitch"] == 60
