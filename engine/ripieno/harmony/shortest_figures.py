"""The figures that a thoroughbass player needs over a bass note, and no more."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from ripieno.harmony.chord_symbol import STEPS, Tone
from ripieno.harmony.figured_bass import THIRD, Figure, figured_chord, signature_tone
from ripieno.score import Key


def shortest_figures(tones: Collection[Tone], bass: Tone, key: Key) -> tuple[Figure, ...]:
    """The fewest figures that mean these tones over a bass in a key signature, the highest number first.

    A plain triad needs none, a chord of the sixth a 6, and the usual 6 stands for 6 3.
    """
    figures = sorted(
        (figure_of(tone, bass, key) for tone in tones if tone.pitch_class != bass.pitch_class),
        key=lambda figure: -(figure.number or THIRD),
    )
    wanted = {tone.pitch_class for tone in (*tones, bass)}
    for count in range(len(figures)):
        for some in combinations(figures, count):
            if {tone.pitch_class for tone in figured_chord(some, bass, key).tones} == wanted:
                return some
    return tuple(figures)


def figure_of(tone: Tone, bass: Tone, key: Key) -> Figure:
    """A tone as a figure; an altered third is its accidental alone."""
    number = (STEPS.index(tone.step) - STEPS.index(bass.step)) % 7 + 1
    plain = signature_tone(number, bass, key)
    if plain == tone:
        return Figure(number)
    return Figure(None if number == THIRD else number, tone.alter)
