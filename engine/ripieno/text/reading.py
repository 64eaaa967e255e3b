"""Short text -> Score; ``ripieno.text.notation`` describes the format."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from ripieno.errors import ScoreError
from ripieno.score import (
    ACCIDENTALS,
    VOICE_NAMES,
    Key,
    Lyric,
    Measure,
    Meter,
    Note,
    Score,
    Spelling,
    Tempo,
    Voice,
    lay_measures,
)
from ripieno.text.writing import DOTS, HYPHENS, format_value

HEADING = re.compile(r"\[(title|composer) ((?:[^\]\\]|\\.)*)\]")
VOICE_NAME = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^\s":|\[\]][^":|\[\]]*?))\s*:(?=\s|$)')
WORD = re.compile(r'\[[^\]]*\]?|\||(?:[^\s"\[|]|"(?:[^"\\]|\\.)*"?)+')
NOTE = re.compile(
    r"(?P<name>r|[A-G](?:##|#|bb|b)?-?[0-9]{1,3}|[0-9]{1,3})"
    r"(?::(?P<value>[0-9]{1,30}(?:/[0-9]{1,30}|\.{0,2})))?"
    r'(?P<signs>~?\^?|\^~)(?:"(?P<lyrics>(?:[^"\\]|\\.)*)")?'
)
SPELLING = re.compile(r"([A-G])(##|#|bb|b|)(-?[0-9]+)")
METER = re.compile(r"\[([0-9]{1,9})/([0-9]{1,9})\]")
KEY = re.compile(r"\[key ([+-]?[0-9]{1,2})(?: (\w+))?\]")
TEMPO = re.compile(r"\[tempo ([0-9.]+(?:e[+-]?[0-9]+)?)\]")
VERSE = re.compile(r"(?:[^/\\]|\\.)+|/")
SYLLABLE = re.compile(r"(-?)((?:[^\\]|\\.)*?)(-?)")

ALTERS = {sign: alter for alter, sign in ACCIDENTALS.items()}
SYLLABICS = {hyphens: syllabic for syllabic, hyphens in HYPHENS.items()}
ESCAPES = {"n": "\n", "r": "\r", "0": ""}


def parse_score(text: str) -> Score:
    """The score of a short text, in the format of ``ripieno.text.notation``.

    Raises ScoreError, naming the word that cannot be read and its measure.
    """
    headings, lines = split_lines(text)
    first = TextLine(*lines[0], first=True, barlined="|" in WORD.findall(lines[0][1]))
    first.read()
    others = [TextLine(*line, measures=first.measures, meters=first.meters) for line in lines[1:]]
    for line in others:
        line.read()
    longest = max(line.time for line in [first, *others])
    score = Score(
        tuple(Voice(line.voice, tuple(line.notes)) for line in [first, *others]),
        tuple(first.measures) or measures_by_meter(longest, first),
        tuple(first.tempos),
        headings.get("title"),
        headings.get("composer"),
    )
    for line in others:
        line.check(score)
    return score


def split_lines(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """(headings, [(voice name, rest of its line)]). Raises ScoreError if there is no voice."""
    headings: dict[str, str] = {}
    lines: list[tuple[str, str]] = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        heading = HEADING.fullmatch(line)
        if heading is None:
            named = VOICE_NAME.match(line)
            count = len(lines)
            name = VOICE_NAMES[count] if count < len(VOICE_NAMES) else f"voice {count + 1}"
            if named is not None:
                name = named[2] or unescape(named[1])
            lines.append((name, line[named.end() :] if named else line))
        elif lines or heading[1] in headings:
            raise ScoreError(None, None, None, f"{line} must stand once, above the voices; move it")
        else:
            headings[heading[1]] = unescape(heading[2])
    if not lines:
        raise ScoreError(None, None, None, "there is no voice; write one, as in soprano: C4:4 D4 E4:2")
    return headings, lines


def measures_by_meter(length: Fraction, first: TextLine) -> tuple[Measure, ...]:
    """Measures laid by the meters, numbered as with barlines: a short first one is the pickup, 0."""
    measures = lay_measures(length, tuple(first.meters), tuple(first.keys))
    start = 0 if measures[0].duration < measures[0].meter.length else 1
    return tuple(replace(m, number=str(n)) for n, m in enumerate(measures, start))


@dataclass
class TextLine:
    """A parser for one voice's line, with what it has read so far.

    words: the line without the voice's name. first: the first voice, the only one with marks.
    barlined: the first voice has barlines; they become ``measures``, which the other voices get.
    time: where the next word starts, in quarters. tied: the last word, if it is tied to the next.
    """

    voice: str
    words: str
    first: bool = False
    barlined: bool = False
    measures: list[Measure] = field(default_factory=list)
    meters: list[tuple[Fraction, Meter]] = field(default_factory=lambda: [(Fraction(0), Meter())])
    keys: list[tuple[Fraction, Key]] = field(default_factory=lambda: [(Fraction(0), Key())])
    tempos: list[Tempo] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    written: list[tuple[Fraction, Fraction, str]] = field(default_factory=list)  # (onset, end, word)
    barlines: list[Fraction] = field(default_factory=list)
    time: Fraction = Fraction(0)
    value: Fraction | None = None
    tied: str | None = None

    def read(self) -> None:
        """Read every word of the line. Raises ScoreError."""
        for word in WORD.findall(self.words):
            if word == "|":
                self.read_barline()
            elif word.startswith("["):
                self.read_mark(word)
            else:
                self.read_note(word)
        if self.tied is not None:
            raise self.fault(f"the tie after '{self.tied}' leads nowhere; add its end or leave out ~")
        if "[" in self.words and not self.written:
            raise self.fault("there are marks but no notes; write both on one line")
        if self.first and self.barlined and self.time > self.measure_onset:
            self.close_measure()

    def fault(self, fault: str) -> ScoreError:
        """An error in the measure that is being read."""
        if self.first and self.barlined:
            return ScoreError(None, self.voice, self.next_number(default=1), fault)
        measures = self.measures or measures_by_meter(self.time + 1, self)
        number = [m.number for m in measures if m.onset <= self.time][-1]
        return ScoreError(None, self.voice, number, fault)

    def next_number(self, *, default: int) -> int:
        return int(self.measures[-1].number) + 1 if self.measures else default

    @property
    def measure_onset(self) -> Fraction:
        """Where the first voice's open measure began."""
        return self.measures[-1].end if self.measures else Fraction(0)

    def read_barline(self) -> None:
        self.barlines.append(self.time)
        if self.first and self.time > 0:
            self.close_measure()

    def close_measure(self) -> None:
        """End the first voice's open measure here."""
        onset = self.measure_onset
        if self.time == onset:
            raise self.fault("the measure is empty; write a rest, as in r:1, or leave out a barline")
        meter = [m for time, m in self.meters if time <= onset][-1]
        key = [k for time, k in self.keys if time <= onset][-1]
        number = self.next_number(default=0 if self.time < meter.length else 1)
        self.measures.append(Measure(str(number), onset, self.time - onset, meter, key))

    def read_mark(self, word: str) -> None:
        if not self.first:
            raise self.fault(f"{word} holds for all voices; write it in the first one")
        if match := METER.fullmatch(word):
            self.read_meter(word, int(match[1]), int(match[2]))
        elif match := KEY.fullmatch(word):
            if abs(int(match[1])) > 7:
                raise self.fault(f"{word} has more than seven accidentals; write its enharmonic equivalent")
            self.keys.append((self.time, Key(int(match[1]), match[2])))
        elif match := TEMPO.fullmatch(word):
            self.tempos.append(Tempo(self.time, self.read_tempo(word, match[1])))
        elif word.startswith(("[title", "[composer")):
            raise self.fault(f"{word} stands among notes; write it on a line of its own above")
        else:
            raise self.fault(f"{word} is not a mark; write [3/4], [key 2], [key -3 minor] or [tempo 96]")

    def read_meter(self, word: str, numerator: int, denominator: int) -> None:
        if not numerator or not denominator:
            raise self.fault(f"{word} is not a meter; write one such as [3/4] or [6/8]")
        if self.barlined and self.time != self.measure_onset:
            raise self.fault(f"{word} stands inside a measure; move it behind a barline")
        self.meters.append((self.time, Meter(numerator, denominator)))

    def read_tempo(self, word: str, text: str) -> float:
        """Quarters per minute."""
        try:
            qpm = float(text)
        except ValueError:
            qpm = 0.0
        if not 0 < qpm < math.inf:
            raise self.fault(f"{word} is not a tempo; write quarters per minute, as in [tempo 96]")
        return qpm

    def read_note(self, word: str) -> None:
        match = NOTE.fullmatch(word)
        if match is None and word.replace('\\"', "").count('"') % 2:
            raise self.fault(f'the quotes in {word} do not close; write a syllable as in C4:4"la"')
        if match is None:
            raise self.fault(f"'{word}' is no note, rest or mark; write a note as F#4:8, a rest as r:8")
        onset, end = self.time, self.time + self.read_value(word, match["value"])
        self.written.append((onset, end, word))
        if match["name"] != "r":
            pitch, spelling = self.read_pitch(word, match["name"])
            lyrics = self.read_lyrics(word, match["lyrics"] or "")
            self.add(Note(onset, end - onset, pitch, spelling, "^" in match["signs"], lyrics), word)
            self.tied = word if "~" in match["signs"] else None
        elif match["signs"] or match["lyrics"] is not None:
            raise self.fault(f"'{word}' is a rest, which has no tie, fermata or syllable; leave it bare")
        elif self.tied is not None:
            raise self.tie_fault(word)
        self.time = end

    def read_value(self, word: str, value: str | None) -> Fraction:
        """The duration in quarters."""
        if value is None:
            if self.value is None:
                way_out = f"write one, as in {name_in(word)}:4 for a quarter"
                raise self.fault(f"'{word}' has no value; {way_out}")
            return self.value
        number = value.rstrip(".")
        numerator, denominator = number.split("/") if "/" in number else ("1", number)
        if not int(numerator) or not int(denominator):
            raise self.fault(f"'{word}' has no length; write a value such as :4 for a quarter")
        self.value = 4 * Fraction(int(numerator), int(denominator)) * DOTS[value[len(number) :]]
        return self.value

    def read_pitch(self, word: str, name: str) -> tuple[int, Spelling | None]:
        spelled = SPELLING.fullmatch(name)
        spelling = Spelling(spelled[1], ALTERS[spelled[2]], int(spelled[3])) if spelled else None
        pitch = spelling.pitch if spelling else int(name)
        if not 0 <= pitch <= 127:
            raise self.fault(f"'{word}' is too low or too high to play; write a pitch from C-1 to G9")
        return pitch, spelling

    def read_lyrics(self, word: str, text: str) -> tuple[Lyric, ...]:
        if text and self.tied is not None:
            raise self.fault(f"'{word}' is tied to the note before; write its syllable there")
        lyrics: list[Lyric] = []
        verse = 1
        for part in VERSE.findall(text):
            if part == "/":
                verse += 1
                continue
            match = SYLLABLE.fullmatch(part)
            if match is None or not match[2]:
                raise self.fault(f"'{word}' has a hyphen but no syllable; write one, as in C4:4\"la-\"")
            lyrics.append(Lyric(unescape(match[2]), SYLLABICS[match[1], match[3]], verse))
        return tuple(lyrics)

    def add(self, note: Note, word: str) -> None:
        """Add a written note: to the note before where that is tied, else as a new one."""
        if self.tied is not None:
            before = self.notes.pop()
            if before.pitch != note.pitch:
                raise self.tie_fault(word)
            fermata = before.fermata or note.fermata
            note = replace(before, duration=before.duration + note.duration, fermata=fermata)
        self.notes.append(note)

    def tie_fault(self, word: str) -> ScoreError:
        return self.fault(
            f"the tie after '{self.tied}' leads to '{word}'; give both one pitch or leave out ~"
        )

    def check(self, score: Score) -> None:
        """Check that barlines stand where the score's do and that no written note crosses one.

        Raises ScoreError.
        """
        onsets = {m.onset for m in score.measures}
        for before, barline in pairwise([Fraction(0), *self.barlines]):
            if barline not in onsets and barline < score.duration:
                measure = score.measure_at(before)
                fault = barline_fault(barline - before, measure)
                raise ScoreError(None, self.voice, measure.number, fault)
        for onset, end, word in self.written if self.measures else []:
            measure = score.measure_at(onset)
            if end > measure.end and measure.end == score.duration:
                fault = f"'{word}' is past the end of {score.voices[0].name}; lengthen that with rests"
                raise ScoreError(None, self.voice, measure.number, fault)
            if end > measure.end and not word.startswith("r"):
                fault = crossing_fault(word, measure.end - onset, end - measure.end)
                raise ScoreError(None, self.voice, measure.number, fault)


def barline_fault(length: Fraction, measure: Measure) -> str:
    there, wanted = (f"{float(x):.4g} quarter{'s' * (x != 1)}" for x in (length, measure.duration))
    return f"{there} before the barline, but the measure has {wanted}; change the values or the barline"


def name_in(word: str) -> str:
    """The pitch of a written note, without value, signs and syllables."""
    return re.split(r'[:~^"]', word)[0]


def crossing_fault(word: str, before: Fraction, after: Fraction) -> str:
    name = name_in(word)
    tied = f"{name}:{format_value(before)}~ | {name}:{format_value(after)}"
    return f"'{word}' crosses a barline; tie two notes over it, as in {tied}"


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text)
