"""Chord symbols such as "F#m7/C#" -> MusicXML's <harmony>."""

from __future__ import annotations

import re

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno_bridges.formats.musicxml.elements import add

SYMBOL = re.compile(
    r"(?P<root>[A-G])(?P<alter>[#b♯♭]?)(?P<kind>[^/\s]*)(?:/(?P<bass>[A-Ga-g])(?P<bass_alter>[#b♯♭]?))?"
)
KINDS = {
    "major": ("", "M", "maj", "major"),
    "minor": ("m", "min", "-", "mi", "minor"),
    "augmented": ("+", "aug"),
    "diminished": ("dim", "o", "°"),
    "major-sixth": ("6", "maj6"),
    "minor-sixth": ("m6", "min6", "-6"),
    "dominant": ("7", "dom7"),
    "major-seventh": ("maj7", "M7", "ma7", "j7", "Δ", "Δ7"),
    "minor-seventh": ("m7", "min7", "-7", "mi7"),
    "major-minor": ("m(maj7)", "mM7", "mmaj7", "-maj7"),
    "augmented-seventh": ("+7", "7+", "aug7", "7#5"),
    "diminished-seventh": ("dim7", "o7", "°7"),
    "half-diminished": ("m7b5", "ø", "ø7", "-7b5", "min7b5"),
    "dominant-ninth": ("9",),
    "major-ninth": ("maj9", "M9"),
    "minor-ninth": ("m9", "min9", "-9"),
    "dominant-11th": ("11",),
    "minor-11th": ("m11", "min11"),
    "dominant-13th": ("13",),
    "minor-13th": ("m13", "min13"),
    "suspended-second": ("sus2",),
    "suspended-fourth": ("sus4", "sus"),
    "power": ("5",),
}
NAMES = {name: kind for kind, names in KINDS.items() for name in names}
ALTERS = {"#": 1, "♯": 1, "b": -1, "♭": -1}


def harmony_element(text: str) -> _Element | None:
    """The <harmony> of a chord symbol, ``None`` for a text that is none."""
    found = SYMBOL.fullmatch(text.strip())
    if found is None or found["kind"] not in NAMES:
        return None
    harmony = etree.Element("harmony")
    add_step(SubElement(harmony, "root"), "root", found["root"], found["alter"])
    add(harmony, "kind", NAMES[found["kind"]]).set("text", found["kind"])
    if found["bass"]:
        add_step(SubElement(harmony, "bass"), "bass", found["bass"].upper(), found["bass_alter"] or "")
    return harmony


def add_step(parent: _Element, name: str, step: str, alter: str) -> None:
    """Add a root's or a bass's step and alteration."""
    add(parent, f"{name}-step", step)
    if alter:
        add(parent, f"{name}-alter", ALTERS[alter])
