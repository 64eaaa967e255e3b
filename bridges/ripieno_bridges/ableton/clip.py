"""One clip of Ableton Live's Session View, through AbletonOSC: what is in it, and how it is made and filled.

Times are in beats, which are quarter notes, from the clip's 1.1.1 on. Tracks and slots count from 0 here, as
AbletonOSC counts them; what people read counts from 1, as Live does.
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

ALL_PITCHES = (0, 128)  # the lowest, and how many; AbletonOSC's own default leaves out 127
EARLIEST, LATEST = -8192.0, 8192.0
MIN_SPAN = 1 / 256  # of a beat, to ask about
FEW_NOTES = 100  # notes in an answer; then more beats may be asked about the next time
NOTES_PER_MESSAGE = 200  # notes in a message of ours: 5 kB
MESSAGES_PER_BATCH = 4  # such messages, before Live is asked whether it has read them
POLLS, POLL_SECONDS = 20, 0.1  # until a new clip is there
TOO_MANY_NOTES = (
    "too many notes stand at beat {beat:g} of the clip in {place} for AbletonOSC; take some of them out"
)


class ClipSlot(NamedTuple):
    """A slot of the Session View. track, slot: from 0."""

    track: int
    slot: int

    def __str__(self) -> str:
        return f"track {self.track + 1}, slot {self.slot + 1}"


class LiveNote(NamedTuple):
    """A note as Live has it, in the order of AbletonOSC's lists. start, duration: floats of 32 bits."""

    pitch: int
    start: float
    duration: float
    velocity: float
    mute: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """What of a clip is heard. start, end: of the loop, or of the clip where it does not loop.

    start_marker: where it begins to play, which may lie before the loop or in it.
    """

    start: float
    end: float
    start_marker: float
    looping: bool = True


