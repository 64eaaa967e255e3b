"""ChordPro files: what is understood, and what is refused with its line and column."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import DATA
from ripieno.errors import FileError
from ripieno_bridges.formats.chordpro.reader import MAX_BYTES, read_chordpro
from ripieno_bridges.formats.chordpro.sheet import ChordSheet

FILES = DATA / "chordpro"


def sheet(name: str) -> ChordSheet:
    return read_chordpro((FILES / "valid" / name).read_bytes(), name)


def read(text: str) -> ChordSheet:
    return read_chordpro(text.encode(), "song.cho")


def over_words(found: ChordSheet) -> str:
    """The words with their chords, as "a[G]mazing"; "+" where a chord stands behind the words."""
    letters = "".join(found.words)
    pieces, end = [], 0
    for chord in found.chords:
        mark = "" if chord.on_word else "+"
        pieces += [letters[end : chord.letter], f"[{mark}{chord.word.text}]"]
        end = chord.letter
    return "".join(pieces) + letters[end:]


def measures(found: ChordSheet) -> str:
    return " | ".join(" ".join(word.text for word in words) for words in found.grid)


def test_chords_stand_at_the_letters_behind_them():
    assert over_words(sheet("grace.cho")) == (
        "a[G]mazing[G7]gracehow[C]sweetthe[G]soundthat[G]saveda[Em]wretchlike[D]me[+D7]"
        "through[G]many[G7]dangers[C]toilsand[G]snares"
    )


def test_a_grid_has_a_cell_a_beat():
    assert measures(sheet("sun.chordpro")) == (
        "Am . . . | C . . . E7 G . . | D . . . | F . . . | Am . . . | Am . . . | Am . . . | Am . . . | "
        "N.C. . . ."
    )


def test_choruses_come_again_transpositions_end_and_what_is_for_others_is_left_out():
    found = sheet("refrain.cho")
    assert over_words(found) == "[C]glo[F]ry[D]peace[C]glo[F]ry"
    assert found.remarks == ("refrain.cho: only its first song is read",)


def test_a_capo_makes_the_chords_sound_higher_and_says_so():
    found = read("{capo: 3}\n[G7/B]Hey [(Am)]you")
    assert over_words(found) == "[Bb7/D]hey[Cm]you"
    assert found.remarks == (
        "song.cho: with its capo the chords sound 3 semitones higher than they are written; take the line "
        "out if the melody is written as the chords are",
    )


def test_two_chords_before_a_word_and_chords_without_words():
    assert over_words(read("[C] [G] | [Am]Oh [F] [G7]\n[C]\n")) == "[+C][+G][Am]oh[+F][+G7][+C]"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_encoding_and_any_end_of_line(encoding, newline):
    text = newline.join(["{title: Là}", "[C]Là-b[G]às \\", "  é[F]té", ""])
    assert over_words(read_chordpro(text.encode(encoding), "song.cho")) == "[C]lab[G]ase[F]te"


NO_CHORD = (
    "is no chord symbol; it begins with its root, a capital letter A to G, as F, Fm, F7, Fmaj7, Fm7b5, "
    "Fdim7, Fsus4, F6/9, Fadd9 or F7(b9,#11); a remark is written [*like this]"
)
REFUSED = {
    "open-bracket.cho": 'line 1, column 9: the chord does not end; close it with "]"',
    "open-brace.cho": 'line 1, column 1: the directive does not end; close it with "}" on its line',
    "no-chord.cho": f'line 2, column 5: "H7" {NO_CHORD}',
    "no-cell.cho": f'line 2, column 9: "Xm" {NO_CHORD}',
    "repeats-nothing.cho": (
        'line 2, column 3: "%%" repeats what stands before, but nothing does; write a chord'
    ),
    "no-chords.cho": ("there is no chord in it; write them over the words, as in [C]Twinkle, or in a grid"),
    "capo.cho": 'line 1, column 1: "third" is no capo; give semitones from 0 to 24',
    "picture.cho": "not a text but other data; a ChordPro file is a text with [C] over its words",
}


@pytest.mark.parametrize("name", sorted(p.name for p in (FILES / "invalid").iterdir()))
def test_what_is_wrong_is_told_with_its_place(name):
    with pytest.raises(FileError) as caught:
        read_chordpro((FILES / "invalid" / name).read_bytes(), name)
    assert str(caught.value) == f"{name}: {REFUSED[name]}"


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(FileError) as caught:
        read_chordpro(b"[C]la " * (MAX_BYTES // 6 + 1), "song.cho")
    assert str(caught.value) == "song.cho: larger than 256 KB; give ripieno one song at a time"
    with pytest.raises(FileError) as caught:
        read("[C]la\n" * 1002)
    assert str(caught.value) == "song.cho: more than 1000 words; give ripieno one song at a time"
    with pytest.raises(FileError) as caught:
        read("One\n" + "[C]la " * 667)
    assert str(caught.value) == (
        "song.cho: line 2, column 4001: more than 4000 letters in a line; break it into several"
    )


@given(st.text(string.ascii_letters[:8] + "[]{}|%.~:*/# \n\\-<>"))
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text)
    except FileError:
        return
    assert all(0 <= chord.letter <= len("".join(found.words)) for chord in found.chords)
