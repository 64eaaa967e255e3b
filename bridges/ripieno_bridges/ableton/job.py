"""One thing to do in Ableton Live, from the clip that is read to the clips that are written.

harmonize: each voice that is missing goes to a track of its own, in the clip's scene. continue: the new
measures go to the next empty slot below the clip. vary: so does the variation. What was given is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol, get_args

from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Score
from ripieno_bridges.ableton.client import LiveError
from ripieno_bridges.ableton.clip import ClipSlot, Region
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack
from ripieno_bridges.ableton.placement import (
    CONTINUED,
    HANDS,
    VARIED,
    VOICES,
    PlacementPlan,
    candidates,
    mark_name,
    slots_below,
    slots_beside,
)
from ripieno_bridges.ableton.read_clip import ClipSource, build_clip_request, check_unchanged, read_source
from ripieno_bridges.ableton.write_clips import (
    ClipWriter,
    NewClip,
    WrittenClip,
    has_replaceable_clip,
    live_notes,
    to_float32,
)
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request, is_for_piano
from ripieno_bridges.formats.note_lists import FlatNote, flat_notes, flat_voices

LiveTask = Literal["harmonize", "continue", "vary"]
LIVE_TASKS: tuple[LiveTask, ...] = get_args(LiveTask)
READ_SHARE, ANSWERED_SHARE = 0.05, 0.85  # shares of the work


class RequestService(Protocol):
    """Who answers requests: a ``Service``."""

    async def ask(
        self, request: Request, *, client: Hashable, progress: Callable[[float], None]
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class ClipJob:
    """What to do. options: a request's settings; its score and task are not looked at.

    place: of the clip; None for the one that is selected. title: what its music is called, where its name
    does not say it. force: a musician's own clips that are in the way may be replaced.
    """

    task: LiveTask
    options: Request
    place: ClipSlot | None = None
    title: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done. remarks: what the musician should know."""

    source: ClipSource
    reply: Reply
    clips: tuple[WrittenClip, ...]
    remarks: tuple[str, ...]


