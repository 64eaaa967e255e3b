"""A piece for the page's rehearsal: five voices whose pitches can be told apart in the sound."""

from __future__ import annotations

# Of each voice the notes of its four measures. E5 and G5 are no harmonics of the other voices' notes.
VOICES = {
    "Soprano 1": ["C5:4", "E5:4", "G5:1 G5:1 G5:1 G5:1", "C5:4"],
    "Soprano 2": ["A4:4"] * 4,
    "Alto": ["F4:4"] * 4,
    "Tenor": ["D4:4"] * 4,
    "Bass": ["B2:4"] * 4,
}
QPM = 120  # a measure is two seconds


def rehearsal_piece() -> bytes:
    """MusicXML of the piece."""
    heads = "".join(
        f'<score-part id="P{index}"><part-name>{name}</part-name></score-part>'
        for index, name in enumerate(VOICES)
    )
    parts = "".join(_part(index, measures) for index, measures in enumerate(VOICES.values()))
    text = f'<score-partwise version="4.0"><part-list>{heads}</part-list>{parts}</score-partwise>'
    return f'<?xml version="1.0"?>{text}'.encode()


def _part(index: int, measures: list[str]) -> str:
    sign, line = ("F", 4) if index == len(VOICES) - 1 else ("G", 2)
    attributes = (
        "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        f"<clef><sign>{sign}</sign><line>{line}</line></clef></attributes>"
        f'<direction><direction-type><words/></direction-type><sound tempo="{QPM}"/></direction>'
    )
    bars = "".join(
        f'<measure number="{number}">{attributes if number == 1 else ""}'
        f"{''.join(_note(text) for text in measure.split())}</measure>"
        for number, measure in enumerate(measures, start=1)
    )
    return f'<part id="P{index}">{bars}</part>'


def _note(text: str) -> str:
    name, quarters = text.split(":")
    kind = "whole" if quarters == "4" else "quarter"
    pitch = f"<pitch><step>{name[0]}</step><octave>{name[1]}</octave></pitch>"
    return f"<note>{pitch}<duration>{quarters}</duration><type>{kind}</type></note>"
