"""Lengths: what is written behind a note, meters, unit lengths and tempos of ABC -> numbers; note values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno.score import Meter
from ripieno_bridges.formats.abc.errors import quoted, refuse
from ripieno_bridges.formats.musicxml.note_values import VALUES

SHORTEST = min(VALUES)  # the shortest written value, in quarters
MAX_ACTUAL = 99  # notes of a tuplet
MAX_DOTS = 3
UNITS = (1, 2, 4, 8, 16, 32, 64, 128)  # what may stand under a meter
FRACTION = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})")
TEMPO = re.compile(r"(?P<beats>[\d\s/]+)=\s*(?P<number>\d{1,4}(?:\.\d{1,4})?)|(?P<bare>\d{1,4})")
NAMED_TEMPO = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class AbcMeter:
    """A meter, ``None`` for none. symbol: MusicXML's name of C and cut time. beats: as written, "3+2"."""

    meter: Meter | None
    beats: str = ""
    symbol: str | None = None


def length_factor(text: str, column: int) -> Fraction:
    """What a note's length is to the unit: "" 1, "3" 3, "3/2" 3/2, "/" 1/2, "//" 1/4. Raises LineError."""
    factor = factor_of(text)
    if factor is None:
        refuse(column, f"{quoted(text)} is no length; write one such as 2, /2 or 3/2")
    return factor


@lru_cache(maxsize=4096)
def factor_of(text: str) -> Fraction | None:
    """As ``length_factor``, ``None`` for 0 and for what divides by 0."""
    over, *under = text.split("/")
    factor = Fraction(int(over[:6])) if over else Fraction(1)
    for number in under:
        divisor = int(number[:6]) if number else 2
        if not divisor:
            return None
        factor /= divisor
    return factor or None


def read_meter(text: str, column: int) -> AbcMeter:
    """The meter of an M: field. Raises LineError for what is none."""
    plain = text.strip()
    if plain in ("C", "C|"):
        cut = plain == "C|"
        meter = Meter(2, 2) if cut else Meter(4, 4)
        return AbcMeter(meter, str(meter.numerator), "cut" if cut else "common")
    if plain.lower() in ("none", ""):
        return AbcMeter(None)
    found = re.fullmatch(r"\(?\s*([0-9+\s]{1,20}?)\s*\)?\s*/\s*([0-9]{1,3})", plain)
    beats = [int(number) for number in re.findall("[0-9]+", found[1])] if found else []
    under = int(found[2]) if found else 0
    if not beats or 0 in beats or under not in UNITS or 4 * sum(beats) > MAX_MEASURE_QUARTERS * under:
        refuse(column, f"{quoted(plain)} is no meter; write it as M:4/4, M:C| or M:none")
    return AbcMeter(Meter(sum(beats), under), "+".join(str(number) for number in beats))


def read_unit(text: str, column: int) -> Fraction:
    """The unit length of an L: field, in quarters. Raises LineError for what is none."""
    plain = text.strip()
    found = FRACTION.fullmatch(plain)
    if plain == "1":
        return Fraction(4)
    if found is None or not int(found[1]) or int(found[2]) not in (*UNITS, 256, 512):
        refuse(column, f"{quoted(plain)} is no unit length; write it as L:1/8")
    return Fraction(4 * int(found[1]), int(found[2]))


def default_unit(meter: AbcMeter) -> Fraction:
    """The unit length where no L: gives one, in quarters: a sixteenth where the meter is under 3/4."""
    short = meter.meter is not None and meter.meter.length < 3
    return Fraction(1, 4) if short else Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class AbcTempo:
    """A tempo. qpm: quarters a minute, ``None`` where only words tell it."""

    qpm: Fraction | None
    beat: Fraction = Fraction(1)
    words: str = ""


def read_tempo(text: str, unit: Fraction) -> AbcTempo | None:
    """The tempo of a Q: field, ``None`` where it tells none. unit: the unit length, in quarters.

    Without a beat the number counts unit lengths, as in ABC's first years.
    """
    words = " ".join(NAMED_TEMPO.findall(text)).strip()
    found = TEMPO.search(NAMED_TEMPO.sub(" ", text).replace("C=", "="))
    if found is None:
        return AbcTempo(None, words=words) if words else None
    beats = [Fraction(int(a), int(b)) for a, b in FRACTION.findall(found["beats"] or "") if int(b)]
    beat = 4 * sum(beats, Fraction(0)) or unit
    qpm = Fraction(found["number"] or found["bare"]) * beat
    return AbcTempo(qpm, beat, words) if 1 <= qpm <= 2000 else None


# -- note values -------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def tuplet_ratio(length: Fraction) -> tuple[int, int]:
    """(3, 2) for a length in thirds, (1, 1) for a plain one: how many notes stand for how many."""
    odd = length.denominator
    while odd % 2 == 0:
        odd //= 2
    normal = 1
    while 2 * normal < odd:
        normal *= 2
    return odd, normal


@lru_cache(maxsize=4096)
def written_values(length: Fraction) -> Sequence[tuple[str, int, Fraction]]:
    """(value, dots, quarters) of the written notes that a length is, tied where there are several.

    length: in quarters, of plain values, not of tuplets.
    """
    values: list[tuple[str, int, Fraction]] = []
    while length:
        for dots in range(MAX_DOTS + 1):
            value = length / (2 - Fraction(1, 2**dots))
            if value in VALUES:
                return [*values, (VALUES[value], dots, length)]
        longest = next((value for value in VALUES if value <= length), min(VALUES))
        values.append((VALUES[longest], 0, longest))
        length -= longest
        assert length >= 0, length
    return values
