"""Chord symbols, Roman numerals and figured bass of a document, as its notation program meant them."""

from __future__ import annotations

import time

import pytest

from common import DATA
from harmony_documents import C_MINOR, column, document, figure, harmony_of, note, spelled, symbol
from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.kinds import KINDS
from ripieno.score import Key
from ripieno_bridges.formats.files import read_source
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.transpose import transpose_document

WAY_OUT = "is passed over; nothing is asked there; write it as a usual chord symbol, such as C7 or Fm"
NUMERAL = "<numeral><numeral-root>{}</numeral-root>{}</numeral>"


def read(*parts: str, **options) -> tuple[list[str], list[str]]:
    """(the symbols and figures in short, the remarks)"""
    found = harmony_of(document(*parts, **options))
    return [spelled(h) for h in (*found.symbols, *found.figures)], list(found.remarks)


def chord_of(harmony: str, **options) -> str:
    """A <harmony> over a whole note, in short, without its time; it is plain."""
    (found,), remarks = read(harmony + note(8), **options)
    assert remarks == []
    return found.removeprefix("0-4 ")


# -- chord symbols -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read(kind):
    assert chord_of(symbol("F#", kind)) == f"F# {kind}"


def test_each_chord_lasts_to_the_next_and_the_last_to_the_end():
    found, remarks = read(note(2) + symbol("C") + note(4) + symbol("G", "dominant") + note(2) + "|" + note(8))
    assert (found, remarks) == (["1-3 C major", "3-8 G dominant"], [])


@pytest.mark.parametrize(
    ("harmony", "expected"),
    [
        (symbol("C", "major", "<inversion>1</inversion>"), "C major/E"),
        (symbol("D", "half-diminished", "<inversion>2</inversion>"), "D half-diminished/Ab"),
        (symbol("G", "dominant", "<inversion>3</inversion>"), "G dominant/F"),
        (symbol("C", "major", "<inversion>0</inversion>"), "C major"),
        (
            symbol("C", "major", "<bass><bass-step>B</bass-step><bass-alter>-1</bass-alter></bass>"),
            "C major/Bb",
        ),
        (
            symbol("C", "major", "<bass><bass-separator>on</bass-separator><bass-step>D</bass-step></bass>"),
            "C major/D",
        ),
        (symbol("C", "major", attributes=' print-object="no"'), "C major"),
        (symbol("C", "other"), "C other"),
        (symbol("<root><root-step>C</root-step></root>", "none"), "none"),
        ('<harmony><root><root-step>C</root-step></root><kind text="N.C.">other</kind></harmony>', "none"),
        (
            '<harmony><root><root-step text="">C</root-step></root><kind text="">minor</kind></harmony>',
            "C minor",
        ),
        (
            '<harmony><root><root-step>C</root-step></root><kind text="7">dominant</kind></harmony>',
            "C dominant",
        ),
    ],
)
def test_bass_inversion_and_no_chord(harmony, expected):
    assert chord_of(harmony) == expected


@pytest.mark.parametrize("action", ["add", "alter", "subtract"])
def test_degrees_are_added_altered_and_taken_away(action):
    degree = (
        "<degree><degree-value>5</degree-value><degree-alter>-1</degree-alter>"
        f"<degree-type>{action}</degree-type></degree>"
    )
    assert chord_of(symbol("C", "dominant", degree)) == f"C dominant {action} 5-1"


def test_a_seventh_taken_from_a_triad_leaves_the_triad():
    data = (DATA / "cases" / "20-chord-symbol-subtract.musicxml").read_bytes()
    (found,) = harmony_of(data).symbols
    assert spelled(found) == "0-16 C major subtract 7+0"
    assert found.chord is not None
    assert found.chord.pitch_classes == {0, 4, 7}


def test_an_offset_moves_a_chord_into_its_note():
    chords = symbol("C") + symbol("F", "major", "<offset>5</offset>") + note(8)
    assert read(chords) == (["0-5/2 C major", "5/2-4 F major"], [])
    assert read(note(8) + symbol("G", "major", "<offset>-2</offset>")) == (["3-4 G major"], [])


