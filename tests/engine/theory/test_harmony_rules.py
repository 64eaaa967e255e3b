"""What the rules on harmony find, and what they leave alone: chorale style in four voices."""

from fractions import Fraction
from time import process_time

import pytest

from ripieno.grid import score_to_grid
from ripieno.results import Fault
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.rules import HARMONY, fault_counts, faults

NAMES = ("soprano", "alto", "tenor", "bass")
HARMONY_NAMES = {rule.name for rule in HARMONY}


def choir(mark: str, *lines: str) -> Score:
    """Voices from the soprano down. mark: their key, as "[key -1]"; C major where it is empty."""
    first, *lower = lines
    voices = (f"{mark or '[key 0]'} {first}", *lower)
    return parse_score("\n".join(f"{name}: {line}" for name, line in zip(NAMES, voices, strict=False)))


def found(score: Score) -> list[Fault]:
    """What the rules on harmony find."""
    return [fault for fault in faults(score) if fault.rule in HARMONY_NAMES]


def sentences(score: Score, rule: str) -> list[str]:
    return [fault.sentence for fault in found(score) if fault.rule == rule]


# I - IV - V - I in F, and what may stand in the last two measures.
OPENING = ("F4:4 F4 G4 F4 |", "C4:4 D4 E4 C4 |", "A3:4 Bb3 C4 A3 |", "F3:4 Bb2 C3 F3 |")


def in_f(*endings: str) -> Score:
    return choir("[key -1]", *(a + " " + b for a, b in zip(OPENING, endings, strict=True)))


# -- closes ------------------------------------------------------------------------------------------------


def test_a_close_from_a_chord_that_leads_elsewhere_is_found():
    score = in_f("G4:2 F4", "C#4:2 C4", "E3:2 A3", "A2:2 F2")
    assert sentences(score, "close without cadence") == [
        "The piece closes A7 - F; a close goes from the dominant (C) or the subdominant (Bb) to the key "
        "note's chord"
    ]
    (fault,) = found(score)
    assert (fault.severity, fault.measure, fault.beat, fault.voices) == ("fault", "2", 3.0, NAMES)


def test_a_close_from_vi_to_i_in_minor_is_found():
    score = choir(
        "[key -2]", "G4:4 A4 Bb4 A4 | Bb4:2 G4", "D4:4 D4 D4 D4 | Eb4:2 D4",
        "Bb3:4 F#3 G3 F#3 | G3:2 Bb3", "G3:4 D3 G3 D3 | Eb3:2 G2",
    )  # fmt: skip
    assert sentences(score, "close without cadence") == [
        "The piece closes Eb - Gm; a close goes from the dominant (D) or the subdominant (Cm) to the key "
        "note's chord"
    ]


@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("authentic", ("G4:2 F4", "E4:2 C4", "C4:2 A3", "C3:2 F2")),
        ("plagal", ("F4:2 F4", "D4:2 C4", "Bb3:2 A3", "Bb2:2 F2")),
        ("leading-note chord", ("G4:2 F4", "E4:2 F4", "Bb3:2 A3", "G2:2 F2")),
        (
            "dominant for an eighth only",
            ("A4:4. G4:8 F4:2", "D4:4. E4:8 C4:2", "D4:4. Bb3:8 A3:2", "D3:4. C3:8 F2:2"),
        ),
        ("suspension into the last chord", ("G4:2 F4", "E4:4 E4~ E4:4 F4", "C4:2 A3", "C3:2 F2")),
        ("half close of an excerpt", ("A4:2 G4", "F4:2 E4", "C4:2 C4", "F3:2 C3")),
        ("unison at the end", ("G4:2 F4", "E4:2 F4", "C4:2 F3", "C3:2 F2")),
    ],
)
def test_a_close_that_people_sing_is_left_alone(name, endings):
    assert sentences(in_f(*endings), "close without cadence") == []


def test_a_modal_close_from_the_minor_dominant_is_left_alone():
    score = choir(
        "",
        "A4:4 B4 C5 B4 | B4:2 A4",
        "E4:4 E4 E4 E4 | E4:2 E4",
        "C4:4 B3 A3 G3 | G3:2 C4",
        "A3:4 G3 A3 E3 | E3:2 A2",
    )
    assert sentences(score, "close without cadence") == []


def test_a_picardy_third_is_no_foreign_chord_and_no_other_key():
    score = choir(
        "", "A4:4 B4 C5 B4 | B4:2 A4", "E4:4 E4 E4 E4 | E4:2 E4", "C4:4 G#3 A3 G#3 | G#3:2 C#4",
        "A3:4 E3 A3 E3 | E3:2 A2",
    )  # fmt: skip
    assert found(score) == []


# -- the first chord ---------------------------------------------------------------------------------------

