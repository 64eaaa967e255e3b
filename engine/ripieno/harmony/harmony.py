"""What harmony a user asks for in a stretch of a piece."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.figured_bass import Figure
from ripieno.score import Key

HarmonyForm = Literal["symbols", "numerals", "figures"]  # how harmony is written


@dataclass(frozen=True, slots=True)
class Harmony:
    """The harmony on [onset, end), in quarters: a chord, a Roman numeral, or the figures over the bass.

    None of them is no chord: nothing is asked there, as everywhere outside of all harmonies. key: of the
    numeral, None is the home key. bass: the note under the figures, None is that of the given bass.
    """

    onset: Fraction
    end: Fraction
    chord: ChordSymbol | None = None
    numeral: str | None = None
    key: Key | None = None
    figures: tuple[Figure, ...] | None = None
    bass: Tone | None = None
