"""w: lines -> syllables under the notes of the line of music before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ripieno_bridges.formats.abc.events import AbcEvent, Syllable

# A syllable; a hyphen after it; a vowel held over a note; a note without words; the next measure.
SYLLABLE = re.compile(r"(?P<text>(?:\\-|[^\s\-_*|])+)|(?P<sign>[\-_*|])|\s+")


def set_words(text: str, events: Sequence[AbcEvent | None], verse: int) -> int:
    """Put a verse's syllables under notes; returns how many found no note.

    events: the notes of a line of music; ``None`` stands for a barline.
    """
    place, lost = 0, 0
    last: Syllable | None = None
    for found in SYLLABLE.finditer(text):
        sign = found["sign"]
        if found["text"]:
            place = next_note(events, place)
            syllable = Syllable(found["text"].replace("\\-", "-").replace("~", " ").strip(), verse)
            if place < len(events):
                last = syllable
                under(events, place).append(syllable)
                place += 1
            else:
                lost += 1
        elif sign == "-":
            if last is not None and not last.goes_on and text[found.start() - 1] not in " -":
                last.goes_on = True
            else:
                place = next_note(events, place) + 1  # "--" and " - " leave a note out
        elif sign == "_":
            place = next_note(events, place) + 1
            if last is not None:
                last.held = True
        elif sign == "*":
            place = next_note(events, place) + 1
        elif sign == "|":
            place = next_bar(events, place)
    return lost


def next_note(events: Sequence[AbcEvent | None], place: int) -> int:
    """The index of the first note from ``place`` on."""
    while place < len(events) and events[place] is None:
        place += 1
    return place


def next_bar(events: Sequence[AbcEvent | None], place: int) -> int:
    """The index behind the next barline."""
    while place < len(events) and events[place] is not None:
        place += 1
    return place + 1


def under(events: Sequence[AbcEvent | None], place: int) -> list[Syllable]:
    """The syllables under an event."""
    event = events[place]
    assert event is not None
    return event.syllables
