"""Files that musicians have beside scores, by the ends of their names: what they are, and the way out."""

from __future__ import annotations

RECOGNIZE = "export the score itself as MusicXML, or have it read by a program for music recognition"
PDF = f"a PDF, which is a picture of a score; {RECOGNIZE}"
PICTURE = f"a picture; {RECOGNIZE}"
MUSESCORE_FILE = "a MuseScore file; in MuseScore choose File > Export > MusicXML"
RECORDING = "a recording, which has no notes to read; write the melody as MusicXML, MIDI or ABC"
PROJECT = "a project of a sequencer; export the melody there as a MIDI file"
NOTATION = "a file of another notation program; export it there as MusicXML"
LILYPOND = "LilyPond, which ripieno writes and does not read; take the MIDI file that LilyPond makes of it"

MUSESCORE = (".mscz", ".mscx")
FAULTS = {
    ".pdf": PDF,
    ".ly": LILYPOND,
    **dict.fromkeys(MUSESCORE, MUSESCORE_FILE),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".svg", ".heic"), PICTURE),
    **dict.fromkeys((".mp3", ".wav", ".ogg", ".flac", ".m4a", ".aac", ".aif", ".aiff", ".wma"), RECORDING),
    **dict.fromkeys((".als", ".alc", ".rpp", ".ardour", ".cpr", ".flp", ".dawproject"), PROJECT),
    **dict.fromkeys((".sib", ".mus", ".musx", ".dorico", ".capx", ".cap", ".enc"), NOTATION),
    **dict.fromkeys((".gp", ".gp5", ".gpx", ".nwc", ".mei"), NOTATION),
}
