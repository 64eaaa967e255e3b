"""The results of a request -> clips in Ableton Live; each is read back to check it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from ripieno_bridges.ableton.client import together
from ripieno_bridges.ableton.clip import ClipSlot, LiveClip, LiveNote, Region
from ripieno_bridges.ableton.live_notes import same_notes
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack, selection_of
from ripieno_bridges.ableton.packets import AbletonMessage
from ripieno_bridges.ableton.placement import COLORS, in_the_way_text, made_by_ripieno
from ripieno_bridges.ableton.questions import LiveError, NoAnswerError, RefusedError

ATTEMPTS = 2
T = TypeVar("T")
NOTHING_WRITTEN = "Nothing was written"


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip to write. track: None for a new one with the part's name. notes: in beats of the clip."""

    part: str
    name: str
    track: int | None
    slot: int
    region: Region
    notes: tuple[LiveNote, ...]


@dataclass(frozen=True, slots=True)
class WrittenClip:
    """A clip that was written. notes: how many. new_track: whether its track was created for it."""

    part: str
    name: str
    clip_slot: ClipSlot
    notes: int
    new_track: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What a clip has in it. color: 0xRRGGBB."""

    name: str
    color: int
    region: Region
    notes: tuple[LiveNote, ...]

    @property
    def length(self) -> float:
        """The length of an empty clip that can take this."""
        return max(self.region.end, self.region.end - self.region.start)


class ClipWriter:
    """Writes clips into a set: all of them, or none where Live refuses one. written: those that are finished.

    tracks: those of the set. selected: the slot to select, since Live selects new tracks. force: replace a
    musician's own clips.
    """

    def __init__(
        self, live: LiveSet, tracks: Sequence[LiveTrack], *, selected: ClipSlot, force: bool = False
    ) -> None:
        self._live, self._selected, self._force = live, selected, force
        self._tracks: Sequence[LiveTrack] | None = tracks  # None where they may have changed since
        self._count = len(tracks)
        self._new_tracks: dict[str, int] = {}  # by part
        self._begun: dict[ClipSlot, str] = {}  # the slots that were written to, with the new clips' names
        self._replaced: dict[ClipSlot, Contents] = {}
        self.written: list[WrittenClip] = []

    async def write(self, clips: Sequence[NewClip], progress: Callable[[float], None]) -> None:
        """Write the clips, those of a scene together, and create the tracks that are needed.

        A cancellation takes effect after the scene in hand. Raises LiveError; where Live still answers,
        everything is then as it was, else the error says what was written.
        """
        missing = [clip.name for clip in clips]
        for _, scene in groupby(clips, key=lambda clip: clip.slot):
            part = list(scene)
            await finish_before_cancel(self._write_or_undo(part, missing))
            del missing[: len(part)]
            progress(1 - len(missing) / len(clips))

    async def _write_or_undo(self, clips: Sequence[NewClip], missing: Sequence[str]) -> None:
        """Write the clips of a scene; where that fails, undo all. missing: what is not written yet."""
        try:
            await self._write_scene(clips)
        except LiveError as exc:
            account = describe_written([written.name for written in self.written], missing)
            if not isinstance(exc, NoAnswerError):
                with suppress(LiveError):
                    await self._undo()
                    account = NOTHING_WRITTEN
            raise LiveError(f"{exc}. {account}") from exc

    async def _write_scene(self, clips: Sequence[NewClip]) -> None:
        tracks = await self._live.tracks() if self._tracks is None else self._tracks
        self._tracks = None
        await self._create_tracks([clip.part for clip in clips if clip.track is None])
        await self._remember_replaced(clips, tracks)
        placed = [(self._live.clip(ClipSlot(self._track(new), new.slot)), new) for new in clips]
        self._begun |= {clip.clip_slot: new.name for clip, new in placed}
        commands = (
            command
            for clip, new in placed
            for command in write_commands(clip, contents_of(new), replace=clip.clip_slot in self._replaced)
        )
        # Live refuses one where a musician has just put something there: then one after the other.
        with suppress(RefusedError):
            await self._live.execute(*commands, selection_of(self._selected))
        there = await together(*(has_arrived(clip, new) for clip, new in placed))
        for (clip, new), arrived in zip(placed, there, strict=True):
            if not arrived:
                await self._write_carefully(clip, new)
        self.written += [
            WrittenClip(new.part, new.name, clip.clip_slot, len(new.notes), new.part in self._new_tracks)
            for clip, new in placed
        ]

    async def _write_carefully(self, clip: LiveClip, new: NewClip) -> None:
        """Write a clip step by step, where something is in its slot or its notes were lost."""
        (track,) = await self._live.tracks_at([clip.clip_slot.track])
        if await has_replaceable_clip(self._live, clip.clip_slot, track, new.part, force=self._force):
            await clip.delete()
        await put(clip, contents_of(new))

    async def _remember_replaced(self, clips: Sequence[NewClip], tracks: Sequence[LiveTrack]) -> None:
        """Read the clips that will be replaced. Raises LiveError where one is a musician's own."""
        for new in clips:
            if new.track is None:
                continue
            clip_slot, track = ClipSlot(new.track, new.slot), tracks[new.track]
            if await has_replaceable_clip(self._live, clip_slot, track, new.part, force=self._force):
                old = await contents(self._live.clip(clip_slot))
                if old.name != track.clips[new.slot]:  # somebody has put another one there
                    raise LiveError(in_the_way_text(old.name, new.part, clip_slot))
                self._replaced[clip_slot] = old

    async def _create_tracks(self, parts: Sequence[str]) -> None:
        missing = {part: COLORS[part] for part in parts if part not in self._new_tracks}
        if missing:
            await self._live.create_midi_tracks(missing, count=self._count)
            self._new_tracks |= {part: self._count + i for i, part in enumerate(missing)}
            self._count += len(missing)

    @property
    def replaced(self) -> list[str]:
        """The names of the clips that were replaced."""
        return [old.name for old in self._replaced.values()]

    def _track(self, new: NewClip) -> int:
        return self._new_tracks[new.part] if new.track is None else new.track

    async def _undo(self) -> None:
        """Delete what was written, bring back what was replaced, and delete the new tracks."""
        tracks = await self._live.tracks()
        for clip_slot, name in self._begun.items():
            there = tracks[clip_slot.track].clips[clip_slot.slot]
            clip = self._live.clip(clip_slot)
            if there == name or (there == "" and not await clip.notes()):
                await clip.delete()
                there = None
            if there is None and clip_slot in self._replaced:
                await put(clip, self._replaced[clip_slot])
        if self._new_tracks:
            first = self._count - len(self._new_tracks)
            now = await self._live.tracks()
            if len(now) == self._count and not any(any(t.clips) for t in now[first:]):
                await self._live.delete_tracks(first, self._count)
        await self._live.execute(selection_of(self._selected))


