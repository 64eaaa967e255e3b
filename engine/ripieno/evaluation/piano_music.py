"""Piano music as its measures of quality read it: two hands, whole measures, their chords, the keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from statistics import mode

from ripieno.errors import RequestError
from ripieno.grid import NO_KEY, NO_METER, Grid, grid_to_states, states_to_notes
from ripieno.models.note_states.keyboard import PITCHES, measure_spans
from ripieno.piano.hands import divide_hands
from ripieno.piano.lines import lines
from ripieno.score import Key, Note
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.beat_sounds import Span
from ripieno.theory.chords import Chord
from ripieno.theory.keys import key_near, local_keys, signature_on, tonic_of
from ripieno.theory.texture import build_texture


@dataclass(frozen=True, slots=True)
class PianoMeasure:
    """A measure on [onset, end), in quarters, and its middle. signature: the major key of its signature."""

    onset: Fraction
    middle: Fraction
    end: Fraction
    signature: Key


@dataclass(frozen=True, eq=False)
class PianoMusic:
    """Music for two hands. right, left: their notes, by onset, then from low to high.

    measures: at least one, without a pickup.
    """

    right: tuple[Note, ...]
    left: tuple[Note, ...]
    measures: tuple[PianoMeasure, ...]

    @property
    def key(self) -> Key:
        """The home key of the last signature.

        The last note has no say, since whether a piece ends on its tonic is to be measured.
        """
        return self.home_of(self.sections[-1])

    @property
    def tonic(self) -> int:
        """The pitch class of its key note."""
        return tonic_of(self.key)

    @cached_property
    def sections(self) -> list[range]:
        """The measures that have one signature, and follow each other."""
        signatures = [bar.signature for bar in self.measures]
        starts = [i for i, here in enumerate(signatures) if i == 0 or here != signatures[i - 1]]
        return [range(a, b) for a, b in pairwise([*starts, len(signatures)])]

    def home_of(self, section: range) -> Key:
        """The major or the minor key of a section's signature: the one on whose triad it stands longer."""
        signature = self.measures[section[0]].signature
        minor = key_near((tonic_of(signature) + 9) % 12, "minor", signature.fifths)
        chords = [chord for chord in self.half_chords[2 * section.start : 2 * section.stop] if chord]

        def halves(key: Key) -> int:
            third = 3 if key.mode == "minor" else 4
            return sum(chord.root == tonic_of(key) and chord.kind[0] == third for chord in chords)

        return max((replace(signature, mode="major"), minor), key=halves)

    @property
    def hands(self) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The right hand's notes, the left hand's notes."""
        return self.right, self.left

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """The notes of both hands, by onset."""
        return tuple(sorted((*self.right, *self.left), key=lambda note: (note.onset, note.pitch)))

    @cached_property
    def measure_chords(self) -> list[Chord | None]:
        """The chord of each measure; None where nothing sounds."""
        return self.chords([(bar.onset, bar.end) for bar in self.measures])

    @cached_property
    def half_chords(self) -> list[Chord | None]:
        """The chords of both halves of each measure."""
        halves = [((bar.onset, bar.middle), (bar.middle, bar.end)) for bar in self.measures]
        return self.chords([half for both in halves for half in both])

    @cached_property
    def keys(self) -> list[Key]:
        """The key of each measure, as ``local_keys`` finds it from the triads.

        The sevenths have no say: in a blues every chord has that of a dominant.
        """
        tones = [frozenset[int]() if c is None else triad_tones(c) for c in self.half_chords]
        found: list[Key] = []
        for bars in self.sections:
            halves, home = tones[2 * bars.start : 2 * bars.stop], self.home_of(bars)
            found += local_keys(halves, self.measures[bars[0]].signature, home=home)[::2]
        return found

    def chords(self, spans: Sequence[Span]) -> list[Chord | None]:
        """The chord of each span, as ``chords_by_beat`` names it from lines.

        The bass is a line of its own: in each span the lowest of the notes with which the left hand begins.
        So the chords that it strikes afterwards, as in ragtime, stand above their bass.
        """
        bass = [note for span in spans for note in first_bass(self.left, span)]
        taken = set(bass)
        others = [note for note in self.left if note not in taken]
        ends = [*(note.onset for note in bass[1:]), spans[-1][1]]
        cut = tuple(
            replace(note, duration=min(note.end, end) - note.onset)
            for note, end in zip(bass, ends, strict=bool(bass))
        )
        rows = [line.notes for hand in (self.right, others) for line in lines(hand)]
        rows = [row for row in (*rows, cut) if row]
        if not rows:
            return [None] * len(spans)
        texture = build_texture([str(number) for number in range(len(rows))], rows, self.signature_at)
        return chords_by_beat(texture, spans)

    def signature_at(self, time: Fraction) -> Key:
        """The key signature at a time in quarters."""
        index = bisect_right(self.measures, time, key=lambda bar: bar.onset) - 1
        return self.measures[max(index, 0)].signature


def piano_music(grid: Grid, name: str) -> PianoMusic:
    """Read a piece from its grid. Raises RequestError, with its name, where it has no meter or no measure."""
    spans = measure_spans(grid)
    if not spans or int(grid.position.min()) == NO_METER:
        raise RequestError(f"{name}: it has no meter, which these measures need; leave it out")
    usual = mode(end - start for start, end in spans)
    # Shorter measures are pickups and parts of divided ones; the last measure may lack a pickup's length.
    shortest = [usual] * (len(spans) - 1) + [usual // 2 + 1]
    notes = states_to_notes(grid_to_states(grid, 0, PITCHES), grid.edges)
    right, left = divide_hands(notes)
    measures = tuple(
        PianoMeasure(
            grid.edges[start],
            grid.edges[start + usual // 2],
            grid.edges[end],
            signature(int(grid.tonic[start])),
        )
        for (start, end), least in zip(spans, shortest, strict=True)
        if least <= end - start <= usual
    )
    return PianoMusic(tuple(right), tuple(left), measures)


def signature(tonic: int) -> Key:
    """The key signature of a grid's step; none where it is not known."""
    return Key() if tonic == NO_KEY else signature_on(tonic)


def triad_tones(chord: Chord) -> frozenset[int]:
    """The pitch classes of a chord without its seventh."""
    return frozenset((chord.root + up) % 12 for up in (0, *chord.kind[:2]))


def first_bass(left: Sequence[Note], span: Span) -> list[Note]:
    """The lowest of the notes with which the left hand begins in a span; none where it strikes nothing.

    left: by onset.
    """
    first, end = (bisect_left(left, time, key=lambda note: note.onset) for time in span)
    struck = left[first:end]
    return [min(struck, key=lambda note: (note.onset, note.pitch))] if struck else []
