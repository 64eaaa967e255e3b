"""Short text says a score exactly, and says what is wrong with itself."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from ripieno.errors import ScoreError
from ripieno.score import Key, Lyric, Measure, Meter, Note, Score, Spelling, Tempo, Voice, lay_measures
from ripieno.text.notation import format_score, format_value, parse_score
from strategies import scores

OLD_HUNDREDTH = r"""
[title Old Hundredth]
[composer Bourgeois]
soprano: [3/4] [key 1] [tempo 96] G4:4"All/Praise" | G4 F#4:8 r E4:4"peo-" | D4:2.~"-ple" | D4:4^ |
bass: G3:4 | G3 D3:2 | G2:2. | r:4
""".strip()


def notes_of(text: str, voice: int = 0) -> list[tuple[str, str, str]]:
    return [(n.name, str(n.onset), str(n.duration)) for n in parse_score(text).voices[voice].notes]


def measures_of(text: str) -> list[tuple[str, str, str]]:
    return [(m.number, str(m.duration), str(m.meter)) for m in parse_score(text).measures]


@given(scores(on_grid=False))
def test_every_score_comes_back_from_its_text(score: Score) -> None:
    assert parse_score(format_score(score)) == score


@given(scores(on_grid=True))
def test_text_is_written_the_same_way_twice(score: Score) -> None:
    text = format_score(score)
    assert format_score(parse_score(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C4:4", [("C4", "0", "1")]),
        ("C4:4 D4 E4:8", [("C4", "0", "1"), ("D4", "1", "1"), ("E4", "2", "1/2")]),
        ("C4:4 r F#4", [("C4", "0", "1"), ("F#4", "2", "1")]),
        ("r:2 Bb3:8. Ebb5:16", [("Bb3", "2", "3/4"), ("Ebb5", "11/4", "1/4")]),
        ("C4:4 C4:4", [("C4", "0", "1"), ("C4", "1", "1")]),
        ("C4:4~ C4:4", [("C4", "0", "2")]),
        ("C4:4 D4:8 r:8 | E4:2~ | E4:4", [("C4", "0", "1"), ("D4", "1", "1/2"), ("E4", "2", "3")]),
        ("E4:2~|E4~|E4", [("E4", "0", "6")]),
        ("F#4:4~ Gb4:4", [("F#4", "0", "2")]),
        ("r:1", []),
    ],
)
def test_words_are_notes_one_behind_the_other(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert notes_of(text) == expected


@pytest.mark.parametrize(
    ("value", "quarters"),
    [
        ("4", "1"),
        ("8", "1/2"),
        ("1", "4"),
        ("4.", "3/2"),
        ("4..", "7/4"),
        ("12", "1/3"),
        ("20", "1/5"),
        ("5/16", "5/4"),
        ("2/1", "8"),
        ("1.", "6"),
    ],
)
def test_a_value_is_a_fraction_of_a_whole_note(value: str, quarters: str) -> None:
    assert notes_of(f"C4:{value}") == [("C4", "0", quarters)]
    assert format_value(Fraction(quarters)) == value


def test_voices_without_a_name_are_named_from_the_top() -> None:
    names = [v.name for v in parse_score("C5:4\nG4:4\nE4:4\nC4:4\nC3:4").voices]
    assert names == ["soprano", "alto", "tenor", "bass", "voice 5"]


def test_a_name_stands_in_front_with_a_colon() -> None:
    score = parse_score('melody:  C5:4\r\n\n  right hand : G4:4\n"C4: \\"x\\"": E4:4\nC4:4')
    assert [v.name for v in score.voices] == ["melody", "right hand", 'C4: "x"', "bass"]
    assert [v.notes[0].pitch for v in score.voices] == [72, 67, 64, 60]


@pytest.mark.parametrize(
    "name", ["Violin I", "", "a:b", " x ", 'say "so" | [3/4]', "C4:4", "\\\n", "Müller's"]
)
def test_any_voice_name_comes_back(name: str) -> None:
    score = Score((Voice(name), Voice("bass")), lay_measures(Fraction(4)))
    assert parse_score(format_score(score)) == score


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C4:4 | D4:1", [("0", "1", "4/4"), ("1", "4", "4/4")]),
        ("C4:1 | D4:1", [("1", "4", "4/4"), ("2", "4", "4/4")]),
        ("| C4:1 | D4:1 |", [("1", "4", "4/4"), ("2", "4", "4/4")]),
        ("C4:1 | D4:2 | E4:2/1", [("1", "4", "4/4"), ("2", "2", "4/4"), ("3", "8", "4/4")]),
        ("[3/4] C4:4 | D4:2. | [6/8] E4:2.", [("0", "1", "3/4"), ("1", "3", "3/4"), ("2", "3", "6/8")]),
        ("C4:2 |", [("0", "2", "4/4")]),
        ("C4:2", [("1", "4", "4/4")]),
        ("[3/4] C4:2. D4:1", [("1", "3", "3/4"), ("2", "3", "3/4"), ("3", "3", "3/4")]),
        ("C4:1 [2/2] D4:1", [("1", "4", "4/4"), ("2", "4", "2/2")]),
        ("C4:4 [3/4] D4:2.", [("0", "1", "4/4"), ("1", "3", "3/4")]),
        ("C4:4\nC3:1 C3:1", [("1", "4", "4/4"), ("2", "4", "4/4")]),
    ],
)
def test_barlines_are_the_measures_and_without_them_the_meter_lays_them(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert measures_of(text) == expected


def test_a_note_may_cross_the_measures_where_no_barlines_are_written() -> None:
    assert notes_of("C4:2. D4:2\nr:2 C3:1") == [("C4", "0", "3"), ("D4", "3", "2")]


def test_a_key_holds_from_its_measure_and_one_inside_a_measure_from_the_next() -> None:
    score = parse_score("[key 2] D4:1 | [key -3 minor] C4:2 [key 0] C4:2 | C4:1")
    assert [m.key for m in score.measures] == [Key(2), Key(-3, "minor"), Key(0)]


def test_a_tempo_stands_anywhere_even_inside_a_note() -> None:
    score = parse_score("[tempo 96] C4:4~ [tempo 72.5] C4:2. | [tempo 1e3]")
    assert score.tempos == (Tempo(Fraction(0), 96), Tempo(Fraction(1), 72.5), Tempo(Fraction(4), 1000))
    assert len(score.voices[0].notes) == 1
    assert format_score(score) == "soprano: [tempo 96] C4:4~ [tempo 72.5] C4:2. | [tempo 1000]"


@pytest.mark.parametrize(
    ("quoted", "lyrics"),
    [
        ('"la"', (Lyric("la"),)),
        ('"Twin-"', (Lyric("Twin", "begin"),)),
        ('"-kle"', (Lyric("kle", "end"),)),
        ('"-i-"', (Lyric("i", "middle"),)),
        ('"All/Sing"', (Lyric("All"), Lyric("Sing", verse=2))),
        ('"/Sing"', (Lyric("Sing", verse=2),)),
        ('"a//c"', (Lyric("a"), Lyric("c", verse=3))),
        ('"O Lord"', (Lyric("O Lord"),)),
        ('"Jean-Paul"', (Lyric("Jean-Paul"),)),
        (r'"\-a\-"', (Lyric("-a-"),)),
        (r'"\-\--"', (Lyric("--", "begin"),)),
        (r'"and\/or \"x\" \\"', (Lyric('and/or "x" \\'),)),
        (r'"a\nb"', (Lyric("a\nb"),)),
        (r'"a\rb"', (Lyric("a\rb"),)),
        (r'"\0"', (Lyric(""),)),
        ('"r:4 | [key 1] C4"', (Lyric("r:4 | [key 1] C4"),)),
    ],
)
def test_syllables_stand_in_quotes(quoted: str, lyrics: tuple[Lyric, ...]) -> None:
    score = parse_score(f"C4:4{quoted} D4 |")
    assert [n.lyrics for n in score.voices[0].notes] == [lyrics, ()]
    assert format_score(score) == f"soprano: C4:4{quoted} D4 |"


def test_a_fermata_on_any_part_of_a_tied_note_holds_the_whole_note() -> None:
    for text in ("C4:1~^ | C4:1", "C4:1^~ | C4:1", "C4:1~ | C4:1^"):
        score = parse_score(text)
        assert [n.fermata for n in score.voices[0].notes] == [True]
        assert format_score(score) == "soprano: C4:1~ | C4^"


def test_a_pitch_without_a_spelling_is_its_midi_number() -> None:
    score = parse_score("60:4 61 C#4 |")
    assert [(n.pitch, n.spelling) for n in score.voices[0].notes] == [
        (60, None),
        (61, None),
        (61, Spelling("C", 1, 4)),
    ]
    assert format_score(score) == "soprano: 60:4 61 C#4 |"


def test_headings_stand_above_the_voices() -> None:
    score = parse_score(OLD_HUNDREDTH)
    assert (score.title, score.composer) == ("Old Hundredth", "Bourgeois")
    assert parse_score("[title ]\nC4:4").title == ""
    assert parse_score("C4:4").title is None


def test_a_whole_score_reads_as_it_is_written() -> None:
    score = parse_score(OLD_HUNDREDTH)
    assert format_score(score) == OLD_HUNDREDTH.replace('2.~"-ple" | D4:4^ |', '2.~"-ple" | D4:4^')
    assert [m.number for m in score.measures] == ["0", "1", "2", "3"]
    assert score.measures[0] == Measure("0", Fraction(0), Fraction(1), Meter(3, 4), Key(1))
    last = score.voice("soprano").notes[-1]
    assert last == Note(
        Fraction(4), Fraction(4), 62, Spelling("D", 0, 4), fermata=True, lyrics=(Lyric("ple", "end"),)
    )


FAULTS = [
    ("", "there is no voice; write one, as in soprano: C4:4 D4 E4:2"),
    (
        "C4:4\n[title Aria]",
        "[title Aria] must stand once, above the voices; move it",
    ),
    (
        "C4:1 | [title Aria] D4:1",
        "soprano, measure 2: [title Aria] stands among notes; write it on a line of its own above",
    ),
    ("[3/4]\nC4:4", "soprano, measure 1: there are marks but no notes; write both on one line"),
    (
        "C4:1 | D4:2 H4",
        "soprano, measure 2: 'H4' is no note, rest or mark; write a note as F#4:8, a rest as r:8",
    ),
    (
        "C4:4 | D4:1 | c4:1",
        "soprano, measure 2: 'c4:1' is no note, rest or mark; write a note as F#4:8, a rest as r:8",
    ),
    (
        "C4:1\nC3:1 E3:2 C3:x",
        "alto, measure 2: 'C3:x' is no note, rest or mark; write a note as F#4:8, a rest as r:8",
    ),
    ("C4 D4", "soprano, measure 1: 'C4' has no value; write one, as in C4:4 for a quarter"),
    ('C4~"la" C4', "soprano, measure 1: 'C4~\"la\"' has no value; write one, as in C4:4 for a quarter"),
    ("C4:0", "soprano, measure 1: 'C4:0' has no length; write a value such as :4 for a quarter"),
    ("C4:1/0", "soprano, measure 1: 'C4:1/0' has no length; write a value such as :4 for a quarter"),
    (
        "C4:1~ | D4:1",
        "soprano, measure 2: the tie after 'C4:1~' leads to 'D4:1'; give both one pitch or leave out ~",
    ),
    (
        "C4:2~ r:2",
        "soprano, measure 1: the tie after 'C4:2~' leads to 'r:2'; give both one pitch or leave out ~",
    ),
    (
        "C4:1 | C4:1~",
        "soprano, measure 2: the tie after 'C4:1~' leads nowhere; add its end or leave out ~",
    ),
    (
        "C4:2 r:2^",
        "soprano, measure 1: 'r:2^' is a rest, which has no tie, fermata or syllable; leave it bare",
    ),
    (
        'C4:2~"la" C4"la"',
        "soprano, measure 1: 'C4\"la\"' is tied to the note before; write its syllable there",
    ),
    (
        'C4:4"-"',
        'soprano, measure 1: \'C4:4"-"\' has a hyphen but no syllable; write one, as in C4:4"la-"',
    ),
    (
        'C4:4"la D4:4',
        'soprano, measure 1: the quotes in C4:4"la D4:4 do not close; write a syllable as in C4:4"la"',
    ),
    (
        "G9:4 G#9",
        "soprano, measure 1: 'G#9' is too low or too high to play; write a pitch from C-1 to G9",
    ),
    (
        "C4:1 | | D4:1",
        "soprano, measure 2: the measure is empty; write a rest, as in r:1, or leave out a barline",
    ),
    ("C4:1\nalto: [3/4] C4:1", "alto, measure 1: [3/4] holds for all voices; write it in the first one"),
    ("[3/0] C4:1", "soprano, measure 1: [3/0] is not a meter; write one such as [3/4] or [6/8]"),
    (
        "C4:2 [3/4] D4:2 | E4:1",
        "soprano, measure 1: [3/4] stands inside a measure; move it behind a barline",
    ),
    (
        "[key 8] C4:1",
        "soprano, measure 1: [key 8] has more than seven accidentals; write its enharmonic equivalent",
    ),
    (
        "[slow] C4:1",
        "soprano, measure 1: [slow] is not a mark; write [3/4], [key 2], [key -3 minor] or [tempo 96]",
    ),
    (
        "[tempo 0] C4:1",
        "soprano, measure 1: [tempo 0] is not a tempo; write quarters per minute, as in [tempo 96]",
    ),
    (
        "[tempo 9.9.9] C4:1",
        "soprano, measure 1: [tempo 9.9.9] is not a tempo; write quarters per minute, as in [tempo 96]",
    ),
    (
        "C4:4 | D4:1 | E4:1\nalto: C4:4 | D4:1 E4:4 | E4:2.",
        "alto, measure 1: 5 quarters before the barline, but the measure has 4 quarters; "
        "change the values or the barline",
    ),
    (
        "C4:1 | D4:1\nlow: C4:4 | D4:1 E4:2.",
        "low, measure 1: 1 quarter before the barline, but the measure has 4 quarters; "
        "change the values or the barline",
    ),
    (
        "C4:1 D4:1\nlow: C4:2.. | D4:1",
        "low, measure 1: 3.5 quarters before the barline, but the measure has 4 quarters; "
        "change the values or the barline",
    ),
    (
        "C4:4 | D4:1 | E4:1\nbass: C3:4 E3:2. D3:2 C3:2.",
        "bass, measure 1: 'D3:2' crosses a barline; tie two notes over it, as in D3:4~ | D3:4",
    ),
    (
        "C4:1 | D4:1\ntenor: C4:1 | D4:1 | E4:1",
        "tenor, measure 2: 'E4:1' is past the end of soprano; lengthen that with rests",
    ),
    (
        "C4:1 | D4:1\ntenor: C4:1 | D4:2. E4:2",
        "tenor, measure 2: 'E4:2' is past the end of soprano; lengthen that with rests",
    ),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_a_fault_names_the_voice_the_measure_the_word_and_a_way_out(text: str, fault: str) -> None:
    with pytest.raises(ScoreError) as error:
        parse_score(text)
    assert str(error.value) == fault


def test_a_voice_that_ends_early_is_silent_from_there_on() -> None:
    score = parse_score("C4:1 | D4:1 | E4:1\nbass: C3:2")
    assert [n.end for n in score.voice("bass").notes] == [Fraction(2)]
    assert score.duration == 12
    assert format_score(score).splitlines()[1] == "bass: C3:2 r | r:1 | r"


def test_a_rest_may_cross_a_barline_that_its_voice_leaves_out() -> None:
    assert notes_of("C4:1 | D4:1\nalto: r:1. G4:2", voice=1) == [("G4", "6", "2")]


LONE = Voice("alto", (Note(Fraction(0), Fraction(4), 60, lyrics=(Lyric("a"), Lyric("b"))),))


@pytest.mark.parametrize(
    ("score", "fault"),
    [
        (Score((), lay_measures(Fraction(4))), "a score without voices has no text; add a voice"),
        (
            Score((LONE,), lay_measures(Fraction(4))),
            "alto: C4 has two syllables of one verse; write them as one",
        ),
        (
            Score((LONE,), lay_measures(Fraction(1), ((Fraction(0), Meter(3, 4)),))),
            "alto, measure 1: notes go past the last measure; add a measure for them",
        ),
        (
            Score((Voice("alto"),), lay_measures(Fraction(4)), (Tempo(Fraction(5), 60.0),)),
            "a tempo stands past the end; move it to a measure",
        ),
    ],
)
def test_a_score_that_the_text_cannot_say_is_refused(score: Score, fault: str) -> None:
    with pytest.raises(ScoreError) as error:
        format_score(score)
    assert str(error.value) == fault


def test_measure_numbers_are_counted_not_kept() -> None:
    score = parse_score("C4:1 | D4:1")
    odd = replace(score, measures=tuple(replace(m, number="x") for m in score.measures))
    assert parse_score(format_score(odd)) == score
