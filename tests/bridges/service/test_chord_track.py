"""A MIDI file's track of block chords is the harmony of the piece, and no line of the choir."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from mido import MetaMessage

from common import assert_valid
from midi_song import TICKS, TUNE, TimedEvent, line, midi_file
from ripieno.harmony.progression_text import parse_progression
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Score
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.files import read_source
from ripieno_bridges.formats.midi.events import split_file
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.service.document_task import TaskResult, do_task
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.read_document import read_document

# Half notes under TUNE, which is in G major.
G, C, D, E_MINOR = (55, 59, 62), (48, 55, 64), (50, 57, 62, 66), (52, 59, 64, 67)
CHORDS = (G, D, E_MINOR, G, G, D, G, D)
CLUSTER = (60, 61, 62)
NAMES = {G: "G", C: "C", D: "D", E_MINOR: "Em"}
PATH = Path("song.mid")


def block_track(name: str, chords: tuple[tuple[int, ...], ...], channel: int = 1) -> list[TimedEvent]:
    """A track of half notes."""
    events: list[TimedEvent] = [(0, MetaMessage("track_name", name=name))]
    for place, chord in enumerate(chords):
        for pitch in chord:
            events += [
                (tick + 2 * TICKS * place, message)
                for tick, message in line(channel, [pitch], length=2 * TICKS)
            ]
    return events


def song(name: str = "Chords", chords: tuple[tuple[int, ...], ...] = CHORDS, melody: str = "Tune") -> bytes:
    """A conductor's track, a melody, and a track of chords."""
    head: list[TimedEvent] = [(0, MetaMessage("time_signature")), (0, MetaMessage("key_signature", key="G"))]
    tune = [(0, MetaMessage("track_name", name=melody)), *line(0, TUNE)]
    return midi_file(head, tune, block_track(name, chords))


@cache
def runner() -> ModelRunner:
    return ModelRunner()


@cache
def done(data: bytes, **settings) -> TaskResult:
    about = {name: settings.pop(name) for name in DocumentRequest.__struct_fields__ if name in settings}
    request = Request(**{"task": "harmonize", "seed": 1, "beam": 1, "compare": False, **settings})
    on_document = DocumentRequest(file=File(PATH.name, data), request=request, **about)
    return do_task(runner(), on_document, progress=lambda _: None)


def sounding(score: Score, quarter: int) -> list[int]:
    """The pitch classes at a time, the bass first."""
    notes = [n for voice in score.voices for n in voice.notes if n.onset <= quarter < n.end]
    return [note.pitch % 12 for note in sorted(notes, key=lambda note: note.pitch)]


def test_the_chords_of_the_track_sound_and_nothing_else_does_at_their_onsets():
    reply = done(song()).reply
    score = reply.results[0].score
    asked = [(2 * place, chord) for place, chord in enumerate(CHORDS)]
    for quarter, chord in asked:
        pitch_classes = {pitch % 12 for pitch in chord}
        tune = TUNE[quarter] % 12
        assert set(sounding(score, quarter)) <= pitch_classes | {tune}, quarter
        assert sounding(score, quarter)[0] == chord[0] % 12, "the lowest note of the block is the bass"
    assert [note.pitch for note in score.voice("soprano").notes] == list(TUNE)


def test_the_file_comes_back_with_the_chord_track_as_it_was():
    data = song()
    job = done(data)
    written, _ = job.encode(job.reply.results[0], PATH)
    before, after = split_file(data).tracks, split_file(written).tracks
    assert after[: len(before)] == before
    names = [track.part for track in read_source(PATH, written).lines]
    assert names == ["Tune", "Chords", "alto", "tenor", "bass"]


def test_what_is_obeyed_is_told():
    job = done(song())
    assert (
        '7 chords of the track "Chords" are obeyed; document-chords ignored passes them over' in job.remarks
    )
    assert job.understood.startswith('melody: "Tune"; key: G major')
    assert [(line.part, line.voice, line.left) for line in job.lines] == [
        ("Tune", "soprano", ""),
        ("Chords", None, "its chords are the harmony, not a voice"),
    ]


def test_chords_that_are_ignored_ask_for_nothing():
    job = done(song(chords=(CHORDS[0], C, *CHORDS[2:])), document_chords="ignored")
    assert '7 chords of the track "Chords" are passed over: the harmony comes from the notes' in job.remarks
    assert not any("does not belong" in remark for remark in job.remarks)
    assert [line.voice for line in job.lines] == ["soprano", None]


def test_a_block_that_is_no_chord_is_told_with_its_place():
    job = done(song(chords=(*CHORDS[:3], CLUSTER, *CHORDS[4:])))
    said = '"Chords", measure 2, beat 3: C4, C#4 and D4 are no chord; nothing is asked there'
    assert said in job.remarks


def test_the_chords_move_with_a_piece_that_is_transposed():
    job = done(song(), transposition=-2)
    score = job.reply.results[0].score
    basses = [sounding(score, 2 * place)[0] for place in range(len(CHORDS))]
    assert basses == [(chord[0] - 2) % 12 for chord in CHORDS]


def test_chords_of_the_request_stand_instead():
    job = done(song(), chords=parse_progression("G . | . | . | . ", "chords"))
    assert '7 chords of the track "Chords" are passed over: the harmony comes from the notes' in job.remarks


@pytest.mark.parametrize("name", ["CHORDS", "Harmony", "rip chords", "Akkorde"])
def test_the_track_may_have_other_names(name):
    source = read_source(PATH, song(name))
    assert source.chord_track is not None
    assert [chord_text(h.chord) for h in source.chord_track.harmony.harmonies] == [
        NAMES[chord] for chord in (G, D, E_MINOR, G, D, G, D)
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(song("Piano"), id="another-name"),
        pytest.param(
            song("Harmony", tuple((pitch,) for pitch in (55, 57, 59, 60) * 2)), id="a-second-singer"
        ),
        pytest.param(midi_file(block_track("Chords", CHORDS)), id="nothing-else-in-the-file"),
    ],
)
def test_other_tracks_are_lines_as_ever(data):
    source = read_source(PATH, data)
    assert source.chord_track is None
    assert all(line.sings for line in source.lines)


def test_a_file_that_is_opened_shows_them_as_chord_symbols_without_their_notes():
    data = song(chords=(*CHORDS[:3], CLUSTER, *CHORDS[4:]))
    reply = read_document(File(PATH.name, data))
    assert_valid(reply.document)
    document = read_musicxml(reply.document, "song.musicxml")
    assert [voice.name for voice in document.score.voices] == ["Tune"]
    symbols = document_harmony(document).symbols
    assert [(int(h.onset), chord_text(h.chord) if h.chord else "N.C.") for h in symbols] == [
        (0, "G"),
        (2, "D"),
        (4, "Em"),
        (6, "N.C."),
        (8, "G"),
        (10, "D"),
        (12, "G"),
        (14, "D"),
    ]
    assert etree.fromstring(reply.document).find(".//harmony") is not None
    assert '7 chords of the track "Chords" are chord symbols here' in reply.remarks


def test_a_new_score_says_that_their_notes_are_not_in_it():
    job = done(song())
    _, remarks = job.encode(job.reply.results[0], Path("new.musicxml"))
    assert 'not in the new score: "Chords"; save as MIDI to keep all' in remarks
