"""What the rules of the harmony class find, and what they leave alone."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import ROOT
from ripieno.grid import empty_grid, score_to_grid
from ripieno.results import Fault
from ripieno.score import Score, transpose
from ripieno.text.notation import parse_score
from ripieno.theory.rules import (
    FAULT,
    HARMONY,
    MAX_FAULT_RATE,
    REMARK,
    RULES,
    VOICE_LEADING,
    WARNING,
    fault_counts,
    faults,
)
from strategies import grids, scores

DOCS = ROOT / "docs" / "theory.md"


def found(text: str, rule: str | None = None) -> list[Fault]:
    """The faults of short text, ``;`` between the voices, of one rule or of all."""
    score = parse_score("\n".join(line.strip() for line in text.split(";")))
    return [f for f in faults(score) if rule in (None, f.rule)]


@pytest.mark.parametrize(
    ("rule", "music", "sentence"),
    [
        (
            "parallel fifths",
            "soprano: A4:4 B4; bass: D3:4 E3",
            "Soprano and bass move in parallel fifths, from A4 over D3 to B4 over E3",
        ),
        (
            "parallel octaves",
            "soprano: A4:4 B4; bass: A3:4 B3",
            "Soprano and bass move in parallel octaves, from A4 over A3 to B4 over B3",
        ),
        (
            "parallel octaves",
            "alto: A3:4 B3; tenor: A3:4 B3",
            "Alto and tenor move in parallel unisons, from A3 over A3 to B3 over B3",
        ),
        (
            "contrary consecutives",
            "soprano: A4:4 D5; bass: D3:4 G2",
            "Soprano and bass form consecutive fifths in contrary motion, from A4 over D3 to D5 over G2",
        ),
        (
            "direct fifths and octaves",
            "soprano: E4:4 A4; bass: C3:4 D3",
            "Soprano and bass move in one direction into a direct fifth, the soprano by leap, "
            "from E4 over C3 to A4 over D3",
        ),
        (
            "direct fifths and octaves",
            "soprano: E4:4 G4; bass: B2:4 C3",
            "Soprano and bass move in one direction into a direct fifth, the soprano by leap, "
            "from E4 over B2 to G4 over C3",
        ),
        (
            "crossing",
            "alto: E4:4 C4; tenor: C4:4 D4",
            "Alto and tenor cross: the tenor has D4, the alto C4 below it",
        ),
        (
            "overlap",
            "tenor: B3:4 D4; bass: G3:4 C4",
            "Bass moves to C4, above the B3 that the tenor has just left",
        ),
        (
            "overlap",
            "alto: Bb4:4 F#4; tenor: G4:4 E4",
            "Alto moves to F#4, below the G4 that the tenor has just left",
        ),
        (
            "spacing",
            "soprano: C5:4 F5; alto: E4:4 E4",
            "Soprano and alto lie more than an octave apart, F5 over E4",
        ),
        (
            "missing third",
            "soprano: C5:4 D5; alto: G4:4 G4; bass: C3:4 B2",
            "The chord C3-G4-C5 has no third",
        ),
        (
            "missing third",
            "soprano: C5:4 C5; alto: E4:4 C4; tenor: G3:4 C4; bass: C3:4 C3",
            "The chord C3-C4-C4-C5 has no third",
        ),
        (
            "range",
            "bass: E2:4 D2",
            "Bass has D2, below E2, the end of its comfortable range",
        ),
        (
            "doubled leading note",
            "soprano: B4:4 C5; alto: F4:4 E4; tenor: B3:4 G3; bass: G3:4 C3",
            "Soprano and tenor double the leading note, B4",
        ),
        (
            "unresolved leading note",
            "[key 0] soprano: B4:4 G4; alto: D4:4 E4; tenor: G3:4 G3; bass: G2:4 C3",
            "Soprano has the leading note B4 and goes to G4 instead of rising to the tonic",
        ),
        (
            "unresolved seventh",
            "soprano: F4:4 G4; alto: D4:4 E4; tenor: B3:4 C4; bass: G2:4 C3",
            "Soprano has the seventh F4 and goes to G4 instead of falling by step",
        ),
        ("augmented leap", "alto: F4:4 G#4", "Alto leaps up an augmented second, from F4 to G#4"),
        ("augmented leap", "bass: F3:4 B3", "Bass leaps up an augmented fourth, from F3 to B3"),
        ("augmented leap", "bass: B3:4 F3", "Bass leaps down an augmented fourth, from B3 to F3"),
        ("large leap", "bass: C3:4 B3", "Bass leaps up a seventh, from C3 to B3"),
        ("large leap", "soprano: C4:4 D5", "Soprano leaps up more than an octave, from C4 to D5"),
        (
            "repeated notes",
            "alto: F4:8 F4 F4 F4 F4 F4 F4 F4",
            "Alto repeats F4 8 times in a row",
        ),
        ("static voice", "alto: F4:1~ | F4:1~ | F4:1", "Alto stays on F4 for 12 quarters"),
    ],
)
def test_a_rule_finds_its_fault_and_says_it_in_words(rule, music, sentence):
    if music.startswith("[key"):
        mark, _, rest = music.partition("] ")
        music = rest.replace(": ", f": {mark}] ", 1)
    assert [f.sentence for f in found(music, rule)] == [sentence]


@pytest.mark.parametrize(
    ("rule", "music"),
    [
        ("parallel fifths", "soprano: A4:4 A4; bass: D3:4 D3"),  # a repeated chord
        ("parallel fifths", "soprano: A4:4 r B4; bass: D3:4 r E3"),  # over a rest
        ("parallel fifths", "soprano: A4:4^ B4; bass: D3:4 E3"),  # from a phrase to the next
        ("parallel fifths", "soprano: A4:4 D5; bass: D3:4 G2"),  # contrary motion has its own rule
        ("parallel fifths", "soprano: A4:4 Bb4; bass: D3:4 E3"),  # a perfect fifth to a diminished one
        ("parallel octaves", "soprano: A3:4 A4; bass: A2:4 A2"),  # an octave leap
        ("parallel octaves", "soprano: A4:4 A4; bass: A2:4 A3"),
        ("contrary consecutives", "soprano: A4:4 B4; bass: D3:4 E3"),
        ("direct fifths and octaves", "soprano: G4:4 A4; bass: C3:4 D3"),  # the soprano steps
        ("direct fifths and octaves", "soprano: C5:4 A4; bass: C3:4 D3"),  # contrary motion
        ("direct fifths and octaves", "soprano: E4:4 G4; alto: C4:4 E4; bass: G2:4 C3"),  # horn fifths apart
        ("direct fifths and octaves", "soprano: E4:4 G4; alto: G3:4 E4; bass: C3:4 C4"),  # one chord
        (
            "direct fifths and octaves",
            "soprano: C5:4 C5; alto: E4:4 A4; bass: C3:4 D3",
        ),  # not the outer voices
        ("crossing", "alto: E4:4 D4; tenor: C4:4 D4"),  # a unison
        ("overlap", "tenor: B3:4 D4; bass: G3:4 B3"),  # to the very note that was left
        ("overlap", "alto: C4:4 F4; tenor: E4:4 D4"),  # they were crossed, which is another fault
        ("overlap", "tenor: B3:4^ D4; bass: G3:4 C4"),
        ("spacing", "soprano: C5:4; alto: C4:4"),
        ("missing third", "alto: G4:4; bass: C3:4"),  # two voices are no chord
        ("missing third", "soprano: C5:4; alto: G4:4; tenor: C4:4; bass: E3:4"),
        ("missing third", "soprano: C5:4 D5; alto: C4:4 D4; tenor: C4:4 D4; bass: C3:4 D3"),  # in octaves
        ("missing third", "soprano: D5:8 C5; alto: G4:4; tenor: E4:8 G4; bass: C3:4"),  # not struck together
        ("spacing", "tenor: A3:4; bass: E2:4"),  # tenor and bass may be far apart
        ("range", "bass: E2:4 E4"),
        (
            "doubled leading note",
            "soprano: [key 0] E4:4 F4^; alto: C4:4 C4; tenor: G3:4 A3; bass: E3:4 F3",
        ),  # I6-IV: E leads nowhere
        (
            "doubled leading note",
            "soprano: G4:4 G4; alto: D4:4 E4; tenor: B3:4 C4; bass: G2:4 C3",
        ),
        (
            "unresolved leading note",
            "soprano: [key 0] G4:4 E4; alto: B3:4 G3; tenor: D4:4 C4; bass: G2:4 C3",
        ),  # an inner voice falls to the fifth
        (
            "unresolved leading note",
            "soprano: [key 0] E4:4 C4; alto: C4:4 C4; tenor: G3:4 A3; bass: C3:4 F2",
        ),  # I-IV at the end: E is no leading note
        (
            "unresolved leading note",
            "soprano: [key 0] B4:4 C5; alto: D4:4 E4; tenor: G3:4 G3; bass: G2:4 C3",
        ),
        (
            "unresolved seventh",
            "soprano: D4:4 C4; alto: F4:4 E4; tenor: B3:4 C4; bass: G2:4 C3",
        ),
        (
            "unresolved seventh",
            "soprano: F4:4 G4; alto: B3:4 C4; tenor: G3:4 G3; bass: D3:4 E3",
        ),  # V43-I6: it rises with the bass
        (
            "doubled leading note",
            "soprano: [key 0] B4:4 C5 C5; alto: D4:4 E4 F4; tenor: B3:4 G3 A3; bass: G3:4 C3 F3",
        ),  # inside a phrase it may be I-IV of another key
        (
            "unresolved seventh",
            "soprano: F4:4 r C5; alto: D4:4 E4 E4; tenor: B3:4 C4 C4; bass: G2:4 C3 C3",
        ),  # it breaks off
        ("augmented leap", "bass: B2:4 F3"),  # a diminished fifth
        ("augmented leap", "bass: F3:4 F#3"),  # a chromatic semitone
        ("augmented leap", "alto: F4:4 r G#4"),
        ("augmented leap", "alto: F4:4 Ab4"),
        ("large leap", "bass: C3:4 C4"),
        ("large leap", "bass: C3:4^ B3"),
        ("repeated notes", "alto: F4:8 F4 F4 F4 F4 F4 F4 E4"),
        ("repeated notes", "alto: F4:8 F4 F4 F4 r F4 F4 F4 F4"),
        ("static voice", "alto: F4:1~ | F4:1~ | F4:2."),
    ],
)
def test_a_rule_leaves_alone_what_is_allowed(rule, music):
    assert found(music, rule) == []


def test_every_rule_has_a_case_above():
    marks = [m for m in globals().values() if callable(m) and hasattr(m, "pytestmark")]
    cases = {
        case[0] for mark in marks for p in mark.pytestmark if p.name == "parametrize" for case in p.args[1]
    }
    assert {rule.name for rule in VOICE_LEADING} <= cases


def test_a_plain_cadence_has_no_fault():
    music = "soprano: C5:4 B4 C5:2; alto: E4:4 D4 E4:2; tenor: G3:4 G3 G3:2; bass: C3:4 G3 C3:2"
    assert found(music) == []


def test_a_fault_has_its_place_in_the_words_of_the_score():
    fault = found("soprano: [3/4] C5:4 B4 A4 | A4 B4:2; bass: C3:4 D3 F3 | D3 E3:2", "parallel fifths")[0]
    assert (fault.measure, fault.beat, fault.onset) == ("2", 2.0, 4)
    assert fault.voices == ("soprano", "bass")
    assert fault.severity == FAULT


def test_a_pickup_is_counted_towards_the_barline():
    fault = found("soprano: [4/4] A4:8 B4 | C5:1; bass: D3:8 E3 | C3:1", "parallel fifths")[0]
    assert (fault.measure, fault.beat) == ("0", 4.5)


def test_six_eight_is_counted_in_dotted_quarters():
    fault = found("soprano: [6/8] A4:4. B4; bass: D3:4. E3", "parallel fifths")[0]
    assert (fault.measure, fault.beat) == ("1", 2.0)


def test_triplets_are_compared_at_their_own_times():
    faults = found("soprano: A4:12 B4 C5 C5:2.; bass: D3:12 E3 C3 C3:2.", "parallel fifths")
    assert [f.onset for f in faults] == [parse_score("C4:12").voices[0].notes[0].duration]


def test_a_seventh_is_found_in_any_key():
    """V7 of E flat in a piece without flats in its signature."""
    music = "soprano: Ab4:4 Bb4; alto: F4:4 G4; tenor: D4:4 Eb4; bass: Bb2:4 Eb3"
    assert [f.voices for f in found(music, "unresolved seventh")] == [("soprano",)]


def test_a_pitch_without_spelling_is_spelled_as_a_leading_note_before_the_rules_see_it():
    """G3 C#3 D3 in two flats is a diminished fifth; as Db, the key's own, it would be an augmented fourth."""
    assert found("bass: [key -2] 55:4 49 50", "augmented leap") == []
    assert found("bass: [key -2] 55:4 49 48", "augmented leap") != []


