"""A voice -> written music: note values, dots, ties, triplets, rests and beams, measure by measure.

A sounding note becomes one written value or several tied ones, cut where a reader needs to see the beat.
The rules are those of engraving books (Gould, Behind Bars, chapters "Meter" and "Tuplets"), kept short:
a value may hide a beat only if it starts and ends on half beats; it may hide the middle of a measure only
if it starts and ends on beats; in compound meters it may hide nothing but whole beats. Rests hide less than
notes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from ripieno.errors import ScoreError
from ripieno.score import Measure, Meter, Note, Voice
from ripieno.theory.underlay import melisma_slur

# The plain values in quarters, and their names in MusicXML.
VALUES = {
    Fraction(8): "breve",
    Fraction(4): "whole",
    Fraction(2): "half",
    Fraction(1): "quarter",
    Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th",
    Fraction(1, 8): "32nd",
    Fraction(1, 16): "64th",
    Fraction(1, 32): "128th",
    Fraction(1, 64): "256th",
}
BEAMS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5, "256th": 6}
TRIPLET = Fraction(2, 3)  # three in the time of two


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """One written note or rest.

    onset: from the start of the measure, in quarters. note: the sounding note that it belongs to, None for a
    rest. first, last: is it the first, the last of that note's written values; between them stand ties.
    triplet: "" outside one, else "start", "inside" or "stop", or "alone" for the only value of one that a
    short measure cuts off. beams: for each beam, from the eighths' on, begin, continue, end, "forward hook"
    or "backward hook". slur: "start" or "stop" of the slur over a melisma.
    """

    onset: Fraction
    duration: Fraction
    value: str
    dots: int
    note: Note | None = None
    first: bool = True
    last: bool = True
    triplet: str = ""
    whole_measure: bool = False
    beams: tuple[str, ...] = ()
    slur: str = ""


def write_measure(voice: Voice, measure: Measure, *, pickup: bool = False) -> tuple[WrittenValue, ...]:
    """A voice's written notes and rests in one measure, from its start to its end without a gap.

    pickup: the measure is an upbeat, so its beats count back from its end.
    Raises ScoreError for times that are neither binary nor triplets.
    """
    sounding = notes_in(voice, measure)
    if not sounding:
        value = next((v for v in VALUES if v <= measure.duration), Fraction(1))
        return (WrittenValue(Fraction(0), measure.duration, VALUES[value], 0, whole_measure=True),)
    shift = measure.meter.length - measure.duration if pickup else Fraction(0)
    spans: list[tuple[Fraction, Fraction, Note | None]] = []
    time = measure.onset
    for note in sounding:
        start, end = max(note.onset, measure.onset), min(note.end, measure.end)
        if time < start:
            spans.append((time, start, None))
        spans.append((start, end, note))
        time = end
    if time < measure.end:
        spans.append((time, measure.end, None))
    inside = [(a - measure.onset + shift, b - measure.onset + shift, n) for a, b, n in spans]
    try:
        written = write_spans(inside, measure.meter)
    except UnwritableError as exc:
        # The note that cannot be written, not the place inside it at which no cut was found.
        time = max(start for start, _, _ in inside if start <= exc.time)
        number, beat = measure.number, f"{float(1 + time / measure.meter.beat):.4g}"
        fault = "its rhythm is neither straight nor in triplets; write it in simpler values"
        raise ScoreError(None, voice.name, number, fault, beat=beat) from exc
    written = mark_ties(written, measure, shift)
    written = [replace(w, onset=w.onset - shift) for w in add_beams(written, measure.meter)]
    return tuple(written if not any(n.lyrics for n in voice.notes) else add_slurs(written, voice))


def add_slurs(written: Sequence[WrittenValue], voice: Voice) -> Iterator[WrittenValue]:
    """The values with the slurs over melismas, from a note's first value to another's last."""
    for w in written:
        slur = "" if w.note is None else melisma_slur(voice, w.note)
        yield replace(w, slur=slur) if slur and (w.first if slur == "start" else w.last) else w


def notes_in(voice: Voice, measure: Measure) -> tuple[Note, ...]:
    """The notes that sound in a measure, also those that started before it."""
    start = bisect_right(voice.notes, measure.onset, key=lambda n: n.end)
    return voice.notes[start : bisect_left(voice.notes, measure.end, lo=start, key=lambda n: n.onset)]


class UnwritableError(Exception):
    """A time (in quarters from the start of the measure) that no value or triplet reaches."""

    def __init__(self, time: Fraction) -> None:
        self.time = time
        super().__init__(str(time))


Span = tuple[Fraction, Fraction, Note | None]


def write_spans(spans: Sequence[Span], meter: Meter) -> list[WrittenValue]:
    """Written values for spans that follow each other without a gap."""
    groups = triplet_groups(spans)
    out: list[WrittenValue] = []
    for start, end, note in spans:
        cuts = {t for group in groups for t in group if start < t < end}
        for a, b in pairwise([start, *sorted(cuts), end]):
            group = next((g for g in groups if g[0] <= a < g[1]), None)
            if group is None:
                out += straight_values(a, b, note, meter)
            else:
                out += triplet_values(a, b, note, group)
    return out


def triplet_groups(spans: Sequence[Span]) -> list[tuple[Fraction, Fraction]]:
    """[start, end) of each triplet: quarters, or pairs or halves of them, that have thirds in them."""
    times = sorted({t for start, end, _ in spans for t in (start, end)})
    groups: list[tuple[Fraction, Fraction]] = []
    for time in times:
        if time.denominator % 3 == 0 and not (groups and time < groups[-1][1]):
            free = groups[-1][1] if groups else times[0]
            groups.append(triplet_around(time, times, free))
    return [(max(a, times[0]), min(b, times[-1])) for a, b in groups]


def triplet_around(time: Fraction, times: Sequence[Fraction], free: Fraction) -> tuple[Fraction, Fraction]:
    """[start, end) of the triplet that ``time`` belongs to. free: where the triplet before it ends."""
    quarter = Fraction(int(time))
    # Three quarters in the time of two: nothing starts on the beat between them.
    for start in (quarter, quarter - 1):
        inside = [t for t in times if start < t < start + 2]
        fits = free <= start and start + 2 <= times[-1]
        if fits and inside and all(t - start in (TRIPLET, 2 * TRIPLET) for t in inside):
            return start, start + 2
    half = quarter + Fraction(1, 2)
    if half not in times:
        return quarter, quarter + 1
    return (quarter, half) if time < half else (half, quarter + 1)


def triplet_values(
    start: Fraction, end: Fraction, note: Note | None, group: tuple[Fraction, Fraction]
) -> list[WrittenValue]:
    """One value inside a triplet, or several, tied."""
    try:
        value, dots = plain_value((end - start) / TRIPLET, start)
    except UnwritableError:
        cut = next((t for t in triplet_cuts(start, group) if t < end), None)
        if cut is None:
            raise
        return [*triplet_values(start, cut, note, group), *triplet_values(cut, end, note, group)]
    marks = {(True, True): "alone", (True, False): "start", (False, True): "stop"}
    mark = marks.get((start == group[0], end == group[1]), "inside")
    return [WrittenValue(start, end - start, value, dots, note, triplet=mark)]


def triplet_cuts(start: Fraction, group: tuple[Fraction, Fraction]) -> Iterator[Fraction]:
    """The next places after ``start`` inside a triplet: of its thirds, then of ever smaller values."""
    for value in VALUES:
        yield group[0] + next_multiple(start - group[0], value * TRIPLET)


def plain_value(quarters: Fraction, time: Fraction) -> tuple[str, int]:
    """(value, dots) of a length that one written value has; UnwritableError for any other."""
    for dots, factor in ((0, Fraction(1)), (1, Fraction(3, 2))):
        if quarters / factor in VALUES:
            return VALUES[quarters / factor], dots
    raise UnwritableError(time)


def straight_values(start: Fraction, end: Fraction, note: Note | None, meter: Meter) -> list[WrittenValue]:
    """Cut [start, end) until every piece is one value that hides no beat that must be seen."""
    boundary = hidden_boundary(start, end, meter) if note is not None else rest_boundary(start, end, meter)
    if boundary is None:
        try:
            value, dots = plain_value(end - start, start)
        except UnwritableError:
            boundary = strongest_time(start, end, meter)
        else:
            return [WrittenValue(start, end - start, value, dots, note)]
    return [
        *straight_values(start, boundary, note, meter),
        *straight_values(boundary, end, note, meter),
    ]


def main_division(meter: Meter) -> Fraction | None:
    """Where a measure falls into two: its middle, after 2 beats of 5 and 4 of 7; else ``None``."""
    beats = meter.length / meter.beat
    odd = {Fraction(5): 2 * meter.beat, Fraction(7): 4 * meter.beat}
    return meter.length / 2 if beats % 2 == 0 and beats > 2 else odd.get(beats)


def hidden_boundary(start: Fraction, end: Fraction, meter: Meter) -> Fraction | None:
    """The time inside (start, end) that a reader must see, None where the value may hide them all."""
    beat, half = meter.beat, meter.beat / 2
    middle = main_division(meter)
    if start % beat == 0 and end % beat == 0:
        return None
    if middle is not None and start < middle < end:
        return middle
    crossed = next_multiple(start, beat)
    if crossed >= end:
        return None
    if beat.numerator == 3:
        return crossed
    return None if start % half == 0 and end % half == 0 else crossed


def rest_boundary(start: Fraction, end: Fraction, meter: Meter) -> Fraction | None:
    """The time inside (start, end) at which a rest must be cut, ``None`` where it need not be.

    A rest crosses the middle of the measure never, and a beat only if it starts and ends on beats. It has a
    dot only in compound meters, where it starts on a beat or is short.
    """
    beat, length = meter.beat, end - start
    middle = main_division(meter)
    if middle is not None and start < middle < end:
        return middle
    crossed = next_multiple(start, beat)
    on_beats = start % beat == 0 and end % beat == 0
    if crossed < end and not on_beats:
        return crossed
    if beat.numerator == 3:
        third = beat / 3
        return start + third if start % beat and start % third == 0 and length > third else None
    if length in VALUES and start % length == 0:
        return None
    # Short rests first where it starts between beats, long ones where it starts on one.
    units = sorted(v for v in VALUES if v < length)
    aligned = [start + v for v in units if start % v == 0]
    return aligned[-1] if aligned else None


def next_multiple(time: Fraction, unit: Fraction) -> Fraction:
    """The first multiple of ``unit`` after ``time``."""
    return (time // unit + 1) * unit


def strongest_time(start: Fraction, end: Fraction, meter: Meter) -> Fraction:
    """The strongest place inside (start, end) at which to cut; UnwritableError where there is none."""
    middle = main_division(meter)
    if middle is not None and start < middle < end:
        return middle
    units = [meter.beat, Fraction(4, meter.denominator)]
    units += [v for v in VALUES if v < units[-1]]
    for unit in units:
        time = next_multiple(start, unit)
        if start % unit == 0:
            time = max(time, next_multiple(end, unit) - (2 if end % unit == 0 else 1) * unit)
        if time < end:
            return time
    raise UnwritableError(start)


def mark_ties(written: Sequence[WrittenValue], measure: Measure, shift: Fraction) -> list[WrittenValue]:
    """Set ``first`` and ``last`` of each value: whether it begins, and whether it ends, its note."""
    out = []
    for w in written:
        if w.note is not None:
            start = measure.onset + w.onset - shift
            first = start == w.note.onset
            last = start + w.duration == w.note.end
            w = replace(w, first=first, last=last)
        out.append(w)
    return out


# -- beams -------------------------------------------------------------------------------------------------


def add_beams(written: Sequence[WrittenValue], meter: Meter) -> list[WrittenValue]:
    """Join the eighths and shorter notes of one beat under beams."""
    groups: list[list[int]] = []
    before: tuple[int, int] | None = None
    for i, w in enumerate(written):
        if w.note is None or w.value not in BEAMS:
            before = None
            continue
        here = beam_group(w.onset, meter)
        if before == (i - 1, here):
            groups[-1].append(i)
        else:
            groups.append([i])
        before = (i, here)
    out = list(written)
    for group in groups:
        if len(group) > 1:
            levels = [BEAMS[written[i].value] for i in group]
            for place, i in enumerate(group):
                out[i] = replace(out[i], beams=beams_at(levels, place))
    return out


def beam_group(time: Fraction, meter: Meter) -> int:
    """Which beam group of the measure a time lies in: a beat, or two eighths (the last three) in 5/8, 7/8."""
    if meter.denominator >= 8 and meter.numerator % 3:
        pair = Fraction(8, meter.denominator)
        return min(int(time / pair), meter.numerator // 2 - 1)
    return int(time / meter.beat)


def beams_at(levels: Sequence[int], place: int) -> tuple[str, ...]:
    """The beams of one note in a group. levels: how many beams each note of the group has."""
    beams = []
    for level in range(1, levels[place] + 1):
        left = place > 0 and levels[place - 1] >= level
        right = place + 1 < len(levels) and levels[place + 1] >= level
        if left and right:
            beams.append("continue")
        elif left or right:
            beams.append("end" if left else "begin")
        else:
            beams.append("backward hook" if place > 0 else "forward hook")
    return tuple(beams)
