"""The client of AbletonOSC: every answer finds its question, and errors are told to the musician."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ableton_set import Clip, LiveSet, Note
from ableton_stand_in import StandIn, free_port, messages_in
from live_support import IMPATIENT, PATIENT, TEST_SECONDS
from ripieno_bridges.ableton.client import AbletonOSC, Patience, Ports, together
from ripieno_bridges.ableton.clip import ClipSlot, LiveClip, LiveNote, Region
from ripieno_bridges.ableton.live_set import LiveSet as Session
from ripieno_bridges.ableton.live_set import NoSelectionError
from ripieno_bridges.ableton.packets import MAX_BYTES, AbletonMessage, decode, encode, pack
from ripieno_bridges.ableton.questions import LiveError, NoAnswerError, Question, RefusedError
from ripieno_bridges.api.music_text import beats

T = TypeVar("T")
TEMPO = Question("/live/song/get/tempo")
NAME = Question("/live/track/get/name", (0,), named=1)
MACOS_BYTES = 9216
VERSE = ClipSlot(0, 0)


def small_set() -> LiveSet:
    """A melody on the first track, and an empty second one."""
    live_set = LiveSet(scenes=4)
    live_set.add_track("Melody")
    live_set.add_track("2-MIDI")
    live_set.put(0, 0, Clip(8.0, "Verse", [Note(60, 0.0, 1.0), Note(62, 1.0, 1.0)]))
    return live_set


def talk(stand_in: StandIn, work: Callable[[AbletonOSC], Awaitable[T]], patience: Patience = PATIENT) -> T:
    """The result of some work with an open connection."""

    async def main() -> T:
        async with AbletonOSC(Ports(stand_in.port, stand_in.answer_port), patience=patience) as osc:
            return await work(osc)

    return asyncio.run(asyncio.wait_for(main(), TEST_SECONDS))


# -- the connection ----------------------------------------------------------------------------------------


def test_a_question_is_answered_without_its_track_and_slot():
    question = Question("/live/clip/get/name", (0, 0), named=2)
    with StandIn(small_set()) as live:
        assert talk(live, lambda osc: osc.ask(question)) == ("Verse",)


def test_answers_come_at_live_s_own_pace():
    with StandIn(small_set(), tick_seconds=0.1) as live:
        assert talk(live, lambda osc: osc.ask(TEMPO), Patience()) == (120.0,)


def test_more_questions_than_a_round_holds_are_answered_in_order():
    live_set = LiveSet()
    for i in range(50):
        live_set.add_track(f"track {i}")
    with StandIn(live_set) as live:
        tracks = talk(live, lambda osc: Session(osc).tracks())
    assert [track.name for track in tracks] == [f"track {i}" for i in range(50)]


def test_a_port_that_is_taken_is_named_with_the_way_out():
    with StandIn(small_set()) as live, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", live.answer_port))
        said = rf"^port {live.answer_port} is taken; only one program at a time can talk to AbletonOSC: close"
        with pytest.raises(LiveError, match=said):
            talk(live, lambda osc: osc.ask(TEMPO))


def test_the_port_is_free_again_as_soon_as_a_connection_is_closed():
    with StandIn(small_set()) as live:
        for _ in range(3):
            talk(live, lambda osc: osc.ask(TEMPO))


def test_where_live_is_not_there_it_is_told_at_once_how_to_set_it_up():
    async def main() -> None:
        async with asyncio.timeout(0.5), AbletonOSC(Ports(free_port(), free_port())):
            pass

    with pytest.raises(
        NoAnswerError, match=r"AbletonOSC is not there on port .* choose AbletonOSC as a control"
    ):
        asyncio.run(main())


def test_an_open_menu_at_the_start_is_thought_of():
    with StandIn(small_set()) as live:
        live.menu_open.set()
        with pytest.raises(NoAnswerError, match=r"nothing on port .* close any open menu or dialog in Live"):
            talk(live, lambda osc: osc.ask(TEMPO), IMPATIENT)


def test_live_that_ends_in_the_middle_is_noticed():
    def end_at_tempo(address: str, values: tuple[Any, ...]) -> None:
        if address == TEMPO.address:
            live.quit()

    with StandIn(small_set(), before=end_at_tempo) as live, pytest.raises(NoAnswerError, match="not there"):
        talk(live, lambda osc: osc.ask(TEMPO), IMPATIENT)


def test_an_error_is_told_in_abletonosc_s_words():
    with StandIn(small_set()) as live:
        question = Question("/live/clip/get/name", (1, 3), named=2)
        with pytest.raises(RefusedError, match="'NoneType' object has no attribute 'name'"):
            talk(live, lambda osc: osc.ask(question))


def test_the_error_of_a_command_is_told_though_commands_have_no_answers():
    with StandIn(small_set()) as live, pytest.raises(RefusedError, match="Cannot delete clip in empty slot"):
        talk(live, lambda osc: osc.execute(AbletonMessage("/live/clip_slot/delete_clip", (1, 0))))


# -- together ------------------------------------------------------------------------------------------------


def test_what_is_asked_at_the_same_time_is_answered_at_once():
    async def work(osc: AbletonOSC) -> list[Any]:
        before = live.busy_ticks
        live_set, clip = Session(osc), LiveClip(osc, VERSE)
        found = await together(live_set.song(), live_set.tracks(), live_set.selected(), clip.read())
        assert live.busy_ticks <= before + 2  # a tick may come while they are sent
        return found

    with StandIn(small_set(), tick_seconds=0.05) as live:
        song, tracks, selected, (region, notes) = talk(live, work)
    assert (song.tracks, [track.name for track in tracks], selected) == (2, ["Melody", "2-MIDI"], VERSE)
    assert (region, [note.pitch for note in notes]) == (Region(0.0, 8.0, 0.0), [60, 62])


def test_an_error_of_one_question_is_not_the_others():
    async def work(osc: AbletonOSC) -> list[Any]:
        asked = (Session(osc).song(), LiveClip(osc, ClipSlot(1, 3)).region(), LiveClip(osc, VERSE).region())
        return list(await asyncio.gather(*asked, return_exceptions=True))

    with StandIn(small_set()) as live:
        song, error, region = talk(live, work)
    assert (song.tracks, region) == (2, Region(0.0, 8.0, 0.0))
    assert isinstance(error, RefusedError)


def test_two_questions_about_the_notes_of_one_clip_are_not_mixed_up():
    async def work(osc: AbletonOSC) -> list[Any]:
        clip = LiveClip(osc, VERSE)
        return await together(clip.notes(1, 2), clip.notes(0, 1))

    with StandIn(small_set()) as live:
        later, earlier = talk(live, work)
    assert ([n.pitch for n in later], [n.pitch for n in earlier]) == ([62], [60])


def test_a_question_whose_asker_was_cancelled_disturbs_nobody():
    async def work(osc: AbletonOSC) -> tuple[Any, ...]:
        asking = asyncio.create_task(osc.ask(NAME))
        await asyncio.sleep(0)
        asking.cancel()
        return await osc.ask(TEMPO)

    with StandIn(small_set()) as live:
        assert talk(live, work) == (120.0,)


def test_commands_go_out_in_one_packet_and_none_follows_one_that_is_refused():
    clip = ClipSlot(1, 0)
    commands = [
        AbletonMessage("/live/clip_slot/create_clip", (*clip, 4.0)),
        AbletonMessage("/live/clip_slot/create_clip", (*clip, 4.0)),  # there is one already
        AbletonMessage("/live/clip/set/name", (*clip, "too late")),
    ]
    with StandIn(small_set()) as live, pytest.raises(RefusedError, match="Cannot create a clip"):
        talk(live, lambda osc: osc.execute(*commands))
    assert live.set.clip(1, 0).name == ""
    assert [len(messages_in(packet)) for packet in live.packets].count(3) == 1


messages = st.builds(
    AbletonMessage, st.just("/live/clip/add/notes"), st.lists(st.integers(0, 127), max_size=900).map(tuple)
)


@given(st.lists(messages, max_size=30))
def test_packed_messages_are_read_by_another_program_in_their_order(sent: list[AbletonMessage]):
    packets = pack(sent)
    read = [message for packet in packets for message in messages_in(packet)]
    assert [(m.address, tuple(m.params)) for m in read] == [(m.address, m.values) for m in sent]
    assert all(len(packet) <= MAX_BYTES for packet in packets)
    sizes = [len(packet) for packet in packets]
    assert all(a + b > MAX_BYTES for a, b in pairwise(sizes)), "no packet could have been saved"


# -- what gets lost or comes late ----------------------------------------------------------------------------


def test_a_question_that_gets_lost_is_asked_again():
    lost: list[str] = []

    def lose_the_first(address: str, values: tuple[Any, ...]) -> bool:
        first = address == TEMPO.address and not lost
        lost.extend([address] if first else [])
        return first

    with StandIn(small_set(), before=lose_the_first) as live:
        assert talk(live, lambda osc: osc.ask(TEMPO), IMPATIENT) == (120.0,)
    assert lost


def test_a_command_is_never_sent_twice():
    def lose_fences(address: str, values: tuple[Any, ...]) -> bool:
        return address.endswith("version") and sum(a == address for a, _ in live.heard) == 1

    command = AbletonMessage("/live/song/create_midi_track", (-1,))
    with StandIn(small_set(), before=lose_fences) as live:
        talk(live, lambda osc: osc.execute(command), IMPATIENT)
    assert [address for address, _ in live.heard].count("/live/application/get/version") == 3
    assert [address for address, _ in live.heard].count(command.address) == 1


def test_answers_to_what_was_asked_twice_are_not_taken_for_later_ones():
    async def work(osc: AbletonOSC) -> list[tuple[Any, ...]]:
        first = await osc.ask(NAME)
        live.set.tracks[0].name = "renamed"
        return [first, await osc.ask(NAME)]

    def open_menu(address: str, values: tuple[Any, ...]) -> None:
        if address == NAME.address and not opened:
            opened.append(address)
            live.menu_open.set()
            asyncio.run_coroutine_threadsafe(close_later(), loops[0])

    async def close_later() -> None:
        asyncio.get_running_loop().call_later(0.15, live.menu_open.clear)

    async def noting_the_loop(osc: AbletonOSC) -> list[tuple[Any, ...]]:
        loops.append(asyncio.get_running_loop())
        return await work(osc)

    opened: list[str] = []
    loops: list[asyncio.AbstractEventLoop] = []
    with StandIn(small_set(), before=open_menu) as live:
        answers = talk(live, noting_the_loop, Patience((0.05, 0.05, 5.0), 0.05))
    assert answers == [("Melody",), ("renamed",)]
    assert [address for address, _ in live.heard].count(NAME.address) >= 4


def test_packets_of_strangers_are_not_heard():
    forged = encode(AbletonMessage(TEMPO.address, (66.0,)))

    def forge(address: str, values: tuple[Any, ...]) -> None:
        if address == TEMPO.address:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.sendto(forged, ("127.0.0.1", live.answer_port))

    with StandIn(small_set(), before=forge) as live:
        assert talk(live, lambda osc: osc.ask(TEMPO)) == (120.0,)


@given(
    st.lists(
        st.integers(-(2**40), 2**40)
        | st.floats(width=32, allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
        | st.booleans()
        | st.none()
    )
)
def test_every_message_comes_back_from_its_packet(values: list[Any]):
    message = AbletonMessage("/live/clip/get/name", tuple(values))
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    ("what", "packet"),
    [
        ("nothing", b""),
        ("half a message", b"/live/song/get/tempo"),
        ("no tags", b"/live/song/get/tempo\0\0\0\0"),
        ("a float that is missing", b"/live/song/get/tempo\0\0\0\0,f\0\0\x42"),
        ("a float that is missing altogether", b"/live/song/get/tempo\0\0\0\0,f\0\0"),
        ("more than was said", b"/live/song/get/tempo\0\0\0\0,f\0\0B\x84\0\0\0\0\0\0"),
        ("no number", b"/live/song/get/tempo\0\0\0\0,f\0\0\x7f\xc0\0\0"),
        ("an unknown tag, which shifts the rest", b"/live/song/get/tempo\0\0\0\0,xf\0\0\0\0\0B\x84\0\0"),
        ("text that is none", b"/live/song/get/tempo\0\0\0\0,s\0\0\xff\xfe\0\0"),
        ("a bundle", b"#bundle\0\0\0\0\0\0\0\0\x01\xff\xff\xff\xfc"),
        ("somebody else's address", b"/dev/song/get/tempo\0,f\0\0B\x84\0\0"),
    ],
)
def test_damaged_packets_are_no_answers(what: str, packet: bytes):
    def damage(address: str, values: tuple[Any, ...]) -> None:
        if address == TEMPO.address:
            live.send(packet)

    assert decode(packet) is None, what
    with StandIn(small_set(), before=damage) as live:
        assert talk(live, lambda osc: osc.ask(TEMPO)) == (120.0,), what


# -- the set -------------------------------------------------------------------------------------------------


def test_the_song_says_its_tempo_meter_and_scale():
    live_set = LiveSet(6, tempo=98.5, signature_numerator=3, root_note=7, scale_name="Minor")
    live_set.add_track("one")
    with StandIn(live_set) as live:
        song = talk(live, lambda osc: Session(osc).song())
    assert (song.tempo_qpm, str(song.meter), song.root_note, song.scale_name) == (98.5, "3/4", 7, "Minor")
    assert (song.tracks, song.scenes) == (1, 6)


@pytest.mark.parametrize("silent", [False, True])
def test_an_older_abletonosc_knows_no_scale(silent: bool):
    unknown = ("/live/song/get/root_note", "/live/song/get/scale_name")
    with StandIn(small_set(), unknown=unknown, silent=silent) as live:
        song = talk(live, lambda osc: Session(osc).song())
    assert (song.root_note, song.scale_name, song.tempo_qpm) == (None, None, 120.0)


@pytest.mark.parametrize("silent", [False, True])
def test_what_an_older_abletonosc_must_know_is_told(silent: bool):
    unknown = ("/live/clip/get/start_marker",)
    with (
        StandIn(small_set(), unknown=unknown, silent=silent) as live,
        pytest.raises(
            LiveError, match="does not know /live/clip/get/start_marker; install the newest AbletonOSC"
        ),
    ):
        talk(live, lambda osc: LiveClip(osc, VERSE).region(), IMPATIENT)


def test_tracks_that_somebody_else_makes_meanwhile_are_noticed():
    with StandIn(small_set()) as live, pytest.raises(LiveError, match="somebody else made or deleted tracks"):
        talk(live, lambda osc: Session(osc).create_midi_tracks({"Alto": 0xFF0000}, count=1))


def test_an_empty_slot_and_a_clip_without_a_name_are_told_apart():
    live_set = small_set()
    live_set.put(0, 2, Clip(4.0, ""))
    with StandIn(live_set) as live:
        tracks = talk(live, lambda osc: Session(osc).tracks())
    assert [track.clips for track in tracks] == [("Verse", None, "", None), (None, None, None, None)]


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_a_set_that_one_answer_cannot_hold_is_read_track_by_track(silent: bool, known: bool):
    live_set = LiveSet(scenes=60)
    for i in range(30):
        track = live_set.add_track(f"track {i}", midi=i % 2 == 0)
        live_set.put(i, 7, Clip(4.0, f"clip {i} " + "x" * 500))
        assert len(track.slots) == 60
    unknown = () if known else ("/live/song/get/track_data",)
    with StandIn(live_set, max_bytes=MACOS_BYTES, silent=silent, unknown=unknown) as live:
        tracks = talk(live, lambda osc: Session(osc).tracks())
    assert [track.name for track in tracks] == [f"track {i}" for i in range(30)]
    assert [track.accepts_midi for track in tracks] == [i % 2 == 0 for i in range(30)]
    assert [track.clips[7] for track in tracks] == [f"clip {i} " + "x" * 500 for i in range(30)]
    assert {track.clips[8] for track in tracks} == {None}


def test_a_selected_return_track_is_no_clip():
    live_set = small_set()
    live_set.selected = None
    with (
        StandIn(live_set) as live,
        pytest.raises(NoSelectionError, match="click on a MIDI clip in the Session View"),
    ):
        talk(live, lambda osc: Session(osc).selected())


def test_live_lite_has_no_room_for_more_tracks():
    live_set = small_set()
    live_set.max_tracks = 2
    with (
        StandIn(live_set) as live,
        pytest.raises(LiveError, match=r"no track for Alto \(.*Maximum number .*delete one that is not"),
    ):
        talk(live, lambda osc: Session(osc).create_midi_tracks({"Alto": 0xFF0000}, count=2))


# -- notes ---------------------------------------------------------------------------------------------------


def read_notes(
    live: StandIn, start: float = -8192, end: float = 8192, patience: Patience = PATIENT
) -> list[LiveNote]:
    return talk(live, lambda osc: LiveClip(osc, VERSE).notes(start, end), patience)


def test_the_highest_pitch_is_read():
    live_set = small_set()
    live_set.put(0, 0, Clip(4.0, "", [Note(127, 0.0, 1.0), Note(0, 1.0, 1.0)]))
    with StandIn(live_set) as live:
        assert [note.pitch for note in read_notes(live)] == [127, 0]


def test_thirds_come_back_as_exact_thirds():
    live_set = small_set()
    live_set.put(0, 0, Clip(4.0, "", [Note(60 + i, 100 + i / 3, 1 / 3) for i in range(3)]))
    with StandIn(live_set) as live:
        notes = read_notes(live)
    assert notes[1].start != 100 + 1 / 3, "a float of 32 bits"
    assert [str(beats(note.start)) for note in notes] == ["100", "301/3", "302/3"]
    assert {str(beats(note.duration)) for note in notes} == {"1/3"}


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("max_bytes", [MACOS_BYTES, 65_507])
def test_a_clip_of_3000_notes_is_read_in_parts(max_bytes: int, silent: bool):
    live_set = small_set()
    live_set.put(0, 0, Clip(750.0, "", [Note(60 + i % 7, i / 4, 0.25) for i in range(3000)]))
    with StandIn(live_set, max_bytes=max_bytes, silent=silent) as live:
        notes = read_notes(live, 0, 750, IMPATIENT)
    assert [(n.pitch, n.start) for n in notes] == [(60 + i % 7, i / 4) for i in range(3000)]


def test_notes_far_from_the_start_are_found_beside_a_crowd():
    live_set = small_set()
    crowd = [Note(i, 16 + j / 64, 1 / 64) for i in range(40) for j in range(64)]
    live_set.put(0, 0, Clip(4.0, "", [Note(60, -4000.0, 1.0), *crowd, Note(61, 7000.0, 1.0)]))
    with StandIn(live_set, max_bytes=MACOS_BYTES) as live:
        assert len(read_notes(live)) == len(crowd) + 2


def test_more_notes_at_once_than_a_packet_holds_are_an_error_that_says_where():
    live_set = small_set()
    live_set.put(0, 0, Clip(8.0, "", [Note(i, 5.0, 1.0) for i in range(128)]))
    with (
        StandIn(live_set, max_bytes=1000) as live,
        pytest.raises(LiveError, match="too many notes stand at beat 5 of the clip in track 1, slot 1"),
    ):
        read_notes(live, 0, 8)


def test_a_clip_that_takes_its_time_is_waited_for():
    async def work(osc: AbletonOSC) -> bool:
        clip = LiveClip(osc, ClipSlot(1, 0))
        await clip.create(4.0)
        return await clip.exists()

    with StandIn(small_set(), clip_polls=2) as live:
        assert talk(live, work)


def test_a_clip_is_never_made_where_there_is_one():
    with StandIn(small_set()) as live, pytest.raises(RefusedError, match="Cannot create a clip"):
        talk(live, lambda osc: LiveClip(osc, VERSE).create(4.0))
    assert live.set.clip(0, 0).name == "Verse"


@pytest.mark.parametrize(
    "region",
    [
        Region(4.0, 12.0, 4.0),
        Region(4.0, 12.0, 0.0),
        Region(-4.0, 4.0, -4.0),
        Region(-8.0, -4.0, -8.0),
        Region(2.0, 10.0, 2.0, looping=False),
    ],
)
def test_a_clip_can_be_heard_like_another_one(region: Region):
    async def work(osc: AbletonOSC) -> Region | None:
        clip = LiveClip(osc, ClipSlot(1, 0))
        await clip.create(max(region.end, region.end - region.start))
        await clip.set_properties("Alto", 0xFF0000, region)
        return await clip.region()

    with StandIn(small_set()) as live:
        found = talk(live, work)
    assert found is not None
    assert (found.start, found.end, found.looping) == (region.start, region.end, region.looping)
    if region.looping:
        assert found.start_marker == region.start_marker
