"""The voices of a choir for two hands on a piano: every pitch is kept, and each hand plays what it can reach.

Which hand plays a note is decided for the whole piece at once, by dynamic programming over the onsets. The
costs are ours; they say in numbers what books on keyboard reduction say in words: a hand spans an octave with
ease and a tenth at worst, hands do not cross, and a voice stays in one hand while that is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.piano.hands import FINGERS, OCTAVE, REACH, hand_cost
from ripieno.score import Note, Voice

MIDDLE_C = 60
LEDGER = 0.1  # for each semitone of a note beyond middle C, on the other hand's side
SWITCH = 2.0  # for a voice that goes to the other hand; the unit is a semitone beyond an octave in one hand
UNEVEN = 0.3  # for each key that one hand holds more than the other, beyond one
CROSSING = 20.0  # for an onset at which the left hand is above the right
MAX_STATES = 512  # that are followed at once; eight voices have 256, so for them the cost is the least

Struck = tuple[Note, int]  # a note, and the index of its voice
Hands = int  # bit i is set where the left hand played voice i last


@dataclass(frozen=True, slots=True)
class HandChord:
    """The keys that one hand holds from an onset on. span: in semitones."""

    onset: Fraction
    span: int
    keys: int


@dataclass(frozen=True, slots=True)
class Reduction:
    """The voices in each hand, from high to low; a voice may be partly in one and partly in the other.

    wide: the chords beyond an octave. too_wide: those beyond a tenth, or with more keys than fingers.
    """

    right: tuple[Voice, ...]
    left: tuple[Voice, ...]
    wide: tuple[HandChord, ...] = ()
    too_wide: tuple[HandChord, ...] = ()


def reduce_voices(voices: Sequence[Voice]) -> Reduction:
    """The voices, from high to low, for two hands.

    Onsets, ends and pitches stay. Where voices meet on one key it is struck once at each onset, and held
    until the last of them ends; see ``unisons_once``.
    """
    lines = unisons_once(voices)
    chords = struck_together(lines)
    path = cheapest_hands(chords)
    right: list[list[Note]] = [[] for _ in voices]
    left: list[list[Note]] = [[] for _ in voices]
    held: list[Struck] = []
    found: list[HandChord] = []
    for chord, hands in zip(chords, path, strict=True):
        for note, voice in chord:
            (left if hands >> voice & 1 else right)[voice].append(note)
        onset = chord[0][0].onset
        held = [*(struck for struck in held if struck[0].end > onset), *chord]
        for pitches in in_each_hand(held, hands):
            if pitches:
                found.append(HandChord(onset, pitches[-1] - pitches[0], len(pitches)))
    too_wide = [c for c in found if c.span > REACH or c.keys > FINGERS]
    wide = [c for c in found if OCTAVE < c.span <= REACH]
    both = [tuple(Voice(v.name, tuple(n)) for v, n in zip(voices, h, strict=True)) for h in (right, left)]
    return Reduction(both[0], both[1], tuple(wide), tuple(too_wide))


def unisons_once(voices: Sequence[Voice]) -> list[list[Note]]:
    """The notes of each voice, but a key that several voices sound at once is struck once at each onset.

    It belongs to the voice that holds it longest, of several the highest.
    """
    keys: dict[int, list[Struck]] = {}
    for index, voice in enumerate(voices):
        for note in voice.notes:
            keys.setdefault(note.pitch, []).append((note, index))
    lines: list[list[Note]] = [[] for _ in voices]
    for struck in keys.values():
        onsets = sorted({note.onset for note, _ in struck})
        for place, onset in enumerate(onsets):
            sounding = [s for s in struck if s[0].onset <= onset < s[0].end]
            note, index = max(sounding, key=lambda s: (s[0].end, -s[1]))
            end = min([note.end, *onsets[place + 1 : place + 2]])
            held = any(n.fermata and n.end == end for n, _ in sounding)
            lines[index].append(replace(note, onset=onset, duration=end - onset, fermata=held, lyrics=()))
    return [sorted(line, key=lambda n: n.onset) for line in lines]


def struck_together(lines: Sequence[Iterable[Note]]) -> list[list[Struck]]:
    """The notes that start together, by onset, each group from low to high."""
    groups: dict[Fraction, list[Struck]] = {}
    for index, line in enumerate(lines):
        for note in line:
            groups.setdefault(note.onset, []).append((note, index))
    return [sorted(groups[onset], key=lambda s: (s[0].pitch, -s[1])) for onset in sorted(groups)]


def cheapest_hands(chords: Sequence[Sequence[Struck]]) -> list[Hands]:
    """The hands at each onset that cost least together.

    Of the notes of one onset the left hand takes the lowest ones, any number of them; a note stays in its
    hand while it sounds.
    """
    totals: dict[Hands, float] = {0: 0.0}
    sources: list[dict[Hands, Hands]] = []
    held: list[Struck] = []
    seen = 0
    for chord in chords:
        onset = chord[0][0].onset
        held = [struck for struck in held if struck[0].end > onset]
        reached: dict[Hands, float] = {}
        origin: dict[Hands, Hands] = {}
        for before, total in totals.items():
            for hands in choices(chord, before):
                cost = total + onset_cost(chord, held, before, hands, seen)
                if cost < reached.get(hands, float("inf")):
                    reached[hands], origin[hands] = cost, before
        kept = sorted(reached, key=reached.__getitem__)[:MAX_STATES]
        totals = {hands: reached[hands] for hands in kept}
        sources.append(origin)
        held += chord
        for _, voice in chord:
            seen |= 1 << voice
    hands = min(totals, key=totals.__getitem__)
    path = []
    for origin in reversed(sources):
        path.append(hands)
        hands = origin[hands]
    return path[::-1]


def choices(chord: Sequence[Struck], before: Hands) -> list[Hands]:
    """The hands after an onset: none, one, two ... of the new notes, from low to high, in the left hand."""
    hands = before
    for _, voice in chord:
        hands &= ~(1 << voice)
    found = [hands]
    for _, voice in chord:
        hands |= 1 << voice
        found.append(hands)
    return found


def onset_cost(
    chord: Sequence[Struck], held: Sequence[Struck], before: Hands, hands: Hands, seen: int
) -> float:
    """The cost of one onset. held: the notes that sound on. seen: a bit for each voice that has played."""
    right, left = in_each_hand([*held, *chord], hands)
    cost = hand_cost(right) + hand_cost(left) + UNEVEN * max(0, abs(len(right) - len(left)) - 1)
    if right and left and left[-1] > right[0]:
        cost += CROSSING
    for note, voice in chord:
        in_left = hands >> voice & 1
        beyond = note.pitch - MIDDLE_C if in_left else MIDDLE_C - note.pitch
        cost += LEDGER * max(0, beyond)
        if seen >> voice & 1 and in_left != before >> voice & 1:
            cost += SWITCH
    return cost


def in_each_hand(sounding: Iterable[Struck], hands: Hands) -> tuple[list[int], list[int]]:
    """(the right hand's pitches, the left hand's), from low to high."""
    both: tuple[list[int], list[int]] = ([], [])
    for note, voice in sounding:
        both[hands >> voice & 1].append(note.pitch)
    return sorted(both[0]), sorted(both[1])
