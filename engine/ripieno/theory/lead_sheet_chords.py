"""The chords that a lead sheet shows: far fewer than an analysis of four voices names."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from ripieno.harmony.asked_chord import AskedChord
from ripieno.results import Analysis, ChordLabel
from ripieno.score import Score
from ripieno.theory.beat_sounds import beat_spans, chord_spans


def lead_sheet_chords(
    analysis: Analysis, score: Score, asked: Sequence[AskedChord] = ()
) -> tuple[ChordLabel, ...]:
    """The chords of a lead sheet, one a change and, but for those that are asked for, at most one a beat.

    Left out: a chord that holds on no beat and leads to no close, another inversion of the chord before, and
    a neighbour of it (see ``is_neighbour``). In a stretch that is asked for, the asked chord stands as the
    user has it, and nothing else.
    """
    own = list(asked_chords(analysis, score, asked))
    labels = sorted([*free_chords(analysis, score, asked), *own], key=lambda label: label.onset)
    chords = without_repeats(labels, own)
    neighbours = [
        label
        for before, label, after in zip(chords, chords[1:], chords[2:], strict=False)
        if label not in own and is_neighbour(before, label, after, analysis, score)
    ]
    return tuple(without_repeats([label for label in chords if label not in neighbours], own))


def without_repeats(labels: Iterable[ChordLabel], own: Sequence[ChordLabel] = ()) -> list[ChordLabel]:
    """The chords that are others than before, not only on another bass.

    A chord that is also heard in root position, before the next one, stands so. own: chords that are asked
    for, which stay as they are, and for which the bass counts.
    """
    found: list[ChordLabel] = []
    for label in labels:
        before = found[-1] if found else None
        if before is None or (label.symbol != before.symbol if label in own else is_change(before, label)):
            found.append(label)
        elif before not in own and label.symbol.bass is None:
            found[-1] = replace(label, onset=before.onset, measure=before.measure, beat=before.beat)
    return found


def is_neighbour(
    before: ChordLabel, label: ChordLabel, after: ChordLabel, analysis: Analysis, score: Score
) -> bool:
    """Whether a chord only comes between a chord and its return in one measure, and the melody needs it not.

    It does not last longer than a beat, the melody has the chord around it, and no phrase closes with it.
    """
    measure = score.measure_at(label.onset)
    melody = next(voice for voice in score.voices if voice.notes)
    held = {note.pitch % 12 for note in melody.notes if note.onset < after.onset and note.end > label.onset}
    return (
        not is_change(before, after)
        and measure.onset < label.onset
        and after.onset < measure.end
        and after.onset - label.onset <= measure.meter.beat
        and held <= before.symbol.pitch_classes
        and all(cadence.onset not in (label.onset, after.onset) for cadence in analysis.cadences)
    )


def free_chords(analysis: Analysis, score: Score, asked: Sequence[AskedChord]) -> Iterator[ChordLabel]:
    """The chord on each beat that no asked chord covers, and before closes."""
    beats = [start for start, _ in beat_spans(score.measures) if is_on_beat(score, start)]
    ends = [chord.end for chord in asked if chord.end < score.duration]
    for time in sorted({*beats, *ends, *before_closes(analysis, score)}):
        label = analysis.chord_at(time)
        if label is not None and not covers(asked, time):
            yield moved_to(label, time, score)


def before_closes(analysis: Analysis, score: Score) -> Iterator[Fraction]:
    """When the chords begin that phrases close from, on half beats too in meters that count half notes."""
    spans = {start for start, _ in chord_spans(score.measures)}
    for cadence in analysis.cadences:
        index = bisect_left(analysis.chords, cadence.onset, key=lambda chord: chord.onset) - 1
        if index >= 0 and analysis.chords[index].onset in spans:
            yield analysis.chords[index].onset


def asked_chords(analysis: Analysis, score: Score, asked: Sequence[AskedChord]) -> Iterator[ChordLabel]:
    """The chords that are asked for, as the user wrote them."""
    for chord in asked:
        label = analysis.chord_at(chord.onset)
        if label is not None:
            yield replace(moved_to(label, chord.onset, score), symbol=chord.symbol or label.symbol)


def covers(asked: Sequence[AskedChord], time: Fraction) -> bool:
    """Whether one of the asked chords, in order, holds at a time."""
    index = bisect_right(asked, time, key=lambda chord: chord.onset) - 1
    return index >= 0 and time < asked[index].end


def is_on_beat(score: Score, time: Fraction) -> bool:
    """Whether a span of the meter begins there: an upbeat of less than a beat begins between two."""
    measure = score.measure_at(time)
    return measure is not score.measures[0] or (measure.end - time) % measure.meter.beat == 0


def is_change(before: ChordLabel, label: ChordLabel) -> bool:
    """Whether a chord is another one than before, and not only on another bass."""
    return replace(before.symbol, bass=None) != replace(label.symbol, bass=None)


def moved_to(label: ChordLabel, time: Fraction, score: Score) -> ChordLabel:
    """The chord from another time on."""
    measure, beat = score.place(time)
    return replace(label, onset=time, measure=measure, beat=float(beat))
