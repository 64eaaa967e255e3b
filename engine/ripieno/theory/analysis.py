"""Roman numerals and cadences of a score, in the keys that ``ripieno.theory.keys`` finds.

One chord a beat, as ``ripieno.theory.beat_chords`` hears it, and two where the harmony changes on the half
beat.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

import numpy as np

from ripieno.grid import REST
from ripieno.score import Key, Measure, Score
from ripieno.theory.beat_chords import beat_spans, chords_by_beat
from ripieno.theory.chords import MAJOR_SEVENTH, MINOR_SEVENTH, Chord, chord_of, inversion, numeral
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
    """A chord that begins at ``onset``. sounding: the pitch classes of all notes on its beat."""

    onset: Fraction
    chord: Chord
    sounding: frozenset[int]


def analyse(score: Score) -> Analysis:
    """Name the chords and cadences of a score."""
    texture = score_texture(score)
    found = sonorities(score, texture)
    keys = keys_by_chord(score, found)
    chords: list[ChordLabel] = []
    for sonority, key in zip(found, keys, strict=True):
        measure, beat = score.place(sonority.onset)
        label = ChordLabel(sonority.onset, measure, float(beat), key, numeral(sonority.chord, key))
        if not chords or (chords[-1].figure, chords[-1].key) != (label.figure, label.key):
            chords.append(label)
    return Analysis(tuple(chords), tuple(cadences(score, texture, found, keys)))


# -- chords ------------------------------------------------------------------------------------------------


def sonorities(score: Score, texture: Texture) -> list[Sonority]:
    """The chords beat by beat; in a silence the chord before it goes on."""
    found: list[Sonority] = []
    spans = beat_spans(score.measures)
    for (start, stop), chord in zip(spans, chords_by_beat(texture, spans), strict=True):
        if chord is not None:
            sounding = pitch_classes_on(texture, start, stop)
            found.append(Sonority(start, chord, sounding))
            middle = (start + stop) / 2
            later = chord_at(texture, middle)
            if later is not None and changes(chord, later):
                found.append(Sonority(middle, later, sounding))
        elif found:
            found.append(replace(found[-1], onset=start))
    return found


def changes(chord: Chord, later: Chord) -> bool:
    """Whether a chord on the half beat is a new harmony: another root over another bass.

    A six-four or a minor or major seventh there comes about by voices that pass.
    """
    passing = later.kind in (MINOR_SEVENTH, MAJOR_SEVENTH) or inversion(later) == "64"
    return later.root != chord.root and later.bass != chord.bass and not passing


def keys_by_chord(score: Score, found: Sequence[Sonority]) -> list[Key]:
    """The local key of each chord; where the signature changes, the hearing begins afresh."""
    keys: list[Key] = []
    for signature, group in groupby(found, key=lambda s: score.measure_at(s.onset).key):
        span = list(group)
        keys += local_keys([s.chord.pitch_classes for s in span], signature, [s.sounding for s in span])
    return keys


def pitch_classes_on(texture: Texture, start: Fraction, stop: Fraction) -> frozenset[int]:
    """The pitch classes of all notes that sound on [start, stop)."""
    rows = slice(max(bisect_right(texture.onsets, start) - 1, 0), bisect_left(texture.onsets, stop))
    return frozenset(p % 12 for p in np.unique(texture.pitches[rows]).tolist() if p != REST)


def chord_at(texture: Texture, time: Fraction) -> Chord | None:
    """The chord of the notes that sound from a time on, ``None`` where no note begins or they form none."""
    row = bisect_left(texture.onsets, time)
    if row == len(texture.onsets) or texture.onsets[row] != time:
        return None
    voices = [v for v, pitch in enumerate(texture.pitches[row].tolist()) if pitch != REST]
    return chord_of([s for v in voices if (s := texture.note(row, v).spelling) is not None])


# -- cadences ----------------------------------------------------------------------------------------------


def cadences(score: Score, texture: Texture, found: Sequence[Sonority], keys: Sequence[Key]) -> list[Cadence]:
    """The cadence at the end of each phrase, as far as its last two chords make one."""
    named: list[Cadence] = []
    for row in texture.phrase_ends():
        time = texture.onsets[row]
        index = bisect_right(found, time, key=lambda s: s.onset) - 1
        if index < 0:
            continue
        last = found[index]
        before = next((s for s in found[index::-1] if s.chord.root != last.chord.root), None)
        if before is None:
            continue
        soprano = int(texture.pitches[row, 0]) % 12
        kind = cadence_kind(before.chord, last.chord, soprano, keys[index])
        if kind is not None:
            measure, beat = score.place(time)
            named.append(Cadence(time, measure, float(beat), keys[index], kind))
    return named


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