IN_G_MINOR = ("A4:4 Bb4 | A4:2 G4", "F#4:4 G4 | F#4:2 D4", "D4:4 D4 | D4:4 C4 Bb3:2", "D3:4 G3 | D3:2 G2")


def g_minor_from(*chord: str) -> Score:
    return choir("[key -2]", *(f"{note}:2 {rest}" for note, rest in zip(chord, IN_G_MINOR, strict=True)))


def test_a_tune_in_g_minor_that_opens_on_b_flat_is_found():
    assert sentences(g_minor_from("Bb4", "F4", "D4", "Bb2"), "first chord") == [
        "The piece is in G minor and begins with Bb; it should begin with the key note's chord "
        "(Gm), or with the "
        "dominant (D) or the subdominant (Cm) that leads to it"
    ]


@pytest.mark.parametrize(
    "chord",
    [
        ("Bb4", "G4", "D4", "G2"),  # i
        ("Bb4", "G4", "D4", "Bb2"),  # i6
        ("A4", "F#4", "D4", "D3"),  # V
        ("A4", "F#4", "C4", "F#3"),  # viio
        ("C5", "G4", "Eb4", "C3"),  # iv
    ],
)
def test_a_piece_may_open_on_tonic_dominant_or_subdominant(chord):
    assert sentences(g_minor_from(*chord), "first chord") == []


def test_a_pickup_of_one_voice_alone_has_no_first_chord():
    """B flat alone may belong to G minor; the chord of the next measure is another matter."""
    rests = ("Bb4:2 A4:4 Bb4 | A4:2 G4", *(f"r:2 {line}" for line in IN_G_MINOR[1:]))
    assert sentences(choir("[key -2]", *rests), "first chord") == []


# -- phrases -----------------------------------------------------------------------------------------------

FIRST = ("C4:4 D4 E4 D4 |", "G3:4 G3 G3 G3 |", "E3:4 B2 C3 B2 |", "C3:4 G2 C3 G2 |")
LAST = ("C4:4 E4 D4 C4", "G3:4 G3 F3 E3", "E3:4 C3 B2 C3", "C3:4 C3 G2 C2")


def phrases(middle: tuple[str, ...], second: tuple[str, ...]) -> Score:
    """Two phrases in C with fermatas. middle: how the first one ends; second: how the other one begins."""
    return choir(
        "",
        *(
            " ".join((a, b, "|", c, "|", d)) + "^"
            for a, b, c, d in zip(FIRST, middle, second, LAST, strict=True)
        ),
    )


SECOND = ("E4:4 D4 E4 D4^", "G3:4 G3 G3 G3", "C3:4 B2 C3 B2", "C3:4 G2 C3 G2")


def test_a_phrase_on_vi_under_the_key_note_is_worth_a_look():
    score = phrases(("D4:2 C4^", "G3:2 E3", "B2:2 C3", "G2:2 A2"), SECOND)
    assert sentences(score, "phrase on vi") == [
        "The phrase rests on Am under the key note C4 of the soprano; the key note's chord (C) would let "
        "it close"
    ]
    assert [f.severity for f in found(score)] == ["warning"]


@pytest.mark.parametrize(
    "middle",
    [
        ("D4:2 C4^", "G3:2 E3", "B2:2 C3", "G2:2 C2"),  # it rests on I
        ("B3:2 C4^", "E3:2 E3", "G#2:2 C3", "E2:2 A2"),  # a cadence in A minor
        ("D4:2 E4^", "G3:2 E3", "B2:2 C3", "G2:2 A2"),  # another note than the key note
    ],
)
def test_a_phrase_that_closes_in_its_key_is_left_alone(middle):
    assert sentences(phrases(middle, SECOND), "phrase on vi") == []


# -- chords ------------------------------------------------------------------------------------------------


def test_a_chord_of_no_key_near_by_is_found_once():
    """B major in F, two beats long."""
    score = in_f("F#4:2 G4:4 F4", "D#4:2 E4:4 C4", "B3:2 C4:4 A3", "B2:2 C3:4 F2")
    assert sentences(score, "foreign chord") == ["B belongs neither to F major nor to a key near it"]


@pytest.mark.parametrize(
    "chord",
    [
        ("G4:2", "D4:2", "B3:2", "G2:2"),  # V/V
        ("F4:2", "Db4:2", "Bb3:2", "Bb2:2"),  # iv of the parallel minor
        ("F4:2", "D4:2", "Ab3:2", "B2:2"),  # viio7/V
        ("F4:2", "B3:2", "F3:2", "Db3:2"),  # an augmented sixth
    ],
)
def test_chords_borrowed_from_near_by_are_left_alone(chord):
    endings = (
        f"{note} {rest}"
        for note, rest in zip(chord, ("G4:4 F4", "E4:4 C4", "C4:4 A3", "C3:4 F2"), strict=True)
    )
    assert sentences(in_f(*endings), "foreign chord") == []


