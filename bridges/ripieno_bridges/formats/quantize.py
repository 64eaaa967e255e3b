"""Played times -> times that notation can write, for scores from a keyboard or a sequencer.

The times of a voice are counted in parts of a quarter that make all of them whole numbers; with fractions a
performance of 16 000 notes would take seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, groupby
from math import lcm

from ripieno.piano.hands import hand_of
from ripieno.score import Note, Score, Voice

MAX_PARTS = 2**64  # of a quarter; where times need more, all stay fractions
REACH = Fraction(1, 2)  # how far notes are moved at most when they are set apart
MAX_SET_APART = 4

Time = int | Fraction  # in parts of a quarter
Beat = tuple[Time, Time]  # a quarter counted from the barline, [onset, end)
Times = tuple[Fraction, Fraction]  # [onset, end) of a note
Points = list[Time]


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """The barlines, and the values that can be written, in parts of a quarter.

    parts: of a quarter. onsets: of the measures. duration: of the piece.
    """

    parts: Time
    onsets: Points
    duration: Time
    thirty_second: Time
    sixteenth: Time
    triplet: Time

    def time(self, quarters: Fraction) -> Time:
        """A time in quarters as parts of them."""
        return in_parts(quarters, self.parts)

    def measure_index(self, time: Time) -> int:
        """The measure that a time is in; the last one for times past the end."""
        return bisect_right(self.onsets, time) - 1

    def writable(self, time: Time) -> bool:
        """Whether a time is a whole number of 32nds or of triplet eighths after its barline, or the end."""
        into = time - self.onsets[self.measure_index(time)]
        return time == self.duration or not into % self.thirty_second or not into % self.triplet

    def beat_at(self, time: Time) -> Beat:
        """The quarter that a time is in; the last one of a measure may be shorter."""
        index = self.measure_index(time)
        start = self.onsets[index]
        end = self.onsets[index + 1] if index + 1 < len(self.onsets) else self.duration
        onset = start + (time - start) // self.parts * self.parts
        return onset, min(onset + self.parts, end) if time < end else onset + self.parts


def in_parts(quarters: Fraction, parts: Time) -> Time:
    """A time in quarters as parts of them; a whole number where the parts are one."""
    if isinstance(parts, int):
        return quarters.numerator * (parts // quarters.denominator)
    return quarters


def time_frame(score: Score, times: Sequence[Fraction]) -> TimeFrame:
    """The frame of a score in which these times are whole numbers, unless that takes too many parts."""
    parts = lcm(24, *{time.denominator for time in times}, *{m.end.denominator for m in score.measures})
    unit: Time = parts if parts <= MAX_PARTS else Fraction(1)
    values = [in_parts(Fraction(1, n), unit) for n in (8, 4, 3)]
    onsets = [in_parts(measure.onset, unit) for measure in score.measures]
    return TimeFrame(unit, onsets, in_parts(score.duration, unit), *values)


def quantized(score: Score) -> tuple[Score, int]:
    """(the score with its notes on times that can be written, how many were moved or changed in length).

    Whole 32nds and thirds of a quarter, counted from the barline, can be written and stay. Another onset
    goes to the nearest 16th or triplet eighth, whichever fits the voice's onsets in that beat better.
    Two that would meet are set a 32nd apart; a cluster without room for that stays as it was played. An
    end goes to the nearest such time or to the next onset. No note is lost, joined to another or made to
    overlap one, and the measures stay. The further lines of a hand go with its first, so chords stay chords.
    """
    voices: list[Voice] = []
    moved = 0
    rhythms: dict[str, dict[Times, Note]] = {}  # by hand: where the notes of its first line went
    for voice in score.voices:
        hand = hand_of(voice.name)
        notes = in_step(voice.notes, rhythms.get(hand or "", {}))
        if notes is None:
            notes = quantized_notes(voice.notes, score)
        if hand:
            goals = {times(a): b for a, b in zip(voice.notes, notes, strict=True)}
            rhythms.setdefault(hand, goals)
        moved += sum(before != after for before, after in zip(voice.notes, notes, strict=True))
        voices.append(replace(voice, notes=notes))
    return replace(score, voices=tuple(voices)), moved


def times(note: Note) -> Times:
    """A note's onset and end."""
    return note.onset, note.end


def in_step(notes: tuple[Note, ...], rhythm: dict[Times, Note]) -> tuple[Note, ...] | None:
    """The notes at the times to which those of another line went; ``None`` where one has times of its own."""
    goals = [rhythm.get(times(note)) for note in notes]
    if not all(goals):
        return None
    return tuple(
        replace(note, onset=goal.onset, duration=goal.duration)
        for note, goal in zip(notes, goals, strict=True)
        if goal
    )


def quantized_notes(notes: tuple[Note, ...], score: Score) -> tuple[Note, ...]:
    """One voice's notes at times that can be written."""
    frame = time_frame(score, [time for note in notes for time in times(note)])
    spans = [(frame.time(note.onset), frame.time(note.end)) for note in notes]
    if all(frame.writable(time) for span in spans for time in span):
        return notes
    grids = choose_grids(spans, frame)
    onsets = quantized_onsets([onset for onset, _ in spans], grids, frame)
    moved: list[Note] = []
    for i, (note, span) in enumerate(zip(notes, spans, strict=True)):
        onset, limit = onsets[i], onsets[i + 1] if i + 1 < len(onsets) else None
        if limit is not None and span[1] == spans[i + 1][0]:
            end = limit
        else:
            end = quantized_end(span[1], onset, limit, grids, frame)
        moved.append(note if (onset, end) == span else at_time(note, onset, end, frame))
    return tuple(moved)


