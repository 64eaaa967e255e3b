"""Chord symbols such as "F#m7/C#" -> MusicXML's <harmony>."""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import RequestError
from ripieno.harmony.symbol_text import parse_chord, split_symbol
from ripieno_bridges.formats.musicxml.harmony_elements import add_chord


def harmony_element(text: str) -> _Element | None:
    """The <harmony> of a chord symbol, ``None`` for a text that is none."""
    try:
        chord = parse_chord(text)
    except RequestError:
        return None  # words that stand over the notes
    harmony = etree.Element("harmony")
    add_chord(harmony, chord, "" if chord.degrees else split_symbol(text)[1])
    return harmony