def test_names_keep_their_letters():
    sentence = found("Coro I: A4:4 B4; Viola da Gamba: D3:4 E3", "parallel fifths")[0].sentence
    assert sentence.startswith("Coro I and Viola da Gamba move")


def test_an_empty_score_has_no_fault():
    assert found("r:1") == []
    assert not any(fault_counts(empty_grid(parse_score("r:1").measures)).values())


@given(scores(on_grid=False))
def test_no_score_breaks_the_checker(score: Score):
    for fault in faults(score):
        assert fault.sentence
        assert fault.severity in (FAULT, WARNING, REMARK)
        assert 0 <= fault.onset < score.duration
        assert set(fault.voices) <= {v.name for v in score.voices}


@given(scores(on_grid=False), st.sampled_from((-12, 12)))
def test_an_octave_higher_only_the_range_differs(score: Score, semitones: int):
    counts = [Counter(f.rule for f in faults(s)) for s in (score, transpose(score, semitones))]
    for count in counts:
        count.pop("range", None)
    assert counts[0] == counts[1]


@given(grids(min_voices=4))
def test_a_grid_is_counted_without_breaking(grid):
    assert set(fault_counts(grid)) == {rule.name for rule in RULES}


def test_a_grid_and_its_score_have_the_same_faults():
    text = "soprano: A4:4 B4 C5 D6 | B4:1\nalto: E4:4 F4 C4 E4 | G4:1\ntenor: C4:4 D4 E4 F4 | B3:1"
    score = parse_score(f"{text}\nbass: D3:4 E3 G#2 D2 | G2:1")
    counts = {rule: count for rule, count in fault_counts(score_to_grid(score)).items() if count}
    assert counts == dict(Counter(f.rule for f in faults(score)))
    assert len(counts) > 3


# -- the table ---------------------------------------------------------------------------------------------


def test_a_rule_is_a_fault_where_people_hardly_break_it_and_a_remark_where_they_do():
    for rule in RULES:
        rate = max(rule.bach, rule.hymns) if rule in HARMONY else rule.bach
        assert rule.severity == WARNING or (rule.severity == FAULT) == (rate < MAX_FAULT_RATE), rule.name


def test_the_docs_have_the_same_table():
    rows = re.findall(
        r"(?m)^\| ([a-z ]+) \| (\w+) \| ([\d.]+) \| ([\d.]+) \| (.+) \|$", DOCS.read_text("utf-8")
    )
    assert rows == [(r.name, r.severity, f"{r.bach:.3f}", f"{r.hymns:.3f}", r.meaning) for r in RULES]


def test_the_range_of_a_voice_is_the_users():
    score = parse_score("soprano: C5:1\nalto: F4:1\ntenor: A3:1\nbass: F3:1")
    told = [fault.sentence for fault in faults(score, {"alto": (67, 74), "bass": (40, 50)})]
    assert [sentence for sentence in told if "range" in sentence] == [
        "Alto has F4, below G4, the end of its comfortable range",
        "Bass has F3, above D3, the end of its comfortable range",
    ]
