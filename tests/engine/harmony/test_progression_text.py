"""A line of chords, numerals or figures is laid over the measures of a piece."""

from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.numeral_text import numeral_chord, parse_key
from ripieno.harmony.progression_text import laid_out, parse_progression
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Meter, lay_measures


def measures(count, meter="4/4", pickup=0):
    """Full measures of a meter, behind a pickup of so many quarters."""
    numerator, denominator = map(int, meter.split("/"))
    length = Meter(numerator, denominator).length
    start = ((Fraction(0), Meter(numerator, denominator)),)
    return lay_measures(Fraction(pickup) + count * length, start, anacrusis=Fraction(pickup))


def in_short(harmonies):
    """The harmonies in short: "0-4 F, 4-6 C7"."""

    def name(harmony):
        if harmony.chord is not None:
            return chord_text(harmony.chord)
        if harmony.numeral is not None:
            return f"{harmony.key}: {harmony.numeral}" if harmony.key else harmony.numeral
        return "-" if harmony.figures is None else str([figure.number for figure in harmony.figures])

    return ", ".join(f"{harmony.onset}-{harmony.end} {name(harmony)}" for harmony in harmonies)


VALID = [
    ("F | C7 F/A | Bb . Gm C7 | F", "4/4", 0, "0-4 F, 4-6 C7, 6-8 F/A, 8-10 Bb, 10-11 Gm, 11-12 C7, 12-16 F"),
    ("F", "4/4", 0, "0-4 F"),
    ("| F |", "4/4", 0, "0-4 F"),
    ("|: F :|", "4/4", 0, "0-4 F"),
    ("|| F || C |]", "4/4", 0, "0-4 F, 4-8 C"),
    ("[| F :||: C :|", "4/4", 0, "0-4 F, 4-8 C"),
    ("F :| |: C", "4/4", 0, "0-4 F, 4-8 C"),
    ("| F |\n| C |", "4/4", 0, "0-4 F, 4-8 C"),
    ("F|C", "4/4", 0, "0-4 F, 4-8 C"),
    ("F C G7 C", "4/4", 0, "0-1 F, 1-2 C, 2-3 G7, 3-4 C"),
    ("F C", "4/4", 0, "0-2 F, 2-4 C"),
    ("F . . C", "4/4", 0, "0-3 F, 3-4 C"),
    ("F / / C", "4/4", 0, "0-3 F, 3-4 C"),
    ("F C Dm C", "2/2", 0, "0-1 F, 1-2 C, 2-3 Dm, 3-4 C"),
    ("F . . . C . . .", "4/4", 0, "0-2 F, 2-4 C"),
    ("F . . C . . . .", "4/4", 0, "0-3/2 F, 3/2-4 C"),
    ("F . C", "3/4", 0, "0-2 F, 2-3 C"),
    ("F Dm C", "3/4", 0, "0-1 F, 1-2 Dm, 2-3 C"),
    ("F C", "6/8", 0, "0-3/2 F, 3/2-3 C"),
    ("F . C Bb . .", "6/8", 0, "0-1 F, 1-3/2 C, 3/2-3 Bb"),
    ("F C Bb", "9/8", 0, "0-3/2 F, 3/2-3 C, 3-9/2 Bb"),
    ("F C", "12/8", 0, "0-3 F, 3-6 C"),
    ("F . . C .", "5/8", 0, "0-3/2 F, 3/2-5/2 C"),
    ("F . C", "3/8", 0, "0-1 F, 1-3/2 C"),
    ("F | % | C", "4/4", 0, "0-8 F, 8-12 C"),
    ("F C | % | /", "4/4", 0, "0-2 F, 2-4 C, 4-6 F, 6-8 C, 8-10 F, 10-12 C"),
    ("F | F | F C", "4/4", 0, "0-10 F, 10-12 C"),
    ("F | . | . C", "4/4", 0, "0-10 F, 10-12 C"),
    ("F | ? | C", "4/4", 0, "0-4 F, 8-12 C"),
    ("F | ? | F", "4/4", 0, "0-4 F, 8-12 F"),
    ("? | . F", "4/4", 0, "6-8 F"),
    ("F | N.C. | C", "4/4", 0, "0-4 F, 4-8 -, 8-12 C"),
    ("NC | n.c. F", "4/4", 0, "0-6 -, 6-8 F"),
    ("F/A C/Bb | F6/9", "4/4", 0, "0-2 F/A, 2-4 C/Bb, 4-8 F6/9"),
    ("B♭ F♯m7", "4/4", 0, "0-2 Bb, 2-4 F#m7"),
    ("C7 | F | C", "4/4", 1, "0-1 C7, 1-5 F, 5-9 C"),
    ("F | C", "4/4", 1, "1-5 F, 5-9 C"),
    ("? | F | C", "4/4", 1, "1-5 F, 5-9 C"),
    ("C7 F | F", "3/4", 1, "0-1/2 C7, 1/2-4 F"),
    ("C7 | F", "6/8", "1/2", "0-1/2 C7, 1/2-7/2 F"),
    ("C7 F/A | F", "6/8", 1, "0-1/2 C7, 1/2-1 F/A, 1-4 F"),
]


