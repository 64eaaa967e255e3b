"""ABC tunes become scores: pitches, lengths, measures, words and all that the document keeps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from lxml import etree

from common import assert_valid
from ripieno.errors import FileError, RequestError
from ripieno.score import Measure, Note, Score
from ripieno.text.writing import format_score
from ripieno_bridges.formats.abc.reader import read_abc, read_tunes
from ripieno_bridges.formats.files import Source, read_source, with_one_tune
from strategies import scores

HEADER = "X:1\nM:4/4\nL:1/4\nK:C\n"
HYMN = (
    "X:1\nT:Old Tune\nM:3/4\nL:1/4\n%%staves (S1V1 S1V2) | (S2V1 S2V2)\nV: S1V1 clef=treble\nV: S1V2\n"
    "V: S2V1 clef=bass\nV: S2V2\nK:G % key\n"
    "[V: S1V1] [Q:1/4=100] G | B2 A | !fermata!G2 |]\nw: 1.~Sing un- to God.\nw: 2.~Praise Him, all ye.\n"
    "[V: S1V2] D | G2 ^F | D2 |]\n[V: S2V1] B, | D2 C | B,2 |]\n[V: S2V2] G, | G,2 D, | [G,,2G,2] |]\n"
)


def source_of(text: str, *, whole: bool = False) -> Source:
    """A tune as read, under the usual header unless it has one."""
    data = (text if whole or text.startswith("X:") else HEADER + text).encode()
    source = read_source(Path("tune.abc"), data)
    assert source.document is not None
    assert_valid(source.document.xml.data)
    return source


def music(text: str) -> str:
    """The short text of a tune's score, without the name of its only part."""
    return format_score(source_of(text).score).removeprefix("part 1: ")


def tree_of(text: str) -> etree._Element:
    document = source_of(text).document
    assert document is not None
    return document.xml.root


# -- pitches and lengths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abc", "expected"),
    [
        ("C D E F|c d' C, B,,|", "C4:4 D4 E4 F4 | C5 D6 C3 B2"),
        ("C2 D3/2 E/|F/G/A//B3//c2|", "C4:2 D4:4. E4:8 | F4 G4 A4:16 B4:8. C5:2"),
        ("A>B c<d|A>>B c<<d|", "A4:4. B4:8 C5 D5:4. | A4:4.. B4:16 C5 D5:4.."),
        ("A> B {c}c <d|", "A4:4. B4:8 C5 D5:4. |"),
        ("(3ABc (3:2:2A2B|A4/3B2/3 c2|", "A4:6 B4 C5 A4:3 B4:6 | A4:3 B4:6 C5:2"),
        ("A2-A-A-|A4|^F2-F2-|F F2 F|", "A4:1~ | A4 | F#4~ | F#4:4 F4:2 F4:4"),
        ("^F =f _B B|f B F ^^c|c __d =d d|", "F#4:4 F5 Bb4 Bb4 | F5 B4 F4 C##5 | C5 Dbb5 D5 D5"),
        ("^F f F z|", "F#4:4 F#5 F#4 r |"),  # in all octaves, by the standard
        ("[CEG]2 [E2G2]-|[E/G/]3 [CE]>G C/|", "G4:2 G4~ | G4:4. E4 G4:8 C4"),
        ("Z2|A2 z2|x4|", "r:1 | r | A4:2 r | r:1"),
        ("A B y2 c``d|!A B c d!|", "A4:4 B4 C5 D5 | A4 B4 C5 D5"),
        ("A B c\\\nd|e4|", "A4:4 B4 C5 D5 | E5:1"),
        ("A B % remark | c\n%c d|\nc d|", "A4:4 B4 C5 D5 |"),
        ("X:1\nM:6/8\nK:D\nA|def gec|", "[6/8] [key 2] A4:8 | D5 E5 F#5 G5 E5 C#5"),
        ("X:1\nM:2/4\nK:C\nA4 B>c|", "[2/4] A4:4 B4:16. C5:32 |"),
        ("X:1\nM:C|\nK:C\nA8|", "[2/2] A4:1 |"),
        ("X:1\nM:2+3/8\nK:C\nA2B3|", "[5/8] A4:8 B4:8. |"),
        ("X:1\nL:1/4\nK:C treble-8\nC D E F|", "C3:4 D3 E3 F3 |"),
        ("X:1\nL:1/4\nK:C octave=-1\nC D E F|", "C3:4 D3 E3 F3 |"),
        ("X:1\nL:1/4\nK:C transpose=-2\nD E ^F G|", "[key -2] C4:4 D4 E4 F4 |"),
    ],
)
def test_notes_are_read_as_the_standard_says(abc: str, expected: str) -> None:
    assert music(abc) == expected


