"""The measures of a piece as sections: those that are played once, and repeats with their endings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ripieno_bridges.formats.notation.notation import NotatedMeasure


@dataclass(frozen=True, slots=True)
class RepeatSection:
    """Measures, by index, that are played ``times`` times.

    endings: (the passes in which they are played, measures), after the body; none where there are none.
    """

    body: range
    times: int = 1
    endings: tuple[tuple[tuple[int, ...], range], ...] = ()


def sections_of(frames: Sequence[NotatedMeasure]) -> list[RepeatSection]:
    """The sections of a piece, in order; every measure is in one of them, once."""
    sections: list[RepeatSection] = []
    start = begun = 0  # of what is not yet in a section; of the repeat that is open
    index = 0
    while index < len(frames):
        if frames[index].forward and index > start:
            sections.append(RepeatSection(range(start, index)))
            start = index
        begun = start
        if frames[index].ending_starts:
            section, index = with_endings(frames, begun, index)
            sections.append(section)
            start = index
            continue
        if frames[index].backward:
            sections.append(RepeatSection(range(begun, index + 1), frames[index].backward))
            start = index + 1
        index += 1
    if start < len(frames):
        sections.append(RepeatSection(range(start, len(frames))))
    return sections


def with_endings(frames: Sequence[NotatedMeasure], start: int, first: int) -> tuple[RepeatSection, int]:
    """(the section whose first ending begins with measure ``first``, the measure after it)."""
    endings: list[tuple[tuple[int, ...], range]] = []
    index = first
    while index < len(frames) and frames[index].ending_starts:
        begin, passes = index, frames[index].ending_starts
        while not frames[index].ending_stops and index + 1 < len(frames):
            if frames[index + 1].ending_starts or frames[index + 1].forward:
                break
            index += 1
        endings.append((passes, range(begin, index + 1)))
        again = frames[index].backward
        index += 1
        if not again:
            break
    times = max((max(passes) for passes, _ in endings), default=2)
    if len(endings) == 1 and frames[index - 1].backward:
        times = max(times, 2)
    if start == first or times < 2:  # nothing is repeated before these endings
        return RepeatSection(range(start, index)), index
    return RepeatSection(range(start, first), times, tuple(endings)), index