def test_chords_before_one_note_share_it():
    found, _ = read(symbol("C") + symbol("G") + note(4) + note(4) + "|" + symbol("F") + note(8))
    assert found == ["0-1 C major", "1-4 G major", "4-8 F major"]


def test_a_chord_after_a_backup_stands_at_the_time_of_its_note():
    upper = note(6) + symbol("G") + note(2)
    lower = "<backup><duration>4</duration></backup>" + symbol("F") + note(4).replace("<voice>1", "<voice>2")
    assert read(upper + lower)[0] == ["2-3 F major", "3-4 G major"]


def test_a_chord_in_triplets_that_ticks_round_stands_at_its_note():
    tuplet = "<actual-notes>3</actual-notes><normal-notes>2</normal-notes>"
    third = f"<type>eighth</type><time-modification>{tuplet}</time-modification>"
    notes = note(3, more=third) + symbol("G") + note(3, more=third) + note(4, more=third) + note(30)
    assert read(symbol("C") + notes, divisions=10)[0] == ["0-1/3 C major", "1/3-4 G major"]


def test_a_part_for_a_transposing_instrument_sounds_where_it_sounds():
    clarinet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    bass = "<bass><bass-step>E</bass-step></bass>"
    assert chord_of(symbol("C", "major", bass), transpose=clarinet) == "Bb major/D"
    assert chord_of(symbol("F#"), transpose="<transpose><chromatic>-12</chromatic></transpose>") == "F# major"


@pytest.mark.parametrize(
    ("harmony", "fault"),
    [
        (symbol("C", "minor-fourteenth"), 'a chord symbol of the unknown kind "minor-fourteenth"'),
        ("<harmony><root><root-step>C</root-step></root></harmony>", "a chord symbol without a kind"),
        ("<harmony><kind>major</kind></harmony>", "a chord symbol without a root"),
        ("<harmony/>", "a chord symbol without a kind and a root"),
        (symbol("H"), 'a chord symbol with the root "H"'),
        (
            symbol("<root><root-step>C</root-step><root-alter>0.5</root-alter></root>"),
            '"0.5" as a root\'s alteration',
        ),
        (symbol("C", "major", "<inversion>3</inversion>"), "inversion 3 of a chord of 3 tones"),
        (symbol("C", "major", "<inversion>one</inversion>"), '"one" as an inversion'),
        (symbol("C", "major", "<bass><bass-step>X</bass-step></bass>"), 'a chord symbol with the bass "X"'),
        (
            symbol(
                "C", "major", "<degree><degree-value>99</degree-value><degree-type>add</degree-type></degree>"
            ),
            '"99" as a degree',
        ),
        (
            symbol(
                "C", "major", "<degree><degree-value>9</degree-value><degree-type>hide</degree-type></degree>"
            ),
            'a degree of "9" with "hide"',
        ),
        (symbol(NUMERAL.format(9, "")), '"9" as a numeral'),
        ("<harmony><function>T</function><kind>none</kind></harmony>", 'the function "T"'),
    ],
)
def test_what_nobody_can_read_is_told_and_asks_for_nothing(harmony, fault):
    found, remarks = read(symbol("G") + note(4) + harmony + note(4) + "|" + symbol("C") + note(8))
    if "function" not in harmony and "numeral" not in harmony:
        assert found == ["0-2 G major", "2-4 none", "4-8 C major"]
        assert remarks == [f'"Song", measure 1, beat 3: {fault} {WAY_OUT}']
    else:
        found, remarks = read(note(4) + harmony + note(4))
        assert found == ["2-4 none"]
        assert remarks == [f'"Song", measure 1, beat 3: {fault} {WAY_OUT}']


def test_a_fault_that_comes_again_is_told_once():
    _, remarks = read((symbol("C", "foo") + note(8) + "|") * 3 + note(8))
    fault = 'a chord symbol of the unknown kind "foo"'
    assert remarks == [f'"Song", measure 1, beat 1 (and 2 more): {fault} {WAY_OUT}']


def test_a_kind_that_prints_another_one_is_told():
    printed = '<harmony><root><root-step>C</root-step></root><kind text="m7">major</kind></harmony>'
    found, remarks = read(printed + note(8))
    assert found == ["0-4 C major"]
    assert remarks == [
        '"Song", measure 1, beat 1: a chord symbol of the kind major that prints "m7"; read as major'
    ]