def test_a_tuplet_of_five_fills_two_in_a_simple_meter_and_three_in_a_compound_one() -> None:
    simple = source_of("(5A/B/c/d/e/ z3|").score.voices[0].notes
    assert [note.duration for note in simple] == [Fraction(1, 5)] * 5
    compound = source_of("X:1\nM:6/8\nL:1/8\nK:C\n(5ABcde z3|").score.voices[0].notes
    assert [note.duration for note in compound] == [Fraction(3, 10)] * 5


def test_meter_key_and_unit_change_where_they_stand() -> None:
    abc = "A B c d|[M:3/4][K:G]f g a|[L:1/8]fg ab c'd'|\nK:F\nL:1/2\nB c/|"
    expected = "A4:4 B4 C5 D5 | [3/4] [key 1] F#5 G5 A5 | F#5:8 G5 A5 B5 C6 D6 | [key -1] Bb4:2 C5:4"
    assert music(abc) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("G", "[key 1]"),
        ("G major", "[key 1 major]"),
        ("Gm", "[key -2 minor]"),
        ("GM", "[key -2 minor]"),
        ("F# Minor", "[key 3 minor]"),
        ("A Aeolian", "[key 0 minor]"),
        ("Bb", "[key -2]"),
        ("Ador", "[key 1]"),
        ("D mix", "[key 1]"),
        ("Dmix=c", "[key 1]"),
        ("D =c", "[key 1]"),
        ("E Phrygian", ""),
        ("Flyd", ""),
        ("Bloc", ""),
        ("HP", "[key 2]"),
        ("Hp", "[key 2]"),
        ("none", ""),
        ("", ""),
        ("clef=bass", ""),
        ("Eb clef=bass", "[key -3]"),
        ("C exp ^f ^c", "[key 2]"),
    ],
)
def test_keys_are_read_with_their_modes(key: str, expected: str) -> None:
    text = format_score(source_of(f"X:1\nL:1/4\nK:{key}\n=a4|").score)
    assert text.removeprefix("part 1: ") == " ".join(part for part in (expected, "A5:1 |") if part)


def test_notes_carry_the_single_accidentals_of_a_key_that_no_signature_shows() -> None:
    source = source_of("X:1\nM:4/4\nL:1/4\nK:D Phr ^f\nf e b f|")
    assert format_score(source.score) == "part 1: [key -2] F#5:4 Eb5 Bb5 F#5 |"
    assert source.remarks == ("line 4: the key's single accidentals are written before the notes",)


def test_a_unit_that_is_not_said_follows_from_the_meter() -> None:
    assert music("X:1\nM:3/4\nK:C\nA6|") == "[3/4] A4:2. |"
    assert music("X:1\nM:2/4\nK:C\nA8|") == "[2/4] A4:2 |"
    assert music("X:1\nM:none\nK:C\nA8|") == "A4:1 |"


# -- voices ------------------------------------------------------------------------------------------------


def test_a_hymn_on_two_staves_is_four_voices() -> None:
    source = source_of(HYMN)
    assert format_score(source.score) == (
        "[title Old Tune]\n"
        '"Soprano Alto, voice 1": [3/4] [key 1] [tempo 100] G4:4"1. Sing/2. Praise" | B4:2"un-/Him," '
        'A4:4"-to/all" | G4:2^"God./ye."\n'
        '"Soprano Alto, voice 2": D4:4 | G4:2 F#4:4 | D4:2\n'
        '"Tenor Bass, voice 1": B3:4 | D4:2 C4:4 | B3:2\n'
        '"Tenor Bass, voice 2": G3:4 | G3:2 D3:4 | G3:2'
    )
    assert [line.chords for line in source.lines] == [(), (), (), (2,)]
    assert source.score.anacrusis == 1
    assert source.remarks == ()


