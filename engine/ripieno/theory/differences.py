"""How one harmonization of a piece differs from another, in a musician's words, by the chords that sound.

What matters most comes first: how phrases close, then keys, then the chords on strong beats, then others,
then inversions, then the kinds of chords. At most ``MAX_PARTS`` of these are told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from ripieno.results import Analysis, ChordLabel, Result
from ripieno.score import Key, Measure, Score
from ripieno.theory.analysis import closing_chord, last_notes
from ripieno.theory.keys import tonic_of

MAX_PARTS = 3  # of a sentence
MAX_NAMED = 2  # chords; of more only the measures are told
DOMINANT, SUBDOMINANT = 7, 5  # degrees, in semitones above the tonic
DEGREE_NAMES = {
    **{2: "the second degree", 3: "the third degree", 4: "the third degree", 5: "the subdominant"},
    **{7: "the dominant", 8: "the sixth degree", 9: "the sixth degree"},
    **{10: "the seventh degree", 11: "the seventh degree"},
}
SIXTH = (8, 9)
SAME_NOTES, SAME_CHORDS = "the same notes", "the same chords, other voices"


def difference(first: Result, other: Result) -> str:
    """How a result differs from the first alternative; both must have an analysis.

    Such as "closes on the dominant in measure 8; other chords in measures 2 and 5-7".
    """
    if first.score.voices == other.score.voices:
        return SAME_NOTES
    pair = ComparedResults(first, other)
    parts = [*closes(pair), *keys(pair), *chords(pair)]
    return "; ".join(parts[:MAX_PARTS]) or SAME_CHORDS


# -- the chords that are compared --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhraseClose:
    """How a phrase closes. chord: the one under its last note. before: the last one on another root.

    cadence: its kind, None where it is none.
    """

    chord: ChordLabel
    before: ChordLabel | None
    cadence: str | None


class ComparedResults:
    """Two results for the same piece, up to where both are whole.

    settled: spans of time, in quarters, of which a difference has been told. named_keys: the same of keys.
    """

    def __init__(self, first: Result, other: Result) -> None:
        self.first, self.other = analysis_of(first), analysis_of(other)
        self.score, self.home = other.score, other.key
        whole = self.score.duration
        self.until = min(whole if result.until is None else result.until for result in (first, other))
        ends = last_notes(self.score, other.phrases or ())
        self.ends = [(start, end) for start, end in ends if start < self.until]
        self.settled: list[tuple[Fraction, Fraction]] = []
        self.named_keys: set[str] = set()

    def is_settled(self, time: Fraction) -> bool:
        """Whether the difference at a time belongs to a close that was told."""
        return any(start <= time < end for start, end in self.settled)

    def chords_at(self, times: Iterable[Fraction]) -> Iterator[tuple[Fraction, ChordLabel, ChordLabel]]:
        """The chords of both at each of these times, where there are any and nothing was told of them."""
        for time in times:
            here, there = self.first.chord_at(time), self.other.chord_at(time)
            if here and there and time < self.until and not self.is_settled(time):
                yield time, here, there


def analysis_of(result: Result) -> Analysis:
    """The result's analysis, which it must have."""
    assert result.analysis is not None, "it was analysed"
    return result.analysis


def close_at(analysis: Analysis, start: Fraction, end: Fraction) -> PhraseClose | None:
    """How the phrase closes whose last note sounds on [start, end); None where nothing sounds."""
    chords = analysis.chords
    index = closing_chord([(chord.onset, chord.root) for chord in chords], start, end)
    if index is None:
        return None
    chord = chords[index]
    before = next((other for other in chords[index::-1] if other.root != chord.root), None)
    cadence = next((c.kind for c in analysis.cadences if start <= c.onset < end), None)
    return PhraseClose(chord, before, cadence)


# -- closes ------------------------------------------------------------------------------------------------


def closes(pair: ComparedResults) -> Iterator[str]:
    """The phrases that close differently, such as "closes on the dominant in measure 8"."""
    found: dict[tuple[str, str], list[Measure]] = {}
    for start, end in pair.ends:
        here, there = close_at(pair.first, start, end), close_at(pair.other, start, end)
        words = None if here is None or there is None else other_close(here, there, pair.home)
        if words is not None and there is not None:
            found.setdefault(words, []).append(pair.score.measure_at(start))
            pair.settled.append((start, end))
            pair.named_keys.add(str(there.chord.key))
    for (what, more), measures in found.items():
        yield f"{what} in {in_words(measures, pair.score)}{more}"


def other_close(here: PhraseClose, there: PhraseClose, home: Key | None) -> tuple[str, str] | None:
    """How a phrase closes ``there``, around the words for its place; None where it is as ``here``."""
    words = close_words(there, home)
    if words != close_words(here, home):
        return words
    if here.cadence != there.cadence and there.cadence is not None:
        return f"{a_or_an(there.cadence)} {there.cadence} cadence", ""
    return None


