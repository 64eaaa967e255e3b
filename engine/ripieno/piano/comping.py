"""A comping piano part under a melody: the bass in the left hand, a close chord in the right.

It strikes where the chord changes and on strong beats. Each hand takes the positions in which it moves least,
as the shortest path through all positions (Viterbi).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.piano.hands import LEFT, RIGHT
from ripieno.score import Measure, Note, Score, Spelling, Voice
from ripieno.theory.differences import strong_beats

BASS_KEYS = range(40, 55)  # E2 to F#3
CHORD_KEYS = range(55, 75)  # G3 to D5
BASS_CENTRE, CHORD_CENTRE = 46, 63  # where a hand is at ease
FAR = 0.1  # for each semitone of a hand's mean beyond its centre; a semitone of motion costs 1
HELD = 3  # tones of the right hand
Position = tuple[Spelling, ...]  # keys that are struck together, from low to high


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord on [onset, end), in quarters; None is silence."""

    onset: Fraction
    end: Fraction
    chord: ChordSymbol | None


def comping(spans: Sequence[ChordSpan], score: Score) -> tuple[Voice, ...]:
    """The piano part as lines "right hand", "right hand 2", "right hand 3" and "left hand", see ``hands``.

    spans: in order, without overlaps. score: the melody is the highest voice that has notes; where it has a
    fermata, the piano has one.
    """
    fermatas = [note.end for note in melody_notes(score) if note.fermata]
    played = [(span, span.chord) for span in spans if span.chord is not None]
    right = nearest([chord_positions(chord) for _, chord in played], CHORD_CENTRE)
    left = nearest([bass_positions(chord) for _, chord in played], BASS_CENTRE)
    lines: list[list[Note]] = [[] for _ in range(HELD)]
    bass: list[Note] = []
    for (span, _), chord, (low,) in zip(played, right, left, strict=True):
        for start, end in strikes(span, score.measures):
            held = any(start < time <= end for time in fermatas)
            for line, key in zip(lines, reversed(chord), strict=False):
                line.append(Note(start, end - start, key.pitch, key, held))
            bass.append(Note(start, end - start, low.pitch, low, held))
    names = [RIGHT, *(f"{RIGHT} {number}" for number in range(2, HELD + 1))]
    voices = [Voice(name, tuple(line)) for name, line in zip(names, lines, strict=True)]
    return (*voices, Voice(LEFT, tuple(bass)))


def melody_notes(score: Score) -> tuple[Note, ...]:
    """The notes of the highest voice that has some."""
    return next((voice.notes for voice in score.voices if voice.notes), ())


# -- when ------------------------------------------------------------------------------------------------


def strikes(span: ChordSpan, measures: Sequence[Measure]) -> Iterator[tuple[Fraction, Fraction]]:
    """When a chord is struck, each time up to the next: at its onset and on strong beats."""
    strong = (time for measure in measures for time in strong_beats(measure))
    times = sorted({span.onset, *(time for time in strong if span.onset < time < span.end)})
    yield from zip(times, [*times[1:], span.end], strict=True)


# -- where -----------------------------------------------------------------------------------------------


def chord_positions(chord: ChordSymbol) -> list[Position]:
    """Every close position of a chord for the right hand, within an octave.

    Of more than three tones those that say most about it; the bass is the left hand's where others are left.
    """
    tones = chord.tones
    bass = chord.sounding_bass.pitch_class
    if len(tones) > HELD:
        tones = tuple(tone for tone in tones if tone.pitch_class != bass)[:HELD]
    found = []
    for low in CHORD_KEYS:
        keys = sorted((key_from(tone, low) for tone in tones), key=lambda key: key.pitch)
        if keys[0].pitch == low and keys[-1].pitch in CHORD_KEYS:
            found.append(tuple(keys))
    return found


def bass_positions(chord: ChordSymbol) -> list[Position]:
    """The keys on which the left hand can play a chord's bass."""
    found = (key_from(chord.sounding_bass, low) for low in (BASS_KEYS.start, BASS_KEYS.start + 12))
    return [(key,) for key in found if key.pitch in BASS_KEYS]


def key_from(tone: Tone, low: int) -> Spelling:
    """The lowest key of a tone that is not below a MIDI pitch."""
    pitch = low + (tone.pitch_class - low) % 12
    natural = Spelling(tone.step, tone.alter, 0).pitch
    return Spelling(tone.step, tone.alter, (pitch - natural) // 12)


def nearest(positions: Sequence[Sequence[Position]], centre: int) -> list[Position]:
    """One position for each chord: those of the least motion, not far from a hand's centre."""
    if not positions:
        return []
    costs = [ease(position, centre) for position in positions[0]]
    origins: list[list[int]] = []
    for before, after in pairwise(positions):
        steps = [[cost + motion(a, b) for a, cost in zip(before, costs, strict=True)] for b in after]
        origins.append([min(range(len(step)), key=step.__getitem__) for step in steps])
        costs = [min(step) + ease(b, centre) for step, b in zip(steps, after, strict=True)]
    place = min(range(len(costs)), key=costs.__getitem__)
    path = [positions[-1][place]]
    for origin, before in zip(reversed(origins), reversed(positions[:-1]), strict=True):
        place = origin[place]
        path.append(before[place])
    return path[::-1]


def ease(position: Position, centre: int) -> float:
    """The cost of a position by itself."""
    return FAR * abs(sum(key.pitch for key in position) / len(position) - centre)


def motion(before: Position, after: Position) -> int:
    """How many semitones the fingers move, each to the key that is nearest to it."""
    down = sum(min(abs(a.pitch - b.pitch) for b in after) for a in before)
    up = sum(min(abs(a.pitch - b.pitch) for a in before) for b in after)
    return max(down, up)
