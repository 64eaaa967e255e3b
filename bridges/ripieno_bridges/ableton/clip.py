"""One clip of Ableton Live's Session View, through AbletonOSC: read it, create it, fill it.

Times are in beats, which are quarter notes, from the clip's 1.1.1. Tracks and slots count from 0 here, as in
AbletonOSC; in texts for people they count from 1, as in Live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ripieno_bridges.ableton.client import VERSION, AbletonOSC
from ripieno_bridges.ableton.packets import AbletonMessage, Values
from ripieno_bridges.ableton.questions import (
    BAD_ANSWER,
    LiveError,
    Question,
    RefusedError,
    expect_number,
    expect_text,
)

ALL_PITCHES = (0, 128)  # the lowest, and how many; AbletonOSC's default leaves out 127
EARLIEST, LATEST = -8192.0, 8192.0
MIN_SPAN = 1 / 256  # beats in a question about notes
FEW_NOTES = 100  # after an answer with fewer notes, the next question covers more beats
NOTES_PER_MESSAGE = 200  # to write: 5 kB
MARGIN = 1 / 64  # beats; a loop's start has 32 bits, and the note at it may have 64
POLLS, POLL_SECONDS = 20, 0.1  # until a new clip exists
TOO_MANY_NOTES = (
    "too many notes stand at beat {beat:g} of the clip in {clip_slot} for AbletonOSC; take some of them out"
)


class ClipSlot(NamedTuple):
    """A slot of the Session View. track, slot: from 0."""

    track: int
    slot: int

    def __str__(self) -> str:
        return f"track {self.track + 1}, slot {self.slot + 1}"


class LiveNote(NamedTuple):
    """A note of a clip, its fields in AbletonOSC's order. start, duration: 32-bit floats, in beats."""

    pitch: int
    start: float
    duration: float
    velocity: float
    mute: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a clip that plays. start, end: of the loop, or of the clip where it does not loop.

    start_marker: where it begins to play, before the loop or in it.
    """

    start: float
    end: float
    start_marker: float
    looping: bool = True


class LiveClip:
    """The clip in a slot, which may still be empty. Every method raises LiveError."""

    def __init__(self, osc: AbletonOSC, clip_slot: ClipSlot) -> None:
        self._osc, self.clip_slot = osc, clip_slot

    # -- reading -------------------------------------------------------------------------------------------

    async def exists(self) -> bool:
        """Whether there is a clip in the slot."""
        return await self._exists_after()

    async def name(self) -> str:
        """The clip's name."""
        question = self._question("get/name")
        return expect_text(question, await self._osc.ask(question))

    async def color(self) -> int:
        """The clip's color, 0xRRGGBB."""
        question = self._question("get/color")
        return int(expect_number(question, await self._osc.ask(question)))

    async def region(self) -> Region | None:
        """The part that plays; None for an audio clip. Raises RefusedError for an empty slot."""
        names = ("is_midi_clip", "loop_start", "loop_end", "start_marker", "looping")
        questions = [self._question(f"get/{name}") for name in names]
        answers = await self._osc.ask_all(questions)
        midi, start, end, marker, looping = (
            expect_number(q, a) for q, a in zip(questions, answers, strict=True)
        )
        return Region(start, end, marker, bool(looping)) if midi else None

    async def read(self) -> tuple[Region | None, tuple[LiveNote, ...]]:
        """(the part that plays, the notes that start in it or less than MARGIN outside), in one round.

        (None, no notes) for an audio clip. Raises RefusedError for an empty slot.
        """
        region, notes = await asyncio.gather(
            self.region(), self._notes_in(EARLIEST, LATEST - EARLIEST), return_exceptions=True
        )
        if isinstance(region, BaseException):
            raise region
        if region is None:
            return None, ()
        if isinstance(notes, BaseException):
            raise notes
        start, end = region.start - MARGIN, region.end + MARGIN
        if notes is None:
            notes = await self.notes(start, end)
        found = (note for note in notes if start <= note.start < end)
        return region, tuple(sorted(found, key=lambda note: (note.start, note.pitch)))

    async def notes(self, start: float = EARLIEST, end: float = LATEST) -> list[LiveNote]:
        """The notes that start on [start, end), in order of time.

        An answer that does not fit into a packet never comes, so the span is halved until it does.
        """
        found: list[LiveNote] = []
        span = end - start
        while start < end:
            span = min(span, end - start)
            notes = await self._notes_in(start, span)
            if notes is None:
                span /= 2
                if span < MIN_SPAN:
                    raise LiveError(TOO_MANY_NOTES.format(beat=start, clip_slot=self.clip_slot))
                continue
            found += notes
            start += span
            if len(notes) < FEW_NOTES:
                span *= 2
        return sorted(found, key=lambda note: (note.start, note.pitch))

    async def _notes_in(self, start: float, span: float) -> list[LiveNote] | None:
        """The notes that start on [start, start + span); None where they are too many for a packet."""
        question = self._question("get/notes", *ALL_PITCHES, float(start), float(span), optional=True)
        try:
            answer, _ = await self._osc.ask_all([question, VERSION])  # older versions send no error
        except RefusedError as exc:
            if exc.is_too_long:
                return None
            raise
        return None if answer is None else self._parse_notes(question, answer)

    def _parse_notes(self, question: Question, answer: Values) -> list[LiveNote]:
        width = len(LiveNote._fields)
        values = [value for value in answer if isinstance(value, int | float)]
        if len(values) != len(answer) or len(values) % width:
            raise LiveError(BAD_ANSWER.format(address=question.address))
        rows = (values[i : i + width] for i in range(0, len(values), width))
        return [LiveNote(int(p), s, d, v, bool(m)) for p, s, d, v, m in rows]

    # -- writing -------------------------------------------------------------------------------------------

    async def create(self, length: float) -> None:
        """Create an empty MIDI clip that loops from 0 to ``length``. Raises RefusedError in a full slot."""
        exists = await self._exists_after(self.creation(length))
        for _ in range(POLLS):
            if exists:
                return
            await asyncio.sleep(POLL_SECONDS)
            exists = await self.exists()
        raise LiveError(
            f"Live made no clip in {self.clip_slot}; look whether a dialog is open there, and try again"
        )

    async def delete(self) -> None:
        """Delete the clip."""
        await self._osc.execute(self.deletion())

    async def set_properties(self, name: str, color: int, region: Region) -> None:
        """Set the name, the color and the region of a new clip. See ``properties``."""
        await self._osc.execute(*self.properties(name, color, region))

    async def add(self, notes: Sequence[LiveNote]) -> None:
        """Add notes. A note cuts an earlier one of the same pitch that it overlaps."""
        await self._osc.execute(*self.additions(notes))

    async def clear(self) -> None:
        """Remove all notes."""
        span = (*ALL_PITCHES, EARLIEST, LATEST - EARLIEST)
        await self._osc.execute(self._command("clip", "remove/notes", *span))

    async def stop(self) -> None:
        """Stop playing the clip."""
        await self._osc.execute(self._command("clip", "stop"))

    # -- commands ------------------------------------------------------------------------------------------

    def creation(self, length: float) -> AbletonMessage:
        """The command that creates an empty MIDI clip that loops from 0 to ``length``."""
        return self._command("clip_slot", "create_clip", float(length))

    def deletion(self) -> AbletonMessage:
        """The command that deletes the clip."""
        return self._command("clip_slot", "delete_clip")

    def duplication(self, target: ClipSlot) -> AbletonMessage:
        """The command that copies the clip into an empty slot, with everything that is in it."""
        return self._command("clip_slot", "duplicate_clip_to", *target)

    def renaming(self, name: str) -> AbletonMessage:
        """The command that changes the clip's name."""
        return self._command("clip", "set/name", name)

    def properties(self, name: str, color: int, region: Region) -> list[AbletonMessage]:
        """The commands that set the name, the color and the region of a new clip.

        color: 0xRRGGBB; Live takes its nearest color. The clip must not end before the region does.
        """
        values: list[tuple[str, float | str]] = [("name", name), ("color", color)]
        if not region.looping:
            values.append(("looping", 0))
        values += [("loop_start", region.start), ("loop_end", region.end)]
        if region.looping:
            values.append(("start_marker", region.start_marker))
        return [self._command("clip", f"set/{name}", value) for name, value in values]

    def additions(self, notes: Sequence[LiveNote]) -> list[AbletonMessage]:
        """The commands that add notes."""
        parts = (notes[i : i + NOTES_PER_MESSAGE] for i in range(0, len(notes), NOTES_PER_MESSAGE))
        return [
            self._command("clip", "add/notes", *(value for note in part for value in note_values(note)))
            for part in parts
        ]

    # -- messages ------------------------------------------------------------------------------------------

    async def _exists_after(self, *commands: AbletonMessage) -> bool:
        question = Question("/live/clip_slot/get/has_clip", self.clip_slot, named=2)
        (answer,) = await self._osc.ask_all([question], after=commands)
        return bool(expect_number(question, answer))

    def _question(self, name: str, *values: float, optional: bool = False) -> Question:
        return Question(f"/live/clip/{name}", (*self.clip_slot, *values), named=2, optional=optional)

    def _command(self, kind: str, name: str, *values: float | str) -> AbletonMessage:
        return AbletonMessage(f"/live/{kind}/{name}", (*self.clip_slot, *values))


def note_values(note: LiveNote) -> tuple[float, ...]:
    """A note's values as AbletonOSC expects them; mute is an integer, not a bool."""
    return (note.pitch, float(note.start), float(note.duration), round(note.velocity), int(note.mute))
