"""Ableton Live: a clip is read as it is heard, voices come as clips beside it, nothing else is touched."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from msgspec import structs

from ableton_set import Clip, LiveSet, Note
from ableton_stand_in import StandIn
from live_support import DOWN, IMPATIENT, Composer, clip_of, clips_in, do, melody_set, names_in, notes_of
from ripieno_bridges.ableton.client import Patience
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.packets import AbletonMessage, encode
from ripieno_bridges.ableton.placement import mark_name
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request

MACOS_BYTES = 9216  # the most that macOS sends in a packet
VOICES = ("Alto", "Tenor", "Bass")
TWO = Request(task="compose", alternatives=2)


# -- harmonize -----------------------------------------------------------------------------------------------


def test_three_voices_come_as_clips_in_the_melody_s_scene():
    live_set = melody_set()
    melody = live_set.clip(0, 0).music()
    with StandIn(live_set) as live:
        outcome = do(live)
    assert names_in(live_set) == ["Keys", "Drums", *VOICES]
    for voice in VOICES:
        clip = clip_of(live_set, voice)
        assert clip.name == f"{voice} - rip Verse"
        assert clip.music() == [(pitch + DOWN[voice.lower()], start, d) for pitch, start, d in melody]
        assert (clip.loop_start, clip.loop_end, clip.looping) == (0, 8, True)
        assert clip.color
        assert {note.mute for note in clip.notes} == {False}
    assert [(clip.part, str(clip.clip_slot), clip.notes) for clip in outcome.clips] == [
        ("Alto", "track 3, slot 1", 6),
        ("Tenor", "track 4, slot 1", 6),
        ("Bass", "track 5, slot 1", 6),
    ]


def test_the_melody_is_not_touched():
    live_set = melody_set()
    before = copy.deepcopy(live_set.clip(0, 0))
    with StandIn(live_set) as live:
        do(live)
    assert live_set.clip(0, 0) == before


class Remarking(Composer):
    """A composer with something to say."""

    async def ask(self, request: Request, **details: Any) -> Reply:
        return structs.replace(await super().ask(request, **details), remarks=("C4 lies low",))


def test_remarks_name_pitches_as_live_does():
    with StandIn(melody_set()) as live:
        assert "C3 lies low" in do(live, service=Remarking()).remarks


def test_it_works_at_live_s_own_pace():
    with StandIn(melody_set(), tick_seconds=0.1) as live:
        assert len(do(live, patience=Patience()).clips) == 3


def test_the_melody_is_selected_again_since_live_selects_new_tracks():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live)
    assert live_set.selected == (0, 0)


def test_the_selected_clip_is_taken_unless_one_is_named():
    live_set = melody_set()
    live_set.put(0, 2, Clip(4.0, "Chorus", notes_of("E5:1")))
    live_set.selected = (0, 2)
    with StandIn(live_set) as live:
        do(live)
        do(live, clip_slot=ClipSlot(0, 0))
    assert clips_in(live_set, "Alto") == {0: "Alto - rip Verse", 2: "Alto - rip Chorus"}


def test_our_own_clips_are_replaced_and_our_tracks_used_again():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live)
        live_set.put(0, 0, Clip(4.0, "Verse", notes_of("G5:1")))
        outcome = do(live)
    assert names_in(live_set) == ["Keys", "Drums", *VOICES]
    assert clip_of(live_set, "Alto").music() == [(74, 0, 4)]
    assert not any(clip.new_track for clip in outcome.clips)


def test_new_tracks_are_said_to_need_an_instrument():
    with StandIn(melody_set()) as live:
        first, second = do(live), do(live)
    assert "new tracks: Alto, Tenor, Bass; put an instrument on each, or they make no sound" in first.remarks
    assert second.remarks == ()


def test_a_musician_s_own_track_called_bass_is_left_alone():
    live_set = melody_set()
    live_set.tracks[1].name = "Tenor"  # an audio track, for a singer
    own = live_set.add_track("Bass")
    live_set.put(2, 3, Clip(4.0, "synth bass", notes_of("C3:1")))
    with StandIn(live_set) as live:
        do(live)
    assert names_in(live_set) == ["Keys", "Tenor", "Bass", *VOICES]
    assert [slot.clip.name for slot in own.slots if slot.clip] == ["synth bass"]


def test_an_empty_track_that_is_called_like_a_voice_is_used():
    live_set = melody_set()
    live_set.add_track("alto")
    with StandIn(live_set) as live:
        do(live)
    assert names_in(live_set) == ["Keys", "Drums", "alto", "Tenor", "Bass"]


def with_own_clip_in_the_way() -> LiveSet:
    """An Alto track of ours, where a musician has put a clip into the melody's scene."""
    live_set = melody_set()
    live_set.add_track("Alto")
    live_set.put(2, 5, Clip(4.0, mark_name("Alto", "Bridge")))
    live_set.put(2, 0, Clip(4.0, "my own alto", notes_of("C4:1")))
    return live_set


