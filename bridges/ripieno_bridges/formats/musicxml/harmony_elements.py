"""Building <harmony>, <figured-bass> and the <direction> of a Roman numeral."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.kinds import NO_CHORD
from ripieno.harmony.symbol_text import kind_text
from ripieno_bridges.formats.musicxml.elements import add
from ripieno_bridges.formats.musicxml.figure_signs import CROSS, SIGN_OF

NO_CHORD_PRINTED = "N.C."
# A Roman numeral as it is printed: its figures raised and lowered, the signs of diminished chords.
FIGURES_OF_INVERSION = re.compile(r"(?<=[IViv°øo+])([0-9]{1,2})(?=$|/)")
RAISED_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def harmony_element(chord: ChordSymbol | None, offset: int, staff: str | None) -> _Element:
    """A chord symbol as <harmony>; ``None`` is N.C. offset: from where it stands, in divisions."""
    harmony = etree.Element("harmony", placement="above")
    if chord is None:
        root = SubElement(harmony, "root")
        add(root, "root-step", "C").set("text", "")  # which the schema wants
        add(harmony, "kind", NO_CHORD).set("text", NO_CHORD_PRINTED)
    else:
        add_chord(harmony, chord, kind_text(replace(chord, degrees=())))
    return placed(harmony, offset, staff)


def add_chord(harmony: _Element, chord: ChordSymbol, text: str) -> None:
    """Add a chord to a <harmony>. text: the kind as it is printed; programs print the degrees behind it."""
    add_tone(harmony, "root", chord.root)
    kind = add(harmony, "kind", chord.kind)
    if text or not chord.degrees:
        kind.set("text", text)
    if chord.bass is not None and chord.bass != chord.root:
        add_tone(harmony, "bass", chord.bass)
    for degree in chord.degrees:
        element = SubElement(harmony, "degree")
        add(element, "degree-value", degree.value)
        add(element, "degree-alter", degree.alter)
        add(element, "degree-type", degree.action)


def add_tone(harmony: _Element, name: str, tone: Tone) -> None:
    """Add a <root> or a <bass>."""
    element = SubElement(harmony, name)
    add(element, f"{name}-step", tone.step)
    if tone.alter:
        add(element, f"{name}-alter", tone.alter)


def placed(element: _Element, offset: int, staff: str | None) -> _Element:
    """The element with its <offset> and <staff>, where it needs them."""
    if offset:
        add(element, "offset", offset)
    if staff is not None:
        add(element, "staff", staff)
    return element


def numeral_element(text: str, cadence: str | None, staff: str | None) -> _Element:
    """A Roman numeral below the staff, with the name of the cadence that it closes, as a <direction>."""
    direction = etree.Element("direction", placement="below")
    kind = SubElement(direction, "direction-type")
    add(kind, "words", text).set("font-style", "normal")  # Verovio leans what says nothing
    if cadence:
        words = add(kind, "words", f" {cadence}")
        words.set("font-style", "italic")
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return placed(direction, 0, staff)


def at_offset(element: _Element, offset: int) -> list[_Element]:
    """An element so many divisions later, by <forward> and <backup>: MuseScore knows no <offset> of texts."""
    if not offset:
        return [element]
    there, back = etree.Element("forward"), etree.Element("backup")
    for move in (there, back):
        add(move, "duration", offset)
    return [there, element, back]


def printed_numeral(numeral: str) -> str:
    """A Roman numeral with its figures as a book prints them: V65 with a raised 6 and a lowered 5."""

    def stacked(found: re.Match[str]) -> str:
        upper, lower = found[1][0], found[1][1:]
        return upper.translate(RAISED_DIGITS) + lower.translate(LOWERED_DIGITS)

    return FIGURES_OF_INVERSION.sub(stacked, re.sub(r"(?<=[iv])o", "°", numeral))


def figures_element(figures: Sequence[Figure], lines: Sequence[str | None], duration: int | None) -> _Element:
    """Figures as <figured-bass>; without any, an empty place that is not printed.

    lines: for each figure, the kind of its <extend>. duration: in divisions, ``None`` for a whole note.
    """
    element = etree.Element("figured-bass")
    if not figures:
        element.set("print-object", "no")
        add(SubElement(element, "figure"), "figure-number", "")
    for figure, line in zip(figures, lines, strict=True):
        add_figure(element, figure, line)
    if duration is not None:
        add(element, "duration", duration)
    return element


def add_figure(element: _Element, figure: Figure, line: str | None) -> None:
    """Add one figure. line: the kind of its <extend>."""
    one = SubElement(element, "figure")
    if figure.alter is not None and not figure.held:
        add(one, "prefix", SIGN_OF[figure.alter])
    if figure.number is not None and not figure.held:
        add(one, "figure-number", figure.number)
    if figure.raised and not figure.held:
        add(one, "suffix", CROSS)
    if line is not None:
        SubElement(one, "extend", type=line)
