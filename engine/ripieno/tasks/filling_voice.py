"""Fill in one voice between voices that are there, by search: the fifth voice of an ensemble.

The networks know four voices. Where an ensemble has a fifth, its notes are tones of the chords that the
others sound, and the cheapest line of them is found: that doubles what may be doubled, moves little, and
makes no parallels with any other voice (Viterbi, IEEE Transactions on Information Theory 13, 1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from ripieno.ensembles.ensemble import EnsembleVoice
from ripieno.grid import score_to_grid
from ripieno.score import Key, Note, Score, Spelling, Voice, spelling_at
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.chords import Chord
from ripieno.theory.plans import plan_spans
from ripieno.theory.ranges import FIFTH, OCTAVE
from ripieno.theory.texture import score_texture

Span = tuple[Fraction, Fraction]  # half-open, in quarters

# What a note costs; only their proportions matter.
PARALLEL, CROSSING, CLASH = 60.0, 40.0, 40.0
FOREIGN = 30.0  # a tone that the chord does not hold
DOUBLED = (0.5, 3.0, 1.5, 12.0)  # the root, the third, the fifth, the seventh
DOUBLED_LEADING_NOTE = 20.0
UNISON = 4.0  # with a voice that sings the very same note
UNCOMFORTABLE = 0.8  # a semitone beyond the comfortable range
LEAP, LARGE_LEAP = 0.4, 3.0  # a semitone of movement; a leap of more than a fifth besides
AUGMENTED_LEAP = 15.0
RESTLESS = 10.0  # to move while all others hold their notes
STAY = 0.6  # what a note that is struck again costs, against one that moves a step


@dataclass(frozen=True, slots=True)
class Moment:
    """From one change of the other voices to the next.

    others: the pitch of every other voice, None where it rests. chord: in which it lies. leading: the pitch
    classes that are leading notes by the key signature, in major and in minor. strikes: how many of the
    others strike a note here.
    """

    start: Fraction
    end: Fraction
    others: tuple[int | None, ...]
    chord: Chord | None
    leading: tuple[int, int]
    strikes: int

    @property
    def is_struck(self) -> bool:
        """Whether most of the voices that sing strike a note here."""
        return 2 * self.strikes > sum(pitch is not None for pitch in self.others)


def filled_voice(score: Score, voice: EnsembleVoice, span: Span | None = None) -> Voice:
    """New notes for a voice of a score in a span; the whole piece where it is None.

    Notes of the voice that begin outside of the span stay, and are not among the new ones. It rests where
    every other voice rests. score: with the voice in its place among the others.
    """
    start, end = span or (Fraction(0), score.duration)
    index = [other.name for other in score.voices].index(voice.name)
    moments = [m for m in moments_of(score, index) if m.start < end and m.end > start]
    kept = [n for n in score.voices[index].notes if not start <= n.onset < end]
    moments = [m for m in moments if not any(n.onset < m.end and n.end > m.start for n in kept)]
    notes: list[Note] = []
    for group in singing_groups(moments):
        notes += notes_of(group, cheapest_line(group, voice, index), score)
    return Voice(voice.name, tuple(notes))


def moments_of(score: Score, index: int) -> list[Moment]:
    """The moments of all voices but one, in order."""
    others = [voice for i, voice in enumerate(score.voices) if i != index]
    texture = score_texture(replace(score, voices=tuple(others)))
    spans = plan_spans(score_to_grid(score))
    chords = chords_by_beat(texture, spans)
    times = sorted({t for v in others for n in v.notes for t in (n.onset, n.end)} | {s for s, _ in spans})
    found = []
    beat = 0
    for start, end in zip(times, [*times[1:], score.duration], strict=True):
        while beat + 1 < len(spans) and spans[beat + 1][0] <= start:
            beat += 1
        sounding = [next((n for n in v.notes if n.onset <= start < n.end), None) for v in others]
        strikes = sum(n is not None and n.onset == start for n in sounding)
        if start < end:
            found.append(
                Moment(
                    start,
                    end,
                    tuple(None if n is None else n.pitch for n in sounding),
                    chords[beat] if chords else None,
                    leading_notes(score.measure_at(start).key),
                    strikes,
                )
            )
    return found


def leading_notes(key: Key) -> tuple[int, int]:
    """The leading notes of the major and the minor key of a signature, as pitch classes."""
    tonic = 7 * key.fifths
    return (tonic + 11) % 12, (tonic + 8) % 12


def singing_groups(moments: Sequence[Moment]) -> list[list[Moment]]:
    """The moments in which anybody sings, in groups without a rest between them."""
    groups: list[list[Moment]] = []
    for moment in moments:
        if all(pitch is None for pitch in moment.others):
            continue
        if groups and groups[-1][-1].end == moment.start:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return groups


def cheapest_line(moments: Sequence[Moment], voice: EnsembleVoice, index: int) -> list[int]:
    """The pitch of a voice in each moment. index: its place among all voices."""
    pitches = list(range(voice.lowest, voice.highest + 1))
    total = [note_cost(moments[0], pitch, voice, index) for pitch in pitches]
    sources: list[list[int]] = []
    for before, now in pairwise(moments):
        best, source = [], []
        for pitch in pitches:
            ways = [
                cost + step_cost(before, now, old, pitch) for cost, old in zip(total, pitches, strict=True)
            ]
            cheapest = min(range(len(ways)), key=ways.__getitem__)
            source.append(cheapest)
            best.append(ways[cheapest] + note_cost(now, pitch, voice, index))
        total = best
        sources.append(source)
    path = [min(range(len(total)), key=total.__getitem__)]
    for source in reversed(sources):
        path.append(source[path[-1]])
    return [pitches[i] for i in reversed(path)]


def note_cost(moment: Moment, pitch: int, voice: EnsembleVoice, index: int) -> float:
    """What a pitch costs in a moment by itself."""
    low, high = voice.comfortable
    cost = UNCOMFORTABLE * (max(low - pitch, 0) + max(pitch - high, 0))
    sounding = [p for p in moment.others if p is not None]
    for place, other in enumerate(moment.others):
        if other is None:
            continue
        is_above = place < index
        if (pitch > other) if is_above else (pitch < other):
            cost += CROSSING
        elif pitch == other:
            cost += UNISON
        elif abs(pitch - other) % OCTAVE in (1, 11):
            cost += CLASH
    return cost + tone_cost(moment, pitch % 12, {p % 12 for p in sounding})


def tone_cost(moment: Moment, tone: int, sounding: set[int]) -> float:
    """What a pitch class costs in the chord of a moment. sounding: pitch classes that the others have."""
    chord = moment.chord
    if chord is None or tone not in chord.pitch_classes:
        return FOREIGN if tone not in sounding else FOREIGN / 4
    if tone not in sounding:
        return 0.0  # a tone that was missing
    if tone in moment.leading and tone == (chord.root + 4) % 12:
        return DOUBLED_LEADING_NOTE
    place = (0, *chord.kind).index((tone - chord.root) % 12)  # 0 the root, 1 the third, 2 the fifth
    return DOUBLED[min(place, len(DOUBLED) - 1)]


def step_cost(before: Moment, now: Moment, old: int, new: int) -> float:
    """What it costs to move from one pitch to another."""
    if old == new:
        return STAY if now.is_struck else 0.0
    size = abs(new - old)
    cost = (
        LEAP * size + (LARGE_LEAP if size > FIFTH else 0.0) + (AUGMENTED_LEAP if size in (6, 10, 11) else 0.0)
    )
    if not now.strikes:
        cost += RESTLESS
    for a, b in zip(before.others, now.others, strict=True):
        if a is None or b is None or a == b:
            continue
        interval = abs(old - a) % OCTAVE
        if interval in (0, FIFTH) and interval == abs(new - b) % OCTAVE:
            cost += PARALLEL
    return cost


def notes_of(moments: Sequence[Moment], line: Sequence[int], score: Score) -> list[Note]:
    """A line as notes: a pitch that stays is struck again where most of the other voices are."""
    notes: list[Note] = []
    for moment, pitch in zip(moments, line, strict=True):
        if notes and notes[-1].pitch == pitch and not moment.is_struck:
            notes[-1] = replace(notes[-1], duration=moment.end - notes[-1].onset)
        else:
            key = score.measure_at(moment.start).key
            notes.append(
                Note(moment.start, moment.end - moment.start, pitch, spelled(moment, pitch, key, score))
            )
    return notes


def spelled(moment: Moment, pitch: int, key: Key, score: Score) -> Spelling:
    """The spelling of a note: that of the same tone in another voice, else the key's."""
    for voice in score.voices:
        for note in voice.notes:
            if note.onset <= moment.start < note.end and (note.pitch - pitch) % OCTAVE == 0 and note.spelling:
                return spelling_at(note.spelling.fifths, pitch)
    return key.spell(pitch)
