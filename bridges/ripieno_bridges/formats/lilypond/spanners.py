"""What joins the notes of a voice, ties, slurs, hairpins; and which notes are thus sung on one syllable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ripieno_bridges.formats.notation.notation import (
    NotatedEvent,
    NotatedLine,
    NotatedMark,
    NoteHead,
    place_at,
)

Place = tuple[int, int]  # of an event: measure, number in it
MELISMA, PHRASE = ("(", ")"), ("\\(", "\\)")  # slurs under which LilyPond sets one syllable, and others


class Joins:
    """The ties and slurs of a line.

    slurs: what stands behind an event. held: the events that LilyPond skips when it sets words, since they
    are tied to the one before or stand under its slur. hairpins: see ``add_hairpins``.
    """

    def __init__(self, line: NotatedLine) -> None:
        self.line = line
        self.events: list[tuple[Place, NotatedEvent]] = [
            ((index, place), event)
            for index, events in enumerate(line.measures)
            for place, event in enumerate(events)
        ]
        self.order = {place: number for number, (place, _) in enumerate(self.events)}
        self.slurs: dict[Place, list[str]] = {}
        self.drawn: dict[tuple[str, str], list[tuple[int, int]]] = {MELISMA: [], PHRASE: []}
        self.hairpins: dict[Place, list[str]] = {}
        self.held: set[Place] = set()
        for (_, event), (later, after) in zip(self.events, self.events[1:], strict=False):
            if any(head.tied and head in untied(after.heads) for head in tied_as_untied(event)):
                self.held.add(later)
        for start, stop in self.slur_pairs():
            self.add_slur(start, stop)

    def ties_at(self, index: int, place: int, event: NotatedEvent) -> tuple[tuple[NoteHead, ...], str]:
        """(the heads with the ties that LilyPond can draw, what follows where all are tied)."""
        number = self.order[index, place]
        after = self.events[number + 1][1].heads if number + 1 < len(self.events) else ()
        reached = {head.spelling for head in after}
        heads = tuple(replace(head, tied=head.tied and head.spelling in reached) for head in event.heads)
        hangs = any(head.tied for head in event.heads) and not any(head.tied for head in heads)
        text = "~" if all(head.tied for head in heads) else "\\laissezVibrer" if hangs else ""
        before = self.events[number - 1][1] if number else None
        lost = event.continued and not (before and shares_tie(before, event))
        return heads, text + ("\\repeatTie" if lost else "")

    def slur_pairs(self) -> Iterator[tuple[int, int]]:
        """(number of the first event, of the last) of each slur, in order of their beginnings."""
        starts: dict[str, int] = {}
        pairs = []
        for number, (_, event) in enumerate(self.events):
            for kind, of in event.slurs:
                if kind == "start":
                    starts[of] = number
                elif of in starts and starts[of] < number:
                    pairs.append((starts.pop(of), number))
        yield from sorted(pairs)

    def add_slur(self, start: int, stop: int) -> None:
        """Draw a slur: as a phrase's where syllables stand under it, else as a melisma's."""
        inside = self.events[start + 1 : stop + 1]
        kinds = (PHRASE, MELISMA) if any(event.syllables for _, event in inside) else (MELISMA, PHRASE)
        kind = next((k for k in kinds if not any(a < stop and start < b for a, b in self.drawn[k])), None)
        if kind is None:
            return
        self.drawn[kind].append((start, stop))
        self.slurs.setdefault(self.events[stop][0], []).insert(0, kind[1])
        self.slurs.setdefault(self.events[start][0], []).append(kind[0])
        if kind == MELISMA:
            self.held |= {place for place, event in inside if event.heads}

    def add_hairpins(self, marks: Sequence[Sequence[NotatedMark]]) -> None:
        """Draw the hairpins among the marks of each measure; those without a beginning or an end are not."""
        start: tuple[int, str] | None = None
        for index, of_measure in enumerate(marks):
            for mark in (m for m in of_measure if m.kind == "wedge" and self.line.measures[index]):
                number = self.order[index, place_at(self.line.measures[index], mark.onset)]
                if mark.text != "stop":
                    start = number, mark.text
                    continue
                if start is not None:
                    number = max(number, start[0] + 1)
                    if number < len(self.events):
                        sign = "\\<" if start[1] == "crescendo" else "\\>"
                        self.hairpins.setdefault(self.events[start[0]][0], []).append(sign)
                        self.hairpins.setdefault(self.events[number][0], []).insert(0, "\\!")
                start = None


def untied(heads: tuple[NoteHead, ...]) -> tuple[NoteHead, ...]:
    """The heads as if each were tied, to compare them."""
    return tuple(replace(head, tied=True) for head in heads)


def tied_as_untied(event: NotatedEvent) -> tuple[NoteHead, ...]:
    """The tied heads of an event."""
    return tuple(head for head in event.heads if head.tied)


def shares_tie(before: NotatedEvent, event: NotatedEvent) -> bool:
    """Whether a tie joins two events."""
    return any(head.tied and head in untied(event.heads) for head in before.heads)
