"""A left hand for the piano from chords: walking and boogie basses, stride, shells and so on.

The blues and the lead sheets share it. Everything lies on sixteenths where the chords do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, pairwise
from typing import TypeVar

import numpy as np

from ripieno.score import Measure, Note
from ripieno.theory.chords import Chord

T = TypeVar("T")
Chance = np.random.Generator
Values = list[tuple[Fraction, Fraction]]  # onset and duration of each note or chord, in quarters
Voicing = tuple[int, ...]  # pitches of a chord, lowest first

STRAIGHT, SHUFFLE = Fraction(1, 2), Fraction(3, 4)  # where in its beat the second eighth falls
QUARTER = Fraction(1)


@dataclass(frozen=True, slots=True)
class Change:
    """A chord on [onset, end), in quarters."""

    onset: Fraction
    end: Fraction
    chord: Chord


def pick(options: Sequence[T], chance: Chance) -> T:
    """One of the options, all equally likely."""
    return options[int(chance.integers(len(options)))]


# -- chords under the fingers ------------------------------------------------------------------------------


def inversions(ups: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """All close positions of some intervals above a root: (4, 7, 10), (7, 10, 16), (10, 16, 19)."""
    return tuple((*ups[i:], *(up + 12 for up in ups[:i])) for i in range(len(ups)))


def full_shapes(kind: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """A triad, or a seventh chord without its root, in its close positions."""
    return inversions(kind if len(kind) > 2 else (0, *kind))


def guide_shapes(kind: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The guide tones, third and seventh, in both positions; root and third of a triad."""
    return inversions((kind[0], kind[2]) if len(kind) > 2 else (0, kind[0]))


def nearest_voicing(
    root: int, shapes: Sequence[tuple[int, ...]], before: Voicing, low: int, high: int, chance: Chance
) -> Voicing:
    """A voicing inside low..high whose outer notes move little from the chord before.

    Drawn from those that move at most two semitones more than the nearest.
    """
    choices = [
        tuple(base + up for up in shape)
        for shape in shapes
        for base in range(root, 108, 12)
        if low <= base + shape[0] and base + shape[-1] <= high
    ]
    assert choices, "no room for this chord"
    moves = [abs(c[0] - before[0]) + abs(c[-1] - before[-1]) for c in choices]
    return pick([c for c, move in zip(choices, moves, strict=True) if move <= min(moves) + 2], chance)


def strike(onset: Fraction, duration: Fraction, pitches: Sequence[int]) -> list[Note]:
    """Notes on these pitches at once."""
    return [Note(onset, duration, pitch) for pitch in pitches]


def place(pitch_class: int, low: int) -> int:
    """The pitch of that class in the octave that starts at ``low``."""
    return low + (pitch_class - low) % 12


def nearest_pitch(pitch_class: int, to: int, low: int, high: int) -> int:
    """The pitch of that class in low..high (an octave or more) that is nearest to another."""
    return min(range(place(pitch_class, low), high + 1, 12), key=lambda pitch: abs(pitch - to))


