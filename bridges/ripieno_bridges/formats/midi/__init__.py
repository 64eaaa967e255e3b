"""MIDI files <-> scores: bytes in, bytes out, with exact times. mido reads and writes the bytes."""

from ripieno_bridges.formats.midi.reader import read_midi
from ripieno_bridges.formats.midi.writer import write_midi

__all__ = ["read_midi", "write_midi"]
