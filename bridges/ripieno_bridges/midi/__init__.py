"""MIDI files <-> scores: bytes in, bytes out, with exact times. mido reads and writes the bytes."""

from ripieno_bridges.midi.reading import read_midi
from ripieno_bridges.midi.writing import write_midi

__all__ = ["read_midi", "write_midi"]