# -- one clip ----------------------------------------------------------------------------------------------


def contents_of(new: NewClip) -> Contents:
    """What a new clip has in it."""
    return Contents(new.name, COLORS[new.part], new.region, new.notes)


async def contents(clip: LiveClip) -> Contents:
    """Read what a MIDI clip has in it."""
    name, region, notes, color = await together(clip.name(), clip.region(), clip.notes(), clip.color())
    assert region is not None, "such tracks have no audio clips"
    return Contents(name, color, region, tuple(notes))


def write_commands(clip: LiveClip, new: Contents, *, replace: bool) -> list[AbletonMessage]:
    """The commands that create a clip with this in it. replace: the one that is there goes first."""
    return [
        *([clip.deletion()] if replace else []),
        clip.creation(new.length),
        *clip.properties(new.name, new.color, new.region),
        *clip.additions(new.notes),
    ]


async def has_arrived(clip: LiveClip, new: NewClip) -> bool:
    """Whether the clip is there and has these notes."""
    try:
        return await has_these_notes(clip, contents_of(new))
    except RefusedError:
        return False


async def has_these_notes(clip: LiveClip, new: Contents) -> bool:
    """Whether the clip has these notes, and no others nearby. Raises RefusedError for an empty slot."""
    starts = [new.region.start, new.region.end, *(note.start for note in new.notes)]
    return same_notes(await clip.notes(min(starts) - 1, max(starts) + 1), new.notes)


async def put(clip: LiveClip, new: Contents) -> None:
    """Create a clip in an empty slot, step by step."""
    await clip.create(new.length)
    await clip.set_properties(new.name, new.color, new.region)
    await fill_clip(clip, new)


async def has_replaceable_clip(
    live: LiveSet, clip_slot: ClipSlot, track: LiveTrack, part: str, *, force: bool
) -> bool:
    """Whether the slot has a clip. Raises LiveError where it is a musician's own, which must stay."""
    name = track.clips[clip_slot.slot]
    if name is None:
        return False
    if force or made_by_ripieno(name) or (not name and not await live.clip(clip_slot).notes()):
        return True
    raise LiveError(in_the_way_text(name, part, clip_slot))


async def finish_before_cancel(work: Coroutine[Any, Any, T]) -> T:
    """Finish the work even where this is cancelled meanwhile, once or often; then raise the cancellation."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):  # as a server that stops cancels what is cancelled already
                await asyncio.wait([task])
        with suppress(LiveError):
            task.result()
        raise


def describe_written(written: Sequence[str], missing: Sequence[str]) -> str:
    """A sentence about clips that were written and clips that are missing after an error."""
    begin = f"Written: {', '.join(written)}; not written" if written else "Not written"
    return f"{begin}, or only in part: {', '.join(missing)}"


async def fill_clip(clip: LiveClip, new: Contents) -> None:
    """Write the notes into the empty clip and read them back. Raises LiveError where they do not arrive."""
    for attempt in range(ATTEMPTS):
        if attempt:
            await clip.clear()
        await clip.add(new.notes)
        if await has_these_notes(clip, new):
            return
    raise LiveError(
        f'the notes of "{new.name}" did not arrive in {clip.clip_slot} as they were sent; try once more'
    )
