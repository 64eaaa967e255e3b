"""The tuplets of a measure: which events stand under one bracket."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno_bridges.formats.notation.notation import NotatedEvent

PLAIN = (1, 1)


def tuplets_of(events: Sequence[NotatedEvent]) -> list[range]:
    """The events under each bracket, by their places.

    A tuplet ends where the document says so, else on the next quarter, or where another ratio begins.
    """
    found: list[range] = []
    start: int | None = None
    for place, event in enumerate(events):
        if start is not None and event.value.ratio != events[start].value.ratio:
            found.append(range(start, place))
            start = None
        if event.value.ratio == PLAIN:
            continue
        start = place if start is None else start
        if event.tuplet_ends or (event.onset + event.duration).denominator == 1:
            found.append(range(start, place + 1))
            start = None
    return found if start is None else [*found, range(start, len(events))]
