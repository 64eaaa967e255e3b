"""The chords of a lead sheet: of four voices' chords those that a musician would print."""

from fractions import Fraction

import pytest

from ripieno.harmony.asked_chord import asked_symbol
from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.symbol_text import chord_text
from ripieno.text.notation import parse_score
from ripieno.theory.analysis import analyse
from ripieno.theory.lead_sheet_chords import lead_sheet_chords

SUSPENDED = ChordSymbol(Tone("C"), "suspended-fourth")


def sheet(text: str, *asked: tuple[int, int, ChordSymbol]) -> list[str]:
    """The chords of a short score with their onsets, such as "0 C"."""
    score = parse_score("\n".join(line.strip() for line in text.split(";")))
    wanted = [asked_symbol(Fraction(a), Fraction(b), "", chord) for a, b, chord in asked]
    found = lead_sheet_chords(analyse(score), score, wanted)
    return [f"{label.onset} {chord_text(label.symbol)}" for label in found]


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        (
            "one a change",
            "soprano: [key 0] E4:4 E4 F4 F4 | E4 D4 C4:2; alto: C4:4 C4 C4 C4 | C4 B3 C4:2; "
            "tenor: G3:4 G3 A3 A3 | G3 G3 E3:2; bass: C3:4 C3 F3 F3 | C3 G2 C3:2",
            ["0 C", "2 F", "4 C", "5 G", "6 C"],
        ),
        (
            "an inversion is no change",
            "soprano: [key 0] E4:4 E4 F4 F4 | E4 D4 C4:2; alto: C4:4 C4 C4 C4 | C4 B3 C4:2; "
            "tenor: G3:4 G3 A3 A3 | G3 G3 E3:2; bass: C3:4 E3 F3 A3 | C3 G2 C3:2",
            ["0 C", "2 F", "4 C", "5 G", "6 C"],
        ),
        (
            "root position stands for a chord that begins inverted",
            "soprano: [key 0] E4:4 E4 F4 F4 | E4 D4 C4:2; alto: C4:4 C4 C4 C4 | C4 B3 C4:2; "
            "tenor: G3:4 G3 A3 A3 | G3 G3 E3:2; bass: E3:4 C3 A2 F2 | C3 G2 C3:2",
            ["0 C", "2 F", "4 C", "5 G", "6 C"],
        ),
        (
            "a neighbour under a held note passes",
            "soprano: [key 0] C5:2. G4:4 | E4 D4 C4:2; alto: G4:4 A4 G4 D4 | C4 B3 C4:2; "
            "tenor: E4:4 F4 E4 B3 | G3 G3 E3:2; bass: C3:4 F2 C3 G3 | C3 G2 C3:2",
            ["0 C", "3 G", "4 C", "5 G", "6 C"],
        ),
    ],
)
def test_chords_that_are_printed(why, text, expected):
    assert sheet(text) == expected, why


HYMN = (
    "soprano: [key 0] E4:4 E4 F4 F4 | E4 D4 C4:2; alto: C4:4 C4 C4 C4 | C4 B3 C4:2; "
    "tenor: G3:4 G3 A3 A3 | G3 G3 E3:2; bass: C3:4 C3 F3 F3 | C3 G2 C3:2"
)


def test_an_asked_chord_stands_as_it_was_asked_for_and_alone_in_its_stretch():
    assert sheet(HYMN, (0, 4, SUSPENDED)) == ["0 Csus4", "4 C", "5 G", "6 C"]


def test_after_an_asked_chord_the_chord_from_before_stands_again():
    assert sheet(HYMN, (1, 2, SUSPENDED), (2, 4, SUSPENDED)) == ["0 C", "1 Csus4", "4 C", "5 G", "6 C"]


def test_of_asked_chords_the_bass_is_a_change_too():
    first_inversion = ChordSymbol(Tone("C"), bass=Tone("E"))
    assert sheet(HYMN, (0, 1, ChordSymbol(Tone("C"))), (1, 2, first_inversion))[:2] == ["0 C", "1 C/E"]


def test_in_two_two_a_chord_stands_on_half_beats_only_before_a_close():
    text = (
        "soprano: [2/2] [key 0] E4:4 F4 E4 D4 | E4 D4 C4:2; alto: C4:4 C4 C4 B3 | C4 B3 C4:2; "
        "tenor: G3:4 A3 G3 G3 | G3 G3 E3:2; bass: C3:4 F3 C3 G2 | C3 G2 C3:2"
    )
    assert sheet(text) == ["0 C", "5 G", "6 C"]


def test_an_upbeat_of_less_than_a_beat_has_no_chord():
    text = (
        "soprano: [key 0] G4:8 | E4:4 E4 F4 F4 | E4 D4 C4:2; "
        "alto: B3:8 | C4:4 C4 C4 C4 | C4 B3 C4:2; "
        "tenor: D4:8 | G3:4 G3 A3 A3 | G3 G3 E3:2; "
        "bass: G3:8 | C3:4 C3 F3 F3 | C3 G2 C3:2"
    )
    assert sheet(text)[0] == "1/2 C"