def close_words(close: PhraseClose, home: Key | None) -> tuple[str, str]:
    """What a phrase closes on, before and after the words for its place, such as "closes on the dominant"."""
    chord, local = close.chord, close.chord.key
    home = home or local
    degree = (chord.root - tonic_of(home)) % 12
    if degree == 0:
        picardy = home.mode == "minor" and is_major(chord)
        return "closes on the tonic", " (with a Picardy third)" if picardy else ""
    if chord.root == tonic_of(local) and chord.figure[:1] in "Ii":
        return f"closes in {local}", ""
    if degree in (DOMINANT, SUBDOMINANT):
        return f"closes on {DEGREE_NAMES[degree]}", ""
    if tonic_of(local) != tonic_of(home):
        name = DEGREE_NAMES.get((chord.root - tonic_of(local)) % 12, plain_figure(chord))
        return f"rests on {name} of {local}", ""
    come = None if close.before is None else (close.before.root - tonic_of(home)) % 12
    deceptive = degree in SIXTH and come == DOMINANT
    return f"rests on {DEGREE_NAMES.get(degree, plain_figure(chord))}", " (deceptive)" if deceptive else ""


def is_major(chord: ChordLabel) -> bool:
    """Whether a chord has a major third, by its numeral."""
    return chord.figure.lstrip("b#")[:1].isupper()


def plain_figure(chord: ChordLabel) -> str:
    """A chord's numeral without its inversion: "ii" of "ii6"."""
    numeral, slash, target = chord.figure.partition("/")
    return numeral.rstrip("0123456789") + slash + target


def a_or_an(word: str) -> str:
    """The article before a word."""
    return "an" if word[0] in "aeiou" else "a"


# -- keys --------------------------------------------------------------------------------------------------


def keys(pair: ComparedResults) -> Iterator[str]:
    """The measures in another key, such as "in D minor in measures 5-6", but keys that a close has told."""
    found: dict[str, list[Measure]] = {}
    for measure in pair.score.measures:
        for _, here, there in pair.chords_at([measure.onset]):
            if tonic_of(here.key) != tonic_of(there.key) and str(there.key) not in pair.named_keys:
                found.setdefault(str(there.key), []).append(measure)
                pair.settled.append((measure.onset, measure.end))
    for key, measures in found.items():
        yield f"{'stays ' * (key == str(pair.home))}in {key} in {in_words(measures, pair.score)}"


# -- chords ------------------------------------------------------------------------------------------------

Pair = tuple[Fraction, ChordLabel, ChordLabel]


def chords(pair: ComparedResults) -> Iterator[str]:
    """Other chords on strong beats; without any those on weak ones, then inversions, then other kinds."""
    strong = {time for measure in pair.score.measures for time in strong_beats(measure)}
    times = sorted({chord.onset for chord in (*pair.first.chords, *pair.other.chords)} | strong)
    compared = list(pair.chords_at(times))

    def differing(at: Collection[Fraction], of: Callable[[ChordLabel], int | str]) -> list[Pair]:
        return [(time, here, there) for time, here, there in compared if time in at and of(here) != of(there)]

    if found := differing(strong, lambda chord: chord.root):
        yield named(found, pair.score, "other chords")
    elif found := differing(times, lambda chord: chord.root):
        yield named(found, pair.score, "other chords on weak beats")
    elif found := differing(times, lambda chord: chord.bass):
        yield f"other inversions in {in_words(measures_at(found, pair.score), pair.score)}"
    elif found := differing(times, lambda chord: chord.figure):
        yield named(found, pair.score, "other sevenths or thirds")


def strong_beats(measure: Measure) -> Iterator[Fraction]:
    """The first beat of a measure, and of a multiple of four beats the middle one; none of a pickup."""
    length = measure.meter.length
    if measure.duration < length:
        return
    yield measure.onset
    if (length / measure.meter.beat) % 4 == 0:
        yield measure.onset + length / 2


def named(found: Sequence[Pair], score: Score, what: str) -> str:
    """The chords that differ: "IV for ii6 in measure 3" where they are few, else ``what`` and where."""
    if len(found) > MAX_NAMED or any(here.key != there.key for _, here, there in found):
        return f"{what} in {in_words(measures_at(found, score), score)}"
    places = (in_words([score.measure_at(time)], score) for time, _, _ in found)
    names = (f"{there.figure} for {here.figure}" for _, here, there in found)
    return ", ".join(f"{name} in {place}" for name, place in zip(names, places, strict=True))


def measures_at(found: Sequence[Pair], score: Score) -> list[Measure]:
    """The measures of these chords."""
    return [score.measure_at(time) for time, _, _ in found]


# -- places ------------------------------------------------------------------------------------------------


def in_words(measures: Sequence[Measure], score: Score) -> str:
    """Measures of a score by their printed numbers: "measure 3", "measures 3 and 5-7"."""
    indices = sorted({score.measures.index(measure) for measure in measures})
    runs = [
        [index for _, index in run]
        for _, run in groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])
    ]
    numbers = [[score.measures[i].number for i in (run[0], run[-1])] for run in runs]
    names = [first if first == last else f"{first}-{last}" for first, last in numbers]
    if len(indices) == 1:
        return f"measure {names[0]}"
    together = names if len(names) == 1 else [", ".join(names[:-1]), names[-1]]
    return f"measures {' and '.join(together)}"
