"""Chords by beat: what a harmony class would say, and twenty hymns that were read by hand."""

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given

from ripieno.grid import score_to_grid
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.beat_chords import beat_spans, chords_by_beat
from ripieno.theory.chords import (
    AUGMENTED,
    DIMINISHED,
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    MAJOR,
    MAJOR_SEVENTH,
    MINOR,
    MINOR_SEVENTH,
    Chord,
)
from ripieno.theory.texture import grid_texture, score_texture
from strategies import scores

HYMNS = sorted((Path(__file__).parents[2] / "data" / "hymn_chords").glob("*.txt"))
QUALITIES = {
    "": MAJOR,
    "m": MINOR,
    "o": DIMINISHED,
    "+": AUGMENTED,
    "7": DOMINANT_SEVENTH,
    "m7": MINOR_SEVENTH,
    "maj7": MAJOR_SEVENTH,
    "ø7": HALF_DIMINISHED,
    "o7": DIMINISHED_SEVENTH,
}
NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NAMES = "C C# D Eb E F F# G Ab A Bb B".split()


def chord(name: str) -> Chord:
    """The chord of a name such as "F#m7/A"; after the slash its bass."""
    root, quality, bass = re.fullmatch(r"([A-G][#b]?)(.*?)(?:/([A-G][#b]?))?", name).groups()
    return Chord(pitch_class(root), QUALITIES[quality], pitch_class(bass or root))


def pitch_class(name: str) -> int:
    return (NATURAL[name[0]] + {"#": 1, "b": -1}.get(name[1:], 0)) % 12


def chord_name(chord: Chord | None) -> str:
    if chord is None:
        return "none"
    quality = next((q for q, kind in QUALITIES.items() if kind == chord.kind), str(chord.kind))
    return NAMES[chord.root] + quality + f"/{NAMES[chord.bass]}" * (chord.bass != chord.root)


def heard(text: str) -> list[str]:
    """The names of the chords, beat by beat; of a score with voices divided by semicolons."""
    score = parse_score("\n".join(line.strip() for line in text.split(";")))
    return [chord_name(c) for c in chords_by_beat(score_texture(score), beat_spans(score.measures))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "soprano: [key 0] E4:4 C5:4~ C5:8 B4 C5:4; alto: C4:4 D4 D4 E4; tenor: G3:4 G3 G3 G3;"
            " bass: C3:4 G3 G3 C3",
            ["C", "G", "G", "C"],
            id="a suspension over two beats is a part of the dominant",
        ),
        pytest.param(
            "soprano: [key 0] G4:4 F4:4~ F4:8 E4 D4:4 | C4:1; alto: C4:4 C4 C4 B3 | C4:1;"
            " tenor: E3:4 A3 G3 G3 | E3:1; bass: C3:4 F3 C3 G3 | C3:1",
            ["C", "F", "C", "G", "C", "C", "C", "C"],
            id="a suspension that resolves on the second eighth is the chord of its resolution",
        ),
        pytest.param(
            "soprano: [key 0] A4:4 G4 F4 E4; alto: F4:4 E4 D4 C4; tenor: C4:4 C4 B3 C4; bass: F3:4 G3 G2 C3",
            ["F", "C/G", "G7", "C"],
            id="a cadential six-four is the tonic",
        ),
        pytest.param(
            "soprano: [key 0] E4:8 F4 G4:8 A4 B4:4 C5; alto: C4:4 E4 D4 E4; tenor: G3:8 F3 E3:4 G3 G3;"
            " bass: C3:4 C3:8 D3 G3:4 C3",
            ["C", "C", "G", "C"],
            id="passing eighths are no chord",
        ),
        pytest.param(
            "soprano: [key 0] E5:2 D5:4 C5; alto: G4:2 G4:4 G4; tenor: C4:2 B3:4 E4; bass: C3:8 B2 A2:4 G2 C3",
            ["C", "Am7", "G", "C"],
            id="a bass note on the half beat is no inversion",
        ),
        pytest.param(
            "soprano: [key -1 minor] A4:4 G4 E4 D4; alto: D4:4 D4 C#4 D4; tenor: F3:4 G3 A3 A3;"
            " bass: D3:4 G2 A2 D3",
            ["Dm", "Gm", "A", "Dm"],
            id="without a third the key decides",
        ),
        pytest.param(
            "soprano: [key 0] G4:4 F4 D4 C4; bass: E3:4 D3 B2 C3", ["C/E", "Dm", "G/B", "C"], id="two voices"
        ),
        pytest.param(
            "soprano: [6/8] [key 0] E4:8 F4 G4 F4:4 D4:8 | E4:2.; alto: C4:4. D4:4 B3:8 | C4:2.;"
            " tenor: G3:4. G3 | G3:2.; bass: C3:4. B2 | C3:2.",
            ["C", "G7/B", "C", "C"],
            id="in compound meters the beat is dotted",
        ),
        pytest.param(
            "soprano: [key 0] C5:4 B4 B4 C5; alto: G4:4 F4 F4 E4; tenor: E4:4 D4 D4 C4; bass: C3:4 C3 C3 C3",
            ["C", "Bo/D", "Bo/D", "C"],
            id="a pedal note is seen through",
        ),
        pytest.param("soprano: C4:4 r:4 D4:4 r:4", ["none"] * 4, id="a lone note is no chord"),
    ],
)
def test_the_harmony_of_a_beat(text, names):
    assert heard(text) == names
