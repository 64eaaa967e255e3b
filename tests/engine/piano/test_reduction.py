"""A choir's voices for two hands: the split is the cheapest of all, and no key that sounds is lost."""

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings

from ripieno.piano.reduction import (
    cheapest_hands,
    choices,
    onset_cost,
    reduce_voices,
    struck_together,
    unisons_once,
)
from ripieno.score import Score, Voice
from ripieno.text.notation import parse_score
from strategies import scores

SATB = """
soprano: D5:4 C5 B4 A4 | G4:1
alto: G4:4 G4 G4 F#4 | D4:1
tenor: B3:4 C4 D4 D4 | B3:1
bass: G3:4 E3 D3 D3 | G3:1
"""


def voices(text: str) -> tuple[Voice, ...]:
    return parse_score(text).voices


def names(line: Voice) -> str:
    return " ".join(note.name for note in line.notes)


def sounding(lines: tuple[Voice, ...]) -> set[tuple[Fraction, int]]:
    """(time, key) of every key that sounds, in 48ths of a quarter."""
    return {
        (note.onset + Fraction(i, 48), note.pitch)
        for line in lines
        for note in line.notes
        for i in range(round(note.duration * 48))
    }


def total_cost(chords, path) -> float:
    """The cost of a way through all onsets."""
    cost, before, seen = 0.0, 0, 0
    held: list[Any] = []
    for chord, hands in zip(chords, path, strict=True):
        held = [s for s in held if s[0].end > chord[0][0].onset]
        cost += onset_cost(chord, held, before, hands, seen)
        before, held = hands, held + list(chord)
        for _, voice in chord:
            seen |= 1 << voice
    return cost


def every_way(chords):
    """All ways through the onsets: how many of each onset's lowest notes the left hand takes."""
    for counts in product(*(range(len(chord) + 1) for chord in chords)):
        path, hands = [], 0
        for chord, count in zip(chords, counts, strict=True):
            hands = choices(chord, hands)[count]
            path.append(hands)
        yield path


@pytest.mark.parametrize(
    "text",
    [
        SATB,
        "soprano: E5:4 C5 A4 D5\nalto: C4:2 F4:4 G4\ntenor: F4:4 A3 D4:2\nbass: C3:4 F3 Bb2 G2",
        "soprano: C5:2 G5\nsoprano 2: C5:4 E4 D5:2\nalto: G3:1\ntenor: E4:4 G4 B3 G3\nbass: C2:1",
        "soprano: A4:4 G4 F4 E4 D4 C4\nalto: F4:4 A4 C5 G4 F4 E4",
    ],
)
def test_no_other_split_costs_less(text: str) -> None:
    chords = struck_together(unisons_once(voices(text)))
    least = min(total_cost(chords, path) for path in every_way(chords))
    assert total_cost(chords, cheapest_hands(chords)) == pytest.approx(least)


def test_women_are_in_the_right_hand_and_men_in_the_left() -> None:
    made = reduce_voices(voices(SATB))
    assert [names(line) for line in made.right] == ["D5 C5 B4 A4 G4", "G4 G4 G4 F#4 D4", "", ""]
    assert [names(line) for line in made.left] == ["", "", "B3 C4 D4 D4 B3", "G3 E3 D3 D3 G3"]
    assert (made.wide, made.too_wide) == ((), ())


def test_a_tenth_is_told() -> None:
    made = reduce_voices(voices("soprano: C6:4 C6\nalto: E5:4 E5\ntenor: E4:4 E4\nbass: C3:4 C3"))
    assert {(chord.span, chord.keys) for chord in made.wide} == {(16, 2)}


def test_a_tenor_that_the_left_hand_cannot_reach_is_in_the_right() -> None:
    made = reduce_voices(voices("soprano: C5:4 C5\nalto: G4:4 G4\ntenor: E4:4 E4\nbass: C3:4 C2"))
    assert names(made.left[2]) == ""
    assert names(made.right[2]) == "E4 E4"


def test_a_voice_does_not_change_hands_for_one_chord_within_a_tenth() -> None:
    text = "soprano: E5:4 D5 E5\nalto: G4:4 G4 G4\ntenor: C4:4 D4 C4\nbass: C3:4 B2 C3"
    assert names(reduce_voices(voices(text)).left[2]) == "C4 D4 C4"


def test_a_chord_wider_than_two_hands_is_told() -> None:
    made = reduce_voices(voices("soprano: C6:1\nalto: C5:1\ntenor: C4:1\nbass: C2:1"))
    assert [(c.onset, c.span) for c in made.too_wide] == [(0, 24)]


def test_voices_in_unison_strike_once_and_the_longest_holds_the_key() -> None:
    alto, tenor = unisons_once(voices("alto: C4:4 D4:2.\ntenor: C4:2 E4"))
    assert [(n.onset, n.duration, n.name) for n in alto] == [(1, 3, "D4")]
    assert [(n.onset, n.duration, n.name) for n in tenor] == [(0, 2, "C4"), (2, 2, "E4")]


def test_a_key_struck_while_another_voice_holds_it_is_struck_again_and_held() -> None:
    alto, tenor = unisons_once(voices("alto: C4:1\ntenor: E4:4 C4:4 D4:2"))
    assert [(n.onset, n.duration, n.name) for n in alto] == [(0, 1, "C4"), (1, 3, "C4")]
    assert [(n.onset, n.name) for n in tenor] == [(0, "E4"), (2, "D4")]


def test_repeated_notes_stay_apart() -> None:
    made = reduce_voices(voices("soprano: C5:4 C5 C5:2\nbass: C3:4 C3 C3:2"))
    assert [n.duration for n in made.right[0].notes] == [1, 1, 2]


@given(scores())
@settings(max_examples=40, deadline=None)
def test_every_key_that_sounds_is_held_and_every_onset_struck(score: Score) -> None:
    made = reduce_voices(score.voices)
    both = (*made.right, *made.left)
    assert sounding(both) == sounding(score.voices)
    struck = {(n.onset, n.pitch) for line in score.voices for n in line.notes}
    played = [(n.onset, n.pitch) for line in both for n in line.notes]
    assert sorted(played) == sorted(struck)