def test_what_no_kind_can_say_is_read_from_its_text():
    printed = '<harmony><root><root-step>C</root-step></root><kind text="{}">other</kind></harmony>'
    assert chord_of(printed.format("7sus4")) == "C suspended-fourth add 7+0"
    assert chord_of(printed.format("foo")) == "C other"


def test_chords_on_top_of_each_other_are_the_upper_over_the_lower_root():
    stacked = symbol("D").replace("</harmony>", symbol("C").removeprefix("<harmony>"))
    found, remarks = read(stacked + note(8))
    assert found == ["0-4 D major/C"]
    doubt = "chords on top of each other; read as the first one over the root of the last"
    assert remarks == [f'"Song", measure 1, beat 1: {doubt}']


def test_another_reading_of_a_chord_is_passed_over():
    found, remarks = read(symbol("C") + symbol("A", "minor", attributes=' type="alternate"') + note(8))
    assert found == ["0-4 C major"]
    assert remarks == ['"Song", measure 1, beat 1: another reading of a chord, passed over']


def test_the_part_with_the_most_symbols_is_heard_and_the_others_are_told():
    found, remarks = read(
        note(8) + "|" + note(8),
        symbol("C") + note(8) + "|" + symbol("F") + note(8),
        symbol("D") + note(8) + "|",
    )
    assert found == ["0-4 C major", "4-8 F major"]
    assert remarks == ['"Part 3": 1 chord symbol is passed over; those of "Part 2" count']


def test_a_copy_of_the_symbols_in_another_part_is_no_matter():
    assert read(symbol("C") + note(8), symbol("C") + note(8)) == (["0-4 C major"], [])


def test_numerals_beside_chord_symbols_are_told():
    numeral = "<harmony><function>I</function><kind>major</kind></harmony>"
    found, remarks = read(symbol("C") + numeral + note(8))
    assert found == ["0-4 C major"]
    assert remarks == ['"Song": 1 Roman numeral is passed over; the chord symbols of "Song" count']


# -- Roman numerals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numeral", "kind", "key", "expected"),
    [
        (NUMERAL.format(5, ""), "dominant", "", "G dominant"),
        (NUMERAL.format(6, ""), "major", C_MINOR, "Ab major"),
        (NUMERAL.format(7, "<numeral-alter>1</numeral-alter>"), "diminished", C_MINOR, "B diminished"),
        (
            NUMERAL.format(7, "<numeral-key><numeral-fifths>-3</numeral-fifths><numeral-mode>harmonic minor"
                           "</numeral-mode></numeral-key>"),
            "diminished-seventh",
            "",
            "B diminished-seventh",
        ),
        (
            NUMERAL.format(6, "<numeral-key><numeral-fifths>0</numeral-fifths><numeral-mode>melodic minor"
                           "</numeral-mode></numeral-key>"),
            "diminished",
            "",
            "F# diminished",
        ),
        ("<function>ii</function>", "minor", "", "D minor"),
        ("<function>bII</function>", "major", "", "Db major"),
        ("<function>vii</function>", "diminished", C_MINOR, "B diminished"),
        ("<function>iv</function>", "minor", "<key><fifths>0</fifths><mode>dorian</mode></key>", "G minor"),
    ],
)  # fmt: skip
def test_a_numeral_is_a_degree_of_its_key(numeral, kind, key, expected):
    options = {"key": key} if key else {}
    assert chord_of(symbol(numeral, kind), **options) == expected


def test_v_of_ii_is_the_dominant_of_the_second_degree():
    second = "<numeral><numeral-root>2</numeral-root></numeral><kind>minor</kind>"
    assert chord_of(symbol(NUMERAL.format(5, ""), "dominant", second)) == "A dominant"
    leading = symbol(NUMERAL.format(7, ""), "diminished-seventh", second)
    assert chord_of(leading) == "C# diminished-seventh"


