"""Lengths in a document: what a <duration> says, and what a note's written value says."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol, TypeVar

from lxml.etree import _Element

# The written values in quarters.
TYPES = {
    "maxima": Fraction(32),
    "long": Fraction(16),
    "breve": Fraction(8),
    "whole": Fraction(4),
    "half": Fraction(2),
    "quarter": Fraction(1),
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
    "64th": Fraction(1, 16),
    "128th": Fraction(1, 32),
    "256th": Fraction(1, 64),
    "512th": Fraction(1, 128),
    "1024th": Fraction(1, 256),
}
MAX_DOTS = 4
MAX_TUPLET = 64  # notes
ROUNDING = Fraction(1, 32)  # of a note: what a program that counts in ticks may take from it

NO_TIME = Fraction(0)


class HasDivisions(Protocol):
    """What was read of a measure."""

    @property
    def divisions(self) -> Fraction:
        """Of a quarter, at its end."""
        ...


Content = TypeVar("Content", bound=HasDivisions)


def read_in_turn(part: _Element, read: Callable[[_Element, Fraction], Content]) -> list[Content]:
    """The contents of a part's measures. read: reads one, with the divisions at its start."""
    contents: list[Content] = []
    divisions = Fraction(1)
    for measure in part.findall("measure"):
        contents.append(read(measure, divisions))
        divisions = contents[-1].divisions
    return contents


def number_in(text: str | None) -> Fraction:
    """The number in a text that was not checked, 0 where it has none or an absurd one."""
    plain = (text or "").strip()
    return Fraction(plain) if re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?", plain) else Fraction(0)


def quarters_of(element: _Element, divisions: Fraction) -> Fraction | None:
    """The <duration> of a note, backup or forward in quarters; ``None`` without one. It was checked."""
    text = (element.findtext("duration") or "").strip()
    return Fraction(text) / divisions if text else None


def cursor_step(element: _Element, divisions: Fraction) -> Fraction:
    """How far a child of a measure moves the time at which the next note starts, in quarters."""
    if element.tag not in ("note", "backup", "forward") or element.find("chord") is not None:
        return NO_TIME
    if element.find("grace") is not None:
        return NO_TIME
    quarters = quarters_of(element, divisions)
    if quarters is None:
        quarters = (written_length(element) if element.tag == "note" else None) or Fraction(0)
    return -quarters if element.tag == "backup" else quarters


def written_length(note: _Element) -> Fraction | None:
    """The length in quarters that a note's type, dots and tuplet say, ``None`` where they say none."""
    value = TYPES.get((note.findtext("type") or "").strip())
    dots = len(note.findall("dot"))
    if value is None or dots > MAX_DOTS:
        return None
    value *= 2 - Fraction(1, 2**dots)
    tuplet = note.find("time-modification")
    if tuplet is None:
        return value
    counts = [(tuplet.findtext(tag) or "").strip() for tag in ("normal-notes", "actual-notes")]
    if not all(re.fullmatch("[0-9]{1,2}", text) and 0 < int(text) <= MAX_TUPLET for text in counts):
        return None
    return value * Fraction(int(counts[0]), int(counts[1]))


def note_length(note: _Element, divisions: Fraction) -> Fraction | None:
    """A note's length in quarters: its <duration>, or what is written where the duration was only rounded.

    Programs round a third of a quarter to whole divisions or ticks. ``None`` where nothing says a length.
    """
    return true_length(note, quarters_of(note, divisions), divisions)


def true_length(note: _Element, said: Fraction | None, divisions: Fraction) -> Fraction | None:
    """The same of a note whose <duration> is known in quarters. said: ``None`` or 0 without one."""
    written = written_length(note)
    if not said or written is None:
        return said or written
    whole_rest = note.find("rest") is not None and written >= 4  # it stands for a measure of any length
    rounded = abs(said - written) < 1 / divisions or abs(said - written) <= written * ROUNDING
    return written if rounded and not whole_rest else said
