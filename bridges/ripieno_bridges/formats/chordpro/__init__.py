"""ChordPro files and plain texts of chords -> the harmony that they ask for, by the ChordPro 6 format."""
