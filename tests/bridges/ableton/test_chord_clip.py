"""A clip of block chords called "rip chords" is the harmony of what is asked for in its scene."""

from __future__ import annotations

from typing import Any

import pytest

from ableton_set import Clip, LiveSet, Note
from ableton_stand_in import StandIn
from live_support import Composer, clip_of, do, melody_set
from ripieno.harmony.progression_text import parse_progression
from ripieno.harmony.symbol_text import chord_text
from ripieno_bridges.ableton.clip_commands import is_command
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.model_runner import ModelRunner

C, F, G7, A_MINOR = (48, 55, 64), (53, 57, 60), (55, 59, 62, 65), (57, 60, 64)
TUNE = "C5:4 D5:4 E5:4 F5:4 | G5:2 C5:2"
OBEYED = '4 chords of the clip "rip chords" in track 3, slot 1 are obeyed'


def blocks(*chords: tuple[int, ...], beats: float = 2.0) -> list[Note]:
    return [Note(pitch, i * beats, beats, 80.0) for i, chord in enumerate(chords) for pitch in chord]


def with_chord_clip(
    *chords: tuple[int, ...], slot: int = 0, name: str = "rip chords", **details: Any
) -> LiveSet:
    """The melody's set, with a third track and the chords in it, half notes."""
    live_set = melody_set(TUNE)
    live_set.add_track("Pad")
    live_set.put(2, slot, Clip(2.0 * len(chords), name, blocks(*chords), **details))
    return live_set


def asked(request: Request) -> list[tuple[float, float, str]]:
    """(onset, end, symbol) of the harmony in a request."""
    return [(float(h.onset), float(h.end), chord_text(h.chord)) for h in request.harmony if h.chord]


class Runner(Composer):
    """The engine itself, with the network that comes with ripieno."""

    async def ask(self, request: Request, **_: Any) -> Reply:
        self.requests.append(request)
        return ModelRunner().answer(request, progress=lambda _: None)


def test_its_chords_sound_under_the_melody_and_the_clip_is_left_as_it_is():
    live_set, runner = with_chord_clip(C, G7, A_MINOR, F), Runner()
    with StandIn(live_set) as live:
        outcome = do(live, service=runner, options=Request(task="compose", seed=1, beam=1))
    assert OBEYED in outcome.remarks
    assert [note.pitch % 12 for note in clip_of(live_set, "Bass").notes if note.start % 2 == 0] == [
        0,
        7,
        9,
        5,
    ]
    for beat, chord in ((0, C), (2, G7), (4, A_MINOR), (6, F)):
        notes = [note for name in ("Alto", "Tenor", "Bass") for note in clip_of(live_set, name).notes]
        sounding = {note.pitch % 12 for note in notes if note.start <= beat < note.end}
        assert sounding <= {pitch % 12 for pitch in chord}
    assert live_set.clip(2, 0) == Clip(8.0, "rip chords", blocks(C, G7, A_MINOR, F))


@pytest.mark.parametrize("name", ["rip chords", "RIP Chords", " Rip  chords "])
def test_its_name_may_be_written_as_one_likes_and_is_no_command(name: str):
    composer = Composer()
    with StandIn(with_chord_clip(C, G7, A_MINOR, F, name=name)) as live:
        outcome = do(live, service=composer)
    assert asked(composer.requests[0]) == [(0, 2, "C"), (2, 4, "G7"), (4, 6, "Am"), (6, 8, "F")]
    assert outcome.remarks[0] == OBEYED
    assert not is_command(name)


@pytest.mark.parametrize(
    "live_set",
    [
        pytest.param(with_chord_clip(C, F, slot=1), id="another-scene"),
        pytest.param(with_chord_clip(C, F, name="chords"), id="another-name"),
    ],
)
def test_other_clips_ask_for_nothing(live_set: LiveSet):
    composer = Composer()
    with StandIn(live_set) as live:
        outcome = do(live, service=composer)
    assert composer.requests[0].harmony == ()
    assert not any("rip chords" in remark for remark in outcome.remarks)


def test_a_chord_clip_that_loops_goes_on_under_a_longer_melody():
    composer = Composer()
    with StandIn(with_chord_clip(C, G7)) as live:
        do(live, service=composer)
    assert asked(composer.requests[0]) == [(0, 2, "C"), (2, 4, "G7"), (4, 6, "C"), (6, 8, "G7")]


def test_one_that_does_not_loop_ends():
    composer = Composer()
    with StandIn(with_chord_clip(C, G7, looping=False)) as live:
        do(live, service=composer)
    assert asked(composer.requests[0]) == [(0, 2, "C"), (2, 4, "G7")]


def test_to_continue_the_chords_go_on_into_the_new_measures():
    composer = Composer()
    with StandIn(with_chord_clip(C, G7, A_MINOR, F)) as live:
        do(live, "continue", service=composer, options=Request(task="compose", bars=1))
    assert asked(composer.requests[0])[-2:] == [(8, 10, "C"), (10, 12, "G7")]


def test_to_vary_they_hold_too():
    composer = Composer()
    with StandIn(with_chord_clip(C, G7, A_MINOR, F)) as live:
        do(live, "vary", service=composer)
    assert len(asked(composer.requests[0])) == 4


def test_a_block_that_is_no_chord_is_told_with_pitches_as_live_names_them():
    with StandIn(with_chord_clip(C, (60, 61, 62), A_MINOR, F)) as live:
        outcome = do(live)
    assert outcome.remarks[:2] == (
        '3 chords of the clip "rip chords" in track 3, slot 1 are obeyed',
        "rip chords, measure 1, beat 3: C3, C#3 and D3 are no chord; nothing is asked there",
    )


@pytest.mark.parametrize(
    ("options", "remark"),
    [
        (
            Request(task="compose", chords=parse_progression("C | G", "chords")),
            'the clip "rip chords" in track 3, slot 1 was passed over: chords stands instead',
        ),
        (
            Request(task="compose", performers="piano", model="dbn-ragtime"),
            'the clip "rip chords" in track 3, slot 1 was passed over: chords are for choirs',
        ),
    ],
)
def test_where_it_is_passed_over_that_is_said(options: Request, remark: str):
    composer = Composer()
    with StandIn(with_chord_clip(C, G7, A_MINOR, F)) as live:
        outcome = do(live, service=composer, options=options)
    assert composer.requests[0].harmony == ()
    assert outcome.remarks[0] == remark


def test_an_empty_one_asks_for_nothing():
    live_set = with_chord_clip(C)
    live_set.clip(2, 0).notes.clear()
    with StandIn(live_set) as live:
        outcome = do(live)
    assert outcome.remarks[0] == (
        'the clip "rip chords" in track 3, slot 1 asks for nothing: no notes sound in it'
    )


def test_one_of_audio_is_refused():
    live_set = with_chord_clip(C, is_midi_clip=False)
    with (
        StandIn(live_set) as live,
        pytest.raises(LiveError, match='the clip "rip chords" in track 3, slot 1 is audio; write its chords'),
    ):
        do(live)


def test_chords_that_are_changed_meanwhile_leave_everything_as_it_is():
    live_set = with_chord_clip(C, G7, A_MINOR, F)

    def change() -> None:
        live_set.clip(2, 0).notes[0].pitch += 1

    with (
        StandIn(live_set) as live,
        pytest.raises(LiveError, match="track 3, slot 1 was changed while ripieno worked, so nothing was"),
    ):
        do(live, service=Composer(change))
    assert len(live_set.tracks) == 3
