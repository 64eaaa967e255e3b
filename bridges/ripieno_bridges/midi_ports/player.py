"""Notes in time, on channels, and never one that hangs; the time is that of the asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from mido import Message

from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.midi_ports.phrases import Pulse

TEMPO_POLL_SECONDS = 0.05  # how often the tempo is looked at while a note is waited for
Send = Callable[[Message], None]


class Outlet:
    """Sends notes, and knows which of them sound, so that they can be ended at any moment."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sounding: set[tuple[int, int]] = set()  # (channel, pitch)

    def send(self, message: Message) -> None:
        """A note's beginning or end; the end of a note that does not sound is not sent."""
        place = message.channel, message.note
        if place in self._sounding:
            self._sounding.discard(place)
            self._send(note_off(*place))
        if message.type == "note_on" and message.velocity:
            self._sounding.add(place)
            self._send(message)

    def silence(self) -> None:
        """End what sounds."""
        ending, self._sounding = sorted(self._sounding), set()
        for place in ending:
            self._send(note_off(*place))


def note_off(channel: int, pitch: int) -> Message:
    """The end of a note."""
    return Message("note_off", channel=channel, note=pitch, velocity=0)


class TimedMessage(NamedTuple):
    """What is sent at a beat."""

    beat: float
    message: Message


def schedule(notes: Iterable[FlatNote], begin: float) -> list[TimedMessage]:
    """The notes' beginnings and ends in order of time, each voice on the channel of its number.

    begin: the beat from which they count. A note ends where its key is struck again, and of two that strike
    one key at once the longer one is kept.
    """
    ends: list[TimedMessage] = []
    starts: list[TimedMessage] = []
    by_key = sorted(notes, key=lambda note: (note.voice, note.pitch, note.start, -note.duration))
    for (voice, pitch), strikes in groupby(by_key, key=lambda note: (note.voice, note.pitch)):
        longest: dict[Fraction, FlatNote] = {}
        for note in strikes:
            longest.setdefault(note.start, note)
        own = list(longest.values())
        for note, following in zip(own, [*own[1:], None], strict=True):
            end = note.start + note.duration
            end = end if following is None else min(end, following.start)
            on = Message("note_on", channel=voice, note=pitch, velocity=note.velocity)
            starts.append(TimedMessage(begin + float(note.start), on))
            ends.append(TimedMessage(begin + float(end), note_off(voice, pitch)))
    return sorted([*ends, *starts], key=lambda event: event.beat)  # stable: at one beat, ends come first


async def play(events: Sequence[TimedMessage], outlet: Outlet, pulse: Callable[[], Pulse]) -> None:
    """Send each when its beat comes, as the pulse is then; whatever happens, nothing sounds on at the end."""
    now = asyncio.get_running_loop().time
    try:
        for event in events:
            while (wait := pulse().seconds_at(event.beat) - now()) > 0:
                await asyncio.sleep(min(wait, TEMPO_POLL_SECONDS))
            outlet.send(event.message)
    finally:
        outlet.silence()
