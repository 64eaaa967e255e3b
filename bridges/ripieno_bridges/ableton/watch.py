"""Wishes from inside Ableton Live: a clip renamed to "rip: harmonize", or a launched "rip> harmonize".

About four times a second the names of all clips are asked for. A wish is done, and its clip gets its old name
back, or one that says what was wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ripieno.errors import RipienoError, short
from ripieno_bridges.ableton.client import (
    AbletonOSC,
    LiveError,
    NoAnswerError,
    Patience,
    Ports,
    RefusedError,
)
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.clip_commands import (
    ERROR_PREFIX,
    error_name,
    is_command,
    is_launcher,
    parse_command,
)
from ripieno_bridges.ableton.job import ClipJob, Outcome, RequestService, perform
from ripieno_bridges.ableton.live_set import NO_SELECTION, LiveSet, NoSelectionError
from ripieno_bridges.ableton.placement import DEFAULT_TITLE, title_of
from ripieno_bridges.api.requests import Request

POLL_SECONDS = 0.25
RETRY_SECONDS = 2.0  # between attempts to find Live
REPEATED_FAILURES = 3  # rounds
CLIENT = "live watch"
LISTENING = "listening to Live: rename a clip to `rip: harmonize`; Ctrl-C ends this"
Say = Callable[[str], None]


async def watch_live(
    asker: RequestService,
    *,
    say: Say,
    defaults: Request,
    ports: Ports = Ports(),
    patience: Patience = Patience(),
) -> None:
    """Watch until cancelled; where Live is not there, wait for it. Raises LiveError where the port is taken.

    say: told what is done, in lines for a terminal. defaults: the settings where a clip's name says none.
    """
    watcher = Watcher(asker, say=say, defaults=defaults)
    told = False
    while True:
        try:
            async with AbletonOSC(ports, patience=patience) as osc:
                say(LISTENING)
                told = False
                await watcher.watch(LiveSet(osc))
        except NoAnswerError as exc:
            if not told:
                say(f"{exc}; waiting for it")
            told = True
            await asyncio.sleep(RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class CommandClip:
    """A clip that asks for something now."""

    place: ClipSlot
    name: str


class Watcher:
    """Knows the names that clips had, what was selected and what plays."""

    def __init__(self, asker: RequestService, *, say: Say, defaults: Request) -> None:
        self._asker, self._say, self._defaults = asker, say, defaults
        self._names: dict[ClipSlot, str] = {}  # the last ones that were no wishes
        self._done: dict[ClipSlot, str] = {}  # wishes that were dealt with and still stand there
        self._playing: dict[int, int] = {}  # the slot that plays, on tracks with launchers
        self._selected: ClipSlot | None = None  # the last that was no launcher

    async def watch(self, live: LiveSet) -> None:
        """Do what is wished, until cancelled. Raises SilenceError where Live is gone."""
        loop = asyncio.get_running_loop()
        self._done.clear()  # whatever Live's absence broke off is tried once more
        failures = 0
        while True:
            begun = loop.time()
            try:
                for found in await self.look(live):
                    await self.grant(live, found)
                failures = 0
            except NoAnswerError:
                raise
            except LiveError as exc:
                failures += 1  # once is nothing: a track may be deleted between two questions
                if failures == REPEATED_FAILURES:
                    self._say(str(exc))
            await asyncio.sleep(max(0.0, begun + POLL_SECONDS - loop.time()))

    async def look(self, live: LiveSet) -> list[CommandClip]:
        """The wishes that have come since the last look."""
        tracks = range(await live.count_tracks())
        columns = await live.clip_names(tracks)
        clips = {
            ClipSlot(track, slot): name
            for track, column in zip(tracks, columns, strict=True)
            for slot, name in enumerate(column)
            if name is not None
        }
        wishes = {place: name for place, name in clips.items() if is_command(name)}
        plain = {
            p: name for p, name in clips.items() if p not in wishes and not name.startswith(ERROR_PREFIX)
        }
        self._names = {place: name for place, name in self._names.items() if place in clips} | plain
        self._done = {place: name for place, name in self._done.items() if wishes.get(place) == name}
        launchers = {place: name for place, name in wishes.items() if is_launcher(name)}
        renamed = [CommandClip(p, n) for p, n in wishes.items() if p not in launchers and p not in self._done]
        return renamed + await self._launched(live, launchers)

    async def _launched(self, live: LiveSet, launchers: dict[ClipSlot, str]) -> list[CommandClip]:
        """The launchers that began to play since the last look."""
        if launchers:
            with suppress(NoSelectionError):
                selected = await live.selected()
                if selected not in launchers:  # Live may select what is launched
                    self._selected = selected
        tracks = sorted({place.track for place in launchers})
        before, now = self._playing, await live.playing_slots(tracks)
        self._playing = dict(zip(tracks, now, strict=True))
        return [
            CommandClip(place, name)
            for place, name in launchers.items()
            if self._playing[place.track] == place.slot and before.get(place.track, place.slot) != place.slot
        ]

    async def grant(self, live: LiveSet, found: CommandClip) -> None:
        """Do what a clip asks for, and say what came of it in its name and at the bottom of Live's window."""
        launched = is_launcher(found.name)
        name = self._names.get(found.place, DEFAULT_TITLE)
        place = self._selected if launched else found.place
        self._say(f"{found.place}: {short(found.name)}")
        if launched:
            await live.clip(found.place).stop()  # so that it can be launched again
        else:
            self._done[found.place] = found.name
        try:
            if place is None:
                raise NoSelectionError(NO_SELECTION)
            wish = parse_command(found.name, self._defaults)
            job = ClipJob(wish.task, wish.options, place, None if launched else title_of(name))
            outcome = await perform(live, self._asker, job, client=CLIENT)
            said = outcome_line(outcome)
        except RipienoError as exc:
            name, said = error_name(exc), str(exc)
        self._say(f"  {said}")
        if not launched:
            await self._rename(live, found, name)
        with suppress(RefusedError):  # older versions of AbletonOSC cannot show anything
            await live.show(f"ripieno: {said}")

    async def _rename(self, live: LiveSet, found: CommandClip, name: str) -> None:
        """Give the clip another name, if it is still there."""
        names = (await live.clip_names([found.place.track]))[0]
        if found.place.slot < len(names) and names[found.place.slot] == found.name:
            await live.clip(found.place).rename(name)


def outcome_line(outcome: Outcome) -> str:
    """What was done, in one line."""
    clips = ", ".join(f"{clip.part} ({clip.place})" for clip in outcome.clips)
    return f"wrote {clips or 'no notes'}; seed {outcome.reply.seed}"
