"""Roman numerals and cadences of a score, in the keys that ``ripieno.theory.keys`` finds.

One chord a beat, or half a beat in meters that count half notes, as ``ripieno.theory.beat_chords`` hears it,
and two where the harmony changes in its middle.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np

from ripieno.grid import REST
from ripieno.harmony.asked_chord import AskedChord, AskedHarmony
from ripieno.harmony.symbol_text import chord_text
from ripieno.results import Analysis, Cadence, CadenceKind, ChordLabel
from ripieno.score import Key, Phrase, Score
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.beat_sounds import chord_spans
from ripieno.theory.chords import (
    MAJOR_SEVENTH,
    MINOR_SEVENTH,
    Chord,
    chord_of,
    chord_symbol,
    inversion,
    numeral,
    plain_chord,
)
from ripieno.theory.home_key import find_home_key
from ripieno.theory.keys import local_keys, tonic_of
from ripieno.theory.texture import Texture, score_texture


@dataclass(frozen=True, slots=True)
class Sonority:
    """A chord that begins at ``onset``. sounding: the pitch classes of all notes on its beat."""

    onset: Fraction
    chord: Chord
    sounding: frozenset[int]


def analyse(
    score: Score,
    phrases: Sequence[Phrase] | None = None,
    until: Fraction | None = None,
    home: Key | None = None,
) -> Analysis:
    """Name the chords and cadences of a score.

    phrases: at whose ends cadences are looked for; ``None``: at fermatas, before rests, and at the end.
    until: the time in quarters up to which the score is looked at; ``None`` is all of it. home: the home key;
    ``None``: as it is found in the score.
    """
    texture = score_texture(score)
    found = [s for s in sonorities(score, texture) if until is None or s.onset < until]
    keys = keys_by_chord(score, found, home or find_home_key(score).key)
    chords: list[ChordLabel] = []
    for sonority, key in zip(found, keys, strict=True):
        measure, beat = score.place(sonority.onset)
        figure, (root, bass) = numeral(sonority.chord, key), (sonority.chord.root, sonority.chord.bass)
        symbol = chord_symbol(sonority.chord, key)
        label = ChordLabel(sonority.onset, measure, float(beat), key, figure, root, bass, symbol)
        if not chords or (chords[-1].figure, chords[-1].key) != (label.figure, label.key):
            chords.append(label)
    if phrases is None:
        ends = [(texture.onsets[row], texture.onsets[row]) for row in texture.phrase_ends()]
    else:
        ends = [(start, end) for start, end in last_notes(score, phrases) if until is None or start < until]
    return Analysis(tuple(chords), tuple(cadences(score, texture, found, keys, ends)))


def under_asked(analysis: Analysis, asked: AskedHarmony, score: Score) -> Analysis:
    """The analysis of a score with the chords that were asked for as they were, in place of what is heard.

    Those without a symbol, as of figured bass, stay as they are heard.
    """
    chords = [chord for chord in asked.chords if chord.symbol is not None]
    kept = [c for c in analysis.chords if not any(a.onset <= c.onset < a.end for a in chords)]
    labels = [asked_label(chord, analysis, score) for chord in chords]
    found: list[ChordLabel] = []
    for label in sorted([*kept, *labels], key=lambda label: label.onset):
        before = found[-1] if found else None
        if before is None or (before.symbol, before.figure, before.key) != (
            label.symbol,
            label.figure,
            label.key,
        ):
            found.append(label)
    return replace(analysis, chords=tuple(found))


def asked_label(asked: AskedChord, analysis: Analysis, score: Score) -> ChordLabel:
    """The label of a chord that was asked for, in the key that is heard there."""
    assert asked.symbol is not None
    heard = analysis.chord_at(asked.onset)
    key = heard.key if heard is not None else score.measure_at(asked.onset).key
    measure, beat = score.place(asked.onset)
    root = asked.symbol.root.pitch_class
    bass = asked.symbol.sounding_bass.pitch_class
    intervals = frozenset((tone - root) % 12 for tone in asked.symbol.pitch_classes)
    plain = plain_chord(root, intervals, bass)
    figure = chord_text(asked.symbol) if plain is None else numeral(plain, key)
    return ChordLabel(asked.onset, measure, float(beat), key, figure, root, bass, asked.symbol)


# -- chords ------------------------------------------------------------------------------------------------


def sonorities(score: Score, texture: Texture) -> list[Sonority]:
    """The chords beat by beat; in a silence the chord before it goes on."""
    found: list[Sonority] = []
    spans = chord_spans(score.measures)
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


def keys_by_chord(score: Score, found: Sequence[Sonority], home: Key) -> list[Key]:
    """The local key of each chord; where the signature changes, the hearing begins afresh.

    home: of the piece, which is that of its last signature.
    """
    keys: list[Key] = []
    for signature, group in groupby(found, key=lambda s: score.measure_at(s.onset).key):
        span = list(group)
        chords, sounding = [s.chord.pitch_classes for s in span], [s.sounding for s in span]
        is_last = signature == score.measures[-1].key
        keys += local_keys(chords, signature, sounding, home if is_last else None)
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


def cadences(
    score: Score,
    texture: Texture,
    found: Sequence[Sonority],
    keys: Sequence[Key],
    ends: Iterable[tuple[Fraction, Fraction]],
) -> list[Cadence]:
    """The cadence at the end of each phrase, as far as its last two chords make one.

    ends: when the last note of each phrase begins and ends, in quarters.
    """
    named: list[Cadence] = []
    for start, end in ends:
        index = closing_chord([(s.onset, s.chord.root) for s in found], start, end)
        if index is None:
            continue
        last = found[index]
        before = next((s for s in found[index::-1] if s.chord.root != last.chord.root), None)
        if before is None:
            continue
        time = max(start, last.onset)
        soprano = int(texture.pitches[bisect_right(texture.onsets, time) - 1, 0]) % 12
        kind = cadence_kind(before.chord, last.chord, soprano, keys[index])
        if kind is not None:
            measure, beat = score.place(time)
            named.append(Cadence(time, measure, float(beat), keys[index], kind))
    return named


def last_notes(score: Score, phrases: Sequence[Phrase]) -> list[tuple[Fraction, Fraction]]:
    """When the last note of each phrase begins and ends, and the last of all where no phrase ends there."""
    spans = [(phrase.last, phrase.end) for phrase in phrases]
    last = max((voice.notes[-1].onset for voice in score.voices if voice.notes), default=None)
    if last is not None and (not spans or spans[-1][1] <= last):
        spans.append((last, score.duration))
    return spans


def closing_chord(chords: Sequence[tuple[Fraction, int]], start: Fraction, end: Fraction) -> int | None:
    """The index of the chord on which a phrase closes; None where nothing sounds yet.

    chords: the onset and root of each, in the order of time. start, end: of the phrase's last note. It is the
    one whose root holds longest under that note, the first of equals.
    """
    first = bisect_right(chords, start, key=lambda chord: chord[0]) - 1
    if first < 0:
        return None
    stop = max(bisect_left(chords, end, key=lambda chord: chord[0]), first + 1)
    times = [start, *(onset for onset, _ in chords[first + 1 : stop]), max(start, end)]
    held: dict[int, Fraction] = {}
    for (_, root), (begin, until) in zip(chords[first:stop], pairwise(times), strict=True):
        held[root] = held.get(root, Fraction(0)) + until - begin
    longest = max(held, key=lambda root: held[root])
    return next(i for i in range(first, stop) if chords[i][1] == longest)


def cadence_kind(before: Chord, last: Chord, soprano: int, key: Key) -> CadenceKind | None:
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