# -- false relations ---------------------------------------------------------------------------------------


def test_a_false_relation_is_told_with_both_notes():
    score = choir("", "G4:4 G4", "E4:4 C#4", "C4:4 A3", "C3:4 E3")
    assert sentences(score, "false relation") == [
        "Alto has C#4 right after the tenor's C4: a false relation; one voice should sing both notes"
    ]


def test_a_chromatic_step_in_one_voice_is_no_false_relation():
    assert sentences(choir("", "G4:4 G4", "E4:4 E4", "C4:4 C#4", "C3:4 A2"), "false relation") == []


def test_a_note_under_another_name_makes_no_false_relation():
    """A program wrote B flat for the A sharp of F sharp major; B, to which another voice goes, is "
    "not altered."""
    assert sentences(choir("[key 2]", "C#5:4 B4", "Bb4:4 F#4", "E4:4 D4", "F#3:4 B2"), "false relation") == []


# -- dissonances -------------------------------------------------------------------------------------------


def test_a_leap_into_a_dissonance_is_found():
    score = choir("", "E4:4 A4 G4:2", "C4:4 B3 C4:2", "G3:4 G3 G3:2", "C3:4 G2 C3:2")
    assert sentences(score, "unprepared dissonance") == [
        "Soprano leaps to A4, which is foreign to G; a dissonance on the beat should be held over or reached "
        "by step"
    ]


def test_a_dissonance_that_is_reached_by_step_is_left_alone():
    score = choir("", "B4:4 A4 G4:2", "D4:4 B3 C4:2", "G3:4 G3 G3:2", "G2:4 G2 C3:2")
    assert sentences(score, "unprepared dissonance") == []


@pytest.mark.parametrize("goes", ["C5:4 B4 C5", "C5:8 G4 B4:4 C5"])  # at once, and after another note
def test_a_suspension_that_resolves_is_left_alone(goes):
    score = choir("", f"C5:4 {goes}", "E4:4 D4 D4 E4", "G3:4 G3 G3 G3", "C3:4 G2 G2 C3")
    assert sentences(score, "unresolved dissonance") == []


def test_a_suspension_that_leaps_away_is_found():
    score = choir("[key 1]", "G4:4 G4 D5 D5", "D4:4 D4 D4 D4", "B3:4 A3 A3 B3", "G3:4 F#3 D3 G2")
    assert sentences(score, "unresolved dissonance") == [
        "Soprano has G4, which is foreign to D, and goes to D5 instead of resolving by step"
    ]


# -- what cannot be heard ----------------------------------------------------------------------------------


def test_two_voices_are_not_accused_of_what_is_missing():
    score = choir("[key -1]", "F4:4 G4 A4 G4 | G4:2 F4", "F3:4 E3 A3 C#3 | A2:2 F2")
    assert found(score) == []


def test_silent_measures_are_no_chords():
    score = choir(
        "[key -1]", *(f"r:1 | {line} r:1 | {end}" for line, end in zip(
            OPENING, ("G4:2 F4", "E4:2 C4", "C4:2 A3", "C3:2 F2"), strict=True))
    )  # fmt: skip
    assert found(score) == []


def test_where_the_signature_changes_no_key_is_taken_for_granted():
    lines = ("F4:2 F4 | [key 2] F#4:2 D4", "C4:2 C4 | D4:2 A3", "A3:2 A3 | A3:2 F#3", "F3:2 F3 | B2:2 D3")
    assert found(choir("[key -1]", *lines)) == []


def test_two_chords_are_too_few_to_judge_how_a_piece_begins_and_closes():
    score = choir("[key -1]", "G4:2 F4", "C#4:2 C4", "E3:2 A3", "A2:2 F2")
    assert found(score) == []


def test_a_last_measure_of_the_melody_alone_is_no_close():
    score = choir("[key -1]", "F4:2 G4 | A4:2 F4", "C4:2 E4 | r:1", "A3:2 C4 | r:1", "F3:2 C3 | r:1")
    assert sentences(score, "close without cadence") == []


# -- grids and time ----------------------------------------------------------------------------------------


def test_a_grid_is_heard_as_its_score():
    score = in_f("G4:2 F4", "C#4:2 C4", "E3:2 A3", "A2:2 F2")
    counts = fault_counts(score_to_grid(score))
    assert {name for name in HARMONY_NAMES if counts[name]} == {"close without cadence"}


def test_sixteen_measures_are_checked_while_the_page_waits():
    score = choir("[key -1]", *(" ".join([line] * 16).rstrip("|") for line in OPENING))
    assert score.duration == Fraction(64)
    faults(score)
    start = process_time()
    faults(score)
    assert process_time() - start < 0.3  # a tenth on a quiet machine
