"""Bach's own figured chorale basses, as ``tests/data/figured_basses/README.md`` describes them."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.score import Score
from ripieno.text.notation import parse_score

FOLDER = Path(__file__).parents[1] / "data" / "figured_basses"
FIGURE = re.compile(r"([#bn]?)([2-9]?)(\+?)")
ALTERS = {"#": 1, "b": -1, "n": 0, "": None}


@dataclass(frozen=True, slots=True)
class FiguredChorale:
    """A chorale: what is given, the figures over its bass, and what Bach wrote.

    score: soprano and bass have their notes, alto and tenor have none. bach: the same score with all voices.
    """

    name: str
    score: Score
    figures: tuple[Harmony, ...]
    bach: Score


def figured_chorales() -> list[FiguredChorale]:
    """All of them, in the order of their files' names."""
    return [read_chorale(path) for path in sorted(FOLDER.glob("*.txt"))]


def read_chorale(path: Path) -> FiguredChorale:
    """The chorale of one file."""
    _, music, figures = path.read_text(encoding="utf-8").split("\n\n")
    bach = parse_score(music)
    voices = tuple(replace(v, notes=()) if v.name in ("alto", "tenor") else v for v in bach.voices)
    harmonies = tuple(read_harmony(line) for line in figures.strip().splitlines()[1:])
    return FiguredChorale(path.stem, replace(bach, voices=voices), harmonies, bach)


def read_harmony(line: str) -> Harmony:
    """The figures of one line: onset, duration, and the figures with slashes between them."""
    onset, duration, figures = line.split(" ")
    start = Fraction(onset)
    return Harmony(
        start, start + Fraction(duration), figures=tuple(read_figure(word) for word in figures.split("/"))
    )


def read_figure(word: str) -> Figure:
    """One figure: "6", "#6", "6+" with its stroke, "#" for the third's, "_" for a line."""
    if word == "_":
        return Figure(held=True)
    sign, number, stroke = FIGURE.fullmatch(word).groups()
    return Figure(int(number) if number else None, ALTERS[sign], raised=bool(stroke))
