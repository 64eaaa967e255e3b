"""A MIDI file as bytes -> its tracks and their events, byte for byte, and back.

mido reads what a file means; this keeps what it says, so that events that nobody asked to change come back as
they were. Only files that mido has read get here, so nothing is checked once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END_OF_TRACK = 0x2F
NOTE_OFF, NOTE_ON, KEY_PRESSURE, CONTROL, PROGRAM, CHANNEL_PRESSURE = 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0
# Data bytes after a status; of channels by its upper half, of the system by all of it.
DATA_BYTES = {NOTE_OFF: 2, NOTE_ON: 2, KEY_PRESSURE: 2, CONTROL: 2, PROGRAM: 1, CHANNEL_PRESSURE: 1, 0xE0: 2}
SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
CHUNK_HEAD = 8  # bytes: four letters and a length


@dataclass(frozen=True, slots=True)
class TrackEvent:
    """An event of a track. tick: from the start. data: its bytes, with its status and without its time."""

    tick: int
    data: bytes

    @property
    def kind(self) -> int:
        """The status; of a channel's event without the channel."""
        return self.data[0] if self.data[0] >= SYSEX else self.data[0] & 0xF0

    @property
    def channel(self) -> int | None:
        """The channel, 0 to 15; ``None`` for events of the system and of the file."""
        return None if self.data[0] >= SYSEX else self.data[0] & 0x0F

    @property
    def starts_note(self) -> bool:
        """Whether it is a note-on that is no note-off."""
        return self.kind == NOTE_ON and self.data[2] > 0

    @property
    def ends_track(self) -> bool:
        """Whether nothing after it counts."""
        return self.data[0] == META and self.data[1] == END_OF_TRACK


@dataclass(frozen=True, slots=True)
class MidiChunks:
    """The parts of a file. header: the first chunk. tracks: whole chunks. rest: what follows them."""

    header: bytes
    tracks: tuple[bytes, ...]
    rest: bytes

    def join(self) -> bytes:
        """The file's bytes."""
        return self.header + b"".join(self.tracks) + self.rest

    def with_tracks(self, tracks: Iterable[bytes]) -> MidiChunks:
        """The file with these tracks; with more than one it is of format 1."""
        chunks = tuple(tracks)
        midi_format = 1 if len(chunks) > 1 else int.from_bytes(self.header[8:10])
        numbers = midi_format.to_bytes(2) + len(chunks).to_bytes(2)
        return replace(self, header=self.header[:8] + numbers + self.header[12:], tracks=chunks)


def split_file(data: bytes) -> MidiChunks:
    """The parts of a file that mido has read."""
    count = int.from_bytes(data[10:12])
    place = chunk_end(data, 0)
    header, tracks = data[:place], []
    for _ in range(count):
        end = chunk_end(data, place)
        tracks.append(data[place:end])
        place = end
    return MidiChunks(header, tuple(tracks), data[place:])


def chunk_end(data: bytes, start: int) -> int:
    """The place after the chunk that starts at ``start``."""
    return start + CHUNK_HEAD + int.from_bytes(data[start + 4 : start + CHUNK_HEAD])


def split_track(chunk: bytes) -> list[TrackEvent]:
    """The events of a track, one for each message that mido makes of it, also after its end."""
    events: list[TrackEvent] = []
    place, tick, running = CHUNK_HEAD, 0, 0
    while place < len(chunk):
        delta, place = read_number(chunk, place)
        tick += delta
        status = chunk[place]
        if status < 0x80:  # running status
            status = running
            place += status in (SYSEX, ESCAPE)  # mido steps over this byte
        else:
            place += 1
        running = running if status == META else status
        end = data_end(chunk, place, status)
        events.append(TrackEvent(tick, bytes((status,)) + chunk[place:end]))
        place = end
    return events


def data_end(chunk: bytes, place: int, status: int) -> int:
    """The place after an event whose data starts at ``place``."""
    if status in (META, SYSEX, ESCAPE):
        length, start = read_number(chunk, place + (status == META))
        return start + length
    if status > SYSEX:
        return place + SYSTEM_DATA_BYTES.get(status, 0)
    return place + DATA_BYTES[status & 0xF0]


def join_track(events: Iterable[TrackEvent]) -> bytes:
    """The chunk of a track with these events, in their order; each has its status."""
    body = bytearray()
    now = 0
    for event in events:
        body += number_bytes(event.tick - now) + event.data
        now = event.tick
    return b"MTrk" + len(body).to_bytes(4) + bytes(body)


def read_number(chunk: bytes, place: int) -> tuple[int, int]:
    """(the number of variable length that starts at ``place``, the place after it)."""
    value = 0
    while True:
        value = value << 7 | chunk[place] & 0x7F
        place += 1
        if chunk[place - 1] < 0x80:
            return value, place


def number_bytes(value: int) -> bytes:
    """A number of variable length."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))
