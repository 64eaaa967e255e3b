"""Figures are read, written, and played as thoroughbass tutors have it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figured_basses import figured_chorales
from ripieno.errors import RequestError
from ripieno.harmony.chord_symbol import Tone
from ripieno.harmony.figure_text import figures_text, parse_figures
from ripieno.harmony.figured_bass import Figure, figured_chord
from ripieno.harmony.numeral_text import parse_key
from ripieno.harmony.symbol_text import parse_chord

READ = [
    ("", "0", ()),
    ("0", "0", ()),
    ("5", "5", (Figure(5),)),
    ("6", "6", (Figure(6),)),
    ("65", "65", (Figure(6), Figure(5))),
    ("6/5", "65", (Figure(6), Figure(5))),
    ("6,5", "65", (Figure(6), Figure(5))),
    ("643", "643", (Figure(6), Figure(4), Figure(3))),
    ("#6", "#6", (Figure(6, 1),)),
    ("♯6", "#6", (Figure(6, 1),)),
    ("b7", "b7", (Figure(7, -1),)),
    ("♭7", "b7", (Figure(7, -1),)),
    ("n6", "n6", (Figure(6, 0),)),
    ("♮6", "n6", (Figure(6, 0),)),
    ("##4", "##4", (Figure(4, 2),)),
    ("x4", "##4", (Figure(4, 2),)),
    ("bb7", "bb7", (Figure(7, -2),)),
    ("6+", "6+", (Figure(6, raised=True),)),
    ("6\\", "6+", (Figure(6, raised=True),)),
    ("+6", "6+", (Figure(6, raised=True),)),
    ("4+2", "4+2", (Figure(4, raised=True), Figure(2))),
    ("+42", "4+2", (Figure(4, raised=True), Figure(2))),
    ("6\\43", "6+43", (Figure(6, raised=True), Figure(4), Figure(3))),
    ("#", "#", (Figure(None, 1),)),
    ("b", "b", (Figure(None, -1),)),
    ("n", "n", (Figure(None, 0),)),
    ("+", "+", (Figure(None, raised=True),)),
    ("7#", "7#", (Figure(7), Figure(None, 1))),
    ("6#", "6#", (Figure(6), Figure(None, 1))),
    ("#6#", "#6#", (Figure(6, 1), Figure(None, 1))),
    ("6b5", "6b5", (Figure(6), Figure(5, -1))),
    ("6#4b3", "6#4b3", (Figure(6), Figure(4, 1), Figure(3, -1))),
    ("_", "_", (Figure(held=True),)),
    ("6_", "6_", (Figure(6, held=True),)),
    ("65_", "65_", (Figure(6), Figure(5, held=True))),
    ("_6", "_6", (Figure(held=True), Figure(6))),
    ("98", "98", (Figure(9), Figure(8))),
    ("11", "11", (Figure(11),)),
    ("1110", "1110", (Figure(11), Figure(10))),
    ("#,6", "#,6", (Figure(None, 1), Figure(6))),
    ("b,b7", "b,b7", (Figure(None, -1), Figure(7, -1))),
]


@pytest.mark.parametrize(("text", "written", "figures"), READ, ids=[row[0] for row in READ])
def test_figures_are_read_and_written(text, written, figures):
    assert parse_figures(text) == figures
    assert figures_text(figures) == written


NOT_ONE = (
    "is no figured bass; write numbers from 2 to 13 with their accidentals before them, such as 6, 65, #6, "
    "6+, 7b or 4/2, and 0 for a note without figures"
)


NO_FIGURES = "1 00 06 14 6//5 /6 6/ 6, ,6 F7 V6 6-5 #-6 *6 6.5 (6) 6? ? o7 65x7y"


@pytest.mark.parametrize("text", [*NO_FIGURES.split(), "6 5", "6" * 41])
def test_what_is_no_figure_is_refused(text):
    with pytest.raises(RequestError) as caught:
        parse_figures(text)
    assert str(caught.value) == f'"{text}" {NOT_ONE}'


@pytest.mark.parametrize(
    ("text", "number"),
    [("66", 6), ("6#6", 6), ("653#", 3), ("##b", 3), ("7,5,7", 7), ("#,3", 3), ("5656", 5)],
)
def test_a_figure_stands_once(text, number):
    with pytest.raises(RequestError) as caught:
        parse_figures(text)
    assert str(caught.value) == f'"{text}" has two figures for the {number}; write one of them'


NUMBERED = st.builds(Figure, st.integers(2, 13), st.none() | st.integers(-2, 2), st.booleans(), st.booleans())
THIRDS = st.builds(Figure, st.none(), st.none() | st.integers(-2, 2), st.booleans(), st.booleans())


@settings(max_examples=400, deadline=None)
@given(
    st.lists(NUMBERED, max_size=5, unique_by=lambda figure: figure.number),
    st.none() | THIRDS.filter(lambda f: f != Figure()),
    st.integers(0, 5),
)
def test_any_figures_go_there_and_back(numbered, third, place):
    if third is not None and 3 not in [figure.number for figure in numbered]:
        numbered.insert(place, third)
    figures = tuple(numbered)
    assert parse_figures(figures_text(figures)) == figures


# The bass, the figures, the key signature and all tones above the bass, from the tables of thoroughbass.
PLAYED = """
C:  C   0     E G
C:  C   5     E G
C:  C   3     E G
C:  C   53    E G
C:  C   8     E G
C:  E   6     G C
C:  E   63    G C
C:  G   64    C E
C:  G   7     B D F
C:  G   75    B D F
C:  G   73    B D F
C:  G   87    B D F
C:  B   65    D F G
C:  B   653   D F G
C:  D   43    F G B
C:  D   643   F G B
C:  F   42    G B D
C:  F   2     G B D
C:  F   642   G B D
C:  F   62    G B D
C:  C   52    D G
C:  C   742   B F D
C:  C   72    B F D
C:  G   4     C D
C:  G   54    C D
C:  G   74    F C D
C:  G   84    C D
C:  G   94    A C D
C:  C   9     D E G
C:  C   98    D E G
C:  C   97    D B E G
C:  E   96    F C G
C:  E   76    D C G
C:  G   11    C D
C:  A   #     C# E
C:  E   #     G# B
C:  E   7#    D G# B
C:  B   b     Db F
C:  G   b7    Fb B D
F:  D   #6    B F
F:  D   6+    B F
F:  D   n6    B F
F:  C   b7    Bb E G
F:  G   n     B D
F:  G   #     B D
F:  F   0     A C
F:  Bb  6     D G
F:  E   b5    G Bb
G:  A   6     C F#
G:  A   b6    C F
G:  D   b     F A
G:  D   n     F A
G:  A   65    C E F#
D:  E   6+    C## G
Eb: F   4+3   B Ab D
F:  F   n42   B G D
g:  D   #     F# A
g:  F#  6     A D
g:  F#  b7    Eb A C
g:  F#  7     Eb A C
g:  Eb  #6    C# G
g:  Eb  #65   C# Bb G
g:  Eb  #643  C# A G
g:  A   65b   F Eb Cb
c:  G   n     B D
c:  Ab  6+    F# C
Cb: Fb  6     Db Ab
C#: E#  6     C# G#
D:  C#  #     E# G#
D:  C#  0     E G
"""
PLAYED_ROWS = [line.split(maxsplit=3) for line in PLAYED.strip().splitlines()]


@pytest.mark.parametrize(
    ("key", "bass", "figures", "tones"), PLAYED_ROWS, ids=[" ".join(row[:3]) for row in PLAYED_ROWS]
)
def test_figures_ask_for_their_tones(key, bass, figures, tones):
    tone = parse_chord(bass).root
    chord = figured_chord(parse_figures(figures), tone, parse_key(key))
    assert chord.bass == tone
    assert {str(t) for t in chord.tones} == {bass, *tones.split()}
    assert len({t.pitch_class for t in chord.tones}) == len(chord.tones)


@pytest.mark.parametrize(
    ("bass", "figures", "tones"),
    [
        ("C", "0", "E C G"),
        ("E", "6", "C G E"),
        ("G", "7", "F B G D"),
        ("G", "4", "C G D"),
        ("C", "9", "D E C G"),
        ("B", "65", "G F D B"),
        ("D", "43", "G F B D"),
        ("F", "42", "B G D F"),
        ("G", "64", "E C G"),
        ("C", "8", "E C G"),
    ],
)
def test_what_is_figured_stands_first(bass, figures, tones):
    chord = figured_chord(parse_figures(figures), Tone(bass), parse_key("C:"))
    assert [str(tone) for tone in chord.tones] == tones.split()


def test_a_line_holds_the_tones_before():
    key = parse_key("C:")
    seventh = figured_chord(parse_figures("7"), Tone("G"), key)
    held = figured_chord(parse_figures("_"), Tone("F"), key, seventh.tones)
    assert {str(tone) for tone in held.tones} == {"G", "B", "D", "F"}
    assert held.bass == Tone("F")


def test_a_held_figure_keeps_its_accidental():
    key = parse_key("C:")
    sharp = figured_chord(parse_figures("#6"), Tone("A"), key)
    held = figured_chord(parse_figures("65_"), Tone("B"), key, sharp.tones)
    assert {str(tone) for tone in held.tones} == {"B", "D", "F#", "G"}


def test_a_tone_that_no_figure_names_keeps_its_accidental_while_the_bass_note_lasts():
    key = parse_key("e:")
    dominant = figured_chord(parse_figures("#"), Tone("B"), key)
    for same_bass, third in ((True, "D#"), (False, "D")):
        seventh = figured_chord(parse_figures("7"), Tone("B"), key, dominant.tones, same_bass=same_bass)
        assert {str(tone) for tone in seventh.tones} == {"B", third, "F#", "A"}


def test_a_line_with_nothing_before_is_a_triad():
    held = figured_chord(parse_figures("_"), Tone("G"), parse_key("C:"))
    assert {str(tone) for tone in held.tones} == {"G", "B", "D"}


def test_bachs_voices_sing_the_tones_of_his_figures():
    sung: list[bool] = []
    for chorale in figured_chorales():
        before: tuple[Tone, ...] = ()
        for harmony in chorale.figures:
            sounding = [
                note
                for voice in chorale.bach.voices
                for note in voice.notes
                if note.onset <= harmony.onset < note.end
            ]
            bass = min(sounding, key=lambda note: note.pitch).spelling
            key = chorale.bach.measure_at(harmony.onset).key
            chord = figured_chord(harmony.figures, Tone(bass.step, bass.alter), key, before)
            before = chord.tones
            asked = {tone.pitch_class for tone in chord.tones}
            sung += [note.pitch % 12 in asked for note in sounding if note.onset == harmony.onset]
    assert len(sung) > 1000
    assert sum(sung) >= 0.95 * len(sung)  # the others are foreign to their chord
