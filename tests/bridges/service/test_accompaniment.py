"""With `accompaniment heard` new voices follow the parts beside the choir, at every interface."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from common import ROOT, assert_valid, is_inserted
from http_support import notes_body
from ripieno.errors import RequestError, ScoreError
from ripieno.grid import empty_grid
from ripieno.results import Result
from ripieno.score import Note
from ripieno.text.notation import parse_score
from ripieno.theory.accompaniment import sounding_tones
from ripieno_bridges.api.replies import DocumentReply, Reply
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony_source
from ripieno_bridges.http_server.parse_request import parse_notes_task
from ripieno_bridges.osc.drafts import Draft, build_request
from ripieno_bridges.service.document_sources import NEW_NAME
from ripieno_bridges.service.documents import reply_to
from ripieno_bridges.service.model_runner import ModelRunner

SONG = File("song.musicxml", (ROOT / "tests" / "data" / "cases" / "03-song-with-piano.musicxml").read_bytes())
MODELS = ("lstm-chorales",)
# D minor chords beats under a tune that would be in C major.
TUNE = "E5:4 F5 E5 D5 | C5 A4 D5:2"
CHORDS = ((0, (45, 57, 61)), (1, (50, 53, 57)), (2, (45, 52, 61)), (3, (50, 53, 57)), (4, (53, 57, 60)))
NOTHING = "nothing sounds beside the choir, so there was no accompaniment to hear"


@pytest.fixture(scope="module")
def runner() -> ModelRunner:
    return ModelRunner()


def document(
    runner: ModelRunner, file: File = SONG, *, transposition: int | None = None, **request: Any
) -> DocumentReply:
    task = Request(task="harmonize", seed=1, compare=False, **request)
    asked = DocumentRequest(file=file, request=task, transposition=transposition)
    reply = reply_to(runner, asked, progress=lambda _: None)
    assert isinstance(reply, DocumentReply)
    return reply


def share(result: Result, beside: tuple[Note, ...]) -> float:
    """The share of the new notes' time on the tones of what sounds beside them."""
    grid = empty_grid(result.score.measures)
    tones = sounding_tones(beside, grid)
    inside = [
        tones[t, note.pitch % 12]
        for voice in result.new
        for note in voice.notes
        for t in grid.step_range(note.onset, note.end)
        if tones[t].sum() > 1
    ]
    return sum(inside) / len(inside)


def piano_of_song() -> tuple[Note, ...]:
    every = read_polyphony_source(NEW_NAME, SONG.data).score.voices
    return tuple(note for voice in every for note in voice.notes)


def test_the_voices_of_a_song_fit_its_piano(runner):
    alone, heard = (document(runner, accompaniment=how) for how in ("ignored", "heard"))
    assert is_inserted(SONG.data, heard.documents[0])
    assert_valid(heard.documents[0])
    piano = piano_of_song()
    assert share(heard.reply.results[0], piano) >= share(alone.reply.results[0], piano)
    assert share(heard.reply.results[0], piano) > 0.8
    assert NOTHING not in heard.remarks


def test_a_song_that_is_moved_or_heard_elsewhere_fits_its_piano_there(runner):
    moved = document(runner, accompaniment="heard", transposition=3)
    there = tuple(replace(note, pitch=note.pitch + 3, spelling=None) for note in piano_of_song())
    assert share(moved.reply.results[0], there) > 0.8


def test_ignored_is_the_same_as_nothing_said(runner):
    assert document(runner).documents == document(runner, accompaniment="ignored").documents


def test_a_tune_alone_has_no_accompaniment_to_hear(runner):
    file = File("tune.musicxml", write_musicxml(parse_score(f"soprano: {TUNE}")))
    heard = document(runner, file, accompaniment="heard")
    assert heard.documents == document(runner, file).documents
    assert NOTHING in heard.remarks


def test_a_pianist_hears_no_other_piano(runner):
    with pytest.raises(
        RequestError, match="accompaniment is for choirs; leave it out, or let a choir perform"
    ):
        document(runner, model="dbn-ragtime", accompaniment="heard")


# -- notes -------------------------------------------------------------------------------------------------


def chords() -> list[tuple[int, int, int]]:
    """(beat, pitch, length in beats)"""
    return [(beat, pitch, 4 if beat == 4 else 1) for beat, pitches in CHORDS for pitch in pitches]


def http_body(**more: Any) -> bytes:
    events = [{"tick": 480 * beat, "ticks": 480 * length, "pitch": pitch} for beat, pitch, length in chords()]
    body = {**notes_body(TUNE), "seed": 1, "others": events, **more}
    return json.dumps(body).encode()


def from_http() -> Request:
    request = parse_notes_task(http_body(accompaniment="heard"), "harmonize", MODELS).request
    assert isinstance(request, Request)
    return request


def from_osc() -> Request:
    draft = Draft()
    for note in parse_score(TUNE).voices[0].notes:
        draft.add((0, note.pitch, float(note.onset), float(note.duration), 80))
    for beat, pitch, length in chords():
        draft.add((4, pitch, float(beat), float(length), 80))
    for name, value in (("accompaniment", "heard"), ("key", "C"), ("seed", 1)):
        draft.set(name, value)
    return build_request("harmonize", draft, models=MODELS).request


@pytest.mark.parametrize("build", [from_http, from_osc])
def test_notes_sent_beside_the_choir_are_heard(runner, build):
    request = build()
    assert sorted((note.onset, note.pitch, note.duration) for note in request.others) == sorted(chords())
    assert sum(len(voice.notes) for voice in request.score.voices) == len(parse_score(TUNE).voices[0].notes)
    reply = runner.answer(request)
    assert isinstance(reply, Reply)
    alone = runner.answer(build_alone(request))
    assert share(reply.results[0], request.others) > max(0.8, share(alone.results[0], request.others))


def build_alone(request: Request) -> Request:
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    return Request(**{**fields, "accompaniment": "ignored", "others": ()})


def test_osc_knows_the_fifth_voice_only_where_it_is_heard():
    draft = Draft()
    draft.add((0, 67, 0.0, 4.0, 80, 4, 48, 0.0, 4.0, 80))
    with pytest.raises(RequestError, match="there is no voice 4"):
        build_request("harmonize", draft, models=MODELS)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            {"tick": 0, "ticks": 480, "pitch": 128},
            "Accompaniment, measure 1, beat 1: there is no pitch 128; give a ",
        ),
        (
            {"tick": 480, "ticks": 0, "pitch": 60},
            "Accompaniment, measure 1, beat 2: a length of 0 ticks; a note or ",
        ),
        (
            {"tick": 480, "ticks": 9999, "pitch": 60},
            "Accompaniment, measure 1, beat 2: it ends after the last measure",
        ),
    ],
)
def test_an_impossible_note_beside_the_choir_is_named(event, text):
    with pytest.raises(ScoreError) as caught:
        parse_notes_task(http_body(others=[event]), "harmonize", MODELS)
    assert str(caught.value).startswith(text)
