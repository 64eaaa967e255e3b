"""All free voices together by search: the cheapest way through the voicings of given chords.

On every beat each voice has a tone of the beat's chord in its range, and all voices are chosen together:
first what a voicing costs by itself, then what it costs to move from one to the next (Viterbi, IEEE
Transactions on Information Theory 13, 1967). The costs are those by which a fifth voice is filled in
(``tasks.filling_voice``), and what a voicing lacks and what its bass should be are added. Three voices are
written so: real part songs showed it better than the networks, which know four (docs/models.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise, product

from ripieno.score import Note, Score, Voice
from ripieno.tasks import filling_voice as single
from ripieno.theory.chords import Chord
from ripieno.theory.plans import PlannedBeat
from ripieno.theory.ranges import FIFTH, OCTAVE

MISSING = (6.0, 30.0, 2.0, 12.0)  # what a chord costs without its root, third, fifth, seventh
WRONG_BASS = 20.0
BASS_LEAP = 0.15  # a semitone of a leap by a fourth, fifth or octave in the lowest voice
BASS_LEAPS = (5, 7, 12)
UNRESOLVED = (
    16.0  # a leading note that does not rise, or a seventh that does not fall, where the chord resolves
)
INNER = 0.25  # how much of that it costs an inner voice, which may leave its leading note downwards

Voicing = tuple[int, ...]  # the pitch of every voice, highest first, the given one's too
Whim = Callable[[], float]  # what a voicing costs besides, so that another seed gives another version


def no_whim() -> float:
    """Nothing: the ``Whim`` that finds the cheapest way."""
    return 0.0


@dataclass(frozen=True, slots=True)
class VoiceBounds:
    """Where a voice may sing: its lowest and highest pitch, and its comfortable range."""

    lowest: int
    highest: int
    comfortable: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MelodyBeat:
    """A beat, or the part of it in which the melody sounds.

    given, leaving: the melody's pitch where it begins and where it ends. leading: see
    ``filling_voice.Moment``. struck: whether the melody strikes a note where it begins.
    """

    start: Fraction
    end: Fraction
    given: int
    leaving: int
    chord: Chord
    leading: tuple[int, int]
    struck: bool


def searched(
    score: Score,
    melody: Voice,
    voices: Sequence[VoiceBounds],
    index: int,
    beats: Sequence[PlannedBeat],
    whim: Whim = no_whim,
) -> list[list[Note]]:
    """The notes of every voice under or around a melody; the melody's own line follows its first notes only.

    score: whose keys count. voices: of all voices, highest first. index: of the melody's. beats: with chords.
    """
    lines: list[list[Note]] = [[] for _ in voices]
    for group in groups(list(moments_of(score, melody, beats))):
        path = cheapest_voicings(group, voices, index, whim)
        for v, line in enumerate(lines):
            add_notes(line, group, [voicing[v] for voicing in path])
    return lines


def moments_of(score: Score, melody: Voice, beats: Sequence[PlannedBeat]) -> Iterator[MelodyBeat]:
    """The moments of a melody; none where it rests. An open beat has the chord of the beat before."""
    chord = next(beat.chord for beat in beats if beat.chord is not None)
    for beat in beats:
        chord = beat.chord or chord
        inside = [n for n in melody.notes if n.onset < beat.end and n.end > beat.onset]
        if not inside:
            continue
        first, last = inside[0], inside[-1]
        start, end = max(beat.onset, first.onset), min(beat.end, last.end)
        leading = single.leading_notes(score.measure_at(start).key)
        yield MelodyBeat(start, end, first.pitch, last.pitch, chord, leading, first.onset == start)


def groups(moments: Sequence[MelodyBeat]) -> list[list[MelodyBeat]]:
    """The moments in groups without a rest between them."""
    found: list[list[MelodyBeat]] = []
    for moment in moments:
        if found and found[-1][-1].end == moment.start:
            found[-1].append(moment)
        else:
            found.append([moment])
    return found


def cheapest_voicings(
    moments: Sequence[MelodyBeat], voices: Sequence[VoiceBounds], index: int, whim: Whim = no_whim
) -> list[Voicing]:
    """The voicing of each moment. index: of the voice that is given."""
    states = [voicings_of(moment, voices, index) for moment in moments]
    total = [voicing_cost(moments[0], voicing, voices) + whim() for voicing in states[0]]
    sources: list[list[int]] = []
    for (before, now), (old, new) in zip(pairwise(moments), pairwise(states), strict=True):
        best, source = [], []
        for voicing in new:
            ways = [
                cost + step_cost(before, now, other, voicing, index)
                for cost, other in zip(total, old, strict=True)
            ]
            cheapest = min(range(len(ways)), key=ways.__getitem__)
            source.append(cheapest)
            best.append(ways[cheapest] + voicing_cost(now, voicing, voices) + whim())
        total = best
        sources.append(source)
    path = [min(range(len(total)), key=total.__getitem__)]
    for source in reversed(sources):
        path.append(source[path[-1]])
    return [state[i] for state, i in zip(states, reversed(path), strict=True)]


def voicings_of(moment: MelodyBeat, voices: Sequence[VoiceBounds], index: int) -> list[Voicing]:
    """All voicings of a moment's chord in the ranges of the voices."""
    choices = []
    for v, voice in enumerate(voices):
        pitches = range(voice.lowest, voice.highest + 1)
        tones = [p for p in pitches if p % OCTAVE in moment.chord.pitch_classes]
        choices.append([moment.given] if v == index else tones or list(pitches))
    return list(product(*choices))


