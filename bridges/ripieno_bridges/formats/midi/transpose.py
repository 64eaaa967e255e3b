"""A MIDI file in another key: its pitches and key signatures move, and every other event stays."""

from __future__ import annotations

from dataclasses import replace

from ripieno.errors import FileError
from ripieno.score import Key, Score, fifths_shift, key_shift
from ripieno_bridges.formats.midi.events import (
    KEY_PRESSURE,
    META,
    NOTE_OFF,
    NOTE_ON,
    TrackEvent,
    join_track,
    split_file,
    split_track,
)
from ripieno_bridges.formats.midi.writer import DRUMS

KEY_SIGNATURE = 0x59
HIGHEST = 127


def transpose_midi(data: bytes, score: Score, semitones: int, file: str) -> bytes:
    """The file moved by so many semitones: the notes of all channels but the drums', and key signatures.

    score: the file's, before the move. Raises FileError where a note would leave the range of MIDI.
    """
    shift = fifths_shift(semitones, tuple(measure.key.fifths for measure in score.measures))
    chunks = split_file(data)

    def moved(event: TrackEvent) -> TrackEvent:
        kind, data = event.kind, event.data
        if kind in (NOTE_OFF, NOTE_ON, KEY_PRESSURE) and event.channel != DRUMS:
            pitch = data[1] + semitones
            if not 0 <= pitch <= HIGHEST:
                fault = f"moved by {semitones:+d} semitones, a note leaves the range of MIDI; move it less"
                raise FileError(file, fault)
            return replace(event, data=data[:1] + bytes((pitch,)) + data[2:])
        if kind == META and data[1] == KEY_SIGNATURE:
            fifths = int.from_bytes(data[3:4], signed=True)
            fifths += key_shift(Key(fifths), shift)
            return replace(event, data=data[:3] + fifths.to_bytes(1, signed=True) + data[4:])
        return event

    return chunks.with_tracks(
        join_track(moved(event) for event in split_track(chunk)) for chunk in chunks.tracks
    ).join()
