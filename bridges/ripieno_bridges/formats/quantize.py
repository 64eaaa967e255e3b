"""Played times -> times that notation can write, for scores from a keyboard or a sequencer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, groupby

from ripieno.piano.hands import hand_of
from ripieno.score import Note, Score, Voice

SIXTEENTH, TRIPLET, THIRTY_SECOND = Fraction(1, 4), Fraction(1, 3), Fraction(1, 8)
REACH = Fraction(1, 2)  # how far notes are moved at most when they are set apart
MAX_SET_APART = 4

Beat = tuple[Fraction, Fraction]  # a quarter counted from the barline, [onset, end)
Times = tuple[Fraction, Fraction]  # [onset, end) of a note
Points = list[Fraction]


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
    if all(writable(time, score) for note in notes for time in (note.onset, note.end)):
        return notes
    grids = choose_grids(notes, score)
    onsets = quantized_onsets([note.onset for note in notes], grids, score)
    moved: list[Note] = []
    for note, onset, following, limit in zip(
        notes, onsets, [*notes[1:], None], [*onsets[1:], None], strict=True
    ):
        if following is not None and limit is not None and note.end == following.onset:
            end = limit
        else:
            end = quantized_end(note, onset, limit, grids, score)
        moved.append(replace(note, onset=onset, duration=end - onset))
    return tuple(moved)


def writable(time: Fraction, score: Score) -> bool:
    """Whether a time is a whole number of 32nds or of triplet eighths after its barline, or the end."""
    into = time - score.measure_at(time).onset
    return time == score.duration or whole(into / THIRTY_SECOND) or whole(into / TRIPLET)


def whole(number: Fraction) -> bool:
    """Whether a number is an integer."""
    return number.denominator == 1


def beat_at(time: Fraction, score: Score) -> Beat:
    """The quarter that a time is in; the last one of a measure may be shorter."""
    measure = score.measure_at(time)
    onset = measure.onset + (time - measure.onset) // 1
    return onset, min(onset + 1, measure.end) if time < measure.end else onset + 1


def grid_points(beat: Beat, step: Fraction) -> Points:
    """The times of a beat in equal steps, its end included."""
    onset, end = beat
    count = -((onset - end) // step)
    return [*(onset + i * step for i in range(count)), end]


def nearest(time: Fraction, points: Iterable[Fraction]) -> Fraction:
    """The point nearest to a time, the earlier of two equally near."""
    return min(points, key=lambda point: (abs(point - time), point))


# -- onsets ---------------------------------------------------------------------------------------------


def choose_grids(notes: tuple[Note, ...], score: Score) -> dict[Beat, Points]:
    """For each beat in which a note starts or ends, the points that its onsets may go to."""
    onsets: dict[Beat, Points] = {}
    ends: dict[Beat, Points] = {}
    for note in notes:
        onsets.setdefault(beat_at(note.onset, score), []).append(note.onset)
        ends.setdefault(beat_at(note.end, score), []).append(note.end)
    grids: dict[Beat, Points] = {}
    for beat in {**onsets, **ends}:
        here = onsets.get(beat, [])
        grid = best_grid(beat, here, ends.get(beat, []))
        if beat[1] == score.duration:
            grid = grid[:-1]  # no note starts where the piece is over
        grids[beat] = sorted({*grid, *(time for time in here if writable(time, score))})
    return grids


def best_grid(beat: Beat, onsets: Points, ends: Points) -> Points:
    """16ths or triplet eighths, by the onsets and then by the ends; 32nds where they keep more apart."""

    def misfit(grid: Points) -> tuple[int, Fraction, Fraction]:
        met = len(onsets) - len({nearest(time, grid) for time in onsets})
        return met, distance(onsets, grid), distance(ends, grid)

    best = min((grid_points(beat, step) for step in (SIXTEENTH, TRIPLET)), key=misfit)
    return min(best, grid_points(beat, THIRTY_SECOND), key=lambda grid: misfit(grid)[0])


def distance(times: Points, grid: Points) -> Fraction:
    """How far the times are from the grid, together."""
    return sum((abs(nearest(time, grid) - time) for time in times), Fraction(0))


def quantized_onsets(onsets: Points, grids: dict[Beat, Points], score: Score) -> Points:
    """The onsets on their grids, as many as before and still one after the other.

    Nearest points keep the order, so only equal ones have to be set apart. A cluster that stays as it
    was keeps the order too: its onsets lie between the points to its left and right.
    """
    goals = [(nearest(time, grids[beat_at(time, score)]), time) for time in onsets]
    groups = [(point, [t for _, t in group]) for point, group in groupby(goals, key=lambda g: g[0])]
    result: Points = []
    for index, (point, times) in enumerate(groups):
        if len(times) == 1:
            result.append(point)
            continue
        low = result[-1] if result else Fraction(-1)
        high = score.duration
        if index + 1 < len(groups):
            following, played = groups[index + 1]
            high = min(following, played[0])
        room = [p for p in points_around(point, score) if low < p < high]
        result += set_apart(times, room)
    return result


def points_around(point: Fraction, score: Score) -> Points:
    """The 32nds to which a note at a point may be moved."""
    times = (point - REACH, point - THIRTY_SECOND, point, point + REACH)
    beats = {beat_at(time, score) for time in times if 0 <= time < score.duration}
    points = {p for beat in beats for p in grid_points(beat, THIRTY_SECOND)}
    return sorted(p for p in points if abs(p - point) <= REACH)


def set_apart(times: Points, room: Points) -> Points:
    """The times on different points with the least movement; as they are where that cannot be."""
    if len(times) > MAX_SET_APART:
        return times

    def movement(points: tuple[Fraction, ...]) -> Fraction:
        return sum((abs(p - t) for p, t in zip(points, times, strict=True)), Fraction(0))

    return list(min(combinations(room, len(times)), key=movement, default=times))


# -- ends -----------------------------------------------------------------------------------------------


def quantized_end(
    note: Note, onset: Fraction, limit: Fraction | None, grids: dict[Beat, Points], score: Score
) -> Fraction:
    """Where a note that now starts at ``onset`` ends: after it, and by ``limit``, the next onset."""
    end = note.end
    if not writable(end, score):
        beat = beat_at(end, score)
        end = nearest(end, [*grids[beat], beat[1], *([] if limit is None else [limit])])
    if end <= onset:
        end = note.end
        into = onset - score.measure_at(onset).onset
        step = next((step for step in (THIRTY_SECOND, TRIPLET) if whole(into / step)), None)
        if step:
            end = onset + step
        if onset < score.duration < end:
            end = score.duration
    return end if limit is None else min(end, limit)
