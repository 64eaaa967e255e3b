"""Remarks on a document: how something odd in it was understood, and in which measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lxml.etree import _Element

from ripieno.errors import count_text

SENTENCES = {
    "no meter": "{}: no meter; the barlines are kept as they are",
    "key inside": "{}: a key signature inside the measure holds from the next barline on",
    "time inside": "{}: a time signature inside the measure holds from the next barline on",
    "no key": "{}: a key signature of single accidentals, read as none",
    "length": "{}: not as long as the meter says; every voice is written as long as the notes there",
}


@dataclass(slots=True)
class Remarks:
    """Collects what is to be said, each thing once, with its measures."""

    places: dict[str, dict[str, None]] = field(default_factory=dict)

    def note(self, kind: str, number: str) -> None:
        """Something in a measure. kind: a key of ``SENTENCES``."""
        self.say(SENTENCES[kind], number)

    def say(self, sentence: str, number: str) -> None:
        """A sentence about a measure."""
        self.places.setdefault(sentence, {})[number] = None

    def enharmonic(self, fifths: int, other: int, number: str) -> None:
        """A key with more than seven accidentals."""
        self.say("{}: a key signature of " + f"{accidentals(fifths)}, read as {accidentals(other)}", number)

    def lost(self, part: str, number: str, notes: Sequence[_Element]) -> None:
        """Notes of which nothing says how long they are."""
        if notes:
            plain = part.replace("{", "(").replace("}", ")")
            self.say(plain + ", {}: a note of no length, passed over", number)

    def odd_lengths(
        self, numbers: Sequence[str], lengths: Sequence[Fraction], meters: Sequence[Fraction | None]
    ) -> None:
        """Measures that are neither full nor a pickup, nor make a full one with a neighbour or the pickup.

        What is repeated from a pickup on ends in a measure that lacks it.
        """
        last = len(lengths) - 1
        for i, (number, length, meter) in enumerate(zip(numbers, lengths, meters, strict=True)):
            if meter is None or not length or length == meter:
                continue
            if length < meter and i in (0, last):
                continue
            beside = [lengths[j] for j in (0, i - 1, i + 1) if 0 <= j <= last]
            if not any(length + other == meter for other in beside):
                self.note("length", number)

    def sentences(self) -> tuple[str, ...]:
        """All remarks."""
        return tuple(s.format(measure_names(list(numbers))) for s, numbers in self.places.items())


def accidentals(fifths: int) -> str:
    """A key signature in words, such as "4 flats"."""
    kind = "sharp" if fifths > 0 else "flat"
    return count_text(abs(fifths), kind)


def measure_names(numbers: Sequence[str]) -> str:
    """The names of measures, such as "measures 3, 5 and 8", or "measures 3, 5, 8, 9, 12 and 7 more"."""
    if len(numbers) == 1:
        return f"measure {numbers[0]}"
    shown = list(numbers) if len(numbers) <= 6 else [*numbers[:5], f"{len(numbers) - 5} more"]
    return f"measures {', '.join(shown[:-1])} and {shown[-1]}"