def test_voices_that_take_turns_are_read_to_their_ends() -> None:
    abc = 'V:S name="Soprano"\nV:B name="Bass" clef=bass\n[V:S]c d|\n[V:B]C, D,|\nV:S\ne f|\nV:B\nE, F,|'
    text = "Soprano: C5:4 D5 | E5 F5\nBass: C3:4 D3 | E3 F3"
    assert format_score(source_of(HEADER.replace("4/4", "2/4") + abc).score) == text.replace(
        "Soprano: ", "Soprano: [2/4] "
    )


def test_voices_that_score_does_not_name_are_left_out_with_a_remark() -> None:
    source = source_of("%%score 1\nV:1\nc4|\nV:2\nC4|")
    assert format_score(source.score) == "part 1: C5:1 |"
    assert source.remarks == ("voice 2: not among the voices of %%score, left out",)


def test_an_overlay_is_a_voice_of_its_own() -> None:
    text = '"part 1, voice 1": A4:2 B4 | C5:1\n"part 1, voice 2": F4:1 | r'
    assert format_score(source_of("A2 B2 & F4|c4|").score) == text


def test_a_barline_that_one_voice_lacks_is_that_of_the_others() -> None:
    source = source_of("V:1\nc4|d4|\nV:2\nA4|B4|\nV:3\nF8|")
    assert format_score(source.score) == "part 1: C5:1 | D5\npart 2: A4:1 | B4\npart 3: F4:1~ | F4"
    what = "without a barline that the other voices have; it was written as in those"
    assert source.remarks == (f"voice 3, line 10: {what}",)


def test_voices_of_different_lengths_are_told() -> None:
    source = source_of("V:1\nc4|d4|\nV:2\nA4|B3|\nV:3\nF4|G4|")
    assert source.remarks == (
        "voice 2, line 8: measure 2 is 3 quarters long, and the other voices 4 quarters; "
        "the shorter ones rest",
    )


# -- what the document keeps -------------------------------------------------------------------------------


def test_repeats_and_endings_stand_in_the_document_and_are_not_played_out() -> None:
    root = tree_of("|:A4|1 B4:|2 c4|]\n|:d4::e4:|")
    assert len(root.findall("part/measure")) == 5
    bars = [
        (
            m.get("number"),
            b.get("location"),
            *(f"{e.tag!s} {e.get('direction') or e.get('type')}" for e in b[:]),
        )
        for m in root.iter("measure")
        for b in m.findall("barline")
    ]
    assert bars == [
        ("1", "left", "bar-style None", "repeat forward"),
        ("2", "left", "ending start"),
        ("2", "right", "bar-style None", "ending stop", "repeat backward"),
        ("3", "left", "ending start"),
        ("3", "right", "bar-style None", "ending stop"),
        ("4", "left", "bar-style None", "repeat forward"),
        ("4", "right", "bar-style None", "repeat backward"),
        ("5", "left", "bar-style None", "repeat forward"),
        ("5", "right", "bar-style None", "repeat backward"),
    ]


def test_a_measure_that_a_repeat_divides_is_counted_once() -> None:
    root = tree_of("X:1\nM:3/4\nL:1/4\nK:C\nA|B2 c|d2:|e|f2 g|a2|]")
    assert [m.get("number") for m in root.iter("measure")] == ["0", "1", "2", "X1", "3", "4"]


