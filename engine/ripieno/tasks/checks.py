"""Checks before a task: lengths, ranges, voices, numbers; and the transposition that fits the ranges."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from ripieno.ensembles.ensemble import Ranges
from ripieno.errors import RangeError, RequestError, ScoreError, number_text
from ripieno.grid import Grid, empty_grid, score_to_grid, with_asked
from ripieno.harmony.asked_chord import AskedHarmony
from ripieno.limits import MAX_BARS
from ripieno.models.generator import Generator
from ripieno.score import VOICE_NAMES, Key, Note, Score, fifths_shift
from ripieno.theory.accompaniment import sounding_tones
from ripieno.theory.ranges import GIVEN_RANGES

THIRD = 4  # semitones
STRAIN = 6.0  # semitones of transposition that a mean semitone beyond the comfortable range is worth
MAX_STEPS = 16_384  # sixteenths: 1024 measures of 4/4


def checked_grid(
    score: Score,
    model: Generator,
    accompaniment: Sequence[Note] = (),
    asked: AskedHarmony = AskedHarmony(),
) -> Grid:
    """The grid of a choir score, once the network can read it.

    accompaniment: notes whose tones are its harmony. asked: the chords that are asked for. Raises ScoreError
    for a note outside its voice's range, naming the note and the way out.
    """
    assert tuple(v.name for v in score.voices) == VOICE_NAMES, "not a choir score"
    check_length(score)
    check_ranges(score, given_ranges(model))
    grid = with_asked(score_to_grid(score), asked)
    return replace(grid, harmony=sounding_tones(accompaniment, grid)) if accompaniment else grid


def whole_steps(score: Score, selection: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """The part of a selection, in quarters, that the steps of the grid can fill, and nothing beyond it.

    Raises RequestError where no step fits into it.
    """
    start, end = selection
    inside = [time for time in empty_grid(score.measures, 0).edges if start <= time <= end]
    if len(inside) < 2:
        measure, beat = score.place(start)
        raise RequestError(
            f"less than a sixteenth is selected in measure {measure}, beat {beat}; select more"
        )
    return inside[0], inside[-1]


def check_length(score: Score) -> None:
    """Raise ScoreError for a score that is too long for one request."""
    if score.duration * 4 > MAX_STEPS:
        raise ScoreError(None, None, None, "longer than 1000 measures; give ripieno one movement at a time")


def check_ranges(score: Score, ranges: Ranges) -> None:
    """Raise RangeError for the first given note outside its voice's range."""
    for voice in score.voices:
        low, high = ranges[voice.name]
        for note in voice.notes:
            if low <= note.pitch <= high:
                continue
            side = "above" if note.pitch > high else "below"
            limit = Key().spell(high if note.pitch > high else low)
            number, beat = score.place(note.onset)
            raise RangeError(
                None,
                voice.name.capitalize(),
                number,
                f"{note.name} lies {side} the {voice.name}'s range ({side} {limit}); move the piece, or give "
                "these notes to another voice",
                beat=beat,
            )


def given_ranges(model: Generator) -> Ranges:
    """The (lowest, highest) MIDI pitch that may be given to each of the network's voices."""
    pairs = GIVEN_RANGES.items()
    return {name: (max(low, model.lowest), min(high, model.highest)) for name, (low, high) in pairs}


def fitting_transposition(score: Score, ranges: Ranges) -> int:
    """The smallest move, in semitones, that brings every given note into its voice's range.

    ranges: of the score's voices. One semitone farther is accepted for each accidental that it saves beyond
    three. Raises ScoreError where no move fits.
    """
    down, up = transposition_room(score, ranges)
    if down > up:
        raise ScoreError(
            None,
            None,
            None,
            "no transposition brings every given note into its voice's range; "
            "say which voice each given line is, or split the piece",
        )
    if down <= 0 <= up:
        return 0
    signatures = tuple(m.key.fifths for m in score.measures)

    def cost(move: int) -> tuple[int, int]:
        shift = fifths_shift(move, signatures)
        accidentals = max(abs(f + shift) for f in signatures)
        return abs(move) + max(0, accidentals - 3), abs(move)

    return min(range(down, up + 1), key=cost)


def beyond(bounds: tuple[int, int], pitch: int) -> int:
    """How many semitones a pitch lies beyond (lowest, highest)."""
    low, high = bounds
    return max(low - pitch, 0) + max(pitch - high, 0)


def comfortable_transposition(score: Score, ranges: Ranges, comfortable: Ranges) -> int:
    """The move, in semitones, after which everybody sings most comfortably; up to an octave.

    score: of a result, with new and given notes. No note leaves its range that did not lie beyond it before.
    Where a voice leaves less than a third to the one below it, that counts as a strain, too. Far moves and
    keys with more than three accidentals must be worth it.
    """
    signatures = tuple(m.key.fifths for m in score.measures)
    below = {upper.name: lower.name for upper, lower in pairwise(score.voices)}

    def bounds_of(name: str) -> tuple[int, int]:
        low, high = comfortable[name]
        return (max(low, ranges[below[name]][0] + THIRD) if name in below else low), high

    notes = [(ranges[v.name], bounds_of(v.name), note) for v in score.voices for note in v.notes]
    total = float(sum(note.duration for *_, note in notes))

    def cost(move: int) -> float:
        shift = fifths_shift(move, signatures)
        accidentals = max(0, max(abs(f + shift) for f in signatures) - 3)
        strain = sum(float(n.duration) * beyond(bounds, n.pitch + move) for _, bounds, n in notes)
        return STRAIN * strain / total + accidentals + abs(move) / 4

    moves = [
        move
        for move in range(-12, 13)
        if all(beyond(hard, n.pitch + move) <= beyond(hard, n.pitch) for hard, _, n in notes)
    ]
    return min(moves, key=lambda move: (cost(move), abs(move))) if notes else 0


def fitting_octaves(score: Score, ranges: Ranges) -> int:
    """The smallest move, in octaves, that brings every given note into its voice's range; else 0."""
    down, up = transposition_room(score, ranges)
    fitting = [octaves for octaves in range(-10, 11) if down <= 12 * octaves <= up]
    return min(fitting, key=abs, default=0)


def transposition_room(score: Score, ranges: Ranges) -> tuple[int, int]:
    """(lowest, highest) move in semitones that keeps every note in its range; crossed where none does."""
    down, up = -127, 127
    for voice in score.voices:
        low, high = ranges[voice.name]
        for note in voice.notes:
            down, up = max(down, low - note.pitch), min(up, high - note.pitch)
    return down, up


def check_voices(names: Collection[str]) -> None:
    """Raise RequestError for a voice that a choir does not have."""
    for name in names:
        if name not in VOICE_NAMES:
            raise RequestError(f'there is no voice "{name}"; name {", ".join(VOICE_NAMES)}')


def check_bars(bars: int) -> None:
    """Raise RequestError for a number of measures that makes no sense."""
    if not 1 <= bars <= MAX_BARS:
        raise RequestError(f"{bars} measures cannot be written; ask for 1 to {MAX_BARS}")


def check_amount(amount: float) -> None:
    """Raise RequestError for an amount of change that makes no sense."""
    if not 0 <= amount <= 1:
        raise RequestError(
            f"an amount of {number_text(amount)} is impossible; say 0 (the same) to 1 (all new)"
        )
