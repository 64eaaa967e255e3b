"""A line of a ChordPro grid, ``| C . G . | % . . . |``, -> its measures.

Between bars stand cells, one a beat: a chord, several joined by "~", "." where nothing new begins or "/"
where the chord is struck again. "%" repeats the measure before, "%%" the two before. What stands before the
first bar and behind the last is margin; a line that begins with "|s" says how to strum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ripieno.errors import RequestError
from ripieno.harmony.progression_text import GOES_ON, OPEN, HarmonyWord
from ripieno_bridges.formats.chordpro.sheet import Row, read_chord

BAR = re.compile(r":?\|[|:.]?\d?(?=\s|$|[^\s|:.\d])")
TOKEN = re.compile(r"\S+")
STRUM = re.compile(r"\s*\|[sS](?=\s|$)")
REPEAT, REPEAT_TWO = "%", "%%"
HELD = (GOES_ON, "/")


class CellError(Exception):
    """A fault in a cell. column: from 1."""

    def __init__(self, column: int, fault: str) -> None:
        self.column = column
        super().__init__(fault)


def grid_measures(line: str, before: Sequence[Row], semitones: int) -> list[Row]:
    """The measures of a line. before: those of the lines before it. Raises CellError."""
    bars = [] if STRUM.match(line) else list(BAR.finditer(line))
    measures = list(before)
    second = False  # of two measures that are repeated
    for left, right in pairwise(bars):
        cells = [(m.group(), m.start() + 1) for m in TOKEN.finditer(line, left.end(), right.start())]
        if not cells:
            continue  # two bars side by side
        first, column = cells[0]
        back = 2 if first == REPEAT_TWO or second else 1 if first == REPEAT else 0
        second = first == REPEAT_TWO
        if back and len(measures) < back:
            raise CellError(column, f'"{first}" repeats what stands before, but nothing does; write a chord')
        measures.append(measures[-back] if back else tuple(read_cells(cells, measures, semitones)))
    return measures[len(before) :]


def read_cells(
    cells: Sequence[tuple[str, int]], before: Sequence[Row], semitones: int
) -> Iterator[HarmonyWord]:
    """The words of a measure, as many of each cell. cells: (text, column)."""
    parts = [cell.split("~") for cell, _ in cells]
    most = max(len(cell) for cell in parts)
    begun = bool(before)
    for cell, (_, column) in zip(parts, cells, strict=True):
        for text in cell + [GOES_ON] * (most - len(cell)):
            if text in HELD:
                yield HarmonyWord(GOES_ON if begun else OPEN)
                continue
            try:
                yield read_chord(text, semitones)
            except RequestError as error:
                raise CellError(column, str(error)) from error
            begun = True
