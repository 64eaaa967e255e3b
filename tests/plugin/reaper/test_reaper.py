"""The action for REAPER, by real Lua with a stand-in for REAPER, and ripieno's real command and server."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osc_hosts.reaper import Reaper
from osc_hosts.reaper_project import TICKS, Item, Marker, Project, Timeline, Track
from osc_hosts.running import Port, served
from osc_support import flat, notes_in
from ripieno_bridges.cli.main import main

TUNE = [(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 2), (67, 6, 2)]  # pitch, start, duration
BASS = [(43, 0, 2), (50, 2, 2), (43, 4, 2), (43, 6, 2)]
QUICK = "beam 1; seed 3"
VOICES = ("Soprano", "Alto", "Tenor", "Bass")
TITLE = "ripieno: add the missing voices (seed 3)"
WAY_OUT = "under the selected items; split them there and do one part after the other."
ESCAPE = 27
NO_SERVER = 1  # a port on which nobody listens
Notes = Sequence[tuple[int, float, float]]


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with served() as port:
        yield port


def run_command(words: Sequence[str]) -> None:
    """The command at once, in this process."""
    CliRunner().invoke(main, words[words.index("osc") :])


@pytest.fixture
def host(tmp_path: Path) -> Reaper:
    """REAPER with the tune on the track Melody."""
    project = Project(tracks=[Track("Drums"), Track("Melody", effects=[("EQ", False), ("Piano", True)])])
    project.add_item(project.tracks[1], 0, 8, TUNE)
    host = Reaper(project, tmp_path, run_command)
    host.settings = QUICK
    return host


def melody(host: Reaper) -> Item:
    (track,) = [track for track in host.project.tracks if track.name == "Melody"]
    return track.items[0]


def answer(server: int, notes: Notes, **options: object) -> dict[str, Notes]:
    """What a plain client gets: by voice, pitch, start, duration."""
    with Port(server) as client:
        client.send("seed", 1, *flat(list(notes)))
        for name, value in {"beam": 1, "seed": 3, **options}.items():
            client.send("set", 1, name, value)
        client.send("harmonize", 1, len(notes))
        new = notes_in(client.final())
    return {VOICES[voice]: [note[1:4] for note in new if note[0] == voice] for voice in (1, 2, 3)}


def moved(notes: Notes, start: float) -> list[Any]:
    return [(pitch, pytest.approx(start + onset), pytest.approx(length)) for pitch, onset, length in notes]


def assert_voices(host: Reaper, expected: dict[str, Notes], start: float = 0.0) -> None:
    """That each voice has one item with these notes, which begins there."""
    for name, notes in expected.items():
        assert host.project.notes(name) == [moved(notes, start)]
        (item,) = next(track.items for track in host.project.tracks if track.name == name)
        assert item.position == pytest.approx(host.project.timeline.seconds(start))
        assert item.length == pytest.approx(
            host.project.timeline.seconds(start + max(onset + length for _, onset, length in notes))
            - item.position
        )


def refusal(host: Reaper, server: int = NO_SERVER) -> str:
    """What is told, after which all is as it was."""
    before = host.project.state()
    host.run(server)
    assert host.project.state() == before
    assert host.history == []
    (message,) = host.messages
    return message


# -- a melody in, three voices out -------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["6", "7"])
def test_a_melody_gets_the_voices_of_a_plain_client_on_tracks_of_their_own(
    host: Reaper, server: int, version: str
) -> None:
    host.run(server, version)
    assert host.messages == []
    assert [track.name for track in host.project.tracks] == ["Drums", "Melody", "Alto", "Tenor", "Bass"]
    assert_voices(host, answer(server, TUNE))
    for track in host.project.tracks[2:]:
        assert track.effects == [("Piano", True)]
        assert track.items[0].take.name == track.name
        assert {note.velocity for note in track.items[0].take.notes} == {90}
        assert track.items[0].notes_text.startswith("G major; ")
        assert track.items[0].notes_text.endswith("\nseed 3")
    assert len({track.colour for track in host.project.tracks[2:]}) == 3


def test_the_command_runs_beside_reaper_and_leaves_no_files(host: Reaper, server: int) -> None:
    host.command = None
    host.run(server)
    host.end()
    assert_voices(host, answer(server, TUNE))
    assert host.drawn  # the window, meanwhile
    assert list(host.folder.iterdir()) == []


def test_the_melody_stays_and_one_undo_takes_all_away(host: Reaper, server: int) -> None:
    before, tune = host.project.state(), repr(melody(host).take.notes)
    host.run(server)
    assert repr(melody(host).take.notes) == tune
    assert host.project.state() != before
    assert host.undo() == TITLE
    assert host.history == []
    assert host.project.state() == before


def test_the_tracks_are_used_again_and_a_track_without_an_instrument_gets_a_plain_synth(
    host: Reaper, server: int
) -> None:
    host.project.tracks[1].effects = []
    host.run(server)
    melody(host).selected = False
    host.project.add_item(host.project.tracks[1], 8, 16, TUNE)
    host.run(server)
    assert [track.name for track in host.project.tracks] == ["Drums", "Melody", "Alto", "Tenor", "Bass"]
    assert host.project.tracks[2].effects == [("ReaSynth", True)]
    assert [len(track.items) for track in host.project.tracks[2:]] == [2, 2, 2]
    assert host.project.notes("Tenor")[1] == moved(answer(server, TUNE)["Tenor"], 8)


def test_settings_are_remembered_and_may_have_commas(host: Reaper, server: int) -> None:
    host.settings = "beam 1; seed 3; phrases 1, 2;"
    host.run(server)
    host.settings = None
    host.run(server)
    assert host.messages == []
    assert host.offered == ["", "beam 1; seed 3; phrases 1, 2;"]


def test_soprano_and_bass_get_what_lies_between(host: Reaper, server: int) -> None:
    host.project.tracks.append(Track("E-Bass"))
    host.project.add_item(host.project.tracks[2], 0, 8, BASS)
    host.run(server)
    assert [track.name for track in host.project.tracks] == ["Drums", "Melody", "Alto", "Tenor", "E-Bass"]
    with Port(server) as client:
        for voice, notes in ((0, TUNE), (3, BASS)):
            for note in notes:
                client.send("notes", 1, voice, *note, 90)
        for name, value in (("beam", 1), ("seed", 3)):
            client.send("set", 1, name, value)
        client.send("harmonize", 1, len(TUNE) + len(BASS))
        new = notes_in(client.final())
    assert {note[0] for note in new} == {1, 2}
    assert_voices(host, {VOICES[voice]: [note[1:4] for note in new if note[0] == voice] for voice in (1, 2)})


# -- items and the timeline --------------------------------------------------------------------------------


def test_of_a_trimmed_item_what_is_heard_is_taken_where_it_is_heard(host: Reaper, server: int) -> None:
    item = melody(host)
    item.position, item.take.offset = 0.5, 0.5  # its first quarter is cut off
    item.length, item.loops = 3.0, False  # and its last one
    shown = [*TUNE[1:-1], (67, 6, 1)]
    host.run(server)
    assert_voices(host, answer(server, shown))


def test_an_item_at_twice_the_speed_in_the_third_measure(host: Reaper, server: int) -> None:
    item = melody(host)
    item.position, item.length, item.take.rate = 4.0, 2.0, 2.0
    host.run(server)
    assert_voices(host, answer(server, [(p, start / 2, length / 2) for p, start, length in TUNE]), 8)


def test_a_looped_item_is_heard_again_and_again(host: Reaper, server: int) -> None:
    item = melody(host)
    item.take.source.length = 4
    del item.take.notes[0]
    item.take.notes[2].stop += TICKS  # beyond the end of the loop, where it ends
    host.run(server)
    assert_voices(host, answer(server, [*TUNE[1:4], *((p, start + 4, d) for p, start, d in TUNE[1:4])]))


def test_muted_notes_and_what_is_no_midi_are_left_out(host: Reaper, server: int) -> None:
    melody(host).take.notes[1].muted = True
    sound = host.project.add_item(host.project.tracks[0], 0, 8, [])
    sound.take.is_midi = False
    host.run(server)
    assert_voices(host, answer(server, [TUNE[0], *TUNE[2:]]))


def test_a_melody_over_changes_of_tempo(host: Reaper, server: int) -> None:
    host.project.timeline.markers = [Marker(0, 100, (4, 4)), Marker(1.5, 60), Marker(5, 133)]
    track = host.project.tracks[1]
    track.items = []
    host.project.add_item(track, 0, 8, TUNE)
    host.run(server)
    assert_voices(host, answer(server, TUNE))


@pytest.mark.parametrize(
    "first", [(1, 4), (4, 4)]
)  # a meter of its own, or a marker that cuts the measure short
def test_a_short_first_measure_is_a_pickup(host: Reaper, server: int, first: tuple[int, int]) -> None:
    host.project.timeline.markers = [Marker(0, 120, first), Marker(1, 120, (4, 4))]
    track = host.project.tracks[1]
    track.items = []
    tune = [(62, 0, 1), *((pitch, start + 1, length) for pitch, start, length in TUNE)]
    host.project.add_item(track, 0, 9, tune)
    host.run(server)
    assert_voices(host, answer(server, tune, pickup=1.0, meter="4/4"))


def test_a_last_measure_may_be_shorter(host: Reaper, server: int) -> None:
    host.project.timeline.markers = [Marker(0, 120, (4, 4)), Marker(4, 120, (2, 4))]
    melody(host).length = 3.0
    host.run(server)
    assert_voices(host, answer(server, TUNE[:5], meter="4/4"))


def test_a_melody_that_begins_within_a_measure_keeps_the_barlines(host: Reaper, server: int) -> None:
    host.project.timeline.markers = [Marker(0, 120, (3, 4))]
    track = host.project.tracks[1]
    track.items = []
    host.project.add_item(track, 0, 16, [(pitch, start + 5, length) for pitch, start, length in TUNE])
    host.run(server)
    shifted = [(pitch, start + 2, length) for pitch, start, length in TUNE]
    assert_voices(host, answer(server, shifted, meter="3/4"), 3)


# -- what is refused ---------------------------------------------------------------------------------------


def test_without_an_item_nothing_is_asked(host: Reaper) -> None:
    melody(host).selected = False
    assert refusal(host) == "Select a MIDI item with a melody first."
    assert host.offered == []


def test_an_item_without_notes_is_told(host: Reaper) -> None:
    melody(host).take.notes = []
    assert refusal(host) == "There are no notes in the selected item that sound."


def test_where_the_dialog_is_cancelled_nothing_happens(host: Reaper) -> None:
    before = host.project.state()
    host.settings = None
    host.run(NO_SERVER)
    assert (host.project.state(), host.history, host.messages, host.ext_state) == (before, [], [], {})


def test_a_server_that_does_not_run_is_told(host: Reaper) -> None:
    way_out = "type `ripieno serve` in a terminal and leave it running"
    assert refusal(host) == f"no ripieno answers at 127.0.0.1, port {NO_SERVER}; {way_out}"


@pytest.mark.parametrize("program", ["no-such-program", "true"])  # one that is not there, and another one
def test_a_command_that_does_not_answer_is_told(host: Reaper, program: str) -> None:
    before = host.project.state()
    host.command, host.clock_rate = None, 100.0
    host.run(NO_SERVER, program=program)
    host.end()
    (message,) = host.messages
    assert message.startswith(f"The command {program} -c ")
    assert message.endswith(" could not be run. Type `ripieno install-plugin reaper` in a terminal.")
    assert (host.project.state(), host.history, list(host.folder.iterdir())) == (before, [], [])


def test_chords_are_told_with_their_place_on_the_timeline(host: Reaper, server: int) -> None:
    host.project.tracks[1].items = []
    host.project.add_item(host.project.tracks[1], 8, 16, [*TUNE, (60, 4, 1)])
    text, place = refusal(host, server).split("\n\n")
    assert text.startswith("Soprano, measure 2")
    assert "but a voice is one line" in text
    assert place == "Measure 1 is measure 3 of the timeline."


def test_the_measure_after_a_pickup_is_the_first(host: Reaper, server: int) -> None:
    host.project.timeline.markers = [Marker(0, 120, (1, 4)), Marker(1, 120, (4, 4))]
    host.project.tracks[1].items = []
    host.project.add_item(host.project.tracks[1], 0, 9, [(67, 0, 1), (67, 1, 4), (60, 1, 4)])
    text, place = refusal(host, server).split("\n\n")
    assert text.startswith("Soprano, measure 1, beat 1: ")
    assert place == "Measure 1 is measure 2 of the timeline."


@pytest.mark.parametrize(
    ("markers", "text"),
    [
        (
            [Marker(0, 120, (2, 4)), Marker(4, 120, (4, 4))],
            f"The time signature changes from 2/4 to 4/4 in measure 3, {WAY_OUT}",
        ),
        (
            [Marker(0, 120, (6, 8)), Marker(3, 120, (3, 4))],
            f"The time signature changes from 6/8 to 3/4 in measure 2, {WAY_OUT}",
        ),
        (
            [Marker(0, 120, (2, 4)), Marker(3, 120, (2, 4))],
            f"Measure 2 is shorter than 2/4, {WAY_OUT}",
        ),
    ],
)
def test_barlines_that_change_are_told(host: Reaper, markers: list[Marker], text: str) -> None:
    host.project.timeline.markers = markers
    assert refusal(host) == text


def test_where_an_item_lies_already_nothing_is_written(host: Reaper, server: int) -> None:
    host.project.tracks.insert(0, Track("Tenor"))
    host.project.add_item(host.project.tracks[0], 7, 12, []).selected = False
    assert refusal(host, server) == "There is an item on the track Tenor already; move it away first."


def test_a_wrong_setting_is_told(host: Reaper, server: int) -> None:
    host.settings = "beam 99"
    assert refusal(host, server) == 'beam cannot be "99"; it takes 1-16'


@pytest.mark.parametrize("broken", ["TrackFX_CopyToTrack", "MIDI_InsertNote", "GetSetMediaItemInfo_String"])
def test_where_writing_fails_in_the_middle_nothing_of_it_stays(
    host: Reaper, server: int, broken: str
) -> None:
    host.broken = broken
    message = refusal(host, server)
    assert message.startswith("This should not happen: ")
    assert message.endswith(f"{broken} is broken")
    assert list(host.folder.iterdir()) == []


def test_esc_stops_it_and_the_command_too(host: Reaper, server: int) -> None:
    before = host.project.state()
    host.command, host.keys = None, [0, 0, ESCAPE]
    host.run(server)
    host.end()
    assert (host.project.state(), host.history, host.messages) == (before, [], [])
    assert list(host.folder.iterdir()) == []


def test_a_script_that_is_ended_stops_the_command(host: Reaper, server: int) -> None:
    before = host.project.state()
    host.command, host.terminated_at = None, 3
    host.run(server)
    host.end()
    assert (host.project.state(), host.history, host.messages) == (before, [], [])
    assert list(host.folder.iterdir()) == []


def remove_melody(host: Reaper) -> None:
    del host.project.tracks[1]


def go_to_another_project(host: Reaper) -> None:
    host.project = Project()


@pytest.mark.parametrize("leave", [remove_melody, go_to_another_project])
def test_what_is_gone_meanwhile_is_not_written_to(
    host: Reaper, server: int, leave: Callable[[Reaper], None]
) -> None:
    def run_and_leave(words: Sequence[str]) -> None:
        run_command(words)
        leave(host)

    host.command = run_and_leave
    host.run(server)
    gone = "The project or the melody's track was gone when ripieno was ready, so nothing was written."
    assert (host.messages, host.history) == ([gone], [])


# -- any melody, any item ----------------------------------------------------------------------------------


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(60, 76), st.sampled_from([0.5, 1, 1.5, 2])), min_size=1, max_size=8),
    st.integers(0, 9),
)
def test_a_melody_stays_to_the_byte_and_undo_takes_all_else_away(
    tmp_path: Path, server: int, melody_notes: list[tuple[int, float]], start: int
) -> None:
    project = Project(tracks=[Track("Melody")])
    ends = [*accumulate((duration for _, duration in melody_notes), initial=0.0)]
    tune = [(pitch, end, duration) for (pitch, duration), end in zip(melody_notes, ends, strict=False)]
    project.add_item(project.tracks[0], start, start + ends[-1], tune)
    host = Reaper(project, tmp_path, run_command)
    host.settings = QUICK
    before = project.state()
    host.run(server)
    assert (host.messages, len(project.tracks)) == ([], 4)
    project.tracks, written = project.tracks[:1], project.tracks
    assert project.state() == before
    project.tracks = written
    host.undo()
    assert project.state() == before


def sounding(host: Reaper, step: float, count: int) -> list[int | None]:
    """Which pitch sounds in the middle of each step: found tick by tick, not by the action's arithmetic."""
    item, project = melody(host), host.project
    found: list[int | None] = []
    for place in range(count):
        quarter = (place + 0.5) * step
        seconds = project.timeline.seconds(quarter)
        ticks = project.ticks(item.take, quarter)
        if item.loops:
            ticks %= item.take.source.length * TICKS
        heard = [note.pitch for note in item.take.notes if note.start <= ticks < note.stop]
        inside = item.position <= seconds < item.position + item.length
        found.append(heard[0] if heard and inside else None)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    pitches=st.lists(st.integers(60, 76), min_size=4, max_size=8),
    start=st.integers(0, 8),
    length=st.integers(2, 24),
    trimmed=st.integers(-3, 7),
    rate=st.sampled_from([0.5, 1.0, 2.0]),
    loops=st.booleans(),
    tempo=st.sampled_from([60.0, 97.0, 120.0]),
)
def test_what_sounds_is_what_ripieno_is_sent(
    tmp_path: Path,
    pitches: list[int],
    start: int,
    length: int,
    trimmed: int,
    rate: float,
    loops: bool,
    tempo: float,
) -> None:
    project = Project(Timeline([Marker(0, tempo, (4, 4))]), [Track("Melody")])
    item = project.add_item(project.tracks[0], start, start + length, [], rate=rate)
    item.loops, item.take.source.length = loops, len(pitches)
    item.take.offset = project.timeline.seconds(trimmed)
    item.take.notes = project.add_item(
        Track(""), 0, len(pitches), [(pitch, place, 1) for place, pitch in enumerate(pitches)]
    ).take.notes
    sent: list[str] = []

    def keep_messages(words: Sequence[str]) -> None:
        sent.extend(Path(words[words.index("--answer") - 1]).read_text("utf-8").splitlines())
        run_command(words)

    host = Reaper(project, tmp_path, keep_messages)
    step = 1 / 4
    expected = sounding(host, step, int(40 / step))
    host.run(NO_SERVER)
    heard: list[int | None] = [None] * len(expected)
    first = next((place for place, pitch in enumerate(expected) if pitch), 0)
    barline = first * step // 4 * 4
    for line in sent:
        name, *numbers = line.split()
        if name == "notes":
            _, pitch, onset, duration, _ = map(float, numbers)
            for place in range(math.floor(onset / step + 0.5), math.floor((onset + duration) / step + 0.5)):
                heard[int(barline / step) + place] = int(pitch)
    assert heard == expected
