"""The lines of a score as they were read: the notes of each voice of each staff, and their differences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.errors import RequestError, ScoreError, short
from ripieno.score import Key, Note, Score
from ripieno_bridges.formats.block_chords import BlockChords

SELECTOR = re.compile(r"\s*([0-9]{1,6})\s*(?::\s*([0-9]{1,6})\s*)?")  # "2", "1:2"
MAX_LISTED = 24  # lines in a message
MANY_CHORDS = 4  # a line is chords, not a melody with some, where at least one note in so many is a chord


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLine:
    """What one voice of one staff has.

    part: the part's name. part_number: from 1. number: which line of its part it is, from 1. place: what
    tells it apart from the part's other lines, such as "staff 2". staff: from 0, in the whole document.
    voice: its number in the document; None where it changes or is not said. rank: 0 for the first voice of
    its staff. notes: the highest of each chord. lowest: the same with the lowest of each chord. every_note:
    all of them, of chords, too. chords: the index of the measure, for each chord. keys: of its staff, one
    for each measure; empty: those of the score. words: whether it has lyrics. unpitched: why it has no
    pitches, such as "percussion"; empty where it has some. fault: raised where this is the line to work on.
    chord_fault: where the first chord is, for whoever wants no chords. prepared: whether it rests in every
    measure. harmony: the chords of the piece, where it is a track of these and no line to sing.
    """

    part: str
    part_number: int
    number: int = 1
    place: str = ""
    staff: int = 0
    voice: str | None = None
    rank: int = 0
    notes: tuple[Note, ...] = ()
    lowest: tuple[Note, ...] = ()
    every_note: tuple[Note, ...] = ()
    chords: tuple[int, ...] = ()
    keys: tuple[Key, ...] = ()
    words: bool = False
    unpitched: str = ""
    fault: ScoreError | None = None
    chord_fault: ScoreError | None = None
    prepared: bool = False
    harmony: BlockChords | None = None

    @property
    def sings(self) -> bool:
        """Whether it has notes with pitches, or would have but for a fault."""
        has_notes = bool(self.notes) or self.fault is not None
        return has_notes and not self.unpitched and self.harmony is None

    @property
    def is_chordal(self) -> bool:
        """Whether many of its notes are chords, as in piano music."""
        return MANY_CHORDS * len(self.chords) > len(self.notes)

    @property
    def title(self) -> str:
        """Its name in messages: ``"Piano", staff 2``."""
        return f'"{self.part}", {self.place}' if self.place else f'"{self.part}"'

    @property
    def selector(self) -> str:
        """The value of the setting melody that means this line: "2" or "2:1"."""
        return str(self.part_number) if self.number == 1 else f"{self.part_number}:{self.number}"


def check_line(line: ScoreLine) -> None:
    """Raise ScoreError for a line that cannot be worked on."""
    if line.fault is not None:
        raise line.fault
    if line.unpitched:
        fault = f"{line.unpitched} has no pitches to harmonize; choose another line"
        raise ScoreError(None, line.part, None, fault)


def check_plain_lines(lines: Sequence[ScoreLine]) -> None:
    """Raise ScoreError where a line cannot be worked on, or has a chord: for music to learn from."""
    for line in lines:
        check_line(line)
        if line.chord_fault is not None:
            raise line.chord_fault


def lines_of_score(score: Score) -> tuple[ScoreLine, ...]:
    """The lines of a score that says nothing of them but their names; "Men, voice 2" is a part's second."""
    found: list[ScoreLine] = []
    parts: dict[str, int] = {}  # the parts with several voices, by name
    number = 0
    for voice in score.voices:
        part, comma, which = voice.name.rpartition(", voice ")
        shared = comma and part in parts
        if not shared:
            number += 1
        if comma:
            parts.setdefault(part, number)
        before = [line for line in found if line.part_number == number] if shared else []
        found.append(
            ScoreLine(
                part=(part if comma else voice.name) or f"part {number}",
                part_number=number,
                number=len(before) + 1,
                place=f"voice {which}" if comma else "",
                staff=number - 1,
                voice=which if comma else None,
                rank=len(before),
                notes=voice.notes,
                lowest=voice.notes,
                every_note=voice.notes,
                words=any(note.lyrics for note in voice.notes),
            )
        )
    return tuple(found)


def line_named(lines: Sequence[ScoreLine], selector: str) -> int:
    """The index of the line that the setting melody means: by its part's name or number, or as "part:line".

    Raises RequestError, which names the parts that there are.
    """
    numbers = SELECTOR.fullmatch(selector)
    if numbers is not None:
        wanted = (int(numbers[1]), int(numbers[2] or 1))
        found = [i for i, line in enumerate(lines) if (line.part_number, line.number) == wanted]
    else:
        found = lines_with_name(lines, selector)
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{line.selector} {line.title}" for line in lines[:MAX_LISTED])
    there += f" and {len(lines) - MAX_LISTED} more" if len(lines) > MAX_LISTED else ""
    said = short(selector.strip())
    fault = f'"{said}" names several' if found else f'there is no line "{said}"'
    raise RequestError(f"{fault}; choose one by its number: {there}")


def lines_with_name(lines: Sequence[ScoreLine], name: str) -> list[int]:
    """The indices of the first lines of the parts of that name; else of those whose names contain it."""
    wanted = " ".join(name.casefold().split())
    names = {i: " ".join(line.part.casefold().split()) for i, line in enumerate(lines) if line.number == 1}
    same = [i for i, there in names.items() if there == wanted]
    return same or [i for i, there in names.items() if wanted and wanted in there]


def titled(lines: Sequence[ScoreLine], index: int) -> str:
    """A line's title, with its number where another line has the same."""
    line = lines[index]
    alike = sum(other.title == line.title for other in lines) > 1
    return f"{line.title} ({line.selector})" if alike else line.title
