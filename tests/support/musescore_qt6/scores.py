"""Scores for the model, and what it has after a reply."""

from __future__ import annotations

from musescore_qt6.driver import Plugin
from musescore_stand_in import Json

MELODY = (
    'C5:1/4="Glo-" | D5:1/4="ri-" {3/2:1/4 E5:1/8="a" F5:1/8 G5:1/8 } Bb4:1/4~'
    ' | Bb4:1/2 C5:1/4^="in" | C5:3/4="you"'
)
WALTZ: Json = {"meters": ["3/4"] * 4, "pickup": "1/4", "keys": {"0": -1}}
ALONE: Json = {**WALTZ, "parts": [{"name": "Soprano", "voices": [MELODY]}]}
HYMN: Json = {
    "meters": ["4/4"] * 4,
    "keys": {"0": 1},
    "parts": [
        {
            "name": "Soprano",
            "voices": [
                'G4:1/4="Praise" G4:1/4="God," F#4:1/4="from" E4:1/4="whom" | D4:1/4="all" G4:1/4="bles-"'
                ' A4:1/4="sings" B4:1/4^="flow;" | B4:1/4="Praise" B4:1/4="Him," B4:1/4="all" A4:1/4="crea-"'
                ' | G4:1/4="tures" C5:1/4="here" B4:1/4="be-" A4:1/4^="low;"'
            ],
        }
    ],
}


def drone(name: str) -> str:
    """A voice as the stand-in writes it by default: one pitch in every measure of the waltz."""
    return f"{name}:1/4 | {name}:3/4 | {name}:3/4 | {name}:3/4"


def symbols_in(dialog: Plugin) -> dict[int, str]:
    """The chord symbols of the score by their ticks."""
    marks = dialog.evaluate("model.state.annotations.map(function (a) { return [a.kind, a.tick, a.text]; })")
    return {tick: text for kind, tick, text in marks if kind == "HARMONY"}


def as_text(events: list[Json], measures: list[Json]) -> str:
    """A reply's events as text.mjs writes them, without ties, some of which no plugin can make."""
    bars = []
    for measure in measures:
        inside = [e for e in events if measure["tick"] <= e["tick"] < measure["tick"] + measure["ticks"]]
        bars.append(" ".join(word(e) for e in inside))
    return " | ".join(bars)


def word(event: Json) -> str:
    goes_on = "-" if event["syllabic"] in ("begin", "middle") else ""
    lyric = f'="{event["lyric"]}{goes_on}"' if event["lyric"] else ""
    return f"{event['spelling'] or 'r'}:{event['duration']}{lyric}"