def test_a_musician_s_own_clip_is_not_overwritten_and_no_time_is_wasted():
    live_set, composer = with_own_clip_in_the_way(), Composer()
    before = copy.deepcopy(live_set)
    with (
        StandIn(live_set) as live,
        pytest.raises(
            LiveError, match=r'a clip of yours, "my own alto", is where the Alto goes \(track 3, slot 1\)'
        ),
    ):
        do(live, service=composer)
    assert live_set == before
    assert composer.requests == []


def test_an_empty_clip_without_a_name_is_nobody_s():
    live_set = melody_set()
    live_set.add_track("Alto")
    live_set.put(2, 0, Clip(4.0, ""))
    with StandIn(live_set) as live:
        do(live)
    assert clip_of(live_set, "Alto").name == "Alto - rip Verse"


def test_notes_without_a_name_are_somebody_s():
    live_set = melody_set()
    live_set.add_track("Alto")
    live_set.put(2, 0, Clip(4.0, "", notes_of("E4:1")))
    with StandIn(live_set) as live:
        do(live)
    assert names_in(live_set) == ["Keys", "Drums", "Alto", "Alto", "Tenor", "Bass"]
    assert clip_of(live_set, "Alto").notes[0].pitch == 64


def test_it_is_overwritten_where_that_is_wanted():
    live_set = with_own_clip_in_the_way()
    with StandIn(live_set) as live:
        do(live, force=True)
    assert clip_of(live_set, "Alto").name == "Alto - rip Verse"


def test_a_clip_that_a_musician_puts_there_meanwhile_is_not_overwritten():
    live_set = melody_set()

    def put() -> None:
        live_set.put(2, 0, Clip(4.0, "mine"))

    with StandIn(live_set) as live:
        do(live)
        live_set.put(2, 5, Clip(4.0, mark_name("Alto", "Bridge")))
        with pytest.raises(LiveError, match='a clip of yours, "mine"'):
            do(live, service=Composer(put))
    assert clip_of(live_set, "Alto").name == "mine"


def test_a_clip_of_3000_notes_goes_in_and_comes_out():
    live_set = melody_set(length=750.0)
    live_set.clip(0, 0).notes = [Note(72 + i % 5, i / 4, 0.25) for i in range(3000)]
    with StandIn(live_set, max_bytes=MACOS_BYTES) as live:
        do(live)
    assert clip_of(live_set, "Bass").music() == [(53 + i % 5, i / 4, 0.25) for i in range(3000)]
    assert max(len(encode(AbletonMessage(*heard))) for heard in live.heard) < MACOS_BYTES


def test_triplets_are_read_as_exact_thirds_and_written_where_they_were():
    live_set, composer = melody_set("C5:12 D5 E5 F5:4 G5:2"), Composer()
    with StandIn(live_set) as live:
        do(live, service=composer)
    score = composer.requests[0].score
    assert score is not None
    assert [note.onset for note in score.voices[0].notes[:4]] == [0, Fraction(1, 3), Fraction(2, 3), 1]
    assert [note.start for note in clip_of(live_set, "Alto").notes][:4] == pytest.approx([0, 1 / 3, 2 / 3, 1])


# -- what happens meanwhile --------------------------------------------------------------------------------


def transposed(live_set: LiveSet) -> None:
    live_set.clip(0, 0).notes[0].pitch += 1


def lengthened(live_set: LiveSet) -> None:
    live_set.clip(0, 0).loop_end += 4


def deleted(live_set: LiveSet) -> None:
    live_set.tracks[0].slots[0].clip = None


def pushed_aside(live_set: LiveSet) -> None:
    live_set.tracks.insert(0, live_set.tracks.pop())


@pytest.mark.parametrize("change", [transposed, lengthened, deleted, pushed_aside])
def test_a_source_that_is_changed_meanwhile_leaves_everything_as_it_is(change: Any):
    live_set = melody_set()
    with (
        StandIn(live_set) as live,
        pytest.raises(
            LiveError, match="track 1, slot 1 was changed while ripieno worked, so nothing was written"
        ),
    ):
        do(live, service=Composer(lambda: change(live_set)))
    assert len(live_set.tracks) == 2


