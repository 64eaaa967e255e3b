"""How often `ripieno check --analysis` agrees with published analyses of Bach's chorales.

    python benchmarks/analysis.py

The analyses are those that music21 ships (Andrew Jones, proofread by Dmitri Tymoczko and Hamish Robb).
On every eighth of each chorale: the root of the chord, the key, and both. On every beat: the root, root and
quality, root and bass, and the whole name. Version 0.1.0 stands beside. A chorale whose file has another
length or stands in another key than the analysis is left out, and named.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from music21 import __file__ as music21_file
from music21 import corpus

from ripieno.score import Score
from ripieno.theory.analysis import keys_by_chord, sonorities
from ripieno.theory.beat_chords import beat_spans, chords_by_beat
from ripieno.theory.chords import Chord
from ripieno.theory.home_key import find_home_key
from ripieno.theory.keys import tonic_of
from ripieno.theory.texture import score_texture
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.voice_assignment import sung_voices

BACH = Path(music21_file).parent / "corpus" / "bach"
EIGHTH = Fraction(1, 2)
Key = tuple[int, str]  # (tonic, mode)
BY_EIGHTH = ("root", "key", "both")
BY_BEAT = ("root", "root and quality", "root and bass", "whole name")
# Version 0.1.0, whose chord of a beat was the first sound on it that is a chord by itself.
BEFORE = {BY_EIGHTH: (0.902, 0.837, 0.754), BY_BEAT: (0.944, 0.923, 0.917, 0.906)}


class Label(NamedTuple):
    """A chord from its onset on, in quarters."""

    onset: Fraction
    chord: Chord
    key: Key | None = None


def published_labels(name: str) -> tuple[list[Label], float]:
    """(the labels of a published analysis, its length in quarters)"""
    score = corpus.parse(f"bach/choraleAnalyses/{name}")
    labels: list[Label] = []
    for numeral in score.recurse().getElementsByClass("RomanNumeral"):
        onset = Fraction(numeral.getOffsetInHierarchy(score)).limit_denominator(12)
        root = numeral.root().pitchClass
        kind = tuple(sorted({(p.pitchClass - root) % 12 for p in numeral.pitches} - {0}))
        chord = Chord(root, kind, numeral.bass().pitchClass)
        labels.append(Label(onset, chord, (numeral.key.tonic.pitchClass, numeral.key.mode)))
    return labels, float(score.duration.quarterLength)


def analysed_labels(score: Score) -> list[Label]:
    """The labels from which ``analyse`` works."""
    found = sonorities(score, score_texture(score))
    keys = keys_by_chord(score, found, find_home_key(score).key)
    return [
        Label(s.onset, s.chord, (tonic_of(k), k.mode or "major")) for s, k in zip(found, keys, strict=True)
    ]


def beat_labels(score: Score) -> list[Label]:
    """The chord of each beat; in a silence that of the beat before."""
    spans = beat_spans(score.measures)
    chords = chords_by_beat(score_texture(score), spans)
    return [Label(start, c) for (start, _), c in zip(spans, chords, strict=True) if c is not None]


def label_at(labels: Sequence[Label], time: Fraction) -> Label | None:
    """The label in force at a time."""
    index = bisect_right(labels, time, key=lambda label: label.onset) - 1
    return labels[index] if index >= 0 else None


def compare(
    ours: Sequence[Label],
    theirs: Sequence[Label],
    times: Sequence[Fraction],
    agree: Callable[[Label, Label], tuple[bool, ...]],
) -> list[int]:
    """[times compared, times at which the labels agree in each respect]"""
    pairs = [(label_at(ours, t), label_at(theirs, t)) for t in times]
    rows = [(True, *agree(a, b)) for a, b in pairs if a is not None and b is not None]
    return [sum(column) for column in zip(*rows, strict=True)]


def agree_by_eighth(a: Label, b: Label) -> tuple[bool, ...]:
    root, key = a.chord.root == b.chord.root, a.key == b.key
    return root, key, root and key


def agree_by_beat(a: Label, b: Label) -> tuple[bool, ...]:
    root, bass = a.chord.root == b.chord.root, a.chord.bass == b.chord.bass
    quality = set(a.chord.kind) == set(b.chord.kind)
    return root, root and quality, root and bass, root and quality and bass


def main() -> None:
    totals = {BY_EIGHTH: [0] * 4, BY_BEAT: [0] * 5}
    for path in sorted((BACH / "choraleAnalyses").glob("*.rntxt")):
        number = re.search(r"BWV: ?([\d.]+)", path.read_text(errors="replace"))[1]
        file = BACH / f"bwv{number}.mxl"
        labels, length = published_labels(path.name)
        if not file.exists():
            print(f"bwv{number}: left out, music21 has no file of it")
            continue
        source = load(file)
        score, _ = sung_voices(source.score, source.lines)
        eighths = [i * EIGHTH for i in range(int(score.duration / EIGHTH))]
        beats = [start for start, _ in beat_spans(score.measures)]
        counts = {
            BY_EIGHTH: compare(analysed_labels(score), labels, eighths, agree_by_eighth),
            BY_BEAT: compare(beat_labels(score), labels, beats, agree_by_beat),
        }
        by_eighth = counts[BY_EIGHTH]
        if abs(float(score.duration) - length) > 4 or by_eighth[1] < by_eighth[0] / 4:
            print(f"bwv{number}: left out, the file has another length or key than the analysis")
            continue
        print(f"bwv{number:8} {shares(BY_EIGHTH, by_eighth)}; by beat {shares(BY_BEAT, counts[BY_BEAT])}")
        totals = {
            names: [a + b for a, b in zip(totals[names], counts[names], strict=True)] for names in totals
        }
    for names, place in ((BY_EIGHTH, "eighths"), (BY_BEAT, "beats")):
        print(f"together, {totals[names][0]} {place}: {shares(names, totals[names])}")
        print("    0.1.0: " + ", ".join(f"{n} {v:.3f}" for n, v in zip(names, BEFORE[names], strict=True)))


def shares(names: Sequence[str], counts: Sequence[int]) -> str:
    """Each count after the first as a share of it, with its name."""
    return ", ".join(f"{n} {count / counts[0]:.3f}" for n, count in zip(names, counts[1:], strict=True))


if __name__ == "__main__":
    main()
