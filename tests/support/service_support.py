"""For the tests of the service: requests, and who listens to their events."""

from __future__ import annotations

import asyncio

from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Event, Final
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote, choir_score

MELODY = "C5:4 C5 G5 G5 | A5 A5 G5:2"


def melody(text: str = MELODY) -> Score:
    notes = parse_score(text).voices[0].notes
    return choir_score(FlatNote(0, n.pitch, n.onset, n.duration, 80) for n in notes)


SHORT = Request(task="harmonize", score=melody(), seed=1, compare=False)
LONG = Request(task="compose", bars=512, seed=1, compare=False)


class Listener:
    """Collects a request's events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ended = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Final):
            self.ended.set()

    @property
    def final(self) -> Event:
        return self.events[-1]

    async def end(self) -> Event:
        await asyncio.wait_for(self.ended.wait(), 30)
        return self.final


def ends(listener: Listener) -> list[Event]:
    return [event for event in listener.events if isinstance(event, Final)]
