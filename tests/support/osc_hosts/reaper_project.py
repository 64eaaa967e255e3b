"""A project of REAPER, as the documents of its API describe one: a timeline, tracks, items, takes, notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

TICKS = 960  # of a quarter, in a MIDI source of REAPER
BEFORE = -1e-9


@dataclass(frozen=True)
class Marker:
    """A tempo or time signature marker. at: quarters from the beginning. meter: None where it goes on."""

    at: float
    tempo_qpm: float
    meter: tuple[int, int] | None = None


@dataclass(frozen=True)
class MeasureInfo:
    start: float
    stop: float
    meter: tuple[int, int]

    @property
    def full(self) -> float:
        return self.meter[0] * 4 / self.meter[1]


@dataclass
class Timeline:
    """Seconds and quarters, and the measures. The first marker is at 0 and has a meter."""

    markers: list[Marker] = field(default_factory=lambda: [Marker(0, 120, (4, 4))])

    def seconds(self, quarter: float) -> float:
        now = 0.0
        for marker, following in pairwise(self.markers):
            if quarter < following.at:
                return now + (quarter - marker.at) * 60 / marker.tempo_qpm
            now += (following.at - marker.at) * 60 / marker.tempo_qpm
        return now + (quarter - self.markers[-1].at) * 60 / self.markers[-1].tempo_qpm

    def quarters(self, seconds: float) -> float:
        starts = [self.seconds(marker.at) for marker in self.markers]
        place = max(bisect_right(starts, seconds) - 1, 0)
        marker = self.markers[place]
        return marker.at + (seconds - starts[place]) * marker.tempo_qpm / 60

    def measures(self) -> Iterator[MeasureInfo]:
        """All measures, without end. A time signature begins a measure, so the one before may be short."""
        signatures = [marker for marker in self.markers if marker.meter]
        ends = [marker.at for marker in signatures[1:]] + [float("inf")]
        for marker, end in zip(signatures, ends, strict=True):
            count, unit = marker.meter
            start = marker.at
            while start < end + BEFORE:
                stop = min(start + count * 4 / unit, end)
                yield MeasureInfo(start, stop, marker.meter)
                start = stop

    def measure(self, number: int) -> MeasureInfo:
        """Measures count from 0."""
        return next(info for place, info in enumerate(self.measures()) if place == number)

    def number_at(self, quarter: float) -> int:
        return next(place for place, info in enumerate(self.measures()) if quarter < info.stop)

    def counted(self, quarter: float) -> float:
        """REAPER's other count of quarters, in which each measure is as long as its meter says."""
        number = self.number_at(quarter)
        before = sum(self.measure(place).full for place in range(number))
        return before + quarter - self.measure(number).start


@dataclass
class MidiNote:
    """start, stop: ticks of the source."""

    pitch: int
    start: float
    stop: float
    velocity: int = 90
    muted: bool = False
    channel: int = 0


@dataclass(eq=False)
class Source:
    """length: in quarters."""

    length: float


@dataclass(eq=False)
class Take:
    """offset: D_STARTOFFS, the seconds of the source that are cut off in front."""

    item: Item
    source: Source
    notes: list[MidiNote] = field(default_factory=list)
    name: str = ""
    offset: float = 0.0
    rate: float = 1.0
    is_midi: bool = True
    sorted: bool = True


@dataclass(eq=False)
class Item:
    """position, length: seconds."""

    track: Track
    position: float
    length: float
    selected: bool = False
    loops: bool = True
    notes_text: str = ""
    take: Take | None = None


@dataclass(eq=False)
class Track:
    name: str
    items: list[Item] = field(default_factory=list)
    colour: int = 0
    effects: list[tuple[str, bool]] = field(default_factory=list)  # its name, and whether it is an instrument


@dataclass(eq=False)
class Project:
    timeline: Timeline = field(default_factory=Timeline)
    tracks: list[Track] = field(default_factory=list)

    def has(self, thing: Track | Item | Take) -> bool:
        if isinstance(thing, Take):
            return self.has(thing.item)
        return thing in self.tracks if isinstance(thing, Track) else thing in self.items()

    def items(self) -> list[Item]:
        """All items, track by track, in time."""
        return [item for track in self.tracks for item in sorted(track.items, key=lambda item: item.position)]

    def source_start(self, take: Take) -> float:
        """Where on the timeline the take's source begins, in quarters."""
        return self.timeline.quarters(take.item.position - take.offset / take.rate)

    def place(self, take: Take, ticks: float) -> float:
        """The quarter of the timeline at which a tick of the source sounds for the first time."""
        return self.source_start(take) + ticks / TICKS / take.rate

    def ticks(self, take: Take, quarter: float) -> float:
        return (quarter - self.source_start(take)) * take.rate * TICKS

    def add_item(
        self,
        track: Track,
        start: float,
        stop: float,
        notes: Sequence[tuple[int, float, float]],
        rate: float = 1.0,
    ) -> Item:
        """A selected item from quarter to quarter. notes: pitch, start, duration in quarters of it."""
        position, end = self.timeline.seconds(start), self.timeline.seconds(stop)
        item = Item(track, position, end - position, selected=True)
        item.take = Take(item, Source(stop - start), rate=rate)
        item.take.notes = [
            MidiNote(pitch, onset * TICKS, (onset + duration) * TICKS) for pitch, onset, duration in notes
        ]
        track.items.append(item)
        return item

    def notes(self, track: str) -> list[list[tuple[int, float, float]]]:
        """The notes of the items on a track: pitch, start and duration in quarters of the timeline."""
        (found,) = [known for known in self.tracks if known.name == track]
        return [
            [
                (
                    note.pitch,
                    self.place(item.take, note.start),
                    (note.stop - note.start) / TICKS / item.take.rate,
                )
                for note in item.take.notes
            ]
            for item in found.items
        ]

    def state(self) -> str:
        """All that a musician sees, as text."""
        return repr(
            [
                (
                    track.name,
                    track.colour,
                    track.effects,
                    [
                        (
                            item.position,
                            item.length,
                            item.selected,
                            item.loops,
                            item.notes_text,
                            item.take and (item.take.name, item.take.offset, item.take.rate, item.take.notes),
                        )
                        for item in track.items
                    ],
                )
                for track in self.tracks
            ]
        )