def test_the_document_keeps_marks_and_texts() -> None:
    root = tree_of(
        '"Am7"{/g}(A .B) !trill!c "^slow"~d|!p!"F#m/C#"A !<(!B !<)!c Hd|"G"!segno!A4|\nW:More words\n'
    )
    assert [h.findtext("root/root-step") for h in root.iter("harmony")] == ["A", "F", "G"]
    assert [h.findtext("kind") for h in root.iter("harmony")] == ["minor-seventh", "minor", "major"]
    assert root.findtext(".//harmony/bass/bass-step") == "C"
    assert [s.get("type") for s in root.iter("slur")] == ["start", "stop"]
    assert root.find(".//grace[@slash='yes']") is not None
    for tag in ("staccato", "trill-mark", "turn", "fermata", "segno", "dynamics/p"):
        assert root.find(f".//{tag}") is not None, tag
    assert [w.get("type") for w in root.iter("wedge")] == ["crescendo", "stop"]
    assert [w.text for w in root.iter("words")] == ["slow"]
    assert root.findtext(".//miscellaneous-field[@name='words']") == "More words"


def test_title_composer_and_tempo_are_kept() -> None:
    score = source_of('X:1\nT:The Tune\nT:Its other name\nC:Anon.\nQ:"Lively" 3/8=80\nM:6/8\nK:C\nA6|').score
    assert (score.title, score.composer) == ("The Tune", "Anon.")
    assert [(tempo.onset, tempo.qpm) for tempo in score.tempos] == [(0, 120)]


def test_words_follow_the_line_of_music_before_them() -> None:
    abc = "A B c d|e f g a|\nw:one two-three four|five * six~seven_\nc4|\nw:a\\-b"
    expected = 'A4:4"one" B4"two-" C5"-three" D5"four" | E5"five" F5 G5"six seven" A5 | C5:1"a-b"'
    assert music(abc) == expected


def test_beams_follow_the_spaces() -> None:
    root = tree_of("X:1\nM:4/4\nL:1/8\nK:C\nABcd ef ga|")
    assert [b.text for b in root.iter("beam")] == [
        *("begin", "continue", "continue", "end"), *("begin", "end"), *("begin", "end")
    ]  # fmt: skip


# -- several tunes -----------------------------------------------------------------------------------------

BOOK = (
    "%abc-2.1\nM:4/4\nL:1/4\n\nX:1\nT:First Air\nK:C\nc4|\n\nfree text\n\nX:7\nT:Second Air\nK:G\nf4|\n\n"
    "X:9\nT:Third\nK:F\nb4|"
)


def test_of_several_tunes_the_first_is_read_and_the_others_are_named() -> None:
    source = source_of(BOOK, whole=True)
    assert format_score(source.score) == "[title First Air]\npart 1: C5:1 |"
    assert source.remarks == (
        'of 3 tunes the first is read, 1 "First Air"; tune chooses another: 7 "Second Air", 9 "Third"',
    )


@pytest.mark.parametrize("tune", ["7", "Second Air", "second"])
def test_a_tune_is_chosen_by_number_or_title(tune: str) -> None:
    data = with_one_tune(Path("book.abc"), BOOK.encode(), tune)
    source = source_of(data.decode(), whole=True)
    assert format_score(source.score) == "[title Second Air]\npart 1: [key 1] F#5:1 |"
    assert source.remarks == ()


def test_a_fault_in_a_chosen_tune_has_its_line_in_the_file() -> None:
    data = with_one_tune(Path("book.abc"), BOOK.replace("f4|", "f4 2|").encode(), "7")
    with pytest.raises(FileError) as error:
        read_abc(data, "book.abc")
    assert (
        str(error.value)
        == 'book.abc: line 15, column 4: "2|" is not ABC; delete it, or put % before a remark'
    )


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ("5", 'there is no tune "5"; choose one by its number or title: '
              '1 "First Air", 7 "Second Air", 9 "Third"'),
        ("air", '"air" names several tunes; choose one by its number or title: '
                '1 "First Air", 7 "Second Air"'),
    ],
)  # fmt: skip
def test_a_tune_that_is_not_there_is_an_error_with_those_that_are(tune: str, message: str) -> None:
    with pytest.raises(RequestError) as error:
        with_one_tune(Path("book.abc"), BOOK.encode(), tune)
    assert str(error.value) == message


def test_no_tune_can_be_chosen_in_other_kinds_of_files() -> None:
    with pytest.raises(RequestError) as error:
        with_one_tune(Path("a.mid"), b"", "1")
    assert str(error.value) == "tune is for ABC files with several tunes; leave it out"


