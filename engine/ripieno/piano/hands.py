"""Arrange notes for two hands on a piano: choose the hand for each note, and give each hand one rhythm."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from ripieno.piano.lines import separate_strikes
from ripieno.score import SIXTEENTH, Note, Score, Voice

RIGHT, LEFT, MELODY = "right hand", "left hand", "melody"
NAME = re.compile(rf"({RIGHT}|{LEFT})(?: [1-9]\d*)?")
FINGERS, OCTAVE, REACH = 5, 12, 16  # a tenth is 16 semitones at most
EIGHTH, QUARTER = Fraction(1, 2), Fraction(1)
PLAIN = {Fraction(2) ** power * dot for power in range(-4, 4) for dot in (Fraction(1), Fraction(3, 2))}

# The split is the lowest key that the right hand may strike. Its costs were tuned on 17 rags: 98 notes of 100
# come to the staff where they are printed. The unit is the cost of one semitone beyond an octave in one hand.
SPLITS = range(36, 85)
USUAL_SPLIT = 62
FAR = 0.1  # for each semitone away from the usual split
MOVE = 0.4  # for each semitone that the split moves from one onset to the next
CLOSE, NEAR = 7, 0.2  # for each semitone by which the keys on both sides of the split are nearer than a fifth
CUT = 8.0  # for each quarter by which a held note is cut short because its hand plays on
LONGEST_CUT = 1.0  # quarters; a longer cut costs no more
BEYOND = 100.0  # for a span beyond the reach of a hand, and for each note more than its fingers

Chord = tuple[Note, ...]  # notes that start together, from low to high


def hand_of(name: str) -> str | None:
    """The hand to which a voice of this name belongs: "right hand" or "left hand", else ``None``."""
    found = NAME.fullmatch(name)
    return found[1] if found else None


def hands(notes: Iterable[Note], score_frame: Score, *, melody: Voice | None = None) -> tuple[Voice, ...]:
    """The notes as lines called "right hand", "right hand 2", ..., "left hand", "left hand 2", ...

    A hand's first line has its highest notes and its whole rhythm; the further lines have the notes of its
    chords below, from high to low, each with an onset and a duration of the first. Both first lines are
    always there, empty where the hand rests. score_frame: only its measures are read. melody: a line that
    somebody else plays; it is returned first and unchanged as "melody". Notes above it stay in the right
    hand.

    Onsets and pitches stay. These things change:

    - The notes of a chord get one duration, the longest of them, but end with their hand's next onset. A gap
      of at most an eighth before that onset is filled (an eighth's rest on a downbeat stays), and a longer
      one from where it starts to the next beat or eighth; a rest of a quarter or more is never lost.
    - A chord ends where the other hand or the melody strikes one of its keys.
    - Where a hand lacks the reach or the fingers for a chord, notes that double another of it are left out.
      So are the shorter of two notes that strike one key at once, and notes on a key that the melody sounds.
    - A note without a spelling gets that of its measure's key.
    """
    chords = by_onset(without_doubles(separate_strikes(notes), melody))
    right: list[Chord] = []
    left: list[Chord] = []
    for chord, split in zip(chords, splits(chords), strict=True):
        upper = tuple(n for n in chord if n.pitch >= split)
        lower = tuple(n for n in chord if n.pitch < split)
        if upper:
            right.append(within_reach(upper, upper[-1]))
        if lower:
            left.append(within_reach(lower, lower[0]))
    strikes: dict[int, list[Fraction]] = {}
    struck = [n for chord in right + left for n in chord] + list(melody.notes if melody else ())
    for note in sorted(struck, key=lambda n: n.onset):
        strikes.setdefault(note.pitch, []).append(note.onset)
    voices = [Voice(MELODY, melody.notes)] if melody else []
    for name, played in ((RIGHT, right), (LEFT, left)):
        voices += chord_lines(in_rhythm(played, strikes, score_frame), name)
    return tuple(voices)


def without_doubles(notes: list[Note], melody: Voice | None) -> list[Note]:
    """The notes without those on a key that the melody sounds at their onset."""
    lines = melody.notes if melody else ()
    starts = [n.onset for n in lines]
    kept = []
    for note in notes:
        sung = lines[bisect_right(starts, note.onset) - 1] if starts and starts[0] <= note.onset else None
        if sung is None or sung.pitch != note.pitch or sung.end <= note.onset:
            kept.append(note)
    return kept


def by_onset(notes: Iterable[Note]) -> list[Chord]:
    """Groups of notes that start together, by onset, each from low to high."""
    groups: dict[Fraction, list[Note]] = {}
    for note in sorted(notes, key=lambda n: (n.onset, n.pitch)):
        groups.setdefault(note.onset, []).append(note)
    return [tuple(group) for group in groups.values()]


# -- which hand -------------------------------------------------------------------------------------------


def divide_hands(notes: Iterable[Note]) -> tuple[list[Note], list[Note]]:
    """(the right hand's notes, the left hand's notes), by onset, then from low to high, unchanged."""
    chords = by_onset(notes)
    right: list[Note] = []
    left: list[Note] = []
    for chord, split in zip(chords, splits(chords), strict=True):
        right += [note for note in chord if note.pitch >= split]
        left += [note for note in chord if note.pitch < split]
    return right, left


def splits(chords: Sequence[Chord]) -> list[int]:
    """For each chord the lowest key of the right hand: the cheapest path through all splits (Viterbi)."""
    totals = [0.0] * len(SPLITS)
    sources: list[list[int]] = []
    held: list[Note] = []
    for chord in chords:
        onset = chord[0].onset
        held = [n for n in held if n.end > onset]
        reached_from, origin = cheapest_moves(totals)
        sources.append(origin)
        totals = [a + b for a, b in zip(reached_from, split_costs(chord, held), strict=True)]
        held += chord
    place = min(range(len(SPLITS)), key=totals.__getitem__)
    path = []
    for origin in reversed(sources):
        path.append(SPLITS[place])
        place = origin[place]
    return path[::-1]


def cheapest_moves(totals: list[float]) -> tuple[list[float], list[int]]:
    """(the least cost of reaching each split, the index in ``SPLITS`` from which to come).

    totals: the cost of each split at the onset before.
    """
    costs, origin = list(totals), list(range(len(totals)))
    for places, step in ((range(1, len(costs)), -1), (range(len(costs) - 2, -1, -1), 1)):
        for place in places:
            if costs[place + step] + MOVE < costs[place]:
                costs[place], origin[place] = costs[place + step] + MOVE, origin[place + step]
    return costs, origin


def split_costs(chord: Chord, held: Sequence[Note]) -> list[float]:
    """The cost of each split at one onset. held: the notes that sound on from before."""
    onset = chord[0].onset
    new = [n.pitch for n in chord]
    old = sorted((n.pitch, min(float(n.end - onset), LONGEST_CUT)) for n in held)
    keys = sorted([*new, *(pitch for pitch, _ in old)])
    known: dict[int, float] = {}  # by the number of keys below the split, on which alone it depends
    costs = []
    for split in SPLITS:
        below = bisect_left(keys, split)
        if below not in known:
            cut = bisect_left(new, split)
            known[below] = hand_cost(new[:cut]) + hand_cost(new[cut:])
            if 0 < below < len(keys):
                known[below] += NEAR * max(0, CLOSE - (keys[below] - keys[below - 1]))
            shortened = [rest for pitch, rest in old if (cut > 0 if pitch < split else cut < len(new))]
            known[below] += CUT * max(shortened, default=0.0)
        costs.append(known[below] + FAR * abs(split - USUAL_SPLIT))
    return costs


def hand_cost(pitches: Sequence[int]) -> float:
    """The cost of playing these keys with one hand. pitches: from low to high."""
    if not pitches:
        return 0.0
    span = pitches[-1] - pitches[0]
    cost = max(0, span - OCTAVE) + BEYOND * max(0, len(pitches) - FINGERS)
    return cost + (BEYOND if span > REACH else 0.0)


def within_reach(chord: Chord, anchor: Note) -> Chord:
    """The chord without the doublings that one hand cannot play. anchor: the outer note, which stays."""
    kept = list(chord)
    while True:
        many = len(kept) > FINGERS
        spare = [
            n
            for n in kept
            if n != anchor
            and (many or abs(n.pitch - anchor.pitch) > REACH)
            and sum(n.pitch % 12 == other.pitch % 12 for other in kept) > 1
        ]
        if not spare:
            return tuple(kept)
        kept.remove(max(spare, key=lambda n: abs(n.pitch - anchor.pitch)))


# -- one rhythm -------------------------------------------------------------------------------------------


def in_rhythm(chords: Sequence[Chord], strikes: dict[int, list[Fraction]], frame: Score) -> list[Chord]:
    """One hand's chords, each with one duration. strikes: the onsets on each key, hands and melody."""
    onsets = [chord[0].onset for chord in chords]
    played = []
    for i, chord in enumerate(chords):
        onset, end = onsets[i], max(n.end for n in chord)
        following = onsets[i + 1] if i + 1 < len(chords) else max(frame.duration, end)
        end = filled_end(onset, min(end, following), following, frame)
        for note in chord:
            times = strikes[note.pitch]
            end = min([end, *times[bisect_right(times, onset) :][:1]])
        key = frame.measure_at(onset).key
        played.append(
            tuple(replace(n, duration=end - onset, spelling=n.spelling or key.spell(n.pitch)) for n in chord)
        )
    return played


def filled_end(onset: Fraction, end: Fraction, following: Fraction, frame: Score) -> Fraction:
    """The end of a chord on [onset, end), extended so that no short rest comes before ``following``."""
    gap = following - end
    measure = frame.measure_at(end)
    if gap <= SIXTEENTH or (gap <= EIGHTH and end != measure.onset):
        return following
    beat = next_multiple(end, measure.meter.beat, frame)
    if gap < QUARTER and following - beat <= SIXTEENTH:
        return following
    if beat - onset in PLAIN and (gap < QUARTER or following - beat >= QUARTER):
        return beat
    return min(next_multiple(end, EIGHTH, frame), following)


def next_multiple(time: Fraction, unit: Fraction, frame: Score) -> Fraction:
    """The first time from ``time`` on that is a multiple of ``unit`` after the barline.

    In a pickup it counts from where the full measure would start.
    """
    measure = frame.measure_at(time)
    missing = measure.meter.length - measure.duration if measure == frame.measures[0] else Fraction(0)
    start = measure.onset - max(missing, Fraction(0))
    there = start - (start - time) // unit * unit
    return min(there, measure.end) if time < measure.end else there


def chord_lines(chords: Sequence[Chord], name: str) -> list[Voice]:
    """The chords as lines, the highest notes first; one line at least."""
    count = max((len(chord) for chord in chords), default=1)
    lines: list[list[Note]] = [[] for _ in range(count)]
    for chord in chords:
        for line, note in zip(lines, reversed(chord), strict=False):
            line.append(note)
    return [Voice(name if i == 1 else f"{name} {i}", tuple(line)) for i, line in enumerate(lines, 1)]
