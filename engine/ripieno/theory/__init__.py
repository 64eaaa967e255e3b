"""Music theory: ranges, keys, chords, analysis, and the rules of voice leading."""
