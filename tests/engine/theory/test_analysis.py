"""Chords and cadences: small cadences from the textbook, and a chorale with a published analysis."""

from pathlib import Path

import pytest
from hypothesis import given
from music21 import __file__ as music21_file

from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.analysis import analyse
from ripieno_bridges.formats.files import load
from strategies import scores


def analysed(text: str):
    score = parse_score("\n".join(line.strip() for line in text.split(";")))
    return analyse(score), score


I_IV = "soprano: [key 0] E4:4 F4 {0}; alto: C4:4 C4 {1}; tenor: G3:4 A3 {2}; bass: C3:4 F3 {3}"


@pytest.mark.parametrize(
    ("chords", "figures", "kind"),
    [
        (("D4 C4", "B3 C4", "G3 E3", "G2 C3"), ["I", "IV", "V", "I"], "perfect authentic"),
        (("D4 E4", "B3 C4", "G3 G3", "G2 C3"), ["I", "IV", "V", "I"], "imperfect authentic"),
        (("D4 C4", "B3 C4", "G3 E3", "B2 C3"), ["I", "IV", "V6", "I"], "imperfect authentic"),
        (("D4 C4", "B3 C4", "G3 E3", "G2 A2"), ["I", "IV", "V", "vi"], "deceptive"),
        (("E4 D4", "C4 B3", "G3 G3", "C3 G2"), ["I", "IV", "I", "V"], "half"),
        (("E4 E4", "C4 C4", "A3 G3", "A2 C3"), ["I", "IV", "vi", "I"], None),
        (("G4 F4 E4", "C4 C4 C4", "E3 A3 G3", "C3 F3 C3"), ["I", "IV", "I", "IV", "I"], "plagal"),
    ],
)
def test_cadences(chords, figures, kind):
    found, _ = analysed(I_IV.format(*chords))
    assert [c.figure for c in found.chords] == figures
    assert [c.kind for c in found.cadences] == ([] if kind is None else [kind])


def test_a_fermata_ends_a_phrase():
    found, _ = analysed(
        "soprano: E4:4 D4^ | E4 D4 C4:2; alto: C4:4 B3 | C4 B3 C4:2; "
        "tenor: G3:4 G3 | G3 G3 E3:2; bass: C3:4 G2 | C3 G2 C3:2"
    )
    assert [(c.measure, c.beat, c.kind) for c in found.cadences] == [
        ("0", 4.0, "half"),
        ("1", 3.0, "perfect authentic"),
    ]


def test_passing_notes_and_suspensions_are_passed_over():
    found, _ = analysed(
        "soprano: [key 0] E4:8 F4 G4:4 C5:8 B4 C5:4; alto: C4:4 D4 D4 E4; "
        "tenor: G3:4 B3 G3 G3; bass: C3:4 G3 G3 C3"
    )
    assert [(c.beat, c.figure) for c in found.chords] == [(1, "I"), (2, "V"), (4, "I")]


def test_a_chord_that_passes_in_a_sixteenth_is_passed_over():
    found, _ = analysed(
        "soprano: [key 0] E4:4 D4:8. E4:16 D4:4 C4; alto: C4:4 B3:8. C4:16 B3:4 E4; "
        "tenor: G3:4 G3 G3 G3; bass: C3:4 G2:8. C3:16 G2:4 C3"
    )
    assert [(c.beat, c.figure) for c in found.chords] == [(1, "I"), (2, "V"), (4, "I")]


def test_two_chords_in_a_beat_where_the_harmony_changes_at_its_middle():
    found, _ = analysed(
        "soprano: [key 0] E4:4 D4:8 C4 D4:4 E4; alto: C4:4 B3:8 A3 B3:4 C4; "
        "tenor: G3:4 G3:8 E3 G3:4 G3; bass: C3:4 G2:8 A2 G2:4 C3"
    )
    assert [(c.beat, c.figure) for c in found.chords] == [
        (1, "I"),
        (2, "V"),
        (2.5, "vi"),
        (3, "V"),
        (4, "I"),
    ]