@pytest.mark.parametrize(("text", "meter", "pickup", "expected"), VALID)
def test_chords_share_the_beats_of_their_measures(text, meter, pickup, expected):
    progression = parse_progression(text, "chords")
    count = len(progression.measures)
    last = Fraction(expected.rsplit(", ", 1)[-1].split(" ")[0].split("-")[1])
    full = int((last - Fraction(pickup)) / Meter(*map(int, meter.split("/"))).length)
    assert count - full in (0, 1)
    assert in_short(laid_out(progression, measures(full, meter, pickup))) == expected


NUMERALS = [
    ("I | V65 I | IV ii6 V7 . | I", "0-4 I, 4-6 V65, 6-8 I, 8-9 IV, 9-10 ii6, 10-12 V7, 12-16 I"),
    ("g: i | iv V | i", "0-4 G minor: i, 4-6 G minor: iv, 6-8 G minor: V, 8-12 G minor: i"),
    ("g:i | iv", "0-4 G minor: i, 4-8 G minor: iv"),
    ("I | V7/V V | D: I", "0-4 I, 4-6 V7/V, 6-8 V, 8-12 D major: I"),
    ("I Bb: V | I", "0-2 I, 2-4 B-flat major: V, 4-8 B-flat major: I"),
    ("I | g: I | %", "0-4 I, 4-12 G minor: I"),
    ("I | ? | N.C.", "0-4 I, 8-12 -"),
    ("i6 . viio6 V6/5", "0-2 i6, 2-3 viio6, 3-4 V6/5"),
]


@pytest.mark.parametrize(("text", "expected"), NUMERALS)
def test_numerals_stand_in_their_key(text, expected):
    progression = parse_progression(text, "numerals")
    assert in_short(laid_out(progression, measures(len(progression.measures)))) == expected


FIGURES = [
    ("0 6 65 #", "0-1 [], 1-2 [6], 2-3 [6, 5], 3-4 [None]"),
    ("6 6 | 7 _", "0-2 [6], 2-4 [6], 4-6 [7], 6-8 [None]"),
    ("6 . | . 4/2", "0-6 [6], 6-8 [4, 2]"),
    ("6 | % | N.C. ?", "0-4 [6], 4-8 [6], 8-10 -"),
]


@pytest.mark.parametrize(("text", "expected"), FIGURES)
def test_figures_stand_each_over_its_bass_note(text, expected):
    progression = parse_progression(text, "figures")
    assert in_short(laid_out(progression, measures(len(progression.measures)))) == expected


