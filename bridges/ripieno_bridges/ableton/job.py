"""One job in Ableton Live: read a clip, request new music, write clips.

harmonize: each missing voice goes to a track of its own, in the clip's scene. continue and vary: the new
measures or the variation go to the next empty slot below the clip. The given clip is not changed.
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
READ_SHARE, ANSWERED_SHARE = 0.05, 0.85  # progress once the clip is read, once the reply is there


class RequestService(Protocol):
    """The part of ``Service`` that jobs use."""

    async def ask(
        self, request: Request, *, client: Hashable, progress: Callable[[float], None]
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class ClipJob:
    """A job. options: a request's settings; its score and task are ignored.

    clip_slot: of the given clip; None for the selected one. title: of its music, where its name does not say
    it. force: replace a musician's own clips where the new ones go.
    """

    task: LiveTask
    options: Request
    clip_slot: ClipSlot | None = None
    title: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a job. remarks: sentences for the musician."""

    source: ClipSource
    reply: Reply
    clips: tuple[WrittenClip, ...]
    remarks: tuple[str, ...]


async def perform(
    live: LiveSet,
    service: RequestService,
    job: ClipJob,
    *,
    client: Hashable = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Outcome:
    """Do a job. Raises RipienoError; nothing is written then, or the error says what was."""
    source = await read_source(live, job.clip_slot, title=job.title)
    request = build_clip_request(job.task, source, job.options)
    await plan_placement(live, job, source, request)  # raises before the work where something is in the way
    progress(READ_SHARE)
    reply = await service.ask(
        request,
        client=client,
        progress=lambda share: progress(READ_SHARE + (ANSWERED_SHARE - READ_SHARE) * share),
    )
    await check_unchanged(live, source)
    plan = await plan_placement(live, job, source, request)
    writer = ClipWriter(live, plan.tracks, force=job.force)
    await writer.write(
        build_clips(job.task, source, request, reply, plan),
        lambda share: progress(ANSWERED_SHARE + (1 - ANSWERED_SHARE) * share),
    )
    with suppress(LiveError):  # Live selects a new track; the next job should find the melody selected
        await live.select(source.clip_slot)
    return Outcome(source, reply, tuple(writer.written), tuple(build_remarks(source, reply, writer.written)))


# -- placement ---------------------------------------------------------------------------------------------


async def plan_placement(live: LiveSet, job: ClipJob, source: ClipSource, request: Request) -> PlacementPlan:
    """Plan where the new clips go. Raises LiveError where something is in the way."""
    tracks = await live.tracks()
    count = request.alternatives
    if job.task == "harmonize":
        part_tracks = await tracks_of_parts(live, tracks, missing_parts(request), source.clip_slot)
        for part, track in part_tracks.items():
            if track is not None:
                await has_replaceable_clip(
                    live, ClipSlot(track, source.clip_slot.slot), part, force=job.force
                )
        slots = slots_beside(tracks, part_tracks, source.clip_slot, source.title, count)
        return PlacementPlan(part_tracks, slots, len(tracks))
    source_track = source.clip_slot.track
    part = CONTINUED if job.task == "continue" else VARIED
    slots = slots_below(tracks[source_track], source.clip_slot, count)
    return PlacementPlan({part: source_track}, slots, len(tracks))


def missing_parts(request: Request) -> tuple[str, ...]:
    """The parts that get a clip when a melody is harmonized."""
    if is_for_piano(request):
        return HANDS
    assert request.score is not None, "built from a clip"
    return tuple(p for p, voice in zip(VOICES, request.score.voices, strict=True) if not voice.notes)


async def tracks_of_parts(
    live: LiveSet, tracks: Sequence[LiveTrack], parts: Sequence[str], source: ClipSlot
) -> Mapping[str, int | None]:
    """For each part its track; None where one must be created."""
    tracks = [
        await without_blank_clips(live, i, track) if track.name.strip().capitalize() in parts else track
        for i, track in enumerate(tracks)
    ]
    named = {part: candidates(part, tracks, source) for part in parts}
    all_named = [track for found in named.values() for track in found]
    midi = dict(zip(all_named, await live.accept_midi(all_named), strict=True))
    return {part: next((t for t in found if midi[t]), None) for part, found in named.items()}


async def without_blank_clips(live: LiveSet, index: int, track: LiveTrack) -> LiveTrack:
    """The track without its clips that have neither name nor notes."""
    unnamed = [ClipSlot(index, slot) for slot, name in enumerate(track.clips) if name == ""]
    blank = {clip_slot.slot for clip_slot in unnamed if await live.clip(clip_slot).is_blank()}
    return replace(track, clips=tuple(None if i in blank else name for i, name in enumerate(track.clips)))


# -- clips -------------------------------------------------------------------------------------------------


def build_clips(
    task: LiveTask, source: ClipSource, request: Request, reply: Reply, plan: PlacementPlan
) -> list[NewClip]:
    """The clips of all alternatives, the best first. A part without notes gets no clip."""
    assert request.score is not None, "built from a clip"
    clips: list[NewClip] = []
    for alternative, (result, slot) in enumerate(zip(reply.results, plan.slots, strict=False), 1):
        region, start, length = source.region, source.start, source.length
        if task == "continue":
            start, length = Fraction(0), result.score.duration - request.score.duration
            region = Region(0.0, to_float32(length), 0.0, source.region.looping)
        for part, notes in notes_of_parts(task, result, request.score, source.velocity).items():
            placed = live_notes(notes, start, length)
            if placed:
                name = mark_name(part, source.title, alternative)
                clips.append(NewClip(part, name, plan.part_tracks[part], slot, region, placed))
    return clips


def notes_of_parts(task: LiveTask, result: Result, given: Score, velocity: int) -> dict[str, list[FlatNote]]:
    """For each part its new notes, in quarters from the start of its clip."""
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
    """Sentences about the outcome for the musician."""
    remarks = list(reply.remarks)
    silent = sum(note.mute for note in source.notes)
    if silent:
        notes = "1 deactivated note was" if silent == 1 else f"{silent} deactivated notes were"
        remarks.append(f"{notes} not looked at")
    if not reply.complete:
        remarks.append("the time was over before the end; later measures are empty")
    new_tracks = list(dict.fromkeys(clip.part for clip in written if clip.new_track))
    if new_tracks:
        remarks.append(
            f"new tracks: {', '.join(new_tracks)}; put an instrument on each, or they make no sound"
        )
    for result in reply.results:
        if result.originality is not None:
            remarks.append(result.originality.sentence)
    return remarks
