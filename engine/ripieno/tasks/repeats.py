"""Repeats as they are written: a section that follows itself unchanged stands once, between signs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from ripieno.results import Analysis, Result
from ripieno.score import Note, Voice


def folded(result: Result) -> Result:
    """The result with each repeat written once; ``Score.repeats`` says what is played twice.

    What was said of the second time goes, what comes later is told at its new place.
    """
    if not result.repeats:
        return result
    seconds = [range(r.stop, r.stop + len(r)) for r in result.repeats]
    spans = [result.score.span(second) for second in seconds]
    starts = [start for start, _ in spans]

    def earlier(time: Fraction) -> Fraction | None:
        """A time as it is written; None where it is played from a repeat."""
        k = bisect_right(starts, time)
        if k and time < spans[k - 1][1]:
            return None
        return time - sum((end - start for start, end in spans[:k]), Fraction(0))

    def written(notes: Iterable[Note]) -> tuple[Note, ...]:
        return tuple(replace(n, onset=at) for n in notes if (at := earlier(n.onset)) is not None)

    def all_written(voices: Iterable[Voice]) -> tuple[Voice, ...]:
        return tuple(replace(voice, notes=written(voice.notes)) for voice in voices)

    second_times = {i for second in seconds for i in second}
    kept = [m for i, m in enumerate(result.score.measures) if i not in second_times]
    measures = tuple(replace(m, onset=at) for m in kept if (at := earlier(m.onset)) is not None)
    before = [sum(len(s) for s in seconds[:k]) for k in range(len(seconds))]
    repeats = tuple(
        range(r.start - gone, r.stop - gone) for r, gone in zip(result.repeats, before, strict=True)
    )
    score = replace(result.score, voices=all_written(result.score.voices), measures=measures, repeats=repeats)
    return replace(
        result,
        score=score,
        new=all_written(result.new),
        repeats=(),
        analysis=folded_analysis(result.analysis, earlier),
    )


def folded_analysis(
    analysis: Analysis | None, earlier: Callable[[Fraction], Fraction | None]
) -> Analysis | None:
    """The chords and cadences at the places where they are written. earlier: a time as it is written."""
    if analysis is None:
        return None
    chords = (replace(c, onset=at) for c in analysis.chords if (at := earlier(c.onset)) is not None)
    cadences = (replace(c, onset=at) for c in analysis.cadences if (at := earlier(c.onset)) is not None)
    return Analysis(tuple(chords), tuple(cadences))
