"""Music files <-> scores: MusicXML, MIDI, lists of notes, lead sheets."""