def test_all_tunes_of_a_book_are_read_by_title_and_a_damaged_one_is_told() -> None:
    tunes = list(read_tunes((BOOK + "\n\nX:10\nT:Third\nK:H\na4|").encode(), "book.abc"))
    assert [name for name, _ in tunes] == ["First Air", "Second Air", "Third 9", "Third 10"]
    fault = tunes[3][1]
    assert isinstance(fault, FileError)
    assert fault.fault == 'line 24, column 3: "H" is no key; write it as K:G, K:Em, K:D mix or K:none'


def test_music_after_an_empty_line_is_told() -> None:
    source = source_of("c4|\n\nd4|\ne4|")
    assert source.remarks == (
        "2 lines from line 7 on are after an empty line, which ends a tune, and were left out",
    )


def test_a_file_without_numbers_is_one_tune() -> None:
    assert format_score(source_of("T:No X\n\nL:1/4\nK:C\nc4|\n\nd4|", whole=True).score) == (
        "[title No X]\npart 1: C5:1 | D5"
    )


# -- encodings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_titles_are_read_in_the_encodings_that_files_have(encoding: str) -> None:
    data = "X:1\r\nT:Übung\r\nK:C\r\nc8|\r\n".encode(encoding)
    assert read_source(Path("a.abc"), data).score.title == "Übung"


# -- round trip --------------------------------------------------------------------------------------------


def abc_of(score: Score) -> str:
    """A score as ABC: each voice by itself, every accidental written, lengths in quarters."""
    rows = ["X:1", "L:1/4", "M:none", "K:C"]
    for number, voice in enumerate(score.voices, 1):
        rows.append(f"V:{number} name={voice.name}")
        rows += [measure_of(voice.notes, score, index) for index in range(len(score.measures))]
    return "\n".join(rows)


def measure_of(notes: tuple[Note, ...], score: Score, index: int) -> str:
    measure = score.measures[index]
    words = []
    before = score.measures[index - 1] if index else None
    if before is None or before.meter != measure.meter:
        words.append(f"[M:{measure.meter}]")
    if before is None or before.key != measure.key:
        words.append(f"[K:{key_of(measure)}]")
    time = measure.onset
    for note in notes:
        start, end = max(note.onset, measure.onset), min(note.end, measure.end)
        if start < end:
            words += [f"z{start - time}"] if time < start else []
            mark = "!fermata!" if note.fermata and end == note.end else ""
            words.append(f"{mark}{pitch_of(note)}{end - start}{'-' if end < note.end else ''}")
            time = end
    words += [f"z{measure.end - time}"] if time < measure.end else []
    return " ".join(words) + "|"


def key_of(measure: Measure) -> str:
    name, mode = measure.key.fifths, measure.key.mode
    tonic = [
        "Cb",
        "Gb",
        "Db",
        "Ab",
        "Eb",
        "Bb",
        "F",
        "C",
        "G",
        "D",
        "A",
        "E",
        "B",
        "F#",
        "C#",
        "G#",
        "D#",
        "A#",
    ][name + 7 + (3 if mode == "minor" else 0)]
    return f"{tonic} {mode or ''}"


def pitch_of(note: Note) -> str:
    assert note.spelling is not None
    accidental = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}[note.spelling.alter]
    octave = note.spelling.octave - 4
    return accidental + note.spelling.step + ("'" * octave if octave > 0 else "," * -octave)


@given(scores(on_grid=False))
def test_what_is_written_is_read_again(score: Score) -> None:
    assume(any(voice.notes for voice in score.voices))
    read = read_source(Path("a.abc"), abc_of(score).encode()).score
    assert [(m.onset, m.duration, m.meter, m.key) for m in read.measures] == [
        (m.onset, m.duration, m.meter, m.key) for m in score.measures
    ]
    sung = [voice for voice in score.voices if voice.notes]
    found = {voice.name: voice for voice in read.voices}
    for voice in sung:
        assert [(n.onset, n.duration, n.spelling, n.fermata) for n in found[voice.name].notes] == [
            (n.onset, n.duration, n.spelling, n.fermata) for n in voice.notes
        ]