def at_time(note: Note, onset: Time, end: Time, frame: TimeFrame) -> Note:
    """The note on [onset, end), in parts of a quarter."""
    return replace(note, onset=Fraction(onset, frame.parts), duration=Fraction(end - onset, frame.parts))


def grid_points(beat: Beat, step: Time) -> Points:
    """The times of a beat in equal steps, its end included."""
    onset, end = beat
    count = -((onset - end) // step)
    return [*(onset + i * step for i in range(count)), end]


def nearest(time: Time, points: Points) -> Time:
    """The point nearest to a time, the earlier of two equally near. points: sorted."""
    after = bisect_left(points, time)
    if after == len(points):
        return points[-1]
    before = points[max(after - 1, 0)]
    return before if time - before <= points[after] - time else points[after]


def gap(one: Time, other: Time) -> Time:
    """How far two times are from each other."""
    return one - other if other < one else other - one


# -- onsets ---------------------------------------------------------------------------------------------


def choose_grids(spans: Sequence[Beat], frame: TimeFrame) -> dict[Beat, Points]:
    """For each beat in which a note starts or ends, the points that its onsets may go to.

    spans: the notes, [onset, end).
    """
    onsets: dict[Beat, Points] = {}
    ends: dict[Beat, Points] = {}
    for onset, end in spans:
        onsets.setdefault(frame.beat_at(onset), []).append(onset)
        ends.setdefault(frame.beat_at(end), []).append(end)
    grids: dict[Beat, Points] = {}
    for beat in {**onsets, **ends}:
        here = onsets.get(beat, [])
        grid = best_grid(beat, here, ends.get(beat, []), frame)
        if beat[1] == frame.duration:
            grid = grid[:-1]  # no note starts where the piece is over
        grids[beat] = sorted({*grid, *(time for time in here if frame.writable(time))})
    return grids


def best_grid(beat: Beat, onsets: Points, ends: Points, frame: TimeFrame) -> Points:
    """16ths or triplet eighths, by the onsets and then by the ends; 32nds where they keep more apart."""

    def misfit(grid: Points) -> tuple[int, Time, Time]:
        met = len(onsets) - len({nearest(time, grid) for time in onsets})
        return met, distance(onsets, grid), distance(ends, grid)

    best = min((grid_points(beat, step) for step in (frame.sixteenth, frame.triplet)), key=misfit)
    return min(best, grid_points(beat, frame.thirty_second), key=lambda grid: misfit(grid)[0])


def distance(times: Points, grid: Points) -> Time:
    """How far the times are from the grid, together."""
    return sum((gap(nearest(time, grid), time) for time in times), 0)


def quantized_onsets(onsets: Points, grids: dict[Beat, Points], frame: TimeFrame) -> Points:
    """The onsets on their grids, as many as before and still one after the other.

    Nearest points keep the order, so only equal ones have to be set apart. A cluster that stays as it
    was keeps the order too: its onsets lie between the points to its left and right.
    """
    goals = [(nearest(time, grids[frame.beat_at(time)]), time) for time in onsets]
    groups = [(point, [t for _, t in group]) for point, group in groupby(goals, key=lambda g: g[0])]
    result: Points = []
    for index, (point, times) in enumerate(groups):
        if len(times) == 1:
            result.append(point)
            continue
        low: Time = result[-1] if result else -1
        high = frame.duration
        if index + 1 < len(groups):
            following, played = groups[index + 1]
            high = min(following, played[0])
        room = [p for p in points_around(point, frame) if low < p < high]
        result += set_apart(times, room)
    return result


def points_around(point: Time, frame: TimeFrame) -> Points:
    """The 32nds to which a note at a point may be moved."""
    reach, step = frame.time(REACH), frame.thirty_second
    times = (point - reach, point - step, point, point + reach)
    beats = {frame.beat_at(time) for time in times if 0 <= time < frame.duration}
    points = {p for beat in beats for p in grid_points(beat, step)}
    return sorted(p for p in points if gap(p, point) <= reach)


def set_apart(times: Points, room: Points) -> Points:
    """The times on different points with the least movement; as they are where that cannot be."""
    if len(times) > MAX_SET_APART:
        return times

    def movement(points: tuple[Time, ...]) -> Time:
        return sum((gap(p, t) for p, t in zip(points, times, strict=True)), 0)

    return list(min(combinations(room, len(times)), key=movement, default=times))


# -- ends -----------------------------------------------------------------------------------------------


def quantized_end(
    played: Time, onset: Time, limit: Time | None, grids: dict[Beat, Points], frame: TimeFrame
) -> Time:
    """Where a note that now starts at ``onset`` ends: after it, and by ``limit``, the next onset.

    played: where it ended.
    """
    end = played
    if not frame.writable(end):
        beat = frame.beat_at(end)
        end = nearest(end, sorted([*grids[beat], beat[1], *([] if limit is None else [limit])]))
    if end <= onset:
        end = played
        into = onset - frame.onsets[frame.measure_index(onset)]
        step = next((step for step in (frame.thirty_second, frame.triplet) if not into % step), None)
        if step:
            end = onset + step
        if onset < frame.duration < end:
            end = frame.duration
    return end if limit is None else min(end, limit)
