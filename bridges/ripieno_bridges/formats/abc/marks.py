"""Decorations, texts, tempos and clefs of ABC -> MusicXML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno_bridges.formats.abc.chord_symbols import harmony_element
from ripieno_bridges.formats.abc.events import AbcEvent, AbcVoice
from ripieno_bridges.formats.abc.lengths import AbcTempo
from ripieno_bridges.formats.musicxml.elements import add
from ripieno_bridges.formats.musicxml.note_values import VALUES

FERMATAS = {"fermata": "upright", "ferm": "upright", "invertedfermata": "inverted"}
ARTICULATIONS = {
    "staccato": "staccato", "accent": "accent", ">": "accent", "emphasis": "accent", "tenuto": "tenuto",
    "wedge": "staccatissimo", "marcato": "strong-accent", "^": "strong-accent", "breath": "breath-mark",
    "shortphrase": "caesura", "mediumphrase": "caesura", "longphrase": "caesura",
}  # fmt: skip
ORNAMENTS = {
    "trill": "trill-mark", "lowermordent": "mordent", "mordent": "mordent",
    "uppermordent": "inverted-mordent",
    "pralltriller": "inverted-mordent", "turn": "turn", "roll": "turn", "invertedturn": "inverted-turn",
}  # fmt: skip
TECHNIQUES = {"upbow": "up-bow", "downbow": "down-bow", "open": "open-string", "thumb": "thumb-position"}
DYNAMICS = ("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz")
WEDGES = {
    "<(": "crescendo", "crescendo(": "crescendo", "<)": "stop", "crescendo)": "stop",
    ">(": "diminuendo", "diminuendo(": "diminuendo", ">)": "stop", "diminuendo)": "stop",
}  # fmt: skip
WORDS = {
    "D.C.": "D.C.", "D.S.": "D.S.", "dacapo": "D.C.", "dacoda": "To Coda", "fine": "Fine",
    "D.C.alfine": "D.C. al Fine", "D.S.alfine": "D.S. al Fine", "D.C.alcoda": "D.C. al Coda",
    "D.S.alcoda": "D.S. al Coda",
}  # fmt: skip
KNOWN = {*FERMATAS, *ARTICULATIONS, *ORNAMENTS, *TECHNIQUES, *DYNAMICS, *WEDGES, *WORDS, "segno", "coda"}
CLEFS = {
    "treble": ("G", 2), "bass": ("F", 4), "bass3": ("F", 3), "tenor": ("C", 4), "alto": ("C", 3),
    "alto1": ("C", 1), "alto2": ("C", 2), "soprano": ("C", 1), "mezzosoprano": ("C", 2), "baritone": ("F", 3),
    "alto4": ("C", 4), "perc": ("percussion", 3),
}  # fmt: skip
LOW = 4  # the octave under middle C and lower: a bass clef where most notes are there


def notations(event: AbcEvent, *, below: bool) -> Iterator[_Element]:
    """The children of <notations> for an event's decorations. below: its fermata stands under the staff."""
    names = dict.fromkeys(event.decorations)
    for group, table in (
        ("ornaments", ORNAMENTS),
        ("technical", TECHNIQUES),
        ("articulations", ARTICULATIONS),
    ):
        found = dict.fromkeys(table[name] for name in names if name in table)
        if found:
            parent = etree.Element(group)
            for tag in found:
                SubElement(parent, tag)
            yield parent
    kinds = [FERMATAS[name] for name in names if name in FERMATAS]
    if kinds:
        yield etree.Element("fermata", type="inverted" if below else kinds[0])


def directions_before(event: AbcEvent) -> Iterator[_Element]:
    """The <harmony> and <direction> elements that stand before an event."""
    for text in event.texts:
        plain = text.replace("\\", "").strip()
        harmony = harmony_element(plain)
        if harmony is not None:
            yield harmony
        elif plain:
            placement = "below" if plain[0] == "_" else "above"
            words = re.sub(r"^(?:[\^_<>]|@-?[\d.]*,-?[\d.]*)\s*", "", plain)
            if words:
                yield direction("words", words, placement)
    for name in dict.fromkeys(event.decorations):
        if name in DYNAMICS:
            mark = direction("dynamics", "", "below")
            dynamics = mark.find("direction-type/dynamics")
            assert dynamics is not None
            SubElement(dynamics, name)
            yield mark
        elif name in WEDGES:
            mark = direction("wedge", "", "below")
            mark[0][0].set("type", WEDGES[name])
            yield mark
        elif name in WORDS:
            yield direction("words", WORDS[name], "above")
        elif name in ("segno", "coda"):
            yield direction(name, "", "above")


def direction(kind: str, text: str, placement: str) -> _Element:
    """A <direction> with one element."""
    element = etree.Element("direction", placement=placement)
    child = SubElement(SubElement(element, "direction-type"), kind)
    if text:
        child.text = text
    return element


def tempo_direction(tempo: AbcTempo) -> _Element:
    """A tempo as <direction>, in its own beats where these are one note value, else in quarters."""
    element = etree.Element("direction", placement="above")
    if tempo.words:
        add(SubElement(element, "direction-type"), "words", tempo.words)
    if tempo.qpm is None:
        return element
    dots = next((d for d in (0, 1) if tempo.beat / (2 - Fraction(1, 2**d)) in VALUES), None)
    beat = Fraction(1) if dots is None else tempo.beat
    metronome = SubElement(SubElement(element, "direction-type"), "metronome")
    add(metronome, "beat-unit", VALUES[beat / (2 - Fraction(1, 2 ** (dots or 0)))])
    for _ in range(dots or 0):
        SubElement(metronome, "beat-unit-dot")
    add(metronome, "per-minute", f"{float(tempo.qpm / beat):g}")
    SubElement(element, "sound", tempo=f"{float(tempo.qpm):g}")
    return element


def clef_of(voice: AbcVoice) -> tuple[str, int, int]:
    """(sign, line, octaves up) of a voice's clef; one for its register where it names none."""
    said = voice.properties.get("clef", "")
    octaves = {"-8": -1, "+8": 1, "-15": -2, "+15": 2}
    mark = re.search(r"[+-](?:8|15)$", said)
    name = said[: mark.start()] if mark else said
    if name in CLEFS:
        sign, line = CLEFS[name]
        return sign, line, octaves[mark[0]] if mark else 0
    heights = [note.octave for event in voice.events for note in event.notes]
    low = bool(heights) and 2 * sum(octave < LOW for octave in heights) > len(heights)
    return ("F", 4, 0) if low else ("G", 2, 0)