def test_a_line_a_measure_with_the_key_where_it_begins():
    found, score = analysed(I_IV.format("D4 C4", "B3 C4", "G3 E3", "G2 C3"))
    assert found.lines(score) == ["m. 1    C major:   1 I   2 IV   3 V   4 I | perfect authentic cadence"]


def test_a_pickup_is_counted_towards_the_barline():
    found, _ = analysed("soprano: [3/4] E4:4 | D4 D4 C4; alto: C4:4 | B3 B3 E4; bass: C3:4 | G3 G2 C3")
    assert [(c.measure, c.beat) for c in found.chords] == [("0", 3), ("1", 1), ("1", 3)]


def test_a_chorale_as_its_published_analysis_has_it():
    """Aus meines Herzens Grunde, BWV 269; some measures as Andrew Jones analysed them."""
    path = Path(music21_file).parent / "corpus" / "bach" / "bwv269.mxl"
    score = load(path).score
    found = analyse(score)
    assert {str(c.key) for c in found.chords} == {"G major"}
    lines = {line.split()[1]: line for line in found.lines(score)}
    assert lines["3"].endswith("2.5 viio6   3 I")
    assert lines["4"] == "m. 4    1 V   3 I | half cadence"
    assert lines["5"] == "m. 5    1 V6   2 vi65   3 viio6"
    assert lines["21"].endswith("perfect authentic cadence")


@given(scores(on_grid=False))
def test_no_score_breaks_the_analysis(score: Score):
    found = analyse(score)
    assert len(found.lines(score)) == len(score.measures)
    onsets = [c.onset for c in found.chords]
    assert onsets == sorted(onsets)


def test_an_end_without_a_third_closes_on_the_tonic():
    found, _ = analysed("soprano: [key 0] E4:4 D4 C4; alto: C4:4 B3 C4; tenor: G3:4 G3 G3; bass: C3:4 G2 C3")
    assert [c.figure for c in found.chords] == ["I", "V", "I"]
    assert [c.kind for c in found.cadences] == ["perfect authentic"]


def test_a_suspension_under_a_fermata_is_waited_for():
    found, _ = analysed(
        "soprano: [key 0] G4:4 G4 G4:2^; alto: E4:4 D4 D4:4 C4; tenor: C4:4 B3 E4:2; bass: C3:4 G3 C3:2"
    )
    assert [(c.beat, c.kind) for c in found.cadences] == [(3, "imperfect authentic")]


IN_G_THEN_HOME = (
    "soprano: [key 1] [2/2] {0} G4:2 A4 | B4 G4 | B4:4 A4 G4 F#4 | E4:1; alto: {0} D4:2 F#4 | G4 D4 | "
    "D4:4 C4 E4 D#4 | B3:1; tenor: {1} B3:2 D4 | D4 B3 | G3:4 A3 B3 A3 | G3:1; "
    "bass: {2} G3:2 D3 | G3 G3 | G3:4 A3 B3 B2 | E3:1"
)


def test_a_last_close_is_told_in_the_home_key():
    """Hymns in minor often have a second half in the relative major, and come home at the close."""
    found, _ = analysed(IN_G_THEN_HOME.format("E4:1 |", "G3:1 |", "E3:1 |").replace("alto: E4", "alto: B3"))
    assert [(str(c.key), c.figure) for c in found.chords[-3:]] == [
        ("E minor", "i64"),
        ("E minor", "V7"),
        ("E minor", "i"),
    ]
    assert [(str(c.key), c.kind) for c in found.cadences] == [("E minor", "perfect authentic")]


def test_in_meters_of_half_notes_every_quarter_may_have_a_chord():
    found, _ = analysed(
        "soprano: [key 0] [2/2] E4:4 F4 E4 D4 | C4:1; alto: C4:4 C4 C4 B3 | C4:1; "
        "tenor: G3:4 A3 G3 G3 | E3:1; bass: C3:4 F3 G3 G2 | C3:1"
    )
    assert [(c.beat, c.figure) for c in found.chords] == [
        (1, "I"),
        (1.5, "IV"),
        (2, "I64"),
        (2.5, "V"),
        (1, "I"),
    ]
