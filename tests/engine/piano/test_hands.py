"""Any notes -> two hands: who takes which key, one rhythm a hand, and what may be changed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from ripieno.piano.hands import hand_of, hands
from ripieno.score import Key, Note, Score, Spelling, Voice, lay_measures
from ripieno.text.notation import parse_score
from two_hands import RAG, all_notes, played, rolls

SIXTEENTH, EIGHTH = Fraction(1, 4), Fraction(1, 2)


def chords(score: Score, hand: str) -> str:
    """A hand as "onset-end: names from high to low"."""
    found: dict[Fraction, list[Note]] = {}
    for voice in score.voices:
        if hand_of(voice.name) == hand:
            for note in voice.notes:
                found.setdefault(note.onset, []).append(note)
    return ", ".join(f"{t}-{n[0].end}: {' '.join(x.name for x in n)}" for t, n in sorted(found.items()))


def right(*lines: str) -> str:
    return chords(played(*lines), "right hand")


def left(*lines: str) -> str:
    return chords(played(*lines), "left hand")


# -- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hand"),
    [
        ("right hand", "right hand"),
        ("left hand", "left hand"),
        ("left hand 3", "left hand"),
        ("right hand 12", "right hand"),
        ("right hand 0", None),
        ("my right hand", None),
        ("Right hand", None),
        ("melody", None),
    ],
)
def test_the_lines_of_hands_are_known_by_name(name: str, hand: str | None) -> None:
    assert hand_of(name) == hand


def test_silence_is_two_empty_hands() -> None:
    score = parse_score("r:1")
    assert hands([], score) == (Voice("right hand"), Voice("left hand"))


# -- which hand -------------------------------------------------------------------------------------------


def test_in_a_rag_bass_and_chords_are_for_the_left_hand() -> None:
    score = played(*RAG)
    assert [v.name for v in score.voices] == [
        "right hand",
        "left hand",
        "left hand 2",
        "left hand 3",
    ]
    assert chords(score, "right hand") == (
        "0-1: G5, 1-5/4: C5, 5/4-3/2: E5, 3/2-7/4: G5, 7/4-2: E5, 2-5/2: A5, 5/2-3: G5, 3-4: E5"
    )
    assert chords(score, "left hand") == (
        "0-1/2: C2, 1/2-1: E4 C4 G3, 1-3/2: G2, 3/2-2: E4 C4 G3, "
        "2-5/2: C2, 5/2-3: E4 C4 G3, 3-7/2: G2, 7/2-4: E4 C4 G3"
    )


def test_a_note_beside_a_held_one_is_for_the_hand_that_is_free() -> None:
    score = played("C5:1", "r:4 F4 r:2")
    assert (chords(score, "right hand"), chords(score, "left hand")) == ("0-4: C5", "1-2: F4")


def test_a_wide_chord_is_shared() -> None:
    score = played("G4:1", "E4:1", "C4:1", "G3:1", "E3:1", "C3:1")
    assert (chords(score, "right hand"), chords(score, "left hand")) == ("0-4: G4 E4 C4", "0-4: G3 E3 C3")


def test_a_key_out_of_reach_is_left_out_where_another_doubles_it() -> None:
    assert left("E4:1", "C3:1", "C2:1", "C1:1", "E1:1") == "0-4: C2 E1 C1"
    score = played("G6:1", "E6:1", "C6:1", "A5:1", "D5:1", "B4:1", "C1:1")
    assert len(all_notes(score)) == 7, "nothing is doubled, so it is rolled"


# -- one rhythm -------------------------------------------------------------------------------------------


def test_a_chord_lasts_as_long_as_its_longest_note() -> None:
    assert right("C5:4 r:2.", "E5:2 r") == "0-2: E5 C5"


def test_a_held_note_ends_with_the_next_of_its_hand() -> None:
    assert right("C5:1", "r:4 E5 r:2", "C3:1") == "0-1: C5, 1-2: E5"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("C5:16 r D5:8 E5:2.", "0-1/2: C5, 1/2-1: D5, 1-4: E5"),  # the gap is a 16th
        ("C5:8 r D5:2.", "0-1: C5, 1-4: D5"),  # the gap is an eighth
        ("C5:16 r:8. D5:2.", "0-1: C5, 1-4: D5"),  # to the beat, where the next starts
        ("C5:16 r:8. r:4 D5:2", "0-1: C5, 2-4: D5"),  # to the beat, and the quarter's rest stays
        ("C5:8 r:4. D5:2", "0-1: C5, 2-4: D5"),
        ("C5:4 r D5:2", "0-1: C5, 2-4: D5"),  # a quarter's rest
        ("C5:8 r:4 D5:8 E5:2", "0-1/2: C5, 3/2-2: D5, 2-4: E5"),  # off the beat too
        ("r:2. C5:4 | r:8 D5:8 r:2.", "3-4: C5, 9/2-5: D5"),  # an eighth's rest on a downbeat
        ("r:2. C5:4 | r:16 D5:8. r:2.", "3-17/4: C5, 17/4-5: D5"),
        ("r:2. r:8 C5:16 r", "7/2-4: C5"),  # at the end
    ],
)
def test_short_rests_are_filled_and_long_ones_stay(line: str, expected: str) -> None:
    assert right(line) == expected


def test_a_chord_ends_where_the_other_hand_strikes_its_key() -> None:
    score = played("r:2 G5:8 C4 r:4", "E4:1", "C4:1", "r:2 C2")
    notes = all_notes(score)
    assert not [(a, b) for a in notes for b in notes if a.pitch == b.pitch and a.onset < b.onset < a.end]


# -- melody and spelling ----------------------------------------------------------------------------------


def test_a_melody_is_untouched_and_not_doubled() -> None:
    score = parse_score("melody: G4:4 A4:8. B4:16 C5:2\nchoir: G4:4 F4:2 E4:4\nbass: C3:2 G3:4 C5:4")
    melody = score.voices[0]
    notes = [note for voice in score.voices[1:] for note in voice.notes]
    given_first, *others = hands([*melody.notes, *notes], score, melody=melody)
    assert given_first == Voice("melody", melody.notes)
    assert chords(replace(score, voices=tuple(others)), "right hand") == "1-3: F4, 3-4: E4"
    assert chords(replace(score, voices=tuple(others)), "left hand") == "0-2: C3, 2-3: G3"


def test_a_note_is_spelled_in_its_measures_key_unless_it_is_spelled() -> None:
    score = Score((), lay_measures(Fraction(4), keys=((Fraction(0), Key(4)),)))
    notes = [Note(Fraction(0), Fraction(1), 68), Note(Fraction(1), Fraction(1), 68, Spelling("A", -1, 4))]
    assert [n.name for n in hands(notes, score)[0].notes] == ["G#4", "Ab4"]


# -- any notes --------------------------------------------------------------------------------------------


def strikes(notes: list[Note]) -> set[tuple[Fraction, int]]:
    return {(n.onset, n.pitch) for n in notes}


@given(rolls())
def test_only_durations_are_changed(roll: tuple[list[Note], Score]) -> None:
    notes, frame = roll
    kept = all_notes(replace(frame, voices=hands(notes, frame)))
    assert len(strikes(kept)) == len(kept)
    assert strikes(kept) <= strikes(notes)
    for onset, pitch in strikes(notes) - strikes(kept):
        assert any(n.onset == onset and n.pitch % 12 == pitch % 12 for n in kept)
    assert all(n.spelling is not None and n.spelling.pitch == n.pitch for n in kept)


@given(rolls())
def test_each_hand_has_one_rhythm_and_keeps_to_its_side(roll: tuple[list[Note], Score]) -> None:
    notes, frame = roll
    score = replace(frame, voices=hands(notes, frame))
    sides: dict[Fraction, dict[str, list[int]]] = {}
    for hand in ("right hand", "left hand"):
        lines = [v for v in score.voices if hand_of(v.name) == hand]
        rhythm = {(n.onset, n.end) for n in lines[0].notes}
        for line in lines:
            assert {(n.onset, n.end) for n in line.notes} <= rhythm
            for note in line.notes:
                sides.setdefault(note.onset, {}).setdefault(hand, []).append(note.pitch)
    for side in sides.values():
        for pitches in side.values():
            assert pitches == sorted(pitches, reverse=True)
        assert min(side.get("right hand", [128])) > max(side.get("left hand", [-1]))


@given(rolls())
def test_no_rest_of_a_16th_is_left_unless_the_other_hand_needs_the_key(
    roll: tuple[list[Note], Score],
) -> None:
    notes, frame = roll
    voices = hands(notes, frame)
    struck = strikes([n for v in voices for n in v.notes])
    for hand in ("right hand", "left hand"):
        lines = [v.notes for v in voices if hand_of(v.name) == hand]
        for note, following in zip(lines[0], lines[0][1:], strict=False):
            pitches = {n.pitch for line in lines for n in line if n.onset == note.onset}
            needed = any((note.end, pitch) in struck for pitch in pitches)
            assert needed or not 0 < following.onset - note.end <= SIXTEENTH