def test_a_numeral_that_says_all_by_its_text_stays_a_text():
    numeral = '<harmony><function>V65/ii</function><kind text="">none</kind></harmony>'
    assert chord_of(numeral) == "V65/ii in None"
    assert chord_of(numeral, key=C_MINOR) == "V65/ii in C minor"


def test_the_home_key_says_the_mode_where_the_signature_does_not():
    data = document(symbol(NUMERAL.format(1, ""), "minor") + note(8))
    found = document_harmony(read_musicxml(data, "song.musicxml"), home=Key(0, "minor")).symbols
    assert [h.chord for h in found] == [ChordSymbol(Tone("A"), "minor")]


# -- figured bass ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "bass", "expected"),
    [
        (("6", "5"), "B4", "6 5"),
        (("6\\",), "D4", "6+"),
        (("4+", "2"), "F4", "4+ 2"),
        (("6|",), "D4", "6+"),
        (("6/",), "D4", "6+"),
        (("5/",), "B4", "n5"),
        (("5/",), "A4", "b5"),
        (("5\\",), "C4", "5+"),
        (("#",), "A4", "#"),
        (("n",), "G4", "n"),
        (("b7", "5"), "C4", "b7 5"),
        (("6#",), "D4", "#6"),
        (("x4",), "C4", "x4"),
        (("13", "11", "9"), "G4", "13 11 9"),
        (("_", "3"), "C4", "_ 3"),
    ],
)
def test_figures_with_their_signs(written, bass, expected):
    assert read(column(*written) + note(8, bass)) == ([f"0-4 {expected}"], [])


@pytest.mark.parametrize(
    ("prefix", "alter"), [("flat-flat", "bb"), ("sharp-sharp", "x"), ("double-sharp", "x")]
)
def test_double_accidentals(prefix, alter):
    written = f"<figure><prefix>{prefix}</prefix><figure-number>7</figure-number></figure>"
    assert read(f"<figured-bass>{written}</figured-bass>" + note(8)) == ([f"0-4 {alter}7"], [])


def test_figures_under_one_note_follow_each_other_by_their_durations():
    bass = column("4", duration=2) + column("3", duration=2) + note(4) + column("6") + note(4)
    assert read(bass) == (["0-1 4", "1-2 3", "2-4 6"], [])


def test_a_last_figure_without_a_duration_lasts_to_the_end_of_its_note():
    assert read(column("4", duration=2) + column("3") + note(6) + note(2))[0] == ["0-1 4", "1-3 3"]


def test_figures_hold_over_a_tie_and_no_longer():
    tied = note(8, more='<tie type="start"/>')
    bass = column("7") + tied + "|" + note(4, more='<tie type="stop"/>') + note(4)
    assert read(bass)[0] == ["0-6 7"]


def test_a_grace_note_is_not_what_figures_stand_under():
    grace = note(8, "B4").replace("<note>", "<note><grace/>").replace("<duration>8</duration>", "")
    assert read(column("5/") + grace + note(8, "A4"))[0] == ["0-4 b5"]


def test_an_empty_column_asks_for_nothing():
    empty = "<figure><figure-number/></figure><duration>4</duration>"
    assert read(
        f'<figured-bass print-object="no">{empty}</figured-bass>' + column("6", duration=4) + note(8)
    )[0] == ["2-4 6"]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (figure("6").replace("6", "99"), 'the figure "99"'),
        (figure("6").replace("6", "t.s."), 'the figure "t.s."'),
        (figure("#6").replace("sharp", "wiggle"), 'a figure with the sign "wiggle"'),
    ],
)
def test_figures_that_nobody_can_read_are_told(written, fault):
    found, remarks = read(note(4) + f"<figured-bass>{written}</figured-bass>" + note(4))
    way_out = "nothing is asked there; write figures from 2 to 13 with accidentals or a stroke"
    assert (found, remarks) == ([], [f'"Song", measure 1, beat 3: {fault} is passed over; {way_out}'])


def test_the_lower_of_two_parts_with_figures_is_the_bass():
    found, remarks = read(column("6") + note(8), column("7") + note(8))
    assert found == ["0-4 7"]
    assert remarks == ['"Song": 1 figure is passed over; those of "Part 2" count']


