"""A score as it is practised: at a tempo, after a count-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from ripieno.score import Measure, Meter, Score, Tempo
from ripieno_bridges.formats.practice.sung_parts import SungPart

USUAL_QPM = 120.0  # where a score has no tempo, as in MIDI files
MIN_QPM, MAX_QPM = 5.0, 1000.0


@dataclass(frozen=True, slots=True)
class TempoChange:
    """A change of a score's tempo: to a share of it, or to beats a minute at the beginning; one is ``None``.

    With beats a minute, later tempos change in proportion. A beat is the meter's: a dotted quarter in 6/8.
    """

    share: float | None = 1.0
    beats_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """A beat of the count-in, in quarters. first: of a measure."""

    onset: Fraction
    first: bool


@dataclass(frozen=True, slots=True)
class Performance:
    """A score with the measures of its count-in, which its notes come after; tempos as they are played.

    score: without voices; these are the parts. clicks: the beats of the count-in.
    """

    score: Score
    parts: tuple[SungPart, ...]
    clicks: tuple[Click, ...]

    @property
    def end(self) -> Fraction:
        """Where the last measure ends, or a note that sounds longer."""
        return max([self.score.duration, *(note.end for part in self.parts for note in part.notes)])

    def seconds_at(self, time: Fraction) -> float:
        """The time in seconds of a time in quarters."""
        ends = [tempo.onset for tempo in self.score.tempos[1:]]
        seconds = 0.0
        for tempo, end in zip(self.score.tempos, [*ends, None], strict=True):
            if time <= tempo.onset:
                break
            until = time if end is None else min(time, end)
            seconds += float(until - tempo.onset) * 60 / tempo.qpm
        return seconds


def perform(score: Score, parts: Sequence[SungPart], change: TempoChange, count_in: int) -> Performance:
    """The parts of a score after ``count_in`` measures that are counted, at its own tempos or others.

    The beats are those of the first full measure. A pickup is counted up to: in 4/4 one measure before a
    pickup of one quarter is seven clicks. Without a count-in the score begins at once. Fermatas are not held
    longer than they are written, so that everybody can count on.
    """
    measures, clicks, shift = score.measures, list[Click](), Fraction(0)
    meter = first_full_measure(score).meter
    if count_in:
        missing = max(meter.length - score.anacrusis, Fraction(0)) if score.anacrusis else Fraction(0)
        shift = count_in * meter.length + missing
        clicks = counted_beats(meter, count_in, missing)
        measures = with_counted_measures(measures, meter, count_in, missing)
    played = replace(score, measures=measures, tempos=played_tempos(score, change, shift), voices=())
    return Performance(played, tuple(part.moved(shift) for part in parts), tuple(clicks))


def first_full_measure(score: Score) -> Measure:
    """The measure after the pickup, or the only one."""
    return score.measures[1 if score.anacrusis and len(score.measures) > 1 else 0]


def counted_beats(meter: Meter, count_in: int, missing: Fraction) -> list[Click]:
    """The beats of full measures, and of the part of a measure that a pickup lacks."""
    clicks = []
    starts = [meter.length * i for i in range(count_in)]
    for start, length in [*((start, meter.length) for start in starts), (meter.length * count_in, missing)]:
        beat = Fraction(0)
        while beat < length:
            clicks.append(Click(start + beat, first=beat == 0))
            beat += meter.beat
    return clicks


def with_counted_measures(
    measures: tuple[Measure, ...], meter: Meter, count_in: int, missing: Fraction
) -> tuple[Measure, ...]:
    """The measures after those of a count-in; a pickup is completed to a full measure."""
    shift, key = count_in * meter.length + missing, measures[0].key
    counted = [Measure("0", i * meter.length, meter.length, meter, key) for i in range(count_in)]
    moved = [replace(measure, onset=measure.onset + shift) for measure in measures]
    if missing:
        onset, duration = moved[0].onset - missing, moved[0].duration + missing
        moved[0] = replace(moved[0], onset=onset, duration=duration)
    return (*counted, *moved)


def played_tempos(score: Score, change: TempoChange, shift: Fraction) -> tuple[Tempo, ...]:
    """The tempos as they are played, the first from the beginning of the count-in on."""
    written = score.tempos or (Tempo(Fraction(0), USUAL_QPM),)
    written = (replace(written[0], onset=Fraction(0)), *written[1:])
    # Of several at one time the last holds.
    written = (*(a for a, b in pairwise(written) if a.onset < b.onset), written[-1])
    share = change.share
    if share is None:
        assert change.beats_per_minute is not None, "a share or a number of beats"
        beat = first_full_measure(score).meter.beat
        share = change.beats_per_minute * float(beat) / written[0].qpm
    return tuple(
        Tempo(tempo.onset + shift if i else Fraction(0), min(max(tempo.qpm * share, MIN_QPM), MAX_QPM))
        for i, tempo in enumerate(written)
    )
