"""Plays notes in time, one channel a voice, without hanging notes. Times are those of the asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from mido import Message

from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.midi_ports.phrases import Pulse

TEMPO_POLL_SECONDS = 0.05  # how often the tempo is read while waiting for the next note
Send = Callable[[Message], None]


class Outlet:
    """Sends notes and keeps track of those that sound, so that they can be ended at any time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sounding: set[tuple[int, int]] = set()  # (channel, pitch)

    def send(self, message: Message) -> None:
        """Send a note-on or note-off; a note-off for a note that does not sound is left out."""
        key = message.channel, message.note
        if key in self._sounding:
            self._sounding.discard(key)
            self._send(note_off(*key))
        if message.type == "note_on" and message.velocity:
            self._sounding.add(key)
            self._send(message)

    def silence(self) -> None:
        """End all sounding notes."""
        ending, self._sounding = sorted(self._sounding), set()
        for key in ending:
            self._send(note_off(*key))


def note_off(channel: int, pitch: int) -> Message:
    """The message that ends a note."""
    return Message("note_off", channel=channel, note=pitch, velocity=0)


class TimedMessage(NamedTuple):
    """A message to send at a beat."""

    beat: float
    message: Message


def schedule(notes: Iterable[FlatNote], begin: float) -> list[TimedMessage]:
    """The note-ons and note-offs in order of time, each voice on the channel of its number.

    begin: the beat from which the notes count. A note ends where the same key starts again; of two that start
    the same key together the longer one is kept.
    """
    ends: list[TimedMessage] = []
    starts: list[TimedMessage] = []
    by_key = sorted(notes, key=lambda note: (note.voice, note.pitch, note.start, -note.duration))
    for (voice, pitch), same_key in groupby(by_key, key=lambda note: (note.voice, note.pitch)):
        longest: dict[Fraction, FlatNote] = {}
        for note in same_key:
            longest.setdefault(note.start, note)
        kept = list(longest.values())
        for note, following in zip(kept, [*kept[1:], None], strict=True):
            end = note.start + note.duration
            end = end if following is None else min(end, following.start)
            on = Message("note_on", channel=voice, note=pitch, velocity=note.velocity)
            starts.append(TimedMessage(begin + float(note.start), on))
            ends.append(TimedMessage(begin + float(end), note_off(voice, pitch)))
    return sorted([*ends, *starts], key=lambda event: event.beat)  # stable: at one beat, ends come first


async def play(events: Sequence[TimedMessage], outlet: Outlet, pulse: Callable[[], Pulse]) -> None:
    """Send each message at its beat of the current pulse; end all notes afterwards, even after an error."""
    now = asyncio.get_running_loop().time
    try:
        for event in events:
            while (wait := pulse().seconds_at(event.beat) - now()) > 0:
                await asyncio.sleep(min(wait, TEMPO_POLL_SECONDS))
            outlet.send(event.message)
    finally:
        outlet.silence()