def test_figures_fill_where_no_chord_symbol_asks():
    data = document(column("6") + note(4) + symbol("G") + column("7") + note(4))
    found = harmony_of(data)
    assert [spelled(h) for h in found.harmonies] == ["0-2 6", "2-4 G major"]
    assert found.remarks == (
        "chord symbols and figured bass; where both ask for something, the chord symbols count",
    )


# -- whole documents ---------------------------------------------------------------------------------------


def test_a_document_without_harmony_asks_for_nothing():
    found = harmony_of(document(note(8)))
    assert (found.harmonies, found.remarks) == ((), ())


def test_the_chords_of_an_abc_tune_are_read(tmp_path):
    tune = 'X:1\nM:3/4\nL:1/4\nK:Em\n"Em"E|"Am7"A2 "D7/F#"F|"G"G2 "B7"B|"Em"e3|]\n'
    path = tmp_path / "tune.abc"
    document = read_source(path, tune.encode()).document
    assert document is not None
    found = document_harmony(document)
    assert [spelled(h) for h in found.symbols] == [
        "0-1 E minor",
        "1-3 A minor-seventh",
        "3-4 D dominant/F#",
        "4-6 G major",
        "6-7 B dominant",
        "7-10 E minor",
    ]


def test_the_parts_of_a_repeat_are_read_as_they_stand():
    ending = '<barline location="left"><ending number="1" type="start"/></barline>'
    back = (
        '<barline location="right"><ending number="1" type="stop"/><repeat direction="backward"/></barline>'
    )
    found, _ = read(symbol("C") + note(8) + "|" + ending + symbol("F") + note(8) + back + "|" + note(8))
    assert found == ["0-4 C major", "4-12 F major"]


def test_thousands_of_symbols_before_one_note_are_read_in_time():
    data = document(symbol("C") * 10_000 + column("6", duration=1) * 10_000 + note(8))
    opened = read_musicxml(data, "song.musicxml")
    start = time.perf_counter()
    assert len(document_harmony(opened).symbols) == 10_000
    assert time.perf_counter() - start < 5


# -- transposing -------------------------------------------------------------------------------------------


def moved(content: str, semitones: int, **options) -> list[str]:
    """The harmony of a transposed document, in short."""
    given = read_musicxml(document(content, **options), "song.musicxml")
    found = document_harmony(transpose_document(given, semitones))
    return [spelled(h) for h in (*found.symbols, *found.figures)]


def test_transposing_moves_roots_basses_and_keys_of_numerals():
    bass = "<bass><bass-step>E</bass-step></bass>"
    assert moved(symbol("C", "major", bass) + note(8), -2) == ["0-4 Bb major/D"]
    key = "<numeral-key><numeral-fifths>-3</numeral-fifths><numeral-mode>minor</numeral-mode></numeral-key>"
    assert moved(symbol(NUMERAL.format(6, key)) + note(8), 2) == ["0-4 Bb major"]


@pytest.mark.parametrize(
    ("figures", "bass", "semitones", "expected"),
    [
        (("#",), "B4", -2, "#"),  # D# over B, C# over A
        (("#",), "D4", 3, "n"),  # F# over D, A over F
        (("b7",), "C4", 2, "n7"),  # B flat over C, C over D
        (("n6", "4"), "C4", -3, "#6 4"),  # A over C, F sharp over A
        (("6#", "#"), "E4", 1, "n6 n"),  # C# and G# over E, D and A over F
    ],
)
def test_transposing_keeps_the_tones_over_a_figured_bass(figures, bass, semitones, expected):
    assert moved(column(*figures) + note(8, bass), semitones) == [f"0-4 {expected}"]


def test_transposing_moves_the_letter_that_a_root_prints():
    printed = '<harmony><root><root-step text="c">C</root-step></root><kind text="">minor</kind></harmony>'
    given = read_musicxml(document(printed + note(8)), "song.musicxml")
    data = transpose_document(given, 2).xml.data
    assert b'<root-step text="d">D</root-step>' in data


def test_transposing_leaves_a_root_that_nobody_can_read():
    given = read_musicxml(document(symbol("H") + note(8)), "song.musicxml")
    assert b"<root-step>H</root-step>" in transpose_document(given, 2).xml.data
