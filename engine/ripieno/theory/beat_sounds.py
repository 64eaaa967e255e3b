"""The notes of each beat, and how surely each of them is a chord tone, by how its voice comes and goes."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ripieno.score import Measure, Note
from ripieno.theory.texture import NO_NOTE, Texture

Span = tuple[Fraction, Fraction]  # [start, end) in quarters
Pair = tuple[float, float]

HALF_NOTE = 2  # quarters
STEP = 2  # semitones
CONSONANT, FOURTH = (0, 1, 3, 4), -1  # steps on the line of fifths: unison, fifth, thirds; a fourth above
IN_BASS = {"held": "pedal", "lone_passing": "walking_bass"}


@dataclass(frozen=True, slots=True)
class MovementWeights:
    """How a note speaks for chords that hold it, and against those that do not; 1 for a sure chord tone."""

    plain: Pair = (1.0, 1.0)
    # A dissonance at the beat's onset:
    resolved: Pair = (0.3, 0.2)  # a suspension whose resolution belongs to the beat, and stands for it
    suspension: Pair = (0.8, 0.3)
    retardation: Pair = (0.8, 0.5)
    held: Pair = (0.9, 0.7)  # comes from the beat before and goes on after the beat
    pedal: Pair = (0.6, 0.3)  # held in the bass
    accented_passing: Pair = (0.5, 0.35)
    lone_passing: Pair = (0.5, 0.2)  # while the other voices hold
    walking_bass: Pair = (0.3, 0.1)  # the same in the bass
    appoggiatura: Pair = (0.7, 0.4)  # comes by leap and goes by step
    # A note after the onset:
    passing: Pair = (0.25, 0.2)
    anticipation: Pair = (0.2, 0.2)
    leap_and_step: Pair = (0.8, 0.4)
    onset: float = (
        0.5  # the share of a note's weight that standing at the onset gives, the rest is its length
    )


@dataclass(frozen=True, slots=True)
class Sound:
    """A note of a beat: how it speaks for chords that hold it, and against those that do not.

    surety: how like a chord tone it moves, 0..1. inside, outside: that, times the note's share of the beat.
    """

    note: Note
    voice: int
    surety: float
    share: float
    inside: float
    outside: float


def beat_spans(measures: Sequence[Measure]) -> list[Span]:
    """The beats of these measures, as their meters count; a pickup is counted from its barline backwards.

    ``plans.plan_spans`` has the beats of a plan: quarters in 2/2, where these are half notes.
    """
    spans: list[Span] = []
    for measure in measures:
        beat = measure.meter.beat
        time = measure.end - beat * -(-measure.duration // beat)
        while time < measure.end:
            spans.append((max(time, measure.onset), min(time + beat, measure.end)))
            time += beat
    return spans


def chord_spans(measures: Sequence[Measure]) -> list[Span]:
    """The spans that may have a chord each: the beats, or the halves of beats of a half note, as in 2/2."""
    spans: list[Span] = []
    for start, end in beat_spans(measures):
        cut = [start + 1] if end - start == HALF_NOTE else []
        spans += pairwise([start, *cut, end])
    return spans


def sounds_by_span(texture: Texture, spans: Sequence[Span], weights: MovementWeights) -> list[list[Sound]]:
    """The notes that sound in each span, voice by voice. spans: in the order of time."""
    struck = Counter(note.onset for line in texture.lines for note in line)
    at_onset = [notes_at(texture, start) for start, _ in spans]
    found: list[list[Sound]] = [[] for _ in spans]
    for v, line in enumerate(texture.lines):
        first = 0
        for index, span in enumerate(spans):
            while first < len(line) and line[first].end <= span[0]:
                first += 1
            here, resolves = first, False
            while here < len(line) and line[here].onset < span[1]:
                note, stands = line[here], resolves or line[here].onset <= span[0]
                movement = "plain"
                if note.onset > span[0]:
                    movement = offbeat_movement(line, here, span[1])
                elif is_dissonant(note, at_onset[index]):
                    movement = onset_movement(line, here, span, struck[span[0]] == 1)
                if v + 1 == len(texture.lines):
                    movement = IN_BASS.get(movement, movement)
                resolves = movement == "resolved"
                inside, outside = getattr(weights, movement)
                share = share_of(note, span) * (1 - weights.onset) + weights.onset * (stands and not resolves)
                found[index].append(Sound(note, v, inside, share, share * inside, share * outside))
                here += 1
    return found


def share_of(note: Note, span: Span) -> float:
    """The share of a span on which a note sounds, 0..1."""
    start, end = span
    return float((min(note.end, end) - max(note.onset, start)) / (end - start))


def notes_at(texture: Texture, time: Fraction) -> list[Note]:
    """The notes that sound at a time, highest voice first."""
    row = bisect_right(texture.onsets, time) - 1
    if row < 0:
        return []
    return [
        line[n] for line, n in zip(texture.lines, texture.notes[row].tolist(), strict=True) if n != NO_NOTE
    ]


def is_dissonant(note: Note, others: Sequence[Note]) -> bool:
    """Whether a note forms a dissonance with others, as they are spelled, or a fourth with the lowest."""
    away = [fifths_of(note) - fifths_of(other) for other in others]
    return any(abs(a) not in CONSONANT for a in away) or away[-1] == FOURTH


def fifths_of(note: Note) -> int:
    """The place of a texture's note on the line of fifths."""
    assert note.spelling is not None
    return note.spelling.fifths


def onset_movement(line: Sequence[Note], index: int, span: Span, alone: bool) -> str:
    """The name in ``MovementWeights`` of how a dissonance at a span's onset comes and goes.

    alone: whether no other voice strikes a note there: then a passing note has no accent.
    """
    note = line[index]
    comes, goes = steps_around(line, index)
    if note.onset < span[0] or comes == 0:
        return prepared_movement(note, goes, span[1])
    if note.end > span[1] or not is_step(goes):
        return "plain"
    if not is_step(comes):
        return "appoggiatura"
    return "lone_passing" if alone else "accented_passing"


def prepared_movement(note: Note, goes: int | None, end: Fraction) -> str:
    """The same of a note that was there before the beat. goes: semitones. end: of the beat."""
    if note.end > end or goes == 0:
        return "held"
    if goes is None or not is_step(goes):
        return "plain"
    if goes > 0:
        return "retardation"
    return "resolved" if note.end < end else "suspension"


def offbeat_movement(line: Sequence[Note], index: int, end: Fraction) -> str:
    """The name of how a note that begins within a beat comes and goes. end: of the beat."""
    comes, goes = steps_around(line, index)
    if line[index].end > end:
        return "plain"
    if is_step(comes) and is_step(goes):
        return "passing"
    if is_step(comes) and goes == 0:
        return "anticipation"
    return "leap_and_step" if is_step(comes) or is_step(goes) else "plain"


def is_step(semitones: int | None) -> bool:
    """Whether a voice moves by a second; ``None`` is no movement."""
    return semitones is not None and 0 < abs(semitones) <= STEP


def steps_around(line: Sequence[Note], index: int) -> tuple[int | None, int | None]:
    """The semitones from the note before and to the note after; ``None`` across a rest, and at the ends."""
    note = line[index]
    before = line[index - 1] if index else None
    after = line[index + 1] if index + 1 < len(line) else None
    comes = note.pitch - before.pitch if before is not None and before.end == note.onset else None
    goes = after.pitch - note.pitch if after is not None and after.onset == note.end else None
    return comes, goes