@pytest.mark.parametrize("ending", ["quit", "menu"])
def test_live_gone_half_way_is_told_with_what_stands_and_what_does_not(ending: str):
    def end_at_the_second_scene(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip" and values[1] == 1:
            live.quit() if ending == "quit" else live.menu_open.set()

    with StandIn(melody_set(), before=end_at_the_second_scene) as live, pytest.raises(LiveError) as caught:
        do(live, patience=IMPATIENT, options=TWO)
    said, account = str(caught.value).split(". ")
    assert said.startswith("AbletonOSC is not there" if ending == "quit" else "Live does not answer any more")
    assert account == (
        "Written: Alto - rip Verse, Tenor - rip Verse, Bass - rip Verse; not written, or only in part: "
        "Alto - rip Verse (2), Tenor - rip Verse (2), Bass - rip Verse (2)"
    )


def test_where_live_refuses_a_clip_everything_is_as_it_was():
    live_set = melody_set()
    live_set.add_track("Alto")
    old = Clip(16.0, mark_name("Alto", "Verse"), notes_of("E4:2 F4:2"), color=0x123456, loop_start=4.0)
    live_set.put(2, 0, old)
    live_set.add_track("Tenor").is_frozen = True
    before = copy.deepcopy(live_set)
    with StandIn(live_set) as live, pytest.raises(LiveError) as caught:
        do(live)
    assert str(caught.value) == (
        "Live could not do it (Error handling OSC message: Cannot create a clip in this slot); perhaps the "
        "set was changed, so try again. Nothing was written"
    )
    assert live_set == before


def test_where_live_has_no_room_for_all_tracks_none_is_left():
    live_set = melody_set()
    live_set.max_tracks = 4
    before = copy.deepcopy(live_set)
    with (
        StandIn(live_set) as live,
        pytest.raises(LiveError, match="Live made no track for Alto, Tenor, Bass"),
    ):
        do(live)
    assert live_set.tracks == before.tracks


def test_a_clip_that_a_musician_puts_there_at_the_last_moment_stays_as_it_is():
    def put_before_the_tenor(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip" and values[0] == 3 and not put:
            put.append(live_set.put(3, 0, Clip(4.0, "mine", notes_of("C3:1"))))

    put: list[Clip] = []
    live_set = melody_set()
    for voice in VOICES:
        live_set.add_track(voice)
    with (
        StandIn(live_set, before=put_before_the_tenor) as live,
        pytest.raises(
            LiveError, match=r'a clip of yours, "mine", is where the Tenor goes .* Nothing was writ'
        ),
    ):
        do(live)
    assert [clips_in(live_set, voice) for voice in VOICES] == [{}, {0: "mine"}, {}]
    assert put[0] == Clip(4.0, "mine", notes_of("C3:1"))


def test_a_clip_that_a_musician_exchanges_at_the_last_moment_stays_as_it_is():
    def exchange(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/song/create_midi_track":
            live_set.put(2, 0, Clip(4.0, "mine"))

    live_set = melody_set()
    live_set.add_track("Alto")
    live_set.put(2, 0, Clip(8.0, mark_name("Alto", "Verse")))
    with (
        StandIn(live_set, before=exchange) as live,
        pytest.raises(LiveError, match='a clip of yours, "mine"'),
    ):
        do(live)
    assert live_set.clip(2, 0) == Clip(4.0, "mine")
    assert names_in(live_set) == ["Keys", "Drums", "Alto"]


def test_a_long_clip_s_notes_never_come_to_a_clip_that_a_musician_puts_there():
    def put(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip" and live_set.tracks[2].slots[0].clip is None:
            live_set.put(2, 0, Clip(4.0, "mine"))

    live_set = melody_set(length=200.0)
    live_set.clip(0, 0).notes = [Note(72 + i % 5, i / 4, 0.25) for i in range(800)]
    live_set.add_track("Alto")
    with StandIn(live_set, before=put) as live, pytest.raises(LiveError, match='a clip of yours, "mine"'):
        do(live)
    assert live_set.clip(2, 0) == Clip(4.0, "mine")
    assert names_in(live_set) == ["Keys", "Drums", "Alto"]


@pytest.mark.parametrize(("task", "ticks"), [("harmonize", 10), ("continue", 8), ("vary", 8)])
def test_a_job_takes_few_ticks_of_live(task: str, ticks: int):
    live_set = melody_set()
    for i in range(20):
        live_set.add_track(f"more {i}")
    with StandIn(live_set, tick_seconds=0.05) as live:
        do(live, task)
    assert live.busy_ticks <= ticks


def test_notes_that_do_not_arrive_are_written_again():
    lost: list[str] = []

    def lose_the_first(address: str, values: tuple[Any, ...]) -> bool:
        first = address == "/live/clip/add/notes" and not lost
        lost.extend([address] if first else [])
        return first

    live_set = melody_set()
    with StandIn(live_set, before=lose_the_first) as live:
        do(live)
    assert len(clip_of(live_set, "Alto").notes) == 6


def test_notes_that_never_arrive_are_an_error():
    def lose(address: str, values: tuple[Any, ...]) -> bool:
        return address == "/live/clip/add/notes"

    with (
        StandIn(melody_set(), before=lose) as live,
        pytest.raises(LiveError, match="did not arrive in track 3, slot 1"),
    ):
        do(live)


# -- alternatives --------------------------------------------------------------------------------------------


def test_alternatives_go_to_free_scenes_below():
    live_set = melody_set()
    live_set.put(0, 1, Clip(4.0, "Chorus", notes_of("E5:1")))
    with StandIn(live_set) as live:
        do(live, options=Request(task="compose", alternatives=3))
    assert clips_in(live_set, "Alto") == {
        0: "Alto - rip Verse",
        2: "Alto - rip Verse (2)",
        3: "Alto - rip Verse (3)",
    }
    assert clip_of(live_set, "Alto", 2).notes[0].pitch == clip_of(live_set, "Alto").notes[0].pitch - 1


def test_older_alternatives_are_replaced_but_not_other_clips_of_ours():
    live_set, two = melody_set(), Request(task="compose", alternatives=2)
    with StandIn(live_set) as live:
        do(live, options=two)
        live_set.put(2, 1, Clip(4.0, mark_name("Alto", "Bridge")))
        do(live, options=two)
        do(live, options=two)
    assert clips_in(live_set, "Alto") == {
        0: "Alto - rip Verse",
        1: "Alto - rip Bridge",
        2: "Alto - rip Verse (2)",
    }


def test_too_few_free_scenes_are_told_before_the_work():
    composer = Composer()
    with (
        StandIn(melody_set()) as live,
        pytest.raises(LiveError, match="9 alternatives need 8 free scenes below scene 1, and there are 7"),
    ):
        do(live, service=composer, options=Request(task="compose", alternatives=9))
    assert composer.requests == []


# -- continue, vary, piano -----------------------------------------------------------------------------------


def test_a_continuation_goes_to_the_next_empty_slot_and_starts_at_its_beginning():
    live_set = melody_set()
    live_set.put(0, 1, Clip(4.0, "Chorus"))
    before = copy.deepcopy(live_set.clip(0, 0))
    with StandIn(live_set) as live:
        do(live, "continue", options=Request(task="compose", bars=2))
    assert clips_in(live_set, "Keys") == {0: "Verse", 1: "Chorus", 2: "Continued - rip Verse"}
    clip = clip_of(live_set, "Keys", 2)
    assert clip.music() == [(60, 0.0, 4.0), (60, 4.0, 4.0)]
    assert (clip.loop_start, clip.loop_end) == (0.0, 8.0)
    assert live_set.clip(0, 0) == before
    assert names_in(live_set) == ["Keys", "Drums"]


def test_a_continuation_of_a_continuation_keeps_the_title():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live, "continue")
        do(live, "continue", clip_slot=ClipSlot(0, 1))
    assert clips_in(live_set, "Keys") == {0: "Verse", 1: "Continued - rip Verse", 2: "Continued - rip Verse"}


def test_a_variation_is_heard_like_the_original():
    live_set = melody_set(loop_start=4.0, length=8.0)
    with StandIn(live_set) as live:
        do(live, "vary", options=Request(task="compose", alternatives=2))
    assert clips_in(live_set, "Keys") == {
        0: "Verse",
        1: "Varied - rip Verse",
        2: "Varied - rip Verse (2)",
    }
    clip = clip_of(live_set, "Keys", 1)
    assert (clip.loop_start, clip.loop_end) == (4.0, 8.0)
    assert clip.music() == [(81, 4.0, 2.0), (74, 6.0, 2.0)]


def test_without_an_empty_slot_below_there_is_a_message():
    live_set = melody_set()
    live_set.put(0, 7, Clip(8.0, "Last", notes_of("C5:1")))
    with (
        StandIn(live_set) as live,
        pytest.raises(
            LiveError, match='an empty slot is needed below the clip in track 1, "Keys"; insert scenes'
        ),
    ):
        do(live, "continue", clip_slot=ClipSlot(0, 7))


def test_a_pianist_gets_a_track_for_each_hand():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live, options=Request(task="compose", performers="piano"))
    assert names_in(live_set) == ["Keys", "Drums", "Right hand", "Left hand"]
    assert len(clip_of(live_set, "Right hand").notes) == 12
    assert len(clip_of(live_set, "Left hand").notes) == 6


# -- several melodies ----------------------------------------------------------------------------------------


def test_alternatives_have_a_copy_of_the_melody_beside_them():
    live_set = melody_set(start_marker=2.0)
    live_set.clip(0, 0).notes.append(Note(90, 0.0, 1.0, mute=True))
    live_set.put(0, 1, Clip(4.0, "Chorus"))
    with StandIn(live_set) as live:
        outcome = do(live, options=Request(task="compose", alternatives=3))
    assert clips_in(live_set, "Keys") == {
        0: "Verse",
        1: "Chorus",
        2: "Melody - rip Verse (2)",
        3: "Melody - rip Verse (3)",
    }
    for slot in (2, 3):
        clip = copy.deepcopy(clip_of(live_set, "Keys", slot))
        clip.name = "Verse"
        assert clip == live_set.clip(0, 0)
    assert outcome.remarks[0] == (
        "further versions: in scenes 3 and 4, with a copy of your clip; launch a scene to hear one"
    )


def test_older_copies_of_the_melody_are_replaced():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live, options=TWO)
        live_set.clip(0, 0).notes[0].pitch = 79
        do(live, options=TWO)
    assert clips_in(live_set, "Keys") == {0: "Verse", 1: "Melody - rip Verse (2)"}
    assert clip_of(live_set, "Keys", 1).music() == live_set.clip(0, 0).music()
    assert clips_in(live_set, "Alto") == {0: "Alto - rip Verse", 1: "Alto - rip Verse (2)"}


def test_where_live_copies_nothing_it_is_told():
    with StandIn(melody_set(), unknown=("/live/clip_slot/duplicate_clip_to",)) as live:
        outcome = do(live, options=TWO)
    assert len(outcome.clips) == 6
    assert outcome.remarks[0] == (
        "further versions: in scene 2, without your clip, of which Live made no copy; copy it there "
        "yourself, or it stops when such a scene is launched"
    )


def with_a_second_melody(name: str) -> LiveSet:
    """The voices of Verse in the first scene, and another melody beside it."""
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live)
    live_set.add_track("Lead")
    live_set.put(5, 0, Clip(4.0, name, notes_of("E5:1")))
    return live_set


