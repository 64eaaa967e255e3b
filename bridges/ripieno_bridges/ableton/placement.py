"""Where new clips go in a Live set, and the mark in their names by which ripieno recognises them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno.errors import short
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.live_set import LiveTrack
from ripieno_bridges.ableton.questions import LiveError

HANDS = ("Right hand", "Left hand")
CONTINUED, VARIED = "Continued", "Varied"
MELODY = "Melody"  # a copy of the given clip, beside an alternative
OWN_COLORS = {  # 0xRRGGBB
    "Soprano": 0xE05A47,
    "Alto": 0xE8A33D,
    "Tenor": 0x4FA36B,
    "Bass": 0x3F6FB5,
    "Right hand": 0x8E6BBF,
    "Left hand": 0x6B5BA6,
    CONTINUED: 0x48A9A6,
    VARIED: 0xC77DBA,
    MELODY: 0xA9A9A9,
}
FROM_THE_TOP = (0xE05A47, 0xE8A33D, 0xB8B13C, 0x4FA36B, 0x3F6FB5)  # the voices of other ensembles


def colors_of_parts() -> dict[str, int]:
    """The colour of every part that may get clips."""
    ensembles = map(ensemble_named, reversed(ensemble_names()))  # of two colours the first one stays
    voices = (pair for e in ensembles for pair in zip(e.voices, FROM_THE_TOP, strict=False))
    return {**{voice.part: color for voice, color in voices}, **OWN_COLORS}


COLORS = colors_of_parts()
MARK = re.compile(rf"({'|'.join(map(re.escape, COLORS))}) - rip (.*?)(?: \((\d+)\))?")
DEFAULT_TITLE = "melody"


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """Where the clips of a job go. part_tracks: for each part its track, None for a new one.

    slots: for each alternative its slot on all these tracks. others: the titles of other melodies in the
    source's scene, whose voices stand on tracks that these parts would have.
    """

    part_tracks: Mapping[str, int | None]
    slots: tuple[int, ...]
    others: tuple[str, ...] = ()


# -- names -------------------------------------------------------------------------------------------------


def mark_name(part: str, title: str, alternative: int = 1) -> str:
    """The name of a new clip: "Alto - rip Verse", "Alto - rip Verse (2)"."""
    return f"{part} - rip {title}" + (f" ({alternative})" if alternative > 1 else "")


def made_by_ripieno(name: str) -> bool:
    """Whether ripieno made the clip with this name."""
    return MARK.fullmatch(name) is not None


def title_of(name: str) -> str:
    """The title of the music in a clip: the clip's name without ripieno's mark."""
    found = MARK.fullmatch(name)
    return (found[2] if found else name.strip()) or DEFAULT_TITLE


def title_in_scene(name: str, tracks: Sequence[LiveTrack], source: ClipSlot) -> str:
    """The title of the music in the source, whose name this is.

    Where another clip of a musician's in the same scene has the same title, the track is added to it, so
    that the voices of the one are never taken for those of the other.
    """
    title = title_of(name)
    if made_by_ripieno(name) or title not in titles_beside(tracks, source):
        return title
    track = tracks[source.track].name.strip()
    same = [other for other in tracks if other.name.strip() == track]
    return f"{title} on {track if track and len(same) == 1 else f'track {source.track + 1}'}"


def titles_beside(tracks: Sequence[LiveTrack], source: ClipSlot) -> set[str]:
    """The titles of the other MIDI clips in the source's scene, without those that ripieno made."""
    others = (track for i, track in enumerate(tracks) if i != source.track and track.accepts_midi)
    names = (track.clips[source.slot] for track in others)
    return {title_of(name) for name in names if name is not None and not made_by_ripieno(name)}


# -- tracks and slots --------------------------------------------------------------------------------------


def tracks_of_part(part: str, tracks: Sequence[LiveTrack], source: ClipSlot) -> list[int]:
    """The tracks that may get the part's clips.

    They have the part's name, and are empty or have a clip from ripieno: a musician's own track that happens
    to be called Bass is left alone.
    """
    return [
        i
        for i, track in enumerate(tracks)
        if i != source.track
        and track.accepts_midi
        and track.name.strip().casefold() == part.casefold()
        and is_usable_track(track)
    ]


def other_melody(name: str | None, tracks: Sequence[LiveTrack], source: ClipSlot, title: str) -> str | None:
    """The title of another melody in the source's scene whose voice this is; None for all other clips."""
    found = MARK.fullmatch(name or "")
    if found is None or found[2] == title:
        return None
    beside = titles_beside(tracks, source)
    is_another = any(found[2] == other or found[2].startswith(f"{other} on ") for other in beside)
    return found[2] if is_another else None


def is_usable_track(track: LiveTrack) -> bool:
    """Whether all its slots are empty, or ripieno made a clip in one of them."""
    names = [name for name in track.clips if name is not None]
    return not names or any(made_by_ripieno(name) for name in names)


def slots_beside(
    tracks: Sequence[LiveTrack],
    part_tracks: Mapping[str, int | None],
    source: ClipSlot,
    title: str,
    alternatives: int,
) -> tuple[int, ...]:
    """For each alternative the slot that its clips go to: the source's scene, then free ones below it.

    part_tracks: for each part its track. A scene is free where these tracks and the source's have no clip in
    it, or an older alternative of the same music. Raises LiveError for too few scenes.
    """
    slots = [source.slot]
    used = [source.track, *(track for track in part_tracks.values() if track is not None)]
    for slot in range(source.slot + 1, len(tracks[source.track].clips)):
        if all(is_replaceable(tracks[track].clips[slot], title) for track in used):
            slots.append(slot)
    if len(slots) < alternatives:
        raise LiveError(
            f"{alternatives} alternatives need {alternatives - 1} free scenes below scene {source.slot + 1}, "
            f"and there are {len(slots) - 1}; insert scenes in Live, or ask for fewer alternatives"
        )
    return tuple(slots[:alternatives])


def is_replaceable(name: str | None, title: str) -> bool:
    """Whether a slot is empty, or its clip is an older alternative (not the first) of this music."""
    found = MARK.fullmatch(name or "")
    return name is None or (found is not None and found[2] == title and found[3] is not None)


def slots_below(track: LiveTrack, source: ClipSlot, count: int) -> tuple[int, ...]:
    """The next empty slots on the source's track. Raises LiveError where there are too few."""
    free = [i for i, name in enumerate(track.clips) if i > source.slot and name is None][:count]
    if len(free) < count:
        slots = "an empty slot is" if count == 1 else f"{count} empty slots are"
        raise LiveError(
            f'{slots} needed below the clip in track {source.track + 1}, "{short(track.name)}"; insert '
            "scenes in Live, or move clips away"
        )
    return tuple(free)


def in_the_way_text(name: str, part: str, clip_slot: ClipSlot) -> str:
    """The error text for a musician's own clip where a new one should go."""
    called = f'"{short(name)}"' if name else "without a name"
    return (
        f"a clip of yours, {called}, is where the {part} goes ({clip_slot}); move it away, or have it "
        "replaced with `ripieno live harmonize --force`"
    )
