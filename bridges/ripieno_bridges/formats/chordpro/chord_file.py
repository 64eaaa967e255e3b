"""A file of chords, as a command names it: ChordPro, or the text of an option."""

from __future__ import annotations

from pathlib import Path

from ripieno.errors import FileError, RequestError, printable
from ripieno.harmony.progression_text import Progression, ProgressionKind, parse_progression
from ripieno_bridges.api.requests import File
from ripieno_bridges.formats.chordpro.lay_on_melody import grid_progression
from ripieno_bridges.formats.chordpro.reader import MAX_BYTES, read_chordpro
from ripieno_bridges.formats.decode_text import decode_text
from ripieno_bridges.formats.files import read_bytes

CHORDPRO = (".cho", ".chopro", ".crd", ".pro", ".chordpro")
PLAIN = ".txt"


def names_chord_file(text: str, kind: ProgressionKind) -> bool:
    """Whether the text of an option is the name of a file."""
    return Path(text).suffix.lower() in ((*CHORDPRO, PLAIN) if kind == "chords" else (PLAIN,))


def read_chord_file(path: Path, kind: ProgressionKind) -> Progression | File:
    """The measures that a file asks for; the file itself where its chords stand over words.

    Raises FileError, with the place of a fault.
    """
    data, name = read_bytes(path), printable(path.name)
    if path.suffix.lower() != PLAIN:
        sheet = read_chordpro(data, name)
        return File(name, data) if sheet.chords else grid_progression(sheet)
    if len(data) > MAX_BYTES:
        raise FileError(name, f"larger than {MAX_BYTES >> 10} KB, which is no text of {kind}; choose another")
    try:
        return parse_progression(decode_text(data), kind)
    except RequestError as error:
        raise FileError(name, str(error)) from error
