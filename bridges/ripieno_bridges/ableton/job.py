"""One job in Ableton Live: read a clip, request new music, write clips.

harmonize: each missing voice goes to a track of its own, in the clip's scene. continue and vary: the new
measures or the variation go to the next empty slot below the clip. The given clip is not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol, get_args

from ripieno.errors import RipienoError, short
from ripieno.results import Result
from ripieno_bridges.ableton.chord_clip import read_chord_clip, with_chords
from ripieno_bridges.ableton.client import together
from ripieno_bridges.ableton.clip import ClipSlot, Region
from ripieno_bridges.ableton.copy_melody import copy_melody
from ripieno_bridges.ableton.live_notes import live_notes, to_float32
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack
from ripieno_bridges.ableton.pitch_names import as_live_names, rename_pitches
from ripieno_bridges.ableton.placement import (
    CONTINUED,
    HANDS,
    VARIED,
    PlacementPlan,
    made_by_ripieno,
    mark_name,
    other_melody,
    slots_below,
    slots_beside,
    title_of,
    tracks_of_part,
)
from ripieno_bridges.ableton.read_clip import (
    ClipSource,
    build_clip_request,
    check_unchanged,
    left_out,
    read_source,
)
from ripieno_bridges.ableton.write_clips import (
    ClipWriter,
    NewClip,
    WrittenClip,
    finish_before_cancel,
    has_replaceable_clip,
)
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request, ensemble_of, is_for_piano
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

    clip_slot: of the given clip; None for the selected one. name: its name, where it shows a command instead.
    force: replace a musician's own clips where the new ones go.
    """

    task: LiveTask
    options: Request
    clip_slot: ClipSlot | None = None
    name: str | None = None
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
    """Do a job. Raises RipienoError; nothing is written then, or the error says what was.

    Pitches are named as in Live, in errors and remarks.
    """
    try:
        return await do_job(live, service, job, client=client, progress=progress)
    except RipienoError as exc:
        rename_pitches(exc)
        raise


async def do_job(
    live: LiveSet,
    service: RequestService,
    job: ClipJob,
    *,
    client: Hashable,
    progress: Callable[[float], None],
) -> Outcome:
    """As ``perform``; errors name pitches as everywhere else."""
    source, tracks = await read_source(live, job.clip_slot, name=job.name)
    request = build_clip_request(job.task, source, job.options)
    chords, harmony_remarks = await read_chord_clip(live, source, tracks), list[str]()
    if chords is not None:
        request, harmony_remarks = with_chords(request, chords)
    await plan_placement(live, job, source, request, tracks)  # raises where something is in the way
    progress(READ_SHARE)
    reply = await service.ask(
        request,
        client=client,
        progress=lambda share: progress(READ_SHARE + (ANSWERED_SHARE - READ_SHARE) * share),
    )
    given = [source] if chords is None else [source, chords]
    tracks, *_ = await together(live.tracks(), *(check_unchanged(live, clip) for clip in given))
    plan = await plan_placement(live, job, source, request, tracks)
    writer = ClipWriter(live, tracks, selected=source.clip_slot, force=job.force)
    await writer.write(
        build_clips(job.task, source, request, reply, plan),
        lambda share: progress(ANSWERED_SHARE + (1 - ANSWERED_SHARE) * share),
    )
    remarks = harmony_remarks + build_remarks(source, request, reply, writer, plan.others)
    if job.task == "harmonize" and len(plan.slots) > 1:
        remarks.insert(0, await finish_before_cancel(copy_melody(live, source, tracks, plan.slots)))
    return Outcome(source, reply, tuple(writer.written), tuple(remarks))


# -- placement ---------------------------------------------------------------------------------------------


async def plan_placement(
    live: LiveSet, job: ClipJob, source: ClipSource, request: Request, tracks: Sequence[LiveTrack]
) -> PlacementPlan:
    """Plan where the new clips go. Raises LiveError where something is in the way."""
    count = request.alternatives
    if job.task != "harmonize":
        part = CONTINUED if job.task == "continue" else VARIED
        slots = slots_below(tracks[source.clip_slot.track], source.clip_slot, count)
        return PlacementPlan({part: source.clip_slot.track}, slots)
    parts = missing_parts(request)
    tracks = await without_blank_clips(live, tracks, parts)
    at, title = source.clip_slot, source.title
    part_tracks: dict[str, int | None] = dict.fromkeys(parts)
    others: list[str] = []
    for part in parts:
        for track in tracks_of_part(part, tracks, at):
            other = other_melody(tracks[track].clips[at.slot], tracks, at, title)
            if other is None:
                part_tracks[part] = track
                clip_slot = ClipSlot(track, at.slot)
                await has_replaceable_clip(live, clip_slot, tracks[track], part, force=job.force)
                break
            others.append(other)
    slots = slots_beside(tracks, part_tracks, at, title, count)
    return PlacementPlan(part_tracks, slots, tuple(dict.fromkeys(others)))


