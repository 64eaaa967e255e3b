"""A song as sequencers have them: a voice with words, played legato, above a piano's chords and drums."""

from __future__ import annotations

import io
from itertools import pairwise

from mido import Message, MetaMessage, MidiFile, MidiTrack

TICKS = 480
TUNE = (67, 69, 71, 72, 74, 72, 71, 69, 67, 71, 74, 71, 67, 66, 69, 67)  # quarters in G major
CHORDS = ((55, 59, 62), (50, 54, 60)) * 4  # half notes
TimedEvent = tuple[int, Message | MetaMessage]


def song(*, words: bool = True, names: tuple[str, str, str] = ("Voice", "Piano", "Drums")) -> bytes:
    """Format 1, four measures: a conductor's track, then the three of them."""
    head: list[TimedEvent] = [(0, MetaMessage("time_signature")), (0, MetaMessage("key_signature", key="G"))]
    voice = line(0, TUNE, legato=60)
    if words:
        voice += [(TICKS * i, MetaMessage("lyrics", text="la")) for i in range(len(TUNE))]
    piano = [event for row in zip(*CHORDS, strict=True) for event in line(1, row, length=2 * TICKS)]
    pedal = [(TICKS * i, Message("control_change", channel=1, control=64, value=99)) for i in range(16)]
    drums = line(9, [36, 38] * 8)
    tracks = [voice, [*piano, *pedal], drums]
    named = [[(0, MetaMessage("track_name", name=n)), *t] for n, t in zip(names, tracks, strict=True)]
    return midi_file(head, *named)


def line(
    channel: int, pitches: tuple[int, ...] | list[int], *, length: int = TICKS, legato: int = 0
) -> list[TimedEvent]:
    """Notes of one length, one after the other.

    legato: by how many ticks a key is released late, unless it is struck again.
    """
    found: list[TimedEvent] = []
    for i, (pitch, later) in enumerate(pairwise([*pitches, 0])):
        late = legato if later not in (0, pitch) else 0
        found.append((length * i, Message("note_on", channel=channel, note=pitch, velocity=40 + i % 80)))
        found.append((length * (i + 1) + late, Message("note_off", channel=channel, note=pitch)))
    return found


def midi_file(*tracks: list[TimedEvent], midi_format: int = 1) -> bytes:
    """The events at their ticks; at one tick notes end before others begin."""
    made = []
    for events in tracks:
        track, now = MidiTrack(), 0
        for tick, event in sorted(events, key=lambda e: (e[0], e[1].type != "note_off")):
            track.append(event.copy(time=tick - now))
            now = tick
        made.append(track)
    out = io.BytesIO()
    MidiFile(type=midi_format, ticks_per_beat=TICKS, tracks=made).save(file=out)
    return out.getvalue()
