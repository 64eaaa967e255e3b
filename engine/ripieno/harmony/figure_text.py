r"""The figures of a bass note as one word: ``6``, ``65``, ``#6``, ``7b``, ``6\43``, ``0``.

Numbers from 2 to 13 stand side by side, or with "/" or "," between them; 0 alone is a note without figures.
An accidental (#, b, ## or x, bb, n for a natural) belongs to the number right behind it; where none is, it is
the third's: "7#" is a seventh and a raised third. "+" or a backslash behind a number is the stroke through
it, which raises it by a semitone; "+" before the first number is the same. "_" behind a number is a line: its
tone goes on; "_" alone holds all tones.
"""

from __future__ import annotations

import re

from ripieno.errors import RequestError, short
from ripieno.harmony.figured_bass import Figure

NO_FIGURES = "0"
ALTERS = {"#": 1, "##": 2, "x": 2, "b": -1, "bb": -2, "n": 0}
SIGNS = {1: "#", 2: "##", -1: "b", -2: "bb", 0: "n"}
PLAIN = str.maketrans({"♯": "#", "♭": "b", "♮": "n", "𝄪": "x", "𝄫": "bb"})
FIGURE = re.compile(
    r"(?:(?P<plus>\+)(?=\d)|(?P<sign>##|#|x|bb|b|n|))(?P<number>1[0-3]|[2-9]|)(?P<raised>[+\\]?)(?P<held>_?)"
)
MAX_LENGTH = 40  # letters


def parse_figures(text: str) -> tuple[Figure, ...]:
    """The figures in the order in which they are written. Raises RequestError for a text that is none."""
    plain = text.strip().translate(PLAIN)
    if plain in ("", NO_FIGURES):
        return ()
    figures: list[Figure] = []
    at = 0
    while at < len(plain) <= MAX_LENGTH:
        found = FIGURE.match(plain, at)
        if found is None or not found[0]:
            break
        figures.append(
            Figure(
                int(found["number"]) if found["number"] else None,
                ALTERS.get(found["sign"] or ""),
                bool(found["plus"] or found["raised"]),
                bool(found["held"]),
            )
        )
        at = found.end()
        if at < len(plain) and plain[at] in "/,":
            at += 1 if at + 1 < len(plain) else 0
    if at < len(plain):
        raise RequestError(
            f'"{short(text)}" is no figured bass; write numbers from 2 to 13 with their accidentals before '
            "them, such as 6, 65, #6, 6+, 7b or 4/2, and 0 for a note without figures"
        )
    numbers = [3 if figure.number is None and not figure.held else figure.number for figure in figures]
    twice = next((n for n in numbers if n is not None and numbers.count(n) > 1), None)
    if twice is not None:
        raise RequestError(f'"{short(text)}" has two figures for the {twice}; write one of them')
    return tuple(figures)


def figures_text(figures: tuple[Figure, ...]) -> str:
    """The word for these figures, which ``parse_figures`` reads as the same; "0" for none.

    They stand side by side, or, where that would be read as others, with commas between them.
    """
    words = [figure_text(figure) for figure in figures]
    text = "".join(words) or NO_FIGURES
    return text if parse_figures(text) == figures else ",".join(words)


def figure_text(figure: Figure) -> str:
    """The word for one figure."""
    sign = "" if figure.alter is None else SIGNS[figure.alter]
    number = "" if figure.number is None else str(figure.number)
    return f"{sign}{number}{'+' * figure.raised}{'_' * figure.held}"
