"""The signs of MusicXML's <figure> <-> Figure."""

from __future__ import annotations

import re

from lxml.etree import _Element

from ripieno.errors import short
from ripieno.harmony.chord_symbol import Tone
from ripieno.harmony.figured_bass import Figure
from ripieno_bridges.formats.musicxml.harmony_chord import UnreadableHarmonyError

ACCIDENTAL_SIGNS = {
    "sharp": 1,
    "flat": -1,
    "natural": 0,
    "double-sharp": 2,
    "sharp-sharp": 2,
    "flat-flat": -2,
    "double-flat": -2,
}
TYPED_SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "n": 0, "♮": 0, "x": 2, "##": 2, "bb": -2}  # in the number
# MuseScore and Verovio say "cross" for the standard's plus, and "backslash" without its hyphen.
SLASH, CROSS = "slash", "cross"
STROKES = ("plus", CROSS, SLASH, "back-slash", "backslash", "vertical")
SIGN_OF = {1: "sharp", -1: "flat", 0: "natural", 2: "double-sharp", -2: "flat-flat"}
NUMBER = re.compile("(##|bb|[#♯b♭n♮x])?([0-9]{1,2})?([+/]|##|bb|[#♯b♭n♮x])?")
LOWEST, HIGHEST = 2, 13
DIMINISHED_FIFTH = 5


def read_figure(figure: _Element, bass: Tone | None) -> Figure | None:
    """One figure; ``None`` for an empty place. bass: the note under it. Raises UnreadableHarmonyError.

    A stroke raises, but for one through a 5, which is a diminished fifth.
    (LilyPond, Notation Reference 2.7.3; Rameau, Traité de l'harmonie, 1722: "la quinte barrée".)
    """
    text = "".join((figure.findtext("figure-number") or "").split())
    typed = NUMBER.fullmatch(text)
    if typed is None:
        raise UnreadableHarmonyError(f'the figure "{short(text)}"')
    signs = [(figure.findtext(tag) or "").strip() for tag in ("prefix", "suffix")]
    unknown = [sign for sign in signs if sign and sign not in ACCIDENTAL_SIGNS and sign not in STROKES]
    if unknown:
        raise UnreadableHarmonyError(f'a figure with the sign "{short(unknown[0])}"')
    number = int(typed[2]) if typed[2] else None
    if number is not None and not LOWEST <= number <= HIGHEST:
        raise UnreadableHarmonyError(f'the figure "{number}"')
    alters = [ACCIDENTAL_SIGNS[sign] for sign in signs if sign in ACCIDENTAL_SIGNS]
    alters += [TYPED_SIGNS[sign] for sign in (typed[1], typed[3]) if sign and sign in TYPED_SIGNS]
    alter = alters[0] if alters else None
    stroke = next((sign for sign in signs if sign in STROKES), None)
    stroke = stroke or {"+": "plus", "/": SLASH}.get(typed[3] or "")
    extend = figure.find("extend")
    if number is None and alter is None:
        return Figure(held=True) if extend is not None and stroke is None else None
    if number == DIMINISHED_FIFTH and stroke == SLASH and bass is not None:
        return Figure(number, bass.above(number, -1).alter)
    return Figure(number, alter, raised=stroke is not None)


def bass_of(note: _Element | None) -> Tone | None:
    """The spelled tone of a <note>, ``None`` for a rest or none."""
    pitch = None if note is None else note.find("pitch")
    if pitch is None:
        return None
    alter = float(pitch.findtext("alter") or "0")
    if not alter.is_integer() or abs(alter) > max(SIGN_OF):
        return None
    return Tone(pitch.findtext("step", "C").strip(), int(alter))