class LiveClip:
    """The clip in a slot, or what shall become one. Everything raises LiveError."""

    def __init__(self, osc: AbletonOSC, place: ClipSlot) -> None:
        self._osc, self.place = osc, place

    # -- reading -------------------------------------------------------------------------------------------

    async def exists(self) -> bool:
        """Whether there is a clip in the slot."""
        return await self._exists_after()

    async def is_blank(self) -> bool:
        """Whether it has no notes and no name: nobody's, as ours are until an open menu in Live is closed."""
        name = self._question("get/name")
        return not expect_text(name, await self._osc.ask(name)) and not await self.notes()

    async def region(self) -> Region | None:
        """What of it is heard; None for audio, which has no notes. Raises RefusedError for an empty slot."""
        names = ("is_midi_clip", "loop_start", "loop_end", "start_marker", "looping")
        questions = [self._question(f"get/{name}") for name in names]
        answers = await self._osc.ask_all(questions)
        midi, start, end, marker, looping = (
            expect_number(q, a) for q, a in zip(questions, answers, strict=True)
        )
        return Region(start, end, marker, bool(looping)) if midi else None

    async def notes(self, start: float = EARLIEST, end: float = LATEST) -> list[LiveNote]:
        """The notes that start on [start, end), in order of time.

        An answer that does not fit into a packet never comes, so fewer beats are asked about until it does.
        """
        found: list[LiveNote] = []
        stretch = end - start
        while start < end:
            stretch = min(stretch, end - start)
            notes = await self._notes_of(start, stretch)
            if notes is None:
                stretch /= 2
                if stretch < MIN_SPAN:
                    raise LiveError(TOO_MANY_NOTES.format(beat=start, place=self.place))
                continue
            found += notes
            start += stretch
            if len(notes) < FEW_NOTES:
                stretch *= 2
        return sorted(found, key=lambda note: (note.start, note.pitch))

    async def _notes_of(self, start: float, stretch: float) -> list[LiveNote] | None:
        """The notes that start within a stretch of time; None where they are too many for a packet."""
        question = self._question("get/notes", *ALL_PITCHES, float(start), float(stretch))
        try:
            try:
                answer = await self._osc.ask(question, wait_seconds=self._osc.patience.wait_seconds[:1])
            except NoAnswerError:
                await self._osc.ask(VERSION)  # older versions say nothing; but does it answer at all?
                return None
        except RefusedError as exc:
            if "Socket error" in exc.said or "too long" in exc.said:
                return None
            raise
        return self._listed(question, answer)

    def _listed(self, question: Question, answer: Values) -> list[LiveNote]:
        width = len(LiveNote._fields)
        values = [value for value in answer if isinstance(value, int | float)]
        if len(values) != len(answer) or len(values) % width:
            raise LiveError(BAD_ANSWER.format(address=question.address))
        rows = (values[i : i + width] for i in range(0, len(values), width))
        return [LiveNote(int(p), s, d, v, bool(m)) for p, s, d, v, m in rows]

    # -- writing -------------------------------------------------------------------------------------------

    async def create(self, length: float) -> None:
        """Make an empty MIDI clip that loops from 0 to ``length``. Raises RefusedError where there is one."""
        there = await self._exists_after(self._command("clip_slot", "create_clip", float(length)))
        for _ in range(POLLS):
            if there:
                return
            await asyncio.sleep(POLL_SECONDS)
            there = await self.exists()
        raise LiveError(
            f"Live made no clip in {self.place}; look whether a dialog is open there, and try again"
        )

    async def delete(self) -> None:
        """Take the clip away."""
        await self._osc.tell(self._command("clip_slot", "delete_clip"))

    async def rename(self, name: str) -> None:
        """Give it a name."""
        await self._osc.tell(self._command("clip", "set/name", name))

    async def dress(self, name: str, color: int, region: Region) -> None:
        """Give a new clip its name, its color and what of it is heard.

        color: 0xRRGGBB; Live takes the nearest of its own. The clip must not end before the region does.
        """
        values: list[tuple[str, float | str]] = [("name", name), ("color", color)]
        if not region.looping:
            values.append(("looping", 0))
        values += [("loop_start", region.start), ("loop_end", region.end)]
        if region.looping:
            values.append(("start_marker", region.start_marker))
        await self._osc.tell(*(self._command("clip", f"set/{name}", value) for name, value in values))

    async def add(self, notes: Sequence[LiveNote]) -> None:
        """Add notes. A note that overlaps one of its pitch cuts it."""
        messages = [
            self._command(
                "clip",
                "add/notes",
                *(value for note in notes[i : i + NOTES_PER_MESSAGE] for value in note_values(note)),
            )
            for i in range(0, len(notes), NOTES_PER_MESSAGE)
        ]
        for i in range(0, len(messages), MESSAGES_PER_BATCH):
            await self._osc.tell(*messages[i : i + MESSAGES_PER_BATCH])

    async def clear(self) -> None:
        """Take every note out."""
        span = (*ALL_PITCHES, EARLIEST, LATEST - EARLIEST)
        await self._osc.tell(self._command("clip", "remove/notes", *span))

    async def stop(self) -> None:
        """Stop playing it."""
        await self._osc.tell(self._command("clip", "stop"))

    # -- messages ------------------------------------------------------------------------------------------

    async def _exists_after(self, *commands: AbletonMessage) -> bool:
        question = Question("/live/clip_slot/get/has_clip", self.place, named=2)
        return bool(expect_number(question, await self._osc.ask(question, after=commands)))

    def _question(self, name: str, *values: float) -> Question:
        return Question(f"/live/clip/{name}", (*self.place, *values), named=2)

    def _command(self, kind: str, name: str, *values: float | str) -> AbletonMessage:
        return AbletonMessage(f"/live/{kind}/{name}", (*self.place, *values))


def note_values(note: LiveNote) -> tuple[float, ...]:
    """A note's values as AbletonOSC wants them; the last is 0 for a note that sounds, not False."""
    return (note.pitch, float(note.start), float(note.duration), round(note.velocity), int(note.mute))
