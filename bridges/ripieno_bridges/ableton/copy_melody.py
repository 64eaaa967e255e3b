"""Copies of the given clip beside the alternatives, so that launching their scenes does not stop it."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno_bridges.ableton.client import together
from ripieno_bridges.ableton.clip import ClipSlot
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack
from ripieno_bridges.ableton.placement import MELODY, mark_name
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.ableton.read_clip import ClipSource

COPIED = "further versions: in {scenes}, with a copy of your clip; launch a scene to hear one"
NOT_COPIED = (
    "further versions: in {scenes}, without your clip, of which Live made no copy; copy it there yourself, "
    "or it stops when such a scene is launched"
)


async def copy_melody(
    live: LiveSet, source: ClipSource, tracks: Sequence[LiveTrack], slots: Sequence[int]
) -> str:
    """Copy the source into the slots of the further alternatives; a sentence about where these are.

    slots: of all alternatives, on the source's track; what is there is an older copy. tracks: of the set.
    Live itself copies, so that everything in the clip comes along.
    """
    clip = live.clip(source.clip_slot)
    copies = {
        number: live.clip(ClipSlot(source.clip_slot.track, slot)) for number, slot in enumerate(slots[1:], 2)
    }
    old = tracks[source.clip_slot.track].clips
    commands = [
        command
        for number, copy in copies.items()
        for command in (
            *([] if old[copy.clip_slot.slot] is None else [copy.deletion()]),
            clip.duplication(copy.clip_slot),
            copy.renaming(mark_name(MELODY, source.title, number)),
        )
    ]
    try:
        await live.execute(*commands)
        found = await together(*(copy.read() for copy in copies.values()))
        copied = all(contents == (source.region, source.notes) for contents in found)
    except LiveError:  # an older AbletonOSC, or a frozen track; the voices are there all the same
        copied = False
    return (COPIED if copied else NOT_COPIED).format(scenes=scenes_named(slots[1:]))


def scenes_named(slots: Sequence[int]) -> str:
    """Scenes in words: "scene 2", "scenes 2, 3 and 4"."""
    numbers = [str(slot + 1) for slot in slots]
    if len(numbers) == 1:
        return f"scene {numbers[0]}"
    return f"scenes {', '.join(numbers[:-1])} and {numbers[-1]}"
