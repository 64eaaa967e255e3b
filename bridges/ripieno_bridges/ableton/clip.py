"""One clip of Ableton Live's Session View, through AbletonOSC: read it, create it, fill it.

Times are in beats, which are quarter notes, from the clip's 1.1.1. Tracks and slots count from 0 here, as in
AbletonOSC; in texts for people they count from 1, as in Live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ripieno_bridges.ableton.client import (
    BAD_ANSWER,
    VERSION,
    AbletonOSC,
    LiveError,
    NoAnswerError,
    Question,
    RefusedError,
    expect_number,
    expect_text,
)
from ripieno_bridges.ableton.packets import AbletonMessage, Values

ALL_PITCHES = (0, 128)  # the lowest, and how many; AbletonOSC's default leaves out 127
EARLIEST, LATEST = -8192.0, 8192.0
MIN_SPAN = 1 / 256  # beats in a question about notes
FEW_NOTES = 100  # after an answer with fewer notes, the next question covers more beats
NOTES_PER_MESSAGE = 200  # to write: 5 kB
MESSAGES_PER_BATCH = 4  # such messages are sent before waiting for Live
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

    async def is_blank(self) -> bool:
        """Whether it has no notes and no name, like a clip that ripieno created and could not fill."""
        name = self._question("get/name")
        return not expect_text(name, await self._osc.ask(name)) and not await self.notes()

    async def region(self) -> Region | None:
        """The part that plays; None for an audio clip. Raises RefusedError for an empty slot."""
        names = ("is_midi_clip", "loop_start", "loop_end", "start_marker", "looping")
        questions = [self._question(f"get/{name}") for name in names]
        answers = await self._osc.ask_all(questions)
        midi, start, end, marker, looping = (
            expect_number(q, a) for q, a in zip(questions, answers, strict=True)
        )
        return Region(start, end, marker, bool(looping)) if midi else None

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
        question = self._question("get/notes", *ALL_PITCHES, float(start), float(span))
        try:
            try:
                answer = await self._osc.ask(question, wait_seconds=self._osc.patience.wait_seconds[:1])
            except NoAnswerError:
                await self._osc.ask(VERSION)  # older versions send no error; raises where Live is gone
                return None
        except RefusedError as exc:
            if "Socket error" in exc.reason or "too long" in exc.reason:
                return None
            raise
        return self._parse_notes(question, answer)

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
        exists = await self._exists_after(self._command("clip_slot", "create_clip", float(length)))
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
        await self._osc.execute(self._command("clip_slot", "delete_clip"))

    async def rename(self, name: str) -> None:
        """Change the clip's name."""
        await self._osc.execute(self._command("clip", "set/name", name))

    async def set_properties(self, name: str, color: int, region: Region) -> None:
        """Set the name, the color and the region of a new clip.

        color: 0xRRGGBB; Live takes its nearest color. The clip must not end before the region does.
        """
        values: list[tuple[str, float | str]] = [("name", name), ("color", color)]
        if not region.looping:
            values.append(("looping", 0))
        values += [("loop_start", region.start), ("loop_end", region.end)]
        if region.looping:
            values.append(("start_marker", region.start_marker))
        await self._osc.execute(*(self._command("clip", f"set/{name}", value) for name, value in values))

    async def add(self, notes: Sequence[LiveNote]) -> None:
        """Add notes. A note cuts an earlier one of the same pitch that it overlaps."""
        messages = [
            self._command(
                "clip",
                "add/notes",
                *(value for note in notes[i : i + NOTES_PER_MESSAGE] for value in note_values(note)),
            )
            for i in range(0, len(notes), NOTES_PER_MESSAGE)
        ]
        for i in range(0, len(messages), MESSAGES_PER_BATCH):
            await self._osc.execute(*messages[i : i + MESSAGES_PER_BATCH])

    async def clear(self) -> None:
        """Remove all notes."""
        span = (*ALL_PITCHES, EARLIEST, LATEST - EARLIEST)
        await self._osc.execute(self._command("clip", "remove/notes", *span))

    async def stop(self) -> None:
        """Stop playing the clip."""
        await self._osc.execute(self._command("clip", "stop"))

    # -- messages ------------------------------------------------------------------------------------------

    async def _exists_after(self, *commands: AbletonMessage) -> bool:
        question = Question("/live/clip_slot/get/has_clip", self.clip_slot, named=2)
        return bool(expect_number(question, await self._osc.ask(question, after=commands)))

    def _question(self, name: str, *values: float) -> Question:
        return Question(f"/live/clip/{name}", (*self.clip_slot, *values), named=2)

    def _command(self, kind: str, name: str, *values: float | str) -> AbletonMessage:
        return AbletonMessage(f"/live/{kind}/{name}", (*self.clip_slot, *values))


def note_values(note: LiveNote) -> tuple[float, ...]:
    """A note's values as AbletonOSC expects them; mute is an integer, not a bool."""
    return (note.pitch, float(note.start), float(note.duration), round(note.velocity), int(note.mute))
