"""Where in a measure the new notes of a voice stand: before the voices below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.measure_time import cursor_step
from ripieno_bridges.formats.musicxml.reader import VoiceLocation

MOVES = ("backup", "forward")


@dataclass(frozen=True, slots=True)
class Gap:
    """Children [start, end) of a measure that new notes replace; a place between two where both are the same.

    cursor, after: where the time cursor stands before and behind them, in quarters from the start of the
    measure. divisions: those that hold there.
    """

    start: int
    end: int
    cursor: Fraction
    after: Fraction
    divisions: int


def gap_for(
    location: VoiceLocation,
    below: Sequence[VoiceLocation],
    children: Sequence[_Element],
    removed: Sequence[bool],
    divisions: int,
) -> Gap | None:
    """The place for a voice before those below it; None where none of them has a note that stays.

    below: the lower voices of the part. removed: which children are notes that are replaced.
    divisions: those at the barline.
    """
    stays = [c.tag == "note" and not gone for c, gone in zip(children, removed, strict=True)]
    lower = [i for i, c in enumerate(children) if stays[i] and any(belongs(c, s) for s in below)]
    if not lower:
        return None
    own = [i for i in range(lower[0]) if removed[i] and belongs(children[i], location)]
    start = end = own[-1] if own else lower[0]
    while start and is_open(children, removed, start - 1):
        start -= 1
    while own and is_open(children, removed, end):
        end += 1
    cursor, divisions = time_after(children[:start], Fraction(0), divisions)
    return Gap(start, end, cursor, time_after(children[start:end], cursor, divisions)[0], divisions)


def is_open(children: Sequence[_Element], removed: Sequence[bool], index: int) -> bool:
    """Whether a child only moves the time cursor once the removed notes are gone."""
    return removed[index] or children[index].tag in MOVES


def belongs(note: _Element, location: VoiceLocation) -> bool:
    """Whether a <note> is of this voice and staff."""
    same_staff = location.staff is None or note.findtext("staff", "1").strip() == location.staff
    return same_staff and (location.voice is None or note.findtext("voice", "1").strip() == location.voice)


def time_after(children: Sequence[_Element], cursor: Fraction, divisions: int) -> tuple[Fraction, int]:
    """(the time cursor, the divisions) after some children of a measure."""
    for child in children:
        divisions = divisions_in(child, divisions)
        cursor = max(cursor + cursor_step(child, Fraction(divisions)), Fraction(0))
    return cursor, divisions


def divisions_in(element: _Element, divisions: int) -> int:
    """The divisions after an element of a measure."""
    text = element.findtext("divisions") if element.tag == "attributes" else None
    return divisions if text is None else int(float(text))
