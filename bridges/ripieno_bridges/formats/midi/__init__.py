"""MIDI files <-> scores: bytes in, bytes out, with exact times. mido reads and writes the bytes.

``patch`` and ``transpose`` change a file that is there, and keep its other events.
"""

from ripieno_bridges.formats.midi.patch import accompany_midi, patch_midi, patch_piano_midi
from ripieno_bridges.formats.midi.reader import read_midi
from ripieno_bridges.formats.midi.transpose import transpose_midi
from ripieno_bridges.formats.midi.writer import write_midi

__all__ = ["accompany_midi", "patch_midi", "patch_piano_midi", "read_midi", "transpose_midi", "write_midi"]