async def perform(
    live: LiveSet,
    asker: RequestService,
    job: ClipJob,
    *,
    client: Hashable = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Outcome:
    """Do it. Raises RipienoError; nothing is written then, or the error says what was."""
    source = await read_source(live, job.place, title=job.title)
    request = build_clip_request(job.task, source, job.options)
    await plan_placement(
        live, job, source, request
    )  # whatever is in the way is told before the work, not after it
    progress(READ_SHARE)
    reply = await asker.ask(
        request,
        client=client,
        progress=lambda share: progress(READ_SHARE + (ANSWERED_SHARE - READ_SHARE) * share),
    )
    await check_unchanged(live, source)
    where = await plan_placement(live, job, source, request)
    writer = ClipWriter(live, where.tracks, force=job.force)
    await writer.write(
        build_clips(job.task, source, request, reply, where),
        lambda share: progress(ANSWERED_SHARE + (1 - ANSWERED_SHARE) * share),
    )
    with suppress(LiveError):  # Live selects a track that is made; the next wish is about the melody again
        await live.select(source.place)
    return Outcome(source, reply, tuple(writer.written), tuple(build_remarks(source, reply, writer.written)))


# -- where -------------------------------------------------------------------------------------------------


async def plan_placement(live: LiveSet, job: ClipJob, source: ClipSource, request: Request) -> PlacementPlan:
    """Where the new clips go. Raises LiveError where something is in the way."""
    tracks = await live.tracks()
    count = request.alternatives
    if job.task == "harmonize":
        seats = await tracks_of_parts(live, tracks, parts_of(request), source.place)
        for part, track in seats.items():
            if track is not None:
                await has_replaceable_clip(live, ClipSlot(track, source.place.slot), part, force=job.force)
        return PlacementPlan(
            seats, slots_beside(tracks, seats, source.place, source.title, count), len(tracks)
        )
    own = source.place.track
    part = CONTINUED if job.task == "continue" else VARIED
    return PlacementPlan({part: own}, slots_below(tracks[own], source.place, count), len(tracks))


def parts_of(request: Request) -> tuple[str, ...]:
    """Who gets a clip when a melody is harmonized."""
    if is_for_piano(request):
        return HANDS
    assert request.score is not None, "it is about a clip"
    return tuple(p for p, voice in zip(VOICES, request.score.voices, strict=True) if not voice.notes)


async def tracks_of_parts(
    live: LiveSet, tracks: Sequence[LiveTrack], parts: Sequence[str], source: ClipSlot
) -> Mapping[str, int | None]:
    """For each part its track; None where one must be made."""
    tracks = [
        await without_blank_clips(live, i, track) if track.name.strip().capitalize() in parts else track
        for i, track in enumerate(tracks)
    ]
    named = {part: candidates(part, tracks, source) for part in parts}
    every = [track for found in named.values() for track in found]
    midi = dict(zip(every, await live.take_midi(every), strict=True))
    return {part: next((t for t in found if midi[t]), None) for part, found in named.items()}


async def without_blank_clips(live: LiveSet, number: int, track: LiveTrack) -> LiveTrack:
    """The track as it were without clips that have no name and no notes."""
    unnamed = [ClipSlot(number, slot) for slot, name in enumerate(track.clips) if name == ""]
    blank = {place.slot for place in unnamed if await live.clip(place).is_blank()}
    return replace(track, clips=tuple(None if i in blank else name for i, name in enumerate(track.clips)))


# -- what --------------------------------------------------------------------------------------------------


def build_clips(
    task: LiveTask, source: ClipSource, request: Request, reply: Reply, where: PlacementPlan
) -> list[NewClip]:
    """The clips of all alternatives, the best first. A part that got no note gets no clip."""
    assert request.score is not None, "it is about a clip"
    clips: list[NewClip] = []
    for number, (result, slot) in enumerate(zip(reply.results, where.slots, strict=False), 1):
        region, start, length = source.region, source.start, source.length
        if task == "continue":
            start, length = Fraction(0), result.score.duration - request.score.duration
            region = Region(0.0, to_float32(length), 0.0, source.region.looping)
        for part, notes in notes_of_parts(task, result, request.score, source.velocity).items():
            placed = live_notes(notes, start, length)
            if placed:
                name = mark_name(part, source.title, number)
                clips.append(NewClip(part, name, where.seats[part], slot, region, placed))
    return clips


def notes_of_parts(task: LiveTask, result: Result, given: Score, velocity: int) -> dict[str, list[FlatNote]]:
    """For each part its new notes, in quarters from where its clip starts on."""
    if task == "continue":
        notes = flat_voices(result.new, velocity=velocity)
        return {CONTINUED: [note._replace(start=note.start - given.duration) for note in notes]}
    if task == "vary":
        return {VARIED: flat_voices(result.score.voices, velocity=velocity)}
    parts = VOICES if tuple(v.name for v in result.new) == VOICE_NAMES else HANDS
    found: dict[str, list[FlatNote]] = {}
    for note in flat_notes(result, velocity=velocity):
        found.setdefault(parts[note.voice], []).append(note)
    return {part: found[part] for part in parts if part in found}


def build_remarks(source: ClipSource, reply: Reply, written: Sequence[WrittenClip]) -> list[str]:
    """What the musician should know of the outcome."""
    said = []
    silent = sum(note.mute for note in source.notes)
    if silent:
        notes = "1 deactivated note was" if silent == 1 else f"{silent} deactivated notes were"
        said.append(f"{notes} not looked at")
    if not reply.complete:
        said.append("the time was over before the end; later measures are empty")
    made = list(dict.fromkeys(clip.part for clip in written if clip.made))
    if made:
        said.append(f"new tracks: {', '.join(made)}; put an instrument on each, or they make no sound")
    for result in reply.results:
        if result.originality is not None:
            said.append(result.originality.sentence)
    return said
