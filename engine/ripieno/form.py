"""The form of a piece as letters, such as AABA: which of its sections come back, and how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.errors import RequestError
from ripieno.limits import MAX_BARS

MAX_SECTIONS = 24
SECTION = re.compile(r"([A-Z])('?)")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a form. is_varied: it comes back with small changes, "A'"; else as it was."""

    letter: str
    is_varied: bool = False


def form_named(text: str) -> tuple[Section, ...]:
    """The sections of a form: "AABA", "A A' B A".

    A letter that comes back after another one is varied a little, also without a prime; directly after itself
    it is varied with a prime only. Raises RequestError.
    """
    plain = re.sub(r"\s+", "", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not re.fullmatch(rf"({SECTION.pattern}){{1,{MAX_SECTIONS}}}", plain):
        raise RequestError(
            f'"{text[:40]}" is no form; write up to {MAX_SECTIONS} letters, one for each section, as '
            "AABA, with ' after those that come back changed: AA'BA"
        )
    found: list[Section] = []
    for letter, prime in SECTION.findall(plain):
        returns = any(section.letter == letter for section in found)
        follows_itself = bool(found) and found[-1].letter == letter
        found.append(Section(letter, returns and (bool(prime) or not follows_itself)))
    return tuple(found)


def check_form(sections: Sequence[Section], bars: int) -> None:
    """Raise RequestError for a form with too many measures. bars: of each section."""
    if len(sections) * bars > MAX_BARS:
        raise RequestError(
            f"{len(sections)} sections of {bars} measures are {len(sections) * bars} in all; ask for at most "
            f"{MAX_BARS}"
        )
