"""Commands from inside Live: a clip's name requests music, and then shows the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from ableton_set import Clip, LiveSet
from ableton_stand_in import StandIn, free_port
from live_support import IMPATIENT, OPTIONS, PATIENT, TEST_SECONDS, Composer, melody_set, notes_of, ports_of
from ripieno.errors import RangeError, RequestError, ScoreError
from ripieno.harmony.progression_text import parse_progression
from ripieno_bridges.ableton.client import Patience, Ports
from ripieno_bridges.ableton.clip_commands import error_name, is_command, is_launcher, parse_command
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.ableton.watch import LISTENING, watch_live
from ripieno_bridges.api.requests import Request

NAMES = ("/live/song/get/track_data", (0, -1, "track.name", "track.has_midi_input", "clip.name"))


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ripieno_bridges.ableton.watch.POLL_SECONDS", 0.02)
    monkeypatch.setattr("ripieno_bridges.ableton.watch.RETRY_SECONDS", 0.02)


class Musician:
    """Somebody in front of Live, while ripieno watches. said: its lines in the terminal."""

    def __init__(self, live: StandIn) -> None:
        self.live, self.set = live, live.set
        self.said: list[str] = []

    async def waits_for(self, sight: Callable[[], Any]) -> None:
        """Look again and again until it is so."""
        async with asyncio.timeout(8):
            while not sight():
                await asyncio.sleep(0.005)

    async def is_seen(self) -> None:
        """Wait until ripieno has looked at everything as it is now."""
        looks = self.live.heard.count(NAMES)
        await self.waits_for(lambda: self.live.heard.count(NAMES) >= looks + 2)

    async def hears(self, words: str) -> None:
        """Wait for a line in the terminal."""
        await self.waits_for(lambda: any(words in line for line in self.said))

    def has_been_shown(self, lines: int) -> bool:
        """Whether so many lines have stood at the bottom of Live's window."""
        return len(self.live.shown) == lines

    async def renames(self, name: str, *, until: str, track: int = 0, slot: int = 0) -> None:
        """Give a clip a name and wait until it has another one."""
        clip = self.set.clip(track, slot)
        clip.name = name
        await self.waits_for(lambda: clip.name == until)


Doing = Callable[[Musician], Awaitable[None]]


def watched(
    doing: Doing,
    *,
    live_set: LiveSet | None = None,
    service: Any = None,
    patience: Patience = PATIENT,
    **options: Any,
) -> tuple[LiveSet, list[str]]:
    """(the set, the lines in the terminal) after a musician did something while ripieno watched."""

    async def main() -> list[str]:
        musician = Musician(live)
        watching = asyncio.create_task(
            watch_live(
                service or Composer(),
                say=musician.said.append,
                defaults=OPTIONS,
                ports=ports_of(live),
                patience=patience,
            )
        )
        await musician.is_seen()
        await asyncio.wait_for(doing(musician), 20)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        return musician.said

    with StandIn(live_set or melody_set(), **options) as live:
        said = asyncio.run(asyncio.wait_for(main(), TEST_SECONDS))
    return live.set, said


# -- renamed clips -------------------------------------------------------------------------------------------


def test_a_renamed_clip_is_harmonized_and_gets_its_name_back():
    async def doing(musician: Musician) -> None:
        await musician.renames("rip: harmonize", until="Verse")
        await musician.waits_for(lambda: musician.live.shown)
        assert musician.live.shown[0].startswith("ripieno: wrote Alto")

    live_set, said = watched(doing)
    assert [track.name for track in live_set.tracks][2:] == ["Alto", "Tenor", "Bass"]
    assert live_set.clip(2, 0).name == "Alto - rip Verse"
    assert said[:2] == [LISTENING, "track 1, slot 1: rip: harmonize"]
    assert said[2].startswith(
        "  wrote Alto (track 3, slot 1), Tenor (track 4, slot 1), Bass (track 5, slot 1)"
    )


def test_settings_may_follow():
    composer = Composer()

    async def doing(musician: Musician) -> None:
        await musician.renames(
            "rip: vary alternatives=2 temperature=0.8 amount=0.5 key=f#minor", until="Verse"
        )

    live_set, _ = watched(doing, service=composer)
    (request,) = composer.requests
    assert (request.alternatives, request.temperature, request.amount) == (2, 0.8, 0.5)
    assert str(request.score.measures[0].key) == "F-sharp minor"
    assert live_set.clip(0, 2).name == "Varied - rip Verse (2)"


def test_another_clip_than_the_selected_one_may_be_meant():
    async def doing(musician: Musician) -> None:
        await musician.renames("rip: continue", until="Chorus", slot=3)

    live_set = melody_set()
    live_set.put(0, 3, Clip(4.0, "Chorus", notes_of("E5:1")))
    watched(doing, live_set=live_set)
    assert live_set.clip(0, 4).name == "Continued - rip Chorus"


