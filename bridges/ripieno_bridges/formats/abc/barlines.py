"""Barlines that voices do not share: measures of one length in all voices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from ripieno_bridges.formats.abc.events import AbcEvent, AbcMeasure, AbcVoice, Barline


def align_barlines(voices: Sequence[AbcVoice]) -> list[str]:
    """Give all voices the same measures where they have the same length; returns remarks.

    Voices of one length whose barlines differ get those that at least half of them have; a note over such a
    barline becomes two, tied. Voices of different lengths stay as they are: the shorter one rests.
    """
    lengths = [[measure.length for measure in voice.measures] for voice in voices]
    if all(length == lengths[0] for length in lengths):
        return []
    layered = any(len(measure.layers) > 1 for voice in voices for measure in voice.measures)
    if layered or len({sum(length) for length in lengths}) > 1:
        return [unequal(voices, lengths)]
    times = [list(accumulate(length)) for length in lengths]
    counts = Counter(time for row in times for time in row)
    kept = sorted(time for time, count in counts.items() if 2 * count >= len(voices))
    remarks = []
    for voice, row in zip(voices, times, strict=True):
        if row != kept:
            odd = next(time for time in [*row, *kept] if (time in row) != (time in kept))
            what = "without a barline that the other voices have"
            if odd in row:
                what = "with a barline that the other voices do not have"
            place = voice.measures[sum(time < odd for time in row)]
            remarks.append(f"voice {voice.id}, line {place.line}: {what}; it was written as in those")
    models = {time: source for source, row in zip(voices, times, strict=True) for time in row for _ in [0]}
    bars = {
        time: bar_at(voice, row, time)
        for time, voice in models.items()
        for row in [times[voices.index(voice)]]
    }
    for voice, row in zip(voices, times, strict=True):
        if row != kept:
            rebar(voice, kept, bars)
    return remarks


def unequal(voices: Sequence[AbcVoice], lengths: Sequence[Sequence[Fraction]]) -> str:
    """The remark on voices of different lengths: where the first difference is."""
    for number in range(max(len(row) for row in lengths)):
        here = [row[number] if number < len(row) else Fraction(0) for row in lengths]
        if len(set(here)) > 1:
            usual = Counter(here).most_common(1)[0][0]
            odd = next(i for i, length in enumerate(here) if length != usual)
            if number < len(voices[odd].measures):
                place = f"line {voices[odd].measures[number].line}"
            else:
                place = "at its end"
            said = f"{quarters(here[odd])} long, and the other voices {quarters(usual)}"
            return f"voice {voices[odd].id}, {place}: measure {number + 1} is {said}; the shorter ones rest"
    raise AssertionError("voices of one length")


def quarters(length: Fraction) -> str:
    """A length in words: "3 quarters"."""
    return "1 quarter" if length == 1 else f"{float(length):g} quarters"


def bar_at(voice: AbcVoice, times: Sequence[Fraction], time: Fraction) -> tuple[Barline, Barline]:
    """(the barline at a time, the left one of the measure that follows)."""
    index = times.index(time)
    following = voice.measures[index + 1].left if index + 1 < len(voice.measures) else Barline()
    return voice.measures[index].right, following


def rebar(voice: AbcVoice, kept: Sequence[Fraction], bars: dict[Fraction, tuple[Barline, Barline]]) -> None:
    """Write a voice's measures anew, with barlines at these times. bars: what they look like."""
    first = voice.measures[0]
    meters = {measure.line: measure.meter for measure in voice.measures}
    measures: list[AbcMeasure] = [AbcMeasure(first.meter, first.line, first.column, left=first.left)]
    events = [event for measure in voice.measures for event in measure.layers[0]]
    time, ends = Fraction(0), iter(kept)
    end = next(ends)
    while events:
        event = events.pop(0)
        if time >= end:
            right, left = bars[end]
            measures[-1].right = right
            meter = meters.get(event.line, measures[-1].meter)
            measures.append(AbcMeasure(meter, event.line, event.column, left=left))
            end = next(ends)
        if time + event.duration > end:
            event, rest = split_event(event, end - time)
            events.insert(0, rest)
        measures[-1].layers[0].append(event)
        time += event.duration
    measures[-1].right = bars[end][0]
    voice.measures = measures


def split_event(event: AbcEvent, duration: Fraction) -> tuple[AbcEvent, AbcEvent]:
    """An event as two, tied, the first of this duration. Words and marks stay with the first."""
    share = event.length * duration / event.duration
    before = replace(event, length=share, beamed=False, slur_ends=[], full_measure=False)
    before.notes = [replace(note, tie=True) for note in event.notes]
    after = AbcEvent(event.length - share, event.line, event.column, tuplet=event.tuplet, hidden=event.hidden)
    after.notes = [replace(note, tied=True, shown=False) for note in event.notes]
    after.slur_ends, after.beamed = event.slur_ends, event.beamed
    return before, after