def voicing_cost(moment: MelodyBeat, voicing: Voicing, voices: Sequence[VoiceBounds]) -> float:
    """What a voicing costs by itself."""
    chord, cost = moment.chord, 0.0
    for pitch, voice in zip(voicing, voices, strict=True):
        low, high = voice.comfortable
        cost += single.UNCOMFORTABLE * (max(low - pitch, 0) + max(pitch - high, 0))
    for upper, lower in combinations(voicing, 2):
        if upper < lower:
            cost += single.CROSSING
        elif upper == lower:
            cost += single.UNISON
        elif (upper - lower) % OCTAVE in (1, 11):
            cost += single.CLASH
    if voicing[-1] % OCTAVE != chord.bass:
        cost += WRONG_BASS
    classes = [pitch % OCTAVE for pitch in voicing]
    for place, up in enumerate((0, *chord.kind)):
        tone = (chord.root + up) % OCTAVE
        count, place = classes.count(tone), min(place, len(MISSING) - 1)
        if not count:
            cost += MISSING[place]
        elif tone in moment.leading and place == 1:
            cost += single.DOUBLED_LEADING_NOTE * (count - 1)
        else:
            cost += single.DOUBLED[place] * (count - 1)
    return cost


def step_cost(before: MelodyBeat, now: MelodyBeat, old: Voicing, new: Voicing, index: int) -> float:
    """What it costs to move from one voicing to another."""
    old = (*old[:index], before.leaving, *old[index + 1 :])
    cost = 0.0
    for v, (a, b) in enumerate(zip(old, new, strict=True)):
        size = abs(b - a)
        if v == index:
            continue
        cost += unresolved(before.chord, now.chord, a, b) * (1 if v in (0, len(new) - 1) else INNER)
        if not size:
            cost += single.STAY if now.struck else 0.0
        elif v == len(new) - 1 and size in BASS_LEAPS:
            cost += BASS_LEAP * size
        else:
            cost += single.LEAP * size + (single.LARGE_LEAP if size > FIFTH else 0.0)
            cost += single.AUGMENTED_LEAP if size in (6, 10, 11) else 0.0
    for (a, c), (b, d) in combinations(zip(old, new, strict=True), 2):
        interval = abs(a - b) % OCTAVE
        if a != c and b != d and interval in (0, FIFTH) and interval == abs(c - d) % OCTAVE:
            cost += single.PARALLEL
    return cost


def unresolved(chord: Chord, following: Chord, pitch: int, goes: int) -> float:
    """What it costs that a tone of a dominant does not go where it leads."""
    third, _, *seventh = chord.kind
    if third != 4 or (following.root - chord.root) % OCTAVE != OCTAVE - FIFTH:
        return 0.0
    tone = (pitch - chord.root) % OCTAVE
    leads_up = tone == third and goes - pitch != 1
    leads_down = tone in seventh and goes - pitch not in (-1, -2)
    return UNRESOLVED if leads_up or leads_down else 0.0


def add_notes(line: list[Note], moments: Sequence[MelodyBeat], pitches: Sequence[int]) -> None:
    """Add a voice's notes: a pitch that stays is struck again where the melody strikes."""
    for moment, pitch in zip(moments, pitches, strict=True):
        before = line[-1] if line else None
        if before and before.pitch == pitch and before.end == moment.start and not moment.struck:
            line[-1] = replace(before, duration=moment.end - before.onset)
        else:
            line.append(Note(moment.start, moment.end - moment.start, pitch))