def test_a_clip_whose_old_name_nobody_saw_is_called_melody():
    async def doing(musician: Musician) -> None:
        await musician.waits_for(lambda: musician.set.clip(0, 0).name == "melody")

    live_set = melody_set()
    live_set.clip(0, 0).name = "rip: harmonize"
    watched(doing, live_set=live_set)
    assert live_set.clip(2, 0).name == "Alto - rip melody"


def test_a_clip_without_a_name_has_none_again():
    async def doing(musician: Musician) -> None:
        await musician.renames("rip: harmonize", until="")

    live_set = melody_set()
    live_set.clip(0, 0).name = ""
    watched(doing, live_set=live_set)
    assert live_set.clip(2, 0).name == "Alto - rip melody"


def test_a_fault_stands_in_the_name_and_goes_with_the_next_command():
    def refuse() -> None:
        if len(composer.requests) == 1:
            raise RangeError(None, "Soprano", "2", "E6 is higher than A5, its highest; move it", beat="3")

    async def doing(musician: Musician) -> None:
        await musician.renames("rip: harmonize", until="rip! bar 2 beat 3: E5 is higher than A4")
        await musician.is_seen()
        await musician.renames("rip: harmonize", until="Verse")

    composer = Composer(refuse)
    _, said = watched(doing, service=composer)
    assert "  Soprano, measure 2, beat 3: E5 is higher than A4, its highest; move it" in said


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("rip: harmonice", 'rip! "harmonice" is nothing ripieno does'),
        ("rip harmonice", 'rip! "harmonice" is nothing ripieno does'),
        ("rip:", 'rip! "" is nothing ripieno does'),
        ("rip: vary amount=7", 'rip! amount cannot be "7"'),
        ("rip: vary volume=7", 'rip! there is no setting "volume"'),
    ],
)
def test_a_command_that_is_not_understood_is_told(name: str, fault: str):
    async def doing(musician: Musician) -> None:
        await musician.renames(name, until=fault)

    watched(doing)


def test_a_command_whose_clip_was_renamed_meanwhile_leaves_that_name():
    live_set = melody_set()

    async def rename() -> None:
        live_set.clip(0, 0).name = "my new name"

    async def doing(musician: Musician) -> None:
        live_set.clip(0, 0).name = "rip: harmonize"
        await musician.hears("wrote Alto")
        await musician.is_seen()

    watched(doing, live_set=live_set, service=Composer(rename))
    assert live_set.clip(0, 0).name == "my new name"


def test_tracks_may_come_and_go():
    async def doing(musician: Musician) -> None:
        for _ in range(3):
            musician.set.add_track("more")
            await musician.is_seen()
        del musician.set.tracks[2:]
        await musician.is_seen()
        await musician.renames("rip: vary", until="Verse")

    watched(doing)


# -- launched clips ------------------------------------------------------------------------------------------


def with_a_launcher() -> LiveSet:
    """A clip that is only there to be launched, in the third slot of the second track."""
    live_set = melody_set()
    live_set.put(1, 2, Clip(4.0, "rip> harmonize selected seed=5"))
    return live_set


def test_a_launched_clip_harmonizes_what_is_selected_each_time_anew():
    composer = Composer()

    async def doing(musician: Musician) -> None:
        launchers = musician.set.tracks[1]
        for _ in range(2):
            commands = len(composer.requests) + 1
            musician.set.selected = (0, 0)
            await musician.is_seen()
            musician.set.selected = (1, 2)  # Live may select what it launches
            launchers.playing_slot_index = 2
            await musician.waits_for(partial(musician.has_been_shown, commands))
            assert launchers.playing_slot_index < 0
            await musician.is_seen()

    live_set, _ = watched(doing, live_set=with_a_launcher(), service=composer)
    assert live_set.clip(2, 0).name == "Alto - rip Verse"
    assert live_set.clip(1, 2).name == "rip> harmonize selected seed=5"
    assert [request.seed for request in composer.requests] == [5, 5]


def test_a_launcher_that_plays_already_at_the_start_is_no_command():
    composer = Composer()

    async def doing(musician: Musician) -> None:
        await musician.is_seen()

    live_set = with_a_launcher()
    live_set.tracks[1].playing_slot_index = 2
    watched(doing, live_set=live_set, service=composer)
    assert composer.requests == []


# -- Live comes and goes -------------------------------------------------------------------------------------