# -- patterns -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of the left hand.

    figures: a piece uses one of them most of the time; the parts of a figure between "|" alternate while a
        chord lasts. Each word is one stroke: degrees above the root ("1+5" together; "10" is the third an
        octave up, "-5" the fifth below), "C" a chord, "G" its third and seventh, "." a rest.
    lengths: of the strokes, in quarters, repeated; ``None`` divides each beat at the off-beat.
    low: the lowest root, a MIDI pitch.
    off_beats: the drawn plan takes one of these. tempos_qpm: the slowest and the fastest suitable tempo.
    """

    figures: tuple[str, ...]
    lengths: tuple[Fraction, ...] | None
    low: int
    off_beats: tuple[Fraction, ...]
    tempos_qpm: tuple[int, int]


EITHER = (STRAIGHT, SHUFFLE)
PATTERNS = {
    "walking": Pattern(
        ("1 3 5 6", "1 3 5 b7", "1 5 6 5", "1 2 3 5", "8 b7 5 3", "1 b7 6 5", "1 5 3 5"),
        (QUARTER,),
        31,
        EITHER,
        (92, 184),
    ),
    "boogie": Pattern(
        (
            "1 3 5 6 b7 6 5 3",
            "1 1 3 3 5 5 6 6|b7 b7 6 6 5 5 3 3",
            "1 3 5 6 8 6 5 3|1 3 5 6 b7 6 5 3",
            "1 5 6 5 b7 5 6 5",
            "1 8 3 10 5 12 6 13",
            "1 8 5 12 6 13 5 12",
        ),
        None,
        31,
        EITHER,
        (116, 184),
    ),
    "shuffle": Pattern(
        (
            "1+5 1+5 1+6 1+6 1+5 1+5 1+6 1+6",
            "1+5 1+5 1+6 1+6 1+b7 1+b7 1+6 1+6",
            "1+5 1+5 1+6 1+6 1+5 1+5 1+6 1+6|1+5 1+5 1+6 1+6 1+b7 1+b7 1+6 1+6",
            "1+5 . 1+6 1+5 1+5 . 1+6 1+5",
        ),
        None,
        38,
        (SHUFFLE, SHUFFLE, STRAIGHT),
        (88, 144),
    ),
    "stride": Pattern(
        ("1 C -5 C", "1 C 5 C", "1 C 1 C|1 C -5 C", "1+8 C -5 C"), (QUARTER,), 33, EITHER, (72, 138)
    ),
    "rumba": Pattern(
        ("1 5 8", "1 3 5", "1 5 6|1 5 b7"),
        (Fraction(3, 2), Fraction(3, 2), QUARTER),
        33,
        (STRAIGHT,),
        (96, 152),
    ),
    "shells": Pattern(("1 G . G", "1 G G .|1 . G .", "1 . . G|1 G . ."), (QUARTER,), 33, EITHER, (56, 104)),
}
LEFT_CHORDS = (50, 62)  # a close chord below D3 is muddy; an octave has room for a position of every chord
LOWEST = 28  # E1, the lowest string of a bass
WALKING_COMPASS = (28, 52)


def accompaniment(
    changes: Sequence[Change],
    measures: Sequence[Measure],
    pattern: str,
    chance: Chance,
    *,
    off_beat: Fraction = STRAIGHT,
) -> list[Note]:
    """Draw a left hand for these chords, silent where there is none; each change begins with its bass note.

    pattern: a name in ``PATTERNS``. off_beat: where the second eighth of a beat falls, in quarters.
    """
    spans = cut_at_barlines(changes, measures)
    if pattern == "walking":
        return walk(spans, off_beat, chance)
    shape = PATTERNS[pattern]
    home = pick(shape.figures, chance)
    lengths = shape.lengths or (off_beat, 1 - off_beat)
    notes: list[Note] = []
    chord_before: Voicing = LEFT_CHORDS
    chord: Chord | None = None
    stood = 0  # for how many measures this chord has lasted
    for measure, span in spans:
        stood = stood + 1 if span.chord == chord else 0
        chord = span.chord
        figure = (pick(shape.figures, chance) if chance.random() < 0.12 else home).split("|")
        words = cycle(figure[stood % len(figure)].split())
        for index, (onset, duration) in enumerate(strokes(measure, span, lengths)):
            word = next(words)
            if word == ".":
                continue
            if word in "CG":
                shapes = (full_shapes if word == "C" else guide_shapes)(span.chord.kind)
                chord_before = nearest_voicing(span.chord.root, shapes, chord_before, *LEFT_CHORDS, chance)
                notes += strike(onset, duration, chord_before)
                continue
            holds = pattern == "shells"
            length = span.end - onset if holds else duration
            notes += strike(onset, length, stack(word, span.chord, shape.low, opens=index == 0))
    return notes


def cut_at_barlines(changes: Sequence[Change], measures: Sequence[Measure]) -> list[tuple[Measure, Change]]:
    """(measure, change) for every change in these measures, cut at the barlines."""
    pairs = [
        (measure, replace(change, onset=max(change.onset, measure.onset), end=min(change.end, measure.end)))
        for measure in measures
        for change in changes
    ]
    return [(measure, change) for measure, change in pairs if change.onset < change.end]


def strokes(measure: Measure, span: Change, lengths: Sequence[Fraction]) -> Values:
    """(onset, duration) of the strokes in a change. lengths: repeated from the barline on."""
    times = [span.onset]
    time = measure.onset
    for length in cycle(lengths):
        time += length
        if time >= span.end:
            break
        if time > span.onset:
            times.append(time)
    return [(onset, end - onset) for onset, end in pairwise([*times, span.end])]


def stack(word: str, chord: Chord, low: int, *, opens: bool) -> list[int]:
    """The pitches of a word such as "1+5"; only the bass note if a slash chord ``opens`` with it."""
    root = place(chord.root, low)
    if opens and chord.bass != chord.root:
        return [place(chord.bass, low)]
    return [root + degree_above(name, chord.kind, room=root - LOWEST) for name in word.split("+")]


def degree_above(name: str, kind: tuple[int, ...], *, room: int = 0) -> int:
    """A degree in semitones above the root of a chord of this kind.

    "-5" is the fifth below, above where there is no ``room`` for it.
    """
    if name == "-5":
        return kind[1] - 12 if room >= 12 - kind[1] else kind[1]
    seventh = kind[2] if len(kind) > 2 else 10
    sixth = seventh if kind[1] == 6 else 9
    ups = {"1": 0, "2": 2, "3": kind[0], "5": kind[1], "6": sixth, "b7": seventh}
    octave_up = {"8": "1", "10": "3", "12": "5", "13": "6"}
    return 12 + ups[octave_up[name]] if name in octave_up else ups[name]


def walk(spans: Sequence[tuple[Measure, Change]], off_beat: Fraction, chance: Chance) -> list[Note]:
    """Draw a walking bass: each change's bass note, chord tones, and a last beat that leads to the next."""
    notes: list[Note] = []
    here = WALKING_COMPASS[0]
    following: list[Change | None] = [span for _, span in spans[1:]]
    for (measure, span), after in zip(spans, [*following, None], strict=True):
        values = strokes(measure, span, (QUARTER,))
        pitches = walk_change(span.chord, here, len(values), chance)
        if after is not None and len(pitches) > 1:
            bass = after.chord.bass
            if bass != span.chord.bass or chance.random() < 0.4:
                pitches[-1] = approach(bass, pitches[-2], chance)
        for (onset, duration), pitch in zip(values, pitches, strict=True):
            if onset > span.onset and duration == QUARTER and chance.random() < 0.1:  # a skip
                notes += [Note(onset, off_beat, pitch), Note(onset + off_beat, 1 - off_beat, pitch)]
            else:
                notes.append(Note(onset, duration, pitch))
        here = pitches[-1]
    return notes