def missing_parts(request: Request) -> tuple[str, ...]:
    """The parts that get a clip when a melody is harmonized."""
    if is_for_piano(request):
        return HANDS
    assert request.score is not None, "built from a clip"
    voices = ensemble_of(request).voices
    return tuple(p.part for p, voice in zip(voices, request.score.voices, strict=True) if not voice.notes)


async def without_blank_clips(
    live: LiveSet, tracks: Sequence[LiveTrack], parts: Sequence[str]
) -> list[LiveTrack]:
    """The tracks; those that are called like a part without their clips that have neither name nor notes."""
    unnamed = [
        ClipSlot(i, slot)
        for i, track in enumerate(tracks)
        if track.name.strip().capitalize() in parts
        for slot, name in enumerate(track.clips)
        if name == ""
    ]
    notes = await together(*(live.clip(clip_slot).notes() for clip_slot in unnamed))
    blank = {clip_slot for clip_slot, found in zip(unnamed, notes, strict=True) if not found}
    return [
        replace(track, clips=tuple(None if (i, slot) in blank else n for slot, n in enumerate(track.clips)))
        for i, track in enumerate(tracks)
    ]


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
        for part, notes in notes_of_parts(task, result, request, source.velocity).items():
            placed = live_notes(notes, start, length)
            if placed:
                name = mark_name(part, source.title, alternative)
                clips.append(NewClip(part, name, plan.part_tracks[part], slot, region, placed))
    return clips


def notes_of_parts(
    task: LiveTask, result: Result, request: Request, velocity: int
) -> dict[str, list[FlatNote]]:
    """For each part its new notes, in quarters from the start of its clip."""
    if task == "continue":
        assert request.score is not None, "built from a clip"
        end = request.score.duration
        notes = flat_voices(result.new, velocity=velocity)
        return {CONTINUED: [note._replace(start=note.start - end) for note in notes]}
    if task == "vary":
        return {VARIED: flat_voices(result.score.voices, velocity=velocity)}
    parts = HANDS if is_for_piano(request) else tuple(v.part for v in ensemble_of(request).voices)
    found: dict[str, list[FlatNote]] = {}
    for note in flat_notes(result, velocity=velocity):
        found.setdefault(parts[note.voice], []).append(note)
    return {part: found[part] for part in parts if part in found}


def build_remarks(
    source: ClipSource, request: Request, reply: Reply, writer: ClipWriter, others: Sequence[str]
) -> list[str]:
    """Sentences about the outcome for the musician. others: see ``PlacementPlan``."""
    chords = left_out(source, request)
    remarks = [*([] if chords is None else [chords]), *map(as_live_names, reply.remarks)]
    silent = sum(note.mute for note in source.notes)
    if silent:
        notes = "1 deactivated note was" if silent == 1 else f"{silent} deactivated notes were"
        remarks.append(f"{notes} not looked at")
    if not reply.complete:
        remarks.append("the time was over before the end; later measures are empty")
    new_tracks = list(dict.fromkeys(clip.part for clip in writer.written if clip.new_track))
    if new_tracks:
        remarks.append(
            f"new tracks: {', '.join(new_tracks)}; put an instrument on each, or they make no sound"
        )
    remarks += [f'the voices of "{short(other)}" in this scene were left alone' for other in others]
    orphans = {title_of(name) for name in writer.replaced if made_by_ripieno(name)} - {source.title}
    remarks += [
        f'the voices of "{short(title)}" were replaced, since no clip in this scene is called so any more'
        for title in sorted(orphans)
    ]
    remarks += [
        f"version {number}: {result.difference}"
        for number, result in enumerate(reply.results, 1)
        if result.difference
    ]
    for result in reply.results:
        if result.originality is not None:
            remarks.append(result.originality.sentence)
    return remarks


def outcome_line(outcome: Outcome) -> str:
    """The outcome of a job in one line, with the remarks but how original the notes are."""
    clips = ", ".join(f"{clip.part} ({clip.clip_slot})" for clip in outcome.clips)
    long = {result.originality.sentence for result in outcome.reply.results if result.originality}
    remarks = [remark for remark in outcome.remarks if remark not in long]
    return "; ".join([f"wrote {clips or 'no notes'}", *remarks, f"seed {outcome.reply.seed}"])
