"""Pitches and lengths as ABC writes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from ripieno.score import Key, Spelling
from ripieno_bridges.formats.musicxml.elements import key_accidentals

UNKNOWN = 99  # an alteration that no note has: whatever comes next shows its accidental
ACCIDENTALS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
MIDDLE = 4  # the octave of capital letters


class Accidentals:
    """The accidentals of a measure.

    Programs differ in whether one holds in other octaves: where that makes a difference it is written again.
    octaves: by which what is written sounds higher, -1 under a clef with a small 8 below.
    """

    def __init__(self, key: Key, octaves: int = 0) -> None:
        self.octaves = octaves
        self.of_key = key_accidentals(key)
        self.by_step = dict(self.of_key)
        self.by_pitch: dict[tuple[str, int], int] = {}

    def text(self, spelling: Spelling) -> str:
        """A note without its length."""
        spelling = replace(spelling, octave=spelling.octave - self.octaves)
        place = spelling.step, spelling.octave
        held = {self.by_pitch.get(place, self.of_key[spelling.step]), self.by_step[spelling.step]}
        sign = "" if held == {spelling.alter} else ACCIDENTALS[spelling.alter]
        self.by_step[spelling.step] = self.by_pitch[place] = spelling.alter
        return sign + letter_text(spelling)

    def forget(self, step: str) -> None:
        """Show the accidental of the next note of a step, since programs differ in what held before."""
        self.by_step[step] = UNKNOWN


def letter_text(spelling: Spelling) -> str:
    """A letter with the marks of its octave: c' for the C above the staff."""
    if spelling.octave <= MIDDLE:
        return spelling.step + "," * (MIDDLE - spelling.octave)
    return spelling.step.lower() + "'" * (spelling.octave - MIDDLE - 1)


def length_text(quarters: Fraction, unit: Fraction) -> str:
    """A length in units: nothing for one, 3/2, /2."""
    length = quarters / unit
    if length == 1:
        return ""
    if length.denominator == 1:
        return str(length.numerator)
    return f"{'' if length.numerator == 1 else length.numerator}/{length.denominator}"


def unit_of(lengths: Collection[Fraction]) -> Fraction:
    """The unit of length, in quarters, with which most notes need no number: an eighth, a quarter, a 16th."""
    units = (Fraction(1, 2), Fraction(1), Fraction(1, 4))
    return max(units, key=lambda unit: (sum(length == unit for length in lengths), unit == units[0]))
