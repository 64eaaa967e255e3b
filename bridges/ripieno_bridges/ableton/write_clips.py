"""The results of a request -> clips in Ableton Live; each is read back to check it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ripieno_bridges.ableton.client import LiveError
from ripieno_bridges.ableton.clip import ClipSlot, LiveClip, LiveNote, Region
from ripieno_bridges.ableton.live_set import LiveSet
from ripieno_bridges.ableton.placement import COLORS, in_the_way_text, made_by_ripieno
from ripieno_bridges.formats.note_lists import FlatNote

SAME_TIME = 1e-3  # of a beat: half a millisecond; Live stores times more exactly than AbletonOSC sends them
SHRUNK = 1 - Fraction(1, 2**22)  # shortens by more than the rounding error of 32 bits
ATTEMPTS = 2


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


class ClipWriter:
    """Writes clips into a set. written: the clips that are finished.

    tracks: how many the set has. force: replace a musician's own clips.
    """

    def __init__(self, live: LiveSet, tracks: int, *, force: bool = False) -> None:
        self._live, self._tracks, self._force = live, tracks, force
        self._new_tracks: dict[str, int] = {}  # by part
        self.written: list[WrittenClip] = []

    async def write(self, clips: Sequence[NewClip], progress: Callable[[float], None]) -> None:
        """Write the clips one after the other, and create the tracks that are needed.

        A cancellation takes effect after the current clip. Raises LiveError, which says what was written.
        """
        for done, clip in enumerate(clips, 1):
            try:
                await finish_before_cancel(self._write(clip))
            except LiveError as exc:
                account = describe_written(
                    [w.name for w in self.written], [c.name for c in clips[done - 1 :]]
                )
                raise LiveError(f"{exc}. {account}") from exc
            progress(done / len(clips))

    async def _write(self, new: NewClip) -> None:
        clip_slot = ClipSlot(await self._track(new), new.slot)
        clip = self._live.clip(clip_slot)
        if new.track is not None and await has_replaceable_clip(
            self._live, clip_slot, new.part, force=self._force
        ):
            await clip.delete()
        await clip.create(max(new.region.end, new.region.end - new.region.start))
        await clip.set_properties(new.name, COLORS[new.part], new.region)
        await fill_clip(clip, new)
        self.written.append(
            WrittenClip(new.part, new.name, clip_slot, len(new.notes), new.part in self._new_tracks)
        )

    async def _track(self, new: NewClip) -> int:
        """The track that the clip goes to, which is created where there is none."""
        if new.track is not None:
            return new.track
        if new.part not in self._new_tracks:
            track = self._tracks + len(self._new_tracks)
            await self._live.create_midi_track(new.part, COLORS[new.part], count=track)
            self._new_tracks[new.part] = track
        return self._new_tracks[new.part]


async def has_replaceable_clip(live: LiveSet, clip_slot: ClipSlot, part: str, *, force: bool) -> bool:
    """Whether the slot has a clip. Raises LiveError where it is a musician's own, which must stay."""
    name = (await live.clip_names([clip_slot.track]))[0][clip_slot.slot]
    if name is None:
        return False
    if not (force or made_by_ripieno(name) or await live.clip(clip_slot).is_blank()):
        raise LiveError(in_the_way_text(name, part, clip_slot))
    return True


async def finish_before_cancel(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work even where this is cancelled meanwhile, once or often; then raise the cancellation."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
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


# -- notes -------------------------------------------------------------------------------------------------


async def fill_clip(clip: LiveClip, new: NewClip) -> None:
    """Write the notes into the empty clip and read them back. Raises LiveError where they do not arrive."""
    for attempt in range(ATTEMPTS):
        if attempt:
            await clip.clear()
        await clip.add(new.notes)
        if same_notes(await clip.notes(new.region.start - 1, new.region.end + 1), new.notes):
            return
    raise LiveError(
        f'the notes of "{new.name}" did not arrive in {clip.clip_slot} as they were sent; try once more'
    )


def same_notes(read: Sequence[LiveNote], sent: Sequence[LiveNote]) -> bool:
    """Whether these are the same notes at the same times, up to rounding. Both are in order of time."""
    return len(read) == len(sent) and all(
        a.pitch == b.pitch
        and abs(a.start - b.start) < SAME_TIME
        and abs(a.duration - b.duration) < SAME_TIME
        and not a.mute
        for a, b in zip(read, sent, strict=True)
    )


def live_notes(notes: Iterable[FlatNote], start: Fraction, length: Fraction) -> tuple[LiveNote, ...]:
    """Turn notes into notes of a clip.

    notes: in quarters from the region's start. start, length: of the region.
    Notes are cut at the region's end. Notes of one pitch cannot overlap in a clip: the earlier one ends where
    the later one begins, and of two that begin together the longer one stays.
    """
    following: dict[int, tuple[Fraction, LiveNote]] = {}  # pitch -> when it begins next, and that note
    found: list[LiveNote] = []
    for note in sorted(notes, key=lambda n: (n.start, n.duration), reverse=True):
        begin = to_float32(note.start + start)
        until, later = following.get(note.pitch, (length, None))
        duration = to_float32(min(note.start + note.duration, length, until) - note.start)
        if later is not None and begin + duration > later.start:  # by a rounding error
            duration = to_float32(Fraction(later.start - begin) * SHRUNK)
        if duration > 0:
            found.append(LiveNote(note.pitch, begin, duration, note.velocity))
            following[note.pitch] = (note.start, found[-1])
    return tuple(sorted(found, key=lambda n: (n.start, n.pitch)))


def to_float32(time: Fraction) -> float:
    """The nearest float that fits into 32 bits."""
    value: float = struct.unpack("<f", struct.pack("<f", time))[0]
    return value
