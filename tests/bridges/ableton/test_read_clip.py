"""What ripieno makes of a clip in Live: the notes that are heard, which voice it is, meter and key."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from ableton_set import Clip, Note
from ableton_stand_in import StandIn
from live_support import OPTIONS, Composer, clip_of, do, melody_set
from ripieno.errors import RipienoError
from ripieno.score import VOICE_NAMES, Key, Meter
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.live_set import Song
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.ableton.read_clip import key_of
from ripieno_bridges.api.requests import Request

# -- what is heard -------------------------------------------------------------------------------------------


def test_the_region_that_loops_is_what_counts_and_the_new_clips_line_up_with_it():
    notes = [Note(60, 3.0, 2.0), Note(72, 4.0, 1.0), Note(74, 11.0, 3.0), Note(76, 12.0, 1.0)]
    live_set, composer = melody_set(), Composer()
    live_set.put(0, 0, Clip(16.0, "Verse", notes, loop_start=4.0, loop_end=12.0, start_marker=8.0))
    with StandIn(live_set) as live:
        do(live, service=composer)
    score = composer.requests[0].score
    assert score is not None
    assert [(n.pitch, n.onset, n.duration) for n in score.voices[0].notes] == [(72, 0, 1), (74, 7, 1)]
    alto = clip_of(live_set, "Alto")
    assert (alto.loop_start, alto.loop_end, alto.start_marker) == (4.0, 12.0, 8.0)
    assert alto.music() == [(67, 4.0, 1.0), (69, 11.0, 1.0)]


def test_a_clip_that_does_not_loop_gives_clips_that_do_not():
    live_set = melody_set(looping=False)
    with StandIn(live_set) as live:
        do(live)
    assert not clip_of(live_set, "Tenor").looping


def test_deactivated_notes_are_silent_and_that_is_said():
    live_set, composer = melody_set(), Composer()
    live_set.clip(0, 0).notes.append(Note(90, 0.0, 4.0, mute=True))
    with StandIn(live_set) as live:
        outcome = do(live, service=composer)
    assert "1 deactivated note was not looked at" in outcome.remarks
    assert composer.requests[0].score.voices[0].notes[0].pitch == 72


CHORDS = [  # a pad under a tune: two long chords, the second of them struck by a hand, and a passing note
    *(Note(pitch, 0.0, 4.0) for pitch in (72, 64, 55)),
    *(Note(pitch, 4.0 + i / 48, 4.0 - i / 48) for i, pitch in enumerate((53, 69, 74))),
    Note(65, 2.0, 1.0),
    Note(76, 6.0, 2.0),
]


@pytest.mark.parametrize(
    ("track", "line", "remark"),
    [
        (
            "Keys",
            [(72, 0, 4), (74, Fraction(97, 24), Fraction(47, 24)), (76, 6, 2)],
            "the clip has chords: ripieno took their top line and left out the 5 notes below it",
        ),
        (
            "Bass",
            [(55, 0, 4), (53, 4, 4)],
            "the clip has chords: ripieno took their lowest line and left out the 6 notes above it",
        ),
    ],
)
def test_chords_give_their_outer_line_and_that_is_said(track: str, line: list[Any], remark: str):
    live_set, composer = melody_set(), Composer()
    live_set.tracks[0].name = track
    live_set.put(0, 0, Clip(8.0, "Verse", list(CHORDS)))
    with StandIn(live_set) as live:
        outcome = do(live, service=composer)
    score = composer.requests[0].score
    assert score is not None
    (voice,) = (voice for voice in score.voices if voice.notes)
    assert [(n.pitch, n.onset, n.duration) for n in voice.notes] == line
    assert outcome.remarks[0] == remark
    assert live_set.clip(0, 0).notes == CHORDS


def test_a_pianist_s_chords_are_taken_as_they_are():
    live_set, composer = melody_set(), Composer()
    live_set.put(0, 0, Clip(8.0, "Verse", list(CHORDS)))
    with StandIn(live_set) as live:
        outcome = do(live, "vary", service=composer, options=Request(task="compose", performers="piano"))
    assert sum(len(voice.notes) for voice in composer.requests[0].score.voices) == len(CHORDS)
    assert not any("chords" in remark for remark in outcome.remarks)


@pytest.mark.parametrize(
    ("track", "pitches", "options", "voice"),
    [
        ("Keys", (72, 74), OPTIONS, "soprano"),
        ("Keys", (43, 45), OPTIONS, "bass"),
        ("Tenor", (60, 62), OPTIONS, "tenor"),
        ("Alt", (65, 67), OPTIONS, "alto"),
        ("Alto Sax", (65, 67), OPTIONS, "soprano"),
        ("Tenor", (60, 62), Request(task="compose", given=("bass",)), "bass"),
    ],
)
def test_which_voice_a_clip_is(track: str, pitches: tuple[int, ...], options: Request, voice: str):
    live_set, composer = melody_set(), Composer()
    live_set.tracks[0].name = track
    live_set.put(0, 0, Clip(4.0, "Verse", [Note(p, float(i), 1.0) for i, p in enumerate(pitches)]))
    with StandIn(live_set) as live:
        outcome = do(live, service=composer, options=options)
    score = composer.requests[0].score
    assert score is not None
    assert [v.name for v in score.voices if v.notes] == [voice]
    assert [clip.part.lower() for clip in outcome.clips] == [name for name in VOICE_NAMES if name != voice]


def test_two_given_voices_are_too_many_for_a_clip():
    options = Request(task="compose", given=("soprano", "bass"))
    with StandIn(melody_set()) as live, pytest.raises(RipienoError, match="a clip is one voice"):
        do(live, options=options)


@pytest.mark.parametrize(
    ("root", "scale", "key"),
    [
        (0, "Major", None),  # what every set says
        (0, "Minor", Key(-3, "minor")),
        (7, "Major", Key(1, "major")),
        (9, "Harmonic Minor", Key(0, "minor")),
        (6, "Major", Key(6, "major")),
        (1, "Major", Key(-5, "major")),
        (3, "Minor", Key(6, "minor")),
        (2, "Dorian", None),
        (None, None, None),
    ],
)
def test_the_scale_says_the_key_where_it_is_major_or_minor(
    root: int | None, scale: str | None, key: Key | None
):
    assert key_of(Song(120.0, Meter(), root, scale, 1, 1)) == key


def test_meter_and_key_come_from_live():
    live_set, composer = melody_set("C5:4 D5 E5 | F5:2.", length=6.0), Composer()
    live_set.signature_numerator, live_set.root_note, live_set.scale_name = 3, 5, "Major"
    with StandIn(live_set) as live:
        do(live, service=composer)
    request = composer.requests[0]
    assert request.score is not None
    assert [(str(m.meter), m.key) for m in request.score.measures] == [("3/4", Key(-1, "major"))] * 2
    assert not request.find_key


def test_what_the_musician_says_counts_more_than_live():
    live_set, composer = melody_set(), Composer()
    live_set.root_note = 5
    options = Request(task="compose", key=Key(2, "major"), meter=Meter(2, 2), seed=3, alternatives=1)
    with StandIn(live_set) as live:
        do(live, service=composer, options=options)
    request = composer.requests[0]
    assert request.score is not None
    assert (request.score.measures[0].key, str(request.score.measures[0].meter)) == (Key(2, "major"), "2/2")
    assert (request.seed, request.task, request.given) == (3, "harmonize", None)


def test_without_a_scale_the_key_is_found_from_the_notes():
    composer = Composer()
    with StandIn(melody_set()) as live:
        do(live, service=composer)
    assert composer.requests[0].find_key


@pytest.mark.parametrize(
    ("change", "clip_slot", "error"),
    [
        (lambda s: s.put(0, 0, Clip(4.0, "Verse")), None, 'the clip "Verse" in track 1, slot 1 is empty'),
        (lambda s: setattr(s, "selected", None), None, "no clip is selected in Live; click on a MIDI clip"),
        (lambda s: setattr(s, "selected", (0, 3)), None, "there is no clip in track 1, slot 4"),
        (
            lambda s: s.put(1, 0, Clip(4.0, "loop", is_midi_clip=False)),
            ClipSlot(1, 0),
            "track 2, slot 1 is audio",
        ),
        (
            lambda s: None,
            ClipSlot(9, 0),
            "there is no track 10, slot 1; the set has 2 tracks, with 8 slots each",
        ),
        (lambda s: s.add_track("Soprano 2"), ClipSlot(2, 0), "there is no clip in track 3, slot 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_way_out(change: Any, clip_slot: ClipSlot | None, error: str):
    live_set = melody_set()
    change(live_set)
    with StandIn(live_set) as live, pytest.raises(LiveError, match=error):
        do(live, clip_slot=clip_slot)
