"""What is not ABC is refused with its line and column, and whatever is sent is answered within a second."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.errors import FileError, RipienoError
from ripieno_bridges.formats.abc.lines import MAX_BYTES, MAX_LINE, MAX_LINES
from ripieno_bridges.formats.abc.reader import read_abc
from ripieno_bridges.formats.abc.tune_reader import MAX_NOTES, MAX_SIGNS, MAX_SYLLABLES, MAX_VOICES

HEADER = "X:1\nM:4/4\nL:1/4\nK:C\n"  # so that music begins in line 5
KEYS = "write it as K:G, K:Em, K:D mix or K:none"


def outcome(text: str | bytes) -> str:
    """ "" for a tune, else the message, which comes within a second; other errors fail the test."""
    data = text if isinstance(text, bytes) else text.encode()
    start = time.process_time()
    try:
        read_abc(data, "tune.abc")
    except RipienoError as exc:
        message = str(exc)
    else:
        message = ""
    assert time.process_time() - start < 1
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("music", "place", "fault"),
    [
        ("A B 2c|", (5, 5), '"2c|" is not ABC; delete it, or put % before a remark'),
        ("c d|\nPlayed by John", (6, 11), '"Jo" is not ABC; delete it, or put % before a remark'),
        ('A "Am B|', (5, 3), 'a text that never ends; put " behind it'),
        ("A [CEG B|", (5, 9), "a barline inside a chord or grace notes; close them before it"),
        ("A [CEG", (5, 7), "the line ends inside a chord; put ] behind the last note"),
        ("A {cd", (5, 6), "the line ends inside grace notes; put } behind the last note"),
        ("A {c{d}}", (5, 5), "grace notes inside others or inside a chord; close the ones before"),
        ("[C[EG]]", (5, 3), "a chord inside another or inside grace notes; close the one before it"),
        ("A] B", (5, 2), "] without a chord before it; write a chord as [CEG]"),
        ("[] B", (5, 2), "a chord without notes; write a chord as [CEG]"),
        ("A} B", (5, 2), "} without { before it; write grace notes as {cd}"),
        ("A/0 B", (5, 1), '"/0" is no length; write one such as 2, /2 or 3/2'),
        ("A0 B", (5, 1), '"0" is no length; write one such as 2, /2 or 3/2'),
        (
            "A///////// B",
            (5, 1),
            "a length that no note has; write halves, quarters or thirds of the unit length",
        ),
        ("A99 B", (5, 1), "longer than 64 quarters; write several notes with ties"),
        ("A,,,,,, B", (5, 1), '"A,,,,,," is beyond what anybody plays; choose another octave'),
        ("> A", (5, 1), '">" stands between two notes of a measure; write it as A>B'),
        ("(1AB", (5, 1), '"(1" is no tuplet; write it as (3abc or (3:2:4a2bcd'),
        ("Z/2", (5, 1), '"Z/2" is no number of measures; write it as Z4'),
        ("[M:none]Z", (5, 9), '"Z" needs a meter; write the rest with z, or the meter with M:'),
        ("A " * 70 + "|", (5, 141), "70 quarters without a barline; write | between measures"),
        ("Z1000 | Z1000", (5, 9), "more than 1024 measures; give ripieno one piece at a time"),
        ("A&B&C&D&E", (5, 8), "more than four voices in a measure; write them as voices of their own (V:)"),
        ("[K:H]A", (5, 4), f'"H" is no key; {KEYS}'),
        ("K:Gxyz", (5, 4), f'"xyz" is no mode; {KEYS}'),
        ("K: A# ", (5, 4), "a key of 10 sharps; write it with seven accidentals or fewer"),
        ("K:C ^h", (5, 3), '"^h" is no accidental of a key; write it as K:D =c or K:D exp ^f _b'),
        ("M:4/5", (5, 3), '"4/5" is no meter; write it as M:4/4, M:C| or M:none'),
        ("A [M:]0/4]", (5, 7), '"0/4]" is not ABC; delete it, or put % before a remark'),
        ("L:1/7", (5, 3), '"1/7" is no unit length; write it as L:1/8'),
        ("V:", (5, 3), "a voice without a name; write it as V:1 or V:Soprano"),
        ("", (1, 1), "there is no note in the tune; write a melody first"),
    ],
)
def test_a_fault_is_named_with_line_and_column(music: str, place: tuple[int, int], fault: str) -> None:
    line, column = place
    assert outcome(HEADER + music) == f"tune.abc: line {line}, column {column}: {fault}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "there is no tune in it; a tune has a line X:1, a line with its key such as K:G, then its notes",
        ),
        (
            "hello",
            "there is no tune in it; a tune has a line X:1, a line with its key such as K:G, then its notes",
        ),
        (
            "X:1\nT:t\n",
            "line 1, column 1: the tune has no key, so its notes cannot be told; "
            "write a line such as K:G before them",
        ),
        (
            "X:1\nT:t\nabc|",
            'line 3, column 1: "abc|" stands before the key; end the tune\'s header with a line such as K:G',
        ),
        ("\0\1\2", "not a text but other data; an ABC file is a text with X: and K: in it"),
    ],
)
def test_what_is_no_tune_is_refused(text: str, message: str) -> None:
    assert outcome(text) == f"tune.abc: {message}"


MANY = {
    "bytes": ("a" * (MAX_BYTES + 1), "larger than 2 MB; give ripieno a part of the tunes"),
    "lines": ("X:1\n" * (MAX_LINES + 1), "more than 60000 lines; give ripieno a part of the tunes"),
    "letters": (
        HEADER + "a" * (MAX_LINE + 1),
        "line 5, column 20001: more than 20000 letters in a line; break it into several",
    ),
    "continued": (
        "X:1\nT:t\n" + "+:aaaaaaaaaaaaaaaaaaa\n" * 50_000,
        "line 1003, column 1: a field of more than 20000 letters; break it into several",
    ),
    "voices": (
        HEADER + "".join(f"[V:{i}]a\n" for i in range(5000)),
        f"line {5 + MAX_VOICES}, column 4: more than 64 voices; leave out those that are not sung",
    ),
    "notes": (
        HEADER + "abcd|\n" * (MAX_NOTES // 4 + 1),
        "line 1029, column 5: more than 1024 measures; give ripieno one piece at a time",
    ),
    "chords": (
        HEADER + ("[abc]" * 3000 + "\n") * 10,
        f"line 6, column 1668: more than {MAX_NOTES} notes; give ripieno one piece at a time",
    ),
    "signs": (
        HEADER + ("!p!" * 6000 + "\n") * 100,
        f"line 13, column 6001: more than {MAX_SIGNS} signs; give ripieno one piece at a time",
    ),
    "slurs": (
        HEADER + ("(" * 19_000 + "\n") * 20,
        f"line 7, column 12001: more than {MAX_SIGNS} signs; give ripieno one piece at a time",
    ),
    "words": (
        HEADER + "a b c d|\n" + ("w:" + "a " * 9000 + "\n") * 20,
        f"line 8, column 3: more than {MAX_SYLLABLES} words; give ripieno one piece at a time",
    ),
}


@pytest.mark.no_cover  # it measures time
@pytest.mark.parametrize("kind", MANY)
def test_more_than_can_be_read_in_time_is_refused_in_time(kind: str) -> None:
    text, message = MANY[kind]
    assert outcome(text) == f"tune.abc: {message}"


@pytest.mark.no_cover  # it measures time
@pytest.mark.parametrize(
    "music",
    [
        '"' * 19_999, "[" * 19_999, "{" * 19_999, "!" * 19_999, ">" * 19_999, "a" + "-" * 19_998,
        "[A:" * 6000,
        "|1" + ",1" * 9000 + " a|", "(99:99:99a" * 900, "a////" * 3000, "\n%%score " + "(" * 19_000 + "\na|",
        "\nK:C " + "^c" * 9000, "\nM:" + "9+" * 9000 + "4/4", "\nV:1 " + "a=" * 9000,
        "\nQ:" + "1/4 " * 4000 + "=1",
        "\nX:2\nK:C\n" * 15_000,
    ],
    ids=range(16),
)  # fmt: skip
def test_odd_notation_is_answered_in_time(music: str) -> None:
    outcome(HEADER + music)


def test_bytes_of_no_encoding_are_read_as_latin_1() -> None:
    assert outcome(b"X:1\nT:\xe9\xff\nK:C\nabc|") == ""


SIGNS = st.text(alphabet="ABcdzxZ|:[]{}()<>-_^=/,'\"!+~.&\\123456 \nKMLQVwXs%é", max_size=60)


@given(SIGNS)
def test_any_text_is_a_tune_or_a_message(text: str) -> None:
    outcome(HEADER + text)
    outcome(text)


def test_an_error_knows_its_place() -> None:
    with pytest.raises(FileError) as error:
        read_abc(HEADER.encode() + b"c d 5", "tune.abc")
    assert (getattr(error.value, "line", 0), getattr(error.value, "column", 0)) == (5, 5)
