"""Texts of measures as the lines of a file: a line a measure, with repeats and endings around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ripieno.errors import printable
from ripieno_bridges.formats.notation.repeats import RepeatSection

INDENT = "  "
NUMBER_COLUMN = 60  # of the comments with the measures' numbers


def music_lines(
    measures: Sequence[str], numbers: Sequence[str], sections: Sequence[RepeatSection], depth: int = 1
) -> Iterator[str]:
    """The lines of a piece of music. measures: a text each, without the barline. numbers: as printed."""

    def lines(span: range, deeper: int) -> Iterator[str]:
        for index in span:
            barline = " |" if index + 1 < len(measures) else ""  # the last measure may be short
            text = f"{INDENT * deeper}{measures[index]}{barline}"
            number = printable(numbers[index])  # a line break in it would end the comment
            yield f"{text:<{NUMBER_COLUMN}} % {number}" if number else text

    for section in sections:
        if section.times < 2:
            yield from lines(section.body, depth)
            for _, span in section.endings:
                yield from lines(span, depth)
            continue
        yield f"{INDENT * depth}\\repeat volta {section.times} {{"
        yield from lines(section.body, depth + 1)
        yield f"{INDENT * depth}}}"
        if section.endings:
            yield f"{INDENT * depth}\\alternative {{"
            for passes, span in section.endings:
                yield f"{INDENT * (depth + 1)}\\volta {','.join(map(str, passes))} {{"
                yield from lines(span, depth + 2)
                yield f"{INDENT * (depth + 1)}}}"
            yield f"{INDENT * depth}}}"
