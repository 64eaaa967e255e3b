"""Chord symbols such as "F#m7/C#" -> MusicXML's <harmony>."""

from __future__ import annotations

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.errors import RequestError
from ripieno.harmony.chord_symbol import Tone
from ripieno.harmony.symbol_text import parse_chord, split_symbol
from ripieno_bridges.formats.musicxml.elements import add


def harmony_element(text: str) -> _Element | None:
    """The <harmony> of a chord symbol, ``None`` for a text that is none."""
    try:
        chord = parse_chord(text)
    except RequestError:
        return None  # words that stand over the notes
    harmony = etree.Element("harmony")
    add_tone(SubElement(harmony, "root"), "root", chord.root)
    kind = add(harmony, "kind", chord.kind)
    if not chord.degrees:
        kind.set("text", split_symbol(text)[1])
    if chord.bass is not None:
        add_tone(SubElement(harmony, "bass"), "bass", chord.bass)
    for degree in chord.degrees:
        element = SubElement(harmony, "degree")
        add(element, "degree-value", degree.value)
        add(element, "degree-alter", degree.alter)
        add(element, "degree-type", degree.action)
    return harmony


def add_tone(parent: _Element, name: str, tone: Tone) -> None:
    """Add a root's or a bass's step and alteration."""
    add(parent, f"{name}-step", tone.step)
    if tone.alter:
        add(parent, f"{name}-alter", tone.alter)
