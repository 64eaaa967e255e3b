"""The clip "rip chords": its block chords are the harmony of what is asked for in its scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from msgspec import structs

from ripieno.errors import count_text
from ripieno.limits import CONTINUED_BARS
from ripieno.score import Score, lay_measures
from ripieno.theory.home_key import find_home_key
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack
from ripieno_bridges.ableton.pitch_names import as_live_names
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.ableton.read_clip import ClipSource, sounding_notes
from ripieno_bridges.api.requests import Request, is_for_piano
from ripieno_bridges.api.settings import HARMONY_TEXTS
from ripieno_bridges.formats.block_chords import read_block_chords
from ripieno_bridges.formats.note_lists import FlatNote

CHORD_CLIP = "rip chords"


def chord_slot(tracks: Sequence[LiveTrack], source: ClipSlot) -> ClipSlot | None:
    """The slot of the chord clip in the source's scene; None where there is none."""
    for index, track in enumerate(tracks):
        name = track.clips[source.slot] if index != source.track else None
        if name is not None and " ".join(name.casefold().split()) == CHORD_CLIP:
            return ClipSlot(index, source.slot)
    return None


async def read_chord_clip(
    live: LiveSet, source: ClipSource, tracks: Sequence[LiveTrack]
) -> ClipSource | None:
    """The chord clip of the source's scene. Raises LiveError where it is audio."""
    clip_slot = chord_slot(tracks, source.clip_slot)
    if clip_slot is None:
        return None
    region, notes = await live.clip(clip_slot).read()
    if region is None:
        raise LiveError(f'the clip "{CHORD_CLIP}" in {clip_slot} is audio; write its chords in a MIDI clip')
    track = tracks[clip_slot.track].name
    return replace(source, clip_slot=clip_slot, title=CHORD_CLIP, track=track, region=region, notes=notes)


def with_chords(request: Request, clip: ClipSource) -> tuple[Request, list[str]]:
    """(the request with the harmony of a chord clip, remarks). A text of chords stands instead of it."""
    named = f'the clip "{CHORD_CLIP}" in {clip.clip_slot}'
    texts = [name for name in HARMONY_TEXTS if getattr(request, name) is not None]
    if is_for_piano(request):
        return request, [f"{named} was passed over: chords are for choirs"]
    if texts:
        return request, [f"{named} was passed over: {texts[0]} stands instead"]
    if not sounding_notes(clip):
        return request, [f"{named} asks for nothing: no notes sound in it"]
    frame = covered_by_chords(request)
    found = read_block_chords(notes_until(clip, frame.duration), frame)
    count = len(found.harmonies)
    remarks = [f"{count_text(count, 'chord')} of {named} {'is' if count == 1 else 'are'} obeyed"]
    remarks += [as_live_names(f"{CHORD_CLIP}, {sentence}") for sentence in found.sentences(frame)]
    return structs.replace(request, harmony=found.harmonies), remarks


def notes_until(clip: ClipSource, end: Fraction) -> list[FlatNote]:
    """The notes that sound in a clip up to a time, in quarters; one that loops begins again and again."""
    notes = sounding_notes(clip)
    times = -(-end // clip.length) if clip.region.looping else 1
    return [note._replace(start=note.start + i * clip.length) for i in range(times) for note in notes]


def covered_by_chords(request: Request) -> Score:
    """The measures that chords may stand for, without notes: those of the clip, and new ones after it."""
    assert request.score is not None, "built from a clip"
    first = request.score.measures[0]
    key = find_home_key(request.score, signature_known=False).key if request.find_key else first.key
    bars = (request.bars or CONTINUED_BARS) if request.task == "continue" else 0
    length = request.score.duration + bars * first.meter.length
    zero = Fraction(0)
    return Score((), lay_measures(length, ((zero, first.meter),), ((zero, key),), request.anacrusis))
