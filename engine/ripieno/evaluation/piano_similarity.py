"""How similar piano music is to other piano music, by counts of pitch classes, rhythm and chords."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise

from ripieno.evaluation.piano_music import PianoMusic
from ripieno.evaluation.similarity import total_variation
from ripieno.theory.keys import tonic_of

RIGHT, LEFT = 0, 1


def piano_distances(made: Sequence[PianoMusic], originals: Sequence[PianoMusic]) -> dict[str, float]:
    """For each thing counted, the share of it that would have to change to make the two sets alike."""
    return {
        name: round(total_variation(count(made), count(originals)), 4) for name, count in PIANO_COUNTS.items()
    }


def pitch_classes(pieces: Iterable[PianoMusic]) -> Counter[Hashable]:
    """Each hand's notes by pitch class, in semitones above the key note of their signature."""
    found: Counter[Hashable] = Counter()
    for music in pieces:
        for section in music.sections:
            tonic = tonic_of(music.home_of(section))
            start, end = music.measures[section[0]].onset, music.measures[section[-1]].end
            for hand, notes in enumerate(music.hands):
                found.update((hand, (n.pitch - tonic) % 12) for n in notes if start <= n.onset < end)
    return found


def rhythm(pieces: Iterable[PianoMusic]) -> Counter[Hashable]:
    """Where in the measure each hand strikes, and how long after that it strikes again.

    How long a key is held says little: printed and played music differ in that.
    """
    found: Counter[Hashable] = Counter()
    for music in pieces:
        for hand, notes in enumerate(music.hands):
            strikes = list(pairwise(sorted({note.onset for note in notes})))
            for bar in music.measures:
                first, end = (bisect_left(strikes, (time,)) for time in (bar.onset, bar.end))
                found.update((hand, here - bar.onset, after - here) for here, after in strikes[first:end])
    return found


def chords(pieces: Iterable[PianoMusic]) -> Counter[Hashable]:
    """The chords of half measures: their roots above the key note of their signature, and their kinds."""
    return Counter(
        ((chord.root - tonic_of(music.home_of(section))) % 12, chord.kind)
        for music in pieces
        for section in music.sections
        for chord in music.half_chords[2 * section.start : 2 * section.stop]
        if chord is not None
    )


PIANO_COUNTS: dict[str, Callable[[Iterable[PianoMusic]], Counter[Hashable]]] = {
    "pitch classes": pitch_classes,
    "rhythm": rhythm,
    "chords": chords,
}
