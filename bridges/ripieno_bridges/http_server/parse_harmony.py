"""The harmony that a body asks for, by ticks -> that of a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ripieno.errors import RequestError
from ripieno.harmony.figure_text import parse_figures
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.numeral_text import numeral_chord
from ripieno.harmony.symbol_text import parse_chord
from ripieno.score import Key, Score
from ripieno_bridges.http_server.parse_score import LAST_QUARTER
from ripieno_bridges.http_server.request_models import HarmonyEvent

WAYS = "symbol, numeral and figures"


def harmonies_of(
    events: Sequence[HarmonyEvent], unit: Fraction, score: Score | None = None
) -> Iterator[Harmony]:
    """The harmony of each event. unit: quarters in a tick. score: None where a body has no measures.

    Raises RequestError, which names measure and beat, or else the tick.
    """
    for event in events:
        try:
            yield harmony_of(event, unit)
        except RequestError as exc:
            raise RequestError(f"{place_text(event.tick, unit, score)}: {exc}") from exc


def place_text(tick: int, unit: Fraction, score: Score | None) -> str:
    """Where a tick is, in words."""
    if score is None or not 0 <= tick * unit < score.duration:
        return f"harmony at tick {tick}"
    measure, beat = score.place(tick * unit)
    return f"measure {measure}, beat {beat}"


def harmony_of(event: HarmonyEvent, unit: Fraction) -> Harmony:
    """The harmony of an event. Raises RequestError."""
    onset, end = event.tick * unit, (event.tick + event.ticks) * unit
    if event.tick < 0:
        raise RequestError("times count from the first measure, which is at 0; give a tick from 0 on")
    if event.ticks < 1:
        raise RequestError(f"a length of {event.ticks} ticks is none; give one above 0")
    if end > LAST_QUARTER:
        raise RequestError(f"it ends after quarter {LAST_QUARTER}; no piece is so long")
    if sum(text is not None for text in (event.symbol, event.numeral, event.figures)) > 1:
        raise RequestError(f"it has several of {WAYS}; keep one of them")
    if event.symbol is not None:
        return Harmony(onset, end, chord=parse_chord(event.symbol))
    if event.numeral is not None:
        numeral_chord(event.numeral, Key())  # in the home key later; here it only has to be one
        return Harmony(onset, end, numeral=event.numeral)
    if event.figures is not None:
        return Harmony(onset, end, figures=parse_figures(event.figures))
    return Harmony(onset, end)
