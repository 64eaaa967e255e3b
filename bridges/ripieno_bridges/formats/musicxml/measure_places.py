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
class Place:
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
        self.first: Place | None = None
        reader = MeasureReader(divisions)
        before_bar: _Element | None = None
        for child in measure:
            if child.tag in TIMED and self.first is None:
                self.first, self.first_divisions = Place(child, 0, ZERO), reader.content.divisions
            if child.tag == "barline" and child.get("location") != "left":
                before_bar = child
            elif is_start(child, location.staff or "1"):
                voice = (child.findtext("voice") or "1").strip()
                own = location.voice in (None, voice)
                self.starts.append(Start(reader.time, child, reader.content.divisions, own))
            reader.add(child)
        self.content: MeasureContent = reader.content
        if self.first is None:
            self.first, self.first_divisions = Place(before_bar, 0, ZERO), self.content.divisions

    def at(self, time: Fraction) -> Place:
        """The place that means a time, or the nearest one that whole divisions can say."""
        here = [start for start in self.starts if start.time == time]
        if here:
            chosen = max(here, key=lambda start: start.own)
            return Place(chosen.element, 0, time)
        earlier = [start for start in self.starts if start.time < time]
        if not earlier:
            return self.later(self.first, time, self.first_divisions)
        own = [start for start in earlier if start.own] or earlier
        last = max(own, key=lambda start: start.time)
        return self.later(Place(last.element, 0, last.time), time, last.divisions)

    @staticmethod
    def later(place: Place, time: Fraction, divisions: Fraction) -> Place:
        """The place with the whole number of divisions that comes nearest to a time."""
        offset = round((time - place.time) * divisions)
        return Place(place.before, offset, place.time + offset / divisions)


def is_start(child: _Element, staff: str) -> bool:
    """Whether a child of a measure is a note or rest of a staff; a grace note is none."""
    if child.tag != "note" or child.find("chord") is not None or child.find("grace") is not None:
        return False
    return (child.findtext("staff") or "1").strip() == staff
