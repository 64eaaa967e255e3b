"""The harmony that a request asks for, laid on its measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ripieno.harmony.asked_chord import AskedHarmony
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.progression_text import Progression, laid_out
from ripieno.score import Key, Measure, Meter, Score, Voice
from ripieno.tasks.asked_harmony import asked_harmony
from ripieno.tasks.choir import extended, new_measures
from ripieno_bridges.api.requests import Request, voice_names


def asked_on_score(request: Request, home: Key, bars: int) -> AskedHarmony:
    """The chords that are asked for in the request's score. bars: that are added to continue.

    To continue, a text stands for the new measures; to regenerate measures, for these or for the whole piece.
    Raises RipienoError.
    """
    score = request.score
    assert score is not None
    harmony = [*request.harmony, *from_texts(request, measures_of_text(request, score, bars))]
    asked = asked_harmony(harmony, score, home, strict=request.strict_chords)
    if request.task == "infill" and request.selection is not None:
        start, end = request.selection
        kept = tuple(chord for chord in asked.chords if chord.onset < end and start < chord.end)
        asked = replace(asked, chords=kept)
    return asked


def asked_of_new_piece(request: Request, key: Key, meter: Meter, bars: int) -> AskedHarmony:
    """The chords that are asked for in a new piece. Raises RipienoError."""
    measures = new_measures(bars, meter, key, request.anacrusis)
    blank = Score(tuple(Voice(name) for name in voice_names(request)), measures)
    harmony = [*request.harmony, *from_texts(request, measures)]
    return asked_harmony(harmony, blank, key, strict=request.strict_chords)


def measures_of_text(request: Request, score: Score, bars: int) -> Sequence[Measure]:
    """The measures that a text of chords stands for, see ``asked_on_score``."""
    if request.task == "continue":
        return extended(score.measures, bars)[-bars:]
    if request.task == "infill" and request.selection is not None:
        start, end = request.selection
        selected = [m for m in score.measures if m.onset < end and start < m.end]
        if any(len(text.measures) == len(selected) for text in texts_of(request)):
            return selected
    return score.measures


def texts_of(request: Request) -> list[Progression]:
    """The texts of chords, numerals or figures."""
    texts = (request.chords, request.numerals, request.figures)
    return [text for text in texts if text is not None]


def from_texts(request: Request, measures: Sequence[Measure]) -> Iterator[Harmony]:
    """The harmony of all texts. Raises RequestError where one does not fit the measures."""
    for text in texts_of(request):
        yield from laid_out(text, measures)


def bars_of_text(request: Request) -> int | None:
    """How many measures a text of chords has; None without one."""
    return max((len(text.measures) for text in texts_of(request)), default=None)


def has_harmony(request: Request) -> bool:
    """Whether chords are asked for."""
    return bool(request.harmony or texts_of(request))
