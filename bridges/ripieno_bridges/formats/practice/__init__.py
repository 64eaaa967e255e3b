"""Practice tracks: sound and MIDI in which one voice of a score is louder, alone, or missing."""