CHORDS = "F, Fm, F7, Fmaj7, Fm7b5, Fdim7, Fsus4, F6/9, Fadd9 or F7(b9,#11)"
EMPTY = 'is empty; write "." where the harmony goes on, or "?" to leave it open'
NO_ROOT = f"is no chord symbol; it begins with its root, a capital letter A to G, as {CHORDS}"
NO_KIND = f"is no kind of chord; write one such as {CHORDS}"
NO_BASS = (
    "is no bass note; write a letter A to G behind the slash, with # or b where it has one, as C/E or C/Bb"
)
NO_NUMERAL = (
    "is no Roman numeral; write one such as I, ii6, V7, V65/V, viio7, bVI, N6, It6, Ger65, Cad64 or Vsus4"
)
NO_FIGURE = (
    "is no figured bass; write numbers from 2 to 13 with their accidentals before them, such as 6, 65, #6, "
    "6+, 7b or 4/2, and 0 for a note without figures"
)
FIRST = "repeats the measure before, but this is the first"
NOTHING_BEFORE = "goes on with the harmony before, but this is the first; write it, such as"
OR_OPEN = 'or "?" to leave it open'
INVALID = [
    ("chords", "", f"measure 1 {EMPTY}"),
    ("chords", "  \n ", f"measure 1 {EMPTY}"),
    ("chords", "|", f"measure 1 {EMPTY}"),
    ("chords", "F | | C", f"measure 2 {EMPTY}"),
    ("chords", "F | C | | | F", f"measure 3 {EMPTY}"),
    ("chords", "F | x", f'measure 2, word 1: "x" {NO_ROOT}'),
    ("chords", "F C H", f'measure 1, word 3: "H" {NO_ROOT}'),
    ("chords", "F | C Gx", f'measure 2, word 2: "Gx": "x" {NO_KIND}'),
    ("chords", "F | C/H", f'measure 2, word 1: "C/H": "H" {NO_BASS}'),
    ("chords", "V7", f'measure 1, word 1: "V7" {NO_ROOT}'),
    ("chords", "% | F", f'measure 1: "%" {FIRST}'),
    ("chords", "/", f'measure 1: "/" {FIRST}'),
    (
        "chords",
        "F % | C",
        'measure 1, word 2: "%" stands for a whole measure; write "." where the harmony goes on',
    ),
    ("chords", ". F", f'measure 1, word 1: "." {NOTHING_BEFORE} F, {OR_OPEN}'),
    ("chords", "/ F", f'measure 1, word 1: "/" {NOTHING_BEFORE} F, {OR_OPEN}'),
    ("numerals", ".", f'measure 1, word 1: "." {NOTHING_BEFORE} V7, {OR_OPEN}'),
    ("figures", ".", f'measure 1, word 1: "." {NOTHING_BEFORE} 6, {OR_OPEN}'),
    ("numerals", "I | F7", f'measure 2, word 1: "F7" {NO_NUMERAL}'),
    ("numerals", "g: i VIII", f'measure 1, word 3: "VIII" {NO_NUMERAL}'),
    ("numerals", "I | g:", f"measure 2 {EMPTY}"),
    (
        "numerals",
        "G#: I",
        'measure 1, word 1: "G#:": G# major has more than seven accidentals; write Ab:, which sounds alike',
    ),
    ("figures", "6 | F", f'measure 2, word 1: "F" {NO_FIGURE}'),
    ("figures", "6 | 66", 'measure 2, word 1: "66" has two figures for the 6; write one of them'),
    ("chords", "C " * 5001, "more than 5000 words of chords; write fewer, or harmonize the piece in parts"),
]


@pytest.mark.parametrize(("kind", "text", "message"), INVALID, ids=[row[1][:20] for row in INVALID])
def test_a_faulty_text_is_refused_with_its_place(kind, text, message):
    with pytest.raises(RequestError) as caught:
        parse_progression(text, kind)
    assert str(caught.value) == message


