"""Chord symbols in a MIDI file: a track of texts, which sequencers show over the bars."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mido import MetaMessage

from ripieno_bridges.formats.midi.events import split_file
from ripieno_bridges.formats.midi.patch import track_chunk
from ripieno_bridges.formats.midi.writer import midi_text, midi_track

TRACK_NAME = "Chords"
TICKS_FIELD = slice(12, 14)  # of a file's header


def with_chord_texts(data: bytes, chords: Sequence[tuple[Fraction, str]]) -> bytes:
    """A MIDI file with one more track, of texts; its other tracks stay to the byte.

    chords: (time in quarters, symbol), in order; without any, the file stays as it is.
    """
    if not chords:
        return data
    file = split_file(data)
    ticks = int.from_bytes(file.header[TICKS_FIELD])
    texts = [(round(time * ticks), MetaMessage("text", text=midi_text(word))) for time, word in chords]
    track = midi_track([(0, MetaMessage("track_name", name=TRACK_NAME)), *texts], texts[-1][0])
    return file.with_tracks((*file.tracks, track_chunk(track, ticks))).join()
