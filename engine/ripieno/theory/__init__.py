"""What a harmony class teaches: ranges, keys, chords, and the rules of voice leading."""