def walk_change(chord: Chord, here: int, beats: int, chance: Chance) -> list[int]:
    """Pitches for each beat of a chord: the bass note nearest to ``here``, then a figure on the chord."""
    low, high = WALKING_COMPASS
    bass = nearest_pitch(chord.bass, here, low + 2, high - 6)
    ways: list[list[int]] = []
    for figure in PATTERNS["walking"].figures:
        ups = [degree_above(word, chord.kind) for word in figure.split()]
        root = bass - ups[0] - (chord.bass - chord.root) % 12
        pitches = [bass, *(root + up for up in ups[1:])]
        if all(low <= pitch <= high for pitch in pitches):
            ways.append(pitches)
    way = cycle(pick(ways, chance))
    return [next(way) for _ in range(beats)]


def approach(bass: int, before: int, chance: Chance) -> int:
    """A pitch a semitone, or sometimes a tone, from the next bass note; never the note before again."""
    low, high = WALKING_COMPASS
    target = nearest_pitch(bass, before, low + 2, high - 6)
    ways = [target + step for step in (-1, -1, 1, 1, -2, 2) if target + step != before]
    return pick(ways, chance)


def without_collisions(left: Sequence[Note], right: Sequence[Note]) -> list[Note]:
    """The left hand's notes without those that collide with the right hand.

    They collide where the right hand sounds at or below a left-hand note, or a semitone above it; in the
    range of the left hand's chords also where it stays an octave and a semitone above for a beat.
    """

    def blocks(other: Note, note: Note) -> bool:
        above = other.pitch - note.pitch
        if above > 1 and (above != 13 or note.pitch < LEFT_CHORDS[0]):
            return False
        together = min(other.end, note.end) - max(other.onset, note.onset)
        return together > 0 and (above <= 1 or together >= QUARTER)

    return [note for note in left if not any(blocks(other, note) for other in right)]
