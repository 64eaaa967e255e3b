"""What a model has taken over follows from its music, not from the number of pieces."""

from __future__ import annotations

import pytest

from ripieno.grid import score_to_grid
from ripieno.learning.judgement import (
    ALIKE,
    NOT,
    PARTLY,
    TAKEN,
    Trait,
    compare_traits,
    judgement,
    verdict,
    what_was_taken,
)
from ripieno.learning.measure import Made
from ripieno.learning.traits import CHOIR_TRAITS
from ripieno.text.notation import parse_score

QUARTERS = ["C5:4 D5 E5 C5", "G4:4 B4 C5 G4", "E4:4 G4 G4 E4", "C3:4 G2 C3 C3"]
HALVES = ["A4:2 G4:2", "F4:2 E4:2", "C4:2 C4:2", "A3:2 C3:2"]


def grid(lines: list[str], up: int = 0):
    text = "\n".join(" | ".join([line] * 2) for line in lines)
    return score_to_grid(parse_score(text))


YOURS = [grid(QUARTERS) for _ in range(4)]
LIKE_YOURS, LIKE_THE_PARENT = ([grid(lines)] * 4 for lines in (QUARTERS, HALVES))


def made(grids) -> Made:
    return Made(melodies=(), composed=tuple(grids))


def test_a_model_that_writes_as_you_do_has_taken_over_everything():
    traits = compare_traits("choir", YOURS, made(LIKE_THE_PARENT), made(LIKE_YOURS))
    assert [trait.name for trait in traits] == list(CHOIR_TRAITS)
    assert {trait.verdict for trait in traits} == {TAKEN}
    assert all(trait.mine == 0 and trait.nearer == 1 for trait in traits)


def test_a_model_that_writes_as_its_parent_has_taken_over_nothing():
    traits = compare_traits("choir", YOURS, made(LIKE_THE_PARENT), made(LIKE_THE_PARENT))
    assert {trait.verdict for trait in traits} == {NOT}
    assert all(trait.mine == trait.parent and trait.nearer == 0.5 for trait in traits)


def test_only_the_rhythm_is_taken_over_where_only_the_rhythm_changed():
    slow = [
        "C5:2 D5:2 | E5:2 C5:2",
        "G4:2 B4:2 | C5:2 G4:2",
        "E4:2 G4:2 | G4:2 E4:2",
        "C3:2 G2:2 | C3:2 C3:2",
    ]
    parent = [score_to_grid(parse_score("\n".join(slow)))] * 4
    same_notes = [score_to_grid(parse_score("\n".join(QUARTERS)))] * 4
    traits = {t.name: t for t in compare_traits("choir", YOURS, made(parent), made(same_notes))}
    assert traits["rhythm"].verdict == TAKEN
    assert traits["ranges"].parent == traits["ranges"].mine


@pytest.mark.parametrize(
    ("before", "after", "nearer", "among", "expected"),
    [
        (0.4, 0.2, 1.0, 0.1, TAKEN),
        (0.4, 0.2, 0.8, 0.1, PARTLY),  # a large step that hangs on single pieces
        (0.4, 0.37, 0.95, 0.1, PARTLY),  # certain, but a small step
        (0.4, 0.2, 0.6, 0.1, NOT),
        (0.4, 0.5, 0.0, 0.1, NOT),
        (0.2, 0.2, 0.5, 0.3, ALIKE),
        (0.2, 0.2, 0.5, None, NOT),
        (0.0, 0.0, 0.5, None, NOT),
    ],
)
def test_the_verdict_needs_a_step_and_certainty(before, after, nearer, among, expected):
    assert verdict(before, after, nearer, among) == expected


def traits(**verdicts: str) -> list[Trait]:
    return [Trait(name, None, 0.0, 0.0, 0.0, kind) for name, kind in verdicts.items()]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            traits(ranges=TAKEN, cadences=TAKEN, rhythm=NOT),
            "It has taken over your ranges and cadences, not your rhythm.",
        ),
        (
            traits(ranges=TAKEN, chords=PARTLY, rhythm=NOT, intervals=NOT),
            "It has taken over your ranges, in part your chords, not your rhythm or intervals.",
        ),
        (traits(chords=PARTLY), "It has taken over in part your chords."),
        (traits(chords=NOT, rhythm=NOT), "It has not taken over your chords or rhythm."),
        (traits(rhythm=ALIKE), "Your rhythm was much like its parent's before."),
        (
            traits(chords=TAKEN, rhythm=ALIKE, ranges=ALIKE),
            "It has taken over your chords; your rhythm and ranges were much like its parent's before.",
        ),
    ],
)
def test_what_was_taken_over_is_one_sentence(found, text):
    assert what_was_taken(found) == text


def test_few_pieces_are_few_only_where_they_were_learned_by_heart():
    known, style = {"nats": 1.0}, traits(rhythm=TAKEN)
    by_heart = judgement("mine", 12, "lstm", style, (known, {"nats": 0.95}), (known, {"nats": 0.5}))
    assert by_heart == (
        "mine knows your style better than lstm: it expects your held-out music 5 % better, and what it "
        "learned from 50 %; 12 pieces are few, and it learned their notes rather than their style. "
        "It has taken over your rhythm."
    )
    style_of_12 = judgement("mine", 12, "lstm", style, (known, {"nats": 0.6}), (known, {"nats": 0.5}))
    assert style_of_12 == (
        "mine knows your style better than lstm: it expects your held-out music 40 % better. "
        "It has taken over your rhythm."
    )
    nothing = judgement("mine", 1, "lstm", traits(rhythm=NOT), (known, known), (known, {"nats": 0.9}))
    assert nothing == (
        "mine knows your style no better than lstm: it does not expect your held-out music any better, and "
        "what it learned from 10 %; 1 piece is few, and it learned their notes rather than their style. "
        "It has not taken over your rhythm."
    )


def test_what_the_parent_knew_before_is_said():
    same = {"nats": 1.0}
    text = judgement("mine", 12, "lstm", traits(rhythm=NOT), (same, same), (same, same), known=1)
    assert text == (
        "mine knows your style no better than lstm: it does not expect your held-out music any better (lstm "
        "has learned 1 melody of what was held out, so this comparison is unfair to mine). "
        "It has not taken over your rhythm."
    )
