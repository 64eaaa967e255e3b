"""A practice track as a MIDI file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

from mido import Message, MetaMessage, MidiFile

from ripieno_bridges.formats.midi.writer import (
    CHANNELS,
    CHOIR,
    DRUMS,
    conductor_track,
    midi_track,
    part_track,
    resolution,
)
from ripieno_bridges.formats.practice.performance import Performance

VOLUME_CONTROL, MAX_VOLUME = 7, 127
WOOD_BLOCKS = {True: 76, False: 77}  # of General MIDI's percussion: high for the first beat, low for others
CLICK_VELOCITY, CLICK_NAME = 100, "Count-in"


def track_midi(performance: Performance, gains: dict[str, float]) -> bytes:
    """A MIDI file with the voices that have a gain; their volume is that of General MIDI, 40 lg(v / 127) dB.

    Clicks are percussion. Every voice has the same velocity, so that only its loudness differs.
    """
    voices = tuple(voice for part in performance.parts for voice in part.voices)
    ticks = resolution(replace(performance.score, voices=voices))
    end_tick = round(performance.end * ticks)
    tracks = [conductor_track(performance.score, ticks, end_tick)]
    if performance.clicks:
        name = (0, MetaMessage("track_name", name=CLICK_NAME))
        tracks.append(midi_track([name, *click_events(performance, ticks)], end_tick))
    for index, part in enumerate(performance.parts):
        if part.name not in gains:
            continue
        channel = CHANNELS[index % len(CHANNELS)]
        volume = round(MAX_VOLUME * sqrt(gains[part.name]))
        control = Message("control_change", channel=channel, control=VOLUME_CONTROL, value=volume)
        controls = [(0, control)]
        tracks.append(part_track(part.name, CHOIR, part.voices, channel, ticks, end_tick, controls=controls))
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=ticks, tracks=tracks).save(file=out)
    return out.getvalue()


def click_events(performance: Performance, ticks: int) -> Iterator[tuple[int, Message]]:
    """The clicks of the count-in, with their ticks."""
    for click in performance.clicks:
        start, note = round(click.onset * ticks), WOOD_BLOCKS[click.first]
        yield start, Message("note_on", channel=DRUMS, note=note, velocity=CLICK_VELOCITY)
        yield start + ticks // 8, Message("note_off", channel=DRUMS, note=note)
