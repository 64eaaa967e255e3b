"""Roman numerals and cadences of a score, in the keys that ``ripieno.theory.keys`` finds.

One chord a beat, two where the harmony changes on the half beat. Passing notes are ignored.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from ripieno.grid import REST
from ripieno.score import Key, Measure, Score
from ripieno.theory.chords import Chord, chord_of, numeral
from ripieno.theory.keys import local_keys, tonic_of
from ripieno.theory.texture import Texture, score_texture


@dataclass(frozen=True, slots=True)
class ChordLabel:
    """A chord in its key. beat: from 1. figure: its Roman numeral with the inversion, such as "V65"."""

    onset: Fraction
    measure: str
    beat: float
    key: Key
    figure: str


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a phrase ends. kind: perfect authentic, imperfect authentic, half, plagal or deceptive."""

    onset: Fraction
    measure: str
    beat: float
    key: Key
    kind: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """The chords of a score where they change, and its cadences, in the order of time."""

    chords: tuple[ChordLabel, ...]
    cadences: tuple[Cadence, ...]

    def lines(self, score: Score) -> list[str]:
        """One line a measure: "m. 3   1 I   2 V6   3 vi | half cadence"; a new key before its chord."""
        lines: list[str] = []
        key: Key | None = None
        for measure in score.measures:
            words: list[str] = []
            for chord in (c for c in self.chords if inside(c, measure)):
                if chord.key != key:
                    words.append(f"{chord.key}:")
                    key = chord.key
                words.append(f"{chord.beat:g} {chord.figure}")
            ends = [f"{c.kind} cadence" for c in self.cadences if inside(c, measure)]
            line = f"m. {measure.number:4} {'   '.join(words)}".rstrip()
            lines.append(" | ".join([line, *ends]))
        return lines


def inside(found: ChordLabel | Cadence, measure: Measure) -> bool:
    """Whether a chord or cadence starts in a measure."""
    return measure.onset <= found.onset < measure.end


@dataclass(frozen=True, slots=True)
class Sonority:
    """A chord that sounds from ``onset`` on, formed by row ``row`` of the texture."""

    onset: Fraction
    row: int
    chord: Chord


def analyse(score: Score) -> Analysis:
    """Name the chords and cadences of a score."""
    texture = score_texture(score)
    found = sonorities(score, texture)
    keys: list[Key] = []
    for signature, span in groupby(found, key=lambda s: score.measure_at(s.onset).key):
        keys += local_keys([s.chord.pitch_classes for s in span], signature)
    chords: list[ChordLabel] = []
    for sonority, key in zip(found, keys, strict=True):
        measure, beat = score.place(sonority.onset)
        label = ChordLabel(sonority.onset, measure, float(beat), key, numeral(sonority.chord, key))
        if not chords or (chords[-1].figure, chords[-1].key) != (label.figure, label.key):
            chords.append(label)
    return Analysis(tuple(chords), tuple(cadences(score, texture, found, keys)))


# -- chords ------------------------------------------------------------------------------------------------


def sonorities(score: Score, texture: Texture) -> list[Sonority]:
    """The chords beat by beat, each at the time when it begins to sound; beats without one are left out."""
    found: list[Sonority] = []
    ends = [*texture.onsets[1:], score.duration]
    row = 0
    for measure in score.measures:
        # A pickup is counted from its barline backwards.
        time = measure.end - measure.meter.beat * -(-measure.duration // measure.meter.beat)
        while time < measure.end:
            start, stop = max(time, measure.onset), min(time + measure.meter.beat, measure.end)
            while row < len(ends) and ends[row] <= start:
                row += 1
            rows = range(row, bisect_left(texture.onsets, stop))
            found += chords_of_beat(texture, rows, start, stop)
            time += measure.meter.beat
    return found


def chords_of_beat(texture: Texture, rows: Sequence[int], start: Fraction, stop: Fraction) -> list[Sonority]:
    """The chord of a beat, and a second one where the harmony changes at its middle."""
    chords = [s for r in rows if (s := sonority_at(texture, r, start)) is not None]
    if not chords:
        return []
    first = chords[0]
    middle = (start + stop) / 2
    for later in chords[1:]:
        if (
            later.onset == middle
            and later.chord.root != first.chord.root
            and later.chord.bass != first.chord.bass
        ):
            return [first, later]
    return [first]


def sonority_at(texture: Texture, row: int, start: Fraction) -> Sonority | None:
    """The chord of a texture's row, ``None`` where its notes form none. start: of the beat, in quarters."""
    voices = [v for v, pitch in enumerate(texture.pitches[row].tolist()) if pitch != REST]
    spellings = [s for v in voices if (s := texture.note(row, v).spelling) is not None]
    chord = chord_of(spellings)
    return None if chord is None else Sonority(max(texture.onsets[row], start), row, chord)


# -- cadences ----------------------------------------------------------------------------------------------


def cadences(score: Score, texture: Texture, found: Sequence[Sonority], keys: Sequence[Key]) -> list[Cadence]:
    """The cadence at the end of each phrase, as far as its last two chords make one."""
    named: list[Cadence] = []
    for row in texture.phrase_ends():
        time = texture.onsets[row]
        last = last_chord(texture, row)
        earlier = [i for i, s in enumerate(found) if s.onset < time]
        if last is None or not earlier:
            continue
        before = next((found[i] for i in reversed(earlier) if found[i].chord.root != last.chord.root), None)
        if before is None:
            continue
        key = keys[bisect_right(found, last.onset, key=lambda s: s.onset) - 1]
        kind = cadence_kind(before.chord, last.chord, int(texture.pitches[last.row, 0]) % 12, key)
        if kind is not None:
            measure, beat = score.place(time)
            named.append(Cadence(time, measure, float(beat), key, kind))
    return named


def last_chord(texture: Texture, row: int) -> Sonority | None:
    """The last chord of a phrase that ends at ``row``; under a fermata a suspension may come before it."""
    while row < len(texture.onsets):
        sonority = sonority_at(texture, row, texture.onsets[row])
        if sonority is not None or not texture.fermata[row]:
            return sonority
        row += 1
    return None


def cadence_kind(before: Chord, last: Chord, soprano: int, key: Key) -> str | None:
    """The kind of cadence that two chords form, ``None`` if they form none.

    soprano: its pitch class in the last chord.
    """
    tonic = tonic_of(key)
    come, gone = (before.root - tonic) % 12, (last.root - tonic) % 12
    leads = (tonic + 11) % 12 in before.pitch_classes
    if gone == 0 and leads and come in (7, 11):
        rooted = come == 7 and before.bass == before.root and last.bass == tonic
        return "perfect authentic" if rooted and soprano == tonic else "imperfect authentic"
    if gone == 0 and come == 5:
        return "plagal"
    if gone == 7:
        return "half"
    if gone in (8, 9) and leads and come == 7:
        return "deceptive"
    return None
