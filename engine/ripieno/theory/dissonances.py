"""Non-chord tones: the notes at a beat's onset that its chord does not hold, and what they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ripieno.grid import REST
from ripieno.score import Note
from ripieno.theory.chords import Chord
from ripieno.theory.texture import Texture

STEP = 2  # semitones

SUSPENSION, RETARDATION, PEDAL = "suspension", "retardation", "pedal note"
PASSING, NEIGHBOUR, APPOGGIATURA = "passing note", "neighbour", "appoggiatura"
ESCAPE, ANTICIPATION, FREE = "escape note", "anticipation", "free dissonance"


@dataclass(frozen=True, slots=True)
class Dissonance:
    """A note that sounds at a beat's onset and does not belong to its chord.

    onset: of the beat, in quarters. voice: its column of the texture.
    kind: a suspension falls to its resolution, a retardation rises; a pedal note stays until a chord holds
        it; passing notes and neighbours come and go by step, appoggiaturas come by leap, escape notes go by
        leap; an anticipation belongs to the next chord; else a free dissonance.
    prepared: whether the voice had the pitch before, held or struck again.
    resolved: whether it goes on by step, or stays until a chord holds it.
    """

    onset: Fraction
    voice: int
    note: Note
    kind: str
    prepared: bool
    resolved: bool


def dissonances(
    texture: Texture, spans: Sequence[tuple[Fraction, Fraction]], chords: Sequence[Chord | None]
) -> list[tuple[Dissonance, ...]]:
    """The non-chord tones at the onset of each beat, highest voice first; none where the beat has no chord.

    spans, chords: the beats, [start, end) in quarters, and their harmony, as from ``chords_by_beat``.
    """
    found: list[tuple[Dissonance, ...]] = []
    for beat, ((start, _), chord) in enumerate(zip(spans, chords, strict=True)):
        row = bisect_right(texture.onsets, start) - 1
        if chord is None or row < 0:
            found.append(())
            continue
        foreign = [
            voice
            for voice, pitch in enumerate(texture.pitches[row].tolist())
            if pitch != REST and pitch % 12 not in chord.pitch_classes
        ]
        here = []
        for voice in foreign:
            note = texture.note(row, voice)
            index = int(texture.notes[row, voice])
            kind, prepared, resolved = classify(texture.lines[voice], index, beat, spans, chords)
            here.append(Dissonance(start, voice, note, kind, prepared, resolved))
        found.append(tuple(here))
    return found


def classify(
    line: Sequence[Note],
    index: int,
    beat: int,
    spans: Sequence[tuple[Fraction, Fraction]],
    chords: Sequence[Chord | None],
) -> tuple[str, bool, bool]:
    """(kind, prepared, resolved) of a note of a line that the chord of a beat does not hold."""
    note = line[index]
    before = line[index - 1] if index and line[index - 1].end == note.onset else None
    comes = None if before is None else note.pitch - before.pitch
    prepared = note.onset < spans[beat][0] or comes == 0
    stays_until, goes = departure(line, index)
    if held_into_chord(note.pitch % 12, stays_until, beat, spans, chords):
        steps_in = comes is not None and 0 < abs(comes) <= STEP
        return (PEDAL if prepared or not steps_in else ANTICIPATION), prepared, True
    steps_out = goes is not None and abs(goes) <= STEP
    if prepared:
        kind = FREE if not steps_out else SUSPENSION if goes is not None and goes < 0 else RETARDATION
        return kind, True, steps_out
    if comes is None or goes is None or abs(comes) > STEP:
        return (APPOGGIATURA if steps_out else FREE), False, steps_out
    if not steps_out:
        return ESCAPE, False, False
    return (PASSING if comes * goes > 0 else NEIGHBOUR), False, True


def departure(line: Sequence[Note], index: int) -> tuple[Fraction, int | None]:
    """(when a note's pitch, struck again or not, ends, the semitones to the note after it or ``None``)"""
    while index + 1 < len(line) and line[index + 1].onset == line[index].end:
        if line[index + 1].pitch != line[index].pitch:
            return line[index].end, line[index + 1].pitch - line[index].pitch
        index += 1
    return line[index].end, None


def held_into_chord(
    pitch_class: int,
    end: Fraction,
    beat: int,
    spans: Sequence[tuple[Fraction, Fraction]],
    chords: Sequence[Chord | None],
) -> bool:
    """Whether a pitch that ends at ``end`` still sounds when the chord of a later beat holds it."""
    for (start, _), chord in zip(spans[beat + 1 :], chords[beat + 1 :], strict=True):
        if start >= end:
            return False
        if chord is not None and pitch_class in chord.pitch_classes:
            return True
    return False
