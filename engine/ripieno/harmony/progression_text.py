"""The harmony of a whole piece in one line: ``F | C7 F/A | Bb . Gm C7 | F``.

Bars stand between measures, and may stand at both ends. The words of a measure share its beats: one for the
whole measure, some that its beats divide into evenly, one a beat, or one for each half of a beat (each third,
where the beat is dotted). "." or "/" goes on with the chord before, "N.C." is no chord, "?" leaves open what
comes; "%" or "/" alone repeats the measure before. Among numerals, "g:" goes to G minor and "Bb:" to B flat
major.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Literal

from ripieno.errors import RequestError, count_text, number_text, short
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.figure_text import parse_figures
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.numeral_text import numeral_chord, parse_key
from ripieno.harmony.symbol_text import chord_text, parse_chord
from ripieno.score import Key, Measure, key_shift

ProgressionKind = Literal["chords", "numerals", "figures"]
GOES_ON, OPEN = ".", "?"
SLASH, REPEATS = "/", ("%", "/")
NO_CHORD = ("n.c.", "n.c", "nc")
BARLINE = re.compile(r"([\[:]*\|[\]:|]*)")  # |, ||, |:, :|, [|, |], :||:
KEY_AND_NUMERAL = re.compile(r"([A-Ga-g](?:#|b|♯|♭|)m?:)(.+)")
MAX_WORDS = 5000
EXAMPLES = {"chords": "F", "numerals": "V7", "figures": "6"}


@dataclass(frozen=True, slots=True)
class HarmonyWord:
    """One word of a progression: a chord, a numeral with its key, or figures; else none, or "." or "?"."""

    text: str
    chord: ChordSymbol | None = None
    numeral: str | None = None
    key: Key | None = None
    figures: tuple[Figure, ...] | None = None

    def moved(self, shift: int) -> HarmonyWord:
        """See ``Progression.moved``."""
        if self.chord is not None:
            chord = self.chord.moved(shift)
            return replace(self, text=chord_text(chord), chord=chord)
        if self.key is not None:
            key = replace(self.key, fifths=self.key.fifths + key_shift(self.key, shift))
            return replace(self, key=key)
        return self


@dataclass(frozen=True, slots=True)
class Progression:
    """The words of each measure, without regard to any piece. kind: what they are."""

    kind: ProgressionKind
    measures: tuple[tuple[HarmonyWord, ...], ...]

    def moved(self, shift: int) -> Progression:
        """The same for a piece that stands so many places on the line of fifths higher; figures stay."""
        return replace(
            self, measures=tuple(tuple(word.moved(shift) for word in words) for words in self.measures)
        )


def parse_progression(text: str, kind: ProgressionKind) -> Progression:
    """The measures of a text. Raises RequestError, naming the measure and word, counted from 1."""
    if len(text.split()) > MAX_WORDS:
        raise RequestError(
            f"more than {MAX_WORDS} words of {kind}; write fewer, or harmonize the piece in parts"
        )
    measures: list[tuple[HarmonyWord, ...]] = []
    key: Key | None = None
    for number, plain in enumerate(split_measures(text), 1):
        if plain in [[word] for word in REPEATS]:
            if not measures:
                raise RequestError(
                    f'measure 1: "{plain[0]}" repeats the measure before, but this is the first'
                )
            measures.append(measures[-1])
            continue
        words: list[HarmonyWord] = []
        for place, word in enumerate(plain, 1):
            try:
                new_key = parse_key(word) if kind == "numerals" else None
                if new_key is not None:
                    key = new_key
                else:
                    words.append(read_word(word, kind, key, first=not (words or measures)))
            except RequestError as error:
                raise RequestError(f"measure {number}, word {place}: {error}") from error
        if not words:
            raise RequestError(
                f'measure {number} is empty; write "{GOES_ON}" where the harmony goes on, '
                f'or "{OPEN}" to leave it open'
            )
        measures.append(tuple(words))
    return Progression(kind, tuple(measures))


def split_measures(text: str) -> list[list[str]]:
    """The words of each measure. Bars of other kinds, or on two lines, that follow each other are one."""
    pieces = BARLINE.split(text.strip())
    measures = [pieces[0].split()]
    for i in range(1, len(pieces), 2):
        words = pieces[i + 1].split()
        one_bar = not measures[-1] and (
            i == 1 or len(pieces[i]) > 1 or len(pieces[i - 2]) > 1 or "\n" in pieces[i - 1]
        )
        if one_bar:
            measures.pop()
        measures.append(words)
    if len(measures) > 1 and not measures[-1]:
        measures.pop()
    return [[part for word in measure for part in key_apart(word)] for measure in measures]


def key_apart(word: str) -> tuple[str, ...]:
    """A key and the numeral that stands close to it, as in "g:i", apart."""
    found = KEY_AND_NUMERAL.fullmatch(word)
    return (word,) if found is None else (found[1], found[2])


def read_word(word: str, kind: ProgressionKind, key: Key | None, *, first: bool) -> HarmonyWord:
    """One word. first: whether no other stands before it. Raises RequestError."""
    if word in (GOES_ON, SLASH):
        if first:
            raise RequestError(
                f'"{word}" goes on with the harmony before, but this is the first; '
                f'write it, such as {EXAMPLES[kind]}, or "{OPEN}" to leave it open'
            )
        return HarmonyWord(GOES_ON)
    if word == OPEN or word.lower() in NO_CHORD:
        return HarmonyWord(word)
    if word in REPEATS:
        raise RequestError(
            f'"{word}" stands for a whole measure; write "{GOES_ON}" where the harmony goes on'
        )
    if kind == "chords":
        return HarmonyWord(word, chord=parse_chord(word))
    if kind == "figures":
        return HarmonyWord(word, figures=parse_figures(word))
    numeral_chord(word, key or Key())
    return HarmonyWord(word, numeral=word, key=key)


def laid_out(progression: Progression, measures: Sequence[Measure]) -> tuple[Harmony, ...]:
    """The harmonies of a progression in the measures of a piece; where it is left open there is none.

    A text of one measure less than a piece with a pickup begins behind that. Equal chords and numerals in a
    row are one harmony; figures are not, since each stands over a bass note of its own.
    Raises RequestError where measures are missing or left over, or where words do not share the beats.
    """
    behind_pickup = has_pickup(measures) and len(progression.measures) == len(measures) - 1
    places = measures[behind_pickup:]
    if len(progression.measures) != len(places):
        raise wrong_length(progression, measures)
    harmonies: list[Harmony] = []
    goes_on = False
    for words, measure in zip(progression.measures, places, strict=True):
        for word, onset, end in shares(words, measure, progression.kind):
            if word.text != GOES_ON:
                goes_on = word.text != OPEN
                new = Harmony(onset, end, word.chord, word.numeral, word.key, word.figures)
                if goes_on and (progression.kind == "figures" or not is_repeated(harmonies, new)):
                    harmonies.append(new)
            if goes_on:
                harmonies[-1] = replace(harmonies[-1], end=end)
    return tuple(harmonies)


def is_repeated(harmonies: Sequence[Harmony], new: Harmony) -> bool:
    """Whether the last harmony goes up to a new one and asks for the same."""
    return bool(harmonies) and replace(harmonies[-1], onset=new.onset) == replace(new, end=new.onset)


def has_pickup(measures: Sequence[Measure]) -> bool:
    """Whether the first measure is short."""
    return measures[0].duration < measures[0].meter.length


def shares(
    words: tuple[HarmonyWord, ...], measure: Measure, kind: ProgressionKind
) -> Iterator[tuple[HarmonyWord, Fraction, Fraction]]:
    """(word, onset, end) of each word of a measure, in quarters. Raises RequestError."""
    count = len(words)
    beats = measure.duration / measure.meter.beat
    evenly = beats.denominator == 1 and beats % count == 0
    if count > 1 and not evenly and count != beats * beat_parts(measure):
        raise wrong_count(words, measure, kind)
    share = measure.duration / count
    for i, word in enumerate(words):
        yield word, measure.onset + i * share, measure.onset + (i + 1) * share


def beat_parts(measure: Measure) -> int:
    """How many parts a beat has: three where it is dotted, else two."""
    return 3 if measure.meter.beat.numerator == 3 else 2


def wrong_count(words: tuple[HarmonyWord, ...], measure: Measure, kind: ProgressionKind) -> RequestError:
    """The error for words that do not share a measure's beats; it shows them spread over the beats."""
    beats = measure.duration / measure.meter.beat
    parts = beats * beat_parts(measure)
    name = kind if all(word.text != GOES_ON for word in words) else "words"
    place, unit = (
        f"measure {measure.number}: ",
        f"{'third' if beat_parts(measure) == 3 else 'half'} of a beat",
    )
    by_beat = beats.denominator == 1 and len(words) <= beats
    slots = beats if by_beat else parts
    faulty = f"{place}{len(words)} {name} do not share {beats_text(beats)}; "
    if slots.denominator != 1 or slots == 1:
        return RequestError(f"{faulty}write one for the whole measure")
    if len(words) > slots:
        return RequestError(f"{faulty}write {slots} at most, one for each {unit}")
    spread = [GOES_ON] * int(slots)
    for i, word in enumerate(words):
        spread[floor(i * slots / len(words) + Fraction(1, 2))] = word.text
    return RequestError(
        f'{faulty}write one word for each {"beat" if by_beat else unit}, such as "{short(" ".join(spread))}"'
    )


def beats_text(beats: Fraction) -> str:
    """A number of beats, in words that a message can show."""
    return "1 beat" if beats == 1 else f"{number_text(float(beats))} beats"


def wrong_length(progression: Progression, measures: Sequence[Measure]) -> RequestError:
    """The error for a text of more or fewer measures than the piece."""
    there, asked = len(measures) - has_pickup(measures), len(progression.measures)
    piece = f"{there} and a pickup" if has_pickup(measures) else f"{there}"
    fault = f"the {progression.kind} have {count_text(asked, 'measure')}, but the piece has {piece}"
    if asked < there:
        return RequestError(f'{fault}; write the others, too, "{OPEN}" for each that is left open')
    return RequestError(f"{fault}; leave out what is too much")
