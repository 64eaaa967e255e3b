"""The results of a request -> clips in Ableton Live, each read back before it counts as written."""

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
from ripieno_bridges.ableton.placement import COLORS, in_the_way, is_ours
from ripieno_bridges.formats.note_lists import FlatNote

SAME_TIME = 1e-3  # of a beat: half a millisecond; Live keeps times more exactly than AbletonOSC sends them
SHRUNK = 1 - Fraction(1, 2**22)  # by more than the rounding error of 32 bits
TRIES = 2


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip to write. track: None for a new one, called like the part. notes: in beats of the clip."""

    part: str
    name: str
    track: int | None
    slot: int
    region: Region
    notes: tuple[LiveNote, ...]


@dataclass(frozen=True, slots=True)
class WrittenClip:
    """A clip that stands in Live. made: whether its track is new. notes: how many."""

    part: str
    name: str
    place: ClipSlot
    notes: int
    made: bool


class ClipWriter:
    """Writes clips into a set. written: what is done.

    tracks: how many there are. force: a musician's own clips may be replaced.
    """

    def __init__(self, live: LiveSet, tracks: int, *, force: bool = False) -> None:
        self._live, self._tracks, self._force = live, tracks, force
        self._made: dict[str, int] = {}  # the new track of a part
        self.written: list[WrittenClip] = []

    async def write(self, clips: Sequence[NewClip], progress: Callable[[float], None]) -> None:
        """Write one after the other, making the tracks that are needed.

        Whoever cancels this lets the clip in hand be finished. Raises LiveError, saying what was written.
        """
        for done, clip in enumerate(clips, 1):
            try:
                await finished(self._write(clip))
            except LiveError as exc:
                said = account([w.name for w in self.written], [c.name for c in clips[done - 1 :]])
                raise LiveError(f"{exc}. {said}") from exc
            progress(done / len(clips))

    async def _write(self, new: NewClip) -> None:
        place = ClipSlot(await self._track(new), new.slot)
        clip = self._live.clip(place)
        if new.track is not None and await is_taken(self._live, place, new.part, force=self._force):
            await clip.delete()
        await clip.create(max(new.region.end, new.region.end - new.region.start))
        await clip.dress(new.name, COLORS[new.part], new.region)
        await fill(clip, new)
        self.written.append(WrittenClip(new.part, new.name, place, len(new.notes), new.part in self._made))

    async def _track(self, new: NewClip) -> int:
        """The track that the clip goes to, which is made where there is none."""
        if new.track is not None:
            return new.track
        if new.part not in self._made:
            track = self._tracks + len(self._made)
            await self._live.create_midi_track(new.part, COLORS[new.part], before=track)
            self._made[new.part] = track
        return self._made[new.part]


async def is_taken(live: LiveSet, place: ClipSlot, part: str, *, force: bool) -> bool:
    """Whether there is a clip in a slot, which may be replaced. Raises LiveError for a musician's own one."""
    name = (await live.clip_names([place.track]))[0][place.slot]
    if name is None:
        return False
    if not (force or is_ours(name) or await live.clip(place).is_blank()):
        raise LiveError(in_the_way(name, part, place))
    return True


async def finished(work: Coroutine[Any, Any, None]) -> None:
    """Do it to the end even where it is cancelled meanwhile, once or often; the cancellation comes then."""
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


def account(written: Sequence[str], missing: Sequence[str]) -> str:
    """What to say where the writing was broken off."""
    said = f"Written: {', '.join(written)}; not written" if written else "Not written"
    return f"{said}, or only in part: {', '.join(missing)}"


# -- notes -------------------------------------------------------------------------------------------------


async def fill(clip: LiveClip, new: NewClip) -> None:
    """Put the notes into the empty clip and read them back. Raises LiveError where they do not arrive."""
    for again in range(TRIES):
        if again:
            await clip.clear()
        await clip.add(new.notes)
        if same(await clip.notes(new.region.start - 1, new.region.end + 1), new.notes):
            return
    raise LiveError(
        f'the notes of "{new.name}" did not arrive in {clip.place} as they were sent; try once more'
    )


def same(read: Sequence[LiveNote], sent: Sequence[LiveNote]) -> bool:
    """Whether these are the same notes at the same times. Both are in order of time."""
    return len(read) == len(sent) and all(
        a.pitch == b.pitch
        and abs(a.start - b.start) < SAME_TIME
        and abs(a.duration - b.duration) < SAME_TIME
        and not a.mute
        for a, b in zip(read, sent, strict=True)
    )


def live_notes(notes: Iterable[FlatNote], start: Fraction, length: Fraction) -> tuple[LiveNote, ...]:
    """Notes as they can stand in a clip.

    notes: in quarters from the region's start on. start, length: of the region.
    What lies beyond the region is cut. Notes of one pitch cannot overlap in a clip: the earlier one ends
    where the later one begins, and of two that begin together the longer one stays.
    """
    following: dict[int, tuple[Fraction, LiveNote]] = {}  # for each pitch, when it sounds next
    found: list[LiveNote] = []
    for note in sorted(notes, key=lambda n: (n.start, n.duration), reverse=True):
        begin = single(note.start + start)
        until, later = following.get(note.pitch, (length, None))
        duration = single(min(note.start + note.duration, length, until) - note.start)
        if later is not None and begin + duration > later.start:  # by a rounding error
            duration = single(Fraction(later.start - begin) * SHRUNK)
        if duration > 0:
            found.append(LiveNote(note.pitch, begin, duration, note.velocity))
            following[note.pitch] = (note.start, found[-1])
    return tuple(sorted(found, key=lambda n: (n.start, n.pitch)))


def single(time: Fraction) -> float:
    """The nearest float that fits into 32 bits."""
    value: float = struct.unpack("<f", struct.pack("<f", time))[0]
    return value