LEFT_OPEN = 'write the others, too, "?" for each that is left open'
TOO_MUCH = "leave out what is too much"
BY_BEAT = "write one word for each beat, such as"
BY_HALF = "write one word for each half of a beat, such as"
BY_THIRD = "write one word for each third of a beat, such as"
UNFIT = [
    ("F", 4, "4/4", 0, f"the chords have 1 measure, but the piece has 4; {LEFT_OPEN}"),
    ("F|C|F", 4, "4/4", 0, f"the chords have 3 measures, but the piece has 4; {LEFT_OPEN}"),
    ("F|C|F", 2, "4/4", 0, f"the chords have 3 measures, but the piece has 2; {TOO_MUCH}"),
    ("F", 2, "4/4", 1, f"the chords have 1 measure, but the piece has 2 and a pickup; {LEFT_OPEN}"),
    ("F|F|F|F", 2, "4/4", 1, f"the chords have 4 measures, but the piece has 2 and a pickup; {TOO_MUCH}"),
    ("C G", 1, "3/4", 0, f'measure 1: 2 chords do not share 3 beats; {BY_BEAT} "C . G"'),
    ("F | C G", 2, "3/4", 1, f'measure 2: 2 chords do not share 3 beats; {BY_BEAT} "C . G"'),
    ("C . G", 1, "4/4", 0, f'measure 1: 3 words do not share 4 beats; {BY_BEAT} "C . . G"'),
    ("C F G", 1, "4/4", 0, f'measure 1: 3 chords do not share 4 beats; {BY_BEAT} "C F . G"'),
    ("C F G D A", 1, "4/4", 0, f'measure 1: 5 chords do not share 4 beats; {BY_HALF} "C . F G . D A ."'),
    ("C F G", 1, "6/8", 0, f'measure 1: 3 chords do not share 2 beats; {BY_THIRD} "C . F . G ."'),
    ("C F G D", 1, "6/8", 0, f'measure 1: 4 chords do not share 2 beats; {BY_THIRD} "C . F G . D"'),
    ("C G", 1, "5/4", 0, f'measure 1: 2 chords do not share 5 beats; {BY_BEAT} "C . . G ."'),
    (
        "C F G D A E B F C",
        1,
        "4/4",
        0,
        "measure 1: 9 chords do not share 4 beats; write 8 at most, one for each half of a beat",
    ),
    (
        "C G A | F",
        1,
        "4/4",
        1,
        "measure 0: 3 chords do not share 1 beat; write 2 at most, one for each half of a beat",
    ),
    (
        "C G | F",
        1,
        "4/4",
        "1/4",
        "measure 0: 2 chords do not share 0.25 beats; write one for the whole measure",
    ),
    (
        "C G | F",
        1,
        "4/4",
        "1/2",
        "measure 0: 2 chords do not share 0.5 beats; write one for the whole measure",
    ),
]


@pytest.mark.parametrize(("text", "count", "meter", "pickup", "message"), UNFIT)
def test_a_text_that_does_not_fit_the_piece_is_refused(text, count, meter, pickup, message):
    with pytest.raises(RequestError) as caught:
        laid_out(parse_progression(text, "chords"), measures(count, meter, pickup))
    assert str(caught.value) == message


def test_a_numeral_in_a_key_is_a_chord():
    (harmony,) = laid_out(parse_progression("g: V65", "numerals"), measures(1))
    assert harmony == Harmony(Fraction(0), Fraction(4), numeral="V65", key=parse_key("g:"))
    assert chord_text(numeral_chord(harmony.numeral, harmony.key)) == "D7/F#"


WORDS = st.sampled_from(["F", "C7/E", "Bbm7b5", ".", "?", "N.C.", "/"])
BEATS = {"4/4": (1, 2, 4, 8), "3/4": (1, 3, 6), "6/8": (1, 2, 6), "5/8": (1, 5, 10), "2/2": (1, 2, 4)}


@st.composite
def texts(draw):
    """A meter and a text whose words share its beats."""
    meter = draw(st.sampled_from(sorted(BEATS)))
    counts = draw(st.lists(st.sampled_from(BEATS[meter]), min_size=1, max_size=6))
    lines = [["F", *draw(st.lists(WORDS, min_size=n - 1, max_size=n - 1))] for n in counts]
    return meter, lines


@settings(max_examples=300, deadline=None)
@given(texts(), st.booleans())
def test_every_word_sounds_where_it_stands(text, bars):
    meter, lines = text
    plain = " | ".join(" ".join(words) for words in lines)
    piece = measures(len(lines), meter)
    harmonies = laid_out(parse_progression(f"| {plain} |" if bars else plain, "chords"), piece)
    assert all(a.end <= b.onset for a, b in pairwise(harmonies))
    sounding = "?"
    for words, measure in zip(lines, piece, strict=True):
        for i, word in enumerate(words):
            sounding = sounding if word in (".", "/") else word
            middle = measure.onset + measure.duration * Fraction(2 * i + 1, 2 * len(words))
            found = [h for h in harmonies if h.onset <= middle < h.end]
            names = [("N.C." if h.chord is None else chord_text(h.chord)) for h in found]
            assert names == ([] if sounding == "?" else [sounding])


@settings(max_examples=300, deadline=None)
@given(st.text("FCGgmiIV765b#|:.?%/ \n_", max_size=30), st.sampled_from(["chords", "numerals", "figures"]))
def test_any_text_is_a_progression_or_an_error(text, kind):
    with suppress(RequestError):
        progression = parse_progression(text, kind)
        laid_out(progression, measures(max(1, len(progression.measures))))
