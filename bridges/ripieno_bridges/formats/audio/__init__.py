"""Notes become sound: our own plain sound, or FluidSynth with a sound font; and sound becomes WAV files."""
