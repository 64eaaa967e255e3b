"""Figured bass: what the figures over a bass note mean.

(C. P. E. Bach, Versuch über die wahre Art das Clavier zu spielen II, Berlin 1762.)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ripieno.harmony.chord_symbol import STEPS, Tone
from ripieno.score import LINE_OF_FIFTHS, Key

UNISON, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, OCTAVE, NINTH = range(1, 10)
COMPLETION = (THIRD, SIXTH, FOURTH, SECOND)  # tones that complete figures, the most telling first
MAX_ALTER = 2
MAJOR_THIRD, TRITONE = 4, 6  # semitones


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    number: 2 to 13, steps above the bass counted from 1; None for an accidental alone, which is the third's.
    alter: of the tone, in semitones, as its accidental says; None as the key signature has it. raised: a
    semitone higher than the signature has it, which a stroke through the figure means. held: a line, the tone
    of the figures before goes on.
    """

    number: int | None = None
    alter: int | None = None
    raised: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class FiguredChord:
    """The tones that figures ask for, bass included, the one that says most about the chord first.

    What is figured stands before what completes it, both before the bass; a fifth without a figure is last.
    """

    tones: tuple[Tone, ...]
    bass: Tone


def figured_chord(
    figures: Collection[Figure],
    bass: Tone,
    key: Key,
    before: tuple[Tone, ...] | None = None,
    *,
    same_bass: bool = False,
) -> FiguredChord:
    """The chord over a bass note in a key signature. before: the tones of the chord before, for lines.

    same_bass: the note that bore the chord before still sounds. A tone that no figure names keeps the
    accidental that it had there: after a raised third a seventh comes over that third. A fifth that no figure
    names is perfect over a major third.
    """

    def completing(number: int) -> Tone:
        plain = signature_tone(number, bass, key)
        return tone_on_step(before, plain) if before and same_bass else plain

    def completing_fifth() -> Tone:
        tone = completing(FIFTH)
        over_major = any(is_above(third, bass, MAJOR_THIRD) for third in first)
        return Tone(tone.step, tone.alter + (over_major and is_above(tone, bass, TRITONE)))

    held = before if before and any(is_line(figure) for figure in figures) else None
    asked = [figure for figure in figures if not is_line(figure)]
    added = frozenset[int]() if held else completion({number_of(figure) for figure in asked})
    first = [figured_tone(f, bass, key, before or ()) for f in asked if number_of(f) != OCTAVE]
    first += [*(held or ()), *(completing(n) for n in COMPLETION if n in added)]
    last = [completing_fifth()] if FIFTH in added else []
    order = [*(tone for tone in first if tone.pitch_class != bass.pitch_class), bass, *last]
    written: dict[int, Tone] = {}
    for tone in order:
        written.setdefault(tone.pitch_class, tone)
    return FiguredChord(tuple(written.values()), bass)


def completion(numbers: set[int]) -> frozenset[int]:
    """The intervals above the bass that figures leave unsaid: of none the third and fifth, of 6 the third.

    numbers: those of the figures; beyond the ninth they count as an octave lower.
    (The signatures of C. P. E. Bach, Versuch II, chapters 3 to 21: 6 is 6 3; 65 is 6 5 3; 43 is 6 4 3; 2 and
    42 are 6 4 2; 7 is 7 5 3; 4 is 5 4; 9 is 9 5 3; but 52 stands for itself.)
    """
    there = {number - 7 if number > NINTH else number for number in numbers}
    added = set[int]()
    if not there & {SECOND, THIRD, FOURTH}:
        added.add(THIRD)
    if SECOND in there and not there & {THIRD, FOURTH, FIFTH}:
        added.add(FOURTH)
    on_a_seventh = SECOND in there and not there & {FIFTH, SEVENTH}  # which is the bass
    over_a_fifth = {THIRD, FOURTH} <= there and not there & {FIFTH, SEVENTH, NINTH}
    if on_a_seventh or over_a_fifth:
        added.add(SIXTH)
    elif not there & {SECOND, FIFTH, SIXTH}:
        added.add(FIFTH)
    return frozenset(added - there)


def number_of(figure: Figure) -> int:
    """The number of a figure; of an accidental alone the third's."""
    return THIRD if figure.number is None else figure.number


def is_line(figure: Figure) -> bool:
    """Whether this is a line without a figure, which holds all tones."""
    return figure.held and figure.number is None and figure.alter is None and not figure.raised


def figured_tone(figure: Figure, bass: Tone, key: Key, before: tuple[Tone, ...]) -> Tone:
    """The tone of a figure. One that is held is that of the chord before where this has one on its step.

    A sharp before what the signature flattens makes it natural, and so does a flat before what it sharpens,
    as was the custom.
    """
    plain = signature_tone(number_of(figure), bass, key)
    if figure.held:
        return tone_on_step(before, plain)
    if figure.alter is not None:
        against = {figure.alter, plain.alter} == {-1, 1}
        return Tone(plain.step, 0 if against else figure.alter)
    return Tone(plain.step, min(plain.alter + figure.raised, MAX_ALTER))


def is_above(tone: Tone, bass: Tone, semitones: int) -> bool:
    """Whether a tone lies so many semitones above a bass note, octaves apart."""
    return (tone.pitch_class - bass.pitch_class) % 12 == semitones


def tone_on_step(tones: tuple[Tone, ...], plain: Tone) -> Tone:
    """The tone among these on the step of another one; that one where there is none."""
    return next((tone for tone in tones if tone.step == plain.step), plain)


def signature_tone(number: int, bass: Tone, key: Key) -> Tone:
    """The tone of a key signature that many steps above a bass note, counted from 1."""
    step = STEPS[(STEPS.index(bass.step) + number - 1) % 7]
    return Tone(step, (key.fifths - LINE_OF_FIFTHS.index(step) + 6) // 7)
