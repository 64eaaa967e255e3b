"""The figured bass of a part, over its bass notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lxml.etree import _Element

from ripieno.harmony.chord_symbol import Tone, tone_at
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.score import Score
from ripieno_bridges.formats.musicxml.figure_signs import bass_of, read_figure
from ripieno_bridges.formats.musicxml.harmony_chord import UnreadableHarmonyError
from ripieno_bridges.formats.musicxml.read_measure import Event, FigureColumn, MeasureContent


@dataclass(slots=True)
class FiguresRead:
    """Figures over their bass notes, and (time, what nobody can read)."""

    harmonies: list[Harmony] = field(default_factory=list)
    faults: list[tuple[Fraction, str]] = field(default_factory=list)


def read_figures(measures: Sequence[MeasureContent], shifts: Sequence[int], score: Score) -> FiguresRead:
    """The figured bass of a part's measures. shifts: to its sounding pitch, in fifths, for each measure.

    Figures last as long as their <duration> says, else to the next ones or the end of their note with all
    that is tied to it.
    """
    found = FiguresRead()
    columns = [
        (measure.onset + min(column.onset, measure.duration), index, column)
        for index, (content, measure) in enumerate(zip(measures, score.measures, strict=False))
        for column in content.figures
    ]
    columns.sort(key=lambda place: place[0])
    nexts = [onset for onset, _, _ in columns[1:]] + [score.duration]
    for (onset, index, column), after in zip(columns, nexts, strict=True):
        note = event_under(measures[index], column)
        bass = None if note is None else bass_of(note.notes[0])
        try:
            figures = read_column(column.element, bass, shifts[index])
        except UnreadableHarmonyError as exc:
            found.faults.append((onset, str(exc)))
            continue
        end = onset + column.length if column.length else note_end(measures, index, column, score, after)
        end = min(end, after)
        if figures and onset < end:
            heard = None if bass is None else tone_at(bass.fifths + shifts[index])
            found.harmonies.append(Harmony(onset, end, figures=figures, bass=heard))
    return found


def read_column(element: _Element, bass: Tone | None, shift: int) -> tuple[Figure, ...]:
    """The figures of one <figured-bass>, the highest first, without its empty places."""
    figures = [read_figure(figure, bass) for figure in element.findall("figure")]
    return tuple(shifted_figure(f, bass, shift) if shift else f for f in figures if f is not None)


def shifted_figure(figure: Figure, bass: Tone | None, shift: int) -> Figure:
    """The figure over a bass so many fifths further: the same interval, with the accidental it has there."""
    if bass is None or figure.alter is None:
        return figure
    step = bass.above(figure.number or 3, 0).step
    return replace(figure, alter=tone_at(Tone(step, figure.alter).fifths + shift).alter)


def note_end(
    measures: Sequence[MeasureContent], index: int, column: FigureColumn, score: Score, limit: Fraction
) -> Fraction:
    """When the note under a column ends, with all that is tied to it; without one, when the measure does."""
    line, number = column.line, column.number
    if line is None:
        return score.measures[index].end
    while True:
        events = measures[index].lines[line]
        end = score.measures[index].onset + events[number].end
        if end >= limit or not is_tied(events[number]):
            return end
        if number + 1 < len(events):
            number += 1
        elif index + 1 < min(len(measures), len(score.measures)) and line in measures[index + 1].lines:
            index, number = index + 1, 0
        else:
            return end


def event_under(content: MeasureContent, column: FigureColumn) -> Event | None:
    """The note or rest under a column."""
    return None if column.line is None else content.lines[column.line][column.number]


def is_tied(event: Event) -> bool:
    """Whether a note goes on in the next."""
    return any(tie.get("type") == "start" for tie in event.notes[0].findall("tie"))
