"""How often `ripieno check --analysis` agrees with published analyses of Bach's chorales.

    python benchmarks/analysis.py

The analyses are those that music21 ships (Andrew Jones, proofread by Dmitri Tymoczko and Hamish Robb).
Compared on every eighth of each chorale: the root of the chord, the key, and both. A chorale whose file has
another length or stands in another key than the analysis is left out, and named.
"""

import re
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path

from music21 import __file__ as music21_file
from music21 import corpus

from ripieno.score import Score
from ripieno.theory.analysis import sonorities
from ripieno.theory.keys import local_keys, tonic_of
from ripieno.theory.texture import score_texture
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.voice_assignment import sung_voices

BACH = Path(music21_file).parent / "corpus" / "bach"
EIGHTH = Fraction(1, 2)
Labels = list[tuple[Fraction, int, tuple[int, str]]]  # onset, root, (tonic, mode)


def published_labels(name: str) -> tuple[Labels, float]:
    """(the labels of a published analysis, its length in quarters)"""
    score = corpus.parse(f"bach/choraleAnalyses/{name}")
    labels: Labels = []
    for numeral in score.recurse().getElementsByClass("RomanNumeral"):
        onset = Fraction(numeral.getOffsetInHierarchy(score)).limit_denominator(12)
        key = numeral.key.tonic.pitchClass, numeral.key.mode
        labels.append((onset, numeral.root().pitchClass, key))
    return labels, float(score.duration.quarterLength)


def computed_labels(score: Score) -> Labels:
    """The labels from which ``analyse`` works."""
    found = sonorities(score, score_texture(score))
    keys = local_keys([s.chord.pitch_classes for s in found], score.measures[0].key)
    return [
        (s.onset, s.chord.root, (tonic_of(k), k.mode or "major")) for s, k in zip(found, keys, strict=True)
    ]


def compare(score: Score, labels: Labels) -> list[int]:
    """[eighths compared, same root, same key, same both]"""
    counts = [0, 0, 0, 0]
    made = computed_labels(score)
    for i in range(int(score.duration / EIGHTH)):
        here = [bisect_right(side, i * EIGHTH, key=lambda x: x[0]) - 1 for side in (made, labels)]
        if min(here) < 0:
            continue
        a, b = made[here[0]], labels[here[1]]
        for k, agree in enumerate((True, a[1] == b[1], a[2] == b[2], a[1:] == b[1:])):
            counts[k] += agree
    return counts


def main() -> None:
    totals = [0, 0, 0, 0]
    for path in sorted((BACH / "choraleAnalyses").glob("*.rntxt")):
        number = re.search(r"BWV: ?([\d.]+)", path.read_text(errors="replace"))[1]
        file = BACH / f"bwv{number}.mxl"
        labels, length = published_labels(path.name)
        if not file.exists():
            print(f"bwv{number}: left out, music21 has no file of it")
            continue
        source = load(file)
        score, _ = sung_voices(source.score, source.lines)
        counts = compare(score, labels)
        if abs(float(score.duration) - length) > 4 or counts[1] < counts[0] / 4:
            print(f"bwv{number}: left out, the file has another length or key than the analysis")
            continue
        print(f"bwv{number:8}", shares(counts))
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
    print(f"together   {shares(totals)}")


def shares(counts: list[int]) -> str:
    root, key, both = (count / counts[0] for count in counts[1:])
    return f"{counts[0]:5} eighths: root {root:.3f}, key {key:.3f}, both {both:.3f}"


if __name__ == "__main__":
    main()
