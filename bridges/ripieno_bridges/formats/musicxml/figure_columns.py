"""Figured bass as it stands under the notes of a bass: columns of figures with their lengths and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.harmony.figured_bass import Figure
from ripieno_bridges.formats.musicxml.read_figures import is_tied
from ripieno_bridges.formats.musicxml.read_measure import Event

TRIAD = (Figure(5),)


@dataclass(frozen=True, slots=True)
class WrittenColumn:
    """Figures on [onset, end), in quarters. lines: for each figure, the kind of its <extend> or ``None``."""

    onset: Fraction
    end: Fraction
    figures: tuple[Figure, ...]
    lines: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class NoteColumn:
    """A column under a note, ``None`` for an empty place. duration: in divisions; ``None``: the note's."""

    column: WrittenColumn | None
    duration: int | None


def with_lines(columns: Sequence[tuple[Fraction, Fraction, tuple[Figure, ...]]]) -> list[WrittenColumn]:
    """Columns with the lines that their held figures need: from the figure before to the last held one."""
    made = []
    for index, (onset, end, figures) in enumerate(columns):
        after: tuple[Figure, ...] = ()
        if index + 1 < len(columns) and columns[index + 1][0] == end:
            after = columns[index + 1][2]
        lines: list[str | None] = []
        for row, figure in enumerate(figures):
            goes_on = row < len(after) and after[row].held
            if figure.held:
                lines.append("continue" if goes_on else "stop")
            else:
                lines.append("start" if goes_on else None)
        made.append(WrittenColumn(onset, end, figures, tuple(lines)))
    return made


def note_columns(
    event: Event, columns: Sequence[WrittenColumn], start: Fraction, divisions: Fraction
) -> tuple[list[NoteColumn], list[WrittenColumn]]:
    """(what stands under one note, the columns that are too short for the document's divisions).

    columns: those that begin while it sounds. start: of its measure, in quarters.
    """
    onset, end = start + event.onset, start + event.end
    columns = without_repeated(columns)
    if not any(column.figures for column in columns):
        return [], []
    columns = [
        column if column.figures else replace(column, figures=TRIAD, lines=(None,)) for column in columns
    ]
    whole = len(columns) == 1 and columns[0].onset == onset and columns[0].end >= end
    if whole and (columns[0].end > end or not is_tied(event)):
        return [NoteColumn(columns[0], None)], []
    nexts = [column.onset for column in columns[1:]] + [end]
    ends = [min(column.end, after) for column, after in zip(columns, nexts, strict=True)]
    made: list[NoteColumn] = []
    lost: list[WrittenColumn] = []
    cursor = 0
    for column, until in zip(columns, ends, strict=True):
        begins, stops = (round((time - onset) * divisions) for time in (column.onset, until))
        if stops <= begins:
            lost.append(column)
            continue
        if begins > cursor:
            made.append(NoteColumn(None, begins - cursor))
        made.append(NoteColumn(column, stops - begins))
        cursor = stops
    return made, lost


def without_repeated(columns: Sequence[WrittenColumn]) -> list[WrittenColumn]:
    """The columns, one in place of several alike that follow each other."""
    made: list[WrittenColumn] = []
    for column in columns:
        if made and (made[-1].figures, made[-1].end) == (column.figures, column.onset):
            made[-1] = replace(made[-1], end=column.end, lines=column.lines)
        else:
            made.append(column)
    return made
