"""Where in a measure of a document a new element stands so that it means a given time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.read_measure import MeasureContent, MeasureReader
from ripieno_bridges.formats.musicxml.reader import VoiceLocation

ZERO = Fraction(0)
TIMED = ("note", "backup", "forward")


@dataclass(frozen=True, slots=True)
class InsertionPoint:
    """A time in a measure: before an element (``None``: at its end), and so many divisions later."""

    before: _Element | None
    offset: int
    time: Fraction


@dataclass(frozen=True, slots=True)
class Start:
    """Where a note or rest begins. own: whether it is in the voice that is meant, not only on its staff."""

    time: Fraction
    element: _Element
    divisions: Fraction
    own: bool


class MeasurePlaces:
    """Finds places in one measure, next to the notes of a voice or else of its staff.

    divisions: those that hold at its start. content: what stands in the measure.
    """

    def __init__(self, measure: _Element, divisions: Fraction, location: VoiceLocation) -> None:
        self.starts: list[Start] = []
        first: InsertionPoint | None = None
        reader = MeasureReader(divisions)
        before_bar: _Element | None = None
        for child in measure:
            if child.tag in TIMED and first is None:
                first, self.first_divisions = InsertionPoint(child, 0, ZERO), reader.content.divisions
            if child.tag == "barline" and child.get("location") != "left":
                before_bar = child
            elif is_start(child, location.staff or "1"):
                voice = (child.findtext("voice") or "1").strip()
                own = location.voice in (None, voice)
                self.starts.append(Start(reader.time, child, reader.content.divisions, own))
            reader.add(child)
        self.content: MeasureContent = reader.content
        if first is None:
            first, self.first_divisions = InsertionPoint(before_bar, 0, ZERO), self.content.divisions
        self.first = first

    def at(self, time: Fraction, end: Fraction) -> InsertionPoint:
        """The place that means a time, or the nearest one before ``end`` that whole divisions can say."""
        here = [start for start in self.starts if start.time == time]
        if here:
            chosen = max(here, key=lambda start: start.own)
            return InsertionPoint(chosen.element, 0, time)
        earlier = [start for start in self.starts if start.time < time]
        own = [start for start in earlier if start.own] or earlier
        last = max(own, key=lambda start: start.time, default=None)
        place, divisions = self.first, self.first_divisions
        if last is not None:
            place, divisions = InsertionPoint(last.element, 0, last.time), last.divisions
        offset = round((time - place.time) * divisions)
        if place.time + offset / divisions >= end:
            offset -= 1
        return InsertionPoint(place.before, offset, place.time + offset / divisions)


def is_start(child: _Element, staff: str) -> bool:
    """Whether a child of a measure is a note or rest of a staff; a grace note is none."""
    if child.tag != "note" or child.find("chord") is not None or child.find("grace") is not None:
        return False
    return (child.findtext("staff") or "1").strip() == staff
