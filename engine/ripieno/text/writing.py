"""Score -> short text; ``ripieno.text.notation`` describes the format."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction

from ripieno.errors import ScoreError
from ripieno.score import Key, Lyric, Meter, Note, Score, Voice

PLAIN_NAME = re.compile(r"[\w.'()-]+(?: [\w.'()-]+)*")

HYPHENS = {"single": ("", ""), "begin": ("", "-"), "middle": ("-", "-"), "end": ("-", "")}
DOTS = {"": Fraction(1), ".": Fraction(3, 2), "..": Fraction(7, 4)}


def format_score(score: Score) -> str:
    """The short text of a score, from which ``parse_score`` makes the same score again.

    A note that crosses barlines is tied over them. Raises ScoreError where the text cannot hold all of the
    score: no voice at all, notes or tempos past the end, two syllables of one verse on a note.
    """
    if not score.voices:
        raise ScoreError(None, None, None, "a score without voices has no text; add a voice")
    headings = {"title": score.title, "composer": score.composer}
    lines = [f"[{name} {escape(text, ']')}]" for name, text in headings.items() if text is not None]
    if any(tempo.onset > score.duration for tempo in score.tempos):
        raise ScoreError(None, None, None, "a tempo stands past the end; move it to a measure")
    for index, voice in enumerate(score.voices):
        if voice.notes and voice.notes[-1].end > score.duration:
            number = score.measures[-1].number
            raise ScoreError(
                None, voice.name, number, "notes go past the last measure; add a measure for them"
            )
        name = voice.name if PLAIN_NAME.fullmatch(voice.name) else f'"{escape(voice.name, chr(34))}"'
        words = voice_words(score, voice, first_marks(score) if index == 0 else {})
        lines.append(" ".join([f"{name}:", *words]))
    return "\n".join(lines)


def first_marks(score: Score) -> dict[Fraction, list[str]]:
    """The marks in brackets, by their time in quarters."""
    marks: dict[Fraction, list[str]] = {}
    meter, key = Meter(), Key()
    for measure in score.measures:
        if measure.meter != meter:
            marks.setdefault(measure.onset, []).append(f"[{measure.meter}]")
        if measure.key != key:
            mode = f" {measure.key.mode}" if measure.key.mode is not None else ""
            marks.setdefault(measure.onset, []).append(f"[key {measure.key.fifths}{mode}]")
        meter, key = measure.meter, measure.key
    for tempo in score.tempos:
        qpm = repr(float(tempo.qpm)).removesuffix(".0")
        marks.setdefault(tempo.onset, []).append(f"[tempo {qpm}]")
    return marks


def voice_words(score: Score, voice: Voice, marks: dict[Fraction, list[str]]) -> Iterator[str]:
    """The words of a voice. A score's only measure ends with a barline, so that its length is kept."""
    barlines = {m.onset for m in score.measures[1:]} or {score.duration}
    cuts = sorted({*barlines, *marks})
    value = Fraction(0)
    for onset, end, note in written_notes(voice, score.duration, cuts):
        if onset in barlines:
            yield "|"
        yield from marks.get(onset, [])
        word = "r"
        if note is not None:
            word = str(note.spelling) if note.spelling is not None else str(note.pitch)
        if end - onset != value:
            value = end - onset
            word += f":{format_value(value)}"
        if note is not None:
            word += "~" if end < note.end else "^" if note.fermata else ""
            word += format_lyrics(note, voice) if onset == note.onset else ""
        yield word
    if score.duration in barlines:
        yield "|"
    yield from marks.get(score.duration, [])


def written_notes(
    voice: Voice, length: Fraction, cuts: list[Fraction]
) -> Iterator[tuple[Fraction, Fraction, Note | None]]:
    """(onset, end, note or None for a rest) from 0 to ``length`` without a gap, split at ``cuts``."""
    spans: list[tuple[Fraction, Fraction, Note | None]] = []
    time = Fraction(0)
    for note in voice.notes:
        if note.onset > time:
            spans.append((time, note.onset, None))
        spans.append((note.onset, note.end, note))
        time = note.end
    if time < length:
        spans.append((time, length, None))
    for onset, end, sounding in spans:
        inside = cuts[bisect_right(cuts, onset) : bisect_left(cuts, end)]
        for start, stop in zip([onset, *inside], [*inside, end], strict=True):
            yield start, stop, sounding


def format_value(duration: Fraction) -> str:
    """The shortest text of a duration in quarters: 4, 4., 4.. or 5/16."""
    whole = duration / 4
    undotted = {dots: whole / factor for dots, factor in DOTS.items()}
    forms = [f"{v.denominator}{dots}" for dots, v in undotted.items() if v.numerator == 1]
    return min([*forms, f"{whole.numerator}/{whole.denominator}"], key=len)


def format_lyrics(note: Note, voice: Voice) -> str:
    verses = {lyric.verse: lyric for lyric in note.lyrics}
    if len(verses) < len(note.lyrics) or any(verse < 1 for verse in verses):
        raise ScoreError(
            None, voice.name, None, f"{note.name} has two syllables of one verse; write them as one"
        )
    if not verses:
        return ""
    texts = [format_syllable(verses[v]) if v in verses else "" for v in range(1, max(verses) + 1)]
    return f'"{"/".join(texts)}"'


def format_syllable(lyric: Lyric) -> str:
    before, after = HYPHENS[lyric.syllabic]
    text = re.sub(r"^-|-\Z", r"\\-", escape(lyric.text, '"/')) or r"\0"
    return before + text + after


def escape(text: str, signs: str) -> str:
    """The text with a backslash before ``signs`` and backslashes, and on one line."""
    text = re.sub(rf"([\\{re.escape(signs)}])", r"\\\1", text)
    return text.replace("\n", r"\n").replace("\r", r"\r")
