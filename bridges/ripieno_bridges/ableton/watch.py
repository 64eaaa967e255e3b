"""Runs commands from inside Ableton Live: a clip renamed to "rip: harmonize", or a launched "rip> harmonize".

The names of all clips are read about four times a second. When a command is done, its clip gets its old name
back, or a name that says what was wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ripieno.errors import RipienoError, short
from ripieno_bridges.ableton.client import AbletonOSC, Patience, Ports
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.clip_commands import (
    ERROR_PREFIX,
    error_name,
    is_command,
    is_launcher,
    parse_command,
)
from ripieno_bridges.ableton.job import ClipJob, RequestService, outcome_line, perform
from ripieno_bridges.ableton.live_set import NO_SELECTION, LiveSet, NoSelectionError, message_shown
from ripieno_bridges.ableton.packets import AbletonMessage
from ripieno_bridges.ableton.placement import DEFAULT_TITLE
from ripieno_bridges.ableton.questions import LiveError, NoAnswerError, RefusedError
from ripieno_bridges.api.requests import Request

POLL_SECONDS = 0.25
RETRY_SECONDS = 2.0  # between attempts to find Live
REPEATED_FAILURES = 3  # polls that fail in a row before it is reported
CLIENT = "live watch"
LISTENING = "listening to Live: rename a clip to `rip: harmonize`; Ctrl-C ends this"
Say = Callable[[str], None]


async def watch_live(
    service: RequestService,
    *,
    say: Say,
    defaults: Request,
    ports: Ports = Ports(),
    patience: Patience = Patience(),
) -> None:
    """Watch until cancelled, waiting where Live is not running. Raises LiveError where the port is taken.

    say: prints a line about what is done. defaults: the settings that a clip's name does not give.
    """
    watcher = Watcher(service, say=say, defaults=defaults)
    reported = False
    while True:
        try:
            async with AbletonOSC(ports, patience=patience) as osc:
                say(LISTENING)
                reported = False
                await watcher.watch(LiveSet(osc))
        except NoAnswerError as exc:
            if not reported:
                say(f"{exc}; waiting for it")
            reported = True
            await asyncio.sleep(RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class CommandClip:
    """A clip whose name is a command to run now."""

    clip_slot: ClipSlot
    name: str


class Watcher:
    """Finds the commands in the names of clips and runs them."""

    def __init__(self, service: RequestService, *, say: Say, defaults: Request) -> None:
        self._service, self._say, self._defaults = service, say, defaults
        self._names: dict[ClipSlot, str] = {}  # the last name of each clip that was not a command
        self._done: dict[ClipSlot, str] = {}  # commands that were run and are still there
        self._playing: dict[int, int] = {}  # track with a launcher -> the slot that plays
        self._selected: ClipSlot | None = None  # the last selected slot without a launcher

    async def watch(self, live: LiveSet) -> None:
        """Run the commands that appear, until cancelled. Raises NoAnswerError where Live is gone."""
        loop = asyncio.get_running_loop()
        self._done.clear()  # a command that was interrupted is run once more
        failures = 0
        while True:
            begun = loop.time()
            try:
                for command_clip in await self.poll(live):
                    await self.run(live, command_clip)
                failures = 0
            except NoAnswerError:
                raise
            except LiveError as exc:
                failures += 1  # a single one is normal: a track may be deleted between two questions
                if failures == REPEATED_FAILURES:
                    self._say(str(exc))
            await asyncio.sleep(max(0.0, begun + POLL_SECONDS - loop.time()))

    async def poll(self, live: LiveSet) -> list[CommandClip]:
        """The commands that are new since the last poll."""
        clips = {
            ClipSlot(i, slot): name
            for i, track in enumerate(await live.tracks())
            for slot, name in enumerate(track.clips)
            if name is not None
        }
        commands = {clip_slot: name for clip_slot, name in clips.items() if is_command(name)}
        plain = {
            clip_slot: name
            for clip_slot, name in clips.items()
            if clip_slot not in commands and not name.startswith(ERROR_PREFIX)
        }
        self._names = {
            clip_slot: name for clip_slot, name in self._names.items() if clip_slot in clips
        } | plain
        self._done = {
            clip_slot: name for clip_slot, name in self._done.items() if commands.get(clip_slot) == name
        }
        launchers = {clip_slot: name for clip_slot, name in commands.items() if is_launcher(name)}
        renamed = [
            CommandClip(clip_slot, name)
            for clip_slot, name in commands.items()
            if clip_slot not in launchers and clip_slot not in self._done
        ]
        return renamed + await self._launched(live, launchers)

    async def _launched(self, live: LiveSet, launchers: dict[ClipSlot, str]) -> list[CommandClip]:
        """The launchers that began to play since the last poll."""
        if launchers:
            with suppress(NoSelectionError):
                selected = await live.selected()
                if selected not in launchers:  # Live may select the launched clip
                    self._selected = selected
        tracks = sorted({launcher.track for launcher in launchers})
        before, now = self._playing, await live.playing_slots(tracks)
        self._playing = dict(zip(tracks, now, strict=True))
        return [
            CommandClip(launcher, name)
            for launcher, name in launchers.items()
            if self._playing[launcher.track] == launcher.slot
            and before.get(launcher.track, launcher.slot) != launcher.slot
        ]

    async def run(self, live: LiveSet, command_clip: CommandClip) -> None:
        """Run a command, and show its outcome in the clip's name and at the bottom of Live's window."""
        launched = is_launcher(command_clip.name)
        name = self._names.get(command_clip.clip_slot, DEFAULT_TITLE)
        target = self._selected if launched else command_clip.clip_slot
        self._say(f"{command_clip.clip_slot}: {short(command_clip.name)}")
        if launched:
            await live.clip(command_clip.clip_slot).stop()  # so that it can be launched again
        else:
            self._done[command_clip.clip_slot] = command_clip.name
        try:
            if target is None:
                raise NoSelectionError(NO_SELECTION)
            command = parse_command(command_clip.name, self._defaults)
            job = ClipJob(command.task, command.options, target, None if launched else name)
            outcome = await perform(live, self._service, job, client=CLIENT)
            text = outcome_line(outcome)
        except RipienoError as exc:
            name, text = error_name(exc), str(exc)
        self._say(f"  {text}")
        commands = [] if launched else await self._renaming(live, command_clip, name)
        with suppress(RefusedError):  # older versions of AbletonOSC cannot show anything
            await live.execute(*commands, message_shown(f"ripieno: {text}"))

    async def _renaming(self, live: LiveSet, command_clip: CommandClip, name: str) -> list[AbletonMessage]:
        """The command that renames the clip, if its name is still the command; else none."""
        clip_slot = command_clip.clip_slot
        (track,) = await live.tracks_at([clip_slot.track])
        if clip_slot.slot < len(track.clips) and track.clips[clip_slot.slot] == command_clip.name:
            return [live.clip(clip_slot).renaming(name)]
        return []