def test_live_is_waited_for():
    port, answers = free_port(), free_port()
    said: list[str] = []

    async def main() -> None:
        watching = asyncio.create_task(
            watch_live(
                Composer(), say=said.append, defaults=OPTIONS, ports=Ports(port, answers), patience=IMPATIENT
            )
        )
        async with asyncio.timeout(8):
            while not said:
                await asyncio.sleep(0.005)
            with StandIn(melody_set(), port=port, answer_port=answers) as live:
                musician = Musician(live)
                await musician.is_seen()
                await musician.renames("rip: harmonize", until="Verse")
            while len(said) < 5:
                await asyncio.sleep(0.005)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    asyncio.run(main())
    assert said[0].startswith(f"AbletonOSC is not there on port {port}")
    assert said[1] == LISTENING
    assert said[4].startswith(f"AbletonOSC is not there on port {port}")


def test_a_command_that_live_broke_off_is_done_when_it_is_back():
    opened: list[str] = []

    def open_a_menu(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/clip_slot/create_clip" and not opened:
            opened.append(address)
            musicians[0].live.menu_open.set()

    async def doing(musician: Musician) -> None:
        musicians.append(musician)
        musician.set.clip(0, 0).name = "rip: harmonize"
        await musician.hears("waiting for it")
        musician.live.menu_open.clear()
        await musician.waits_for(lambda: musician.set.clip(0, 0).name == "Verse")

    musicians: list[Musician] = []
    live_set, _ = watched(doing, before=open_a_menu, patience=IMPATIENT)
    assert [track.name for track in live_set.tracks][2:] == ["Alto", "Tenor", "Bass"]


def test_an_abletonosc_that_is_too_old_is_told():
    async def doing(musician: Musician) -> None:
        await musician.hears("AbletonOSC does not know /live/track/get/clips/name; install the newest")

    watched(doing, unknown=(NAMES[0], "/live/track/get/clips/name"))


def test_a_taken_port_is_told_at_once():
    async def main(live: StandIn) -> None:
        ports = ports_of(live)
        first = asyncio.create_task(watch_live(Composer(), say=said.append, defaults=OPTIONS, ports=ports))
        try:
            async with asyncio.timeout(8):
                while not said:
                    await asyncio.sleep(0.005)
                await watch_live(Composer(), say=said.append, defaults=OPTIONS, ports=ports)
        finally:
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first

    said: list[str] = []
    with StandIn(melody_set()) as live, pytest.raises(LiveError, match="is taken; only one program"):
        asyncio.run(main(live))


# -- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "command", "launcher"),
    [
        ("rip: harmonize", True, False),
        ("rip:vary", True, False),
        ("rip> continue", True, True),
        ("RIP: Harmonize", True, False),
        ("Rip > vary", True, True),
        ("rip harmonize seed=3", True, False),
        ("rip - harmonise", True, False),
        ("ripieno: vary", True, False),
        ("RIP contine", True, False),
        ("rip it up", False, False),
        ("rip - rest in peace", False, False),
        ("rip", False, False),
        ("rip! bar 1", False, False),
        ("ripped", False, False),
        ("Alto - rip Verse", False, False),
        ("", False, False),
    ],
)
def test_what_is_a_command(name: str, command: bool, launcher: bool):
    assert (is_command(name), is_launcher(name)) == (command, launcher)


@pytest.mark.parametrize(
    "name", ["RIP: harmonise seed=4", "rip harmonize seed=4", "Ripieno, HARMONIZE seed=4"]
)
def test_a_command_is_understood_however_it_is_written(name: str):
    command = parse_command(name, OPTIONS)
    assert (command.task, command.options.seed, command.launched) == ("harmonize", 4, False)


def test_settings_of_a_name_count_more_than_those_of_the_command():
    defaults = Request(task="compose", model="bachbot-chorales", seed=1)
    command = parse_command("rip: Continue bars=2 seed=9", defaults)
    assert command.task == "continue"
    assert (command.options.model, command.options.bars, command.options.seed) == ("bachbot-chorales", 2, 9)


def test_chords_in_a_name_may_have_spaces():
    options = parse_command("rip: harmonize seed=2 chords=F | C7 F/A temperature=0", OPTIONS).options
    assert (options.seed, options.temperature) == (2, 0)
    assert options.chords == parse_progression("F | C7 F/A", "chords")
    with pytest.raises(RequestError, match='there is no setting "and"'):
        parse_command("rip: harmonize seed=2 and be quick", OPTIONS)


def test_settings_that_make_no_sense_together_are_refused():
    with pytest.raises(RequestError, match="notes can be sent as they are made for one alternative only"):
        parse_command("rip: harmonize stream=1 alternatives=2", OPTIONS)


def test_a_fault_is_as_short_as_a_name():
    assert error_name(LiveError("it is so; do that")) == "rip! it is so"
    long = error_name(LiveError("a " * 60 + "; do that"))
    assert len(long) <= 65
    assert long.endswith("...")
    error = ScoreError(None, "Alto", "3", "C4, D4 and E4 begin together; move them", beat="2.5")
    assert error_name(error) == "rip! bar 3 beat 2.5: C4"
