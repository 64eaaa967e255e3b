"""The names of variables: of voices and verses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ripieno_bridges.formats.lilypond.values import number_word, variable_name
from ripieno_bridges.formats.notation.notation import NotatedLine, NotatedPart, NotatedStaff, Notation
from ripieno_bridges.formats.score_layout import name_in_part

# Names that LilyPond does not use itself; others end in Music, since many English words are its own.
FREE_NAMES = ("soprano", "mezzo", "alto", "tenor", "baritone", "bass", "melody")
HANDS = ("right", "left")
TAKEN = ("global", "harmonies", "bassFigures")


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A voice and the variable that holds its music."""

    variable: str
    part: NotatedPart
    staff: NotatedStaff
    place: int  # on its staff

    @property
    def line(self) -> NotatedLine:
        """Its music."""
        return self.staff.lines[self.place]


def named_lines(notation: Notation) -> Iterator[NamedLine]:
    """Every voice of a score with a name of its own, from the top."""
    taken = set(TAKEN)
    for number, part in enumerate(notation.parts, 1):
        flat = " ".join(part.name.split())
        for staff_place, staff in enumerate(part.staves):
            for place in range(len(staff.lines)):
                said = name_in_part(flat, place, len(staff.lines)) if len(part.staves) == 1 else ""
                voice = staff.lines[place].voice if len(staff.lines) > 1 else ""
                wanted = variable_name(said or voice or flat) or f"part{number_word(number)}"
                if len(part.staves) == 2:
                    wanted = (
                        HANDS[staff_place] if is_piano(part) else wanted + HANDS[staff_place].capitalize()
                    )
                elif wanted not in FREE_NAMES:
                    wanted += "Music"
                name, count = wanted, 1
                while name in taken:
                    count += 1
                    name = wanted + number_word(count)
                taken.add(name)
                yield NamedLine(name, part, staff, place)


def is_piano(part: NotatedPart) -> bool:
    """Whether a part is for two hands: it has two staves, which one player reads."""
    return len(part.staves) == 2