@pytest.mark.parametrize("name", ["Chorus", "Verse"])
def test_a_second_melody_in_the_scene_never_replaces_the_voices_of_the_first(name: str):
    live_set = with_a_second_melody(name)
    first = copy.deepcopy(live_set.tracks[2:5])
    title = "Chorus" if name == "Chorus" else "Verse on Lead"
    with StandIn(live_set) as live:
        for _ in range(2):  # its own voices are replaced
            do(live, clip_slot=ClipSlot(5, 0))
    assert live_set.tracks[2:5] == first
    assert [track.name for track in live_set.tracks[6:]] == [*VOICES]
    assert [track.slots[0].clip.name for track in live_set.tracks[6:] if track.slots[0].clip] == [
        f"{voice} - rip {title}" for voice in VOICES
    ]


def test_an_audio_clip_of_the_same_name_is_no_melody():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live)
        live_set.put(1, 0, Clip(4.0, "Verse", is_midi_clip=False))
        do(live)
    assert names_in(live_set) == ["Keys", "Drums", *VOICES]
    assert clips_in(live_set, "Alto") == {0: "Alto - rip Verse"}


def test_the_first_melody_is_still_told_from_the_second():
    live_set = with_a_second_melody("Verse")
    with StandIn(live_set) as live:
        do(live, clip_slot=ClipSlot(5, 0))
        second = copy.deepcopy(live_set.tracks[6:])
        outcome = do(live, clip_slot=ClipSlot(0, 0))
    assert live_set.tracks[6:9] == second
    assert outcome.remarks[1:] == (
        'the voices of "Verse" in this scene were left alone',
        'the voices of "Verse on Lead" in this scene were left alone',
    )


def test_voices_whose_melody_has_another_name_now_are_replaced_and_that_is_told():
    live_set = melody_set()
    with StandIn(live_set) as live:
        do(live)
        live_set.clip(0, 0).name = "Chorus"
        outcome = do(live)
    assert clips_in(live_set, "Alto") == {0: "Alto - rip Chorus"}
    assert (
        'the voices of "Verse" were replaced, since no clip in this scene is called so any more'
        in outcome.remarks
    )
